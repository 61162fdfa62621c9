//! The evidence of one call: what was asked, by whom, under which grant, and how it ended. No personal data.

use ring::digest::{Context, SHA256};
use rules::grant::Operation;
use serde::{Deserialize, Serialize};

/// The kind of an evidence entry that tells of one call.
pub const CALL: &str = "call";

/// The kind of an entry that counts calls without a known key.
pub const STRANGERS: &str = "strangers";

/// The outcome of a call that was answered.
pub const ANSWERED: &str = store::usage::ANSWERED;

/// The body of an evidence entry of kind `call`. Written on every call, read by those who count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallRecord<'a> {
    /// Milliseconds since 1970.
    pub at: i64,
    /// What was asked: a word of [`Operation`]; empty where that could not be told.
    pub operation: &'a str,
    /// `answered`, or the code of the refusal.
    pub outcome: &'a str,
    /// The grant named by the caller, if it exists and is the caller's.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub grant: &'a str,
    /// The entry.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub entry: &'a str,
    /// The data version that answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub version: i64,
    /// The caller's organisation.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub org: &'a str,
    /// The calling system.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub system: &'a str,
    /// The application key's id; for an unknown key its first characters.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub key: &'a str,
    /// The purpose stated.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub purpose: &'a str,
    /// The matter stated. Borrowed from the body where it holds no escapes.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub matter: std::borrow::Cow<'a, str>,
    /// The items given, or asked for.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<std::borrow::Cow<'a, str>>,
    /// Names of the items filtered on.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<std::borrow::Cow<'a, str>>,
    /// Salted SHA-256 of the request, in hexadecimal.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub request: &'a str,
    /// Salted SHA-256 of the answer's body.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub answer: &'a str,
    /// What the salt is derived from.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub nonce: &'a str,
    /// Rows given.
    pub rows: u64,
    /// The keyed hashes of the records given, sealed: only the platform can tell which they were.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub received: &'a str,
}

/// What counting needs of a record; the rest is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counted<'a> {
    pub at: i64,
    pub operation: &'a str,
    pub outcome: &'a str,
    pub grant: &'a str,
    pub entry: &'a str,
    pub nonce: &'a str,
    pub rows: u64,
    pub received: &'a str,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl CallRecord<'_> {
    /// What was asked, where that can be told.
    pub fn operation(&self) -> Option<Operation> {
        Operation::parse(self.operation)
    }

    /// Whether the call was answered.
    pub fn is_answered(&self) -> bool {
        self.outcome == ANSWERED
    }

    /// The bytes that go into the log.
    pub fn to_body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(640);
        serde_json::to_writer(&mut body, self).expect("a record is plain JSON");
        body
    }
}

/// Salted SHA-256 in hexadecimal: nobody without the salt can tell by guessing what was asked or answered.
pub fn salted(salt: &[u8; 32], parts: &[&[u8]]) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(salt);
    for part in parts {
        hash.update(part);
    }
    hex::encode(hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let record = CallRecord {
            at: 1,
            operation: "query",
            outcome: ANSWERED,
            grant: "g",
            matter: "办件\"1\"".into(),
            items: vec!["name".into()],
            rows: 2,
            ..CallRecord::default()
        };
        let body = record.to_body();
        let text = String::from_utf8(body.clone()).unwrap();
        assert!(!text.contains("purpose"), "{text}");
        assert_eq!(serde_json::from_slice::<CallRecord<'_>>(&body).unwrap(), record);
    }
}
