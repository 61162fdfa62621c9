//! What anybody does without an account: files an objection, and follows it by its query code.

use jiff::Timestamp;
use rules::{
    calendar,
    ids::EntryId,
    law::Regulation::Yongzhou,
    procedure::objection::{self, Outcome, State, Step},
};
use serde_json::json;
use store::{
    EventKind, cases,
    open_sets::{self, Standing},
    steps,
};

use super::{Filed, Objection, ObjectionContent, Tracked, contact_at, read, repaired, secret};
use crate::{
    City, Refused,
    cases::{
        Doer,
        engine::{self, NewCase, Stride, done, tightest},
    },
    orgs::city_authority,
    requests::said,
    vault::vault,
};

/// Open objections to one set at most: above it somebody is playing.
const OPEN_MAX: u64 = 100;

/// Characters in a contact at most.
const CONTACT_MAX: usize = 200;

/// Somebody objects to an open set. It goes to the city's authority, whoever provides the data.
pub async fn file(city: &City, objection: Objection, now: Timestamp) -> Result<Filed, Refused> {
    let it = open_set(city, &objection.dataset).await?;
    let words = said("words", "异议事项和理由", &objection.words, true)?;
    let contact = contact(objection.contact.as_deref())?;
    refuse_flood(city, &it.set.entry).await?;
    let code = secret::new_code();
    let code_hash = secret::hash(&code);
    let contact = match contact {
        Some(it) => Some(vault(city).await?.seal(contact_at(&code_hash), it.as_bytes())),
        None => None,
    };
    let mut write = city.store.write().await?;
    let authority = city_authority(&mut write).await?;
    let content = ObjectionContent {
        kind: objection.kind,
        words: words.clone(),
        contact,
        code_hash,
        outcome: None,
        decision: String::new(),
        answer: None,
    };
    let new = NewCase {
        procedure: &objection::PROCEDURE,
        title: it.content.title,
        entry: Some(it.set.entry.clone()),
        grant: None,
        about: None,
        consumer: None,
        provider: it.set.org,
        authority,
        content: serde_json::to_value(&content).map_err(Refused::internal)?,
    };
    let stride = Stride {
        words,
        ..Stride::of(Step::File.word())
    };
    let doer = Doer::Public(now);
    let case = engine::begin(&mut write, city, doer, new, stride).await?;
    let body = json!({ "procedure": "objection", "entry": it.set.entry, "kind": objection.kind });
    city.seal(write, doer.event(EventKind::CaseOpened, case.id.0.clone(), body))
        .await?;
    Ok(Filed {
        number: case.number,
        code,
    })
}

/// A case number as it is stored, however its brackets and zeros were typed: 异[2026]7 is 异〔2026〕000007.
fn as_numbered(typed: &str) -> String {
    let (opening, closing) = (
        ['〔', '[', '(', '（', '［', '【'],
        ['〕', ']', ')', '）', '］', '】'],
    );
    let typed: String = typed.split_whitespace().collect();
    let parts = typed
        .split_once(opening)
        .and_then(|(kind, rest)| Some((kind, rest.split_once(closing)?)));
    match parts {
        Some((kind, (year, count))) => format!("{kind}〔{year}〕{count:0>6}"),
        None => typed,
    }
}

/// What becomes of an objection, for whoever has its query code. A wrong code and a number that never was read alike.
pub async fn track(city: &City, number: &str, code: &str, now: Timestamp) -> Result<Tracked, Refused> {
    let found = cases::by_number(city.store.read(), &as_numbered(number)).await?;
    let case = found.filter(|it| it.procedure == objection::PROCEDURE.name);
    let content = case.as_ref().map(read).transpose()?;
    let kept = content.as_ref().map_or("", |it| it.code_hash.as_str());
    let is_right = kept == secret::hash(code);
    let (Some(case), Some(content), true) = (case, content, is_right) else {
        let words = "没有找到这件异议，或者查询码不正确。请核对异议编号和查询码。";
        let mut refused = Refused::not_found("");
        refused.words = words.to_owned();
        return Err(refused);
    };
    let history = steps::of_case(city.store.read(), &case.id).await?;
    let correction = match (content.outcome, &content.answer) {
        (Some(Outcome::Correct), Some(_)) => repaired(city.store.read(), &case).await?,
        _ => None,
    };
    let standings = objection::PROCEDURE.standings(&done(&history), &city.calendar(), calendar::today(now));
    let due = tightest(&standings).map(|it| (it.duty, it.due));
    let label = |it: &steps::Step| objection::PROCEDURE.step(&it.step).map_or("", |it| it.label);
    let is_closed = case.closed_at.is_some();
    Ok(Tracked {
        number: case.number,
        title: case.title,
        kind: content.kind,
        words: content.words,
        filed_at: case.opened_at,
        state: State::parse(&case.state).map_or("", State::label),
        is_closed,
        due: due.filter(|_| !is_closed),
        steps: history.iter().map(|it| (it.at, label(it))).collect(),
        // What was decided is the objector's to know once it is told.
        outcome: content.outcome.filter(|_| content.answer.is_some()),
        decision: match &content.answer {
            Some(_) => content.decision,
            None => String::new(),
        },
        correction,
        answer: content.answer,
    })
}

fn contact(text: Option<&str>) -> Result<Option<String>, Refused> {
    let text = text.unwrap_or_default().trim();
    if text.chars().count() > CONTACT_MAX {
        let words = format!("联系方式不超过 {CONTACT_MAX} 个字。");
        return Err(Refused::field("too-long", "contact", words));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// The open set; everything else reads as if it had never been.
async fn open_set(city: &City, name_or_id: &str) -> Result<Standing, Refused> {
    let found = open_sets::standing_one(city.store.read(), name_or_id).await?;
    found.ok_or_else(crate::portal::nothing)
}

async fn refuse_flood(city: &City, entry: &EntryId) -> Result<(), Refused> {
    let filter = cases::Filter {
        procedure: Some(objection::PROCEDURE.name.to_owned()),
        entry: Some(entry.clone()),
        is_open: Some(true),
        ..cases::Filter::default()
    };
    if cases::count(city.store.read(), &filter).await? < OPEN_MAX {
        return Ok(());
    }
    let words = "该数据集已有大量异议正在处理，暂不能再提出。请稍后再试，或者拨打数据集页面上的联系电话。";
    Err(Refused::conflict("too-many-objections", words).citing(Yongzhou.art(34)))
}
