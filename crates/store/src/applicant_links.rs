//! One-time links that go out to applicants by letter. What opens one is derived from its id and stored nowhere.

use jiff::Timestamp;
use rules::{applicant::LinkKind, ids::ApplicantId};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, read_all},
};

/// A link as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub applicant: ApplicantId,
    /// What it is for.
    pub kind: LinkKind,
    /// The new address that it confirms, sealed; none of the other kinds.
    pub address: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

statements! {
    FIND = "SELECT id, applicant, kind, address, created_at, expires_at, used_at FROM applicant_links WHERE id = $1";
    OF_APPLICANT = "SELECT id, applicant, kind, address, created_at, expires_at, used_at FROM applicant_links \
        WHERE applicant = $1 ORDER BY created_at DESC, id DESC";
    COUNT = "SELECT COUNT(*) AS n FROM applicant_links WHERE applicant = $1 AND kind = $2 AND created_at > $3";
    INSERT = "INSERT INTO applicant_links (id, applicant, kind, address, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    END = "UPDATE applicant_links SET used_at = $2, address = NULL WHERE applicant = $1 AND used_at IS NULL";
    FORGET = "DELETE FROM applicant_links WHERE applicant = $1";
}

fn read(row: &AnyRow) -> Result<Link, StoreError> {
    let it = Record::new("applicant_links", "id", row);
    Ok(Link {
        id: it.text("id")?,
        applicant: ApplicantId(it.text("applicant")?),
        kind: it.word("kind", LinkKind::parse)?,
        address: it.text_or_none("address")?,
        created_at: it.moment("created_at")?,
        expires_at: it.moment("expires_at")?,
        used_at: it.moment_or_none("used_at")?,
    })
}

/// The link, if there is one, used or not.
pub async fn find(mut db: impl Source, id: &str) -> Result<Option<Link>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// Every link of an applicant, the newest first.
pub async fn of_applicant(mut db: impl Source, id: &ApplicantId) -> Result<Vec<Link>, StoreError> {
    read_all(&db.all(OF_APPLICANT, args![id]).await?, read)
}

/// How many of a kind were made for an applicant after `since`.
pub async fn count(
    mut db: impl Source,
    id: &ApplicantId,
    kind: LinkKind,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let row = db.first(COUNT, args![id, kind.name(), since]).await?;
    row.map_or(Ok(0), |it| Record::new("applicant_links", "n", &it).count("n"))
}

/// Adds a link.
pub async fn insert(write: &mut Write, it: &Link) -> Result<(), StoreError> {
    let arguments = args![
        it.id,
        it.applicant,
        it.kind.name(),
        it.address,
        it.created_at,
        it.expires_at
    ];
    write.run(INSERT, arguments).await?;
    Ok(())
}

/// Ends every link of an applicant that is still good: one was used.
pub async fn end(write: &mut Write, id: &ApplicantId, now: Timestamp) -> Result<(), StoreError> {
    write.run(END, args![id, now]).await?;
    Ok(())
}

/// Forgets every link of an applicant.
pub async fn forget(write: &mut Write, id: &ApplicantId) -> Result<(), StoreError> {
    write.run(FORGET, args![id]).await?;
    Ok(())
}
