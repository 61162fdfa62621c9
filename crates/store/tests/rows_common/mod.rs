//! Runs a test of the row store on SQLite in a fresh directory and on a real PostgreSQL.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use store::{Config, rows::Rows};

/// Where one run of a test keeps its rows.
pub struct Bench {
    config: Config,
    _dir: tempfile::TempDir,
}

impl Bench {
    /// The engine's name, for messages.
    pub fn name(&self) -> &'static str {
        if self.config.database.is_some() {
            "postgres"
        } else {
            "sqlite"
        }
    }

    /// The row store, opened anew.
    pub async fn rows(&self) -> Rows {
        Rows::open(&self.config).await.unwrap()
    }

    /// Starts this test program once more, as the child that loads, and kills it in the middle.
    pub fn kill_in_mid_load(&self, act: &str) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child_that_is_killed_while_it_loads", "--nocapture"])
            .env("YISHU_TEST_KILLED", &self.config.data_dir)
            .env("YISHU_TEST_KILLED_BY", act)
            .stdout(Stdio::piped());
        if let Some(database) = &self.config.database {
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
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        database: None,
        data_dir: dir.path().to_owned(),
    };
    test(&Bench { config, _dir: dir }).await;
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        database: Some(database().await),
        data_dir: dir.path().to_owned(),
    };
    test(&Bench { config, _dir: dir }).await;
}

async fn database() -> String {
    use sqlx::Executor;
    let url = std::env::var("E_PG").unwrap();
    let name = format!("t{}", rand::random::<u64>());
    let pool = sqlx::PgPool::connect(&format!("{url}/postgres")).await.unwrap();
    pool.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    format!("{url}/{name}")
}
