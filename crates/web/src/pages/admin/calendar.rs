//! The calendar of working days: the next notice is looked at before it is loaded.

use app::{
    City,
    calendar::{self, DayLine, Overview, Preview},
};
use askama::Template;
use axum::extract::{Multipart, Query, State};
use serde::Deserialize;

use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html, wrong},
    pages::take,
    session::Me,
    ui::{Form, Notice, Tone},
    upload::{self, NOTICE_BYTES_MAX},
    words,
};

/// Where the calendar stands.
#[derive(Template)]
#[template(path = "admin/calendar.html")]
pub struct CalendarPage {
    /// What stands around it.
    pub frame: Frame,
    /// The last day it knows for certain.
    pub known_until: String,
    /// The years it knows, and which is shown.
    pub years: Vec<(i16, bool)>,
    /// The year shown.
    pub year: i16,
    /// Day, weekday, what it is, for which festival.
    pub days: Vec<Day>,
    /// Art. 41, from 180 days before.
    pub expiry: Option<String>,
    /// What was typed.
    pub form: Form,
}

/// What a notice would change.
#[derive(Template)]
#[template(path = "admin/calendar_preview.html")]
pub struct CalendarPreviewPage {
    /// What stands around it.
    pub frame: Frame,
    /// The days of the notice.
    pub days: Vec<Day>,
    /// How many the calendar does not know yet.
    pub new: usize,
    /// The last day it knows for certain afterwards.
    pub known_until: String,
    /// What the notice seems to lack, in words; empty where it is whole.
    pub missing: String,
    /// Case, title, last day before and after.
    pub moved: Vec<(String, String, String, String)>,
    /// The notice, to be sent again.
    pub csv: String,
}

/// One day of the calendar.
pub struct Day {
    /// The day.
    pub date: String,
    /// Whether it is worked in exchange.
    pub is_worked: bool,
    /// The festival.
    pub name: String,
    /// Whether the calendar does not know it yet.
    pub is_new: bool,
}

fn day(it: &DayLine) -> Day {
    Day {
        date: words::day_long(it.date),
        is_worked: it.is_worked,
        name: it.name.clone(),
        is_new: it.is_new,
    }
}

fn until(day: Option<jiff::civil::Date>) -> String {
    day.map_or("尚无".to_owned(), words::day_long)
}

/// Which year to show.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    year: String,
    #[serde(default)]
    done: String,
}

pub(crate) fn page(frame: Frame, view: &Overview, year: i16, form: Form) -> CalendarPage {
    CalendarPage {
        frame: frame.wrong(form.is_wrong()),
        known_until: until(view.known_until),
        years: view.years.iter().map(|it| (*it, *it == year)).collect(),
        year,
        days: view.days.iter().map(day).collect(),
        expiry: view.expiry.as_ref().map(|it| it.words.clone()),
        form,
    }
}

/// GET /admin/calendar
pub async fn show(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let year = asked.year.parse().unwrap_or(me.ctx.today().year());
    let view = calendar::overview(&city, &me.ctx, year).await?;
    let notice = (asked.done == "loaded")
        .then(|| Notice::new(Tone::Green, "节假日安排已载入", "全部在办事项的期限已重新计算。"));
    html(&page(
        me.frame("工作日历").notice(notice),
        &view,
        year,
        Form::empty(),
    ))
}

async fn refused(city: &City, me: &Me, form: Form) -> Page {
    let year = me.ctx.today().year();
    let view = calendar::overview(city, &me.ctx, year).await?;
    wrong(&page(me.frame("工作日历"), &view, year, form))
}

fn missing(years: &[(i16, Vec<&str>)]) -> String {
    let years: Vec<String> = years
        .iter()
        .map(|(year, festivals)| format!("{year}年缺少{}", festivals.join("、")))
        .collect();
    years.join("；")
}

pub(crate) fn preview_page(frame: Frame, preview: &Preview, csv: &str) -> CalendarPreviewPage {
    CalendarPreviewPage {
        frame,
        days: preview.days.iter().map(day).collect(),
        new: preview.days.iter().filter(|it| it.is_new).count(),
        known_until: until(preview.known_until),
        missing: missing(&preview.missing),
        moved: preview
            .moved
            .iter()
            .map(|it| {
                let day = |it: Option<jiff::civil::Date>| it.map(words::day).unwrap_or_default();
                (
                    format!("/cases/{}", it.case),
                    it.title.clone(),
                    day(it.before),
                    day(it.after),
                )
            })
            .collect(),
        csv: csv.to_owned(),
    }
}

/// POST /admin/calendar: shows what the notice would change; nothing is saved.
pub async fn preview(me: Me, State(city): State<City>, posted: Multipart) -> Page {
    let upload = upload::receive(&me, posted, NOTICE_BYTES_MAX, None).await?;
    let mut form = Form::of(upload.fields);
    let csv = match &upload.file {
        _ if upload.is_too_large => {
            form.wrong("file", "文件过大。节假日安排一年只有几十行，请核对文件。");
            String::new()
        }
        None => {
            form.wrong("file", "请选择节假日安排的 CSV 文件。");
            String::new()
        }
        Some(file) => {
            let bytes = tokio::fs::read(file.path()).await?;
            String::from_utf8_lossy(&bytes)
                .trim_start_matches('\u{feff}')
                .to_owned()
        }
    };
    if !form.is_wrong() {
        match calendar::preview(&city, &me.ctx, &csv).await {
            Ok(preview) => {
                let frame = me.frame("核对节假日安排").crumb("/admin/calendar", "工作日历");
                return html(&preview_page(frame, &preview, &csv));
            }
            Err(refused) => take(&mut form, refused)?,
        }
    }
    refused(&city, &me, form).await
}

/// POST /admin/calendar/load
pub async fn load(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let csv = form.value("csv").replace("\r\n", "\n");
    match calendar::load_notice(&city, &me.ctx, &csv).await {
        Ok(_) => go("/admin/calendar?done=loaded"),
        Err(why) => {
            take(&mut form, why)?;
            refused(&city, &me, form).await
        }
    }
}
