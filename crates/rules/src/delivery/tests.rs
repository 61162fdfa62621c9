use super::*;

#[test]
fn yongzhou_art14_a_batch_is_refused_whole_from_more_refused_rows_than_the_entry_allows() {
    assert!(!is_refused_whole(1000, 5, 5));
    assert!(is_refused_whole(1000, 6, 5));
    assert!(is_refused_whole(1000, 1, 0));
    assert!(!is_refused_whole(1000, 0, 0));
}

#[test]
fn yongzhou_art14_a_batch_of_which_no_row_is_left_is_refused_whatever_the_entry_allows() {
    assert!(is_refused_whole(3, 3, 1000));
    assert!(!is_refused_whole(0, 0, 1000));
}

#[test]
fn yongzhou_art14_a_score_is_the_mean_of_its_parts_and_none_where_nothing_was_examined() {
    let part = |good, all| ScorePart {
        code: String::new(),
        label: String::new(),
        good,
        all,
    };
    let score = |parts| Score {
        dimension: Dimension::Validity,
        parts,
    };
    assert_eq!(
        score(vec![part(1, 2), part(4, 4), part(0, 0)]).percent(),
        Some(75.0)
    );
    assert_eq!(score(vec![part(0, 0)]).percent(), None);
    assert_eq!(score(vec![]).percent(), None);
}

#[test]
fn yongzhou_art14_the_six_dimensions_are_those_of_the_article_in_its_order() {
    let labels: Vec<&str> = Dimension::ALL.iter().map(|it| it.label()).collect();
    assert_eq!(
        labels,
        ["规范性", "完整性", "准确性", "一致性", "时效性", "可访问性"]
    );
}
