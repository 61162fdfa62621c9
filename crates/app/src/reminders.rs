//! 期限提醒: a clock that turns amber or red is told to whoever owes the duty, then to the head of that unit, then to
//! the authority; each once.
//!
//! Amber climbs one of these steps a working day: who owes it has a day for it before the head hears of it. Red is told
//! to all three on the day it is seen.

use jiff::{Timestamp, civil::Date};
use rules::{
    calendar::{self, Calendar},
    clock::{Colour, Standing},
    ids::OrgId,
    people::Role,
    permission,
};
use serde_json::json;
use store::{
    Event, EventKind, Write,
    cases::{self, Case},
    notices::{Notice, is_told},
};

use crate::{
    City, Refused,
    cases::{Parties, engine},
    notices::{self, NoticeKind, Reader},
};

/// Cases looked at in one reading.
const PAGE: u32 = 200;

/// The steps, from whoever owes the duty to the authority.
const STEPS: u16 = 3;

/// Tells of every clock that has turned amber or red and was not told of yet. Called every day; a second call on one
/// day tells nothing. Returns how many notices there were.
pub async fn sweep(city: &City, now: Timestamp) -> Result<u64, Refused> {
    let today = calendar::today(now);
    let (mut told, mut after) = (0, String::new());
    loop {
        let open = cases::open(city.store.read(), &after, PAGE).await?;
        let Some(last) = open.last() else { return Ok(told) };
        after = last.id.0.clone();
        for case in open.iter().filter(|it| it.amber_on.is_some_and(|it| it <= today)) {
            told += remind(city, &case.id, now).await?;
        }
    }
}

/// One thing to tell: of which clock, in which colour, on which step.
struct Due {
    clock: Standing,
    step: u16,
    once: String,
}

/// Tells of the clocks of one case, in one write of its own.
async fn remind(city: &City, id: &rules::ids::CaseId, now: Timestamp) -> Result<u64, Refused> {
    let mut write = city.store.write().await?;
    let case = cases::get(&mut write, id).await?;
    let procedure = engine::procedure(&case.procedure)?;
    let history = store::steps::of_case(&mut write, id).await?;
    let calendar = city.calendar();
    let today = calendar::today(now);
    let mut due = Vec::new();
    for clock in procedure.standings(&engine::done(&history), &calendar, today) {
        for it in steps(&case, clock, &calendar, today) {
            if !is_told(&mut write, &it.once).await? {
                due.push(it);
            }
        }
    }
    if case.closed_at.is_some() || due.is_empty() {
        return Ok(0);
    }
    let mut told = 0;
    for it in &due {
        told += tell(&mut write, &case, it, now).await?;
    }
    if told == 0 {
        return Ok(0);
    }
    let colours: Vec<&str> = due.iter().map(|it| it.clock.colour.name()).collect();
    let event = Event {
        at_ms: now.as_millisecond(),
        actor: None,
        org: None,
        kind: EventKind::ClockTold,
        subject: case.id.0.clone(),
        body: json!({ "procedure": case.procedure, "colours": colours }),
    };
    city.seal(write, event).await?;
    Ok(told)
}

/// The steps that are due for a clock today.
fn steps(case: &Case, clock: Standing, calendar: &Calendar, today: Date) -> Vec<Due> {
    let last = match clock.colour {
        _ if !clock.is_open() => 0,
        Colour::Red => STEPS,
        Colour::Amber => {
            let has_come = |step: &u16| *step == 0 || calendar.due(clock.amber_from, *step).date <= today;
            (0..STEPS).take_while(has_come).count() as u16
        }
        _ => 0,
    };
    let once = |step: u16| {
        format!(
            "clock {} {} {} {} {} {step}",
            case.id,
            clock.duty,
            clock.started_on,
            clock.days,
            clock.colour.name()
        )
    };
    (0..last)
        .map(|step| Due {
            clock,
            step,
            once: once(step),
        })
        .collect()
}

/// Who is told on a step, and in what capacity.
async fn readers(
    write: &mut Write,
    parties: &Parties,
    case: &Case,
    due: &Due,
    step: u16,
) -> Result<(Vec<Reader>, &'static str), Refused> {
    let office = due.clock.owed_by;
    let owing: Vec<OrgId> = parties.holders(office);
    let (orgs, roles, label): (Vec<OrgId>, Vec<Role>, _) = match step {
        0 => (owing, permission::roles_of(office), "承办人"),
        1 => (owing, vec![Role::Head], "承办单位负责人"),
        _ => (
            vec![case.authority.clone()],
            vec![Role::Reviewer],
            "政务数据主管部门",
        ),
    };
    let mut found = Vec::new();
    for org in orgs {
        found.extend(notices::people(write, &org, &roles).await?);
    }
    Ok((found, label))
}

async fn tell(write: &mut Write, case: &Case, due: &Due, now: Timestamp) -> Result<u64, Refused> {
    let parties = Parties::of(&mut *write, case).await?;
    let (mut found, label) = readers(write, &parties, case, due, due.step).await?;
    // Whoever was told as the one who owes it is not told again as its head.
    for earlier in 0..due.step {
        let (told, _) = readers(write, &parties, case, due, earlier).await?;
        found.retain(|it| !told.contains(it));
    }
    if found.is_empty() {
        return Ok(0);
    }
    let clock = &due.clock;
    let (kind, state) = match clock.colour {
        Colour::Red => (NoticeKind::ClockRed, "已超过期限"),
        _ => (NoticeKind::ClockAmber, "期限将至"),
    };
    let provisional = if clock.is_provisional { "（暂定）" } else { "" };
    let label_of_case =
        rules::procedure::Procedure::find(&case.procedure).map_or(case.procedure.as_str(), |it| it.label);
    let notice = Notice {
        id: store::fresh_id(now),
        at: now,
        kind: kind.name().to_owned(),
        audience: label.to_owned(),
        href: format!("/cases/{}", case.id),
        once: Some(due.once.clone()),
        words: format!(
            "{label_of_case}“{}”（{}）{state}：{}，最后一日为 {}{provisional}，依据是{}。",
            case.title, case.number, clock.duty, clock.due, clock.cites
        ),
        why: String::new(),
    };
    notices::send(write, &notice, &found).await?;
    Ok(1)
}
