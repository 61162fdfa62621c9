//! Stories of corrections (art. 21): a value is doubted, marked, checked in time, and everybody who received it is told.

use std::collections::BTreeMap;

use app::{
    Refused,
    calls::{self, Caller, ExportAsk},
    cases::{self, Answers, CaseView, Filter},
    corrections::{self, Doubt, Doubted},
    requests,
};
use jiff::{Timestamp, ToSpan, civil::Date, civil::date};
use rules::{
    catalogue::ShareKind,
    clock::Colour,
    delivery::BatchKind,
    grant::Purpose,
    ids::{CaseId, EntryId, GrantId},
};
use serde_json::{Value, json};
use store::Engine;

use crate::town::{self, PEOPLE_CSV, Town, county_terms, now, people_content};

/// Two agencies that use the police's data, each with its software and its grant.
struct Desk {
    town: Town,
    entry: EntryId,
    /// The insurance bureau's, under conditions: one county, the name veiled.
    county: GrantId,
    insurance: String,
    school: String,
}

impl Desk {
    async fn on(engine: Engine) -> Desk {
        let town = Town::on(engine).await;
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let (insurance, _) = town.key("operator").await;
        let (school, _) = town.key("pupil").await;
        let county = town.granted(&entry, county_terms(1000)).await;
        Desk {
            town,
            entry,
            county,
            insurance,
            school,
        }
    }

    /// A grant of the same data to the school, over all counties, nothing veiled.
    async fn school_grant(&self, items: &[&str]) -> GrantId {
        let mut terms = county_terms(1000);
        terms.filters.clear();
        terms.masks.clear();
        terms.items = items.iter().map(|it| (*it).to_owned()).collect();
        let city = &self.town.city;
        let asked = town::application(terms.clone());
        let case = requests::apply(city, &self.town.ctx("teacher"), &self.entry, asked)
            .await
            .unwrap();
        self.town.opine(&case, true).await;
        let revision = self.town.case_revision("reviewer", &case).await;
        requests::grant(city, &self.town.ctx("reviewer"), &case, revision, terms, "同意。")
            .await
            .unwrap()
    }

    async fn caller(&self, key: &str) -> Caller {
        calls::authenticate(&self.town.city, Some(key), now())
            .await
            .unwrap()
    }

