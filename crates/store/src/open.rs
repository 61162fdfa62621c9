//! Opening the record database, and the two ways in: reads, and one write at a time.

use std::{path::Path, time::Duration};

use sqlx::{
    Any, AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::{Config, Engine, Reads, StoreError, Write, migrate};

/// What every SQLite connection is told first. `FULL` because an acknowledged act is never lost.
const SQLITE_SESSION: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;";

/// What every PostgreSQL connection is told first: a node that hangs in a write gives up its turn.
const POSTGRES_SESSION: &str = "SET lock_timeout = '20s'; SET idle_in_transaction_session_timeout = '60s'; \
    SET statement_timeout = '60s'; SET client_min_messages = 'warning';";

/// A connection for reading cannot write: no change goes round the sealed write.
const SQLITE_READ_ONLY: &str = "PRAGMA query_only = ON;";
const POSTGRES_READ_ONLY: &str = "SET default_transaction_read_only = on;";

/// The records of the city. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: AnyPool,
    /// One connection: whoever holds it is this node's writer, and the others queue in order.
    writer: AnyPool,
    engine: Engine,
}

impl Store {
    /// Opens the records, making or bringing up to date what is not there.
    pub async fn open(config: &Config) -> Result<Store, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = config.engine();
        if engine == Engine::Sqlite {
            make_private_dir(&config.data_dir)?;
        }
        let options = quiet(&config.url()?)?;
        try_once(&options).await?;
        let writer = pool(engine, false)
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        migrate::run(&writer, engine).await?;
        let readers = pool(engine, true)
            .max_connections(10)
            .connect_with(options)
            .await?;
        Ok(Store {
            readers,
            writer,
            engine,
        })
    }

    /// The engine the records are on.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Reads the committed state.
    pub fn read(&self) -> Reads<'_> {
        Reads(&self.readers)
    }

    /// Begins the one write; waits while another is open.
    pub async fn write(&self) -> Result<Write, StoreError> {
        Write::begin(self.begin().await?).await
    }

    /// A transaction without an event, for the few facts that nobody did: see who calls this.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(match self.engine {
            Engine::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.writer.begin().await?,
        })
    }

    /// Whether the database answers; for the readiness probe.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").fetch_one(&self.readers).await?;
        Ok(())
    }

    /// Whether it is being closed or is closed: what goes on in the background ends.
    pub fn is_closed(&self) -> bool {
        self.readers.is_closed()
    }

    /// Prepares a statement without running it; the test of [`crate::statements`] does so with each.
    pub async fn prepare(&self, statement: &'static str) -> Result<(), StoreError> {
        let mut connection = self.readers.acquire().await?;
        connection
            .prepare(sqlx::SqlSafeStr::into_sql_str(statement))
            .await?;
        Ok(())
    }

    /// Closes every connection, after those in use have come back.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Options that log no statement: the texts are in the code, and slow ones show in the metrics.
fn quiet(url: &str) -> Result<AnyConnectOptions, StoreError> {
    Ok(url.parse::<AnyConnectOptions>()?.disable_statement_logging())
}

/// Connects and takes leave: a pool would go on trying, and whoever starts the city should hear at once.
async fn try_once(options: &AnyConnectOptions) -> Result<(), StoreError> {
    let connecting = tokio::time::timeout(Duration::from_secs(10), options.connect());
    let connection = connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    Ok(connection.close().await?)
}

/// The directory holds the city's data: nobody else on the machine may look in.
fn make_private_dir(path: &Path) -> Result<(), std::io::Error> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

fn pool(engine: Engine, is_read_only: bool) -> AnyPoolOptions {
    // Writers queue for their turn; a reader that waits is told soon that the database is out of reach.
    let patience = Duration::from_secs(if is_read_only { 5 } else { 20 });
    let options = AnyPoolOptions::new();
    let options = if is_read_only {
        options
    } else {
        options.after_release(|connection, _| Box::pin(is_clean(connection)))
    };
    options
        .acquire_timeout(patience)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match (engine, is_read_only) {
                    (Engine::Sqlite, false) => tell(connection, &[SQLITE_SESSION]).await,
                    (Engine::Sqlite, true) => tell(connection, &[SQLITE_SESSION, SQLITE_READ_ONLY]).await,
                    (Engine::Postgres, false) => tell(connection, &[POSTGRES_SESSION]).await,
                    (Engine::Postgres, true) => {
                        tell(connection, &[POSTGRES_SESSION, POSTGRES_READ_ONLY]).await
                    }
                }
            })
        })
}

/// Whether a connection that was written on may be written on again. A full disk makes SQLite end a write by itself, of
/// which the connection does not learn: it would refuse every later one.
async fn is_clean(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

async fn tell(connection: &mut AnyConnection, texts: &[&'static str]) -> Result<(), sqlx::Error> {
    for text in texts {
        connection.execute(sqlx::raw_sql(*text)).await?;
    }
    Ok(())
}
