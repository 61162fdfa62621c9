use std::collections::BTreeMap;

use rules::{
    delivery::{BatchKind, BatchState, Dimension, RowFault, Score, ScorePart},
    ids::{DeliveryId, EntryId},
};
use store::{
    StoreError, deliveries,
    deliveries::Delivery,
    entries::{self, Data},
    files::Files,
    inspect,
    testing::Fresh,
};

use crate::city::{at, draft, found, seal};

fn received(id: &str, entry: &EntryId, batch: &str) -> Delivery {
    Delivery {
        id: DeliveryId(id.to_owned()),
        entry: entry.clone(),
        version: 1,
        batch: batch.to_owned(),
        kind: BatchKind::Full,
        state: BatchState::Checking,
        file_name: "townships.csv".to_owned(),
        file: "file".to_owned(),
        refusals: None,
        sha256: String::new(),
        rows: 0,
        accepted: 0,
        refused: 0,
        by_fault: BTreeMap::new(),
        scores: Vec::new(),
        message: String::new(),
        by_user: Some("u-cat".into()),
        by_system: None,
        at: at(1),
        finished_at: None,
        data_version: None,
    }
}

#[tokio::test]
async fn a_batch_is_received_once() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "乡镇名录", at(0)).await;
        let other = draft(&store, "婚姻登记", at(0)).await;
        let mut write = store.write().await.unwrap();
        assert!(
            deliveries::insert(&mut write, &received("d1", &entry, "2026-03"))
                .await
                .unwrap()
        );
        assert!(
            !deliveries::insert(&mut write, &received("d2", &entry, "2026-03"))
                .await
                .unwrap()
        );
        assert!(
            deliveries::insert(&mut write, &received("d3", &other, "2026-03"))
                .await
                .unwrap()
        );
        seal(write).await;
        let first = deliveries::by_batch(store.read(), &entry, "2026-03")
            .await
            .unwrap();
        assert_eq!(first, Some(received("d1", &entry, "2026-03")));
        assert_eq!(deliveries::find(store.read(), &"d2".into()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_file_that_the_records_refer_to_and_that_is_gone_is_missed() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let files = Files::open(&fresh.config).unwrap();
        let kept = files.put_now("kept".as_bytes(), 10).unwrap();
        let gone = files.put_now("gone".as_bytes(), 10).unwrap();
        std::fs::remove_file(files.path(&gone).unwrap()).unwrap();
        let entry = draft(&store, "乡镇名录", at(0)).await;
        let mut write = store.write().await.unwrap();
        for (id, file) in [("d1", &kept), ("d2", &gone)] {
            let mut delivery = received(id, &entry, id);
            delivery.file = file.to_string();
            deliveries::insert(&mut write, &delivery).await.unwrap();
        }
        let data = Data {
            version: 3,
            rows: 1,
            at: at(1),
        };
        entries::set_data(&mut write, &entry, &data).await.unwrap();
        seal(write).await;
        let (shard, rest) = gone.as_str().split_at(2);
        let mut expected = vec![format!("files/{shard}/{rest}")];
        // On the other engine the rows are in the database.
        if fresh.config.database.is_none() {
            expected.insert(0, format!("rows/{entry}/3.db"));
        }
        assert_eq!(inspect(&fresh.config).await.unwrap().missing, expected);
    }
}

#[tokio::test]
async fn yongzhou_art14_a_delivery_keeps_its_faults_and_scores_and_ends_once() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let entry = draft(&store, "乡镇名录", at(0)).await;
        let begun = received("d1", &entry, "2026-03");
        let mut write = store.write().await.unwrap();
        deliveries::insert(&mut write, &begun).await.unwrap();
        deliveries::insert(&mut write, &received("d2", &entry, "2026-04"))
            .await
            .unwrap();
        seal(write).await;
        assert_eq!(deliveries::unfinished(store.read()).await.unwrap().len(), 2);
        assert_eq!(
            deliveries::next_data_version(store.read(), &entry).await.unwrap(),
            1
        );

        let part = ScorePart {
            code: "0302".to_owned(),
            label: "数据格式合规性".to_owned(),
            good: 9,
            all: 10,
        };
        let loaded = Delivery {
            state: BatchState::Loaded,
            refusals: Some("refusals".to_owned()),
            sha256: "ab".to_owned(),
            rows: 10,
            accepted: 9,
            refused: 1,
            by_fault: BTreeMap::from([(RowFault::NoSuchDate, 1)]),
            scores: vec![Score {
                dimension: Dimension::Validity,
                parts: vec![part],
            }],
            finished_at: Some(at(9)),
            data_version: Some(1),
            ..begun
        };
        let mut write = store.write().await.unwrap();
        deliveries::finish(&mut write, &loaded).await.unwrap();
        let again = deliveries::finish(&mut write, &loaded).await;
        assert!(matches!(
            again,
            Err(StoreError::Stale {
                table: "deliveries",
                ..
            })
        ));
        seal(write).await;
        assert_eq!(
            deliveries::find(store.read(), &"d1".into()).await.unwrap(),
            Some(loaded)
        );
        assert_eq!(deliveries::unfinished(store.read()).await.unwrap().len(), 1);
        assert_eq!(
            deliveries::next_data_version(store.read(), &entry).await.unwrap(),
            2
        );
        let ids: Vec<_> = deliveries::of_entry(store.read(), &entry, 10)
            .await
            .unwrap()
            .into_iter()
            .map(|it| it.id.0)
            .collect();
        assert_eq!(ids, ["d2", "d1"]);
    }
}
