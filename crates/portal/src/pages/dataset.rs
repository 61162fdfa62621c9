//! The page of an open set: what it is, its rows, its files, its interface, and how to cite or dispute it.

use app::{
    City,
    portal::{self, ColumnProfile, Dataset, FileCard, ReleaseCard},
    products,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
};
use rules::{
    catalogue::OpenKind,
    delivery::Score,
    ids::EntryId,
    procedure::{objection, open_request},
    release::FileFormat,
};
use web::{chart::Radar, ui::Pairs, words};

use crate::{
    frame::{Frame, html},
    machines,
    parts::{self, CardLine},
    problem::{Page, Problem},
    visit::Visit,
};

pub mod columns;
pub mod preview;
pub mod releases;
pub mod uses;

use columns::{ColumnLine, ItemLine};
use preview::{Asked, Preview};
use uses::Uses;

/// The page of a set.
#[derive(Template)]
#[template(path = "dataset/show.html")]
pub struct DatasetPage {
    /// What stands around it.
    pub frame: Frame,
    /// The set as lists show it.
    pub card: CardLine,
    /// What it holds.
    pub summary: String,
    /// Words people search by: address and word.
    pub keywords: Vec<(String, String)>,
    /// What is to be known of it.
    pub facts: Pairs,
    /// Objections and corrections under way: since when, and what (art. 21, 34).
    pub marks: Vec<(String, String)>,
    /// On which conditions it is opened, where it is not for everybody (art. 23, 26).
    pub conditions: Option<Conditions>,
    /// The files of the newest release.
    pub files: Vec<FileLine>,
    /// Its items.
    pub items: Vec<ItemLine>,
    /// What was done to items before the release.
    pub masked: Vec<(String, String)>,
    /// Its rows.
    pub preview: Option<Preview>,
    /// What its columns hold.
    pub columns: Vec<ColumnLine>,
    /// The quality of the delivery it was made from.
    pub radar: Option<Radar>,
    /// The same in numbers: dimension, score, and what it is made of.
    pub scores: Vec<(&'static str, String, String)>,
    /// Its releases, the newest first.
    pub releases: Vec<ReleaseLine>,
    /// How programs get at it, and how it is cited.
    pub uses: Option<Uses>,
    /// What others made of it: name and maker (art. 26).
    pub products: Vec<(String, String)>,
    /// Sets like it.
    pub related: Vec<CardLine>,
    /// Where to object.
    pub object_href: String,
    /// Within what time an objection is marked on the data (art. 34).
    pub marked: String,
    /// The set for search engines, as schema.org has it; safe inside a script element.
    pub json_ld: String,
}

/// What an applicant must know before applying.
pub struct Conditions {
    /// 开放条件.
    pub words: String,
    /// Why it is not open to everybody.
    pub reason: String,
    /// The law that says so.
    pub basis: String,
    /// Where to apply.
    pub href: String,
    /// Within what time an application is handled (art. 26).
    pub handled: String,
}

/// A file to fetch.
pub struct FileLine {
    /// Where it is fetched.
    pub href: String,
    /// The page about it.
    pub about: String,
    /// Its format.
    pub label: &'static str,
    /// Its size.
    pub size: String,
    /// Its digest.
    pub sha256: String,
}

/// A release in the table of releases.
pub struct ReleaseLine {
    /// Its page, for good.
    pub href: String,
    /// Its number.
    pub number: i64,
    /// When it was made.
    pub at: String,
    /// How many rows it has.
    pub rows: String,
    /// The digest of its rows.
    pub sha256: String,
    /// Its files: address and format.
    pub files: Vec<(String, &'static str)>,
}

/// The address of the set called `name`.
pub(crate) fn href(name: &str) -> String {
    format!("/dataset/{}", words::encoded(name))
}

/// Where a file of the newest release is fetched.
pub(crate) fn download(name: &str, file: &FileCard) -> String {
    let rid = words::encoded(&file.rid);
    format!(
        "{}/resource/{rid}/download/{}",
        href(name),
        file_name(name, file.format)
    )
}

/// Where a file of the release `number` is fetched, for good.
pub(crate) fn permanent(name: &str, number: i64, format: FileFormat) -> String {
    format!("{}/releases/{number}/{}", href(name), file_name(name, format))
}

fn file_name(name: &str, format: FileFormat) -> String {
    format!("{}.{}", words::encoded(name), format.extension())
}

/// GET /dataset/{name}; the same address answers machines with RDF, by its ending or by what they accept.
pub async fn show(
    visit: Visit,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    State(city): State<City>,
) -> Page {
    if let Some(graph) = machines::dataset_as(&city, &visit, &name, &headers).await {
        return Ok(graph);
    }
    let set = portal::dataset(&city, &name).await?;
    let is_open = set.card.kind == OpenKind::Unconditional && set.card.number.is_some();
    let (mut profile, mut rows) = (Vec::new(), None);
    if is_open {
        rows = preview::read(&city, &set.card.name, &set.items, &asked).await?;
        profile = portal::profile(&city, &set.card.name).await.or_else(none_of)?;
    }
    let mut page = page(&visit, &set, &profile, rows);
    let made = products::list(&city, Some(&EntryId(set.card.id.clone()))).await?;
    let related = portal::related(&city, &set).await?;
    page.related = related.iter().map(|it| CardLine::of(it, "")).collect();
    page.products = made.into_iter().map(|it| (it.name, it.byline)).collect();
    let mut page = html(&page)?;
    page.headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(page)
}

/// A set without a profile is shown without charts.
fn none_of(refused: app::Refused) -> Result<Vec<ColumnProfile>, Problem> {
    match refused.status {
        app::Status::NotFound => Ok(Vec::new()),
        _ => Err(refused.into()),
    }
}

pub(crate) fn page(
    visit: &Visit,
    set: &Dataset,
    profile: &[ColumnProfile],
    preview: Option<Preview>,
) -> DatasetPage {
    let card = &set.card;
    let newest = set.releases.first();
    let org = (
        format!("/organization/{}", words::encoded(&card.org.name)),
        card.org.title.clone(),
    );
    let mark = |it: &portal::MarkLine| (parts::day(it.since), it.words.clone());
    let keyword = |it: &String| (format!("/dataset?keyword={}", words::encoded(it)), it.clone());
    let frame = Frame::new(visit, card.title.clone())
        .crumb("/open", "首页")
        .crumb("/dataset", "数据集")
        .crumb(org.0, org.1)
        .about(&card.summary)
        .canonical(format!("{}{}", visit.origin, href(&card.name)));
    DatasetPage {
        frame,
        card: CardLine::of(card, "").on(card, visit.today()),
        summary: card.summary.clone(),
        keywords: card.keywords.iter().map(keyword).collect(),
        facts: facts(set),
        marks: set.marks.iter().map(mark).collect(),
        conditions: conditions(visit, set),
        files: newest.map_or(Vec::new(), |it| files(&card.name, it)),
        items: set.items.iter().map(|it| ItemLine::of(it, &set.masked)).collect(),
        masked: set.masked.clone(),
        preview,
        columns: columns::lines(&set.items, profile),
        radar: (!set.scores.is_empty()).then(|| Radar::of(&set.scores)),
        scores: set.scores.iter().map(score).collect(),
        releases: set.releases.iter().map(|it| release(&card.name, it)).collect(),
        uses: newest.map(|it| Uses::of(visit, set, it)),
        products: Vec::new(),
        related: Vec::new(),
        object_href: format!("/open/object?dataset={}", words::encoded(&card.name)),
        marked: words::within(&objection::TO_MARK, visit.today()),
        json_ld: machines::schema_org(set, &visit.origin),
    }
}

fn facts(set: &Dataset) -> Pairs {
    let card = &set.card;
    let org = format!("/organization/{}", words::encoded(&card.org.name));
    let theme = format!("/group/{}", words::encoded(&card.theme_name));
    let mut facts = Pairs::new()
        .with_link("提供部门", card.org.title.clone(), org)
        .with_some("联系电话", set.phone.clone());
    if !card.theme.is_empty() {
        facts = facts.with_link("主题", card.theme.clone(), theme);
    }
    facts = facts
        .with("开放类型", card.kind.label())
        .with("更新周期", card.cycle.label())
        .with("首次发布", parts::day(card.issued_at))
        .with("最近更新", parts::day(card.modified_at));
    if let Some(number) = card.number {
        facts = facts
            .with("当前版本", format!("第 {number} 版"))
            .with(
                "数据量",
                format!("{} 行 × {} 项", words::count(card.rows), set.items.len()),
            )
            .with("下载", format!("{} 次", words::count(card.downloads)));
    }
    facts
        .with_some("分类", set.class_path.join(" › "))
        .with("资源代码", set.code.clone())
}

fn conditions(visit: &Visit, set: &Dataset) -> Option<Conditions> {
    (set.card.kind == OpenKind::Conditional).then(|| Conditions {
        words: set.conditions.clone(),
        reason: set.reason.clone(),
        basis: set.basis.clone(),
        href: format!("/open/account/apply/{}", words::encoded(&set.card.name)),
        handled: words::within(&open_request::HANDLE, visit.today()),
    })
}

pub(crate) fn files(name: &str, release: &ReleaseCard) -> Vec<FileLine> {
    let line = |it: &FileCard| FileLine {
        href: download(name, it),
        about: format!("{}/resource/{}", href(name), words::encoded(&it.rid)),
        label: it.format.label(),
        size: words::bytes(it.bytes),
        sha256: it.sha256.clone(),
    };
    release.files.iter().map(line).collect()
}

pub(crate) fn release(name: &str, release: &ReleaseCard) -> ReleaseLine {
    let file = |it: &FileCard| (permanent(name, release.number, it.format), it.format.label());
    ReleaseLine {
        href: format!("{}/releases/{}", href(name), release.number),
        number: release.number,
        at: words::moment(release.at),
        rows: words::count(release.rows),
        sha256: release.sha256.clone(),
        files: release.files.iter().map(file).collect(),
    }
}

fn score(score: &Score) -> (&'static str, String, String) {
    let part = |it: &rules::delivery::ScorePart| {
        format!("{} {}/{}", it.label, words::count(it.good), words::count(it.all))
    };
    let parts: Vec<String> = score.parts.iter().map(part).collect();
    (
        score.dimension.label(),
        words::percent(score.percent()),
        parts.join("；"),
    )
}
