//! Finding an entry.

use std::collections::BTreeMap;

use app::{
    City,
    search::{self, Facet, Found, Hit, Query},
};
use askama::Template;
use axum::{
    extract::{Query as Asked, State},
    response::{Html, IntoResponse},
};
use rules::{permission::Action, procedure::compilation::State as Stand};

use super::{share_tag, state_tag};
use crate::{
    csv::Csv,
    frame::{Frame, Page, html},
    session::Me,
    ui::{Empty, Notice, Pager, StateTag, Tone},
    words,
};

/// The search with what it found.
#[derive(Template)]
#[template(path = "entries/list.html")]
pub struct EntriesPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was looked for.
    pub text: String,
    /// The hits of this page.
    pub hits: Vec<HitLine>,
    /// Drafts of the own organisation that match.
    pub drafts: Vec<HitLine>,
    /// What the hits may be narrowed by.
    pub facets: Vec<FacetBox>,
    /// How many there are, and where this page stands.
    pub pager: Pager,
    /// The query, for the export.
    pub query: String,
    /// Whether this person may compile an entry.
    pub may_compile: bool,
}

/// An entry that was found.
pub struct HitLine {
    /// Where it is.
    pub href: String,
    /// Its title, in parts: those that match what was looked for are marked.
    pub title: Vec<(String, bool)>,
    /// 信息资源代码.
    pub code: String,
    /// The beginning of its summary.
    pub summary: String,
    /// The provider.
    pub provider: String,
    /// How it is shared.
    pub share: StateTag,
    /// Where it stands.
    pub state: StateTag,
    /// Whether it is in the catalogue.
    pub is_published: bool,
    /// How often it changes.
    pub cycle: &'static str,
    /// Its items, the first few.
    pub items: String,
    /// How many rows it has.
    pub rows: String,
    /// The last change.
    pub changed: String,
}

/// A facet as the page shows it.
pub struct FacetBox {
    /// What it is about.
    pub label: String,
    /// Address, words, number of hits, whether chosen.
    pub values: Vec<(String, String, u64, bool)>,
}

/// What was asked for, as the address carries it: `q`, `page`, and a facet by its name.
type Params = BTreeMap<String, String>;

fn query_of(params: &Params) -> Query {
    let facets = params
        .iter()
        .filter(|(name, value)| !is_plain(name) && !value.is_empty());
    Query {
        text: params
            .get("q")
            .map_or("", |it| it.trim())
            .chars()
            .take(100)
            .collect(),
        facets: facets
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        page: params
            .get("page")
            .and_then(|it| it.parse().ok())
            .unwrap_or(1)
            .max(1),
    }
}

fn is_plain(name: &str) -> bool {
    matches!(name, "q" | "page")
}

/// The address with `changed` put in place of what was asked for; an empty value takes it out.
fn address(params: &Params, changed: (&str, &str)) -> String {
    let mut params = params.clone();
    params.remove("page");
    params.insert(changed.0.to_owned(), changed.1.to_owned());
    let pairs = params.iter().filter(|it| !it.1.is_empty());
    let pairs: Vec<String> = pairs
        .map(|(k, v)| format!("{}={}", words::encoded(k), words::encoded(v)))
        .collect();
    if pairs.is_empty() {
        "/entries".to_owned()
    } else {
        format!("/entries?{}", pairs.join("&"))
    }
}

impl HitLine {
    /// The line of one hit.
    pub fn of(hit: &Hit, text: &str) -> HitLine {
        let mut items = hit.items.iter().take(8).cloned().collect::<Vec<_>>().join("、");
        if hit.items.len() > 8 {
            items += &format!(" 等 {} 项", hit.items.len());
        }
        HitLine {
            href: format!("/entries/{}", hit.id),
            title: marked(&hit.title, text),
            code: hit.code.clone(),
            summary: hit.summary.chars().take(120).collect(),
            provider: hit.provider_name.clone(),
            share: share_tag(hit.share),
            state: state_tag(hit.state),
            is_published: hit.state == Stand::Published.word(),
            cycle: hit.cycle.label(),
            items,
            rows: hit
                .rows
                .map_or("尚未归集".to_owned(), |it| format!("{} 行", words::count(it))),
            changed: words::day(hit.changed_on),
        }
    }
}

/// Cuts `title` where it has the words that were looked for.
fn marked(title: &str, text: &str) -> Vec<(String, bool)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut parts = Vec::new();
    let mut rest = title;
    while !rest.is_empty() {
        let first = words
            .iter()
            .filter_map(|word| Some((rest.find(word)?, *word)))
            .min_by_key(|it| it.0);
        let Some((at, word)) = first else { break };
        if at > 0 {
            parts.push((rest[..at].to_owned(), false));
        }
        parts.push((word.to_owned(), true));
        rest = &rest[at + word.len()..];
    }
    if !rest.is_empty() {
        parts.push((rest.to_owned(), false));
    }
    parts
}

fn facet(facet: &Facet, params: &Params) -> FacetBox {
    let value = |it: &search::FacetValue| {
        let to = if it.is_chosen { "" } else { it.name.as_str() };
        (
            address(params, (&facet.name, to)),
            it.label.clone(),
            it.count,
            it.is_chosen,
        )
    };
    FacetBox {
        label: facet.label.clone(),
        values: facet.values.iter().take(12).map(value).collect(),
    }
}

