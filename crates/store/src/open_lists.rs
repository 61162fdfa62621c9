//! Open lists (开放清单): the numbered editions that agencies publish, frozen (art. 24).

use jiff::Timestamp;
use rules::{
    catalogue::{OpenKind, UpdateCycle},
    ids::{EntryId, OrgId, UserId},
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, json, read_all},
};

/// One line of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The entry.
    pub entry: EntryId,
    /// 信息资源代码.
    pub code: String,
    /// The title on that day.
    pub title: String,
    /// 更新周期.
    pub cycle: UpdateCycle,
    /// 开放条件, on a conditional list.
    pub conditions: String,
}

/// An edition.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// The agency.
    pub org: OrgId,
    /// Unconditional or conditional.
    pub kind: OpenKind,
    /// From 1, of the agency and kind.
    pub number: i64,
    /// When it was published.
    pub at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// Its lines.
    pub lines: Vec<Line>,
}

macro_rules! columns {
    () => {
        "org, kind, number, at, by_user, lines"
    };
}

statements! {
    ALL = concat!("SELECT ", columns!(), " FROM open_lists ORDER BY at DESC, org, kind, number DESC");
    FIND = concat!("SELECT ", columns!(), " FROM open_lists WHERE org = $1 AND kind = $2 AND number = $3");
    OF_ORG = concat!("SELECT ", columns!(), " FROM open_lists WHERE org = $1 ORDER BY at DESC, kind, number DESC");
    NEXT = "SELECT COALESCE(MAX(number), 0) + 1 AS n FROM open_lists WHERE org = $1 AND kind = $2";
    INSERT = "INSERT INTO open_lists (org, kind, number, at, by_user, sets, lines) VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

fn read(row: &AnyRow) -> Result<Edition, StoreError> {
    let it = Record::new("open_lists", "org", row);
    Ok(Edition {
        org: OrgId(it.text("org")?),
        kind: it.word("kind", OpenKind::parse)?,
        number: it.int("number")?,
        at: it.moment("at")?,
        by: UserId(it.text("by_user")?),
        lines: it.json("lines")?,
    })
}

/// Every edition of every agency, the newest first.
pub async fn all(mut db: impl Source) -> Result<Vec<Edition>, StoreError> {
    read_all(&db.all(ALL, args![]).await?, read)
}

/// One edition.
pub async fn find(
    mut db: impl Source,
    org: &OrgId,
    kind: OpenKind,
    number: i64,
) -> Result<Option<Edition>, StoreError> {
    let row = db.first(FIND, args![org, kind.name(), number]).await?;
    row.as_ref().map(read).transpose()
}

/// The editions of an agency, the newest first.
pub async fn of_org(mut db: impl Source, org: &OrgId) -> Result<Vec<Edition>, StoreError> {
    read_all(&db.all(OF_ORG, args![org]).await?, read)
}

/// The number that the next edition will have.
pub async fn next(mut db: impl Source, org: &OrgId, kind: OpenKind) -> Result<i64, StoreError> {
    let row = db.first(NEXT, args![org, kind.name()]).await?;
    row.map_or(Ok(1), |it| Record::new("open_lists", "n", &it).int("n"))
}

/// Publishes an edition.
pub async fn insert(write: &mut Write, it: &Edition) -> Result<(), StoreError> {
    let arguments = args![
        it.org,
        it.kind.name(),
        it.number,
        it.at,
        it.by,
        it.lines.len() as u64,
        json(&it.lines)
    ];
    write.run(INSERT, arguments).await?;
    Ok(())
}
