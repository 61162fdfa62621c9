//! Runs a test of the row store on SQLite in a fresh directory and on a real PostgreSQL.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use store::{rows::Rows, testing::Fresh};

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
