//! How an entry goes: a draft that never was in the catalogue is thrown away, a published one is taken out (art. 13, 17).

use rules::{
    catalogue::ShareKind,
    grant::GrantState,
    ids::EntryId,
    law::Regulation::Yongzhou,
    people::Role,
    permission::Action,
    procedure::compilation::{PROCEDURE, State, Step},
};
use serde_json::json;
use store::{EventKind, Write, cases, entries, grants, open_sets, orgs, versions};

use super::{Found, draft::last_actor};
use crate::{
    City, Ctx, Refused,
    cases::{Stride, advance},
    notices::{NoticeKind, To, tell_why},
    requests::said,
};

/// Throws a draft away that never was in the catalogue. Its code is not given again, and what was done with it stays
/// in the evidence and in its cases.
pub async fn discard(city: &City, ctx: &Ctx, id: &EntryId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let found = Found::get(&mut write, id).await?;
    ctx.may(Action::EditDraft, &found.subject(true))?;
    found.expect(ctx, revision, last_actor(&mut write, id).await?)?;
    if versions::last(&mut write, id).await? > 0 {
        let words = "该目录曾经发布，各版本须长期可查，不能删除。不再提供的，请由部门负责人下架。";
        return Err(Refused::conflict("was-published", words).citing(Yongzhou.art(13)));
    }
    if !matches!(found.state(), State::Draft | State::Returned) {
        let words = "该目录正在审核，不能删除。请先撤回。";
        return Err(Refused::conflict("not-editable", words));
    }
    if let Some(mut case) = cases::open_of_entry(&mut write, id, PROCEDURE.name).await? {
        advance(&mut write, city, ctx, &mut case, Stride::of(Step::Discard.word())).await?;
    }
    entries::set_state(&mut write, id, revision, State::Discarded.name(), ctx.now).await?;
    let body = json!({ "code": found.entry.code });
    city.seal(write, ctx.event(EventKind::EntryDiscarded, id.as_str(), body))
        .await?;
    Ok(())
}

/// Takes a published entry out of the catalogue, for a reason. Every grant on it ends by the same act, and the user
/// agencies and the authority are told why; its versions stay readable to those who keep it.
///
/// What is shared without conditions is not withdrawn by one agency alone: art. 17 wants the designated department's
/// confirmation, which a revision to 不予共享 goes through.
pub async fn retire(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    revision: i64,
    reason: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let found = Found::get(&mut write, id).await?;
    ctx.may(Action::RetireEntry, &found.subject(true))?;
    found.expect(ctx, revision, last_actor(&mut write, id).await?)?;
    let reason = said("reason", "下架的理由", reason, true)?;
    let Some(number) = found
        .entry
        .published
        .filter(|_| found.state() == State::Published)
    else {
        let words = "该目录未发布，或者正在修订。请先完成或撤回修订，再下架。";
        return Err(Refused::conflict("not-published", words));
    };
    let content = versions::find(&mut write, id, number).await?.map(|it| it.content);
    if content.is_some_and(|it| it.share == ShareKind::Unconditional) {
        let words = "无条件共享的目录下架属于缩小共享范围。请先修订为“不予共享”，经指定部门审核确认并发布后，再下架。";
        return Err(Refused::conflict("needs-confirmation", words).citing(Yongzhou.art(17)));
    }
    if open_sets::find(&mut write, id)
        .await?
        .is_some_and(|it| it.listed.is_some() && it.withdrawn_at.is_none())
    {
        let words = "该目录正在向社会开放。请先在“数据开放”中撤下，再下架。";
        return Err(Refused::conflict("still-open", words).citing(Yongzhou.art(24)));
    }
    entries::set_published(&mut write, id, None).await?;
    entries::set_state(&mut write, id, revision, State::Draft.name(), ctx.now).await?;
    let ended = end_grants(&mut write, ctx, &found, &reason).await?;
    tell_authority(&mut write, ctx, &found, &reason, ended).await?;
    let body = json!({ "code": found.entry.code, "version": number, "grants": ended });
    city.seal(write, ctx.event(EventKind::EntryRetired, id.as_str(), body))
        .await?;
    crate::search::follow(city).await?;
    city.gate.refresh().await?;
    Ok(())
}

/// Ends every grant on the entry and tells its user; returns how many there were.
async fn end_grants(write: &mut Write, ctx: &Ctx, found: &Found, reason: &str) -> Result<usize, Refused> {
    let mut ended = 0;
    for state in [GrantState::Active, GrantState::Suspended] {
        let filter = grants::Filter {
            entry: Some(found.entry.id.clone()),
            state: Some(state),
            ..grants::Filter::default()
        };
        // Each ends here, so that the first page is always what is left.
        loop {
            let lines = grants::list(&mut *write, &filter, None, 100).await?;
            if lines.is_empty() {
                break;
            }
            for it in lines.into_iter().map(|it| it.grant) {
                let kept = format!("目录已下架：{reason}");
                let to = GrantState::Terminated;
                grants::set_state(write, &it.id, it.revision, to, &kept, ctx.now).await?;
                let words = format!(
                    "“{}”的目录已由提供部门（{}）下架，授权随之终止，此后的调用将被拒绝。",
                    found.entry.draft.title, found.provider.name
                );
                let href = format!("/grants/{}", it.id);
                let roles = [Role::Clerk, Role::Head, Role::Engineer];
                let users = To::roles(&it.consumer, &roles);
                let kind = NoticeKind::GrantTerminated;
                tell_why(write, ctx.now, users, kind, &words, reason, &href).await?;
                ended += 1;
            }
        }
    }
    Ok(ended)
}

async fn tell_authority(
    write: &mut Write,
    ctx: &Ctx,
    found: &Found,
    reason: &str,
    ended: usize,
) -> Result<(), Refused> {
    let words = format!(
        "{}下架了目录“{}”（{}），同时终止授权 {ended} 项。",
        found.provider.name, found.entry.draft.title, found.entry.code
    );
    let authority = orgs::get(&mut *write, &found.provider.authority).await?.org;
    let to = To::roles(&authority.id, &[Role::Reviewer]);
    let href = format!("/entries/{}", found.entry.id);
    let kind = NoticeKind::EntryWithdrawn;
    tell_why(write, ctx.now, to, kind, &words, reason, &href).await?;
    let own = To::roles(&found.provider.id, &[Role::Cataloguer]).but(Some(ctx.actor.user.clone()));
    tell_why(write, ctx.now, own, kind, &words, reason, &href).await
}
