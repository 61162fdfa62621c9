//! Open sets (开放数据集): how entries are opened, and which of them stand open now.

use jiff::Timestamp;
use rules::{
    catalogue::{Content, Item, OpenKind},
    ids::{EntryId, OrgId, UserId},
    release::Plan,
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, json, read_all},
};

/// The opening of an entry, whether or not it stands open now.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenSet {
    /// The entry.
    pub entry: EntryId,
    /// The name in URLs.
    pub name: String,
    /// The provider.
    pub org: OrgId,
    /// Counts the changes of plan and withdrawal.
    pub revision: i64,
    /// The plan as it was saved last; none before the first.
    pub plan: Option<Plan>,
    /// The version of the entry it was made for.
    pub plan_version: Option<u64>,
    /// Who saved it: not the one who reviews it (art. 31).
    pub plan_by: Option<UserId>,
    /// When.
    pub plan_at: Option<Timestamp>,
    /// What was measured of it, as JSON; empty where nothing was.
    pub measure: String,
    /// The kind of the newest list of its agency that it stands on.
    pub listed: Option<OpenKind>,
    /// Since which edition.
    pub listed_at: Option<Timestamp>,
    /// The number of its current release.
    pub current: Option<i64>,
    /// When it was first opened.
    pub opened_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// By whom.
    pub withdrawn_by: Option<UserId>,
    /// Why.
    pub withdrawn_reason: String,
}

/// A set that stands open, with what the published version of its entry says.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The set.
    pub set: OpenSet,
    /// 信息资源代码.
    pub code: String,
    /// The published version of the entry.
    pub version: u64,
    /// What it says.
    pub content: Content,
    /// Rows of the current release; 0 without one.
    pub rows: u64,
    /// When the current release was made.
    pub made_at: Option<Timestamp>,
    /// The formats of the current release, as JSON.
    pub files: String,
    /// The items of the current release; none without one.
    pub items: Option<Vec<Item>>,
    /// Downloads so far.
    pub downloads: u64,
}

macro_rules! columns {
    () => {
        "s.entry, s.name, s.org, s.revision, s.plan, s.plan_version, s.plan_by, s.plan_at, s.measure, s.listed, \
         s.listed_at, s.current, s.opened_at, s.withdrawn_at, s.withdrawn_by, s.withdrawn_reason"
    };
}

/// The one text of what stands open; every surface reads through it.
macro_rules! standing {
    ($more:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", e.code, e.published, v.content, r.row_count, r.made_at, r.files, r.items, \
             (SELECT CAST(COALESCE(SUM(d.count), 0) AS BIGINT) FROM downloads d WHERE d.entry = s.entry) AS downloads \
             FROM open_sets s JOIN entries e ON e.id = s.entry \
             JOIN versions v ON v.entry = e.id AND v.number = e.published AND v.open = s.listed \
             LEFT JOIN releases r ON r.entry = s.entry AND r.number = s.current AND r.state = 'current' \
             WHERE s.listed IS NOT NULL AND s.withdrawn_at IS NULL \
             AND (s.listed = 'conditional' OR (s.listed = 'unconditional' AND r.number IS NOT NULL)) ",
            $more
        )
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM open_sets s WHERE s.entry = $1");
    OF_ORG = concat!("SELECT ", columns!(), " FROM open_sets s WHERE s.org = $1 ORDER BY s.entry");
    STANDING_PAGE = standing!("AND s.name > $1 ORDER BY s.name LIMIT $2");
    STANDING_BY_NAME = standing!("AND s.name = $1");
    STANDING_BY_ID = standing!("AND s.entry = $1");
    // Whether a copy of what stands open, true up to an event, must be made anew.
    CHANGED_SINCE = "SELECT COUNT(*) AS n FROM changes c WHERE c.seq > $1 AND (c.noun IN ('open-set', 'org') \
        OR (c.noun = 'entry' AND EXISTS (SELECT 1 FROM open_sets s WHERE s.entry = c.id)))";
    INSERT = "INSERT INTO open_sets (entry, name, org, revision, withdrawn_reason, plan, measure) \
        VALUES ($1, $2, $3, 0, '', '', '') ON CONFLICT (entry) DO NOTHING";
    SAVE_PLAN = "UPDATE open_sets SET plan = $3, plan_version = $4, plan_by = $5, plan_at = $6, measure = $7, \
        revision = revision + 1 WHERE entry = $1 AND revision = $2";
    UNLIST = "UPDATE open_sets SET listed = NULL, listed_at = NULL WHERE org = $1 AND listed = $2";
    LIST = "UPDATE open_sets SET listed = $2, listed_at = $3, opened_at = COALESCE(opened_at, $3) WHERE entry = $1";
    SET_CURRENT = "UPDATE open_sets SET current = $2, withdrawn_at = NULL, \
        opened_at = COALESCE(opened_at, CASE WHEN listed IS NOT NULL THEN CAST($3 AS BIGINT) END), \
        withdrawn_by = NULL, withdrawn_reason = '' WHERE entry = $1";
    WITHDRAW = "UPDATE open_sets SET withdrawn_at = $3, withdrawn_by = $4, withdrawn_reason = $5, current = NULL, \
        listed = NULL, listed_at = NULL, revision = revision + 1 WHERE entry = $1 AND revision = $2 AND withdrawn_at IS NULL";
}

