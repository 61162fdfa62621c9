//! The city of the leak tests: something in every state, and a canary in every text.

use std::{
    io::Write,
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use app::{
    Ctx,
    cases::{self, Answers},
    catalogue, delivery, opening,
    testing::{TestCity, townships},
};
use axum::{body::Body, extract::ConnectInfo, http::Request, response::Response};
use jiff::{SignedDuration, Timestamp};
use metrics_exporter_prometheus::PrometheusBuilder;
use rules::{
    catalogue::{Content, Item, ItemClass, ItemType, OpenKind, Semantic, ShareKind},
    delivery::{BatchKind, BatchState},
    ids::{CaseId, EntryId},
    people::Role,
    release::Plan,
};
use store::{Engine, releases::ReleaseState};
use tower::ServiceExt;

use super::{
    canary::Canaries,
    oracle::Circle::{self, *},
    things::{Kind, Thing},
};
use crate::{
    lanes::{Answering, Doors},
    serve,
};

/// Whom an open entry is for, and its inner texts.
const OPENED: [Circle; 2] = [Everybody, Catalogue];
/// The same of an entry that is in the catalogue and not open.
const CLOSED: [Circle; 2] = [Catalogue, Catalogue];

/// The title of what was open once: both applicants cite it in products of theirs, which they keep.
const CITED: Circle = Any(&[Catalogue, Applicant("person"), Applicant("company")]);

/// Name, telephone and note of the record that is doubted: the name is veiled to its user, the telephone not granted.
const DOUBTED: [Circle; 3] = [
    Doubted("civil", None),
    Nobody,
    Any(&[Calls("medical"), Doubted("civil", Some("medical"))]),
];

/// How much of the city's hidden life there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Only what the public may see, what once was open, and what the public asks for.
    Open,
    /// The catalogue besides, and what is shared.
    Catalogue,
    /// Drafts besides, and the next version of what is published.
    Whole,
}

/// A city, what is hidden in it, and its doors.
pub struct Town {
    /// The city; its clock runs from act to act.
    pub city: TestCity,
    /// Its canaries.
    pub canaries: Canaries,
    /// What has an address.
    pub things: Vec<Thing>,
    /// Keys of software and of agreements, by the reader's word.
    pub keys: Vec<(&'static str, String)>,
    doors: Doors,
}

/// The titles of entries are canaries; the stories find entries by what they are for.
#[derive(Clone, Debug)]
pub struct Entries {
    /// Open without conditions.
    pub open: EntryId,
    /// Open on conditions.
    pub conditional: EntryId,
    /// Withdrawn from opening, and still in the catalogue.
    pub withdrawn: EntryId,
}

/// Another address with every call.
fn next_address() -> SocketAddr {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = NUMBER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    SocketAddr::from(([198, a, b, c], 40_000))
}

impl Town {
    /// On `engine`, with as much in it as `depth` says; its first act is at `start`.
    pub async fn build(engine: Engine, depth: Depth, start: Timestamp) -> Town {
        let city = TestCity::on(engine).await;
        city.set_clock(&start.to_string());
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let doors = serve::doors(&city.city, metrics);
        let mut town = Town {
            city,
            canaries: Canaries::default(),
            things: Vec::new(),
            keys: Vec::new(),
            doors,
        };
        let entries = town.opened().await;
        town.asked_for(&entries).await;
        town.withdrawn(&entries.withdrawn).await;
        if depth >= Depth::Catalogue {
            let closed = town.catalogued().await;
            town.shared(&entries, &closed).await;
        }
        if depth == Depth::Whole {
            town.compiled(&entries).await;
            town.suspended(&entries.conditional).await;
        }
        town.people().await;
        town.settled().await;
        town
    }

    /// A connection from an address of its own, so that no allowance is shared.
    pub fn answer(&self, request: Request<Body>) -> Answering {
        self.doors.answer(request, next_address())
    }

    /// What is answered within the task that asks, where it can be watched.
    pub async fn directly(&self, mut request: Request<Body>) -> Response {
        request.extensions_mut().insert(ConnectInfo(next_address()));
        self.doors.rest.clone().oneshot(request).await.unwrap()
    }

    /// Somebody a minute later.
    pub fn ctx(&self, login: &str) -> Ctx {
        self.later();
        self.city.ctx(login)
    }

    /// A minute later.
    pub fn later(&self) -> Timestamp {
        self.city.wait(SignedDuration::from_mins(1));
        self.city.now()
    }

