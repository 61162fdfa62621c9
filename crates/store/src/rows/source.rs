//! Where rows to load come from: accepted rows in the order of their keys.

use std::io;

/// The values of one row, by the number of the item.
pub trait Values {
    /// The value of item `i`; empty where there is none.
    fn get(&self, i: usize) -> &str;
}

/// Rows sorted by key, read one after the other.
pub trait RowSource: Send + 'static {
    /// The next row, or `None` behind the last.
    fn next_row(&mut self) -> io::Result<Option<impl Values>>;
}

impl Values for table::Row<'_> {
    fn get(&self, i: usize) -> &str {
        table::Row::get(self, i)
    }
}

impl RowSource for table::SortedRows {
    fn next_row(&mut self) -> io::Result<Option<impl Values>> {
        table::SortedRows::next_row(self)
    }
}

impl Values for Vec<String> {
    fn get(&self, i: usize) -> &str {
        self.as_slice().get(i).map_or("", String::as_str)
    }
}

/// Rows that are in memory already, for small tables and tests.
impl RowSource for std::vec::IntoIter<Vec<String>> {
    fn next_row(&mut self) -> io::Result<Option<impl Values>> {
        Ok(self.next())
    }
}
