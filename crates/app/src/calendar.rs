//! 工作日历: the yearly holiday notices, and the days that depend on them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rules::{
    calendar::{BUILT_IN_CSV, Calendar, DayKind, Due, Notice, parse_csv},
    law::{Article, expiries},
    permission::{Action, Subject},
    procedure::Procedure,
};
use serde_json::json;
use store::{
    Event, EventKind, Source, cases,
    holidays::{self, Holiday},
    steps,
};

use crate::{
    City, Ctx, Refused,
    cases::engine::{self, Reborrow},
};

/// One day of a notice.
#[derive(Clone, Debug)]
pub struct DayLine {
    /// The day.
    pub date: Date,
    /// Whether it is worked (a weekend worked in exchange) or a day off.
    pub is_worked: bool,
    /// The holiday, such as 国庆节.
    pub name: String,
    /// Whether the calendar does not know the day yet, or knows otherwise.
    pub is_new: bool,
}

/// A case whose last day moves with a notice.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The case.
    pub case: rules::ids::CaseId,
    /// Its title.
    pub title: String,
    /// Its last day until now.
    pub before: Option<Date>,
    /// Its last day under the notice.
    pub after: Option<Date>,
    /// The day its clock turns amber under the notice.
    pub amber_after: Option<Date>,
}

/// What a notice would change.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The days of the notice.
    pub days: Vec<DayLine>,
    /// The last day the calendar knows for certain, afterwards.
    pub known_until: Option<Date>,
    /// Festivals that the notice says nothing of, by year: it is hardly whole.
    pub missing: Vec<(i16, Vec<&'static str>)>,
    /// Open cases whose last day moves.
    pub moved: Vec<Moved>,
}

/// Where the calendar stands.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The last day it knows for certain; days after it are provisional (暂定).
    pub known_until: Option<Date>,
    /// The holidays and make-up days of `year`.
    pub days: Vec<DayLine>,
    /// The years it has notices of.
    pub years: Vec<i16>,
    /// Art. 41: what to tell administrators of the regulation's end, from 180 days before.
    pub expiry: Option<Expiry>,
}

/// Art. 41: the regulation is about to lapse, or has lapsed.
#[derive(Clone, Debug)]
pub struct Expiry {
    /// The last day in force.
    pub last_day: Date,
    /// Days until then; negative once it has lapsed.
    pub days_left: i32,
    /// The notice in words.
    pub words: String,
    /// The duties whose clocks lapse with it, with the article of each.
    pub clocks: Vec<(String, Article)>,
}

/// The last day of a limit of `days` working days that starts on `from`.
pub fn due(city: &City, from: Date, days: u16) -> Due {
    city.calendar().due(from, days)
}

/// The calendar of `year`.
pub async fn overview(city: &City, ctx: &Ctx, year: i16) -> Result<Overview, Refused> {
    ctx.may(Action::SeeCalendar, &Subject::default())?;
    let days = holidays::all(city.store.read()).await?;
    let line = |it: &Holiday| DayLine {
        date: it.day,
        is_worked: it.is_worked,
        name: it.name.clone(),
        is_new: false,
    };
    let sees_expiry = ctx.may(Action::SeeExpiry, &Subject::default()).is_ok();
    Ok(Overview {
        known_until: known_until(&city.calendar()),
        days: days.iter().filter(|it| it.day.year() == year).map(line).collect(),
        years: city.calendar().years().collect(),
        expiry: expiry(ctx.today()).filter(|_| sees_expiry),
    })
}

/// The last day the calendar knows for certain.
fn known_until(calendar: &Calendar) -> Option<Date> {
    calendar
        .years()
        .max()
        .and_then(|year| Date::new(year, 12, 31).ok())
}

fn parse(csv: &str) -> Result<Vec<Notice>, Refused> {
    let notices = parse_csv(csv).map_err(|it| Refused::field("bad-notice", "csv", it.to_string()))?;
    if notices.is_empty() {
        return Err(Refused::field(
            "bad-notice",
            "csv",
            "文件中没有任何日期。请粘贴或上传国务院办公厅放假通知的日期清单。",
        ));
    }
    Ok(notices)
}

/// What `csv` (date,kind,name) would change; nothing is saved.
pub async fn preview(city: &City, ctx: &Ctx, csv: &str) -> Result<Preview, Refused> {
    ctx.may(Action::LoadCalendar, &Subject::default())?;
    let notices = parse(csv)?;
    let calendar = Calendar::clone(&city.calendar()).with(notices.iter().cloned());
    let known = holidays::all(city.store.read()).await?;
    let moved = moved(city.store.read(), &calendar, ctx).await?;
    Ok(told(notices, &known, &calendar, moved))
}

