//! Stories of the evidence log and of what is repaired at start-up, on both engines.

use app::{
    Status, calendar, cases, catalogue,
    evidence::{self, Asked},
    search,
    testing::{on_both_engines, townships},
};

#[tokio::test]
async fn yongzhou_art6_the_auditor_reads_every_act_and_the_reading_is_recorded() {
    on_both_engines(async |city| {
        let (app, auditor) = (&city.city, city.ctx("authority.auditor"));
        city.published(townships()).await;
        let page = evidence::find(app, &auditor, &Asked::default(), 50)
            .await
            .unwrap();
        assert!(
            page.lines
                .iter()
                .any(|it| it.words == "永州市数据局 发布目录条目"),
            "{:?}",
            page.lines
        );
        assert!(page.lines.windows(2).all(|it| it[0].index == it[1].index + 1));
        let again = evidence::find(app, &auditor, &Asked::default(), 1).await.unwrap();
        assert_eq!(again.lines[0].words, "永州市数据局 查阅存证日志");
        assert_eq!(again.size, page.size + 1);
        let refused = evidence::find(app, &city.ctx("civil.head"), &Asked::default(), 1)
            .await
            .unwrap_err();
        assert_eq!(refused.status, Status::Forbidden);
        // The log is the whole city's: a county's auditor reads cases of his county, and not the log.
        let county = city.ctx("county-authority.auditor");
        let refused = evidence::find(app, &county, &Asked::default(), 1)
            .await
            .unwrap_err();
        assert_eq!(refused.status, Status::Forbidden);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art19_the_receipt_of_an_act_is_for_those_who_see_its_case_and_reads_as_none_to_others() {
    on_both_engines(async |city| {
        let (app, head) = (&city.city, city.ctx("civil.head"));
        city.published(townships()).await;
        let compiled = cases::list(app, &head, &cases::Filter::default()).await.unwrap();
        let case = cases::show(app, &head, &compiled.lines[0].id).await.unwrap();
        let index = case.history[0].evidence_index.unwrap();
        let of = |who: &str, index| {
            let ctx = city.ctx(who);
            async move { evidence::receipt_to(app, &ctx, index).await }
        };
        for who in ["civil.head", "authority.auditor"] {
            assert!(
                of(who, index).await.unwrap().contains(&index.to_string()),
                "{who}"
            );
        }
        let never = of("medical.clerk", 999_999).await.unwrap_err();
        for who in ["medical.clerk", "police.head", "county-authority.auditor"] {
            let refused = of(who, index).await.unwrap_err();
            assert_eq!(
                (refused.status, &refused.words),
                (never.status, &never.words),
                "{who}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art6_the_auditor_finds_entries_by_who_what_and_when_and_rows_say_what_they_are_about() {
    on_both_engines(async |city| {
        let (app, auditor) = (&city.city, city.ctx("authority.auditor"));
        let id = city.published(townships()).await;
        let find = async |asked: evidence::Asked| evidence::find(app, &auditor, &asked, 50).await.unwrap();
        let entry = evidence::Asked {
            entry: townships().title,
            operation: "act".to_owned(),
            ..evidence::Asked::default()
        };
        let found = find(entry.clone()).await;
        assert!(!found.lines.is_empty());
        for line in &found.lines {
            assert!(line.body.contains(id.as_str()), "{}", line.body);
            assert!(line.about.contains(&townships().title), "{line:?}");
        }
        let nobodys = evidence::Asked {
            org: "没有这个部门".to_owned(),
            ..entry.clone()
        };
        assert!(find(nobodys).await.lines.is_empty());
        // The log dates its entries by its own clock.
        let later = evidence::Asked {
            since: Some(jiff::civil::date(2200, 1, 1)),
            ..evidence::Asked::default()
        };
        assert!(find(later).await.lines.is_empty());
        let one = evidence::find(app, &auditor, &evidence::Asked::default(), 1)
            .await
            .unwrap();
        let next = evidence::Asked {
            from: one.older,
            ..evidence::Asked::default()
        };
        let next = evidence::find(app, &auditor, &next, 1).await.unwrap();
        assert_eq!(next.lines[0].index + 1, one.lines[0].index);
    })
    .await;
}

#[tokio::test]
async fn a_receipt_verifies_offline_with_nothing_but_the_public_key() {
    on_both_engines(async |city| {
        let app = &city.city;
        city.published(townships()).await;
        let text = evidence::receipt(app, 2).await.unwrap();
        let receipt = ::evidence::verify_receipt(&text, &evidence::vkey(app)).unwrap();
        assert_eq!(receipt.index, 2);
        assert_eq!(
            evidence::receipt(app, 10_000).await.unwrap_err().status,
            Status::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn acts_a_crash_kept_from_the_log_are_recorded_at_the_next_start_and_none_twice() {
    on_both_engines(async |city| {
        let auditor = city.ctx("authority.auditor");
        let before = evidence::find(&city.city, &auditor, &Asked::default(), 200).await.unwrap().size;
        // The events as they stand when the process dies between the commit and the note of the index.
        let store = city.fresh.store().await;
        store.tamper("UPDATE events SET log_index = NULL WHERE seq >= 2").await.unwrap();
        let insert = "INSERT INTO events (seq, at_ms, kind, subject, body) VALUES (9000, 0, 'setting-changed', 'x', '{}')";
        store.tamper(insert).await.unwrap();
        store.close().await;
        let city = city.restart().await;
        let page = evidence::find(&city.city, &auditor, &Asked::default(), 200).await.unwrap();
        // One for the reading above, one for the event that never reached the log, one for this reading is to come.
        assert_eq!(page.size, before + 2, "{:#?}", page.lines);
        assert!(page.lines[0].words.contains("变更设置"), "{:?}", page.lines[0]);
    })
    .await;
}

#[tokio::test]
async fn a_restarted_city_finds_what_was_published_before() {
    on_both_engines(async |city| {
        let id = city.published(townships()).await;
        let city = city.restart().await;
        let clerk = city.ctx("medical.clerk");
        let query = search::Query {
            text: "区划".into(),
            ..search::Query::default()
        };
        let found = search::find(&city.city, &clerk, &query).await.unwrap();
        assert_eq!(found.hits.iter().map(|it| &it.id).collect::<Vec<_>>(), [&id]);
        assert_eq!(
            catalogue::show(&city.city, &clerk, &id)
                .await
                .unwrap()
                .versions
                .len(),
            1
        );
        let due = calendar::due(&city.city, "2026-09-30".parse().unwrap(), 5);
        assert_eq!(
            (due.date.to_string().as_str(), due.is_provisional),
            ("2026-10-13", false)
        );
    })
    .await;
}
