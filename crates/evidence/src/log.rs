//! The log itself (skeleton: the bodies follow).

use std::path::Path;

use crate::ReceiptError;

/// A running log. Clones share one writer.
#[derive(Clone, Debug)]
pub struct Log {}

/// Why the log would not open; `Display` is Chinese for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

/// Why an entry was not recorded; `words()` is for people, `Display` for the server's own log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AppendError(pub String);

/// Why entries could not be read back.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// One entry, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 0.
    pub index: u64,
    /// When it was written, milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of act it records.
    pub kind: String,
    /// The act itself; empty when it was blanked.
    pub body: Vec<u8>,
    /// Whether the body was blanked at the end of its retention.
    pub is_blanked: bool,
}

impl Log {
    /// Opens the log in `dir`, making it and its key when absent.
    pub fn open(_dir: &Path, _origin: &str, _key_path: &Path) -> Result<Log, OpenError> {
        unimplemented!()
    }
    /// Records `body`; returns its index once it is on disk.
    pub async fn append(&self, _kind: &str, _body: Vec<u8>) -> Result<u64, AppendError> {
        unimplemented!()
    }
    /// The number of durable entries.
    pub fn size(&self) -> u64 {
        unimplemented!()
    }
    /// A signed note over all durable entries.
    pub fn checkpoint(&self) -> Result<String, ReceiptError> {
        unimplemented!()
    }
    /// The public key that outsiders verify with.
    pub fn vkey(&self) -> String {
        unimplemented!()
    }
    /// The receipt of one entry, as a text file.
    pub fn receipt(&self, _index: u64) -> Result<String, ReceiptError> {
        unimplemented!()
    }
    /// Up to `count` entries from `from` on.
    pub fn read(&self, _from: u64, _count: usize) -> Result<Vec<Record>, ReadError> {
        unimplemented!()
    }
}
