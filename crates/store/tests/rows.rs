//! The row store, on both engines: what is delivered is what is read, in one order.

use rules::ids::EntryId;
use store::rows::{Answer, Column, RowsError, Shape};

mod rows_common;
use rows_common::{Bench, TOWNS, on_both, pick, shape, sorted};

/// The answer that a delivered row should give when all items are picked.
fn expected(row: &[String]) -> Answer {
    let value = |it: &String| (!it.is_empty()).then(|| it.clone());
    row.iter()
        .map(value)
        .chain([value(&row[0]), value(&row[1])])
        .collect()
}

fn equals(item: &str, value: &str) -> (String, String) {
    (item.to_owned(), value.to_owned())
}

fn any_of(item: &str, values: &[&str]) -> (String, Vec<String>) {
    (
        item.to_owned(),
        values.iter().map(|it| (*it).to_owned()).collect(),
    )
}

#[tokio::test]
async fn what_was_delivered_is_what_is_read() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e1"));
        let delivered = sorted(0..1000);
        assert_eq!(
            rows.replace(&shape, 1, delivered.clone().into_iter())
                .await
                .unwrap(),
            1000
        );
        assert_eq!(rows.count(&shape, 1).await.unwrap(), 1000);
        let read = rows.query(&pick(&shape, 1)).await.unwrap();
        let wanted: Vec<Answer> = delivered.iter().map(|it| expected(it)).collect();
        assert_eq!(read, wanted, "{}", bench.name());
    })
    .await;
}

#[tokio::test]
async fn an_empty_delivery_leaves_an_entry_without_rows() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e2"));
        assert_eq!(rows.replace(&shape, 1, Vec::new().into_iter()).await.unwrap(), 0);
        assert_eq!(rows.count(&shape, 1).await.unwrap(), 0);
        assert!(rows.query(&pick(&shape, 1)).await.unwrap().is_empty());
        assert!(rows.stream(pick(&shape, 1)).next().await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_reader_has_the_old_version_until_the_switch_and_is_told_when_it_is_gone() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e3"));
        rows.replace(&shape, 1, sorted(0..10).into_iter()).await.unwrap();
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 10);
        rows.replace(&shape, 2, sorted(0..20).into_iter()).await.unwrap();
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 10);
        assert_eq!(rows.query(&pick(&shape, 2)).await.unwrap().len(), 20);
        rows.retire(shape.entry(), 2).await.unwrap();
        assert!(matches!(
            rows.query(&pick(&shape, 1)).await,
            Err(RowsError::NoVersion(1))
        ));
        assert!(matches!(
            rows.count(&shape, 1).await,
            Err(RowsError::NoVersion(1))
        ));
        assert_eq!(rows.query(&pick(&shape, 2)).await.unwrap().len(), 20);
        rows.retire(shape.entry(), 2).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_export_under_way_ends_whole_though_its_version_is_retired() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e4"));
        rows.replace(&shape, 1, sorted(0..20_000).into_iter())
            .await
            .unwrap();
        let mut chunks = rows.stream(pick(&shape, 1));
        let mut count = chunks.next().await.unwrap().unwrap().len();
        rows.replace(&shape, 2, sorted(0..5).into_iter()).await.unwrap();
        rows.retire(shape.entry(), 2).await.unwrap();
        while let Some(chunk) = chunks.next().await.unwrap() {
            count += chunk.len();
        }
        assert_eq!(count, 20_000);
        // Where the export kept the rows from being removed, the next time does it.
        rows.retire(shape.entry(), 2).await.unwrap();
        assert!(matches!(
            rows.query(&pick(&shape, 1)).await,
            Err(RowsError::NoVersion(1))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_version_that_was_never_switched_to_can_be_built_again() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e5"));
        rows.replace(&shape, 1, sorted(0..30).into_iter()).await.unwrap();
        rows.query(&pick(&shape, 1)).await.unwrap();
        let rows = bench.rows().await;
        rows.replace(&shape, 1, sorted(5..12).into_iter()).await.unwrap();
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 7);
        assert_eq!(rows.count(&shape, 1).await.unwrap(), 7);
    })
    .await;
}

