//! Grants (授权): which agency may use which entry, on what terms.

use jiff::Timestamp;
use rules::{
    grant::{GrantState, Terms},
    ids::{CaseId, EntryId, GrantId, OrgId},
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, json, read_all},
};

/// A grant as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The request that led to it; none for unconditional sharing.
    pub case: Option<CaseId>,
    /// The entry.
    pub entry: EntryId,
    /// The version of the entry that its items are those of.
    pub version: u64,
    /// The agency that provides.
    pub provider: OrgId,
    /// The agency that uses.
    pub consumer: OrgId,
    /// The matter (事项) the data is used for.
    pub matter: String,
    /// On what terms.
    pub terms: Terms,
    /// Where it stands.
    pub state: GrantState,
    /// Why it was suspended or ended; empty otherwise.
    pub reason: String,
    /// How often it was changed.
    pub revision: i64,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// A grant as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The grant.
    pub grant: Grant,
    /// The title of the entry's published version, or of its draft after a withdrawal.
    pub entry_title: String,
    /// The provider's name.
    pub provider_name: String,
    /// The consumer's name.
    pub consumer_name: String,
}

/// Which grants a list shows; every condition that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Used by this agency.
    pub consumer: Option<OrgId>,
    /// Provided by this agency.
    pub provider: Option<OrgId>,
    /// Used or provided by this agency.
    pub party: Option<OrgId>,
    /// On this entry.
    pub entry: Option<EntryId>,
    /// In this state.
    pub state: Option<GrantState>,
}

/// The last line of a page; the next page begins after it.
pub type Cursor = (Timestamp, GrantId);

macro_rules! columns {
    () => {
        "g.id, g.case_id, g.entry, g.version, g.provider, g.consumer, g.matter, g.terms, g.state, g.reason, \
         g.revision, g.created_at, g.changed_at"
    };
}

macro_rules! lines {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            ", COALESCE(v.title, e.title) AS entry_title, p.name AS provider_name, \
            c.name AS consumer_name FROM grants g JOIN entries e ON e.id = g.entry \
            LEFT JOIN versions v ON v.entry = e.id AND v.number = e.published \
            JOIN orgs p ON p.id = g.provider JOIN orgs c ON c.id = g.consumer "
        )
    };
}

