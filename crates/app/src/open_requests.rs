//! 有条件开放申请: an applicant asks for data that is opened on conditions, and the provider answers within 15 working
//! days with an agreement or with reasons (art. 26).

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    applicant::Field,
    calendar,
    catalogue::{Content, OpenKind},
    grant::{Purpose, Terms},
    ids::{AgreementId, CaseId, EntryId},
    law::Regulation::Yongzhou,
    people::Org,
    procedure::open_request::{self, Step},
    release::Plan,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Event, EventKind, Source, Write, cases, open_sets, orgs};

use crate::{
    City, Refused,
    applicants::{self, Me},
    calls::holds_identity,
    cases::{
        Doer, Reborrow,
        engine::{self, Case, NewCase, Stride},
    },
    requests::said,
};

mod decide;
mod erase;
mod mine;

pub(crate) use decide::{act, lines};
pub(crate) use erase::erase_words;
pub(crate) use mine::said_to_applicant;
pub use mine::{MyCase, MyCaseView, MyStep, mine, show_mine};

/// Calls a day that may be asked for at most; more is agreed with the provider in person.
pub const CALLS_PER_DAY_MAX: u32 = 100_000;

/// Months that may be asked for at most.
pub const MONTHS_MAX: u8 = 24;

/// What an applicant asks for (art. 26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The field it serves.
    pub field: Field,
    /// What the data will be used for.
    pub purpose: String,
    /// 安全保障措施: how the data will be kept safe.
    pub safeguards: String,
    /// How often it will be used, in words.
    pub frequency: String,
    /// The items asked for, by name.
    pub items: Vec<String>,
    /// Calls a day asked for.
    pub calls_per_day: u32,
    /// For how many months.
    pub months: u8,
}

/// What the case of an application holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenRequestContent {
    /// What is asked.
    pub application: Application,
    /// The applicant's number; never a name.
    pub applicant_number: String,
    /// 个人, or 法人或其他组织.
    pub applicant_kind: String,
    /// The reasons of a refusal, or a word with the agreement.
    #[serde(default)]
    pub answer: String,
    /// The agreement that came of it.
    #[serde(default)]
    pub agreement: Option<AgreementId>,
}

/// A conditional open set, as an applicant meets it before applying.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The entry.
    pub entry: EntryId,
    /// The set's name in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The provider's name.
    pub provider_name: String,
    /// On what conditions it is opened.
    pub conditions: String,
    /// The items that may be asked for.
    pub items: Vec<OfferedItem>,
}

/// One item that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedItem {
    /// Its name in calls.
    pub name: String,
    /// Its Chinese name.
    pub title: String,
    /// How its values are veiled; empty where they are not.
    pub veiled: String,
}

/// A conditional open set with what the decision needs of it.
pub(super) struct OpenSet {
    pub entry: EntryId,
    name: String,
    pub version: u64,
    pub content: Content,
    pub provider: Org,
    pub code: String,
    plan: Plan,
}

impl OpenSet {
    /// The items that may be granted: those that leave in a release, in the form in which they leave.
    pub(super) fn offered(&self) -> Vec<OfferedItem> {
        let items = self.plan.opened(&self.content).into_iter().map(|it| {
            let rule = self.plan.rule(&it.name).filter(|rule| rule.veils());
            OfferedItem {
                veiled: rule.map_or_else(String::new, |rule| rule.words()),
                name: it.name,
                title: it.title,
            }
        });
        items.collect()
    }
}

/// The conditional set that stands on a published open list; anything else reads as if there were none.
pub(super) async fn open_set(mut db: impl Source + Reborrow, name_or_id: &str) -> Result<OpenSet, Refused> {
    let found = open_sets::standing_one(db.again(), name_or_id).await?;
    let set = found
        .filter(|it| it.content.open == OpenKind::Conditional)
        .ok_or_else(|| Refused::not_found("该数据集"))?;
    Ok(OpenSet {
        provider: orgs::get(db.again(), &set.set.org).await?.org,
        plan: set.set.plan.unwrap_or_else(|| Plan::proposed(&set.content)),
        entry: set.set.entry,
        name: set.set.name,
        version: set.version,
        content: set.content,
        code: set.code,
    })
}

/// What may be asked of the set called `id`.
pub async fn offer(city: &City, name: &str) -> Result<Offer, Refused> {
    let set = open_set(city.store.read(), name).await?;
    Ok(Offer {
        items: set.offered(),
        entry: set.entry,
        name: set.name,
        title: set.content.title,
        provider_name: set.provider.name,
        conditions: set.content.open_conditions,
    })
}

/// Applies, after the answers were checked by the applicant.
pub async fn apply(
    city: &City,
    me: &Me,
    name: &str,
    asked: Application,
    now: Timestamp,
) -> Result<CaseId, Refused> {
    let mut write = city.store.write().await?;
    let set = open_set(&mut write, name).await?;
    let asked = checked(asked, &set)?;
    refuse_second(&mut write, me, &set.entry).await?;
    let terms = terms(&asked, &set, calendar::today(now))?;
    let content = OpenRequestContent {
        application: asked,
        applicant_number: me.number.clone(),
        applicant_kind: me.kind.label().to_owned(),
        answer: String::new(),
        agreement: None,
    };
    let new = NewCase {
        procedure: &open_request::PROCEDURE,
        title: set.content.title.clone(),
        entry: Some(set.entry),
        grant: None,
        about: None,
        consumer: None,
        provider: set.provider.id.clone(),
        authority: set.provider.authority.clone(),
        content: serde_json::to_value(&content).map_err(Refused::internal)?,
    };
    let stride = Stride {
        words: content.application.purpose.clone(),
        terms: Some(terms),
        ..Stride::of(Step::Apply.word())
    };
    let masked = applicants::signature(&me.number);
    let doer = doer(me, &masked, now);
    let case = engine::begin(&mut write, city, doer, new, stride).await?;
    city.seal(write, event(&case, EventKind::CaseOpened, Step::Apply, now))
        .await?;
    Ok(case.id)
}

