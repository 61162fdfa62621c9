//! No surface shows an entry or a value that its reader may not see (art. 10, 19, 24, 26, 33, 34).
//!
//! A city is filled with canaries, words that stand nowhere else, each for a circle of readers that [`oracle`] knows
//! from the law's words alone. Then everybody asks for everything, at every address of the route tables, with the names
//! of everything there is:
//!
//! - **Silence**: no answer holds a canary that is not for its reader.
//! - **Indifference**: what names something hidden is answered, byte for byte, as what names something that never was;
//!   on the public side, after reading with the very same statements.
//! - **Twins**: whoever may not see a thing sees the same city without it: counts, facets, lists, feeds.

mod ask;
mod canary;
mod city;
mod inner;
mod oracle;
mod outer;
mod surface;
mod things;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use regex::Regex;
use rules::people::Role;
use store::{Engine, testing::statements_of};

use self::{
    ask::{Answer, Visitor, request},
    canary::{Canary, NEVER, word},
    city::{Depth, Town},
    oracle::{Circle, Reader, may_know},
    surface::{Door, Lacks, Template, templates},
    things::{Kind, Thing},
};
use crate::clock;

/// Complaints that are printed.
const TOLD: usize = 60;

/// When the story of a city begins: long enough ago for all its acts, and at a full minute.
fn start() -> Timestamp {
    let yesterday = clock::now() - SignedDuration::from_hours(24);
    let minute = TimestampRound::new()
        .smallest(Unit::Minute)
        .mode(RoundMode::Trunc);
    yesterday.round(minute).expect("minutes divide the day")
}

/// What was found: how often, and one example of it.
#[derive(Default)]
struct Findings(BTreeMap<String, (u32, String)>);

impl Findings {
    fn add(&mut self, finding: String, example: impl FnOnce() -> String) {
        let found = self.0.entry(finding).or_insert_with(|| (0, example()));
        found.0 += 1;
    }

    fn none(self) {
        let told: Vec<String> = self
            .0
            .iter()
            .take(TOLD)
            .map(|(it, (n, example))| format!("{it} ({n} times)\n     {example}"))
            .collect();
        assert!(
            self.0.is_empty(),
            "{} findings:\n{}",
            self.0.len(),
            told.join("\n")
        );
    }
}

/// One city while everybody looks at it.
struct Watch<'a> {
    town: &'a Town,
    findings: Findings,
    /// The canaries that somebody read.
    seen: BTreeSet<usize>,
    asked: u64,
}

