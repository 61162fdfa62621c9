//! Doubts of a user agency's own software about a record it received (art. 21).

use app::{
    calls,
    corrections::{self, Doubt},
};
use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::Response,
};
use rules::ids::GrantId;
use serde_json::json;

use crate::{
    Gateway,
    answer::{At, EVIDENCE, Failure, value_response},
    calls::{BODY_BYTES_MAX, caller},
};

pub(crate) async fn doubt(
    State(gateway): State<Gateway>,
    At(grant): At<GrantId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        let words = "请求正文未能读完，或者过长。请缩短后重试。";
        return Err(Failure::new("bad-request", "", words));
    };
    let doubt: Doubt = calls::read(&body)?;
    let doubted = corrections::doubt_from(gateway.city(), &caller, gateway.now(), &grant, doubt).await?;
    let answer = json!({
        "case": doubted.case,
        "number": doubted.number,
        "due": doubted.due.map(|it| it.to_string()),
    });
    let mut response = value_response(StatusCode::CREATED, &answer);
    if let Some(index) = doubted.evidence {
        response.headers_mut().insert(EVIDENCE, HeaderValue::from(index));
    }
    Ok(response)
}
