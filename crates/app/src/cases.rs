//! 办件: one run of a procedure, generic over procedures. What waits for whom, where the clocks stand, what comes next.

use jiff::Timestamp;
use rules::{
    clock::Colour,
    grant::Terms,
    ids::CaseId,
    people::{Level, Org, Role},
    permission::{self, Action, Subject},
    procedure::{Move, NEW, Office, Procedure, Refusal, Word, compilation, dispute, report, request},
};
use store::{
    Source, cases, entries, events,
    steps::{self, Step},
    versions,
};

use crate::{
    City, Ctx, Refused, catalogue, corrections, disputes, grants, objections, open_requests, opening,
    orgs::Book, requests,
};

mod answers;
mod doer;
pub(crate) mod engine;
mod view;

pub use answers::Answers;
pub(crate) use doer::Doer;
pub(crate) use engine::{Case, NewCase, Parties, Reborrow, Said, Stride, advance, begin, load, unsigned};
pub use view::*;

/// Cases on a page at most.
const PAGE: u32 = 50;

/// Things to do shown at once at most; the most pressing are first.
const TODO: u32 = 200;

/// What waits for this person, the tightest clock first.
pub async fn todo(city: &City, ctx: &Ctx) -> Result<Vec<Todo>, Refused> {
    let offices = possible_offices(ctx);
    let waiting = cases::todo(city.store.read(), &ctx.actor.org.id, &offices, TODO).await?;
    let mut todos = Vec::new();
    for line in waiting {
        let case = cases::get(city.store.read(), &line.id).await?;
        let procedure = engine::procedure(&case.procedure)?;
        let parties = Parties::of(city.store.read(), &case).await?;
        let steps = parties.expected(procedure, &case, ctx);
        if steps.is_empty() {
            continue;
        }
        let history = steps::of_case(city.store.read(), &case.id).await?;
        let clocks = procedure.standings(&engine::done(&history), &city.calendar(), ctx.today());
        let duty = engine::tightest(&clocks).map(|it| (it.duty.to_owned(), it.cites));
        let line = self::line(city, ctx, line)?;
        todos.push(Todo {
            case: line,
            revision: case.revision,
            steps,
            duty,
        });
    }
    Ok(todos)
}

/// How many things wait for this person: the number beside the menu, from one statement.
pub async fn count_todo(city: &City, ctx: &Ctx) -> Result<u64, Refused> {
    let offices = possible_offices(ctx);
    Ok(cases::count_todo(city.store.read(), &ctx.actor.org.id, &offices).await?)
}

/// The offices this person can hold at all: those of a case in which the own organisation is every party.
fn possible_offices(ctx: &Ctx) -> Vec<&'static str> {
    let own = &ctx.actor.org;
    let every = Org {
        authority: own.id.clone(),
        confirmer: own.id.clone(),
        ..own.clone()
    };
    let co_compilers = std::slice::from_ref(&own.id);
    let subject = Subject {
        provider: Some(&every),
        consumer: Some(&every),
        co_compilers,
        ..Subject::default()
    };
    permission::offices(&ctx.actor, &subject)
        .into_iter()
        .map(Office::name)
        .collect()
}

/// The cases this person may see, the newest first.
pub async fn list(city: &City, ctx: &Ctx, filter: &Filter) -> Result<Cases, Refused> {
    let sees_all = ctx.actor.is(Role::Auditor) && ctx.actor.org.level == Level::City;
    let wanted = cases::Filter {
        party: (!sees_all).then(|| ctx.actor.org.id.clone()),
        procedure: filter.procedure.clone(),
        state: filter.state.clone(),
        entry: filter.entry.clone(),
        grant: filter.grant.clone(),
        about: None,
        applicant: None,
        is_open: filter.is_open,
        text: filter.text.clone(),
        colour: filter.colour.map(|it| (it, ctx.today())),
    };
    let after = filter.after.as_deref().and_then(read_place);
    let total = cases::count(city.store.read(), &wanted).await?;
    let found = cases::list(city.store.read(), &wanted, after.as_ref(), PAGE).await?;
    let next = (found.len() == PAGE as usize)
        .then(|| found.last().map(|it| place(it.opened_at, &it.id)))
        .flatten();
    let mut lines = Vec::new();
    for it in found {
        let case = cases::get(city.store.read(), &it.id).await?;
        if visible(city.store.read(), ctx, &case).await.is_ok() {
            lines.push(line(city, ctx, it)?);
        }
    }
    // What an organisation takes part in is not all for every one of its people.
    let is_whole = next.is_none() && after.is_none();
    let total = if is_whole { lines.len() as u64 } else { total };
    Ok(Cases { total, lines, next })
}

