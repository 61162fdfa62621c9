use rules::{
    ids::{CaseId, EntryId, GrantId},
    mark::MarkKind,
};
use store::{
    Store, cases, fresh_id,
    marks::{self, Mark, Told},
    testing::Fresh,
    touches::{self, Touch, WHOLE_SET},
    usage::{self, Received},
};

use crate::city::{at, draft, found, grant, publish, seal};

async fn granted(store: &Store) -> (EntryId, GrantId) {
    let entry = draft(store, "低保名单", at(1)).await;
    publish(store, &entry, 1, at(2)).await;
    let id = grant(store, &entry, at(3)).await;
    (entry, id)
}

fn hash(n: u64) -> String {
    format!("{n:016x}")
}

fn touch(record: String, log_index: u64) -> Touch {
    Touch {
        record,
        log_index,
        at: at(4),
    }
}

/// A correction about an entry, as far as these tests care.
async fn opened(store: &Store, entry: &EntryId, number: &str) -> CaseId {
    let id = CaseId(fresh_id(at(5)));
    let case = cases::Case {
        id: id.clone(),
        number: number.to_owned(),
        procedure: "correction".to_owned(),
        state: "checking".to_owned(),
        revision: 1,
        title: "低保名单".to_owned(),
        entry: Some(entry.clone()),
        grant: None,
        about: None,
        consumer: Some("ybj".into()),
        provider: Some("mzj".into()),
        authority: "dsj".into(),
        content: serde_json::json!({}),
        applicant: None,
        opened_by: None,
        opened_at: at(5),
        closed_at: None,
        due_on: None,
        amber_on: None,
        owed_by: None,
    };
    let mut write = store.write().await.unwrap();
    cases::insert(&mut write, &case, &[]).await.unwrap();
    seal(write).await;
    id
}

#[tokio::test]
async fn yongzhou_art21_who_received_a_record_is_found_among_thousands_and_the_last_time_counts() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let (entry, id) = granted(&store).await;
        let first: Vec<Touch> = (0..1001).map(|n| touch(hash(n), n)).collect();
        let received = Received::from([((entry.clone(), id.clone()), first)]);
        assert!(usage::fold(&store, 0, 1001, &[], &received).await.unwrap());
        let again = vec![touch(hash(7), 5000), touch(WHOLE_SET.to_owned(), 5001)];
        let nobody = GrantId::from("made-up");
        let received = Received::from([
            ((entry.clone(), id.clone()), again),
            ((entry.clone(), nobody), vec![touch(hash(7), 5002)]),
        ]);
        assert!(usage::fold(&store, 1001, 5003, &[], &received).await.unwrap());
        let found = touches::of_record(store.read(), &entry, &hash(7)).await.unwrap();
        assert_eq!(found.len(), 1, "one grant, and none that is not there");
        assert_eq!(
            (&found[0].grant, found[0].org.as_str(), found[0].is_whole_set),
            (&id, "ybj", false)
        );
        assert_eq!((found[0].log_index, found[0].at), (5001, at(4)));
        let other = touches::of_record(store.read(), &entry, &hash(9999))
            .await
            .unwrap();
        assert!(other[0].is_whole_set, "only with the file of the whole set");
        let elsewhere = touches::of_record(store.read(), &EntryId::from("x"), &hash(7)).await;
        assert!(elsewhere.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_mark_stands_until_it_is_lifted_and_whoever_answers_learns_of_both() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let (entry, _) = granted(&store).await;
        let (record, set) = (
            opened(&store, &entry, "校1").await,
            opened(&store, &entry, "异1").await,
        );
        let mark = |case: &CaseId, record: &str| Mark {
            case: case.clone(),
            entry: entry.clone(),
            kind: MarkKind::Correction,
            record: record.to_owned(),
            item: "name".to_owned(),
            since: at(5),
            until: None,
            words: "校核中".to_owned(),
        };
        let mut write = store.write().await.unwrap();
        marks::set(&mut write, &mark(&record, &hash(1))).await.unwrap();
        marks::set(&mut write, &mark(&set, "")).await.unwrap();
        let seq = write.seq();
        seal(write).await;
        let changed = store::changes::since(store.read(), seq - 1).await.unwrap();
        assert!(changed.iter().any(|it| it.id == entry.0));
        assert_eq!(marks::of_entry(store.read(), &entry).await.unwrap().len(), 2);
        let of_sets = marks::of_sets(store.read()).await.unwrap();
        assert_eq!(of_sets, [mark(&set, "")]);
        let mut write = store.write().await.unwrap();
        marks::lift(&mut write, &set, &entry, at(9)).await.unwrap();
        seal(write).await;
        assert!(marks::of_sets(store.read()).await.unwrap().is_empty());
        let gone = marks::of_case(store.read(), &set).await.unwrap().unwrap();
        assert_eq!(gone.until, Some(at(9)));
    }
}

#[tokio::test]
async fn yongzhou_art21_an_organisation_that_was_told_lists_the_case_among_its_own() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let (entry, id) = granted(&store).await;
        let case = opened(&store, &entry, "校1").await;
        let filter = cases::Filter {
            party: Some("bmj".into()),
            ..cases::Filter::default()
        };
        assert_eq!(cases::count(store.read(), &filter).await.unwrap(), 0);
        let told = Told {
            org: "bmj".into(),
            grant: id,
            at: at(8),
        };
        let mut write = store.write().await.unwrap();
        marks::tell(&mut write, &case, &told).await.unwrap();
        marks::tell(&mut write, &case, &told).await.unwrap();
        seal(write).await;
        assert_eq!(cases::count(store.read(), &filter).await.unwrap(), 1);
        assert_eq!(marks::told(store.read(), &case).await.unwrap(), [told]);
    }
}