impl Watch<'_> {
    async fn ask(&mut self, visitor: &Visitor, template: &Template, it: &str) -> Answer {
        self.asked += 1;
        self.town.ask(visitor, template, &template.with(it)).await
    }

    /// Whatever stands in an answer, its reader may know.
    fn expect_silence(&mut self, visitor: &Visitor, template: &Template, answer: &Answer) {
        for n in self.town.canaries.found(&answer.text()) {
            let Canary { place, circle, .. } = &self.town.canaries.all[n];
            self.seen.insert(n);
            if !may_know(visitor.reader, *circle) {
                let (reader, method, path) = (visitor.reader, &template.method, &template.path);
                let found = format!("LEAK {method} {path} tells {place}, for {circle:?}");
                self.findings.add(found, || format!("{reader:?}"));
            }
        }
    }

    /// What names something hidden is answered as what names something that never was.
    fn expect_same(&mut self, visitor: &Visitor, template: &Template, what: &str, hidden: &str, never: &str) {
        if hidden == never {
            return;
        }
        let differing = hidden.lines().zip(never.lines()).find(|(a, b)| a != b);
        let (a, b) = differing.unwrap_or_else(|| (last(hidden), last(never)));
        let (reader, method, path) = (visitor.reader, &template.method, &template.path);
        self.findings
            .add(format!("TELL {method} {path} knows {what}"), || {
                format!("{reader:?}{}", apart(a, b))
            });
    }

    async fn look(&mut self, visitor: &Visitor, template: &Template) {
        match template.lacks {
            Lacks::Nothing => {
                let answer = self.ask(visitor, template, "").await;
                self.expect_silence(visitor, template, &answer);
            }
            Lacks::Thing(kind) => self.look_for_things(visitor, template, kind).await,
            Lacks::Word => self.look_for_words(visitor, template).await,
        }
    }

    async fn look_for_things(&mut self, visitor: &Visitor, template: &Template, kind: Kind) {
        let mut nevers: BTreeMap<String, String> = BTreeMap::new();
        let things: Vec<&Thing> = self.town.things.iter().filter(|it| it.kind == kind).collect();
        for thing in things {
            let is_known = thing.is_known_to(visitor.reader);
            if is_known && !template.reads() {
                continue;
            }
            let answer = self.ask(visitor, template, &thing.id).await;
            self.expect_silence(visitor, template, &answer);
            if is_known {
                continue;
            }
            let never = thing.never();
            if !nevers.contains_key(&never) {
                let answer = self.ask(visitor, template, &never).await;
                nevers.insert(never.clone(), answer.naming(&never));
            }
            let hidden = answer.naming(&thing.id);
            self.expect_same(visitor, template, thing.place, &hidden, &nevers[&never]);
        }
    }

    async fn look_for_words(&mut self, visitor: &Visitor, template: &Template) {
        let mut nevers: BTreeMap<String, String> = BTreeMap::new();
        let town = self.town;
        let hidden = |it: &&Canary| !may_know(visitor.reader, it.circle);
        // One word of each kind: what a text is to a search depends on where it stands and whose it is.
        let mut kinds: Vec<(&str, Circle)> = Vec::new();
        for canary in town.canaries.all.iter().filter(hidden) {
            let kind = (canary.place, canary.circle);
            if kinds.contains(&kind) {
                continue;
            }
            kinds.push(kind);
            // Agencies' pages search as the portal does; the whole word will do there.
            let count = if template.door == Door::Pages { 1 } else { 2 };
            for (piece, never) in pieces(&canary.word).into_iter().take(count) {
                let answer = self.ask(visitor, template, &piece).await;
                if !nevers.contains_key(&never) {
                    let answer = self.ask(visitor, template, &never).await;
                    self.expect_silence(visitor, template, &answer);
                    nevers.insert(never.clone(), answer.naming(&never));
                }
                let hidden = answer.naming(&piece);
                self.expect_same(visitor, template, canary.place, &hidden, &nevers[&never]);
            }
        }
    }
}

/// What of a canary is looked for, each with a word as long that stands nowhere: the whole, and two characters of it.
fn pieces(canary: &str) -> Vec<(String, String)> {
    if canary.is_ascii() {
        let never = if canary.contains('@') {
            "qzxnobody@example.org"
        } else {
            "13900000000"
        };
        return vec![(canary.to_owned(), never.to_owned())];
    }
    let never = word(NEVER);
    let pair = |it: &str| it.chars().skip(1).collect::<String>();
    vec![(canary.to_owned(), never.clone()), (pair(canary), pair(&never))]
}

