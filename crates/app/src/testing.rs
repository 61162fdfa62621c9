//! Whole cities for tests, on both real engines: an authority, agencies, a county, and people of every role.
//!
//! ```
//! # async fn story() {
//! use app::testing::{on_both_engines, townships};
//!
//! on_both_engines(async |city| {
//!     let entry = city.published(townships()).await;
//!     let seen = app::catalogue::show(&city.city, &city.ctx("medical.clerk"), &entry).await.unwrap();
//!     assert_eq!(seen.content.title, "乡镇级行政区划");
//! })
//! .await;
//! # }
//! ```

use std::{collections::BTreeMap, sync::Mutex};

use jiff::{SignedDuration, Timestamp};
use rules::{
    catalogue::{Content, Item, ItemType, ShareKind},
    grant::{Purpose, Terms},
    ids::{EntryId, OrgId, UserId},
    people::{Actor, Level, Org, OrgKind, Role},
};
use serde_json::json;
use store::{
    Engine, Event, EventKind, orgs,
    testing::Fresh,
    users::{self, User},
};
use tokio::sync::OnceCell;

use crate::{City, Config, Ctx, catalogue, people};

/// The password of everybody in a test city.
pub const PASSWORD: &str = "Xiaoxiang-2026";

/// A Monday morning in the city, before the first act.
pub const START: &str = "2026-03-02T09:00:00+08:00";

/// Organisations: key, name, kind, level, division code, authority's key, designated department's key.
#[rustfmt::skip] // A table: one organisation a line.
const ORGS: &[(&str, &str, OrgKind, Level, &str, &str, &str)] = &[
    ("authority", "永州市数据局",         OrgKind::Authority,     Level::City,   "431100", "authority",        "office"),
    ("office",    "永州市人民政府办公室", OrgKind::Agency,        Level::City,   "431100", "authority",        "office"),
    ("civil",     "永州市民政局",         OrgKind::Agency,        Level::City,   "431100", "authority",        "office"),
    ("medical",   "永州市医疗保障局",     OrgKind::Agency,        Level::City,   "431100", "authority",        "office"),
    ("police",    "永州市公安局",         OrgKind::Agency,        Level::City,   "431100", "authority",        "office"),
    ("water",     "永州市自来水有限公司", OrgKind::PublicService, Level::City,   "431100", "authority",        "office"),
    ("county-authority", "东安县数据局",  OrgKind::Authority,     Level::County, "431122", "county-authority", "county-authority"),
    ("county",    "东安县民政局",         OrgKind::Agency,        Level::County, "431122", "county-authority", "county-authority"),
    ("county-health", "东安县卫生健康局", OrgKind::Agency,        Level::County, "431122", "county-authority", "county-authority"),
];

/// People: organisation's key, login's second half, role. `civil.cataloguer` compiles for 市民政局.
#[rustfmt::skip] // A table: one person a line.
const PEOPLE: &[(&str, &str, Role)] = &[
    ("authority", "admin",      Role::Administrator),
    ("authority", "reviewer",   Role::Reviewer),
    ("authority", "auditor",    Role::Auditor),
    ("office",    "confirmer",  Role::Confirmer),
    ("civil",     "cataloguer", Role::Cataloguer),
    ("civil",     "engineer",   Role::Engineer),
    ("civil",     "clerk",      Role::Clerk),
    ("civil",     "head",       Role::Head),
    ("medical",   "cataloguer", Role::Cataloguer),
    ("medical",   "engineer",   Role::Engineer),
    ("medical",   "clerk",      Role::Clerk),
    ("medical",   "head",       Role::Head),
    ("police",    "cataloguer", Role::Cataloguer),
    ("police",    "clerk",      Role::Clerk),
    ("police",    "head",       Role::Head),
    ("water",     "engineer",   Role::Engineer),
    ("water",     "clerk",      Role::Clerk),
    ("county-authority", "admin",     Role::Administrator),
    ("county-authority", "reviewer",  Role::Reviewer),
    ("county-authority", "confirmer", Role::Confirmer),
    ("county",    "cataloguer", Role::Cataloguer),
    ("county",    "clerk",      Role::Clerk),
    ("county",    "head",       Role::Head),
    ("county-health", "clerk",  Role::Clerk),
    ("county-authority", "auditor", Role::Auditor),
    ("county",    "engineer",   Role::Engineer),
];

/// Everybody: the organisation's key, the login's second half, the role.
pub fn people() -> impl Iterator<Item = (&'static str, &'static str, Role)> {
    PEOPLE.iter().copied()
}

/// The keys of every organisation.
pub fn organisations() -> impl Iterator<Item = &'static str> {
    ORGS.iter().map(|it| it.0)
}

/// From now on releases of open sets are built and not switched to, as if the process died in between.
pub fn hold_releases(city: &City) {
    city.releases.hold();
}