#[tokio::test]
async fn a_merge_replaces_by_key_and_the_same_batch_changes_nothing_twice() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e6"));
        rows.replace(&shape, 1, sorted(0..100).into_iter()).await.unwrap();
        // A reader that has been there before must see the merge.
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 100);
        let mut changed = sorted(90..110);
        for row in &mut changed {
            row[4] = "改".to_owned();
        }
        let merged = rows
            .merge(&shape, 1, "b-1", changed.clone().into_iter())
            .await
            .unwrap();
        assert_eq!(merged, 110);
        let after = rows.query(&pick(&shape, 1)).await.unwrap();
        assert_eq!(after.len(), 110);
        assert_eq!(
            after.iter().filter(|it| it[4].as_deref() == Some("改")).count(),
            20
        );

        // The same batch again, with other rows even: it was loaded, and is not loaded twice.
        assert_eq!(
            rows.merge(&shape, 1, "b-1", sorted(0..500).into_iter())
                .await
                .unwrap(),
            110
        );
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap(), after);
        assert_eq!(
            rows.merge(&shape, 1, "b-2", changed.into_iter()).await.unwrap(),
            110
        );
        assert_eq!(rows.count(&shape, 1).await.unwrap(), 110);
    })
    .await;
}

#[tokio::test]
async fn a_merge_into_no_version_or_under_other_items_is_refused() {
    on_both(async |bench: &Bench| {
        let (rows, full) = (bench.rows().await, shape("e7"));
        let merged = rows.merge(&full, 1, "b", sorted(0..3).into_iter()).await;
        assert!(matches!(merged, Err(RowsError::NoVersion(1))));
        rows.replace(&full, 1, sorted(0..3).into_iter()).await.unwrap();
        let mut columns = full.columns().to_vec();
        columns.pop();
        let fewer = Shape::new(full.entry(), columns.clone());
        let merged = rows.merge(&fewer, 1, "b", sorted(0..3).into_iter()).await;
        assert!(matches!(merged, Err(RowsError::ShapeChanged)));
        columns.push(Column {
            name: "other".to_owned(),
            is_key: false,
            is_condition: false,
        });
        let other = Shape::new(full.entry(), columns);
        let merged = rows.merge(&other, 1, "b", sorted(0..3).into_iter()).await;
        assert!(matches!(merged, Err(RowsError::ShapeChanged)));
        // A refused merge leaves its batch free to be sent again.
        assert_eq!(
            rows.merge(&full, 1, "b", sorted(0..5).into_iter()).await.unwrap(),
            5
        );
    })
    .await;
}

#[tokio::test]
async fn items_keep_their_values_when_the_entry_is_revised_after_the_delivery() {
    on_both(async |bench: &Bench| {
        let (rows, delivered) = (bench.rows().await, shape("e8"));
        rows.replace(&delivered, 1, sorted(0..20).into_iter())
            .await
            .unwrap();
        let mut columns = delivered.columns().to_vec();
        columns.reverse();
        columns.insert(
            2,
            Column {
                name: "new".to_owned(),
                is_key: false,
                is_condition: true,
            },
        );
        let revised = Shape::new(delivered.entry(), columns);
        let mut one = pick(&revised, 1);
        one.equals = vec![equals("number", "000004"), equals("district", "04")];
        let read = rows.query(&one.clone()).await.unwrap();
        let text = |it: &str| Some(it.to_owned());
        let note = text(&sorted(4..5)[0][4]);
        let wanted = [
            note,
            text(TOWNS[0]),
            None,
            text("男"),
            text("000004"),
            text("04"),
            text("04"),
            text("000004"),
        ];
        assert_eq!(read, [wanted], "{}", bench.name());
        one.equals.push(equals("new", ""));
        assert!(rows.query(&one).await.unwrap().is_empty());
        // A merge under the same items in another order still finds their columns.
        let mut columns = delivered.columns().to_vec();
        columns.swap(2, 4);
        let swapped = Shape::new(delivered.entry(), columns);
        let moved: Vec<String> = ["00", "000000", "换了", "沱江镇", "女"].map(str::to_owned).into();
        rows.merge(&swapped, 1, "b", vec![moved].into_iter())
            .await
            .unwrap();
        let mut one = pick(&delivered, 1);
        one.equals = vec![equals("number", "000000"), equals("district", "00")];
        let read = rows.query(&one).await.unwrap();
        assert_eq!(read[0][2].as_deref(), Some("女"));
        assert_eq!(read[0][4].as_deref(), Some("换了"));
    })
    .await;
}

