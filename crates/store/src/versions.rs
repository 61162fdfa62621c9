//! Published versions of entries. Each stays readable for ever.

use jiff::Timestamp;
use rules::{
    catalogue::Content,
    ids::{EntryId, UserId},
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, json, read_all},
};

/// A version with everything it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The entry.
    pub entry: EntryId,
    /// From 1.
    pub number: u64,
    /// What it says.
    pub content: Content,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: UserId,
}

/// A version as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// The title it has.
    pub title: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// The name of who published it.
    pub published_by: String,
}

macro_rules! columns {
    () => {
        "v.entry, v.number, v.content, v.published_at, v.published_by"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM versions v WHERE v.entry = $1 AND v.number = $2");
    CURRENT = concat!("SELECT ", columns!(), " FROM versions v \
        JOIN entries e ON e.id = v.entry AND e.published = v.number WHERE e.id = $1");
    LIST = "SELECT v.number, v.title, v.published_at, u.name AS published_by FROM versions v \
        JOIN users u ON u.id = v.published_by WHERE v.entry = $1 ORDER BY v.number DESC";
    LAST = "SELECT COALESCE(MAX(number), 0) AS number FROM versions WHERE entry = $1";
    INSERT = "INSERT INTO versions (entry, number, title, kind, share, open, content, published_at, published_by) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
}

fn read(row: &AnyRow) -> Result<Version, StoreError> {
    let it = Record::new("versions", "entry", row);
    Ok(Version {
        entry: EntryId(it.text("entry")?),
        number: it.count("number")?,
        content: it.json("content")?,
        published_at: it.moment("published_at")?,
        published_by: UserId(it.text("published_by")?),
    })
}

/// One version of an entry.
pub async fn find(mut db: impl Source, entry: &EntryId, number: u64) -> Result<Option<Version>, StoreError> {
    db.first(FIND, args![entry, number])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The version that everybody reads, if one is published.
pub async fn current(mut db: impl Source, entry: &EntryId) -> Result<Option<Version>, StoreError> {
    db.first(CURRENT, args![entry])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The versions of an entry, newest first.
pub async fn list(mut db: impl Source, entry: &EntryId) -> Result<Vec<Line>, StoreError> {
    read_all(&db.all(LIST, args![entry]).await?, |row| {
        let it = Record::new("versions", "number", row);
        Ok(Line {
            number: it.count("number")?,
            title: it.text("title")?,
            published_at: it.moment("published_at")?,
            published_by: it.text("published_by")?,
        })
    })
}

/// The number of the newest version; 0 before the first.
pub async fn last(mut db: impl Source, entry: &EntryId) -> Result<u64, StoreError> {
    let row = db.first(LAST, args![entry]).await?;
    row.map_or(Ok(0), |it| Record::new("versions", "number", &it).count("number"))
}

/// Stores a version. It is not read until [`crate::entries::set_published`] says so.
pub async fn insert(write: &mut Write, version: &Version) -> Result<(), StoreError> {
    let content = &version.content;
    let arguments = args![
        version.entry,
        version.number,
        content.title,
        content.kind.name(),
        content.share.name(),
        content.open.name(),
        json(content),
        version.published_at,
        version.published_by,
    ];
    write.run(INSERT, arguments).await?;
    Ok(())
}
