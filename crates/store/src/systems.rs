//! Systems of agencies that call the gateway, and their application keys.

use jiff::Timestamp;
use rules::ids::{KeyId, OrgId, SystemId};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, read_all},
};

/// A system as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Its id.
    pub id: SystemId,
    /// Whose it is.
    pub org: OrgId,
    /// Its name, unique within the organisation.
    pub name: String,
    /// What it does, in the organisation's words.
    pub note: String,
    /// How often it was changed.
    pub revision: i64,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// An application key as it is stored: the secret itself is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// The system that calls with it.
    pub system: SystemId,
    /// SHA-256 of the secret, hexadecimal.
    pub hash: String,
    /// The first characters of the secret, by which people tell keys apart.
    pub prefix: String,
    /// What people call it.
    pub label: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key with the system and organisation it speaks for: all that authenticating a call needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The key.
    pub key: Key,
    /// Its system's name.
    pub system_name: String,
    /// The organisation.
    pub org: OrgId,
}

impl Key {
    /// Whether it may still be called with at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

macro_rules! system_columns {
    () => {
        "id, org, name, note, revision, created_at"
    };
}

macro_rules! key_columns {
    () => {
        "k.id, k.system_id, k.hash, k.prefix, k.label, k.created_at, k.expires_at, k.revoked_at"
    };
}

macro_rules! key_owners {
    () => {
        concat!(
            "SELECT ",
            key_columns!(),
            ", s.name AS system_name, s.org \
            FROM system_keys k JOIN systems s ON s.id = k.system_id "
        )
    };
}

statements! {
    FIND = concat!("SELECT ", system_columns!(), " FROM systems WHERE id = $1");
    OF_ORG = concat!("SELECT ", system_columns!(), " FROM systems WHERE org = $1 ORDER BY name");
    INSERT = concat!("INSERT INTO systems (", system_columns!(), ") VALUES ($1, $2, $3, $4, 1, $5)");
    UPDATE = "UPDATE systems SET name = $3, note = $4, revision = revision + 1 WHERE id = $1 AND revision = $2";
    KEYS = concat!("SELECT ", key_columns!(), " FROM system_keys k WHERE k.system_id = $1 \
        ORDER BY k.created_at DESC, k.id DESC");
    KEY = concat!(key_owners!(), "WHERE k.id = $1");
    KEY_BY_HASH = concat!(key_owners!(), "WHERE k.hash = $1");
    KEYS_UNREVOKED = concat!(key_owners!(), "WHERE k.revoked_at IS NULL AND k.expires_at > $1 ORDER BY k.id");
    KEYS_OF_SYSTEM = concat!(key_owners!(), "WHERE k.system_id = $1 ORDER BY k.id");
    INSERT_KEY = "INSERT INTO system_keys (id, system_id, hash, prefix, label, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    REVOKE = "UPDATE system_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
}

fn read(row: &AnyRow) -> Result<System, StoreError> {
    let it = Record::new("systems", "id", row);
    Ok(System {
        id: SystemId(it.text("id")?),
        org: OrgId(it.text("org")?),
        name: it.text("name")?,
        note: it.text("note")?,
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
    })
}

fn read_key(row: &AnyRow) -> Result<Key, StoreError> {
    let it = Record::new("system_keys", "id", row);
    Ok(Key {
        id: KeyId(it.text("id")?),
        system: SystemId(it.text("system_id")?),
        hash: it.text("hash")?,
        prefix: it.text("prefix")?,
        label: it.text("label")?,
        created_at: it.moment("created_at")?,
        expires_at: it.moment("expires_at")?,
        revoked_at: it.moment_or_none("revoked_at")?,
    })
}

fn read_owner(row: &AnyRow) -> Result<KeyOwner, StoreError> {
    let it = Record::new("system_keys", "id", row);
    Ok(KeyOwner {
        key: read_key(row)?,
        system_name: it.text("system_name")?,
        org: OrgId(it.text("org")?),
    })
}

/// The system, if there is one.
pub async fn find(mut db: impl Source, id: &SystemId) -> Result<Option<System>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The systems of an organisation, by name.
pub async fn of_org(mut db: impl Source, org: &OrgId) -> Result<Vec<System>, StoreError> {
    read_all(&db.all(OF_ORG, args![org]).await?, read)
}

/// Registers a system; its revision begins at 1.
pub async fn insert(write: &mut Write, system: &System) -> Result<(), StoreError> {
    let arguments = args![system.id, system.org, system.name, system.note, system.created_at];
    write.run(INSERT, arguments).await?;
    write.touch(Noun::System, system.id.as_str());
    Ok(())
}

/// Changes the name and note of a system that is still at `revision`.
pub async fn update(write: &mut Write, revision: i64, system: &System) -> Result<(), StoreError> {
    let arguments = args![system.id, revision, system.name, system.note];
    write
        .run_revised(UPDATE, arguments, "systems", system.id.as_str())
        .await?;
    write.touch(Noun::System, system.id.as_str());
    Ok(())
}

/// The keys of a system, newest first, dead ones too.
pub async fn keys(mut db: impl Source, system: &SystemId) -> Result<Vec<Key>, StoreError> {
    read_all(&db.all(KEYS, args![system]).await?, read_key)
}

/// The key, with whom it speaks for.
pub async fn key(mut db: impl Source, id: &KeyId) -> Result<Option<KeyOwner>, StoreError> {
    db.first(KEY, args![id])
        .await?
        .as_ref()
        .map(read_owner)
        .transpose()
}

/// The key whose secret has this hash, live or not.
pub async fn key_by_hash(mut db: impl Source, hash: &str) -> Result<Option<KeyOwner>, StoreError> {
    db.first(KEY_BY_HASH, args![hash])
        .await?
        .as_ref()
        .map(read_owner)
        .transpose()
}

/// Every key that is live at `now`: the gateway's snapshot at start-up.
pub async fn live_keys(mut db: impl Source, now: Timestamp) -> Result<Vec<KeyOwner>, StoreError> {
    read_all(&db.all(KEYS_UNREVOKED, args![now]).await?, read_owner)
}

/// The keys of one system with whom they speak for: the gateway's snapshot after a change.
pub async fn key_owners(mut db: impl Source, system: &SystemId) -> Result<Vec<KeyOwner>, StoreError> {
    read_all(&db.all(KEYS_OF_SYSTEM, args![system]).await?, read_owner)
}

/// Issues a key.
pub async fn insert_key(write: &mut Write, key: &Key) -> Result<(), StoreError> {
    let arguments = args![
        key.id,
        key.system,
        key.hash,
        key.prefix,
        key.label,
        key.created_at,
        key.expires_at
    ];
    write.run(INSERT_KEY, arguments).await?;
    write.touch(Noun::System, key.system.as_str());
    Ok(())
}

/// Revokes a key for good. Whether it was not revoked before.
pub async fn revoke_key(write: &mut Write, key: &Key, now: Timestamp) -> Result<bool, StoreError> {
    let done = write.run(REVOKE, args![key.id, now]).await?;
    write.touch(Noun::System, key.system.as_str());
    Ok(done > 0)
}
