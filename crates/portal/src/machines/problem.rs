//! How the portal's own interface says no: the gateway's envelope, `{"error":{"code","message","field"}}`.

use app::{Refused, Status};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::problem::Problem;

/// Every code of the open interface: code, status, meaning. Codes never change their meaning once released.
pub(crate) const CODES: &[(&str, u16, &str)] = &[
    ("not-found", 404, "没有这项开放数据"),
    (
        "needs-agreement",
        403,
        "有条件开放的数据集，申请并经同意后按协议使用",
    ),
    ("bad-parameter", 400, "参数有误"),
    ("unknown-parameter", 400, "不认识的参数"),
    ("unknown-item", 400, "数据集没有这个信息项"),
    ("bad-filter", 400, "筛选条件有误"),
    ("took-too-long", 400, "查询费时过长，请缩小范围"),
    ("bad-cursor", 400, "翻页标记有误或已失效"),
    ("too-many-requests", 429, "请求过于频繁"),
    ("wrong-method", 405, "该地址不接受这种请求方法"),
    ("too-large", 413, "请求超过上限"),
    ("unavailable", 503, "数据库暂时无法连接，请稍后重试"),
    ("no-room", 503, "平台的存储空间不足，请稍后重试"),
    ("internal", 500, "平台内部出错"),
];

/// A request that is not answered with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub code: &'static str,
    pub status: StatusCode,
    pub field: String,
    pub words: String,
}

impl Failure {
    pub fn new(code: &'static str, status: StatusCode, field: &str, words: impl Into<String>) -> Failure {
        Failure {
            code,
            status,
            field: field.to_owned(),
            words: words.into(),
        }
    }

    /// What stopped a request before its handler saw it, or kept it from its end; none for what has words of its own.
    pub fn of(problem: &Problem) -> Option<Failure> {
        let code = match problem {
            Problem::TooLarge => "too-large",
            Problem::BadRequest(_) => "bad-parameter",
            Problem::NotFound => "not-found",
            Problem::BadMethod => "wrong-method",
            Problem::Internal(_) => "internal",
            _ => return None,
        };
        Some(Failure::new(code, problem.status(), "", problem.said().1))
    }

    /// A request that cannot be understood.
    pub fn bad(code: &'static str, field: &str, words: impl Into<String>) -> Failure {
        Failure::new(code, StatusCode::BAD_REQUEST, field, words)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        let status = match refused.status {
            Status::NotFound => StatusCode::NOT_FOUND,
            Status::Forbidden => StatusCode::FORBIDDEN,
            Status::Conflict => StatusCode::CONFLICT,
            Status::Invalid => StatusCode::BAD_REQUEST,
            Status::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Status::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let field = refused.fields.first().map_or("", |it| match it.0.as_str() {
            // The parameter is called so, since each is one.
            "filters" => "filter",
            field => field,
        });
        Failure::new(refused.code, status, field, refused.words.clone())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.words });
        if !self.field.is_empty() {
            error["field"] = self.field.into();
        }
        let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
        (self.status, kind, json!({ "error": error }).to_string()).into_response()
    }
}