/// Tells `story` twice, in a fresh city on each engine.
pub async fn on_both_engines(story: impl AsyncFn(TestCity)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let city = TestCity::on(engine).await;
        eprintln!("on {engine:?}");
        story(city).await;
    }
}

/// A city with its organisations and people, on a fresh database in a fresh directory.
pub struct TestCity {
    /// The city.
    pub city: City,
    /// Its database and directory; both are gone when this is dropped.
    pub fresh: Fresh,
    actors: BTreeMap<String, Actor>,
    now: Mutex<Timestamp>,
}

impl TestCity {
    /// On one engine.
    pub async fn on(engine: Engine) -> TestCity {
        let fresh = Fresh::on(engine).await;
        let city = City::open(config(&fresh)).await.expect("a fresh city opens");
        let now: Timestamp = START.parse().expect("a timestamp");
        let actors = populate(&city, now).await;
        TestCity {
            city,
            fresh,
            actors,
            now: Mutex::new(now),
        }
    }

    /// Stops the city and starts it again on the same data.
    pub async fn restart(self) -> TestCity {
        let TestCity {
            city,
            fresh,
            actors,
            now,
        } = self;
        city.close().await;
        drop(city);
        let city = City::open(config(&fresh)).await.expect("the city opens again");
        TestCity {
            city,
            fresh,
            actors,
            now,
        }
    }

    /// The instant it is.
    pub fn now(&self) -> Timestamp {
        *self.now.lock().expect("nothing panics while holding the clock")
    }

    /// Sets the clock, such as `2026-03-05T10:00:00+08:00`.
    pub fn set_clock(&self, at: &str) {
        *self.now.lock().expect("nothing panics while holding the clock") = at.parse().expect("a timestamp");
    }

    /// Lets time go by.
    pub fn wait(&self, span: SignedDuration) {
        *self.now.lock().expect("nothing panics while holding the clock") += span;
    }

    /// The person with this login, now: `civil.cataloguer`.
    pub fn ctx(&self, login: &str) -> Ctx {
        let actor = self
            .actors
            .get(login)
            .unwrap_or_else(|| panic!("no {login} in the test city"));
        Ctx {
            actor: actor.clone(),
            now: self.now(),
        }
    }

    /// The organisation with this key: `civil`.
    pub fn org(&self, key: &str) -> Org {
        let prefix = format!("{key}.");
        let found = self.actors.iter().find(|(login, _)| login.starts_with(&prefix));
        found
            .unwrap_or_else(|| panic!("no {key} in the test city"))
            .1
            .org
            .clone()
    }

    /// An entry of 市民政局, published with all that its share kind needs.
    pub async fn published(&self, content: Content) -> EntryId {
        self.published_by("civil.cataloguer", content).await
    }

    /// An entry of whoever compiles, published with all that its share kind needs. Co-compilers are not asked.
    pub async fn published_by(&self, login: &str, content: Content) -> EntryId {
        let compiler = self.ctx(login);
        let id = catalogue::create(&self.city, &compiler, content)
            .await
            .expect("a draft is saved");
        self.publish(&compiler, &id).await;
        id
    }

    /// Takes a draft all the way into the catalogue.
    pub async fn publish(&self, compiler: &Ctx, id: &EntryId) {
        let org = &compiler.actor.org;
        let revision = catalogue::show(&self.city, compiler, id)
            .await
            .expect("it is shown")
            .revision;
        catalogue::submit(&self.city, compiler, id, revision)
            .await
            .expect("it is submitted");
        let reviewer = self.person_of(&org.authority, Role::Reviewer);
        let view = catalogue::show(&self.city, &reviewer, id)
            .await
            .expect("the reviewer sees it");
        if view.state.name == "confirming" {
            let confirmer = self.person_of(&org.confirmer, Role::Confirmer);
            catalogue::confirm(&self.city, &confirmer, id, view.revision, "同意")
                .await
                .expect("it is confirmed");
        }
        let revision = catalogue::show(&self.city, &reviewer, id)
            .await
            .expect("it is shown")
            .revision;
        catalogue::publish(&self.city, &reviewer, id, revision, "")
            .await
            .expect("it is published");
    }

    /// The person of `org` who is charged with `role`.
    fn person_of(&self, org: &OrgId, role: Role) -> Ctx {
        let found = self.actors.values().find(|it| it.org.id == *org && it.is(role));
        Ctx {
            actor: found.expect("the organisation has such a person").clone(),
            now: self.now(),
        }
    }
}

fn config(fresh: &Fresh) -> Config {
    let database = fresh.config.database.clone();
    Config {
        database,
        ..Config::embedded(fresh.config.data_dir.clone())
    }
}

/// Argon2 is slow on purpose: the one password is hashed once for all test cities of a process.
async fn password_hash() -> String {
    static HASH: OnceCell<String> = OnceCell::const_new();
    HASH.get_or_init(|| async { people::hash_password(PASSWORD).await.expect("it hashes") })
        .await
        .clone()
}

