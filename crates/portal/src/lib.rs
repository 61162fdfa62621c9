//! The portal: everything an outsider sees of the city's open data, pages and machine interfaces (art. 24 to 26, 34).
//!
//! A page is a struct of what it prints, a template of the same name and a short handler. What is open, `app::portal`
//! decides; nothing here reads the catalogue of the inner pages. Every page works without a script.

use app::City;
use axum::{Router, middleware};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
};

pub mod account;
pub mod assets;
pub mod chart;
mod edge;
pub mod frame;
pub mod guard;
pub mod machines;
pub mod pages;
pub mod parts;
pub mod problem;
pub mod routes;
#[cfg(test)]
mod samples;
pub mod visit;

/// Every public page and interface, ready to serve or to be merged with the inner pages.
pub fn router(city: City) -> Router {
    let mut router: Router<City> = Router::new();
    for route in routes::routes() {
        router = router.route(route.path, route.into_handler());
    }
    router
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(middleware::from_fn(edge::run))
        .layer(
            CompressionLayer::new().compress_when(DefaultPredicate::new().and(machines::may_be_compressed)),
        )
        .with_state(city)
}
