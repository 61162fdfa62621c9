//! Accounts of people.

use jiff::Timestamp;
use rules::{
    ids::{OrgId, UserId},
    people::Role,
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, json, read_all},
};

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The name to sign in with; unique, case kept as written.
    pub login: String,
    /// The name people read.
    pub name: String,
    /// For whom the person works.
    pub org: OrgId,
    /// Charged with what.
    pub roles: Vec<Role>,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// Refused sign-ins since the last one that succeeded.
    pub failures: u64,
    /// Until when sign-ins are refused whatever the password.
    pub locked_until: Option<Timestamp>,
    /// Whether the account is closed.
    pub is_disabled: bool,
    /// Whether the person must choose a new password first.
    pub must_change: bool,
    /// Where notices are sent besides; none where the person gave no address.
    pub email: Option<String>,
    /// How often the account was changed by an administrator.
    pub revision: i64,
    /// When it was opened.
    pub created_at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, login, name, org, roles, password_hash, failures, locked_until, is_disabled, must_change, \
         email, revision, created_at"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM users WHERE id = $1");
    BY_LOGIN = concat!("SELECT ", columns!(), " FROM users WHERE login = $1");
    ALL = concat!("SELECT ", columns!(), " FROM users ORDER BY org, login");
    OF_ORG = concat!("SELECT ", columns!(), " FROM users WHERE org = $1 ORDER BY login");
    COUNT = "SELECT COUNT(*) AS n FROM users";
    INSERT = concat!("INSERT INTO users (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)");
    UPDATE = "UPDATE users SET name = $3, org = $4, roles = $5, is_disabled = $6, revision = revision + 1 \
        WHERE id = $1 AND revision = $2";
    SET_PASSWORD = "UPDATE users SET password_hash = $2, must_change = $3, failures = 0, locked_until = NULL \
        WHERE id = $1";
    SET_EMAIL = "UPDATE users SET email = $2 WHERE id = $1";
    STRANGER = "SELECT login_hash, failures, locked_until FROM strangers WHERE login_hash = $1";
    SET_STRANGER = "INSERT INTO strangers (login_hash, failures, locked_until, at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (login_hash) DO UPDATE SET failures = excluded.failures, \
        locked_until = excluded.locked_until, at = excluded.at";
    FORGET_STRANGERS = "DELETE FROM strangers WHERE at < $1";
    SET_FAILURES = "UPDATE users SET failures = $2, locked_until = $3 WHERE id = $1";
}

fn read(row: &AnyRow) -> Result<User, StoreError> {
    let it = Record::new("users", "id", row);
    Ok(User {
        id: UserId(it.text("id")?),
        login: it.text("login")?,
        name: it.text("name")?,
        org: OrgId(it.text("org")?),
        roles: it.json("roles")?,
        password_hash: it.text("password_hash")?,
        failures: it.count("failures")?,
        locked_until: it.moment_or_none("locked_until")?,
        is_disabled: it.flag("is_disabled")?,
        must_change: it.flag("must_change")?,
        email: it.text_or_none("email")?,
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
    })
}

/// The account, if there is one.
pub async fn find(mut db: impl Source, id: &UserId) -> Result<Option<User>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The account; an error where there is none.
pub async fn get(db: impl Source, id: &UserId) -> Result<User, StoreError> {
    find(db, id).await?.ok_or_else(|| StoreError::Missing {
        table: "users",
        id: id.0.clone(),
    })
}

/// The account that signs in as `login`.
pub async fn by_login(mut db: impl Source, login: &str) -> Result<Option<User>, StoreError> {
    db.first(BY_LOGIN, args![login])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Every account, by organisation and login.
pub async fn all(mut db: impl Source) -> Result<Vec<User>, StoreError> {
    read_all(&db.all(ALL, args![]).await?, read)
}

/// The accounts of one organisation, by login.
pub async fn of_org(mut db: impl Source, org: &OrgId) -> Result<Vec<User>, StoreError> {
    read_all(&db.all(OF_ORG, args![org]).await?, read)
}

/// How many accounts there are; 0 means that there is no administrator yet.
pub async fn count(mut db: impl Source) -> Result<u64, StoreError> {
    let row = db.first(COUNT, args![]).await?;
    row.map_or(Ok(0), |it| Record::new("users", "n", &it).count("n"))
}

/// Opens an account; its revision begins at 1 whatever `user` says.
pub async fn insert(write: &mut Write, user: &User) -> Result<(), StoreError> {
    let arguments = args![
        user.id,
        user.login,
        user.name,
        user.org,
        json(&user.roles),
        user.password_hash,
        user.failures,
        user.locked_until,
        user.is_disabled,
        user.must_change,
        user.email,
        user.created_at,
    ];
    write.run(INSERT, arguments).await?;
    write.touch(Noun::User, user.id.as_str());
    Ok(())
}

/// Changes name, organisation, roles and whether it is disabled, if the account is still at `revision`.
pub async fn update(write: &mut Write, revision: i64, user: &User) -> Result<(), StoreError> {
    let arguments = args![
        user.id,
        revision,
        user.name,
        user.org,
        json(&user.roles),
        user.is_disabled
    ];
    write
        .run_revised(UPDATE, arguments, "users", user.id.as_str())
        .await?;
    write.touch(Noun::User, user.id.as_str());
    Ok(())
}

/// Sets a password, and forgets refused sign-ins.
pub async fn set_password(
    write: &mut Write,
    id: &UserId,
    hash: &str,
    must_change: bool,
) -> Result<(), StoreError> {
    write.run(SET_PASSWORD, args![id, hash, must_change]).await?;
    Ok(())
}

/// Sets the address notices are sent to, or takes it away.
pub async fn set_email(write: &mut Write, id: &UserId, email: Option<&str>) -> Result<(), StoreError> {
    write.run(SET_EMAIL, args![id, email.map(str::to_owned)]).await?;
    write.touch(Noun::User, id.as_str());
    Ok(())
}

/// Notes refused sign-ins, or with 0 that one succeeded.
pub async fn set_failures(
    write: &mut Write,
    id: &UserId,
    failures: u64,
    locked_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    write.run(SET_FAILURES, args![id, failures, locked_until]).await?;
    Ok(())
}

/// Refused sign-ins with a login that nobody has, and until when it is locked.
pub async fn stranger(mut db: impl Source, login_hash: &str) -> Result<(u64, Option<Timestamp>), StoreError> {
    let Some(row) = db.first(STRANGER, args![login_hash]).await? else {
        return Ok((0, None));
    };
    let it = Record::new("strangers", "login_hash", &row);
    Ok((it.count("failures")?, it.moment_or_none("locked_until")?))
}

/// Notes a refused sign-in with a login that nobody has, and forgets those last tried before `forget`.
pub async fn set_stranger(
    write: &mut Write,
    login_hash: &str,
    failures: u64,
    locked_until: Option<Timestamp>,
    now: Timestamp,
    forget: Timestamp,
) -> Result<(), StoreError> {
    write.run(FORGET_STRANGERS, args![forget]).await?;
    write
        .run(SET_STRANGER, args![login_hash, failures, locked_until, now])
        .await?;
    Ok(())
}
