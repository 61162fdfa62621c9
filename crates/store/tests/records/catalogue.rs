use rules::{catalogue::ShareKind, people::Level};
use store::{
    StoreError, entries,
    entries::{Data, Filter},
    reviews,
    reviews::{Note, Signature},
    testing::Fresh,
    versions,
};

use crate::city::{at, content, draft, found, publish, seal};

#[tokio::test]
async fn a_draft_saved_on_an_old_page_is_refused_and_nothing_is_lost() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let id = draft(&store, "乡镇名录", at(1)).await;
        let mut write = store.write().await.unwrap();
        entries::save_draft(&mut write, &id, 1, &content("乡镇街道名录"), at(2))
            .await
            .unwrap();
        seal(write).await;

        let mut write = store.write().await.unwrap();
        let late = entries::save_draft(&mut write, &id, 1, &content("旧页面"), at(3)).await;
        assert!(matches!(late, Err(StoreError::Stale { table: "entries", .. })));
        drop(write);
        let entry = entries::get(store.read(), &id).await.unwrap();
        assert_eq!(
            (entry.draft, entry.revision, entry.updated_at),
            (content("乡镇街道名录"), 2, at(2))
        );
        assert_eq!(
            entries::line(store.read(), &id).await.unwrap().unwrap().title,
            "乡镇街道名录"
        );
    }
}

#[tokio::test]
async fn resource_codes_are_given_once_each_under_a_front_code() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let first = draft(&store, "甲", at(1)).await;
        let second = draft(&store, "乙", at(2)).await;
        assert_eq!(
            entries::get(store.read(), &first).await.unwrap().code,
            "30702101/000001"
        );
        assert_eq!(
            entries::by_code(store.read(), "30702101/000002")
                .await
                .unwrap()
                .unwrap()
                .id,
            second
        );
        let mut write = store.write().await.unwrap();
        assert_eq!(entries::next_back(&mut write, "30702102").await.unwrap(), 1);
        drop(write);
        // A write that was dropped used no number up.
        let mut write = store.write().await.unwrap();
        assert_eq!(entries::next_back(&mut write, "30702102").await.unwrap(), 1);
        seal(write).await;
    }
}

#[tokio::test]
async fn every_version_stays_readable_and_one_is_current() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let id = draft(&store, "第一版", at(1)).await;
        assert_eq!(versions::current(store.read(), &id).await.unwrap(), None);
        assert_eq!(versions::last(store.read(), &id).await.unwrap(), 0);
        publish(&store, &id, 1, at(2)).await;
        let mut write = store.write().await.unwrap();
        let revision = entries::get(&mut write, &id).await.unwrap().revision;
        entries::save_draft(&mut write, &id, revision, &content("第二版"), at(3))
            .await
            .unwrap();
        seal(write).await;
        // Being revised, the published version is still what everybody reads.
        assert_eq!(
            versions::current(store.read(), &id)
                .await
                .unwrap()
                .unwrap()
                .content
                .title,
            "第一版"
        );
        assert_eq!(
            entries::published_line(store.read(), &id)
                .await
                .unwrap()
                .unwrap()
                .title,
            "第一版"
        );
        publish(&store, &id, 2, at(4)).await;
        assert_eq!(
            versions::current(store.read(), &id)
                .await
                .unwrap()
                .unwrap()
                .number,
            2
        );
        assert_eq!(
            versions::find(store.read(), &id, 1)
                .await
                .unwrap()
                .unwrap()
                .content,
            content("第一版")
        );
        let lines = versions::list(store.read(), &id).await.unwrap();
        let seen: Vec<_> = lines
            .iter()
            .map(|it| (it.number, it.title.as_str(), it.published_by.as_str()))
            .collect();
        assert_eq!(seen, [(2, "第二版", "shenhe同志"), (1, "第一版", "shenhe同志")]);
        assert_eq!(versions::last(store.read(), &id).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn pages_of_a_list_follow_each_other_without_gap_or_repetition() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let mut expected = Vec::new();
        for i in 0..7 {
            // Three share each moment, so that the id has to decide.
            expected.push(draft(&store, &format!("目录{i}"), at(i / 3)).await);
        }
        expected.sort();
        expected.reverse();
        let filter = Filter {
            org: Some("mzj".into()),
            level: Some(Level::City),
            ..Filter::default()
        };
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = entries::list(store.read(), &filter, after.as_ref(), 2)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.updated_at, last.id.clone()));
            seen.extend(page.into_iter().map(|it| it.id));
        }
        seen.iter().for_each(|it| assert!(expected.contains(it)));
        assert_eq!(seen.len(), 7);
        let mut unique = seen.clone();
        unique.dedup();
        assert_eq!(unique, seen);
        assert_eq!(entries::count(store.read(), &filter).await.unwrap(), 7);
    }
}