impl EntriesPage {
    fn empty(&self) -> Empty {
        if self.text.is_empty() {
            return Empty::new("目录里还没有已发布的条目", "编目员上传样表即可编制第一个条目。");
        }
        let words = "可以只输入名称中的一两个字，或者去掉左侧的筛选条件。";
        Empty::new(&format!("没有找到“{}”", self.text), words).link("/entries", "查看全部目录")
    }
}

pub(crate) fn page(
    frame: Frame,
    params: &Params,
    text: &str,
    found: &Found,
    may_compile: bool,
) -> EntriesPage {
    let to_page = address(params, ("page", "0"));
    EntriesPage {
        frame,
        hits: found.hits.iter().map(|it| HitLine::of(it, text)).collect(),
        drafts: found.drafts.iter().map(|it| HitLine::of(it, text)).collect(),
        facets: found
            .facets
            .iter()
            .filter(|it| !it.values.is_empty())
            .map(|it| facet(it, params))
            .collect(),
        pager: Pager {
            total: found.total,
            page: found.page.into(),
            size: found.page_size.into(),
            base: to_page.trim_end_matches('0').to_owned(),
        },
        query: address(params, ("page", ""))
            .trim_start_matches("/entries")
            .to_owned(),
        may_compile,
        text: text.to_owned(),
    }
}

/// GET /entries
pub async fn show(me: Me, State(city): State<City>, Asked(params): Asked<Params>) -> Page {
    let query = query_of(&params);
    let found = search::find(&city, &me.ctx, &query).await?;
    let may_compile = me.could(Action::EditDraft);
    let notice = match params.get("done").map(String::as_str) {
        Some("discarded") => Some(("草稿已删除", "办理记录和存证保留。")),
        Some("retired") => Some((
            "目录已下架",
            "该目录上的授权已终止，使用部门和主管部门已收到通知。",
        )),
        _ => None,
    };
    let notice = notice.map(|(title, words)| Notice::new(Tone::Green, title, words));
    html(&page(
        me.frame("数据目录").notice(notice),
        &params,
        &query.text,
        &found,
        may_compile,
    ))
}

/// Hits of an export at most; a longer list is narrowed first.
const EXPORT_HITS_MAX: usize = 60_000;

/// GET /entries/export
pub async fn export(me: Me, State(city): State<City>, Asked(params): Asked<Params>) -> Page {
    let mut query = query_of(&params);
    let headings = [
        "信息资源代码",
        "信息资源名称",
        "提供部门",
        "共享类型",
        "开放类型",
        "更新周期",
        "行数",
        "最近更新",
        "信息项",
        "摘要",
    ];
    let mut csv = Csv::new(&headings);
    let mut lines = 0;
    for page in 1.. {
        query.page = page;
        let found = search::find(&city, &me.ctx, &query).await?;
        lines += found.hits.len();
        for hit in &found.hits {
            csv.line([
                hit.code.clone(),
                hit.title.clone(),
                hit.provider_name.clone(),
                hit.share.label().to_owned(),
                hit.open.label().to_owned(),
                hit.cycle.label().to_owned(),
                hit.rows.map(|it| it.to_string()).unwrap_or_default(),
                words::day(hit.changed_on),
                hit.items.join("、"),
                hit.summary.clone(),
            ]);
        }
        if found.hits.len() < found.page_size as usize || lines >= EXPORT_HITS_MAX {
            break;
        }
    }
    csv.download("数据目录.csv")
}

/// A few titles under the search box.
#[derive(Template)]
#[template(path = "entries/suggest.html")]
pub struct Suggestions {
    /// Address, title and provider.
    pub hits: Vec<(String, String, String)>,
}

/// GET /entries/suggest
pub async fn suggest(me: Me, State(city): State<City>, Asked(params): Asked<Params>) -> Page {
    let query = query_of(&params);
    if query.text.is_empty() {
        return Ok(Html("").into_response());
    }
    let found = search::find(&city, &me.ctx, &query).await?;
    let hits = found.hits.iter().take(8);
    let hits = hits.map(|it| {
        (
            format!("/entries/{}", it.id),
            it.title.clone(),
            it.provider_name.clone(),
        )
    });
    html(&Suggestions { hits: hits.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_is_marked_in_the_title() {
        let marked: Vec<String> = marked("乡镇区划信息", "区划 信")
            .into_iter()
            .map(|(part, is_hit)| if is_hit { format!("[{part}]") } else { part })
            .collect();
        assert_eq!(marked.concat(), "乡镇[区划][信]息");
    }

    #[test]
    fn choosing_a_facet_keeps_the_words_and_returns_to_the_first_page() {
        let params: Params = [("q", "区划"), ("page", "3"), ("share", "conditional")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        assert_eq!(address(&params, ("share", "")), "/entries?q=%E5%8C%BA%E5%88%92");
        assert_eq!(query_of(&params).facets.len(), 1);
        assert_eq!(query_of(&params).page, 3);
    }
}
