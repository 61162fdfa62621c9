//! Agreements on the pages of the city's own people.

use jiff::{Timestamp, civil::Date};
use rules::{
    clock::Colour,
    grant::{GrantState, Mask, Operation, Terms},
    ids::{AgreementId, CaseId, EntryId, GrantId},
    permission::{self, Action, Subject},
};
use store::{
    agreements::{self, Filter, FollowUp, Line},
    orgs, usage,
};

use super::{state_words, switch::find};
use crate::{City, Ctx, Refused, calls::count_calls, catalogue::Deed, requests::catalogue_text};

/// Agreements read at a time.
const PAGE: u32 = 500;

/// One line in a list of agreements.
#[derive(Clone, Debug)]
pub struct AgreementRow {
    /// Its id.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// The entry.
    pub entry: EntryId,
    /// The entry's title.
    pub title: String,
    /// The provider's name.
    pub provider_name: String,
    /// The applicant's number.
    pub applicant_number: String,
    /// Where it stands, in words.
    pub state: &'static str,
    /// The last day.
    pub until: Date,
    /// The next follow-up and how pressing it is.
    pub follow: Option<(Date, Colour)>,
}

/// How an agreement was used, counted from the evidence of its calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgreementUse {
    /// Calls answered.
    pub calls: u64,
    /// Calls refused.
    pub refused: u64,
    /// Rows given.
    pub rows: u64,
    /// The last day of use.
    pub last_day: Option<Date>,
}

/// One agreement, with everything its page shows.
#[derive(Clone, Debug)]
pub struct AgreementView {
    /// The line it has in lists.
    pub row: AgreementRow,
    /// The application.
    pub case: CaseId,
    /// The text, clause by clause.
    pub text: Vec<String>,
    /// The terms.
    pub terms: Terms,
    /// The granted items: title and how they are veiled.
    pub items: Vec<(String, String)>,
    /// Why it is suspended or ended; empty otherwise.
    pub reason: String,
    /// When it was offered.
    pub offered_at: Timestamp,
    /// When the applicant accepted it.
    pub accepted_at: Option<Timestamp>,
    /// How it was used.
    pub usage: AgreementUse,
    /// The follow-ups that were made, the newest first.
    pub follow_ups: Vec<FollowUp>,
    /// What can be done with it: `suspend`, `resume`, `end`, `follow-up`.
    pub deeds: Vec<Deed>,
    /// Its revision, for the forms.
    pub revision: i64,
}

/// The agreements this person may see, the newest first.
pub async fn list(city: &City, ctx: &Ctx) -> Result<Vec<AgreementRow>, Refused> {
    let mut rows = Vec::new();
    let orgs = orgs::all(city.store.read()).await?;
    let mut after: Option<agreements::Cursor> = None;
    loop {
        let page = agreements::list(city.store.read(), &Filter::default(), after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        after = page
            .last()
            .map(|it| (it.agreement.created_at, it.agreement.id.clone()));
        for line in page {
            let provider = orgs.iter().find(|it| it.org.id == line.agreement.provider);
            let subject = Subject {
                provider: provider.map(|it| &it.org),
                ..Subject::default()
            };
            if ctx.may(Action::SeeAgreement, &subject).is_ok() {
                rows.push(row(ctx, line));
            }
        }
        if is_last {
            return Ok(rows);
        }
    }
}

fn row(ctx: &Ctx, line: Line) -> AgreementRow {
    let today = ctx.today();
    let it = line.agreement;
    AgreementRow {
        state: state_words(&it, today),
        follow: it
            .follow_on
            .map(|due| (due, rules::agreement::urgency(due, today))),
        title: line.entry_title,
        provider_name: line.provider_name,
        applicant_number: line.applicant_number,
        id: it.id,
        number: it.number,
        entry: it.entry,
        until: it.terms.until,
    }
}

/// One agreement.
pub async fn show(city: &City, ctx: &Ctx, id: &AgreementId) -> Result<AgreementView, Refused> {
    let it = find(city.store.read(), ctx, id, Action::SeeAgreement).await?;
    let line = agreements::line(city.store.read(), id).await?;
    let line = line.ok_or_else(|| Refused::not_found("该协议"))?;
    let content = catalogue_text(city, &it.entry).await?;
    let item = |name: &String| {
        let title = content
            .item(name)
            .map_or_else(|| name.clone(), |it| it.title.clone());
        (title, it.terms.mask(name))
    };
    let items = it.terms.items.iter().map(item);
    let provider = orgs::get(city.store.read(), &it.provider).await?.org;
    Ok(AgreementView {
        items: items
            .map(|(title, mask)| {
                let veiled = if mask == Mask::Clear { "" } else { mask.label() };
                (title, veiled.to_owned())
            })
            .collect(),
        usage: used(city, id).await?,
        follow_ups: agreements::follow_ups(city.store.read(), id).await?,
        deeds: deeds(ctx, &provider, &line),
        row: row(ctx, line),
        case: it.case,
        text: it.text,
        terms: it.terms,
        reason: it.reason,
        offered_at: it.created_at,
        accepted_at: it.accepted_at,
        revision: it.revision,
    })
}

async fn used(city: &City, id: &AgreementId) -> Result<AgreementUse, Refused> {
    count_calls(city).await?;
    let id = GrantId(id.0.clone());
    let mut used = AgreementUse::default();
    for it in usage::of_grant(city.store.read(), &id, Date::MIN, Date::MAX).await? {
        debug_assert!(Operation::ALL.contains(&it.operation));
        if it.outcome == usage::ANSWERED {
            used.calls += it.calls;
        } else {
            used.refused += it.calls;
        }
        used.rows += it.rows;
        used.last_day = used.last_day.max(Some(it.day));
    }
    Ok(used)
}

/// What can be done with the agreement, and why not where it cannot.
fn deeds(ctx: &Ctx, provider: &rules::people::Org, line: &Line) -> Vec<Deed> {
    let it = &line.agreement;
    let subject = Subject {
        provider: Some(provider),
        ..Subject::default()
    };
    let all = [
        (
            "suspend",
            "暂停",
            Action::SuspendAgreement,
            it.state == GrantState::Active && it.accepted_at.is_some(),
        ),
        (
            "resume",
            "恢复",
            Action::SuspendAgreement,
            it.state == GrantState::Suspended,
        ),
        (
            "end",
            "终止",
            Action::SuspendAgreement,
            it.state != GrantState::Terminated,
        ),
        (
            "follow-up",
            "登记跟踪情况",
            Action::FollowUp,
            it.follow_on.is_some(),
        ),
    ];
    let deed = |(name, label, action, is_time): (&'static str, &'static str, Action, bool)| {
        let denied = ctx.may(action, &subject).err().map(|it| it.words);
        let wrong_time = (!is_time).then(|| format!("协议目前为“{}”。", state_words(it, ctx.today())));
        let why_not = denied.or(wrong_time);
        Deed {
            name,
            label,
            is_allowed: why_not.is_none(),
            why_not,
            cites: permission::rule(action).ground.article(),
        }
    };
    all.into_iter().map(deed).collect()
}