#[tokio::test]
async fn paging_by_key_visits_every_row_once() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e9"));
        let delivered = sorted(0..503);
        rows.replace(&shape, 1, delivered.clone().into_iter())
            .await
            .unwrap();
        let filters: [&[(&str, &[&str])]; 4] = [
            &[],
            &[("town", &["沱江镇", "白水镇", "白水镇", "无此镇"])],
            &[
                ("town", &["沱江镇"]),
                ("gender", &["男", "女"]),
                ("district", &["01", "03", "05"]),
            ],
            &[("town", &[])],
        ];
        for filter in filters {
            let holds = |row: &Vec<String>| {
                filter.iter().all(|(item, values)| {
                    let i = shape.columns().iter().position(|it| it.name == *item).unwrap();
                    values.contains(&row[i].as_str())
                })
            };
            let wanted: Vec<Answer> = delivered
                .iter()
                .filter(|it| holds(it))
                .map(|it| expected(it))
                .collect();
            let mut page = pick(&shape, 1);
            page.any_of = filter.iter().map(|(item, values)| any_of(item, values)).collect();
            page.limit = 17;
            let mut seen = Vec::new();
            loop {
                let read = rows.query(&page.clone()).await.unwrap();
                let Some(last) = read.last() else { break };
                page.after_key = Some(last[5..].iter().map(|it| it.clone().unwrap()).collect());
                assert!(read.len() <= 17);
                seen.extend(read);
            }
            assert_eq!(seen, wanted, "{} {filter:?}", bench.name());
            // The export of the same pick is the same rows, whatever the limit.
            page.after_key = None;
            let mut exported = Vec::new();
            let count = rows.export(page, |chunk| exported.extend(chunk)).await.unwrap();
            assert_eq!(exported, wanted);
            assert_eq!(count, wanted.len() as u64);
        }
    })
    .await;
}

#[tokio::test]
async fn too_many_combinations_of_permitted_values_are_still_answered_in_order() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e10"));
        rows.replace(&shape, 1, sorted(0..300).into_iter()).await.unwrap();
        let numbers: Vec<String> = (0..200).map(|n| format!("{n:06}")).collect();
        let mut page = pick(&shape, 1);
        page.any_of = [("number".to_owned(), numbers), any_of("gender", &["女"])].into();
        page.limit = 40;
        let read = rows.query(&page).await.unwrap();
        let wanted: Vec<Answer> = sorted(0..200)
            .iter()
            .filter(|it| it[2] == "女")
            .take(40)
            .map(|it| expected(it))
            .collect();
        assert_eq!(read, wanted, "{}", bench.name());
    })
    .await;
}

