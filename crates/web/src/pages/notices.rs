//! 通知: what one was told, the newest first, each leading to the thing itself.

use app::{
    City,
    notices::{self, NoticeKind, NoticeLine},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html},
    session::{Me, local},
    ui::{Empty, StateTag, Tone},
    words,
};

/// The notices of the one who looks.
#[derive(Template)]
#[template(path = "notices.html")]
pub struct NoticesPage {
    /// What stands around it.
    pub frame: Frame,
    /// How many there are in all.
    pub total: u64,
    /// How many are unread.
    pub unread: u64,
    /// Whether only unread ones are shown.
    pub is_unread: bool,
    /// The notices.
    pub lines: Vec<Line>,
    /// The newest shown, up to which all may be marked as read.
    pub newest: String,
    /// Where the next page is.
    pub next: Option<String>,
}

/// One notice.
pub struct Line {
    /// Where it leads; opening it there marks it as read.
    pub href: String,
    /// What it tells of.
    pub kind: StateTag,
    /// What is told.
    pub words: String,
    /// What a person wrote with it.
    pub why: String,
    /// When.
    pub at: String,
    /// Whether it has been opened.
    pub is_read: bool,
}

impl NoticesPage {
    fn empty(&self) -> Empty {
        if self.is_unread {
            return Empty::new("没有未读的通知", "看过的通知仍在“全部”中。").link("/notices", "查看全部");
        }
        Empty::new("还没有通知", "有新的待办、答复、退回或者期限将至时，会通知到您。")
    }
}

/// Which notices to list.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    unread: String,
    #[serde(default)]
    before: Option<String>,
}

fn tone(kind: NoticeKind) -> Tone {
    match kind {
        NoticeKind::ClockRed | NoticeKind::GrantTerminated => Tone::Red,
        NoticeKind::ClockAmber | NoticeKind::GrantSuspended | NoticeKind::EntryReturned => Tone::Amber,
        NoticeKind::EntryPublished | NoticeKind::GrantResumed => Tone::Green,
        _ => Tone::Accent,
    }
}

pub(crate) fn page(frame: Frame, found: &notices::Notices, is_unread: bool) -> NoticesPage {
    let line = |it: &NoticeLine| Line {
        href: format!("/notices/{}", it.id),
        kind: StateTag::new(it.kind.label(), tone(it.kind)),
        words: it.words.clone(),
        why: it.why.clone(),
        at: words::moment(it.at),
        is_read: it.is_read,
    };
    let only = if is_unread { "&unread=1" } else { "" };
    NoticesPage {
        frame,
        total: found.total,
        unread: found.unread,
        is_unread,
        lines: found.lines.iter().map(line).collect(),
        newest: found.lines.first().map(|it| it.id.clone()).unwrap_or_default(),
        next: found
            .next
            .as_ref()
            .map(|it| format!("/notices?before={}{only}", words::encoded(it))),
    }
}

/// GET /notices
pub async fn list(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let is_unread = asked.unread == "1";
    let found = notices::list(&city, &me.ctx, asked.before.as_deref(), is_unread).await?;
    html(&page(me.frame("通知"), &found, is_unread))
}

/// GET /notices/{id}: it is read from now on, and the page it tells of is shown.
pub async fn open(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let href = notices::open(&city, &me.ctx, &id).await?;
    go(local(&href))
}

/// POST /notices/read
pub async fn read(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let fields = posted.open(&me)?;
    notices::read_all(&city, &me.ctx, fields.trimmed("upto")).await?;
    go("/notices")
}
