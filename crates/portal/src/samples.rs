//! A sample of every page, and what is true of each: also light, and posting to this host alone.

mod account;
pub(crate) mod data;
mod pages;

use std::path::Path;

use web::testing::{self, Sample};

#[test]
fn every_page_renders_whole_with_one_heading_and_a_main_part() {
    testing::check_whole(&pages::all(), " - 永州市政务数据开放平台");
}

#[test]
fn no_page_has_inline_script_or_style_or_asks_another_host_for_anything() {
    testing::check_nothing_inline(&pages::all(), "/open/assets/");
}

#[test]
fn every_id_stands_once_on_its_page_and_every_label_and_link_within_it_leads_somewhere() {
    testing::check_ids(&pages::all());
}

#[test]
fn every_input_has_a_name_that_is_read_aloud() {
    testing::check_labels(&pages::all());
}

#[test]
fn every_table_has_headings_with_a_scope() {
    testing::check_tables(&pages::all());
}

#[test]
fn headings_never_skip_a_level() {
    testing::check_headings(&pages::all());
}

#[test]
fn every_template_of_a_page_has_a_sample() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    testing::check_templates(&pages::all(), &templates);
}

/// Writes the samples where a person can look at them.
#[test]
fn samples_can_be_looked_at() {
    testing::write_out(&pages::all(), crate::assets::ASSETS);
}

#[test]
fn every_posted_form_of_an_unknown_sender_is_a_short_one_to_this_host() {
    for Sample { name, html } in pages::all() {
        for action in testing::values(&html, " action=\"") {
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
