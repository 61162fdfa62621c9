//! Plan, review, withdrawal, and a crash on the way (art. 22, 23, 24, 31).

use super::*;
use crate::town;

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art31_a_release_is_reviewed_by_a_second_person() {
    on_both(|mut town| async move {
        let entry = published(&town, stops("公交站点"), STOPS).await;
        // One person with both roles prepares; the same one may not review.
        town.people.get_mut("cataloguer").unwrap().roles.push(Role::Head);
        let case = submitted(&town, &entry).await;
        let view = cases::show(&town.city, &town.ctx("cataloguer"), &case)
            .await
            .unwrap();
        let release = view.next.iter().find(|it| it.step.name == "release").unwrap();
        assert!(!release.is_allowed && release.why_not.as_ref().unwrap().contains("另一名"));
        let refused = step(&town, "cataloguer", &case, "release").await.unwrap_err();
        assert_eq!(
            (refused.code, refused.cites),
            ("second-person", Some(Yongzhou.art(31)))
        );
        assert!(
            opening::plan(&town.city, &town.ctx("head"), &entry)
                .await
                .unwrap()
                .releases
                .is_empty()
        );
        let refused = step(&town, "reviewer", &case, "release").await.unwrap_err();
        assert_eq!(refused.code, "not-yours");
        // Under review the plan stands still.
        assert_eq!(
            save(&town, &entry, |_| {}).await.unwrap_err().code,
            "under-review"
        );
        step(&town, "head", &case, "return").await.unwrap();
        let again = submitted(&town, &entry).await;
        assert_eq!(again, case, "the same review goes on");
        step(&town, "head", &case, "release").await.unwrap();
        assert_eq!(made(&town, &entry).await.releases[0].state, ReleaseState::Current);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art22_personal_items_leave_veiled_and_only_the_provider_sees_the_values_before() {
    on_both(|town| async move {
        let mut content = persons();
        content.items[1].semantic = rules::catalogue::Semantic::PersonName;
        let entry = published(&town, content, town::PEOPLE_CSV).await;
        let kept = save(&town, &entry, |plan| plan.items[1].rule = Some(MaskRule::Keep)).await;
        kept.unwrap();
        let refused = opening::submit(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code, refused.cites),
            ("plan-incomplete", Some(Yongzhou.art(22)))
        );
        // Veiled, but every group is one person: said, and read by the reviewer.
        save(&town, &entry, |_| {}).await.unwrap();
        let refused = opening::submit(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap_err();
        assert!(refused.words.contains("最小一组只有1行"), "{refused:?}");
        save(&town, &entry, |plan| {
            plan.risk_words = "合成数据，没有真实的人。".to_owned()
        })
        .await
        .unwrap();
        let view = opening::plan(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap();
        let measure = view.measure.unwrap();
        assert_eq!((measure.rows, measure.k_min, measure.rows_unique), (4, 1, 4));
        assert_eq!(measure.quasi, ["区划", "出生日期"]);
        let preview = view.preview.unwrap();
        assert_eq!(preview.before[0][1].as_deref(), Some("王小芳"));
        assert_eq!(preview.after_titles, ["姓名", "区划", "出生日期"]);
        assert_eq!(preview.after[0][0].as_deref(), Some("王**"));
        assert_eq!(preview.after[0][2].as_deref(), Some("1980"));
        let overseer = opening::plan(&town.city, &town.ctx("reviewer"), &entry)
            .await
            .unwrap();
        assert!(
            overseer.preview.is_none(),
            "the authority oversees without seeing data"
        );
        let other = opening::plan(&town.city, &town.ctx("clerk"), &entry)
            .await
            .unwrap_err();
        assert_eq!(other.status, Status::Forbidden);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art23_a_personal_item_without_a_rule_keeps_the_entry_closed() {
    on_both(|town| async move {
        let entry = published(&town, persons(), town::PEOPLE_CSV).await;
        save(&town, &entry, |plan| plan.items[1].rule = None)
            .await
            .unwrap();
        let refused = opening::submit(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap_err();
        assert_eq!(refused.cites, Some(Yongzhou.art(23)));
        assert!(
            refused.fields.iter().any(|it| it.1.contains("只能不予开放")),
            "{refused:?}"
        );
        let all = opening::candidates(&town.city, &town.ctx("cataloguer"))
            .await
            .unwrap();
        assert_eq!((all.len(), all[0].stage), (1, Stage::Planned));
        assert!(all[0].missing.iter().any(|it| it.contains("清单")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_a_crash_between_build_and_switch_leaves_the_old_release_and_ends_in_the_new() {
    on_both(|town| async move {
        let (entry, name) = open(&town, "公交站点").await;
        let more = format!("{STOPS}004,火车站,431103,\n");
        town.deliver(&entry, "b2", BatchKind::Full, &more).await;
        app::testing::hold_releases(&town.city);
        let case = submitted(&town, &entry).await;
        step(&town, "head", &case, "release").await.unwrap();
        // The new rows and files are built by now or will be; no reader gets any of them.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let page = portal::rows(&town.city, &name, &all_rows()).await.unwrap();
        assert_eq!((page.number, page.total), (1, 3));
        assert!(
            !text_of(&town, &name, None, FileFormat::Csv)
                .await
                .unwrap()
                .contains("火车站")
        );
        let town = town.reopened().await;
        let view = made(&town, &entry).await;
        assert_eq!(
            (view.releases[0].number, view.releases[0].state),
            (2, ReleaseState::Current)
        );
        let page = portal::rows(&town.city, &name, &all_rows()).await.unwrap();
        assert_eq!((page.number, page.total), (2, 4));
        let old = text_of(&town, &name, Some(1), FileFormat::Csv).await.unwrap();
        assert!(
            !old.contains("火车站"),
            "earlier files stay under their permanent links"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art23_a_withdrawal_stops_what_is_being_made_and_what_is_under_review() {
    on_both(|town| async move {
        let (entry, name) = open(&town, "公交站点").await;
        let case = submitted(&town, &entry).await;
        opening::withdraw(&town.city, &town.ctx("reviewer"), &entry, "收到投诉，先行撤回。")
            .await
            .unwrap();
        let refused = step(&town, "head", &case, "release").await.unwrap_err();
        assert_eq!(refused.code, "withdrawn-since");
        assert!(portal::dataset(&town.city, &name).await.is_err());
        let plan = opening::plan(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap();
        assert_eq!(plan.withdrawn.unwrap().1, "收到投诉，先行撤回。");
        step(&town, "head", &case, "return").await.unwrap();
        let case = submitted(&town, &entry).await;
        app::testing::hold_releases(&town.city);
        step(&town, "head", &case, "release").await.unwrap();
        let town = town.reopened().await;
        made(&town, &entry).await;
        assert!(
            portal::dataset(&town.city, &name).await.is_err(),
            "struck from the list"
        );
        listed(&town, OpenKind::Unconditional).await;
        assert!(portal::dataset(&town.city, &name).await.is_ok());
    })
    .await;
}
