//! 调用: the gateway's way to the data, and its evidence (art. 19).
//!
//! The order of every call: key → grant of the caller's own agency → what `rules` permits → one prepared row
//! query → masks → evidence on disk → answer. No byte leaves before its evidence is durable; refused calls are
//! evidence too. No call asks the records anything: what it needs is in the [`snapshot`].

mod agreement;
mod answer;
mod ask;
mod export;
mod follow;
mod gate;
mod junk;
mod look;
mod marked;
mod query;
mod quota;
mod ready;
mod record;
mod secret;
mod snapshot;
mod trace;
mod value;
mod verify;

use std::sync::Arc;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rules::{
    calendar,
    grant::{Call, CallRefusal, Operation, Purpose},
    ids::GrantId,
};
use store::rows::{Pick, RowsError};

pub(crate) use agreement::is_applicants;
pub use agreement::query_agreement;
pub use answer::{Answer, CallError, Export, INTERNAL, what_to_do};
pub use ask::{ExportAsk, LIMIT_DEFAULT, LIMIT_MAX, QueryAsk, VerifyAsk, read};
pub(crate) use ask::{holds_identity, named};
pub use export::export;
pub(crate) use follow::count_calls;
pub use follow::start;
pub use gate::Gate;
pub(crate) use look::{Looked, filters, look, seen};
pub use query::query;
pub use ready::{Fitness, may_have_receipt, readiness};
pub use record::{ANSWERED, CALL, CallRecord, STRANGERS};
pub use snapshot::KeyCard;
pub use verify::verify;

use crate::{City, Refused};
use snapshot::{EntryCard, GrantCard};
use trace::Trace;

/// Characters of an unknown key that the evidence keeps: enough to recognise a mistyped one, useless to call with.
const KEY_PREFIX: usize = 6;

/// An agency's own software that has shown its application key.
#[derive(Clone, Debug)]
pub struct Caller(Arc<KeyCard>);

impl std::ops::Deref for Caller {
    type Target = KeyCard;

    fn deref(&self) -> &KeyCard {
        &self.0
    }
}

/// Who calls, by the application key; none where no key was sent. A refusal is already evidence.
pub async fn authenticate(city: &City, key: Option<&str>, now: Timestamp) -> Result<Caller, CallError> {
    known(city, key, now, false).await
}

/// The applicant who calls under an agreement, by its key. A refusal is already evidence.
pub async fn authenticate_agreement(
    city: &City,
    key: Option<&str>,
    now: Timestamp,
) -> Result<Caller, CallError> {
    known(city, key, now, true).await
}

/// Whoever holds `key`, where it is an agreement's or, as asked, an agency's: neither opens the other's doors.
async fn known(
    city: &City,
    key: Option<&str>,
    now: Timestamp,
    is_agreement: bool,
) -> Result<Caller, CallError> {
    let hash: [u8; 32] = digest(&SHA256, key.unwrap_or_default().as_bytes())
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes");
    let known = city.gate.snapshot().keys.get(&hash).cloned();
    let known = known.filter(|it| it.agreement.is_some() == is_agreement);
    match known {
        Some(card) if !card.is_revoked && now < card.expires_at => return Ok(Caller(card)),
        _ => {}
    }
    let may_write = city.gate.junk.admit(now);
    let known = match known {
        None if may_write && key.is_some() => city
            .gate
            .withdrawn_key(&hash)
            .await
            .map(|it| Arc::new(KeyCard::from(it))),
        known => known,
    };
    let (refusal, shown) = match &known {
        None => (CallRefusal::BadKey, prefix(key.unwrap_or_default())),
        Some(card) if card.is_revoked => (CallRefusal::KeyRevoked, card.key.0.clone()),
        Some(card) => (CallRefusal::KeyExpired, card.key.0.clone()),
    };
    let mut error = CallError::plain(refusal, "");
    if is_agreement {
        error = error.under_agreement();
    }
    if may_write {
        let (system, org) = known
            .as_ref()
            .map_or(("", ""), |it| (it.system.as_str(), it.org.as_str()));
        let record = CallRecord {
            at: now.as_millisecond(),
            outcome: refusal.name(),
            key: &shown,
            system,
            org,
            ..CallRecord::default()
        };
        error.evidence = Some(
            city.log
                .append(CALL, record.to_body())
                .await
                .map_err(Refused::from)?,
        );
    }
    Err(error)
}

/// The first characters of an unknown key, as far as they are letters and digits.
fn prefix(key: &str) -> String {
    key.chars()
        .take(KEY_PREFIX)
        .filter(|it| it.is_ascii_alphanumeric() || *it == '_')
        .collect()
}

/// The grant, where it is the caller's; another agency's reads as if there were none.
fn grant_of(city: &City, caller: &Caller, grant: &GrantId) -> Result<Arc<GrantCard>, CallError> {
    let snapshot = city.gate.snapshot();
    match snapshot.grants.get(grant.as_str()) {
        Some(card) if card.consumer == caller.org => Ok(card.clone()),
        _ => Err(CallError::plain(CallRefusal::NoGrant, "")),
    }
}

/// Art. 19, for every operation: the grant permits this call, and the day's quota has room for it.
///
/// On success the call is counted and the entry it reads is returned with its data version; whoever fails
/// afterwards gives the call back.
async fn permit(
    city: &City,
    card: &GrantCard,
    trace: &mut Trace<'_>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<(Arc<EntryCard>, i64), CallError> {
    let on = calendar::today(now);
    let entry = city.gate.entry(&city.gate.snapshot(), &card.entry).await?;
    city.gate.open_counter(card, on).await?;
    let call = Call {
        operation: trace.operation,
        purpose,
        items: &trace.items,
        conditions: &trace.conditions,
        on,
        calls_today: card.counter.calls(on),
    };
    let judged = card.terms.permit(card.state, &entry.content, &call);
    judged.map_err(|(refusal, item)| CallError::plain(refusal, &item))?;
    let version = entry
        .version
        .ok_or_else(|| CallError::plain(CallRefusal::NoData, ""))?;
    if !card.counter.take(on, card.terms.calls_per_day_max) {
        return Err(CallError::plain(CallRefusal::QuotaUsedUp, ""));
    }
    trace.taken = true;
    trace.version = version;
    Ok((entry, version))
}

/// The rows of a pick. One that began just as a new version took the old one's place is read again, from the new.
async fn rows(
    city: &City,
    card: &GrantCard,
    trace: &mut Trace<'_>,
    mut pick: Pick,
) -> Result<Vec<store::rows::Answer>, CallError> {
    match city.rows.query(&pick).await {
        Err(RowsError::NoVersion(_)) => {}
        done => return Ok(done.map_err(Refused::from)?),
    }
    city.gate.refresh().await?;
    let entry = city.gate.entry(&city.gate.snapshot(), &card.entry).await?;
    pick.version = entry
        .version
        .ok_or_else(|| CallError::plain(CallRefusal::NoData, ""))?;
    trace.version = pick.version;
    Ok(city.rows.query(&pick).await.map_err(Refused::from)?)
}

/// Records a call whose request could not even be taken in.
pub async fn unreadable(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    operation: Operation,
    words: &str,
    now: Timestamp,
) -> CallError {
    let mut trace = Trace::new(caller, operation, b"", now);
    trace.card = grant_of(city, caller, grant).ok();
    trace.refused(city, grant, ask::bad("", words)).await
}
