//! Finding a set: words, facets, order, pages.

use std::collections::BTreeMap;

use app::{
    City,
    portal::{self, Ask, Facet, Found, Sort},
};
use askama::Template;
use axum::{
    Json,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use rules::{
    catalogue::{OpenKind, UpdateCycle},
    release::FileFormat,
};
use serde_json::json;
use web::{ui::Pager, words};

use crate::{
    frame::{Frame, html},
    parts::CardLine,
    problem::{Page, Problem},
    visit::Visit,
};

/// The search with what it found.
#[derive(Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was looked for.
    pub text: String,
    /// What else was chosen, for the search box to keep: name and value.
    pub kept: Vec<(String, String)>,
    /// What the hits are narrowed by: the address without it, and its words.
    pub chosen: Vec<(String, String)>,
    /// What the hits may be narrowed by.
    pub facets: Vec<FacetBox>,
    /// The orders: address, words, whether chosen.
    pub sorts: Vec<(String, &'static str, bool)>,
    /// The hits of this page.
    pub hits: Vec<CardLine>,
    /// How many there are, and where this page stands.
    pub pager: Pager,
    /// Where nothing was found: fewer words, all that they find, and the first of it.
    pub near: Option<Near>,
}

/// Sets found by fewer words.
pub struct Near {
    /// The words.
    pub words: String,
    /// All that they find.
    pub href: String,
    /// The first of it.
    pub hits: Vec<CardLine>,
}

/// A facet as the page shows it.
pub struct FacetBox {
    /// Its name in the address; also tells its heading.
    pub name: &'static str,
    /// What it is about.
    pub label: &'static str,
    /// Address, words, number of hits, whether chosen: the commonest.
    pub values: Vec<Value>,
    /// The others, behind a fold.
    pub more: Vec<Value>,
}

/// One value of a facet.
#[derive(Clone)]
pub struct Value {
    /// Where choosing it leads; choosing it again takes it out.
    pub href: String,
    /// Its words.
    pub label: String,
    /// How many hits it leaves.
    pub count: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// What was asked for, as the address carries it.
pub type Params = BTreeMap<String, String>;

const PAGE: usize = 20;
/// Sets shown where nothing was found.
const NEAR: usize = 5;
/// Letters of a text that found nothing that are tried again.
const NEAR_TRIES: usize = 8;
/// Values of a facet that are shown without unfolding.
const VALUES: usize = 8;
/// The last page that can be turned to: who wants more takes the whole catalogue as a file.
const LAST_PAGE: u64 = 500;
/// What narrows the hits, beside the words.
const FACETS: &[&str] = &["theme", "org", "kind", "format", "cycle", "keyword"];
/// The facets that stand beside the hits, in order.
const SHOWN: &[&str] = &["theme", "org", "kind", "format", "cycle"];

/// GET /dataset
pub async fn show(visit: Visit, Query(params): Query<Params>, State(city): State<City>) -> Page {
    let ask = ask_of(&params);
    let found = portal::search(&city, &ask).await?;
    let mut page = page(&visit, &params, &found);
    if found.total == 0 {
        page.near = near(&city, &visit, &ask).await?;
    }
    html(&page)
}

/// What the beginning of the words finds, where all of them find nothing: 医生 finds nothing, and 医 finds 医院.
async fn near(city: &City, visit: &Visit, ask: &Ask) -> Result<Option<Near>, Problem> {
    let mut text: String = ask
        .text
        .iter()
        .flat_map(|it| it.chars().take(NEAR_TRIES))
        .collect();
    while text.pop().is_some() && !text.trim().is_empty() {
        let fewer = Ask {
            text: Some(text.trim().to_owned()),
            offset: 0,
            limit: NEAR,
            ..ask.clone()
        };
        let found = portal::search(city, &fewer).await?;
        if found.total > 0 {
            let line = found
                .cards
                .iter()
                .map(|it| CardLine::of(it, &text).on(it, visit.today()));
            return Ok(Some(Near {
                hits: line.collect(),
                href: format!("/dataset?q={}", words::encoded(text.trim())),
                words: text.trim().to_owned(),
            }));
        }
    }
    Ok(None)
}

/// GET /open/suggest: titles for the search box, as one types.
pub async fn suggest(Query(params): Query<Params>, State(city): State<City>) -> Result<Response, Problem> {
    let text: String = params
        .get("q")
        .map_or("", |it| it.trim())
        .chars()
        .take(50)
        .collect();
    let found = if text.is_empty() {
        Vec::new()
    } else {
        portal::suggest(&city, &text, 8).await?
    };
    let line = |it: portal::Suggestion| json!({ "title": it.title, "href": format!("/dataset/{}", words::encoded(&it.name)) });
    let lines: Vec<_> = found.into_iter().map(line).collect();
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(lines)).into_response())
}

fn page_of(params: &Params) -> u64 {
    let asked = params.get("page").and_then(|it| it.parse().ok()).unwrap_or(1);
    asked.clamp(1, LAST_PAGE)
}

fn sort_of(params: &Params) -> Sort {
    let asked = params.get("sort").and_then(|it| Sort::parse(it));
    asked.unwrap_or(Sort::Relevance)
}

fn ask_of(params: &Params) -> Ask {
    let value = |name: &str| {
        let value = params.get(name).map_or("", |it| it.trim());
        (!value.is_empty()).then(|| value.chars().take(100).collect())
    };
    Ask {
        text: value("q"),
        org: value("org"),
        theme: value("theme"),
        format: value("format"),
        kind: value("kind"),
        cycle: value("cycle"),
        keyword: value("keyword"),
        sort: sort_of(params),
        offset: (page_of(params) as usize - 1) * PAGE,
        limit: PAGE,
    }
}

