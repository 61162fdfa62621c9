//! Stories of opening (art. 22, 23, 24, 31) and of what the public reads of it, on both engines.

mod planning;
mod showing;

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
use store::releases::ReleaseState;

use crate::town::{Town, now, on_both, people_content};

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
    let mut file = portal::file(&town.city, name, number, format).await?;
    portal::downloaded(&town.city, &file, now());
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
            ("file", portal::file(city, it, None, FileFormat::Csv).await.err()),
            (
                "old file",
                portal::file(city, it, Some(1), FileFormat::Csv).await.err(),
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
    seen.extend(listings(town, entry, name, title).await);
    seen.dedup();
    seen
}

/// The lists, counts and feeds that name it.
async fn listings(town: &Town, entry: &EntryId, name: &str, title: &str) -> Vec<&'static str> {
    let city = &town.city;
    let mut seen = Vec::new();
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
    if portal::all(city, None, 100)
        .await
        .unwrap()
        .iter()
        .any(|it| is_it(it))
    {
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
    seen.extend(vec!["list"; lists_naming(town, name, title).await]);
    if is_related(town, entry).await {
        seen.push("related");
    }
    seen
}

/// How many open lists name it.
async fn lists_naming(town: &Town, name: &str, title: &str) -> usize {
    let mut naming = 0;
    for card in portal::lists(&town.city).await.unwrap() {
        let list = portal::list(&town.city, &card.org.name, card.kind, card.number)
            .await
            .unwrap();
        let mut lines = list.lines.iter();
        naming += usize::from(lines.any(|it| it.title == title || it.name.as_deref() == Some(name)));
    }
    naming
}

/// Whether the page of some other set names it.
async fn is_related(town: &Town, entry: &EntryId) -> bool {
    for card in portal::all(&town.city, None, 100).await.unwrap() {
        let set = portal::dataset(&town.city, &card.id).await.unwrap();
        let related = portal::related(&town.city, &set).await.unwrap();
        if related.iter().any(|it| it.id == entry.as_str()) {
            return true;
        }
    }
    false
}
