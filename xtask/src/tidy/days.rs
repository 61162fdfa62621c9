//! How many days the law allows stands in `rules`, with the article and the days it is in force: no page types it.

use crate::tree::{File, Tree};

/// The crates whose pages and interfaces people read.
const SHOWN: &[&str] = &["crates/web/", "crates/portal/", "crates/gateway/", "crates/app/"];

/// What follows a number of days that the law counts.
const COUNTED: &str = "个工作日";

/// Digits as people type them, in Arabic and in Chinese.
const DIGITS: &str = "0123456789０１２３４５６７８９〇零一二两三四五六七八九十百";

/// Every number of working days that a page would print whatever the law says.
pub fn findings(tree: &Tree) -> Vec<String> {
    let is_shown = |it: &&File| SHOWN.iter().any(|root| it.path.starts_with(root)) && !it.is_test();
    tree.files.iter().filter(is_shown).flat_map(typed).collect()
}

fn typed(file: &File) -> Vec<String> {
    let texts: Vec<(usize, &str)> = match &file.source {
        Some(source) => {
            let strings = source.strings.iter().filter(|it| !source.is_test(it.0));
            strings.map(|it| (it.0, it.1.as_str())).collect()
        }
        None if file.path.ends_with(".html") || file.path.ends_with(".js") => {
            (1..).zip(file.text.lines()).collect()
        }
        None => Vec::new(),
    };
    let lines = texts.into_iter().filter(|it| is_typed(it.1));
    lines
        .map(|it| {
            let (path, line) = (&file.path, it.0);
            format!("{path}:{line}: types a number of working days; print it from `rules`")
        })
        .collect()
}

fn is_typed(text: &str) -> bool {
    text.match_indices(COUNTED).any(|(at, _)| {
        let before = text[..at].trim_end();
        // The next working day is a day, and no limit.
        before.ends_with(|it| DIGITS.contains(it)) && !before.ends_with("下一")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        let files = vec![File::new(path, text)];
        findings(&Tree { files }).len()
    }

    #[test]
    fn a_number_of_working_days_is_found_in_a_template_and_in_a_string_of_a_page() {
        for text in [
            "在 15 个工作日内",
            "在十五个工作日内",
            "在２个工作日内",
            "两个工作日",
        ] {
            assert_eq!(found("crates/portal/templates/a.html", text), 1, "{text}");
            let source = format!("const A: &str = \"{text}\";\n");
            assert_eq!(found("crates/web/src/pages/a.rs", &source), 1, "{text}");
        }
    }

    #[test]
    fn what_comes_from_the_rules_and_what_counts_nothing_may_stand() {
        for text in [
            "{{ handled }}处理",
            "从下一个工作日起算",
            "{}个工作日内",
            "几个工作日",
        ] {
            assert_eq!(found("crates/portal/templates/a.html", text), 0, "{text}");
        }
        assert_eq!(
            found("crates/rules/src/a.rs", "const A: &str = \"5个工作日\";\n"),
            0
        );
        let tested = "#[cfg(test)]\nmod tests {\n    const A: &str = \"5个工作日\";\n}\n";
        assert_eq!(found("crates/web/src/a.rs", tested), 0);
    }
}
