//! Applicants sign in and out: the same rules as for the city's own people, in sessions of their own.

use jiff::{SignedDuration, Timestamp};
use rules::{
    applicant::{Kind, LinkKind},
    ids::ApplicantId,
    password,
};
use serde_json::json;
use store::{
    EventKind, Write,
    applicants::{self, Applicant},
};

use super::{
    check_password, event, hash_password, hash_token, is_password,
    link::{NOBODY, write_link},
    mark, open, shown,
};
use crate::{City, Refused, people::random_token, vault::vault};

/// A session ends after this long without an act.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// A session ends this long after the sign-in, whatever happens.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);

/// The idle end is pushed back at most this often, so that looking at pages is not one write each.
const TOUCHED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Registrations that are removed in one go.
const OVERDUE_AT_ONCE: u32 = 500;

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

/// Opens a session. An unknown address, a wrong password and a locked account take as long and read the same.
pub async fn sign_in(city: &City, login: &str, password: &str, now: Timestamp) -> Result<SignedIn, Refused> {
    let vault = vault(city).await?;
    let row = applicants::by_mark(city.store.read(), &mark(vault, login)).await?;
    let row = judged(city, row.as_ref(), password, now).await?;
    let mut write = city.store.write().await?;
    if row.pending_until.is_some() {
        // Whoever knows the password registered the address, and may be told what it waits for.
        let until = now + LinkKind::Confirm.open_for();
        applicants::set_pending(&mut write, &row.id, Some(until)).await?;
        write_link(&mut write, vault, &row.id, LinkKind::Confirm, None, now).await?;
        let body = json!({ "link": LinkKind::Confirm });
        city.seal(write, event(EventKind::ApplicantLinkSent, &row.id, body, now))
            .await?;
        let words =
            "邮箱尚未确认。确认邮件已经发送，请打开邮件中的链接完成注册；没有收到的，请查看垃圾邮件箱。";
        return Err(Refused::forbidden("unconfirmed", words));
    }
    let signed = begin(&mut write, &row.id, now).await?;
    city.seal(
        write,
        event(EventKind::ApplicantSignedIn, &row.id, json!({}), now),
    )
    .await?;
    Ok(signed)
}

/// The applicant, where the password is his and the account is not locked; every other case is refused alike.
pub(super) async fn judged(
    city: &City,
    row: Option<&Applicant>,
    password: &str,
    now: Timestamp,
) -> Result<Applicant, Refused> {
    let is_right = is_password(password, row.map(|it| it.password_hash.clone())).await?;
    let is_locked = |it: &&Applicant| it.locked_until.is_some_and(|until| now < until);
    match row {
        Some(row) if is_right && !is_locked(&row) => Ok(row.clone()),
        row => Err(refuse(city, row.filter(|it| !is_locked(it)), now).await?),
    }
}

/// Records a refused sign-in; the wrong password that fills the measure locks the account for a while. Of an unknown
/// address too something is recorded, so that it takes as long.
async fn refuse(city: &City, row: Option<&Applicant>, now: Timestamp) -> Result<Refused, Refused> {
    let mut write = city.store.write().await?;
    let mut body = json!({});
    if let Some(row) = row {
        // Read again inside the write: two wrong passwords at once are two.
        let row = applicants::get(&mut write, &row.id).await?;
        let failures = row.failures + 1;
        let until = password::locked_until(u32::try_from(failures).unwrap_or(u32::MAX), now, now);
        let kept = if until.is_some() { 0 } else { failures };
        applicants::set_failures(&mut write, &row.id, kept, until).await?;
        body = json!({ "failures": failures, "locked": until.is_some() });
    }
    let nobody = ApplicantId(NOBODY.to_owned());
    let subject = row.map_or(&nobody, |it| &it.id);
    let event = event(EventKind::ApplicantSignInRefused, subject, body, now);
    city.seal(write, event).await?;
    Ok(wrong())
}

/// Begins a session inside a write.
pub(super) async fn begin(write: &mut Write, id: &ApplicantId, now: Timestamp) -> Result<SignedIn, Refused> {
    let (token, csrf) = (random_token(""), random_token(""));
    applicants::set_failures(write, id, 0, None).await?;
    let session = applicants::Session {
        token_hash: hash_token(&token),
        applicant: id.clone(),
        csrf: csrf.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now + IDLE,
    };
    applicants::insert_session(write, &session).await?;
    Ok(SignedIn { token, csrf })
}

fn wrong() -> Refused {
    let minutes = password::LOCKED_FOR.as_mins();
    let words = format!(
        "电子邮箱或密码不正确，请核对后重试。连续输错{}次的，{minutes}分钟内不能登录；忘记密码的，可以重设密码。",
        password::FAILURES_MAX
    );
    Refused::forbidden("wrong-password", words)
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

/// Forgets sessions that have ended, and registrations that were not confirmed in time; called now and then by the
/// binary.
pub async fn sweep(city: &City, now: Timestamp) -> Result<u64, Refused> {
    for id in applicants::overdue(city.store.read(), now, OVERDUE_AT_ONCE).await? {
        let mut write = city.store.write().await?;
        applicants::remove(&mut write, &id).await?;
        let body = json!({ "unconfirmed": true });
        city.seal(write, event(EventKind::ApplicantErased, &id, body, now))
            .await?;
    }
    Ok(applicants::sweep_sessions(&city.store, now).await?)
}
