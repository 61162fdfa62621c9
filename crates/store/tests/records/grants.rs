use rules::{
    grant::{GrantState, Operation},
    ids::GrantId,
};
use store::{
    StoreError,
    call_spans::{self, Span},
    grants,
    grants::Filter,
    testing::Fresh,
    usage,
    usage::{ANSWERED, Received, Tally},
};

use crate::city::{at, day, draft, found, grant, publish, seal};

#[tokio::test]
async fn yongzhou_art19_a_suspension_is_stored_with_its_reason_and_once() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "低保名单", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        let id = grant(&store, &entry, at(3)).await;
        let mut write = store.write().await.unwrap();
        grants::set_state(&mut write, &id, 1, GrantState::Suspended, "超范围使用", at(9))
            .await
            .unwrap();
        seal(write).await;
        let mut write = store.write().await.unwrap();
        let late = grants::set_state(&mut write, &id, 1, GrantState::Terminated, "", at(10)).await;
        assert!(matches!(late, Err(StoreError::Stale { table: "grants", .. })));
        drop(write);
        let row = grants::get(store.read(), &id).await.unwrap();
        assert_eq!(
            (row.state, row.reason.as_str(), row.revision),
            (GrantState::Suspended, "超范围使用", 2)
        );
        assert_eq!((row.created_at, row.changed_at), (at(3), at(9)));
    }
}

/// A filter that asks for one thing.
fn with(ask: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    ask(&mut filter);
    filter
}

#[tokio::test]
async fn grants_are_listed_by_user_by_provider_and_by_entry() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "低保名单", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        let first = grant(&store, &entry, at(3)).await;
        let second = grant(&store, &entry, at(4)).await;
        let filters = [
            (with(|it| it.consumer = Some("ybj".into())), 2),
            (with(|it| it.provider = Some("mzj".into())), 2),
            (with(|it| it.party = Some("mzj".into())), 2),
            (with(|it| it.entry = Some(entry.clone())), 2),
            (with(|it| it.consumer = Some("mzj".into())), 0),
            (with(|it| it.state = Some(GrantState::Suspended)), 0),
        ];
        for (filter, n) in filters {
            assert_eq!(
                grants::count(store.read(), &filter).await.unwrap(),
                n,
                "{filter:?}"
            );
            assert_eq!(
                grants::list(store.read(), &filter, None, 10).await.unwrap().len(),
                n as usize
            );
        }
        let page = grants::list(store.read(), &Filter::default(), None, 1)
            .await
            .unwrap();
        assert_eq!(
            (&page[0].grant.id, page[0].entry_title.as_str()),
            (&second, "低保名单")
        );
        let cursor = (page[0].grant.created_at, page[0].grant.id.clone());
        let next = grants::list(store.read(), &Filter::default(), Some(&cursor), 1)
            .await
            .unwrap();
        assert_eq!(next[0].grant.id, first);
        let walked = grants::walk(store.read(), "", 10).await.unwrap();
        assert_eq!(
            walked.iter().map(|it| it.id.clone()).collect::<Vec<_>>(),
            [first, second]
        );
    }
}

#[tokio::test]
async fn yongzhou_art19_where_the_calls_of_a_grant_stand_in_the_log_is_found_page_by_page() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "低保名单", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        let id = grant(&store, &entry, at(3)).await;
        let span = |grant: &GrantId, first, last| Span {
            grant: grant.clone(),
            first,
            last,
        };
        let made_up = GrantId("made-up".to_owned());
        let none = Received::new();
        // The second goes on where the first ended; the third is too far away for that.
        let stretches = [(0, 10, 2, 8), (10, 30, 11, 25), (30, 9000, 8000, 8999)];
        for (from, to, first, last) in stretches {
            let spans = [span(&id, first, last), span(&made_up, first, last)];
            assert!(usage::fold(&store, from, to, &[], &spans, &none).await.unwrap());
        }
        let before = |index| call_spans::before(store.read(), &id, index, 10);
        assert_eq!(
            before(u64::MAX >> 1).await.unwrap(),
            [span(&id, 8000, 8999), span(&id, 2, 25)]
        );
        assert_eq!(before(8000).await.unwrap(), [span(&id, 2, 25)]);
        assert!(before(2).await.unwrap().is_empty());
        let stranger = call_spans::before(store.read(), &made_up, 9000, 10)
            .await
            .unwrap();
        assert!(stranger.is_empty(), "a grant that somebody made up has none");
    }
}

#[tokio::test]
async fn usage_is_counted_once_per_stretch_of_the_log() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "低保名单", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        let id = grant(&store, &entry, at(3)).await;
        let tally = |on: &str, outcome: &str, calls, rows| Tally {
            grant: id.clone(),
            day: day(on),
            operation: Operation::Query,
            outcome: outcome.to_owned(),
            calls,
            rows,
        };
        let first = [
            tally("2026-03-02", ANSWERED, 3, 30),
            tally("2026-03-02", "quota-used-up", 1, 0),
            Tally {
                grant: GrantId("made-up".to_owned()),
                ..tally("2026-03-02", "no-grant", 1, 0)
            },
        ];
        let none = Received::new();
        // The same stretch again, from another node or after a crash, is not counted.
        for is_counted in [true, false] {
            let counted = usage::fold(&store, 0, 5, &first, &[], &none).await.unwrap();
            assert_eq!(counted, is_counted);
        }
        let (second, third) = (
            tally("2026-03-02", ANSWERED, 2, 4),
            tally("2026-03-03", ANSWERED, 1, 1),
        );
        for (from, to, more) in [(5, 7, second), (7, 8, third)] {
            assert!(usage::fold(&store, from, to, &[more], &[], &none).await.unwrap());
        }
        assert_eq!(usage::position(store.read()).await.unwrap(), 8);
        let seen = usage::of_grant(store.read(), &id, day("2026-03-01"), day("2026-03-02"))
            .await
            .unwrap();
        assert_eq!(
            seen,
            [
                tally("2026-03-02", ANSWERED, 5, 34),
                tally("2026-03-02", "quota-used-up", 1, 0)
            ]
        );
        assert_eq!(
            usage::answered_on(store.read(), &id, day("2026-03-02"))
                .await
                .unwrap(),
            5
        );
        assert_eq!(
            usage::on_day(store.read(), day("2026-03-03")).await.unwrap(),
            [tally("2026-03-03", ANSWERED, 1, 1)]
        );
        let uses = usage::of_provider(store.read(), &"mzj".into(), day("2026-03-01"), day("2026-03-31"))
            .await
            .unwrap();
        assert_eq!(uses.len(), 1);
        let it = &uses[0];
        assert_eq!(
            (it.answered, it.refused, it.rows, it.last_day),
            (6, 1, 35, day("2026-03-03"))
        );
        assert_eq!(it.consumer_name, "永州市医疗保障局");
    }
}
