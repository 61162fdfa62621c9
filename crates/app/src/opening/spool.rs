//! The rows of a release between their masking and their files: on disk, read as often as there are files.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use store::rows::{RowSource, Values};

/// Stands for a value that is not there.
const NONE: u32 = u32::MAX;

/// Rows being written down.
pub(super) struct Spooling {
    file: BufWriter<File>,
    /// Where each row begins: eight bytes a row is all that is kept in memory.
    begins: Vec<u64>,
    end: u64,
    row: Vec<u8>,
}

/// Rows written down. Cheap to clone; the file goes with the last.
#[derive(Clone)]
pub(super) struct Spool {
    file: Arc<File>,
    /// Begin and length of each row, in the order of the release.
    rows: Arc<Vec<(u64, u32)>>,
}

impl Spooling {
    /// Begins a file without a name in `dir`: a crash leaves nothing behind.
    pub(super) fn begin(dir: &Path) -> io::Result<Spooling> {
        Ok(Spooling {
            file: BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(dir)?),
            begins: Vec::new(),
            end: 0,
            row: Vec::new(),
        })
    }

    /// Writes down one row.
    pub(super) fn push(&mut self, row: &[Option<String>]) -> io::Result<()> {
        self.row.clear();
        for value in row {
            let length = match value {
                Some(value) => u32::try_from(value.len()).map_err(io::Error::other)?,
                None => NONE,
            };
            self.row.extend(length.to_le_bytes());
            self.row.extend(value.iter().flat_map(|it| it.bytes()));
        }
        self.file.write_all(&self.row)?;
        self.begins.push(self.end);
        self.end += self.row.len() as u64;
        Ok(())
    }

    /// All rows; in an order that tells nothing, where `shuffle` says by what.
    pub(super) fn finish(self, shuffle: Option<[u8; 32]>) -> io::Result<Spool> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let ends = self.begins.iter().skip(1).chain(std::iter::once(&self.end));
        let mut rows = Vec::with_capacity(self.begins.len());
        for (begin, end) in self.begins.iter().zip(ends) {
            rows.push((*begin, u32::try_from(end - begin).map_err(io::Error::other)?));
        }
        if let Some(seed) = shuffle {
            rows.shuffle(&mut StdRng::from_seed(seed));
        }
        Ok(Spool {
            file: Arc::new(file),
            rows: Arc::new(rows),
        })
    }
}

impl Spool {
    /// How many rows there are.
    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Every row, in the order of the release.
    pub(super) fn rows(&self) -> impl Iterator<Item = io::Result<Vec<Option<String>>>> + use<> {
        let spool = self.clone();
        (0..self.rows.len()).map(move |i| spool.row(i))
    }

    /// The rows as the row store loads them: their number first.
    pub(super) fn numbered(&self) -> Numbered {
        Numbered {
            spool: self.clone(),
            next: 0,
        }
    }

    fn row(&self, i: usize) -> io::Result<Vec<Option<String>>> {
        let (begin, length) = self.rows[i];
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, begin)?;
        let (mut row, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let length: [u8; 4] = bytes[at..at + 4].try_into().map_err(io::Error::other)?;
            at += 4;
            let length = u32::from_le_bytes(length);
            if length == NONE {
                row.push(None);
                continue;
            }
            let value = bytes[at..at + length as usize].to_vec();
            row.push(Some(String::from_utf8(value).map_err(io::Error::other)?));
            at += length as usize;
        }
        Ok(row)
    }
}

/// Rows with their number in front, nine digits, from 1.
pub(super) struct Numbered {
    spool: Spool,
    next: usize,
}

impl RowSource for Numbered {
    fn next_row(&mut self) -> io::Result<Option<impl Values>> {
        if self.spool.rows.len() <= self.next {
            return Ok(None);
        }
        let row = self.spool.row(self.next)?;
        self.next += 1;
        let number = format!("{:09}", self.next);
        let values = row.into_iter().map(Option::unwrap_or_default);
        Ok(Some(
            std::iter::once(number).chain(values).collect::<Vec<String>>(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(shuffle: Option<[u8; 32]>) -> Spool {
        let mut spooling = Spooling::begin(&std::env::temp_dir()).unwrap();
        for i in 0..100 {
            let empty = (i % 3 != 0).then(|| format!("值{i}"));
            spooling.push(&[Some(i.to_string()), empty]).unwrap();
        }
        spooling.finish(shuffle).unwrap()
    }

    #[test]
    fn rows_come_back_as_they_were_written_and_as_often_as_they_are_asked_for() {
        let spool = spool(None);
        for _ in 0..2 {
            let rows: Vec<_> = spool.rows().map(Result::unwrap).collect();
            assert_eq!(rows.len(), 100);
            assert_eq!(rows[0], [Some("0".to_owned()), None]);
            assert_eq!(rows[99], [Some("99".to_owned()), None]);
            assert_eq!(rows[1][1].as_deref(), Some("值1"));
        }
    }

    #[test]
    fn a_shuffled_release_has_the_same_rows_in_another_order() {
        let plain: Vec<_> = spool(None).rows().map(Result::unwrap).collect();
        let mut shuffled: Vec<_> = spool(Some([7; 32])).rows().map(Result::unwrap).collect();
        assert_ne!(plain, shuffled);
        shuffled.sort_by_key(|it| it[0].as_ref().unwrap().parse::<u32>().unwrap());
        assert_eq!(plain, shuffled);
    }

    #[test]
    fn rows_are_numbered_from_one_with_nine_digits() {
        let mut numbered = spool(None).numbered();
        let first = numbered.next_row().unwrap().unwrap();
        assert_eq!((first.get(0), first.get(1), first.get(2)), ("000000001", "0", ""));
    }
}
