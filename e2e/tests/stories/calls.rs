//! The demo city's example calls, its evidence log, and what a power cut leaves behind: the real binary, over
//! real sockets.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::City;
use serde_json::{Value, json};
use synthetic::Population;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

#[test]
fn every_example_call_of_the_demo_is_answered_as_it_says() {
    let city = City::start();
    let calls = city.card["calls"].as_array().expect("demo.json has calls");
    assert!(calls.len() >= 15, "one call for each operation");
    for call in calls {
        let (status, body) = city.make(call);
        assert_eq!(u64::from(status), call["expect"], "{}: {body}", call["name"]);
        for word in ["SELECT", "sqlite", "postgres", "rows.", "/src/", "panicked"] {
            let is_document = matches!(call["name"].as_str(), Some("docs" | "openapi" | "metrics"));
            assert!(
                is_document || !body.contains(word),
                "{} tells of {word}: {body}",
                call["name"]
            );
        }
    }
    masks_and_rows_are_enforced(&city);
    cursors_are_sealed(&city);
}

/// Art. 19: the insurance bureau's grant is one county, names and addresses veiled, five of twelve items.
fn masks_and_rows_are_enforced(city: &City) {
    let (_, body) = city.make(city.call("query-page"));
    let rows = json(&body)["rows"].as_array().cloned().expect("rows");
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row["region_code"], "431124", "{row}");
        assert!(row["name"].as_str().is_some_and(|it| it.contains('*')), "{row}");
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(5), "{row}");
    }
}

fn cursors_are_sealed(city: &City) {
    let mut call = city.call("query-page").clone();
    let (_, body) = city.make(&call);
    let next = json(&body)["next"]
        .as_str()
        .expect("there is a second page")
        .to_owned();
    call["body"]["after"] = next.clone().into();
    let (status, second) = city.make(&call);
    assert_eq!(status, 200, "{second}");
    assert_ne!(json(&second)["rows"], json(&body)["rows"]);
    let (head, last) = next.split_at(next.len() - 2);
    call["body"]["after"] = format!("{head}{}", if last == "AA" { "BB" } else { "AA" }).into();
    let (status, refused) = city.make(&call);
    assert_eq!(
        (status, &json(&refused)["error"]["code"]),
        (400, &json!("bad-cursor")),
        "{refused}"
    );
}

#[test]
fn the_demos_evidence_verifies_and_any_changed_byte_is_found() {
    let mut city = City::start();
    let (_, receipt) = city.make(city.call("receipt"));
    city.kill();
    let log = city.data.join("evidence");
    let verify = |dir: &Path| City::command(&["evidence", "verify", &dir.display().to_string()]);
    let (passes, said) = verify(&log);
    assert!(passes, "{said}");

    let (_, vkey) = City::command(&["evidence", "vkey", &log.display().to_string()]);
    let file = city.data.join("receipt.txt");
    fs::write(&file, receipt).expect("the receipt is kept");
    let path = file.display().to_string();
    let (passes, said) = City::command(&["evidence", "receipt", &path, "--vkey", vkey.trim()]);
    assert!(passes, "{said}");

    let copy = city.data.join("copy");
    e2e::copy(&log, &copy).expect("the log can be copied");
    for file in files(&copy) {
        let whole = fs::read(&file).expect("a file of the log");
        // Every byte of a small log is tried beside the log itself; here some of each file of a large one.
        for at in [0, whole.len() / 3, whole.len() / 2, whole.len().saturating_sub(1)] {
            let Some(byte) = whole.get(at) else { continue };
            let mut changed = whole.clone();
            changed[at] = byte ^ 1;
            fs::write(&file, &changed).expect("the copy can be changed");
            let (passes, said) = verify(&copy);
            assert!(
                !passes,
                "byte {at} of {} was changed unseen: {said}",
                file.display()
            );
        }
        fs::write(&file, &whole).expect("the copy can be mended");
    }
    let (passes, said) = verify(&copy);
    assert!(passes, "mended: {said}");
}

#[test]
fn a_power_cut_in_a_delivery_leaves_the_old_version_and_loses_nothing_acknowledged() {
    let mut city = City::start();
    let people = city.data.join("people.csv");
    let mut to = std::io::BufWriter::new(fs::File::create(&people).expect("a file"));
    Population::new(120_000, 0, 99)
        .write_csv(&mut to, |_, _| {})
        .expect("the disk has room");
    drop(to);
    let path = city.call("deliver")["path"]
        .as_str()
        .expect("a path")
        .replace("demo-1", "cut");
    let full = json!({
        "method": "POST", "path": path.replace("incremental", "full"),
        "headers": city.call("deliver")["headers"], "body": fs::read_to_string(&people).expect("text"),
    });
    let (status, body) = city.make(&full);
    assert_eq!(status, 202, "{body}");
    let delivery = json(&body)["delivery"].as_str().expect("its id").to_owned();
    std::thread::sleep(Duration::from_millis(150));
    let (answered, _) = city.make(city.call("query"));
    assert_eq!(answered, 200);
    city.kill();
    city.serve_again();
    // The old rows answer at once; the acknowledged delivery is taken up again by itself.
    let (status, body) = city.make(city.call("query"));
    assert_eq!(status, 200, "{body}");
    let key = city.key("deliver").to_owned();
    let mut state = String::new();
    for _ in 0..300 {
        let (_, body) = city.get(&format!("/api/v1/deliveries/{delivery}"), Some(&key));
        state = json(&body)["state"].as_str().unwrap_or_default().to_owned();
        if state != "checking" {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(state, "loaded");
    city.kill();
    let (passes, said) = City::command(&[
        "evidence",
        "verify",
        &city.data.join("evidence").display().to_string(),
    ]);
    assert!(passes, "{said}");
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()))
        } else {
            found.push(entry.path())
        }
    }
    found
}
