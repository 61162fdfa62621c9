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
/// The texts that cells share, which are held in memory whole, in bytes (256 MiB) and by number.
const SHARED_MAX: u64 = 256 << 20;
const TEXTS_MAX: u64 = 12 << 20;
/// Any other part that is held in memory whole, in bytes (16 MiB).
const HELD_MAX: u64 = 16 << 20;
/// The longest stretch without a mark, in bytes (1 MiB): a cell holds 32,767 characters.
const STRETCH_MAX: u64 = 1 << 20;
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
        let is_text = name.ends_with(".xml") || name.ends_with(".rels");
        let held_max = match is_text {
            true if name.ends_with("sharedstrings.xml") => SHARED_MAX,
            true if !name.contains("worksheets/") => HELD_MAX,
            _ => UNPACKED_MAX,
        };
        let mut seen = Seen::default();
        let mut rest = part.take(UNPACKED_MAX + 1 - total);
        io::copy(&mut rest, &mut seen).map_err(|e| bad(ZipError::Io(e)))?;
        total += seen.bytes;
        if UNPACKED_MAX < total || held_max < seen.bytes {
            return Err(ReadError::Bomb("内容过大"));
        }
        if RATIO_FROM < total && packed.saturating_mul(RATIO_MAX) < total {
            return Err(ReadError::Bomb("压缩比异常"));
        }
        if is_text && (STRETCH_MAX < seen.stretch_max() || TEXTS_MAX < seen.texts) {
            return Err(ReadError::Bomb("单元格过大或者过多"));
        }
    }
    Ok(())
}

/// What is seen of a part while it is inflated.
#[derive(Default)]
struct Seen {
    bytes: u64,
    /// How many shared texts (`<si`) there are.
    texts: u64,
    /// Bytes since the last mark, and the most there were between two.
    since_mark: u64,
    longest: u64,
}

impl Seen {
    fn stretch_max(&self) -> u64 {
        self.longest.max(self.since_mark)
    }
}

impl io::Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|it| *it == b'<') {
            self.longest = self.longest.max(self.since_mark + at as u64);
            self.since_mark = 0;
            rest = &rest[at + 1..];
            // One that stands across two reads is missed, which does not matter among millions.
            self.texts += u64::from(rest.starts_with(b"si"));
        }
        self.since_mark += rest.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    fn what_would_fill_the_memory_when_it_is_read_is_refused() {
        let types = ("[Content_Types].xml", "<Types/>".to_owned());
        for (name, text) in [
            // Short texts, each of which takes several times its bytes.
            ("xl/sharedStrings.xml", "<si/>".repeat(13 << 20)),
            ("xl/workbook.xml", "<sheet name=\"a\"/>".repeat(1 << 20)),
            (
                "xl/worksheets/sheet1.xml",
                format!("<t>{}</t>", "1".repeat(3 << 20)),
            ),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let mut zip = ZipWriter::new(file.as_file_mut());
            for (name, text) in [(types.0, &types.1), (name, &text)] {
                zip.start_file(name, SimpleFileOptions::default()).unwrap();
                zip.write_all(text.as_bytes()).unwrap();
            }
            // So that the ratio alone does not give it away.
            zip.start_file("noise", SimpleFileOptions::default()).unwrap();
            let mut noise = 1u32;
            let noise: Vec<u8> = std::iter::repeat_with(|| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .take(1 << 20)
            .collect();
            zip.write_all(&noise).unwrap();
            zip.finish().unwrap().flush().unwrap();
            assert!(matches!(vet(file.path()), Err(ReadError::Bomb(_))), "{name}");
        }
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
