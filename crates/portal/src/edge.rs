//! What happens to every public request before and after its handler: the clock is read, foreign posts are turned
//! away, problems get their page, headers are set.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, MatchedPath, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use web::door;

use crate::{
    machines::{self, Failure},
    problem::{self, Problem},
    visit::Visit,
};

/// A page may be kept, but is asked for again: what is withdrawn goes from every screen at once (art. 24). A handler may
/// say otherwise.
const KEPT: &[(&str, &str)] = &[("cache-control", "no-cache")];

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
    let id = door::reference();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|it| it.0.ip());
    let visit = Visit::of(&request, now(), peer, id.clone());
    // What machines ask changes nothing, and any site may ask it.
    let is_foreign =
        !machines::is_read_by_all(visit.place()) && door::is_foreign_post(&method, request.headers());
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

/// Puts the page around a problem; other answers pass, and so do those of the machine interfaces, which have bodies.
fn with_page(mut response: Response, visit: &Visit) -> Response {
    let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_bare && response.status() == StatusCode::NOT_FOUND => Problem::NotFound,
        None if is_bare && response.status() == StatusCode::METHOD_NOT_ALLOWED => Problem::BadMethod,
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        None if door::is_unread(&response) && !machines::is_read_by_all(visit.place()) => {
            Problem::BadRequest("地址或者提交的内容中有无法识别的字符。请核对链接后重试。".to_owned())
        }
        None => return response,
    };
    if let Problem::Internal(cause) = &problem {
        tracing::error!(id = visit.reference, %cause, "internal fault");
    }
    if visit.place().starts_with(machines::OPEN)
        && let Some(failure) = Failure::of(&problem)
    {
        return failure.into_response();
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
    for (name, value) in door::HEADERS.iter().chain(KEPT) {
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

/// What a handler that panicked answers.
pub fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    Problem::Internal(door::panic_words(&*cause)).into_response()
}
