//! What a file is, judged by its bytes; its name only settles what the bytes leave open.

use std::{fs::File, io::Read, path::Path};

use rules::words;

use crate::{FILE_BYTES_MAX, ReadError};

words! {
    /// The kinds of file that are read.
    pub enum FileKind {
        /// Separated values with a header line.
        Csv = "csv" "CSV 文本",
        /// A spreadsheet; its first sheet is read.
        Xlsx = "xlsx" "Excel 工作簿（XLSX）",
        /// One JSON object a line.
        JsonLines = "json-lines" "JSON Lines",
    }
}

words! {
    /// The encodings of text that are read.
    pub enum Encoding {
        /// UTF-8 without a mark.
        Utf8 = "utf-8" "UTF-8",
        /// UTF-8 with a byte order mark, as spreadsheets write it.
        Utf8Bom = "utf-8-bom" "UTF-8（带 BOM）",
        /// The national standard, GBK and GB 2312 included.
        Gb18030 = "gb18030" "GB18030",
        /// UTF-16, low byte first.
        Utf16Le = "utf-16le" "UTF-16LE",
        /// UTF-16, high byte first.
        Utf16Be = "utf-16be" "UTF-16BE",
    }
}

impl Encoding {
    /// The decoder's name for it; none for UTF-8, which needs no decoder.
    pub(crate) fn decoder(self) -> Option<&'static encoding_rs::Encoding> {
        match self {
            Encoding::Utf8 | Encoding::Utf8Bom => None,
            Encoding::Gb18030 => Some(encoding_rs::GB18030),
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE),
        }
    }
}

/// What [`sniff`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sniffed {
    /// The kind of file.
    pub kind: FileKind,
    /// The encoding of its text; none for a spreadsheet.
    pub encoding: Option<Encoding>,
    /// What separates the values of a line; none unless it is CSV.
    pub separator: Option<char>,
    /// The size in bytes.
    pub bytes: u64,
}

/// How much of a file is looked at.
const SAMPLE_BYTES: u64 = 1 << 20;

/// Beginnings of files that people send by mistake, and what to call them.
const KNOWN_OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF 文档"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"SQLite format 3", "SQLite 数据库"),
    (b"<!DOCTYPE", "网页"),
    (b"<html", "网页"),
    (b"<?xml", "XML 文档"),
];

/// Says what the file at `path`, which its sender called `name`, is. Reads about the first MiB only.
pub fn sniff(path: &Path, name: &str) -> Result<Sniffed, ReadError> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    if FILE_BYTES_MAX < bytes {
        return Err(ReadError::TooLarge { bytes });
    }
    let mut sample = Vec::new();
    file.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
    if sample.is_empty() {
        return Err(ReadError::Empty);
    }
    if sample.starts_with(b"PK\x03\x04") {
        return Ok(Sniffed {
            kind: FileKind::Xlsx,
            encoding: None,
            separator: None,
            bytes,
        });
    }
    if sample.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(ReadError::OldSpreadsheet);
    }
    if let Some((_, what)) = KNOWN_OTHERS.iter().find(|(mark, _)| sample.starts_with(mark)) {
        return Err(ReadError::UnknownType(what));
    }
    let encoding = encoding_of(&sample).ok_or(ReadError::NotText)?;
    let text = decode(&sample, encoding);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err(ReadError::Empty);
    }
    let is_json = is_json(text, name)?;
    let kind = if is_json {
        FileKind::JsonLines
    } else {
        FileKind::Csv
    };
    let separator = (!is_json).then(|| separator_of(text));
    Ok(Sniffed {
        kind,
        encoding: Some(encoding),
        separator,
        bytes,
    })
}

/// The encoding of `sample`; none where it is no text.
fn encoding_of(sample: &[u8]) -> Option<Encoding> {
    match sample {
        [0xef, 0xbb, 0xbf, ..] => return Some(Encoding::Utf8Bom),
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16Be),
        _ => {}
    }
    if let Some(encoding) = utf16_without_mark(sample) {
        return Some(encoding);
    }
    // A control byte here and there refuses its row; many of them mean that this is no text at all.
    let is_control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x1a | 0x0c);
    let controls = sample.iter().filter(|it| is_control(it)).count();
    if sample.len() / 50 < controls || sample.lines_of().next().is_some_and(|it| it.contains(&0)) {
        return None;
    }
    by_lines(sample)
}

