//! The gateway: how agencies' software delivers data, calls it and fetches the proof, over HTTP.
//!
//! Handlers are thin: they read the request, call one function of `app`, and write its answer. One table,
//! [`ROUTES`], makes the router, the OpenAPI document and the page for people, so the three cannot disagree.
//! Another table, [`ERRORS`], holds every code with its status and words.

mod answer;
mod calls;
mod deliveries;
mod docs;
mod doubts;
mod errors;
mod health;
mod openapi;
mod proofs;
mod quick;
mod routes;

use std::sync::Arc;

use app::City;
use axum::{Router, http::header, routing::any};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

pub use errors::{ERRORS, ErrorLine};
pub use openapi::document;
pub use quick::Quick;
pub use routes::{ROUTES, Route};

/// Reads the clock; a test may pass its own.
pub type Clock = fn() -> Timestamp;

/// The gateway over a city: what every handler needs.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

struct Parts {
    city: City,
    metrics: PrometheusHandle,
    clock: Clock,
    openapi: String,
}

/// Where the calls of a grant stand.
const CALLS: &str = "/api/v1/grants/";

/// Whether what is asked for at `path` is a call of a grant, and so belongs to [`Gateway::calls`].
pub fn is_call(path: &str) -> bool {
    path.starts_with(CALLS)
}

impl Gateway {
    /// The gateway by the machine's clock. The only place of this crate where it is read.
    pub fn new(city: City, metrics: PrometheusHandle) -> Gateway {
        Gateway::at(city, metrics, now)
    }

    /// The same by another clock.
    pub fn at(city: City, metrics: PrometheusHandle, clock: Clock) -> Gateway {
        Gateway(Arc::new(Parts {
            city,
            metrics,
            clock,
            openapi: document().to_string(),
        }))
    }

    /// The calls of a grant and nothing else: the path that has to be short.
    pub fn calls(&self) -> Router {
        self.routes(is_call).fallback(answer::no_route)
    }

    /// Deliveries, proofs, documents and health.
    pub fn rest(&self) -> Router {
        let set = SetResponseHeaderLayer::if_not_present;
        self.routes(|path| !is_call(path))
            .route("/api/v1/{*rest}", any(answer::no_route))
            .layer(set(header::CACHE_CONTROL, answer::NO_STORE))
            .layer(set(header::X_CONTENT_TYPE_OPTIONS, answer::NO_SNIFF))
    }

    fn routes(&self, wanted: impl Fn(&str) -> bool) -> Router {
        let mut router = Router::new();
        for route in ROUTES.iter().filter(|it| wanted(it.path)) {
            router = router.route(route.path, (route.handler)().fallback(answer::wrong_method));
        }
        router
            .layer(CatchPanicLayer::custom(answer::panicked))
            .with_state(self.clone())
    }

    fn city(&self) -> &City {
        &self.0.city
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge: from here on the instant is passed in"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
