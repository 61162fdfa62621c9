//! Stories of calls (art. 19): what is granted is given, what is not is refused, and each is evidence. Both engines.

use app::{
    calls::{self, Answer, CallError, Caller, ExportAsk},
    grants, systems,
};
use jiff::{Timestamp, ToSpan};
use rules::{
    catalogue::ShareKind,
    delivery::BatchKind,
    grant::{Mask, Operation},
    ids::GrantId,
};
use serde_json::{Value, json};
use store::Engine;

use crate::town::{PEOPLE_CSV, Town, county_terms, now, people_content};

async fn on_both<F: Future<Output = ()>>(story: impl Fn(Desk) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        story(Desk::on(engine).await).await;
    }
}

/// The insurance bureau's system with its key and a grant over one county.
struct Desk {
    town: Town,
    key: String,
    grant: GrantId,
}

impl Desk {
    async fn on(engine: Engine) -> Desk {
        Desk::with(engine, 100).await
    }

    async fn with(engine: Engine, calls: u32) -> Desk {
        let town = Town::on(engine).await;
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let (key, _) = town.key("operator").await;
        let grant = town.granted(&entry, county_terms(calls)).await;
        Desk { town, key, grant }
    }

    async fn caller(&self) -> Caller {
        calls::authenticate(&self.town.city, Some(&self.key), now())
            .await
            .unwrap()
    }

    async fn ask(&self, ask: Value) -> Result<Answer, CallError> {
        self.ask_at(ask, now()).await
    }

    async fn ask_at(&self, ask: Value, now: Timestamp) -> Result<Answer, CallError> {
        let body = ask.to_string();
        calls::query(
            &self.town.city,
            &self.caller().await,
            &self.grant,
            body.as_bytes(),
            now,
        )
        .await
    }

