//! Autocompletion, as actions and under `/api/util` in the older shapes.

use app::City;
use axum::{
    extract::{Path, RawQuery, State},
    http::{Method, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{Call, answer, asked::Asked, fault::Fault, json_text, lists};
use crate::{
    routes::{Route, get},
    visit::Visit,
};

const LIMIT: u64 = 10;
const LIMIT_MAX: u64 = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/util/{kind}/autocomplete", util),
        get("/api/1/util/{kind}/autocomplete", util),
        get("/api/2/util/{kind}/autocomplete", util),
        get("/api/util/resource/format_autocomplete", formats),
        get("/api/1/util/resource/format_autocomplete", formats),
        get("/api/2/util/resource/format_autocomplete", formats),
    ]
}

fn limit(call: &Call) -> Result<usize, Fault> {
    Ok(call.asked.natural("limit")?.unwrap_or(LIMIT).min(LIMIT_MAX) as usize)
}

/// `package_autocomplete` and the others of its kind.
pub(super) async fn action(call: &Call, name: &str) -> Result<Value, Fault> {
    let q = call.asked.needed("q")?;
    let limit = limit(call)?;
    Ok(match name {
        "package_autocomplete" => lists::package_complete(call, &q, limit).await?.into(),
        "organization_autocomplete" => lists::group_complete(call, &q, limit, true).await?.into(),
        "group_autocomplete" => lists::group_complete(call, &q, limit, false).await?.into(),
        "format_autocomplete" => lists::format_complete(call, &q, limit).await?.into(),
        _ => tags(call, &q, limit).await?.into(),
    })
}

async fn tags(call: &Call, q: &str, limit: usize) -> Result<Vec<String>, Fault> {
    let q = q.to_lowercase();
    let names = lists::keywords(call)
        .await?
        .into_keys()
        .filter(|it| it.to_lowercase().contains(&q));
    Ok(names.take(limit).collect())
}

async fn util(
    State(city): State<City>,
    visit: Visit,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let result = async {
        let call = Call::new(
            city,
            &visit,
            Asked::read(&Method::GET, &query.unwrap_or_default(), b"")?,
        );
        let limit = limit(&call)?;
        let q = call
            .asked
            .text("incomplete")
            .or_else(|| call.asked.text("q"))
            .unwrap_or_default();
        Ok::<Value, Fault>(match kind.as_str() {
            // Nothing typed is nothing to complete.
            _ if q.is_empty() && matches!(kind.as_str(), "dataset" | "tag") => in_set(json!([])),
            "dataset" => in_set(lists::package_complete(&call, &q, limit).await?.into()),
            "tag" => in_set(
                tags(&call, &q, limit)
                    .await?
                    .into_iter()
                    .map(|it| json!({ "Name": it }))
                    .collect(),
            ),
            "organization" => lists::group_complete(&call, &q, limit, true).await?.into(),
            "group" => lists::group_complete(&call, &q, limit, false).await?.into(),
            // Who has an account is not for the public.
            "user" => json!([]),
            _ => return Err(Fault::NotFound("Not found".to_owned())),
        })
    };
    respond(&visit, result.await)
}

async fn formats(State(city): State<City>, visit: Visit, RawQuery(query): RawQuery) -> Response {
    let result = async {
        let call = Call::new(
            city,
            &visit,
            Asked::read(&Method::GET, &query.unwrap_or_default(), b"")?,
        );
        let q = call.asked.text("incomplete").unwrap_or_default();
        let names = lists::format_complete(&call, &q, limit(&call)?).await?;
        Ok(in_set(
            names.into_iter().map(|it| json!({ "Format": it })).collect(),
        ))
    };
    respond(&visit, result.await)
}

fn in_set(result: Value) -> Value {
    json!({ "ResultSet": { "Result": result } })
}

fn respond(visit: &Visit, result: Result<Value, Fault>) -> Response {
    match result {
        Ok(value) => json_text(StatusCode::OK, value.to_string()),
        Err(fault) => answer(visit, "package_autocomplete", Err(fault), None),
    }
}
