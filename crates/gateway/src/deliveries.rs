//! Deliveries by an agency's own software: the file streams to disk, is received, and is asked after.

use std::io::Write;

use app::{
    Refused,
    delivery::{self, DeliveryView, FILE_BYTES_MAX},
};
use axum::{
    body::{Body, BodyDataStream},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use rules::{
    delivery::BatchKind,
    ids::{DeliveryId, EntryId},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio_util::io::ReaderStream;

use crate::{
    Gateway,
    answer::{At, Failure, value_response},
    calls::caller,
};

/// Bytes that are gathered before they are written.
const CHUNK_BYTES: usize = 1 << 20;

/// What the address of a delivery says of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    #[serde(default)]
    batch: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
}

pub(crate) async fn receive(
    State(gateway): State<Gateway>,
    At(entry): At<EntryId>,
    label: Result<Query<Label>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let Ok(Query(label)) = label else {
        return Err(Failure::new(
            "bad-request",
            "",
            "地址中的参数有误：只接受 batch、kind、name。",
        ));
    };
    let kind = BatchKind::sent(&label.kind).ok_or_else(|| {
        Failure::new(
            "bad-request",
            "kind",
            "kind 应为 full（全量）或 incremental（增量）。",
        )
    })?;
    delivery::may_deliver(gateway.city(), &caller, &entry).await?;
    let file = spool(&gateway, &headers, body).await?;
    let name = if label.name.is_empty() {
        "batch"
    } else {
        &label.name
    };
    let sent = delivery::Parcel {
        batch: &label.batch,
        kind,
        name,
        path: file.path(),
    };
    let received = delivery::receive_from(gateway.city(), &caller, gateway.now(), &entry, sent).await?;
    let view = delivery::show_to(gateway.city(), &caller, &received.id).await?;
    let mut answer = shown(&view);
    answer["repeated"] = received.is_repeat.into();
    let status = if received.is_repeat {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let mut response = value_response(status, &answer);
    if let Ok(at) = HeaderValue::from_str(&format!("/api/v1/deliveries/{}", received.id)) {
        response.headers_mut().insert(header::LOCATION, at);
    }
    Ok(response)
}

pub(crate) async fn show(
    State(gateway): State<Gateway>,
    At(id): At<DeliveryId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let view = delivery::show_to(gateway.city(), &caller, &id).await?;
    Ok(value_response(StatusCode::OK, &shown(&view)))
}

pub(crate) async fn refusals(
    State(gateway): State<Gateway>,
    At(id): At<DeliveryId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let file = delivery::refusals_to(gateway.city(), &caller, &id).await?;
    let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(file), 128 << 10);
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"refusals.csv\""),
    );
    Ok(response)
}

/// Writes the body to a file that vanishes with this request; no more of it than the limit is ever read.
async fn spool(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<NamedTempFile, Failure> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|it| it > FILE_BYTES_MAX) {
        return Err(delivery::too_large().into());
    }
    let dir = delivery::spool_dir(gateway.city());
    let mut file = blocking(move || NamedTempFile::new_in(dir)).await?;
    let mut stream = body.into_data_stream();
    let (mut chunk, mut bytes) = (Vec::with_capacity(CHUNK_BYTES), 0u64);
    while let Some(part) = next(&mut stream).await? {
        bytes += part.len() as u64;
        if bytes > FILE_BYTES_MAX {
            return Err(delivery::too_large().into());
        }
        chunk.extend_from_slice(&part);
        if chunk.len() >= CHUNK_BYTES {
            (file, chunk) = match append(file, chunk).await {
                Ok(appended) => appended,
                Err(failure) => {
                    pass_over(&mut stream, FILE_BYTES_MAX - bytes).await;
                    return Err(failure);
                }
            };
        }
    }
    (file, _) = append(file, chunk).await?;
    if bytes == 0 {
        return Err(Failure::new(
            "empty-file",
            "",
            "请求正文为空。请将数据文件的内容放在请求正文中。",
        ));
    }
    Ok(file)
}

/// Reads on without keeping anything, so many bytes at most: a sender who is cut off in the middle of a file does not
/// hear why.
async fn pass_over(stream: &mut BodyDataStream, mut bytes_max: u64) {
    while let Ok(Some(part)) = next(stream).await {
        match bytes_max.checked_sub(part.len() as u64) {
            Some(rest) => bytes_max = rest,
            None => return,
        }
    }
}

/// The next part of the body; a sender that falls silent or goes away is told so.
async fn next(stream: &mut BodyDataStream) -> Result<Option<bytes::Bytes>, Failure> {
    match stream.next().await.transpose() {
        Ok(part) => Ok(part),
        Err(_) => Err(Failure::plain("interrupted")),
    }
}

async fn append(mut file: NamedTempFile, mut chunk: Vec<u8>) -> Result<(NamedTempFile, Vec<u8>), Failure> {
    blocking(move || {
        file.write_all(&chunk)?;
        chunk.clear();
        Ok((file, chunk))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(cause)) => Err(Refused::from(cause).into()),
        Err(cause) => Err(Refused::internal(cause).into()),
    }
}

/// A delivery as the API shows it.
fn shown(view: &DeliveryView) -> Value {
    let faults: serde_json::Map<String, Value> = view
        .by_fault
        .iter()
        .map(|(fault, rows)| (fault.name().to_owned(), json!(rows)))
        .collect();
    let scores: Vec<Value> = view
        .scores
        .iter()
        .map(|it| json!({ "dimension": it.dimension, "label": it.dimension.label(), "percent": it.percent(), "parts": it.parts }))
        .collect();
    let mut out = json!({
        "delivery": view.id,
        "entry": view.entry,
        "batch": view.batch,
        "kind": view.kind,
        "state": view.state,
        "state_label": view.state.label(),
        "file": view.file_name,
        "format": view.file_format,
        "sha256": view.sha256,
        "received_at": view.received_at,
        "finished_at": view.finished_at,
        "rows": view.rows,
        "accepted": view.accepted,
        "refused": view.refused,
        "by_fault": faults,
        "scores": scores,
        "data_version": view.data_version,
        "rows_after": view.rows_after,
    });
    if view.has_refusals {
        out["refusals"] = format!("/api/v1/deliveries/{}/refusals", view.id).into();
    }
    if !view.refusal_code.is_empty() {
        out["refusal"] = json!({ "code": view.refusal_code, "message": view.refusal_words });
    }
    if let Some(progress) = view.progress {
        out["progress"] = json!({
            "stage": progress.stage,
            "stage_label": progress.stage.label(),
            "percent": progress.percent(),
            "bytes_done": progress.bytes_done,
            "bytes_all": progress.bytes_all,
            "rows": progress.rows,
            "refused": progress.refused,
        });
    }
    out
}
