//! Accepted rows in the order of their keys, in bounded memory.

use std::io;

/// The accepted rows of a batch, sorted by the bytes of their key; every key occurs once.
#[derive(Debug)]
pub struct SortedRows {
    rows: u64,
}

impl SortedRows {
    /// How many rows there are in all.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next row in the order of the keys; none after the last.
    pub fn next_row(&mut self) -> io::Result<Option<Row<'_>>> {
        unimplemented!("sorted rows")
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
