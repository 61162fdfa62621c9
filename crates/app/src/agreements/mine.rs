//! Agreements on the applicant's own pages: read, accept, take keys and stop them, end.

use jiff::{Timestamp, civil::Date};
use rules::{
    agreement, calendar,
    grant::GrantState,
    ids::{AgreementId, CaseId, KeyId},
};
use serde_json::json;
use store::{
    EventKind, Source, Write,
    agreements::{self, Agreement, Filter, Key, Line},
    applicants,
};

use super::state_words;
use crate::{
    City, Refused,
    applicants::{Me, event, open},
    notices::{NoticeKind, To, tell},
    people::{hash_token, random_token},
    systems::LIVE_KEYS_MAX,
    vault::vault,
};

/// Agreements shown at most; nobody has so many.
const ALL: u32 = 1_000;

/// Characters of a key by which people tell keys apart.
const PREFIX: usize = 8;

/// One agreement as its applicant sees it.
#[derive(Clone, Debug)]
pub struct MyAgreement {
    /// Its id.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// The set's title.
    pub title: String,
    /// The set's address on the portal is made of its entry's code; this is the entry.
    pub entry: rules::ids::EntryId,
    /// The provider's name.
    pub provider_name: String,
    /// The applicant's own name, which the text leaves out: it is kept longer than the name.
    pub applicant_name: String,
    /// The application.
    pub case: CaseId,
    /// Where it stands, in words.
    pub state: &'static str,
    /// Why it was suspended or ended; empty otherwise.
    pub reason: String,
    /// The text, clause by clause.
    pub text: Vec<String>,
    /// The granted items, by name.
    pub items: Vec<String>,
    /// The last day.
    pub until: Date,
    /// Calls a day at most.
    pub calls_per_day_max: u32,
    /// Calls answered today, as far as they are counted.
    pub calls_today: u32,
    /// When it was offered.
    pub offered_at: Timestamp,
    /// When the applicant accepted it.
    pub accepted_at: Option<Timestamp>,
    /// Whether it can be accepted now.
    pub may_accept: bool,
    /// Whether a new key can be issued now.
    pub may_renew: bool,
    /// Why not, where there are keys enough; empty otherwise.
    pub why_no_key: String,
    /// Whether the applicant can end it, or decline it where it is not accepted yet.
    pub may_end: bool,
    /// The live keys, the newest first.
    pub keys: Vec<MyKey>,
    /// For the forms.
    pub revision: i64,
}

/// A live key of an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyKey {
    /// Its id.
    pub id: KeyId,
    /// Its first characters.
    pub shown: String,
    /// When it was issued.
    pub created_at: Timestamp,
}

/// A key in clear: shown once, never stored.
#[derive(Clone, Debug)]
pub struct KeyShown {
    /// The secret.
    pub secret: String,
}

/// The applicant's agreements, the newest first.
pub async fn mine(city: &City, me: &Me, now: Timestamp) -> Result<Vec<MyAgreement>, Refused> {
    let filter = Filter {
        applicant: Some(me.id.clone()),
        ..Filter::default()
    };
    let mut mine = Vec::new();
    for line in agreements::list(city.store.read(), &filter, None, ALL).await? {
        mine.push(view(city, me, line, now).await?);
    }
    Ok(mine)
}

/// One agreement of the applicant's own; another's reads as if there were none.
pub async fn show_mine(
    city: &City,
    me: &Me,
    id: &AgreementId,
    now: Timestamp,
) -> Result<MyAgreement, Refused> {
    let line = agreements::line(city.store.read(), id).await?;
    let line = line.filter(|it| it.agreement.applicant == me.id);
    view(city, me, line.ok_or_else(missing)?, now).await
}

fn missing() -> Refused {
    Refused::not_found("该协议")
}

