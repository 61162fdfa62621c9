//! Calls under an agreement (art. 26): the agreement stands in the gate as a grant whose consumer is no agency, and its
//! calls take the same steps. What they read is the set's release, veiled and reviewed; never the rows behind it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rules::{
    calendar,
    catalogue::{Content, OpenKind},
    grant::{Call, CallRefusal, Mask, Operation, Purpose},
    ids::{GrantId, KeyId, OrgId, SystemId},
    mark::MarkKind,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{
    agreements::{Agreement, Key},
    grants::Grant,
    open_sets,
};

use super::{
    Answer, CallError, Caller, ask, grant_of,
    snapshot::{GrantCard, KeyCard},
    trace::Trace,
};
use crate::{
    City, Refused, Status,
    marks::{self, MarkLine},
    portal::{Filter, Op, RowsAsk, RowsPage, rows_under_agreement},
};

/// What a call under an agreement asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenAsk {
    /// The items wanted; empty means all granted.
    #[serde(default)]
    items: Vec<String>,
    /// Items and the values they are to have; all must hold.
    #[serde(default, rename = "where", deserialize_with = "ask::named")]
    conditions: BTreeMap<String, String>,
    /// Rows in the page, 1 to 1000.
    limit: Option<usize>,
    /// The mark of the page before.
    after: Option<String>,
}

/// What the name of an applicant among the consumers begins with; no organisation's id begins like this.
const APPLICANT: &str = "applicant-";

/// What an applicant stands as among the consumers.
fn consumer(it: &Agreement) -> OrgId {
    OrgId(format!("{APPLICANT}{}", it.applicant))
}

/// Whether a call was an applicant's, under his agreement.
pub(crate) fn is_applicants(consumer: &str) -> bool {
    consumer.starts_with(APPLICANT)
}

/// The agreement in the form that calls are judged by.
pub(super) fn as_grant(it: Agreement) -> Grant {
    Grant {
        consumer: consumer(&it),
        id: GrantId(it.id.0),
        case: Some(it.case),
        entry: it.entry,
        version: it.version,
        provider: it.provider,
        matter: it.number,
        terms: it.terms,
        state: it.state,
        reason: it.reason,
        revision: it.revision,
        created_at: it.created_at,
        changed_at: it.changed_at,
    }
}

/// Its key, as the gate knows keys. The agreement's own last day ends it.
pub(super) fn key_card(it: &Agreement, key: &Key) -> KeyCard {
    KeyCard {
        key: KeyId(key.id.0.clone()),
        system: SystemId(it.id.0.clone()),
        system_name: it.number.clone(),
        org: consumer(it),
        expires_at: jiff::Timestamp::MAX,
        is_revoked: key.revoked_at.is_some(),
        agreement: Some(it.number.clone()),
    }
}