/// Where a page of cases ends, as the next page's link carries it.
fn place(at: Timestamp, id: &CaseId) -> String {
    format!("{}-{id}", at.as_millisecond())
}

fn read_place(text: &str) -> Option<cases::Cursor> {
    let (at, id) = text.split_once('-')?;
    Some((
        Timestamp::from_millisecond(at.parse().ok()?).ok()?,
        CaseId::from(id),
    ))
}

/// Whether this person may see the case; the refusal reads as if there were none.
pub(crate) async fn visible(
    db: impl Source + engine::Reborrow,
    ctx: &Ctx,
    case: &Case,
) -> Result<Parties, Refused> {
    let parties = Parties::of(db, case).await?;
    let Err(denied) = ctx.may(Action::SeeCase, &parties.subject()) else {
        return Ok(parties);
    };
    // Whoever was told of a correction sees it as a user of the data does (art. 21).
    let own = &ctx.actor.org;
    let as_user = Subject {
        consumer: Some(own),
        ..parties.subject()
    };
    if parties.was_told(&own.id) && ctx.may(Action::SeeCase, &as_user).is_ok() {
        return Ok(parties);
    }
    Err(denied)
}

/// Whether there is a case with this id and this person may see it.
pub(crate) async fn may_see(city: &City, ctx: &Ctx, id: &str) -> Result<bool, Refused> {
    let found = cases::find(city.store.read(), &CaseId::from(id)).await?;
    Ok(match found {
        Some(case) => visible(city.store.read(), ctx, &case).await.is_ok(),
        None => false,
    })
}

/// A stored line as pages print it.
fn line(city: &City, ctx: &Ctx, it: cases::Line) -> Result<CaseLine, Refused> {
    let procedure = engine::procedure(&it.procedure)?;
    let colour = it.due_on.filter(|_| it.closed_at.is_none()).map(|due| {
        let today = ctx.today();
        match it.amber_on {
            _ if due < today => Colour::Red,
            Some(amber) if amber <= today => Colour::Amber,
            _ => Colour::Green,
        }
    });
    Ok(CaseLine {
        is_provisional: it.due_on.is_some_and(|due| city.calendar().is_provisional(due)),
        procedure: Word {
            name: procedure.name,
            label: procedure.label,
        },
        state: procedure.state(&it.state).unwrap_or(NEW),
        is_closed: it.closed_at.is_some(),
        id: it.id,
        number: it.number,
        title: it.title,
        entry: it.entry,
        provider_name: it.provider_name.unwrap_or_default(),
        consumer_name: it.consumer_name,
        opened_at: it.opened_at,
        closed_at: it.closed_at,
        due: it.due_on.filter(|_| it.closed_at.is_none()),
        colour,
    })
}

/// The line of a case that is loaded already.
async fn line_of(city: &City, ctx: &Ctx, case: &Case) -> Result<CaseLine, Refused> {
    let book = Book::load(city.store.read()).await?;
    let name = |it: &Option<rules::ids::OrgId>| it.as_ref().map(|it| book.name(it));
    let stored = cases::Line {
        id: case.id.clone(),
        number: case.number.clone(),
        procedure: case.procedure.clone(),
        state: case.state.clone(),
        title: case.title.clone(),
        entry: case.entry.clone(),
        consumer_name: name(&case.consumer),
        provider_name: name(&case.provider),
        opened_at: case.opened_at,
        closed_at: case.closed_at,
        due_on: case.due_on,
        amber_on: case.amber_on,
        owed_by: case.owed_by.clone(),
    };
    line(city, ctx, stored)
}

