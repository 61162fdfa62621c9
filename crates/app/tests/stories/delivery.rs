//! Stories of deliveries (art. 14, art. 16), on both engines.

use app::{Status, delivery, requests};
use rules::{
    catalogue::ShareKind,
    delivery::{BatchKind, BatchState, RowFault},
    grant::Purpose,
    ids::EntryId,
};
use store::Engine;

use crate::town::{PEOPLE_CSV, Town, now, on_both, people_content};

async fn names(town: &Town, entry: &EntryId, key: &str) -> Vec<String> {
    let ctx = town.ctx("clerk");
    let grant = requests::claim(&town.city, &ctx, entry, Purpose::Reference, "核对", "内部工作")
        .await
        .unwrap();
    let caller = app::calls::authenticate(&town.city, Some(key), now())
        .await
        .unwrap();
    let body = br#"{"purpose":"reference","matter":"check-1","items":["name"]}"#;
    let answer = app::calls::query(&town.city, &caller, &grant, body, now())
        .await
        .unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    rows.iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agencys_batch_reads_as_if_there_were_none_and_an_empty_file_is_no_batch() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let view = town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let (key, _) = town.key("operator").await;
        let foreign = app::calls::authenticate(&town.city, Some(&key), now())
            .await
            .unwrap();
        let missing = delivery::show_to(&town.city, &foreign, &"nothing".into())
            .await
            .unwrap_err();
        for refused in [
            delivery::show_to(&town.city, &foreign, &view.id)
                .await
                .unwrap_err(),
            delivery::refusals_to(&town.city, &foreign, &view.id)
                .await
                .unwrap_err(),
            delivery::show(&town.city, &town.ctx("operator"), &view.id)
                .await
                .unwrap_err(),
        ] {
            assert_eq!(
                (refused.status, &refused.words),
                (Status::NotFound, &missing.words)
            );
        }
        let listed = async |who: &'static str| {
            let found = delivery::recent(&town.city, &town.ctx(who), None, None).await;
            found.unwrap().lines.len()
        };
        assert_eq!((listed("engineer").await, listed("reviewer").await), (1, 1));
        assert_eq!(listed("operator").await, 0);

        let empty = tempfile::NamedTempFile::new().unwrap();
        let engineer = town.ctx("engineer");
        let kind = BatchKind::Full;
        let refused = delivery::receive(&town.city, &engineer, &entry, "b2", kind, "空.csv", empty.path())
            .await
            .unwrap_err();
        assert_eq!(refused.code, "empty-file");
        assert_eq!(listed("engineer").await, 1, "nothing was queued");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art14_a_batch_is_checked_scored_and_loaded_and_refused_rows_come_back_with_reasons() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let text = format!(
            "{PEOPLE_CSV}005,,431124,1980-01-02\n006,赵六,431124,2001-02-30\n001,重复,431124,1980-01-02\n"
        );
        let view = town.deliver(&entry, "2026-11", BatchKind::Full, &text).await;
        assert_eq!(view.state, BatchState::Loaded, "{view:?}");
        assert_eq!((view.rows, view.accepted, view.refused), (7, 4, 3));
        assert_eq!(view.rows_after, Some(4));
        assert!(
            view.by_fault.contains(&(RowFault::Required, 1)),
            "{:?}",
            view.by_fault
        );
        assert!(
            view.by_fault.contains(&(RowFault::DuplicateKey, 1)),
            "{:?}",
            view.by_fault
        );
        assert_eq!(view.scores.len(), 6);
        assert_eq!(view.received_from, "engineer本人");
        let mut file = delivery::refusals(&town.city, &town.ctx("engineer"), &view.id)
            .await
            .unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut file, &mut text).unwrap();
        assert!(text.contains("2001-02-30"), "{text}");
        let rows = delivery::first_refusals(&town.city, &town.ctx("engineer"), &view.id, 2)
            .await
            .unwrap();
        assert_eq!(rows.len(), 2);
        assert!(
            rows.iter().all(|it| it.number > 0 && !it.reason.is_empty()),
            "{rows:?}"
        );
        let refused = delivery::first_refusals(&town.city, &town.ctx("operator"), &view.id, 2).await;
        assert!(refused.is_err(), "the rows are for those who sent them");
        let (key, _) = town.key("operator").await;
        assert_eq!(
            names(&town, &entry, &key).await,
            ["王小芳", "李大明", "张伟", "欧阳静"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art14_a_batch_id_sent_twice_loads_once_and_refuses_another_file() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let first = town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        let again = town
            .send(&entry, "b1", BatchKind::Full, PEOPLE_CSV)
            .await
            .unwrap();
        assert_eq!((&again.id, again.is_repeat), (&first.id, true));
        let other = "id,name,region,born\n009,别人,431124,\n";
        let differs = town.send(&entry, "b1", BatchKind::Full, other).await.unwrap_err();
        assert_eq!(
            (differs.code, differs.status),
            ("batch-differs", Status::Conflict)
        );
        assert_eq!(
            differs.words,
            "批次号“b1”此前已用于另一份文件，本次没有接收。请核对文件，或改用新的批次号。"
        );
        assert_eq!(town.finished(&first.id).await.rows_after, Some(4));
        let rows = delivery::list(&town.city, &town.ctx("engineer"), &entry)
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
        let (key, _) = town.key("operator").await;
        assert_eq!(
            names(&town, &entry, &key).await,
            ["王小芳", "李大明", "张伟", "欧阳静"]
        );
        let fresh = town.send(&entry, "b2", BatchKind::Full, other).await.unwrap();
        assert!(!fresh.is_repeat);
        assert_eq!(town.finished(&fresh.id).await.rows_after, Some(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_batch_replaces_rows_by_key_and_adds_new_ones() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let early = town
            .deliver(&entry, "i0", BatchKind::Incremental, PEOPLE_CSV)
            .await;
        assert_eq!(
            (early.state, early.refusal_code.as_str()),
            (BatchState::Refused, "needs-full")
        );
        town.deliver(&entry, "f1", BatchKind::Full, PEOPLE_CSV).await;
        let text = "id,name,region,born\n003,张玮,431102,2000-05-06\n005,新来,431124,2020-01-01\n";
        let view = town.deliver(&entry, "i1", BatchKind::Incremental, text).await;
        assert_eq!(
            (view.state, view.rows_after),
            (BatchState::Loaded, Some(5)),
            "{view:?}"
        );
        let (key, _) = town.key("operator").await;
        assert_eq!(
            names(&town, &entry, &key).await,
            ["王小芳", "李大明", "张玮", "欧阳静", "新来"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_cannot_be_read_or_has_too_many_bad_rows_is_refused_whole_and_the_data_stands() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        town.deliver(&entry, "good", BatchKind::Full, PEOPLE_CSV).await;
        let bad_header = town.deliver(&entry, "h", BatchKind::Full, "id,nome\n1,x\n").await;
        assert_eq!(bad_header.state, BatchState::Refused);
        assert!(
            !bad_header.refusal_code.is_empty() && bad_header.refusal_words.contains("name"),
            "{bad_header:?}"
        );
        let many = town
            .deliver(
                &entry,
                "m",
                BatchKind::Full,
                "id,name,region,born\n1,,,\n2,,,\n3,好,,\n",
            )
            .await;
        assert_eq!(
            (many.state, many.refusal_code.as_str()),
            (BatchState::Refused, "too-many-refused")
        );
        assert!(many.has_refusals);
        assert!(
            many.refusal_words.contains("%）") && !many.refusal_words.contains("千分之"),
            "{}",
            many.refusal_words
        );
        let (key, _) = town.key("operator").await;
        assert_eq!(names(&town, &entry, &key).await.len(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_providers_engineer_delivers_and_only_to_what_is_published() {
    let town = Town::on(Engine::Sqlite).await;
    let content = people_content(ShareKind::Unconditional);
    let draft = app::catalogue::create(&town.city, &town.ctx("cataloguer"), content.clone())
        .await
        .unwrap();
    let early = town
        .send(&draft, "b", BatchKind::Full, PEOPLE_CSV)
        .await
        .unwrap_err();
    assert!(
        matches!(early.code, "not-published" | "not-found" | "denied"),
        "{early:?}"
    );
    let entry = town.publish(content).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    for who in ["clerk", "operator", "reviewer", "admin"] {
        let ctx = town.ctx(who);
        let sent = delivery::receive(
            &town.city,
            &ctx,
            &entry,
            "b",
            BatchKind::Full,
            "a.csv",
            file.path(),
        )
        .await;
        assert!(sent.is_err(), "{who}");
    }
    let no_name = town
        .send(&entry, "  ", BatchKind::Full, PEOPLE_CSV)
        .await
        .unwrap_err();
    assert_eq!(no_name.code, "bad-batch");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_in_checking_is_taken_up_again() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let first = town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
        // The record as a crash would have left it: received, nothing known of its rows.
        let store = town.fresh.store().await;
        store
            .tamper("UPDATE deliveries SET state = 'checking', message = '', finished_at = NULL, data_version = NULL")
            .await
            .unwrap();
        store.close().await;
        let town = town.reopened().await;
        let view = town.finished(&first.id).await;
        assert_eq!((view.state, view.rows_after), (BatchState::Loaded, Some(4)), "{view:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_the_disk_fails_is_tried_again_and_loaded_without_a_restart() {
    let town = Town::on(Engine::Sqlite).await;
    let entry = town.publish(people_content(ShareKind::Unconditional)).await;
    let spool = delivery::spool_dir(&town.city);
    let rows = spool.with_file_name("rows");
    // Where the rows are to be written there is no directory any more.
    std::fs::rename(&rows, spool.with_file_name("away")).unwrap();
    std::fs::write(&rows, "").unwrap();
    let sent = town
        .send(&entry, "b1", BatchKind::Full, PEOPLE_CSV)
        .await
        .unwrap();
    let mut stage = None;
    while stage != Some(delivery::Stage::Paused) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        stage = delivery::progress(&town.city, &sent.id).map(|it| it.stage);
    }
    // Who sends it again meanwhile is answered with the first.
    let again = town
        .send(&entry, "b1", BatchKind::Full, PEOPLE_CSV)
        .await
        .unwrap();
    assert!(again.is_repeat && again.id == sent.id);
    std::fs::remove_file(&rows).unwrap();
    std::fs::rename(spool.with_file_name("away"), &rows).unwrap();
    let view = town.finished(&sent.id).await;
    assert_eq!(
        (view.state, view.rows_after),
        (BatchState::Loaded, Some(4)),
        "{view:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_took_the_process_with_it_again_and_again_is_refused_and_not_read_once_more() {
    let town = Town::on(Engine::Sqlite).await;
    let entry = town.publish(people_content(ShareKind::Unconditional)).await;
    let spool = delivery::spool_dir(&town.city);
    let rows = spool.with_file_name("rows");
    std::fs::rename(&rows, spool.with_file_name("away")).unwrap();
    std::fs::write(&rows, "").unwrap();
    let sent = town
        .send(&entry, "b1", BatchKind::Full, PEOPLE_CSV)
        .await
        .unwrap();
    while delivery::progress(&town.city, &sent.id).map(|it| it.stage) != Some(delivery::Stage::Paused) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // What processes leave behind that died while they read the file.
    std::fs::write(spool.join(format!("{}.reading", sent.id)), "5\n").unwrap();
    let view = town.finished(&sent.id).await;
    assert_eq!(
        (view.state, view.refusal_code.as_str()),
        (BatchState::Refused, "read-failed")
    );
    assert!(
        view.refusal_words.contains("另存为 CSV"),
        "{}",
        view.refusal_words
    );
}