#[tokio::test]
async fn rows_are_found_by_key_and_by_declared_condition_only() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e11"));
        let delivered = sorted(0..200);
        rows.replace(&shape, 1, delivered.clone().into_iter())
            .await
            .unwrap();
        let find = async |filters: &[(&str, &str)]| {
            let mut wish = pick(&shape, 1);
            wish.items = ["note".to_owned(), "number".to_owned()].into();
            wish.equals = filters.iter().map(|(item, value)| equals(item, value)).collect();
            rows.query(&wish).await
        };
        let one = find(&[("district", "05"), ("number", "000005")]).await.unwrap();
        let key = [Some("05".to_owned()), Some("000005".to_owned())];
        assert_eq!(
            one,
            vec![vec![
                Some("aaaaa".to_owned()),
                key[1].clone(),
                key[0].clone(),
                key[1].clone()
            ]]
        );
        assert_eq!(find(&[("number", "000005")]).await.unwrap(), one);
        assert!(
            find(&[("district", "04"), ("number", "000005")])
                .await
                .unwrap()
                .is_empty()
        );
        let women = find(&[("gender", "女"), ("town", TOWNS[3])]).await.unwrap();
        assert_eq!(
            women.len(),
            delivered
                .iter()
                .filter(|it| it[2] == "女" && it[3] == TOWNS[3])
                .count()
        );
        assert!(
            find(&[("gender", "女"), ("gender", "男")])
                .await
                .unwrap()
                .is_empty()
        );
        assert!(find(&[("town", "' OR '1'='1")]).await.unwrap().is_empty());
        assert!(matches!(find(&[("note", "x")]).await, Err(RowsError::NotACondition(it)) if it == "note"));
        assert!(matches!(find(&[("c0", "x")]).await, Err(RowsError::UnknownItem(it)) if it == "c0"));
        let mut bad = pick(&shape, 1);
        bad.after_key = Some(vec!["one".to_owned()]);
        assert!(matches!(rows.query(&bad).await, Err(RowsError::BadCursor)));
    })
    .await;
}

#[tokio::test]
async fn both_engines_answer_in_the_same_order_whatever_the_characters() {
    let keys = [
        "", " ", "!", "0", "00", "10", "9", "A", "B", "Z", "_", "a", "b", "z", "é", "一", "丁", "龘", "𠮷",
        "！",
    ];
    let only_key = vec![Column {
        name: "k".to_owned(),
        is_key: true,
        is_condition: false,
    }];
    let shape = Shape::new(&EntryId::from("order"), only_key);
    on_both(async |bench: &Bench| {
        let rows = bench.rows().await;
        let mut delivered: Vec<Vec<String>> = keys.iter().map(|it| vec![(*it).to_owned()]).collect();
        delivered.sort();
        rows.replace(&shape, 1, delivered.clone().into_iter())
            .await
            .unwrap();
        let read = rows.query(&pick(&shape, 1)).await.unwrap();
        let read: Vec<&str> = read.iter().map(|it| it[0].as_deref().unwrap_or("")).collect();
        let mut wanted = keys.to_vec();
        wanted.sort_unstable();
        assert_eq!(read, wanted, "{}", bench.name());
        // A table of nothing but its key is merged into as well.
        let more = vec![vec!["a".to_owned()], vec!["c".to_owned()]];
        assert_eq!(
            rows.merge(&shape, 1, "b", more.into_iter()).await.unwrap(),
            keys.len() as u64 + 1
        );
    })
    .await;
}

#[tokio::test]
async fn a_condition_with_values_too_long_to_index_is_loaded_and_found() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e14"));
        // Nothing that compresses: an index would take a repeated text.
        let long: String = (0..4000u32)
            .map(|n| char::from_u32(0x4e00 + n * 7919 % 20_000).unwrap())
            .collect();
        let mut delivered = sorted(0..10);
        delivered[3][3] = long.clone();
        rows.replace(&shape, 1, delivered.clone().into_iter())
            .await
            .unwrap();
        let mut wish = pick(&shape, 1);
        wish.equals = vec![equals("town", &long)];
        assert_eq!(
            rows.query(&wish).await.unwrap(),
            [expected(&delivered[3])],
            "{}",
            bench.name()
        );
    })
    .await;
}
