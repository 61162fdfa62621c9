//! The evidence of calls: receipts for those concerned, the signed checkpoint for everybody.

use app::{calls, evidence};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    Gateway,
    answer::{At, Failure},
    calls::caller,
};

pub(crate) async fn receipt(
    State(gateway): State<Gateway>,
    At(index): At<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let index = index.parse().map_err(|_| Failure::plain("not-found"))?;
    calls::may_have_receipt(gateway.city(), &caller, index)?;
    Ok(text(evidence::receipt(gateway.city(), index).await?))
}

pub(crate) async fn checkpoint(State(gateway): State<Gateway>) -> Result<Response, Failure> {
    Ok(text(evidence::checkpoint(gateway.city())?))
}

fn text(body: String) -> Response {
    (
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        )],
        body,
    )
        .into_response()
}
