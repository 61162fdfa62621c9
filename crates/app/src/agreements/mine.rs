//! Agreements on the applicant's own pages: read, accept, take the key.

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
};

use super::state_words;
use crate::{
    City, Refused,
    applicants::{Me, event},
    notices::{NoticeKind, To, tell},
    people::{hash_token, random_token},
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
    /// The first characters of the live key, and when it was issued.
    pub key: Option<(String, Timestamp)>,
    /// For the forms.
    pub revision: i64,
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
        mine.push(view(city, line, now).await?);
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
    view(city, line.ok_or_else(missing)?, now).await
}

fn missing() -> Refused {
    Refused::not_found("该协议")
}

async fn view(city: &City, line: Line, now: Timestamp) -> Result<MyAgreement, Refused> {
    let today = calendar::today(now);
    let keys = agreements::keys(city.store.read(), &line.agreement.id).await?;
    let live = keys.into_iter().find(|it| it.revoked_at.is_none());
    let it = line.agreement;
    let is_over = it.state == GrantState::Terminated || it.terms.until < today;
    Ok(MyAgreement {
        state: state_words(&it, today),
        may_accept: it.accepted_at.is_none() && !is_over,
        may_renew: it.accepted_at.is_some() && !is_over,
        key: live.map(|it| (it.prefix, it.created_at)),
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

/// Issues a new key; the one before stops at once.
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
    let secret = issue(&mut write, id, now).await?;
    let body = json!({ "number": it.number, "applicant": me.id });
    seal(city, write, EventKind::AgreementKeyIssued, id, body, now).await?;
    Ok(KeyShown { secret })
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
    agreements::replace_key(write, &key).await?;
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
