//! The files of a release (art. 24): one set of rows in the six formats that people and machines ask for.
//!
//! Every writer takes the rows one by one and keeps no more of them than its format needs, so that a file of ten
//! million rows takes the memory of a small one. A value is written as it is stored: codes keep their zeros,
//! decimals their digits, and a text that a spreadsheet would take for a formula is data and stays what it is.
//! The same rows give the same bytes on any day.

use std::io::{self, Write};

use rules::{
    catalogue::{Item, ItemType},
    release::FileFormat,
};
use sha2::{Digest, Sha256};

use crate::value;

mod csv;
mod json;
mod parquet;
mod typing;
mod xlsx;
mod xml;

#[cfg(test)]
mod tests;

/// Rows that one sheet of a workbook holds beside its header.
pub const XLSX_ROWS_MAX: u64 = 1_048_575;

pub use typing::{Typed, typed};

/// What a file says of itself before its rows.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The title of the data set.
    pub title: &'a str,
    /// The items, in the order of the values of a row.
    pub items: &'a [Item],
    /// What the values of each item are, as [`typed`] found it, for formats that have types; empty for text.
    pub typed: &'a [Typed],
}

impl Header<'_> {
    /// What the values of item `i` are.
    fn typed(&self, i: usize) -> Typed {
        self.typed.get(i).copied().unwrap_or_default()
    }
}

/// A file that was written whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its size.
    pub bytes: u64,
    /// How many rows it has, the header not counted.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// Why a file was not written. What was written of it is of no use.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// More rows than a sheet holds.
    #[error("more than {XLSX_ROWS_MAX} rows for one sheet")]
    TooManyRows,
    /// More items than a sheet has columns.
    #[error("{0} items for one sheet")]
    TooManyItems(usize),
    /// A value longer than a cell holds; the row is counted from 1.
    #[error("row {row}, item {item:?}: {length} characters for one cell")]
    TooLong {
        /// The number of the row.
        row: u64,
        /// The item's name.
        item: String,
        /// How long the value is, in UTF-16 units, as a sheet counts.
        length: usize,
    },
    /// The rows could not be read, or the file could not be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The writer of the format failed.
    #[error("{0}")]
    Format(String),
}

impl WriteError {
    /// What to tell people.
    pub fn words(&self) -> String {
        match self {
            WriteError::TooManyRows => {
                format!("数据超过{XLSX_ROWS_MAX}行，电子表格装不下，请改用CSV、JSON或者Parquet格式。")
            }
            WriteError::TooManyItems(items) => {
                format!("数据有{items}个信息项，电子表格装不下，请改用CSV、JSON或者Parquet格式。")
            }
            WriteError::TooLong { row, item, length } => format!(
                "第{row}行“{item}”有{length}个字符，超过电子表格单元格的上限，请改用CSV、JSON或者Parquet格式。"
            ),
            WriteError::Io(_) | WriteError::Format(_) => {
                "文件未能生成，原有文件未受影响。请稍后重试；持续出现时请联系系统管理员。".to_owned()
            }
        }
    }

    /// A failure of the writer of a format: one of the disk where it says so.
    fn format(error: impl std::error::Error + 'static) -> WriteError {
        WriteError::Format(error.to_string())
    }
}

/// Writes `rows` to `to` as a file of `format`; nothing is left in a buffer when this returns.
///
/// A row has a value for each item of the header, in its order; an empty one and a missing one are both none.
/// CSV has no byte order mark: whoever answers a person puts it in front.
pub fn write<R: AsRef<[Option<String>]>>(
    format: FileFormat,
    header: &Header<'_>,
    rows: impl IntoIterator<Item = io::Result<R>>,
    to: &mut (impl Write + Send),
) -> Result<Written, WriteError> {
    let mut rows = Counted {
        rows: rows.into_iter(),
        count: 0,
    };
    let mut out = Hashed {
        to: io::BufWriter::with_capacity(1 << 16, to),
        hash: Sha256::new(),
        bytes: 0,
    };
    match format {
        FileFormat::Csv => csv::write(header, &mut rows, &mut out)?,
        FileFormat::Json => json::write(header, &mut rows, &mut out, json::Frame::Array)?,
        FileFormat::JsonLines => json::write(header, &mut rows, &mut out, json::Frame::Lines)?,
        FileFormat::Xlsx => xlsx::write(header, &mut rows, &mut out)?,
        FileFormat::Xml => xml::write(header, &mut rows, &mut out)?,
        FileFormat::Parquet => parquet::write(header, &mut rows, &mut out)?,
    }
    out.flush()?;
    Ok(Written {
        bytes: out.bytes,
        rows: rows.count,
        sha256: hex::encode(out.hash.finalize()),
    })
}

/// A value as JSON, exactly: numbers of a number's type keep every digit, logical values become `true` and
/// `false`, everything else is text, and what is empty is `null`. What is stored under such a type without being
/// one, such as a band of ages, is text.
pub fn push_json(kind: ItemType, value: Option<&str>, to: &mut Vec<u8>) {
    let Some(value) = value.filter(|it| !it.is_empty()) else {
        to.extend_from_slice(b"null");
        return;
    };
    match kind {
        ItemType::Integer | ItemType::Decimal | ItemType::Money if is_json_number(value) => {
            to.extend_from_slice(value.as_bytes());
        }
        ItemType::Boolean if value::boolean(value).is_some() => {
            let is_true = value::boolean(value) == Some(true);
            to.extend_from_slice(if is_true { b"true" } else { b"false" });
        }
        _ => push_json_text(value, to),
    }
}

/// A text as JSON.
fn push_json_text(value: &str, to: &mut Vec<u8>) {
    serde_json::to_writer(to, value).expect("a text is always JSON, and memory takes it");
}

/// A plain decimal without the leading zeros that JSON does not know.
fn is_json_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value).as_bytes();
    let has_leading_zero = 1 < digits.len() && digits[0] == b'0' && digits[1] != b'.';
    value::decimal(value).is_ok() && !has_leading_zero
}

/// The value of item `i`, where the row has one.
fn cell(row: &[Option<String>], i: usize) -> Option<&str> {
    row.get(i)?.as_deref().filter(|it| !it.is_empty())
}

/// Rows that are counted as they pass.
struct Counted<I> {
    rows: I,
    count: u64,
}

impl<I: Iterator<Item = io::Result<R>>, R> Iterator for Counted<I> {
    type Item = io::Result<R>;

    fn next(&mut self) -> Option<io::Result<R>> {
        let next = self.rows.next()?;
        self.count += u64::from(next.is_ok());
        Some(next)
    }
}

/// Bytes that are counted and hashed on their way.
struct Hashed<W: Write> {
    to: io::BufWriter<W>,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.hash.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
