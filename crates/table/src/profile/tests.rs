use super::*;

fn item(kind: ItemType) -> Item {
    Item {
        name: "x".to_owned(),
        kind,
        ..Item::default()
    }
}

fn of<V: Into<String>>(kind: ItemType, values: impl IntoIterator<Item = V>) -> ColumnProfile {
    let rows = values.into_iter().map(|it| Ok([Some(it.into())]));
    profile(&[item(kind)], rows).unwrap().remove(0)
}

fn bins(of: &[(&str, u64)]) -> Vec<(String, u64)> {
    of.iter()
        .map(|(label, rows)| ((*label).to_owned(), *rows))
        .collect()
}

#[test]
fn what_is_empty_is_not_filled_and_no_value() {
    let rows = [["a", ""], ["", ""], ["b", ""]].map(|row| Ok(row.map(|it| Some(it.to_owned()))));
    let both = profile(&[item(ItemType::Text), item(ItemType::Integer)], rows).unwrap();
    assert_eq!((both[0].filled, both[0].distinct), (2, Some(2)));
    let empty = ColumnProfile {
        item: "x".to_owned(),
        distinct: Some(0),
        ..ColumnProfile::default()
    };
    assert_eq!(both[1], empty);
    assert_eq!(profile(&[item(ItemType::Date)], [Ok([None])]).unwrap()[0], empty);
}

#[test]
fn the_most_frequent_values_come_first() {
    let seen = of(ItemType::Text, ["乙", "甲", "乙", "丙", "甲", "乙"]);
    assert_eq!(seen.top, bins(&[("乙", 3), ("甲", 2), ("丙", 1)]));
    assert_eq!((seen.min, seen.max), (None, None));
}

#[test]
fn a_column_where_no_value_comes_twice_has_no_most_frequent_one() {
    assert!(of(ItemType::Text, (0..100).map(|n| n.to_string())).top.is_empty());
}

#[test]
fn distinct_values_are_exact_to_ten_thousand_and_then_more() {
    let some = |n: u64| of(ItemType::Text, (0..n).map(|n| n.to_string()));
    assert_eq!(some(10_000).distinct, Some(10_000));
    assert_eq!(some(10_001).distinct, None);
    let long = of(
        ItemType::Memo,
        (0..30).map(|n| format!("{}{}", "长".repeat(100), n % 3)),
    );
    assert_eq!((long.distinct, long.top.len()), (Some(3), 0));
}

#[test]
fn of_too_many_values_only_those_are_named_that_are_surely_the_most_frequent() {
    // 9,000 early ones, one of which comes 6,000 times and one 100 times; then 3,000 late ones.
    let early = (0..9_000).map(|n| format!("e{n}"));
    let often =
        std::iter::repeat_n("often".to_owned(), 6_000).chain(std::iter::repeat_n("rare".to_owned(), 100));
    let seen = of(
        ItemType::Text,
        often.chain(early).chain((0..3_000).map(|n| format!("l{n}"))),
    );
    assert_eq!(seen.distinct, None);
    assert_eq!(seen.top, bins(&[("often", 6_000)]));
}

#[test]
fn numbers_have_exact_ends_and_ranges_that_hold_every_row() {
    let seen = of(ItemType::Integer, (0..1_000).map(|n| (n - 500).to_string()));
    assert_eq!(seen.min.as_deref(), Some("-500"));
    assert_eq!(seen.max.as_deref(), Some("499"));
    assert_eq!(seen.bins.len(), 20);
    assert_eq!(seen.bins[0], ("-500～-451".to_owned(), 50));
    assert_eq!(seen.bins[10], ("0～49".to_owned(), 50));
    let few = of(ItemType::Integer, ["3", "5", "3"]);
    assert_eq!(few.bins, bins(&[("3", 2), ("4", 0), ("5", 1)]));
}

