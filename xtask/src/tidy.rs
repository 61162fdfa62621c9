//! What the compiler and clippy do not check: lengths, order, directions, and what may stand where.

use crate::{
    source::{Function, Source},
    tree::{File, Tree},
    words,
};

mod crates;
mod days;
mod order;

/// Lines of a file of Rust at most.
const FILE_LINES_MAX: usize = 600;
/// Lines of a function at most.
const FUNCTION_LINES_MAX: usize = 70;

/// What stands on the line above a function that is nothing but a table, which may be as long as its rows.
const TABLE: &str = "#[rustfmt::skip] // A table";

/// The files that read the clock, each for a reason: the edge of the binary, and tools that measure.
const READS_THE_CLOCK: &[&str] = &[
    "crates/yishu/",
    // The edge of the pages and of the gateway: where a request becomes a context.
    "crates/web/src/edge.rs",
    "crates/portal/src/edge.rs",
    "crates/gateway/src/lib.rs",
    // The log stamps its own entries.
    "crates/evidence/src/writer.rs",
    "bench/",
    "e2e/",
];

/// Everything that is not tidy.
pub fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, source) in tree.sources() {
        lengths(file, source, &mut findings);
        clock(file, source, &mut findings);
        statements(file, source, &mut findings);
    }
    for file in &tree.files {
        marks(file, &mut findings);
    }
    findings.extend(order::findings(tree));
    findings.extend(crates::findings(tree));
    findings.extend(days::findings(tree));
    findings.extend(words::findings(tree));
    findings
}

fn lengths(file: &File, source: &Source, findings: &mut Vec<String>) {
    let lines = file.text.lines().count();
    if FILE_LINES_MAX < lines {
        findings.push(format!("{}: {lines} lines; at most {FILE_LINES_MAX}", file.path));
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let is_table = |line: usize| line >= 2 && lines[line - 2].contains(TABLE);
    let is_long = |it: &&Function| FUNCTION_LINES_MAX < it.length && !is_table(it.line);
    for it in source.functions().iter().filter(is_long) {
        let (path, line, name, length) = (&file.path, it.line, &it.name, it.length);
        findings.push(format!(
            "{path}:{line}: `{name}` has {length} lines; at most {FUNCTION_LINES_MAX}"
        ));
    }
}

fn clock(file: &File, source: &Source, findings: &mut Vec<String>) {
    if file.is_test() || READS_THE_CLOCK.iter().any(|it| file.path.starts_with(it)) {
        return;
    }
    for (text, line) in source
        .code
        .lines()
        .zip(1..)
        .filter(|(_, line)| !source.is_test(*line))
    {
        if ["Timestamp::now", "SystemTime::now", "Zoned::now"]
            .iter()
            .any(|it| text.contains(it))
        {
            findings.push(format!(
                "{}:{line}: reads the clock; `now` comes in with the context",
                file.path
            ));
        }
    }
}

/// Statements of SQL stand in `store` alone; a bench needs some to compare with.
fn statements(file: &File, source: &Source, findings: &mut Vec<String>) {
    let is_free = ["crates/store/", "bench/", "xtask/"]
        .iter()
        .any(|it| file.path.starts_with(it));
    if is_free || file.is_test() {
        return;
    }
    for (line, text) in source.strings.iter().filter(|(line, _)| !source.is_test(*line)) {
        if is_statement(text) {
            findings.push(format!(
                "{}:{line}: a statement of SQL outside `store`",
                file.path
            ));
        }
    }
}

fn is_statement(text: &str) -> bool {
    let text = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_uppercase();
    [
        ("SELECT ", " FROM "),
        ("INSERT INTO ", " "),
        ("UPDATE ", " SET "),
        ("DELETE FROM ", ""),
        ("CREATE TABLE ", ""),
    ]
    .iter()
    .any(|(first, then)| {
        text.split_once(first)
            .is_some_and(|(_, rest)| rest.contains(then))
    })
}

/// What was left for later is an issue, not a remark.
fn marks(file: &File, findings: &mut Vec<String>) {
    let is_judged = [".rs", ".html", ".css", ".js", ".sh", ".toml"]
        .iter()
        .any(|it| file.path.ends_with(it));
    if !is_judged {
        return;
    }
    let in_remarks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let in_code = concat!("to", "do!(");
    let mut code = file.source.as_ref().map_or("", |it| &it.code).lines();
    for (text, line) in file.text.lines().zip(1..) {
        // A constant may be called so; a remark may not.
        let code = code.next().unwrap_or_default();
        let mark = in_remarks
            .into_iter()
            .find(|it| text.contains(it) && !code.contains(it));
        if let Some(mark) = mark.or(code.contains(in_code).then_some(in_code)) {
            findings.push(format!(
                "{}:{line}: {mark}; finish it or open an issue",
                file.path
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = File::new(path, text);
        let mut findings = Vec::new();
        let source = file.source.as_ref().expect("a test is about Rust");
        lengths(&file, source, &mut findings);
        clock(&file, source, &mut findings);
        statements(&file, source, &mut findings);
        marks(&file, &mut findings);
        findings
    }

    #[test]
    fn files_over_600_and_functions_over_70_lines_are_found() {
        assert_eq!(found("crates/app/src/a.rs", &"\n".repeat(601)).len(), 1);
        let function = |lines: usize| format!("fn long() {{{}}}\n", "\n".repeat(lines - 1));
        assert_eq!(found("crates/app/src/a.rs", &function(70)), Vec::<String>::new());
        assert_eq!(found("crates/app/src/a.rs", &function(71)).len(), 1);
        let table = format!("{TABLE}: one address a line.\n{}", function(71));
        assert_eq!(found("crates/app/src/a.rs", &table), Vec::<String>::new());
    }

    #[test]
    fn the_clock_is_read_at_the_edge_and_in_tests_only() {
        let text = "fn a() { jiff::Timestamp::now(); }\n";
        assert_eq!(found("crates/app/src/a.rs", text).len(), 1);
        assert!(found("crates/web/src/edge.rs", text).is_empty());
        assert!(found("crates/app/tests/a.rs", text).is_empty());
        assert!(
            found(
                "crates/app/src/a.rs",
                &format!("#[cfg(test)]\nmod tests {{ {text} }}")
            )
            .is_empty()
        );
    }

    #[test]
    fn statements_stand_in_the_store_alone() {
        let text = "const A: &str = \"SELECT a\n    FROM b\";\n";
        assert_eq!(found("crates/app/src/a.rs", text).len(), 1);
        assert!(found("crates/store/src/a.rs", text).is_empty());
        assert!(found("crates/app/src/a.rs", "// select one from the list\n").is_empty());
        assert!(
            found(
                "crates/app/src/a.rs",
                "const A: &str = \"please update the page\";\n"
            )
            .is_empty()
        );
    }

    #[test]
    fn remarks_about_later_are_found() {
        assert_eq!(
            found("crates/app/src/a.rs", concat!("// TO", "DO later\n")).len(),
            1
        );
        assert_eq!(
            found("crates/app/src/a.rs", concat!("fn a() { to", "do!() }\n")).len(),
            1
        );
        assert!(found("crates/app/src/a.rs", concat!("const TO", "DO: u8 = 1;\n")).is_empty());
    }
}
