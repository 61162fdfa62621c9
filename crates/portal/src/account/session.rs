//! Who looks at an applicant's page: the session behind the cookie, and the cookie itself.

use app::{
    City,
    applicants::{self, Me},
};
use axum::{
    Form as Posted,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use web::{form::Fields, words};

use crate::{frame::Frame, problem::Problem, visit::Visit};

/// The hidden field that carries the session's form token.
pub const CSRF: &str = "csrf";

/// Where one signs in.
const SIGN_IN: &str = "/open/account/sign-in";

/// The signed-in applicant, for handlers.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub me: Me,
    /// The request.
    pub visit: Visit,
    /// The session's token, to end it or to spare it when the others end.
    pub token: String,
}

impl Account {
    /// The frame of a page called `title`, below 我的申请.
    pub fn frame(&self, title: impl Into<String>) -> Frame {
        let mut frame = Frame::new(&self.visit, title).crumb("/open", "首页");
        if self.visit.place() != "/open/account" {
            frame = frame.crumb("/open/account", "我的申请");
        }
        frame.applicant = Some(self.me.shown.clone());
        frame
    }
}

/// Why there is no applicant: he has yet to sign in, or something went wrong.
pub enum Outside {
    /// To the sign-in page, and back to this path.
    SignIn(String),
    /// A problem with its page.
    Problem(Problem),
}

impl IntoResponse for Outside {
    fn into_response(self) -> Response {
        match self {
            Outside::SignIn(next) => {
                Redirect::to(&format!("{SIGN_IN}?next={}", words::encoded(&next))).into_response()
            }
            Outside::Problem(problem) => problem.into_response(),
        }
    }
}

impl<E: Into<Problem>> From<E> for Outside {
    fn from(problem: E) -> Outside {
        Outside::Problem(problem.into())
    }
}

impl FromRequestParts<City> for Account {
    type Rejection = Outside;

    async fn from_request_parts(parts: &mut Parts, city: &City) -> Result<Account, Outside> {
        let visit = Visit::from_request_parts(parts, city).await?;
        // A post is not repeated after signing in; the page it came from is not known here.
        let next = if parts.method == Method::GET {
            visit.path.as_str()
        } else {
            "/open/account"
        };
        let outside = || Outside::SignIn(next.to_owned());
        let token = token(&parts.headers, &visit).ok_or_else(outside)?;
        let me = applicants::session(city, &token, visit.now)
            .await?
            .ok_or_else(outside)?;
        Ok(Account { me, visit, token })
    }
}

/// An applicant with the form that a page of his own session sent.
pub struct Sent {
    /// Who.
    pub account: Account,
    /// What was typed.
    pub fields: Fields,
}

impl FromRequest<City> for Sent {
    type Rejection = Outside;

    async fn from_request(request: Request, city: &City) -> Result<Sent, Outside> {
        let (mut parts, body) = request.into_parts();
        let account = Account::from_request_parts(&mut parts, city).await?;
        let request = Request::from_parts(parts, body);
        let fields = match Posted::<Vec<(String, String)>>::from_request(request, city).await {
            Ok(Posted(fields)) => Fields::from(fields),
            Err(_) => {
                return Err(
                    Problem::BadRequest("表单内容无法识别。请返回上一页重新提交。".to_owned()).into(),
                );
            }
        };
        if !is_same(&account.me.csrf, fields.get(CSRF)) {
            return Err(Problem::Foreign.into());
        }
        Ok(Sent { account, fields })
    }
}

/// Whether two tokens are one; every byte is looked at, so that the time taken tells nothing.
fn is_same(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (ours.as_bytes(), theirs.as_bytes());
    let differing = ours
        .iter()
        .zip(theirs)
        .fold(ours.len() ^ theirs.len(), |all, (a, b)| all | usize::from(a ^ b));
    differing == 0
}

/// The cookie's name: over https one that no other host can have set.
fn cookie(visit: &Visit) -> &'static str {
    if visit.origin.starts_with("https://") {
        "__Host-yishu-applicant"
    } else {
        "yishu-applicant"
    }
}

fn token(headers: &HeaderMap, visit: &Visit) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok());
    cookies
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find(|(name, value)| *name == cookie(visit) && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// The header that gives the browser its session; an empty token takes it away.
pub fn set_cookie(visit: &Visit, token: &str) -> HeaderValue {
    let secure = if visit.origin.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let age = if token.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!(
        "{}={token}; HttpOnly; SameSite=Lax; Path=/{secure}{age}",
        cookie(visit)
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Where to go after signing in: a page of the portal, or the list of applications.
pub fn local(next: &str) -> &str {
    let is_plain = !next.contains(['\\', '\r', '\n']) && !next.starts_with("//");
    let is_ours = next.starts_with("/open/") || next.starts_with("/dataset/");
    if is_plain && is_ours {
        next
    } else {
        "/open/account"
    }
}

/// The same answer, kept by nobody: it shows what is the applicant's alone.
pub fn private(mut response: Response) -> Response {
    let none = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, none);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_another_server() {
        assert_eq!(
            local("/open/account/apply?dataset=a"),
            "/open/account/apply?dataset=a"
        );
        for elsewhere in [
            "https://example.org",
            "//example.org",
            "/\\example.org",
            "",
            "/open\\x",
            "/sign-in",
        ] {
            assert_eq!(local(elsewhere), "/open/account");
        }
    }

    #[test]
    fn a_token_is_the_same_or_it_is_not() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!is_same("abc", other));
        }
    }
}
