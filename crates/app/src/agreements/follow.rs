//! 定期跟踪: the authority learns at the agreed rhythm how opened data is used (art. 26).

use jiff::{ToSpan, civil::Date};
use rules::{
    agreement::{self, FOLLOW_AMBER_DAYS},
    clock::Colour,
    ids::AgreementId,
    permission::Action,
};
use serde_json::json;
use store::{EventKind, agreements};

use super::switch::find;
use crate::{City, Ctx, Refused, calls::holds_identity, requests::said};

/// Follow-ups listed at most; the most pressing come first.
const ALL: u32 = 200;

/// A follow-up that is due soon or late.
#[derive(Clone, Debug)]
pub struct FollowUpDue {
    /// The agreement.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// The set's title.
    pub title: String,
    /// The applicant's number.
    pub applicant_number: String,
    /// The day.
    pub due: Date,
    /// How pressing it is.
    pub colour: Colour,
}

/// What waits to be followed up by this person's authority, two weeks ahead; empty for everybody else.
pub async fn follow_ups_due(city: &City, ctx: &Ctx) -> Result<Vec<FollowUpDue>, Refused> {
    if !ctx.actor.is(rules::people::Role::Reviewer) {
        return Ok(Vec::new());
    }
    let until = ctx
        .today()
        .checked_add(FOLLOW_AMBER_DAYS.days())
        .map_err(Refused::internal)?;
    let found = agreements::follow_ups_due(city.store.read(), &ctx.actor.org.id, until, ALL).await?;
    let due = found.into_iter().filter_map(|it| {
        let due = it.agreement.follow_on?;
        Some(FollowUpDue {
            id: it.agreement.id,
            number: it.agreement.number,
            title: it.entry_title,
            applicant_number: it.applicant_number,
            due,
            colour: agreement::urgency(due, ctx.today()),
        })
    });
    Ok(due.collect())
}

/// Records what was learnt; the next follow-up is due at the agreed rhythm.
pub async fn follow_up(
    city: &City,
    ctx: &Ctx,
    id: &AgreementId,
    revision: i64,
    words: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let it = find(&mut write, ctx, id, Action::FollowUp).await?;
    let words = said("words", "跟踪情况", words, true)?;
    if holds_identity(&words) {
        let words = "跟踪情况请勿填写身份证号、手机号等个人信息。";
        return Err(Refused::field("personal-data", "words", words));
    }
    if it.revision != revision {
        let words = "协议在您打开页面之后有变化，请刷新页面后重试。";
        return Err(Refused::conflict("stale-page", words));
    }
    if it.follow_on.is_none() {
        let words = "该协议尚未生效或者已经结束，没有待办的跟踪。";
        return Err(Refused::conflict("not-from-here", words));
    }
    let today = ctx.today();
    let next = agreement::next_follow_up(today, it.follow_months, it.terms.until);
    agreements::follow_up(&mut write, &it, &ctx.actor.user, (today, next), &words, ctx.now).await?;
    let body = json!({ "number": it.number, "next": next.map(|it| it.to_string()) });
    city.seal(
        write,
        ctx.event(EventKind::AgreementFollowedUp, id.0.clone(), body),
    )
    .await?;
    Ok(())
}