/// Everything of one case.
pub async fn show(city: &City, ctx: &Ctx, id: &CaseId) -> Result<CaseView, Refused> {
    let found = cases::find(city.store.read(), id).await?;
    let case = found.ok_or_else(|| Refused::not_found("该办件"))?;
    let parties = visible(city.store.read(), ctx, &case).await?;
    let procedure = engine::procedure(&case.procedure)?;
    let history = steps::of_case(city.store.read(), id).await?;
    let book = Book::load(city.store.read()).await?;
    let (about, terms) = about(city, ctx, &case, &parties, &history).await?;
    let turns = cases::turns(city.store.read(), id).await?;
    let clocks = procedure.standings(&engine::done(&history), &city.calendar(), ctx.today());
    let mut history = past(city, procedure, history).await?;
    let mut grant = case.grant.clone();
    if parties.was_told(&ctx.actor.org.id) {
        history.iter_mut().for_each(|it| it.words.clear());
        grant = None;
    }
    Ok(CaseView {
        line: line_of(city, ctx, &case).await?,
        revision: case.revision,
        grant,
        parties: parties.named(procedure, &book),
        clocks,
        next: next(procedure, &case.state, &parties, ctx),
        awaited: awaited(procedure, &case, &turns),
        history,
        related: related(city, ctx, &case).await?,
        about,
        doubted: corrections::doubted(city, &case).await?,
        terms,
    })
}

/// Every step out of `state`, with the reason where this person may not take it.
pub(crate) fn next(procedure: &'static Procedure, state: &str, parties: &Parties, ctx: &Ctx) -> Vec<Next> {
    let why_not = |made: &Move, permitted: Result<(), Refusal>| match permitted {
        Err(refusal) => Some(refusal.words()),
        Ok(()) => parties.why_not(made, procedure, ctx),
    };
    let next = procedure.next(state, &parties.offices(ctx)).into_iter();
    next.map(|(made, permitted)| {
        let why_not = why_not(made, permitted);
        Next {
            step: made.step,
            to: made.to,
            office: made.by.label(),
            is_allowed: why_not.is_none(),
            why_not,
            cites: made.cites,
            asks: made.asks,
        }
    })
    .collect()
}

/// The offices that the next step is owed by, as people read them. A step that only lengthens a clock is nobody's duty.
fn awaited(procedure: &Procedure, case: &Case, turns: &[cases::Turn]) -> Vec<&'static str> {
    let lengthens = |made: &Move| {
        procedure
            .clocks
            .iter()
            .any(|it| it.extended_by == Some(made.step))
    };
    let owes = |office: &Office| {
        let mut leaving = procedure.moves.iter().filter(|it| it.by == *office);
        leaving.any(|it| {
            let leaves = it.from.iter().any(|from| from.name == case.state);
            leaves && !engine::is_free(it) && !lengthens(it)
        })
    };
    let has_turn = |office: &Office| turns.iter().any(|it| it.office == office.name());
    let all = Office::ALL.iter().copied();
    all.filter(|it| has_turn(it) && owes(it))
        .map(Office::label)
        .collect()
}

/// The history as pages print it.
async fn past(city: &City, procedure: &'static Procedure, history: Vec<Step>) -> Result<Vec<Past>, Refused> {
    let mut past = Vec::new();
    for it in history {
        let by = engine::signed(&it);
        let said: Said = serde_json::from_value(it.answers).unwrap_or_default();
        let event = events::before(city.store.read(), said.event + 1, 1).await?;
        past.push(Past {
            step: procedure.step(&it.step).unwrap_or(NEW),
            to: procedure.state(&it.state).unwrap_or(NEW),
            by,
            org_name: it.org_name,
            at: it.at,
            words: said.words,
            field_reasons: said.field_reasons,
            terms: said.terms,
            evidence_index: event
                .first()
                .filter(|it| it.seq == said.event)
                .and_then(|it| it.log_index),
        });
    }
    Ok(past)
}

/// What the case is about, and the terms that a form about it begins with.
async fn about(
    city: &City,
    ctx: &Ctx,
    case: &Case,
    parties: &Parties,
    history: &[Step],
) -> Result<(About, Option<Terms>), Refused> {
    let said = |it: &Step| serde_json::from_value::<Said>(it.answers.clone()).unwrap_or_default();
    let terms = history.iter().rev().find_map(|it| said(it).terms);
    if case.procedure != compilation::PROCEDURE.name {
        return Ok((About::Lines(lines_about(city, ctx, case, parties).await?), terms));
    }
    let Some(entry) = &case.entry else {
        return Ok((About::Lines(Vec::new()), terms));
    };
    let published = case.content["version"].as_u64();
    let version = match published {
        Some(number) => versions::find(city.store.read(), entry, number)
            .await?
            .map(|it| it.content),
        None => None,
    };
    let content = match version {
        Some(content) => content,
        None => entries::get(city.store.read(), entry).await?.draft,
    };
    Ok((About::Entry(Box::new(content)), terms))
}