async fn view(city: &City, me: &Me, line: Line, now: Timestamp) -> Result<MyAgreement, Refused> {
    let today = calendar::today(now);
    let keys = live_keys(city.store.read(), &line.agreement.id).await?;
    let row = applicants::get(city.store.read(), &me.id).await?;
    let details = open(vault(city).await?, &row)?;
    let it = line.agreement;
    let is_over = it.state == GrantState::Terminated || it.terms.until < today;
    let has_room = keys.len() < LIVE_KEYS_MAX;
    Ok(MyAgreement {
        state: state_words(&it, today),
        may_accept: it.accepted_at.is_none() && !is_over,
        may_renew: it.accepted_at.is_some() && !is_over && has_room,
        why_no_key: if has_room { String::new() } else { too_many() },
        may_end: !is_over,
        keys: keys.into_iter().map(MyKey::of).collect(),
        applicant_name: details.map_or_else(String::new, |it| it.name),
        calls_today: city.gate.calls_on(&rules::ids::GrantId(it.id.0.clone()), today),
        title: line.entry_title,
        provider_name: line.provider_name,
        id: it.id,
        number: it.number,
        entry: it.entry,
        case: it.case,
        reason: it.reason,
        text: it.text,
        items: it.terms.items,
        until: it.terms.until,
        calls_per_day_max: it.terms.calls_per_day_max,
        offered_at: it.created_at,
        accepted_at: it.accepted_at,
        revision: it.revision,
    })
}

/// Accepts the agreement; from now on it is in force. The key is shown once.
pub async fn accept(
    city: &City,
    me: &Me,
    id: &AgreementId,
    revision: i64,
    now: Timestamp,
) -> Result<KeyShown, Refused> {
    let today = calendar::today(now);
    let mut write = city.store.write().await?;
    let it = own(&mut write, me, id, revision).await?;
    if it.accepted_at.is_some() || it.state == GrantState::Terminated || it.terms.until < today {
        return Err(not_now(&it, today));
    }
    let follow_on = agreement::next_follow_up(today, it.follow_months, it.terms.until);
    agreements::accept(&mut write, id, revision, follow_on, now).await?;
    let secret = issue(&mut write, id, now).await?;
    let words = format!("申请人已确认开放利用协议{}，协议生效。", it.number);
    let href = format!("/agreements/{id}");
    let to = To::office(&it.provider, rules::procedure::Office::ProviderHead);
    tell(&mut write, now, to, NoticeKind::OpenRequest, &words, &href).await?;
    let body = json!({ "number": it.number, "entry": it.entry, "applicant": me.id });
    seal(city, write, EventKind::AgreementAccepted, id, body, now).await?;
    Ok(KeyShown { secret })
}

/// Issues a new key beside the one in use, which goes on until it is stopped: programs change over without a pause.
pub async fn new_key(
    city: &City,
    me: &Me,
    id: &AgreementId,
    revision: i64,
    now: Timestamp,
) -> Result<KeyShown, Refused> {
    let today = calendar::today(now);
    let mut write = city.store.write().await?;
    let it = own(&mut write, me, id, revision).await?;
    if it.accepted_at.is_none() || it.state == GrantState::Terminated || it.terms.until < today {
        return Err(not_now(&it, today));
    }
    if LIVE_KEYS_MAX <= live_keys(&mut write, id).await?.len() {
        return Err(Refused::conflict("too-many-keys", too_many()));
    }
    let secret = issue(&mut write, id, now).await?;
    let body = json!({ "number": it.number, "applicant": me.id });
    seal(city, write, EventKind::AgreementKeyIssued, id, body, now).await?;
    Ok(KeyShown { secret })
}

