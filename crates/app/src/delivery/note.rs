//! What is kept of a finished batch besides its numbers, in the record's one line of text.

use serde::{Deserialize, Serialize};

/// The file as it was found, and why the batch was refused whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    /// What the file was found to be.
    pub format: String,
    /// The code of the refusal.
    pub code: String,
    /// The refusal in words.
    pub words: String,
    /// Rows in the resource afterwards.
    pub rows_after: Option<u64>,
}

impl Note {
    /// A refusal.
    pub fn refusal(code: &str, words: impl Into<String>) -> Note {
        Note {
            code: code.to_owned(),
            words: words.into(),
            ..Note::default()
        }
    }

    /// As it is stored.
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("a note is plain JSON")
    }

    /// As it was stored; empty while the batch is being checked.
    pub fn read(text: &str) -> Note {
        serde_json::from_str(text).unwrap_or_default()
    }
}
