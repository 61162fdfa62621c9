//! Stories of opening (art. 22, 23, 24, 31) and of what the public reads of it, on both engines.

mod town;

use std::{io::Read, time::Duration};

use app::{
    Refused, Status,
    cases::{self, Answers},
    opening::{self, Stage},
    portal::{self, Ask, RowsAsk},
};
use rules::{
    catalogue::{Content, ItemClass, OpenKind, ShareKind},
    delivery::BatchKind,
    ids::{CaseId, EntryId},
    law::Regulation::Yongzhou,
    people::Role,
    release::{FileFormat, MaskRule, Plan},
};
use store::{Engine, releases::ReleaseState};
use town::{Town, now, people_content};

async fn on_both<F: Future<Output = ()>>(story: impl Fn(Town) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        story(Town::on(engine).await).await;
    }
}

/// Bus stops: nothing personal in them.
fn stops(title: &str) -> Content {
    let mut content = people_content(ShareKind::Unconditional);
    content.title = title.to_owned();
    content.keywords = vec!["公交".to_owned()];
    content.class_path = vec!["主题".to_owned(), "交通运输".to_owned()];
    content.open = OpenKind::Unconditional;
    for item in &mut content.items {
        item.class = ItemClass::Plain;
        item.samples = vec!["内部样例".to_owned()];
    }
    content
}

/// People: an identifier, a name, and two items by which they might be recognised.
fn persons() -> Content {
    let mut content = people_content(ShareKind::Unconditional);
    content.title = "居民年龄分布".to_owned();
    content.open = OpenKind::Conditional;
    content.open_conditions = "仅限研究使用。".to_owned();
    content.items[1].class = ItemClass::Identifier;
    content.items[2].class = ItemClass::Quasi;
    content.items[3].class = ItemClass::Quasi;
    content
}

const STOPS: &str = "id,name,region,born\n\
    001,零陵楼站,431102,2001-02-03\n\
    002,冷水滩站,431103,2002-03-04\n\
    003,\"柳子街,东\",431102,\n";

async fn published(town: &Town, content: Content, text: &str) -> EntryId {
    let entry = town.publish(content).await;
    let view = town.deliver(&entry, "b1", BatchKind::Full, text).await;
    assert_eq!(view.refused, 0, "{view:?}");
    entry
}

async fn content(town: &Town, entry: &EntryId) -> Content {
    app::catalogue::show(&town.city, &town.ctx("cataloguer"), entry)
        .await
        .unwrap()
        .content
}

async fn save(town: &Town, entry: &EntryId, change: impl Fn(&mut Plan)) -> Result<i64, Refused> {
    let ctx = town.ctx("cataloguer");
    let view = opening::plan(&town.city, &ctx, entry).await.unwrap();
    let mut plan = Plan::proposed(&content(town, entry).await);
    change(&mut plan);
    opening::save_plan(&town.city, &ctx, entry, view.revision, plan).await
}

async fn submitted(town: &Town, entry: &EntryId) -> CaseId {
    save(town, entry, |_| {}).await.unwrap();
    opening::submit(&town.city, &town.ctx("cataloguer"), entry)
        .await
        .unwrap()
}

async fn step(town: &Town, who: &str, case: &CaseId, step: &str) -> Result<(), Refused> {
    let ctx = town.ctx(who);
    let revision = cases::show(&town.city, &ctx, case).await?.revision;
    let answers = Answers::default()
        .with("words", "无涉密内容，同意开放。")
        .with("reason", "请补充说明。");
    cases::act(&town.city, &ctx, case, revision, step, answers).await
}