/// Answers one page under an agreement; the evidence is durable when this returns, of a refusal too.
pub async fn query_agreement(
    city: &City,
    caller: &Caller,
    agreement: &GrantId,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, CallError> {
    let mut trace = Trace::new(caller, Operation::Query, body, now);
    match page(city, caller, agreement, body, now, &mut trace).await {
        Ok(body) => {
            let sealed = trace.answered(city, agreement, &[&body]).await?;
            Ok(Answer {
                body,
                evidence: sealed.evidence,
                salt: sealed.salt,
            })
        }
        Err(error) => Err(trace.refused(city, agreement, error.under_agreement()).await),
    }
}

async fn page(
    city: &City,
    caller: &Caller,
    agreement: &GrantId,
    body: &[u8],
    now: Timestamp,
    trace: &mut Trace<'_>,
) -> Result<Vec<u8>, CallError> {
    let card = grant_of(city, caller, agreement)?;
    trace.card = Some(card.clone());
    let asked: OpenAsk = ask::read(body)?;
    ask::few("items", asked.items.len())?;
    ask::few("where", asked.conditions.len())?;
    // An agency states purpose and matter with each call; an agreement says them once.
    trace.say(
        Purpose::Open.name(),
        caller.agreement.as_deref().unwrap_or_default(),
    )?;
    let limit = ask::limit(asked.limit)?;
    trace.items = if asked.items.is_empty() {
        card.terms.items.clone().into()
    } else {
        asked.items.into()
    };
    trace.conditions = asked.conditions.keys().cloned().collect();
    permit(city, &card, trace, now).await?;
    let granted = card
        .filters
        .iter()
        .map(|(item, values)| (item, Op::In, values.clone()));
    let wanted = asked
        .conditions
        .iter()
        .map(|(item, value)| (item, Op::Eq, vec![value.clone()]));
    let filters = granted.chain(wanted).map(|(item, op, values)| Filter {
        item: item.clone(),
        op,
        values,
    });
    let rows = RowsAsk {
        items: trace.items.to_vec(),
        filters: filters.collect(),
        after: asked.after,
        limit,
        ..RowsAsk::default()
    };
    let page = rows_under_agreement(city, &card.entry, &rows)
        .await
        .map_err(refused)?;
    trace.version = page.number;
    trace.rows = page.rows.len() as u64;
    // Art. 34: whoever uses a set under objection is told.
    let marks = marks::of_set(city, &card.entry).await?;
    write(&card, &page, &marks)
}

/// Whether the agreement permits this call, the set is still open, and the day's quota has room for it.
async fn permit(
    city: &City,
    card: &GrantCard,
    trace: &mut Trace<'_>,
    now: Timestamp,
) -> Result<(), CallError> {
    let on = calendar::today(now);
    city.gate.open_counter(card, on).await?;
    let call = Call {
        operation: Operation::Query,
        purpose: Purpose::Open,
        items: &trace.items,
        conditions: &[],
        on,
        calls_today: card.counter.calls(on),
    };
    // Whatever is granted clear may be filtered on: it is in the release as it is in the answer.
    let judged = card.terms.permit(card.state, &Content::default(), &call);
    judged.map_err(|(refusal, item)| CallError::plain(refusal, &item))?;
    let is_given = |it: &String| card.terms.items.contains(it) && card.terms.mask(it) == Mask::Clear;
    if let Some(item) = trace.conditions.iter().find(|it| !is_given(it)) {
        return Err(CallError::plain(CallRefusal::NotACondition, item));
    }
    let set = open_sets::standing_one(city.store.read(), card.entry.as_str())
        .await
        .map_err(Refused::from)?;
    if set.is_none_or(|it| it.content.open != OpenKind::Conditional) {
        return Err(CallError::plain(CallRefusal::SetWithdrawn, ""));
    }
    if !card.counter.take(on, card.terms.calls_per_day_max) {
        return Err(CallError::plain(CallRefusal::QuotaUsedUp, ""));
    }
    trace.taken = true;
    Ok(())
}

/// What the release says no to, in the words of the gate.
fn refused(refused: Refused) -> CallError {
    match (refused.code, refused.status) {
        ("bad-cursor", _) => CallError::plain(CallRefusal::BadCursor, "after"),
        ("no-data", _) => CallError::plain(CallRefusal::NoData, ""),
        (_, Status::Invalid) => {
            let field = refused.fields.first().map_or("", |it| it.0.as_str());
            ask::bad(field, refused.words)
        }
        _ => refused.into(),
    }
}

/// The JSON answer: `{"release":3,"rows":[{…}],"total":12,"next":null}`.
fn write(card: &GrantCard, page: &RowsPage, marks: &[MarkLine]) -> Result<Vec<u8>, CallError> {
    let row = |(_, values): &(u64, Vec<Option<String>>)| {
        let value = |(item, value): (&rules::catalogue::Item, &Option<String>)| {
            let value = value.as_ref().map(|it| match card.terms.mask(&item.name) {
                Mask::Clear => it.clone(),
                mask => table::veil(mask, it, &card.pseudonym),
            });
            (item.name.clone(), json!(value))
        };
        Value::Object(page.items.iter().zip(values).map(value).collect::<Map<_, _>>())
    };
    let rows: Vec<Value> = page.rows.iter().map(row).collect();
    let mut answer = json!({ "release": page.number, "rows": rows, "total": page.total, "next": page.next });
    if !marks.is_empty() {
        let mark = |it: &MarkLine| {
            let since = calendar::today(it.since).to_string();
            json!({ "kind": MarkKind::Objection.name(), "since": since, "note": it.words })
        };
        answer["marks"] = marks.iter().map(mark).collect();
    }
    serde_json::to_vec(&answer).map_err(CallError::internal)
}
