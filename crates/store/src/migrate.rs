//! Brings a database up to date: numbered texts, applied in order, each once, never altered afterwards.

use sha2::{Digest, Sha256};
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor, Row, Transaction};

use crate::{Engine, StoreError};

/// The texts, oldest first. Add to the end; never change one that has been released.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "people", include_str!("../migrations/0001_people.sql")),
    (2, "catalogue", include_str!("../migrations/0002_catalogue.sql")),
    (3, "cases", include_str!("../migrations/0003_cases.sql")),
    (4, "sharing", include_str!("../migrations/0004_sharing.sql")),
    (5, "opening", include_str!("../migrations/0005_opening.sql")),
    (6, "marks", include_str!("../migrations/0006_marks.sql")),
    (7, "applicants", include_str!("../migrations/0007_applicants.sql")),
    (8, "notices", include_str!("../migrations/0008_notices.sql")),
    (9, "touches", include_str!("../migrations/0009_touches.sql")),
    (
        10,
        "call spans",
        include_str!("../migrations/0010_call_spans.sql"),
    ),
    (11, "links", include_str!("../migrations/0011_links.sql")),
];

const APPLIED: &str = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, \
    name TEXT NOT NULL, digest TEXT NOT NULL)";

/// Nodes that start together take turns; the number is ours alone in the database.
const POSTGRES_TURN: &str = "SELECT pg_advisory_xact_lock(307021)";

/// Applies what is missing, all in one transaction.
pub(crate) async fn run(pool: &AnyPool, engine: Engine) -> Result<(), StoreError> {
    let mut tx = match engine {
        Engine::Sqlite => pool.begin_with("BEGIN IMMEDIATE").await?,
        Engine::Postgres => {
            let mut tx = pool.begin().await?;
            tx.execute(sqlx::raw_sql(POSTGRES_TURN)).await?;
            tx
        }
    };
    apply(&mut tx, engine, APPLIED).await?;
    let applied = sqlx::query("SELECT number, digest FROM migrations ORDER BY number")
        .fetch_all(&mut *tx)
        .await?;
    for row in &applied {
        check(row.try_get("number")?, row.try_get("digest")?)?;
    }
    for (number, name, text) in MIGRATIONS.iter().skip(applied.len()) {
        apply(&mut tx, engine, text).await?;
        sqlx::query("INSERT INTO migrations (number, name, digest) VALUES ($1, $2, $3)")
            .bind(*number)
            .bind(*name)
            .bind(digest(text))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The number of the newest text.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |it| it.0)
}

async fn apply(tx: &mut Transaction<'static, Any>, engine: Engine, text: &str) -> Result<(), StoreError> {
    let text = match engine {
        Engine::Sqlite => for_sqlite(text),
        Engine::Postgres => text.to_owned(),
    };
    tx.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
    Ok(())
}

fn check(number: i64, applied_digest: String) -> Result<(), StoreError> {
    match MIGRATIONS.iter().find(|it| it.0 == number) {
        None => Err(StoreError::Migration(format!(
            "the database has migration {number}, which this version does not know"
        ))),
        Some((_, name, text)) if digest(text) != applied_digest => Err(StoreError::Migration(format!(
            "migration {number} ({name}) was altered after it was applied"
        ))),
        Some(_) => Ok(()),
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The same text in SQLite's words: strict tables, so that a column holds its type on both engines.
fn for_sqlite(text: &str) -> String {
    text.replace("DOUBLE PRECISION", "REAL")
        .replace("BIGINT", "INTEGER")
        .replace("BYTEA", "BLOB")
        .replace("\n);", "\n) STRICT;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_from_one_without_gaps() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|it| it.0).collect();
        assert_eq!(numbers, (1..=MIGRATIONS.len() as i64).collect::<Vec<_>>());
    }

    #[test]
    fn every_table_is_strict_on_sqlite_and_has_only_the_four_types() {
        for (_, name, text) in MIGRATIONS {
            let sqlite = for_sqlite(text);
            assert_eq!(
                sqlite.matches("CREATE TABLE").count(),
                sqlite.matches(") STRICT;").count(),
                "{name}"
            );
            for foreign in [
                "BOOLEAN",
                "TIMESTAMP",
                "JSONB",
                "NUMERIC",
                "SERIAL",
                "VARCHAR",
                "INTEGER",
            ] {
                assert!(!text.contains(foreign), "{name} has {foreign}");
            }
        }
    }

    #[test]
    fn an_altered_or_unknown_migration_is_refused() {
        assert!(check(1, digest(MIGRATIONS[0].2)).is_ok());
        assert!(matches!(
            check(1, digest("CREATE TABLE other")),
            Err(StoreError::Migration(_))
        ));
        assert!(matches!(
            check(9999, String::new()),
            Err(StoreError::Migration(_))
        ));
    }
}
