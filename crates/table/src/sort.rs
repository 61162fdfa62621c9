//! Accepted rows in the order of their keys, in bounded memory.
//!
//! Rows are packed into a run; a full run is sorted and spilled to a temporary file without a name; the last
//! stays in memory. Reading merges the runs. Of rows with the same key the first in the file wins: within a
//! run this shows when it is sorted, across runs in one pass over all of them before anything is loaded.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

mod merge;
#[cfg(test)]
mod tests;

pub use merge::{Row, SortedRows};

/// How many bytes a run takes, packed rows and their index together.
const RUN_BYTES_MAX: usize = 80 << 20;

/// Told of each row whose key an earlier row has: the row's number and its key.
pub(crate) type OnDuplicate<'a> = dyn FnMut(u64, &str) -> io::Result<()> + 'a;

/// A packed row: the row's number, the size of `lengths`, the size of the key, then `lengths` (a varint per
/// item), the key (the values of its items, [`JOIN`] between them) and the other values.
mod packed {
    pub const FIXED: usize = 16;

    pub fn number(row: &[u8]) -> u64 {
        u64::from_le_bytes(row[..8].try_into().expect("eight bytes"))
    }

    fn lengths_size(row: &[u8]) -> usize {
        u32::from_le_bytes(row[8..12].try_into().expect("four bytes")) as usize
    }

    pub fn key(row: &[u8]) -> &[u8] {
        let size = u32::from_le_bytes(row[12..FIXED].try_into().expect("four bytes")) as usize;
        let start = FIXED + lengths_size(row);
        &row[start..start + size]
    }

    pub fn lengths(row: &[u8]) -> &[u8] {
        &row[FIXED..FIXED + lengths_size(row)]
    }

    pub fn text(row: &[u8]) -> &[u8] {
        &row[FIXED + lengths_size(row)..]
    }
}

/// Stands between the values of a key of several items. No value has control characters, so none has this one.
const JOIN: u8 = 0x1f;

/// The first sixteen bytes of a key as a number that orders as they do.
fn prefix(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let size = key.len().min(16);
    bytes[..size].copy_from_slice(&key[..size]);
    u128::from_be_bytes(bytes)
}

/// Where a row of a run lies, with enough of its key to order most rows without looking.
#[derive(Clone, Copy)]
struct Place {
    high: u64,
    low: u64,
    at: u32,
}

/// Rows that are not yet sorted.
#[derive(Default)]
struct Run {
    arena: Vec<u8>,
    places: Vec<Place>,
}

fn row_at(arena: &[u8], at: u32) -> &[u8] {
    let at = at as usize;
    let size = u32::from_le_bytes(arena[at..at + 4].try_into().expect("four bytes")) as usize;
    &arena[at + 4..at + 4 + size]
}

impl Run {
    fn bytes(&self) -> usize {
        self.arena.len() + self.places.len() * size_of::<Place>()
    }

    /// Sorts the rows and drops those whose key came before.
    fn sort(&mut self, on_duplicate: &mut OnDuplicate<'_>) -> io::Result<u64> {
        let Run { arena, places } = self;
        let key = |it: &Place| packed::key(row_at(arena, it.at));
        places.sort_unstable_by(|a, b| {
            let by_key = (a.high, a.low)
                .cmp(&(b.high, b.low))
                .then_with(|| key(a).cmp(key(b)));
            by_key.then(a.at.cmp(&b.at))
        });
        let mut late = Vec::new();
        places.dedup_by(|next, kept| {
            let is_same = (next.high, next.low) == (kept.high, kept.low) && key(next) == key(kept);
            if is_same {
                late.push(next.at);
            }
            is_same
        });
        // Rows lie in the arena in the order of the file.
        late.sort_unstable();
        for at in &late {
            let row = row_at(arena, *at);
            on_duplicate(packed::number(row), &shown_key(row))?;
        }
        Ok(late.len() as u64)
    }
}

/// A key as people read it.
fn shown_key(row: &[u8]) -> String {
    String::from_utf8_lossy(packed::key(row)).replace(char::from(JOIN), " ")
}

/// Takes rows in any order.
pub(crate) struct Sorter {
    spool_dir: PathBuf,
    is_key: Vec<bool>,
    run_bytes_max: usize,
    run: Run,
    spilled: Vec<File>,
    rows: u64,
    lengths: Vec<u8>,
    head: Vec<u8>,
}

impl Sorter {
    /// For rows with as many items as `is_key` has, which says of each whether it is of the key.
    pub fn new(spool_dir: &Path, is_key: Vec<bool>) -> Sorter {
        Sorter {
            spool_dir: spool_dir.to_owned(),
            is_key,
            run_bytes_max: RUN_BYTES_MAX,
            run: Run::default(),
            spilled: Vec::new(),
            rows: 0,
            lengths: Vec::new(),
            head: Vec::new(),
        }
    }

    /// Adds row `number` with the value that `value` gives for each item.
    pub fn push<'v>(
        &mut self,
        number: u64,
        value: impl Fn(usize) -> &'v str,
        on_duplicate: &mut OnDuplicate<'_>,
    ) -> io::Result<()> {
        if self.run_bytes_max <= self.run.bytes() {
            self.spill(on_duplicate)?;
        }
        self.lengths.clear();
        self.head.clear();
        let mut has_key = false;
        for (i, is_key) in self.is_key.iter().enumerate() {
            let value = value(i);
            put_varint(&mut self.lengths, value.len());
            if *is_key {
                if has_key {
                    self.head.push(JOIN);
                }
                self.head.extend_from_slice(value.as_bytes());
                has_key = true;
            }
        }
        if !has_key {
            // Without a key every row stands for itself, in the order of the file.
            write!(self.head, "{number:020}")?;
        }
        let Run { arena, places } = &mut self.run;
        let (at, prefix) = (arena.len() as u32, prefix(&self.head));
        places.push(Place {
            high: (prefix >> 64) as u64,
            low: prefix as u64,
            at,
        });
        arena.extend_from_slice(&[0; 4]);
        arena.extend_from_slice(&number.to_le_bytes());
        arena.extend_from_slice(&(self.lengths.len() as u32).to_le_bytes());
        arena.extend_from_slice(&(self.head.len() as u32).to_le_bytes());
        arena.extend_from_slice(&self.lengths);
        arena.extend_from_slice(&self.head);
        for (i, _) in self.is_key.iter().enumerate().filter(|(_, is_key)| !**is_key) {
            arena.extend_from_slice(value(i).as_bytes());
        }
        let size = (arena.len() - at as usize - 4) as u32;
        arena[at as usize..at as usize + 4].copy_from_slice(&size.to_le_bytes());
        self.rows += 1;
        Ok(())
    }

    fn spill(&mut self, on_duplicate: &mut OnDuplicate<'_>) -> io::Result<()> {
        self.rows -= self.run.sort(on_duplicate)?;
        let mut file = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.spool_dir)?);
        for place in &self.run.places {
            let row = row_at(&self.run.arena, place.at);
            file.write_all(&(row.len() as u32).to_le_bytes())?;
            file.write_all(row)?;
        }
        self.spilled
            .push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.run.arena.clear();
        self.run.places.clear();
        Ok(())
    }

    /// Sorts what is left and finds the keys that occur in several runs.
    pub fn finish(mut self, on_duplicate: &mut OnDuplicate<'_>) -> io::Result<SortedRows> {
        self.rows -= self.run.sort(on_duplicate)?;
        SortedRows::merge(self.spilled, self.run, self.is_key, self.rows, on_duplicate)
    }
}

fn put_varint(to: &mut Vec<u8>, mut value: usize) {
    while 0x7f < value {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