/// The applicant takes the application back.
pub async fn withdraw(
    city: &City,
    me: &Me,
    id: &CaseId,
    revision: i64,
    now: Timestamp,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut case = own(&mut write, me, id).await?;
    if case.revision != revision {
        return Err(engine::stale(&mut write, &case).await?);
    }
    let masked = applicants::signature(&me.number);
    let stride = Stride::of(Step::Withdraw.word());
    engine::advance(&mut write, city, doer(me, &masked, now), &mut case, stride).await?;
    city.seal(write, event(&case, EventKind::CaseClosed, Step::Withdraw, now))
        .await?;
    Ok(())
}

fn doer<'a>(me: &'a Me, masked: &'a str, now: Timestamp) -> Doer<'a> {
    Doer::Applicant {
        id: &me.id,
        masked,
        now,
    }
}

/// The event of an applicant's own step: it names the applicant by id.
fn event(case: &Case, kind: EventKind, step: Step, now: Timestamp) -> Event {
    Event {
        at_ms: now.as_millisecond(),
        actor: None,
        org: None,
        kind,
        subject: case.id.0.clone(),
        body: json!({ "procedure": case.procedure, "step": step.name(), "applicant": case.applicant }),
    }
}

/// The application `id`, if it is this applicant's; another's reads as if there were none.
async fn own(db: impl Source, me: &Me, id: &CaseId) -> Result<Case, Refused> {
    let found = cases::find(db, id).await?;
    found
        .filter(|it| it.applicant.as_ref() == Some(&me.id) && it.procedure == open_request::PROCEDURE.name)
        .ok_or_else(|| Refused::not_found("该申请"))
}

/// One application at a time for one set: a form sent twice makes one.
async fn refuse_second(write: &mut Write, me: &Me, entry: &EntryId) -> Result<(), Refused> {
    let filter = cases::Filter {
        applicant: Some(me.id.clone()),
        procedure: Some(open_request::PROCEDURE.name.to_owned()),
        entry: Some(entry.clone()),
        is_open: Some(true),
        ..cases::Filter::default()
    };
    if cases::count(write, &filter).await? == 0 {
        return Ok(());
    }
    let words = "您已就该数据集提交申请，正在办理。请在“我的申请”中查看进度。";
    Err(Refused::conflict("already-applied", words).citing(Yongzhou.art(26)))
}

/// Checks the answers without keeping anything: for the page on which the applicant looks at them once more.
pub async fn check(city: &City, name: &str, asked: Application) -> Result<Application, Refused> {
    let set = open_set(city.store.read(), name).await?;
    checked(asked, &set)
}

fn checked(asked: Application, set: &OpenSet) -> Result<Application, Refused> {
    let mut faults = Vec::new();
    let mut text = |field: &str, label: &str, text: &str| match said(field, label, text, true) {
        Ok(it) if holds_identity(&it) => {
            let words = format!("“{label}”请勿填写身份证号、手机号等个人信息。");
            faults.push((field.to_owned(), words));
            it
        }
        Ok(it) => it,
        Err(refused) => {
            faults.extend(refused.fields);
            String::new()
        }
    };
    let asked = Application {
        purpose: text("purpose", "使用目的", &asked.purpose),
        safeguards: text("safeguards", "安全保障措施", &asked.safeguards),
        frequency: text("frequency", "使用频率", &asked.frequency),
        ..asked
    };
    let offered = set.offered();
    let is_offered = |name: &String| offered.iter().any(|it| it.name == *name);
    if asked.items.is_empty() || !asked.items.iter().all(is_offered) {
        faults.push((
            "items".to_owned(),
            "请从可以申请的信息项中至少选择一项。".to_owned(),
        ));
    }
    if asked.calls_per_day == 0 || CALLS_PER_DAY_MAX < asked.calls_per_day {
        let words = format!("每日调用次数应在1至{CALLS_PER_DAY_MAX}之间。");
        faults.push(("calls_per_day".to_owned(), words));
    }
    if !(1..=MONTHS_MAX).contains(&asked.months) {
        faults.push(("months".to_owned(), format!("使用期限应为1至{MONTHS_MAX}个月。")));
    }
    if faults.is_empty() {
        return Ok(asked);
    }
    let mut refused = Refused::invalid("bad-application", "申请有误，请按提示修改。");
    refused.fields = faults;
    Err(refused)
}

/// The terms that the application asks for.
fn terms(asked: &Application, set: &OpenSet, from: Date) -> Result<Terms, Refused> {
    let offered = set.offered().into_iter().map(|it| it.name);
    Ok(Terms {
        purpose: Purpose::Open,
        purpose_text: asked.purpose.clone(),
        items: offered.filter(|it| asked.items.contains(it)).collect(),
        filters: Vec::new(),
        masks: BTreeMap::new(),
        calls_per_day_max: asked.calls_per_day,
        from,
        until: from
            .checked_add(i32::from(asked.months).months())
            .map_err(Refused::internal)?,
    })
}
