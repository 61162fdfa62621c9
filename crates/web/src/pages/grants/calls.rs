//! Who used what under a grant: every call with its system, matter and items, as its evidence tells it (art. 19).

use app::{
    City,
    grants::{self, GrantCall, GrantCalls},
};
use askama::{Template, filters::HtmlSafe};
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use crate::{
    frame::{Frame, Page, html},
    session::Me,
    ui::{StateTag, Tone},
    words,
};

/// Calls of a grant, page by page.
#[derive(Template)]
#[template(path = "grants/calls.html")]
pub struct CallsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Who provides to whom.
    pub between: String,
    /// The calls.
    pub calls: CallsTable,
    /// Where the list begins, unless it begins here.
    pub first: Option<String>,
    /// Where it goes on.
    pub next: Option<String>,
}

/// Calls as a table.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "grants/calls_table.html")]
pub struct CallsTable {
    /// The calls, the newest first.
    pub lines: Vec<CallLine>,
    /// Whether the reader may fetch receipts.
    pub has_receipts: bool,
}

impl HtmlSafe for CallsTable {}

/// One call.
#[derive(Clone, Debug)]
pub struct CallLine {
    /// The index of its evidence.
    pub index: u64,
    /// When.
    pub at: String,
    /// The system.
    pub system: String,
    /// What was asked.
    pub operation: &'static str,
    /// The matter and the purpose stated.
    pub matter: String,
    /// The purpose stated.
    pub purpose: String,
    /// The items.
    pub items: String,
    /// Rows given.
    pub rows: String,
    /// How it ended.
    pub outcome: StateTag,
}

impl CallLine {
    fn of(call: &GrantCall) -> CallLine {
        let outcome = match &call.refusal {
            None => StateTag::new("已应答", Tone::Green),
            Some(why) => StateTag::new(format!("已拒绝：{why}"), Tone::Red),
        };
        CallLine {
            index: call.index,
            at: words::moment(call.at),
            system: call.system_name.clone(),
            operation: call.operation.map_or("", |it| it.label()),
            matter: call.matter.clone(),
            purpose: call.purpose.clone(),
            items: call.items.join("、"),
            rows: words::count(call.rows),
            outcome,
        }
    }
}

impl CallsTable {
    /// The newest `count` of `calls`.
    pub fn of(calls: &GrantCalls, count: usize) -> CallsTable {
        CallsTable {
            lines: calls.lines.iter().take(count).map(CallLine::of).collect(),
            has_receipts: false,
        }
    }
}

/// Where the page of calls begins.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    before: Option<u64>,
}

pub(crate) fn page(frame: Frame, id: &str, between: String, calls: &GrantCalls, is_first: bool) -> CallsPage {
    let href = format!("/grants/{id}/calls");
    CallsPage {
        frame,
        between,
        calls: CallsTable::of(calls, usize::MAX),
        next: calls.before.map(|it| format!("{href}?before={it}")),
        first: (!is_first).then_some(href),
    }
}

/// GET /grants/{id}/calls
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let grant = id.as_str().into();
    let calls = grants::calls(&city, &me.ctx, &grant, asked.before).await?;
    let view = grants::show(&city, &me.ctx, &grant).await?;
    let frame = me
        .frame("调用明细")
        .crumb("/grants", "授权使用")
        .crumb(format!("/grants/{id}"), &view.row.entry_title);
    let between = format!(
        "{} · {} → {}",
        view.row.entry_title, view.row.provider_name, view.row.consumer_name
    );
    let mut page = page(frame, &id, between, &calls, asked.before.is_none());
    page.calls.has_receipts = me.could(rules::permission::Action::SeeReceipt);
    html(&page)
}
