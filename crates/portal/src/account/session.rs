//! Who looks at an applicant's page: the session behind the cookie, and the cookie itself.

use app::{
    City,
    applicants::{self, Me},
};
use axum::{
    Form as Posted,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use web::{
    door::{self, Cookie},
    form::{CSRF, Fields},
    words,
};

use crate::{frame::Frame, problem::Problem, visit::Visit};

/// The applicant's first page.
const HOME: &str = "/open/account";

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
        if self.visit.place() != HOME {
            frame = frame.crumb(HOME, "我的申请");
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
            HOME
        };
        let outside = || Outside::SignIn(next.to_owned());
        let token = cookie(&visit).read(&parts.headers).ok_or_else(outside)?;
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
        if !door::is_same(&account.me.csrf, fields.get(CSRF)) {
            return Err(Problem::Foreign.into());
        }
        Ok(Sent { account, fields })
    }
}

/// The cookie of applicants.
pub fn cookie(visit: &Visit) -> Cookie {
    Cookie {
        plain: "yishu-applicant",
        secure: "__Host-yishu-applicant",
        is_secure: visit.origin.starts_with("https://"),
    }
}

/// Where to go after signing in: a page of the portal, or the list of applications.
pub fn local(next: &str) -> &str {
    let next = door::local(next, HOME);
    let is_ours = next.starts_with("/open/") || next.starts_with("/dataset/");
    if is_ours { next } else { HOME }
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
            assert_eq!(local(elsewhere), HOME);
        }
    }
}
