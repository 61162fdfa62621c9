//! Programs of applicants call under an agreement: the same gate as agencies' calls, the same evidence (art. 26).

use app::{
    City,
    calls::{self, CallError},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::ids::GrantId;
use serde_json::json;

use crate::visit::Visit;

/// The index of an answer's evidence.
const EVIDENCE: &str = "x-yishu-evidence";
/// The salt of the digests in that evidence.
const SALT: &str = "x-yishu-salt";

/// POST /api/open/v1/agreements/{id}/query
pub async fn query(
    State(city): State<City>,
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match answer(&city, &visit, &id, &headers, &body).await {
        Ok(response) => response,
        Err(error) => refusal(&error),
    }
}

async fn answer(
    city: &City,
    visit: &Visit,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, CallError> {
    let caller = calls::authenticate_agreement(city, bearer(headers), visit.now).await?;
    let answer = calls::query_agreement(city, &caller, &GrantId::from(id), body, visit.now).await?;
    let mut response = json_response(answer.body);
    let headers = response.headers_mut();
    headers.insert(EVIDENCE, HeaderValue::from(answer.evidence));
    if let Ok(salt) = HeaderValue::from_str(&answer.salt) {
        headers.insert(SALT, salt);
    }
    Ok(response)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn json_response(body: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body.into()).into_response()
}

/// A refused call, in the form that every interface of the platform has for errors.
fn refusal(error: &CallError) -> Response {
    let mut body = json!({ "code": error.code, "message": error.words });
    if !error.field.is_empty() {
        body["field"] = json!(error.field);
    }
    if let Some(index) = error.evidence {
        body["evidence"] = json!(index);
    }
    let mut response = json_response(json!({ "error": body }).to_string());
    *response.status_mut() = status(error.code);
    if let Some(index) = error.evidence {
        response.headers_mut().insert(EVIDENCE, HeaderValue::from(index));
    }
    response
}

fn status(code: &str) -> StatusCode {
    match code {
        "bad-key" | "key-expired" | "key-revoked" => StatusCode::UNAUTHORIZED,
        "no-grant" => StatusCode::NOT_FOUND,
        "bad-request" | "bad-cursor" | "not-a-condition" => StatusCode::BAD_REQUEST,
        "quota-used-up" => StatusCode::TOO_MANY_REQUESTS,
        "no-data" => StatusCode::CONFLICT,
        "unavailable" | "no-room" | "not-recorded" => StatusCode::SERVICE_UNAVAILABLE,
        calls::INTERNAL => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::FORBIDDEN,
    }
}