fn read(row: &AnyRow) -> Result<OpenSet, StoreError> {
    let it = Record::new("open_sets", "entry", row);
    let plan = it.text("plan")?;
    Ok(OpenSet {
        entry: EntryId(it.text("entry")?),
        name: it.text("name")?,
        org: OrgId(it.text("org")?),
        revision: it.int("revision")?,
        plan: if plan.is_empty() {
            None
        } else {
            Some(it.json("plan")?)
        },
        plan_version: it.count_or_none("plan_version")?,
        plan_by: it.text_or_none("plan_by")?.map(UserId),
        plan_at: it.moment_or_none("plan_at")?,
        measure: it.text("measure")?,
        listed: it.text_or_none("listed")?.as_deref().and_then(OpenKind::parse),
        listed_at: it.moment_or_none("listed_at")?,
        current: it.int_or_none("current")?,
        opened_at: it.moment_or_none("opened_at")?,
        withdrawn_at: it.moment_or_none("withdrawn_at")?,
        withdrawn_by: it.text_or_none("withdrawn_by")?.map(UserId),
        withdrawn_reason: it.text("withdrawn_reason")?,
    })
}

fn read_standing(row: &AnyRow) -> Result<Standing, StoreError> {
    let it = Record::new("open_sets", "entry", row);
    Ok(Standing {
        set: read(row)?,
        code: it.text("code")?,
        version: it.count("published")?,
        content: it.json("content")?,
        rows: it.count_or_none("row_count")?.unwrap_or(0),
        made_at: it.moment_or_none("made_at")?,
        files: it.text_or_none("files")?.unwrap_or_default(),
        items: match it.text_or_none("items")? {
            Some(_) => Some(it.json("items")?),
            None => None,
        },
        downloads: it.count("downloads")?,
    })
}

/// The opening of an entry, if it was ever planned or listed.
pub async fn find(mut db: impl Source, entry: &EntryId) -> Result<Option<OpenSet>, StoreError> {
    db.first(FIND, args![entry]).await?.as_ref().map(read).transpose()
}

/// The openings of an agency's entries.
pub async fn of_org(mut db: impl Source, org: &OrgId) -> Result<Vec<OpenSet>, StoreError> {
    read_all(&db.all(OF_ORG, args![org]).await?, read)
}

/// What stands open after the set called `after` (empty at first), by name: to walk over everything.
pub async fn standing_after(
    mut db: impl Source,
    after: &str,
    limit: u32,
) -> Result<Vec<Standing>, StoreError> {
    read_all(
        &db.all(STANDING_PAGE, args![after, i64::from(limit)]).await?,
        read_standing,
    )
}

/// The set that stands open under a name, or with an id.
pub async fn standing_one(mut db: impl Source, name_or_id: &str) -> Result<Option<Standing>, StoreError> {
    // Both are asked every time, so that a name that never was takes as long as one that is not open.
    let by_name = db.first(STANDING_BY_NAME, args![name_or_id]).await?;
    let by_id = db.first(STANDING_BY_ID, args![name_or_id]).await?;
    by_name.or(by_id).as_ref().map(read_standing).transpose()
}

/// Whether anything that bears on what stands open changed after event `seq`.
pub async fn changed_since(mut db: impl Source, seq: i64) -> Result<bool, StoreError> {
    let row = db.first(CHANGED_SINCE, args![seq]).await?;
    row.map_or(
        Ok(false),
        |it| Ok(Record::new("changes", "n", &it).int("n")? != 0),
    )
}

/// Notes an entry, before its first plan or list; one that is noted already stays as it is.
pub async fn insert(write: &mut Write, entry: &EntryId, name: &str, org: &OrgId) -> Result<(), StoreError> {
    write.run(INSERT, args![entry, name, org]).await?;
    Ok(())
}

/// Saves a plan with what was measured of it. [`StoreError::Stale`] where somebody else was quicker.
pub async fn save_plan(
    write: &mut Write,
    entry: &EntryId,
    revision: i64,
    plan: &Plan,
    version: u64,
    by: (&UserId, Timestamp),
    measure: &str,
) -> Result<(), StoreError> {
    let arguments = args![entry, revision, json(plan), version, by.0, by.1, measure];
    write
        .run_revised(SAVE_PLAN, arguments, "open_sets", entry.as_str())
        .await?;
    // The plan says the theme.
    write.touch(Noun::OpenSet, entry.as_str());
    Ok(())
}

/// What an agency has listed under a kind is from now on these entries and no others.
pub async fn relist(
    write: &mut Write,
    org: &OrgId,
    kind: OpenKind,
    entries: &[EntryId],
    at: Timestamp,
) -> Result<(), StoreError> {
    for set in of_org(&mut *write, org).await? {
        if set.listed == Some(kind) {
            write.touch(Noun::OpenSet, set.entry.as_str());
        }
    }
    write.run(UNLIST, args![org, kind.name()]).await?;
    for entry in entries {
        write.run(LIST, args![entry, kind.name(), at]).await?;
        write.touch(Noun::OpenSet, entry.as_str());
    }
    Ok(())
}

/// The switch to a release: from now on readers get it. A withdrawal before it is over.
pub async fn set_current(
    write: &mut Write,
    entry: &EntryId,
    number: i64,
    at: Timestamp,
) -> Result<(), StoreError> {
    write.run(SET_CURRENT, args![entry, number, at]).await?;
    write.touch(Noun::OpenSet, entry.as_str());
    Ok(())
}

/// Takes a set off every surface. [`StoreError::Stale`] where it is withdrawn already or has changed.
pub async fn withdraw(
    write: &mut Write,
    entry: &EntryId,
    revision: i64,
    by: (&UserId, Timestamp),
    reason: &str,
) -> Result<(), StoreError> {
    let arguments = args![entry, revision, by.1, by.0, reason];
    write
        .run_revised(WITHDRAW, arguments, "open_sets", entry.as_str())
        .await?;
    write.touch(Noun::OpenSet, entry.as_str());
    Ok(())
}
