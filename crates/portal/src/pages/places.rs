//! Agencies and themes: who opens what, and what about.

use app::{
    City,
    portal::{self, Ask, OrgCard, Sort, ThemeCard},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use web::{ui::Pager, words};

use super::{home::Door, search::Params};
use crate::{
    frame::{Frame, html},
    parts::CardLine,
    problem::{Page, Problem},
    visit::Visit,
};

/// All agencies, or all themes.
#[derive(Template)]
#[template(path = "places.html")]
pub struct PlacesPage {
    /// What stands around it.
    pub frame: Frame,
    /// What they are.
    pub about: &'static str,
    /// Each with its sets.
    pub doors: Vec<Door>,
}

/// One agency, or one theme, with its sets.
#[derive(Template)]
#[template(path = "place.html")]
pub struct PlacePage {
    /// What stands around it.
    pub frame: Frame,
    /// How many sets there are, in words.
    pub sets: String,
    /// Where the same stands as a search.
    pub search: String,
    /// Where its open lists stand; empty for a theme.
    pub lists: String,
    /// The sets of this page.
    pub hits: Vec<CardLine>,
    /// Where this page stands.
    pub pager: Pager,
}

const PAGE: usize = 20;

/// GET /organization
pub async fn orgs(visit: Visit, State(city): State<City>) -> Page {
    let orgs = portal::orgs(&city).await?;
    html(&orgs_page(&visit, &orgs))
}

pub(crate) fn orgs_page(visit: &Visit, orgs: &[OrgCard]) -> PlacesPage {
    let door = |it: &OrgCard| Door {
        href: format!("/organization/{}", words::encoded(&it.org.name)),
        glyph: glyph(&it.org.title),
        title: it.org.title.clone(),
        under: format!("{} 个数据集", words::count(it.sets)),
    };
    PlacesPage {
        frame: Frame::new(visit, "部门").crumb("/open", "首页"),
        about: "按提供数据的部门查找。",
        doors: orgs.iter().map(door).collect(),
    }
}

/// The character that tells an agency from the others: the first after the city's name.
fn glyph(title: &str) -> String {
    let own = title.trim_start_matches("永州市");
    let own = if own.is_empty() { title } else { own };
    own.chars().take(1).collect()
}

/// GET /group
pub async fn themes(visit: Visit, State(city): State<City>) -> Page {
    let themes = portal::themes(&city).await?;
    html(&themes_page(&visit, &themes))
}

pub(crate) fn themes_page(visit: &Visit, themes: &[ThemeCard]) -> PlacesPage {
    PlacesPage {
        frame: Frame::new(visit, "主题").crumb("/open", "首页"),
        about: "按数据的主题查找。",
        doors: themes.iter().map(Door::of).collect(),
    }
}

fn page_of(params: &Params) -> usize {
    let asked: usize = params.get("page").and_then(|it| it.parse().ok()).unwrap_or(1);
    asked.clamp(1, 500)
}

fn ask(params: &Params) -> Ask {
    Ask {
        sort: Sort::Modified,
        offset: (page_of(params) - 1) * PAGE,
        limit: PAGE,
        ..Ask::default()
    }
}

/// GET /organization/{name}
pub async fn org(
    visit: Visit,
    Path(name): Path<String>,
    Query(params): Query<Params>,
    State(city): State<City>,
) -> Page {
    let orgs = portal::orgs(&city).await?;
    let org = orgs
        .into_iter()
        .find(|it| it.org.name == name)
        .ok_or(Problem::NotFound)?
        .org;
    let asked = Ask {
        org: Some(org.name.clone()),
        ..ask(&params)
    };
    let found = portal::search(&city, &asked).await?;
    let frame = Frame::new(&visit, org.title.clone())
        .crumb("/open", "首页")
        .crumb("/organization", "部门");
    let name = words::encoded(&org.name);
    let mut page = place(frame, &params, &found, format!("/organization/{name}"));
    page.search = format!("/dataset?org={name}");
    page.lists = format!("/open/lists?org={name}");
    html(&page)
}

/// GET /group/{name}
pub async fn theme(
    visit: Visit,
    Path(name): Path<String>,
    Query(params): Query<Params>,
    State(city): State<City>,
) -> Page {
    let themes = portal::themes(&city).await?;
    let theme = themes
        .into_iter()
        .find(|it| it.name == name)
        .ok_or(Problem::NotFound)?;
    let asked = Ask {
        theme: Some(theme.name.clone()),
        ..ask(&params)
    };
    let found = portal::search(&city, &asked).await?;
    let frame = Frame::new(&visit, theme.title.clone())
        .crumb("/open", "首页")
        .crumb("/group", "主题");
    let name = words::encoded(&theme.name);
    let mut page = place(frame, &params, &found, format!("/group/{name}"));
    page.search = format!("/dataset?theme={name}");
    html(&page)
}

pub(crate) fn place(frame: Frame, params: &Params, found: &portal::Found, base: String) -> PlacePage {
    PlacePage {
        frame,
        sets: words::count(found.total),
        search: String::new(),
        lists: String::new(),
        hits: found.cards.iter().map(|it| CardLine::of(it, "")).collect(),
        pager: Pager {
            total: found.total,
            page: page_of(params) as u64,
            size: PAGE as u64,
            base: format!("{base}?page="),
        },
    }
}
