//! What the public side shows. Nothing here is about an entry that is not an open set.

use jiff::Timestamp;
use rules::{
    catalogue::{Item, OpenKind, UpdateCycle},
    delivery::Score,
    ids::EntryId,
    release::FileFormat,
    words,
};

pub use crate::marks::MarkLine;

/// An agency, as far as the public needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgRef {
    /// Its id.
    pub id: String,
    /// Its id in lower case: the name in URLs.
    pub name: String,
    /// Its full name.
    pub title: String,
}

/// An open set in a list.
#[derive(Clone, Debug)]
pub struct Card {
    /// The entry's id.
    pub id: String,
    /// The name in URLs: the resource code in lower case with `-` for `/`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its abstract.
    pub summary: String,
    /// The agency that opens it.
    pub org: OrgRef,
    /// Unconditional or conditional.
    pub kind: OpenKind,
    /// The theme, as people read it.
    pub theme: String,
    /// The theme's name in URLs.
    pub theme_name: String,
    /// Words people search by.
    pub keywords: Vec<String>,
    /// The formats it can be downloaded in; none where it is opened on application only.
    pub formats: Vec<FileFormat>,
    /// Rows of the newest release.
    pub rows: u64,
    /// The number of the newest release; none where it is opened on application only.
    pub number: Option<i64>,
    /// When it was first opened.
    pub issued_at: Timestamp,
    /// When its newest release was made, or, without one, when its list was published.
    pub modified_at: Timestamp,
    /// How often it is renewed.
    pub cycle: UpdateCycle,
    /// How often its files were downloaded.
    pub downloads: u64,
    /// Whether an objection to it is open (art. 34).
    pub is_disputed: bool,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCard {
    /// Its format.
    pub format: FileFormat,
    /// Its length.
    pub bytes: u64,
    /// Its digest, in hexadecimal.
    pub sha256: String,
    /// Its id as a resource: `{entry}-{format}` in lower case.
    pub rid: String,
}

/// One release with its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseCard {
    /// Its number in the set, from 1.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// Its rows.
    pub rows: u64,
    /// The digest of its content: of its JSON lines.
    pub sha256: String,
    /// Its files, in the order of [`FileFormat::ALL`].
    pub files: Vec<FileCard>,
}

/// Everything of one open set.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// As in a list.
    pub card: Card,
    /// 信息资源代码.
    pub code: String,
    /// The items as they are released; of a set without a release as the entry has them. No samples.
    pub items: Vec<Item>,
    /// What was done to items before the release: the item's title and the rule in words.
    pub masked: Vec<(String, String)>,
    /// 开放条件.
    pub conditions: String,
    /// Why it is opened on conditions only.
    pub reason: String,
    /// The law that says so.
    pub basis: String,
    /// 信息资源分类: 类, 项, 目, 细目.
    pub class_path: Vec<String>,
    /// The six-digit division of the agency.
    pub region: String,
    /// Whom to ask: the agency; a person's name is not published.
    pub person_org: String,
    /// Whom to ask: the telephone that the entry names.
    pub phone: String,
    /// The quality of the delivery the release was made from.
    pub scores: Vec<Score>,
    /// Every release that was not withdrawn, the newest first.
    pub releases: Vec<ReleaseCard>,
    /// Names of the sets that its entry says belong to it, whether or not they are open.
    pub related: Vec<String>,
    /// Marks that stand.
    pub marks: Vec<MarkLine>,
    /// The published version of the entry.
    pub entry_version: i64,
}

words! {
    /// In which order sets are listed.
    pub enum Sort {
        /// The best match first; without a text the last renewed.
        Relevance = "relevance" "相关度",
        /// The last renewed first.
        Modified = "modified" "最近更新",
        /// By title.
        Title = "title" "名称",
        /// The most downloaded first.
        Downloads = "downloads" "下载量",
    }
}

/// What to look for among the open sets.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Words, or any one or two characters of a title.
    pub text: Option<String>,
    /// An agency, by name or id.
    pub org: Option<String>,
    /// A theme, by name.
    pub theme: Option<String>,
    /// A format, by name.
    pub format: Option<String>,
    /// An open kind, by name.
    pub kind: Option<String>,
    /// An update cycle, by name.
    pub cycle: Option<String>,
    /// A keyword.
    pub keyword: Option<String>,
    /// The order.
    pub sort: Sort,
    /// How many to leave out.
    pub offset: usize,
    /// How many to answer with; 1000 at most.
    pub limit: usize,
}

