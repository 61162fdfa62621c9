//! A sample of every page, and what is true of each.

mod data;
mod pages;

use std::path::Path;

use crate::testing::{self, Sample};

#[test]
fn every_page_renders_whole_with_one_heading_and_a_main_part() {
    testing::check_whole(&pages::all(), " - 一数");
}

#[test]
fn no_page_has_inline_script_or_style_or_asks_another_host_for_anything() {
    testing::check_nothing_inline(&pages::all(), "/assets/");
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
fn every_posted_form_carries_the_token() {
    for Sample { name, html } in pages::all() {
        for form in html.split("<form").skip(1) {
            let form = &form[..form.find("</form>").unwrap_or(form.len())];
            let head = &form[..form.find('>').unwrap_or(0)];
            if !head.contains("method=\"post\"") || head.contains("action=\"/sign-in\"") {
                continue;
            }
            let first = form.find("<input").map(|at| &form[at..]).unwrap_or_default();
            assert!(
                first.starts_with("<input type=\"hidden\" name=\"csrf\" value=\"sample-token\""),
                "{name}: {head}"
            );
        }
    }
}
