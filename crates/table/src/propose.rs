//! 编目: what an entry could say of a file's columns, for the cataloguer to correct.

use std::path::Path;

use rules::catalogue::{CrossRule, Item};

use crate::{Encoding, FileKind, ReadError};

/// What [`propose`] suggests. Nothing of it is law; the cataloguer has the last word.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// One item a column, in the file's order.
    pub items: Vec<Item>,
    /// Rules over two items that the sample keeps to.
    pub cross_rules: Vec<CrossRule>,
    /// How many rows were read.
    pub rows_seen: u64,
    /// The kind of file.
    pub kind: FileKind,
    /// The encoding of its text; none for a spreadsheet.
    pub encoding: Option<Encoding>,
    /// A title from the file's name where that is Chinese, or empty.
    pub title: String,
}

/// Reads a sample of the file at `path`, which its sender called `name`, into items.
pub fn propose(path: &Path, name: &str) -> Result<Proposal, ReadError> {
    let _ = (path, name);
    unimplemented!("propose")
}
