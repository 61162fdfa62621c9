//! A look at the records from outside, for those who run the platform: it changes nothing, not even the structure.

use std::time::Duration;

use jiff::civil::Date;
use sqlx::{Any, AnyConnection, ConnectOptions, Connection, any::AnyConnectOptions};

use crate::{Config, Engine, StoreError, migrate};

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
}

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

// Outside the registry: each engine knows its own version by a function that the other has not, so that neither text
// prepares on both.
const SQLITE_VERSION: &str = "SELECT sqlite_version()";
const POSTGRES_VERSION: &str = "SELECT current_setting('server_version')";

statements! {
    APPLIED = "SELECT CAST(COALESCE(MAX(number), 0) AS TEXT) FROM migrations";
    LAST_HOLIDAY = "SELECT COALESCE(MAX(day), '') FROM holidays";
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
    connection.close().await?;
    Ok(Inspection {
        engine,
        version,
        applied: applied.parse().unwrap_or(0),
        known: migrate::newest(),
        last_holiday: last_holiday.parse().ok(),
    })
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
