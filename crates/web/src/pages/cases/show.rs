//! One case: where its clocks stand, what was done, what comes next and for whom.

use app::{
    City,
    cases::{self, CaseView, Next, Past},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use rules::{
    grant::Terms,
    permission::Action,
    procedure::{Procedure, open_request, opening},
};

use super::{
    list::Line,
    matter::{self, Matter},
    state_tag,
};
use crate::{
    frame::{Frame, Page, html},
    pages::Done,
    session::Me,
    ui::{Cite, ClockTag, Confirm, Pairs, StateTag, Timeline},
    words,
};

/// The page of a case, whatever its procedure.
#[derive(Template)]
#[template(path = "cases/show.html")]
pub struct CasePage {
    /// What stands around it.
    pub frame: Frame,
    /// What was just done.
    pub confirm: Option<Confirm>,
    /// Its number.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The procedure.
    pub procedure: &'static str,
    /// Where it stands.
    pub state: StateTag,
    /// Whether nobody owes anything any more.
    pub is_closed: bool,
    /// Its clocks: the tag, whose duty it is, since when and for how long.
    pub clocks: Vec<(ClockTag, String)>,
    /// Its parties.
    pub parties: Pairs,
    /// What may be done next, by this person first.
    pub nexts: Vec<NextStep>,
    /// What it is about.
    pub matter: Matter,
    /// What was done.
    pub history: Timeline,
    /// Cases that belong to it.
    pub related: Vec<Line>,
    /// Where a dispute may be raised.
    pub dispute: Option<String>,
    /// Where one may look at what the applicant registered.
    pub applicant: Option<String>,
}

/// A step out of the case's state.
pub struct NextStep {
    /// Where its form is; none where this person may not take it.
    pub href: Option<String>,
    /// The step.
    pub label: &'static str,
    /// Why this person may not, and who may.
    pub why_not: String,
    /// The article.
    pub cite: Cite,
}

impl NextStep {
    /// One step of the case at `href`.
    pub fn of(next: &Next, href: &str) -> NextStep {
        NextStep {
            href: next.is_allowed.then(|| format!("{href}/{}", next.step.name)),
            label: next.step.label,
            why_not: next.why_not.clone().unwrap_or_default(),
            cite: next.cites.into(),
        }
    }
}

/// The history of a case, for its page.
pub(crate) fn timeline(history: &[Past]) -> Timeline {
    let step = |past: &Past| {
        let mut said = Vec::new();
        if !past.words.trim().is_empty() {
            said.push((String::new(), past.words.clone()));
        }
        said.extend(
            past.field_reasons
                .iter()
                .map(|it| (it.label.clone(), it.words.clone())),
        );
        if let Some(terms) = &past.terms {
            said.push(("使用条件".to_owned(), in_short(terms)));
        }
        crate::ui::Past {
            when: words::moment(past.at),
            step: past.step.label.to_owned(),
            by: if past.org_name.is_empty() || past.by.contains(&past.org_name) {
                past.by.clone()
            } else {
                format!("{} {}", past.org_name, past.by)
            },
            said,
            evidence: past.evidence_index,
        }
    };
    Timeline {
        steps: history.iter().map(step).collect(),
        has_receipts: false,
    }
}

fn in_short(terms: &Terms) -> String {
    let rows = if terms.filters.is_empty() {
        "全部行"
    } else {
        "限定行范围"
    };
    format!(
        "{} 个信息项，{rows}，每日不超过 {} 次，{} 至 {}",
        terms.items.len(),
        words::count(terms.calls_per_day_max.into()),
        terms.from,
        terms.until
    )
}

/// Everything but the place of a dispute.
pub(crate) fn page(frame: Frame, view: &CaseView, done: &Done, today: Date, matter: Matter) -> CasePage {
    let line = &view.line;
    let href = format!("/cases/{}", line.id);
    let mut nexts: Vec<NextStep> = view.next.iter().map(|it| NextStep::of(it, &href)).collect();
    nexts.sort_by_key(|it| it.href.is_none());
    let clock = |it: &rules::clock::Standing| {
        let whose = format!(
            "{}办理，自 {} 起 {} 个工作日",
            it.owed_by.label(),
            it.started_on,
            it.days
        );
        let met = it.met_on.map_or(String::new(), |on| format!("，{on} 办结"));
        (ClockTag::of(it, today), format!("{whose}{met}"))
    };
    CasePage {
        frame,
        confirm: confirm(view, done),
        id: line.number.clone(),
        title: line.title.clone(),
        procedure: line.procedure.label,
        state: state_tag(line),
        is_closed: line.is_closed,
        clocks: view.clocks.iter().map(clock).collect(),
        parties: parties(view),
        nexts,
        matter,
        history: timeline(&view.history),
        related: view.related.iter().map(|it| Line::of(it, today)).collect(),
        dispute: None,
        applicant: None,
    }
}

/// Each party once, though it may act in more than one office.
fn parties(view: &CaseView) -> Pairs {
    let mut parties = view.parties.clone();
    parties.dedup();
    parties
        .iter()
        .fold(Pairs::new(), |all, (office, org)| all.with(office, org))
}

/// What was just done, if the last step of the history is the one the address names.
fn confirm(view: &CaseView, done: &Done) -> Option<Confirm> {
    let last = view.history.last().filter(|it| done.is(it.step.name))?;
    let next = if last.step == opening::Step::Release.word() {
        "本办件已办结。快照制作完成后，还须由部门负责人在“开放管理 → 开放清单”发布新一期清单，数据才向公众开放。".to_owned()
    } else if view.line.is_closed {
        "本办件已办结。".to_owned()
    } else {
        match view.awaited[..] {
            [] => String::new(),
            _ => format!("下一步由{}办理。", view.awaited.join("、")),
        }
    };
    let due = match (view.line.due, view.line.is_provisional) {
        (Some(due), is_provisional) => {
            let provisional = if is_provisional { "（暂定）" } else { "" };
            format!("法定期限至 {}{provisional}。", words::day_long(due))
        }
        _ => String::new(),
    };
    Some(Confirm {
        title: format!("已办理：{}", last.step.label),
        ref_label: "办件编号".to_owned(),
        reference: view.line.number.clone(),
        next: format!("{next}{due}"),
    })
}

/// GET /cases/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = cases::show(&city, &me.ctx, &id.as_str().into()).await?;
    let frame = me.frame(view.line.title.clone()).crumb("/cases", "办件");
    let (matter, _) = matter::load(&city, &me, &view).await?;
    let mut page = page(frame, &view, &done, me.ctx.today(), matter);
    page.history.has_receipts = me.could(Action::SeeReceipt);
    let is_party = view.parties.iter().any(|(_, it)| *it == me.ctx.actor.org.name);
    if is_party && view.line.procedure.name == "request" && me.could(Action::RaiseDispute) {
        page.dispute = Some(format!("/cases/{id}/dispute"));
    }
    page.applicant = applicant(&me, &view);
    html(&page)
}

/// Where the registration of a case's applicant is shown, for those who handle applications (art. 33).
pub(crate) fn applicant(me: &Me, view: &CaseView) -> Option<String> {
    let is_his = view.line.procedure.name == open_request::PROCEDURE.name;
    (is_his && me.could(Action::SeeApplicant)).then(|| format!("/cases/{}/applicant", view.line.id))
}

/// The procedure of a case; every stored one is known.
pub(crate) fn procedure(view: &CaseView) -> Option<&'static Procedure> {
    Procedure::find(view.line.procedure.name)
}