    async fn verify(&self, ask: Value) -> Result<Value, CallError> {
        let body = ask.to_string();
        let answer = calls::verify(
            &self.town.city,
            &self.caller().await,
            &self.grant,
            body.as_bytes(),
            now(),
        )
        .await?;
        Ok(serde_json::from_slice(&answer.body).unwrap())
    }
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn all() -> Value {
    json!({ "purpose": "basis", "matter": "永医保-1" })
}

fn with(mut ask: Value, key: &str, value: Value) -> Value {
    ask[key] = value;
    ask
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_only_granted_items_and_rows_are_given_veiled_as_granted() {
    on_both(|desk| async move {
        let answer = desk.ask(all()).await.unwrap();
        let given = body(&answer);
        assert_eq!(given["next"], Value::Null);
        let names: Vec<&str> = given["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["001", "002", "004"], "{given}");
        for (row, first) in given["rows"].as_array().unwrap().iter().zip(["王", "李", "欧"]) {
            let name = row["name"].as_str().unwrap();
            assert!(name.starts_with(first) && name.contains('*'), "{name}");
            assert_eq!(row.as_object().unwrap().len(), 3);
        }
        // The row of another county is not there, though its key is right.
        let elsewhere = desk
            .ask(with(all(), "where", json!({ "id": "003" })))
            .await
            .unwrap();
        assert_eq!(body(&elsewhere)["rows"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_use_outside_purpose_items_conditions_period_or_quota_is_refused_and_recorded() {
    on_both(|desk| async move {
        let refused = async |ask: Value| {
            let error = desk.ask(ask).await.unwrap_err();
            assert!(error.evidence.is_some(), "{error}");
            error.code
        };
        assert_eq!(
            refused(with(all(), "purpose", json!("check"))).await,
            "wrong-purpose"
        );
        assert_eq!(refused(with(all(), "purpose", json!("fun"))).await, "bad-request");
        assert_eq!(
            refused(with(all(), "items", json!(["born"]))).await,
            "item-not-granted"
        );
        assert_eq!(
            refused(with(all(), "where", json!({ "name": "王小芳" }))).await,
            "not-a-condition"
        );
        assert_eq!(
            refused(with(all(), "where", json!({ "born": "1980-01-02" }))).await,
            "not-a-condition"
        );
        assert_eq!(refused(with(all(), "limit", json!(0))).await, "bad-request");
        assert_eq!(refused(with(all(), "after", json!("AAAA"))).await, "bad-cursor");
        assert_eq!(refused(with(all(), "matter", json!(""))).await, "bad-request");
        assert_eq!(refused(json!([1, 2])).await, "bad-request");
        let early = desk.ask_at(all(), now() - 48.hours()).await.unwrap_err();
        assert_eq!(early.code, "not-yet");
        let late = desk.ask_at(all(), now() + (24 * 80).hours()).await.unwrap();
        assert!(late.evidence > 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_the_days_quota_holds_and_refused_calls_do_not_count() {
    let desk = Desk::with(Engine::Sqlite, 3).await;
    for _ in 0..5 {
        assert_eq!(
            desk.ask(with(all(), "purpose", json!("check")))
                .await
                .unwrap_err()
                .code,
            "wrong-purpose"
        );
    }
    for _ in 0..3 {
        desk.ask(all()).await.unwrap();
    }
    assert_eq!(desk.ask(all()).await.unwrap_err().code, "quota-used-up");
    // Exact after a crash: nothing but the evidence knows of the three.
    let town = desk.town.reopened().await;
    let desk = Desk { town, ..desk };
    assert_eq!(desk.ask(all()).await.unwrap_err().code, "quota-used-up");
    desk.ask_at(all(), now() + 24.hours()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_the_key_and_a_tampered_or_foreign_mark_is_refused() {
    on_both(|desk| async move {
        let mut seen = Vec::new();
        let mut ask = with(all(), "limit", json!(1));
        loop {
            let page = body(&desk.ask(ask.clone()).await.unwrap());
            seen.extend(
                page["rows"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it["id"].as_str().unwrap().to_owned()),
            );
            if page["next"].is_null() {
                break;
            }
            ask["after"] = page["next"].clone();
        }
        assert_eq!(seen, ["001", "002", "004"]);
        let first = body(&desk.ask(with(all(), "limit", json!(1))).await.unwrap());
        let mark = first["next"].clone();
        let other_query = json!({ "purpose": "basis", "matter": "m", "items": ["id"], "after": mark });
        assert_eq!(desk.ask(other_query).await.unwrap_err().code, "bad-cursor");
        let mut bent = mark.as_str().unwrap().to_owned();
        let last = if bent.ends_with('A') { "B" } else { "A" };
        bent.replace_range(bent.len() - 1.., last);
        assert_eq!(
            desk.ask(with(all(), "after", json!(bent)))
                .await
                .unwrap_err()
                .code,
            "bad-cursor"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_verification_says_yes_or_no_and_gives_no_data() {
    on_both(|desk| async move {
        let ask = |id: &str, name: &str| {
            json!({ "purpose": "basis", "matter": "m", "where": { "id": id }, "expect": { "name": name } })
        };
        assert_eq!(desk.verify(ask("001", "王小芳")).await.unwrap()["matches"], json!({ "name": true }));
        assert_eq!(desk.verify(ask("001", "王大芳")).await.unwrap()["matches"], json!({ "name": false }));
        // Unknown, and known but outside the granted rows: the same answer as a wrong value.
        for id in ["999", "003"] {
            let answer = desk.verify(ask(id, "张伟")).await.unwrap();
            assert_eq!(answer["matches"], json!({ "name": false }));
            assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
        }
        let key_as_written = desk.verify(ask(" 001 ", "王小芳 ")).await.unwrap();
        assert_eq!(key_as_written["matches"], json!({ "name": true }));
        let by_value = json!({ "purpose": "basis", "matter": "m", "where": { "region": "431124" }, "expect": { "name": "王小芳" } });
        assert_eq!(desk.verify(by_value).await.unwrap_err().code, "bad-request");
        let not_granted = json!({ "purpose": "basis", "matter": "m", "where": { "id": "001" }, "expect": { "born": "1980-01-02" } });
        assert_eq!(desk.verify(not_granted).await.unwrap_err().code, "item-not-granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_whole_veiled_and_has_the_digest_that_its_evidence_names() {
    on_both(|desk| async move {
        let ask = ExportAsk {
            purpose: "basis".to_owned(),
            matter: "m".to_owned(),
            with_bom: true,
            ..ExportAsk::default()
        };
        let mut export = calls::export(&desk.town.city, &desk.caller().await, &desk.grant, &ask, now())
            .await
            .unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut export.file, &mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, export.bytes);
        assert_eq!(export.rows, 3);
        use sha2::Digest;
        assert_eq!(export.sha256, <[u8; 32]>::from(sha2::Sha256::digest(&bytes)));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("\u{feff}id,name,region\r\n001,王"), "{text}");
        assert!(!text.contains("王小芳") && !text.contains("431102"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_a_suspended_grant_is_refused_on_the_next_call() {
    on_both(|desk| async move {
        desk.ask(all()).await.unwrap();
        let head = desk.town.ctx("head");
        let revision = grants::show(&desk.town.city, &head, &desk.grant)
            .await
            .unwrap()
            .revision;
        grants::suspend(&desk.town.city, &head, &desk.grant, revision, "疑似违规")
            .await
            .unwrap();
        assert_eq!(desk.ask(all()).await.unwrap_err().code, "grant-suspended");
        grants::resume(&desk.town.city, &head, &desk.grant, revision + 1, "已说明")
            .await
            .unwrap();
        desk.ask(all()).await.unwrap();
        grants::terminate(&desk.town.city, &head, &desk.grant, revision + 2, "终止")
            .await
            .unwrap();
        assert_eq!(desk.ask(all()).await.unwrap_err().code, "grant-terminated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agencys_grant_reads_as_if_there_were_none() {
    on_both(|desk| async move {
        let (key, _) = desk.town.key("pupil").await;
        let other = calls::authenticate(&desk.town.city, Some(&key), now())
            .await
            .unwrap();
        let text = all().to_string();
        let foreign = calls::query(&desk.town.city, &other, &desk.grant, text.as_bytes(), now())
            .await
            .unwrap_err();
        let unknown = GrantId::from("no-such-grant");
        let none = calls::query(&desk.town.city, &other, &unknown, text.as_bytes(), now())
            .await
            .unwrap_err();
        assert_eq!((foreign.code, &foreign.words), (none.code, &none.words));
        assert_eq!(foreign.code, "no-grant");
        let own = desk.ask(all()).await.unwrap();
        assert!(calls::may_have_receipt(&desk.town.city, &desk.caller().await, own.evidence).is_ok());
        let denied = calls::may_have_receipt(&desk.town.city, &other, own.evidence).unwrap_err();
        assert_eq!(denied.code, "not-found");
        assert_eq!(
            calls::may_have_receipt(&desk.town.city, &other, u64::MAX)
                .unwrap_err()
                .code,
            "not-found"
        );
        // The same on the pages: both sides of the call have its receipt, others find nothing.
        for (who, is_concerned) in [
            ("clerk", true),
            ("operator", true),
            ("head", true),
            ("cataloguer", false),
            ("teacher", false),
        ] {
            let receipt = app::evidence::receipt_to(&desk.town.city, &desk.town.ctx(who), own.evidence).await;
            assert_eq!(receipt.is_ok(), is_concerned, "{who}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_unknown_expired_or_withdrawn_are_refused_each_in_its_words() {
    on_both(|desk| async move {
        let code = async |key: Option<&str>, at: Timestamp| {
            calls::authenticate(&desk.town.city, key, at)
                .await
                .unwrap_err()
                .code
        };
        assert_eq!(code(None, now()).await, "bad-key");
        assert_eq!(code(Some("yk_unknown"), now()).await, "bad-key");
        assert_eq!(
            code(Some(&desk.key), now() + (24 * 91).hours()).await,
            "key-expired"
        );
        let operator = desk.town.ctx("operator");
        let key = systems::list(&desk.town.city, &operator).await.unwrap()[0].keys[0]
            .id
            .clone();
        systems::revoke_key(&desk.town.city, &operator, &key)
            .await
            .unwrap();
        assert_eq!(code(Some(&desk.key), now()).await, "key-revoked");
        // Also after a start, which loads only live keys.
        let town = desk.town.reopened().await;
        let again = calls::authenticate(&town.city, Some(&desk.key), now())
            .await
            .unwrap_err();
        assert_eq!(again.code, "key-revoked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_the_provider_sees_who_used_what_counted_from_the_evidence() {
    on_both(|desk| async move {
        for _ in 0..4 {
            desk.ask(all()).await.unwrap();
        }
        desk.ask(with(all(), "items", json!(["born"]))).await.unwrap_err();
        let check = json!({ "purpose": "basis", "matter": "m", "where": { "id": "001" }, "expect": { "name": "王小芳" } });
        desk.verify(check).await.unwrap();
        for who in ["head", "clerk", "reviewer"] {
            let usage = grants::usage(&desk.town.city, &desk.town.ctx(who), &desk.grant).await.unwrap();
            assert_eq!((usage.calls, usage.refused, usage.rows), (5, 1, 12), "{who}");
            let query = usage.days.iter().find(|it| it.operation == Operation::Query).unwrap();
            assert_eq!((query.calls, query.refused), (4, 1));
        }
        let denied = grants::usage(&desk.town.city, &desk.town.ctx("teacher"), &desk.grant).await.unwrap_err();
        assert_eq!(denied.status, app::Status::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_of_a_call_holds_no_personal_data_and_its_receipt_verifies() {
    let desk = Desk::on(Engine::Sqlite).await;
    let ask = with(all(), "where", json!({ "id": "001" }));
    let answer = desk.ask(ask).await.unwrap();
    let receipt = app::evidence::receipt(&desk.town.city, answer.evidence)
        .await
        .unwrap();
    let vkey = app::evidence::vkey(&desk.town.city);
    let proved = evidence::verify_receipt(&receipt, &vkey).unwrap();
    assert_eq!(proved.index, answer.evidence);
    let text = String::from_utf8(proved.body.unwrap()).unwrap();
    assert!(!text.contains("001") || !text.contains("\"where\""), "{text}");
    assert!(!text.contains("王"), "{text}");
    let call: calls::CallRecord<'_> = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (call.outcome, call.operation, call.rows),
        (calls::ANSWERED, "query", 1)
    );
    assert_eq!(call.conditions, ["id"]);
    // With the salt from the answer the caller proves what was answered.
    let salt: [u8; 32] = hex::decode(&answer.salt).unwrap().try_into().unwrap();
    use sha2::Digest;
    let digest = sha2::Sha256::new()
        .chain_update(salt)
        .chain_update(&answer.body)
        .finalize();
    assert_eq!(call.answer, hex::encode(digest));
}

fn copy_files(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_refuses_a_suspended_grant_after_it_has_looked() {
    // Two nodes of one city have one database and one signing key, and here a log each.
    let desk = Desk::on(Engine::Postgres).await;
    let first = &desk.town.fresh.config;
    let config = app::Config {
        data_dir: desk.town.fresh.dir().join("second"),
        database: first.database.clone(),
        origin: "town.test/evidence".to_owned(),
    };
    copy_files(&first.data_dir.join("keys"), &config.data_dir.join("keys"));
    // What the records know of the first log's length is in the way of the second, which is empty.
    desk.town
        .fresh
        .store()
        .await
        .tamper("UPDATE events SET log_index = NULL")
        .await
        .unwrap();
    let second = app::City::open(config).await.unwrap();
    let caller = calls::authenticate(&second, Some(&desk.key), now())
        .await
        .unwrap();
    let text = all().to_string();
    calls::query(&second, &caller, &desk.grant, text.as_bytes(), now())
        .await
        .unwrap();
    let head = desk.town.ctx("head");
    let revision = grants::show(&desk.town.city, &head, &desk.grant)
        .await
        .unwrap()
        .revision;
    grants::suspend(&desk.town.city, &head, &desk.grant, revision, "疑似违规")
        .await
        .unwrap();
    let mut code = "";
    for _ in 0..200 {
        match calls::query(&second, &caller, &desk.grant, text.as_bytes(), now()).await {
            Err(error) => {
                code = error.code;
                break;
            }
            Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    assert_eq!(code, "grant-suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn pseudonyms_of_two_grants_do_not_join() {
    let desk = Desk::on(Engine::Sqlite).await;
    let mut content = people_content(ShareKind::Conditional);
    content.title = "另一目录".to_owned();
    let entry = desk.town.publish(content).await;
    desk.town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
    let mut terms = county_terms(10);
    terms.masks.insert("name".to_owned(), Mask::Pseudonym);
    let first = desk.town.granted(&entry, terms.clone()).await;
    let second = desk.town.granted(&entry, terms).await;
    let caller = desk.caller().await;
    let names = async |grant: &GrantId| {
        let text = all().to_string();
        let answer = calls::query(&desk.town.city, &caller, grant, text.as_bytes(), now())
            .await
            .unwrap();
        body(&answer)["rows"][0]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(names(&first).await, names(&first).await);
    assert_ne!(names(&first).await, names(&second).await);
}
