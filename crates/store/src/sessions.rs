//! Sessions of signed-in people. Only the hash of a token is kept.

use jiff::Timestamp;
use rules::ids::UserId;
use sqlx::any::AnyRow;

use crate::{Source, Store, StoreError, Write, sql::Record};

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// Who signed in.
    pub user: UserId,
    /// The word that every form of this session carries.
    pub csrf: String,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the session was last used, to the minute or so.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

statements! {
    FIND = "SELECT token_hash, user_id, csrf, created_at, seen_at, expires_at FROM sessions WHERE token_hash = $1";
    INSERT = "INSERT INTO sessions (token_hash, user_id, csrf, created_at, seen_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    DELETE = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_OF_USER = "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2";
    TOUCH = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1 AND seen_at < $2";
    SWEEP = "DELETE FROM sessions WHERE expires_at < $1";
}

fn read(row: &AnyRow) -> Result<Session, StoreError> {
    // The record is named by its user: a token's hash has no place in an error.
    let it = Record::new("sessions", "user_id", row);
    Ok(Session {
        token_hash: it.text("token_hash")?,
        user: UserId(it.text("user_id")?),
        csrf: it.text("csrf")?,
        created_at: it.moment("created_at")?,
        seen_at: it.moment("seen_at")?,
        expires_at: it.moment("expires_at")?,
    })
}

/// The session of a token, expired or not.
pub async fn find(mut db: impl Source, token_hash: &str) -> Result<Option<Session>, StoreError> {
    db.first(FIND, args![token_hash])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Begins a session.
pub async fn insert(write: &mut Write, session: &Session) -> Result<(), StoreError> {
    let arguments = args![
        session.token_hash,
        session.user,
        session.csrf,
        session.created_at,
        session.seen_at,
        session.expires_at,
    ];
    write.run(INSERT, arguments).await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(write: &mut Write, token_hash: &str) -> Result<(), StoreError> {
    write.run(DELETE, args![token_hash]).await?;
    Ok(())
}

/// Ends every session of a person but the one of `keep_hash` (which may be empty): after a new password.
pub async fn delete_of_user(write: &mut Write, user: &UserId, keep_hash: &str) -> Result<(), StoreError> {
    write.run(DELETE_OF_USER, args![user, keep_hash]).await?;
    Ok(())
}

/// Notes that a session is in use, and moves its end.
///
/// A write without an event: being signed in is no act. Call it when a minute or more has passed since
/// `seen_at`, not on every page.
pub async fn touch(
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
pub async fn sweep(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let done = sqlx::query_with(SWEEP, args![now]).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
