//! What pages and the API show of an entry, its versions and their differences.

use jiff::{Timestamp, civil::Date};
use rules::{
    catalogue::{Content, CrossRule, Gap, Item},
    delivery::BatchState,
    ids::{CaseId, DeliveryId, EntryId, GrantId, OrgId},
    law::Article,
    people::Org,
    procedure::Word,
};

use crate::cases::{FieldReason, Next};

/// What the platform read out of a sample file.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// A title made of the file's name.
    pub title: String,
    /// The proposed items.
    pub items: Vec<Item>,
    /// The proposed checks over two items.
    pub cross_rules: Vec<CrossRule>,
    /// How many rows were looked at.
    pub rows_seen: u64,
    /// How many of them do not fit the header: nothing was made of them.
    pub rows_ragged: u64,
    /// The file's kind, in words.
    pub kind: String,
    /// Its encoding, in words; none for kinds that have none.
    pub encoding: Option<String>,
}

/// The signature of one co-compiling department (art. 11).
#[derive(Clone, Debug)]
pub struct Signature {
    /// The department.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Who signed this revision, and when; none where nobody has yet.
    pub signed: Option<(String, Timestamp)>,
}

/// Another entry that may be the same thing (art. 12).
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The other entry.
    pub entry: EntryId,
    /// Its title.
    pub title: String,
    /// Its provider.
    pub provider_name: String,
    /// Likeness, 0 to 100: of the titles and of the items.
    pub score: u8,
    /// Likeness of the titles alone.
    pub title_score: u8,
    /// Titles of the items both have.
    pub shared_items: Vec<String>,
}

/// The last delivery, in short.
#[derive(Clone, Debug)]
pub struct LastDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// When it came.
    pub at: Timestamp,
    /// Where it stands.
    pub state: BatchState,
    /// Rows in it.
    pub rows: u64,
    /// Refused rows.
    pub refused: u64,
}

/// Something this person can do with an entry, or why not.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// `edit`, `revise`, `deliver`, `claim`, `apply`, …
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// Whether this person may.
    pub is_allowed: bool,
    /// Why not; none where he may.
    pub why_not: Option<String>,
    /// The article, where one speaks.
    pub cites: Option<Article>,
}

/// One line of metadata: the guide's element and its value.
#[derive(Clone, Debug)]
pub struct MetadataLine {
    /// The form's field.
    pub field: &'static str,
    /// The element's Chinese name.
    pub label: &'static str,
    /// The value as people read it.
    pub value: String,
}

/// Everything an entry's page prints.
#[derive(Clone, Debug)]
pub struct EntryView {
    /// Its id.
    pub id: EntryId,
    /// 信息资源代码, such as 30702101/000001.
    pub code: String,
    /// Where its compilation stands; 已发布 to those who see only the published version.
    pub state: Word,
    /// The revision that acts of this page carry.
    pub revision: i64,
    /// What is shown: the draft to those who work on it, else the published version.
    pub content: Content,
    /// Whether `content` is a draft.
    pub is_draft: bool,
    /// The version in force, while there is one.
    pub published: Option<VersionLine>,
    /// The provider.
    pub provider: Org,
    /// The name of the authority that reviews it.
    pub authority_name: String,
    /// The metadata of `content`, in the guide's order.
    pub metadata: Vec<MetadataLine>,
    /// The case the draft runs in.
    pub case: Option<CaseId>,
    /// Steps of that case, with reasons.
    pub next: Vec<Next>,
    /// Other things to do with the entry, with reasons.
    pub deeds: Vec<Deed>,
    /// The co-compilers and whether they signed.
    pub signatures: Vec<Signature>,
    /// The reviewer's reasons, where the draft was sent back.
    pub review_notes: Vec<FieldReason>,
    /// What the reviewer said besides.
    pub review_words: String,
    /// What the draft lacks.
    pub gaps: Vec<Gap>,
    /// Likely duplicates; only for those who review.
    pub duplicates: Vec<Duplicate>,
    /// Every published version, the newest first.
    pub versions: Vec<VersionLine>,
    /// Rows that callers get; none before the first delivery.
    pub rows: Option<u64>,
    /// The last delivery.
    pub last_delivery: Option<LastDelivery>,
    /// How many agencies have a grant that is in use.
    pub grants: u64,
    /// The grants of the own organisation.
    pub own_grants: Vec<GrantId>,
    /// Who changed it last.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
}

/// One published version.
#[derive(Clone, Debug)]
pub struct VersionLine {
    /// 1, 2, 3 …
    pub version: i64,
    /// The day of publication, in the city.
    pub published_on: Date,
    /// Who published it.
    pub published_by: String,
    /// The title it had.
    pub title: String,
    /// Fields that differ from the version before.
    pub changes: usize,
}

/// One published version, whole.
#[derive(Clone, Debug)]
pub struct VersionView {
    /// The entry.
    pub entry: EntryId,
    /// Its code.
    pub code: String,
    /// The version.
    pub line: VersionLine,
    /// What it said.
    pub content: Content,
    /// The same as labelled lines.
    pub metadata: Vec<MetadataLine>,
}

rules::words! {
    /// What happened to a field between two versions.
    pub enum ChangeKind {
        /// It was not there.
        Added = "added" "新增",
        /// It is no longer there.
        Removed = "removed" "删除",
        /// It says something else.
        Changed = "changed" "修改",
    }
}

/// A difference between two versions, at one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field, such as `share` or `items.birth.length`.
    pub field: String,
    /// The field as people read it.
    pub label: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// What it said.
    pub before: String,
    /// What it says.
    pub after: String,
}

/// The difference between two versions.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The entry.
    pub entry: EntryId,
    /// Its code.
    pub code: String,
    /// The older.
    pub from: VersionLine,
    /// The newer.
    pub to: VersionLine,
    /// Field by field, in the order of the page.
    pub changes: Vec<Change>,
}
