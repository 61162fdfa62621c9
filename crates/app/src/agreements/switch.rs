//! The provider's hand on an agreement: suspend, resume, end.

use rules::{
    grant::GrantState,
    ids::AgreementId,
    law::Regulation::Yongzhou,
    permission::{Action, Subject},
};
use serde_json::json;
use store::{
    EventKind, Source,
    agreements::{self, Agreement},
    orgs,
};

use crate::{
    City, Ctx, Refused,
    cases::Reborrow,
    notices::{NoticeKind, To, tell_why},
    requests::said,
};

/// Suspends the agreement from the next call on.
pub async fn suspend(
    city: &City,
    ctx: &Ctx,
    id: &AgreementId,
    revision: i64,
    reason: &str,
) -> Result<(), Refused> {
    turn(city, ctx, id, revision, reason, GrantState::Suspended).await
}

/// Lets a suspended agreement be used again.
pub async fn resume(
    city: &City,
    ctx: &Ctx,
    id: &AgreementId,
    revision: i64,
    reason: &str,
) -> Result<(), Refused> {
    turn(city, ctx, id, revision, reason, GrantState::Active).await
}

/// Ends the agreement for good.
pub async fn end(
    city: &City,
    ctx: &Ctx,
    id: &AgreementId,
    revision: i64,
    reason: &str,
) -> Result<(), Refused> {
    turn(city, ctx, id, revision, reason, GrantState::Terminated).await
}

async fn turn(
    city: &City,
    ctx: &Ctx,
    id: &AgreementId,
    revision: i64,
    reason: &str,
    to: GrantState,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let it = find(&mut write, ctx, id, Action::SuspendAgreement).await?;
    let reason = said("reason", "理由", reason, true)?;
    if it.revision != revision {
        let words = "协议在您打开页面之后有变化，请刷新页面后重试。";
        return Err(Refused::conflict("stale-page", words));
    }
    let may = match to {
        GrantState::Active => it.state == GrantState::Suspended,
        GrantState::Suspended => it.state == GrantState::Active && it.accepted_at.is_some(),
        GrantState::Terminated => it.state != GrantState::Terminated,
    };
    if !may {
        let words = "协议目前的状态不能办理此项操作。请刷新页面后查看。";
        return Err(Refused::conflict("not-from-here", words).citing(Yongzhou.art(26)));
    }
    let (kind, done) = match to {
        GrantState::Active => (EventKind::AgreementResumed, "已恢复"),
        GrantState::Suspended => (EventKind::AgreementSuspended, "已暂停"),
        GrantState::Terminated => (EventKind::AgreementEnded, "已终止"),
    };
    let kept = if to == GrantState::Active { "" } else { &reason };
    agreements::set_state(&mut write, &it, to, kept, ctx.now).await?;
    let words = format!("开放利用协议{}{done}。", it.number);
    let href = format!("/open/account/agreements/{id}");
    let told = To::applicant(&it.applicant);
    tell_why(
        &mut write,
        ctx.now,
        told,
        NoticeKind::OpenRequest,
        &words,
        &reason,
        &href,
    )
    .await?;
    let body = json!({ "number": it.number, "entry": it.entry });
    city.seal(write, ctx.event(kind, id.0.clone(), body)).await?;
    city.gate.refresh().await
}

/// The agreement `id`, if this person may do `action` with it.
pub(super) async fn find(
    mut db: impl Source + Reborrow,
    ctx: &Ctx,
    id: &AgreementId,
    action: Action,
) -> Result<Agreement, Refused> {
    let missing = || Refused::not_found("该协议");
    let it = agreements::find(db.again(), id).await?.ok_or_else(missing)?;
    let provider = orgs::get(db.again(), &it.provider).await?.org;
    let subject = Subject {
        provider: Some(&provider),
        ..Subject::default()
    };
    // Of one that this person may not even see there is none.
    ctx.may(Action::SeeAgreement, &subject).map_err(|_| missing())?;
    ctx.may(action, &subject)?;
    Ok(it)
}