macro_rules! filter {
    () => {
        "($1 = '' OR g.consumer = $1) AND ($2 = '' OR g.provider = $2) \
         AND ($3 = '' OR g.consumer = $3 OR g.provider = $3) AND ($4 = '' OR g.entry = $4) \
         AND ($5 = '' OR g.state = $5)"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM grants g WHERE g.id = $1");
    LINE = concat!(lines!(), "WHERE g.id = $1");
    LIST = concat!(lines!(), "WHERE ", filter!(), " AND (g.created_at < $6 OR (g.created_at = $6 AND g.id < $7)) \
        ORDER BY g.created_at DESC, g.id DESC LIMIT $8");
    COUNT = concat!("SELECT COUNT(*) AS n FROM grants g WHERE ", filter!());
    WALK = concat!("SELECT ", columns!(), " FROM grants g WHERE g.id > $1 ORDER BY g.id LIMIT $2");
    INSERT = "INSERT INTO grants (id, case_id, entry, version, provider, consumer, matter, terms, until, state, \
        reason, revision, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12)";
    SET_STATE = "UPDATE grants SET state = $3, reason = $4, changed_at = $5, revision = revision + 1 \
        WHERE id = $1 AND revision = $2";
    SET_TERMS = "UPDATE grants SET terms = $3, until = $4, version = $5, changed_at = $6, revision = revision + 1 \
        WHERE id = $1 AND revision = $2";
}

fn read(row: &AnyRow) -> Result<Grant, StoreError> {
    let it = Record::new("grants", "id", row);
    Ok(Grant {
        id: GrantId(it.text("id")?),
        case: it.text_or_none("case_id")?.map(CaseId),
        entry: EntryId(it.text("entry")?),
        version: it.count("version")?,
        provider: OrgId(it.text("provider")?),
        consumer: OrgId(it.text("consumer")?),
        matter: it.text("matter")?,
        terms: it.json("terms")?,
        state: it.word("state", GrantState::parse)?,
        reason: it.text("reason")?,
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
        changed_at: it.moment("changed_at")?,
    })
}

fn read_line(row: &AnyRow) -> Result<Line, StoreError> {
    let it = Record::new("grants", "id", row);
    Ok(Line {
        grant: read(row)?,
        entry_title: it.text("entry_title")?,
        provider_name: it.text("provider_name")?,
        consumer_name: it.text("consumer_name")?,
    })
}

/// The grant, if there is one.
pub async fn find(mut db: impl Source, id: &GrantId) -> Result<Option<Grant>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The grant; an error where there is none.
pub async fn get(db: impl Source, id: &GrantId) -> Result<Grant, StoreError> {
    find(db, id).await?.ok_or_else(|| StoreError::Missing {
        table: "grants",
        id: id.0.clone(),
    })
}

/// The grant as a list shows it.
pub async fn line(mut db: impl Source, id: &GrantId) -> Result<Option<Line>, StoreError> {
    db.first(LINE, args![id])
        .await?
        .as_ref()
        .map(read_line)
        .transpose()
}

macro_rules! filter_args {
    ($filter:expr $(, $more:expr)*) => {
        args![
            $filter.consumer.as_ref().map_or("", OrgId::as_str),
            $filter.provider.as_ref().map_or("", OrgId::as_str),
            $filter.party.as_ref().map_or("", OrgId::as_str),
            $filter.entry.as_ref().map_or("", EntryId::as_str),
            $filter.state.map_or("", GrantState::name)
            $(, $more)*
        ]
    };
}

/// A page of grants, last issued first.
pub async fn list(
    mut db: impl Source,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id.as_str()));
    read_all(
        &db.all(LIST, filter_args!(filter, at, id, i64::from(limit)))
            .await?,
        read_line,
    )
}

/// How many grants [`list`] shows in all.
pub async fn count(mut db: impl Source, filter: &Filter) -> Result<u64, StoreError> {
    let row = db.first(COUNT, filter_args!(filter)).await?;
    row.map_or(Ok(0), |it| Record::new("grants", "n", &it).count("n"))
}

/// Grants after `after` (empty at first), by id: to walk over all of them for a snapshot.
pub async fn walk(mut db: impl Source, after: &str, limit: u32) -> Result<Vec<Grant>, StoreError> {
    read_all(&db.all(WALK, args![after, i64::from(limit)]).await?, read)
}

/// Issues a grant, at revision 1.
pub async fn insert(write: &mut Write, grant: &Grant) -> Result<(), StoreError> {
    let arguments = args![
        grant.id,
        grant.case,
        grant.entry,
        grant.version,
        grant.provider,
        grant.consumer,
        grant.matter,
        json(&grant.terms),
        grant.terms.until,
        grant.state.name(),
        grant.reason,
        grant.created_at,
    ];
    write.run(INSERT, arguments).await?;
    write.touch(Noun::Grant, grant.id.as_str());
    Ok(())
}

/// Suspends, resumes or ends a grant that is still at `revision`, with the reason.
pub async fn set_state(
    write: &mut Write,
    id: &GrantId,
    revision: i64,
    state: GrantState,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let arguments = args![id, revision, state.name(), reason, now];
    write
        .run_revised(SET_STATE, arguments, "grants", id.as_str())
        .await?;
    write.touch(Noun::Grant, id.as_str());
    Ok(())
}

/// Puts other terms, on a version of the entry, in the place of those of a grant that is still at `revision`.
pub async fn set_terms(
    write: &mut Write,
    id: &GrantId,
    revision: i64,
    version: u64,
    terms: &Terms,
    now: Timestamp,
) -> Result<(), StoreError> {
    let arguments = args![id, revision, json(terms), terms.until, version, now];
    write
        .run_revised(SET_TERMS, arguments, "grants", id.as_str())
        .await?;
    write.touch(Noun::Grant, id.as_str());
    Ok(())
}
