//! Doubts over HTTP (art. 21): a system tells that a value is wrong, and every answer that gives it says so meanwhile.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use rules::{catalogue::ShareKind, delivery::BatchKind, ids::GrantId};
use serde_json::{Value, json};
use store::Engine;
use tower::ServiceExt;

use crate::town::{PEOPLE_CSV, Town, county_terms, now, people_content};

struct Desk {
    router: Router,
    key: String,
    stranger: String,
    grant: GrantId,
    _town: Town,
}

impl Desk {
    async fn on(engine: Engine) -> Desk {
        let town = Town::on(engine).await;
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let (key, _) = town.key("operator").await;
        let (stranger, _) = town.key("pupil").await;
        let grant = town.granted(&entry, county_terms(100)).await;
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let gateway = gateway::Gateway::at(town.city.clone(), metrics, now);
        Desk {
            router: gateway.calls().merge(gateway.rest()),
            key,
            stranger,
            grant,
            _town: town,
        }
    }

    async fn send(&self, method: &str, path: &str, key: &str, body: impl Into<Body>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/grants/{}/{path}", self.grant))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(body.into())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn doubt(&self, body: &Value) -> Reply {
        self.send("POST", "doubts", &self.key, body.to_string()).await
    }

    async fn query(&self) -> Reply {
        let body = json!({ "purpose": "basis", "matter": "永-1", "where": { "id": "001" } });
        self.send("POST", "query", &self.key, body.to_string()).await
    }

    async fn export(&self) -> Reply {
        let path = "export?purpose=basis&matter=1";
        self.send("GET", path, &self.key, Body::empty()).await
    }
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    fn refusal(&self) -> (u16, String) {
        let code = self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (self.status.as_u16(), code)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_system_doubts_a_record_it_received_and_answers_and_exports_carry_the_mark() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let desk = Desk::on(engine).await;
        assert_eq!(desk.query().await.json().get("marks"), None);
        let body = json!({ "where": { "id": "001" }, "item": "region", "words": "与户口簿不一致。" });
        let doubted = desk.doubt(&body).await;
        assert_eq!(doubted.status, StatusCode::CREATED, "{}", doubted.text);
        assert_eq!(doubted.json()["due"], "2026-11-30");
        assert!(doubted.json()["number"].as_str().unwrap().starts_with('校'));
        assert!(doubted.headers.contains_key("x-yishu-evidence"));
        let marked = desk.query().await.json();
        assert_eq!(marked["marks"][0]["row"], 0, "{marked}");
        assert_eq!(marked["marks"][0]["item"], "region");
        assert_eq!(desk.export().await.headers["x-yishu-marked-rows"], "1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_doubt_that_cannot_be_taken_says_why_in_the_words_of_the_table() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let desk = Desk::on(engine).await;
        let body = json!({ "where": { "id": "001" }, "item": "region", "words": "有误。" });
        assert_eq!(
            desk.doubt(&body).await.refusal(),
            (422, "not-received".to_owned())
        );
        desk.query().await;
        let with = |field: &str, value: Value| {
            let mut body = body.clone();
            body[field] = value;
            body
        };
        let refused = [
            (with("item", json!("born")), 403, "item-not-granted"),
            (with("where", json!({})), 422, "bad-key-values"),
            (with("words", json!("")), 422, "incomplete"),
            (with("surprise", json!(1)), 400, "bad-request"),
        ];
        for (body, status, code) in refused {
            assert_eq!(
                desk.doubt(&body).await.refusal(),
                (status, code.to_owned()),
                "{body}"
            );
        }
        let stranger = desk
            .send("POST", "doubts", &desk.stranger, body.to_string())
            .await;
        assert_eq!(stranger.refusal(), (404, "not-found".to_owned()));
        let nobody = desk.send("POST", "doubts", "made-up", body.to_string()).await;
        assert_eq!(nobody.refusal(), (401, "bad-key".to_owned()));
        assert_eq!(desk.doubt(&body).await.status, StatusCode::CREATED);
        assert_eq!(
            desk.doubt(&body).await.refusal(),
            (409, "already-doubted".to_owned())
        );
        assert!(desk.export().await.headers.contains_key("x-yishu-marked-rows"));
    }
}
