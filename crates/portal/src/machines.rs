//! Everything machines read of the portal: the read side of CKAN, DCAT, schema.org, Data Packages, feeds, site maps,
//! files and the query interface (art. 24, art. 25).
//!
//! All of it comes from `app::portal`, which knows open sets only; every answer may be read by pages of any site.

use axum::{
    http::{HeaderName, Method, header},
    middleware,
};
use tower_http::{
    cors::{Any, CorsLayer},
    set_header::SetResponseHeaderLayer,
};

use self::limits::Limits;
use crate::routes::Route;

mod cells;
mod ckan;
mod limits;
mod links;
mod problem;
mod rdf;
mod source;

pub use rdf::dataset_as;

/// The addresses for machines, each open to every site and counted against the allowance of whoever asks.
pub fn routes() -> Vec<Route> {
    let limits = Limits::new(limits::PER_MINUTE);
    let mut routes = ckan::routes();
    routes.extend(rdf::routes());
    routes.into_iter().map(|it| open(it, &limits)).collect()
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
        it.layer(middleware::from_fn_with_state(limits.clone(), limits::enforce))
            .layer(cors)
            .layer(anywhere)
    })
}
