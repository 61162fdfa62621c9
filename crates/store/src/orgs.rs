//! Organisations.

use jiff::Timestamp;
use rules::{
    ids::OrgId,
    people::{Level, Org, OrgKind},
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, read_all},
};

/// An organisation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgRow {
    /// The organisation.
    pub org: Org,
    /// How often it was changed.
    pub revision: i64,
    /// When it was registered.
    pub created_at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, name, kind, level, region, credit_code, front_code, authority, confirmer, revision, created_at"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM orgs WHERE id = $1");
    ALL = concat!("SELECT ", columns!(), " FROM orgs ORDER BY level, created_at, id");
    INSERT = concat!("INSERT INTO orgs (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)");
    UPDATE = "UPDATE orgs SET name = $3, kind = $4, level = $5, region = $6, credit_code = $7, \
        front_code = $8, authority = $9, confirmer = $10, revision = revision + 1 \
        WHERE id = $1 AND revision = $2";
    COUNT = "SELECT COUNT(*) AS n FROM orgs";
    HELD = "SELECT $1 AS id, (SELECT COUNT(*) FROM entries WHERE org = $1) AS entries, \
        (SELECT COUNT(*) FROM cases WHERE consumer = $1 OR provider = $1 OR authority = $1) AS cases, \
        (SELECT COUNT(*) FROM grants WHERE consumer = $1 OR provider = $1) AS grants, \
        (SELECT COUNT(*) FROM users WHERE org = $1) AS people, \
        (SELECT COUNT(*) FROM systems WHERE org = $1) AS systems, \
        (SELECT COUNT(*) FROM orgs WHERE id <> $1 AND (authority = $1 OR confirmer = $1)) AS orgs";
    DELETE = "DELETE FROM orgs WHERE id = $1";
}

fn read(row: &AnyRow) -> Result<OrgRow, StoreError> {
    let it = Record::new("orgs", "id", row);
    Ok(OrgRow {
        org: Org {
            id: OrgId(it.text("id")?),
            name: it.text("name")?,
            kind: it.word("kind", OrgKind::parse)?,
            level: it.word("level", Level::parse)?,
            region: it.text("region")?,
            credit_code: it.text("credit_code")?,
            front_code: it.text("front_code")?,
            authority: OrgId(it.text("authority")?),
            confirmer: OrgId(it.text("confirmer")?),
        },
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
    })
}

/// The organisation, if there is one.
pub async fn find(mut db: impl Source, id: &OrgId) -> Result<Option<OrgRow>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The organisation; an error where there is none.
pub async fn get(db: impl Source, id: &OrgId) -> Result<OrgRow, StoreError> {
    find(db, id).await?.ok_or_else(|| StoreError::Missing {
        table: "orgs",
        id: id.0.clone(),
    })
}

/// Every organisation, the city's first, in the order of registration.
pub async fn all(mut db: impl Source) -> Result<Vec<OrgRow>, StoreError> {
    read_all(&db.all(ALL, args![]).await?, read)
}

/// How many there are; 0 means that the city has not been founded.
pub async fn count(mut db: impl Source) -> Result<u64, StoreError> {
    let row = db.first(COUNT, args![]).await?;
    row.map_or(Ok(0), |it| Record::new("orgs", "n", &it).count("n"))
}

/// Registers an organisation. Its authority and confirmer may follow within the same write.
pub async fn insert(write: &mut Write, org: &Org, now: Timestamp) -> Result<(), StoreError> {
    let arguments = args![
        org.id,
        org.name,
        org.kind.name(),
        org.level.name(),
        org.region,
        org.credit_code,
        org.front_code,
        org.authority,
        org.confirmer,
        now,
    ];
    write.run(INSERT, arguments).await?;
    write.touch(Noun::Org, org.id.as_str());
    Ok(())
}

/// Changes an organisation that is still at `revision`.
pub async fn update(write: &mut Write, revision: i64, org: &Org) -> Result<(), StoreError> {
    let arguments = args![
        org.id,
        revision,
        org.name,
        org.kind.name(),
        org.level.name(),
        org.region,
        org.credit_code,
        org.front_code,
        org.authority,
        org.confirmer,
    ];
    write
        .run_revised(UPDATE, arguments, "orgs", org.id.as_str())
        .await?;
    write.touch(Noun::Org, org.id.as_str());
    Ok(())
}

/// What an organisation is responsible for, or others rely on it for (art. 7): how many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Catalogue entries it provides.
    pub entries: u64,
    /// Cases it takes part in, closed ones too.
    pub cases: u64,
    /// Grants it gave or has.
    pub grants: u64,
    /// Accounts of its people.
    pub people: u64,
    /// Its systems.
    pub systems: u64,
    /// Organisations it is the authority or the designated department of.
    pub orgs: u64,
}

/// What an organisation is responsible for.
pub async fn held(mut db: impl Source, id: &OrgId) -> Result<Held, StoreError> {
    let Some(row) = db.first(HELD, args![id]).await? else {
        return Ok(Held::default());
    };
    let it = Record::new("orgs", "id", &row);
    Ok(Held {
        entries: it.count("entries")?,
        cases: it.count("cases")?,
        grants: it.count("grants")?,
        people: it.count("people")?,
        systems: it.count("systems")?,
        orgs: it.count("orgs")?,
    })
}

/// Deletes an organisation that nothing refers to; the engine refuses any other.
pub async fn delete(write: &mut Write, id: &OrgId) -> Result<(), StoreError> {
    write.run(DELETE, args![id]).await?;
    write.touch(Noun::Org, id.as_str());
    Ok(())
}
