//! Putting right what was objected to: a new release or a withdrawal after the objection, and the end of its case.

use rules::{
    ids::CaseId,
    law::Regulation::Yongzhou,
    procedure::objection::{State, Step},
};
use store::{marks, open_sets, releases};

use super::{advance, open, seal};
use crate::{
    City, Ctx, Refused,
    cases::{Reborrow, engine::Case},
    opening::ReleaseState,
};

/// What is said as long as nothing was done.
pub(super) const NOT_YET: &str = "尚未更正。发布新的开放快照，或者撤回开放数据之后，才能确认已更正。";

/// How the data was put right since the objection came in; none where it still stands as it was.
pub(super) async fn repaired(
    mut db: impl store::Source + Reborrow,
    case: &Case,
) -> Result<Option<String>, Refused> {
    let Some(entry) = &case.entry else {
        return Ok(None);
    };
    let set = open_sets::find(db.again(), entry).await?;
    if let Some(at) = set
        .and_then(|it| it.withdrawn_at)
        .filter(|at| case.opened_at < *at)
    {
        return Ok(Some(format!("{} 撤回了开放数据。", rules::calendar::today(at))));
    }
    let releases = releases::of_entry(db.again(), entry).await?;
    let current = releases.iter().find(|it| it.state == ReleaseState::Current);
    // One that was let out before the objection came in cannot answer it, however long it took to make.
    if let Some(it) = current.filter(|it| case.opened_at < it.asked_at) {
        let on = rules::calendar::today(it.asked_at);
        return Ok(Some(format!("{on} 发布了第{}期开放快照。", it.number)));
    }
    let is_standing = open_sets::standing_one(db.again(), entry.as_str())
        .await?
        .is_some();
    Ok((!is_standing).then(|| "该数据集已不再开放。".to_owned()))
}

/// Says that the data was put right as was decided: the mark is taken off, and the case is closed. Refused as long as
/// nothing was done.
pub(super) async fn amend(city: &City, ctx: &Ctx, case: &CaseId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, content) = open(&mut write, ctx, case, revision).await?;
    let Some(words) = repaired(&mut write, &case).await? else {
        return Err(Refused::conflict("not-put-right", NOT_YET).citing(Yongzhou.art(34)));
    };
    let made = (Step::Amend, Some(State::Told));
    advance(&mut write, city, ctx, &mut case, &content, made, words).await?;
    if let Some(entry) = &case.entry {
        marks::lift(&mut write, &case.id, entry, ctx.now).await?;
    }
    seal(city, ctx, write, &case, Step::Amend, None).await
}