    /// A canary at `place`.
    pub fn word(&mut self, place: &'static str, circle: Circle) -> String {
        self.canaries.word(place, circle)
    }

    /// Notes something that has an address.
    pub fn thing(&mut self, kind: Kind, id: impl Into<String>, place: &'static str, circle: Circle) {
        self.things.push(Thing {
            kind,
            id: id.into(),
            place,
            circle,
        });
    }

    /// What an entry says: its open texts for `told`, its inner ones for `inner`.
    pub fn content(&mut self, told: Circle, inner: Circle) -> Content {
        let title = self.word("the title of an entry", told);
        // The list of themes is everybody's; that one of them has no open set is what nobody may read otherwise.
        let theme = if told == Everybody {
            "交通运输"
        } else {
            "气象服务"
        };
        let item = |name: &str, title: String| Item {
            name: name.to_owned(),
            title,
            length: Some(40),
            ..Item::default()
        };
        let dropped = self.word("the title of an item that is not opened", inner);
        let note = self.word("the title of an item", told);
        Content {
            title: format!("目录{title}"),
            summary: self.word("the summary of an entry", told),
            keywords: vec![self.word("a keyword of an entry", told)],
            class_path: vec![
                "主题".to_owned(),
                theme.to_owned(),
                self.word("the class of an entry", told),
            ],
            items: vec![
                Item {
                    is_key: true,
                    is_condition: true,
                    is_required: true,
                    ..item("code", "编号".to_owned())
                },
                Item {
                    class: ItemClass::Identifier,
                    semantic: Semantic::PersonName,
                    ..item("name", "姓名".to_owned())
                },
                Item {
                    class: ItemClass::Identifier,
                    semantic: Semantic::Mobile,
                    ..item("phone", dropped)
                },
                item("note", note),
                Item {
                    kind: ItemType::Integer,
                    length: Some(3),
                    ..item("count", "数量".to_owned())
                },
            ],
            usage_scope: self.word("the usage scope of an entry", inner),
            person: self.word("the person responsible for an entry", inner),
            share_reason: "涉及个人信息".to_owned(),
            share_basis: "《中华人民共和国个人信息保护法》第三十四条".to_owned(),
            share_conditions: "履职需要。".to_owned(),
            open_reason: "脱敏后开放".to_owned(),
            open_conditions: "仅限研究使用。".to_owned(),
            refused_permille_max: 500,
            ..townships()
        }
    }

    /// A published entry of `org`. Its title and what else is opened with it are for `told`, the rest for `inner`.
    pub async fn published(
        &mut self,
        org: &'static str,
        place: &'static str,
        [told, inner]: [Circle; 2],
        change: impl FnOnce(&mut Content),
    ) -> EntryId {
        let mut content = self.content(told, inner);
        change(&mut content);
        self.later();
        let entry = self
            .city
            .published_by(&format!("{org}.cataloguer"), content)
            .await;
        self.note_entry(org, &entry, place, inner, told).await;
        entry
    }

    /// Notes an entry for the pages of agencies and, by its name, for the portal.
    pub async fn note_entry(
        &mut self,
        org: &str,
        entry: &EntryId,
        place: &'static str,
        inner: Circle,
        told: Circle,
    ) {
        let ctx = self.city.ctx(&format!("{org}.cataloguer"));
        let view = catalogue::show(&self.city.city, &ctx, entry).await.unwrap();
        self.thing(Kind::Entry, entry.0.clone(), place, inner);
        let name = view.code.to_lowercase().replace('/', "-");
        self.thing(Kind::Set, name.clone(), place, told);
        self.thing(Kind::SetName, name, place, told);
        self.thing(Kind::Set, entry.0.to_lowercase(), place, told);
    }

