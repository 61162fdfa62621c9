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
    cases::engine::{self, NewCase, Reborrow, Stride},
};

mod act;
mod content;
mod decide;

pub(crate) use act::{act, lines};
pub use content::*;
pub(crate) use decide::take_up_again;
pub use decide::{grant, opine, refuse, reopen, withdraw};

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
async fn offer(
    mut db: impl Source + Reborrow,
    ctx: &Ctx,
    id: &EntryId,
    action: Action,
) -> Result<Offer, Refused> {
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
    let content = versions::find(db.again(), id, version)
        .await?
        .ok_or_else(missing)?
        .content;
    Ok(Offer {
        entry,
        version,
        content,
        provider,
    })
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
        let words = format!(
            "“{}”为有条件共享，请提交共享申请，经审核同意后使用。",
            offer.content.title
        );
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
    city.seal(write, ctx.event(EventKind::GrantIssued, grant.0.clone(), body))
        .await?;
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
    let found = grants::list(write, &filter, None, 100)
        .await?
        .into_iter()
        .map(|it| it.grant)
        .find(|it| {
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
        let words = format!(
            "“{}”为无条件共享，无需申请：说明用途即可直接获得访问权限。",
            offer.content.title
        );
        return Err(Refused::conflict("needs-no-application", words).citing(Yongzhou.art(18)));
    }
    let application = checked(application, &offer.content, ctx)?;
    refuse_second(&mut write, ctx, entry).await?;
    let authority = engine::authority_in_charge(&mut write, &offer.provider, &ctx.actor.org).await?;
    let terms = application.terms.clone();
    let content = RequestContent {
        application,
        opinion: None,
        decision: None,
        earlier: Vec::new(),
        applied_at: ctx.now,
    };
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
    let stride = Stride {
        words,
        terms: Some(terms),
        ..Stride::of(Step::Apply.word())
    };
    let case = engine::begin(&mut write, city, ctx, new, stride).await?;
    let body = json!({ "procedure": "request", "entry": entry });
    city.seal(write, ctx.event(EventKind::CaseOpened, case.id.0.clone(), body))
        .await?;
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
    fields.extend(
        terms
            .faults(content)
            .into_iter()
            .map(|it| ("terms".to_owned(), it)),
    );
    if terms.until < ctx.today() {
        fields.push(("until".to_owned(), "截止日期已过，请重新选择。".to_owned()));
    }
    if fields.is_empty() {
        return Ok(Application {
            terms,
            duty,
            system,
            frequency,
        });
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

/// What somebody wrote, trimmed and without what nobody can see; refused at its field where it is missing or too long.
pub(crate) fn said(field: &str, label: &str, text: &str, is_required: bool) -> Result<String, Refused> {
    let is_seen = |it: &char| !it.is_control() || matches!(it, '\n' | '\t');
    let text: String = text.chars().filter(is_seen).collect();
    let text = text.trim();
    if is_required && text.is_empty() {
        return Err(Refused::field("incomplete", field, format!("请填写“{label}”。")));
    }
    if text.chars().count() > WORDS_MAX {
        return Err(Refused::field(
            "too-long",
            field,
            format!("“{label}”不超过 {WORDS_MAX} 个字。"),
        ));
    }
    Ok(text.to_owned())
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
