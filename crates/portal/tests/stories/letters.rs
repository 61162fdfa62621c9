//! An applicant's pages with letters that arrive (art. 33): the address is confirmed and a forgotten password set anew by
//! the links in them, and no page tells whether an address is registered.

use app::{
    letters,
    testing::{TestCity, on_both_engines},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use jiff::Timestamp;
use tower::ServiceExt;

use crate::post_office::{Mood, PostOffice};

const EMAIL: &str = "tang.xf@example.org";
const PASSWORD: &str = "Lingling-2026";
const NEW: &str = "Lengshuitan-2026";

#[expect(clippy::disallowed_methods, reason = "the pages live by the real clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

struct Answer {
    status: StatusCode,
    place: String,
    cookie: String,
    html: String,
}

struct Browser {
    city: TestCity,
    pages: Router,
    office: PostOffice,
}

impl Browser {
    fn of(city: TestCity) -> Browser {
        city.city.write_letters();
        Browser {
            pages: portal::router(city.city.clone()),
            city,
            office: PostOffice::open(Mood::Takes),
        }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap();
        let text = |name| {
            let value = head.headers.get(name);
            value.map_or("", |it| it.to_str().unwrap()).to_owned()
        };
        Answer {
            status: head.status,
            place: text(header::LOCATION),
            cookie: text(header::SET_COOKIE),
            html: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::HOST, "data.example");
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields
            .iter()
            .map(|(k, v)| format!("{k}={}", web::words::encoded(v)));
        let request = Request::post(path)
            .header(header::HOST, "data.example")
            .header(header::ORIGIN, "http://data.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(
            request
                .body(Body::from(pairs.collect::<Vec<_>>().join("&")))
                .unwrap(),
        )
        .await
    }

    /// Sends the form at `path` with its own token.
    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(path).await.html;
        let token = web::testing::values(&page, "name=\"form\" value=\"")
            .next()
            .unwrap();
        let mut all = vec![("form", token)];
        all.extend(fields);
        self.post(path, &all).await
    }

    async fn register(&self, email: &str) -> Answer {
        let fields = [
            ("kind", "person"),
            ("name", "唐小芳"),
            ("identity", "431102198001010012"),
            ("phone", "13907460001"),
            ("email", email),
            ("password", PASSWORD),
            ("consents", "1"),
        ];
        self.send("/open/account/register", &fields).await
    }

    /// The path of the link in the newest letter.
    async fn link(&self) -> String {
        letters::send_due(&self.city.city, &self.office.mailer(), now())
            .await
            .unwrap();
        let body = self.office.letters().last().unwrap().body();
        let at = body.find("/open/account/link/").unwrap();
        body[at..].split_whitespace().next().unwrap().to_owned()
    }

    async fn sign_in(&self, password: &str) -> Answer {
        let fields = [("email", EMAIL), ("password", password)];
        self.post("/open/account/sign-in", &fields).await
    }
}

#[tokio::test]
async fn yongzhou_art33_a_citizen_confirms_his_address_and_sets_a_forgotten_password_anew_by_letter() {
    on_both_engines(async |city| {
        let browser = Browser::of(city);
        let sent = browser.register(EMAIL).await;
        assert_eq!(
            sent.place, "/open/account/sign-in?done=registered",
            "{}",
            sent.html
        );
        assert!(browser.get(&sent.place).await.html.contains("请查收邮件"));
        let link = browser.link().await;
        let page = browser.get(&link).await;
        assert!(page.html.contains("确认邮箱并登录"), "{}", page.html);
        let wrong = browser.post(&link, &[("password", "Wrong-2026x")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let confirmed = browser.post(&link, &[("password", PASSWORD)]).await;
        assert_eq!(confirmed.place, "/open/account");
        assert!(confirmed.cookie.contains("HttpOnly"));
        assert_eq!(browser.get(&link).await.status, StatusCode::GONE);

        let sent = browser.send("/open/account/forgot", &[("email", EMAIL)]).await;
        assert_eq!(sent.place, "/open/account/sign-in?done=forgot", "{}", sent.html);
        let link = browser.link().await;
        let weak = browser.post(&link, &[("new", "short")]).await;
        assert!(weak.html.contains("密码至少"), "{}", weak.html);
        let reset = browser.post(&link, &[("new", NEW)]).await;
        assert_eq!(reset.place, "/open/account/sign-in?done=reset");
        assert_eq!(browser.sign_in(NEW).await.place, "/open/account");
        assert_eq!(
            browser.sign_in(PASSWORD).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_no_page_tells_whether_an_address_is_registered() {
    on_both_engines(async |city| {
        let browser = Browser::of(city);
        browser.register(EMAIL).await;
        let link = browser.link().await;
        browser.post(&link, &[("password", PASSWORD)]).await;
        for email in [EMAIL, "nobody@example.org"] {
            let sent = browser.register(email).await;
            assert_eq!(sent.place, "/open/account/sign-in?done=registered", "{email}");
            let sent = browser.send("/open/account/forgot", &[("email", email)]).await;
            assert_eq!(sent.place, "/open/account/sign-in?done=forgot", "{email}");
        }
        let tried = async |email: &str| {
            let fields = [("email", email), ("password", "Wrong-2026x")];
            let page = browser.post("/open/account/sign-in", &fields).await;
            (page.status, page.html.replace(email, ""))
        };
        assert_eq!(tried(EMAIL).await, tried("stranger@example.org").await);
    })
    .await;
}
