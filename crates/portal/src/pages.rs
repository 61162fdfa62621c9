//! The public pages, one module a noun.

pub mod dataset;
pub mod home;
pub mod news;
pub mod search;

use crate::routes::{Route, get};

/// Every address of the public pages.
#[rustfmt::skip] // A table: one address a line.
pub fn routes() -> Vec<Route> {
    vec![
        get("/open", home::show),
        get("/open/news", news::show),
        get("/open/suggest", search::suggest),
        get("/dataset", search::show),
        get("/dataset/{name}", dataset::show),
        get("/dataset/{name}/resource/{rid}", dataset::releases::resource),
        get("/dataset/{name}/releases/{number}", dataset::releases::show),
    ]
}
