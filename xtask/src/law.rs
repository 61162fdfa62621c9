//! The register of articles, and the index from each article to where it is kept and tested.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use crate::tree::{File, Tree, root};

/// The register, written by hand: one row an article.
const REGISTER: &str = "docs/law/register.md";
/// The index, generated.
const WHERE: &str = "docs/law/where.md";
/// How many articles the regulation has.
const ARTICLES: u16 = 41;

/// How far an article has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Its behaviour works and is tested.
    Done,
    /// Some of it does; the register says what is missing.
    InPart,
    /// Nothing stands in for it yet.
    Planned,
    /// Nothing for software to do; the register says why.
    NotCode,
}

/// One row of the register.
#[derive(Debug)]
struct Row {
    article: u16,
    status: Status,
    homes: Vec<String>,
    note: String,
}

/// Where one article is kept and tested.
#[derive(Debug, Default)]
struct Place {
    /// Modules that say they are its home.
    homes: BTreeSet<String>,
    /// Other modules whose code cites it.
    cited_in: BTreeSet<String>,
    /// Tests named after it, by module.
    tests: BTreeMap<String, BTreeSet<String>>,
}

fn register(tree: &Tree) -> Result<Vec<Row>, String> {
    let rows = tree
        .text(REGISTER)
        .lines()
        .filter(|it| it.starts_with("| 第"))
        .map(|line| {
            let bad = |what: &str| format!("{REGISTER}: {what}: {line}");
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [article, status, homes, note] = cells[..] else {
                return Err(bad("a row has four cells"));
            };
            let article = article.trim_start_matches('第').trim_end_matches('条').parse();
            let status = match status {
                "done" => Status::Done,
                "done in part" => Status::InPart,
                "planned" => Status::Planned,
                "not code" => Status::NotCode,
                _ => return Err(bad("the status is done, done in part, planned or not code")),
            };
            let homes = homes.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            let article = article.map_err(|_| bad("the article is written as 第21条"))?;
            Ok(Row {
                article,
                status,
                homes,
                note: note.to_owned(),
            })
        });
    rows.collect()
}

