//! How the portal is used: files, interfaces, applications, objections, terms of use.

use askama::Template;
use rules::procedure::open_request;
use web::words;

use crate::{
    frame::{Frame, html},
    problem::Page,
    visit::Visit,
};

/// How the portal is used.
#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    /// What stands around it.
    pub frame: Frame,
    /// Scheme and host, for the examples.
    pub origin: String,
    /// Within what time an application is handled (art. 26).
    pub handled: String,
}

/// GET /open/help
pub async fn show(visit: Visit) -> Page {
    html(&page(&visit))
}

pub(crate) fn page(visit: &Visit) -> HelpPage {
    HelpPage {
        frame: Frame::new(visit, "使用帮助")
            .crumb("/open", "首页")
            .about("怎样查找、下载、调用和引用永州市开放的政务数据，怎样申请和提出异议。"),
        origin: visit.origin.clone(),
        handled: words::within(&open_request::HANDLE, visit.today()),
    }
}
