//! The published tables are complete: codes, routes, the OpenAPI document.

use std::collections::BTreeSet;

use gateway::{ERRORS, ROUTES, document};
use rules::grant::CallRefusal;

fn codes() -> BTreeSet<&'static str> {
    ERRORS.iter().map(|it| it.code).collect()
}

#[test]
fn every_refusal_of_a_call_has_its_line() {
    for refusal in CallRefusal::ALL {
        let line = ERRORS.iter().find(|it| it.code == refusal.name());
        assert_eq!(line.map(|it| it.message), Some(refusal.label()), "{refusal:?}");
    }
}

#[test]
fn no_code_stands_twice_and_each_says_what_to_do() {
    assert_eq!(codes().len(), ERRORS.len());
    for line in ERRORS {
        assert!((400..600).contains(&line.status), "{}", line.code);
        assert!(
            !line.message.is_empty() && line.what_to_do.ends_with('。'),
            "{}",
            line.code
        );
    }
}

/// The codes that the sources of `app` refuse with, as they are written there.
fn codes_in(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    for maker in [
        "Refused::invalid(",
        "Refused::conflict(",
        "Refused::forbidden(",
        "Refused::field(",
        "Refused::gaps(",
        "Refused::new(",
        "Note::refusal(",
    ] {
        for (at, _) in source.match_indices(maker) {
            let arguments = &source[at + maker.len()..];
            let arguments = arguments.trim_start();
            let arguments = arguments.strip_prefix("Status::").map_or(arguments, |it| {
                it.split_once(',').map_or("", |it| it.1).trim_start()
            });
            if let Some(code) = arguments.strip_prefix('"').and_then(|it| it.split('"').next()) {
                found.insert(code.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_code_of_files_procedures_and_permissions_has_its_line() {
    let others = [
        "forbidden",
        "not-found",
        "no-such-step",
        "not-from-here",
        "not-yours",
        "unknown-file-type",
        "old-spreadsheet",
        "empty-file",
        "no-rows",
        "file-too-large",
        "not-text",
        "header-mismatch",
        "unclosed-quote",
        "record-too-long",
        "bad-json",
        "spreadsheet-bomb",
        "bad-spreadsheet",
        "read-failed",
    ];
    let missing: Vec<&str> = others.into_iter().filter(|it| !codes().contains(it)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn every_code_that_the_city_refuses_with_has_its_line() {
    let mut missing = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../app/src"
    ))];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let found = codes_in(&std::fs::read_to_string(path).unwrap());
                seen += found.len();
                missing.extend(found.into_iter().filter(|it| !codes().contains(it.as_str())));
            }
        }
    }
    assert!(seen > 20, "the sources were found");
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn routes_name_only_published_codes_and_their_path_values() {
    for route in ROUTES {
        for code in route.errors {
            assert!(codes().contains(code), "{code} of {}", route.name);
        }
        for param in route.params.iter().filter(|it| it.place == "path") {
            assert!(
                route.path.contains(&format!("{{{}}}", param.name)),
                "{}",
                route.path
            );
        }
        assert_eq!(
            route.path.matches('{').count(),
            route.params.iter().filter(|it| it.place == "path").count(),
            "{}",
            route.path
        );
    }
}

#[test]
fn the_document_has_every_route_once() {
    let document = document();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        assert_eq!(operation["operationId"], route.name);
        assert_eq!(
            operation["security"].as_array().unwrap().is_empty(),
            !route.needs_key
        );
    }
}
