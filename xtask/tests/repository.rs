//! The repository keeps its own rules.

use xtask::{law, tidy, tree::Tree};

fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn the_repository_is_tidy() {
    assert_none(&tidy::findings(&Tree::read()));
}

#[test]
fn every_article_marked_done_has_a_home_and_a_test_and_the_index_is_fresh() {
    assert_none(&law::findings(&Tree::read()));
}
