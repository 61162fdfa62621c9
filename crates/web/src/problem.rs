//! What goes wrong, as a page: what it is, what to do, a way back, and a number for the administrator.

use app::{Refused, Status};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use rules::law::Article;

/// Why a handler has no page to show.
#[derive(Clone, Debug)]
pub enum Problem {
    /// The city said no.
    Refused(Box<Refused>),
    /// Nobody is signed in; where to go afterwards.
    SignIn(String),
    /// What was typed was sent after the session had ended: it is lost, and the form, at this address, is empty again.
    Lost(String),
    /// The password was set by somebody else and comes first.
    ChangePassword,
    /// The form does not come from a page of this session.
    FormToken,
    /// There is no such address.
    NotFound,
    /// The address takes no such method.
    BadMethod,
    /// More was sent than the address takes.
    TooLarge,
    /// What was sent cannot be read.
    BadRequest(String),
    /// The person's roles do not have this act at all.
    Forbidden(String),
    /// The fault is the platform's; the cause is in the log.
    Internal(String),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        Problem::Refused(Box::new(refused))
    }
}

impl From<std::io::Error> for Problem {
    fn from(cause: std::io::Error) -> Problem {
        Refused::from(cause).into()
    }
}

/// What the error page prints.
#[derive(Clone, Debug)]
pub struct Said {
    /// The heading.
    pub title: String,
    /// What is wrong and what to do.
    pub words: String,
    /// The article that refuses, where one does.
    pub cites: Option<Article>,
    /// The stable code of the refusal; empty where there is none.
    pub code: String,
}

impl Problem {
    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Problem::Refused(it) => status(it.status),
            Problem::SignIn(_) | Problem::Lost(_) | Problem::ChangePassword => StatusCode::SEE_OTHER,
            Problem::FormToken | Problem::Forbidden(_) => StatusCode::FORBIDDEN,
            Problem::NotFound => StatusCode::NOT_FOUND,
            Problem::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::BadRequest(_) => StatusCode::BAD_REQUEST,
            Problem::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What its page says.
    pub fn said(&self) -> Said {
        let said = |title: &str, words: &str| Said {
            title: title.to_owned(),
            words: words.to_owned(),
            cites: None,
            code: String::new(),
        };
        match self {
            Problem::Refused(it) => Said {
                title: title(it.status).to_owned(),
                words: it.words.clone(),
                cites: it.cites,
                code: it.code.to_owned(),
            },
            Problem::SignIn(_) | Problem::Lost(_) | Problem::ChangePassword => {
                said("请先登录", "登录后继续。")
            }
            Problem::FormToken => said(
                "页面已失效",
                "您提交的表单不是由本次登录的页面发出的，可能是登录已过期或在别处重新登录过。操作没有生效。请返回上一页，刷新后重新提交。",
            ),
            Problem::NotFound => said(
                "没有找到页面",
                "地址可能有误，或者内容已经移走。请核对链接，或从待办页重新进入。",
            ),
            Problem::BadMethod => said(
                "不支持这种访问方式",
                "请从页面上的按钮或链接进入，不要直接打开提交地址。",
            ),
            Problem::TooLarge => said(
                "内容过大",
                "您提交的内容超过了本页允许的大小，没有保存。请减少内容后重试；大批数据请改用命令行或接口归集。",
            ),
            Problem::BadRequest(words) => said("内容无法识别", words),
            Problem::Forbidden(words) => said("您没有办理此事的权限", words),
            Problem::Internal(_) => said(
                "平台内部出错",
                "您的操作没有生效，已有数据不受影响。请稍后重试；如仍不成功，请将下面的编号告知系统管理员。",
            ),
        }
    }
}

fn status(status: Status) -> StatusCode {
    match status {
        Status::NotFound => StatusCode::NOT_FOUND,
        Status::Forbidden => StatusCode::FORBIDDEN,
        Status::Conflict => StatusCode::CONFLICT,
        Status::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Status::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Status::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn title(status: Status) -> &'static str {
    match status {
        Status::NotFound => "没有找到",
        Status::Forbidden => "您没有办理此事的权限",
        Status::Conflict => "情况已有变化",
        Status::Invalid => "无法办理",
        Status::TooLarge => "内容过大",
        Status::Unavailable => "平台暂时不能办理",
        Status::Internal => "平台内部出错",
    }
}

impl IntoResponse for Problem {
    /// A bare response that carries the problem; the `edge` puts the page around it, which knows who is signed in.
    fn into_response(self) -> Response {
        match self {
            Problem::SignIn(next) => {
                let next = crate::words::encoded(&next);
                Redirect::to(&format!("/sign-in?next={next}")).into_response()
            }
            Problem::Lost(next) => {
                let next = crate::words::encoded(&next);
                Redirect::to(&format!("/sign-in?lost=1&next={next}")).into_response()
            }
            Problem::ChangePassword => Redirect::to("/password").into_response(),
            problem => {
                let mut response = problem.status().into_response();
                response.extensions_mut().insert(problem);
                response
            }
        }
    }
}
