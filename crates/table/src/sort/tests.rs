use super::*;

/// Sorts rows of two items, the first the key, in runs of `run_bytes` at most.
fn sort(rows: &[(&str, &str)], run_bytes: usize) -> (SortedRows, Vec<(u64, String)>) {
    let spool = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(spool.path(), vec![true, false]);
    sorter.run_bytes_max = run_bytes;
    let mut late = Vec::new();
    let mut on_duplicate = |number: u64, key: &str| {
        late.push((number, key.to_owned()));
        Ok(())
    };
    for (number, row) in (1..).zip(rows) {
        sorter
            .push(number, |i| if i == 0 { row.0 } else { row.1 }, &mut on_duplicate)
            .unwrap();
    }
    let sorted = sorter.finish(&mut on_duplicate).unwrap();
    late.sort();
    (sorted, late)
}

fn read(sorted: &mut SortedRows) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    while let Some(row) = sorted.next_row().unwrap() {
        rows.push((row.get(0).to_owned(), row.get(1).to_owned()));
    }
    rows
}

#[test]
fn one_run_and_many_give_the_same_rows_and_the_same_duplicates() {
    // A small generator, so that keys repeat within runs and across them.
    let mut seed = 7u64;
    let mut next = || {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        seed >> 33
    };
    let rows: Vec<(String, String)> = (0..3000)
        .map(|i| {
            (
                format!("永州零陵{:04}", next() % 2500),
                format!("值{i}{}", "长".repeat((next() % 70) as usize)),
            )
        })
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let (mut one, late_one) = sort(&rows, RUN_BYTES_MAX);
    let (mut many, late_many) = sort(&rows, 10_000);
    assert_eq!(one.runs(), 1);
    assert!(10 < many.runs(), "{}", many.runs());
    let sorted = read(&mut one);
    assert_eq!(sorted, read(&mut many));
    assert_eq!(late_one, late_many);
    assert_eq!(sorted.len() as u64, one.rows());
    assert_eq!(one.rows(), many.rows());
    assert_eq!(sorted.len() + late_one.len(), rows.len());
    assert!(sorted.windows(2).all(|it| it[0].0 < it[1].0));
    for (number, key) in &late_one {
        let first = rows.iter().position(|it| it.0 == key).unwrap() as u64 + 1;
        assert!(first < *number, "row {number} came after row {first}");
        let kept = sorted.iter().find(|it| it.0 == *key).unwrap();
        assert_eq!(
            kept.1,
            rows[first as usize - 1].1,
            "the first row of {key} is kept"
        );
    }
    many.rewind();
    assert_eq!(read(&mut many), sorted);
}

#[test]
fn a_key_of_two_items_orders_by_the_first_and_gives_both_back() {
    let spool = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(spool.path(), vec![true, false, true]);
    for (number, row) in (1..).zip([["b", "1", "a"], ["a", "2", "z"], ["a", "3", ""], ["ab", "4", "c"]]) {
        sorter
            .push(number, |i| row[i], &mut |_, _| panic!("no duplicates"))
            .unwrap();
    }
    let mut sorted = sorter.finish(&mut |_, _| panic!("no duplicates")).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = sorted.next_row().unwrap() {
        rows.push([
            row.get(0).to_owned(),
            row.get(1).to_owned(),
            row.get(2).to_owned(),
        ]);
    }
    assert_eq!(
        rows,
        [["a", "3", ""], ["a", "2", "z"], ["ab", "4", "c"], ["b", "1", "a"]]
    );
}

#[test]
fn rows_without_a_key_keep_the_order_of_the_file() {
    let spool = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(spool.path(), vec![false]);
    for (number, value) in (1..).zip(["b", "a", "b"]) {
        sorter
            .push(number, |_| value, &mut |_, _| panic!("no duplicates"))
            .unwrap();
    }
    let mut sorted = sorter.finish(&mut |_, _| panic!("no duplicates")).unwrap();
    let mut values = Vec::new();
    while let Some(row) = sorted.next_row().unwrap() {
        values.push(row.get(0).to_owned());
    }
    assert_eq!(values, ["b", "a", "b"]);
}

#[test]
fn no_rows_are_no_rows() {
    let (mut sorted, late) = sort(&[], 1000);
    assert_eq!((sorted.rows(), late.len()), (0, 0));
    assert!(sorted.next_row().unwrap().is_none());
}
