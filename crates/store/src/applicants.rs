//! Applicants (申请人): citizens and organisations that register on the open platform, and their sessions.
//!
//! What they register about themselves reaches this module sealed; only its length can be read here.

use jiff::Timestamp;
use rules::{applicant::Kind, ids::ApplicantId};
use sqlx::any::AnyRow;

use crate::{
    Source, Store, StoreError, Write, applicant_links, notices,
    sql::{Record, read_all},
};

/// An applicant as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// Its id.
    pub id: ApplicantId,
    /// The number that texts name it by, such as 户〔2026〕000012.
    pub number: String,
    /// A person or an organisation.
    pub kind: Kind,
    /// The keyed hash of what is typed to sign in; none after an erasure.
    pub login_mark: Option<String>,
    /// What was registered, sealed; none after an erasure.
    pub details: Option<String>,
    /// Argon2id; empty after an erasure.
    pub password_hash: String,
    /// Which edition of the terms of use was consented to.
    pub consent: String,
    /// Wrong passwords in a row.
    pub failures: u64,
    /// Until when sign-in is refused.
    pub locked_until: Option<Timestamp>,
    /// How often it was changed.
    pub revision: i64,
    /// When it registered.
    pub created_at: Timestamp,
    /// When it last changed something.
    pub changed_at: Timestamp,
    /// When everything personal was erased.
    pub erased_at: Option<Timestamp>,
    /// Until when the registration waits for its address to be confirmed; none where it does not.
    pub pending_until: Option<Timestamp>,
}

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// Who signed in.
    pub applicant: ApplicantId,
    /// The word that every form of this session carries.
    pub csrf: String,
    /// When the applicant signed in.
    pub created_at: Timestamp,
    /// When the session was last used, to the minute or so.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, number, kind, login_mark, details, password_hash, consent, failures, locked_until, revision, \
         created_at, changed_at, erased_at, pending_until"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM applicants WHERE id = $1");
    BY_MARK = concat!("SELECT ", columns!(), " FROM applicants WHERE login_mark = $1");
    PRESENT = "SELECT id FROM applicants WHERE erased_at IS NULL AND id > $1 ORDER BY id LIMIT $2";
    INSERT = "INSERT INTO applicants (id, number, kind, login_mark, details, password_hash, consent, failures, \
        revision, created_at, changed_at, pending_until) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, $8, $8, $9)";
    SET_PENDING = "UPDATE applicants SET pending_until = $2 WHERE id = $1";
    OVERDUE = "SELECT id FROM applicants WHERE pending_until < $1 ORDER BY id LIMIT $2";
    REMOVE = "DELETE FROM applicants WHERE id = $1 AND pending_until IS NOT NULL";
    UPDATE = "UPDATE applicants SET login_mark = $3, details = $4, changed_at = $5, revision = revision + 1 \
        WHERE id = $1 AND revision = $2 AND erased_at IS NULL";
    ERASE = "UPDATE applicants SET login_mark = NULL, details = NULL, password_hash = '', failures = 0, \
        locked_until = NULL, changed_at = $2, erased_at = $2, revision = revision + 1 WHERE id = $1";
    SET_PASSWORD = "UPDATE applicants SET password_hash = $2, failures = 0, locked_until = NULL WHERE id = $1";
    SET_FAILURES = "UPDATE applicants SET failures = $2, locked_until = $3 WHERE id = $1";
    SESSION = "SELECT token_hash, applicant, csrf, created_at, seen_at, expires_at FROM applicant_sessions \
        WHERE token_hash = $1";
    SESSIONS = "SELECT token_hash, applicant, csrf, created_at, seen_at, expires_at FROM applicant_sessions \
        WHERE applicant = $1 ORDER BY created_at DESC";
    INSERT_SESSION = "INSERT INTO applicant_sessions (token_hash, applicant, csrf, created_at, seen_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    END_SESSION = "DELETE FROM applicant_sessions WHERE token_hash = $1";
    END_SESSIONS = "DELETE FROM applicant_sessions WHERE applicant = $1 AND token_hash <> $2";
    TOUCH = "UPDATE applicant_sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1 AND seen_at < $2";
    SWEEP = "DELETE FROM applicant_sessions WHERE expires_at < $1";
}

fn read(row: &AnyRow) -> Result<Applicant, StoreError> {
    let it = Record::new("applicants", "id", row);
    Ok(Applicant {
        id: ApplicantId(it.text("id")?),
        number: it.text("number")?,
        kind: it.word("kind", Kind::parse)?,
        login_mark: it.text_or_none("login_mark")?,
        details: it.text_or_none("details")?,
        password_hash: it.text("password_hash")?,
        consent: it.text("consent")?,
        failures: it.count("failures")?,
        locked_until: it.moment_or_none("locked_until")?,
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
        changed_at: it.moment("changed_at")?,
        erased_at: it.moment_or_none("erased_at")?,
        pending_until: it.moment_or_none("pending_until")?,
    })
}

/// The applicant, if there is one.
pub async fn find(mut db: impl Source, id: &ApplicantId) -> Result<Option<Applicant>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The applicant; an error where there is none.
pub async fn get(db: impl Source, id: &ApplicantId) -> Result<Applicant, StoreError> {
    find(db, id).await?.ok_or_else(|| StoreError::Missing {
        table: "applicants",
        id: id.0.clone(),
    })
}

