//! Documents are not sent twice: each says its digest, and who has it already is told so (art. 24).

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use sha2::{Digest, Sha256};

/// Puts the tag on what a GET is answered with.
pub(crate) async fn documents(request: Request, next: Next) -> Response {
    // What answers a HEAD has no body left to be told by.
    if *request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = asked(request.headers());
    tagged(next.run(request).await, known).await
}

/// The tags of what the client has.
pub(crate) fn asked(headers: &HeaderMap) -> Option<IfNoneMatch> {
    headers.typed_get()
}

/// A whole document with its tag, or that the client has it. What is streamed, and what has a tag, stays as it is.
pub(crate) async fn tagged(response: Response, known: Option<IfNoneMatch>) -> Response {
    let is_whole = response.status() == StatusCode::OK
        && response.body().size_hint().exact().is_some()
        && !response.headers().contains_key(header::ETAG);
    if !is_whole {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    // Weak: the bytes differ when they are compressed on their way.
    let digest = hex::encode(&Sha256::digest(&bytes)[..16]);
    let Ok(tag) = format!("W/\"{digest}\"").parse::<ETag>() else {
        return Response::from_parts(head, bytes.into());
    };
    if known.is_some_and(|it| !it.precondition_passes(&tag)) {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(header::CONTENT_TYPE);
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers.typed_insert(tag);
        return Response::from_parts(head, Body::empty());
    }
    head.headers.typed_insert(tag);
    Response::from_parts(head, bytes.into())
}