fn org_id(key: &str) -> OrgId {
    OrgId(format!("org-{key}"))
}

async fn populate(city: &City, now: Timestamp) -> BTreeMap<String, Actor> {
    let mut write = city.store.write().await.expect("a write");
    for (n, (key, name, kind, level, region, authority, confirmer)) in ORGS.iter().enumerate() {
        let org = Org {
            id: org_id(key),
            name: (*name).to_owned(),
            kind: *kind,
            level: *level,
            region: (*region).to_owned(),
            credit_code: format!("114311000000000{n:03}"),
            front_code: format!("307021{region}{n:02}"),
            authority: org_id(authority),
            confirmer: org_id(confirmer),
        };
        orgs::insert(&mut write, &org, now)
            .await
            .expect("an organisation");
    }
    let hash = password_hash().await;
    let mut actors = BTreeMap::new();
    for (key, role_name, role) in PEOPLE {
        let login = format!("{key}.{role_name}");
        let user = User {
            id: UserId(format!("user-{login}")),
            login: login.clone(),
            name: format!("{}{}", role.label(), actors.len() + 1),
            org: org_id(key),
            roles: vec![*role],
            password_hash: hash.clone(),
            failures: 0,
            locked_until: None,
            is_disabled: false,
            must_change: false,
            email: None,
            revision: 1,
            created_at: now,
        };
        users::insert(&mut write, &user).await.expect("a person");
        let org = orgs::get(&mut write, &user.org)
            .await
            .expect("the organisation")
            .org;
        actors.insert(
            login,
            Actor {
                user: user.id,
                name: user.name,
                org,
                roles: user.roles,
            },
        );
    }
    let event = Event {
        at_ms: now.as_millisecond(),
        actor: None,
        org: None,
        kind: EventKind::CityFounded,
        subject: "test".to_owned(),
        body: json!({}),
    };
    city.seal(write, event).await.expect("the city is founded");
    actors
}

fn item(name: &str, title: &str, length: u32) -> Item {
    Item {
        name: name.to_owned(),
        title: title.to_owned(),
        kind: ItemType::Text,
        length: Some(length),
        is_required: true,
        ..Item::default()
    }
}

/// A complete entry that is shared without conditions: the township divisions.
pub fn townships() -> Content {
    let key = Item {
        is_key: true,
        is_condition: true,
        ..item("code", "区划代码", 12)
    };
    let county = Item {
        is_condition: true,
        ..item("areaCode", "县级代码", 6)
    };
    Content {
        title: "乡镇级行政区划".to_owned(),
        summary: "全国乡镇级行政区划代码与名称，来源于国家统计局。".to_owned(),
        keywords: vec!["区划".to_owned(), "乡镇".to_owned()],
        class_path: ["部门政务信息资源", "湖南省", "永州市", "市民政局"]
            .map(str::to_owned)
            .to_vec(),
        items: vec![
            key,
            item("name", "名称", 60),
            county,
            item("cityCode", "市级代码", 6),
        ],
        usage_scope: "全市政务部门".to_owned(),
        open_reason: "供部门间共享使用".to_owned(),
        open_basis: "《永州市政务大数据管理办法》第二十三条".to_owned(),
        person: "李敏".to_owned(),
        phone: "0746-8350000".to_owned(),
        refused_permille_max: 50,
        ..Content::default()
    }
}

/// A complete entry that is shared on conditions: people who receive a subsistence allowance.
pub fn allowances() -> Content {
    let person = Item {
        is_key: true,
        is_condition: true,
        ..item("id_number", "公民身份号码", 18)
    };
    Content {
        title: "城乡低保对象".to_owned(),
        summary: "享受最低生活保障待遇的人员。".to_owned(),
        keywords: vec!["低保".to_owned(), "救助".to_owned()],
        items: vec![
            person,
            item("name", "姓名", 40),
            Item {
                is_condition: true,
                ..item("division", "行政区划代码", 12)
            },
            item("amount", "月保障金额", 12),
        ],
        share: ShareKind::Conditional,
        share_reason: "涉及个人信息".to_owned(),
        share_basis: "《中华人民共和国个人信息保护法》第三十四条".to_owned(),
        share_conditions: "仅限履行医疗救助等法定职责的部门，按需核验。".to_owned(),
        ..townships()
    }
}

/// Terms for `items` of an entry, for one year from the day the test city begins.
pub fn terms(items: &[&str]) -> Terms {
    Terms {
        purpose: Purpose::Basis,
        purpose_text: "医疗救助对象资格核验".to_owned(),
        items: items.iter().map(|it| (*it).to_owned()).collect(),
        filters: Vec::new(),
        masks: BTreeMap::new(),
        calls_per_day_max: 10_000,
        from: "2026-03-01".parse().expect("a date"),
        until: "2027-02-28".parse().expect("a date"),
    }
}
