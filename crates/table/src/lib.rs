//! 表: reads the files that agencies deliver, proposes what an entry could say of them, and checks every row.
//!
//! The crate knows bytes, rows and the items of an entry; it knows no case, no user and no database.
//! The way of the data: [`sniff`] says what a file is, [`propose`] reads a sample into items, [`check`]
//! judges every row and leaves the good ones sorted by key in [`SortedRows`]; [`veil`] masks a value
//! on its way out. A release for the public goes the other way: [`Masking`] its rows, [`anonymity`] of what is
//! left, [`profile`] of its columns, [`mod@write`] of its files.

pub mod anonymity;
mod check;
mod error;
pub mod order;
pub mod profile;
mod propose;
mod read;
mod release;
mod sniff;
mod sort;
mod unpack;
pub mod value;
mod veil;
pub mod write;

pub use check::{Checked, Plan, Progress, RefusedRow, check, first_refusals};
pub use error::ReadError;
pub use propose::{Proposal, propose};
pub use release::{Masking, release_value};
pub use sniff::{Encoding, FileKind, Sniffed, sniff};
pub use sort::{Row, SortedRows};
pub use veil::veil;

/// The largest file that is read, in bytes (4 GiB); a larger one is asked for in parts.
pub const FILE_BYTES_MAX: u64 = 4 << 30;
