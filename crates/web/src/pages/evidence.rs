//! 存证: reading the log, and receipts to take away.

use app::{
    City,
    evidence::{self, Asked, EVENTS, Outcome},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::grant::Operation;
use serde::Deserialize;

use crate::{
    form::Fields,
    frame::{Frame, Page, download, html},
    session::Me,
    ui::{Empty, Form, Select, choices},
    words,
};

/// A page of the log.
#[derive(Template)]
#[template(path = "evidence.html")]
pub struct EvidencePage {
    /// What stands around it.
    pub frame: Frame,
    /// What is looked for.
    pub form: Form,
    /// Whether anything narrows the list.
    pub is_narrow: bool,
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
    /// What it is about.
    pub about: String,
    /// Its body.
    pub body: String,
    /// Whether its body was blanked.
    pub is_blanked: bool,
}

impl EvidencePage {
    fn operations(&self) -> Select {
        let first = [("", "全部"), ("act", "所有办理"), ("call", "所有调用")];
        let calls = Operation::ALL.iter().map(|it| (it.name(), it.label()));
        let acts = EVENTS.iter().map(|it| (it.name(), it.label()));
        let all = choices(first.into_iter().chain(calls).chain(acts));
        self.form.select("operation", "操作", all)
    }

    fn outcomes(&self) -> Select {
        let all = [("", "全部"), ("answered", "已应答"), ("refused", "被拒绝")];
        self.form.select("outcome", "调用结果", choices(all))
    }

    fn empty(&self) -> Empty {
        if self.is_narrow {
            let words = "请放宽条件；记录很多时，可以点“较早的”继续向前查找。";
            return Empty::new("没有符合条件的存证", words);
        }
        Empty::new("还没有存证", "第一次办理或调用之后，存证会出现在这里。")
    }
}

/// What is looked for, as the address carries it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sought {
    from: String,
    org: String,
    entry: String,
    operation: String,
    outcome: String,
    since: String,
    until: String,
}

impl Sought {
    fn asked(&self) -> Asked {
        Asked {
            from: self.from.trim().parse().ok(),
            org: self.org.trim().to_owned(),
            entry: self.entry.trim().to_owned(),
            operation: self.operation.clone(),
            outcome: match self.outcome.as_str() {
                "answered" => Some(Outcome::Answered),
                "refused" => Some(Outcome::Refused),
                _ => None,
            },
            since: self.since.trim().parse().ok(),
            until: self.until.trim().parse().ok(),
        }
    }

    /// Everything but where the page begins.
    fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("org", self.org.as_str()),
            ("entry", self.entry.as_str()),
            ("operation", self.operation.as_str()),
            ("outcome", self.outcome.as_str()),
            ("since", self.since.as_str()),
            ("until", self.until.as_str()),
        ]
    }

    /// The same, beginning at entry `from`.
    fn address(&self, from: u64) -> String {
        let pairs = self.pairs().into_iter().filter(|it| !it.1.is_empty());
        let more: String = pairs
            .map(|(name, value)| format!("&{name}={}", words::encoded(value)))
            .collect();
        format!("/evidence?from={from}{more}")
    }

    fn is_narrow(&self) -> bool {
        self.pairs().iter().any(|it| !it.1.is_empty())
    }
}

/// Entries on a page.
const COUNT: usize = 50;

pub(crate) fn page(frame: Frame, found: &evidence::Page, sought: &Sought) -> EvidencePage {
    let line = |it: &evidence::Line| EvidenceLine {
        index: it.index,
        at: words::moment(it.at),
        kind: if it.kind == "call" { "调用" } else { "办理" },
        words: it.words.clone(),
        about: it.about.clone(),
        body: it.body.clone(),
        is_blanked: it.is_blanked,
    };
    let first = found.lines.first().map(|it| it.index);
    let newer = first.filter(|it| it + 1 < found.size && !sought.is_narrow());
    let mut fields = Fields::new().with("from", sought.from.as_str());
    for (name, value) in sought.pairs() {
        fields.push(name, value);
    }
    EvidencePage {
        frame,
        form: Form::of(fields),
        size: words::count(found.size),
        lines: found.lines.iter().map(line).collect(),
        is_narrow: sought.is_narrow(),
        checkpoint: found.checkpoint.clone(),
        vkey: found.vkey.clone(),
        older: found.older.map(|it| sought.address(it)),
        newer: newer.map(|it| sought.address(it + COUNT as u64)),
    }
}

/// GET /evidence
pub async fn list(me: Me, State(city): State<City>, Query(sought): Query<Sought>) -> Page {
    let found = evidence::find(&city, &me.ctx, &sought.asked(), COUNT).await?;
    html(&page(me.frame("存证"), &found, &sought))
}

/// GET /evidence/{index}/receipt
pub async fn receipt(me: Me, State(city): State<City>, Path(index): Path<u64>) -> Page {
    let receipt = evidence::receipt_to(&city, &me.ctx, index).await?;
    download(
        &format!("存证回执-{index}.txt"),
        "text/plain; charset=utf-8",
        receipt,
    )
}