/// UTF-16 without a byte order mark shows in its separators, digits and line ends: the other byte of each is
/// zero. The few Chinese characters with such a byte are outnumbered.
fn utf16_without_mark(sample: &[u8]) -> Option<Encoding> {
    let is_plain = |b: u8| b.is_ascii_digit() || b",;\t\r\n\"{}:".contains(&b);
    let (mut high_first, mut low_first) = (0, 0);
    for pair in sample.chunks_exact(2) {
        high_first += usize::from(pair[0] == 0 && is_plain(pair[1]));
        low_first += usize::from(pair[1] == 0 && is_plain(pair[0]));
    }
    let pairs = sample.len() / 2;
    match () {
        () if pairs < 20 * low_first && 4 * high_first < low_first => Some(Encoding::Utf16Le),
        () if pairs < 20 * high_first && 4 * low_first < high_first => Some(Encoding::Utf16Be),
        () => None,
    }
}

/// Splits bytes into lines without their ends.
trait Lines {
    fn lines_of(&self) -> impl Iterator<Item = &[u8]>;
}

impl Lines for [u8] {
    fn lines_of(&self) -> impl Iterator<Item = &[u8]> {
        self.split(|b| *b == b'\n')
    }
}

/// UTF-8 or GB18030, whichever reads more lines. A few lines in another encoding are refused one by one, so
/// they do not decide; Chinese text in GB18030 is next to never valid UTF-8, so UTF-8 goes first.
fn by_lines(sample: &[u8]) -> Option<Encoding> {
    let (mut lines, mut utf8, mut gb) = (0, 0, 0);
    for line in sample.lines_of().filter(|it| !it.is_ascii()) {
        lines += 1;
        // The sample may end within a character: that is no fault of the line.
        let is_utf8 = match std::str::from_utf8(line) {
            Ok(_) => true,
            Err(e) => e.error_len().is_none() && sample.len() as u64 == SAMPLE_BYTES,
        };
        utf8 += usize::from(is_utf8);
        gb += usize::from(
            encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(line)
                .is_some(),
        );
    }
    match () {
        () if lines <= 2 * utf8 => Some(Encoding::Utf8),
        () if lines <= 2 * gb => Some(Encoding::Gb18030),
        // Lines in several encodings: the better one may still save most of the rows.
        () if lines <= 4 * utf8.max(gb) => Some(if gb <= utf8 {
            Encoding::Utf8
        } else {
            Encoding::Gb18030
        }),
        () => None,
    }
}

fn decode(sample: &[u8], encoding: Encoding) -> String {
    match encoding.decoder() {
        None => String::from_utf8_lossy(sample).into_owned(),
        Some(decoder) => decoder.decode_with_bom_removal(sample).0.into_owned(),
    }
}

/// Whether text is JSON lines: its first line is an object. Says so of what merely looks like it.
fn is_json(text: &str, name: &str) -> Result<bool, ReadError> {
    let first = text.lines().next().unwrap_or_default().trim();
    if first.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok() {
        return Ok(true);
    }
    let name = name.to_ascii_lowercase();
    let is_named_json = [".jsonl", ".ndjson", ".json"].iter().any(|it| name.ends_with(it));
    match first.chars().next() {
        Some('[') if is_named_json => Err(ReadError::UnknownType("JSON 数组，不是每行一个对象")),
        _ if is_named_json => Err(ReadError::BadJson { line: 1 }),
        _ => Ok(false),
    }
}

/// Comma, tab or semicolon: the one that occurs most in the header outside quotes.
fn separator_of(text: &str) -> char {
    let mut is_quoted = false;
    let mut counts = [(',', 0), ('\t', 0), (';', 0)];
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\n' | '\r' if !is_quoted => break,
            _ if !is_quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|it| it.0 == c) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // The first of equals wins, so a header of one column has a comma.
    counts.iter().rev().max_by_key(|it| it.1).map_or(',', |it| it.0)
}
