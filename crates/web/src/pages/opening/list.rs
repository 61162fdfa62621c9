//! The entries that may be opened: searched, by how far they are, a page at a time.

use app::{
    City,
    opening::{self, Candidate, Stage},
};
use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::{public, stage_tag};
use crate::{
    form::Fields,
    frame::{Frame, Page, html},
    session::Me,
    ui::{Choice, Empty, Form, Pager, Select, StateTag, choices},
    words,
};

/// Lines on a page.
const PER_PAGE: usize = 50;

/// The candidates.
#[derive(Template)]
#[template(path = "opening/list.html")]
pub struct ListPage {
    /// What stands around it.
    pub frame: Frame,
    /// The filters as chosen.
    pub form: Form,
    /// The entries of the page.
    pub lines: Vec<Line>,
    /// Instead of them.
    pub empty: Empty,
    /// How many stand open, and how many there are.
    pub numbers: (usize, usize),
    /// The other pages.
    pub pager: Pager,
}

/// One candidate.
pub struct Line {
    /// Its plan.
    pub href: String,
    /// Its title.
    pub title: String,
    /// 信息资源代码.
    pub code: String,
    /// The provider.
    pub org: String,
    /// 开放类型.
    pub kind: &'static str,
    /// How far it is.
    pub stage: StateTag,
    /// The number of its release.
    pub number: String,
    /// What is missing.
    pub missing: Vec<String>,
    /// Its page on the portal.
    pub public: Option<String>,
}

impl Line {
    fn of(it: &Candidate) -> Line {
        Line {
            href: format!("/opening/{}", it.entry),
            title: it.title.clone(),
            code: it.code.clone(),
            org: it.org_name.clone(),
            kind: it.kind.label(),
            stage: stage_tag(it.stage),
            number: it.number.map(|it| format!("第{it}期")).unwrap_or_default(),
            missing: it.missing.clone(),
            public: public(it),
        }
    }
}

/// The filters, as the address carries them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Words of the title, the code or the provider.
    pub q: String,
    /// The stage, by name; empty for all.
    pub stage: String,
    /// The page, from 1.
    pub page: usize,
}

impl Asked {
    fn finds(&self, it: &Candidate) -> bool {
        let text = self.q.trim().to_lowercase();
        let says = |it: &str| it.to_lowercase().contains(&text);
        let stage = Stage::parse(&self.stage);
        stage.is_none_or(|stage| stage == it.stage)
            && (says(&it.title) || says(&it.code) || says(&it.org_name))
    }
}

impl ListPage {
    fn stages(&self) -> Select {
        let all = Stage::ALL.iter().map(|it| (it.name(), it.label()));
        let choices = std::iter::once(Choice::new("", "全部")).chain(choices(all));
        self.form.select("stage", "状态", choices.collect())
    }
}

pub(crate) fn list_page(frame: Frame, candidates: &[Candidate], asked: &Asked) -> ListPage {
    let found: Vec<&Candidate> = candidates.iter().filter(|it| asked.finds(it)).collect();
    let page = asked.page.clamp(1, found.len().div_ceil(PER_PAGE).max(1));
    let lines = found.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE);
    let open = candidates.iter().filter(|it| it.stage == Stage::Open).count();
    let empty = if candidates.is_empty() {
        Empty::new(
            "还没有可以开放的目录",
            "开放类型为“无条件开放”或者“有条件开放”的目录发布后，会列在这里。",
        )
    } else {
        Empty::new("没有符合条件的目录", "请换个说法，或者放宽条件。")
    };
    ListPage {
        frame,
        form: Form::of(
            Fields::new()
                .with("q", asked.q.as_str())
                .with("stage", asked.stage.as_str()),
        ),
        lines: lines.map(|it| Line::of(it)).collect(),
        empty,
        numbers: (open, candidates.len()),
        pager: Pager {
            total: found.len() as u64,
            page: page as u64,
            size: PER_PAGE as u64,
            base: format!(
                "/opening?q={}&stage={}&page=",
                words::encoded(asked.q.trim()),
                words::encoded(&asked.stage)
            ),
        },
    }
}

/// GET /opening
pub async fn list(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let candidates = opening::candidates(&city, &me.ctx).await?;
    html(&list_page(me.frame("开放管理"), &candidates, &asked))
}
