//! Applications, agreements, calls and products (art. 26).

use app::{
    agreements, calls,
    cases::{self, Answers},
    evidence,
    open_requests::{self, Application},
    opening,
    products::{self, Maker, NewProduct},
};
use rules::{catalogue::ShareKind, clock::Colour, ids::ProductId, people::Role, product::State};
use serde_json::{Value, json};

use super::*;

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
        let states: Vec<&str> = mine.iter().map(|it| it.state.name).collect();
        assert!(
            states.contains(&"withdrawn") && states.contains(&"refused"),
            "{states:?}"
        );
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
        // Who the applicant is is not read from the log.
        let mut auditor = town.ctx("reviewer");
        auditor.actor.roles = vec![Role::Auditor];
        let asked = evidence::Asked::default();
        let read = evidence::find(&town.city, &auditor, &asked, 7).await.unwrap();
        assert!(
            read.lines.iter().any(|it| it.words == "申请人 查询：已应答"),
            "{:?}",
            read.lines
        );
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
async fn yongzhou_art26_a_withdrawn_set_gives_nothing_under_an_agreement_and_keys_change_over_without_a_pause()
 {
    on_both(|town| async move {
        let (entry, name) = released(&town).await;
        let me = tang(&town).await;
        let (id, key) = in_force(&town, &me, &name).await;
        let it = agreements::show_mine(&town.city, &me, &id, now()).await.unwrap();
        let fresh = agreements::new_key(&town.city, &me, &id, it.revision, now())
            .await
            .unwrap();
        assert!(call(&town, &key, &id, json!({})).await.is_ok());
        let third = agreements::new_key(&town.city, &me, &id, it.revision, now()).await;
        assert_eq!(third.unwrap_err().code, "too-many-keys");
        let foreign =
            agreements::revoke_key(&town.city, &other(&town).await, &id, &it.keys[0].id, now()).await;
        assert_eq!(foreign.unwrap_err().code, "not-found");
        agreements::revoke_key(&town.city, &me, &id, &it.keys[0].id, now())
            .await
            .unwrap();
        let stopped = call(&town, &key, &id, json!({})).await.unwrap_err();
        assert_eq!(stopped.code, "key-revoked");
        assert!(stopped.words.contains("我的申请"), "{}", stopped.words);
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
async fn yongzhou_art26_an_applicant_declines_an_agreement_or_ends_it_and_the_provider_learns_of_it() {
    on_both(|town| async move {
        let (_, name) = released(&town).await;
        let (me, other) = (tang(&town).await, other(&town).await);
        let (id, key) = in_force(&town, &me, &name).await;
        let it = agreements::show_mine(&town.city, &me, &id, now()).await.unwrap();
        assert_eq!(it.applicant_name, NAME);
        let foreign = agreements::give_up(&town.city, &other, &id, it.revision, now()).await;
        assert_eq!(foreign.unwrap_err().code, "not-found");
        agreements::give_up(&town.city, &me, &id, it.revision, now())
            .await
            .unwrap();
        assert_eq!(code(call(&town, &key, &id, json!({})).await), "key-revoked");
        let it = agreements::show_mine(&town.city, &me, &id, now()).await.unwrap();
        assert_eq!((it.state, it.may_end, it.may_renew), ("已终止", false, false));
        let again = agreements::give_up(&town.city, &me, &id, it.revision, now()).await;
        assert_eq!(again.unwrap_err().code, "not-from-here");
        let head = town.ctx("head");
        let told = app::notices::list(&town.city, &head, None, false).await.unwrap();
        assert!(told.lines.iter().any(|it| it.words.contains("提前终止")));
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

/// A product that uses the set called `name`.
fn map(name: &str) -> NewProduct {
    NewProduct {
        name: "养老地图".to_owned(),
        summary: "展示各县区老年人口分布。".to_owned(),
        link: "https://example.org/map".to_owned(),
        byline: "潇湘数据工作室".to_owned(),
        sources: vec![(name.to_owned(), "2026-11-20".parse().unwrap())],
    }
}

#[tokio::test]
async fn yongzhou_art26_a_product_names_its_sources_and_is_shown_after_a_look_by_the_authority() {
    on_both(|town| async move {
        let (entry, name) = listed(&town).await;
        let me = tang(&town).await;
        let maker = Maker::Applicant(&me, now());
        let new = map(&name);
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
        let waiting = async |ctx| products::waiting(&town.city, ctx).await.unwrap().len();
        assert_eq!((waiting(&reviewer).await, waiting(&head).await), (1, 0));
        assert!(
            products::decide(&town.city, &head, &id, 1, State::Published, "")
                .await
                .is_err()
        );
        products::decide(&town.city, &reviewer, &id, 1, State::Returned, "请补充说明。")
            .await
            .unwrap();
        assert_eq!(waiting(&reviewer).await, 0);
        products::resubmit(&town.city, maker, &id, 2, new).await.unwrap();
        assert_eq!(waiting(&reviewer).await, 1);
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
        withdrawn_goes_from_products(&town, maker, &entry, &id).await;
    })
    .await;
}

/// A set that is withdrawn goes from the products made of it too; its maker still reads what he cites.
async fn withdrawn_goes_from_products(town: &Town, maker: Maker<'_>, entry: &EntryId, product: &ProductId) {
    opening::withdraw(&town.city, &town.ctx("reviewer"), entry, "发现质量问题。")
        .await
        .unwrap();
    let shown = products::show(&town.city, product).await.unwrap();
    assert!(!shown.sources[0].citation.contains("居民年龄分布"), "{shown:?}");
    let mine = products::mine(&town.city, maker).await.unwrap();
    assert!(mine[0].sources[0].citation.contains("居民年龄分布"), "{mine:?}");
}

#[tokio::test]
async fn yongzhou_art26_a_source_is_named_by_title_code_or_address() {
    on_both(|town| async move {
        let (entry, name) = listed(&town).await;
        let me = tang(&town).await;
        let maker = Maker::Applicant(&me, now());
        let reviewer = town.ctx("reviewer");
        let code = name.replacen('-', "/", 1).to_uppercase();
        let address = format!("https://data.example.org/dataset/{name}?q=1");
        for named in [name.as_str(), code.as_str(), "居民年龄分布", address.as_str()] {
            let id = products::register(&town.city, maker, map(named)).await.unwrap();
            let found = products::find(&town.city, &reviewer, &id).await.unwrap();
            assert_eq!(found.sources[0].entry, entry, "{named}");
        }
        let unknown = products::register(&town.city, maker, map("没有的数据"))
            .await
            .unwrap_err();
        assert_eq!(unknown.fields[0].0, "sources.0.set");
    })
    .await;
}
