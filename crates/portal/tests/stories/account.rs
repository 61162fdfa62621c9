//! The applicants' pages over a real city (art. 26, art. 33): register, apply, agree, call, look at what is kept, leave.

use app::{
    cases::{self, Answers},
    opening,
    testing::{TestCity, on_both_engines, townships},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use rules::{
    catalogue::{Content, OpenKind},
    ids::{CaseId, EntryId},
};
use store::Engine;
use tower::ServiceExt;

const EMAIL: &str = "tang.xf@example.org";
const PASSWORD: &str = "Lingling-2026";
const IDENTITY: &str = "431102198001010012";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    html: String,
}

impl Answer {
    fn place(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The value of the hidden field `name`.
    fn hidden(&self, name: &str) -> String {
        let field = format!("name=\"{name}\" value=\"");
        let at = self
            .html
            .find(&field)
            .unwrap_or_else(|| panic!("no {name} in {}", self.html))
            + field.len();
        self.html[at..].split('"').next().unwrap().to_owned()
    }
}

/// A browser without scripts.
struct Browser {
    city: TestCity,
    pages: Router,
    cookie: String,
}

impl Browser {
    fn of(city: TestCity) -> Browser {
        let pages = portal::router(city.city.clone());
        Browser {
            city,
            pages,
            cookie: String::new(),
        }
    }

    async fn fresh() -> Browser {
        Browser::of(TestCity::on(Engine::Sqlite).await)
    }