impl Default for Ask {
    fn default() -> Ask {
        Ask {
            text: None,
            org: None,
            theme: None,
            format: None,
            kind: None,
            cycle: None,
            keyword: None,
            sort: Sort::Relevance,
            offset: 0,
            limit: 20,
        }
    }
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// As [`Ask`] takes it.
    pub value: String,
    /// As people read it.
    pub label: String,
    /// How many sets it would leave.
    pub count: u64,
}

/// One facet: `org`, `theme`, `format`, `kind`, `cycle` or `keyword`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The field of [`Ask`].
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// Its values, the commonest first. A chosen facet is counted as if it were not chosen.
    pub values: Vec<FacetValue>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many match.
    pub total: u64,
    /// Those asked for.
    pub cards: Vec<Card>,
    /// Facets over all that match.
    pub facets: Vec<Facet>,
}

/// A title that a half-typed text may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The set's name in URLs.
    pub name: String,
    /// Its title.
    pub title: String,
}

/// An agency with its open sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgCard {
    /// The agency.
    pub org: OrgRef,
    /// How many sets it opens.
    pub sets: u64,
}

/// A theme with its open sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeCard {
    /// Its name in URLs.
    pub name: String,
    /// As people read it.
    pub title: String,
    /// How many sets it has.
    pub sets: u64,
}

/// An edition of an agency's open list (art. 24).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCard {
    /// The agency.
    pub org: OrgRef,
    /// Unconditional or conditional.
    pub kind: OpenKind,
    /// The number of the edition, from 1.
    pub number: i64,
    /// When it was published.
    pub at: Timestamp,
    /// How many sets it names.
    pub sets: u64,
    /// Whether it is the newest of its agency and kind.
    pub is_newest: bool,
}

/// One line of an edition, as it was frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLine {
    /// 信息资源代码.
    pub code: String,
    /// The title on that day.
    pub title: String,
    /// 更新周期.
    pub cycle: UpdateCycle,
    /// 开放条件, on a conditional list.
    pub conditions: String,
    /// The set's name in URLs while it is an open set; none since it was withdrawn or left the list.
    pub name: Option<String>,
}

/// An edition with its lines. Lines of sets that were withdrawn since read only 已撤回.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListView {
    /// As in the table of editions.
    pub card: ListCard,
    /// Its lines.
    pub lines: Vec<ListLine>,
}

/// Numbers about the portal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Open sets.
    pub sets: u64,
    /// Those anybody may download.
    pub unconditional: u64,
    /// Those opened on application.
    pub conditional: u64,
    /// Agencies with at least one.
    pub orgs: u64,
    /// Rows of all newest releases.
    pub rows: u64,
    /// Files that can be downloaded.
    pub files: u64,
    /// Downloads so far.
    pub downloads: u64,
    /// Sets by theme, the commonest first.
    pub by_theme: Vec<(String, u64)>,
    /// Sets by agency, the commonest first.
    pub by_org: Vec<(String, u64)>,
    /// The most downloaded sets: name, title, downloads.
    pub most_downloaded: Vec<(String, String, u64)>,
    /// Downloads by day (YYYY-MM-DD, in the city), the oldest first, thirty days at most.
    pub downloads_by_day: Vec<(String, u64)>,
}

words! {
    /// What a line of news tells.
    pub enum NewsKind {
        /// A set was opened or renewed.
        Released = "released" "数据更新",
        /// An open list was published.
        List = "list" "清单发布",
    }
}

/// A line of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsLine {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub words: String,
    /// Where to read on, from the root of the portal.
    pub href: String,
    /// What it tells.
    pub kind: NewsKind,
}

/// A file on its way to somebody.
#[derive(Debug)]
pub struct OpenFile {
    /// The entry it is of.
    pub entry: EntryId,
    /// The file itself.
    pub file: std::fs::File,
    /// Its length.
    pub bytes: u64,
    /// Its digest, in hexadecimal.
    pub sha256: String,
    /// When its release was made.
    pub at: Timestamp,
    /// The name to save it under, such as 公交站点-3.csv.
    pub file_name: String,
    /// Its format.
    pub format: FileFormat,
    /// The number of its release.
    pub number: i64,
}
