//! What a correction says; stored with its case.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rules::ids::{CaseId, DeliveryId};
use serde::{Deserialize, Serialize};

/// What a user agency doubts: one value of one record it received (art. 21).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doubt {
    /// The value of every key item of the record.
    #[serde(default, rename = "where", deserialize_with = "crate::calls::named")]
    pub key: BTreeMap<String, String>,
    /// The item whose value is doubted.
    #[serde(default)]
    pub item: String,
    /// What is wrong with it.
    #[serde(default)]
    pub words: String,
}

/// What the form of a doubt asks about: one grant, as its user agency sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubtForm {
    /// The entry's title.
    pub title: String,
    /// Who provides it and will check.
    pub provider_name: String,
    /// Name and title of every key item: together they name the record.
    pub key: Vec<(String, String)>,
    /// Name and title of every item that may be doubted.
    pub items: Vec<(String, String)>,
}

/// A doubt that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubted {
    /// The case.
    pub case: CaseId,
    /// The number people cite.
    pub number: String,
    /// The last day for the provider to check it.
    pub due: Option<Date>,
    /// The index of its evidence, where it is in the log already.
    pub evidence: Option<u64>,
}

/// How the check of a doubt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionResult {
    /// Whether the data was wrong and has been put right; otherwise it stands.
    pub is_corrected: bool,
    /// The provider's explanation.
    pub words: String,
    /// The value after the correction; none where the record is gone, or nothing was corrected.
    pub value: Option<String>,
    /// The batch that put it right, where the platform did.
    pub delivery: Option<DeliveryId>,
}

/// Everything a correction's case holds. Key and values are shown to those only who received the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionContent {
    /// The record's key, item and value, in the entry's order.
    pub key: Vec<(String, String)>,
    /// The keyed hash of the record's key.
    pub record: String,
    /// The item whose value is doubted.
    pub item: String,
    /// The value when it was doubted.
    pub found: Option<String>,
    /// The version of the rows at that time.
    pub data_version: i64,
    /// What is wrong with it.
    pub words: String,
    /// How it ended.
    pub result: Option<CorrectionResult>,
}
