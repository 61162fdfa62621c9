//! Applications on the applicant's own pages.

use jiff::{Timestamp, civil::Date};
use rules::{
    calendar,
    ids::{AgreementId, CaseId},
    procedure::{NEW, Procedure, Word, open_request},
};
use store::{
    cases::{self, Line},
    steps::{self, Step},
};

use super::{OpenRequestContent, decide::lines, own};
use crate::{City, Refused, applicants::Me, cases::engine::Said};

/// Applications shown at most; nobody has so many.
const ALL: u32 = 1_000;

/// One application in the list.
#[derive(Clone, Debug)]
pub struct MyCase {
    /// Its id.
    pub id: CaseId,
    /// The number people cite.
    pub number: String,
    /// The set's title.
    pub title: String,
    /// The provider's name.
    pub provider_name: String,
    /// Where it stands.
    pub state: Word,
    /// When it was handed in.
    pub opened_at: Timestamp,
    /// When it was answered or taken back.
    pub closed_at: Option<Timestamp>,
    /// The day by which it is answered.
    pub due: Option<Date>,
    /// Whether that day has passed.
    pub is_late: bool,
}

/// One step, as the applicant reads it: what and when, by which organisation; not by whom.
#[derive(Clone, Debug)]
pub struct MyStep {
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub label: &'static str,
    /// By which organisation; empty for his own.
    pub org_name: String,
    /// What was said to him; an opinion stays within the department.
    pub words: String,
}

/// Everything the page of one application prints.
#[derive(Clone, Debug)]
pub struct MyCaseView {
    /// The line it has in the list.
    pub case: MyCase,
    /// What was asked, line by line.
    pub lines: Vec<(String, String)>,
    /// What was done, the oldest first.
    pub steps: Vec<MyStep>,
    /// The agreement that came of it.
    pub agreement: Option<AgreementId>,
    /// Whether it can be taken back now.
    pub may_withdraw: bool,
    /// For the form.
    pub revision: i64,
}

/// The applicant's applications, the newest first.
pub async fn mine(city: &City, me: &Me, now: Timestamp) -> Result<Vec<MyCase>, Refused> {
    let filter = cases::Filter {
        applicant: Some(me.id.clone()),
        procedure: Some(open_request::PROCEDURE.name.to_owned()),
        ..cases::Filter::default()
    };
    let found = cases::list(city.store.read(), &filter, None, ALL).await?;
    Ok(found.into_iter().map(|it| line(it, now)).collect())
}

fn line(it: Line, now: Timestamp) -> MyCase {
    let due = it.due_on.filter(|_| it.closed_at.is_none());
    MyCase {
        state: open_request::PROCEDURE.state(&it.state).unwrap_or(NEW),
        is_late: due.is_some_and(|due| due < calendar::today(now)),
        due,
        id: it.id,
        number: it.number,
        title: it.title,
        provider_name: it.provider_name.unwrap_or_default(),
        opened_at: it.opened_at,
        closed_at: it.closed_at,
    }
}

/// What a step says to the applicant: an opinion, and terms it proposes, stay within the department.
pub(crate) fn said_to_applicant(step: &Step) -> Said {
    if step.step == open_request::Step::Opine.name() {
        return Said::default();
    }
    serde_json::from_value(step.answers.clone()).unwrap_or_default()
}

/// One application of the applicant's own.
pub async fn show_mine(city: &City, me: &Me, id: &CaseId, now: Timestamp) -> Result<MyCaseView, Refused> {
    let case = own(city.store.read(), me, id).await?;
    let found = mine(city, me, now).await?.into_iter().find(|it| it.id == *id);
    let line = found.ok_or_else(|| Refused::not_found("该申请"))?;
    let content: OpenRequestContent =
        serde_json::from_value(case.content.clone()).map_err(Refused::internal)?;
    let procedure: &Procedure = &open_request::PROCEDURE;
    let history = steps::of_case(city.store.read(), id).await?;
    let step = |it: Step| MyStep {
        at: it.at,
        label: procedure.step(&it.step).map_or("", |it| it.label),
        words: said_to_applicant(&it).words,
        org_name: it.org_name,
    };
    Ok(MyCaseView {
        steps: history.into_iter().map(step).collect(),
        lines: lines(city, &case).await?,
        agreement: content.agreement,
        may_withdraw: case.closed_at.is_none(),
        revision: case.revision,
        case: line,
    })
}
