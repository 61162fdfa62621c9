//! What happens to every public request before and after its handler: the clock is read, foreign posts are turned
//! away, problems get their page, headers are set.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    net::SocketAddr,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use crate::{
    machines,
    problem::{self, Problem},
    visit::Visit,
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer says, where its handler does not say otherwise.
const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    // A page may be kept, but is asked for again: what is withdrawn goes from every screen at once (art. 24).
    ("cache-control", "no-cache"),
];

/// The instant a request is taken to happen at: the only place of this crate where the clock is read.
#[expect(
    clippy::disallowed_methods,
    reason = "a request begins here; everything behind is told when"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Runs a request.
pub async fn run(mut request: Request, next: Next) -> Response {
    let id = reference();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|it| it.0.ip());
    let visit = Visit::of(&request, now(), peer, id.clone());
    // What machines ask changes nothing, and any site may ask it.
    let is_foreign = !machines::is_read_by_all(visit.place()) && is_foreign_post(&method, request.headers());
    request.extensions_mut().insert(visit.clone());
    let response = if is_foreign {
        Problem::Foreign.into_response()
    } else {
        next.run(request).await
    };
    let response = with_page(response, &visit);
    // The route's pattern and no more: addresses and queries may name people.
    let route = route.as_ref().map_or("-", |it| it.as_str());
    tracing::info!(%id, %method, route, status = response.status().as_u16(), "portal");
    with_headers(response, &visit)
}

/// Whether a post was made by a page of another site. Forms carry a signed token besides.
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

/// Puts the page around a problem; other answers pass, and so do those of the machine interfaces, which have bodies.
fn with_page(mut response: Response, visit: &Visit) -> Response {
    let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_bare && response.status() == StatusCode::NOT_FOUND => Problem::NotFound,
        None if is_bare && response.status() == StatusCode::METHOD_NOT_ALLOWED => Problem::BadMethod,
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        None => return response,
    };
    if let Problem::Internal(cause) = &problem {
        tracing::error!(id = visit.reference, %cause, "internal fault");
    }
    let wait = match problem {
        Problem::TooMany(seconds) => Some(seconds),
        _ => None,
    };
    let mut page = problem::page(&problem, visit);
    if let Some(seconds) = wait {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    page
}

fn with_headers(mut response: Response, visit: &Visit) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    if visit.origin.starts_with("https://") {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(id) = HeaderValue::from_str(&visit.reference) {
        headers.insert("x-request-id", id);
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

    #[test]
    fn a_post_from_another_site_is_turned_away() {
        let post = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(k, v)| (HeaderName::from_static(k), v.parse().unwrap()));
            is_foreign_post(&Method::POST, &pairs.collect())
        };
        assert!(post(&[
            ("origin", "https://evil.example"),
            ("host", "city.example")
        ]));
        assert!(post(&[("sec-fetch-site", "cross-site")]));
        assert!(post(&[("sec-fetch-site", "same-site")]));
        assert!(!post(&[
            ("origin", "https://city.example"),
            ("host", "city.example")
        ]));
        assert!(!post(&[("sec-fetch-site", "same-origin")]));
    }
}
