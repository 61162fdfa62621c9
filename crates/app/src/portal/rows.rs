//! Rows of a release by filter, order and page: what the query API and the preview read.

use rules::{catalogue::Item, words};

words! {
    /// How a value is compared.
    pub enum Op {
        /// Is the value.
        Eq = "eq" "等于",
        /// Is one of the values.
        In = "in" "属于",
        /// Is not the value.
        Ne = "ne" "不等于",
        /// Is below the value; numbers as numbers, all else as text.
        Lt = "lt" "小于",
        /// Is the value or below it.
        Le = "le" "小于等于",
        /// Is above the value.
        Gt = "gt" "大于",
        /// Is the value or above it.
        Ge = "ge" "大于等于",
        /// Has the value within it.
        Contains = "contains" "包含",
    }
}

/// One condition on the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// A released item, by name, or `_id`.
    pub item: String,
    /// The comparison.
    pub op: Op,
    /// What with; exactly one value but for [`Op::In`].
    pub values: Vec<String>,
}

/// What rows to answer with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsAsk {
    /// The items, by name; empty for all.
    pub items: Vec<String>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Rows in which some item has this text within it.
    pub text: Option<String>,
    /// The order: item and whether descending. `_id` comes last by itself.
    pub sort: Vec<(String, bool)>,
    /// Where the page before ended: its [`RowsPage::next`].
    pub after: Option<String>,
    /// How many to leave out; not together with `after`.
    pub offset: Option<u64>,
    /// How many to answer with.
    pub limit: usize,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsPage {
    /// The release they are of.
    pub number: i64,
    /// The items answered with, in order.
    pub items: Vec<Item>,
    /// The rows: the row's number in the release, and its values in the order of `items`.
    pub rows: Vec<(u64, Vec<Option<String>>)>,
    /// How many match in all, exactly.
    pub total: u64,
    /// Where the page ends; none on the last.
    pub next: Option<String>,
}
