use std::time::Duration;

use store::{EventKind, StoreError, changes, changes::Noun, events, orgs, settings, testing::Fresh};

use crate::city::{at, draft, event, found, org, publish, seal};

#[tokio::test]
async fn a_write_that_is_dropped_changes_nothing_and_leaves_no_event() {
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        let mut write = store.write().await.unwrap();
        settings::set(&mut write, "greeting", "您好").await.unwrap();
        drop(write);
        assert_eq!(settings::get(store.read(), "greeting").await.unwrap(), None);
        assert_eq!(events::last_seq(store.read()).await.unwrap(), 0);
        // And the next writer is not kept waiting.
        let write = store.write().await.unwrap();
        assert_eq!(write.seq(), 1);
    }
}

#[tokio::test]
async fn a_sealed_write_carries_its_event_and_outlives_the_process() {
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        let mut write = store.write().await.unwrap();
        settings::set(&mut write, "greeting", "您好").await.unwrap();
        let sealed = event(EventKind::SettingChanged, "greeting");
        assert_eq!(write.seal(sealed.clone()).await.unwrap(), 1);
        store.close().await;

        let again = fresh.store().await;
        assert_eq!(
            settings::get(again.read(), "greeting").await.unwrap().as_deref(),
            Some("您好")
        );
        let unlogged = events::unlogged(again.read(), 10).await.unwrap();
        assert_eq!(unlogged.len(), 1);
        assert_eq!((unlogged[0].seq, unlogged[0].log_index), (1, None));
        assert_eq!(unlogged[0].event, sealed);
    }
}

#[tokio::test]
async fn a_write_sees_its_own_changes_and_others_see_them_only_sealed() {
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        let mut write = store.write().await.unwrap();
        settings::set(&mut write, "k", "v").await.unwrap();
        assert_eq!(
            settings::get(&mut write, "k").await.unwrap().as_deref(),
            Some("v")
        );
        assert_eq!(settings::get(store.read(), "k").await.unwrap(), None);
        seal(write).await;
        assert_eq!(
            settings::get(store.read(), "k").await.unwrap().as_deref(),
            Some("v")
        );
    }
}

#[tokio::test]
async fn a_write_of_which_a_statement_failed_cannot_be_sealed() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let before = events::last_seq(store.read()).await.unwrap();
        let mut write = store.write().await.unwrap();
        settings::set(&mut write, "half", "done").await.unwrap();
        let twin = org("twin", "永州市民政局", rules::people::OrgKind::Agency);
        let refused = orgs::insert(&mut write, &twin, at(0)).await;
        assert!(matches!(refused, Err(StoreError::Taken { table }) if table == "orgs"));
        let sealed = write.seal(event(EventKind::OrgCreated, "twin")).await;
        assert!(matches!(sealed, Err(StoreError::Broken)), "{sealed:?}");
        assert_eq!(settings::get(store.read(), "half").await.unwrap(), None);
        assert_eq!(events::last_seq(store.read()).await.unwrap(), before);
    }
}

/// On PostgreSQL two nodes write at once; numbers must still be in the order of the commits.
#[tokio::test]
async fn events_of_many_writers_on_two_nodes_are_numbered_without_gaps() {
    for fresh in Fresh::on_both().await {
        let nodes = [fresh.store().await, fresh.store().await];
        let mut tasks = Vec::new();
        for i in 0..20 {
            let store = nodes[i % 2].clone();
            tasks.push(tokio::spawn(async move {
                let mut write = store.write().await.unwrap();
                let seen = settings::get(&mut write, "n")
                    .await
                    .unwrap()
                    .map_or(0, |it| it.parse::<i64>().unwrap());
                settings::set(&mut write, "n", &(seen + 1).to_string())
                    .await
                    .unwrap();
                if i % 5 == 0 {
                    return drop(write);
                }
                let seq = write.seq();
                assert_eq!(seal(write).await, seq);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        // Nobody's increment was lost, and dropped writes left no gap.
        assert_eq!(
            settings::get(nodes[0].read(), "n").await.unwrap().as_deref(),
            Some("16")
        );
        let seqs: Vec<i64> = events::unlogged(nodes[1].read(), 100)
            .await
            .unwrap()
            .iter()
            .map(|it| it.seq)
            .collect();
        assert_eq!(seqs, (1..=16).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_outbox_forgets_an_event_once_it_is_in_the_log() {
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        for subject in ["a", "b", "a"] {
            let write = store.write().await.unwrap();
            write
                .seal(event(EventKind::SettingChanged, subject))
                .await
                .unwrap();
        }
        events::set_logged(&store, 2, 41).await.unwrap();
        // Said twice, after a crash: the first word stands.
        events::set_logged(&store, 2, 99).await.unwrap();
        let waiting: Vec<i64> = events::unlogged(store.read(), 10)
            .await
            .unwrap()
            .iter()
            .map(|it| it.seq)
            .collect();
        assert_eq!(waiting, [1, 3]);
        let all = events::before(store.read(), i64::MAX, 10).await.unwrap();
        assert_eq!(
            all.iter().map(|it| it.log_index).collect::<Vec<_>>(),
            [None, Some(41), None]
        );
        let of_a: Vec<i64> = events::of_subject(store.read(), "a", 10)
            .await
            .unwrap()
            .iter()
            .map(|it| it.seq)
            .collect();
        assert_eq!(of_a, [3, 1]);
    }
}

#[tokio::test]
async fn the_feed_names_what_each_event_changed() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let start = events::last_seq(store.read()).await.unwrap();
        assert_eq!(changes::since(store.read(), start).await.unwrap(), []);
        let entry = draft(&store, "乡镇名录", at(1)).await;
        publish(&store, &entry, 1, at(2)).await;
        let feed = changes::since(store.read(), start).await.unwrap();
        let expected = [start + 1, start + 2].map(|seq| changes::Change {
            seq,
            noun: Noun::Entry,
            id: entry.0.clone(),
        });
        assert_eq!(feed, expected);
        assert_eq!(
            changes::since(store.read(), start + 1).await.unwrap(),
            expected[1..]
        );
    }
}

#[tokio::test]
async fn reading_connections_cannot_write() {
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        let write = store.write().await.unwrap();
        // A reader does not wait for the writer.
        let reading = tokio::time::timeout(Duration::from_secs(5), events::last_seq(store.read())).await;
        assert_eq!(reading.expect("readers are never blocked").unwrap(), 0);
        drop(write);
        let refused = store.try_to_write_by_reading().await;
        assert!(refused.is_err(), "{:?} let a reader write", store.engine());
    }
}
