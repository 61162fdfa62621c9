//! What the bureau's pages show of opening.

use jiff::Timestamp;
use rules::{
    catalogue::{Gap, Item, OpenKind},
    ids::{CaseId, EntryId},
    procedure::Word,
    release::MaskRule,
    theme::Theme,
    words,
};
pub use store::releases::ReleaseState;

words! {
    /// How far an entry is on its way to the public.
    pub enum Stage {
        /// Nobody has planned it.
        Unplanned = "unplanned" "未编制方案",
        /// A plan is being made.
        Planned = "planned" "方案编制中",
        /// With the secrecy reviewer.
        Reviewing = "reviewing" "保密审查中",
        /// The reviewer sent it back.
        Returned = "returned" "审查退回",
        /// Its release is being made.
        Making = "making" "快照制作中",
        /// Ready for the next edition of the list.
        Ready = "ready" "待列入清单",
        /// The public reads it.
        Open = "open" "已开放",
        /// Taken off every surface.
        Withdrawn = "withdrawn" "已撤回",
    }
}

/// An entry that may be opened.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryId,
    /// 信息资源代码.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The provider's name.
    pub org_name: String,
    /// 开放类型 of the published version.
    pub kind: OpenKind,
    /// How far it is.
    pub stage: Stage,
    /// What is missing until the public reads it; empty where nothing is.
    pub missing: Vec<String>,
    /// The number of its current release.
    pub number: Option<i64>,
    /// Its review, while one is open.
    pub case: Option<CaseId>,
    /// The name in URLs of the portal, while it stands open.
    pub name: Option<String>,
    /// Whether there are rows to open.
    pub has_data: bool,
}

/// One item of a plan.
#[derive(Clone, Debug)]
pub struct PlanItem {
    /// The item, without samples.
    pub item: Item,
    /// The rule; none where nobody has decided yet.
    pub rule: Option<MaskRule>,
    /// What is wrong with it.
    pub gap: Option<String>,
    /// Whether the item is a key that would repeat.
    pub blurs_key: bool,
}

/// Some rows, as they are and as the public would get them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The titles of all items.
    pub before_titles: Vec<String>,
    /// The rows as they are.
    pub before: Vec<Vec<Option<String>>>,
    /// The titles of the opened items.
    pub after_titles: Vec<String>,
    /// The same rows, as the public would get them.
    pub after: Vec<Vec<Option<String>>>,
}

/// How anonymous the release would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureView {
    /// The items it is measured over, by title; where there is none all rows look alike.
    pub quasi: Vec<String>,
    /// Rows in all.
    pub rows: u64,
    /// The smallest group.
    pub k_min: u64,
    /// Rows that are alone in their group.
    pub rows_unique: u64,
    /// Rows in groups smaller than the policy's.
    pub rows_below_k: u64,
    /// Whether data or plan have changed since it was measured.
    pub is_stale: bool,
}

/// One release in the bureau's list.
#[derive(Clone, Debug)]
pub struct ReleaseLine {
    /// Its number.
    pub number: i64,
    /// Where it stands.
    pub state: ReleaseState,
    /// Its rows.
    pub rows: u64,
    /// When the review let it out.
    pub asked_at: Timestamp,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// Who prepared it and who reviewed it.
    pub people: (String, String),
    /// The digest of its content.
    pub sha256: String,
    /// Why it failed.
    pub message: String,
    /// The review.
    pub case: CaseId,
}

/// Everything the plan's page shows.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// The candidate as in the list.
    pub candidate: Candidate,
    /// The revision that acts of this page carry.
    pub revision: i64,
    /// The published version of the entry that the plan is for.
    pub entry_version: u64,
    /// The items.
    pub items: Vec<PlanItem>,
    /// Why small groups are harmless.
    pub risk_words: String,
    /// The name of the theme that the plan chooses; empty where it leaves it to the classification.
    pub theme: String,
    /// The theme that the classification says.
    pub theme_of_class: &'static Theme,
    /// Whether it was saved; a proposal was not.
    pub is_saved: bool,
    /// Who saved it, and when.
    pub prepared: Option<(String, Timestamp)>,
    /// What stands between the plan and its review.
    pub gaps: Vec<Gap>,
    /// Some rows before and after; only for the provider, who may see the data.
    pub preview: Option<Preview>,
    /// How anonymous the release would be; none before it was measured.
    pub measure: Option<MeasureView>,
    /// Its releases, the newest first.
    pub releases: Vec<ReleaseLine>,
    /// When and why it was withdrawn.
    pub withdrawn: Option<(Timestamp, String)>,
    /// Whether this person may change and submit the plan now.
    pub may_prepare: bool,
    /// Whether this person may withdraw the set now.
    pub may_withdraw: bool,
}

/// One entry of a list being compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// The entry.
    pub entry: EntryId,
    /// 信息资源代码.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Whether the newest edition has it already.
    pub is_listed: bool,
    /// Why it does not go into the next edition; none where it does.
    pub why_not: Option<String>,
}

/// One published edition in the bureau's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionLine {
    /// Unconditional or conditional.
    pub kind: OpenKind,
    /// Its number.
    pub number: i64,
    /// When it was published.
    pub at: Timestamp,
    /// How many sets it names.
    pub sets: u64,
    /// Who published it.
    pub by: String,
}

/// The list of one kind, as it would be published now.
#[derive(Clone, Debug)]
pub struct ListDraft {
    /// Unconditional or conditional.
    pub kind: OpenKind,
    /// The number the next edition will have.
    pub number: i64,
    /// Every published entry of the kind.
    pub entries: Vec<ListEntry>,
    /// Titles that the newest edition has and the next will not.
    pub leaving: Vec<String>,
}

/// The own agency's lists.
#[derive(Clone, Debug)]
pub struct Lists {
    /// The agency.
    pub org_name: String,
    /// Its name in URLs of the portal.
    pub org_slug: String,
    /// What would be published now, both kinds.
    pub drafts: Vec<ListDraft>,
    /// What was published, the newest first.
    pub editions: Vec<EditionLine>,
    /// Whether this person may publish.
    pub may_publish: bool,
}

impl Candidate {
    /// The stage as a word, for components that serve every vocabulary.
    pub fn word(&self) -> Word {
        self.stage.word()
    }
}
