use rules::{
    ids::{CaseId, EntryId, GrantId},
    mark::MarkKind,
};
use store::{
    Store, cases, fresh_id,
    marks::{self, Mark, Told},
    testing::Fresh,
    touches::{self, Receiver, RecordHash, Touched},
    usage::{self, Received},
};

use crate::city::{at, draft, found, grant, publish, seal};

async fn granted(store: &Store) -> (EntryId, GrantId) {
    let entry = draft(store, "低保名单", at(1)).await;
    publish(store, &entry, 1, at(2)).await;
    let id = grant(store, &entry, at(3)).await;
    (entry, id)
}

fn hash(n: u64) -> RecordHash {
    n.to_be_bytes()
}

/// What the calls up to `to` gave one grant: each of `records`, by a call whose evidence has the same number.
fn received(entry: &EntryId, grant: &GrantId, records: impl Iterator<Item = (u64, u64)>) -> Received {
    let touched = Touched {
        records: records.map(|(record, index)| (hash(record), index)).collect(),
        whole_set: None,
    };
    Received::from([((entry.clone(), grant.clone()), touched)])
}

async fn receivers(store: &Store, entry: &EntryId, record: u64) -> Vec<Receiver> {
    let record = hex::encode(hash(record));
    touches::of_record(store.read(), entry, &record).await.unwrap()
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
        let first = received(&entry, &id, (0..5001).map(|n| (n, n)));
        assert!(usage::fold(&store, 0, 5001, &[], &[], &first).await.unwrap());
        let mut again = received(&entry, &id, [(7, 5001)].into_iter());
        again.extend(received(
            &entry,
            &GrantId::from("made-up"),
            [(7, 5002)].into_iter(),
        ));
        assert!(usage::fold(&store, 5001, 5003, &[], &[], &again).await.unwrap());
        let found = receivers(&store, &entry, 7).await;
        assert_eq!(found.len(), 1, "one grant, and none that is not there");
        assert_eq!(
            (&found[0].grant, found[0].org.as_str(), found[0].log_index),
            (&id, "ybj", 5001)
        );
        assert!(receivers(&store, &entry, 9999).await.is_empty());
        assert_eq!(receivers(&store, &entry, 5000).await[0].log_index, 5000);

        let key = (entry.clone(), id.clone());
        let file = Touched {
            whole_set: Some(5003),
            ..Touched::default()
        };
        let file = Received::from([(key, file)]);
        assert!(usage::fold(&store, 5003, 5004, &[], &[], &file).await.unwrap());
        let (single, set) = (
            receivers(&store, &entry, 7).await,
            receivers(&store, &entry, 9999).await,
        );
        assert_eq!((single[0].is_whole_set, single[0].log_index), (false, 5003));
        assert!(set[0].is_whole_set, "only with the file of the whole set");
        assert!(receivers(&store, &EntryId::from("x"), 7).await.is_empty());
    }
}

#[tokio::test]
async fn yongzhou_art21_a_record_is_found_however_often_the_runs_were_merged() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let (entry, id) = granted(&store).await;
        // Enough batches for two levels of merging, and one large enough to settle.
        for batch in 0..300u64 {
            let records = if batch == 40 { 70_000 } else { 3 };
            let touched = (0..records).map(|n| (batch + n, batch));
            let batch_received = received(&entry, &id, touched);
            let folded = usage::fold(&store, batch, batch + 1, &[], &[], &batch_received).await;
            assert!(folded.unwrap());
        }
        // A record was received by the batches of its number and of the two before; the last of them counts.
        for (record, last) in [(0, 0), (2, 2), (41, 41), (150, 150), (299, 299), (301, 299)] {
            let found = receivers(&store, &entry, record).await;
            assert_eq!(found.len(), 1, "record {record}");
            assert_eq!(found[0].log_index, last, "record {record}");
        }
        assert_eq!(receivers(&store, &entry, 60_000).await[0].log_index, 40);
        assert!(receivers(&store, &entry, 70_040).await.is_empty());
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
        marks::set(&mut write, &mark(&record, &hex::encode(hash(1))))
            .await
            .unwrap();
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
