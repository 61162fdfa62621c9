//! Looking for entries of the log: by organisation, catalogue entry, operation, outcome and day (art. 6).
//!
//! The log keeps no index beside it that could be wrong: it is read from the newest entry back, so many at a time that
//! no question takes long, and the page says where to go on.

use std::collections::HashSet;

use ::evidence::Record;
use jiff::civil::Date;
use rules::{
    calendar,
    grant::Operation,
    permission::{Action, Subject},
};
use serde_json::{Value, json};
use store::EventKind;

use super::{Line, Page, about, checkpoint, line, vkey};
use crate::{
    City, Ctx, Refused,
    calls::{ANSWERED, CALL},
    city::ACT,
    orgs::Book,
    search,
};

/// The most entries of one page.
const COUNT_MAX: usize = 200;

/// Entries read at a time, and for one page.
const CHUNK: u64 = 1_000;
const READ_MAX: u64 = 50_000;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was refused.
    Refused,
}

/// What somebody looks for; what is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The newest entry to begin with.
    pub from: Option<u64>,
    /// An organisation, by a part of its name; or the number of an agreement.
    pub org: String,
    /// A catalogue entry, by its title or code.
    pub entry: String,
    /// `act` or `call`; the name of an operation or of an event's kind.
    pub operation: String,
    /// How the call ended.
    pub outcome: Option<Outcome>,
    /// The first day.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

/// What is looked for, with names in place of words.
struct Wanted {
    /// Organisations, and the words themselves, which may be an agreement's number.
    org: Option<(HashSet<String>, String)>,
    entries: Option<HashSet<String>>,
    operation: String,
    outcome: Option<Outcome>,
}

impl Wanted {
    async fn of(city: &City, ctx: &Ctx, asked: &Asked, book: &Book) -> Result<Wanted, Refused> {
        let text = asked.org.trim();
        let named = book.all().filter(|it| it.name.contains(text));
        let orgs = named.map(|it| it.id.0.clone()).collect();
        Ok(Wanted {
            org: (!text.is_empty()).then(|| (orgs, text.to_owned())),
            entries: entries(city, ctx, asked.entry.trim()).await?,
            operation: known(&asked.operation).to_owned(),
            outcome: asked.outcome,
        })
    }

    fn fits(&self, record: &Record) -> bool {
        let body: Value = serde_json::from_slice(&record.body).unwrap_or_default();
        let says = |name: &str| body[name].as_str().unwrap_or_default();
        let is_org = self.org.as_ref().is_none_or(|(ids, text)| {
            let number = body["body"]["number"].as_str().unwrap_or_default();
            ids.contains(says("org")) || says("matter") == text || number == text
        });
        let is_entry = self.entries.as_ref().is_none_or(|ids| {
            let inner = body["body"]["entry"].as_str().unwrap_or_default();
            [says("entry"), says("subject"), inner]
                .iter()
                .any(|it| ids.contains(*it))
        });
        let is_operation = match self.operation.as_str() {
            "" => true,
            ACT | CALL => record.kind == self.operation,
            name if record.kind == ACT => says("kind") == name,
            name => says("operation") == name,
        };
        let is_outcome = self.outcome.is_none_or(|it| {
            let is_answered = says("outcome") == ANSWERED;
            record.kind == CALL && is_answered == (it == Outcome::Answered)
        });
        is_org && is_entry && is_operation && is_outcome
    }

    /// Whether everything fits, so that no more need be read than is shown.
    fn is_everything(&self) -> bool {
        self.org.is_none() && self.entries.is_none() && self.operation.is_empty() && self.outcome.is_none()
    }
}

/// The operation, where there is such a one; otherwise all.
fn known(operation: &str) -> &str {
    let is_known = matches!(operation, ACT | CALL)
        || Operation::parse(operation).is_some()
        || EventKind::parse(operation).is_some();
    if is_known { operation } else { "" }
}