/// Waits until no release of the entry is being made.
async fn made(town: &Town, entry: &EntryId) -> opening::PlanView {
    loop {
        let view = opening::plan(&town.city, &town.ctx("cataloguer"), entry)
            .await
            .unwrap();
        if view.releases.iter().all(|it| it.state != ReleaseState::Making) {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn released(town: &Town, entry: &EntryId) -> i64 {
    let case = submitted(town, entry).await;
    step(town, "head", &case, "release").await.unwrap();
    let view = made(town, entry).await;
    assert_eq!(
        view.releases[0].state,
        ReleaseState::Current,
        "{}",
        view.releases[0].message
    );
    view.releases[0].number
}

async fn listed(town: &Town, kind: OpenKind) -> i64 {
    opening::publish_list(&town.city, &town.ctx("head"), kind)
        .await
        .unwrap()
}

/// An entry that anybody can read, with its name.
async fn open(town: &Town, title: &str) -> (EntryId, String) {
    let entry = published(town, stops(title), STOPS).await;
    released(town, &entry).await;
    listed(town, OpenKind::Unconditional).await;
    let name = portal::dataset(&town.city, entry.as_str())
        .await
        .unwrap()
        .card
        .name;
    (entry, name)
}

async fn text_of(
    town: &Town,
    name: &str,
    number: Option<i64>,
    format: FileFormat,
) -> Result<String, Refused> {
    let mut file = portal::file(&town.city, name, number, format, now()).await?;
    let mut text = String::new();
    file.file.read_to_string(&mut text).unwrap();
    assert_eq!(file.bytes, text.len() as u64);
    Ok(text)
}

fn all_rows() -> RowsAsk {
    RowsAsk {
        limit: 100,
        ..RowsAsk::default()
    }
}

/// Everything that the portal says of a name or an id, where it says anything.
async fn surfaces(town: &Town, entry: &EntryId, name: &str, title: &str) -> Vec<&'static str> {
    let city = &town.city;
    let mut seen = Vec::new();
    for it in [entry.as_str(), name, &name.to_uppercase()] {
        let refusals = [
            ("dataset", portal::dataset(city, it).await.err()),
            (
                "file",
                portal::file(city, it, None, FileFormat::Csv, now()).await.err(),
            ),
            (
                "old file",
                portal::file(city, it, Some(1), FileFormat::Csv, now())
                    .await
                    .err(),
            ),
            ("rows", portal::rows(city, it, &all_rows()).await.err()),
            ("profile", portal::profile(city, it).await.err()),
        ];
        for (surface, refused) in refusals {
            match refused {
                None => seen.push(surface),
                // In the same words as what never was.
                Some(refused) => {
                    let never = portal::dataset(city, "never-was").await.unwrap_err();
                    assert_eq!((refused.status, refused.words), (Status::NotFound, never.words));
                }
            }
        }
    }
    let is_it = |it: &portal::Card| it.id == entry.as_str() || it.title == title;
    let found = portal::search(city, &Ask::default()).await.unwrap();
    if found.cards.iter().any(is_it) {
        seen.push("search");
    }
    if found.total != found.cards.len() as u64
        || found
            .facets
            .iter()
            .any(|it| found.total < it.values.iter().map(|it| it.count).max().unwrap_or(0))
    {
        seen.push("count");
    }
    let asked = Ask {
        text: Some(title.to_owned()),
        ..Ask::default()
    };
    if portal::search(city, &asked)
        .await
        .unwrap()
        .cards
        .iter()
        .any(is_it)
    {
        seen.push("search by title");
    }
    if portal::suggest(city, title, 10)
        .await
        .unwrap()
        .iter()
        .any(|it| it.title == title)
    {
        seen.push("suggest");
    }
    if portal::all(city, None, 100).await.unwrap().iter().any(is_it) {
        seen.push("all");
    }
    if portal::news(city, 100)
        .await
        .unwrap()
        .iter()
        .any(|it| it.words.contains(title))
    {
        seen.push("news");
    }
    let statistics = portal::statistics(city).await.unwrap();
    if statistics.most_downloaded.iter().any(|it| it.1 == title) {
        seen.push("statistics");
    }
    for card in portal::lists(city).await.unwrap() {
        let list = portal::list(city, &card.org.name, card.kind, card.number)
            .await
            .unwrap();
        if list
            .lines
            .iter()
            .any(|it| it.title == title || it.name.as_deref() == Some(name))
        {
            seen.push("list");
        }
    }
    for card in portal::all(city, None, 100).await.unwrap() {
        let related = portal::dataset(city, &card.id).await.unwrap().related;
        if related.iter().any(is_it) {
            seen.push("related");
        }
    }
    seen.dedup();
    seen
}

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
        // The files that were read are counted, without a name.
        let statistics = portal::statistics(&town.city).await.unwrap();
        assert_eq!(statistics.sets, 1);
        assert!(4 <= statistics.downloads_by_day.last().unwrap().1);
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
        // Reviewed again it comes back; the files of before stay gone.
        assert_eq!(released(&town, &entry).await, 2);
        assert!(
            portal::dataset(&town.city, &name).await.is_ok(),
            "still on the list"
        );
        let old = portal::file(&town.city, &name, Some(1), FileFormat::Csv, now())
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
async fn yongzhou_art26_a_conditional_set_is_shown_and_its_data_is_not_handed_out() {
    on_both(|town| async move {
        let entry = published(&town, persons(), town::PEOPLE_CSV).await;
        assert_eq!(listed(&town, OpenKind::Conditional).await, 1);
        let set = portal::dataset(&town.city, entry.as_str()).await.unwrap();
        assert_eq!((set.card.kind, set.card.number), (OpenKind::Conditional, None));
        assert!(set.card.formats.is_empty() && set.releases.is_empty());
        assert_eq!(set.conditions, "仅限研究使用。");
        let refused = portal::file(&town.city, &set.card.name, None, FileFormat::Csv, now())
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
        // Listed still, so it can be withdrawn again only once it is out: the release under way is dropped with it.
        let town = town.reopened().await;
        made(&town, &entry).await;
        assert!(portal::dataset(&town.city, &name).await.is_ok());
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
