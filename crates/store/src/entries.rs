//! Catalogue entries: the draft being worked on, where it stands, and which data callers get.

use jiff::Timestamp;
use rules::{
    catalogue::{CatalogueKind, Content, OpenKind, ShareKind},
    ids::{EntryId, OrgId},
    people::Level,
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, json, read_all},
};

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// 信息资源代码, such as 307021…/000001.
    pub code: String,
    /// The provider.
    pub org: OrgId,
    /// The level of its catalogue.
    pub level: Level,
    /// Where its compilation stands: a state of that procedure.
    pub state: String,
    /// How often it was changed.
    pub revision: i64,
    /// What the entry says, as far as it has been written.
    pub draft: Content,
    /// The version that everybody reads; none before the first publication and after a withdrawal.
    pub published: Option<u64>,
    /// The data that callers get.
    pub data: Option<Data>,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// When its text or state was last changed.
    pub updated_at: Timestamp,
}

/// The rows that callers of an entry get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// The version of the rows in the row store.
    pub version: i64,
    /// How many rows.
    pub rows: u64,
    /// When they were loaded.
    pub at: Timestamp,
}

/// An entry as a list shows it. Title and kinds are the draft's in a list of the provider's own, and
/// those of the published version in a list of published entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: EntryId,
    /// 信息资源代码.
    pub code: String,
    /// The provider.
    pub org: OrgId,
    /// The provider's name.
    pub org_name: String,
    /// The level of its catalogue.
    pub level: Level,
    /// 信息资源名称.
    pub title: String,
    /// 基础、主题 or 部门.
    pub kind: CatalogueKind,
    /// 共享类型.
    pub share: ShareKind,
    /// 开放类型.
    pub open: OpenKind,
    /// Where its compilation stands.
    pub state: String,
    /// The version that everybody reads.
    pub published: Option<u64>,
    /// The data that callers get.
    pub data: Option<Data>,
    /// When its text or state was last changed.
    pub updated_at: Timestamp,
}

/// A published entry with what its published version says.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Its id.
    pub id: EntryId,
    /// 信息资源代码.
    pub code: String,
    /// The provider.
    pub org: OrgId,
    /// The level of its catalogue.
    pub level: Level,
    /// The data that callers get.
    pub data: Option<Data>,
    /// What the published version says.
    pub content: Content,
    /// When that version was published.
    pub at: Timestamp,
}

/// Which entries a list shows; every condition that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this provider.
    pub org: Option<OrgId>,
    /// In this state of compilation.
    pub state: Option<String>,
    /// Of this catalogue.
    pub kind: Option<CatalogueKind>,
    /// Shared this way.
    pub share: Option<ShareKind>,
    /// Of this level.
    pub level: Option<Level>,
}

/// The last line of a page; the next page begins after it.
pub type Cursor = (Timestamp, EntryId);

macro_rules! columns {
    () => {
        "id, code, org, level, state, revision, draft, published, data_version, data_rows, data_at, \
         created_at, updated_at"
    };
}

macro_rules! line {
    ($of:literal) => {
        concat!(
            "e.id, e.code, e.org, o.name AS org_name, e.level, ",
            $of,
            ".title, ",
            $of,
            ".kind, ",
            $of,
            ".share, ",
            $of,
            ".open, e.state, e.published, e.data_version, e.data_rows, e.data_at, e.updated_at"
        )
    };
}

macro_rules! filter {
    ($of:literal) => {
        concat!(
            "($1 = '' OR e.org = $1) AND ($2 = '' OR e.state = $2) AND ($3 = '' OR ",
            $of,
            ".kind = $3) AND ($4 = '' OR ",
            $of,
            ".share = $4) AND ($5 = '' OR e.level = $5) AND ($2 = 'discarded' OR e.state <> 'discarded')"
        )
    };
}

