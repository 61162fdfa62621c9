//! Whether a spreadsheet is safe to unpack. What its directory claims is not believed: the bytes are counted
//! while they are inflated.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use zip::{ZipArchive, result::ZipError};

use crate::ReadError;

/// All parts together, in bytes (1 GiB): more than a sheet filled to its last row needs.
const UNPACKED_MAX: u64 = 1 << 30;
/// Parts that are held in memory whole, in bytes (256 MiB).
const HELD_MAX: u64 = 256 << 20;
/// How many times its size a spreadsheet may unpack to, once that is more than [`RATIO_FROM`].
const RATIO_MAX: u64 = 200;
/// Below this many bytes (64 MiB) the ratio does not matter.
const RATIO_FROM: u64 = 64 << 20;
/// Parts in one file.
const PARTS_MAX: usize = 4096;

/// Refuses a spreadsheet that unpacks to too much, and a ZIP file that is none.
pub(crate) fn vet(path: &Path) -> Result<(), ReadError> {
    let mut file = File::open(path)?;
    if PARTS_MAX < parts_claimed(&mut file)? {
        return Err(ReadError::Bomb("内部文件过多"));
    }
    file.rewind()?;
    let packed = file.metadata()?.len();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(bad)?;
    if PARTS_MAX < archive.len() {
        return Err(ReadError::Bomb("内部文件过多"));
    }
    let is_workbook = |name: &str| name.eq_ignore_ascii_case("[Content_Types].xml");
    if !archive.file_names().any(is_workbook) {
        return Err(ReadError::UnknownType("ZIP 压缩包"));
    }
    let mut total = 0;
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(bad)?;
        let name = part.name().to_ascii_lowercase();
        let is_held = !name.contains("worksheets/") && (name.ends_with(".xml") || name.ends_with(".rels"));
        let mut rest = part.take(UNPACKED_MAX + 1 - total);
        let count = io::copy(&mut rest, &mut io::sink()).map_err(|e| bad(ZipError::Io(e)))?;
        total += count;
        if UNPACKED_MAX < total || (is_held && HELD_MAX < count) {
            return Err(ReadError::Bomb("超过1GB"));
        }
        if RATIO_FROM < total && packed.saturating_mul(RATIO_MAX) < total {
            return Err(ReadError::Bomb("压缩比异常"));
        }
    }
    Ok(())
}

/// How many parts the end of the file says there are; a directory of millions would itself fill the memory.
fn parts_claimed(file: &mut File) -> io::Result<usize> {
    const END_MAX: u64 = 22 + 0xffff;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_MAX)))?;
    let mut tail = Vec::new();
    file.take(END_MAX).read_to_end(&mut tail)?;
    let end = tail.windows(22).rposition(|it| it.starts_with(b"PK\x05\x06"));
    Ok(end.map_or(0, |at| {
        usize::from(u16::from_le_bytes([tail[at + 10], tail[at + 11]]))
    }))
}

fn bad(e: ZipError) -> ReadError {
    ReadError::BadSpreadsheet(e.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(parts: &[(&str, u64)]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = ZipWriter::new(file.as_file_mut());
        for (name, size) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            io::copy(&mut io::repeat(b' ').take(*size), &mut zip).unwrap();
        }
        zip.finish().unwrap().flush().unwrap();
        file
    }

    #[test]
    fn a_part_that_unpacks_to_a_thousand_times_its_size_is_refused() {
        let file = archive(&[
            ("[Content_Types].xml", 100),
            ("xl/worksheets/sheet1.xml", 100 << 20),
        ]);
        assert!(matches!(vet(file.path()), Err(ReadError::Bomb("压缩比异常"))));
    }

    #[test]
    fn many_parts_are_refused() {
        let names: Vec<String> = (0..5000).map(|i| format!("xl/media/{i}.png")).collect();
        let parts: Vec<_> = names.iter().map(|it| (it.as_str(), 1)).collect();
        assert!(matches!(
            vet(archive(&parts).path()),
            Err(ReadError::Bomb("内部文件过多"))
        ));
    }

    #[test]
    fn a_plain_archive_is_no_spreadsheet() {
        let file = archive(&[("readme.txt", 100)]);
        assert!(matches!(
            vet(file.path()),
            Err(ReadError::UnknownType("ZIP 压缩包"))
        ));
    }

    #[test]
    fn a_cut_off_archive_is_a_bad_spreadsheet() {
        let file = archive(&[("[Content_Types].xml", 100), ("xl/worksheets/sheet1.xml", 1000)]);
        let length = file.as_file().metadata().unwrap().len();
        file.as_file().set_len(length / 2).unwrap();
        assert!(matches!(vet(file.path()), Err(ReadError::BadSpreadsheet(_))));
    }
}
