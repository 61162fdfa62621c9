//! 匿名性: how many people of a release look alike (art. 22).
//!
//! Rows with the same values in all quasi-identifiers (准标识) are one class: whoever knows those values of a
//! person finds the class, and k is the size of the smallest. The numbers are exact in every row and every k.
//! Classes are told apart by 128 bits of SHA-256 of their values; that two fall together is less likely than a
//! disk that errs. A missing value is a value like any other: two rows look alike where both lack it.
//!
//! Memory is bounded: classes are counted in memory until there are too many, then spilled as sorted runs to
//! temporary files without names, which are merged and added up at the end.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// Classes counted in memory, at most; about 100 MB.
const CLASSES_MAX: usize = 2_000_000;
/// A class in a spilled run: its 128 bits, then its rows.
const RECORD: usize = 24;

/// How anonymous a release is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// All rows.
    pub rows: u64,
    /// The size of the smallest class; 0 where there are no rows.
    pub k_min: u64,
    /// How many classes there are.
    pub classes: u64,
    /// Rows that are alone in their class.
    pub unique_rows: u64,
    /// For each size that occurs, how many classes have it.
    pub sizes: BTreeMap<u64, u64>,
}

impl Measure {
    /// Rows in classes of fewer than `k`.
    pub fn rows_below(&self, k: u64) -> u64 {
        self.sizes.range(..k).map(|(size, classes)| size * classes).sum()
    }

    fn add(&mut self, size: u64) {
        self.rows += size;
        self.classes += 1;
        *self.sizes.entry(size).or_default() += 1;
    }

    fn done(mut self) -> Measure {
        self.k_min = self.sizes.keys().next().copied().unwrap_or(0);
        self.unique_rows = self.sizes.get(&1).copied().unwrap_or(0);
        self
    }
}

/// Measures `rows` by the items whose numbers `quasi` has. Without any, all rows are one class.
///
/// What does not fit into memory is spilled into `spool_dir`.
pub fn measure<R: AsRef<[Option<String>]>>(
    quasi: &[usize],
    rows: impl IntoIterator<Item = io::Result<R>>,
    spool_dir: &Path,
) -> io::Result<Measure> {
    let mut counting = Counting::new(quasi, spool_dir);
    for row in rows {
        counting.see(row?.as_ref())?;
    }
    counting.finish()
}

/// A measure in the making, for whoever reads the rows for other ends as well.
#[derive(Debug)]
pub struct Counting {
    quasi: Vec<usize>,
    spool_dir: PathBuf,
    classes_max: usize,
    classes: HashMap<u128, u64>,
    spilled: Vec<File>,
}

impl Counting {
    /// Counts classes over the items whose numbers `quasi` has.
    pub fn new(quasi: &[usize], spool_dir: &Path) -> Counting {
        Counting {
            quasi: quasi.to_owned(),
            spool_dir: spool_dir.to_owned(),
            classes_max: CLASSES_MAX,
            classes: HashMap::new(),
            spilled: Vec::new(),
        }
    }

    /// Counts one row.
    pub fn see(&mut self, row: &[Option<String>]) -> io::Result<()> {
        let class = class(&self.quasi, row);
        if self.classes_max <= self.classes.len() && !self.classes.contains_key(&class) {
            self.spill()?;
        }
        *self.classes.entry(class).or_default() += 1;
        Ok(())
    }

    /// The measure of all rows that were seen.
    pub fn finish(mut self) -> io::Result<Measure> {
        let mut measure = Measure::default();
        if self.spilled.is_empty() {
            self.classes.values().for_each(|size| measure.add(*size));
            return Ok(measure.done());
        }
        self.spill()?;
        let mut runs = Vec::new();
        for mut file in self.spilled {
            file.rewind()?;
            runs.push(BufReader::with_capacity(RECORD << 10, file));
        }
        // The next class of every run, the smallest on top.
        let mut heads = BinaryHeap::new();
        for (i, run) in runs.iter_mut().enumerate() {
            heads.extend(next(run)?.map(|it| Reverse((it.0, i, it.1))));
        }
        let mut standing: Option<(u128, u64)> = None;
        while let Some(Reverse((class, i, size))) = heads.pop() {
            heads.extend(next(&mut runs[i])?.map(|it| Reverse((it.0, i, it.1))));
            standing = match standing {
                Some((same, sum)) if same == class => Some((same, sum + size)),
                Some((_, sum)) => {
                    measure.add(sum);
                    Some((class, size))
                }
                None => Some((class, size)),
            };
        }
        if let Some((_, sum)) = standing {
            measure.add(sum);
        }
        Ok(measure.done())
    }

    /// Writes the classes of memory to a run of their own.
    fn spill(&mut self) -> io::Result<()> {
        let mut run: Vec<(u128, u64)> = self.classes.drain().collect();
        run.sort_unstable();
        let mut file = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.spool_dir)?);
        for (class, size) in run {
            file.write_all(&class.to_be_bytes())?;
            file.write_all(&size.to_be_bytes())?;
        }
        self.spilled
            .push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }
}

/// The class of a row: 128 bits of the hash of its values, each with its length before it, so that no two rows
/// run into each other.
fn class(quasi: &[usize], row: &[Option<String>]) -> u128 {
    let mut hash = Sha256::new();
    for &i in quasi {
        let value = row.get(i).and_then(Option::as_deref).unwrap_or_default();
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(value.as_bytes());
    }
    let hash = hash.finalize();
    u128::from_be_bytes(hash[..16].try_into().expect("sixteen bytes"))
}

/// The next class of a run and its rows; none after the last.
fn next(run: &mut impl Read) -> io::Result<Option<(u128, u64)>> {
    let mut record = [0; RECORD];
    match run.read_exact(&mut record) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let (class, size) = record.split_at(16);
    Ok(Some((
        u128::from_be_bytes(class.try_into().expect("sixteen bytes")),
        u64::from_be_bytes(size.try_into().expect("eight bytes")),
    )))
}
