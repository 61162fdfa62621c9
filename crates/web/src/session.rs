//! Who looks at the page: the session behind the cookie, and the cookie itself.

use app::{Ctx, people::Session};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use rules::permission::{self, Action};

use crate::{
    door::{self, Cookie},
    frame::Frame,
    problem::Problem,
};

/// Where a request came in: what the pages need of its address.
#[derive(Clone, Debug, Default)]
pub struct Address {
    /// The path and query that was asked for.
    pub path: String,
    /// Whether the browser speaks https, to this server or to the proxy before it.
    pub is_secure: bool,
    /// The host that the browser asked, for commands to copy.
    pub host: String,
}

impl Address {
    /// Reads it from the head of a request.
    pub fn of(parts_path: &str, headers: &HeaderMap) -> Address {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|it| it.to_str().ok())
                .unwrap_or_default()
        };
        Address {
            path: parts_path.to_owned(),
            is_secure: text("x-forwarded-proto").eq_ignore_ascii_case("https"),
            host: text("host").to_owned(),
        }
    }

    /// The address of the server, such as `http://127.0.0.1:8080`.
    pub fn origin(&self) -> String {
        format!(
            "{}://{}",
            if self.is_secure { "https" } else { "http" },
            self.host
        )
    }

    /// The cookie of the city's own people.
    pub fn cookie(&self) -> Cookie {
        Cookie {
            plain: "yishu",
            secure: "__Host-yishu",
            is_secure: self.is_secure,
        }
    }
}

/// The signed-in person, for handlers.
#[derive(Clone, Debug)]
pub struct Me {
    /// Who, and when.
    pub ctx: Ctx,
    /// Whether the first password must be changed before anything else.
    pub must_change_password: bool,
    /// Where the request came in.
    pub address: Address,
    /// How many notices have not been opened.
    pub unread: u64,
    token: String,
    csrf: String,
}

impl Me {
    /// A session that was found.
    pub fn new(session: Session, token: String, now: jiff::Timestamp, address: Address) -> Me {
        Me {
            ctx: Ctx {
                actor: session.actor,
                now,
            },
            must_change_password: session.must_change_password,
            address,
            unread: 0,
            token,
            csrf: session.csrf,
        }
    }

    /// With the number of notices that have not been opened.
    #[must_use]
    pub fn with_unread(self, unread: u64) -> Me {
        Me { unread, ..self }
    }

    /// The form token that every posted form of this session carries.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// The session's token, to end it or to spare it when the others end.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether this person is charged with `action` for something at least. What may be done to the thing at hand
    /// `app` decides; this only spares people doors that never open for them.
    pub fn could(&self, action: Action) -> bool {
        permission::could(&self.ctx.actor, action)
    }

    /// The frame of a page called `title`.
    pub fn frame(&self, title: impl Into<String>) -> Frame {
        Frame::signed_in(self, title.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Me, Problem> {
        match parts.extensions.get::<Me>() {
            Some(me) if me.must_change_password && !free_before_change(parts.uri.path()) => {
                Err(Problem::ChangePassword)
            }
            Some(me) => Ok(me.clone()),
            // After signing in a page is shown again; a post is not repeated, but its form is at hand.
            None if parts.method == axum::http::Method::GET => Err(Problem::SignIn(
                parts
                    .uri
                    .path_and_query()
                    .map_or("/", |it| it.as_str())
                    .to_owned(),
            )),
            None => Err(Problem::Lost(form_page(&parts.headers).unwrap_or("/").to_owned())),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Me {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Me>, Self::Rejection> {
        Ok(parts.extensions.get::<Me>().cloned())
    }
}

/// The page of this server whose form was posted.
fn form_page(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let address = text(header::REFERER)?.split_once("://")?.1;
    let at = address.find('/')?;
    (Some(&address[..at]) == text(header::HOST)).then_some(&address[at..])
}

/// What a person may open whose first password is not yet changed.
fn free_before_change(path: &str) -> bool {
    matches!(path, "/password" | "/sign-out")
}

/// Where to go after signing in: a path of this server, or the to-do list.
pub fn local(next: &str) -> &str {
    door::local(next, "/")
}
