//! The provider's hand on the switch, and the report to the authority that goes with it (art. 19).

use jiff::civil::Date;
use rules::{
    grant::GrantState,
    ids::{CaseId, GrantId},
    law::Regulation::Yongzhou,
    people::Role,
    permission::Action,
    procedure::{
        Refusal,
        report::{self, Step},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{EventKind, Write, grants, usage};

use super::{Parties, parties};
use crate::{
    City, Ctx, Refused, Stale,
    calls::{ANSWERED, count_calls},
    cases::{
        Answers,
        engine::{self, Case, NewCase, Stride},
    },
    notices::{NoticeKind, To, tell_why},
    requests::{catalogue_text, said},
};

/// What a report's case holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReportContent {
    /// What the provider did: suspended or terminated.
    did: GrantState,
    /// Why.
    reason: String,
}

/// Suspends the grant from the next call on, and files the report to the authority in the same act.
pub async fn suspend(
    city: &City,
    ctx: &Ctx,
    id: &GrantId,
    revision: i64,
    reason: &str,
) -> Result<CaseId, Refused> {
    stop(city, ctx, id, revision, reason, GrantState::Suspended).await
}

/// Ends the grant for good, and files the report to the authority in the same act.
pub async fn terminate(
    city: &City,
    ctx: &Ctx,
    id: &GrantId,
    revision: i64,
    reason: &str,
) -> Result<CaseId, Refused> {
    stop(city, ctx, id, revision, reason, GrantState::Terminated).await
}

async fn stop(
    city: &City,
    ctx: &Ctx,
    id: &GrantId,
    revision: i64,
    reason: &str,
    to: GrantState,
) -> Result<CaseId, Refused> {
    let (action, kind) = match to {
        GrantState::Terminated => (Action::TerminateGrant, EventKind::GrantTerminated),
        _ => (Action::SuspendGrant, EventKind::GrantSuspended),
    };
    let mut write = city.store.write().await?;
    let parties = parties(&mut write, ctx, id, action).await?;
    let reason = said("reason", "理由", reason, true)?;
    turn(&mut write, ctx, &parties, revision, to, &reason).await?;
    let title = published_title(city, &parties).await?;
    tell_user(&mut write, ctx, &parties, (to, &title), &reason).await?;
    let report = file(&mut write, city, ctx, &parties, (to, title), reason).await?;
    let body = json!({ "entry": parties.grant.entry, "consumer": parties.grant.consumer, "report": report });
    city.seal(write, ctx.event(kind, id.0.clone(), body)).await?;
    city.gate.refresh().await?;
    Ok(report)
}

/// Lets a suspended grant be used again.
pub async fn resume(
    city: &City,
    ctx: &Ctx,
    id: &GrantId,
    revision: i64,
    reason: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let parties = parties(&mut write, ctx, id, Action::ResumeGrant).await?;
    let reason = said("reason", "理由", reason, true)?;
    turn(&mut write, ctx, &parties, revision, GrantState::Active, &reason).await?;
    let title = published_title(city, &parties).await?;
    tell_user(&mut write, ctx, &parties, (GrantState::Active, &title), &reason).await?;
    let body = json!({ "entry": parties.grant.entry, "consumer": parties.grant.consumer });
    city.seal(write, ctx.event(EventKind::GrantResumed, id.0.clone(), body))
        .await?;
    city.gate.refresh().await?;
    Ok(())
}

/// Moves the grant to another state, where that state can be reached from the one it is in.
async fn turn(
    write: &mut Write,
    ctx: &Ctx,
    parties: &Parties,
    revision: i64,
    to: GrantState,
    reason: &str,
) -> Result<(), Refused> {
    let grant = &parties.grant;
    if grant.revision != revision {
        let changed_at = Some(grant.changed_at);
        let changed_by = parties.provider.name.clone();
        return Err(Refused::stale(Stale {
            revision: grant.revision,
            is_own: false,
            changed_by,
            changed_at,
            content: None,
        }));
    }
    let may = match to {
        GrantState::Active => grant.state == GrantState::Suspended,
        GrantState::Suspended => grant.state == GrantState::Active,
        GrantState::Terminated => grant.state != GrantState::Terminated,
    };
    if !may {
        let words = format!(
            "授权目前为“{}”，不能办理此项操作。请刷新页面后查看。",
            grant.state.label()
        );
        return Err(Refused::conflict("not-from-here", words).citing(Yongzhou.art(19)));
    }
    let kept = if to == GrantState::Active { "" } else { reason };
    grants::set_state(write, &grant.id, revision, to, kept, ctx.now).await?;
    Ok(())
}

/// The title as the catalogue has it: the user does not work on the next version, and is not to read it.
async fn published_title(city: &City, parties: &Parties) -> Result<String, Refused> {
    Ok(catalogue_text(city, &parties.grant.entry).await?.title)
}

/// Tells the user agency what the provider did with its grant, and why.
async fn tell_user(
    write: &mut Write,
    ctx: &Ctx,
    parties: &Parties,
    (to, title): (GrantState, &str),
    reason: &str,
) -> Result<(), Refused> {
    let (kind, did) = match to {
        GrantState::Active => (NoticeKind::GrantResumed, "恢复，可以继续调用"),
        GrantState::Suspended => (NoticeKind::GrantSuspended, "暂停，此后的调用将被拒绝"),
        GrantState::Terminated => (NoticeKind::GrantTerminated, "终止，此后的调用将被拒绝"),
    };
    let words = format!("“{title}”的授权已由提供部门（{}）{did}。", parties.provider.name);
    let href = format!("/grants/{}", parties.grant.id);
    let users = To::roles(&parties.consumer.id, &[Role::Clerk, Role::Head, Role::Engineer]);
    tell_why(write, ctx.now, users, kind, &words, reason, &href).await
}

/// Files the report: the act that stops a grant cannot be done without it.
async fn file(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    parties: &Parties,
    (did, title): (GrantState, String),
    reason: String,
) -> Result<CaseId, Refused> {
    let content = ReportContent {
        did,
        reason: reason.clone(),
    };
    let new = NewCase {
        procedure: &report::PROCEDURE,
        title,
        entry: Some(parties.grant.entry.clone()),
        grant: Some(parties.grant.id.clone()),
        about: None,
        consumer: Some(parties.consumer.id.clone()),
        provider: parties.provider.id.clone(),
        authority: parties.provider.authority.clone(),
        content: serde_json::to_value(&content).map_err(Refused::internal)?,
    };
    let stride = Stride {
        words: reason,
        ..Stride::of(Step::File.word())
    };
    Ok(engine::begin(write, city, ctx, new, stride).await?.id)
}

/// The authority takes note of a report.
pub async fn note_report(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    words: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut case = engine::load(&mut write, ctx, case, revision).await?;
    if case.procedure != report::PROCEDURE.name {
        return Err(Refused::not_found("该报告"));
    }
    let words = said("remark", "阅处意见", words, false)?;
    let stride = Stride {
        words,
        ..Stride::of(Step::Note.word())
    };
    engine::advance(&mut write, city, ctx, &mut case, stride).await?;
    let body = json!({ "procedure": "report", "step": Step::Note.name() });
    city.seal(write, ctx.event(EventKind::CaseClosed, case.id.0.clone(), body))
        .await?;
    Ok(())
}

/// Takes `step` of a report with what the generic form brought.
pub(crate) async fn act_on_report(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    step: &str,
    answers: Answers,
) -> Result<(), Refused> {
    match Step::parse(step) {
        Some(Step::Note) => note_report(city, ctx, id, revision, answers.get("remark")).await,
        Some(Step::File) | None => Err(Refusal::NoSuchStep.into()),
    }
}

/// What the report says, line by line.
pub(crate) async fn report_lines(city: &City, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let content: ReportContent = serde_json::from_value(case.content.clone()).map_err(Refused::internal)?;
    let did = match content.did {
        GrantState::Terminated => "终止提供",
        _ => "暂停提供",
    };
    let line = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let mut lines = vec![line("提供部门采取的措施", did), line("理由", &content.reason)];
    if let Some(grant) = &case.grant {
        lines.extend(used(city, grant).await?);
    }
    Ok(lines)
}

/// What a grant is for and how it was used, for those who read a report about it.
async fn used(city: &City, id: &GrantId) -> Result<Vec<(String, String)>, Refused> {
    count_calls(city).await?;
    let terms = grants::get(city.store.read(), id).await?.terms;
    let tallies = usage::of_grant(city.store.read(), id, Date::MIN, Date::MAX).await?;
    let calls = |is_answered: bool| -> u64 {
        let these = tallies
            .iter()
            .filter(|it| (it.outcome == ANSWERED) == is_answered);
        these.map(|it| it.calls).sum()
    };
    let (answered, refused) = (calls(true), calls(false));
    Ok(vec![
        (
            "授权用途".to_owned(),
            format!("{}：{}", terms.purpose.label(), terms.purpose_text),
        ),
        (
            "授权期限".to_owned(),
            format!("{} 至 {}", terms.from, terms.until),
        ),
        (
            "调用情况".to_owned(),
            format!("已应答 {answered} 次，被拒绝 {refused} 次"),
        ),
    ])
}
