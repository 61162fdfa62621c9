//! Stories of objections (art. 34): anybody files one, the data is marked, somebody decides, the objector is told.

use std::time::Duration;

use app::{
    Refused,
    calls::{self, ExportAsk},
    cases::{self, Answers, CaseView},
    letters, marks,
    objections::{self, Filed, Objection},
    opening, requests,
};
use jiff::{Timestamp, civil::Date, civil::date};
use rules::{
    catalogue::{ItemClass, OpenKind, ShareKind},
    delivery::BatchKind,
    grant::Purpose,
    ids::{CaseId, EntryId},
    procedure::objection::{ObjectionKind, Outcome},
    release::Plan,
};
use serde_json::{Value, json};
use store::{Engine, releases::ReleaseState};

use crate::post_office;
use crate::town::{self, PEOPLE_CSV, Town, now, people_content};

/// A town with one open set.
struct Hall {
    town: Town,
    entry: EntryId,
}

impl Hall {
    async fn on(engine: Engine) -> Hall {
        let town = Town::on(engine).await;
        let mut content = people_content(ShareKind::Unconditional);
        content.title = "公交站点".to_owned();
        content.open = OpenKind::Unconditional;
        for item in &mut content.items {
            item.class = ItemClass::Plain;
        }
        let entry = town.publish(content.clone()).await;
        town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let hall = Hall { town, entry };
        hall.open().await;
        hall
    }

    /// Plan, review by a second person, release, list.
    async fn open(&self) {
        let (city, cataloguer) = (&self.town.city, self.town.ctx("cataloguer"));
        let view = opening::plan(city, &cataloguer, &self.entry).await.unwrap();
        let content = app::catalogue::show(city, &cataloguer, &self.entry)
            .await
            .unwrap()
            .content;
        opening::save_plan(
            city,
            &cataloguer,
            &self.entry,
            view.revision,
            Plan::proposed(&content),
        )
        .await
        .unwrap();
        let case = opening::submit(city, &cataloguer, &self.entry).await.unwrap();
        let head = self.town.ctx("head");
        let revision = cases::show(city, &head, &case).await.unwrap().revision;
        let answers = Answers::default().with("words", "无涉密内容，同意开放。");
        cases::act(city, &head, &case, revision, "release", answers)
            .await
            .unwrap();
        loop {
            let view = opening::plan(city, &cataloguer, &self.entry).await.unwrap();
            if view.releases.iter().all(|it| it.state != ReleaseState::Making) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        opening::publish_list(city, &head, OpenKind::Unconditional)
            .await
            .unwrap();
    }

    async fn file_at(&self, now: Timestamp) -> Filed {
        objections::file(&self.town.city, objection(&self.entry), now)
            .await
            .unwrap()
    }

    /// The case of the objection that was filed last.
    async fn case(&self) -> CaseId {
        let filter = cases::Filter {
            procedure: Some("objection".to_owned()),
            ..cases::Filter::default()
        };
        let found = cases::list(&self.town.city, &self.town.ctx("reviewer"), &filter)
            .await
            .unwrap();
        found.lines[0].id.clone()
    }

    async fn show(&self, who: &str, case: &CaseId) -> CaseView {
        cases::show(&self.town.city, &self.town.ctx(who), case)
            .await
            .unwrap()
    }

    async fn act_at(
        &self,
        who: &str,
        case: &CaseId,
        step: &str,
        answers: &[(&str, &str)],
        day: Date,
    ) -> Result<(), Refused> {
        let revision = self.show("reviewer", case).await.revision;
        let answers = answers
            .iter()
            .fold(Answers::default(), |all, (name, value)| all.with(name, value));
        let ctx = self.town.ctx_at(who, morning(day));
        cases::act(&self.town.city, &ctx, case, revision, step, answers).await
    }

    async fn act(
        &self,
        who: &str,
        case: &CaseId,
        step: &str,
        answers: &[(&str, &str)],
    ) -> Result<(), Refused> {
        self.act_at(who, case, step, answers, town::today()).await
    }
}

const PRIVATE: &str = "本人王小芳，电话13800000000";

fn objection(entry: &EntryId) -> Objection {
    Objection {
        dataset: entry.0.clone(),
        kind: ObjectionKind::Privacy,
        words: "第一条写着我的名字。".to_owned(),
        contact: Some(PRIVATE.to_owned()),
    }
}

const DECISION: [(&str, &str); 2] = [("outcome", "correct"), ("decision", "已去除。")];

const UPHELD: [(&str, &str); 2] = [("outcome", "uphold"), ("decision", "经核对，数据正确。")];

async fn on_both<F: Future<Output = ()>>(story: impl Fn(Hall) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        story(Hall::on(engine).await).await;
    }
}