#[test]
fn numbers_with_a_fraction_lie_in_the_range_that_begins_below_them() {
    let seen = of(ItemType::Decimal, ["0.10", "0.1", "9.99", "5", "-0.01"]);
    assert_eq!(
        (seen.min.as_deref(), seen.max.as_deref()),
        (Some("-0.01"), Some("9.99"))
    );
    let at = |label: &str| seen.bins.iter().find(|it| it.0 == label).unwrap().1;
    assert_eq!(at("-1～0"), 1);
    assert_eq!(at("0～1"), 2);
    assert_eq!(at("5～6"), 1);
    assert_eq!(at("9～10"), 1);
    assert_eq!(seen.bins.iter().map(|it| it.1).sum::<u64>(), 5);
}

#[test]
fn numbers_of_every_size_keep_few_bins_and_lose_no_row() {
    let values = (0..50_000u64).map(|n| format!("{}.{:03}", n * 7919 % 1_000_003, n % 1_000));
    let seen = of(ItemType::Money, values.chain(["123456789012345.5".to_owned()]));
    assert!(seen.bins.len() <= 20, "{}", seen.bins.len());
    assert_eq!(seen.bins.iter().map(|it| it.1).sum::<u64>(), 50_001);
    assert_eq!(seen.max.as_deref(), Some("123456789012345.5"));
    let huge = of(ItemType::Integer, ["9".repeat(60), "1".to_owned()]);
    assert_eq!(huge.max, Some("9".repeat(60)));
    assert_eq!(huge.bins, bins(&[("1", 1)]));
}

#[test]
fn a_band_in_place_of_a_number_is_no_number_and_a_frequent_value() {
    let seen = of(ItemType::Integer, ["10-19", "10-19", "20-29"]);
    assert_eq!((seen.min, seen.bins.len()), (None, 0));
    assert_eq!(seen.top, bins(&[("10-19", 2), ("20-29", 1)]));
}

#[test]
fn codes_lie_on_no_scale() {
    let code = Item {
        semantic: Semantic::DivisionCode,
        ..item(ItemType::Integer)
    };
    let seen = profile(&[code], [Ok([Some("431103".to_owned())])])
        .unwrap()
        .remove(0);
    assert_eq!((seen.min, seen.bins.len()), (None, 0));
}

#[test]
fn days_are_counted_by_months_then_years_then_decades() {
    let seen = of(ItemType::Date, ["2024-01-31", "2024-03-01", "2024-01-01"]);
    assert_eq!(seen.bins, bins(&[("2024-01", 2), ("2024-02", 0), ("2024-03", 1)]));
    assert_eq!(seen.max.as_deref(), Some("2024-03-01"));
    let seen = of(
        ItemType::DateTime,
        ["2019-05-01 08:00:00", "2022-05-01 09:30:00", "2022-07-01"],
    );
    assert_eq!(
        seen.bins,
        bins(&[("2019", 1), ("2020", 0), ("2021", 0), ("2022", 2)])
    );
    let seen = of(ItemType::Date, (1900..2000).map(|year| format!("{year}-06-01")));
    assert_eq!(seen.bins.len(), 10);
    assert_eq!(seen.bins[3], ("1930～1939".to_owned(), 10));
}

#[test]
fn a_day_that_stands_for_ever_does_not_stretch_the_axis() {
    let seen = of(ItemType::Date, ["2024-01-31", "2030-03-01", "9999-12-31"]);
    assert_eq!(seen.bins, bins(&[("2024", 1), ("2030", 1), ("9999", 1)]));
}

#[test]
fn years_that_a_mask_left_are_counted_as_years() {
    let seen = of(ItemType::Date, ["1990", "1990", "1992", "不详"]);
    assert_eq!(seen.bins, bins(&[("1990", 2), ("1991", 0), ("1992", 1)]));
    assert_eq!((seen.min.as_deref(), seen.filled), (Some("1990"), 4));
}

#[test]
fn a_profile_is_kept_as_json_and_read_again() {
    let seen = of(ItemType::Integer, ["1", "2", "2"]);
    let text = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<ColumnProfile>(&text).unwrap(), seen);
}
