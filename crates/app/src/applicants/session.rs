//! Applicants sign in and out: the same rules as for the city's own people, in sessions of their own.

use jiff::{SignedDuration, Timestamp};
use rules::{applicant::Kind, ids::ApplicantId, password};
use serde_json::json;
use store::{
    EventKind,
    applicants::{self, Applicant},
};

use super::{check_password, event, hash_password, hash_token, is_password, mark, open, shown};
use crate::{City, Refused, people::random_token, vault::vault};

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
}

/// A signed-in applicant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The id.
    pub id: ApplicantId,
    /// The number that texts name the applicant by.
    pub number: String,
    /// A person or an organisation.
    pub kind: Kind,
    /// The veiled name, for the page's header.
    pub shown: String,
    /// The form token that every post of this session carries.
    pub csrf: String,
}

/// Opens a session. An unknown address takes as long as a wrong password and reads the same.
pub async fn sign_in(city: &City, login: &str, password: &str, now: Timestamp) -> Result<SignedIn, Refused> {
    let login = mark(vault(city).await?, login);
    let row = applicants::by_mark(city.store.read(), &login).await?;
    let is_right = is_password(password, row.as_ref().map(|it| it.password_hash.clone())).await?;
    let Some(row) = row else { return Err(wrong()) };
    if let Some(until) = row.locked_until.filter(|it| now < *it) {
        return Err(locked(until, now));
    }
    if !is_right {
        return Err(count_failure(city, &row, now).await?);
    }
    let (token, csrf) = (random_token(""), random_token(""));
    let mut write = city.store.write().await?;
    applicants::set_failures(&mut write, &row.id, 0, None).await?;
    let session = applicants::Session {
        token_hash: hash_token(&token),
        applicant: row.id.clone(),
        csrf: csrf.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now + IDLE,
    };
    applicants::insert_session(&mut write, &session).await?;
    city.seal(
        write,
        event(EventKind::ApplicantSignedIn, &row.id, json!({}), now),
    )
    .await?;
    Ok(SignedIn { token, csrf })
}

/// Counts a wrong password; the one that fills the measure locks the account for a while.
async fn count_failure(city: &City, row: &Applicant, now: Timestamp) -> Result<Refused, Refused> {
    let mut write = city.store.write().await?;
    // Read again inside the write: two wrong passwords at once are two.
    let row = applicants::get(&mut write, &row.id).await?;
    let failures = row.failures + 1;
    let until = password::locked_until(u32::try_from(failures).unwrap_or(u32::MAX), now, now);
    let kept = if until.is_some() { 0 } else { failures };
    applicants::set_failures(&mut write, &row.id, kept, until).await?;
    let body = json!({ "failures": failures, "locked": until.is_some() });
    city.seal(
        write,
        event(EventKind::ApplicantSignInRefused, &row.id, body, now),
    )
    .await?;
    Ok(until.map_or_else(wrong, |until| locked(until, now)))
}

fn wrong() -> Refused {
    Refused::forbidden("wrong-password", "电子邮箱或密码不正确，请核对后重试。")
}

fn locked(until: Timestamp, now: Timestamp) -> Refused {
    let minutes = (until.duration_since(now).as_secs() + 59) / 60;
    let words = format!("密码连续输错次数过多，账号已锁定，请于{minutes}分钟后再试。");
    Refused::forbidden("account-locked", words)
}

/// The applicant behind a cookie's token; none when it is unknown or over. Pushes its idle end back.
pub async fn session(city: &City, token: &str, now: Timestamp) -> Result<Option<Me>, Refused> {
    let hash = hash_token(token);
    let Some(session) = applicants::session(city.store.read(), &hash).await? else {
        return Ok(None);
    };
    let end = session.created_at + ABSOLUTE;
    if session.expires_at <= now || end <= now {
        return Ok(None);
    }
    let row = applicants::get(city.store.read(), &session.applicant).await?;
    let details = open(vault(city).await?, &row)?;
    if session.seen_at + TOUCHED_EVERY <= now {
        applicants::touch_session(&city.store, &hash, now, (now + IDLE).min(end)).await?;
    }
    Ok(details.is_some().then(|| Me {
        shown: shown(&details),
        id: row.id,
        number: row.number,
        kind: row.kind,
        csrf: session.csrf,
    }))
}

/// Ends a session; an unknown one has ended already.
pub async fn sign_out(city: &City, token: &str, now: Timestamp) -> Result<(), Refused> {
    let hash = hash_token(token);
    let Some(session) = applicants::session(city.store.read(), &hash).await? else {
        return Ok(());
    };
    let mut write = city.store.write().await?;
    applicants::end_session(&mut write, &hash).await?;
    let event = event(EventKind::ApplicantSignedOut, &session.applicant, json!({}), now);
    city.seal(write, event).await?;
    Ok(())
}

/// Changes the password; every other session ends, the one behind `token` goes on.
pub async fn change_password(
    city: &City,
    me: &Me,
    token: &str,
    (old, new): (&str, &str),
    now: Timestamp,
) -> Result<(), Refused> {
    let row = applicants::get(city.store.read(), &me.id).await?;
    if !is_password(old, Some(row.password_hash.clone())).await? {
        let words = "原密码不正确，请重新输入。";
        return Err(Refused::field("wrong-password", "old", words));
    }
    let email = open(vault(city).await?, &row)?.map_or_else(String::new, |it| it.email);
    check_password("new", new, &email)?;
    let hash = hash_password(new).await?;
    let mut write = city.store.write().await?;
    applicants::set_password(&mut write, &me.id, &hash).await?;
    applicants::end_sessions(&mut write, &me.id, &hash_token(token)).await?;
    let body = json!({ "changed": "password" });
    city.seal(write, event(EventKind::ApplicantChanged, &me.id, body, now))
        .await?;
    Ok(())
}

/// Forgets sessions that have ended; called now and then by the binary.
pub async fn sweep(city: &City, now: Timestamp) -> Result<u64, Refused> {
    Ok(applicants::sweep_sessions(&city.store, now).await?)
}