    async fn query(&self, key: &str, grant: &GrantId, conditions: Value) -> Value {
        let body = json!({ "purpose": "basis", "matter": "永-1", "where": conditions }).to_string();
        let caller = self.caller(key).await;
        let answer = calls::query(&self.town.city, &caller, grant, body.as_bytes(), now())
            .await
            .unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn verify(&self, key: &str, grant: &GrantId, id: &str, item: &str) -> Value {
        let expect = BTreeMap::from([(item, "王小芳")]);
        let body = json!({ "purpose": "basis", "matter": "永-2", "where": { "id": id }, "expect": expect });
        let caller = self.caller(key).await;
        let answer = calls::verify(
            &self.town.city,
            &caller,
            grant,
            body.to_string().as_bytes(),
            now(),
        )
        .await
        .unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn export(&self, key: &str, grant: &GrantId) -> calls::Export {
        let asked = ExportAsk {
            purpose: Purpose::Basis.name().to_owned(),
            matter: "永-3".to_owned(),
            ..ExportAsk::default()
        };
        let caller = self.caller(key).await;
        calls::export(&self.town.city, &caller, grant, &asked, now())
            .await
            .unwrap()
    }

    async fn doubt_at(&self, id: &str, item: &str, now: Timestamp) -> Result<Doubted, Refused> {
        let ctx = self.town.ctx_at("clerk", now);
        corrections::doubt(&self.town.city, &ctx, &self.county, doubt(id, item)).await
    }

    async fn doubt(&self, id: &str, item: &str) -> Result<Doubted, Refused> {
        self.doubt_at(id, item, now()).await
    }

    async fn show(&self, who: &str, case: &CaseId) -> Result<CaseView, Refused> {
        cases::show(&self.town.city, &self.town.ctx(who), case).await
    }

    async fn act(
        &self,
        who: &str,
        case: &CaseId,
        step: &str,
        answers: &[(&str, &str)],
    ) -> Result<(), Refused> {
        self.act_at(who, case, step, answers, now()).await
    }

    async fn act_at(
        &self,
        who: &str,
        case: &CaseId,
        step: &str,
        answers: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(), Refused> {
        let revision = self.town.case_revision("engineer", case).await;
        let answers = answers
            .iter()
            .fold(Answers::default(), |all, (name, value)| all.with(name, value));
        cases::act(
            &self.town.city,
            &self.town.ctx_at(who, now),
            case,
            revision,
            step,
            answers,
        )
        .await
    }
}

fn doubt(id: &str, item: &str) -> Doubt {
    Doubt {
        key: BTreeMap::from([("id".to_owned(), id.to_owned())]),
        item: item.to_owned(),
        words: "与居民提交的户口簿不一致。".to_owned(),
    }
}

async fn on_both<F: Future<Output = ()>>(story: impl Fn(Desk) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        story(Desk::on(engine).await).await;
    }
}

fn due(view: &CaseView) -> Date {
    view.clocks[0].due
}

fn about(view: &CaseView) -> String {
    let cases::About::Lines(lines) = &view.about else {
        panic!("a correction is about lines");
    };
    lines
        .iter()
        .map(|(label, value)| format!("{label}：{value}\n"))
        .collect()
}

/// Ten in the morning of a day in the city.
fn morning(day: Date) -> Timestamp {
    format!("{day}T02:00:00Z").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_while_a_doubt_is_open_the_record_is_answered_with_its_mark_and_no_other() {
    on_both(|desk| async move {
        let before = desk.query(&desk.insurance, &desk.county, json!({})).await;
        assert_eq!(before.get("marks"), None, "{before}");
        let doubted = desk.doubt("002", "region").await.unwrap();
        let answer = desk.query(&desk.insurance, &desk.county, json!({})).await;
        let marks = answer["marks"].as_array().unwrap();
        assert_eq!(marks.len(), 1, "{answer}");
        assert_eq!(
            (&marks[0]["row"], &marks[0]["item"]),
            (&json!(1), &json!("region"))
        );
        assert_eq!(marks[0]["kind"], "correction");
        assert_eq!(marks[0]["since"], "2026-11-23");
        assert!(marks[0]["note"].as_str().unwrap().contains("合法有效证明材料"));
        assert_eq!(answer["rows"][1]["id"], "002");
        let other = desk
            .query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        assert_eq!(other.get("marks"), None);
        let school = desk.school_grant(&["id", "name"]).await;
        let without = desk.query(&desk.school, &school, json!({ "id": "002" })).await;
        assert_eq!(without.get("marks"), None, "the doubted item was not given");
        let verified = desk.verify(&desk.insurance, &desk.county, "002", "region").await;
        assert_eq!(verified["marks"][0]["item"], "region");
        let verified = desk.verify(&desk.insurance, &desk.county, "002", "name").await;
        assert_eq!(verified.get("marks"), None);
        assert_eq!(desk.export(&desk.insurance, &desk.county).await.marked, 1);
        desk.act("engineer", &doubted.case, "uphold", &[("text", "与档案一致。")])
            .await
            .unwrap();
        let after = desk.query(&desk.insurance, &desk.county, json!({})).await;
        assert_eq!(after.get("marks"), None);
        assert_eq!(desk.export(&desk.insurance, &desk.county).await.marked, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_correction_is_merged_and_everybody_who_received_the_record_is_told() {
    on_both(|desk| async move {
        let school = desk.school_grant(&["id", "name", "region"]).await;
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        desk.query(&desk.school, &school, json!({ "id": "001" })).await;
        let doubted = desk.doubt("001", "name").await.unwrap();
        assert_eq!(doubted.due, Some(date(2026, 11, 30)));
        assert!(desk.show("teacher", &doubted.case).await.is_err(), "not told yet");
        let answers = [("text", "录入有误，已更正。"), ("value", "王晓芳")];
        desk.act("cataloguer", &doubted.case, "correct", &answers)
            .await
            .unwrap();

        let row = desk.query(&desk.school, &school, json!({ "id": "001" })).await;
        assert_eq!(row["rows"][0]["name"], "王晓芳");
        let rest = desk.query(&desk.school, &school, json!({})).await;
        assert_eq!(
            rest["rows"].as_array().unwrap().len(),
            4,
            "one row was merged, none lost"
        );

        let told = desk.show("teacher", &doubted.case).await.unwrap();
        assert!(told.next.iter().all(|it| !it.is_allowed));
        assert!(about(&told).contains("修正后的值：王晓芳"), "{}", about(&told));
        // What the parties wrote may name the record in clear, and their grant is not its own.
        assert!(!about(&told).contains("录入有误") && told.grant.is_none());
        assert!(
            told.history.iter().all(|it| it.words.is_empty()),
            "{:?}",
            told.history
        );
        let lines = cases::list(&desk.town.city, &desk.town.ctx("teacher"), &Filter::default())
            .await
            .unwrap();
        assert!(lines.lines.iter().any(|it| it.id == doubted.case));
        let clerk = about(&desk.show("clerk", &doubted.case).await.unwrap());
        assert!(
            clerk.contains("修正后的值：王**"),
            "as the grant veils it: {clerk}"
        );
        let provider = about(&desk.show("engineer", &doubted.case).await.unwrap());
        assert!(provider.contains("提出疑义时的值：王小芳") && provider.contains("永州市教育局"));
        let authority = about(&desk.show("reviewer", &doubted.case).await.unwrap());
        assert!(
            !authority.contains("王"),
            "oversight reads everything but data: {authority}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_the_value_as_it_was_is_no_correction_and_leaves_no_batch() {
    on_both(|desk| async move {
        let (city, head) = (&desk.town.city, desk.town.ctx("head"));
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        let case = desk.doubt("001", "name").await.unwrap().case;
        let before = app::delivery::list(city, &head, &desk.entry).await.unwrap().len();
        let answers = [("text", "已核对。"), ("value", "王小芳")];
        let refused = desk
            .act("engineer", &case, "correct", &answers)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "still-uncorrected");
        let after = app::delivery::list(city, &head, &desk.entry).await.unwrap().len();
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_whoever_never_received_the_record_is_not_told() {
    on_both(|desk| async move {
        let school = desk.school_grant(&["id", "name", "region"]).await;
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        desk.query(&desk.school, &school, json!({ "id": "003" })).await;
        let doubted = desk.doubt("001", "name").await.unwrap();
        let answers = [("text", "已更正。"), ("value", "王晓芳")];
        desk.act("engineer", &doubted.case, "correct", &answers)
            .await
            .unwrap();
        assert!(desk.show("teacher", &doubted.case).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_file_of_the_whole_set_counts_as_received_and_the_index_outlives_a_restart() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut desk = Desk::on(engine).await;
        let school = desk.school_grant(&["id", "name"]).await;
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        desk.export(&desk.school, &school).await;
        let doubted = desk.doubt("001", "region").await.unwrap();
        desk.town = desk.town.reopened().await;
        let marked = desk
            .query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        assert_eq!(marked["marks"][0]["item"], "region", "{marked}");
        let answers = [("text", "已更正。"), ("value", "431121")];
        desk.act("engineer", &doubted.case, "correct", &answers)
            .await
            .unwrap();
        let told = about(&desk.show("teacher", &doubted.case).await.unwrap());
        assert!(
            told.contains("不在贵单位的授权范围内"),
            "the item was not granted: {told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_value_put_right_is_told_as_a_correction_and_is_no_batch_with_scores() {
    on_both(|desk| async move {
        let (city, head) = (&desk.town.city, desk.town.ctx("head"));
        let before = app::catalogue::show(city, &head, &desk.entry).await.unwrap();
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        let case = desk.doubt("001", "name").await.unwrap().case;
        let answers = [("text", "已更正。"), ("value", "王晓芳")];
        let later = now() + 1.hour();
        desk.act_at("engineer", &case, "correct", &answers, later)
            .await
            .unwrap();
        let rows = app::delivery::list(city, &head, &desk.entry).await.unwrap();
        let kinds: Vec<BatchKind> = rows.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [BatchKind::Correction, BatchKind::Full]);
        assert!(rows[0].percent.is_none() && rows[1].percent.is_some());
        let shown = app::delivery::show(city, &head, &rows[0].id).await.unwrap();
        assert!(shown.scores.is_empty() && shown.data_version.is_some());
        // The entry's last batch, and the day from which its cycle counts, are those of the provider's own batch.
        let after = app::catalogue::show(city, &head, &desk.entry).await.unwrap();
        let last = |it: &app::catalogue::EntryView| it.last_delivery.as_ref().unwrap().id.clone();
        assert_eq!(last(&after), last(&before));
        assert_eq!(BatchKind::sent("correction"), None, "nobody sends one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_neither_key_nor_values_reach_the_evidence() {
    on_both(|desk| async move {
        let seen = desk
            .query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        assert_eq!(seen["rows"].as_array().unwrap().len(), 1);
        let doubted = desk.doubt("001", "name").await.unwrap();
        let answers = [("text", "已更正。"), ("value", "王晓芳")];
        desk.act("engineer", &doubted.case, "correct", &answers)
            .await
            .unwrap();
        let mut log = Vec::new();
        for file in std::fs::read_dir(desk.town.fresh.config.data_dir.join("evidence")).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                log.extend(std::fs::read(path).unwrap());
            }
        }
        let text = String::from_utf8_lossy(&log);
        assert!(text.contains("\"procedure\":\"correction\""));
        for secret in ["王小芳", "王晓芳", "\"001\"", "户口簿"] {
            assert!(!text.contains(secret), "{secret}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_only_the_head_extends_by_fifteen_days_at_most_and_says_why() {
    on_both(|desk| async move {
        desk.query(&desk.insurance, &desk.county, json!({})).await;
        let doubted = desk.doubt("001", "name").await.unwrap();
        let case = &doubted.case;
        let days = |days| [("days", days), ("reason", "需调取纸质档案。")];
        assert!(desk.act("engineer", case, "extend", &days("5")).await.is_err());
        let unsaid = desk
            .act("head", case, "extend", &[("days", "5"), ("reason", " ")])
            .await;
        assert_eq!(unsaid.unwrap_err().fields[0].0, "reason");
        desk.act("head", case, "extend", &days("10")).await.unwrap();
        let longer = desk.act("head", case, "extend", &days("6")).await.unwrap_err();
        assert_eq!(longer.code, "extended-too-long");
        assert!(longer.words.contains("最长15个工作日"), "{}", longer.words);
        desk.act("head", case, "extend", &days("5")).await.unwrap();
        let view = desk.show("clerk", case).await.unwrap();
        // Twenty working days after Monday the 23rd of November.
        assert_eq!(due(&view), date(2026, 12, 21));
        let told = view
            .history
            .iter()
            .any(|it| it.words.contains("需调取纸质档案。"));
        assert!(told, "the user agency reads the reason");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_the_clock_passes_the_holiday_week_and_counts_the_make_up_sunday() {
    on_both(|desk| async move {
        desk.query(&desk.insurance, &desk.county, json!({})).await;
        // 2026-09-20, a Sunday, is worked; the 25th is a holiday; October begins with a week of them.
        let friday = morning(date(2026, 9, 18));
        let doubted = desk.doubt_at("001", "name", friday).await.unwrap();
        assert_eq!(doubted.due, Some(date(2026, 9, 24)));
        let days = [("days", "5"), ("reason", "节前人手不足。")];
        desk.act_at("head", &doubted.case, "extend", &days, morning(date(2026, 9, 24)))
            .await
            .unwrap();
        let on = |day| {
            let ctx = desk.town.ctx_at("clerk", morning(day));
            let (city, case) = (desk.town.city.clone(), doubted.case.clone());
            async move { cases::show(&city, &ctx, &case).await.unwrap().clocks[0] }
        };
        let last = on(date(2026, 9, 24)).await.due;
        assert_eq!(on(last).await.colour, Colour::Amber);
        let after = last.tomorrow().unwrap();
        assert_eq!(on(after).await.colour, Colour::Red);
        let answers = [("text", "与档案一致。")];
        desk.act_at("engineer", &doubted.case, "uphold", &answers, morning(after))
            .await
            .unwrap();
        assert_eq!(on(after).await.colour, Colour::MetLate);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_what_was_not_received_cannot_be_doubted_and_reads_as_what_is_not_there() {
    on_both(|desk| async move {
        let never = desk.doubt("001", "name").await.unwrap_err();
        desk.query(&desk.insurance, &desk.county, json!({})).await;
        let other_county = desk.doubt("003", "name").await.unwrap_err();
        let nowhere = desk.doubt("999", "name").await.unwrap_err();
        for refused in [&never, &other_county, &nowhere] {
            assert_eq!((refused.code, &refused.words), ("not-received", &never.words));
        }
        assert_eq!(
            desk.doubt("001", "born").await.unwrap_err().code,
            "item-not-granted"
        );
        let half = Doubt {
            key: BTreeMap::new(),
            ..doubt("001", "name")
        };
        let ctx = desk.town.ctx("clerk");
        let half = corrections::doubt(&desk.town.city, &ctx, &desk.county, half)
            .await
            .unwrap_err();
        assert_eq!(half.code, "bad-key-values");
        let stranger = desk.town.ctx("teacher");
        let stranger = corrections::doubt(&desk.town.city, &stranger, &desk.county, doubt("001", "name"));
        assert_eq!(stranger.await.unwrap_err().code, "not-found");
        desk.doubt("001", "name").await.unwrap();
        assert_eq!(
            desk.doubt("001", "name").await.unwrap_err().code,
            "already-doubted"
        );
        desk.doubt("001", "region").await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_nothing_is_called_corrected_before_the_data_is() {
    on_both(|desk| async move {
        desk.query(&desk.insurance, &desk.county, json!({})).await;
        let case = desk.doubt("001", "name").await.unwrap().case;
        let only_said = desk
            .act("engineer", &case, "correct", &[("text", "已更正。")])
            .await;
        assert_eq!(only_said.unwrap_err().code, "still-uncorrected");
        let same = [("text", "已更正。"), ("value", "王小芳")];
        assert_eq!(
            desk.act("engineer", &case, "correct", &same)
                .await
                .unwrap_err()
                .code,
            "still-uncorrected"
        );
        let long = "王".repeat(51);
        let bad = [("text", "已更正。"), ("value", long.as_str())];
        let refused = desk.act("engineer", &case, "correct", &bad).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.fields[0].0.as_str()),
            ("bad-value", "value")
        );
        assert!(refused.words.contains("超过最大长度"), "{}", refused.words);
        // The provider delivers a batch of his own, and then says so.
        let batch = PEOPLE_CSV.replace("王小芳", "王晓芳");
        desk.town
            .deliver(&desk.entry, "b2", BatchKind::Full, &batch)
            .await;
        desk.act("engineer", &case, "correct", &[("text", "已随批次更正。")])
            .await
            .unwrap();
        let view = desk.show("engineer", &case).await.unwrap();
        assert_eq!(view.line.state.name, "corrected");
        assert!(about(&view).contains("修正后的值：王晓芳"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_the_agencys_own_software_doubts_and_the_history_names_it() {
    on_both(|desk| async move {
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        let caller = desk.caller(&desk.insurance).await;
        let doubted = corrections::doubt_from(
            &desk.town.city,
            &caller,
            now(),
            &desk.county,
            doubt("001", "name"),
        )
        .await
        .unwrap();
        let view = desk.show("clerk", &doubted.case).await.unwrap();
        assert_eq!(view.history[0].by, "operator业务系统");
        assert_eq!(view.history[0].org_name, "永州市医疗保障局");
        let stranger = desk.caller(&desk.school).await;
        let refused = corrections::doubt_from(
            &desk.town.city,
            &stranger,
            now(),
            &desk.county,
            doubt("001", "name"),
        );
        assert_eq!(refused.await.unwrap_err().code, "not-found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_doubt_stands_in_the_providers_todo_and_goes_with_the_answer() {
    on_both(|desk| async move {
        desk.query(&desk.insurance, &desk.county, json!({ "id": "001" }))
            .await;
        let case = desk.doubt("001", "name").await.unwrap().case;
        let todo = cases::todo(&desk.town.city, &desk.town.ctx("engineer"))
            .await
            .unwrap();
        let row = todo.iter().find(|it| it.case.id == case).unwrap();
        let steps: Vec<&str> = row.steps.iter().map(|it| it.name).collect();
        assert_eq!(steps, ["correct", "uphold"]);
        assert!(row.duty.as_ref().unwrap().0.contains("校核"));
        desk.act("engineer", &case, "uphold", &[("text", "与档案一致。")])
            .await
            .unwrap();
        let todo = cases::todo(&desk.town.city, &desk.town.ctx("engineer"))
            .await
            .unwrap();
        assert!(todo.iter().all(|it| it.case.id != case));
    })
    .await;
}
