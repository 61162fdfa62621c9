//! Reading a file row by row, whatever its kind.

use std::path::Path;

use rules::{catalogue::Item, delivery::RowFault};

use crate::{FileKind, ReadError, Sniffed, value::is_blank};

mod csv;
mod header;
mod json;
mod sheet;
mod source;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use header::{called, distinct, resolve};

/// One row shorter than this is read; a longer one means that the file is not what it seems.
const RECORD_BYTES_MAX: usize = 4 << 20;

/// The character that stands where an earlier conversion lost one.
const LOST: &str = "\u{fffd}";

/// One row as it stands in the file. Reused from row to row.
#[derive(Default)]
pub(crate) struct Record {
    /// 1-based, the header not counted.
    pub number: u64,
    /// What the reader itself holds against the row, and in which column.
    pub flaw: Option<(RowFault, Option<usize>)>,
    /// How many columns the row has in the file; fields beyond the header's width may be left out.
    pub width: usize,
    /// The fields, a line feed after each, so that no character can straddle two of them.
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// Whether a byte below the space was seen that has no place in text.
    has_control: bool,
    /// Whether a byte was seen that may begin [`LOST`].
    may_have_lost: bool,
}

impl Record {
    fn clear(&mut self) {
        self.flaw = None;
        self.width = 0;
        self.bytes.clear();
        self.ends.clear();
        self.has_control = false;
        self.may_have_lost = false;
    }

    fn end_field(&mut self) {
        self.ends.push(self.bytes.len() as u32);
        self.bytes.push(b'\n');
        self.width = self.ends.len();
    }

    /// Adds a whole field whose bytes nobody has looked at yet.
    fn push_field(&mut self, value: &[u8]) {
        for &b in value {
            self.has_control |= is_control(b);
            self.may_have_lost |= b == LOST.as_bytes()[0];
        }
        self.bytes.extend_from_slice(value);
        self.end_field();
    }

    /// The bytes of field `i`; empty beyond the last.
    pub fn field(&self, i: usize) -> &[u8] {
        self.range(i).map_or(&[], |it| &self.bytes[it])
    }

    fn range(&self, i: usize) -> Option<std::ops::Range<usize>> {
        let end = *self.ends.get(i)? as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize + 1 };
        Some(start..end)
    }

    /// The row as text; none where some field is not text of the file's encoding.
    pub fn text(&self) -> Option<Text<'_>> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let is_lost = self.may_have_lost && text.contains(LOST);
        (!self.has_control && !is_lost).then_some(Text { record: self, text })
    }

    /// The first column that is not text.
    pub fn bad_column(&self) -> Option<usize> {
        let is_bad = |i: &usize| {
            let field = self.field(*i);
            field.iter().any(|b| is_control(*b))
                || std::str::from_utf8(field).map_or(true, |text| text.contains(LOST))
        };
        (0..self.ends.len()).find(is_bad)
    }

    fn is_blank_line(&self) -> bool {
        self.ends.len() == 1 && self.ends[0] == 0
    }
}

/// A [`Record`] all of whose fields are text.
pub(crate) struct Text<'a> {
    record: &'a Record,
    text: &'a str,
}

impl<'a> Text<'a> {
    /// Field `i`; empty beyond the last.
    pub fn field(&self, i: usize) -> &'a str {
        self.record.range(i).map_or("", |it| &self.text[it])
    }
}

/// Control characters have no place in a value; line ends and tabs do.
fn is_control(b: u8) -> bool {
    b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')
}

/// Which columns a file without a header line has.
pub(crate) enum Columns<'a> {
    /// The entry's items; a key that names none is an error.
    Items(&'a [Item]),
    /// Whatever the first lines name.
    Discover,
}

/// A file being read.
pub(crate) enum Reader {
    Csv(csv::CsvReader),
    Json(json::JsonReader),
    Sheet(sheet::SheetReader),
}

impl Reader {
    /// Opens a file and reads its header.
    pub fn open(path: &Path, sniffed: &Sniffed, columns: &Columns<'_>) -> Result<Reader, ReadError> {
        Ok(match sniffed.kind {
            FileKind::Csv => Reader::Csv(csv::CsvReader::open(path, sniffed)?),
            FileKind::JsonLines => Reader::Json(json::JsonReader::open(path, sniffed, columns)?),
            FileKind::Xlsx => Reader::Sheet(sheet::SheetReader::open(path)?),
        })
    }

    /// The names of the columns, trimmed.
    pub fn columns(&self) -> &[String] {
        match self {
            Reader::Csv(it) => it.columns(),
            Reader::Json(it) => it.columns(),
            Reader::Sheet(it) => it.columns(),
        }
    }

    /// Reads the next row into `record`; false after the last.
    pub fn next(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        match self {
            Reader::Csv(it) => it.next(record),
            Reader::Json(it) => it.next(record),
            Reader::Sheet(it) => it.next(record),
        }
    }

    /// How many of the file's bytes have been read.
    pub fn bytes_done(&self) -> u64 {
        match self {
            Reader::Csv(it) => it.bytes_done(),
            Reader::Json(it) => it.bytes_done(),
            Reader::Sheet(it) => it.bytes_done(),
        }
    }

    /// The SHA-256 of the file's bytes, hexadecimal; to be asked after the last row.
    pub fn sha256(self) -> Result<String, ReadError> {
        match self {
            Reader::Csv(it) => it.sha256(),
            Reader::Json(it) => it.sha256(),
            Reader::Sheet(it) => it.sha256(),
        }
    }
}