/// The applicant that signs in with what `mark` is the keyed hash of.
pub async fn by_mark(mut db: impl Source, mark: &str) -> Result<Option<Applicant>, StoreError> {
    db.first(BY_MARK, args![mark])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Ids of applicants that are not erased, after `after` (empty at first): to tell all of them something.
pub async fn present(mut db: impl Source, after: &str, limit: u32) -> Result<Vec<ApplicantId>, StoreError> {
    read_all(&db.all(PRESENT, args![after, i64::from(limit)]).await?, |row| {
        Ok(ApplicantId(Record::new("applicants", "id", row).text("id")?))
    })
}

/// The next number of a series such as 户 in a year: `户〔2026〕000012`. Each is given once, without gaps.
pub async fn next_number(write: &mut Write, series: &str, year: i16) -> Result<String, StoreError> {
    let n = write.count_up(&format!("open/{series}/{year}")).await?;
    Ok(format!("{series}〔{year}〕{n:06}"))
}

/// Registers an applicant, at revision 1. Refused as taken where the login is another's.
pub async fn insert(write: &mut Write, it: &Applicant) -> Result<(), StoreError> {
    let arguments = args![
        it.id,
        it.number,
        it.kind.name(),
        it.login_mark,
        it.details,
        it.password_hash,
        it.consent,
        it.created_at,
        it.pending_until,
    ];
    write.run(INSERT, arguments).await?;
    Ok(())
}

/// Notes until when a registration waits for its address to be confirmed; none: it is confirmed.
pub async fn set_pending(
    write: &mut Write,
    id: &ApplicantId,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    write.run(SET_PENDING, args![id, until]).await?;
    Ok(())
}

/// Registrations whose address was not confirmed in time.
pub async fn overdue(
    mut db: impl Source,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<ApplicantId>, StoreError> {
    read_all(&db.all(OVERDUE, args![now, i64::from(limit)]).await?, |row| {
        Ok(ApplicantId(Record::new("applicants", "id", row).text("id")?))
    })
}

/// Removes a registration that was never confirmed, as if it had not been.
pub async fn remove(write: &mut Write, id: &ApplicantId) -> Result<(), StoreError> {
    notices::forget(write, id.as_str()).await?;
    applicant_links::forget(write, id).await?;
    write.run(REMOVE, args![id]).await?;
    Ok(())
}

/// Changes what was registered, if the applicant is still at `revision`.
pub async fn update(
    write: &mut Write,
    id: &ApplicantId,
    revision: i64,
    mark: &str,
    details: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    write
        .run_revised(
            UPDATE,
            args![id, revision, mark, details, now],
            "applicants",
            id.as_str(),
        )
        .await
}

/// Erases everything personal, and ends every session.
pub async fn erase(write: &mut Write, id: &ApplicantId, now: Timestamp) -> Result<(), StoreError> {
    write.run(END_SESSIONS, args![id, ""]).await?;
    applicant_links::forget(write, id).await?;
    write.run(ERASE, args![id, now]).await?;
    Ok(())
}

/// Sets a password, and forgets refused sign-ins.
pub async fn set_password(write: &mut Write, id: &ApplicantId, hash: &str) -> Result<(), StoreError> {
    write.run(SET_PASSWORD, args![id, hash]).await?;
    Ok(())
}

/// Notes refused sign-ins, or with 0 that one succeeded.
pub async fn set_failures(
    write: &mut Write,
    id: &ApplicantId,
    failures: u64,
    locked_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    write.run(SET_FAILURES, args![id, failures, locked_until]).await?;
    Ok(())
}

/// The session of a token, expired or not.
pub async fn session(mut db: impl Source, token_hash: &str) -> Result<Option<Session>, StoreError> {
    let row = db.first(SESSION, args![token_hash]).await?;
    row.as_ref().map(read_session).transpose()
}

/// The sessions of an applicant that were not ended, the newest first.
pub async fn sessions_of(mut db: impl Source, id: &ApplicantId) -> Result<Vec<Session>, StoreError> {
    read_all(&db.all(SESSIONS, args![id]).await?, read_session)
}

fn read_session(row: &AnyRow) -> Result<Session, StoreError> {
    let it = Record::new("applicant_sessions", "applicant", row);
    Ok(Session {
        token_hash: it.text("token_hash")?,
        applicant: ApplicantId(it.text("applicant")?),
        csrf: it.text("csrf")?,
        created_at: it.moment("created_at")?,
        seen_at: it.moment("seen_at")?,
        expires_at: it.moment("expires_at")?,
    })
}

/// Begins a session.
pub async fn insert_session(write: &mut Write, session: &Session) -> Result<(), StoreError> {
    let arguments = args![
        session.token_hash,
        session.applicant,
        session.csrf,
        session.created_at,
        session.seen_at,
        session.expires_at,
    ];
    write.run(INSERT_SESSION, arguments).await?;
    Ok(())
}

/// Ends a session.
pub async fn end_session(write: &mut Write, token_hash: &str) -> Result<(), StoreError> {
    write.run(END_SESSION, args![token_hash]).await?;
    Ok(())
}

/// Ends every session of an applicant but the one of `keep_hash` (which may be empty): after a new password.
pub async fn end_sessions(write: &mut Write, id: &ApplicantId, keep_hash: &str) -> Result<(), StoreError> {
    write.run(END_SESSIONS, args![id, keep_hash]).await?;
    Ok(())
}

/// Notes that a session is in use, and moves its end. A write without an event: being signed in is no act.
pub async fn touch_session(
    store: &Store,
    token_hash: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    sqlx::query_with(TOUCH, args![token_hash, now, expires_at])
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Forgets sessions that ended before `now`. A write without an event: they ended by themselves.
pub async fn sweep_sessions(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let done = sqlx::query_with(SWEEP, args![now]).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
