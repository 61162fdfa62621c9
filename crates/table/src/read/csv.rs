//! Separated values (RFC 4180), as strict about quotes as is needed to never lose a row silently.
//!
//! A quote that is not closed swallows the rows below it up to the next quote of the file. A general reader
//! takes that for a long value; this one sees that the closing quote is not followed by a separator and names
//! the line on which the quote opened. That is why the crate scans by itself.

use std::path::Path;

use rules::delivery::RowFault;

use super::{RECORD_BYTES_MAX, Record, header, is_control, source::Source};
use crate::{Encoding, ReadError, Sniffed};

const ENDS_FIELD: u8 = 1;
const CONTROL: u8 = 2;
const MAY_BE_LOST: u8 = 4;

/// What each byte means outside quotes.
type Classes = [u8; 256];

pub(crate) struct CsvReader {
    source: Source,
    classes: Box<Classes>,
    separator: u8,
    columns: Vec<String>,
    /// The physical line on which the window starts.
    line: u64,
    number: u64,
}

enum Scan {
    /// The record ends after so many bytes and so many lines.
    Record(usize, u64),
    /// The window ends within the record; whether inside quotes, and on which line they open.
    More(Option<u64>),
}

impl CsvReader {
    pub fn open(path: &Path, sniffed: &Sniffed) -> Result<CsvReader, ReadError> {
        let source = Source::open(path, sniffed.encoding.unwrap_or(Encoding::Utf8))?;
        let separator = sniffed.separator.unwrap_or(',') as u8;
        let columns = Vec::new();
        let mut reader = CsvReader {
            source,
            classes: classes(separator),
            separator,
            columns,
            line: 1,
            number: 0,
        };
        let mut record = Record::default();
        if !reader.read(&mut record)? {
            return Err(ReadError::Empty);
        }
        let text = record.text().ok_or(ReadError::NotText)?;
        reader.columns = (0..record.width).map(|i| header::clean(text.field(i))).collect();
        Ok(reader)
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn next(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        let has_row = self.read(record)?;
        self.number += u64::from(has_row);
        record.number = self.number;
        Ok(has_row)
    }

    pub fn bytes_done(&self) -> u64 {
        self.source.bytes_done()
    }

    pub fn sha256(self) -> Result<String, ReadError> {
        self.source.sha256()
    }

    /// Reads the next record that is not an empty line.
    fn read(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        loop {
            if self.source.window().is_empty() {
                if self.source.is_end() {
                    return Ok(false);
                }
                self.source.fill()?;
                continue;
            }
            match self.scan(record)? {
                Scan::Record(bytes, lines) => {
                    self.source.consume(bytes);
                    self.line += lines;
                    if !record.is_blank_line() {
                        return Ok(true);
                    }
                }
                Scan::More(quote) if RECORD_BYTES_MAX < self.source.window().len() => {
                    return Err(match quote {
                        Some(line) => ReadError::UnclosedQuote { line },
                        None => ReadError::RecordTooLong { line: self.line },
                    });
                }
                Scan::More(_) => self.source.fill()?,
            }
        }
    }

    /// Reads one record from the start of the window.
    fn scan(&self, record: &mut Record) -> Result<Scan, ReadError> {
        let window = self.source.window();
        let is_end = self.source.is_end();
        let mut lines = 0;
        let mut i = 0;
        record.clear();
        loop {
            if window.get(i) == Some(&b'"') {
                match self.scan_quoted(record, i, &mut lines)? {
                    Some(next) => i = next,
                    None => return Ok(Scan::More(Some(self.line + lines))),
                }
            }
            i = self.scan_plain(record, i);
            if i == window.len() {
                record.end_field();
                return Ok(if is_end {
                    Scan::Record(i, lines)
                } else {
                    Scan::More(None)
                });
            }
            record.end_field();
            match window[i] {
                b if b == self.separator => i += 1,
                b'\r' if window.get(i + 1) == Some(&b'\n') => return Ok(Scan::Record(i + 2, lines + 1)),
                b'\r' if i + 1 == window.len() && !is_end => return Ok(Scan::More(None)),
                _ => return Ok(Scan::Record(i + 1, lines + 1)),
            }
        }
    }

    /// Copies bytes up to the end of the field and says where that is.
    fn scan_plain(&self, record: &mut Record, start: usize) -> usize {
        let window = self.source.window();
        let mut seen = 0;
        let mut i = start;
        while let Some(b) = window.get(i) {
            let class = self.classes[usize::from(*b)];
            if class & ENDS_FIELD != 0 {
                break;
            }
            seen |= class;
            i += 1;
        }
        record.has_control |= seen & CONTROL != 0;
        record.may_have_lost |= seen & MAY_BE_LOST != 0;
        record.bytes.extend_from_slice(&window[start..i]);
        i
    }

    /// Copies a quoted field that starts at `start` and says where it ends; none where the window ends first,
    /// and then `lines` still tells the line on which the quote opens.
    fn scan_quoted(
        &self,
        record: &mut Record,
        start: usize,
        lines: &mut u64,
    ) -> Result<Option<usize>, ReadError> {
        let window = self.source.window();
        let is_end = self.source.is_end();
        let unclosed = ReadError::UnclosedQuote {
            line: self.line + *lines,
        };
        let mut within = 0;
        let mut i = start + 1;
        loop {
            let Some(length) = window[i..].iter().position(|b| *b == b'"') else {
                return if is_end { Err(unclosed) } else { Ok(None) };
            };
            for &b in &window[i..i + length] {
                within += u64::from(b == b'\n');
                let class = self.classes[usize::from(b)];
                record.has_control |= class & CONTROL != 0;
                record.may_have_lost |= class & MAY_BE_LOST != 0;
            }
            record.bytes.extend_from_slice(&window[i..i + length]);
            i += length + 1;
            match window.get(i) {
                Some(b'"') => {
                    record.bytes.push(b'"');
                    i += 1;
                }
                None if !is_end => return Ok(None),
                Some(b) if self.classes[usize::from(*b)] & ENDS_FIELD == 0 => {
                    if 0 < within {
                        return Err(unclosed);
                    }
                    // Something follows the closing quote on the same line: where the columns lie is unsure.
                    record.flaw = Some((RowFault::WrongWidth, None));
                    break;
                }
                _ => break,
            }
        }
        *lines += within;
        Ok(Some(i))
    }
}

fn classes(separator: u8) -> Box<Classes> {
    let mut classes = Box::new([0; 256]);
    for b in 0..=255u8 {
        let class = &mut classes[usize::from(b)];
        if b == separator || b == b'\n' || b == b'\r' {
            *class |= ENDS_FIELD;
        }
        if is_control(b) {
            *class |= CONTROL;
        }
        if b == super::LOST.as_bytes()[0] {
            *class |= MAY_BE_LOST;
        }
    }
    classes
}
