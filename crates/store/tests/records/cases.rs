use jiff::Timestamp;
use rules::ids::CaseId;
use serde_json::json;
use store::{
    Store, StoreError, cases,
    cases::{Case, Filter, Turn},
    dashboard, fresh_id, steps,
    steps::NewStep,
    testing::Fresh,
};

use crate::city::{at, clerk, day, draft, found, grant, publish, seal};

fn turn(office: &str, org: &str) -> Turn {
    Turn {
        office: office.to_owned(),
        org: org.into(),
    }
}

/// Opens a request of 医疗保障局 that 民政局 has to answer by `due`.
async fn request(store: &Store, due: Option<&str>, at: Timestamp) -> Case {
    let mut write = store.write().await.unwrap();
    let case = Case {
        id: CaseId(fresh_id(at)),
        number: cases::next_number(&mut write, "申", 2026).await.unwrap(),
        procedure: "request".to_owned(),
        state: "applied".to_owned(),
        revision: 1,
        title: "申请低保名单".to_owned(),
        entry: None,
        grant: None,
        about: None,
        consumer: Some("ybj".into()),
        provider: Some("mzj".into()),
        authority: "dsj".into(),
        content: json!({ "items": ["code"] }),
        applicant: None,
        opened_by: Some(clerk()),
        opened_at: at,
        closed_at: None,
        due_on: due.map(day),
        amber_on: due.map(|_| day("2026-03-10")),
        owed_by: Some("provider-head".to_owned()),
    };
    cases::insert(
        &mut write,
        &case,
        &[turn("provider-head", "mzj"), turn("consumer", "ybj")],
    )
    .await
    .unwrap();
    seal(write).await;
    case
}

#[tokio::test]
async fn case_numbers_count_by_series_and_year() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let first = request(&store, None, at(1)).await;
        let second = request(&store, None, at(2)).await;
        assert_eq!(
            (first.number.as_str(), second.number.as_str()),
            ("申〔2026〕000001", "申〔2026〕000002")
        );
        let mut write = store.write().await.unwrap();
        assert_eq!(
            cases::next_number(&mut write, "申", 2027).await.unwrap(),
            "申〔2027〕000001"
        );
        assert_eq!(
            cases::next_number(&mut write, "争", 2026).await.unwrap(),
            "争〔2026〕000001"
        );
        seal(write).await;
        assert_eq!(cases::get(store.read(), &first.id).await.unwrap(), first);
    }
}

#[tokio::test]
async fn a_to_do_list_is_of_ones_own_offices_the_most_pressing_first() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let calm = request(&store, None, at(1)).await;
        let later = request(&store, Some("2026-03-20"), at(2)).await;
        let urgent = request(&store, Some("2026-03-12"), at(3)).await;
        let todo = cases::todo(store.read(), &"mzj".into(), &["provider", "provider-head"], 10)
            .await
            .unwrap();
        let ids: Vec<_> = todo.iter().map(|it| it.id.clone()).collect();
        assert_eq!(ids, [urgent.id.clone(), later.id, calm.id]);
        assert_eq!(todo[0].consumer_name.as_deref(), Some("永州市医疗保障局"));
        assert_eq!(todo[0].due_on, Some(day("2026-03-12")));
        // Another office of the same organisation, and another organisation, have nothing to do.
        assert_eq!(
            cases::todo(store.read(), &"mzj".into(), &["provider"], 10)
                .await
                .unwrap(),
            []
        );
        assert_eq!(
            cases::count_todo(store.read(), &"dsj".into(), &["provider-head"])
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            cases::count_todo(store.read(), &"mzj".into(), &["provider-head"])
                .await
                .unwrap(),
            3
        );

        let mut write = store.write().await.unwrap();
        let closed = Case {
            state: "granted".to_owned(),
            closed_at: Some(at(9)),
            ..urgent
        };
        cases::update(&mut write, 1, &closed, &[]).await.unwrap();
        seal(write).await;
        assert_eq!(
            cases::count_todo(store.read(), &"mzj".into(), &["provider-head"])
                .await
                .unwrap(),
            2
        );
        assert_eq!(cases::turns(store.read(), &closed.id).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_step_from_an_old_page_is_refused() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let case = request(&store, Some("2026-03-20"), at(1)).await;
        let opined = Case {
            state: "opined".to_owned(),
            ..case.clone()
        };
        let mut write = store.write().await.unwrap();
        cases::update(&mut write, 1, &opined, &[turn("authority", "dsj")])
            .await
            .unwrap();
        let late = cases::update(&mut write, 1, &case, &[]).await;
        assert!(matches!(late, Err(StoreError::Stale { table: "cases", .. })));
        seal(write).await;
        let now = cases::get(store.read(), &case.id).await.unwrap();
        assert_eq!((now.state.as_str(), now.revision), ("opined", 2));
        assert_eq!(
            cases::turns(store.read(), &case.id).await.unwrap(),
            [turn("authority", "dsj")]
        );
    }
}