macro_rules! published {
    ($which:literal) => {
        concat!(
            "SELECT e.id, e.code, e.org, e.level, e.data_version, e.data_rows, e.data_at, v.content, v.published_at \
             FROM entries e JOIN versions v ON v.entry = e.id AND v.number = e.published WHERE ",
            $which
        )
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM entries WHERE id = $1");
    BY_CODE = concat!("SELECT ", columns!(), " FROM entries WHERE code = $1");
    LINE = concat!("SELECT ", line!("e"), " FROM entries e JOIN orgs o ON o.id = e.org WHERE e.id = $1");
    PUBLISHED_LINE = concat!("SELECT ", line!("v"), " FROM entries e JOIN orgs o ON o.id = e.org \
        JOIN versions v ON v.entry = e.id AND v.number = e.published WHERE e.id = $1");
    LIST = concat!("SELECT ", line!("e"), " FROM entries e JOIN orgs o ON o.id = e.org WHERE ", filter!("e"),
        " AND (e.updated_at < $6 OR (e.updated_at = $6 AND e.id < $7)) \
        ORDER BY e.updated_at DESC, e.id DESC LIMIT $8");
    LIST_PUBLISHED = concat!("SELECT ", line!("v"), " FROM entries e JOIN orgs o ON o.id = e.org \
        JOIN versions v ON v.entry = e.id AND v.number = e.published WHERE ", filter!("v"),
        " AND (e.updated_at < $6 OR (e.updated_at = $6 AND e.id < $7)) \
        ORDER BY e.updated_at DESC, e.id DESC LIMIT $8");
    UNPUBLISHED = concat!("SELECT ", line!("e"), " FROM entries e JOIN orgs o ON o.id = e.org \
        WHERE e.org = $1 AND e.state NOT IN ('published', 'discarded') \
        ORDER BY e.updated_at DESC, e.id DESC LIMIT $2");
    COUNT = concat!("SELECT COUNT(*) AS n FROM entries e WHERE ", filter!("e"));
    COUNT_PUBLISHED = concat!("SELECT COUNT(*) AS n FROM entries e \
        JOIN versions v ON v.entry = e.id AND v.number = e.published WHERE ", filter!("v"));
    STATES = "SELECT state, COUNT(*) AS n FROM entries WHERE ($1 = '' OR org = $1) AND state <> 'discarded' GROUP BY state ORDER BY state";
    PUBLISHED = published!("e.id = $1");
    PUBLISHED_PAGE = published!("e.id > $1 ORDER BY e.id LIMIT $2");
    INSERT = "INSERT INTO entries (id, code, org, level, title, kind, share, open, state, revision, draft, \
        data_rows, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, 0, $11, $11)";
    SAVE_DRAFT = "UPDATE entries SET title = $3, kind = $4, share = $5, open = $6, draft = $7, updated_at = $8, \
        revision = revision + 1 WHERE id = $1 AND revision = $2";
    SET_STATE = "UPDATE entries SET state = $3, updated_at = $4, revision = revision + 1 \
        WHERE id = $1 AND revision = $2";
    SET_PUBLISHED = "UPDATE entries SET published = $2 WHERE id = $1";
    SET_DATA = "UPDATE entries SET data_version = $2, data_rows = $3, data_at = $4 WHERE id = $1";
}

fn read_data(it: &Record<'_>) -> Result<Option<Data>, StoreError> {
    match (it.int_or_none("data_version")?, it.moment_or_none("data_at")?) {
        (Some(version), Some(at)) => Ok(Some(Data {
            version,
            rows: it.count("data_rows")?,
            at,
        })),
        _ => Ok(None),
    }
}

fn read(row: &AnyRow) -> Result<Entry, StoreError> {
    let it = Record::new("entries", "id", row);
    Ok(Entry {
        id: EntryId(it.text("id")?),
        code: it.text("code")?,
        org: OrgId(it.text("org")?),
        level: it.word("level", Level::parse)?,
        state: it.text("state")?,
        revision: it.int("revision")?,
        draft: it.json("draft")?,
        published: it.count_or_none("published")?,
        data: read_data(&it)?,
        created_at: it.moment("created_at")?,
        updated_at: it.moment("updated_at")?,
    })
}

fn read_line(row: &AnyRow) -> Result<Line, StoreError> {
    let it = Record::new("entries", "id", row);
    Ok(Line {
        id: EntryId(it.text("id")?),
        code: it.text("code")?,
        org: OrgId(it.text("org")?),
        org_name: it.text("org_name")?,
        level: it.word("level", Level::parse)?,
        title: it.text("title")?,
        kind: it.word("kind", CatalogueKind::parse)?,
        share: it.word("share", ShareKind::parse)?,
        open: it.word("open", OpenKind::parse)?,
        state: it.text("state")?,
        published: it.count_or_none("published")?,
        data: read_data(&it)?,
        updated_at: it.moment("updated_at")?,
    })
}

fn read_published(row: &AnyRow) -> Result<Published, StoreError> {
    let it = Record::new("entries", "id", row);
    Ok(Published {
        id: EntryId(it.text("id")?),
        code: it.text("code")?,
        org: OrgId(it.text("org")?),
        level: it.word("level", Level::parse)?,
        data: read_data(&it)?,
        content: it.json("content")?,
        at: it.moment("published_at")?,
    })
}

/// The entry, if there is one.
pub async fn find(mut db: impl Source, id: &EntryId) -> Result<Option<Entry>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The entry; an error where there is none.
pub async fn get(db: impl Source, id: &EntryId) -> Result<Entry, StoreError> {
    find(db, id).await?.ok_or_else(|| StoreError::Missing {
        table: "entries",
        id: id.0.clone(),
    })
}

/// The entry with a resource code.
pub async fn by_code(mut db: impl Source, code: &str) -> Result<Option<Entry>, StoreError> {
    db.first(BY_CODE, args![code])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The entry as its provider's list shows it.
pub async fn line(mut db: impl Source, id: &EntryId) -> Result<Option<Line>, StoreError> {
    db.first(LINE, args![id])
        .await?
        .as_ref()
        .map(read_line)
        .transpose()
}

/// The entry as everybody's list shows it; none where nothing is published.
pub async fn published_line(mut db: impl Source, id: &EntryId) -> Result<Option<Line>, StoreError> {
    db.first(PUBLISHED_LINE, args![id])
        .await?
        .as_ref()
        .map(read_line)
        .transpose()
}

macro_rules! filter_args {
    ($filter:expr $(, $more:expr)*) => {
        args![
            $filter.org.as_ref().map_or("", OrgId::as_str),
            $filter.state.as_deref().unwrap_or(""),
            $filter.kind.map_or("", CatalogueKind::name),
            $filter.share.map_or("", ShareKind::name),
            $filter.level.map_or("", Level::name)
            $(, $more)*
        ]
    };
}

/// A page of entries with their drafts' titles, last changed first.
pub async fn list(
    mut db: impl Source,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    let (at, id) = place(after);
    read_all(
        &db.all(LIST, filter_args!(filter, at, id, i64::from(limit)))
            .await?,
        read_line,
    )
}

/// The entries of one provider that are being compiled, with their drafts' titles, last changed first.
pub async fn unpublished(mut db: impl Source, org: &OrgId, limit: u32) -> Result<Vec<Line>, StoreError> {
    read_all(
        &db.all(UNPUBLISHED, args![org, i64::from(limit)]).await?,
        read_line,
    )
}

/// A page of published entries with their published titles, last changed first.
pub async fn list_published(
    mut db: impl Source,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    let (at, id) = place(after);
    read_all(
        &db.all(LIST_PUBLISHED, filter_args!(filter, at, id, i64::from(limit)))
            .await?,
        read_line,
    )
}

fn place(after: Option<&Cursor>) -> (i64, &str) {
    after.map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id.as_str()))
}

