//! The pages: server-rendered HTML over the acts of `app`. No law and no SQL here.
//!
//! A page is a struct of what it prints, a template of the same name and two short handlers. Every action is a
//! form that posts and redirects; nothing needs a script.

use app::City;
use axum::{Router, middleware};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

pub mod assets;
pub mod chart;
pub mod csv;
pub mod door;
mod edge;
pub mod form;
pub mod frame;
pub mod pages;
pub mod problem;
pub mod routes;
#[cfg(test)]
mod samples;
pub mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod ui;
pub mod upload;
pub mod words;

/// Every page of the platform, ready to serve.
pub fn router(city: City) -> Router {
    let mut router: Router<City> = Router::new();
    for route in routes::routes() {
        router = router.route(route.path, route.into_handler());
    }
    router
        .fallback(|| async { problem::Problem::NotFound })
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(middleware::from_fn_with_state(city.clone(), edge::run))
        .layer(CompressionLayer::new())
        .with_state(city)
}
