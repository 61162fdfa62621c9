//! Receipts (skeleton).

/// Why there is no receipt, or why one does not hold; `Display` is Chinese.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReceiptError(pub String);

/// What a valid receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entry's place in the log.
    pub index: u64,
    /// When it was written, milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of act it records.
    pub kind: String,
    /// The act, unless it was blanked.
    pub body: Option<Vec<u8>>,
    /// How many entries the signed checkpoint covers.
    pub tree_size: u64,
}

/// Checks a receipt offline with nothing but the log's public key.
pub fn verify_receipt(_text: &str, _vkey: &str) -> Result<Receipt, ReceiptError> {
    unimplemented!()
}
