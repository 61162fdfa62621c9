//! Looking through rows, on both engines, against a plain reading of the same rows in memory.

use std::{cmp::Ordering, time::Duration};

use rules::{
    catalogue::ItemType::{self, Date, DateTime, Decimal, Integer, Text},
    ids::EntryId,
};
use store::rows::{
    Column, Rows, RowsError, Shape,
    browse::{Browse, Filter, Op, SORT_MAX, VALUES_MAX},
};

mod rows_common;
use rows_common::{Bench, on_both};

/// The items of the release; one name tries to be SQL, and one item came after the delivery.
const ITEMS: [(&str, ItemType); 6] = [
    ("名称", Text),
    ("c1\"; DROP TABLE rows; --", Integer),
    ("金额", Decimal),
    ("日期", Date),
    ("时间", DateTime),
    ("后加", Text),
];
const COUNT: &str = ITEMS[1].0;

const NAMES: [&str; 9] = [
    "",
    "100%",
    "100_a",
    "it's \"q\" \\ ' OR 1=1 --",
    "Ångström ABC",
    "永州市零陵区",
    "永州市冷水滩区\n次行\t$1 ?",
    "abc 😀",
    "%",
];
const COUNTS: [&str; 9] = [
    "",
    "7",
    "007",
    "10",
    "9",
    "-3",
    "12345678901234567890",
    "12345678901234567891",
    "10-19",
];
const AMOUNTS: [&str; 8] = ["", "1.5", "1.50", "0.05", "-0.05", "100", "不详", "0"];
const DAYS: [&str; 5] = ["", "2024-01-31", "2023-12-01", "1990", "2024-02-01"];
const TIMES: [&str; 4] = [
    "",
    "2024-01-31 08:00:00",
    "2024-01-31 23:59:59",
    "2024-02-01 00:00:00",
];

type Row = Vec<String>;

/// Row `n`, its key before its items; what was delivered lacks the last item.
fn row(n: usize) -> Row {
    let one = |of: &[&str], step: usize| of[n * step % of.len()].to_owned();
    vec![
        format!("{n:09}"),
        one(&NAMES, 1),
        one(&COUNTS, 2),
        one(&AMOUNTS, 3),
        one(&DAYS, 1),
        one(&TIMES, 3),
    ]
}

fn shape(entry: &str) -> Shape {
    let names = ["_id"].into_iter().chain(ITEMS[..5].iter().map(|it| it.0));
    Shape::new(&EntryId::from(entry), names.map(column).collect())
}

fn column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        is_key: name == "_id",
        is_condition: false,
    }
}

fn browse(entry: &str) -> Browse {
    Browse {
        entry: EntryId::from(entry),
        version: 1,
        items: ITEMS.iter().map(|it| (it.0.to_owned(), it.1)).collect(),
        pick: ITEMS.iter().map(|it| it.0.to_owned()).collect(),
        filters: Vec::new(),
        text: None,
        sort: Vec::new(),
        after: None,
        offset: 0,
        limit: 1_000,
        patience: Duration::from_secs(60),
    }
}

fn filter(item: &str, op: Op, values: &[&str]) -> Filter {
    Filter {
        item: item.to_owned(),
        op,
        values: values.iter().map(|it| (*it).to_owned()).collect(),
    }
}

async fn loaded(bench: &Bench, entry: &str, count: usize) -> (Rows, Vec<Row>) {
    let (rows, all) = (bench.rows().await, (0..count).map(row).collect::<Vec<_>>());
    rows.replace(&shape(entry), 1, all.clone().into_iter())
        .await
        .unwrap();
    (rows, all)
}

/// A number in hundredths; the numbers of the test have no more places.
fn number(value: &str) -> Option<i128> {
    let (sign, digits) = value.strip_prefix('-').map_or((1, value), |it| (-1, it));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let text = format!("{whole}{places:0<2}");
    let is_number = !digits.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| sign * text.parse::<i128>().unwrap())
}

fn value<'r>(row: &'r Row, item: &str) -> &'r str {
    let at = ITEMS.iter().position(|it| it.0 == item).map_or(0, |it| it + 1);
    row.get(at).map_or("", String::as_str)
}

fn kind(item: &str) -> ItemType {
    ITEMS.iter().find(|it| it.0 == item).map_or(Text, |it| it.1)
}

