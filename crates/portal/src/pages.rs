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

use crate::routes::{Route, get, post};

/// Every address of the public pages.
#[rustfmt::skip] // A table: one address a line.
pub fn routes() -> Vec<Route> {
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
    ]
}