#[tokio::test]
async fn the_history_of_a_case_is_in_order_with_the_names_of_who_acted() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let case = request(&store, None, at(1)).await;
        let other = request(&store, None, at(1)).await;
        let step = |name: &str, extra_days| NewStep {
            step: name.to_owned(),
            state: "applied".to_owned(),
            actor: Some(clerk()),
            org: Some("ybj".into()),
            at: at(1),
            on: day("2026-03-02"),
            extra_days,
            answers: json!({ "text": "情况说明" }),
        };
        let mut write = store.write().await.unwrap();
        steps::add(&mut write, &case.id, &step("apply", 0)).await.unwrap();
        steps::add(&mut write, &case.id, &step("extend", 15))
            .await
            .unwrap();
        steps::add(&mut write, &other.id, &step("apply", 0))
            .await
            .unwrap();
        let outsider = NewStep {
            actor: None,
            org: None,
            ..step("withdraw", 0)
        };
        steps::add(&mut write, &case.id, &outsider).await.unwrap();
        seal(write).await;
        let history = steps::of_case(store.read(), &case.id).await.unwrap();
        let seen: Vec<_> = history
            .iter()
            .map(|it| (it.seq, it.step.as_str(), it.extra_days))
            .collect();
        assert_eq!(seen, [(1, "apply", 0), (2, "extend", 15), (3, "withdraw", 0)]);
        assert_eq!((&history[2].actor, history[2].actor_name.as_str()), (&None, ""));
        assert_eq!(
            (history[0].actor_name.as_str(), history[0].org_name.as_str()),
            ("jingban同志", "永州市医疗保障局")
        );
        assert_eq!(
            (history[0].on, &history[0].answers),
            (day("2026-03-02"), &json!({ "text": "情况说明" }))
        );
    }
}

#[tokio::test]
async fn a_list_of_cases_shows_a_party_its_own_page_by_page() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        for i in 0..5 {
            request(&store, None, at(i)).await;
        }
        let of = |party: &str| Filter {
            party: Some(party.into()),
            ..Filter::default()
        };
        for (party, n) in [("mzj", 5), ("ybj", 5), ("dsj", 5), ("bmj", 0)] {
            assert_eq!(
                cases::count(store.read(), &of(party)).await.unwrap(),
                n,
                "{party}"
            );
        }
        let first = cases::list(store.read(), &of("mzj"), None, 3).await.unwrap();
        let cursor = (first[2].opened_at, first[2].id.clone());
        let second = cases::list(store.read(), &of("mzj"), Some(&cursor), 3)
            .await
            .unwrap();
        let numbers: Vec<_> = first
            .iter()
            .chain(&second)
            .map(|it| it.number[it.number.len() - 1..].to_owned())
            .collect();
        assert_eq!(numbers, ["5", "4", "3", "2", "1"]);
        let closed = Filter {
            is_open: Some(false),
            ..Filter::default()
        };
        assert_eq!(cases::count(store.read(), &closed).await.unwrap(), 0);
        let open = Filter {
            is_open: Some(true),
            procedure: Some("request".to_owned()),
            ..Filter::default()
        };
        assert_eq!(cases::count(store.read(), &open).await.unwrap(), 5);
        assert_eq!(cases::open(store.read(), "", 3).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_case_leads_to_its_entry_and_its_grant() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "低保名单", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        let issued = grant(&store, &entry, at(3)).await;
        let case = request(&store, None, at(4)).await;
        let mut write = store.write().await.unwrap();
        let granted = Case {
            grant: Some(issued.clone()),
            content: json!({}),
            ..case.clone()
        };
        cases::update(&mut write, 1, &granted, &[]).await.unwrap();
        seal(write).await;
        let by_grant = Filter {
            grant: Some(issued),
            ..Filter::default()
        };
        let found = cases::list(store.read(), &by_grant, None, 10).await.unwrap();
        assert_eq!(
            found.iter().map(|it| it.id.clone()).collect::<Vec<_>>(),
            [case.id]
        );
        assert_eq!(
            cases::open_of_entry(store.read(), &entry, "request")
                .await
                .unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn the_dashboard_counts_what_is_late_and_what_will_be() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "低保名单", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        draft(&store, "草稿", at(2)).await;
        grant(&store, &entry, at(3)).await;
        for due in [None, Some("2026-03-09"), Some("2026-03-11"), Some("2026-03-12")] {
            request(&store, due, at(4)).await;
        }
        let counts = dashboard::counts(store.read(), None, day("2026-03-11"), day("2026-03-01"))
            .await
            .unwrap();
        assert_eq!(
            (counts.entries, counts.published, counts.with_data, counts.rows),
            (2, 1, 0, 0)
        );
        assert_eq!(
            (counts.open_cases, counts.overdue_cases, counts.amber_cases),
            (4, 1, 2)
        );
        assert_eq!((counts.active_grants, counts.answered_calls), (1, 0));
        let other = dashboard::counts(
            store.read(),
            Some(&"bmj".into()),
            day("2027-01-01"),
            day("2026-03-01"),
        )
        .await;
        assert_eq!(other.unwrap(), dashboard::Counts::default());
        // The grant ran out with the year.
        let later = dashboard::counts(store.read(), None, day("2027-01-01"), day("2026-03-01"))
            .await
            .unwrap();
        assert_eq!((later.active_grants, later.overdue_cases), (0, 3));
    }
}
