//! What a dispute says; stored with its case.

use rules::ids::{CaseId, GrantId};
use serde::{Deserialize, Serialize};

/// What is disputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", content = "id", rename_all = "kebab-case")]
pub enum About {
    /// A request and how it was answered.
    Request(CaseId),
    /// A grant and how it is given or used.
    Grant(GrantId),
}

/// Which side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The user agency.
    Consumer,
    /// The provider.
    Provider,
}

/// The authority's decision (art. 18, last paragraph). Both sides see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// In words, with reasons.
    pub words: String,
    /// Whether the request it is about is opened again.
    pub reopens: bool,
}

/// Everything a dispute's case holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeContent {
    /// What is disputed.
    #[serde(flatten)]
    pub about: About,
    /// Who raised it.
    pub raised_by: Side,
    /// What is complained of.
    pub text: String,
    /// What the other side says.
    pub statement: String,
    /// The decision.
    pub ruling: Option<Ruling>,
}
