//! What the inner pages and the public ones do alike with whoever comes to the door: cookies, posts made by other
//! sites, the way on after signing in, the headers of every answer.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer says, so that a browser does nothing with it but show it.
pub const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Whether a request was refused before its handler saw it, in the English words of the framework.
pub fn is_unread(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_some_and(|it| it.as_bytes().starts_with(b"text/plain"));
    is_plain && response.status() == StatusCode::BAD_REQUEST
}

/// The cookie that carries a session's token.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    /// Its name over a plain connection.
    pub plain: &'static str,
    /// Its name over https: one that no other host can have set.
    pub secure: &'static str,
    /// Whether the browser speaks https, to this server or to the proxy before it.
    pub is_secure: bool,
}

impl Cookie {
    fn name(&self) -> &'static str {
        if self.is_secure { self.secure } else { self.plain }
    }

    /// The token that the browser sent.
    pub fn read(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).iter();
        cookies
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(';'))
            .filter_map(|it| it.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    /// The header that gives the browser its session; an empty token takes it away.
    pub fn set(&self, token: &str) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let age = if token.is_empty() { "; Max-Age=0" } else { "" };
        let name = self.name();
        let cookie = format!("{name}={token}; HttpOnly; SameSite=Lax; Path=/{secure}{age}");
        HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Where to go after signing in: a path of this server, or `home`.
pub fn local<'a>(next: &'a str, home: &'a str) -> &'a str {
    let is_local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if is_local { next } else { home }
}

/// Whether a post was made by a page of another site. Forms carry a token besides; this covers signing in too.
pub fn is_foreign_post(method: &Method, headers: &HeaderMap) -> bool {
    if method != Method::POST {
        return false;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return false,
        Some(_) => return true,
        None => {}
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, it)| it != host),
        _ => false,
    }
}

/// Whether two form tokens are one; every byte is looked at, so that the time taken tells nothing.
pub fn is_same(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (ours.as_bytes(), theirs.as_bytes());
    let differing = ours
        .iter()
        .zip(theirs)
        .fold(ours.len() ^ theirs.len(), |all, (a, b)| all | usize::from(a ^ b));
    differing == 0
}

/// A number that a person can read out on the telephone and the log can be searched for.
pub fn reference() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static SEED: OnceLock<RandomState> = OnceLock::new();
    let mut hasher = SEED.get_or_init(RandomState::new).build_hasher();
    hasher.write_u64(NEXT.fetch_add(1, Ordering::Relaxed));
    let letters = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let hash = hasher.finish();
    (0..10)
        .map(|i| letters[(hash >> (i * 5)) as usize & 31] as char)
        .collect()
}

/// What a handler that panicked said, for the log.
pub fn panic_words(cause: &(dyn std::any::Any + Send)) -> String {
    let words = cause.downcast_ref::<String>().cloned();
    let words = words.or_else(|| cause.downcast_ref::<&str>().map(|it| (*it).to_owned()));
    format!("panic: {}", words.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_another_server() {
        assert_eq!(local("/entries?q=a", "/"), "/entries?q=a");
        for elsewhere in ["https://example.org", "//example.org", "/\\example.org", ""] {
            assert_eq!(local(elsewhere, "/home"), "/home");
        }
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_over_https() {
        let cookie = |is_secure| Cookie {
            plain: "yishu",
            secure: "__Host-yishu",
            is_secure,
        };
        assert_eq!(cookie(false).set("t"), "yishu=t; HttpOnly; SameSite=Lax; Path=/");
        assert_eq!(
            cookie(true).set("t"),
            "__Host-yishu=t; HttpOnly; SameSite=Lax; Path=/; Secure"
        );
        let sent = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("a=b; yishu=t"))]);
        assert_eq!(cookie(false).read(&sent).as_deref(), Some("t"));
        assert_eq!(cookie(true).read(&sent), None);
    }

    #[test]
    fn a_post_from_another_site_is_turned_away() {
        let post = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)));
            is_foreign_post(&Method::POST, &pairs.collect())
        };
        assert!(post(&[
            ("origin", "https://evil.example"),
            ("host", "city.example")
        ]));
        assert!(post(&[("sec-fetch-site", "cross-site")]));
        assert!(post(&[("sec-fetch-site", "same-site")]));
        assert!(post(&[("origin", "null"), ("host", "city.example")]));
        assert!(!post(&[
            ("origin", "https://city.example"),
            ("host", "city.example")
        ]));
        assert!(!post(&[("sec-fetch-site", "same-origin")]));
        assert!(!post(&[]));
    }

    #[test]
    fn a_token_is_the_same_or_it_is_not() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!is_same("abc", other));
        }
    }

    #[test]
    fn no_two_requests_have_the_same_number() {
        let ids: std::collections::HashSet<String> = (0..1000).map(|_| reference()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
