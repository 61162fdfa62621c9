//! 共享申请: access at once to unconditional entries, applications for conditional ones (art. 18 (一)(二)).

use jiff::ToSpan;
use rules::{
    catalogue::{Content, ShareKind},
    grant::{GrantState, Purpose, Terms},
    ids::{CaseId, EntryId, GrantId},
    law::Regulation::Yongzhou,
    people::Org,
    permission::{Action, Subject},
    procedure::request::{self, Step},
};
use serde_json::json;
use store::{
    EventKind, Source, Write, cases,
    entries::{self, Entry},
    grants::{self, Grant},
    orgs, versions,
};

use crate::{
    City, Ctx, Refused,
    cases::engine::{self, Case, NewCase, Reborrow, Stride},
};

mod act;
mod content;

pub(crate) use act::{act, lines};
pub use content::*;

/// Calls a day that unconditional sharing comes with; generous, so that nobody has to ask.
pub const CLAIM_CALLS_PER_DAY: u32 = 100_000;

/// Years that unconditional access lasts before it is claimed anew, so that purposes stay true.
pub const CLAIM_YEARS: i8 = 1;

/// Characters in one answer at most.
const WORDS_MAX: usize = 2000;

/// A published entry, as one who wants to use it meets it.
struct Offer {
    entry: Entry,
    version: u64,
    content: Content,
    provider: Org,
}

/// The published entry `id`, if this person may do `action` with it.
async fn offer(mut db: impl Source + Reborrow, ctx: &Ctx, id: &EntryId, action: Action) -> Result<Offer, Refused> {
    let missing = || Refused::not_found("该目录");
    let entry = entries::find(db.again(), id).await?.ok_or_else(missing)?;
    let provider = orgs::get(db.again(), &entry.org).await?.org;
    let version = entry.published;
    let subject = Subject {
        consumer: Some(&ctx.actor.org),
        is_published: version.is_some(),
        ..Subject::entry(&provider, &entry.draft.co_compilers, version.is_some())
    };
    ctx.may(action, &subject)?;
    let version = version.ok_or_else(missing)?;
    let content = versions::find(db.again(), id, version).await?.ok_or_else(missing)?.content;
    Ok(Offer { entry, version, content, provider })
}

impl Offer {
    /// Art. 18 (三): what is not shared is negotiated between the two departments.
    fn refuse_not_shared(&self) -> Result<(), Refused> {
        if self.content.share != ShareKind::NotShared {
            return Ok(());
        }
        let words = format!(
            "“{}”列为不予共享。确需使用的，由使用部门与提供部门（{}）协商解决；提供部门同意提供的，报同级政务数据主管部门备案。",
            self.content.title, self.provider.name
        );
        Err(Refused::conflict("not-shared", words).citing(Yongzhou.art(18)))
    }

    fn title(&self) -> String {
        self.content.title.clone()
    }
}

/// Art. 18 (一): states name and purpose and has access at once.
pub async fn claim(
    city: &City,
    ctx: &Ctx,
    entry: &EntryId,
    purpose: Purpose,
    purpose_text: &str,
    matter: &str,
) -> Result<GrantId, Refused> {
    let mut write = city.store.write().await?;
    let offer = offer(&mut write, ctx, entry, Action::Claim).await?;
    offer.refuse_not_shared()?;
    if offer.content.share == ShareKind::Conditional {
        let words = format!("“{}”为有条件共享，请提交共享申请，经审核同意后使用。", offer.content.title);
        return Err(Refused::conflict("needs-application", words).citing(Yongzhou.art(18)));
    }
    let purpose_text = said("purpose_text", "使用用途", purpose_text, true)?;
    let matter = said("matter", "办理事项", matter, true)?;
    if let Some(standing) = standing(&mut write, ctx, entry, purpose, &purpose_text).await? {
        return Ok(standing);
    }
    let from = ctx.today();
    let terms = Terms {
        purpose,
        purpose_text,
        items: offer.content.items.iter().map(|it| it.name.clone()).collect(),
        filters: Vec::new(),
        masks: std::collections::BTreeMap::new(),
        calls_per_day_max: CLAIM_CALLS_PER_DAY,
        from,
        until: from.checked_add(CLAIM_YEARS.years()).map_err(Refused::internal)?,
    };
    let grant = issue(&mut write, ctx, &offer, None, matter, terms).await?;
    let body = json!({ "entry": entry, "purpose": purpose, "unconditional": true });
    city.seal(write, ctx.event(EventKind::GrantIssued, grant.0.clone(), body)).await?;
    city.gate.refresh().await?;
    Ok(grant)
}

