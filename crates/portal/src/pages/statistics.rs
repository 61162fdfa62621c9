//! Numbers about the portal, as charts and as a table.

use app::{
    City,
    portal::{self, Statistics},
};
use askama::Template;
use axum::extract::State;
use web::words;

use crate::{
    chart::{Bars, Ranks},
    frame::{Frame, html},
    problem::Page,
    visit::Visit,
};

/// Numbers about the portal.
#[derive(Template)]
#[template(path = "statistics.html")]
pub struct StatisticsPage {
    /// What stands around it.
    pub frame: Frame,
    /// What there is in numbers: words and number.
    pub figures: Vec<(&'static str, String)>,
    /// Charts with their numbers.
    pub charts: Vec<Chart>,
    /// Downloads by day.
    pub days: Bars,
    /// The most downloaded sets: address, title, downloads.
    pub popular: Vec<(String, String, String)>,
}

/// A chart with its numbers.
pub struct Chart {
    /// The chart.
    pub ranks: Ranks,
    /// What a line is, such as 主题.
    pub head: &'static str,
    /// Label and number.
    pub numbers: Vec<(String, String)>,
}

/// Bars of a chart at most; the table has all.
const BARS: usize = 10;

/// GET /open/statistics
pub async fn show(visit: Visit, State(city): State<City>) -> Page {
    let numbers = portal::statistics(&city).await?;
    html(&page(&visit, &numbers))
}

pub(crate) fn page(visit: &Visit, numbers: &Statistics) -> StatisticsPage {
    let figures = [
        ("开放数据集", numbers.sets),
        ("无条件开放", numbers.unconditional),
        ("有条件开放", numbers.conditional),
        ("开放部门", numbers.orgs),
        ("数据记录", numbers.rows),
        ("可下载文件", numbers.files),
        ("累计下载（次）", numbers.downloads),
    ];
    let popular = |it: &(String, String, u64)| {
        (
            format!("/dataset/{}", words::encoded(&it.0)),
            it.1.clone(),
            words::count(it.2),
        )
    };
    StatisticsPage {
        frame: Frame::new(visit, "开放统计")
            .crumb("/open", "首页")
            .about("永州市政务数据开放平台的数据集、记录和下载统计。"),
        figures: figures
            .map(|(label, number)| (label, words::count(number)))
            .to_vec(),
        charts: vec![
            chart("by-theme", "各主题的数据集", "主题", &numbers.by_theme),
            chart("by-org", "各部门的数据集", "部门", &numbers.by_org),
        ],
        days: Bars {
            id: "by-day".to_owned(),
            title: "每日下载次数".to_owned(),
            unit: "次",
            bars: numbers.downloads_by_day.clone(),
        },
        popular: numbers.most_downloaded.iter().map(popular).collect(),
    }
}

fn chart(id: &str, title: &str, head: &'static str, numbers: &[(String, u64)]) -> Chart {
    Chart {
        ranks: Ranks {
            id: id.to_owned(),
            title: title.to_owned(),
            unit: "个",
            bars: numbers.iter().take(BARS).cloned().collect(),
            room: 20,
        },
        head,
        numbers: numbers
            .iter()
            .map(|(label, number)| (label.clone(), words::count(*number)))
            .collect(),
    }
}
