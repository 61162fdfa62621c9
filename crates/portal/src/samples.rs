//! A sample of every page, and what is true of each: rendered whole, headed, labelled, free of inline code, light.

pub(crate) mod data;
mod pages;

use std::{collections::BTreeSet, fs, path::Path};

/// One rendered page.
pub(crate) struct Sample {
    /// What it shows; also its file name.
    pub name: &'static str,
    /// The page.
    pub html: String,
}

#[test]
fn every_page_renders_whole_with_one_heading_and_a_main_part() {
    for Sample { name, html } in pages::all() {
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
        let title = html
            .split("<title>")
            .nth(1)
            .and_then(|it| it.split("</title>").next())
            .unwrap_or_default();
        assert!(title.ends_with(" - 永州市政务数据开放平台"), "{name}: {title}");
    }
}

#[test]
fn no_page_has_inline_script_or_style_or_asks_another_host_for_anything() {
    for Sample { name, html } in pages::all() {
        assert!(
            !html.contains("style=\"") && !html.contains("<style"),
            "{name}: inline style"
        );
        assert!(
            !html.contains(" onclick") && !html.contains("javascript:"),
            "{name}: inline script"
        );
        for script in html.split("<script").skip(1) {
            let is_ours = script.starts_with(" type=\"module\" src=\"/open/assets/");
            assert!(
                is_ours || script.starts_with(" type=\"application/ld+json\">"),
                "{name}: {}",
                &script[..40]
            );
        }
        for source in values(&html, " src=\"") {
            assert!(source.starts_with("/open/assets/"), "{name}: {source}");
        }
    }
}

#[test]
fn every_id_stands_once_on_its_page_and_every_label_and_link_within_it_leads_somewhere() {
    for Sample { name, html } in pages::all() {
        let mut ids = BTreeSet::new();
        for id in values(&html, " id=\"") {
            assert!(ids.insert(id), "{name}: id {id} stands twice");
        }
        for attribute in [
            " for=\"",
            " href=\"#",
            " aria-labelledby=\"",
            " aria-describedby=\"",
        ] {
            for target in values(&html, attribute).flat_map(str::split_whitespace) {
                assert!(ids.contains(target), "{name}: {attribute}{target} leads nowhere");
            }
        }
    }
}

#[test]
fn every_input_has_a_name_that_is_read_aloud() {
    for Sample { name, html } in pages::all() {
        let labelled: BTreeSet<&str> = values(&html, " for=\"").collect();
        let tags = ["<input ", "<select ", "<textarea "].map(|tag| html.split(tag).skip(1));
        for tag in tags.into_iter().flatten() {
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            if tag.contains("type=\"hidden\"") || tag.contains("aria-label=") {
                continue;
            }
            let id = tag.split("id=\"").nth(1).and_then(|it| it.split('"').next());
            assert!(
                labelled.contains(id.unwrap_or_default()),
                "{name}: no label for <{tag}>"
            );
        }
    }
}

#[test]
fn every_table_has_headings_with_a_scope() {
    for Sample { name, html } in pages::all() {
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

#[test]
fn headings_never_skip_a_level() {
    for Sample { name, html } in pages::all() {
        let mut before = 1;
        for (at, _) in html.match_indices("<h") {
            let Some(level) = html[at + 2..].chars().next().and_then(|it| it.to_digit(10)) else {
                continue;
            };
            // An error summary comes before the first heading of the page.
            assert!(level <= before + 1, "{name}: h{level} after h{before}");
            before = level;
        }
    }
}

#[test]
fn every_posted_form_of_an_unknown_sender_is_a_short_one_to_this_host() {
    for Sample { name, html } in pages::all() {
        for action in values(&html, " action=\"") {
            assert!(
                action.starts_with('/') && !action.starts_with("//"),
                "{name}: {action}"
            );
        }
    }
}

#[test]
fn the_first_page_comes_with_everything_in_less_than_a_hundred_kilobytes() {
    let assets: usize = crate::assets::ASSETS.iter().map(|it| it.bytes.len()).sum();
    let home = pages::all().into_iter().find(|it| it.name == "home").unwrap();
    let all = assets + home.html.len();
    assert!(all < 100_000, "{all} bytes before compression");
}

#[test]
fn the_tokens_of_the_style_are_those_of_the_inner_pages() {
    let root = |css: &str| {
        let css = &css[css.find(":root").unwrap()..];
        css[..css.find('}').unwrap()].to_owned()
    };
    let style = |assets: &[web::assets::Asset], name: &str| {
        let asset = assets.iter().find(|it| it.name == name).unwrap();
        String::from_utf8(asset.bytes.to_vec()).unwrap()
    };
    assert_eq!(
        root(&style(crate::assets::ASSETS, "portal.css")),
        root(&style(web::assets::ASSETS, "yishu.css"))
    );
}

#[test]
fn every_template_of_a_page_has_a_sample() {
    let shown: Vec<Sample> = pages::all();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut pages = Vec::new();
    collect(&root, &mut pages);
    assert!(!pages.is_empty());
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let name = page
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        // The applicant's own pages have their samples beside them.
        if !text.starts_with("{% extends") || name.starts_with("account/") {
            continue;
        }
        let is_shown = shown
            .iter()
            .any(|it| it.name.starts_with(name.trim_end_matches(".html")));
        assert!(is_shown, "{name} has no sample");
    }
}

/// Writes the samples where a person can look at them.
#[test]
fn samples_can_be_looked_at() {
    let Some(dir) = std::env::var_os("YISHU_SAMPLES") else {
        return;
    };
    let dir = Path::new(&dir);
    fs::create_dir_all(dir).unwrap();
    for asset in crate::assets::ASSETS {
        let to = dir.join(asset.url.trim_start_matches('/'));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, asset.bytes).unwrap();
    }
    for Sample { name, html } in pages::all() {
        let html = html.replace("\"/open/assets/", &format!("\"{}/open/assets/", dir.display()));
        fs::write(dir.join(format!("{}.html", name.replace('/', "-"))), html).unwrap();
    }
}

fn collect(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
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
fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute)
        .skip(1)
        .filter_map(|it| it.split('"').next())
}