/// The address with `changed` put in place of what was asked for; an empty value takes it out.
fn address(params: &Params, changed: (&str, &str)) -> String {
    let mut params = params.clone();
    params.remove("page");
    params.insert(changed.0.to_owned(), changed.1.to_owned());
    let known = |it: &(&String, &String)| {
        !it.1.is_empty()
            && (FACETS.contains(&it.0.as_str()) || matches!(it.0.as_str(), "q" | "sort" | "page"))
    };
    let pairs: Vec<String> = params
        .iter()
        .filter(known)
        .map(|(k, v)| format!("{k}={}", words::encoded(v)))
        .collect();
    if pairs.is_empty() {
        "/dataset".to_owned()
    } else {
        format!("/dataset?{}", pairs.join("&"))
    }
}

pub(crate) fn page(visit: &Visit, params: &Params, found: &Found) -> SearchPage {
    let text = params
        .get("q")
        .map_or("", |it| it.trim())
        .chars()
        .take(100)
        .collect::<String>();
    let kept = params
        .iter()
        .filter(|(name, value)| !value.is_empty() && (FACETS.contains(&name.as_str()) || *name == "sort"));
    let sort = match sort_of(params) {
        Sort::Relevance if text.is_empty() => Sort::Modified,
        sort => sort,
    };
    let order = |it: &Sort| (address(params, ("sort", it.name())), it.label(), *it == sort);
    let title = if text.is_empty() {
        "数据集".to_owned()
    } else {
        format!("“{text}”的查找结果")
    };
    let mut base = address(params, ("page", ""));
    base += if base.contains('?') { "&page=" } else { "?page=" };
    SearchPage {
        frame: Frame::new(visit, title)
            .crumb("/open", "首页")
            .about("按主题、部门、格式和更新周期查找永州市开放的数据集。"),
        kept: kept.map(|(k, v)| (k.clone(), v.clone())).collect(),
        chosen: chosen(params, found),
        facets: SHOWN
            .iter()
            .filter_map(|name| found.facets.iter().find(|it| it.name == *name))
            .map(|it| facet(params, it))
            .filter(|it| !it.values.is_empty())
            .collect(),
        // Without words to match, the best match is what was renewed last.
        sorts: Sort::ALL
            .iter()
            .filter(|it| !text.is_empty() || **it != Sort::Relevance)
            .map(order)
            .collect(),
        hits: found
            .cards
            .iter()
            .map(|it| CardLine::of(it, &text).on(it, visit.today()))
            .collect(),
        pager: Pager {
            total: found.total,
            page: page_of(params),
            size: PAGE as u64,
            base,
        },
        near: None,
        text,
    }
}

/// What the hits are narrowed by, with a way to take each out.
fn chosen(params: &Params, found: &Found) -> Vec<(String, String)> {
    let asked = FACETS
        .iter()
        .filter_map(|name| Some((*name, params.get(*name).filter(|it| !it.is_empty())?)));
    asked
        .map(|(name, value)| (address(params, (name, "")), label(name, value, found)))
        .collect()
}

/// A chosen value as people read it.
fn label(name: &str, value: &str, found: &Found) -> String {
    let values = found
        .facets
        .iter()
        .filter(|it| it.name == name)
        .flat_map(|it| &it.values);
    let known = values
        .clone()
        .find(|it| it.value == value)
        .map(|it| it.label.clone());
    let word = match name {
        "kind" => OpenKind::parse(value).map(OpenKind::label),
        "format" => FileFormat::parse(value).map(FileFormat::label),
        "cycle" => UpdateCycle::parse(value).map(UpdateCycle::label),
        _ => None,
    };
    known
        .or(word.map(str::to_owned))
        .unwrap_or_else(|| value.to_owned())
}

fn facet(params: &Params, facet: &Facet) -> FacetBox {
    let value = |it: &portal::FacetValue| {
        let is_chosen = params.get(facet.name) == Some(&it.value);
        let to = if is_chosen { "" } else { &it.value };
        Value {
            href: address(params, (facet.name, to)),
            label: it.label.clone(),
            count: words::count(it.count),
            is_chosen,
        }
    };
    let mut values: Vec<Value> = facet.values.iter().map(value).collect();
    let more = values.split_off(values.len().min(VALUES));
    FacetBox {
        name: facet.name,
        label: facet.label,
        values,
        more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn an_address_keeps_what_was_chosen_and_begins_at_the_first_page() {
        let asked = params(&[("q", "公交"), ("org", "o1"), ("page", "3"), ("junk", "x")]);
        assert_eq!(address(&asked, ("org", "")), "/dataset?q=%E5%85%AC%E4%BA%A4");
        assert_eq!(
            address(&asked, ("kind", "conditional")),
            "/dataset?kind=conditional&org=o1&q=%E5%85%AC%E4%BA%A4"
        );
        assert_eq!(address(&params(&[]), ("org", "")), "/dataset");
    }

    #[test]
    fn a_page_beyond_the_last_that_can_be_turned_to_is_the_last() {
        assert_eq!(page_of(&params(&[("page", "9999999")])), LAST_PAGE);
        assert_eq!(ask_of(&params(&[("page", "-3")])).offset, 0);
    }
}