/// How many entries [`list`] shows in all.
pub async fn count(mut db: impl Source, filter: &Filter) -> Result<u64, StoreError> {
    let row = db.first(COUNT, filter_args!(filter)).await?;
    row.map_or(Ok(0), |it| Record::new("entries", "n", &it).count("n"))
}

/// How many entries [`list_published`] shows in all.
pub async fn count_published(mut db: impl Source, filter: &Filter) -> Result<u64, StoreError> {
    let row = db.first(COUNT_PUBLISHED, filter_args!(filter)).await?;
    row.map_or(Ok(0), |it| Record::new("entries", "n", &it).count("n"))
}

/// How many entries stand in each state; of one provider, or of all.
pub async fn states(mut db: impl Source, org: Option<&OrgId>) -> Result<Vec<(String, u64)>, StoreError> {
    read_all(
        &db.all(STATES, args![org.map_or("", OrgId::as_str)]).await?,
        |row| {
            let it = Record::new("entries", "state", row);
            Ok((it.text("state")?, it.count("n")?))
        },
    )
}

/// An entry as everybody reads it, if it is published.
pub async fn published(mut db: impl Source, id: &EntryId) -> Result<Option<Published>, StoreError> {
    let row = db.first(PUBLISHED, args![id]).await?;
    row.as_ref().map(read_published).transpose()
}