/// The entries that `text` may mean: as an id, or found by title or code.
async fn entries(city: &City, ctx: &Ctx, text: &str) -> Result<Option<HashSet<String>>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    let query = search::Query {
        text: text.to_owned(),
        ..search::Query::default()
    };
    let found = search::find(city, ctx, &query).await?;
    let is_meant = |it: &&search::Hit| it.code == text || it.title.contains(text);
    let ids = found.hits.iter().filter(is_meant).map(|it| it.id.0.clone());
    Ok(Some(ids.chain([text.to_owned()]).collect()))
}

/// `count` entries that fit, the newest first. The reading is itself recorded (art. 6).
pub async fn find(city: &City, ctx: &Ctx, asked: &Asked, count: usize) -> Result<Page, Refused> {
    ctx.may(Action::ReadEvidence, &Subject::default())?;
    let book = Book::load(city.store.read()).await?;
    let wanted = Wanted::of(city, ctx, asked, &book).await?;
    let count = count.clamp(1, COUNT_MAX);
    let (log, days, from) = (city.log.clone(), (asked.since, asked.until), asked.from);
    let read = tokio::task::spawn_blocking(move || read(&log, &wanted, days, from, count));
    let (size, records, older) = read
        .await
        .map_err(Refused::internal)?
        .map_err(Refused::internal)?;
    // What was typed may name somebody; that it narrowed the reading is enough.
    let told = json!({
        "from": asked.from, "count": records.len(), "since": asked.since, "until": asked.until,
        "operation": known(&asked.operation), "by_org": !asked.org.is_empty(), "by_entry": !asked.entry.is_empty(),
    });
    let mut lines: Vec<Line> = Vec::new();
    let mut known = about::Known::default();
    for record in records {
        let about = known.of(city, &book, &record).await?;
        lines.push(Line {
            about,
            ..line(record, &book)
        });
    }
    let write = city.store.write().await?;
    city.seal(write, ctx.event(EventKind::EvidenceRead, "evidence", told))
        .await?;
    Ok(Page {
        size,
        lines,
        older,
        checkpoint: checkpoint(city)?,
        vkey: vkey(city),
    })
}

type Read = (u64, Vec<Record>, Option<u64>);

/// Reads from the newest entry back; the size of the log, what fits, and where to go on.
fn read(
    log: &::evidence::Log,
    wanted: &Wanted,
    (since, until): (Option<Date>, Option<Date>),
    from: Option<u64>,
    count: usize,
) -> Result<Read, ::evidence::ReadError> {
    let size = log.size();
    let end = from.map_or(size, |it| it.saturating_add(1).min(size));
    let last = match until {
        Some(day) => first_after(log, size, day)?,
        None => size,
    };
    let first = match since.and_then(|it| it.yesterday().ok()) {
        Some(day) => first_after(log, size, day)?,
        None => 0,
    };
    let mut end = end.min(last);
    let limit = end.saturating_sub(READ_MAX);
    let mut found = Vec::new();
    while first.max(limit) < end && found.len() < count {
        let room = match wanted.is_everything() {
            true => (count - found.len()) as u64,
            false => CHUNK,
        };
        let start = end.saturating_sub(room).max(first).max(limit);
        let records = log.read(start, (end - start) as usize)?;
        end = start;
        for record in records.into_iter().rev().filter(|it| wanted.fits(it)) {
            if found.len() == count {
                break;
            }
            found.push(record);
        }
    }
    // Where the page is full, the next one begins below its last line.
    let next = match found.last() {
        Some(last) if found.len() == count => last.index,
        _ => end,
    };
    Ok((size, found, (first < next).then(|| next - 1)))
}

/// The first entry after `day`: entries are in the order of time.
fn first_after(log: &::evidence::Log, size: u64, day: Date) -> Result<u64, ::evidence::ReadError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        let at = log.read(middle, 1)?.first().map_or(i64::MAX, |it| it.at_ms);
        let on = jiff::Timestamp::from_millisecond(at).map_or(Date::MAX, calendar::today);
        if day < on {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}
