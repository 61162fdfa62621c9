//! What goes on beside the calls: the snapshot follows the records, and usage is counted from the evidence.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use ::evidence::ReadError;
use jiff::{Timestamp, civil::Date};
use rules::{calendar, grant::Operation, ids::GrantId};
use store::{
    call_spans::Span,
    usage::{self, Received, Tally},
};

use super::{ANSWERED, CALL, STRANGERS, gate::Inner, record::Counted, secret::Secret};
use crate::{City, Refused};

/// How often the records are asked what other nodes have changed.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// How often calls are counted from the evidence.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Evidence entries counted in one transaction.
const BATCH: usize = 20_000;

/// Loads the gate's memory, counts what a crash left uncounted, and goes on following both.
pub async fn start(city: &City) -> Result<(), Refused> {
    let gate = city.gate.open(&city.store, &city.log).await?;
    while count(&gate).await? {}
    tokio::spawn(every(LOOK_EVERY, Arc::downgrade(&gate), |gate| async move {
        gate.refresh().await
    }));
    tokio::spawn(every(COUNT_EVERY, Arc::downgrade(&gate), |gate| async move {
        tell_strangers(&gate).await?;
        while count(&gate).await? {}
        Ok(())
    }));
    Ok(())
}

/// Does `work` again and again, for as long as the city is there. A failure is told and tried again.
async fn every<F: Future<Output = Result<(), Refused>>>(
    pause: Duration,
    gate: Weak<Inner>,
    work: impl Fn(Arc<Inner>) -> F,
) {
    loop {
        tokio::time::sleep(pause).await;
        let Some(gate) = gate.upgrade().filter(|it| !it.store.is_closed()) else {
            return;
        };
        if let Err(refused) = work(gate).await {
            tracing::warn!(%refused, "the gate could not follow the records");
            tokio::time::sleep(COUNT_EVERY).await;
        }
    }
}

/// Writes one entry for all calls without a known key that had no room for one of their own.
async fn tell_strangers(gate: &Inner) -> Result<(), Refused> {
    let refused = gate.junk.take_overflow();
    if refused > 0 {
        let body = serde_json::json!({ "outcome": "bad-key", "calls": refused }).to_string();
        gate.log.append(STRANGERS, body.into_bytes()).await?;
    }
    Ok(())
}

/// Counts every call up to now, so that what is shown next is exact.
pub(crate) async fn count_calls(city: &City) -> Result<(), Refused> {
    while count(&city.gate).await? {}
    Ok(())
}

/// Counts the next entries of the evidence; whether there may be more.
async fn count(gate: &Inner) -> Result<bool, Refused> {
    let from = usage::position(gate.store.read()).await?;
    if gate.log.size() <= from {
        return Ok(false);
    }
    let log = gate.log.clone();
    let secret = gate.secret.clone();
    let read = move || {
        let (mut tallies, mut spans, mut received) = (Tallies::new(), Spans::new(), Received::new());
        let read = log.glance(from, BATCH, |index, kind, body| {
            if kind == CALL
                && let Ok(call) = serde_json::from_slice::<Counted<'_>>(body)
            {
                add(&mut tallies, &call);
                span(&mut spans, &call, index);
                receive(&mut received, &secret, &call, index);
            }
        });
        Ok::<_, ReadError>((read?, tallies, spans, received))
    };
    let done = tokio::task::spawn_blocking(read)
        .await
        .map_err(Refused::internal)?;
    let (read, tallies, spans, received) = done.map_err(Refused::internal)?;
    if read == 0 {
        return Ok(false);
    }
    let tallies: Vec<Tally> = tallies
        .into_iter()
        .map(|((grant, day, operation, outcome), (calls, rows))| Tally {
            grant,
            day,
            operation,
            outcome,
            calls,
            rows,
        })
        .collect();
    let span = |(grant, (first, last))| Span { grant, first, last };
    let spans: Vec<Span> = spans.into_iter().map(span).collect();
    usage::fold(&gate.store, from, from + read, &tallies, &spans, &received).await?;
    Ok(read == BATCH as u64)
}

type Tallies = HashMap<(GrantId, Date, Operation, String), (u64, u64)>;

/// Where the first and the last call of each grant stand.
type Spans = HashMap<GrantId, (u64, u64)>;

/// Notes where a call that named a grant of its own stands.
fn span(spans: &mut Spans, call: &Counted<'_>, index: u64) {
    if !call.grant.is_empty() {
        let span = spans.entry(call.grant.into()).or_insert((index, index));
        span.1 = index;
    }
}

/// Notes which records an answered call gave; an export gave the whole set.
fn receive(received: &mut Received, secret: &Secret, call: &Counted<'_>, index: u64) {
    let is_export = call.operation == Operation::Export.name();
    if call.outcome != ANSWERED || call.grant.is_empty() || (call.received.is_empty() && !is_export) {
        return;
    }
    let touched = received
        .entry((call.entry.into(), call.grant.into()))
        .or_default();
    if is_export {
        touched.whole_set = Some(index);
        return;
    }
    let nonce = hex::decode(call.nonce).ok().and_then(|it| it.try_into().ok());
    let opened = nonce.and_then(|it| secret.open_received(&it, call.received));
    touched
        .records
        .extend(opened.unwrap_or_default().into_iter().map(|it| (it, index)));
}

/// Adds one call; one that named no grant of its own is nobody's usage.
fn add(tallies: &mut Tallies, call: &Counted<'_>) {
    let (Some(operation), false) = (Operation::parse(call.operation), call.grant.is_empty()) else {
        return;
    };
    let Ok(at) = Timestamp::from_millisecond(call.at) else {
        return;
    };
    let key = (
        GrantId::from(call.grant),
        calendar::today(at),
        operation,
        call.outcome.to_owned(),
    );
    let sum = tallies.entry(key).or_default();
    sum.0 += 1;
    sum.1 += call.rows;
}
