//! What stands around every public page: header, menu, breadcrumb, footer.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse},
};
use web::ui::Notice;

use crate::{
    problem::{Page, Problem},
    visit::Visit,
};

/// One place of the menu.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it leads.
    pub href: &'static str,
    /// Its words.
    pub label: &'static str,
    /// Whether the page belongs to it.
    pub is_current: bool,
}

/// What stands around a page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The page's title, for the browser.
    pub title: String,
    /// A sentence of what the page holds, for those who list it elsewhere; empty for none.
    pub about: String,
    /// The menu.
    pub menu: Vec<Place>,
    /// The way from the top: address and words; the page itself is not in it.
    pub crumbs: Vec<(String, String)>,
    /// The page's one address, where several lead to it; empty for none.
    pub canonical: String,
    /// What was just done, or what to know first.
    pub notice: Option<Notice>,
    /// Whether something on the page is wrong, so that the title says so.
    pub is_wrong: bool,
    /// The signed-in applicant, as the header names him.
    pub applicant: Option<String>,
}

/// Every place of the menu: address and words.
const PLACES: &[(&str, &str)] = &[
    ("/open", "首页"),
    ("/dataset", "数据集"),
    ("/group", "主题"),
    ("/organization", "部门"),
    ("/open/lists", "开放清单"),
    ("/open/statistics", "统计"),
    ("/open/news", "动态"),
    ("/open/products", "应用成果"),
    ("/open/help", "帮助"),
];

impl Frame {
    /// The frame of the page called `title` that `visit` asks for.
    pub fn new(visit: &Visit, title: impl Into<String>) -> Frame {
        let path = visit.place();
        let place = |(href, label): &(&'static str, &'static str)| Place {
            href,
            label,
            is_current: belongs(path, href),
        };
        Frame {
            title: title.into(),
            menu: PLACES.iter().map(place).collect(),
            ..Frame::default()
        }
    }

    /// With one more step of the way from the top.
    pub fn crumb(mut self, href: impl Into<String>, label: impl Into<String>) -> Frame {
        self.crumbs.push((href.into(), label.into()));
        self
    }

    /// With a sentence for those who list the page elsewhere.
    pub fn about(mut self, words: &str) -> Frame {
        self.about = words.chars().take(150).collect();
        self
    }

    /// With the page's one address.
    pub fn canonical(mut self, href: impl Into<String>) -> Frame {
        self.canonical = href.into();
        self
    }

    /// With a notice above the page.
    pub fn notice(mut self, notice: Option<Notice>) -> Frame {
        self.notice = notice;
        self
    }

    /// Marked as showing a form with errors.
    pub fn wrong(mut self, is_wrong: bool) -> Frame {
        self.is_wrong = is_wrong;
        self
    }

    /// Where the style is.
    pub fn css(&self) -> &'static str {
        crate::assets::url("portal.css")
    }

    /// Where the icon is.
    pub fn icon(&self) -> &'static str {
        crate::assets::url("favicon.svg")
    }

    /// Where the scripts are; each finds the elements it serves by their `data-` attributes.
    pub fn scripts(&self) -> Vec<&'static str> {
        let scripts = crate::assets::ASSETS.iter().filter(|it| it.name.ends_with(".js"));
        scripts.map(|it| it.url).collect()
    }
}

/// Whether the page at `path` belongs to the place `href` of the menu.
fn belongs(path: &str, href: &str) -> bool {
    path == href || (href != "/open" && path.strip_prefix(href).is_some_and(|it| it.starts_with('/')))
}

/// A rendered page. A template that fails is the platform's fault.
pub fn html(page: &impl Template) -> Page {
    match page.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(cause) => Err(Problem::Internal(format!("rendering failed: {cause}"))),
    }
}

/// A page that shows a form with errors: rendered like any other, with the status that says so.
pub fn wrong(page: &impl Template) -> Page {
    let mut response = html(page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
