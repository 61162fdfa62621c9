//! A small town for the stories: a city authority, two agencies that share, one that looks on, and their people.
#![allow(dead_code, reason = "every story uses a part of it")]

use std::{collections::BTreeMap, io::Write, time::Duration};

use app::{
    City, Config, Ctx, Refused, catalogue, delivery,
    orgs::{self, NewOrg},
    people::{self, NewUser},
    requests::{self, Application, Opinion},
    systems,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    calendar,
    catalogue::{Content, Item, ItemClass, ItemType, Semantic, ShareKind, UpdateCycle},
    delivery::{BatchKind, BatchState},
    grant::{Mask, Purpose, RowFilter, Terms},
    ids::{CaseId, DeliveryId, EntryId, GrantId, OrgId, SystemId},
    people::{Actor, Level, Org, OrgKind, Role},
};
use store::{Engine, testing::Fresh};

pub const PASSWORD: &str = "Yongzhou-2026";

/// A working Monday.
pub const NOW: &str = "2026-11-23T02:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub struct Town {
    pub city: City,
    pub fresh: Fresh,
    /// Who acts, by a short name.
    pub people: BTreeMap<&'static str, Actor>,
    pub orgs: BTreeMap<&'static str, OrgId>,
}

const ORGS: [(&str, &str, OrgKind, &str); 4] = [
    (
        "designated",
        "永州市人民政府办公室",
        OrgKind::Agency,
        "3070211102",
    ),
    ("police", "永州市公安局", OrgKind::Agency, "3070211104"),
    ("insurance", "永州市医疗保障局", OrgKind::Agency, "3070211105"),
    ("school", "永州市教育局", OrgKind::Agency, "3070211108"),
];

const PEOPLE: [(&str, &str, &[Role]); 9] = [
    ("reviewer", "authority", &[Role::Reviewer]),
    ("confirmer", "designated", &[Role::Confirmer]),
    ("cataloguer", "police", &[Role::Cataloguer]),
    ("engineer", "police", &[Role::Engineer]),
    ("head", "police", &[Role::Head]),
    ("clerk", "insurance", &[Role::Clerk]),
    ("operator", "insurance", &[Role::Engineer]),
    ("teacher", "school", &[Role::Clerk]),
    ("pupil", "school", &[Role::Engineer]),
];

fn new_org(
    name: &str,
    kind: OrgKind,
    front: &str,
    n: usize,
    authority: Option<OrgId>,
    confirmer: Option<OrgId>,
) -> NewOrg {
    NewOrg {
        name: name.to_owned(),
        kind,
        level: Level::City,
        region: "431100".to_owned(),
        credit_code: format!("1143110000{n:08}"),
        front_code: front.to_owned(),
        authority,
        confirmer,
    }
}

/// Tells `story` twice, in a fresh town on each engine.
pub async fn on_both<F: Future<Output = ()>>(story: impl Fn(Town) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        story(Town::on(engine).await).await;
    }
}

impl Town {
    pub async fn on(engine: Engine) -> Town {
        let fresh = Fresh::on(engine).await;
        let city = open(&fresh).await;
        let authority = new_org(
            "永州市行政审批服务局",
            OrgKind::Authority,
            "3070211101",
            0,
            None,
            None,
        );
        let admin = people::create_first_admin(&city, "admin", "管理员", PASSWORD, authority, now())
            .await
            .unwrap();
        let session = people::sign_in(&city, "admin", PASSWORD, now()).await.unwrap();
        let found = people::session(&city, &session.token, now())
            .await
            .unwrap()
            .unwrap();
        let mut town = Town {
            city,
            fresh,
            people: BTreeMap::new(),
            orgs: BTreeMap::new(),
        };
        assert_eq!(found.actor.user, admin);
        town.orgs.insert("authority", found.actor.org.id.clone());
        town.people.insert("admin", found.actor);
        for (n, (key, name, kind, front)) in ORGS.into_iter().enumerate() {
            let authority = Some(town.orgs["authority"].clone());
            let confirmer = town.orgs.get("designated").cloned();
            let org = new_org(name, kind, front, n + 1, authority, confirmer);
            let id = orgs::create(&town.city, &town.ctx("admin"), org).await.unwrap();
            town.orgs.insert(key, id);
        }
        let all: Vec<Org> = orgs::choices(&town.city, &town.ctx("admin")).await.unwrap();
        for (login, org, roles) in PEOPLE {
            let org = all.iter().find(|it| it.id == town.orgs[org]).unwrap().clone();
            let new = NewUser {
                login: login.to_owned(),
                name: format!("{login}本人"),
                org: org.id.clone(),
                roles: roles.to_vec(),
                password: PASSWORD.to_owned(),
                must_change_password: false,
            };
            let user = people::create(&town.city, &town.ctx("admin"), new).await.unwrap();
            town.people.insert(
                login,
                Actor {
                    user,
                    name: format!("{login}本人"),
                    org,
                    roles: roles.to_vec(),
                },
            );
        }
        town
    }

