//! 开放动态: what was released, replaced, withdrawn or published lately.

use app::{
    City,
    portal::{self, NewsLine},
};
use askama::Template;
use axum::extract::State;

use crate::{
    frame::{Frame, html},
    parts,
    problem::Page,
    visit::Visit,
};

/// What happened, the newest first.
#[derive(Template)]
#[template(path = "news.html")]
pub struct NewsPage {
    /// What stands around it.
    pub frame: Frame,
    /// What happened.
    pub news: Vec<Told>,
}

/// One thing that happened.
pub struct Told {
    /// The day.
    pub day: String,
    /// What kind of thing; empty for none.
    pub kind: String,
    /// What happened.
    pub words: String,
    /// Where more is told; empty for nowhere.
    pub href: String,
}

impl Told {
    /// The line of one thing.
    pub fn of(line: &NewsLine) -> Told {
        Told {
            day: parts::day(line.at),
            kind: line.kind.label().to_owned(),
            words: line.words.clone(),
            href: line.href.clone(),
        }
    }
}

/// How many are told at most.
const LINES: usize = 100;

/// GET /open/news
pub async fn show(visit: Visit, State(city): State<City>) -> Page {
    let news = portal::news(&city, LINES).await?;
    html(&page(&visit, &news))
}

pub(crate) fn page(visit: &Visit, news: &[NewsLine]) -> NewsPage {
    NewsPage {
        frame: Frame::new(visit, "开放动态")
            .crumb("/open", "首页")
            .about("永州市政务数据开放平台的数据发布、更新和撤回。"),
        news: news.iter().map(Told::of).collect(),
    }
}
