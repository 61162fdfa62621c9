//! Stories of applicants (art. 26, art. 33): they register, apply, agree, call, make products, and are erased. Both
//! engines.

mod town;

use app::{
    Refused, agreements,
    applicants::{self, Details, Me, NewApplicant},
    calls::{self, Answer, CallError},
    cases::{self, Answers},
    open_requests::{self, Application},
    opening,
    products::{self, Maker, NewProduct},
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    applicant::{Field, Kind},
    catalogue::{Content, ItemClass, OpenKind, ShareKind},
    clock::Colour,
    delivery::BatchKind,
    ids::{AgreementId, CaseId, EntryId, GrantId},
    product::State,
};
use serde_json::{Value, json};
use store::Engine;
use town::{PEOPLE_CSV, Town, now, people_content};

const PASSWORD: &str = "Lingling-2026";
const NAME: &str = "唐小芳";
const IDENTITY: &str = "431102198001010012";
const PHONE: &str = "13907460001";
const EMAIL: &str = "tang.xf@example.org";
const ADDRESS: &str = "永州市冷水滩区梧桐路三百零二号";

async fn on_both<F: Future<Output = ()>>(story: impl Fn(Town) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        story(Town::on(engine).await).await;
    }
}

fn person() -> NewApplicant {
    NewApplicant {
        kind: Kind::Person,
        details: Details {
            name: NAME.to_owned(),
            identity: IDENTITY.to_owned(),
            contact: String::new(),
            phone: PHONE.to_owned(),
            email: EMAIL.to_owned(),
            address: ADDRESS.to_owned(),
        },
        password: PASSWORD.to_owned(),
        consents: true,
    }
}

async fn signed_in(town: &Town, email: &str) -> (Me, String) {
    let session = applicants::sign_in(&town.city, email, PASSWORD, now())
        .await
        .unwrap();
    let me = applicants::session(&town.city, &session.token, now())
        .await
        .unwrap()
        .unwrap();
    (me, session.token)
}

/// A person who has registered and signed in.
async fn tang(town: &Town) -> Me {
    applicants::register(&town.city, person(), now()).await.unwrap();
    signed_in(town, EMAIL).await.0
}

/// A second applicant, an organisation.
async fn other(town: &Town) -> Me {
    let mut new = person();
    new.kind = Kind::Organisation;
    new.details.name = "永州某科技有限公司".to_owned();
    new.details.identity = "91431100MA4L16JC9D".to_owned();
    new.details.contact = "李工".to_owned();
    new.details.email = "info@example.net".to_owned();
    applicants::register(&town.city, new, now()).await.unwrap();
    signed_in(town, "info@example.net").await.0
}

fn ages() -> Content {
    let mut content = people_content(ShareKind::Unconditional);
    content.title = "居民年龄分布".to_owned();
    content.open = OpenKind::Conditional;
    content.open_conditions = "仅限研究使用。".to_owned();
    content.items[1].class = ItemClass::Identifier;
    content.items[2].class = ItemClass::Quasi;
    content.items[3].class = ItemClass::Quasi;
    content
}

/// A conditional set on its list: the entry and its name in addresses.
async fn listed(town: &Town) -> (EntryId, String) {
    let entry = town.publish(ages()).await;
    town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
    opening::publish_list(&town.city, &town.ctx("head"), OpenKind::Conditional)
        .await
        .unwrap();
    let set = app::portal::dataset(&town.city, entry.as_str()).await.unwrap();
    (entry, set.card.name)
}