fn holds(row: &Row, filter: &Filter) -> bool {
    let stored = value(row, &filter.item);
    let is_number = matches!(kind(&filter.item), Integer | Decimal);
    let equals = |asked: &String| match (number(stored), number(asked)) {
        (stored, Some(asked)) if is_number => stored == Some(asked),
        _ => stored == asked,
    };
    let first = &filter.values[0];
    let order = || match is_number {
        true => number(stored).map(|it| it.cmp(&number(first).unwrap())),
        false => (!stored.is_empty()).then(|| stored.cmp(first)),
    };
    match filter.op {
        Op::Eq | Op::In => filter.values.iter().any(equals),
        Op::Ne => !equals(first),
        Op::Lt => order() == Some(Ordering::Less),
        Op::Le => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Op::Gt => order() == Some(Ordering::Greater),
        Op::Ge => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Op::Contains => stored.to_ascii_lowercase().contains(&first.to_ascii_lowercase()),
    }
}

fn has_text(row: &Row, text: &str) -> bool {
    let has = |word: &str| row[1..].iter().any(|it| it.to_ascii_lowercase().contains(word));
    text.to_ascii_lowercase().split_whitespace().all(has)
}

/// `None` behind everything, whichever way the rest is ordered.
fn last<T: Ord>(a: Option<T>, b: Option<T>, is_descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if is_descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn compare(a: &Row, b: &Row, sort: &[(String, bool)]) -> Ordering {
    for (item, is_descending) in sort {
        let (a, b) = (value(a, item), value(b, item));
        let numbers = match kind(item) {
            Integer | Decimal => last(number(a), number(b), *is_descending),
            _ => Ordering::Equal,
        };
        let filled = |it: &'_ str| (!it.is_empty()).then(|| it.to_owned());
        match numbers.then_with(|| last(filled(a), filled(b), *is_descending)) {
            Ordering::Equal => {}
            other => return other,
        }
    }
    a[0].cmp(&b[0])
}

fn expected(all: &[Row], browse: &Browse) -> Vec<Vec<Option<String>>> {
    let matches = |row: &&Row| {
        browse.filters.iter().all(|it| holds(row, it))
            && browse.text.as_deref().is_none_or(|it| has_text(row, it))
    };
    let mut rows: Vec<&Row> = all.iter().filter(matches).collect();
    rows.sort_by(|a, b| compare(a, b, &browse.sort));
    let answer = |row: &&Row| {
        let values = ITEMS.iter().map(|it| value(row, it.0)).chain([row[0].as_str()]);
        values.map(|it| (!it.is_empty()).then(|| it.to_owned())).collect()
    };
    rows.iter().map(answer).collect()
}

/// Asks that differ in everything an ask can differ in.
fn asks(entry: &str) -> Vec<Browse> {
    let mut asks = vec![browse(entry)];
    let all: [(&str, &[&str]); 6] = [
        (ITEMS[0].0, &NAMES[1..]),
        (COUNT, &["7", "10.0", "-3", "12345678901234567890", "8"]),
        ("金额", &["1.5", "0", "-0.05", "99.99"]),
        ("日期", &["2024-01-31", "1990", "2024"]),
        ("时间", &["2024-01-31 08:00:00", "2024-02-01 00:00:00"]),
        ("后加", &["x"]),
    ];
    for (item, values) in all {
        for op in [
            Op::Eq,
            Op::In,
            Op::Ne,
            Op::Lt,
            Op::Le,
            Op::Gt,
            Op::Ge,
            Op::Contains,
        ] {
            for value in values {
                let mut ask = browse(entry);
                ask.filters = vec![filter(item, op, &[value])];
                asks.push(ask);
            }
        }
        let mut ask = browse(entry);
        ask.filters = vec![filter(item, Op::In, values), filter("名称", Op::Contains, &["A"])];
        asks.push(ask);
    }
    for (op, value) in [
        (Op::Eq, ""),
        (Op::Ne, ""),
        (Op::Eq, "10-19"),
        (Op::Ne, "10-19"),
        (Op::Contains, "-"),
    ] {
        let mut ask = browse(entry);
        ask.filters = vec![filter(COUNT, op, &[value])];
        asks.push(ask);
    }
    asks.extend(in_words(entry));
    asks.extend(in_order(entry));
    asks
}

fn in_words(entry: &str) -> Vec<Browse> {
    let mut asks = Vec::new();
    for text in [
        "abc",
        "ABC 😀",
        "%",
        "_a",
        "\\",
        "永州市 2024",
        "' OR 1=1",
        "没有的字",
        "  ",
    ] {
        let mut ask = browse(entry);
        ask.text = Some(text.to_owned());
        asks.push(ask);
    }
    asks
}

fn in_order(entry: &str) -> Vec<Browse> {
    let mut asks = Vec::new();
    let sorts: [&[(&str, bool)]; 8] = [
        &[("名称", false)],
        &[(COUNT, false)],
        &[(COUNT, true), ("名称", true)],
        &[("金额", true)],
        &[("日期", true), ("金额", false), ("时间", true)],
        &[("后加", false), ("时间", false)],
        &[("_id", true)],
        &[("日期", false), ("_id", true), ("名称", false)],
    ];
    for sort in sorts {
        for filtered in [false, true] {
            let mut ask = browse(entry);
            ask.sort = sort.iter().map(|it| (it.0.to_owned(), it.1)).collect();
            if filtered {
                ask.filters = vec![filter("金额", Op::Ge, &["0"])];
                ask.text = Some("a".to_owned());
            }
            asks.push(ask);
        }
    }
    asks
}

#[tokio::test]
async fn every_ask_is_answered_as_a_plain_reading_of_the_rows_would() {
    on_both(async |bench: &Bench| {
        let (rows, all) = loaded(bench, "open-e1", 180).await;
        for ask in asks("open-e1") {
            let about = format!("{} {:?} {:?} {:?}", bench.name(), ask.filters, ask.text, ask.sort);
            let wanted = expected(&all, &ask);
            let read = rows.browse(ask.clone()).await.unwrap();
            assert_eq!(read.rows, wanted, "{about}");
            assert_eq!(read.next, None, "{about}");
            assert_eq!(
                rows.count_where(ask).await.unwrap(),
                wanted.len() as u64,
                "{about}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_by_cursor_and_by_offset() {
    on_both(async |bench: &Bench| {
        let (rows, all) = loaded(bench, "open-e2", 100).await;
        for mut ask in asks("open-e2")
            .into_iter()
            .filter(|it| !it.sort.is_empty() || it.text.is_none())
        {
            if !ask.sort.is_empty() || ask.filters.is_empty() {
                let about = format!("{} {:?}", bench.name(), ask.sort);
                let wanted = expected(&all, &ask);
                ask.limit = 7;
                let (mut by_cursor, mut by_offset) = (Vec::new(), Vec::new());
                loop {
                    let page = rows.browse(ask.clone()).await.unwrap();
                    by_cursor.extend(page.rows);
                    ask.after = page.next;
                    if ask.after.is_none() {
                        break;
                    }
                }
                assert_eq!(by_cursor, wanted, "{about}");
                while by_offset.len() < wanted.len() {
                    ask.offset = by_offset.len() as u64;
                    by_offset.extend(rows.browse(ask.clone()).await.unwrap().rows);
                }
                assert_eq!(by_offset, wanted, "{about}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_of_two_items_pages_through_its_empty_values() {
    on_both(async |bench: &Bench| {
        let rows = bench.rows().await;
        let shape = rows_common::shape("open-two");
        let mut all: Vec<Row> = (0..40u32)
            .map(|n| {
                let district = if n % 4 == 0 {
                    String::new()
                } else {
                    format!("{:02}", n % 4)
                };
                vec![
                    district,
                    format!("{n:03}"),
                    "男".to_owned(),
                    "t".to_owned(),
                    String::new(),
                ]
            })
            .collect();
        all.sort();
        rows.replace(&shape, 1, all.clone().into_iter()).await.unwrap();
        for is_descending in [false, true] {
            let mut ask = browse("open-two");
            (ask.items, ask.pick, ask.limit) = (Vec::new(), vec!["number".to_owned()], 6);
            ask.sort = vec![("district".to_owned(), is_descending)];
            let mut read = Vec::new();
            loop {
                let page = rows.browse(ask.clone()).await.unwrap();
                read.extend(page.rows.into_iter().map(|it| it[0].clone().unwrap()));
                ask.after = page.next;
                if ask.after.is_none() {
                    break;
                }
            }
            let mut wanted = all.clone();
            let filled = |it: &Row| (!it[0].is_empty()).then(|| it[0].clone());
            wanted.sort_by(|a, b| last(filled(a), filled(b), is_descending).then_with(|| a.cmp(b)));
            let wanted: Vec<String> = wanted.into_iter().map(|mut it| it.remove(1)).collect();
            assert_eq!(read, wanted, "{}", bench.name());
            let mut ask = browse("open-two");
            (ask.items, ask.pick) = (Vec::new(), Vec::new());
            ask.filters = vec![filter("district", Op::Eq, &[""])];
            assert_eq!(rows.count_where(ask).await.unwrap(), 10);
        }
    })
    .await;
}

#[tokio::test]
async fn days_are_found_however_they_are_written_and_have_all_their_times() {
    on_both(async |bench: &Bench| {
        let (rows, all) = loaded(bench, "open-e3", 100).await;
        let count = async |item: &str, op, value: &str| {
            let mut ask = browse("open-e3");
            ask.filters = vec![filter(item, op, &[value])];
            rows.count_where(ask).await.unwrap()
        };
        let on = |at: usize, day: &str| all.iter().filter(|it| it[at].starts_with(day)).count() as u64;
        assert_eq!(count("日期", Op::Eq, "20240131").await, on(4, "2024-01-31"));
        assert_eq!(
            count("时间", Op::Eq, "2024-01-31T08:00").await,
            on(5, "2024-01-31 08")
        );
        assert_eq!(count("时间", Op::Le, "2024-01-31").await, on(5, "2024-01-31"));
        assert_eq!(count("时间", Op::Gt, "20240131").await, on(5, "2024-02-01"));
    })
    .await;
}

#[tokio::test]
async fn a_yes_is_found_however_it_is_written() {
    on_both(async |bench: &Bench| {
        let rows = bench.rows().await;
        let shape = Shape::new(&EntryId::from("open-yes"), vec![column("_id"), column("在用")]);
        let row = |n: usize| vec![format!("{n:09}"), ["1", "0", ""][n % 3].to_owned()];
        let all: Vec<Row> = (0..9).map(row).collect();
        rows.replace(&shape, 1, all.into_iter()).await.unwrap();
        for (value, op, wanted) in [("true", Op::Eq, 3), ("是", Op::Ne, 6), ("也许", Op::Eq, 0)] {
            let ask = Browse {
                items: vec![("在用".to_owned(), ItemType::Boolean)],
                pick: Vec::new(),
                filters: vec![filter("在用", op, &[value])],
                ..browse("open-yes")
            };
            assert_eq!(rows.count_where(ask).await.unwrap(), wanted, "{value} {op:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_ask_that_makes_no_sense_is_refused_before_it_is_run() {
    on_both(async |bench: &Bench| {
        let (rows, _) = loaded(bench, "open-e4", 10).await;
        let refused = async |change: &dyn Fn(&mut Browse)| {
            let mut ask = browse("open-e4");
            change(&mut ask);
            rows.browse(ask).await.unwrap_err()
        };
        for (op, value) in [
            (Op::Gt, "多"),
            (Op::Le, ""),
            (Op::Eq, "a\0b"),
            (Op::Contains, "\0"),
        ] {
            let error = refused(&|it| it.filters = vec![filter(COUNT, op, &[value])]).await;
            assert!(matches!(error, RowsError::BadValue(_)), "{op:?}: {error}");
            assert!(error.words().contains("查询值"));
        }
        for values in [&[] as &[&str], &["1", "2"]] {
            let error = refused(&|it| it.filters = vec![filter(COUNT, Op::Eq, values)]).await;
            assert!(matches!(error, RowsError::BadValue(_)), "{error}");
        }
        let error = refused(&|it| it.text = Some("\0".to_owned())).await;
        assert!(matches!(error, RowsError::BadValue(_)), "{error}");
        for name in ["c0", "没有", "名称 "] {
            let error = refused(&|it| it.filters = vec![filter(name, Op::Eq, &["1"])]).await;
            assert!(matches!(error, RowsError::UnknownItem(_)), "{error}");
            let error = refused(&|it| it.sort = vec![(name.to_owned(), true)]).await;
            assert!(matches!(error, RowsError::UnknownItem(_)), "{error}");
            let error = refused(&|it| it.pick = vec![name.to_owned()]).await;
            assert!(matches!(error, RowsError::UnknownItem(_)), "{error}");
        }
        let many = vec!["1"; VALUES_MAX + 1];
        let error = refused(&|it| it.filters = vec![filter(COUNT, Op::In, &many)]).await;
        assert!(matches!(error, RowsError::TooManyConditions), "{error}");
        let error = refused(&|it| it.sort = vec![("名称".to_owned(), true); SORT_MAX + 1]).await;
        assert!(matches!(error, RowsError::TooManyConditions), "{error}");
        let error = refused(&|it| it.version = 2).await;
        assert!(matches!(error, RowsError::NoVersion(2)), "{error}");
    })
    .await;
}

#[tokio::test]
async fn as_many_values_as_are_allowed_are_looked_for() {
    on_both(async |bench: &Bench| {
        let (rows, _) = loaded(bench, "open-e5", 30).await;
        let mut ask = browse("open-e5");
        let many: Vec<String> = (0..VALUES_MAX).map(|n| format!("{n:09}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        ask.filters = vec![filter("_id", Op::In, &many)];
        assert_eq!(rows.count_where(ask.clone()).await.unwrap(), 30);
        ask.filters = vec![filter("名称", Op::In, &[])];
        assert_eq!(rows.count_where(ask).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_belongs_to_its_version_and_its_order_and_shows_no_value() {
    on_both(async |bench: &Bench| {
        let (rows, all) = loaded(bench, "open-e6", 30).await;
        rows.replace(&shape("open-e6"), 2, all.into_iter()).await.unwrap();
        let mut ask = browse("open-e6");
        (ask.limit, ask.sort) = (5, vec![("名称".to_owned(), true)]);
        let next = rows.browse(ask.clone()).await.unwrap().next.unwrap();
        assert!(
            next.len() < 40
                && next
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        );
        ask.after = Some(next.clone());
        assert_eq!(rows.browse(ask.clone()).await.unwrap().rows.len(), 5);
        let mut others = vec![ask.clone(), ask.clone(), ask.clone()];
        others[0].version = 2;
        others[1].sort[0].1 = false;
        others[2].sort.clear();
        for text in [
            "",
            ".",
            "x.y",
            &next[..next.len() - 3],
            &format!("{next}A"),
            "' OR 1=1",
        ] {
            let mut other = ask.clone();
            other.after = Some(text.to_owned());
            others.push(other);
        }
        for other in others {
            let error = rows.browse(other.clone()).await.unwrap_err();
            assert!(
                matches!(error, RowsError::BadCursor),
                "{:?}: {error}",
                other.after
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_given_up_and_the_next_one_has_its_own_time() {
    on_both(async |bench: &Bench| {
        let (rows, all) = loaded(bench, "open-e7", 40_000).await;
        let mut ask = browse("open-e7");
        ask.text = Some("a b c d e f g h".to_owned());
        ask.sort = vec![(COUNT.to_owned(), true), ("名称".to_owned(), false)];
        let patient = ask.clone();
        ask.patience = Duration::ZERO;
        for _ in 0..2 {
            let error = rows.browse(ask.clone()).await.unwrap_err();
            assert!(
                matches!(error, RowsError::TookTooLong),
                "{}: {error}",
                bench.name()
            );
            let error = rows.count_where(ask.clone()).await.unwrap_err();
            assert!(
                matches!(error, RowsError::TookTooLong),
                "{}: {error}",
                bench.name()
            );
        }
        let wanted = all.iter().filter(|it| has_text(it, "a b c d e f g h")).count() as u64;
        assert_eq!(rows.count_where(patient.clone()).await.unwrap(), wanted);
        assert!(rows.browse(patient).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn many_who_look_at_once_are_all_answered_in_turn() {
    on_both(async |bench: &Bench| {
        let (rows, _) = loaded(bench, "open-e8", 200).await;
        let mut ask = browse("open-e8");
        ask.filters = vec![filter("金额", Op::Gt, &["0"])];
        let looks = (0..64).map(|_| {
            tokio::spawn({
                let (rows, ask) = (rows.clone(), ask.clone());
                async move { (rows.count_where(ask.clone()).await, rows.browse(ask).await) }
            })
        });
        for look in looks.collect::<Vec<_>>() {
            let (count, page) = look.await.unwrap();
            assert_eq!(
                count.unwrap(),
                page.unwrap().rows.len() as u64,
                "{}",
                bench.name()
            );
        }
    })
    .await;
}
