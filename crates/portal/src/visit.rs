//! A request of somebody who is not known: when it came, to which address, from where.

use std::net::IpAddr;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use jiff::{Timestamp, civil::Date};

/// What handlers may know of a request.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When it came in.
    pub now: Timestamp,
    /// The path with its query, as it was asked for.
    pub path: String,
    /// Scheme and host as the visitor writes them, such as `https://data.example.gov.cn`; permanent links begin so.
    pub origin: String,
    /// Where it came from, where that is known; used for limits, never stored or logged.
    pub address: Option<IpAddr>,
    /// The number of the request, as error pages show it.
    pub reference: String,
}

impl Visit {
    /// Reads it from a request that came in `now` over a connection from `peer`.
    pub(crate) fn of(request: &Request, now: Timestamp, peer: Option<IpAddr>, reference: String) -> Visit {
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
        Visit {
            now,
            path: path.to_owned(),
            origin: origin(request.headers()),
            address: address(request.headers(), peer),
            reference,
        }
    }

    /// The day in the city.
    pub fn today(&self) -> Date {
        rules::calendar::today(self.now)
    }

    /// The path without its query.
    pub fn place(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The scheme and host by which the visitor reached the city.
fn origin(headers: &HeaderMap) -> String {
    let is_secure = text(headers, HeaderName::from_static("x-forwarded-proto"))
        .is_some_and(|it| it.eq_ignore_ascii_case("https"));
    let scheme = if is_secure { "https" } else { "http" };
    let is_plain = |it: &&str| {
        it.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
    };
    let host = text(headers, header::HOST)
        .filter(is_plain)
        .unwrap_or("localhost");
    format!("{scheme}://{host}")
}

/// The visitor's address. What a proxy says counts only where the proxy is a machine of our own.
fn address(headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
    let is_ours = match peer {
        Some(IpAddr::V4(it)) => it.is_loopback() || it.is_private(),
        Some(IpAddr::V6(it)) => it.is_loopback() || it.is_unique_local(),
        None => false,
    };
    let said = text(headers, HeaderName::from_static("x-forwarded-for"))
        .and_then(|it| it.rsplit(',').next())
        .and_then(|it| it.trim().parse().ok());
    if is_ours { said.or(peer) } else { peer }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = crate::problem::Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Self::Rejection> {
        let visit = parts.extensions.get::<Visit>().cloned();
        visit.ok_or_else(|| crate::problem::Problem::Internal("a request without its edge".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), v.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn what_a_proxy_says_of_the_visitor_counts_only_where_the_proxy_is_ours() {
        let said = headers(&[("x-forwarded-for", "198.51.100.9, 203.0.113.7")]);
        let from = |peer: &str| address(&said, peer.parse().ok()).map(|it| it.to_string());
        assert_eq!(from("127.0.0.1").as_deref(), Some("203.0.113.7"));
        assert_eq!(from("192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(from(""), None);
    }

    #[test]
    fn links_begin_with_the_host_that_was_asked_and_never_with_markup() {
        assert_eq!(
            origin(&headers(&[
                ("host", "data.example:8443"),
                ("x-forwarded-proto", "https")
            ])),
            "https://data.example:8443"
        );
        assert_eq!(origin(&headers(&[("host", "a\"><b")])), "http://localhost");
    }
}
