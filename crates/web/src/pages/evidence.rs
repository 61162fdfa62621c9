//! 存证: reading the log, and receipts to take away.

use app::{City, evidence};
use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use crate::{
    frame::{Frame, Page, download, html},
    session::Me,
    ui::Empty,
    words,
};

/// A page of the log.
#[derive(Template)]
#[template(path = "evidence.html")]
pub struct EvidencePage {
    /// What stands around it.
    pub frame: Frame,
    /// How many entries the log has.
    pub size: String,
    /// Index, instant, what it is, words, body.
    pub lines: Vec<EvidenceLine>,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The public key.
    pub vkey: String,
    /// Where older entries are.
    pub older: Option<String>,
    /// Where newer entries are.
    pub newer: Option<String>,
}

/// One entry of the log.
pub struct EvidenceLine {
    /// Its index.
    pub index: u64,
    /// When.
    pub at: String,
    /// An act or a call.
    pub kind: &'static str,
    /// What it tells.
    pub words: String,
    /// Its body.
    pub body: String,
    /// Whether its body was blanked.
    pub is_blanked: bool,
}

impl EvidencePage {
    fn empty(&self) -> Empty {
        Empty::new("还没有存证", "第一次办理或调用之后，存证会出现在这里。")
    }
}

/// Where the page of the log ends.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    #[serde(default)]
    from: Option<String>,
}

/// Entries on a page.
const COUNT: usize = 50;

pub(crate) fn page(frame: Frame, found: &evidence::Page) -> EvidencePage {
    let line = |it: &evidence::Line| EvidenceLine {
        index: it.index,
        at: words::moment(it.at),
        kind: if it.kind == "call" { "调用" } else { "办理" },
        words: it.words.clone(),
        body: it.body.clone(),
        is_blanked: it.is_blanked,
    };
    let (first, last) = (
        found.lines.first().map(|it| it.index),
        found.lines.last().map(|it| it.index),
    );
    let newer = first.filter(|it| it + 1 < found.size);
    EvidencePage {
        frame,
        size: words::count(found.size),
        lines: found.lines.iter().map(line).collect(),
        checkpoint: found.checkpoint.clone(),
        vkey: found.vkey.clone(),
        older: last
            .filter(|it| *it > 0)
            .map(|it| format!("/evidence?from={}", it - 1)),
        newer: newer.map(|it| format!("/evidence?from={}", it + COUNT as u64)),
    }
}

/// GET /evidence
pub async fn list(me: Me, State(city): State<City>, Query(asked): Query<From>) -> Page {
    let from = asked.from.and_then(|it| it.trim().parse().ok());
    let found = evidence::list(&city, &me.ctx, from, COUNT).await?;
    html(&page(me.frame("存证"), &found))
}

/// GET /evidence/{index}/receipt
pub async fn receipt(_: Me, State(city): State<City>, Path(index): Path<u64>) -> Page {
    let receipt = evidence::receipt(&city, index).await?;
    download(
        &format!("存证回执-{index}.txt"),
        "text/plain; charset=utf-8",
        receipt,
    )
}
