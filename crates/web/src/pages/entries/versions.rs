//! The versions of an entry, and what differs between two of them, field by field.

use app::{
    City,
    catalogue::{Difference, VersionLine, VersionView},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::parts::{Changes, ItemsTable};
use crate::{
    form::Fields,
    frame::{Frame, Page, html},
    session::Me,
    ui::{Choice, Form, Pairs},
    words,
};

/// Every version.
#[derive(Template)]
#[template(path = "entries/versions.html")]
pub struct VersionsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The versions: number, title, day, by whom, number of changes.
    pub versions: Vec<(i64, String, String, String, usize)>,
    /// Which two to compare.
    pub form: Form,
}

impl VersionsPage {
    fn choices(&self) -> Vec<Choice> {
        let choice = |it: &(i64, String, String, String, usize)| {
            Choice::new(it.0.to_string(), format!("第 {} 版（{}）", it.0, it.2))
        };
        self.versions.iter().map(choice).collect()
    }
}

/// One version, whole.
#[derive(Template)]
#[template(path = "entries/version.html")]
pub struct VersionPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// Its title.
    pub title: String,
    /// The version.
    pub version: i64,
    /// When it was published, and by whom.
    pub published: String,
    /// What it said.
    pub metadata: Pairs,
    /// Its items.
    pub items: ItemsTable,
    /// The version before, to compare with.
    pub before: Option<i64>,
}

/// What differs between two versions.
#[derive(Template)]
#[template(path = "entries/difference.html")]
pub struct DifferencePage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The older, in words.
    pub from: String,
    /// The newer, in words.
    pub to: String,
    /// Field by field.
    pub changes: Changes,
}

fn line(it: &VersionLine) -> (i64, String, String, String, usize) {
    (
        it.version,
        it.title.clone(),
        words::day(it.published_on),
        it.published_by.clone(),
        it.changes,
    )
}

fn in_words(it: &VersionLine) -> String {
    format!("第 {} 版（{} 发布）", it.version, words::day(it.published_on))
}

pub(crate) fn list_page(frame: Frame, id: &str, versions: &[VersionLine]) -> VersionsPage {
    let number = |i: usize| {
        versions
            .get(i)
            .map(|it| it.version.to_string())
            .unwrap_or_default()
    };
    VersionsPage {
        frame,
        href: format!("/entries/{id}"),
        versions: versions.iter().map(line).collect(),
        form: Form::of(Fields::new().with("from", number(1)).with("to", number(0))),
    }
}

pub(crate) fn version_page(frame: Frame, view: &VersionView) -> VersionPage {
    VersionPage {
        frame,
        href: format!("/entries/{}", view.entry),
        title: view.line.title.clone(),
        version: view.line.version,
        published: format!(
            "{} 由{}发布",
            words::day(view.line.published_on),
            view.line.published_by
        ),
        metadata: view
            .metadata
            .iter()
            .fold(Pairs::new(), |all, it| all.with(it.label, &it.value)),
        items: ItemsTable::of(&view.content.items),
        before: (view.line.version > 1).then(|| view.line.version - 1),
    }
}

pub(crate) fn difference_page(frame: Frame, view: &Difference) -> DifferencePage {
    DifferencePage {
        frame,
        href: format!("/entries/{}", view.entry),
        from: in_words(&view.from),
        to: in_words(&view.to),
        changes: Changes::of(&view.changes),
    }
}

fn frame(me: &Me, id: &str, title: &str, page: &str) -> Frame {
    me.frame(page)
        .crumb("/entries", "数据目录")
        .crumb(format!("/entries/{id}"), title)
}

/// GET /entries/{id}/versions
pub async fn list(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let versions = app::catalogue::versions(&city, &me.ctx, &id.as_str().into()).await?;
    let title = versions.first().map_or("目录条目", |it| it.title.as_str());
    html(&list_page(frame(&me, &id, title, "版本"), &id, &versions))
}

/// GET /entries/{id}/versions/{version}
pub async fn show(me: Me, State(city): State<City>, Path((id, version)): Path<(String, i64)>) -> Page {
    let view = app::catalogue::version(&city, &me.ctx, &id.as_str().into(), version).await?;
    let frame = frame(&me, &id, &view.line.title, &format!("第 {version} 版"));
    html(&version_page(frame.clone(), &view))
}

/// Which two versions to compare.
#[derive(Debug, Deserialize)]
pub struct Two {
    #[serde(default)]
    from: i64,
    #[serde(default)]
    to: i64,
}

/// GET /entries/{id}/difference?from=&to=
pub async fn difference(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(two): Query<Two>,
) -> Page {
    let (from, to) = (two.from.min(two.to), two.from.max(two.to));
    let view = app::catalogue::difference(&city, &me.ctx, &id.as_str().into(), from, to).await?;
    html(&difference_page(
        frame(&me, &id, &view.to.title, "版本差异"),
        &view,
    ))
}
