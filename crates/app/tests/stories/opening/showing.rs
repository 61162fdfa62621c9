//! What the public reads, and what it does not (art. 24, 25, 26).

use super::*;
use crate::town;

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_a_released_and_listed_set_is_read_by_anybody_in_six_formats() {
    on_both(|town| async move {
        let (entry, name) = open(&town, "公交站点").await;
        let set = portal::dataset(&town.city, &name).await.unwrap();
        assert_eq!(
            (set.card.title.as_str(), set.card.rows, set.card.number),
            ("公交站点", 3, Some(1))
        );
        assert_eq!(set.card.formats, FileFormat::ALL);
        assert_eq!(set.card.theme_name, "transport");
        assert!(
            set.items.iter().all(|it| it.samples.is_empty()),
            "samples come from inside"
        );
        assert_eq!(set.releases.len(), 1);
        assert_eq!(set.releases[0].files.len(), 6);
        let lines = set.releases[0]
            .files
            .iter()
            .find(|it| it.format == FileFormat::JsonLines)
            .unwrap();
        assert_eq!(set.releases[0].sha256, lines.sha256);
        let csv = text_of(&town, &name, None, FileFormat::Csv).await.unwrap();
        assert!(csv.contains("\"柳子街,东\""), "{csv}");
        let json = text_of(&town, &name, Some(1), FileFormat::JsonLines)
            .await
            .unwrap();
        assert_eq!(json.lines().count(), 3);
        let page = portal::rows(&town.city, &name, &all_rows()).await.unwrap();
        assert_eq!((page.number, page.total, page.rows.len()), (1, 3, 3));
        assert_eq!(page.rows[0].0, 1);
        assert_eq!(page.rows[0].1[1].as_deref(), Some("零陵楼站"));
        let profile = portal::profile(&town.city, &name).await.unwrap();
        assert_eq!(profile[2].filled, 3);
        let seen = surfaces(&town, &entry, &name, "公交站点").await;
        for surface in [
            "dataset",
            "file",
            "rows",
            "search",
            "search by title",
            "suggest",
            "all",
            "news",
            "list",
        ] {
            assert!(seen.contains(&surface), "{surface} of {seen:?}");
        }
        assert!(!seen.contains(&"count"));
        // What was downloaded is counted, without a name.
        for format in [
            FileFormat::Csv,
            FileFormat::Json,
            FileFormat::Xlsx,
            FileFormat::Csv,
        ] {
            let file = portal::file(&town.city, &name, None, format).await.unwrap();
            portal::downloaded(&town.city, &file, town::now());
        }
        let statistics = portal::statistics(&town.city).await.unwrap();
        assert_eq!(statistics.sets, 1);
        assert!(4 <= statistics.downloads_by_day.last().unwrap().1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_the_theme_that_the_plan_chooses_goes_before_that_of_the_classification() {
    on_both(|town| async move {
        let (entry, name) = open(&town, "公交站点").await;
        // One that is none is forgotten.
        for (chosen, theme) in [("life", "life"), ("湖南省", "transport")] {
            save(&town, &entry, |plan| plan.theme = chosen.to_owned())
                .await
                .unwrap();
            let set = portal::dataset(&town.city, &name).await.unwrap();
            assert_eq!(set.card.theme_name, theme);
            let themes = portal::themes(&town.city).await.unwrap();
            assert_eq!(themes[0].name, theme);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_what_is_not_open_not_listed_or_withdrawn_is_not_found_on_any_surface() {
    on_both(|town| async move {
        let (other, _) = open(&town, "公园名录").await;
        // Not open at all.
        let mut content = stops("内部名册");
        content.open = OpenKind::NotOpen;
        let entry = published(&town, content, STOPS).await;
        assert_eq!(surfaces(&town, &entry, "never", "内部名册").await, [""; 0]);
        // Released and not on a list.
        let entry = published(&town, stops("公交线路"), STOPS).await;
        released(&town, &entry).await;
        let code = app::catalogue::show(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap()
            .code;
        let name = code.to_lowercase().replace('/', "-");
        assert_eq!(surfaces(&town, &entry, &name, "公交线路").await, [""; 0]);
        listed(&town, OpenKind::Unconditional).await;
        assert!(
            surfaces(&town, &entry, &name, "公交线路")
                .await
                .contains(&"dataset")
        );
        // Withdrawn.
        let head = town.ctx("head");
        opening::withdraw(&town.city, &head, &entry, "发现内容有误。")
            .await
            .unwrap();
        assert_eq!(surfaces(&town, &entry, &name, "公交线路").await, [""; 0]);
        let again = opening::withdraw(&town.city, &head, &entry, "再次。")
            .await
            .unwrap_err();
        assert_eq!(again.code, "not-opened");
        assert!(portal::dataset(&town.city, other.as_str()).await.is_ok());
        // Withdrawn is withdrawn also after a restart, when the index is opened anew.
        let town = town.reopened().await;
        assert_eq!(surfaces(&town, &entry, &name, "公交线路").await, [""; 0]);
        // Reviewed again it waits for the next list, and comes back with it; the files of before stay gone.
        assert_eq!(released(&town, &entry).await, 2);
        assert_eq!(surfaces(&town, &entry, &name, "公交线路").await, [""; 0]);
        listed(&town, OpenKind::Unconditional).await;
        assert!(portal::dataset(&town.city, &name).await.is_ok());
        let old = portal::file(&town.city, &name, Some(1), FileFormat::Csv)
            .await
            .unwrap_err();
        assert_eq!(old.status, Status::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_editions_of_a_list_are_numbered_and_frozen_and_a_dropped_set_is_closed() {
    on_both(|town| async move {
        let (entry, name) = open(&town, "公交站点").await;
        assert_eq!(listed(&town, OpenKind::Unconditional).await, 2);
        let lists = portal::lists(&town.city).await.unwrap();
        let numbers: Vec<(i64, bool)> = lists.iter().map(|it| (it.number, it.is_newest)).collect();
        assert_eq!(numbers, [(2, true), (1, false)]);
        let first = portal::list(&town.city, &lists[1].org.name, OpenKind::Unconditional, 1)
            .await
            .unwrap();
        assert_eq!(
            (first.lines.len(), first.lines[0].name.as_deref()),
            (1, Some(name.as_str()))
        );
        // The entry is revised to another kind: it is closed with its publication, before any new list.
        let ctx = town.ctx("cataloguer");
        let revision = town.revision(&entry).await;
        app::catalogue::revise(&town.city, &ctx, &entry, revision)
            .await
            .unwrap();
        let mut content = stops("公交站点");
        content.open = OpenKind::NotOpen;
        let revision = town.revision(&entry).await;
        app::catalogue::save(&town.city, &ctx, &entry, revision, content)
            .await
            .unwrap();
        let revision = town.revision(&entry).await;
        app::catalogue::submit(&town.city, &ctx, &entry, revision)
            .await
            .unwrap();
        assert!(
            portal::dataset(&town.city, &name).await.is_ok(),
            "the published version stands"
        );
        let revision = town.revision(&entry).await;
        app::catalogue::publish(&town.city, &town.ctx("reviewer"), &entry, revision, "同意。")
            .await
            .unwrap();
        assert_eq!(surfaces(&town, &entry, &name, "公交站点").await, [""; 0]);
        assert_eq!(listed(&town, OpenKind::Unconditional).await, 3);
        let third = portal::list(&town.city, &lists[0].org.name, OpenKind::Unconditional, 3)
            .await
            .unwrap();
        assert_eq!(third.lines.len(), 0);
        let first = portal::list(&town.city, &lists[0].org.name, OpenKind::Unconditional, 1)
            .await
            .unwrap();
        assert_eq!(
            first.lines.len(),
            1,
            "the edition stands as it was published, its line without words"
        );
        let refused =
            opening::publish_list(&town.city, &town.ctx("cataloguer"), OpenKind::Unconditional).await;
        assert_eq!(refused.unwrap_err().status, Status::Forbidden);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art26_a_conditional_set_is_shown_and_its_data_is_not_handed_out() {
    on_both(|town| async move {
        let entry = published(&town, persons(), town::PEOPLE_CSV).await;
        assert_eq!(listed(&town, OpenKind::Conditional).await, 1);
        let set = portal::dataset(&town.city, entry.as_str()).await.unwrap();
        assert_eq!((set.card.kind, set.card.number), (OpenKind::Conditional, None));
        assert!(set.card.formats.is_empty() && set.releases.is_empty());
        assert_eq!(set.conditions, "仅限研究使用。");
        let refused = portal::file(&town.city, &set.card.name, None, FileFormat::Csv)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code, refused.cites),
            ("needs-agreement", Some(Yongzhou.art(26)))
        );
        // Released for those who have an agreement, it is still not handed out to everybody.
        save(&town, &entry, |plan| plan.risk_words = "合成数据。".to_owned())
            .await
            .unwrap();
        let case = opening::submit(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap();
        step(&town, "head", &case, "release").await.unwrap();
        assert_eq!(made(&town, &entry).await.releases[0].state, ReleaseState::Current);
        let set = portal::dataset(&town.city, entry.as_str()).await.unwrap();
        assert_eq!((set.card.number, set.card.rows), (Some(1), 4));
        assert!(set.releases[0].files.is_empty());
        let rows = portal::rows(&town.city, &set.card.name, &all_rows())
            .await
            .unwrap_err();
        assert_eq!(rows.code, "needs-agreement");
        assert!(
            portal::news(&town.city, 10)
                .await
                .unwrap()
                .iter()
                .all(|it| !it.words.contains("居民"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art25_rows_are_filtered_sorted_and_paged_with_exact_counts() {
    on_both(|town| async move {
        let (_, name) = open(&town, "公交站点").await;
        let mut ask = all_rows();
        ask.filters = vec![portal::Filter {
            item: "region".to_owned(),
            op: portal::Op::Eq,
            values: vec!["431102".to_owned()],
        }];
        ask.sort = vec![("id".to_owned(), true)];
        ask.limit = 1;
        ask.items = vec!["name".to_owned()];
        let page = portal::rows(&town.city, &name, &ask).await.unwrap();
        assert_eq!((page.total, page.rows[0].0), (2, 3));
        assert_eq!(page.rows[0].1, [Some("柳子街,东".to_owned())]);
        ask.after = page.next;
        let page = portal::rows(&town.city, &name, &ask).await.unwrap();
        assert_eq!((page.total, page.rows[0].0, page.next.is_none()), (2, 1, true));
        ask.filters[0].item = "secret".to_owned();
        let refused = portal::rows(&town.city, &name, &ask).await.unwrap_err();
        assert_eq!(refused.code, "unknown-item");
    })
    .await;
}
