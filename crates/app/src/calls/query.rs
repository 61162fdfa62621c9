//! 查询: rows by declared conditions, page by page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use rules::{
    catalogue::Content,
    grant::{CallRefusal, Mask, Operation},
    ids::GrantId,
};
use store::rows::Pick;

use super::{
    Answer, CallError, Caller, QueryAsk, ask, grant_of,
    marked::Marked,
    permit, rows,
    secret::Mark,
    snapshot::{EntryCard, GrantCard},
    trace::Trace,
    value::kept,
};
use crate::City;

/// Answers one page; the evidence is durable when this returns, of a refusal too.
pub async fn query(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, CallError> {
    let mut trace = Trace::new(caller, Operation::Query, body, now);
    match page(city, caller, grant, body, now, &mut trace).await {
        Ok(body) => {
            let sealed = trace.answered(city, grant, &[&body]).await?;
            Ok(Answer {
                body,
                evidence: sealed.evidence,
                salt: sealed.salt,
            })
        }
        Err(error) => Err(trace.refused(city, grant, error).await),
    }
}

async fn page(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    body: &[u8],
    now: Timestamp,
    trace: &mut Trace<'_>,
) -> Result<Vec<u8>, CallError> {
    let card = grant_of(city, caller, grant)?;
    trace.card = Some(card.clone());
    let asked: QueryAsk = ask::read(body)?;
    ask::few("items", asked.items.len())?;
    ask::few("where", asked.conditions.len())?;
    let purpose = trace.say(&asked.purpose, &asked.matter)?;
    let limit = ask::limit(asked.limit)?;
    trace.items = if asked.items.is_empty() {
        card.items.clone()
    } else {
        asked.items.into()
    };
    trace.conditions = asked.conditions.keys().cloned().collect();
    let (entry, version) = permit(city, &card, trace, purpose, now).await?;
    let bound = Bound {
        card: &card,
        items: &trace.items,
        conditions: &asked.conditions,
    };
    let after_key = match &asked.after {
        None => None,
        Some(mark) => Some(opened(city, mark, &bound.digest(), &entry)?),
    };
    let pick = Pick {
        shape: entry.shape.clone(),
        version,
        items: trace.items.clone(),
        equals: equals(&entry.content, &asked.conditions),
        any_of: card.filters.clone(),
        after_key,
        limit: limit + 1,
    };
    let rows = rows(city, &card, trace, pick).await?;
    let version = trace.version;
    let next = (rows.len() > limit).then(|| {
        let key = rows[limit - 1][trace.items.len()..]
            .iter()
            .map(|it| it.clone().unwrap_or_default())
            .collect();
        let bound = Bound {
            card: &card,
            items: &trace.items,
            conditions: &asked.conditions,
        };
        city.gate
            .secret
            .seal_mark(&Mark { key, version }, &bound.digest())
    });
    let rows = &rows[..rows.len().min(limit)];
    trace.rows = rows.len() as u64;
    trace.give(city, &entry, rows);
    let marks = entry.marked(&trace.received, &trace.items);
    Ok(write(&card, version, &trace.items, rows, next.as_deref(), &marks))
}

/// The conditions, each value in the form in which it is kept.
pub(super) fn equals(content: &Content, conditions: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let equal = |(item, value): (&String, &String)| (item.clone(), kept(content, item, value).into_owned());
    conditions.iter().map(equal).collect()
}

/// What a page mark is bound to: the grant, the items and the conditions.
struct Bound<'a> {
    card: &'a GrantCard,
    items: &'a [String],
    conditions: &'a BTreeMap<String, String>,
}

impl Bound<'_> {
    /// SHA-256 over all of it, each part with its length before it. Computed only where there is a mark.
    fn digest(&self) -> [u8; 32] {
        let mut hash = Context::new(&SHA256);
        let mut part = |text: &str| {
            hash.update(&(text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(self.card.id.as_str());
        self.items.iter().for_each(|it| part(it));
        part("");
        for (item, value) in self.conditions {
            part(item);
            part(value);
        }
        hash.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }
}

/// The row key after which the page starts.
fn opened(city: &City, mark: &str, bound: &[u8], entry: &EntryCard) -> Result<Vec<String>, CallError> {
    let mark = city.gate.secret.open_mark(mark, bound);
    let fits = mark.filter(|it| it.key.len() == entry.content.key().count());
    fits.map(|it| it.key)
        .ok_or_else(|| CallError::plain(CallRefusal::BadCursor, "after"))
}

/// The JSON answer, written straight: `{"data_version":3,"rows":[{…}],"next":null}`.
fn write(
    card: &GrantCard,
    version: i64,
    items: &[String],
    rows: &[Vec<Option<String>>],
    next: Option<&str>,
    marks: &[Marked<'_>],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + rows.len() * items.len() * 32);
    out.extend_from_slice(b"{\"data_version\":");
    push(&mut out, &version);
    out.extend_from_slice(b",\"rows\":[");
    let masks = card.masks(items);
    for (number, row) in rows.iter().enumerate() {
        out.extend_from_slice(if number == 0 { b"{" } else { b",{" });
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            push(&mut out, item);
            out.push(b':');
            match (&row[i], masks[i]) {
                (None, _) => out.extend_from_slice(b"null"),
                (Some(value), Mask::Clear) => push(&mut out, value),
                (Some(value), mask) => push(&mut out, &table::veil(mask, value, &card.pseudonym)),
            }
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"next\":");
    push(&mut out, &next);
    if !marks.is_empty() {
        out.extend_from_slice(b",\"marks\":");
        push(&mut out, marks);
    }
    out.push(b'}');
    out
}

/// Appends `value` as JSON.
fn push(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("text and numbers always write to memory");
}
