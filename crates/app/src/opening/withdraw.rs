//! Taking an open set back: off every surface by one sealed write.

use rules::{ids::EntryId, law::Regulation::Yongzhou, permission::Action};
use serde_json::json;
use store::{EventKind, open_sets, releases};

use super::Opening;
use crate::{City, Ctx, Refused};

/// Characters of a reason at most.
const REASON_MAX: usize = 1_000;

/// Withdraws an open set with all its releases, those being made too, and strikes it from the list. It can be opened
/// again by another review and another edition of the list.
pub async fn withdraw(city: &City, ctx: &Ctx, entry: &EntryId, reason: &str) -> Result<(), Refused> {
    let reason = reason.trim();
    if reason.is_empty() || REASON_MAX < reason.chars().count() {
        let words = format!("请写明撤回的理由，不超过{REASON_MAX}个字。");
        return Err(Refused::field("incomplete", "reason", words));
    }
    let mut write = city.store.write().await?;
    let opening = Opening::get(&mut write, ctx, entry, Action::WithdrawRelease).await?;
    let is_out =
        |it: &open_sets::OpenSet| it.withdrawn_at.is_none() && (it.listed.is_some() || it.current.is_some());
    let Some(set) = opening.set.filter(is_out) else {
        let words = "该目录目前没有开放，无需撤回。";
        return Err(Refused::conflict("not-opened", words).citing(Yongzhou.art(23)));
    };
    let by = (&ctx.actor.user, ctx.now);
    open_sets::withdraw(&mut write, entry, set.revision, by, reason).await?;
    releases::withdraw(&mut write, entry).await?;
    let but = Some(ctx.actor.user.clone());
    let words = |title: &str| format!("“{title}”已从开放平台撤回，理由见开放管理页面。");
    super::tell(&mut write, ctx.now, entry, but, words).await?;
    // The reason may name what must not be named: it stays in the records.
    let body = json!({ "number": set.current, "listed": set.listed });
    city.seal(
        write,
        ctx.event(EventKind::OpenSetWithdrawn, entry.0.clone(), body),
    )
    .await?;
    crate::portal::follow(city).await
}