/// Stops a key: the next call with it is refused. Stopping it again changes nothing.
pub async fn revoke_key(
    city: &City,
    me: &Me,
    id: &AgreementId,
    key: &KeyId,
    now: Timestamp,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let found = agreements::find(&mut write, id).await?;
    let it = found.filter(|it| it.applicant == me.id).ok_or_else(missing)?;
    let live = live_keys(&mut write, id).await?;
    let Some(key) = live.into_iter().find(|it| it.id == *key) else {
        return Ok(());
    };
    agreements::revoke_key(&mut write, &key, now).await?;
    let body = json!({ "number": it.number, "key": key.id, "applicant": me.id });
    seal(city, write, EventKind::AgreementKeyRevoked, id, body, now).await
}

/// The applicant ends the agreement, or declines one that is not accepted yet; its keys stop at once.
pub async fn give_up(
    city: &City,
    me: &Me,
    id: &AgreementId,
    revision: i64,
    now: Timestamp,
) -> Result<(), Refused> {
    let today = calendar::today(now);
    let mut write = city.store.write().await?;
    let it = own(&mut write, me, id, revision).await?;
    if it.state == GrantState::Terminated || it.terms.until < today {
        return Err(not_now(&it, today));
    }
    let (reason, done) = match it.accepted_at {
        Some(_) => ("申请人提前终止。", "申请人提前终止了"),
        None => ("申请人不同意协议。", "申请人不同意"),
    };
    agreements::revoke_keys(&mut write, id, now).await?;
    agreements::set_state(&mut write, &it, GrantState::Terminated, reason, now).await?;
    let words = format!("{done}开放利用协议{}。", it.number);
    let href = format!("/agreements/{id}");
    let to = To::office(&it.provider, rules::procedure::Office::ProviderHead);
    tell(&mut write, now, to, NoticeKind::OpenRequest, &words, &href).await?;
    let body = json!({ "number": it.number, "entry": it.entry, "applicant": me.id });
    seal(city, write, EventKind::AgreementEnded, id, body, now).await
}

async fn live_keys(db: impl Source, id: &AgreementId) -> Result<Vec<Key>, Refused> {
    let mut keys = agreements::keys(db, id).await?;
    keys.retain(|it| it.revoked_at.is_none());
    Ok(keys)
}

fn too_many() -> String {
    format!("同一协议最多同时有{LIVE_KEYS_MAX}个有效密钥。请先停用不再使用的密钥。")
}

impl MyKey {
    fn of(key: Key) -> MyKey {
        MyKey {
            id: key.id,
            shown: key.prefix,
            created_at: key.created_at,
        }
    }
}

fn not_now(it: &Agreement, today: Date) -> Refused {
    let words = format!(
        "协议目前为“{}”，不能办理此项操作。请刷新页面后查看。",
        state_words(it, today)
    );
    Refused::conflict("not-from-here", words)
}

/// The applicant's own agreement, as his page showed it.
async fn own(db: impl Source, me: &Me, id: &AgreementId, revision: i64) -> Result<Agreement, Refused> {
    let found = agreements::find(db, id).await?;
    let it = found.filter(|it| it.applicant == me.id).ok_or_else(missing)?;
    if it.revision != revision {
        let words = "协议在您打开页面之后有变化，请刷新页面后重试。";
        return Err(Refused::conflict("stale-page", words));
    }
    Ok(it)
}

async fn issue(write: &mut Write, id: &AgreementId, now: Timestamp) -> Result<String, Refused> {
    let secret = random_token("ya_");
    let key = Key {
        id: KeyId(store::fresh_id(now)),
        agreement: id.clone(),
        hash: hash_token(&secret),
        prefix: secret.chars().take(PREFIX).collect(),
        created_at: now,
        revoked_at: None,
    };
    agreements::insert_key(write, &key).await?;
    Ok(secret)
}

async fn seal(
    city: &City,
    write: Write,
    kind: EventKind,
    id: &AgreementId,
    body: serde_json::Value,
    now: Timestamp,
) -> Result<(), Refused> {
    let mut event = event(kind, &rules::ids::ApplicantId(String::new()), body, now);
    event.subject.clone_from(&id.0);
    city.seal(write, event).await?;
    city.gate.refresh().await
}
