//! Power cuts at every moment of a delivery: the old rows or the new ones answer and never a half, what was
//! acknowledged is there afterwards, and the log verifies. The real binary, on both engines.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use e2e::{Answer, City, Client};
use serde_json::{Value, json};
use store::{Engine, testing::Fresh};
use synthetic::Population;

/// In how many moments of a delivery the power is cut.
const CUTS: u32 = 12;
/// People in the first delivery, and how many more in each that follows.
const PEOPLE: (u64, u64) = (6_000, 400);
/// The county of the insurance bureau's grant, whose rows are counted.
const COUNTY: &str = "431124";

#[test]
fn power_cuts_at_every_moment_of_a_delivery_lose_nothing() {
    suffer(&mut City::start());
}

#[test]
fn power_cuts_at_every_moment_of_a_delivery_lose_nothing_on_postgresql() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let fresh = runtime.block_on(Fresh::on(Engine::Postgres));
    suffer(&mut City::found(fresh.config.database.clone()));
}

fn suffer(city: &mut City) {
    let first = Batch::new(city, 0);
    let since = Instant::now();
    assert_eq!(city.make(&first.call).0, 202);
    let first_id = json(&city.make(&first.call).1)["delivery"].clone();
    wait(city, first_id.as_str().expect("its id"));
    let whole = since.elapsed();
    let mut clerk = Clerk::new(city);
    let mut before = first.county_rows;
    assert_eq!(counted(city), before);
    for cut in 1..=CUTS {
        let batch = Batch::new(city, cut);
        let (taken, acts) = cut_short(city, &batch, &mut clerk, whole * (cut - 1) / (CUTS - 2));
        let (passes, said) = City::command(&["evidence", "verify", &log_of(city)]);
        assert!(passes, "cut {cut}: {said}");
        city.serve_again();
        let seen = counted(city);
        assert!(
            [before, batch.county_rows].contains(&seen),
            "cut {cut}: {seen} rows, neither {before} nor {}",
            batch.county_rows
        );
        for act in acts {
            act.must_be_there(city, cut);
        }
        let again = city.client().make(&batch.call);
        let is_known = taken.status == 202;
        assert!(
            again.status == 200 || (again.status == 202 && !is_known),
            "cut {cut}: {taken:?}, then {again:?}"
        );
        let id = json(&again.body)["delivery"].as_str().expect("its id").to_owned();
        wait(city, &id);
        assert_eq!(counted(city), batch.county_rows, "cut {cut}");
        before = batch.county_rows;
    }
}

/// Sends the batch while the clerk acts, and kills the city `after` so long; the answer to the batch, and what was
/// acknowledged to the clerk.
fn cut_short(city: &mut City, batch: &Batch, clerk: &mut Clerk, after: Duration) -> (Answer, Vec<Act>) {
    let (client, is_over) = (city.client(), AtomicBool::new(false));
    thread::scope(|scope| {
        let sending = scope.spawn(|| client.make(&batch.call));
        let acting = scope.spawn(|| clerk.act_until(&is_over));
        thread::sleep(after);
        city.kill();
        is_over.store(true, Ordering::Release);
        let taken = sending.join().expect("the sender ends");
        (taken, acting.join().expect("the clerk ends"))
    })
}

/// A delivery of a few more people than the one before; every second one is an increment.
struct Batch {
    call: Value,
    county_rows: usize,
}

impl Batch {
    fn new(city: &City, number: u32) -> Batch {
        let people = PEOPLE.0 + PEOPLE.1 * u64::from(number);
        let mut file = Vec::new();
        population(people)
            .write_csv(&mut file, |_, _| {})
            .expect("memory takes it");
        let kind = if number.is_multiple_of(2) {
            "full"
        } else {
            "incremental"
        };
        let example = city.call("deliver");
        let path = example["path"].as_str().expect("a path");
        let path = path
            .replace("demo-1", &format!("cut-{number}"))
            .replace("incremental", kind);
        Batch {
            call: json!({
                "method": "POST", "path": path, "headers": example["headers"],
                "body": String::from_utf8(file).expect("text"),
            }),
            county_rows: population(people).filter(|it| it.person.0[5] == COUNTY).count(),
        }
    }
}

/// People without a fault: whoever is in a small population is in every larger one.
fn population(people: u64) -> Population {
    Population::new(people, 0, 7)
}

/// Who queries one person after the other and doubts what he gets (art. 21).
struct Clerk {
    client: Client,
    query: Value,
    identities: std::vec::IntoIter<String>,
}

/// What was acknowledged: a call with its evidence, and a doubt with its case.
struct Act {
    receipt: String,
    key: String,
    doubt: Option<Value>,
}

impl Clerk {
    fn new(city: &City) -> Clerk {
        let identities: Vec<String> = population(PEOPLE.0).map(|it| it.person.0[0].clone()).collect();
        Clerk {
            client: city.client(),
            query: city.call("query").clone(),
            identities: identities.into_iter(),
        }
    }

    fn act_until(&mut self, is_over: &AtomicBool) -> Vec<Act> {
        let mut acts = Vec::new();
        while !is_over.load(Ordering::Acquire) {
            let identity = self.identities.next().expect("there are enough people");
            let mut query = self.query.clone();
            query["body"]["where"]["id_card"] = identity.clone().into();
            let answer = self.client.make(&query);
            let Some(evidence) = answer.evidence.filter(|_| answer.status == 200) else {
                continue;
            };
            let mut doubt = query.clone();
            let path = query["path"]
                .as_str()
                .expect("a path")
                .replace("/query", "/doubts");
            doubt["path"] = path.into();
            doubt["body"] =
                json!({ "where": { "id_card": identity }, "item": "region_code", "words": "户籍地疑似有误" });
            let is_taken = self.client.make(&doubt).status == 201;
            let bearer = query["headers"]["authorization"].as_str().expect("a key");
            acts.push(Act {
                receipt: format!("/api/v1/receipts/{evidence}"),
                key: bearer.trim_start_matches("Bearer ").to_owned(),
                doubt: is_taken.then_some(doubt),
            });
        }
        acts
    }
}

impl Act {
    fn must_be_there(self, city: &City, cut: u32) {
        let (status, body) = city.get(&self.receipt, Some(&self.key));
        assert_eq!(status, 200, "cut {cut}: {body}");
        if let Some(doubt) = self.doubt {
            let (status, body) = city.make(&doubt);
            assert_eq!(
                (status, &json(&body)["error"]["code"]),
                (409, &json!("already-doubted")),
                "cut {cut}: {body}"
            );
        }
    }
}

/// The rows of the county, by the export of the grant that sees no others.
fn counted(city: &City) -> usize {
    let (status, body) = city.make(city.call("export"));
    assert_eq!(status, 200, "{body}");
    body.lines().count() - 1
}

fn wait(city: &City, delivery: &str) {
    let key = city.key("deliver").to_owned();
    for _ in 0..600 {
        let (_, body) = city.get(&format!("/api/v1/deliveries/{delivery}"), Some(&key));
        match json(&body)["state"].as_str() {
            Some("loaded") => return,
            Some("checking") => thread::sleep(Duration::from_millis(50)),
            _ => panic!("{body}"),
        }
    }
    panic!("{delivery} is not loaded in time");
}

fn log_of(city: &City) -> String {
    city.data.join("evidence").display().to_string()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}
