//! What happens to every request before and after its handler: the clock is read, the session loaded, foreign
//! posts are turned away, problems get their page, headers are set.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use app::City;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use crate::{
    pages::problem::ProblemPage,
    problem::Problem,
    session::{self, Address, Me},
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The instant a request is taken to happen at: the only place of this crate where the clock is read.
#[expect(
    clippy::disallowed_methods,
    reason = "a request begins here; everything behind is told when"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// When a request came in, for the handlers that act before anybody is signed in.
#[derive(Clone, Copy, Debug)]
pub struct Instant(pub Timestamp);

/// Runs a request.
pub async fn run(State(city): State<City>, mut request: Request, next: Next) -> Response {
    let id = reference();
    let method = request.method().clone();
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |it| it.as_str())
        .to_owned();
    if path.starts_with("/assets/") {
        return with_headers(next.run(request).await, &id, false, true);
    }
    let address = Address::of(&path, request.headers());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|it| it.as_str().to_owned());
    let now = now();
    let (me, failed) = match signed_in(&city, request.headers(), &address, now).await {
        Ok(me) => (me, None),
        Err(problem) => (None, Some(problem)),
    };
    let foreign = is_foreign_post(&method, request.headers());
    if let Some(me) = &me {
        request.extensions_mut().insert(me.clone());
    }
    request.extensions_mut().insert(address.clone());
    request.extensions_mut().insert(Instant(now));
    let response = match failed {
        Some(problem) => problem.into_response(),
        None if foreign => Problem::FormToken.into_response(),
        None => next.run(request).await,
    };
    let response = with_page(response, me.as_ref(), &address, &id);
    // The route's pattern and no more: addresses and queries may name people.
    tracing::info!(%id, %method, route = route.as_deref().unwrap_or("-"), status = response.status().as_u16(), "page");
    with_headers(response, &id, address.is_secure, false)
}

async fn signed_in(
    city: &City,
    headers: &HeaderMap,
    address: &Address,
    now: Timestamp,
) -> Result<Option<Me>, Problem> {
    let Some(token) = session::token(headers, address) else {
        return Ok(None);
    };
    let Some(session) = app::people::session(city, &token, now).await? else {
        return Ok(None);
    };
    let me = Me::new(session, token, now, address.clone());
    let unread = app::notices::count(city, &me.ctx).await?;
    Ok(Some(me.with_unread(unread)))
}

/// Whether a post was made by a page of another site. Forms carry a token besides; this covers signing in too.
fn is_foreign_post(method: &Method, headers: &HeaderMap) -> bool {
    if method != Method::POST {
        return false;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return false,
        Some(_) => return true,
        None => {}
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, it)| it != host),
        _ => false,
    }
}

/// Puts the page around a problem; other responses pass.
fn with_page(mut response: Response, me: Option<&Me>, address: &Address, id: &str) -> Response {
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if response.status() == StatusCode::NOT_FOUND => Problem::NotFound,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => Problem::BadMethod,
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        None => return response,
    };
    if let Problem::Internal(cause) = &problem {
        tracing::error!(%id, %cause, "internal fault");
    }
    if address.path.starts_with("/api/") {
        return for_programs(&problem);
    }
    ProblemPage::new(&problem, me, address, id).into_response()
}

/// A program that asks for an address there is not gets what the API says of errors, not a page.
fn for_programs(problem: &Problem) -> Response {
    let code = if problem.status() == StatusCode::METHOD_NOT_ALLOWED {
        "bad-method"
    } else {
        "not-found"
    };
    let message = "接口地址不存在或者不支持这种方法，请查阅 /api/docs。";
    let body = serde_json::json!({ "error": { "code": code, "message": message } });
    (problem.status(), axum::Json(body)).into_response()
}

fn with_headers(mut response: Response, id: &str, is_secure: bool, is_asset: bool) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set("content-security-policy", POLICY);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=()");
    if is_secure {
        set("strict-transport-security", "max-age=31536000");
    }
    if !is_asset {
        // Offices share machines: a page is not to be had again after signing out.
        set("cache-control", "no-store");
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// A number that a person can read out on the telephone and the log can be searched for.
fn reference() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static SEED: OnceLock<RandomState> = OnceLock::new();
    let mut hasher = SEED.get_or_init(RandomState::new).build_hasher();
    hasher.write_u64(NEXT.fetch_add(1, Ordering::Relaxed));
    let letters = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let hash = hasher.finish();
    (0..10)
        .map(|i| letters[(hash >> (i * 5)) as usize & 31] as char)
        .collect()
}

/// What a handler that panicked answers.
pub fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let words = cause.downcast_ref::<String>().cloned();
    let words = words.or_else(|| cause.downcast_ref::<&str>().map(|it| (*it).to_owned()));
    Problem::Internal(format!("panic: {}", words.unwrap_or_default())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)))
            .collect()
    }

    #[test]
    fn a_post_from_another_site_is_turned_away() {
        let post = |pairs: &[(&'static str, &'static str)]| is_foreign_post(&Method::POST, &headers(pairs));
        assert!(post(&[
            ("origin", "https://evil.example"),
            ("host", "city.example")
        ]));
        assert!(post(&[("sec-fetch-site", "cross-site")]));
        assert!(post(&[("origin", "null"), ("host", "city.example")]));
        assert!(!post(&[
            ("origin", "https://city.example"),
            ("host", "city.example")
        ]));
        assert!(!post(&[("sec-fetch-site", "same-origin")]));
        assert!(!post(&[]));
    }

    #[test]
    fn no_two_requests_have_the_same_number() {
        let ids: std::collections::HashSet<String> = (0..1000).map(|_| reference()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