/// The grant that the same claim led to before: a form sent twice makes one.
async fn standing(
    write: &mut Write,
    ctx: &Ctx,
    entry: &EntryId,
    purpose: Purpose,
    text: &str,
) -> Result<Option<GrantId>, Refused> {
    let filter = grants::Filter {
        consumer: Some(ctx.actor.org.id.clone()),
        entry: Some(entry.clone()),
        state: Some(GrantState::Active),
        ..grants::Filter::default()
    };
    let found = grants::list(write, &filter, None, 100).await?.into_iter().map(|it| it.grant).find(|it| {
        it.case.is_none()
            && it.terms.purpose == purpose
            && it.terms.purpose_text == text
            && ctx.today() <= it.terms.until
    });
    Ok(found.map(|it| it.id))
}

async fn issue(
    write: &mut Write,
    ctx: &Ctx,
    offer: &Offer,
    case: Option<(CaseId, &Org)>,
    matter: String,
    terms: Terms,
) -> Result<GrantId, Refused> {
    let id = GrantId(store::fresh_id(ctx.now));
    let (case, consumer) = case.map_or((None, &ctx.actor.org), |(case, consumer)| (Some(case), consumer));
    let grant = Grant {
        id: id.clone(),
        case,
        entry: offer.entry.id.clone(),
        version: offer.version,
        provider: offer.provider.id.clone(),
        consumer: consumer.id.clone(),
        matter,
        terms,
        state: GrantState::Active,
        reason: String::new(),
        revision: 1,
        created_at: ctx.now,
        changed_at: ctx.now,
    };
    grants::insert(write, &grant).await?;
    Ok(id)
}

/// Art. 18 (二): applies for a conditional entry; ten working days run from today.
pub async fn apply(
    city: &City,
    ctx: &Ctx,
    entry: &EntryId,
    application: Application,
) -> Result<CaseId, Refused> {
    let mut write = city.store.write().await?;
    let offer = offer(&mut write, ctx, entry, Action::Apply).await?;
    offer.refuse_not_shared()?;
    if offer.content.share == ShareKind::Unconditional {
        let words = format!("“{}”为无条件共享，无需申请：说明用途即可直接获得访问权限。", offer.content.title);
        return Err(Refused::conflict("needs-no-application", words).citing(Yongzhou.art(18)));
    }
    let application = checked(application, &offer.content, ctx)?;
    refuse_second(&mut write, ctx, entry).await?;
    let authority = engine::authority_between(&mut write, &offer.provider, &ctx.actor.org).await?;
    let terms = application.terms.clone();
    let content = RequestContent { application, opinion: None, decision: None, earlier: Vec::new(), applied_at: ctx.now };
    let new = NewCase {
        procedure: &request::PROCEDURE,
        title: offer.title(),
        entry: Some(entry.clone()),
        grant: None,
        about: None,
        consumer: Some(ctx.actor.org.id.clone()),
        provider: offer.provider.id.clone(),
        authority,
        content: serde_json::to_value(&content).map_err(Refused::internal)?,
    };
    let words = content.application.terms.purpose_text.clone();
    let stride = Stride { words, terms: Some(terms), ..Stride::of(Step::Apply.word()) };
    let case = engine::begin(&mut write, city, ctx, new, stride).await?;
    let body = json!({ "procedure": "request", "entry": entry });
    city.seal(write, ctx.event(EventKind::CaseOpened, case.id.0.clone(), body)).await?;
    Ok(case.id)
}

/// The application, tidied; what it lacks is told field by field.
fn checked(application: Application, content: &Content, ctx: &Ctx) -> Result<Application, Refused> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut text = |field: &str, label: &str, value: &str| match said(field, label, value, true) {
        Ok(value) => value,
        Err(refused) => {
            fields.extend(refused.fields);
            String::new()
        }
    };
    let mut terms = application.terms;
    terms.purpose_text = text("purpose_text", "使用用途", &terms.purpose_text);
    let duty = text("duty", "法定职责", &application.duty);
    let system = text("system", "应用系统", &application.system);
    let frequency = application.frequency.trim().to_owned();
    fields.extend(terms.faults(content).into_iter().map(|it| ("terms".to_owned(), it)));
    if terms.until < ctx.today() {
        fields.push(("until".to_owned(), "截止日期已过，请重新选择。".to_owned()));
    }
    if fields.is_empty() {
        return Ok(Application { terms, duty, system, frequency });
    }
    let mut refused = Refused::invalid("incomplete", "申请内容还不完整，请按提示补充。");
    refused.fields = fields;
    Err(refused)
}

