//! Style, scripts and pictures: part of the binary, served under a URL that changes with their content.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// One embedded file.
pub struct Asset {
    /// Its path under `assets/`, such as `js/progress.js`.
    pub name: &'static str,
    /// Where pages fetch it; holds the content hash.
    pub url: &'static str,
    /// Its media type.
    pub mime: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

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

/// The URLs of all scripts; each finds the elements it serves by their `data-` attributes.
pub fn scripts() -> Vec<&'static str> {
    ASSETS
        .iter()
        .filter(|it| it.name.ends_with(".js"))
        .map(|it| it.url)
        .collect()
}

/// Serves an asset; an old hash is not served, so that a page never mixes two versions.
pub async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let wanted = format!("/assets/{hash}/{name}");
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
