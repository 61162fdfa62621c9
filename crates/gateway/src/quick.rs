//! The short way to the calls that come by the thousand: queries and verifications, without looking for the route.
//!
//! The handlers are those of [`crate::ROUTES`]; only the way to them is shorter. What is not plainly one of the two
//! takes the ordinary way, and is answered or refused there.

use std::{future::Future, panic::AssertUnwindSafe};

use axum::{
    extract::{Request, State},
    http::Method,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use rules::{grant::Operation, ids::GrantId};

use crate::{CALLS, Gateway, answer, answer::At, calls};

/// What is called, as the address says.
pub struct Quick {
    grant: GrantId,
    operation: Operation,
}

impl Quick {
    /// A query or a verification; none where the request takes the ordinary way.
    pub fn of(request: &Request) -> Option<Quick> {
        if request.method() != Method::POST {
            return None;
        }
        let (grant, operation) = request.uri().path().strip_prefix(CALLS)?.split_once('/')?;
        // An address that has to be decoded first is none that we hand out.
        if grant.contains('%') {
            return None;
        }
        let operation = Operation::parse(operation)?;
        matches!(operation, Operation::Query | Operation::Verify).then(|| Quick {
            grant: GrantId::from(grant),
            operation,
        })
    }
}

impl Gateway {
    /// Answers `call`, which `request` asks for.
    pub fn answer(&self, call: Quick, request: Request) -> impl Future<Output = Response> + Send + use<> {
        let gateway = State(self.clone());
        let work = async move {
            let (parts, body) = request.into_parts();
            let answer = match call.operation {
                Operation::Verify => calls::verify(gateway, At(call.grant), parts.headers, body).await,
                _ => calls::query(gateway, At(call.grant), parts.headers, body).await,
            };
            answer.unwrap_or_else(IntoResponse::into_response)
        };
        AssertUnwindSafe(work)
            .catch_unwind()
            .map(|done| done.unwrap_or_else(answer::panicked))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_a_posted_query_or_verification_takes_the_short_way() {
        let quick = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(Body::empty());
            Quick::of(&request.unwrap()).map(|it| (it.grant.0, it.operation))
        };
        let grant = |operation| Some(("01J".to_owned(), operation));
        assert_eq!(quick("POST", "/api/v1/grants/01J/query"), grant(Operation::Query));
        assert_eq!(
            quick("POST", "/api/v1/grants/01J/verify?x=1"),
            grant(Operation::Verify)
        );
        for (method, path) in [
            ("GET", "/api/v1/grants/01J/query"),
            ("GET", "/api/v1/grants/01J/export"),
            ("POST", "/api/v1/grants/01J/export"),
            ("POST", "/api/v1/grants/01J/doubts"),
            ("POST", "/api/v1/grants/%30/query"),
            ("POST", "/api/v1/grants/01J/query/more"),
            ("POST", "/api/v1/entries/01J/query"),
        ] {
            assert_eq!(quick(method, path), None, "{method} {path}");
        }
    }
}
