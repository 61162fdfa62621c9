//! Marks (标注) on data under correction or objection, and who was told what became of it.

use jiff::Timestamp;
use rules::{
    ids::{CaseId, EntryId, GrantId, OrgId},
    mark::MarkKind,
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, read_all},
};

/// A mark, standing or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The case it stands for; one mark a case.
    pub case: CaseId,
    /// The entry whose data it is on.
    pub entry: EntryId,
    /// Why.
    pub kind: MarkKind,
    /// The keyed hash of the record's key; empty where the whole set is marked.
    pub record: String,
    /// The item that is doubted; empty where the whole set is marked.
    pub item: String,
    /// Since when it stands.
    pub since: Timestamp,
    /// Until when it stood; none while it stands.
    pub until: Option<Timestamp>,
    /// What the public may read beside it.
    pub words: String,
}

/// An organisation that was told of a case's outcome without being one of its parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub org: OrgId,
    /// The grant it had received the data under.
    pub grant: GrantId,
    /// When.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "case_id, entry, kind, record, item, since, until, words"
    };
}

statements! {
    OF_ENTRY = concat!("SELECT ", columns!(), " FROM marks WHERE entry = $1 AND until IS NULL ORDER BY since, case_id");
    STANDING = concat!("SELECT ", columns!(), " FROM marks WHERE until IS NULL AND record = '' ORDER BY entry, case_id");
    OF_CASE = concat!("SELECT ", columns!(), " FROM marks WHERE case_id = $1");
    INSERT = concat!("INSERT INTO marks (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, NULL, $7)");
    LIFT = "UPDATE marks SET until = $2 WHERE case_id = $1 AND until IS NULL";
    TELL = "INSERT INTO case_told (case_id, org, grant_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    TOLD = "SELECT case_id, org, grant_id, at FROM case_told WHERE case_id = $1 ORDER BY org, grant_id";
}

fn read(row: &AnyRow) -> Result<Mark, StoreError> {
    let it = Record::new("marks", "case_id", row);
    Ok(Mark {
        case: CaseId(it.text("case_id")?),
        entry: EntryId(it.text("entry")?),
        kind: it.word("kind", MarkKind::parse)?,
        record: it.text("record")?,
        item: it.text("item")?,
        since: it.moment("since")?,
        until: it.moment_or_none("until")?,
        words: it.text("words")?,
    })
}

/// The marks that stand on an entry's data, the oldest first.
pub async fn of_entry(mut db: impl Source, entry: &EntryId) -> Result<Vec<Mark>, StoreError> {
    read_all(&db.all(OF_ENTRY, args![entry]).await?, read)
}

/// The marks that stand on whole sets, of all entries.
pub async fn of_sets(mut db: impl Source) -> Result<Vec<Mark>, StoreError> {
    read_all(&db.all(STANDING, args![]).await?, read)
}

/// The mark that stands or stood for a case.
pub async fn of_case(mut db: impl Source, case: &CaseId) -> Result<Option<Mark>, StoreError> {
    db.first(OF_CASE, args![case])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Sets a mark; whoever answers with the entry's data learns of it.
pub async fn set(write: &mut Write, mark: &Mark) -> Result<(), StoreError> {
    let arguments = args![
        mark.case,
        mark.entry,
        mark.kind.name(),
        mark.record,
        mark.item,
        mark.since,
        mark.words,
    ];
    write.run(INSERT, arguments).await?;
    write.touch(Noun::Entry, mark.entry.as_str());
    Ok(())
}

/// Takes a case's mark off, if one stands.
pub async fn lift(
    write: &mut Write,
    case: &CaseId,
    entry: &EntryId,
    until: Timestamp,
) -> Result<(), StoreError> {
    if write.run(LIFT, args![case, until]).await? > 0 {
        write.touch(Noun::Entry, entry.as_str());
    }
    Ok(())
}

/// Notes that an organisation was told what became of a case.
pub async fn tell(write: &mut Write, case: &CaseId, told: &Told) -> Result<(), StoreError> {
    write
        .run(TELL, args![case, told.org, told.grant, told.at])
        .await?;
    Ok(())
}

/// Who was told what became of a case.
pub async fn told(mut db: impl Source, case: &CaseId) -> Result<Vec<Told>, StoreError> {
    read_all(&db.all(TOLD, args![case]).await?, |row| {
        let it = Record::new("case_told", "case_id", row);
        Ok(Told {
            org: OrgId(it.text("org")?),
            grant: GrantId(it.text("grant_id")?),
            at: it.moment("at")?,
        })
    })
}
