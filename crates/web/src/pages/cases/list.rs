//! The list of cases, and the same as a spreadsheet.

use app::{
    City, Ctx,
    cases::{self, CaseLine, Cases, Filter},
};
use askama::Template;
use axum::extract::{Query, State};
use jiff::civil::Date;
use rules::{clock::Colour, procedure::Procedure};
use serde::Deserialize;

use super::state_tag;
use crate::{
    csv::Csv,
    form::Fields,
    frame::{Frame, Page, html},
    problem::Problem,
    session::Me,
    ui::{Choice, ClockTag, Empty, Form, StateTag, row_class},
    words,
};

/// A list of cases with its filters.
#[derive(Template)]
#[template(path = "cases/list.html")]
pub struct CasesPage {
    /// What stands around it.
    pub frame: Frame,
    /// The filters as chosen.
    pub form: Form,
    /// The lines.
    pub lines: Vec<Line>,
    /// How many there are in all.
    pub total: String,
    /// Where the list begins, unless it begins here.
    pub first: Option<String>,
    /// Where it goes on.
    pub next: Option<String>,
    /// The filters as a query, for the export.
    pub query: String,
}

/// One case in a list.
pub struct Line {
    /// The row's class.
    pub class: &'static str,
    /// Where the case is.
    pub href: String,
    /// The number people cite.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// The procedure.
    pub procedure: &'static str,
    /// Where it stands.
    pub state: StateTag,
    /// The provider.
    pub provider: String,
    /// The user agency, where there is one.
    pub consumer: String,
    /// When it began.
    pub opened: String,
    /// The clock, where one runs.
    pub clock: Option<ClockTag>,
}

impl Line {
    /// The line of one case.
    pub fn of(line: &CaseLine, today: Date) -> Line {
        Line {
            class: if line.is_closed {
                ""
            } else {
                row_class(line.colour)
            },
            href: format!("/cases/{}", line.id),
            number: line.number.clone(),
            title: line.title.clone(),
            procedure: line.procedure.label,
            state: state_tag(line),
            provider: line.provider_name.clone(),
            consumer: line.consumer_name.clone().unwrap_or_default(),
            opened: words::moment(line.opened_at),
            clock: line
                .colour
                .map(|it| ClockTag::new(it, line.due, line.is_provisional, today)),
        }
    }
}

/// The colours of clocks that run.
const COLOURS: &[Colour] = &[Colour::Red, Colour::Amber, Colour::Green];

/// The filters of the list, as the address carries them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    procedure: String,
    open: String,
    q: String,
    colour: String,
    after: String,
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            procedure: Procedure::find(&self.procedure).map(|it| it.name.to_owned()),
            is_open: match self.open.as_str() {
                "no" => Some(false),
                "all" => None,
                _ => Some(true),
            },
            text: Some(self.q.trim().to_owned()).filter(|it| !it.is_empty()),
            colour: Colour::parse(&self.colour).filter(|it| COLOURS.contains(it)),
            after: Some(self.after.clone()).filter(|it| !it.is_empty()),
            ..Filter::default()
        }
    }

    fn query(&self) -> String {
        let pairs = [
            ("q", &self.q),
            ("procedure", &self.procedure),
            ("colour", &self.colour),
            ("open", &self.open),
        ];
        let pairs = pairs.iter().filter(|it| !it.1.is_empty());
        pairs
            .map(|(name, value)| format!("{name}={}&", words::encoded(value)))
            .collect()
    }

    fn form(&self) -> Form {
        let open = if self.open.is_empty() { "yes" } else { &self.open };
        Form::of(
            Fields::new()
                .with("q", &self.q)
                .with("procedure", &self.procedure)
                .with("colour", &self.colour)
                .with("open", open),
        )
    }
}

impl CasesPage {
    fn procedures(&self) -> Vec<Choice> {
        let all = [Choice::new("", "全部类型")].into_iter();
        all.chain(Procedure::WIRED.iter().map(|it| Choice::new(it.name, it.label)))
            .collect()
    }

    fn colours(&self) -> Vec<Choice> {
        let all = [Choice::new("", "全部期限")].into_iter();
        all.chain(COLOURS.iter().map(|it| Choice::new(it.name(), it.label())))
            .collect()
    }

    fn opens(&self) -> Vec<Choice> {
        vec![
            Choice::new("yes", "办理中"),
            Choice::new("no", "已办结"),
            Choice::new("all", "全部"),
        ]
    }

    fn empty(&self) -> Empty {
        Empty::new(
            "没有符合条件的办件",
            "换一个筛选条件试试；您只能看到与本单位有关的办件。",
        )
        .link("/cases?open=all", "查看全部办件")
    }
}

/// GET /cases
pub async fn show(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let found = cases::list(&city, &me.ctx, &asked.filter()).await?;
    html(&page(me.frame("办件"), &asked, &found, me.ctx.today()))
}

pub(crate) fn page(frame: Frame, asked: &Asked, found: &Cases, today: Date) -> CasesPage {
    let query = asked.query();
    CasesPage {
        frame,
        form: asked.form(),
        lines: found.lines.iter().map(|it| Line::of(it, today)).collect(),
        total: words::count(found.total),
        first: (!asked.after.is_empty()).then(|| format!("/cases?{query}")),
        next: found
            .next
            .as_ref()
            .map(|it| format!("/cases?{query}after={}", words::encoded(it))),
        query,
    }
}

/// Lines of an export at most; a longer list is filtered first.
const EXPORT_LINES_MAX: usize = 20_000;

async fn all(city: &City, ctx: &Ctx, mut filter: Filter) -> Result<Vec<CaseLine>, Problem> {
    let mut lines = Vec::new();
    filter.after = None;
    loop {
        let found = cases::list(city, ctx, &filter).await?;
        lines.extend(found.lines);
        filter.after = found.next;
        if filter.after.is_none() || lines.len() >= EXPORT_LINES_MAX {
            return Ok(lines);
        }
    }
}

/// GET /cases/export
pub async fn export(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let lines = all(&city, &me.ctx, asked.filter()).await?;
    let headings = [
        "办件编号",
        "类型",
        "事项",
        "状态",
        "提供部门",
        "使用部门",
        "发起时间",
        "期限",
        "是否暂定",
        "期限状态",
    ];
    let mut csv = Csv::new(&headings);
    for line in lines {
        csv.line([
            line.number,
            line.procedure.label.to_owned(),
            line.title,
            line.state.label.to_owned(),
            line.provider_name,
            line.consumer_name.unwrap_or_default(),
            words::moment(line.opened_at),
            line.due.map(words::day).unwrap_or_default(),
            if line.is_provisional {
                "暂定".to_owned()
            } else {
                String::new()
            },
            line.colour.map_or("", |it| it.label()).to_owned(),
        ]);
    }
    csv.download("办件.csv")
}