/// The content of a request, dispute or report, as its noun words it.
async fn lines_about(
    city: &City,
    ctx: &Ctx,
    case: &Case,
    parties: &Parties,
) -> Result<Vec<(String, String)>, Refused> {
    match case.procedure.as_str() {
        "request" => requests::lines(city, case).await,
        "dispute" => disputes::lines(city, case).await,
        "correction" => corrections::lines(city, ctx, case, parties).await,
        "objection" => objections::lines(city, ctx, case).await,
        "report" => grants::report_lines(city, case).await,
        "opening" => opening::review_lines(city, case).await,
        "open_request" => open_requests::lines(city, case).await,
        _ => Ok(Vec::new()),
    }
}

/// Whether a procedure is about how data is shared and used, rather than about single records of it.
fn of_use(procedure: &str) -> bool {
    [
        request::PROCEDURE.name,
        report::PROCEDURE.name,
        dispute::PROCEDURE.name,
    ]
    .contains(&procedure)
}

/// The case this one is about, the cases about this one, and the others of its grant: the report that led to a dispute.
async fn related(city: &City, ctx: &Ctx, case: &Case) -> Result<Vec<CaseLine>, Refused> {
    let about = cases::Filter {
        about: Some(case.id.clone()),
        ..cases::Filter::default()
    };
    let grant = case.grant.clone().filter(|_| of_use(&case.procedure));
    let grant = grant.map(|grant| cases::Filter {
        grant: Some(grant),
        ..cases::Filter::default()
    });
    let mut ids: Vec<CaseId> = case.about.iter().cloned().collect();
    for filter in [Some(about), grant].into_iter().flatten() {
        let found = cases::list(city.store.read(), &filter, None, PAGE).await?;
        let of_use = found
            .into_iter()
            .filter(|it| filter.grant.is_none() || of_use(&it.procedure));
        ids.extend(of_use.map(|it| it.id));
    }
    let mut related: Vec<CaseLine> = Vec::new();
    for id in ids {
        if id == case.id || related.iter().any(|it| it.id == id) {
            continue;
        }
        if let Some(other) = cases::find(city.store.read(), &id).await?
            && visible(city.store.read(), ctx, &other).await.is_ok()
        {
            related.push(line_of(city, ctx, &other).await?);
        }
    }
    Ok(related)
}

/// Takes `step` in a case, whatever its procedure: hands it to the noun the procedure belongs to.
pub async fn act(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    step: &str,
    answers: Answers,
) -> Result<(), Refused> {
    let case = cases::find(city.store.read(), id)
        .await?
        .ok_or_else(|| Refused::not_found("该办件"))?;
    let parties = visible(city.store.read(), ctx, &case).await?;
    let procedure = engine::procedure(&case.procedure)?;
    // An old page is told that it is old before it is told that its step is gone.
    if case.revision != revision {
        return Err(engine::stale(city.store.read(), &case).await?);
    }
    let made = procedure.permit(&case.state, step, &parties.offices(ctx))?;
    answers.check(made.asks)?;
    match procedure.name {
        "compilation" => catalogue::act(city, ctx, &case, revision, step, answers).await,
        "request" => requests::act(city, ctx, id, revision, step, answers).await,
        "dispute" => disputes::act(city, ctx, id, revision, step, answers).await,
        "correction" => corrections::act(city, ctx, id, revision, step, answers).await,
        "objection" => objections::act(city, ctx, id, revision, step, answers).await,
        "report" => grants::act_on_report(city, ctx, id, revision, step, answers).await,
        "opening" => opening::act(city, ctx, id, revision, step, answers).await,
        "open_request" => open_requests::act(city, ctx, id, revision, step, answers).await,
        _ => Err(Refusal::NoSuchStep.into()),
    }
}