/// One open request of an agency for an entry is enough.
async fn refuse_second(write: &mut Write, ctx: &Ctx, entry: &EntryId) -> Result<(), Refused> {
    let filter = cases::Filter {
        party: Some(ctx.actor.org.id.clone()),
        procedure: Some(request::PROCEDURE.name.to_owned()),
        entry: Some(entry.clone()),
        is_open: Some(true),
        ..cases::Filter::default()
    };
    let open = cases::list(&mut *write, &filter, None, 100).await?;
    for line in open {
        let case = cases::get(&mut *write, &line.id).await?;
        if case.consumer.as_ref() == Some(&ctx.actor.org.id) {
            let words = format!("贵单位对该目录的申请（{}）正在办理，无需重复提交。", case.number);
            return Err(Refused::conflict("already-applied", words));
        }
    }
    Ok(())
}

/// What somebody wrote, trimmed; refused at its field where it is missing or too long.
pub(crate) fn said(field: &str, label: &str, text: &str, is_required: bool) -> Result<String, Refused> {
    let text = text.trim();
    if is_required && text.is_empty() {
        return Err(Refused::field("incomplete", field, format!("请填写“{label}”。")));
    }
    if text.chars().count() > WORDS_MAX {
        return Err(Refused::field("too-long", field, format!("“{label}”不超过 {WORDS_MAX} 个字。")));
    }
    Ok(text.to_owned())
}

/// The provider's head gives the opinion.
pub async fn opine(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    mut opinion: Opinion,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    opinion.words = said("words", "理由和说明", &opinion.words, true)?;
    opinion.proposed = opinion.proposed.filter(|it| opinion.agrees && *it != content.application.terms);
    if let Some(proposed) = &opinion.proposed {
        fit(proposed, &content, &entry_of(&mut write, &case).await?)?;
    }
    let verdict = if opinion.agrees { "同意提供：" } else { "不同意提供：" };
    let stride = Stride {
        words: format!("{verdict}{}", opinion.words),
        terms: opinion.proposed.clone(),
        ..Stride::of(Step::Opine.word())
    };
    let agrees = opinion.agrees;
    content.opinion = Some(opinion);
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    seal(city, ctx, write, &case, Step::Opine, json!({ "agrees": agrees })).await
}

/// The authority grants, on these terms.
pub async fn grant(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    terms: Terms,
    words: &str,
) -> Result<GrantId, Refused> {
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    let words = said("words", "答复意见", words, false)?;
    let stride = Stride { words: words.clone(), terms: Some(terms.clone()), ..Stride::of(Step::Grant.word()) };
    // The step is judged first, so that one who may not decide learns nothing about the terms.
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    let entry = case.entry.clone().ok_or_else(|| Refused::internal("a request without an entry"))?;
    let offer = offered(&mut write, &entry).await?;
    fit(&terms, &content, &offer.content)?;
    let consumer = case.consumer.clone().ok_or_else(|| Refused::internal("a request without a consumer"))?;
    let consumer = orgs::get(&mut write, &consumer).await?.org;
    let matter = content.application.duty.clone();
    let party = Some((case.id.clone(), &consumer));
    let grant = issue(&mut write, ctx, &offer, party, matter, terms.clone()).await?;
    content.decision = Some(Decision { is_granted: true, words, terms: Some(terms), grant: Some(grant.clone()) });
    save(&mut write, &mut case, &content, Some(&grant)).await?;
    seal(city, ctx, write, &case, Step::Grant, json!({ "grant": grant, "entry": entry })).await?;
    city.gate.refresh().await?;
    Ok(grant)
}

/// The authority refuses, with reasons.
pub async fn refuse(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    reasons: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    let words = said("reason", "不予同意的理由", reasons, true)?;
    content.decision = Some(Decision { is_granted: false, words: words.clone(), terms: None, grant: None });
    let stride = Stride { words, ..Stride::of(Step::Refuse.word()) };
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    seal(city, ctx, write, &case, Step::Refuse, json!({})).await
}

/// The applicant takes the application back.
pub async fn withdraw(city: &City, ctx: &Ctx, case: &CaseId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, content) = open(&mut write, ctx, case, revision).await?;
    step(&mut write, city, ctx, &mut case, &content, Stride::of(Step::Withdraw.word())).await?;
    seal(city, ctx, write, &case, Step::Withdraw, json!({})).await
}

/// The authority takes a refused request up again, after a dispute about it was decided.
pub async fn reopen(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    reason: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, _) = open(&mut write, ctx, case, revision).await?;
    let reason = said("reason", "重新办理的缘由", reason, true)?;
    let filter = cases::Filter { about: Some(case.id.clone()), is_open: Some(false), ..cases::Filter::default() };
    if cases::count(&mut write, &filter).await? == 0 {
        let words = "争议经协调处理之后，方可重新办理。请先由申请部门或提供部门提请协调。";
        return Err(Refused::conflict("no-dispute-decided", words).citing(Yongzhou.art(18)));
    }
    take_up_again(&mut write, city, ctx, &mut case, reason).await?;
    seal(city, ctx, write, &case, Step::Reopen, json!({})).await
}

