//! The city's evidence: an append-only Merkle log that outsiders can check.

mod log;
mod receipt;
mod verify;

pub use log::{AppendError, Log, OpenError, ReadError, Record};
pub use receipt::{Receipt, ReceiptError, verify_receipt};
pub use verify::{Finding, Report, verify};
