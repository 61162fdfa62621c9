//! 开放清单: every edition that an agency published, as it was frozen (art. 24).

use app::{
    City,
    portal::{self, ListCard, ListLine, ListView},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::catalogue::OpenKind;
use web::{csv::Csv, words};

use super::search::Params;
use crate::{
    frame::{Frame, html},
    parts,
    problem::{Page, Problem},
    visit::Visit,
};

/// All editions, by agency.
#[derive(Template)]
#[template(path = "lists.html")]
pub struct ListsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The newest editions.
    pub newest: Vec<ListRow>,
    /// The editions they replaced.
    pub older: Vec<ListRow>,
    /// Whether one agency alone is shown.
    pub is_narrowed: bool,
}

/// An edition in the table of editions.
pub struct ListRow {
    /// Where it stands.
    pub href: String,
    /// The agency.
    pub org: String,
    /// 无条件 or 有条件.
    pub kind: &'static str,
    /// Its number.
    pub number: i64,
    /// The day it was published.
    pub day: String,
    /// How many sets it names.
    pub sets: String,
}

/// One edition.
#[derive(Template)]
#[template(path = "list.html")]
pub struct ListPage {
    /// What stands around it.
    pub frame: Frame,
    /// The edition.
    pub row: ListRow,
    /// Whether it is the newest.
    pub is_newest: bool,
    /// Whether its sets are opened on conditions.
    pub is_conditional: bool,
    /// Its lines.
    pub lines: Vec<SetRow>,
}

/// A set on an edition.
pub struct SetRow {
    /// 信息资源代码.
    pub code: String,
    /// The title on that day.
    pub title: String,
    /// How often it changes.
    pub cycle: &'static str,
    /// 开放条件.
    pub conditions: String,
    /// Its page, while it is open.
    pub href: Option<String>,
}

/// GET /open/lists
pub async fn all(visit: Visit, Query(params): Query<Params>, State(city): State<City>) -> Page {
    let lists = portal::lists(&city).await?;
    let org = params.get("org").map_or("", String::as_str);
    html(&lists_page(&visit, &lists, org))
}

pub(crate) fn lists_page(visit: &Visit, lists: &[ListCard], org: &str) -> ListsPage {
    let of_org = || lists.iter().filter(|it| org.is_empty() || it.org.name == org);
    ListsPage {
        frame: Frame::new(visit, "开放清单").crumb("/open", "首页").about(
            "永州市各部门依照《永州市政务大数据管理办法》第二十四条发布的无条件开放清单和有条件开放清单。",
        ),
        newest: of_org().filter(|it| it.is_newest).map(row).collect(),
        older: of_org().filter(|it| !it.is_newest).map(row).collect(),
        is_narrowed: !org.is_empty(),
    }
}

fn row(card: &ListCard) -> ListRow {
    ListRow {
        href: format!(
            "/open/lists/{}/{}/{}",
            words::encoded(&card.org.name),
            card.kind.name(),
            card.number
        ),
        org: card.org.title.clone(),
        kind: card.kind.label(),
        number: card.number,
        day: parts::day(card.at),
        sets: words::count(card.sets),
    }
}

type At = Path<(String, String, String)>;

async fn edition(city: &City, at: &(String, String, String)) -> Result<ListView, Problem> {
    let kind = OpenKind::parse(&at.1).ok_or(Problem::NotFound)?;
    let number = at.2.parse().map_err(|_| Problem::NotFound)?;
    Ok(portal::list(city, &at.0, kind, number).await?)
}

impl ListPage {
    /// How many of its sets are open no more.
    fn gone(&self) -> usize {
        self.lines.iter().filter(|it| it.href.is_none()).count()
    }
}

/// GET /open/lists/{org}/{kind}/{number}
pub async fn show(visit: Visit, Path(at): At, State(city): State<City>) -> Page {
    let view = edition(&city, &at).await?;
    html(&list_page(&visit, &view))
}

pub(crate) fn list_page(visit: &Visit, view: &ListView) -> ListPage {
    let row = row(&view.card);
    let line = |it: &ListLine| SetRow {
        code: it.code.clone(),
        title: it.title.clone(),
        cycle: it.cycle.label(),
        conditions: it.conditions.clone(),
        href: it
            .name
            .as_ref()
            .map(|name| format!("/dataset/{}", words::encoded(name))),
    };
    ListPage {
        frame: Frame::new(
            visit,
            format!("{}{}清单（第 {} 期）", row.org, row.kind, row.number),
        )
        .crumb("/open", "首页")
        .crumb("/open/lists", "开放清单"),
        is_newest: view.card.is_newest,
        is_conditional: view.card.kind == OpenKind::Conditional,
        lines: view.lines.iter().map(line).collect(),
        row,
    }
}

/// GET /open/lists/{org}/{kind}/{number}/csv
pub async fn csv(Path(at): At, State(city): State<City>) -> Page {
    let view = edition(&city, &at).await?;
    let mut csv = Csv::new(&["资源代码", "名称", "更新周期", "开放类型", "开放条件"]);
    for line in &view.lines {
        let kind = view.card.kind.label();
        let values = [
            &line.code,
            &line.title,
            line.cycle.label(),
            kind,
            &line.conditions,
        ];
        csv.line(values.map(str::to_owned));
    }
    let card = &view.card;
    let name = format!(
        "{}{}清单第{}期.csv",
        card.org.title,
        card.kind.label(),
        card.number
    );
    csv.download(&name)
        .map_err(|_| Problem::Internal("a list could not be written".to_owned()))
}
