//! Why a whole file cannot be read: a stable code for systems, Chinese words for people.

use std::io;

/// Why a file is refused before or while its rows are read. Nothing of the file has been taken over.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither CSV, XLSX nor JSON lines.
    #[error("file is of no known type: {0}")]
    UnknownType(&'static str),
    /// A spreadsheet of the old binary kind, or one locked with a password.
    #[error("old or encrypted spreadsheet")]
    OldSpreadsheet,
    /// Not one byte of content.
    #[error("file is empty")]
    Empty,
    /// A header and nothing below it.
    #[error("file has no rows below its header")]
    NoRows,
    /// Larger than [`crate::FILE_BYTES_MAX`].
    #[error("file has {bytes} bytes, more than permitted")]
    TooLarge {
        /// The file's size in bytes.
        bytes: u64,
    },
    /// Bytes that are no text in any encoding that is read.
    #[error("file is not text")]
    NotText,
    /// The header does not name the entry's items.
    #[error("header mismatch: missing {missing:?}, unexpected {unexpected:?}, doubled {doubled:?}")]
    HeaderMismatch {
        /// Items of the entry that the file lacks, as people read them.
        missing: Vec<String>,
        /// Columns of the file that the entry does not have.
        unexpected: Vec<String>,
        /// Columns that stand in the file more than once.
        doubled: Vec<String>,
    },
    /// A quote that is opened and not closed where its field ends.
    #[error("quote opened on line {line} is not closed")]
    UnclosedQuote {
        /// The physical line on which the quote opens; the first line of the file is 1.
        line: u64,
    },
    /// One row is longer than any sensible row, so the file is probably not what it seems.
    #[error("record on line {line} is too long")]
    RecordTooLong {
        /// The physical line on which the row starts.
        line: u64,
    },
    /// A JSON file whose first line is not an object.
    #[error("line {line} is not a JSON object")]
    BadJson {
        /// The physical line.
        line: u64,
    },
    /// A spreadsheet that unpacks to far more than its size: a mistake or an attack.
    #[error("spreadsheet unpacks to too much: {0}")]
    Bomb(&'static str),
    /// A spreadsheet that cannot be opened.
    #[error("spreadsheet cannot be read: {0}")]
    BadSpreadsheet(String),
    /// The machine failed to read or to write its temporary files.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
}

impl ReadError {
    /// The stable word for systems.
    pub fn code(&self) -> &'static str {
        "read-error"
    }

    /// What is wrong and what to do about it, for people.
    pub fn words(&self) -> String {
        self.to_string()
    }
}
