//! Signing in and out, and the session between.

use jiff::{SignedDuration, Timestamp};
use rules::{password, people::Actor};
use serde_json::json;
use store::{
    Event, EventKind, orgs, sessions,
    users::{self, User},
};

use super::secret::{hash_password, hash_token, is_password, random_token};
use crate::{City, Ctx, Refused, Status};

/// A session ends after this long without an act.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// A session ends this long after the sign-in, whatever happens.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);

/// The idle end is pushed back at most this often, so that looking at pages is not one write each.
const TOUCHED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What a successful sign-in gives. The token is shown to the browser once and stored hashed.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's token, for the cookie.
    pub token: String,
    /// The session's form token.
    pub csrf: String,
    /// Whether the password was set by somebody else and must be changed first.
    pub must_change_password: bool,
}

/// A live session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who acts.
    pub actor: Actor,
    /// The form token that every post of this session carries.
    pub csrf: String,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
}

/// How long a login that nobody has is remembered after the last try.
const STRANGERS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Opens a session. A login that nobody has takes as long as a wrong password, reads the same, and locks the same.
pub async fn sign_in(city: &City, login: &str, password: &str, now: Timestamp) -> Result<SignedIn, Refused> {
    let user = users::by_login(city.store.read(), login.trim()).await?;
    let hash = user.as_ref().map(|it| it.password_hash.clone());
    let is_right = is_password(password, hash).await?;
    let Some(user) = user else {
        return Err(count_stranger(city, login.trim(), now).await?);
    };
    if let Some(until) = user.locked_until.filter(|it| now < *it) {
        return Err(locked(until, now));
    }
    if !is_right {
        return Err(count_failure(city, &user, now).await?);
    }
    if user.is_disabled {
        return Err(Refused::forbidden(
            "account-disabled",
            "该账号已停用。如需恢复，请联系系统管理员。",
        ));
    }
    open(city, user, now).await
}

async fn open(city: &City, user: User, now: Timestamp) -> Result<SignedIn, Refused> {
    let (token, csrf) = (random_token(""), random_token(""));
    let mut write = city.store.write().await?;
    users::set_failures(&mut write, &user.id, 0, None).await?;
    let session = sessions::Session {
        token_hash: hash_token(&token),
        user: user.id.clone(),
        csrf: csrf.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now + IDLE,
    };
    sessions::insert(&mut write, &session).await?;
    city.seal(write, of(&user, EventKind::SignedIn, json!({}), now))
        .await?;
    Ok(SignedIn {
        token,
        csrf,
        must_change_password: user.must_change,
    })
}

/// Counts a wrong password; the one that fills the measure locks the account for a while.
async fn count_failure(city: &City, user: &User, now: Timestamp) -> Result<Refused, Refused> {
    let mut write = city.store.write().await?;
    // Read again inside the write: two wrong passwords at once are two.
    let user = users::get(&mut write, &user.id).await?;
    let failures = user.failures + 1;
    let until = password::locked_until(u32::try_from(failures).unwrap_or(u32::MAX), now, now);
    let kept = if until.is_some() { 0 } else { failures };
    users::set_failures(&mut write, &user.id, kept, until).await?;
    let body = json!({ "failures": failures, "locked": until.is_some() });
    city.seal(write, of(&user, EventKind::SignInRefused, body, now))
        .await?;
    Ok(until.map_or_else(wrong, |until| locked(until, now)))
}

/// Counts a sign-in with a login that nobody has as if somebody had it: the same words, after the same work.
async fn count_stranger(city: &City, login: &str, now: Timestamp) -> Result<Refused, Refused> {
    let hash = hash_token(login);
    let (_, locked_until) = users::stranger(city.store.read(), &hash).await?;
    if let Some(until) = locked_until.filter(|it| now < *it) {
        return Ok(locked(until, now));
    }
    let mut write = city.store.write().await?;
    let (failures, _) = users::stranger(&mut write, &hash).await?;
    let failures = failures + 1;
    let until = password::locked_until(u32::try_from(failures).unwrap_or(u32::MAX), now, now);
    let kept = if until.is_some() { 0 } else { failures };
    users::set_stranger(&mut write, &hash, kept, until, now, now - STRANGERS_KEPT).await?;
    // What was typed is not repeated: it may be a password in the wrong field.
    let event = Event {
        at_ms: now.as_millisecond(),
        actor: None,
        org: None,
        kind: EventKind::SignInRefused,
        subject: "unknown".to_owned(),
        body: json!({ "failures": failures, "locked": until.is_some() }),
    };
    city.seal(write, event).await?;
    Ok(until.map_or_else(wrong, |until| locked(until, now)))
}

