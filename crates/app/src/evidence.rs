//! 存证: reading the evidence log, its receipts and checkpoint.

use ::evidence::Record;
use jiff::Timestamp;
use rules::{
    grant::{CallRefusal, Operation},
    ids::{EntryId, OrgId},
    permission::{Action, Subject},
};
use store::{EventKind, entries};

use crate::{
    City, Ctx, Refused,
    calls::{self, CALL, CallRecord},
    cases,
    city::ACT,
    orgs::Book,
};

mod about;
mod find;
mod told;

pub use find::{Asked, Outcome, find};
pub use told::told;

/// Every kind of act that the log tells of.
pub const EVENTS: &[EventKind] = EventKind::ALL;

/// One entry of the log, in words.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its index.
    pub index: u64,
    /// When it was written.
    pub at: Timestamp,
    /// `act` or `call`.
    pub kind: String,
    /// What it tells, in words.
    pub words: String,
    /// What it is about: a case, an entry, an agreement; empty where that cannot be told.
    pub about: String,
    /// Its body as stored, for the eye.
    pub body: String,
    /// Whether the body was blanked at the end of its retention; its proof stays.
    pub is_blanked: bool,
}

/// A page of the log, the newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many entries the log has.
    pub size: u64,
    /// The entries of the page.
    pub lines: Vec<Line>,
    /// Where to go on with older ones; none at the end of what was asked for.
    pub older: Option<u64>,
    /// The signed checkpoint, as an outsider gets it.
    pub checkpoint: String,
    /// The public key to verify with.
    pub vkey: String,
}

/// One entry in words.
fn line(record: Record, book: &Book) -> Line {
    let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap_or_default();
    let org = match body["org"].as_str() {
        // Who applicants are is not read from the log (art. 33).
        Some(it) if calls::is_applicants(it) => "申请人".to_owned(),
        Some(it) => book.name(&OrgId::from(it)),
        None => String::new(),
    };
    let words = if record.kind == ACT {
        let kind = body["kind"]
            .as_str()
            .and_then(EventKind::parse)
            .map_or("办理", EventKind::label);
        format!("{org} {kind}")
    } else {
        let operation = body["operation"]
            .as_str()
            .and_then(Operation::parse)
            .map_or("调用", Operation::label);
        let outcome = match body["outcome"].as_str() {
            Some(crate::calls::ANSWERED) | None => "已应答".to_owned(),
            Some(code) => {
                CallRefusal::parse(code).map_or_else(|| code.to_owned(), |it| it.label().to_owned())
            }
        };
        format!("{org} {operation}：{outcome}")
    };
    Line {
        index: record.index,
        at: Timestamp::from_millisecond(record.at_ms).unwrap_or_default(),
        kind: record.kind,
        words: words.trim().to_owned(),
        about: String::new(),
        body: String::from_utf8_lossy(&record.body).into_owned(),
        is_blanked: record.is_blanked,
    }
}

/// The receipt of entry `index` for a person whom it concerns: of a call, both its sides; of a step, those who see its
/// case; of anything, the city's oversight. To others there is no such entry (art. 19).
pub async fn receipt_to(city: &City, ctx: &Ctx, index: u64) -> Result<String, Refused> {
    if !concerns(city, ctx, index).await? {
        return Err(missing());
    }
    receipt(city, index).await
}

async fn concerns(city: &City, ctx: &Ctx, index: u64) -> Result<bool, Refused> {
    if ctx.may(Action::ReadEvidence, &Subject::default()).is_ok() {
        return Ok(true);
    }
    if index >= city.log.size() {
        return Ok(false);
    }
    let records = city.log.read(index, 1).map_err(Refused::internal)?;
    let Some(record) = records.first() else {
        return Ok(false);
    };
    match record.kind.as_str() {
        ACT => sees_act(city, ctx, &record.body).await,
        CALL => match serde_json::from_slice::<CallRecord<'_>>(&record.body) {
            Ok(call) => is_side(city, ctx, &call).await,
            Err(_) => Ok(false),
        },
        _ => Ok(false),
    }
}

/// Whether this person may see the case that the act belongs to; an act about an entry names its case beside, or is for
/// those who see the cases of whoever provides the entry.
async fn sees_act(city: &City, ctx: &Ctx, body: &[u8]) -> Result<bool, Refused> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let about = body["subject"].as_str().unwrap_or_default();
    let case = body["body"]["case"].as_str().unwrap_or(about);
    if cases::may_see(city, ctx, case).await? {
        return Ok(true);
    }
    let Some(entry) = entries::find(city.store.read(), &EntryId::from(about)).await? else {
        return Ok(false);
    };
    let book = Book::load(city.store.read()).await?;
    let subject = Subject {
        provider: book.get(&entry.org),
        is_published: true,
        ..Subject::default()
    };
    Ok(ctx.may(Action::SeeCase, &subject).is_ok())
}

/// Whether this person's organisation made the call or provides the data, and he may have its receipt.
async fn is_side(city: &City, ctx: &Ctx, call: &CallRecord<'_>) -> Result<bool, Refused> {
    let book = Book::load(city.store.read()).await?;
    let entry = entries::find(city.store.read(), &EntryId::from(call.entry)).await?;
    let subject = Subject {
        provider: entry.as_ref().and_then(|it| book.get(&it.org)),
        consumer: book.get(&OrgId::from(call.org)),
        ..Subject::default()
    };
    Ok(ctx.may(Action::SeeReceipt, &subject).is_ok())
}

fn missing() -> Refused {
    Refused::not_found("该存证")
}

/// The receipt of entry `index`: its proof and the signed checkpoint, to be verified offline by anybody.
pub async fn receipt(city: &City, index: u64) -> Result<String, Refused> {
    if index >= city.log.size() {
        return Err(missing());
    }
    let log = city.log.clone();
    let receipt = tokio::task::spawn_blocking(move || log.receipt(index))
        .await
        .map_err(Refused::internal)?;
    receipt.map_err(Refused::internal)
}

/// The signed checkpoint.
pub fn checkpoint(city: &City) -> Result<String, Refused> {
    city.log.checkpoint().map_err(Refused::internal)
}

/// The public key of the log, in the signed-note form.
pub fn vkey(city: &City) -> String {
    city.log.vkey()
}
