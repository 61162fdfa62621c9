use std::collections::HashSet;

use store::testing::Fresh;

#[tokio::test]
async fn every_statement_prepares_on_both_engines() {
    let statements = store::statements();
    assert!(
        statements.len() > 100,
        "the registry has {} statements",
        statements.len()
    );
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        for statement in &statements {
            let prepared = store.prepare(statement).await;
            assert!(
                prepared.is_ok(),
                "{:?}: {statement}\n{prepared:?}",
                store.engine()
            );
        }
    }
}

#[test]
fn no_statement_is_registered_twice() {
    let mut seen = HashSet::new();
    for statement in store::statements() {
        assert!(seen.insert(statement), "twice: {statement}");
    }
}

/// The registry would be worthless if a statement could stand outside it.
#[test]
fn record_modules_have_no_sql_outside_the_registry() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in std::fs::read_dir(source).unwrap().map(|it| it.unwrap().path()) {
        let name = module.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_engine_work =
            ["migrate", "open", "rows", "search", "files", "testing"].contains(&name.as_str());
        if module.is_dir() || is_engine_work {
            continue;
        }
        let text = std::fs::read_to_string(&module).unwrap();
        let outside = text.split("statements! {").next().unwrap().to_owned()
            + text
                .split("statements! {")
                .nth(1)
                .and_then(|it| it.split("\n}\n").nth(1))
                .unwrap_or("");
        for line in outside.lines().filter(|it| !it.trim_start().starts_with("//")) {
            for verb in ["INSERT INTO", "UPDATE ", "DELETE FROM"] {
                assert!(!line.contains(verb), "{name}: {line}");
            }
        }
    }
}
