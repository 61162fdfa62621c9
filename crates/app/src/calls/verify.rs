//! 核验: yes or no per value. No value leaves, and whether the row exists is not told apart from a wrong value.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rules::{grant::Operation, ids::GrantId};
use store::rows::Pick;

use super::{
    Answer, CallError, Caller, VerifyAsk,
    ask::{self, bad},
    grant_of, permit,
    query::equals,
    rows,
    snapshot::EntryCard,
    trace::Trace,
    value::{agrees, kept},
};
use crate::City;

/// Confirms expected values of one row; works on masked items too, because no value is given.
pub async fn verify(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, CallError> {
    let mut trace = Trace::new(caller, Operation::Verify, body, now);
    match matches(city, caller, grant, body, now, &mut trace).await {
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

async fn matches(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    body: &[u8],
    now: Timestamp,
    trace: &mut Trace<'_>,
) -> Result<Vec<u8>, CallError> {
    let card = grant_of(city, caller, grant)?;
    trace.card = Some(card.clone());
    let asked: VerifyAsk = ask::read(body)?;
    ask::few("where", asked.key.len())?;
    ask::few("expect", asked.expect.len())?;
    let purpose = trace.say(&asked.purpose, &asked.matter)?;
    if asked.expect.is_empty() {
        return Err(bad("expect", "请在 expect 中至少给出一个待核验的信息项及其值。"));
    }
    trace.items = asked.expect.keys().cloned().collect();
    trace.conditions = asked.key.keys().cloned().collect();
    let (entry, version) = permit(city, &card, trace, purpose, now).await?;
    whole_key(&entry, &asked.key)?;
    let pick = Pick {
        shape: entry.shape.clone(),
        version,
        items: trace.items.clone(),
        equals: equals(&entry.content, &asked.key),
        any_of: card.filters.clone(),
        after_key: None,
        limit: 1,
    };
    let key = entry
        .content
        .key()
        .map(|it| kept(&entry.content, &it.name, &asked.key[&it.name]));
    let key: Vec<_> = key.collect();
    // Noted whether or not there is such a row: the receipt must not tell.
    trace.received = city
        .gate
        .secret
        .record(card.entry.as_str(), key.iter().map(|it| &**it))
        .to_vec();
    let rows = rows(city, &card, trace, pick).await?;
    let matches: BTreeMap<&str, bool> = asked
        .expect
        .iter()
        .enumerate()
        .map(|(i, (item, expected))| {
            let stored = rows.first().and_then(|row| row[i].as_deref());
            (
                item.as_str(),
                stored.is_some_and(|it| agrees(&entry.content, item, expected, it)),
            )
        })
        .collect();
    let mut answer = serde_json::json!({ "data_version": trace.version, "matches": matches });
    let marks = match rows.is_empty() {
        false => entry.marked(&trace.received, &trace.items),
        true => entry.marked(&[], &trace.items),
    };
    if !marks.is_empty() {
        answer["marks"] = serde_json::json!(marks);
    }
    Ok(answer.to_string().into_bytes())
}

/// A row is named by its whole key and by nothing else, so that nobody probes for rows by their values.
fn whole_key(entry: &EntryCard, given: &BTreeMap<String, String>) -> Result<(), CallError> {
    let key: Vec<&str> = entry.content.key().map(|it| it.name.as_str()).collect();
    if key.len() == given.len() && key.iter().all(|it| given.contains_key(*it)) {
        return Ok(());
    }
    Err(bad(
        "where",
        format!("核验须在 where 中给出全部主键信息项：{}。", key.join("、")),
    ))
}
