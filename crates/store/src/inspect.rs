//! A look at the records from outside, for those who run the platform: it changes nothing, not even the structure.

use std::time::Duration;

use jiff::civil::Date;
use rules::ids::EntryId;
use sqlx::{Any, AnyConnection, ConnectOptions, Connection, Row, any::AnyConnectOptions};

use crate::{Config, Engine, StoreError, files::FileId, migrate, rows};

/// What the record database looks like from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The engine asked for.
    pub engine: Engine,
    /// Its version, in its own words.
    pub version: String,
    /// The structure the database has: the number of its newest migration, 0 where there is none yet.
    pub applied: i64,
    /// The structure this program needs.
    pub known: i64,
    /// The last day of which a notice is loaded.
    pub last_holiday: Option<Date>,
    /// The last entry of the evidence log that the records know of.
    pub last_logged: Option<u64>,
    /// The public key of the evidence log that the records belong to.
    pub log_key: Option<String>,
    /// Files below the data directory that the records refer to and that are not there.
    pub missing: Vec<String>,
}

/// The setting that holds the public key of the evidence log.
pub const LOG_KEY: &str = "log-key";

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

// Outside the registry: each engine knows its own version by a function that the other has not, so that neither text
// prepares on both.
const SQLITE_VERSION: &str = "SELECT sqlite_version()";
const POSTGRES_VERSION: &str = "SELECT current_setting('server_version')";

statements! {
    APPLIED = "SELECT CAST(COALESCE(MAX(number), 0) AS TEXT) FROM migrations";
    LAST_HOLIDAY = "SELECT COALESCE(MAX(day), '') FROM holidays";
    LAST_LOGGED = "SELECT CAST(log_index AS TEXT) FROM events WHERE log_index IS NOT NULL ORDER BY seq DESC LIMIT 1";
    NOTED_KEY = "SELECT value FROM settings WHERE name = 'log-key'";
    DATA = "SELECT id, CAST(data_version AS TEXT) FROM entries WHERE data_version IS NOT NULL ORDER BY id";
    KEPT = "SELECT file FROM deliveries UNION SELECT refusals FROM deliveries WHERE refusals IS NOT NULL";
}

/// Looks at the records that `config` names. An embedded database that is not there yet has no structure.
pub async fn inspect(config: &Config) -> Result<Inspection, StoreError> {
    sqlx::any::install_default_drivers();
    let looked = tokio::time::timeout(PATIENCE, look(config)).await;
    looked.unwrap_or_else(|_| Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)))
}

async fn look(config: &Config) -> Result<Inspection, StoreError> {
    let engine = config.engine();
    let is_new = engine == Engine::Sqlite && !config.data_dir.join("city.db").exists();
    let url = if is_new {
        "sqlite::memory:".to_owned()
    } else {
        config.url()?.replace("?mode=rwc", "?mode=rw")
    };
    let options = url.parse::<AnyConnectOptions>()?.disable_statement_logging();
    let mut connection = options.connect().await?;
    let version = match engine {
        Engine::Sqlite => SQLITE_VERSION,
        Engine::Postgres => POSTGRES_VERSION,
    };
    let version = word(&mut connection, version).await?;
    // A table that is not there is a structure that is not there.
    let applied = word(&mut connection, APPLIED).await.unwrap_or_default();
    let last_holiday = word(&mut connection, LAST_HOLIDAY).await.unwrap_or_default();
    let last_logged = word(&mut connection, LAST_LOGGED).await.unwrap_or_default();
    let log_key = word(&mut connection, NOTED_KEY).await.ok();
    let missing = missing(&mut connection, config).await.unwrap_or_default();
    connection.close().await?;
    Ok(Inspection {
        engine,
        version,
        applied: applied.parse().unwrap_or(0),
        known: migrate::newest(),
        last_holiday: last_holiday.parse().ok(),
        last_logged: last_logged.parse().ok(),
        log_key,
        missing,
    })
}

/// What the records refer to below the data directory and is not there: the rows of the embedded engine, originals and
/// files of refused rows.
async fn missing(connection: &mut AnyConnection, config: &Config) -> Result<Vec<String>, sqlx::Error> {
    let mut named = Vec::new();
    if config.engine() == Engine::Sqlite {
        for row in sqlx::query(DATA).fetch_all(&mut *connection).await? {
            let (entry, version): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            named.push(rows::file_of(&EntryId(entry), &version));
        }
    }
    for row in sqlx::query(KEPT).fetch_all(&mut *connection).await? {
        let file: String = row.try_get(0)?;
        named.extend(FileId::parse(&file).map(|it| it.below_data_dir()));
    }
    named.retain(|it| !config.data_dir.join(it).exists());
    Ok(named)
}

async fn word(connection: &mut AnyConnection, statement: &'static str) -> Result<String, sqlx::Error> {
    sqlx::query_scalar::<Any, String>(statement)
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_is_looked_at_before_and_after_it_is_made_and_not_changed() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config {
            database: None,
            data_dir: dir.path().to_owned(),
        };
        let before = inspect(&config).await.unwrap();
        assert_eq!((before.applied, before.last_holiday), (0, None));
        assert!(before.version.starts_with("3."));
        assert!(!dir.path().join("city.db").exists());
        crate::Store::open(&config).await.unwrap().close().await;
        let after = inspect(&config).await.unwrap();
        assert_eq!((after.applied, after.known), (before.known, before.known));
        assert_eq!((after.last_logged, after.missing), (None, Vec::<String>::new()));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told() {
        let config = Config {
            database: Some("postgres://nobody@127.0.0.1:1/none".to_owned()),
            data_dir: "/nonexistent".into(),
        };
        assert!(matches!(inspect(&config).await, Err(StoreError::Unavailable(_))));
    }
}