/// Loads the next notice and recomputes the last days of all open cases in the same transaction.
pub async fn load_notice(city: &City, ctx: &Ctx, csv: &str) -> Result<Preview, Refused> {
    ctx.may(Action::LoadCalendar, &Subject::default())?;
    let notices = parse(csv)?;
    let mut write = city.store.write().await?;
    let known = holidays::all(&mut write).await?;
    let days: Vec<Holiday> = notices.iter().map(|it| stored(it, ctx.today())).collect();
    holidays::load(&mut write, &days).await?;
    let calendar = Calendar::clone(&city.calendar()).with(notices.iter().cloned());
    let moved = moved(&mut write, &calendar, ctx).await?;
    for it in &moved {
        cases::set_due(&mut write, &it.case, it.after, it.amber_after).await?;
    }
    let years: BTreeSet<i16> = notices.iter().map(|it| it.day.year()).collect();
    let body = json!({ "years": years, "days": notices.len(), "cases": moved.len() });
    city.seal(write, ctx.event(EventKind::CalendarLoaded, "calendar", body))
        .await?;
    city.reload_calendar().await?;
    Ok(told(notices, &known, &calendar, moved))
}

fn stored(it: &Notice, loaded_on: Date) -> Holiday {
    Holiday {
        day: it.day,
        is_worked: it.kind == DayKind::MakeupWorkday,
        name: it.name.clone(),
        notice: format!("{loaded_on}载入"),
    }
}

fn told(notices: Vec<Notice>, known: &[Holiday], calendar: &Calendar, moved: Vec<Moved>) -> Preview {
    let line = |it: Notice| {
        let is_worked = it.kind == DayKind::MakeupWorkday;
        let is_known = known
            .iter()
            .any(|other| other.day == it.day && other.is_worked == is_worked);
        DayLine {
            date: it.day,
            is_worked,
            name: it.name,
            is_new: !is_known,
        }
    };
    let years: BTreeSet<i16> = notices.iter().map(|it| it.day.year()).collect();
    let missing = years
        .into_iter()
        .map(|year| (year, rules::calendar::missing_festivals(&notices, year)))
        .filter(|it| !it.1.is_empty())
        .collect();
    Preview {
        missing,
        days: notices.into_iter().map(line).collect(),
        known_until: known_until(calendar),
        moved,
    }
}

/// Open cases whose cached last day is not what `calendar` says.
async fn moved(
    mut db: impl Source + Reborrow,
    calendar: &Calendar,
    ctx: &Ctx,
) -> Result<Vec<Moved>, Refused> {
    let mut moved = Vec::new();
    let mut after = String::new();
    loop {
        let page = cases::open(db.again(), &after, 200).await?;
        let Some(last) = page.last() else { return Ok(moved) };
        after = last.id.0.clone();
        for case in page {
            let history = steps::of_case(db.again(), &case.id).await?;
            let procedure = engine::procedure(&case.procedure)?;
            let standings = procedure.standings(&engine::done(&history), calendar, ctx.today());
            let tightest = engine::tightest(&standings);
            let (due, amber) = (tightest.map(|it| it.due), tightest.map(|it| it.amber_from));
            if due != case.due_on || amber != case.amber_on {
                moved.push(Moved {
                    case: case.id,
                    title: case.title,
                    before: case.due_on,
                    after: due,
                    amber_after: amber,
                });
            }
        }
    }
}

/// At the very first start, the notices that the platform brings along are written to the records.
pub(crate) async fn seed(city: &City) -> Result<(), Refused> {
    let notices = parse_csv(BUILT_IN_CSV).map_err(Refused::internal)?;
    let days: Vec<Holiday> = notices
        .iter()
        .map(|it| Holiday {
            notice: "随平台提供".to_owned(),
            ..stored(it, it.day)
        })
        .collect();
    let mut write = city.store.write().await?;
    holidays::load(&mut write, &days).await?;
    let event = Event {
        at_ms: 0,
        actor: None,
        org: None,
        kind: EventKind::CalendarLoaded,
        subject: "calendar".to_owned(),
        body: json!({ "days": days.len() }),
    };
    city.seal(write, event).await?;
    Ok(())
}

/// Art. 41: the notice for administrators, from 180 days before the regulation lapses.
pub fn expiry(today: Date) -> Option<Expiry> {
    let told = expiries(today).into_iter().next()?;
    let mut clocks: Vec<(String, Article)> = Vec::new();
    for clock in Procedure::WIRED.iter().flat_map(|it| it.clocks) {
        for limit in clock
            .limits
            .iter()
            .filter(|it| it.cites.regulation == told.regulation)
        {
            clocks.push((clock.duty.to_owned(), limit.cites));
        }
    }
    Some(Expiry {
        last_day: told.last_day,
        days_left: told.days_left,
        words: told.words(),
        clocks,
    })
}
