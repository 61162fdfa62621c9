//! How answers and refusals look on the wire.

use std::any::Any;

use app::{Refused, calls::CallError};
use axum::{
    body::Body,
    extract::{FromRequestParts, Path},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::errors;

/// The header that carries the index of an answer's evidence entry.
pub(crate) const EVIDENCE: &str = "x-yishu-evidence";

/// The header that carries the salt of the digests in that entry.
pub(crate) const SALT: &str = "x-yishu-salt";

/// An answer is for the one who asked, once.
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer is what its header says, and nothing else.
pub(crate) const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// A request that is not answered with what it asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    code: &'static str,
    words: String,
    field: String,
    fields: Vec<(String, String)>,
    evidence: Option<u64>,
}

impl Failure {
    /// A failure in its own words.
    pub fn new(code: &'static str, field: &str, words: impl Into<String>) -> Failure {
        Failure {
            code,
            words: words.into(),
            field: field.to_owned(),
            fields: Vec::new(),
            evidence: None,
        }
    }

    /// A failure in the words of the published table.
    pub fn plain(code: &'static str) -> Failure {
        let line = errors::of(code);
        Failure::new(code, "", format!("{}。{}", line.message, line.what_to_do))
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Failure {
        Failure {
            code: error.code,
            words: error.words,
            field: error.field,
            fields: Vec::new(),
            evidence: error.evidence,
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        let field = refused.fields.first().map_or_else(String::new, |it| it.0.clone());
        Failure {
            code: refused.code,
            words: refused.words,
            field,
            fields: refused.fields,
            evidence: None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.words });
        if !self.field.is_empty() {
            error["field"] = self.field.into();
        }
        if self.fields.len() > 1 {
            error["fields"] = self
                .fields
                .iter()
                .map(|(field, words)| json!({ "field": field, "message": words }))
                .collect();
        }
        if let Some(index) = self.evidence {
            error["evidence"] = index.into();
        }
        let status = StatusCode::from_u16(errors::of(self.code).status);
        let mut response = json_response(json!({ "error": error }).to_string());
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(index) = self.evidence {
            response.headers_mut().insert(EVIDENCE, HeaderValue::from(index));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The id in the address, of any of the typed kinds; one that is no text is refused like any other bad request.
pub(crate) struct At<T>(pub T);

impl<S: Send + Sync, T: for<'a> From<&'a str>> FromRequestParts<S> for At<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(At(T::from(&id))),
            Err(_) => Err(Failure::new(
                "bad-request",
                "",
                "地址中的编号无法识别。请核对地址。",
            )),
        }
    }
}

/// An answer of the media type `kind`.
pub(crate) fn response(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.reserve(6);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    response
}

/// A JSON body that is text already.
pub(crate) fn json_response(body: impl Into<Body>) -> Response {
    response("application/json; charset=utf-8", body)
}

/// A JSON value.
pub(crate) fn value_response(status: StatusCode, value: &Value) -> Response {
    let mut response = json_response(value.to_string());
    *response.status_mut() = status;
    response
}

/// An address under the API that leads nowhere.
pub(crate) async fn no_route() -> Failure {
    Failure::plain("no-route")
}

/// The address is right, the method is not.
pub(crate) async fn wrong_method() -> Failure {
    Failure::plain("wrong-method")
}

/// A handler that panicked: the cause goes to the log under a number, the caller gets the number.
pub(crate) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    Failure::from(Refused::internal(cause)).into_response()
}