fn morning(day: Date) -> Timestamp {
    format!("{day}T02:00:00Z").parse().unwrap()
}

fn about(view: &CaseView) -> String {
    let cases::About::Lines(lines) = &view.about else {
        panic!("an objection is about lines");
    };
    lines
        .iter()
        .map(|(label, value)| format!("{label}：{value}\n"))
        .collect()
}

/// The last days of the clocks that run or ran.
fn dues(view: &CaseView) -> Vec<(&'static str, Date)> {
    view.clocks.iter().map(|it| (it.duty, it.due)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_somebody_without_an_account_objects_and_follows_it_to_the_answer() {
    on_both(|hall| async move {
        let city = &hall.town.city;
        let filed = hall.file_at(now()).await;
        let case = hall.case().await;
        let view = hall.show("reviewer", &case).await;
        assert_eq!(
            (view.history[0].by.as_str(), view.history[0].org_name.as_str()),
            ("公众", "")
        );
        let typed = filed
            .number
            .replace('〔', "[")
            .replace('〕', "] ")
            .replace("00000", "");
        assert_ne!(typed, filed.number);
        assert!(
            objections::track(city, &typed, &filed.code, now()).await.is_ok(),
            "{typed}"
        );
        let tracked = objections::track(city, &filed.number, &filed.code.to_lowercase(), now())
            .await
            .unwrap();
        assert_eq!((tracked.state, tracked.is_closed), ("已收到", false));
        hall.act("reviewer", &case, "mark", &[]).await.unwrap();
        hall.act("reviewer", &case, "transfer", &[]).await.unwrap();
        hall.act("cataloguer", &case, "department-decide", &DECISION)
            .await
            .unwrap();
        let tracked = objections::track(city, &filed.number, &filed.code, now())
            .await
            .unwrap();
        assert_eq!((tracked.outcome, &tracked.answer), (None, &None), "not told yet");
        hall.act("reviewer", &case, "tell", &[("text", "已去除您的名字。")])
            .await
            .unwrap();
        let tracked = objections::track(city, &filed.number, &filed.code, now())
            .await
            .unwrap();
        assert_eq!((tracked.state, tracked.is_closed), ("已告知，待更正", false));
        assert_eq!(tracked.outcome, Some(Outcome::Correct));
        assert_eq!(tracked.answer.as_deref(), Some("已去除您的名字。"));
        assert_eq!(
            (tracked.decision.as_str(), tracked.correction),
            ("已去除。", None)
        );
        assert_eq!(tracked.steps.len(), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_what_is_to_be_put_right_stays_open_and_marked_until_a_release_or_a_withdrawal() {
    on_both(|hall| async move {
        let city = &hall.town.city;
        let filed = hall.file_at(now()).await;
        let case = hall.case().await;
        hall.act("reviewer", &case, "mark", &[]).await.unwrap();
        assert_eq!(hall.show("reviewer", &case).await.line.state.label, "已标注");
        hall.act("reviewer", &case, "transfer", &[]).await.unwrap();
        hall.act("cataloguer", &case, "department-decide", &DECISION)
            .await
            .unwrap();
        hall.act("reviewer", &case, "tell", &[("text", "将去除您的名字。")])
            .await
            .unwrap();
        let refused = hall.act("cataloguer", &case, "amend", &[]).await.unwrap_err();
        assert_eq!(refused.code, "not-put-right");
        assert!(marks::is_disputed(city, &hall.entry).await.unwrap());
        let todo = cases::todo(city, &hall.town.ctx("cataloguer")).await.unwrap();
        assert!(todo.iter().any(|it| it.case.id == case));
        let tomorrow = town::today().tomorrow().unwrap();
        let head = hall.town.ctx_at("head", morning(tomorrow));
        opening::withdraw(city, &head, &hall.entry, "按异议处理决定更正。")
            .await
            .unwrap();
        hall.act_at("cataloguer", &case, "amend", &[], tomorrow)
            .await
            .unwrap();
        assert!(!marks::is_disputed(city, &hall.entry).await.unwrap());
        let tracked = objections::track(city, &filed.number, &filed.code, now())
            .await
            .unwrap();
        assert!(tracked.is_closed);
        assert!(tracked.correction.unwrap().contains("撤回了开放数据"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_an_objector_who_left_an_address_is_told_by_letter_and_the_address_is_forgotten() {
    on_both(|hall| async move {
        let city = &hall.town.city;
        city.write_letters();
        let office = post_office::PostOffice::open(post_office::Mood::Takes);
        let with_address = Objection {
            contact: Some("wang@example.org".to_owned()),
            ..objection(&hall.entry)
        };
        let filed = objections::file(city, with_address, now()).await.unwrap();
        let case = hall.case().await;
        hall.act("reviewer", &case, "mark", &[]).await.unwrap();
        hall.act("reviewer", &case, "transfer", &[]).await.unwrap();
        hall.act("cataloguer", &case, "department-decide", &DECISION)
            .await
            .unwrap();
        hall.act("reviewer", &case, "tell", &[("text", "已去除您的名字。")])
            .await
            .unwrap();
        let store = hall.town.fresh.store().await;
        let waiting = store::notices::claim_mails(&store, now(), now(), 50)
            .await
            .unwrap();
        assert!(waiting.iter().any(|it| it.address.is_some()));
        assert!(
            !format!("{waiting:?}").contains("wang@example.org"),
            "sealed until it has gone"
        );
        let later = now() + jiff::SignedDuration::from_mins(2);
        letters::send_due(city, &office.mailer(), later).await.unwrap();
        let letters = office.letters();
        let letter = letters.iter().find(|it| it.to == ["wang@example.org"]).unwrap();
        let body = letter.body();
        for said in [
            filed.number.as_str(),
            "予以更正",
            "已去除您的名字。",
            "/open/track",
        ] {
            assert!(body.contains(said), "{said} in {body}");
        }
        assert!(!about(&hall.show("reviewer", &case).await).contains("wang@example.org"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_the_query_code_is_the_only_way_in_and_nothing_tells_a_wrong_one_from_no_objection() {
    on_both(|hall| async move {
        let city = &hall.town.city;
        let (first, second) = (hall.file_at(now()).await, hall.file_at(now()).await);
        let wrong = objections::track(city, &first.number, &second.code, now())
            .await
            .unwrap_err();
        let nothing = objections::track(city, "异〔2026〕999999", &first.code, now())
            .await
            .unwrap_err();
        let empty = objections::track(city, "", "", now()).await.unwrap_err();
        for refused in [&wrong, &nothing, &empty] {
            assert_eq!((refused.code, &refused.words), ("not-found", &wrong.words));
        }
        let closed = objection(&EntryId::from("nothing-open"));
        let closed = objections::file(city, closed, now()).await.unwrap_err();
        let shut = hall.town.publish(people_content(ShareKind::Conditional)).await;
        let shut = objections::file(city, objection(&shut), now()).await.unwrap_err();
        assert_eq!((shut.code, &shut.words), (closed.code, &closed.words));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_the_mark_is_seen_by_the_public_and_in_every_answer_until_the_objector_is_told() {
    on_both(|hall| async move {
        let city = &hall.town.city;
        let (key, _) = hall.town.key("operator").await;
        let clerk = hall.town.ctx("clerk");
        let grant = requests::claim(city, &clerk, &hall.entry, Purpose::Basis, "参保核验", "永-1")
            .await
            .unwrap();
        let caller = calls::authenticate(city, Some(&key), now()).await.unwrap();
        let body = json!({ "purpose": "basis", "matter": "永-1", "where": { "id": "001" } }).to_string();
        let query = || async {
            let answer = calls::query(city, &caller, &grant, body.as_bytes(), now())
                .await
                .unwrap();
            serde_json::from_slice::<Value>(&answer.body).unwrap()
        };
        let export = || async {
            let asked = ExportAsk {
                purpose: "basis".to_owned(),
                matter: "永-1".to_owned(),
                ..ExportAsk::default()
            };
            calls::export(city, &caller, &grant, &asked, now())
                .await
                .unwrap()
                .marked
        };
        hall.file_at(now()).await;
        assert!(!marks::is_disputed(city, &hall.entry).await.unwrap());
        assert_eq!(query().await.get("marks"), None, "filed is not marked");
        let case = hall.case().await;
        hall.act("reviewer", &case, "mark", &[]).await.unwrap();
        let lines = marks::of_set(city, &hall.entry).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].words.contains("侵犯个人隐私") && !lines[0].words.contains("名字"));
        assert!(marks::disputed(city).await.unwrap().contains(&hall.entry));
        let answer = query().await;
        assert_eq!(answer["marks"][0]["kind"], "objection", "{answer}");
        assert_eq!(answer["marks"][0].get("row"), None);
        assert_eq!(export().await, 4);
        hall.act("reviewer", &case, "transfer", &[]).await.unwrap();
        hall.act("engineer", &case, "department-decide", &UPHELD)
            .await
            .unwrap();
        assert!(marks::is_disputed(city, &hall.entry).await.unwrap());
        hall.act("reviewer", &case, "tell", &[("text", "经核对，数据正确。")])
            .await
            .unwrap();
        assert!(!marks::is_disputed(city, &hall.entry).await.unwrap());
        assert_eq!(query().await.get("marks"), None);
        assert_eq!(export().await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_its_clocks_count_the_make_up_sunday_and_pass_over_the_holiday() {
    on_both(|hall| async move {
        // Friday 2026-09-18; Sunday the 20th is worked, Friday the 25th is a holiday.
        hall.file_at(morning(date(2026, 9, 18))).await;
        let case = hall.case().await;
        let view = hall.show("reviewer", &case).await;
        assert_eq!(
            dues(&view),
            [
                ("异议标注", date(2026, 9, 20)),
                ("决定是否更正", date(2026, 9, 24)),
                ("转交部门", date(2026, 9, 21)),
            ]
        );
        assert_eq!(view.line.due, Some(date(2026, 9, 20)));
        hall.act_at("reviewer", &case, "mark", &[], date(2026, 9, 20))
            .await
            .unwrap();
        hall.act_at("reviewer", &case, "transfer", &[], date(2026, 9, 21))
            .await
            .unwrap();
        let view = hall.show("reviewer", &case).await;
        assert_eq!(view.line.due, Some(date(2026, 9, 29)));
        assert!(
            dues(&view).iter().all(|it| it.0 != "决定是否更正"),
            "void by the transfer"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_the_mark_comes_first_and_once_and_each_step_is_its_offices() {
    on_both(|hall| async move {
        hall.file_at(now()).await;
        let case = hall.case().await;
        for (step, answers) in [("transfer", &[] as &[_]), ("decide", &DECISION)] {
            let refused = hall.act("reviewer", &case, step, answers).await.unwrap_err();
            assert_eq!(refused.code, "not-marked", "{step}");
        }
        let todo = cases::todo(&hall.town.city, &hall.town.ctx("reviewer"))
            .await
            .unwrap();
        let steps: Vec<&str> = todo[0].steps.iter().map(|it| it.name).collect();
        assert_eq!(steps, ["mark"]);
        assert!(hall.act("cataloguer", &case, "mark", &[]).await.is_err());
        hall.act("reviewer", &case, "mark", &[]).await.unwrap();
        assert_eq!(
            hall.act("reviewer", &case, "mark", &[]).await.unwrap_err().code,
            "not-from-here"
        );
        assert!(hall.act("cataloguer", &case, "decide", &DECISION).await.is_err());
        let undecided = hall
            .act("reviewer", &case, "decide", &[("decision", "已去除。")])
            .await;
        assert_eq!(undecided.unwrap_err().fields[0].0, "outcome");
        hall.act("reviewer", &case, "transfer", &[]).await.unwrap();
        let todo = cases::todo(&hall.town.city, &hall.town.ctx("cataloguer"))
            .await
            .unwrap();
        assert!(todo.iter().any(|it| it.case.id == case));
        assert!(
            hall.act("reviewer", &case, "department-decide", &DECISION)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art34_the_contact_is_sealed_shown_to_the_authority_only_and_gone_once_told() {
    on_both(|hall| async move {
        hall.file_at(now()).await;
        let case = hall.case().await;
        assert!(about(&hall.show("reviewer", &case).await).contains(PRIVATE));
        for who in ["cataloguer", "head"] {
            assert!(
                !about(&hall.show(who, &case).await).contains("13800000000"),
                "{who}"
            );
        }
        let stored = store::cases::get(hall.town.fresh.store().await.read(), &case)
            .await
            .unwrap();
        assert!(!stored.content.to_string().contains("13800000000"));
        let hash = stored.content["code_hash"].as_str().unwrap();
        assert_eq!(hash.len(), 64);
        let mut log = Vec::new();
        for file in std::fs::read_dir(hall.town.fresh.config.data_dir.join("evidence")).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                log.extend(std::fs::read(path).unwrap());
            }
        }
        let log = String::from_utf8_lossy(&log);
        assert!(log.contains("\"procedure\":\"objection\""));
        assert!(!log.contains("13800000000") && !log.contains("我的名字"));
        hall.act("reviewer", &case, "mark", &[]).await.unwrap();
        hall.act("reviewer", &case, "transfer", &[]).await.unwrap();
        hall.act("cataloguer", &case, "department-decide", &DECISION)
            .await
            .unwrap();
        hall.act("reviewer", &case, "tell", &[("text", "已去除。")])
            .await
            .unwrap();
        assert!(!about(&hall.show("reviewer", &case).await).contains("13800000000"));
    })
    .await;
}
