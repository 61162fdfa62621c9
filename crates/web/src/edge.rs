//! What happens to every request before and after its handler: the clock is read, the session loaded, foreign
//! posts are turned away, problems get their page, headers are set.

use app::City;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use crate::{
    door,
    pages::problem::ProblemPage,
    problem::Problem,
    session::{Address, Me},
};

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
    let id = door::reference();
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
    let foreign = door::is_foreign_post(&method, request.headers());
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
    let Some(token) = address.cookie().read(headers) else {
        return Ok(None);
    };
    let Some(session) = app::people::session(city, &token, now).await? else {
        return Ok(None);
    };
    let me = Me::new(session, token, now, address.clone());
    let unread = app::notices::count(city, &me.ctx).await?;
    Ok(Some(me.with_unread(unread)))
}

/// Puts the page around a problem; other responses pass.
fn with_page(mut response: Response, me: Option<&Me>, address: &Address, id: &str) -> Response {
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if response.status() == StatusCode::NOT_FOUND => Problem::NotFound,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => Problem::BadMethod,
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        None if door::is_unread(&response) => Problem::BadRequest(
            "地址或者提交的内容中有无法识别的字符。请核对链接，或返回上一页重新提交。".to_owned(),
        ),
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
        "wrong-method"
    } else {
        "no-route"
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
    for &(name, value) in door::HEADERS {
        set(name, value);
    }
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

/// What a handler that panicked answers.
pub fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    Problem::Internal(door::panic_words(&*cause)).into_response()
}
