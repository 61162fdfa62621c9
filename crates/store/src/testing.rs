//! Fresh databases for tests, on both real engines.
//!
//! SQLite needs nothing. For PostgreSQL set `YISHU_TEST_POSTGRES` to the address of a server on which
//! the tests may make databases; without it they start a private server of their own, which needs the
//! PostgreSQL programs of the system. A test that finds neither fails, and says what to install.

mod server;

use std::{cell::RefCell, path::Path};

use sqlx::{AssertSqlSafe, Connection, Executor, postgres::PgConnection};
use tempfile::TempDir;

use crate::{Config, Engine, Store, StoreError};

/// An empty data directory and an empty database, both removed when this is dropped.
#[derive(Debug)]
pub struct Fresh {
    /// What to open; every node of a test's city opens the same.
    pub config: Config,
    dir: TempDir,
    /// The server's address and the database's name, on PostgreSQL.
    database: Option<(String, String)>,
}

impl Fresh {
    /// Makes one for an engine.
    pub async fn on(engine: Engine) -> Fresh {
        let dir = tempfile::Builder::new()
            .prefix("yishu-test-")
            .tempdir()
            .expect("a temporary directory");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(make_database().await),
        };
        let url = database
            .as_ref()
            .map(|(server, name)| with_database(server, name));
        let config = Config {
            database: url,
            data_dir: dir.path().join("data"),
        };
        Fresh {
            config,
            dir,
            database,
        }
    }

    /// Makes one for each engine: a behaviour test runs on both.
    pub async fn on_both() -> [Fresh; 2] {
        [Fresh::on(Engine::Sqlite).await, Fresh::on(Engine::Postgres).await]
    }

    /// Opens the records.
    pub async fn store(&self) -> Store {
        Store::open(&self.config).await.expect("a fresh database opens")
    }

    /// Cuts every connection to the database, as a server that restarts does. On PostgreSQL only.
    pub async fn cut_connections(&self) {
        let (server, name) = self.database.as_ref().expect("a server to be cut off from");
        let mut connection = PgConnection::connect(server).await.expect("the server answers");
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(cut)
            .bind(name)
            .execute(&mut connection)
            .await
            .expect("the tests may cut connections");
    }

    /// A directory for the test's own files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some((server, name)) = self.database.take() else {
            return;
        };
        // Dropping cannot wait, and the test's runtime may be gone: a thread of its own can.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await?;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection.execute(AssertSqlSafe(drop)).await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            })
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("a test database was left behind: {error}");
        }
    }
}

tokio::task_local! {
    static READ: RefCell<Vec<&'static str>>;
}

/// Does `work` and tells which statements it read with, in order: whether two answers cost the same.
pub async fn statements_of<T>(work: impl Future<Output = T>) -> (T, Vec<&'static str>) {
    let read = async {
        let done = work.await;
        (done, READ.with(RefCell::take))
    };
    READ.scope(RefCell::default(), read).await
}

pub(crate) fn note(sql: &'static str) {
    // Nobody may be asking.
    let _ = READ.try_with(|it| it.borrow_mut().push(sql));
}

impl Store {
    /// Runs a statement behind the store's back and without an event, as a fault would.
    pub async fn tamper(&self, sql: &'static str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(sql).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Tries to write over a connection for reading; the engine is to refuse.
    pub async fn try_to_write_by_reading(&self) -> Result<(), StoreError> {
        let mut reads = self.read();
        crate::sql::sealed::Fetch::all(&mut reads, "DELETE FROM counters", Default::default()).await?;
        Ok(())
    }
}

/// Makes a database of its own name; returns the server's address and that name.
async fn make_database() -> (String, String) {
    let server = tokio::task::spawn_blocking(server::address)
        .await
        .expect("the server starts");
    let name = format!("yishu_test_{:016x}", rand::random::<u64>());
    let mut connection = PgConnection::connect(&server)
        .await
        .unwrap_or_else(|error| panic!("no PostgreSQL answers at {server}: {error}"));
    let make = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
    connection
        .execute(AssertSqlSafe(make))
        .await
        .unwrap_or_else(|error| panic!("the server at {server} lets the tests make no database: {error}"));
    connection.close().await.expect("the connection closes");
    (server, name)
}

/// The address of another database on the same server.
fn with_database(server: &str, name: &str) -> String {
    let (place, options) = server
        .split_once('?')
        .map_or((server, ""), |(place, options)| (place, options));
    let host_start = place.find("://").map_or(0, |it| it + 3);
    let host_end = place[host_start..]
        .find('/')
        .map_or(place.len(), |it| host_start + it);
    let query = if options.is_empty() {
        String::new()
    } else {
        format!("?{options}")
    };
    format!("{}/{name}{query}", &place[..host_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_an_address_is_replaced() {
        let cases = [
            ("postgres://u:p@h:5432/postgres", "postgres://u:p@h:5432/x"),
            ("postgres://u@h", "postgres://u@h/x"),
            (
                "postgres://u@localhost/postgres?host=/tmp/run",
                "postgres://u@localhost/x?host=/tmp/run",
            ),
        ];
        for (server, expected) in cases {
            assert_eq!(with_database(server, "x"), expected);
        }
    }
}
