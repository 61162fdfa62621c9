//! For those who run the platform: is it alive, is it ready, what does it count.

use app::calls::{self, Fitness};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, json};

use crate::{Gateway, answer::value_response};

/// The process answers.
pub(crate) async fn livez() -> &'static str {
    "ok\n"
}

/// The process can do its work: the database answers, the log takes entries. What is to be seen to is told as well.
pub(crate) async fn readyz(State(gateway): State<Gateway>) -> Response {
    let checks = calls::readiness(gateway.city(), gateway.now()).await;
    let is_ready = !checks.iter().any(|it| matches!(it.1, Fitness::Fails(_)));
    let mut out = Map::new();
    for (name, fitness) in checks {
        let told = match fitness {
            Fitness::Well => "ok".to_owned(),
            Fitness::Warns(words) | Fitness::Fails(words) => words,
        };
        out.insert(name.to_owned(), json!(told));
    }
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    value_response(status, &json!({ "ready": is_ready, "checks": out }))
}

pub(crate) async fn metrics(State(gateway): State<Gateway>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], gateway.0.metrics.render()).into_response()
}
