//! The gateway over HTTP: the wire forms of answers and refusals, deliveries, proofs, health.

use app::{City, grants};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use rules::{
    catalogue::ShareKind,
    delivery::BatchKind,
    ids::{EntryId, GrantId},
};
use serde_json::{Value, json};
use store::Engine;
use tower::ServiceExt;

use crate::town::{PEOPLE_CSV, Town, county_terms, now, people_content};

fn router(city: City) -> Router {
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    {
        let gateway = gateway::Gateway::at(city, metrics, now);
        gateway.calls().merge(gateway.rest())
    }
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

struct Desk {
    town: Town,
    router: Router,
    key: String,
    grant: GrantId,
}

impl Desk {
    async fn on(engine: Engine) -> Desk {
        let town = Town::on(engine).await;
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let (key, _) = town.key("operator").await;
        let grant = town.granted(&entry, county_terms(100)).await;
        Desk {
            router: router(town.city.clone()),
            town,
            key,
            grant,
        }
    }

    async fn send(&self, method: Method, path: &str, key: Option<&str>, body: impl Into<Body>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    async fn query(&self, body: Value) -> Reply {
        let path = format!("/api/v1/grants/{}/query", self.grant);
        self.send(Method::POST, &path, Some(&self.key), body.to_string())
            .await
    }
}

fn all() -> Value {
    json!({ "purpose": "basis", "matter": "永医保-1" })
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_an_answer_carries_the_index_of_its_evidence_and_the_receipt_verifies() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let desk = Desk::on(engine).await;
        let reply = desk.query(all()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.json()["rows"].as_array().unwrap().len(), 3);
        let index = reply.header("x-yishu-evidence").to_owned();
        let path = format!("/api/v1/receipts/{index}");
        let receipt = desk
            .send(Method::GET, &path, Some(&desk.key), Body::empty())
            .await;
        assert_eq!(receipt.status, StatusCode::OK);
        let proved =
            evidence::verify_receipt(&receipt.text(), &app::evidence::vkey(&desk.town.city)).unwrap();
        assert_eq!(proved.index.to_string(), index);
        let (other, _) = desk.town.key("pupil").await;
        let foreign = desk.send(Method::GET, &path, Some(&other), Body::empty()).await;
        assert_eq!(
            (foreign.status, foreign.code().as_str()),
            (StatusCode::NOT_FOUND, "not-found")
        );
        assert!(
            desk.get("/api/v1/checkpoint")
                .await
                .text()
                .contains("town.test/evidence")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_their_published_status_and_code_and_are_evidence() {
    let desk = Desk::on(Engine::Sqlite).await;
    let path = format!("/api/v1/grants/{}/query", desk.grant);
    let no_key = desk.send(Method::POST, &path, None, "{}").await;
    assert_eq!(
        (no_key.status, no_key.code().as_str()),
        (StatusCode::UNAUTHORIZED, "bad-key")
    );
    assert!(no_key.headers.contains_key(header::WWW_AUTHENTICATE));
    let cases = [
        (json!({ "purpose": "check", "matter": "m" }), 403, "wrong-purpose"),
        (
            json!({ "purpose": "basis", "matter": "m", "items": ["born"] }),
            403,
            "item-not-granted",
        ),
        (
            json!({ "purpose": "basis", "matter": "m", "where": { "name": "x" } }),
            400,
            "not-a-condition",
        ),
        (
            json!({ "purpose": "basis", "matter": "m", "colour": "red" }),
            400,
            "bad-request",
        ),
    ];
    for (body, status, code) in cases {
        let reply = desk.query(body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code));
        assert_eq!(
            reply.json()["error"]["evidence"].to_string(),
            reply.header("x-yishu-evidence")
        );
    }
    let unknown = desk
        .send(
            Method::POST,
            "/api/v1/grants/none/query",
            Some(&desk.key),
            all().to_string(),
        )
        .await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.code().as_str()),
        (404, "no-grant")
    );
    let long = desk
        .send(Method::POST, &path, Some(&desk.key), "x".repeat(300 << 10))
        .await;
    assert_eq!(long.code(), "bad-request");
    assert_eq!(desk.get("/api/v1/nothing").await.code(), "no-route");
    assert_eq!(
        desk.send(Method::DELETE, &path, None, Body::empty()).await.code(),
        "wrong-method"
    );
    let broken = desk
        .send(
            Method::POST,
            "/api/v1/grants/%ff/query",
            Some(&desk.key),
            all().to_string(),
        )
        .await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(!broken.code().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_refusal_shows_sql_a_path_or_a_name_of_the_program() {
    let desk = Desk::on(Engine::Sqlite).await;
    let hostile = [
        "'; DROP TABLE grants; --",
        "../../etc/passwd",
        "\u{0}",
        "%00",
        "{{7*7}}",
        "𠜎",
    ];
    for word in hostile {
        for body in [
            json!({ "purpose": word, "matter": "m" }),
            json!({ "purpose": "basis", "matter": "m", "where": { "id": word } }),
            json!({ "purpose": "basis", "matter": "m", "where": { word: "x" } }),
            json!({ "purpose": "basis", "matter": "m", "items": [word] }),
            json!({ "purpose": "basis", "matter": "m", "after": word }),
            json!({ "purpose": "basis", "matter": word }),
        ] {
            let reply = desk.query(body.clone()).await;
            assert_ne!(
                reply.status,
                StatusCode::INTERNAL_SERVER_ERROR,
                "{body} {}",
                reply.text()
            );
            let text = reply.text().to_lowercase();
            for leak in ["sqlite", "select ", "/tmp", "panicked", "rust"] {
                assert!(!text.contains(leak), "{leak} in {text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_a_suspended_grant_is_refused_on_the_next_call() {
    let desk = Desk::on(Engine::Sqlite).await;
    assert_eq!(desk.query(all()).await.status, StatusCode::OK);
    let head = desk.town.ctx("head");
    let revision = grants::show(&desk.town.city, &head, &desk.grant)
        .await
        .unwrap()
        .revision;
    grants::suspend(&desk.town.city, &head, &desk.grant, revision, "疑似违规")
        .await
        .unwrap();
    let reply = desk.query(all()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (403, "grant-suspended")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_and_export_work_over_the_wire() {
    let desk = Desk::on(Engine::Sqlite).await;
    let ask = json!({ "purpose": "basis", "matter": "m", "where": { "id": "001" }, "expect": { "name": "王小芳" } });
    let path = format!("/api/v1/grants/{}/verify", desk.grant);
    let reply = desk
        .send(Method::POST, &path, Some(&desk.key), ask.to_string())
        .await;
    assert_eq!(reply.json()["matches"], json!({ "name": true }));
    let path = format!(
        "/api/v1/grants/{}/export?purpose=basis&matter=m-1&items=id,name",
        desk.grant
    );
    let file = desk
        .send(Method::GET, &path, Some(&desk.key), Body::empty())
        .await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text());
    assert!(file.text().starts_with("id,name\r\n001,王"), "{}", file.text());
    assert_eq!(file.header("content-length"), file.bytes.len().to_string());
    use base64::Engine as _;
    use sha2::Digest;
    let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(&file.bytes));
    assert_eq!(file.header("repr-digest"), format!("sha-256=:{digest}:"));
    assert!(!file.header("x-yishu-evidence").is_empty());
    let wrong = format!("/api/v1/grants/{}/export?purpose=basis&colour=red", desk.grant);
    assert_eq!(
        desk.send(Method::GET, &wrong, Some(&desk.key), Body::empty())
            .await
            .code(),
        "bad-request"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art16_an_agencys_software_delivers_by_its_key() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (desk, entry) = provider(engine).await;
        let path = format!("/api/v1/entries/{entry}/deliveries?batch=n1&kind=full&name=people.csv");
        let text = format!("{PEOPLE_CSV}005,,431124,1980-01-02\n");
        let sent = desk
            .send(Method::POST, &path, Some(&desk.key), text.clone())
            .await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text());
        let place = sent.header("location").to_owned();
        let done = loop {
            let reply = desk
                .send(Method::GET, &place, Some(&desk.key), Body::empty())
                .await
                .json();
            if reply["state"] != "checking" {
                break reply;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        };
        assert_eq!(
            (&done["state"], &done["accepted"], &done["refused"]),
            (&json!("loaded"), &json!(4), &json!(1))
        );
        assert_eq!(done["by_fault"], json!({ "required": 1 }));
        let refusals = desk
            .send(
                Method::GET,
                &format!("{place}/refusals"),
                Some(&desk.key),
                Body::empty(),
            )
            .await;
        assert!(refusals.text().contains("必填"), "{}", refusals.text());
        assert_eq!(sent.json()["repeated"], json!(false));
        let again = desk.send(Method::POST, &path, Some(&desk.key), text).await;
        assert_eq!(again.status, StatusCode::OK, "{}", again.text());
        assert_eq!(again.json()["repeated"], json!(true));
        assert_eq!(again.json()["delivery"], done["delivery"]);
        let other = desk.send(Method::POST, &path, Some(&desk.key), PEOPLE_CSV).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text());
        assert_eq!(other.code(), "batch-differs");
    }
}

/// The provider's own software, with an entry that has no data yet.
async fn provider(engine: Engine) -> (Desk, EntryId) {
    let town = Town::on(engine).await;
    let entry = town.publish(people_content(ShareKind::Unconditional)).await;
    let (key, _) = town.key("engineer").await;
    let desk = Desk {
        router: router(town.city.clone()),
        town,
        key,
        grant: GrantId::from("none"),
    };
    (desk, entry)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_by_another_agency_or_without_its_particulars_is_refused() {
    let (desk, entry) = provider(Engine::Sqlite).await;
    let (foreign, _) = desk.town.key("pupil").await;
    let sent = async |key: &str, label: &str, body: &'static str| {
        let path = format!("/api/v1/entries/{entry}/deliveries?{label}");
        desk.send(Method::POST, &path, Some(key), body).await.code()
    };
    assert_eq!(
        sent(&foreign, "batch=n1&kind=full", PEOPLE_CSV).await,
        "forbidden"
    );
    assert_eq!(sent(&desk.key, "batch=n2", PEOPLE_CSV).await, "bad-request");
    assert_eq!(sent(&desk.key, "kind=full", PEOPLE_CSV).await, "bad-batch");
    assert_eq!(sent(&desk.key, "batch=n3&kind=full", "").await, "empty-file");
    let path = format!("/api/v1/entries/{entry}/deliveries?batch=n1&kind=full");
    let place = desk.send(Method::POST, &path, Some(&desk.key), PEOPLE_CSV).await;
    let place = place.header("location").to_owned();
    let seen = desk
        .send(Method::GET, &place, Some(&foreign), Body::empty())
        .await;
    // Another agency's batch reads as if there were none.
    assert_eq!(seen.code(), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_above_the_limit_is_refused_before_it_is_read() {
    let town = Town::on(Engine::Sqlite).await;
    let entry = town.publish(people_content(ShareKind::Unconditional)).await;
    let (key, _) = town.key("engineer").await;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/api/v1/entries/{entry}/deliveries?batch=big&kind=full"))
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_LENGTH, 2u64 << 30)
        .body(Body::from("id\n"))
        .unwrap();
    let response = router(town.city.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("拆分"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_the_pages_and_the_health_checks_answer() {
    let desk = Desk::on(Engine::Sqlite).await;
    let openapi = desk.get("/openapi.json").await.json();
    assert_eq!(openapi["openapi"], "3.1.0");
    let docs = desk.get("/api/docs").await;
    assert!(docs.text().contains("/api/v1/grants/{grant}/query"));
    let policy = docs.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(!docs.text().contains("<script"));
    let page = desk.get("/api/errors").await.text();
    let request = Request::get("/api/errors")
        .header(header::ACCEPT, "application/json")
        .body(Body::empty())
        .unwrap();
    let response = desk.router.clone().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    let table: Value = serde_json::from_slice(&bytes).unwrap();
    for line in table["errors"].as_array().unwrap() {
        assert!(page.contains(line["code"].as_str().unwrap()));
    }
    assert_eq!(desk.get("/livez").await.status, StatusCode::OK);
    let ready = desk.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text());
    assert_eq!(desk.get("/metrics").await.status, StatusCode::OK);
}