fn of(user: &User, kind: EventKind, body: serde_json::Value, now: Timestamp) -> Event {
    Event {
        at_ms: now.as_millisecond(),
        actor: Some(user.id.clone()),
        org: Some(user.org.clone()),
        kind,
        subject: user.id.0.clone(),
        body,
    }
}

fn wrong() -> Refused {
    Refused::new(
        Status::Forbidden,
        "wrong-password",
        "账号或密码不正确。请核对后重试；忘记密码的，请联系系统管理员重置。",
    )
}

fn locked(until: Timestamp, now: Timestamp) -> Refused {
    let minutes = (until.duration_since(now).as_secs() + 59) / 60;
    let words =
        format!("密码连续输错次数过多，账号已锁定。请于{minutes}分钟后再试，或联系系统管理员重置密码。");
    Refused::forbidden("account-locked", words)
}

/// The session behind a cookie's token; none when it is unknown or over. Pushes its idle end back.
pub async fn session(city: &City, token: &str, now: Timestamp) -> Result<Option<Session>, Refused> {
    let hash = hash_token(token);
    let Some(session) = sessions::find(city.store.read(), &hash).await? else {
        return Ok(None);
    };
    let end = session.created_at + ABSOLUTE;
    if session.expires_at <= now || end <= now {
        return Ok(None);
    }
    let Some(user) = users::find(city.store.read(), &session.user)
        .await?
        .filter(|it| !it.is_disabled)
    else {
        return Ok(None);
    };
    if session.seen_at + TOUCHED_EVERY <= now {
        sessions::touch(&city.store, &hash, now, (now + IDLE).min(end)).await?;
    }
    let org = orgs::get(city.store.read(), &user.org).await?.org;
    let actor = Actor {
        user: user.id,
        name: user.name,
        org,
        roles: user.roles,
    };
    Ok(Some(Session {
        actor,
        csrf: session.csrf,
        must_change_password: user.must_change,
    }))
}

/// Ends a session; an unknown one has ended already.
pub async fn sign_out(city: &City, token: &str, now: Timestamp) -> Result<(), Refused> {
    let hash = hash_token(token);
    let Some(session) = sessions::find(city.store.read(), &hash).await? else {
        return Ok(());
    };
    let mut write = city.store.write().await?;
    let user = users::get(&mut write, &session.user).await?;
    sessions::delete(&mut write, &hash).await?;
    city.seal(write, of(&user, EventKind::SignedOut, json!({}), now))
        .await?;
    Ok(())
}

/// Changes the own password; every other session of this person ends, the one behind `token` goes on.
pub async fn change_password(
    city: &City,
    ctx: &Ctx,
    token: &str,
    old: &str,
    new: &str,
) -> Result<(), Refused> {
    let user = users::get(city.store.read(), &ctx.actor.user).await?;
    if !is_password(old, Some(user.password_hash.clone())).await? {
        return Err(Refused::field(
            "wrong-password",
            "old",
            "原密码不正确，请重新输入。",
        ));
    }
    if old == new {
        return Err(Refused::field("weak-password", "new", "新密码不能与原密码相同。"));
    }
    super::check_password("new", new, &user.login)?;
    let hash = hash_password(new).await?;
    let mut write = city.store.write().await?;
    users::set_password(&mut write, &user.id, &hash, false).await?;
    sessions::delete_of_user(&mut write, &user.id, &hash_token(token)).await?;
    city.seal(
        write,
        ctx.event(EventKind::PasswordChanged, user.id.as_str(), json!({})),
    )
    .await?;
    Ok(())
}

/// Forgets sessions that have ended; called now and then by the binary.
pub async fn sweep(city: &City, now: Timestamp) -> Result<u64, Refused> {
    Ok(sessions::sweep(&city.store, now).await?)
}
