//! Runs a test of the row store on both engines, with rows that are made up.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::Arc,
};

use rules::ids::EntryId;
use store::{
    rows::{Column, Pick, Rows, Shape},
    testing::Fresh,
};

/// Key: district and number; conditions: gender and town; the note is neither.
pub fn shape(entry: &str) -> Shape {
    let column = |name: &str, is_key, is_condition| Column {
        name: name.to_owned(),
        is_key,
        is_condition,
    };
    Shape::new(
        &EntryId::from(entry),
        vec![
            column("district", true, true),
            column("number", true, false),
            column("gender", false, true),
            column("town", false, true),
            column("note", false, false),
        ],
    )
}

/// Towns, one of which tries to be SQL.
pub const TOWNS: [&str; 4] = ["白水镇", "梅湾街道", "沱江镇", "it's \"a\" \\ town"];

/// Row `n` of a synthetic table; one note in three is empty, one has what COPY must escape.
pub fn row(n: u32) -> Vec<String> {
    let note = match n % 3 {
        0 => String::new(),
        1 => format!("第{n}号\t\"备注\"\n次行\\N"),
        _ => "a".repeat((n % 90) as usize),
    };
    vec![
        format!("{:02}", n % 7),
        format!("{n:06}"),
        if n.is_multiple_of(2) { "男" } else { "女" }.to_owned(),
        TOWNS[(n % 4) as usize].to_owned(),
        note,
    ]
}

/// Rows by their numbers, in the order of their keys.
pub fn sorted(numbers: impl Iterator<Item = u32>) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = numbers.map(row).collect();
    rows.sort();
    rows
}

/// Everything of a version.
pub fn pick(shape: &Shape, version: i64) -> Pick {
    Pick {
        shape: shape.clone(),
        version,
        items: shape.columns().iter().map(|it| it.name.clone()).collect(),
        equals: Vec::new(),
        any_of: Arc::default(),
        after_key: None,
        limit: 10_000,
    }
}

/// Where one run of a test keeps its rows.
pub struct Bench {
    fresh: Fresh,
}

impl Bench {
    /// The engine's name, for messages.
    pub fn name(&self) -> &'static str {
        if self.fresh.config.database.is_some() {
            "postgres"
        } else {
            "sqlite"
        }
    }

    /// The row store, opened anew.
    pub async fn rows(&self) -> Rows {
        Rows::open(&self.fresh.config).await.unwrap()
    }

    /// Starts this test program once more, as the child that loads, and kills it in the middle.
    pub fn kill_in_mid_load(&self, act: &str) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child_that_is_killed_while_it_loads", "--nocapture"])
            .env("YISHU_TEST_KILLED", &self.fresh.config.data_dir)
            .env("YISHU_TEST_KILLED_BY", act)
            .stdout(Stdio::piped());
        if let Some(database) = &self.fresh.config.database {
            command.env("YISHU_TEST_KILLED_IN", database);
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(
            lines.any(|line| line.unwrap().ends_with("loading")),
            "the child ended by itself"
        );
        // SIGKILL: nothing of it runs any more.
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Runs `test` on both engines.
pub async fn on_both(test: impl AsyncFn(&Bench)) {
    for fresh in Fresh::on_both().await {
        test(&Bench { fresh }).await;
    }
}
