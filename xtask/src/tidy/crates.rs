//! Crate directions: which crate may list which, read from the manifests.

use crate::tree::Tree;

/// Of our own crates, those that each may list; tests may list more.
const MAY_LIST: &[(&str, &[&str])] = &[
    ("rules", &[]),
    ("evidence", &["rules"]),
    ("table", &["rules"]),
    ("store", &["rules", "table", "evidence"]),
    ("app", &["rules", "table", "evidence", "store"]),
    ("web", &["rules", "app"]),
    ("gateway", &["rules", "app"]),
    ("portal", &["rules", "app", "web"]),
];

/// All that the rules may stand on: no async, no HTTP, no database.
const RULES_STAND_ON: &[&str] = &["jiff", "serde"];

/// Drivers of databases, and who may list them.
const DRIVERS: &[&str] = &["sqlx", "rusqlite"];
const LIST_DRIVERS: &[&str] = &["store", "bench"];

/// A line of a manifest: the section it is in, and the crate it lists.
struct Listed {
    section: String,
    name: String,
}

pub(super) fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|it| it.path.ends_with("/Cargo.toml")) {
        let owner = file
            .path
            .trim_end_matches("/Cargo.toml")
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let may_list = MAY_LIST.iter().find(|(name, _)| *name == owner).map(|it| it.1);
        for Listed { section, name } in listed(&file.text) {
            let mut find = |why: &str| findings.push(format!("{}: lists `{name}`: {why}", file.path));
            let is_ours = tree
                .files
                .iter()
                .any(|it| it.path == format!("crates/{name}/Cargo.toml"));
            if DRIVERS.contains(&name.as_str()) && !LIST_DRIVERS.contains(&owner) {
                find("only `store` speaks to databases");
            }
            if section != "dependencies" {
                continue;
            }
            if is_ours && may_list.is_some_and(|it| !it.contains(&name.as_str())) {
                find("against the direction of the crates");
            }
            if owner == "rules" && !is_ours && !RULES_STAND_ON.contains(&name.as_str()) {
                find("the rules stand on dates and serde alone");
            }
        }
    }
    findings
}

fn listed(manifest: &str) -> Vec<Listed> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            header.trim_end_matches(']').clone_into(&mut section);
            if let Some((of, name)) = section.clone().split_once("dependencies.") {
                section = format!("{of}dependencies");
                found.push(Listed {
                    section: section.clone(),
                    name: name.to_owned(),
                });
            }
        } else if section.ends_with("dependencies")
            && let Some(name) = line.split(['.', '=', ' ']).next().filter(|it| !it.is_empty())
            && !line.starts_with('#')
        {
            found.push(Listed {
                section: section.clone(),
                name: name.to_owned(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::File;

    fn found(owner: &str, manifest: &str) -> usize {
        let files = ["rules", "store", "app"]
            .iter()
            .map(|it| File::new(format!("crates/{it}/Cargo.toml"), ""));
        let file = File::new(format!("crates/{owner}/Cargo.toml"), manifest);
        let mut files: Vec<File> = files.filter(|it| it.path != file.path).collect();
        files.push(file);
        findings(&Tree { files }).len()
    }

    #[test]
    fn a_crate_listed_against_the_direction_is_found_and_tests_may_list_it() {
        assert_eq!(
            found(
                "web",
                "[dependencies]\nrules.workspace = true\napp.workspace = true\n"
            ),
            0
        );
        assert_eq!(found("web", "[dependencies]\nstore.workspace = true\n"), 1);
        assert_eq!(found("web", "[dependencies.store]\nworkspace = true\n"), 1);
        assert_eq!(
            found("web", "[dev-dependencies]\nstore = { workspace = true }\n"),
            0
        );
        assert_eq!(found("table", "[dependencies]\napp.workspace = true\n"), 1);
    }

    #[test]
    fn a_driver_outside_the_store_and_a_runtime_under_the_rules_are_found() {
        assert_eq!(found("app", "[dependencies]\nrusqlite.workspace = true\n"), 1);
        assert_eq!(found("store", "[dependencies]\nrusqlite.workspace = true\n"), 0);
        assert_eq!(
            found("rules", "[dependencies]\njiff.workspace = true\ntokio = \"1\"\n"),
            1
        );
    }
}
