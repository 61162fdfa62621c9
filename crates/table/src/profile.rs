//! What the columns of a release look like, for the charts of its page.
//!
//! One pass over the rows, in bounded memory: whatever is kept of a column is kept of ten thousand different
//! values at most. All counts are exact. What cannot be said exactly is not said.

use std::io;

use rules::catalogue::{Item, ItemType, Semantic};
use serde::{Deserialize, Serialize};

mod days;
mod numbers;
mod values;

#[cfg(test)]
mod tests;

use days::Days;
use numbers::Numbers;
use values::Values;

/// Different values that are counted; of more it is only known that they are more.
pub const DISTINCT_MAX: u64 = 10_000;
/// Most frequent values that are named.
const TOP_MAX: usize = 10;

/// What one column looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The item's name.
    pub item: String,
    /// Rows that have a value.
    pub filled: u64,
    /// Different values; none where there are more than [`DISTINCT_MAX`].
    pub distinct: Option<u64>,
    /// The smallest number or the first day, as it is written; none of items that are neither.
    pub min: Option<String>,
    /// The largest number or the last day.
    pub max: Option<String>,
    /// The most frequent values with their rows, the most frequent first. Of a column with more than
    /// [`DISTINCT_MAX`] values only those that are surely among them; none where no value comes twice.
    pub top: Vec<(String, u64)>,
    /// Numbers by ranges, days by months, years or decades, in order, each with its rows. `0～9` are whole
    /// numbers from 0 to 9; of numbers with a fraction `0～5` begins with 0 and ends before 5.
    pub bins: Vec<(String, u64)>,
}

/// Reads `rows` once and says what each item's column looks like.
pub fn profile<R: AsRef<[Option<String>]>>(
    items: &[Item],
    rows: impl IntoIterator<Item = io::Result<R>>,
) -> io::Result<Vec<ColumnProfile>> {
    let mut profiling = Profiling::new(items);
    for row in rows {
        profiling.see(row?.as_ref());
    }
    Ok(profiling.finish())
}

/// A profile in the making, for whoever reads the rows for other ends as well.
#[derive(Debug)]
pub struct Profiling {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    item: String,
    filled: u64,
    values: Values,
    scale: Scale,
}

/// On what a column's values lie.
#[derive(Debug)]
enum Scale {
    None,
    Numbers(Numbers),
    Days(Days),
}

impl Profiling {
    /// Looks at rows that have these items.
    pub fn new(items: &[Item]) -> Profiling {
        let column = |item: &Item| Column {
            item: item.name.clone(),
            filled: 0,
            values: Values::default(),
            scale: Scale::of(item),
        };
        Profiling {
            columns: items.iter().map(column).collect(),
        }
    }

    /// Looks at one row.
    pub fn see(&mut self, row: &[Option<String>]) {
        for (column, value) in self.columns.iter_mut().zip(row) {
            let Some(value) = value.as_deref().filter(|it| !it.is_empty()) else {
                continue;
            };
            column.filled += 1;
            column.values.see(value);
            match &mut column.scale {
                Scale::None => {}
                Scale::Numbers(numbers) => numbers.see(value),
                Scale::Days(days) => days.see(value),
            }
        }
    }

    /// What was seen.
    pub fn finish(self) -> Vec<ColumnProfile> {
        self.columns.into_iter().map(Column::finish).collect()
    }
}

impl Scale {
    /// Numbers that are codes lie on no scale: the next one is not more.
    fn of(item: &Item) -> Scale {
        let is_code = item.is_key || !item.codes.is_empty() || item.semantic != Semantic::Plain;
        match item.kind {
            ItemType::Integer | ItemType::Decimal | ItemType::Money if !is_code => {
                Scale::Numbers(Numbers::default())
            }
            ItemType::Date | ItemType::DateTime => Scale::Days(Days::default()),
            _ => Scale::None,
        }
    }
}

impl Column {
    fn finish(self) -> ColumnProfile {
        let (range, bins) = match self.scale {
            Scale::None => (None, Vec::new()),
            Scale::Numbers(numbers) => (numbers.range(), numbers.bins()),
            Scale::Days(days) => (days.range(), days.bins()),
        };
        let (min, max) = range.unzip();
        ColumnProfile {
            item: self.item,
            filled: self.filled,
            distinct: self.values.distinct(),
            min,
            max,
            top: self.values.top(self.filled),
            bins,
        }
    }
}
