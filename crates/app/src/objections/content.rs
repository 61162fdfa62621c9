//! What an objection says; stored with its case.

use jiff::{Timestamp, civil::Date};
use rules::procedure::objection::{ObjectionKind, Outcome};
use serde::{Deserialize, Serialize};

/// What somebody outside objects to (art. 34).
#[derive(Clone, Debug)]
pub struct Objection {
    /// The open set, by name or id.
    pub dataset: String,
    /// What is wrong with it.
    pub kind: ObjectionKind,
    /// In the objector's words.
    pub words: String,
    /// How to reach the objector, where one wants to be reached.
    pub contact: Option<String>,
}

/// An objection that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The number people cite.
    pub number: String,
    /// With it whoever filed can follow what becomes of it. Shown this once.
    pub code: String,
}

/// What the objector sees of the objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// Its number.
    pub number: String,
    /// The title of the data set.
    pub title: String,
    /// What is objected to.
    pub kind: ObjectionKind,
    /// What was written.
    pub words: String,
    /// When it was filed.
    pub filed_at: Timestamp,
    /// Where it stands, in words.
    pub state: &'static str,
    /// Whether the objector has been answered.
    pub is_closed: bool,
    /// The duty that ends first, and its last day.
    pub due: Option<(&'static str, Date)>,
    /// What was done and when, the oldest first.
    pub steps: Vec<(Timestamp, &'static str)>,
    /// What was decided, once it is told.
    pub outcome: Option<Outcome>,
    /// The reasons of the decision, once it is told; empty before.
    pub decision: String,
    /// How the data was put right, where that was decided; none as long as it is not.
    pub correction: Option<String>,
    /// The answer, once it is told.
    pub answer: Option<String>,
}

/// Everything an objection's case holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ObjectionContent {
    /// What is wrong.
    pub kind: ObjectionKind,
    /// In the objector's words.
    pub words: String,
    /// How to reach the objector, sealed; gone once the objector has been told.
    pub contact: Option<String>,
    /// SHA-256 of number and query code.
    pub code_hash: String,
    /// What was decided.
    pub outcome: Option<Outcome>,
    /// Why.
    pub decision: String,
    /// What the objector was told.
    pub answer: Option<String>,
}
