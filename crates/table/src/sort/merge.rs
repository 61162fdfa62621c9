//! The merge of sorted runs: the rows of a batch, one after the other.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

use super::{OnDuplicate, Run, packed, prefix, row_at, shown_key};

/// What is read of a spilled run at a time.
const READ_BYTES: usize = 256 << 10;

/// The accepted rows of a batch, sorted by the bytes of their key; every key occurs once.
///
/// The key of several items orders by the first, then by the next. Spilled rows lie in temporary files without
/// names, which vanish with this value.
pub struct SortedRows {
    rows: u64,
    is_key: Vec<bool>,
    runs: Vec<Cursor>,
    /// The runs that have a row, the one with the first key last.
    order: Vec<usize>,
    is_started: bool,
    spans: Vec<(u32, u32)>,
}

impl fmt::Debug for SortedRows {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "SortedRows {{ rows: {}, runs: {} }}",
            self.rows,
            self.runs.len()
        )
    }
}

/// One accepted row. Values are normalised; an empty one stands for none (NULL).
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    text: &'a str,
    spans: &'a [(u32, u32)],
}

impl<'a> Row<'a> {
    /// The value of item number `i`, counted from 0 in the order of the entry's items; empty for none.
    pub fn get(&self, i: usize) -> &'a str {
        let (start, end) = self.spans[i];
        &self.text[start as usize..end as usize]
    }

    /// How many items the row has.
    pub fn width(&self) -> usize {
        self.spans.len()
    }
}

impl SortedRows {
    pub(super) fn merge(
        spilled: Vec<File>,
        last: Run,
        is_key: Vec<bool>,
        rows: u64,
        on_duplicate: &mut OnDuplicate<'_>,
    ) -> io::Result<SortedRows> {
        let mut runs: Vec<Cursor> = spilled.into_iter().map(Cursor::file).collect();
        runs.push(Cursor::memory(last));
        let spans = Vec::with_capacity(is_key.len());
        let mut sorted = SortedRows {
            rows,
            is_key,
            runs,
            order: Vec::new(),
            is_started: false,
            spans,
        };
        if 1 < sorted.runs.len() {
            let mut late = 0;
            let mut count = |number: u64, key: &str| {
                late += 1;
                on_duplicate(number, key)
            };
            while sorted.advance(&mut count)? {}
            sorted.rows -= late;
            sorted.is_started = false;
        }
        Ok(sorted)
    }

    /// How many rows there are in all.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next row in the order of the keys; none after the last.
    pub fn next_row(&mut self) -> io::Result<Option<Row<'_>>> {
        if !self.advance(&mut |_, _| Ok(()))? {
            return Ok(None);
        }
        let Some(&top) = self.order.last() else {
            return Ok(None);
        };
        let row = &self.runs[top].row;
        self.spans.clear();
        let mut lengths = packed::lengths(row);
        let mut key_at = 0;
        let mut value_at = packed::key(row).len();
        for is_key in &self.is_key {
            let length = take_varint(&mut lengths);
            let at = if *is_key { &mut key_at } else { &mut value_at };
            self.spans.push((*at as u32, (*at + length) as u32));
            *at += length + usize::from(*is_key);
        }
        let text = std::str::from_utf8(packed::text(row)).map_err(io::Error::other)?;
        Ok(Some(Row {
            text,
            spans: &self.spans,
        }))
    }

    #[cfg(test)]
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Starts over at the first row.
    pub fn rewind(&mut self) {
        self.is_started = false;
    }

    /// Makes the run with the next row the top one; false after the last row.
    fn advance(&mut self, on_duplicate: &mut OnDuplicate<'_>) -> io::Result<bool> {
        if !self.is_started {
            self.is_started = true;
            self.order.clear();
            for i in 0..self.runs.len() {
                self.runs[i].rewind()?;
                self.step(i)?;
            }
            return Ok(!self.order.is_empty());
        }
        let Some(top) = self.order.pop() else {
            return Ok(false);
        };
        // Rows of later runs with the same key came later in the file.
        while let Some(&next) = self.order.last() {
            if !self.runs[next].has_key_of(&self.runs[top]) {
                break;
            }
            let row = &self.runs[next].row;
            on_duplicate(packed::number(row), &shown_key(row))?;
            self.order.pop();
            self.step(next)?;
        }
        self.step(top)?;
        Ok(!self.order.is_empty())
    }

    /// Moves a run that is not in the order to its next row and puts it where it belongs.
    fn step(&mut self, i: usize) -> io::Result<()> {
        if self.runs[i].next()? {
            let this = &self.runs[i];
            let at = self.order.partition_point(|other| {
                let other_run = &self.runs[*other];
                let by_key = other_run
                    .prefix
                    .cmp(&this.prefix)
                    .then_with(|| other_run.key().cmp(this.key()));
                by_key.then(other.cmp(&i)).is_gt()
            });
            self.order.insert(at, i);
        }
        Ok(())
    }
}

/// A sorted run and the row it stands at.
struct Cursor {
    source: Source,
    row: Vec<u8>,
    prefix: u128,
}

enum Source {
    File(BufReader<File>),
    Memory { run: Run, next: usize },
}

impl Cursor {
    fn file(file: File) -> Cursor {
        let source = Source::File(BufReader::with_capacity(READ_BYTES, file));
        Cursor {
            source,
            row: Vec::new(),
            prefix: 0,
        }
    }

    fn memory(run: Run) -> Cursor {
        Cursor {
            source: Source::Memory { run, next: 0 },
            row: Vec::new(),
            prefix: 0,
        }
    }

    fn key(&self) -> &[u8] {
        packed::key(&self.row)
    }

    fn has_key_of(&self, other: &Cursor) -> bool {
        self.prefix == other.prefix && self.key() == other.key()
    }

    fn rewind(&mut self) -> io::Result<()> {
        match &mut self.source {
            Source::File(file) => file.seek(SeekFrom::Start(0)).map(drop),
            Source::Memory { next, .. } => {
                *next = 0;
                Ok(())
            }
        }
    }

    /// Reads the next row; false after the last.
    fn next(&mut self) -> io::Result<bool> {
        match &mut self.source {
            Source::Memory { run, next } => {
                let Some(place) = run.places.get(*next) else {
                    return Ok(false);
                };
                *next += 1;
                self.row.clear();
                self.row.extend_from_slice(row_at(&run.arena, place.at));
            }
            Source::File(file) => {
                let mut size = [0; 4];
                match file.read_exact(&mut size) {
                    Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                    result => result?,
                }
                self.row.resize(u32::from_le_bytes(size) as usize, 0);
                file.read_exact(&mut self.row)?;
            }
        }
        self.prefix = prefix(packed::key(&self.row));
        Ok(true)
    }
}

fn take_varint(from: &mut &[u8]) -> usize {
    let (mut value, mut shift) = (0, 0);
    while let Some((&b, rest)) = from.split_first() {
        *from = rest;
        value |= usize::from(b & 0x7f) << shift;
        shift += 7;
        if b & 0x80 == 0 {
            break;
        }
    }
    value
}
