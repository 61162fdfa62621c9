//! Everything machines read of the portal: the read side of CKAN, DCAT, schema.org, Data Packages, feeds, site maps,
//! files and the query interface (art. 24, art. 25).
//!
//! All of it comes from `app::portal`, which knows open sets only; every answer may be read by pages of any site.

use std::convert::Infallible;

use axum::{
    http::{Extensions, HeaderMap, HeaderName, Method, StatusCode, Version, header},
    middleware,
};
use tower_http::{
    cors::{Any, CorsLayer},
    set_header::SetResponseHeaderLayer,
};

use self::limits::Limits;
use crate::routes::{Route, get};

mod cells;
mod ckan;
mod download;
mod indexes;
mod limits;
mod links;
mod openapi;
mod package;
mod problem;
mod query;
mod rdf;
mod schema_org;
mod source;
mod tag;

pub(crate) use problem::Failure;
pub use rdf::dataset_as;
pub use schema_org::schema_org;

/// Where the portal's own interface stands.
pub(crate) const OPEN: &str = "/api/open/";

/// The addresses for machines, each open to every site and counted against the allowance of whoever asks.
pub fn routes() -> Vec<Route> {
    let limits = Limits::new(limits::PER_MINUTE);
    let mut routes = ckan::routes();
    routes.extend(rdf::routes());
    routes.extend(indexes::routes());
    routes.extend(download::routes());
    routes.extend(query::routes());
    routes.push(get("/dataset/{name}/datapackage.json", package::serve));
    routes.into_iter().map(|it| open(it, &limits)).collect()
}

/// The names of every action of the read side of CKAN.
pub fn actions() -> impl Iterator<Item = &'static str> {
    ckan::actions()
}

/// Whether posts to `path` only ask, so that pages of other sites may send them.
pub fn is_read_by_all(path: &str) -> bool {
    path.starts_with("/api/3/action/") || path.starts_with("/api/action/")
}

/// Files are sent as they are: their digest, length and ranges are of these bytes.
pub fn may_be_compressed(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES)
}

fn open(route: Route, limits: &Limits) -> Route {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::OPTIONS])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::RANGE,
            header::IF_RANGE,
            header::IF_NONE_MATCH,
            HeaderName::from_static("x-ckan-api-key"),
        ])
        .expose_headers(Any);
    let anywhere = SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static("cross-origin-resource-policy"),
        header::HeaderValue::from_static("cross-origin"),
    );
    route.map(|it| {
        it.layer::<_, Infallible>(middleware::from_fn(tag::documents))
            .layer::<_, Infallible>(middleware::from_fn_with_state(limits.clone(), limits::enforce))
            .layer::<_, Infallible>(cors)
            .layer::<_, Infallible>(anywhere)
    })
}