#[tokio::test]
async fn lists_keep_to_their_filter_and_the_published_one_to_what_is_published() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let open = draft(&store, "公开的", at(1)).await;
        draft(&store, "草稿", at(2)).await;
        publish(&store, &open, 1, at(3)).await;
        let all = Filter::default();
        let lines = entries::list_published(store.read(), &all, None, 10)
            .await
            .unwrap();
        assert_eq!(
            lines.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(),
            ["公开的"]
        );
        let compiled = entries::unpublished(store.read(), &"mzj".into(), 10)
            .await
            .unwrap();
        assert_eq!(
            compiled.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(),
            ["草稿"]
        );
        assert_eq!(
            (lines[0].org_name.as_str(), lines[0].published),
            ("永州市民政局", Some(1))
        );
        assert_eq!(entries::count_published(store.read(), &all).await.unwrap(), 1);
        let drafts = Filter {
            state: Some("draft".to_owned()),
            ..Filter::default()
        };
        assert_eq!(entries::count(store.read(), &drafts).await.unwrap(), 1);
        let conditional = Filter {
            share: Some(ShareKind::Conditional),
            ..Filter::default()
        };
        assert_eq!(entries::count(store.read(), &conditional).await.unwrap(), 0);
        let states = entries::states(store.read(), Some(&"mzj".into())).await.unwrap();
        assert_eq!(states, [("draft".to_owned(), 1), ("published".to_owned(), 1)]);
        assert_eq!(
            entries::states(store.read(), Some(&"ybj".into())).await.unwrap(),
            []
        );
        let walk = entries::published_after(store.read(), "", 10).await.unwrap();
        assert_eq!(walk.len(), 1);
        let one = entries::published(store.read(), &open).await.unwrap();
        assert_eq!(one.as_ref(), walk.first());
        let current = versions::current(store.read(), &open).await.unwrap().unwrap();
        assert_eq!(
            one.map(|it| (it.id, it.content, it.at)),
            Some((open.clone(), current.content, current.published_at))
        );
        let rest = entries::published_after(store.read(), open.as_str(), 10)
            .await
            .unwrap();
        assert_eq!(rest, []);

        let mut write = store.write().await.unwrap();
        entries::set_published(&mut write, &open, None).await.unwrap();
        seal(write).await;
        assert_eq!(entries::published(store.read(), &open).await.unwrap(), None);
        assert_eq!(entries::count_published(store.read(), &all).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_delivery_switches_the_data_without_making_an_edit_page_stale() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let id = draft(&store, "乡镇名录", at(1)).await;
        let data = Data {
            version: 3,
            rows: 41_352,
            at: at(5),
        };
        let mut write = store.write().await.unwrap();
        entries::set_data(&mut write, &id, &data).await.unwrap();
        seal(write).await;
        let entry = entries::get(store.read(), &id).await.unwrap();
        assert_eq!((entry.data, entry.revision), (Some(data), 1));
    }
}

#[tokio::test]
async fn the_reasons_of_a_return_take_the_place_of_those_before() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let id = draft(&store, "乡镇名录", at(1)).await;
        let note = |field: &str| Note {
            field: field.to_owned(),
            words: "请补充".to_owned(),
            by: "u-rev".into(),
            at: at(2),
        };
        for notes in [
            vec![note("summary"), note("summary"), note("share_basis")],
            vec![note("title")],
            vec![],
        ] {
            let mut write = store.write().await.unwrap();
            reviews::set_notes(&mut write, &id, &notes).await.unwrap();
            seal(write).await;
            assert_eq!(reviews::notes(store.read(), &id).await.unwrap(), notes);
        }
    }
}

#[tokio::test]
async fn yongzhou_art11_a_signature_is_under_one_revision() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let id = draft(&store, "婚姻登记", at(1)).await;
        let signature = |revision, at| Signature {
            revision,
            org: "ybj".into(),
            by: "u-clk".into(),
            at,
        };
        let mut write = store.write().await.unwrap();
        for it in [signature(1, at(2)), signature(1, at(3)), signature(2, at(4))] {
            reviews::sign(&mut write, &id, &it).await.unwrap();
        }
        seal(write).await;
        let signed = reviews::signatures(store.read(), &id).await.unwrap();
        assert_eq!(signed, [signature(1, at(2)), signature(2, at(4))]);
    }
}
