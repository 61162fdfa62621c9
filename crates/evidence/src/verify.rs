//! Offline verification of a whole log (skeleton).

use std::path::Path;

/// Something wrong in the log's directory.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The entry concerned, where one is.
    pub index: Option<u64>,
    /// The file, relative to the log's directory.
    pub file: String,
    /// The byte in the file.
    pub offset: u64,
    /// What is wrong, in Chinese.
    pub words: String,
}

/// What a verification saw.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Complete entries read.
    pub entries: u64,
    /// How many of them the signed checkpoint covers.
    pub signed: u64,
    /// The root over the signed entries, base64.
    pub root: String,
    /// What is wrong; empty when the log holds.
    pub findings: Vec<Finding>,
}

/// Reads and checks everything in `dir`.
pub fn verify(_dir: &Path, _vkey: Option<&str>) -> Report {
    unimplemented!()
}
