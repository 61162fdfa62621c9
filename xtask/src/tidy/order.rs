//! Module order: where a crate's root says so, a module names only those above it.

use crate::tree::{File, Tree};

/// The words by which a crate's root asks for it.
const ASKS: &str = "// In order: a module names only those above it.";

pub(super) fn findings(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for lib in tree
        .files
        .iter()
        .filter(|it| it.path.ends_with("src/lib.rs") && it.text.contains(ASKS))
    {
        let dir = lib.path.trim_end_matches("lib.rs");
        let modules = modules(&lib.text);
        for (at, module) in modules.iter().enumerate() {
            let is_of_module = |it: &&File| {
                it.path == format!("{dir}{module}.rs") || it.path.starts_with(&format!("{dir}{module}/"))
            };
            for file in tree.files.iter().filter(is_of_module).filter(|it| !it.is_test()) {
                for (line, named) in names(file) {
                    if modules[at + 1..].contains(&named) {
                        let path = &file.path;
                        findings.push(format!(
                            "{path}:{line}: `{module}` names `{named}`, which is below it"
                        ));
                    }
                }
            }
        }
    }
    findings
}

/// The modules a root declares, in order.
fn modules(text: &str) -> Vec<String> {
    let declared = text.lines().filter_map(|it| {
        let it = it
            .trim()
            .trim_start_matches("pub ")
            .trim_start_matches("pub(crate) ");
        it.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(str::to_owned).collect()
}

/// The modules of its own crate that a file names, its tests left out, with the line of each.
fn names(file: &File) -> Vec<(usize, String)> {
    let Some(source) = &file.source else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (at, word) in source.code.match_indices("crate::") {
        let line = 1 + source.code[..at].bytes().filter(|it| *it == b'\n').count();
        if source.is_test(line) {
            continue;
        }
        let rest = &source.code[at + word.len()..];
        match rest.strip_prefix('{') {
            None => names.push((line, first_word(rest))),
            Some(group) => names.extend(members(group).into_iter().map(|it| (line, it))),
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|it| it.is_alphanumeric() || *it == '_')
        .collect()
}

/// The first word of each member of a group in braces.
fn members(group: &str) -> Vec<String> {
    let mut members = vec![first_word(group)];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(first_word(&group[at + 1..])),
            _ => {}
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(code: &str) -> Tree {
        let lib = format!("{ASKS}\npub mod words;\n\npub mod law;\n\npub mod clock;\n");
        let files = vec![
            File::new("crates/rules/src/lib.rs", lib),
            File::new("crates/rules/src/law.rs", code),
        ];
        Tree { files }
    }

    #[test]
    fn a_module_that_names_one_below_it_is_found() {
        assert!(findings(&tree("use crate::words::Word;\n")).is_empty());
        assert_eq!(findings(&tree("use crate::clock::Clock;\n")).len(), 1);
        assert_eq!(
            findings(&tree(
                "use crate::{\n    words::{Word, A},\n    clock::Clock,\n};\n"
            ))
            .len(),
            1
        );
        assert!(
            findings(&tree(
                "// crate::clock\n#[cfg(test)]\nmod tests { use crate::clock::Clock; }\n"
            ))
            .is_empty()
        );
    }
}
