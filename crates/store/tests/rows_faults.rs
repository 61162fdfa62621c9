//! The row store, on both engines, when things go wrong or happen at once: rows are whole or not there at all.

use std::{io, time::Duration};

use store::{
    Config,
    rows::{RowSource, Rows, RowsError, Values},
};

mod rows_common;
use rows_common::{Bench, on_both, pick, shape, sorted};

/// Rows that fail or take their time after the first few.
struct Interrupted {
    rows: std::vec::IntoIter<Vec<String>>,
    then: fn() -> io::Error,
}

impl RowSource for Interrupted {
    fn next_row(&mut self) -> io::Result<Option<impl Values>> {
        match self.rows.next() {
            Some(row) => Ok(Some(row)),
            None => Err((self.then)()),
        }
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_to_the_end_change_nothing() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e12"));
        rows.replace(&shape, 1, sorted(0..10).into_iter()).await.unwrap();
        let broken = || Interrupted {
            rows: sorted(0..5000).into_iter(),
            then: || io::Error::other("the disk is gone"),
        };
        assert!(matches!(
            rows.replace(&shape, 2, broken()).await,
            Err(RowsError::Source(_))
        ));
        assert!(matches!(
            rows.query(&pick(&shape, 2)).await,
            Err(RowsError::NoVersion(2))
        ));
        assert!(matches!(
            rows.merge(&shape, 1, "b", broken()).await,
            Err(RowsError::Source(_))
        ));
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 10);
        assert_eq!(rows.count(&shape, 1).await.unwrap(), 10);
        assert_eq!(
            rows.merge(&shape, 1, "b", sorted(0..12).into_iter())
                .await
                .unwrap(),
            12
        );
    })
    .await;
}

#[tokio::test]
async fn readers_and_a_merge_do_not_wait_for_each_other() {
    on_both(async |bench: &Bench| {
        let (rows, shape) = (bench.rows().await, shape("e13"));
        rows.replace(&shape, 1, sorted(0..2000).into_iter())
            .await
            .unwrap();
        // An export that nobody takes holds a read open all the while.
        let mut waiting = rows.stream(pick(&shape, 1));
        waiting.next().await.unwrap().unwrap();
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (rows, page) = (rows.clone(), pick(&shape, 1));
                tokio::spawn(async move {
                    for _ in 0..40 {
                        let count = rows.query(&page.clone()).await.unwrap().len();
                        assert_eq!(count % 100, 0, "half a merge was seen");
                    }
                })
            })
            .collect();
        for batch in 0..10 {
            let more = sorted(2000..2000 + (batch + 1) * 100);
            rows.merge(&shape, 1, &format!("b{batch}"), more.into_iter())
                .await
                .unwrap();
        }
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 3000);
    })
    .await;
}

#[tokio::test]
async fn more_entries_than_readers_that_wait_are_read_all_the_same() {
    on_both(async |bench: &Bench| {
        let rows = bench.rows().await;
        let entries = if bench.name() == "sqlite" { 150 } else { 5 };
        for n in 0..entries {
            let shape = shape(&format!("many-{n}"));
            rows.replace(&shape, 1, sorted(0..n + 1).into_iter())
                .await
                .unwrap();
        }
        for _ in 0..2 {
            for n in 0..entries {
                let read = rows.query(&pick(&shape(&format!("many-{n}")), 1)).await.unwrap();
                assert_eq!(read.len(), n as usize + 1);
            }
        }
    })
    .await;
}

/// Run by the next test in a process of its own, which is killed before the rows end.
#[tokio::test]
async fn child_that_is_killed_while_it_loads() {
    let Ok(data_dir) = std::env::var("YISHU_TEST_KILLED") else {
        return;
    };
    let config = Config {
        database: std::env::var("YISHU_TEST_KILLED_IN").ok(),
        data_dir: data_dir.into(),
    };
    let (rows, shape) = (Rows::open(&config).await.unwrap(), shape("killed"));
    let endless = Interrupted {
        rows: sorted(0..20_000).into_iter(),
        then: || {
            println!("loading");
            std::thread::sleep(Duration::from_secs(600));
            io::Error::other("never killed")
        },
    };
    if std::env::var("YISHU_TEST_KILLED_BY").as_deref() == Ok("merge") {
        rows.merge(&shape, 1, "b", endless).await.unwrap();
    } else {
        rows.replace(&shape, 2, endless).await.unwrap();
    }
}

#[tokio::test]
async fn killed_in_mid_load_the_old_rows_are_whole_and_the_load_can_be_done_again() {
    on_both(async |bench: &Bench| {
        let shape = shape("killed");
        bench
            .rows()
            .await
            .replace(&shape, 1, sorted(0..10).into_iter())
            .await
            .unwrap();
        for act in ["replace", "merge"] {
            bench.kill_in_mid_load(act);
            let rows = bench.rows().await;
            assert_eq!(rows.query(&pick(&shape, 1)).await.unwrap().len(), 10, "{act}");
            assert_eq!(rows.count(&shape, 1).await.unwrap(), 10);
            assert!(matches!(
                rows.query(&pick(&shape, 2)).await,
                Err(RowsError::NoVersion(2))
            ));
        }
        let rows = bench.rows().await;
        assert_eq!(
            rows.replace(&shape, 2, sorted(0..15).into_iter()).await.unwrap(),
            15
        );
        assert_eq!(rows.query(&pick(&shape, 2)).await.unwrap().len(), 15);
        assert_eq!(
            rows.merge(&shape, 1, "b", sorted(0..12).into_iter())
                .await
                .unwrap(),
            12
        );
        rows.retire(shape.entry(), 2).await.unwrap();
    })
    .await;
}
