//! 校验 (art. 14): every row against the items of its entry.

use std::{cell::RefCell, collections::BTreeMap, io::Write, path::Path};

use rules::{
    catalogue::Content,
    delivery::{RowFault, Score},
};

use crate::{
    Encoding, FileKind, ReadError, SortedRows,
    read::{Columns, Reader, Record, resolve},
    sniff::sniff,
    sort::Sorter,
};

mod column;
mod judge;
mod refusals;
mod tally;
#[cfg(test)]
mod tests;

use judge::Judge;
use refusals::Refusals;
pub use refusals::{RefusedRow, first_refusals};
use tally::Tally;

/// How many rows are judged between two reports of progress.
const ROWS_PER_REPORT: u64 = 16_384;

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
    /// Refused rows, each by the first of its faults in the order of the items; they add up to `refused`.
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
/// Rows whose key came before are known when all have been read, so they may stand last.
pub fn check(
    path: &Path,
    name: &str,
    plan: &Plan<'_>,
    refusals: impl Write,
    progress: &dyn Fn(Progress),
) -> Result<Checked, ReadError> {
    let sniffed = sniff(path, name)?;
    let items = &plan.content.items;
    let mut reader = Reader::open(path, &sniffed, &Columns::Items(items))?;
    let width = reader.columns().len();
    let mut judge = Judge::new(plan.content, &resolve(reader.columns(), items)?, width);
    let mut sorter = Sorter::new(plan.spool_dir, items.iter().map(|it| it.is_key).collect());
    // Both rows and, later, keys that came before are told to the two of them.
    let told = RefCell::new((Tally::new(items.len()), Refusals::new(refusals, items, width)?));
    let key = items.iter().position(|it| it.is_key);
    let mut on_duplicate = |number: u64, value: &str| {
        let (tally, refusals) = &mut *told.borrow_mut();
        tally.duplicate();
        refusals.write(number, (RowFault::DuplicateKey, key), value.as_bytes())
    };
    let report = |bytes_done, tally: &Tally| {
        let (rows, refused) = (tally.rows, tally.refused);
        progress(Progress {
            bytes_done,
            bytes_all: sniffed.bytes,
            rows,
            refused,
        });
    };
    let mut record = Record::default();
    while reader.next(&mut record)? {
        let mut now = told.borrow_mut();
        let (tally, refusals) = &mut *now;
        let accepted = judge.judge(&record, tally);
        if tally.rows.is_multiple_of(ROWS_PER_REPORT) {
            report(reader.bytes_done(), tally);
        }
        if let Some(text) = accepted {
            drop(now);
            sorter.push(record.number, |i| judge.value(&text, i), &mut on_duplicate)?;
        } else {
            write_faults(refusals, &record, &judge)?;
        }
    }
    let sha256 = reader.sha256()?;
    if told.borrow().0.rows == 0 {
        return Err(ReadError::NoRows);
    }
    let sorted = sorter.finish(&mut on_duplicate)?;
    let (tally, refusals) = told.into_inner();
    refusals.finish()?;
    report(sniffed.bytes, &tally);
    Ok(Checked {
        rows: tally.rows,
        accepted: tally.rows - tally.refused,
        refused: tally.refused,
        scores: tally.scores(&judge.columns, plan.timeliness),
        by_fault: tally.by_fault,
        sha256,
        kind: sniffed.kind,
        encoding: sniffed.encoding,
        sorted,
    })
}

fn write_faults<W: Write>(
    refusals: &mut Refusals<W>,
    record: &Record,
    judge: &Judge,
) -> Result<(), ReadError> {
    for &(fault, item) in &judge.faults {
        match item {
            Some(item) => refusals.write(
                record.number,
                (fault, Some(item)),
                record.field(judge.columns[item].at),
            )?,
            None if fault == RowFault::WrongWidth => {
                refusals.write(
                    record.number,
                    (fault, None),
                    format!("{}列", record.width).as_bytes(),
                )?;
            }
            None => refusals.write(record.number, (fault, None), record.field(0))?,
        }
    }
    Ok(())
}