fn last(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// Two lines from a little before the place where they differ.
fn apart(a: &str, b: &str) -> String {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let from = |it: &str| {
        it.chars()
            .skip(same.saturating_sub(80))
            .take(200)
            .collect::<String>()
    };
    format!("\n     {}\n  or {}", from(a), from(b))
}

/// The names of the open set whose rows are asked for.
fn open_set(town: &Town) -> Vec<String> {
    let is_it = |it: &&Thing| it.kind == Kind::Set && it.place == "an open entry";
    town.things.iter().filter(is_it).map(|it| it.id.clone()).collect()
}

/// One reader of each role at each level: what searches find depends on no more, and there are many words.
fn searchers(visitors: &[Visitor]) -> Vec<Reader> {
    let mut searchers: Vec<Reader> = Vec::new();
    let level = |it: &Reader| match it {
        Reader::Person(org, role) => Some((org.starts_with("county"), *role)),
        _ => None,
    };
    for it in visitors {
        if !searchers.iter().any(|other| level(other) == level(&it.reader)) {
            searchers.push(it.reader);
        }
    }
    searchers
}

/// Who looks: everybody on SQLite; on PostgreSQL, where only the statements are others, one person of each role at each
/// level, and all who are not of an organisation.
fn lookers(engine: Engine, mut visitors: Vec<Visitor>) -> Vec<Visitor> {
    if engine == Engine::Postgres {
        let some = searchers(&visitors);
        visitors.retain(|it| !matches!(it.reader, Reader::Person(..)) || some.contains(&it.reader));
    }
    visitors
}

async fn nobody_sees_too_much(engine: Engine) {
    let town = Town::build(engine, Depth::Whole, start()).await;
    let templates = templates(&open_set(&town));
    let visitors = lookers(engine, town.visitors().await);
    let mut watch = Watch {
        town: &town,
        findings: Findings::default(),
        seen: BTreeSet::new(),
        asked: 0,
    };
    let searchers = searchers(&visitors);
    for visitor in &visitors {
        for template in templates.iter().filter(|it| it.is_for(visitor.reader)) {
            if template.lacks != Lacks::Word || searchers.contains(&visitor.reader) {
                watch.look(visitor, template).await;
            }
        }
    }
    let is_asked_for = |it: &&Template| matches!(it.lacks, Lacks::Thing(kind) if !town.things.iter().any(|thing| thing.kind == kind));
    for template in templates.iter().filter(is_asked_for) {
        let found = format!("BLIND the city has nothing to put into {}", template.path);
        watch.findings.add(found, String::new);
    }
    eprintln!("{} requests on {engine:?}", watch.asked);
    // A canary that nobody reads proves nothing of those who may not.
    for (n, canary) in town.canaries.all.iter().enumerate() {
        let is_for_somebody = visitors.iter().any(|it| may_know(it.reader, canary.circle));
        if is_for_somebody && !watch.seen.contains(&n) {
            let found = format!("BLIND nobody reads {}, for {:?}", canary.place, canary.circle);
            watch.findings.add(found, String::new);
        }
    }
    watch.findings.none();
}

#[tokio::test]
async fn nobody_sees_more_than_the_law_lets_him_on_sqlite() {
    nobody_sees_too_much(Engine::Sqlite).await;
}

#[tokio::test]
async fn nobody_sees_more_than_the_law_lets_him_on_postgresql() {
    nobody_sees_too_much(Engine::Postgres).await;
}

/// Addresses that read, as `reader` asks for them: those that name nothing, and those that name what he may know.
fn addresses(town: &Town, reader: Reader) -> Vec<(Template, String)> {
    let templates = templates(&open_set(town)).into_iter();
    let read = templates.filter(|it| it.is_for(reader) && it.reads() && it.door != Door::Gateway);
    let mut addresses: Vec<(Template, String)> = Vec::new();
    for template in read {
        let ids: Vec<String> = match template.lacks {
            Lacks::Nothing => vec![String::new()],
            Lacks::Word => vec![word(NEVER)],
            Lacks::Thing(kind) => {
                let known = town
                    .things
                    .iter()
                    .filter(|it| it.kind == kind && it.is_known_to(reader));
                known.map(|it| it.id.clone()).collect()
            }
        };
        addresses.extend(ids.into_iter().map(|it| (template.clone(), it)));
    }
    // Downloads are counted, and the counts are shown: first what shows them.
    let is_counted = |path: &str| path.contains("/download/") || path.contains("/releases/");
    addresses.sort_by_key(|(template, _)| is_counted(&template.path));
    addresses
}

/// A text with every thing under the name of its place in the story, and every moment to the minute: acts are minutes
/// apart, and how long the making of a release took is chance.
fn by_place(town: &Town, text: &str) -> String {
    static MOMENT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(T[0-9]{2}:[0-9]{2}):[0-9.]+|(released-[0-9]+)[0-9]{5}").expect("an expression")
    });
    let mut text = MOMENT.replace_all(text, "$1$2").into_owned();
    for thing in town.things.iter().filter(|it| it.id.len() > 10) {
        let name = format!("‹{:?} {}›", thing.kind, thing.place);
        for form in [thing.id.clone(), thing.id.to_lowercase(), thing.id.to_uppercase()] {
            text = text.replace(&form, &name);
        }
    }
    text
}

