//! What is true of every page, inner and public: checks over rendered samples, for the tests of this crate and of the
//! portal.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::assets::Asset;

/// One rendered page.
pub struct Sample {
    /// What it shows; also its file name.
    pub name: &'static str,
    /// The page.
    pub html: String,
}

/// Every page is whole, has one first heading and a main part, and a title that ends with `title_end`.
pub fn check_whole(samples: &[Sample], title_end: &str) {
    for Sample { name, html } in samples {
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one first heading");
        for needed in [
            "<!doctype html>",
            "lang=\"zh-Hans\"",
            "<main id=\"main\"",
            "</html>",
            "class=\"skip\"",
        ] {
            assert!(html.contains(needed), "{name}: {needed}");
        }
        assert!(
            !html.contains("{{") && !html.contains("{%"),
            "{name}: a template shows through"
        );
        let title = html.split("<title>").nth(1).unwrap_or_default();
        let title = title.split("</title>").next().unwrap_or_default();
        assert!(
            title.ends_with(title_end) && title_end.len() < title.len(),
            "{name}: {title}"
        );
    }
}

/// No page has code or style of its own, or fetches anything that is not below `assets`. Data that only machines read
/// may stand in a page.
pub fn check_nothing_inline(samples: &[Sample], assets: &str) {
    for Sample { name, html } in samples {
        for inline in ["style=\"", "<style", " onclick", "javascript:"] {
            assert!(!html.contains(inline), "{name}: {inline}");
        }
        let ours = format!(" type=\"module\" src=\"{assets}");
        for script in html.split("<script").skip(1) {
            let is_data = script.starts_with(" type=\"application/ld+json\">");
            assert!(script.starts_with(&ours) || is_data, "{name}: {}", &script[..40]);
        }
        for source in values(html, " src=\"") {
            assert!(source.starts_with(assets), "{name}: {source}");
        }
    }
}

/// Every id stands once on its page, and every label and link within the page leads to one.
pub fn check_ids(samples: &[Sample]) {
    for Sample { name, html } in samples {
        let mut ids = BTreeSet::new();
        for id in values(html, " id=\"") {
            assert!(ids.insert(id), "{name}: id {id} stands twice");
        }
        for attribute in [
            " for=\"",
            " href=\"#",
            " aria-labelledby=\"",
            " aria-describedby=\"",
        ] {
            for target in values(html, attribute).flat_map(str::split_whitespace) {
                assert!(ids.contains(target), "{name}: {attribute}{target} leads nowhere");
            }
        }
    }
}

/// Every input has a name that is read aloud.
pub fn check_labels(samples: &[Sample]) {
    for Sample { name, html } in samples {
        let labelled: BTreeSet<&str> = values(html, " for=\"").collect();
        let tags = ["<input ", "<select ", "<textarea "].map(|tag| html.split(tag).skip(1));
        for tag in tags.into_iter().flatten() {
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            let is_wrapped = tag.contains("type=\"checkbox\"") && !tag.contains(" id=");
            if tag.contains("type=\"hidden\"") || tag.contains("aria-label=") || is_wrapped {
                continue;
            }
            let id = values(tag, "id=\"").next().unwrap_or_default();
            assert!(labelled.contains(id), "{name}: no label for <{tag}>");
        }
    }
}

/// Every table has headings, each with its scope.
pub fn check_tables(samples: &[Sample]) {
    for Sample { name, html } in samples {
        for table in html.split("<table").skip(1) {
            let table = &table[..table.find("</table>").unwrap_or(table.len())];
            assert!(
                table.contains("scope=\"col\""),
                "{name}: a table without column headings"
            );
            for head in table.split("<th").skip(1).filter(|it| !it.starts_with("ead")) {
                assert!(
                    head[..head.find('>').unwrap_or(0)].contains("scope="),
                    "{name}: <th{}",
                    &head[..30]
                );
            }
        }
    }
}

/// Headings never skip a level.
pub fn check_headings(samples: &[Sample]) {
    for Sample { name, html } in samples {
        let mut before = 1;
        let main = &html[html.find("<main").unwrap_or(0)..];
        for (at, _) in main.match_indices("<h") {
            let Some(level) = main[at + 2..].chars().next().and_then(|it| it.to_digit(10)) else {
                continue;
            };
            // An error summary comes before the first heading of the page.
            assert!(level <= before + 1, "{name}: h{level} after h{before}");
            before = level;
        }
    }
}

/// Every template of a page below `templates` has a sample that is called after it.
pub fn check_templates(samples: &[Sample], templates: &Path) {
    let mut pages = Vec::new();
    collect(templates, &mut pages);
    pages.retain(|it| fs::read_to_string(it).unwrap().starts_with("{% extends"));
    assert!(!pages.is_empty());
    for page in pages {
        let name = page.strip_prefix(templates).unwrap().with_extension("");
        let name = name.to_string_lossy().replace('\\', "/");
        let is_shown = samples.iter().any(|it| it.name.starts_with(&name));
        assert!(is_shown, "{name} has no sample");
    }
}

/// Writes the samples where a person can look at them, if `YISHU_SAMPLES` says where.
pub fn write_out(samples: &[Sample], assets: &[Asset]) {
    let Some(dir) = std::env::var_os("YISHU_SAMPLES") else {
        return;
    };
    let dir = Path::new(&dir);
    fs::create_dir_all(dir).unwrap();
    for asset in assets {
        let to = dir.join(asset.url.trim_start_matches('/'));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, asset.bytes).unwrap();
    }
    for Sample { name, html } in samples {
        let mut html = html.clone();
        for asset in assets {
            html = html.replace(asset.url, &format!("{}{}", dir.display(), asset.url));
        }
        fs::write(dir.join(format!("{}.html", name.replace('/', "-"))), html).unwrap();
    }
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found)
        } else {
            found.push(path)
        }
    }
}

/// The values of an attribute, in order.
pub fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute)
        .skip(1)
        .filter_map(|it| it.split('"').next())
}
