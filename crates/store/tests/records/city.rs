//! A small city to try things in.

use jiff::{Timestamp, civil::Date};
use rules::{
    catalogue::Content,
    grant::{GrantState, Purpose, Terms},
    ids::{EntryId, GrantId, OrgId, UserId},
    people::{Level, Org, OrgKind, Role},
};
use serde_json::json;
use store::{
    Event, EventKind, Store, Write, entries, entries::Entry, fresh_id, grants, grants::Grant, orgs,
    testing::Fresh, users, users::User, versions, versions::Version,
};

/// A Monday morning in the city.
pub const NOW: i64 = 1_772_413_200_000;

/// The moment `seconds` after [`NOW`].
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(NOW + seconds * 1000).unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn event(kind: EventKind, subject: &str) -> Event {
    Event {
        at_ms: NOW,
        actor: None,
        org: None,
        kind,
        subject: subject.to_owned(),
        body: json!({ "why": "试验" }),
    }
}

/// Seals with an event that does not matter to the test.
pub async fn seal(write: Write) -> i64 {
    write
        .seal(event(EventKind::SettingChanged, "test"))
        .await
        .unwrap()
}

pub fn org(id: &str, name: &str, kind: OrgKind) -> Org {
    Org {
        id: id.into(),
        name: name.to_owned(),
        kind,
        level: Level::City,
        region: "431100".to_owned(),
        credit_code: format!("11431100{id:0>10}"),
        front_code: "30702101".to_owned(),
        authority: "dsj".into(),
        confirmer: "bmj".into(),
    }
}

pub fn user(id: &str, login: &str, org: &str, roles: &[Role]) -> User {
    User {
        id: id.into(),
        login: login.to_owned(),
        name: format!("{login}同志"),
        org: org.into(),
        roles: roles.to_vec(),
        password_hash: "$argon2id$x".to_owned(),
        failures: 0,
        locked_until: None,
        is_disabled: false,
        must_change: true,
        email: None,
        revision: 1,
        created_at: at(0),
    }
}

/// The authority, the confirming department, a provider and a consumer, with a person in each of three.
pub async fn found(fresh: &Fresh) -> Store {
    let store = fresh.store().await;
    let mut write = store.write().await.unwrap();
    let city = [
        org("dsj", "永州市行政审批服务局", OrgKind::Authority),
        org("bmj", "永州市国家保密局", OrgKind::Agency),
        org("mzj", "永州市民政局", OrgKind::Agency),
        org("ybj", "永州市医疗保障局", OrgKind::Agency),
    ];
    for org in &city {
        orgs::insert(&mut write, org, at(0)).await.unwrap();
    }
    for (id, login, org, role) in [
        ("u-rev", "shenhe", "dsj", Role::Reviewer),
        ("u-cat", "bianmu", "mzj", Role::Cataloguer),
        ("u-clk", "jingban", "ybj", Role::Clerk),
    ] {
        users::insert(&mut write, &user(id, login, org, &[role]))
            .await
            .unwrap();
    }
    write.seal(event(EventKind::CityFounded, "dsj")).await.unwrap();
    store
}

pub fn content(title: &str) -> Content {
    Content {
        title: title.to_owned(),
        summary: "摘要".to_owned(),
        ..Content::default()
    }
}

/// Drafts an entry of 民政局 and returns its id.
pub async fn draft(store: &Store, title: &str, at: Timestamp) -> EntryId {
    let mut write = store.write().await.unwrap();
    let back = entries::next_back(&mut write, "30702101").await.unwrap();
    let entry = Entry {
        id: EntryId(fresh_id(at)),
        code: format!("30702101/{back:06}"),
        org: "mzj".into(),
        level: Level::City,
        state: "draft".to_owned(),
        revision: 1,
        draft: content(title),
        published: None,
        data: None,
        created_at: at,
        updated_at: at,
    };
    entries::insert(&mut write, &entry).await.unwrap();
    write
        .seal(event(EventKind::EntryCreated, entry.id.as_str()))
        .await
        .unwrap();
    entry.id
}

/// Publishes the draft of an entry as version `number`.
pub async fn publish(store: &Store, id: &EntryId, number: u64, at: Timestamp) {
    let mut write = store.write().await.unwrap();
    let entry = entries::get(&mut write, id).await.unwrap();
    let version = Version {
        entry: id.clone(),
        number,
        content: entry.draft,
        published_at: at,
        published_by: "u-rev".into(),
    };
    versions::insert(&mut write, &version).await.unwrap();
    entries::set_state(&mut write, id, entry.revision, "published", at)
        .await
        .unwrap();
    entries::set_published(&mut write, id, Some(number))
        .await
        .unwrap();
    write
        .seal(event(EventKind::EntryPublished, id.as_str()))
        .await
        .unwrap();
}

/// Grants 医疗保障局 the use of an entry.
pub async fn grant(store: &Store, entry: &EntryId, at: Timestamp) -> GrantId {
    let terms = Terms {
        purpose: Purpose::Basis,
        purpose_text: "核定参保资格".to_owned(),
        items: vec!["code".to_owned(), "name".to_owned()],
        filters: Vec::new(),
        masks: Default::default(),
        calls_per_day_max: 1000,
        from: day("2026-03-01"),
        until: day("2026-12-31"),
    };
    let grant = Grant {
        id: GrantId(fresh_id(at)),
        case: None,
        entry: entry.clone(),
        version: 1,
        provider: OrgId("mzj".to_owned()),
        consumer: OrgId("ybj".to_owned()),
        matter: "城乡居民参保".to_owned(),
        terms,
        state: GrantState::Active,
        reason: String::new(),
        revision: 1,
        created_at: at,
        changed_at: at,
    };
    let mut write = store.write().await.unwrap();
    grants::insert(&mut write, &grant).await.unwrap();
    write
        .seal(event(EventKind::GrantIssued, grant.id.as_str()))
        .await
        .unwrap();
    grant.id
}

pub fn clerk() -> UserId {
    "u-clk".into()
}