/// The articles that `text` names as `art. 5, art. 7 and art. 40`, up to the end of the sentence.
fn articles_named(text: &str) -> Vec<u16> {
    let parts = text.split("art. ").skip(1);
    parts
        .filter_map(|it| it.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .collect()
}

/// The articles a module's documentation says it is the home of.
fn homes_of(file: &File) -> Vec<u16> {
    let doc: Vec<&str> = file.text.lines().map_while(|it| it.strip_prefix("//!")).collect();
    let doc = doc.join(" ");
    let Some((_, rest)) = doc.split_once("Home of 《永州市政务大数据管理办法》") else {
        return Vec::new();
    };
    // The sentence ends at a full stop that does not belong to "art." and is not followed by a number.
    let mut end = rest.len();
    for (at, _) in rest.match_indices(". ") {
        if !rest[..at].ends_with("art") {
            end = at;
            break;
        }
    }
    let sentence = &rest[..end];
    articles_named(sentence.split(':').next().unwrap_or(sentence))
}

/// The articles that the code of a file cites, its tests left out.
fn citations_of(file: &File) -> Vec<u16> {
    let Some(source) = &file.source else {
        return Vec::new();
    };
    let lines = source
        .code
        .lines()
        .zip(1..)
        .filter(|(_, line)| !source.is_test(*line));
    let cited = lines.flat_map(|(it, _)| it.split("Yongzhou.art(").skip(1));
    cited
        .filter_map(|it| it.split(')').next()?.parse().ok())
        .collect()
}

fn places(tree: &Tree) -> BTreeMap<u16, Place> {
    let mut places: BTreeMap<u16, Place> = (1..=ARTICLES).map(|it| (it, Place::default())).collect();
    for (file, source) in tree.sources().filter(|(it, _)| !it.path.starts_with("xtask/")) {
        if !file.is_test() {
            for article in homes_of(file) {
                places.entry(article).or_default().homes.insert(file.module());
            }
            for article in citations_of(file) {
                places.entry(article).or_default().cited_in.insert(file.module());
            }
        }
        for function in source.functions() {
            let number = function
                .name
                .strip_prefix("yongzhou_art")
                .and_then(|it| it.split('_').next());
            if let Some(article) = number.and_then(|it| it.parse().ok()) {
                let place = places.entry(article).or_default();
                let module = file.module().trim_end_matches("::tests").to_owned();
                place.tests.entry(module).or_default().insert(function.name);
            }
        }
    }
    for place in places.values_mut() {
        place.cited_in.retain(|it| !place.homes.contains(it));
    }
    places
}

/// The index as it should stand.
fn expected(tree: &Tree) -> String {
    let mut text = String::from(
        "# Where each article is kept\n\nGenerated by `cargo xtask law`; the status of each article is in \
         [register.md](register.md).\n",
    );
    let list = |modules: &BTreeSet<String>| {
        modules
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (article, place) in places(tree) {
        let _ = write!(text, "\n## 第{article}条\n\n");
        if place.homes.is_empty() && place.cited_in.is_empty() && place.tests.is_empty() {
            text.push_str("Nowhere yet.\n");
        }
        if !place.homes.is_empty() {
            let _ = writeln!(text, "- home: {}", list(&place.homes));
        }
        if !place.cited_in.is_empty() {
            let _ = writeln!(text, "- cited in: {}", list(&place.cited_in));
        }
        for (module, tests) in &place.tests {
            let _ = writeln!(text, "- tests in `{module}`:");
            for test in tests {
                let _ = writeln!(text, "  - `{test}`");
            }
        }
    }
    text
}

/// Writes the index anew.
pub fn write(tree: &Tree) {
    std::fs::write(root().join(WHERE), expected(tree)).expect("docs/law/where.md can be written");
}

/// What is wrong between register, index, code and tests.
pub fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    if expected(tree) != tree.text(WHERE) {
        findings.push(format!("{WHERE}: stale; run `cargo xtask law`"));
    }
    let rows = match register(tree) {
        Ok(rows) => rows,
        Err(finding) => return vec![finding],
    };
    let numbers: Vec<u16> = rows.iter().map(|it| it.article).collect();
    if numbers != (1..=ARTICLES).collect::<Vec<_>>() {
        findings.push(format!(
            "{REGISTER}: should have one row for each of the {ARTICLES} articles, in order"
        ));
    }
    let places = places(tree);
    for row in rows {
        findings.extend(row.findings(&places[&row.article.clamp(1, ARTICLES)]));
    }
    findings
}

impl Row {
    fn findings(&self, place: &Place) -> Vec<String> {
        let mut findings = Vec::new();
        let mut find = |what: String| findings.push(format!("{REGISTER}: 第{}条 {what}", self.article));
        if self.note.is_empty() {
            find("says nothing about what stands, what is missing, or why there is nothing to do".to_owned());
        }
        if matches!(self.status, Status::Done | Status::InPart) {
            if self.homes.is_empty() {
                find("is marked done and names no home".to_owned());
            }
            for home in &self.homes {
                if !place.homes.contains(home) && !place.cited_in.contains(home) {
                    find(format!(
                        "names `{home}`, which neither says it is its home nor cites it"
                    ));
                }
            }
            if place.tests.is_empty() {
                find("is marked done and no test is named after it".to_owned());
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_says_of_which_articles_it_is_the_home() {
        let homes = |doc: &str| homes_of(&File::new("crates/rules/src/a.rs", doc));
        let doc = "//! What.\n//!\n//! Home of 《永州市政务大数据管理办法》 art. 5, art. 7\n//! and art. 40. See art. 9.\n";
        assert_eq!(homes(doc), [5, 7, 40]);
        assert_eq!(
            homes("//! Home of 《永州市政务大数据管理办法》 art. 18 (二).\n"),
            [18]
        );
        assert_eq!(
            homes("//! Home of 《永州市政务大数据管理办法》 art. 6: unlike art. 7, this.\n"),
            [6]
        );
        assert_eq!(homes("//! See art. 9.\n"), []);
    }

    fn tree(status: &str, code: &str) -> Tree {
        let mut register = String::new();
        for article in 1..=ARTICLES {
            let status = if article == 19 { status } else { "planned" };
            let _ = writeln!(register, "| 第{article}条 | {status} | `rules::a` | a note |");
        }
        let mut tree = Tree {
            files: vec![
                File::new(REGISTER, register),
                File::new("crates/rules/src/a.rs", code),
            ],
        };
        let index = expected(&tree);
        tree.files.push(File::new(WHERE, index));
        tree
    }

    const TESTED: &str = "#[cfg(test)]\nmod tests {\n    fn yongzhou_art19_it_works() {}\n}\n";

    #[test]
    fn an_article_marked_done_needs_a_home_and_a_test() {
        let cites = "const A: Article = Yongzhou.art(19);\n";
        assert_eq!(
            findings(&tree("done", &format!("{cites}{TESTED}"))),
            Vec::<String>::new()
        );
        assert_eq!(findings(&tree("done", cites)).len(), 1);
        assert_eq!(findings(&tree("done", TESTED)).len(), 1);
        assert_eq!(findings(&tree("planned", "")), Vec::<String>::new());
    }

    #[test]
    fn a_stale_index_and_a_register_that_skips_an_article_are_found() {
        let mut stale = tree("planned", "");
        stale.files[2] = File::new(WHERE, "old");
        assert_eq!(findings(&stale).len(), 1);
        let mut short = tree("planned", "");
        let register = short.files[0].text.replace("| 第7条", "| 7");
        short.files[0] = File::new(REGISTER, register);
        assert_eq!(findings(&short).len(), 1);
    }
}
