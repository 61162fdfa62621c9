//! 授权: what agencies may use, how they use it, and the provider's hand on the switch (art. 19).

use std::collections::HashMap;

use rules::{
    calendar,
    catalogue::Content,
    grant::{GrantState, Mask},
    ids::{CaseId, GrantId},
    people::Org,
    permission::{Action, Subject},
    procedure::Procedure,
};
use serde_json::json;
use store::{
    Source, cases,
    grants::{self, Grant, Line},
    orgs, usage,
};

use crate::{
    City, Ctx, Refused, calls::count_calls, cases::engine::Reborrow, catalogue::Deed,
    requests::catalogue_text,
};

mod calls;
mod switch;
mod view;

pub use calls::{GrantCall, GrantCalls, calls};
pub(crate) use switch::{act_on_report, report_lines};
pub use switch::{note_report, resume, suspend, terminate};
pub use view::*;

/// Grants read at a time.
const PAGE: u32 = 500;

/// The grants this person may see.
pub async fn list(city: &City, ctx: &Ctx) -> Result<GrantLists, Refused> {
    let own = &ctx.actor.org.id;
    let mut lists = GrantLists::default();
    let calls = calls_on_day(city, ctx).await?;
    let orgs: HashMap<_, Org> = orgs::all(city.store.read())
        .await?
        .into_iter()
        .map(|it| (it.org.id.clone(), it.org))
        .collect();
    let mut after: Option<grants::Cursor> = None;
    loop {
        // Whoever oversees others walks over all grants; everybody else has only their own read.
        let oversees =
            ctx.actor.is(rules::people::Role::Reviewer) || ctx.actor.is(rules::people::Role::Auditor);
        let party = (!oversees).then(|| own.clone());
        let filter = grants::Filter {
            party,
            ..grants::Filter::default()
        };
        let page = grants::list(city.store.read(), &filter, after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map(|it| (it.grant.created_at, it.grant.id.clone()));
        for line in page {
            let (Some(provider), Some(consumer)) =
                (orgs.get(&line.grant.provider), orgs.get(&line.grant.consumer))
            else {
                continue;
            };
            if ctx
                .may(Action::SeeGrant, &Subject::between(provider, consumer))
                .is_err()
            {
                continue;
            }
            let row = row(
                city,
                ctx,
                &line,
                calls.get(&line.grant.id).copied().unwrap_or_default(),
            );
            let list = if row.consumer == *own {
                &mut lists.used
            } else if row.provider == *own {
                &mut lists.provided
            } else {
                &mut lists.overseen
            };
            list.push(row);
        }
        if is_last {
            return Ok(lists);
        }
    }
}

/// Calls answered today, by grant, as far as they are counted.
async fn calls_on_day(city: &City, ctx: &Ctx) -> Result<HashMap<GrantId, u64>, Refused> {
    let mut calls: HashMap<GrantId, u64> = HashMap::new();
    for it in usage::on_day(city.store.read(), ctx.today()).await? {
        if it.outcome == usage::ANSWERED {
            *calls.entry(it.grant).or_default() += it.calls;
        }
    }
    Ok(calls)
}

fn row(city: &City, ctx: &Ctx, line: &Line, counted: u64) -> GrantRow {
    let grant = &line.grant;
    GrantRow {
        id: grant.id.clone(),
        entry: grant.entry.clone(),
        entry_title: line.entry_title.clone(),
        consumer: grant.consumer.clone(),
        consumer_name: line.consumer_name.clone(),
        provider: grant.provider.clone(),
        provider_name: line.provider_name.clone(),
        purpose: grant.terms.purpose,
        items: grant.terms.items.len(),
        until: grant.terms.until,
        state: grant.state,
        is_expired: grant.terms.until < ctx.today(),
        calls_today: counted.max(city.gate.calls_on(&grant.id, ctx.today()).into()),
        calls_per_day_max: grant.terms.calls_per_day_max,
    }
}

/// A grant with its two organisations.
struct Parties {
    grant: Grant,
    provider: Org,
    consumer: Org,
}

impl Parties {
    fn subject(&self) -> Subject<'_> {
        Subject::between(&self.provider, &self.consumer)
    }
}

/// The grant `id`, if this person may do `action` with it.
async fn parties(
    mut db: impl Source + Reborrow,
    ctx: &Ctx,
    id: &GrantId,
    action: Action,
) -> Result<Parties, Refused> {
    let grant = grants::find(db.again(), id)
        .await?
        .ok_or_else(|| Refused::not_found("该授权"))?;
    let provider = orgs::get(db.again(), &grant.provider).await?.org;
    let consumer = orgs::get(db.again(), &grant.consumer).await?.org;
    let parties = Parties {
        grant,
        provider,
        consumer,
    };
    ctx.may(action, &parties.subject())?;
    Ok(parties)
}