    /// The same city in another process, as it were: opened anew from what is on disk.
    pub async fn reopened(mut self) -> Town {
        self.city.close().await;
        let people = std::mem::take(&mut self.people);
        let orgs = std::mem::take(&mut self.orgs);
        let Town { city, fresh, .. } = self;
        drop(city);
        let city = open(&fresh).await;
        Town {
            city,
            fresh,
            people,
            orgs,
        }
    }

    pub fn ctx(&self, who: &str) -> Ctx {
        self.ctx_at(who, now())
    }

    pub fn ctx_at(&self, who: &str, now: Timestamp) -> Ctx {
        Ctx {
            actor: self.people[who].clone(),
            now,
        }
    }

    /// A published entry of the police, shared in this way.
    pub async fn publish(&self, content: Content) -> EntryId {
        let id = catalogue::create(&self.city, &self.ctx("cataloguer"), content.clone())
            .await
            .unwrap();
        let revision = self.revision(&id).await;
        catalogue::submit(&self.city, &self.ctx("cataloguer"), &id, revision)
            .await
            .unwrap();
        if content.share != ShareKind::Unconditional {
            let revision = self.revision(&id).await;
            catalogue::confirm(&self.city, &self.ctx("confirmer"), &id, revision, "依据明确。")
                .await
                .unwrap();
        }
        let revision = self.revision(&id).await;
        catalogue::publish(&self.city, &self.ctx("reviewer"), &id, revision, "同意发布。")
            .await
            .unwrap();
        id
    }

    pub async fn revision(&self, id: &EntryId) -> i64 {
        catalogue::show(&self.city, &self.ctx("cataloguer"), id)
            .await
            .unwrap()
            .revision
    }

    /// Delivers `text` and waits until it is loaded or refused.
    pub async fn deliver(
        &self,
        id: &EntryId,
        batch: &str,
        kind: BatchKind,
        text: &str,
    ) -> delivery::DeliveryView {
        let delivery = self.send(id, batch, kind, text).await.unwrap();
        self.finished(&delivery.id).await
    }

