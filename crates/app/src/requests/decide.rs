//! How a request is answered: the provider's opinion, the authority's decision, and what may follow (art. 18 (二)).

use rules::{
    catalogue::Content,
    grant::Terms,
    ids::{CaseId, EntryId, GrantId},
    law::Regulation::Yongzhou,
    people::Role,
    procedure::request::{self, Step},
};
use serde_json::json;
use store::{EventKind, Write, cases, entries, orgs, versions};

use super::{Decision, Offer, Opinion, RequestContent, issue, said};
use crate::{
    City, Ctx, Refused,
    cases::engine::{self, Case, Stride},
    notices::{NoticeKind, To, tell, tell_why},
};

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
    opinion.proposed = opinion
        .proposed
        .filter(|it| opinion.agrees && *it != content.application.terms);
    if let Some(proposed) = &opinion.proposed {
        fit(proposed, &content, &entry_of(&mut write, &case).await?)?;
    }
    let verdict = if opinion.agrees {
        "同意提供："
    } else {
        "不同意提供："
    };
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
    let stride = Stride {
        words: words.clone(),
        terms: Some(terms.clone()),
        ..Stride::of(Step::Grant.word())
    };
    // The step is judged first, so that one who may not decide learns nothing about the terms.
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    let entry = case
        .entry
        .clone()
        .ok_or_else(|| Refused::internal("a request without an entry"))?;
    let offer = offered(&mut write, &entry).await?;
    fit(&terms, &content, &offer.content)?;
    let consumer = case
        .consumer
        .clone()
        .ok_or_else(|| Refused::internal("a request without a consumer"))?;
    let consumer = orgs::get(&mut write, &consumer).await?.org;
    let matter = content.application.duty.clone();
    let party = Some((case.id.clone(), &consumer));
    let grant = issue(&mut write, ctx, &offer, party, matter, terms.clone()).await?;
    content.decision = Some(Decision {
        is_granted: true,
        words,
        terms: Some(terms),
        grant: Some(grant.clone()),
    });
    save(&mut write, &mut case, &content, Some(&grant)).await?;
    tell_decided(&mut write, ctx, &case, &content).await?;
    seal(
        city,
        ctx,
        write,
        &case,
        Step::Grant,
        json!({ "grant": grant, "entry": entry }),
    )
    .await?;
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
    content.decision = Some(Decision {
        is_granted: false,
        words: words.clone(),
        terms: None,
        grant: None,
    });
    let stride = Stride {
        words,
        ..Stride::of(Step::Refuse.word())
    };
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    tell_decided(&mut write, ctx, &case, &content).await?;
    seal(city, ctx, write, &case, Step::Refuse, json!({})).await
}

/// The applicant takes the application back.
pub async fn withdraw(city: &City, ctx: &Ctx, case: &CaseId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, content) = open(&mut write, ctx, case, revision).await?;
    step(
        &mut write,
        city,
        ctx,
        &mut case,
        &content,
        Stride::of(Step::Withdraw.word()),
    )
    .await?;
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
    let filter = cases::Filter {
        about: Some(case.id.clone()),
        is_open: Some(false),
        ..cases::Filter::default()
    };
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
    let stride = Stride {
        words: reason,
        ..Stride::of(Step::Reopen.word())
    };
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

pub(super) fn read(case: &Case) -> Result<RequestContent, Refused> {
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

/// Tells both sides how the request was decided; the engineer, who sees no requests, that there is a grant.
async fn tell_decided(
    write: &mut Write,
    ctx: &Ctx,
    case: &Case,
    content: &RequestContent,
) -> Result<(), Refused> {
    let Some(decision) = &content.decision else {
        return Ok(());
    };
    let verdict = if decision.is_granted {
        "已同意并授权"
    } else {
        "不予同意，理由见办件"
    };
    let words = format!("共享申请“{}”（{}）{verdict}。", case.title, case.number);
    let href = format!("/cases/{}", case.id);
    let sides: [(&Option<_>, &[Role]); 2] = [
        (&case.consumer, &[Role::Clerk, Role::Head]),
        (&case.provider, &[Role::Head, Role::Cataloguer]),
    ];
    for (org, roles) in sides {
        let Some(org) = org else { continue };
        let to = To::roles(org, roles).but(Some(ctx.actor.user.clone()));
        let kind = NoticeKind::RequestDecided;
        tell_why(write, ctx.now, to, kind, &words, &decision.words, &href).await?;
    }
    if let (Some(consumer), Some(grant)) = (&case.consumer, &case.grant) {
        let (to, href) = (To::roles(consumer, &[Role::Engineer]), format!("/grants/{grant}"));
        let words = format!("“{}”已授权贵单位使用，可以配置应用系统调用。", case.title);
        tell(write, ctx.now, to, NoticeKind::RequestDecided, &words, &href).await?;
    }
    Ok(())
}

/// The entry's text that terms are judged by: its published version, also after a withdrawal the last one.
async fn entry_of(write: &mut Write, case: &Case) -> Result<Content, Refused> {
    let id = case
        .entry
        .clone()
        .ok_or_else(|| Refused::internal("a request without an entry"))?;
    Ok(offered(write, &id).await?.content)
}

async fn offered(write: &mut Write, id: &EntryId) -> Result<Offer, Refused> {
    let entry = entries::get(&mut *write, id).await?;
    let Some(version) = entry.published else {
        let words = "该目录已撤回，不能再授权。可以不予同意，并说明理由。";
        return Err(Refused::conflict("not-published", words));
    };
    let content = versions::find(&mut *write, id, version).await?;
    let content = content
        .ok_or_else(|| Refused::internal("a published version that is not there"))?
        .content;
    let provider = orgs::get(&mut *write, &entry.org).await?.org;
    Ok(Offer {
        entry,
        version,
        content,
        provider,
    })
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
