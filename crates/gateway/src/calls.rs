//! The three operations of a grant: query, verify, export.

use std::{
    future::Future,
    sync::LazyLock,
    time::{Duration, Instant},
};

use app::calls::{self, Answer, CallError, Caller, ExportAsk};
use axum::{
    body::{Body, to_bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use metrics::{Counter, Histogram};
use rules::{grant::Operation, ids::GrantId};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use crate::{
    Gateway,
    answer::{At, EVIDENCE, Failure, SALT, json_response, response},
};

/// Bytes of a request body at most; a thousand conditions fit.
pub(crate) const BODY_BYTES_MAX: usize = 256 << 10;

/// The header that says how many rows of an export are marked as doubted; absent where none is.
const MARKED: &str = "x-yishu-marked-rows";

/// The longest a page or a verification may take.
const CALL_TIME_MAX: Duration = Duration::from_secs(30);

/// The longest the preparation of an exported file may take.
const EXPORT_TIME_MAX: Duration = Duration::from_secs(30 * 60);

/// Who calls, from the `Authorization` header.
pub(crate) async fn caller(gateway: &Gateway, headers: &HeaderMap) -> Result<Caller, Failure> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let key = shown.and_then(|it| it.strip_prefix("Bearer ")).map(str::trim);
    Ok(calls::authenticate(gateway.city(), key, gateway.now()).await?)
}

pub(crate) async fn query(
    State(gateway): State<Gateway>,
    At(grant): At<GrantId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let body = read(&gateway, &caller, &grant, Operation::Query, body).await?;
    let answer = calls::query(gateway.city(), &caller, &grant, &body, gateway.now());
    respond(Operation::Query, CALL_TIME_MAX, answer).await
}

pub(crate) async fn verify(
    State(gateway): State<Gateway>,
    At(grant): At<GrantId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let body = read(&gateway, &caller, &grant, Operation::Verify, body).await?;
    let answer = calls::verify(gateway.city(), &caller, &grant, &body, gateway.now());
    respond(Operation::Verify, CALL_TIME_MAX, answer).await
}

/// What an export asks for, in the address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportQuery {
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    matter: String,
    /// Item names with commas between.
    #[serde(default)]
    items: String,
    /// `1` for a byte order mark.
    #[serde(default)]
    bom: String,
}

pub(crate) async fn export(
    State(gateway): State<Gateway>,
    At(grant): At<GrantId>,
    asked: Result<Query<ExportQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = caller(&gateway, &headers).await?;
    let Ok(Query(asked)) = asked else {
        let words = "地址中的参数有误：只接受 purpose、matter、items、bom。";
        return Err(refused(&gateway, &caller, &grant, Operation::Export, words).await);
    };
    let ask = ExportAsk {
        purpose: asked.purpose,
        matter: asked.matter,
        items: asked
            .items
            .split(',')
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        with_bom: asked.bom == "1",
    };
    let work = calls::export(gateway.city(), &caller, &grant, &ask, gateway.now());
    let file = within(Operation::Export, EXPORT_TIME_MAX, work).await?;
    let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(file.file), 128 << 10);
    let kind = "text/csv; charset=utf-8; header=present";
    let mut response = response(kind, Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.bytes));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"export.csv\""),
    );
    let digest = format!("sha-256=:{}:", STANDARD.encode(file.sha256));
    insert(headers, "repr-digest", &digest);
    headers.insert("x-yishu-rows", HeaderValue::from(file.rows));
    if file.marked > 0 {
        headers.insert(MARKED, HeaderValue::from(file.marked));
    }
    headers.insert(EVIDENCE, HeaderValue::from(file.evidence));
    insert(headers, SALT, &file.salt);
    Ok(response)
}

/// The request's body; one that is too long is refused, with evidence like every other call.
async fn read(
    gateway: &Gateway,
    caller: &Caller,
    grant: &GrantId,
    operation: Operation,
    body: Body,
) -> Result<bytes::Bytes, Failure> {
    match tokio::time::timeout(CALL_TIME_MAX, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(body)) => Ok(body),
        _ => {
            let words = format!(
                "请求正文未能读完，或超过 {} KiB。请缩短后重试。",
                BODY_BYTES_MAX >> 10
            );
            Err(refused(gateway, caller, grant, operation, &words).await)
        }
    }
}

async fn refused(
    gateway: &Gateway,
    caller: &Caller,
    grant: &GrantId,
    operation: Operation,
    words: &str,
) -> Failure {
    let error = calls::unreadable(gateway.city(), caller, grant, operation, words, gateway.now()).await;
    count(operation, error.code);
    error.into()
}

async fn respond(
    operation: Operation,
    longest: Duration,
    answer: impl Future<Output = Result<Answer, CallError>>,
) -> Result<Response, Failure> {
    let answer = within(operation, longest, answer).await?;
    let mut response = json_response(answer.body);
    response
        .headers_mut()
        .insert(EVIDENCE, HeaderValue::from(answer.evidence));
    insert(response.headers_mut(), SALT, &answer.salt);
    Ok(response)
}

async fn within<T>(
    operation: Operation,
    longest: Duration,
    work: impl Future<Output = Result<T, CallError>>,
) -> Result<T, Failure> {
    let began = Instant::now();
    let done = tokio::time::timeout(longest, work).await;
    meter(operation).seconds.record(began.elapsed());
    match done {
        Ok(Ok(done)) => {
            meter(operation).answered.increment(1);
            Ok(done)
        }
        Ok(Err(error)) => {
            count(operation, error.code);
            Err(error.into())
        }
        Err(_) => {
            count(operation, "timeout");
            Err(Failure::plain("timeout"))
        }
    }
}

/// What is counted of every call. Looking a meter up by its name costs as much as half the reading of a row.
struct Meter {
    seconds: Histogram,
    answered: Counter,
}

static METERS: LazyLock<Vec<Meter>> = LazyLock::new(|| {
    let meter = |it: &Operation| Meter {
        seconds: metrics::histogram!("yishu_call_seconds", "operation" => it.name()),
        answered: counter(*it, calls::ANSWERED),
    };
    Operation::ALL.iter().map(meter).collect()
});

fn meter(operation: Operation) -> &'static Meter {
    let at = Operation::ALL.iter().position(|it| *it == operation);
    &METERS[at.expect("every operation is in the list of all")]
}

fn count(operation: Operation, outcome: &'static str) {
    counter(operation, outcome).increment(1);
}

fn counter(operation: Operation, outcome: &'static str) -> Counter {
    metrics::counter!("yishu_calls_total", "operation" => operation.name(), "outcome" => outcome)
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
