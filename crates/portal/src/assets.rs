//! Style, scripts and pictures of the public pages: part of the binary, served under a URL that changes with them.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use web::assets::Asset;

/// Every embedded file.
pub const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The URL of the asset called `name`. Panics on a name that does not exist: every name is written in a template.
pub fn url(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|it| it.name == name)
        .map(|it| it.url)
        .unwrap_or_else(|| panic!("no asset {name}"))
}

/// GET /open/assets/{hash}/{*name}: an old hash is not served, so that a page never mixes two versions.
pub async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let wanted = format!("/open/assets/{hash}/{name}");
    match ASSETS.iter().find(|it| it.url == wanted) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.mime),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.bytes).into_response()
        }
    }
}
