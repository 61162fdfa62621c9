//! The batches of all entries one may see, the newest first.

use app::{
    City,
    delivery::{self, DeliveryRow, Recents},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::delivery::BatchState;
use serde::Deserialize;

use super::{score, state_tag};
use crate::{
    form::Fields,
    frame::{Frame, Page, html},
    session::Me,
    ui::{Choice, Empty, Form, StateTag},
    words,
};

/// The batches of all entries.
#[derive(Template)]
#[template(path = "deliveries/recent.html")]
pub struct RecentPage {
    /// What stands around it.
    pub frame: Frame,
    /// The filter as chosen.
    pub form: Form,
    /// The lines.
    pub lines: Vec<Line>,
    /// Where the list begins, unless it begins here.
    pub first: Option<String>,
    /// Where it goes on.
    pub next: Option<String>,
}

/// One batch.
pub struct Line {
    /// Where it is.
    pub href: String,
    /// The sender's name of it.
    pub batch: String,
    /// The entry's address and title.
    pub entry: (String, String),
    /// The provider.
    pub provider: String,
    /// Full or incremental.
    pub kind: &'static str,
    /// When it came.
    pub at: String,
    /// Rows.
    pub rows: String,
    /// Refused rows, with their share.
    pub refused: String,
    /// The mean of its scores.
    pub percent: String,
    /// Where it stands.
    pub state: StateTag,
}

/// Which batches to list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    after: Option<String>,
}

impl RecentPage {
    fn states(&self) -> Vec<Choice> {
        let all = [Choice::new("", "全部状态")].into_iter();
        all.chain(
            BatchState::ALL
                .iter()
                .map(|it| Choice::new(it.name(), it.label())),
        )
        .collect()
    }

    fn empty(&self) -> Empty {
        Empty::new(
            "没有符合条件的批次",
            "您可以查看的目录归集数据后，每一批的结果会列在这里。",
        )
    }
}

fn line((row, provider): &(DeliveryRow, String)) -> Line {
    Line {
        href: format!("/deliveries/{}", row.id),
        batch: row.batch.clone(),
        entry: (format!("/entries/{}", row.entry), row.entry_title.clone()),
        provider: provider.clone(),
        kind: row.kind.label(),
        at: words::moment(row.received_at),
        rows: words::count(row.rows),
        refused: format!(
            "{}（{}）",
            words::count(row.refused),
            words::share(row.refused, row.rows)
        ),
        percent: score(row),
        state: state_tag(row.state),
    }
}

pub(crate) fn page(frame: Frame, asked: &Asked, found: &Recents) -> RecentPage {
    let state = words::encoded(&asked.state);
    RecentPage {
        frame,
        form: Form::of(Fields::new().with("state", &asked.state)),
        lines: found.lines.iter().map(line).collect(),
        first: asked
            .after
            .is_some()
            .then(|| format!("/deliveries?state={state}")),
        next: found
            .next
            .as_ref()
            .map(|it| format!("/deliveries?state={state}&after={}", words::encoded(it))),
    }
}

/// GET /deliveries
pub async fn show(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let state = BatchState::parse(&asked.state);
    let found = delivery::recent(&city, &me.ctx, state, asked.after.as_deref()).await?;
    html(&page(me.frame("归集记录"), &asked, &found))
}