/// Published entries after `after` (empty at first), in the order of their ids: to walk over all of them.
pub async fn published_after(
    mut db: impl Source,
    after: &str,
    limit: u32,
) -> Result<Vec<Published>, StoreError> {
    read_all(
        &db.all(PUBLISHED_PAGE, args![after, i64::from(limit)]).await?,
        read_published,
    )
}

/// The next back code (后段码) under a front code: from 1, each given once.
pub async fn next_back(write: &mut Write, front: &str) -> Result<u64, StoreError> {
    write.count_up(&format!("code/{front}")).await
}

/// Stores a new entry: id, code, provider, level, state, draft and the moment; at revision 1.
pub async fn insert(write: &mut Write, entry: &Entry) -> Result<(), StoreError> {
    let draft = &entry.draft;
    let arguments = args![
        entry.id,
        entry.code,
        entry.org,
        entry.level.name(),
        draft.title,
        draft.kind.name(),
        draft.share.name(),
        draft.open.name(),
        entry.state,
        json(draft),
        entry.created_at,
    ];
    write.run(INSERT, arguments).await?;
    write.touch(Noun::Entry, entry.id.as_str());
    Ok(())
}

/// Saves the draft of an entry that is still at `revision`, which goes up by one.
pub async fn save_draft(
    write: &mut Write,
    id: &EntryId,
    revision: i64,
    draft: &Content,
    now: Timestamp,
) -> Result<(), StoreError> {
    let arguments = args![
        id,
        revision,
        draft.title,
        draft.kind.name(),
        draft.share.name(),
        draft.open.name(),
        json(draft),
        now,
    ];
    write
        .run_revised(SAVE_DRAFT, arguments, "entries", id.as_str())
        .await?;
    write.touch(Noun::Entry, id.as_str());
    Ok(())
}

/// Moves an entry that is still at `revision` to another state; its revision goes up by one.
pub async fn set_state(
    write: &mut Write,
    id: &EntryId,
    revision: i64,
    state: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    write
        .run_revised(SET_STATE, args![id, revision, state, now], "entries", id.as_str())
        .await?;
    write.touch(Noun::Entry, id.as_str());
    Ok(())
}

/// Says which version everybody reads; none withdraws the entry. Pair it with [`set_state`].
pub async fn set_published(write: &mut Write, id: &EntryId, number: Option<u64>) -> Result<(), StoreError> {
    write.run(SET_PUBLISHED, args![id, number]).await?;
    write.touch(Noun::Entry, id.as_str());
    Ok(())
}

/// Says which rows callers get from now on: the switch of a delivery. The revision stays, because a
/// page that edits the entry's text is not affected.
pub async fn set_data(write: &mut Write, id: &EntryId, data: &Data) -> Result<(), StoreError> {
    write
        .run(SET_DATA, args![id, data.version, data.rows, data.at])
        .await?;
    write.touch(Noun::Entry, id.as_str());
    Ok(())
}