    /// Delivers two good rows and one that is refused. `circles` say whom the clear values of a name, a telephone
    /// number and a remark are for, beside those who preview an opening.
    pub async fn delivered(&mut self, org: &'static str, entry: &EntryId, circles: [Circle; 3]) {
        let [name, phone, note] = circles.map(|it| Any(Vec::leak(vec![it, Previewed(org)])));
        let number = 10_000 + self.canaries.all.len();
        let name = self.word("a name in the data", name);
        let phone = self
            .canaries
            .add(format!("139074{number}"), "a telephone number in the data", phone);
        let note = self.word("a remark in the data", note);
        let refused = self.word("a value that was refused", Refusals(org));
        let file = self.word("the name of a delivered file", Delivery(org));
        let batch = self.word("the number of a batch", Delivery(org));
        let text = format!(
            "code,name,phone,note,count\n001,{name},{phone},{note},1\n\
             002,李大明,13907460002,无,2\n003,王小芳,13907460003,无,{refused}\n"
        );
        let mut spooled = tempfile::NamedTempFile::new().unwrap();
        spooled.write_all(text.as_bytes()).unwrap();
        let ctx = self.ctx(&format!("{org}.engineer"));
        let city = &self.city.city;
        let (name, path) = (format!("{file}.csv"), spooled.path());
        let sent = delivery::receive(city, &ctx, entry, &batch, BatchKind::Full, &name, path)
            .await
            .unwrap();
        let view = loop {
            let view = delivery::show(city, &ctx, &sent.id).await.unwrap();
            if view.state != BatchState::Checking {
                break view;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!((view.state, view.refused), (BatchState::Loaded, 1), "{view:?}");
        self.thing(Kind::Delivery, sent.id.0, "a delivery", Delivery(org));
    }

    /// Takes a step of a case, as somebody.
    pub async fn step(&self, who: &str, case: &CaseId, step: &str, answers: &[(&str, &str)]) {
        let answers = answers
            .iter()
            .fold(Answers::default(), |all, (name, value)| all.with(name, value));
        self.step_with(who, case, step, answers).await;
    }

    /// The same with terms or reasons at fields.
    pub async fn step_with(&self, who: &str, case: &CaseId, step: &str, answers: Answers) {
        let ctx = self.ctx(who);
        let city = &self.city.city;
        let revision = cases::show(city, &ctx, case).await.unwrap().revision;
        let done = cases::act(city, &ctx, case, revision, step, answers).await;
        done.unwrap_or_else(|refused| panic!("{who} cannot {step}: {refused}"));
    }

    /// Plans the opening of an entry and hands it to the secrecy review.
    pub async fn planned(&mut self, org: &'static str, entry: &EntryId) -> CaseId {
        let compiler = self.ctx(&format!("{org}.cataloguer"));
        let risk = self.word("why a release is harmless", Opening(org));
        let city = &self.city.city;
        let revision = opening::plan(city, &compiler, entry).await.unwrap().revision;
        let content = catalogue::show(city, &compiler, entry).await.unwrap().content;
        let plan = Plan {
            risk_words: risk,
            ..Plan::proposed(&content)
        };
        opening::save_plan(city, &compiler, entry, revision, plan)
            .await
            .unwrap();
        let case = opening::submit(city, &compiler, entry).await.unwrap();
        self.thing(
            Kind::Case,
            case.0.clone(),
            "the review of a release",
            Opening(org),
        );
        case
    }

    /// Plans it, reviews it, and waits until the release is made.
    pub async fn released(&mut self, org: &'static str, entry: &EntryId) {
        let case = self.planned(org, entry).await;
        let words = self.word("the words of a secrecy review", Opening(org));
        self.step(&format!("{org}.head"), &case, "release", &[("words", &words)])
            .await;
        loop {
            let ctx = self.city.ctx(&format!("{org}.cataloguer"));
            let view = opening::plan(&self.city.city, &ctx, entry).await.unwrap();
            match view.releases.first().map(|it| it.state) {
                Some(ReleaseState::Current) => break,
                Some(ReleaseState::Making) | None => {}
                Some(_) => panic!("{view:?}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn listed(&mut self, org: &'static str, kind: OpenKind) {
        let head = self.ctx(&format!("{org}.head"));
        let number = opening::publish_list(&self.city.city, &head, kind).await.unwrap();
        let id = format!("org-{org}/{}/{number}", kind.name());
        self.thing(Kind::Edition, id, "an edition of an open list", Everybody);
    }

    /// What is open, on both conditions and of both levels; and what was open until it was withdrawn.
    async fn opened(&mut self) -> Entries {
        let free = |it: &mut Content| it.open = OpenKind::Unconditional;
        let open = self.published("civil", "an open entry", OPENED, free).await;
        self.delivered("civil", &open, [Calls("medical"), Calls("medical"), Everybody])
            .await;
        self.released("civil", &open).await;
        let since = self.canaries.all.len();
        let withdrawn = self
            .published("civil", "an entry withdrawn from opening", CLOSED, free)
            .await;
        self.canaries.widen(since, "the title of an entry", CITED);
        self.delivered("civil", &withdrawn, [Nobody, Nobody, Nobody])
            .await;
        self.released("civil", &withdrawn).await;
        self.listed("civil", OpenKind::Unconditional).await;
        let county = self
            .published("county", "an open entry of a county", OPENED, free)
            .await;
        self.delivered("county", &county, [Nobody, Nobody, Everybody])
            .await;
        self.released("county", &county).await;
        self.listed("county", OpenKind::Unconditional).await;
        let conditional = self.published("civil", "an entry open on conditions", OPENED, |it| {
            it.open = OpenKind::Conditional;
            it.share = ShareKind::Conditional;
        });
        let conditional = conditional.await;
        self.delivered("civil", &conditional, [Nobody, Nobody, Agreed("person")])
            .await;
        self.released("civil", &conditional).await;
        self.listed("civil", OpenKind::Conditional).await;
        for (n, kind) in [("1", "unconditional"), ("1", "conditional")] {
            self.thing(
                Kind::Edition,
                format!("org-medical/{kind}/{n}"),
                "a list that never was",
                Nobody,
            );
        }
        self.thing(Kind::Theme, "transport", "a theme with open sets", Everybody);
        self.thing(Kind::Theme, "weather", "a theme without open sets", Everybody);
        self.thing(Kind::Place, "org-civil", "an agency with open sets", Everybody);
        self.thing(Kind::Place, "org-police", "an agency without open sets", Nobody);
        Entries {
            open,
            conditional,
            withdrawn,
        }
    }

    /// Takes an open set off every surface.
    async fn withdrawn(&mut self, entry: &EntryId) {
        let why = self.word("why a set was withdrawn", Opening("civil"));
        let head = self.ctx("civil.head");
        opening::withdraw(&self.city.city, &head, entry, &why)
            .await
            .unwrap();
    }

    /// Published entries of every kind of sharing, none of them open; the one that stories of sharing are about.
    async fn catalogued(&mut self) -> EntryId {
        let closed = |share| move |it: &mut Content| (it.share, it.open) = (share, OpenKind::NotOpen);
        let change = closed(ShareKind::NotShared);
        self.published("police", "an entry that is not shared", CLOSED, change)
            .await;
        let change = closed(ShareKind::Unconditional);
        self.published("police", "an entry shared without conditions", CLOSED, change)
            .await;
        let change = closed(ShareKind::Conditional);
        let shared = self
            .published("civil", "an entry shared on conditions", CLOSED, change)
            .await;
        self.delivered("civil", &shared, DOUBTED).await;
        let change = closed(ShareKind::Conditional);
        self.published("county", "an entry of a county", CLOSED, change)
            .await;
        let free = |it: &mut Content| it.open = OpenKind::Unconditional;
        let planned = self
            .published("civil", "an entry whose opening is planned", CLOSED, free)
            .await;
        self.delivered("civil", &planned, [Nobody, Nobody, Nobody]).await;
        self.planned("civil", &planned).await;
        let returned = self
            .published("civil", "an entry whose opening was sent back", CLOSED, free)
            .await;
        self.delivered("civil", &returned, [Nobody, Nobody, Nobody]).await;
        let case = self.planned("civil", &returned).await;
        let why = self.word("why a release was sent back", Opening("civil"));
        self.step("civil.head", &case, "return", &[("reason", &why)])
            .await;
        let change = closed(ShareKind::Conditional);
        let retired = self.published(
            "civil",
            "an entry taken out of the catalogue",
            [Draft("civil", None); 2],
            change,
        );
        let retired = retired.await;
        let why = self.word("why an entry was taken out", Draft("civil", None));
        let head = self.ctx("civil.head");
        let city = &self.city.city;
        let revision = catalogue::show(city, &head, &retired).await.unwrap().revision;
        catalogue::retire(city, &head, &retired, revision, &why)
            .await
            .unwrap();
        shared
    }

    /// Waits until the indexes and the counters have followed, and nothing runs beside the test any more.
    async fn settled(&self) {
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }

    /// Every person of the city, with role: login, organisation, role.
    pub fn everybody(&self) -> Vec<(String, &'static str, Role)> {
        app::testing::people()
            .map(|(org, name, role)| (format!("{org}.{name}"), org, role))
            .collect()
    }
}
