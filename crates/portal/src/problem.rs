//! What goes wrong, as a page: what it is, what to do, a way on, and a number for the administrator.

use app::{Refused, Status};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use crate::{frame::Frame, visit::Visit};

/// Why a handler has no page to show.
#[derive(Clone, Debug)]
pub enum Problem {
    /// The city said no.
    Refused(Box<Refused>),
    /// There is no such address. What is not open reads the same as what never was (art. 23).
    NotFound,
    /// The address takes no such method.
    BadMethod,
    /// More was sent than the address takes.
    TooLarge,
    /// What was sent cannot be read.
    BadRequest(String),
    /// The form was posted by a page of another site.
    Foreign,
    /// Too much came from one address; seconds until the next may come.
    TooMany(u64),
    /// The fault is the platform's; the cause is in the log.
    Internal(String),
}

/// What handlers return: a page, or why there is none.
pub type Page = Result<Response, Problem>;

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        match refused.status {
            Status::NotFound => Problem::NotFound,
            _ => Problem::Refused(Box::new(refused)),
        }
    }
}

impl Problem {
    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Problem::Refused(it) => match it.status {
                Status::NotFound => StatusCode::NOT_FOUND,
                Status::Forbidden => StatusCode::FORBIDDEN,
                Status::Conflict => StatusCode::CONFLICT,
                Status::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                Status::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                Status::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Problem::NotFound => StatusCode::NOT_FOUND,
            Problem::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::BadRequest(_) => StatusCode::BAD_REQUEST,
            Problem::Foreign => StatusCode::FORBIDDEN,
            Problem::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What its page says: heading and words.
    pub fn said(&self) -> (String, String) {
        let said = |title: &str, words: &str| (title.to_owned(), words.to_owned());
        match self {
            Problem::Refused(it) => (
                match it.status {
                    Status::Forbidden => "不能办理",
                    Status::Conflict => "情况已有变化",
                    Status::TooLarge => "内容过大",
                    Status::Unavailable => "平台暂时不能办理",
                    Status::Internal => "平台内部出错",
                    _ => "无法办理",
                }
                .to_owned(),
                it.words.clone(),
            ),
            Problem::NotFound => said(
                "没有找到页面",
                "地址可能有误，或者这项数据没有开放、已经撤回。请核对链接，或从首页重新查找。",
            ),
            Problem::BadMethod => said(
                "不支持这种访问方式",
                "请从页面上的按钮或链接进入，不要直接打开提交地址。",
            ),
            Problem::TooLarge => said(
                "内容过大",
                "您提交的内容超过了本页允许的大小，没有保存。请减少内容后重试。",
            ),
            Problem::BadRequest(words) => said("内容无法识别", words),
            Problem::Foreign => said(
                "提交没有生效",
                "这份表单不是由本网站的页面发出的。请从本网站的页面重新填写提交。",
            ),
            Problem::TooMany(seconds) => (
                "提交过于频繁".to_owned(),
                format!(
                    "同一网络地址短时间内提交较多，请在 {} 分钟后再试。",
                    seconds.div_ceil(60)
                ),
            ),
            Problem::Internal(_) => said(
                "平台内部出错",
                "您的操作没有生效，已有数据不受影响。请稍后重试；如仍不成功，请将下面的编号告知平台管理员。",
            ),
        }
    }
}

impl IntoResponse for Problem {
    /// A bare response that carries the problem; the edge puts the page around it.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error page.
#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct ProblemPage {
    pub frame: Frame,
    pub words: String,
    pub reference: String,
    pub is_ours: bool,
}

impl ProblemPage {
    pub fn new(problem: &Problem, visit: &Visit) -> ProblemPage {
        let (title, words) = problem.said();
        ProblemPage {
            frame: Frame::new(visit, title),
            words,
            reference: visit.reference.clone(),
            is_ours: problem.status().is_server_error(),
        }
    }
}

/// The page of a problem.
pub(crate) fn page(problem: &Problem, visit: &Visit) -> Response {
    let page = ProblemPage::new(problem, visit);
    match page.render() {
        Ok(page) => (problem.status(), Html(page)).into_response(),
        Err(_) => (problem.status(), problem.said().1).into_response(),
    }
}
