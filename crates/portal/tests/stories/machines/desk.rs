//! A city with an open set, one opened on conditions and one that is not open, and its public side over HTTP.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use app::{
    cases::{self, Answers},
    delivery, opening, portal as open,
    testing::{TestCity, townships},
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
use serde_json::Value;
use store::Engine;
use tower::ServiceExt;

pub const TOWNSHIPS: &str = "code,name,areaCode,cityCode\n\
    431102001000,徐家井街道,431102,431100\n\
    431103001000,梅湾街道,431103,431100\n\
    431103002000,菱角山街道,431103,431100\n";

/// A city with its public side, and three entries: open, open on conditions, and not open.
pub struct Portal {
    /// Its files are gone when it is dropped.
    pub city: TestCity,
    pub router: Router,
    pub open: open::Dataset,
    pub conditional: open::Dataset,
    pub hidden: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

pub const HIDDEN: &str = "尚未开放的目录";

impl Portal {
    pub async fn on(city: TestCity) -> Portal {
        let router = portal::router(city.city.clone());
        let opened = listed(&city, "乡镇级行政区划", OpenKind::Unconditional).await;
        let conditional = listed(&city, "企业用电信息", OpenKind::Conditional).await;
        let hidden = delivered(&city, HIDDEN, OpenKind::Unconditional).await;
        let view = app::catalogue::show(&city.city, &city.ctx("civil.cataloguer"), &hidden)
            .await
            .unwrap();
        Portal {
            router,
            open: opened,
            conditional,
            hidden: view.code.to_lowercase().replace('/', "-"),
            city,
        }
    }

    pub async fn fresh() -> Portal {
        Portal::on(TestCity::on(Engine::Sqlite).await).await
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.unwrap().to_vec();
        Answer {
            status: head.status,
            headers: head.headers,
            bytes,
        }
    }

    pub async fn with(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "data.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.with(Method::GET, path, &[], "").await
    }

    /// The result of a CKAN action that must succeed.
    pub async fn action(&self, name: &str, asked: Value) -> Value {
        let answer = self
            .with(
                Method::POST,
                &format!("/api/3/action/{name}"),
                &[],
                &asked.to_string(),
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["success"], true);
        answer["result"].clone()
    }

    /// Status and error of a CKAN action that must fail.
    pub async fn refusal(&self, name: &str, asked: Value) -> (u16, Value) {
        let answer = self
            .with(
                Method::POST,
                &format!("/api/3/action/{name}"),
                &[],
                &asked.to_string(),
            )
            .await;
        (answer.status.as_u16(), answer.json()["error"].clone())
    }

    pub fn name(&self) -> &str {
        &self.open.card.name
    }

    pub fn file(&self, format: &str) -> &open::FileCard {
        self.open.releases[0]
            .files
            .iter()
            .find(|it| it.format.name() == format)
            .unwrap()
    }
}

/// A published entry with rows.
pub async fn delivered(city: &TestCity, title: &str, kind: OpenKind) -> EntryId {
    let mut content = Content {
        title: title.to_owned(),
        open: kind,
        ..townships()
    };
    if kind == OpenKind::Conditional {
        content.open_conditions = "仅限科研机构统计分析。".to_owned();
    }
    let entry = city.published(content).await;
    let ctx = city.ctx("civil.engineer");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(TOWNSHIPS.as_bytes()).unwrap();
    let sent = delivery::receive(
        &city.city,
        &ctx,
        &entry,
        "b1",
        BatchKind::Full,
        "a.csv",
        file.path(),
    )
    .await;
    let sent = sent.unwrap();
    while delivery::show(&city.city, &ctx, &sent.id).await.unwrap().state == BatchState::Checking {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    entry
}

/// A set on its open list; one that is free to take with its release.
pub async fn listed(city: &TestCity, title: &str, kind: OpenKind) -> open::Dataset {
    let entry = delivered(city, title, kind).await;
    let head = city.ctx("civil.head");
    if kind == OpenKind::Unconditional {
        let compiler = city.ctx("civil.cataloguer");
        let revision = opening::plan(&city.city, &compiler, &entry)
            .await
            .unwrap()
            .revision;
        let content = app::catalogue::show(&city.city, &compiler, &entry)
            .await
            .unwrap()
            .content;
        let plan = Plan::proposed(&content);
        opening::save_plan(&city.city, &compiler, &entry, revision, plan)
            .await
            .unwrap();
        let case = opening::submit(&city.city, &compiler, &entry).await.unwrap();
        let revision = cases::show(&city.city, &head, &case).await.unwrap().revision;
        let answers = Answers::default().with("words", "无涉密内容，同意开放。");
        cases::act(&city.city, &head, &case, revision, "release", answers)
            .await
            .unwrap();
    }
    let began = Instant::now();
    loop {
        // Refused until the release is made.
        let listed = opening::publish_list(&city.city, &head, kind).await.map(|_| ());
        match open::dataset(&city.city, entry.as_str()).await {
            Ok(set) => return set,
            Err(refused) => assert!(
                began.elapsed() < Duration::from_secs(60),
                "{title}: {refused}; {listed:?}"
            ),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn names(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect()
}
