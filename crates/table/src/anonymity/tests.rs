use super::*;

fn row(values: &[&str]) -> Vec<Option<String>> {
    values
        .iter()
        .map(|it| (!it.is_empty()).then(|| (*it).to_owned()))
        .collect()
}

fn measured(quasi: &[usize], rows: &[&[&str]]) -> Measure {
    let rows = rows.iter().map(|it| Ok(row(it)));
    measure(quasi, rows, &std::env::temp_dir()).unwrap()
}

#[test]
fn yongzhou_art22_rows_are_alike_when_every_quasi_identifier_is() {
    let rows: &[&[&str]] = &[
        &["431103", "1990", "甲"],
        &["431103", "1990", "乙"],
        &["431103", "1990", "丙"],
        &["431103", "1991", "丁"],
        &["431102", "1990", "戊"],
        &["431102", "1990", "己"],
    ];
    let measure = measured(&[0, 1], rows);
    assert_eq!((measure.rows, measure.classes), (6, 3));
    assert_eq!((measure.k_min, measure.unique_rows), (1, 1));
    let below: Vec<u64> = (1..=5).map(|k| measure.rows_below(k)).collect();
    assert_eq!(below, [0, 1, 3, 6, 6]);
    assert_eq!(measured(&[2], rows).unique_rows, 6);
}

#[test]
fn values_do_not_run_into_each_other_and_a_missing_one_is_a_value() {
    let measure = measured(&[0, 1], &[&["ab", "c"], &["a", "bc"], &["", "abc"], &["abc", ""]]);
    assert_eq!(measure.unique_rows, 4);
    assert_eq!(measured(&[0, 1], &[&["", "a"], &["", "a"]]).k_min, 2);
}

#[test]
fn no_rows_have_no_k_and_without_quasi_identifiers_all_look_alike() {
    assert_eq!(measured(&[0], &[]), Measure::default());
    let measure = measured(&[], &[&["a"], &["b"], &["c"]]);
    assert_eq!((measure.k_min, measure.classes), (3, 1));
}

#[test]
fn what_is_spilled_counts_as_what_is_kept() {
    // Row n has a class of its own modulo 997; sizes differ, and every class lies in several runs.
    let rows = || (0..20_000u64).map(|n| row(&[&(n * n % 997).to_string(), &(n % 3).to_string()]));
    let kept = measure(&[0, 1], rows().map(Ok), &std::env::temp_dir()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut counting = Counting {
        classes_max: 100,
        ..Counting::new(&[0, 1], dir.path())
    };
    for row in rows() {
        counting.see(&row).unwrap();
    }
    assert!(10 < counting.spilled.len());
    let spilled = counting.finish().unwrap();
    assert_eq!(spilled, kept);
    assert_eq!(spilled.rows, 20_000);
    let mut by_hand = HashMap::new();
    rows().for_each(|row| *by_hand.entry(row).or_insert(0u64) += 1);
    assert_eq!(spilled.classes, by_hand.len() as u64);
    assert_eq!(Some(&spilled.k_min), by_hand.values().min());
}

#[test]
fn a_measure_is_kept_as_json_and_read_again() {
    let measure = measured(&[0], &[&["a"], &["a"], &["b"]]);
    let text = serde_json::to_string(&measure).unwrap();
    assert_eq!(serde_json::from_str::<Measure>(&text).unwrap(), measure);
}