/// The same, with a release made for those who have an agreement.
async fn released(town: &Town) -> (EntryId, String) {
    let (entry, name) = listed(town).await;
    let plan = opening::plan(&town.city, &town.ctx("cataloguer"), &entry)
        .await
        .unwrap();
    let mut saved = rules::release::Plan::proposed(&ages());
    saved.risk_words = "合成数据。".to_owned();
    opening::save_plan(&town.city, &town.ctx("cataloguer"), &entry, plan.revision, saved)
        .await
        .unwrap();
    let case = opening::submit(&town.city, &town.ctx("cataloguer"), &entry)
        .await
        .unwrap();
    step(
        town,
        "head",
        &case,
        "release",
        Answers::default().with("words", "可以开放。"),
    )
    .await
    .unwrap();
    for _ in 0..200 {
        let plan = opening::plan(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap();
        if plan
            .releases
            .first()
            .is_some_and(|it| it.state.name() == "current")
        {
            return (entry, name);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the release was not made");
}

fn asked() -> Application {
    Application {
        field: Field::Service,
        purpose: "研究社区养老服务设施布局。".to_owned(),
        safeguards: "存放在单位内网，两人共管，用完删除。".to_owned(),
        frequency: "每周一次".to_owned(),
        items: vec!["region".to_owned(), "born".to_owned()],
        calls_per_day: 3,
        months: 12,
    }
}

async fn apply(town: &Town, me: &Me, name: &str) -> CaseId {
    open_requests::apply(&town.city, me, name, asked(), now())
        .await
        .unwrap()
}

async fn step(town: &Town, who: &str, case: &CaseId, step: &str, answers: Answers) -> Result<(), Refused> {
    let ctx = town.ctx(who);
    let view = cases::show(&town.city, &ctx, case).await?;
    cases::act(&town.city, &ctx, case, view.revision, step, answers).await
}

/// The head's answer that agrees, on the terms applied for.
async fn agreeing(town: &Town, case: &CaseId) -> Answers {
    let view = cases::show(&town.city, &town.ctx("head"), case).await.unwrap();
    let answers = Answers {
        terms: view.terms,
        ..Answers::default()
    };
    answers
        .with("conditions", "结果发表前送我局核对。")
        .with("follow_months", "3")
        .with("words", "同意。")
}

async fn agreed(town: &Town, me: &Me, name: &str) -> (CaseId, AgreementId) {
    let case = apply(town, me, name).await;
    step(town, "head", &case, "agree", agreeing(town, &case).await)
        .await
        .unwrap();
    let view = open_requests::show_mine(&town.city, me, &case, now())
        .await
        .unwrap();
    (case, view.agreement.unwrap())
}

/// The agreement in force, with its key.
async fn in_force(town: &Town, me: &Me, name: &str) -> (AgreementId, String) {
    let (_, id) = agreed(town, me, name).await;
    let it = agreements::show_mine(&town.city, me, &id, now()).await.unwrap();
    let key = agreements::accept(&town.city, me, &id, it.revision, now())
        .await
        .unwrap();
    (id, key.secret)
}

/// How many entries the evidence log has: the second line of its checkpoint.
fn size(town: &Town) -> u64 {
    let checkpoint = app::evidence::checkpoint(&town.city).unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

async fn call(town: &Town, key: &str, id: &AgreementId, ask: Value) -> Result<Answer, CallError> {
    let caller = calls::authenticate_agreement(&town.city, Some(key), now()).await?;
    let grant = GrantId(id.0.clone());
    calls::query_agreement(&town.city, &caller, &grant, ask.to_string().as_bytes(), now()).await
}

fn code(result: Result<Answer, CallError>) -> &'static str {
    result.unwrap_err().code
}

#[tokio::test]
async fn yongzhou_art33_what_an_applicant_registers_is_stored_sealed_and_read_by_himself_alone() {
    on_both(|town| async move {
        let me = tang(&town).await;
        let kept = applicants::kept(&town.city, &me).await.unwrap();
        assert_eq!(
            (kept.details.name.as_str(), kept.details.identity.as_str()),
            (NAME, IDENTITY)
        );
        assert_eq!(kept.details.contact, NAME);
        assert_eq!(me.shown, "唐**");
        let store = town.fresh.store().await;
        let row = store::applicants::get(store.read(), &me.id).await.unwrap();
        let all = format!("{row:?}");
        for personal in [NAME, IDENTITY, PHONE, EMAIL, ADDRESS] {
            assert!(!all.contains(personal), "{personal}");
        }
        let key = town.fresh.config.data_dir.join("keys/applicants.key");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(key).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_nobody_registers_without_consent_or_with_a_number_that_is_none() {
    on_both(|town| async move {
        let no =
            |new: NewApplicant| async { applicants::register(&town.city, new, now()).await.unwrap_err() };
        assert_eq!(
            no(NewApplicant {
                consents: false,
                ..person()
            })
            .await
            .code,
            "no-consent"
        );
        assert_eq!(
            no(NewApplicant {
                password: "short".to_owned(),
                ..person()
            })
            .await
            .code,
            "weak-password"
        );
        let mut bad = person();
        bad.details.identity = "431102198001010010".to_owned();
        assert_eq!(no(bad).await.fields[0].0, "identity");
        tang(&town).await;
        let mut same = person();
        same.details.email = "Tang.XF@example.org".to_owned();
        assert_eq!(no(same).await.code, "login-taken");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_five_wrong_passwords_lock_an_applicant_for_fifteen_minutes() {
    on_both(|town| async move {
        applicants::register(&town.city, person(), now()).await.unwrap();
        let sign_in = |email: &'static str, password: &'static str, at: Timestamp| {
            let city = town.city.clone();
            async move { applicants::sign_in(&city, email, password, at).await }
        };
        let unknown = sign_in("nobody@example.org", "Wrong-2026x", now())
            .await
            .unwrap_err();
        for _ in 0..4 {
            let wrong = sign_in(EMAIL, "Wrong-2026x", now()).await.unwrap_err();
            assert_eq!((wrong.code, &wrong.words), (unknown.code, &unknown.words));
        }
        assert_eq!(
            sign_in(EMAIL, "Wrong-2026x", now()).await.unwrap_err().code,
            "account-locked"
        );
        assert_eq!(
            sign_in(EMAIL, PASSWORD, now()).await.unwrap_err().code,
            "account-locked"
        );
        let later = now() + SignedDuration::from_mins(16);
        assert!(sign_in(EMAIL, PASSWORD, later).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_session_ends_idle_and_a_new_password_ends_the_others() {
    on_both(|town| async move {
        applicants::register(&town.city, person(), now()).await.unwrap();
        let (me, token) = signed_in(&town, EMAIL).await;
        let (_, old) = signed_in(&town, EMAIL).await;
        let passwords = (PASSWORD, "Lengshuitan-2026");
        applicants::change_password(&town.city, &me, &token, passwords, now())
            .await
            .unwrap();
        assert!(
            applicants::session(&town.city, &old, now())
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            applicants::session(&town.city, &token, now())
                .await
                .unwrap()
                .is_some()
        );
        let later = now() + SignedDuration::from_mins(31);
        assert!(
            applicants::session(&town.city, &token, later)
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_an_application_is_answered_within_fifteen_working_days_with_an_agreement() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let me = tang(&town).await;
        let case = apply(&town, &me, &name).await;
        let again = open_requests::apply(&town.city, &me, &name, asked(), now()).await;
        assert_eq!(again.unwrap_err().code, "already-applied");
        let view = cases::show(&town.city, &town.ctx("head"), &case).await.unwrap();
        assert_eq!(view.clocks[0].due.to_string(), "2026-12-14");
        assert_eq!(view.clocks[0].colour, Colour::Green);
        let words = Answers::default().with("words", "内部意见：可以同意。");
        step(&town, "cataloguer", &case, "opine", words).await.unwrap();
        step(&town, "head", &case, "agree", agreeing(&town, &case).await)
            .await
            .unwrap();
        let mine = open_requests::show_mine(&town.city, &me, &case, now())
            .await
            .unwrap();
        assert_eq!(mine.case.state.name, "agreed");
        assert!(mine.steps.iter().all(|it| !it.words.contains("内部意见")));
        let told = app::notices::list_of(&town.city, me.id.as_str(), None, false)
            .await
            .unwrap();
        assert_eq!(told.lines.len(), 1);
        let agreement = agreements::show_mine(&town.city, &me, &mine.agreement.unwrap(), now())
            .await
            .unwrap();
        assert_eq!(agreement.state, "待申请人确认");
        let text = agreement.text.concat();
        for clause in [
            &me.number,
            "研究社区养老服务设施布局",
            "每3个月",
            "结果发表前送我局核对",
            "每日调用不超过3次",
        ] {
            assert!(text.contains(clause), "{clause} in {text}");
        }
        assert!(!text.contains(NAME));
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_a_refusal_says_why_and_an_application_may_be_taken_back() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let (me, other) = (tang(&town).await, other(&town).await);
        let case = apply(&town, &me, &name).await;
        let empty = step(&town, "head", &case, "refuse", Answers::default())
            .await
            .unwrap_err();
        assert_eq!(empty.code, "incomplete");
        let reason = Answers::default().with("reason", "安全保障措施不足。");
        step(&town, "head", &case, "refuse", reason).await.unwrap();
        let mine = open_requests::show_mine(&town.city, &me, &case, now())
            .await
            .unwrap();
        assert_eq!(mine.case.state.name, "refused");
        assert!(mine.steps.iter().any(|it| it.words == "安全保障措施不足。"));
        let hidden = open_requests::show_mine(&town.city, &other, &case, now())
            .await
            .unwrap_err();
        assert_eq!(hidden.code, "not-found");
        let second = apply(&town, &me, &name).await;
        let foreign = open_requests::withdraw(&town.city, &other, &second, 1, now())
            .await
            .unwrap_err();
        assert_eq!(foreign.code, "not-found");
        open_requests::withdraw(&town.city, &me, &second, 1, now())
            .await
            .unwrap();
        let mine = open_requests::mine(&town.city, &me, now()).await.unwrap();
        assert_eq!(mine[0].state.name, "withdrawn");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_only_what_stands_on_a_conditional_list_can_be_applied_for_and_only_its_provider_answers()
 {
    on_both(|town| async move {
        let me = tang(&town).await;
        let closed = town.publish(people_content(ShareKind::Unconditional)).await;
        let refused = open_requests::apply(&town.city, &me, closed.as_str(), asked(), now()).await;
        assert_eq!(refused.unwrap_err().code, "not-found");
        let (_, name) = listed(&town).await;
        let too_much = Application {
            items: vec!["region".to_owned(), "id".to_owned()],
            ..asked()
        };
        let refused = open_requests::check(&town.city, &name, too_much)
            .await
            .unwrap_err();
        assert_eq!(refused.fields[0].0, "items");
        let personal = Application {
            purpose: format!("研究，联系 {PHONE}"),
            ..asked()
        };
        let refused = open_requests::check(&town.city, &name, personal)
            .await
            .unwrap_err();
        assert_eq!(refused.fields[0].0, "purpose");
        let case = apply(&town, &me, &name).await;
        for outsider in ["clerk", "teacher"] {
            let seen = cases::show(&town.city, &town.ctx(outsider), &case)
                .await
                .unwrap_err();
            assert_eq!(seen.code, "not-found");
        }
        let agree = agreeing(&town, &case).await;
        let refused = step(&town, "cataloguer", &case, "agree", agree)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "not-yours");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_calls_under_an_agreement_stay_within_it_and_each_is_evidence() {
    on_both(|town| async move {
        let (entry, name) = released(&town).await;
        let me = tang(&town).await;
        let (id, key) = in_force(&town, &me, &name).await;
        let before = size(&town);
        let answer = call(&town, &key, &id, json!({ "where": { "region": "431124" } }))
            .await
            .unwrap();
        assert_eq!(answer.evidence, before);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((&body["total"], &body["release"]), (&json!(3), &json!(1)));
        // A release has an order of its own, which tells nothing of the rows behind it.
        let rows = body["rows"].as_array().unwrap();
        assert!(
            rows.contains(&json!({ "region": "431124", "born": "1980" })),
            "{rows:?}"
        );
        assert_eq!(
            code(call(&town, &key, &id, json!({ "items": ["name"] })).await),
            "item-not-granted"
        );
        assert_eq!(
            code(call(&town, &key, &id, json!({ "where": { "id": "001" } })).await),
            "not-a-condition"
        );
        assert_eq!(code(call(&town, "ya_nobody", &id, json!({})).await), "bad-key");
        for _ in 0..2 {
            call(&town, &key, &id, json!({ "limit": 1 })).await.unwrap();
        }
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "quota-used-up");
        assert_eq!(size(&town), before + 7);
        let seen = agreements::show(&town.city, &town.ctx("head"), &id)
            .await
            .unwrap();
        assert_eq!((seen.usage.calls, seen.usage.refused, seen.usage.rows), (3, 3, 5));
        // Neither kind of key opens the other's door.
        assert!(calls::authenticate(&town.city, Some(&key), now()).await.is_err());
        let (agency, _) = town.key("operator").await;
        assert!(
            calls::authenticate_agreement(&town.city, Some(&agency), now())
                .await
                .is_err()
        );
        // After a restart it is as before.
        let town = town.reopened().await;
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "quota-used-up");
        opening::withdraw(&town.city, &town.ctx("head"), &entry, "发现质量问题。")
            .await
            .unwrap();
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "quota-used-up");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_a_withdrawn_set_gives_nothing_under_an_agreement_and_a_new_key_ends_the_old() {
    on_both(|town| async move {
        let (entry, name) = released(&town).await;
        let me = tang(&town).await;
        let (id, key) = in_force(&town, &me, &name).await;
        let it = agreements::show_mine(&town.city, &me, &id, now()).await.unwrap();
        let fresh = agreements::new_key(&town.city, &me, &id, it.revision, now())
            .await
            .unwrap();
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "key-revoked");
        assert!(call(&town, &fresh.secret, &id, json!({})).await.is_ok());
        opening::withdraw(&town.city, &town.ctx("head"), &entry, "发现质量问题。")
            .await
            .unwrap();
        assert_eq!(
            code(call(&town, &fresh.secret, &id, json!({})).await),
            "set-withdrawn"
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_the_provider_suspends_resumes_and_ends_an_agreement_from_the_next_call_on() {
    on_both(|town| async move {
        let (_, name) = released(&town).await;
        let (me, other) = (tang(&town).await, other(&town).await);
        let (id, key) = in_force(&town, &me, &name).await;
        let hidden = agreements::show_mine(&town.city, &other, &id, now())
            .await
            .unwrap_err();
        assert_eq!(hidden.code, "not-found");
        let head = town.ctx("head");
        let revision = async || agreements::show(&town.city, &head, &id).await.unwrap().revision;
        let refused = agreements::suspend(&town.city, &town.ctx("cataloguer"), &id, 2, "x").await;
        assert_eq!(refused.unwrap_err().code, "forbidden");
        agreements::suspend(&town.city, &head, &id, revision().await, "疑似超用途。")
            .await
            .unwrap();
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "grant-suspended");
        agreements::resume(&town.city, &head, &id, revision().await, "已核实。")
            .await
            .unwrap();
        assert!(call(&town, &key, &id, json!({})).await.is_ok());
        agreements::end(&town.city, &head, &id, revision().await, "协议目的已实现。")
            .await
            .unwrap();
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "grant-terminated");
        let told = app::notices::list_of(&town.city, me.id.as_str(), None, false)
            .await
            .unwrap();
        assert_eq!(told.lines.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_the_authority_follows_use_up_at_the_agreed_rhythm() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let me = tang(&town).await;
        let (id, _) = in_force(&town, &me, &name).await;
        let at = |day: &str| town.ctx_at("reviewer", format!("{day}T02:00:00Z").parse().unwrap());
        let due = async |day: &str| agreements::follow_ups_due(&town.city, &at(day)).await.unwrap();
        assert!(due("2027-02-08").await.is_empty());
        let soon = due("2027-02-09").await;
        assert_eq!(
            (soon[0].due.to_string().as_str(), soon[0].colour),
            ("2027-02-23", Colour::Amber)
        );
        assert_eq!(due("2027-02-24").await[0].colour, Colour::Red);
        let ctx = at("2027-02-24");
        let view = agreements::show(&town.city, &ctx, &id).await.unwrap();
        let words = "已用于布局研究，未发现超范围使用。";
        agreements::follow_up(&town.city, &ctx, &id, view.revision, words)
            .await
            .unwrap();
        let view = agreements::show(&town.city, &ctx, &id).await.unwrap();
        assert_eq!(view.follow_ups[0].words, words);
        assert_eq!(view.row.follow.unwrap().0.to_string(), "2027-05-24");
        let late = agreements::follow_up(&town.city, &town.ctx("head"), &id, view.revision, words).await;
        assert_eq!(late.unwrap_err().code, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art26_a_product_names_its_sources_and_is_shown_after_a_look_by_the_authority() {
    on_both(|town| async move {
        let (entry, name) = listed(&town).await;
        let me = tang(&town).await;
        let maker = Maker::Applicant(&me, now());
        let new = NewProduct {
            name: "养老地图".to_owned(),
            summary: "展示各县区老年人口分布。".to_owned(),
            link: "https://example.org/map".to_owned(),
            byline: "潇湘数据工作室".to_owned(),
            sources: vec![(name.clone(), "2026-11-20".parse().unwrap())],
        };
        let mut wrong = new.clone();
        wrong.sources[0].1 = "2026-11-24".parse().unwrap();
        assert_eq!(
            products::register(&town.city, maker, wrong)
                .await
                .unwrap_err()
                .code,
            "bad-product"
        );
        let mut wrong = new.clone();
        wrong.link = "javascript:alert(1)".to_owned();
        assert_eq!(
            products::register(&town.city, maker, wrong)
                .await
                .unwrap_err()
                .fields[0]
                .0,
            "link"
        );
        let id = products::register(&town.city, maker, new.clone()).await.unwrap();
        assert!(products::list(&town.city, None).await.unwrap().is_empty());
        assert_eq!(
            products::show(&town.city, &id).await.unwrap_err().code,
            "not-found"
        );
        let (reviewer, head) = (town.ctx("reviewer"), town.ctx("head"));
        assert!(
            products::decide(&town.city, &head, &id, 1, State::Published, "")
                .await
                .is_err()
        );
        products::decide(&town.city, &reviewer, &id, 1, State::Returned, "请补充说明。")
            .await
            .unwrap();
        products::resubmit(&town.city, maker, &id, 2, new).await.unwrap();
        products::decide(&town.city, &reviewer, &id, 3, State::Published, "")
            .await
            .unwrap();
        let shown = products::list(&town.city, Some(&entry)).await.unwrap();
        assert_eq!(shown[0].byline, "潇湘数据工作室");
        assert!(
            shown[0].sources[0]
                .citation
                .contains("永州市公安局“居民年龄分布”")
        );
        assert!(shown[0].sources[0].citation.contains("获取日期：2026年11月20日"));
        let person = Maker::Person(&head);
        let new = NewProduct {
            name: "内部试用".to_owned(),
            summary: "试用。".to_owned(),
            byline: "市公安局".to_owned(),
            sources: vec![(name, "2026-11-20".parse().unwrap())],
            ..NewProduct::default()
        };
        products::register(&town.city, person, new).await.unwrap();
        assert_eq!(products::mine(&town.city, person).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_every_look_of_a_handler_is_recorded_and_told_to_the_applicant() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let me = tang(&town).await;
        let case = apply(&town, &me, &name).await;
        let view = cases::show(&town.city, &town.ctx("head"), &case).await.unwrap();
        assert!(!format!("{view:?}").contains(NAME));
        let seen = applicants::look(&town.city, &town.ctx("head"), &case)
            .await
            .unwrap();
        assert_eq!(seen.details.unwrap().phone, PHONE);
        for outsider in ["reviewer", "clerk", "teacher"] {
            assert!(
                applicants::look(&town.city, &town.ctx(outsider), &case)
                    .await
                    .is_err(),
                "{outsider}"
            );
        }
        let kept = applicants::kept(&town.city, &me).await.unwrap();
        assert_eq!(kept.looks.len(), 1);
        assert_eq!(kept.looks[0].org_name, "永州市公安局");
        assert!(
            kept.looks[0].case_number.starts_with("开"),
            "{}",
            kept.looks[0].case_number
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_an_applicant_takes_everything_along_and_puts_it_right() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let me = tang(&town).await;
        agreed(&town, &me, &name).await;
        let kept = applicants::kept(&town.city, &me).await.unwrap();
        let mut details = kept.details.clone();
        details.phone = "13907460002".to_owned();
        applicants::change(&town.city, &me, kept.revision, details.clone(), now())
            .await
            .unwrap();
        let late = applicants::change(&town.city, &me, kept.revision, details, now()).await;
        assert_eq!(late.unwrap_err().code, "stale-page");
        let file = applicants::export(&town.city, &me, now()).await.unwrap();
        let all: Value = serde_json::from_slice(&file.body).unwrap();
        assert_eq!(all["登记信息"]["phone"], "13907460002");
        assert_eq!(all["申请"][0]["内容"]["application"]["purpose"], asked().purpose);
        assert_eq!(all["协议"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_leak_is_told_to_every_applicant_without_delay() {
    on_both(|town| async move {
        let me = tang(&town).await;
        let words = "发现数据库备份可能外泄，登记信息均已加密，密钥未受影响；建议修改密码。";
        let head = applicants::warn(&town.city, &town.ctx("head"), words)
            .await
            .unwrap_err();
        assert_eq!(head.code, "forbidden");
        assert_eq!(
            applicants::warn(&town.city, &town.ctx("reviewer"), words)
                .await
                .unwrap(),
            1
        );
        let told = app::notices::list_of(&town.city, me.id.as_str(), None, false)
            .await
            .unwrap();
        assert_eq!(told.lines[0].words, words);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_erasure_is_for_good_and_cases_keep_the_anonymous_fact() {
    on_both(|town| async move {
        let (_, name) = released(&town).await;
        let me = tang(&town).await;
        let (id, key) = in_force(&town, &me, &name).await;
        let open = apply(&town, &me, &name).await;
        let wrong = applicants::erase(&town.city, &me, "Wrong-2026x", now())
            .await
            .unwrap_err();
        assert_eq!(wrong.code, "wrong-password");
        applicants::erase(&town.city, &me, PASSWORD, now()).await.unwrap();
        assert!(
            applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
                .await
                .is_err()
        );
        assert!(matches!(
            code(call(&town, &key, &id, json!({})).await),
            "key-revoked" | "grant-terminated"
        ));
        let store = town.fresh.store().await;
        let row = store::applicants::get(store.read(), &me.id).await.unwrap();
        assert_eq!(
            (row.details, row.login_mark, row.password_hash.as_str()),
            (None, None, "")
        );
        let view = cases::show(&town.city, &town.ctx("head"), &open).await.unwrap();
        assert_eq!(view.line.state.name, "withdrawn");
        assert!(
            applicants::look(&town.city, &town.ctx("head"), &open)
                .await
                .unwrap()
                .details
                .is_none()
        );
        // The address is free again: another registration knows nothing of the old one.
        let again = tang(&town).await;
        assert_ne!(again.id, me.id);
        assert!(
            open_requests::mine(&town.city, &again, now())
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_without_its_key_file_the_city_reads_nothing_and_makes_no_other_key() {
    on_both(|town| async move {
        tang(&town).await;
        let key = town.fresh.config.data_dir.join("keys/applicants.key");
        let aside = key.with_extension("aside");
        std::fs::rename(&key, &aside).unwrap();
        let town = town.reopened().await;
        let lost = applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
            .await
            .unwrap_err();
        assert_eq!(lost.code, "internal");
        assert!(!key.exists());
        std::fs::write(&key, "00".repeat(32)).unwrap();
        let wrong = applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
            .await
            .unwrap_err();
        assert_eq!(wrong.code, "internal");
        std::fs::rename(&aside, &key).unwrap();
        assert!(
            applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
                .await
                .is_ok()
        );
    })
    .await;
}

/// Everything written while a story runs.
mod heard {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    pub struct Heard(pub Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

#[tokio::test]
async fn yongzhou_art33_nothing_personal_stands_in_logs_events_or_evidence() {
    let heard = heard::Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: what another test of this file does beside may not be heard either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    on_both(|town| async move {
        let (_, name) = released(&town).await;
        let me = tang(&town).await;
        applicants::sign_in(&town.city, EMAIL, "Wrong-2026x", now())
            .await
            .unwrap_err();
        let (case, _) = agreed(&town, &me, &name).await;
        applicants::look(&town.city, &town.ctx("head"), &case)
            .await
            .unwrap();
        let kept = applicants::kept(&town.city, &me).await.unwrap();
        applicants::change(&town.city, &me, kept.revision, kept.details, now())
            .await
            .unwrap();
        applicants::export(&town.city, &me, now()).await.unwrap();
        applicants::erase(&town.city, &me, PASSWORD, now()).await.unwrap();
        let store = town.fresh.store().await;
        let events = store::events::before(store.read(), i64::MAX, 1_000)
            .await
            .unwrap();
        assert!(events.len() > 10);
        let mut all = format!("{events:?}").into_bytes();
        for entry in walk(&town.fresh.config.data_dir.join("evidence")) {
            all.extend(std::fs::read(entry).unwrap());
        }
        tell_tales(&all);
    })
    .await;
    tell_tales(&heard.0.lock().unwrap());
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().map(|it| it.unwrap().path()) {
        if entry.is_dir() {
            files.extend(walk(&entry));
        } else {
            files.push(entry);
        }
    }
    files
}

/// Fails where anything that was registered stands in `bytes`.
fn tell_tales(bytes: &[u8]) {
    for personal in [NAME, IDENTITY, PHONE, EMAIL, ADDRESS, PASSWORD] {
        let found = bytes.windows(personal.len()).any(|it| it == personal.as_bytes());
        assert!(!found, "{personal}");
    }
}
