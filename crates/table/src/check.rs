//! 校验 (art. 14): every row against the items of its entry.

use std::{collections::BTreeMap, io::Write, path::Path};

use rules::{
    catalogue::Content,
    delivery::{RowFault, Score},
};

use crate::{Encoding, FileKind, ReadError, SortedRows};

/// What a file is checked against, and where the checked rows may be spooled.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The published entry.
    pub content: &'a Content,
    /// A directory for temporary files; they have no names and vanish with the process.
    pub spool_dir: &'a Path,
    /// Whether the batch came in time, as (good, all) of indicator 0502; none where the entry has no cycle.
    pub timeliness: Option<(u64, u64)>,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that have been read.
    pub bytes_done: u64,
    /// Bytes of the file.
    pub bytes_all: u64,
    /// Rows judged so far.
    pub rows: u64,
    /// Rows refused so far; rows with a key that came before are found last.
    pub refused: u64,
}

/// A file whose every row has been judged.
#[derive(Debug)]
pub struct Checked {
    /// Rows in the file, the header not counted.
    pub rows: u64,
    /// Rows that keep to every rule.
    pub accepted: u64,
    /// Rows that do not; each has its lines in the refusals file.
    pub refused: u64,
    /// Refused rows by their first fault; the numbers add up to `refused`.
    pub by_fault: BTreeMap<RowFault, u64>,
    /// The six dimensions of art. 14, counted over all rows.
    pub scores: Vec<Score>,
    /// SHA-256 of the file's bytes, hexadecimal.
    pub sha256: String,
    /// The kind of file.
    pub kind: FileKind,
    /// The encoding of its text; none for a spreadsheet.
    pub encoding: Option<Encoding>,
    /// The accepted rows in the order of their keys.
    pub sorted: SortedRows,
}

/// Judges every row of the file at `path`, which its sender called `name`.
///
/// `refusals` receives a CSV file that a spreadsheet opens: one line for each fault of each refused row.
pub fn check(
    path: &Path,
    name: &str,
    plan: &Plan<'_>,
    refusals: impl Write,
    progress: &dyn Fn(Progress),
) -> Result<Checked, ReadError> {
    let _ = (path, name, plan, refusals, progress);
    unimplemented!("check")
}
