//! The public pages over a real city with an open set: what everybody sees, and what nobody does.

use std::{io::Write, time::Duration};

use app::{
    cases::{self, Answers},
    delivery, opening, portal as open,
    testing::{TestCity, on_both_engines, townships},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use rules::{
    catalogue::{Content, OpenKind},
    delivery::{BatchKind, BatchState},
    ids::EntryId,
    release::Plan,
};
use store::Engine;
use tower::ServiceExt;

const TOWNSHIPS: &str = "code,name,areaCode,cityCode\n\
    431102001000,徐家井街道,431102,431100\n\
    431103001000,梅湾街道,431103,431100\n\
    431103002000,菱角山街道,431103,431100\n";

/// A city with its public pages.
struct Portal {
    city: TestCity,
    pages: Router,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    html: String,
}

impl Portal {
    fn of(city: TestCity) -> Portal {
        let pages = portal::router(city.city.clone());
        Portal { city, pages }
    }

    async fn fresh() -> Portal {
        Portal::of(TestCity::on(Engine::Sqlite).await)
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            html: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let path = path.split('#').next().unwrap();
        let request = Request::get(path).header(header::HOST, "data.example");
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)], from: &str) -> Answer {
        let pairs = fields
            .iter()
            .map(|(k, v)| format!("{k}={}", web::words::encoded(v)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header(header::HOST, "data.example")
            .header(header::ORIGIN, from)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    /// A published entry with rows, which is not open yet.
    async fn shared(&self, title: &str) -> EntryId {
        let content = Content {
            title: title.to_owned(),
            open: OpenKind::Unconditional,
            ..townships()
        };
        let entry = self.city.published(content).await;
        let ctx = self.city.ctx("civil.engineer");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(TOWNSHIPS.as_bytes()).unwrap();
        let city = &self.city.city;
        let sent = delivery::receive(city, &ctx, &entry, "b1", BatchKind::Full, "a.csv", file.path());
        let sent = sent.await.unwrap();
        while delivery::show(city, &ctx, &sent.id).await.unwrap().state == BatchState::Checking {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        entry
    }

    /// An open set; its name.
    async fn open(&self, title: &str) -> String {
        let entry = self.shared(title).await;
        let (city, compiler) = (&self.city.city, self.city.ctx("civil.cataloguer"));
        let revision = opening::plan(city, &compiler, &entry).await.unwrap().revision;
        let content = app::catalogue::show(city, &compiler, &entry)
            .await
            .unwrap()
            .content;
        opening::save_plan(city, &compiler, &entry, revision, Plan::proposed(&content))
            .await
            .unwrap();
        let case = opening::submit(city, &compiler, &entry).await.unwrap();
        let head = self.city.ctx("civil.head");
        let revision = cases::show(city, &head, &case).await.unwrap().revision;
        let answers = Answers::default().with("words", "无涉密内容，同意开放。");
        cases::act(city, &head, &case, revision, "release", answers)
            .await
            .unwrap();
        let pause = || tokio::time::sleep(Duration::from_millis(20));
        // The release is made in the background; a list without sets is not published.
        while opening::publish_list(city, &head, OpenKind::Unconditional)
            .await
            .is_err()
        {
            pause().await;
        }
        loop {
            match open::dataset(city, entry.as_str()).await {
                Ok(set) => return set.card.name,
                Err(_) => pause().await,
            }
        }
    }
}

/// The text between two others.
fn between<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    let rest = html
        .split(from)
        .nth(1)
        .unwrap_or_else(|| panic!("no {from} in {html}"));
    rest.split(to).next().unwrap()
}

#[tokio::test]
async fn yongzhou_art25_every_public_page_of_an_open_set_opens_without_signing_in() {
    on_both_engines(async |city| {
        let portal = Portal::of(city);
        let name = portal.open("乡镇级行政区划").await;
        let set = open::dataset(&portal.city.city, &name).await.unwrap();
        let org = set.card.org.name.clone();
        for route in portal::pages::routes()
            .iter()
            .filter(|it| it.method == Method::GET && it.path != "/favicon.ico" && !it.path.contains("{*"))
        {
            let path = match route.path {
                "/group/{name}" => format!("/group/{}", web::words::encoded(&set.card.theme_name)),
                "/organization/{name}" => format!("/organization/{org}"),
                path => path
                    .replace("{org}", &org)
                    .replace("{kind}", "unconditional")
                    .replace("{name}", &name)
                    .replace("{rid}", &set.releases[0].files[0].rid)
                    .replace("{number}", "1"),
            };
            let answer = portal.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.html);
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art24_what_is_not_open_reads_like_what_never_was() {
    on_both_engines(async |city| {
        let portal = Portal::of(city);
        portal.open("乡镇级行政区划").await;
        let secret = portal.shared("尚未开放的目录").await;
        let ctx = portal.city.ctx("civil.cataloguer");
        let view = app::catalogue::show(&portal.city.city, &ctx, &secret)
            .await
            .unwrap();
        let name = view.code.to_lowercase().replace('/', "-");
        let number = |html: &str| between(html, "编号 <span class=\"mono\">", "</span>").to_owned();
        for at in ["/dataset/{}", "/dataset/{}/releases/1", "/dataset/{}/resource/x"] {
            let closed = portal.get(&at.replace("{}", &name)).await;
            let never = portal.get(&at.replace("{}", "307021199999-999999")).await;
            assert_eq!(
                (closed.status, never.status),
                (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
            );
            let same = |it: &Answer| it.html.replace(&number(&it.html), "");
            assert_eq!(same(&closed), same(&never), "{at}");
        }
        for path in [
            "/open",
            "/dataset",
            "/open/lists",
            "/open/news",
            "/open/statistics",
            "/open/suggest?q=尚未",
        ] {
            let path = path.replace("尚未", "%E5%B0%9A%E6%9C%AA");
            let answer = portal.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(!answer.html.contains("尚未开放的目录"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_rows_of_a_set_are_narrowed_and_ordered_by_links_and_forms_alone() {
    let portal = Portal::fresh().await;
    let name = portal.open("乡镇级行政区划").await;
    let page = portal.get(&format!("/dataset/{name}")).await.html;
    assert!(page.contains("徐家井街道") && page.contains("共 3 行"), "{page}");
    let asked = format!("/dataset/{name}?item=areaCode&op=eq&value=431103&sort=-code");
    let page = portal.get(&asked).await.html;
    let table = between(&page, "<table class=\"cells\">", "</table>");
    assert!(!table.contains("徐家井街道"));
    assert!(table.find("菱角山街道") < table.find("梅湾街道"), "{table}");
    assert!(page.contains("县级代码 等于 431103"));
    let none = portal.get(&format!("/dataset/{name}?text=zzz")).await.html;
    assert!(none.contains("没有符合条件的行"));
}

#[tokio::test]
async fn yongzhou_art34_anybody_objects_and_follows_it_by_the_query_code() {
    on_both_engines(async |city| {
        let portal = Portal::of(city);
        let name = portal.open("乡镇级行政区划").await;
        let form = portal.get(&format!("/open/object?dataset={name}")).await.html;
        let token = between(&form, "name=\"form\" value=\"", "\"").to_owned();
        let here = "http://data.example";
        let with = |words: &'static str, kind: &'static str| {
            vec![
                ("dataset", name.clone()),
                ("form", token.clone()),
                ("words", words.to_owned()),
                ("kind", kind.to_owned()),
            ]
        };
        let send = async |fields: Vec<(&str, String)>, from: &str| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
            portal.post("/open/object", &fields, from).await
        };
        let foreign = send(with("地址有误", "error"), "https://evil.example").await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN);
        let half = send(with("地址有误", ""), here).await;
        assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(half.html.contains("地址有误</textarea>") && half.html.contains("请选择异议的类型"));
        let filed = send(with("地址有误", "error"), here).await;
        assert_eq!(filed.status, StatusCode::OK, "{}", filed.html);
        let number = between(&filed.html, "class=\"ref\">", "<").to_owned();
        let code = between(&filed.html, "class=\"secret\" data-copy>", "<").to_owned();
        let again = send(with("地址有误", "error"), here).await;
        assert!(again.html.contains("已经提交过"), "a token is good once");

        let wrong = portal
            .post("/open/track", &[("number", &number), ("code", "nope")], here)
            .await;
        assert!(wrong.html.contains("没有找到这件异议"));
        let found = portal
            .post("/open/track", &[("number", &number), ("code", &code)], here)
            .await;
        assert!(
            found.html.contains("地址有误") && found.html.contains("已收到"),
            "{}",
            found.html
        );
        assert!(!found.html.contains(&code), "the code is shown once");
    })
    .await;
}

#[tokio::test]
async fn an_edition_of_an_open_list_can_be_taken_away_as_a_table() {
    let portal = Portal::fresh().await;
    let name = portal.open("乡镇级行政区划").await;
    let set = open::dataset(&portal.city.city, &name).await.unwrap();
    let org = set.card.org.name;
    let answer = portal
        .get(&format!("/open/lists/{org}/unconditional/1/csv"))
        .await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(answer.html.starts_with("\u{feff}资源代码,名称"));
    for nowhere in ["99", "x"] {
        let answer = portal
            .get(&format!("/open/lists/{org}/unconditional/{nowhere}"))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_empty_portal_says_so_on_every_page() {
    let portal = Portal::fresh().await;
    let pages = [
        "/open",
        "/dataset",
        "/group",
        "/organization",
        "/open/lists",
        "/open/statistics",
        "/open/news",
        "/open/products",
    ];
    for path in pages {
        let answer = portal.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    assert!(
        portal
            .get("/dataset?q=%E5%85%AC")
            .await
            .html
            .contains("没有找到符合条件的数据集")
    );
    let broken = portal.get("/dataset?q=%FF%00&page=-1&org=%27%3B--").await;
    assert!(broken.status.is_success() || broken.status.is_client_error());
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_an_old_one_is_gone() {
    let portal = Portal::fresh().await;
    let css = portal::assets::url("portal.css");
    let answer = portal.get(css).await;
    assert_eq!(
        answer.headers[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    let old = css.replace(css.split('/').nth(3).unwrap(), "0000000000000000");
    assert_eq!(portal.get(&old).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_with_a_page_in_plain_chinese() {
    let portal = Portal::fresh().await;
    let request = Request::post("/open/object").header(header::HOST, "data.example");
    let form = request
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("x"))
        .unwrap();
    let long = format!("words={}", "x".repeat(100_000));
    let request =
        Request::post("/open/object").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let long = request.body(Body::from(long)).unwrap();
    for (request, words) in [(form, "内容无法识别"), (long, "内容过大")] {
        let answer = portal.ask(request).await;
        assert!(answer.status.is_client_error());
        assert!(
            answer.html.contains(&format!("<h1>{words}</h1>")),
            "{}",
            answer.html
        );
    }
    for path in ["/open/register", "/open/lists/x/y", "/dataset/x/y/z"] {
        let nowhere = portal.get(path).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND, "{path}");
        assert!(nowhere.html.contains("没有找到页面"), "{path}: {}", nowhere.html);
    }
    let never = portal.get("/dataset/%FF/releases/1").await;
    assert!(
        never.status.is_client_error() && never.html.contains("<!doctype html>"),
        "{}",
        never.html
    );
}