/// The reopening itself, inside the write that decides: its own, or that of the dispute.
pub(crate) async fn take_up_again(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    case: &mut Case,
    reason: String,
) -> Result<(), Refused> {
    let mut content: RequestContent = read(case)?;
    content.earlier.extend(content.decision.take());
    content.opinion = None;
    let stride = Stride { words: reason, ..Stride::of(Step::Reopen.word()) };
    step(write, city, ctx, case, &content, stride).await
}

/// The request `id` with what it says.
async fn open(
    write: &mut Write,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
) -> Result<(Case, RequestContent), Refused> {
    let case = engine::load(write, ctx, id, revision).await?;
    if case.procedure != request::PROCEDURE.name {
        return Err(Refused::not_found("该申请"));
    }
    let content = read(&case)?;
    Ok((case, content))
}

fn read(case: &Case) -> Result<RequestContent, Refused> {
    serde_json::from_value(case.content.clone()).map_err(Refused::internal)
}

/// Takes a step and saves what the request says after it.
async fn step(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    case: &mut Case,
    content: &RequestContent,
    stride: Stride,
) -> Result<(), Refused> {
    case.content = serde_json::to_value(content).map_err(Refused::internal)?;
    engine::advance(write, city, ctx, case, stride).await?;
    Ok(())
}

/// Saves what a step has led to, in the same write and without another step.
async fn save(
    write: &mut Write,
    case: &mut Case,
    content: &RequestContent,
    grant: Option<&GrantId>,
) -> Result<(), Refused> {
    case.content = serde_json::to_value(content).map_err(Refused::internal)?;
    case.grant = grant.cloned();
    let turns = cases::turns(&mut *write, &case.id).await?;
    cases::update(write, case.revision, case, &turns).await?;
    case.revision += 1;
    Ok(())
}

async fn seal(
    city: &City,
    ctx: &Ctx,
    write: Write,
    case: &Case,
    step: Step,
    more: serde_json::Value,
) -> Result<(), Refused> {
    let kind = match step {
        Step::Grant | Step::Refuse | Step::Withdraw => EventKind::CaseClosed,
        _ => EventKind::CaseStep,
    };
    let mut body = json!({ "procedure": "request", "step": step.name() });
    if let (Some(body), serde_json::Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    city.seal(write, ctx.event(kind, case.id.0.clone(), body)).await?;
    Ok(())
}

/// The entry's text that terms are judged by: its published version, also after a withdrawal the last one.
async fn entry_of(write: &mut Write, case: &Case) -> Result<Content, Refused> {
    let id = case.entry.clone().ok_or_else(|| Refused::internal("a request without an entry"))?;
    Ok(offered(write, &id).await?.content)
}

async fn offered(write: &mut Write, id: &EntryId) -> Result<Offer, Refused> {
    let entry = entries::get(&mut *write, id).await?;
    let Some(version) = entry.published else {
        let words = "该目录已撤回，不能再授权。可以不予同意，并说明理由。";
        return Err(Refused::conflict("not-published", words));
    };
    let content = versions::find(&mut *write, id, version).await?;
    let content = content.ok_or_else(|| Refused::internal("a published version that is not there"))?.content;
    let provider = orgs::get(&mut *write, &entry.org).await?.org;
    Ok(Offer { entry, version, content, provider })
}

/// What an entry says to those who use it: the published version, after a withdrawal the last one.
pub(crate) async fn catalogue_text(city: &City, id: &EntryId) -> Result<Content, Refused> {
    let entry = entries::get(city.store.read(), id).await?;
    let number = match entry.published {
        Some(number) => number,
        None => versions::last(city.store.read(), id).await?,
    };
    let version = versions::find(city.store.read(), id, number).await?;
    Ok(version.map_or(entry.draft, |it| it.content))
}

/// Terms that the entry can give, and that stay within what was applied for.
fn fit(terms: &Terms, request: &RequestContent, entry: &Content) -> Result<(), Refused> {
    let asked = &request.application.terms;
    let mut faults = terms.faults(entry);
    for item in terms.items.iter().filter(|it| !asked.items.contains(it)) {
        let title = entry.item(item).map_or(item.as_str(), |it| it.title.as_str());
        faults.push(format!("“{title}”不在申请的信息项之内。"));
    }
    if terms.purpose != asked.purpose {
        faults.push(format!("授权用途应与申请一致（{}）。", asked.purpose.label()));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mut refused = Refused::invalid("bad-terms", "授权条件有误，请按提示修改。");
    refused.fields = faults.into_iter().map(|it| ("terms".to_owned(), it)).collect();
    Err(refused)
}
