//! The gateway: how agencies' software delivers data, calls it and fetches the proof, over HTTP.
//!
//! Handlers are thin: they read the request, call one function of `app`, and write its answer. One table,
//! [`ROUTES`], makes the router, the OpenAPI document and the page for people, so the three cannot disagree.
//! Another table, [`ERRORS`], holds every code with its status and words.

mod answer;
mod calls;
mod deliveries;
mod docs;
mod errors;
mod health;
mod openapi;
mod proofs;
mod routes;

use std::sync::Arc;

use app::City;
use axum::{
    Router,
    http::{HeaderValue, header},
    routing::any,
};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

pub use errors::{ERRORS, ErrorLine};
pub use openapi::document;
pub use routes::{ROUTES, Route};

/// Reads the clock; a test may pass its own.
pub type Clock = fn() -> Timestamp;

/// What every handler needs.
#[derive(Clone)]
struct Gateway(Arc<Parts>);

struct Parts {
    city: City,
    metrics: PrometheusHandle,
    clock: Clock,
    openapi: String,
}

impl Gateway {
    fn city(&self) -> &City {
        &self.0.city
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }
}

/// The gateway's routes over `city`, ready to be served or merged with the pages. The only place of this crate
/// where the clock is read.
pub fn router(city: City, metrics: PrometheusHandle) -> Router {
    router_at(city, metrics, now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge: from here on the instant is passed in"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// The same by another clock.
pub fn router_at(city: City, metrics: PrometheusHandle, clock: Clock) -> Router {
    let openapi = document().to_string();
    let state = Gateway(Arc::new(Parts {
        city,
        metrics,
        clock,
        openapi,
    }));
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, (route.handler)().fallback(answer::wrong_method));
    }
    router
        .route("/api/v1/{*rest}", any(answer::no_route))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .with_state(state)
}