    pub async fn send(
        &self,
        id: &EntryId,
        batch: &str,
        kind: BatchKind,
        text: &str,
    ) -> Result<delivery::Received, Refused> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let ctx = self.ctx("engineer");
        delivery::receive(&self.city, &ctx, id, batch, kind, "people.csv", file.path()).await
    }

    pub async fn finished(&self, id: &DeliveryId) -> delivery::DeliveryView {
        loop {
            let view = delivery::show(&self.city, &self.ctx("engineer"), id)
                .await
                .unwrap();
            if view.state != BatchState::Checking {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A key for a system of this person's agency.
    pub async fn key(&self, operator: &str) -> (String, SystemId) {
        let ctx = self.ctx(operator);
        let system = systems::create(&self.city, &ctx, &format!("{operator}业务系统"), "")
            .await
            .unwrap();
        (
            systems::new_key(&self.city, &ctx, &system, "", 90)
                .await
                .unwrap()
                .secret,
            system,
        )
    }

    pub async fn case_revision(&self, who: &str, case: &CaseId) -> i64 {
        app::cases::show(&self.city, &self.ctx(who), case)
            .await
            .unwrap()
            .revision
    }

    pub async fn apply(&self, entry: &EntryId, terms: Terms) -> CaseId {
        requests::apply(&self.city, &self.ctx("clerk"), entry, application(terms))
            .await
            .unwrap()
    }

    pub async fn opine(&self, case: &CaseId, agrees: bool) {
        let revision = self.case_revision("head", case).await;
        let opinion = Opinion {
            agrees,
            words: "意见如上。".to_owned(),
            proposed: None,
        };
        requests::opine(&self.city, &self.ctx("head"), case, revision, opinion)
            .await
            .unwrap();
    }

    /// A grant to the insurance bureau, by application, opinion and decision.
    pub async fn granted(&self, entry: &EntryId, terms: Terms) -> GrantId {
        let case = self.apply(entry, terms.clone()).await;
        self.opine(&case, true).await;
        let revision = self.case_revision("reviewer", &case).await;
        requests::grant(
            &self.city,
            &self.ctx("reviewer"),
            &case,
            revision,
            terms,
            "同意。",
        )
        .await
        .unwrap()
    }
}

async fn open(fresh: &Fresh) -> City {
    // Background work lets go of the log within a turn of its own, which takes a busy machine a while.
    for _ in 0..300 {
        let config = Config {
            data_dir: fresh.config.data_dir.clone(),
            database: fresh.config.database.clone(),
            origin: "town.test/evidence".to_owned(),
        };
        match City::open(config).await {
            Err(app::OpenError::Evidence(_)) => tokio::time::sleep(Duration::from_millis(100)).await,
            opened => return opened.unwrap(),
        }
    }
    panic!("the log is still held after thirty seconds");
}

pub fn application(terms: Terms) -> Application {
    Application {
        terms,
        duty: "城乡居民参保登记".to_owned(),
        system: "医保业务系统".to_owned(),
        frequency: "逐件".to_owned(),
    }
}

pub fn today() -> Date {
    calendar::today(now())
}

fn item(name: &str, title: &str) -> Item {
    Item {
        name: name.to_owned(),
        title: title.to_owned(),
        length: Some(50),
        ..Item::default()
    }
}

/// People of a county: a key, a name, a division, a day of birth.
pub fn people_content(share: ShareKind) -> Content {
    let condition = |item: Item| Item {
        is_condition: true,
        ..item
    };
    Content {
        title: format!("人口基本信息（{}）", share.label()),
        summary: "户籍登记的人口基本信息，来源于人口管理系统。".to_owned(),
        class_path: vec!["部门".to_owned(), "公安".to_owned()],
        items: vec![
            Item {
                is_key: true,
                is_required: true,
                class: ItemClass::Identifier,
                ..condition(item("id", "编号"))
            },
            Item {
                is_required: true,
                semantic: Semantic::PersonName,
                ..item("name", "姓名")
            },
            condition(item("region", "区划")),
            Item {
                kind: ItemType::Date,
                length: None,
                ..item("born", "出生日期")
            },
        ],
        share,
        share_reason: "涉及个人信息。".to_owned(),
        share_basis: "《中华人民共和国个人信息保护法》第三十四条".to_owned(),
        share_conditions: "履职需要，经审核同意。".to_owned(),
        usage_scope: "全市政务部门".to_owned(),
        open_reason: "涉及个人信息。".to_owned(),
        open_basis: "《中华人民共和国个人信息保护法》".to_owned(),
        cycle: UpdateCycle::Monthly,
        person: "彭涛".to_owned(),
        phone: "0746-8320000".to_owned(),
        refused_permille_max: 500,
        ..Content::default()
    }
}

pub const PEOPLE_CSV: &str = "id,name,region,born\n\
    001,王小芳,431124,1980-01-02\n\
    002,李大明,431124,1990-03-04\n\
    003,张伟,431102,2000-05-06\n\
    004,欧阳静,431124,2010-07-08\n";

/// Terms for the insurance bureau: three items, one county, the name veiled.
pub fn county_terms(calls: u32) -> Terms {
    Terms {
        purpose: Purpose::Basis,
        purpose_text: "参保登记核验".to_owned(),
        items: ["id", "name", "region"].map(str::to_owned).to_vec(),
        filters: vec![RowFilter {
            item: "region".to_owned(),
            values: vec!["431124".to_owned()],
        }],
        masks: BTreeMap::from([("name".to_owned(), Mask::Name)]),
        calls_per_day_max: calls,
        from: today(),
        until: today() + jiff::Span::new().months(6),
    }
}