/// One grant.
pub async fn show(city: &City, ctx: &Ctx, id: &GrantId) -> Result<GrantView, Refused> {
    let parties = parties(city.store.read(), ctx, id, Action::SeeGrant).await?;
    let line = grants::line(city.store.read(), id)
        .await?
        .ok_or_else(|| Refused::not_found("该授权"))?;
    let content = catalogue_text(city, &parties.grant.entry).await?;
    let counted = usage::answered_on(city.store.read(), id, ctx.today()).await?;
    let grant = &parties.grant;
    Ok(GrantView {
        row: row(city, ctx, &line, counted),
        granted: granted(grant, &content),
        given_at: grant.created_at,
        case: grant.case.clone(),
        reason: grant.reason.clone(),
        revision: grant.revision,
        cases: cases_about(city, ctx, grant).await?,
        deeds: deeds(ctx, &parties),
        example: example(grant, &content),
        terms: grant.terms.clone(),
    })
}

/// The reports and disputes about the grant that this person may see.
async fn cases_about(city: &City, ctx: &Ctx, grant: &Grant) -> Result<Vec<(CaseId, String)>, Refused> {
    let mut found = Vec::new();
    let filter = cases::Filter {
        grant: Some(grant.id.clone()),
        ..cases::Filter::default()
    };
    for it in cases::list(city.store.read(), &filter, None, PAGE).await? {
        let case = cases::get(city.store.read(), &it.id).await?;
        let is_request = grant.case.as_ref() == Some(&case.id);
        if is_request
            || crate::cases::visible(city.store.read(), ctx, &case)
                .await
                .is_err()
        {
            continue;
        }
        if let Some(procedure) = Procedure::find(&it.procedure) {
            let state = procedure.state(&it.state).map_or("", |it| it.label);
            found.push((it.id, format!("{} {}（{state}）", procedure.label, it.number)));
        }
    }
    Ok(found)
}

fn granted(grant: &Grant, content: &Content) -> Vec<GrantItem> {
    let item = |name: &String| {
        let item = content.item(name);
        let mask = grant.terms.mask(name);
        let is_key = item.is_some_and(|it| it.is_key);
        GrantItem {
            name: name.clone(),
            title: item.map_or_else(|| name.clone(), |it| it.title.clone()),
            mask,
            is_condition: is_key || mask == Mask::Clear && item.is_some_and(|it| it.is_condition),
            is_key,
        }
    };
    grant.terms.items.iter().map(item).collect()
}

/// What can be done with the grant, and why not where it cannot.
fn deeds(ctx: &Ctx, parties: &Parties) -> Vec<Deed> {
    let state = parties.grant.state;
    let all = [
        (
            "suspend",
            "暂停提供",
            Action::SuspendGrant,
            state == GrantState::Active,
        ),
        (
            "resume",
            "恢复提供",
            Action::ResumeGrant,
            state == GrantState::Suspended,
        ),
        (
            "terminate",
            "终止提供",
            Action::TerminateGrant,
            state != GrantState::Terminated,
        ),
        ("doubt", "反馈数据疑义", Action::Doubt, true),
        ("dispute", "提请协调", Action::RaiseDispute, true),
    ];
    all.into_iter()
        .map(|(name, label, action, is_time)| {
            let denied = ctx.may(action, &parties.subject()).err();
            let wrong_time = (!is_time).then(|| format!("授权目前为“{}”。", state.label()));
            let cites = rules::permission::rule(action).ground.article();
            let why_not = denied.map(|it| it.words).or(wrong_time);
            Deed {
                name,
                label,
                is_allowed: why_not.is_none(),
                why_not,
                cites,
            }
        })
        .collect()
}

/// A query that would work, with the key items to fill in.
fn example(grant: &Grant, content: &Content) -> Example {
    let conditions: serde_json::Map<String, serde_json::Value> = content
        .key()
        .map(|it| (it.name.clone(), json!(format!("（{}）", it.title))))
        .collect();
    let items: Vec<&String> = grant.terms.items.iter().take(5).collect();
    let body = json!({
        "purpose": grant.terms.purpose,
        "matter": "（办件编号）",
        "items": items,
        "where": conditions,
        "limit": 10,
    });
    Example {
        method: "POST",
        path: format!("/api/v1/grants/{}/query", grant.id),
        body: serde_json::to_string_pretty(&body).unwrap_or_default(),
    }
}

/// How it was used, from the evidence of its calls.
pub async fn usage(city: &City, ctx: &Ctx, id: &GrantId) -> Result<Usage, Refused> {
    let parties = parties(city.store.read(), ctx, id, Action::SeeUsage).await?;
    count_calls(city).await?;
    let first = calendar::today(parties.grant.created_at).min(parties.grant.terms.from);
    let tallies = usage::of_grant(city.store.read(), id, first, jiff::civil::Date::MAX).await?;
    let mut usage = Usage::default();
    for it in tallies {
        let found = usage
            .days
            .iter_mut()
            .find(|day| day.day == it.day && day.operation == it.operation);
        let day = match found {
            Some(day) => day,
            None => {
                usage.days.push(UsageDay {
                    day: it.day,
                    operation: it.operation,
                    calls: 0,
                    rows: 0,
                    refused: 0,
                });
                usage.days.last_mut().expect("a day was just added")
            }
        };
        if it.outcome == usage::ANSWERED {
            day.calls += it.calls;
            usage.calls += it.calls;
        } else {
            day.refused += it.calls;
            usage.refused += it.calls;
        }
        day.rows += it.rows;
        usage.rows += it.rows;
    }
    usage
        .days
        .sort_by(|a, b| b.day.cmp(&a.day).then(a.operation.cmp(&b.operation)));
    Ok(usage)
}
