//! What stands around every page: header, menu, breadcrumb, notice, footer.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use rules::{people::Role, permission::Action};

use crate::{problem::Problem, session::Me, ui::Notice};

/// What handlers return: a page, or why there is none.
pub type Page = Result<Response, Problem>;

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

/// The signed-in person, as the header names him.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// His name.
    pub name: String,
    /// His organisation's name.
    pub org: String,
    /// What he is charged with.
    pub roles: String,
}

/// What stands around a page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The page's title, for the browser.
    pub title: String,
    /// Who looks; nobody on public pages.
    pub person: Option<Person>,
    /// The menu for him.
    pub menu: Vec<Place>,
    /// The way from the top: address and words; the page itself is not in it.
    pub crumbs: Vec<(String, String)>,
    /// The form token of the session.
    pub csrf: String,
    /// How many notices he has not opened.
    pub unread: u64,
    /// What was just done, or what to know first.
    pub notice: Option<Notice>,
    /// Whether something on the page is wrong, so that the title says so.
    pub is_wrong: bool,
}

/// Every place of the menu: address, words, the act that one must be charged with; none where anybody may.
const PLACES: &[(&str, &str, Option<Action>)] = &[
    ("/", "待办", None),
    ("/entries", "数据目录", Some(Action::SearchCatalogue)),
    ("/deliveries", "归集", Some(Action::SeeDelivery)),
    ("/cases", "办件", Some(Action::SeeCase)),
    ("/grants", "授权使用", Some(Action::SeeGrant)),
    ("/opening", "开放管理", Some(Action::SeeOpening)),
    ("/agreements", "开放协议", Some(Action::SeeAgreement)),
    ("/products", "应用成果", Some(Action::ManageProducts)),
    ("/systems", "应用系统", Some(Action::SeeSystems)),
    ("/evidence", "存证", Some(Action::ReadEvidence)),
    ("/admin/people", "人员", Some(Action::ManagePeople)),
    ("/admin/orgs", "机构", Some(Action::ManageOrgs)),
    ("/admin/calendar", "工作日历", Some(Action::LoadCalendar)),
    ("/help", "帮助", None),
];

impl Frame {
    /// The frame of a public page.
    pub fn public(title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            ..Frame::default()
        }
    }

    /// The frame for a signed-in person.
    pub fn signed_in(me: &Me, title: String) -> Frame {
        let actor = &me.ctx.actor;
        let path = me.address.path.split('?').next().unwrap_or("/");
        let mut menu: Vec<Place> = PLACES
            .iter()
            .filter(|(_, _, action)| action.is_none_or(|it| me.could(it)))
            .map(|(href, label, _)| Place {
                href,
                label,
                is_current: false,
            })
            .collect();
        if let Some(place) = menu.iter_mut().find(|it| belongs(path, it.href)) {
            place.is_current = true;
        }
        let roles: Vec<&str> = Role::ALL
            .iter()
            .filter(|it| actor.is(**it))
            .map(|it| it.label())
            .collect();
        let person = Person {
            name: actor.name.clone(),
            org: actor.org.name.clone(),
            roles: roles.join("、"),
        };
        let csrf = me.csrf().to_owned();
        Frame {
            title,
            person: Some(person),
            menu,
            csrf,
            unread: me.unread,
            ..Frame::default()
        }
    }

    /// With one more step of the way from the top.
    pub fn crumb(mut self, href: impl Into<String>, label: impl Into<String>) -> Frame {
        self.crumbs.push((href.into(), label.into()));
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
        crate::assets::url("yishu.css")
    }

    /// Where the icon is.
    pub fn icon(&self) -> &'static str {
        crate::assets::url("favicon.svg")
    }

    /// Where the scripts are.
    pub fn scripts(&self) -> Vec<&'static str> {
        crate::assets::scripts()
    }
}

/// Whether the page at `path` belongs to the place `href` of the menu.
fn belongs(path: &str, href: &str) -> bool {
    let is_below = |top: &str| path == top || path.strip_prefix(top).is_some_and(|it| it.starts_with('/'));
    match href {
        "/" => path == "/",
        "/help" => is_below("/help") || is_below("/law"),
        _ => is_below(href),
    }
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
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Sends the browser on after a post.
pub fn go(to: &str) -> Page {
    Ok(axum::response::Redirect::to(to).into_response())
}

/// A file to keep, called `name` on the reader's machine.
pub fn download(name: &str, mime: &'static str, body: impl IntoResponse) -> Page {
    let disposition = format!("attachment; filename*=UTF-8''{}", crate::words::encoded(name));
    let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(mime)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}
