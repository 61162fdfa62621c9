//! The public pages, one module a noun.

pub mod dataset;
pub mod help;
pub mod home;
pub mod lists;
pub mod news;
pub mod object;
pub mod places;
pub mod products;
pub mod search;
pub mod statistics;

use std::convert::Infallible;

use axum::{
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    problem::Problem,
    routes::{Route, get, post},
};

/// Every address of the public pages. What cannot be read at all is answered with a page, as everything else is.
pub fn routes() -> Vec<Route> {
    let around = |it: Route| it.map(|it| it.layer::<_, Infallible>(middleware::map_response(with_page)));
    table().into_iter().map(around).collect()
}

/// Puts a problem in place of the bare words by which a request that cannot be read is refused.
async fn with_page(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_bare = kind.is_some_and(|it| it.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge.into_response(),
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY
            if is_bare =>
        {
            let words = "地址或者表单的内容无法识别。请返回上一页，从页面上的链接或按钮重新操作。";
            Problem::BadRequest(words.to_owned()).into_response()
        }
        _ => response,
    }
}

#[rustfmt::skip] // A table: one address a line.
fn table() -> Vec<Route> {
    vec![
        get("/open", home::show),
        get("/open/suggest", search::suggest),
        get("/open/lists", lists::all),
        get("/open/lists/{org}/{kind}/{number}", lists::show),
        get("/open/lists/{org}/{kind}/{number}/csv", lists::csv),
        get("/open/statistics", statistics::show),
        get("/open/news", news::show),
        get("/open/products", products::show),
        get("/open/help", help::show),
        get("/open/object", object::form),
        post("/open/object", object::send),
        get("/open/track", object::track_form),
        post("/open/track", object::track),

        get("/dataset", search::show),
        get("/dataset/{name}", dataset::show),
        get("/dataset/{name}/resource/{rid}", dataset::releases::resource),
        get("/dataset/{name}/releases/{number}", dataset::releases::show),
        get("/organization", places::orgs),
        get("/organization/{name}", places::org),
        get("/group", places::themes),
        get("/group/{name}", places::theme),

        get("/favicon.ico", icon),

        // What is nowhere is answered in the words of the public side.
        get("/open/{*rest}", nothing),
        get("/dataset/{name}/{*rest}", nothing),
    ]
}

/// Browsers ask for this beside a page that names no icon, such as a JSON answer.
async fn icon() -> Redirect {
    Redirect::permanent(crate::assets::url("favicon.svg"))
}

/// What no public address leads to.
async fn nothing() -> Problem {
    Problem::NotFound
}
