//! What a request for a conditional entry says; stored with its case.

use jiff::Timestamp;
use rules::{grant::Terms, ids::GrantId};
use serde::{Deserialize, Serialize};

/// What the user agency asks for (art. 18 (二)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// The asked conditions: purpose, items, rows, period, calls a day.
    pub terms: Terms,
    /// 法定职责: the duty the data is needed for, and where it is laid down.
    pub duty: String,
    /// 应用系统: the software that will call.
    pub system: String,
    /// How often it will be used, in words.
    pub frequency: String,
}

/// What the provider's head says to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// Whether the provider agrees.
    pub agrees: bool,
    /// In the provider's words.
    pub words: String,
    /// The conditions the provider proposes, where they differ from what was asked.
    pub proposed: Option<Terms>,
}

/// How the authority decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it was granted.
    pub is_granted: bool,
    /// The reasons of a refusal, or a word with the grant.
    pub words: String,
    /// The granted conditions.
    pub terms: Option<Terms>,
    /// The grant that came of it.
    pub grant: Option<GrantId>,
}

/// Everything a request's case holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestContent {
    /// What is asked.
    pub application: Application,
    /// The provider's opinion, once given.
    pub opinion: Option<Opinion>,
    /// The authority's decision, once taken.
    pub decision: Option<Decision>,
    /// Decisions that a dispute reopened, the oldest first.
    #[serde(default)]
    pub earlier: Vec<Decision>,
    /// When it was applied for.
    pub applied_at: Timestamp,
}

impl RequestContent {
    /// The terms an authority's form starts with: what the provider proposed, otherwise what was asked.
    pub fn terms_to_decide(&self) -> &Terms {
        self.opinion
            .as_ref()
            .and_then(|it| it.proposed.as_ref())
            .unwrap_or(&self.application.terms)
    }
}
