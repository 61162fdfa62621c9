//! 应用系统: an agency's own software, and the keys it calls the gateway with.

use jiff::{SignedDuration, Timestamp};
use rules::{
    ids::{KeyId, SystemId},
    permission::{Action, Subject},
};
use serde_json::json;
use store::{
    EventKind, StoreError, Write,
    systems::{self, Key, System},
};

use crate::{
    City, Ctx, Refused,
    people::{hash_token, random_token},
};

/// What is not there, or is another organisation's.
const SYSTEM: &str = "该应用系统";
const KEY: &str = "该密钥";

/// One system with its keys.
#[derive(Clone, Debug)]
pub struct SystemView {
    /// Its id.
    pub id: SystemId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Its keys, the newest first.
    pub keys: Vec<KeyLine>,
    /// Why no further key can be made now; none where one can.
    pub why_no_key: Option<String>,
}

rules::words! {
    /// Whether a key opens the gateway.
    pub enum KeyState {
        /// It does.
        Live = "live" "有效",
        /// It ran out.
        Expired = "expired" "已过期",
        /// It was withdrawn.
        Revoked = "revoked" "已吊销",
    }
}

/// One application key, without its secret.
#[derive(Clone, Debug)]
pub struct KeyLine {
    /// Its id.
    pub id: KeyId,
    /// Its first characters, to tell two keys apart.
    pub shown: String,
    /// What it is used for, in the engineer's words.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// Whether it opens the gateway.
    pub state: KeyState,
}

/// A key just made: the only time its secret is seen.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its id.
    pub id: KeyId,
    /// `yk_` and 43 characters; stored only as a hash.
    pub secret: String,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// Live keys a system may have at a time: the old one and the one that replaces it.
pub const LIVE_KEYS_MAX: usize = 2;

/// The longest time a key may be valid, in days.
pub const KEY_DAYS_MAX: u16 = 366;

/// What every application key begins with, so that one found in a file or a log is known for what it is.
const KEY_PREFIX: &str = "yk_";

/// Characters of a key that lists show, for people to tell two apart.
const SHOWN: usize = 8;

/// The hash of an application key as it is stored; calls are authenticated by it.
pub(crate) fn hash_key(secret: &str) -> String {
    hash_token(secret)
}

/// The systems of the own organisation.
pub async fn list(city: &City, ctx: &Ctx) -> Result<Vec<SystemView>, Refused> {
    ctx.may(Action::SeeSystems, &Subject::org(&ctx.actor.org))?;
    let mut views = Vec::new();
    for system in systems::of_org(city.store.read(), &ctx.actor.org.id).await? {
        let keys = systems::keys(city.store.read(), &system.id).await?;
        let live = keys.iter().filter(|it| it.is_live(ctx.now)).count();
        views.push(SystemView {
            id: system.id,
            name: system.name,
            note: system.note,
            created_at: system.created_at,
            why_no_key: (live >= LIVE_KEYS_MAX).then(too_many),
            keys: keys.into_iter().map(|it| line(it, ctx.now)).collect(),
        });
    }
    Ok(views)
}

fn line(key: Key, now: Timestamp) -> KeyLine {
    let state = match key.revoked_at {
        Some(_) => KeyState::Revoked,
        None if key.expires_at <= now => KeyState::Expired,
        None => KeyState::Live,
    };
    KeyLine {
        id: key.id,
        shown: key.prefix,
        label: key.label,
        created_at: key.created_at,
        expires_at: key.expires_at,
        state,
    }
}

fn too_many() -> String {
    format!("同一应用系统最多同时有{LIVE_KEYS_MAX}个有效密钥。请先吊销不再使用的密钥。")
}

/// Registers a system of the own organisation.
pub async fn create(city: &City, ctx: &Ctx, name: &str, note: &str) -> Result<SystemId, Refused> {
    ctx.may(Action::ManageSystems, &Subject::org(&ctx.actor.org))?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Refused::field(
            "bad-name",
            "name",
            "请填写应用系统名称，不超过60个字。",
        ));
    }
    let system = System {
        id: SystemId(store::fresh_id(ctx.now)),
        org: ctx.actor.org.id.clone(),
        name: name.to_owned(),
        note: note.trim().to_owned(),
        revision: 1,
        created_at: ctx.now,
    };
    let mut write = city.store.write().await?;
    systems::insert(&mut write, &system)
        .await
        .map_err(|error| match error {
            StoreError::Taken { .. } => {
                Refused::field("taken", "name", "本单位已有同名应用系统，请换一个名称。")
            }
            other => other.into(),
        })?;
    let event = ctx.event(
        EventKind::SystemCreated,
        system.id.as_str(),
        json!({ "name": system.name }),
    );
    city.seal(write, event).await?;
    Ok(system.id)
}

/// Makes a key that is valid for `days`; the secret is in the answer and nowhere else.
pub async fn new_key(
    city: &City,
    ctx: &Ctx,
    system: &SystemId,
    label: &str,
    days: u16,
) -> Result<NewKey, Refused> {
    if !(1..=KEY_DAYS_MAX).contains(&days) {
        let words = format!("有效期应为1至{KEY_DAYS_MAX}天。到期前可换发新密钥。");
        return Err(Refused::field("bad-days", "days", words));
    }
    let mut write = city.store.write().await?;
    own(&mut write, ctx, system, SYSTEM).await?;
    let keys = systems::keys(&mut write, system).await?;
    if keys.iter().filter(|it| it.is_live(ctx.now)).count() >= LIVE_KEYS_MAX {
        return Err(Refused::conflict("too-many-keys", too_many()));
    }
    let secret = random_token(KEY_PREFIX);
    let key = Key {
        id: KeyId(store::fresh_id(ctx.now)),
        system: system.clone(),
        hash: hash_key(&secret),
        prefix: secret.chars().take(SHOWN).collect(),
        label: label.trim().to_owned(),
        created_at: ctx.now,
        expires_at: ctx.now + SignedDuration::from_hours(24 * i64::from(days)),
        revoked_at: None,
    };
    systems::insert_key(&mut write, &key).await?;
    let body = json!({ "key": key.id, "expires": key.expires_at });
    city.seal(write, ctx.event(EventKind::KeyIssued, system.as_str(), body))
        .await?;
    city.gate.refresh().await?;
    Ok(NewKey {
        id: key.id,
        secret,
        expires_at: key.expires_at,
    })
}

/// Withdraws a key: the next call with it is refused. Withdrawing it again changes nothing.
pub async fn revoke_key(city: &City, ctx: &Ctx, key: &KeyId) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let found = systems::key(&mut write, key)
        .await?
        .ok_or_else(|| Refused::not_found(KEY))?;
    own(&mut write, ctx, &found.key.system, KEY).await?;
    if !systems::revoke_key(&mut write, &found.key, ctx.now).await? {
        return Ok(());
    }
    let event = ctx.event(
        EventKind::KeyRevoked,
        found.key.system.as_str(),
        json!({ "key": key }),
    );
    city.seal(write, event).await?;
    city.gate.refresh().await?;
    Ok(())
}

/// The system, if it is the own organisation's and this person keeps its keys; another's reads as if there were no
/// such `what`.
async fn own(write: &mut Write, ctx: &Ctx, system: &SystemId, what: &str) -> Result<(), Refused> {
    let found = systems::find(&mut *write, system).await?;
    if found.is_none_or(|it| it.org != ctx.actor.org.id) {
        return Err(Refused::not_found(what));
    }
    ctx.may(Action::ManageSystems, &Subject::org(&ctx.actor.org))
}
