//! Who used what: the calls of a grant one by one, read from the evidence log (art. 19).

use std::collections::HashMap;

use jiff::Timestamp;
use rules::{
    catalogue::Content,
    grant::{CallRefusal, Operation, Purpose},
    ids::{GrantId, SystemId},
    permission::Action,
};
use store::{call_spans, systems};

use super::parties;
use crate::{
    City, Ctx, Refused,
    calls::{CALL, CallRecord, count_calls},
    requests::catalogue_text,
};

/// Calls on a page.
const PAGE: usize = 50;

/// Spans of the log looked into at a time.
const SPANS: u32 = 8;

/// One call under a grant, as its evidence tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantCall {
    /// The index of its evidence.
    pub index: u64,
    /// When.
    pub at: Timestamp,
    /// The system that called.
    pub system_name: String,
    /// What was asked; none where that could not be told.
    pub operation: Option<Operation>,
    /// The purpose stated, as people read it.
    pub purpose: String,
    /// The matter stated.
    pub matter: String,
    /// Titles of the items given, or asked for.
    pub items: Vec<String>,
    /// Rows given.
    pub rows: u64,
    /// Why it was refused, in words; none where it was answered.
    pub refusal: Option<String>,
}

/// A page of calls, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GrantCalls {
    /// The calls.
    pub lines: Vec<GrantCall>,
    /// The index before which the next page begins; none on the last page.
    pub before: Option<u64>,
}

/// The calls of a grant before entry `before` of the log, or the newest.
pub async fn calls(city: &City, ctx: &Ctx, id: &GrantId, before: Option<u64>) -> Result<GrantCalls, Refused> {
    let parties = parties(city.store.read(), ctx, id, Action::SeeUsage).await?;
    count_calls(city).await?;
    let entry = catalogue_text(city, &parties.grant.entry).await?;
    let mut words = Words {
        entry,
        systems: HashMap::new(),
    };
    let mut page = GrantCalls::default();
    let mut end = before.unwrap_or(u64::MAX).min(city.log.size());
    loop {
        let spans = call_spans::before(city.store.read(), id, end, SPANS).await?;
        if spans.is_empty() {
            return Ok(page);
        }
        for span in spans {
            let last = span.last.min(end.saturating_sub(1));
            for (index, body) in of_span(city, id, span.first, last).await? {
                if page.lines.len() == PAGE {
                    page.before = page.lines.last().map(|it| it.index);
                    return Ok(page);
                }
                page.lines.push(words.line(city, index, &body).await?);
            }
            end = span.first;
        }
    }
}

/// The calls of the grant from entry `first` to entry `last` of the log, the newest first: index and body.
async fn of_span(city: &City, id: &GrantId, first: u64, last: u64) -> Result<Vec<(u64, Vec<u8>)>, Refused> {
    let Some(count) = (last + 1).checked_sub(first) else {
        return Ok(Vec::new());
    };
    let (log, id) = (city.log.clone(), id.clone());
    let count = usize::try_from(count).map_err(Refused::internal)?;
    let read = tokio::task::spawn_blocking(move || log.read(first, count)).await;
    let records = read.map_err(Refused::internal)?.map_err(Refused::internal)?;
    let is_of = |body: &[u8]| {
        serde_json::from_slice::<CallRecord<'_>>(body).is_ok_and(|call| call.grant == id.as_str())
    };
    let of_grant = records
        .into_iter()
        .rev()
        .filter(|it| it.kind == CALL && is_of(&it.body));
    Ok(of_grant.map(|it| (it.index, it.body)).collect())
}

/// What turns names and ids of a record into words.
struct Words {
    entry: Content,
    systems: HashMap<String, String>,
}

impl Words {
    async fn line(&mut self, city: &City, index: u64, body: &[u8]) -> Result<GrantCall, Refused> {
        let call: CallRecord<'_> = serde_json::from_slice(body).map_err(Refused::internal)?;
        let title = |name: &str| {
            let item = self.entry.item(name);
            item.map_or_else(|| name.to_owned(), |it| it.title.clone())
        };
        let refusal =
            |code: &str| CallRefusal::parse(code).map_or_else(|| code.to_owned(), |it| it.label().to_owned());
        let items = call.items.iter().map(|it| title(it)).collect();
        Ok(GrantCall {
            index,
            at: Timestamp::from_millisecond(call.at).unwrap_or_default(),
            operation: call.operation(),
            purpose: Purpose::parse(call.purpose).map_or("", Purpose::label).to_owned(),
            matter: call.matter.to_string(),
            items,
            rows: call.rows,
            refusal: (!call.is_answered()).then(|| refusal(call.outcome)),
            system_name: self.system(city, call.system).await?,
        })
    }

    async fn system(&mut self, city: &City, id: &str) -> Result<String, Refused> {
        if let Some(name) = self.systems.get(id) {
            return Ok(name.clone());
        }
        let found = systems::find(city.store.read(), &SystemId::from(id)).await?;
        let name = found.map_or_else(|| id.to_owned(), |it| it.name);
        self.systems.insert(id.to_owned(), name.clone());
        Ok(name)
    }
}