    async fn ask(&mut self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap();
        if let Some(cookie) = head.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                "{cookie}"
            );
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        Answer {
            status: head.status,
            headers: head.headers,
            html: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::HOST, "data.example")
            .header(header::COOKIE, &self.cookie);
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields
            .iter()
            .map(|(k, v)| format!("{k}={}", web::words::encoded(v)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header(header::HOST, "data.example")
            .header(header::ORIGIN, "http://data.example")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    async fn registered(&mut self) {
        let form = self.get("/open/account/register").await.hidden("form");
        let sent = self
            .post("/open/account/register", &registration(&form, EMAIL))
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
        let sent = self
            .post(
                "/open/account/sign-in",
                &[("email", EMAIL), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(sent.place(), "/open/account", "{}", sent.html);
    }

    async fn conditional(&self) -> (EntryId, String) {
        let content = Content {
            title: "乡镇办事窗口".to_owned(),
            open: OpenKind::Conditional,
            open_conditions: "仅限研究使用。".to_owned(),
            ..townships()
        };
        let entry = self.city.published(content).await;
        opening::publish_list(
            &self.city.city,
            &self.city.ctx("civil.head"),
            OpenKind::Conditional,
        )
        .await
        .unwrap();
        let set = app::portal::dataset(&self.city.city, entry.as_str())
            .await
            .unwrap();
        (entry, set.card.name)
    }
}

#[tokio::test]
async fn a_stranger_is_led_to_the_door_and_back_to_where_he_wanted() {
    let mut browser = Browser::fresh().await;
    let led = browser.get("/open/account/data").await;
    assert_eq!(led.place(), "/open/account/sign-in?next=%2Fopen%2Faccount%2Fdata");
    let door = browser.get(led.place()).await;
    assert_eq!(door.hidden("next"), "/open/account/data");
    let foreign = browser.post("/open/account/data/export", &[("csrf", "x")]).await;
    assert_eq!(foreign.status, StatusCode::SEE_OTHER);
}

/// What the registration form sends.
fn registration<'a>(form: &'a str, email: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("form", form),
        ("kind", "person"),
        ("name", "唐小芳"),
        ("identity", IDENTITY),
        ("phone", "13907460001"),
        ("email", email),
        ("password", PASSWORD),
        ("consents", "1"),
    ]
}

#[tokio::test]
async fn a_form_that_lay_open_during_a_restart_is_taken_and_that_of_another_city_is_not() {
    let mut browser = Browser::fresh().await;
    let form = browser.get("/open/account/register").await.hidden("form");
    let Browser { city, pages, cookie } = browser;
    drop(pages);
    let city = city.restart().await;
    let mut browser = Browser {
        pages: portal::router(city.city.clone()),
        city,
        cookie,
    };
    let sent = browser
        .post("/open/account/register", &registration(&form, EMAIL))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    let mut elsewhere = Browser::fresh().await;
    let sent = elsewhere
        .post("/open/account/register", &registration(&form, EMAIL))
        .await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn yongzhou_art33_what_is_typed_wrong_is_shown_again_and_the_password_is_not() {
    on_both_engines(async |city| {
        let mut browser = Browser::of(city);
        let form = browser.get("/open/account/register").await;
        assert!(form.html.contains("收集目的") && form.html.contains("您的权利"));
        let fields = [
            ("form", form.hidden("form")),
            ("kind", "person".to_owned()),
            ("name", "唐小芳".to_owned()),
            ("identity", "1234".to_owned()),
            ("password", PASSWORD.to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let again = browser.post("/open/account/register", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.html.contains("唐小芳") && again.html.contains("公民身份号码不正确"));
        assert!(!again.html.contains(PASSWORD));
        assert_eq!(again.headers[header::CACHE_CONTROL], "private, no-store");
    })
    .await;
}

/// Asks for the set called `name`, checks and confirms; where the application is.
async fn asked(browser: &mut Browser, name: &str) -> String {
    let form = browser.get(&format!("/open/account/apply/{name}")).await;
    assert!(form.html.contains("乡镇办事窗口"), "{}", form.html);
    let csrf = form.hidden("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("dataset", name),
        ("field", "service"),
        ("purpose", "研究办事窗口布局。"),
        ("safeguards", "内网存放，专人保管。"),
        ("frequency", "每周一次"),
        ("items", "code"),
        ("items", "name"),
        ("calls_per_day", "5"),
        ("months", "6"),
    ];
    let forged = browser.post("/open/account/apply", &fields[1..]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let check = browser.post("/open/account/apply", &fields).await;
    assert!(
        check.html.contains("核对申请") && check.html.contains("研究办事窗口布局"),
        "{}",
        check.html
    );
    let sent = browser.post("/open/account/apply/confirm", &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    let place = sent.place().to_owned();
    assert!(browser.get(&place).await.html.contains("撤回申请"));
    place
}

#[tokio::test]
async fn yongzhou_art26_an_applicant_asks_checks_confirms_and_gets_an_agreement_with_a_key_shown_once() {
    on_both_engines(async |city| {
        let mut browser = Browser::of(city);
        let (_, name) = browser.conditional().await;
        browser.registered().await;
        let place = asked(&mut browser, &name).await;
        let case = CaseId::from(place.rsplit('/').next().unwrap());
        let head = browser.city.ctx("civil.head");
        let city = browser.city.city.clone();
        let view = cases::show(&city, &head, &case).await.unwrap();
        let answers = Answers {
            terms: view.terms,
            ..Answers::default()
        };
        let answers = answers.with("conditions", "不得转让。").with("words", "同意。");
        cases::act(&city, &head, &case, view.revision, "agree", answers)
            .await
            .unwrap();
        let page = browser.get(&place).await;
        let at = page.html.find("/open/account/agreements/").unwrap();
        let href = page.html[at..].split('"').next().unwrap().to_owned();
        let page = browser.get(&href).await;
        let (csrf, revision) = (page.hidden("csrf"), page.hidden("revision"));
        let fields = [("csrf", csrf.as_str()), ("revision", revision.as_str())];
        let accepted = browser.post(&format!("{href}/accept"), &fields).await;
        let at = accepted.html.find("ya_").expect("the key is shown");
        let key = accepted.html[at..].split('<').next().unwrap().to_owned();
        assert!(!browser.get(&href).await.html.contains(&key));
        let call = Request::post(format!(
            "/api/open/v1{}/query",
            href.strip_prefix("/open/account").unwrap()
        ))
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::from("{}"))
        .unwrap();
        let answer = browser.ask(call).await;
        let page = browser.get(&href).await;
        assert!(page.html.contains("唐小芳") && page.html.contains("提前终止协议"));
        let at = page.html.find("/keys/").expect("the key can be stopped");
        let stop = page.html[..at].rfind('"').unwrap() + 1;
        let stop = page.html[stop..].split('"').next().unwrap().to_owned();
        let confirm = browser.get(&stop).await;
        assert!(confirm.html.contains("不能恢复"), "{}", confirm.html);
        // No release yet: refused, and that too is evidence.
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.html);
        assert!(answer.html.contains("no-data") && answer.headers.contains_key("x-yishu-evidence"));
        let fields = [("csrf", csrf.as_str()), ("revision", "")];
        assert_eq!(browser.post(&stop, &fields).await.place(), href);
        assert!(!browser.get(&href).await.html.contains("/keys/"));
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_an_applicant_sees_exports_and_erases_what_is_kept() {
    on_both_engines(async |city| {
        let mut browser = Browser::of(city);
        browser.registered().await;
        let data = browser.get("/open/account/data").await;
        assert!(data.html.contains(IDENTITY) && data.html.contains("谁查看过"));
        assert_eq!(data.headers[header::CACHE_CONTROL], "private, no-store");
        let csrf = data.hidden("csrf");
        let file = browser
            .post("/open/account/data/export", &[("csrf", &csrf)])
            .await;
        assert!(file.html.contains(IDENTITY));
        assert!(
            file.headers[header::CONTENT_DISPOSITION]
                .to_str()
                .unwrap()
                .contains("attachment")
        );
        let wrong = browser
            .post(
                "/open/account/data/erase",
                &[("csrf", &csrf), ("password", "Wrong-2026x")],
            )
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let gone = browser
            .post(
                "/open/account/data/erase",
                &[("csrf", &csrf), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(gone.place(), "/open/account/sign-in?done=erased");
        assert!(
            browser
                .get("/open/account")
                .await
                .place()
                .starts_with("/open/account/sign-in")
        );
        let again = browser
            .post(
                "/open/account/sign-in",
                &[("email", EMAIL), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn every_page_of_an_applicant_opens() {
    let mut browser = Browser::fresh().await;
    browser.registered().await;
    for path in [
        "/open/account",
        "/open/account/data",
        "/open/account/data/change",
        "/open/account/data/password",
        "/open/account/data/erase",
        "/open/account/products",
        "/open/account/products/new",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.html.contains("唐**"), "{path}");
    }
    let form = browser.get("/open/account/products/new").await;
    let csrf = form.hidden("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "地图"),
        ("summary", "说明"),
        ("byline", "某某"),
        ("sources.0.set", ""),
        ("sources.0.day", ""),
        ("sources.1.set", "没有日期"),
        ("sources.1.day", ""),
    ];
    let wrong = browser.post("/open/account/products/new", &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("请填写获取日期"));
    let more = [&fields[..], &[("more", "1")]].concat();
    let more = browser.post("/open/account/products/new", &more).await;
    assert_eq!(more.status, StatusCode::OK);
    assert!(more.html.contains("sources.5.set") && more.html.contains("没有日期"));
    let out = browser.post("/open/account/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(out.place(), "/open/account/sign-in?done=out");
}