/// Whoever is one of `readers` finds both cities alike, at every address that reads.
async fn alike(engine: Engine, depth: Depth, readers: &[Reader]) {
    let start = start();
    let whole = Town::build(engine, Depth::Whole, start).await;
    let twin = Town::build(engine, depth, start).await;
    let (visitors, twins) = (whole.visitors().await, twin.visitors().await);
    let mut findings = Findings::default();
    for reader in readers {
        let is_it = |it: &&Visitor| it.reader == *reader;
        let visitor = visitors.iter().find(is_it).expect("he lives in the city");
        let other = twins.iter().find(is_it).expect("and in its twin");
        let pairs = addresses(&whole, *reader)
            .into_iter()
            .zip(addresses(&twin, *reader));
        for ((template, id), (same, twin_id)) in pairs {
            let (path, other_path) = (by_place(&whole, &template.path), by_place(&twin, &same.path));
            assert_eq!(path, other_path, "the twins have the same things to know");
            let here = whole.ask(visitor, &template, &template.with(&id)).await;
            let there = twin.ask(other, &same, &same.with(&twin_id)).await;
            let (here, there) = (
                by_place(&whole, &here.without_measures()),
                by_place(&twin, &there.without_measures()),
            );
            if let Some((a, b)) = here.lines().zip(there.lines()).find(|(a, b)| a != b) {
                findings.add(format!("TWIN {}", template.path), || {
                    format!("{reader:?}{}", apart(a, b))
                });
            }
        }
    }
    findings.none();
}

#[tokio::test]
async fn yongzhou_art24_the_public_sees_the_same_city_without_what_is_not_open() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        alike(engine, Depth::Open, &[Reader::Public]).await;
    }
}

#[tokio::test]
async fn yongzhou_art11_an_agency_sees_the_same_city_without_the_drafts_and_matters_of_others() {
    let bystanders = [
        Reader::Person("police", Role::Clerk),
        Reader::Person("water", Role::Clerk),
        Reader::Person("county-health", Role::Clerk),
    ];
    for engine in [Engine::Sqlite, Engine::Postgres] {
        alike(engine, Depth::Catalogue, &bystanders).await;
    }
}

#[tokio::test]
async fn yongzhou_art24_what_is_not_open_costs_what_never_was_costs() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let town = Town::build(engine, Depth::Catalogue, start()).await;
        let visitors = town.visitors().await;
        let stranger = &visitors[0];
        let templates = templates(&open_set(&town));
        let public = templates
            .iter()
            .filter(|it| it.door == Door::Portal && it.reads());
        let mut findings = Findings::default();
        for template in public {
            let Lacks::Thing(kind) = template.lacks else {
                continue;
            };
            for thing in town.things.iter().filter(|it| it.kind == kind) {
                if thing.is_known_to(Reader::Public) {
                    continue;
                }
                let mut cost = costs(&town, stranger, template, thing).await;
                if cost.0 != cost.1 {
                    // The copy of what stands open may just have been made anew; that does not happen twice.
                    cost = costs(&town, stranger, template, thing).await;
                }
                if cost.0 != cost.1 {
                    let (path, place) = (&template.path, thing.place);
                    findings.add(format!("COST {path} reads otherwise for {place}"), || {
                        format!("{cost:?}")
                    });
                }
            }
        }
        findings.none();
    }
}

/// The statements by which an address is answered that names `thing`, and one that names what never was.
async fn costs(
    town: &Town,
    visitor: &Visitor,
    template: &Template,
    thing: &Thing,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let work = |it: String| town.directly(request(visitor, template, &template.with(&it)));
    let (_, hidden) = statements_of(work(thing.id.clone())).await;
    let (_, never) = statements_of(work(thing.never())).await;
    (hidden, never)
}
