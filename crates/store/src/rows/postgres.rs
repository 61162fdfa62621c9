//! Rows on PostgreSQL: one table for each entry and version, loaded by COPY.
//!
//! Text is compared byte by byte (`COLLATE "C"`), so that rows come in the same order as on the embedded
//! engine and a cursor made there goes on here.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::TryStreamExt;
use rules::ids::EntryId;
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Row,
    postgres::{PgPoolOptions, PgRow},
};

use super::{
    Answer, Pick, RowSource, RowsError,
    copy::Encoded,
    layout::{Layout, safe_name},
    select::{Select, Taking, select},
    stream::{Gathering, Sender},
};

/// What is known of each version, and which batches were merged into it. The lock keeps two nodes that
/// start at once from making the tables at the same time.
const REGISTRY: &str = "SELECT pg_advisory_xact_lock(4970311); \
    CREATE TABLE IF NOT EXISTS row_versions (entry TEXT NOT NULL, version BIGINT NOT NULL, \
        layout TEXT NOT NULL, row_count BIGINT NOT NULL, PRIMARY KEY (entry, version)); \
    CREATE TABLE IF NOT EXISTS row_batches (entry TEXT NOT NULL, version BIGINT NOT NULL, \
        batch TEXT NOT NULL, PRIMARY KEY (entry, version, batch))";
const RECORD_VERSION: &str =
    "INSERT INTO row_versions (entry, version, layout, row_count) VALUES ($1, $2, $3, $4)";
const READ_VERSION: &str = "SELECT layout, row_count FROM row_versions WHERE entry = $1 AND version = $2";
const LOCK_VERSION: &str =
    "SELECT layout, row_count FROM row_versions WHERE entry = $1 AND version = $2 FOR UPDATE";
const RECORD_COUNT: &str = "UPDATE row_versions SET row_count = $3 WHERE entry = $1 AND version = $2";
const RECORD_BATCH: &str =
    "INSERT INTO row_batches (entry, version, batch) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const OLD_VERSIONS: &str = "SELECT version FROM row_versions WHERE entry = $1 AND version < $2";
const FORGET_VERSION: &str = "DELETE FROM row_versions WHERE entry = $1 AND version = $2";
const FORGET_BATCHES: &str = "DELETE FROM row_batches WHERE entry = $1 AND version = $2";

/// How long a retired table is waited for; those who come to read it meanwhile wait as well.
const RETIRE_PATIENCE: &str = "SET LOCAL lock_timeout = '2s'";

/// Layouts kept in memory, at most.
const LAYOUTS_MAX: usize = 10_000;
/// Who waits longer for a connection is told that the database is out of reach.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections for rows, at most.
const CONNECTIONS_MAX: u32 = 16;

/// Layouts by entry and version.
type Layouts = HashMap<(EntryId, i64), Arc<Layout>>;

/// The row tables of all entries. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tables {
    pub(super) pool: PgPool,
    /// A version's layout never changes, so it is read once.
    layouts: Arc<Mutex<Layouts>>,
}

impl Tables {
    /// Connects, and makes the registry when absent.
    pub async fn open(url: &str) -> Result<Tables, RowsError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(PATIENCE)
            .connect(url)
            .await?;
        let mut transaction = pool.begin().await?;
        sqlx::raw_sql(REGISTRY).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Tables {
            pool,
            layouts: Arc::default(),
        })
    }

    /// Builds a version.
    pub async fn build(
        &self,
        entry: &EntryId,
        version: i64,
        layout: Layout,
        rows: impl RowSource,
    ) -> Result<u64, RowsError> {
        let table = table(entry, version);
        let mut transaction = self.pool.begin().await?;
        forget(&mut transaction, entry, version).await?;
        run(&mut transaction, create_table(&table, &layout)).await?;
        let sources = (0..layout.items.len()).collect();
        let count = copy(&mut transaction, &table, &layout, sources, rows).await?;
        let key = columns(&layout.key);
        run(
            &mut transaction,
            format!("ALTER TABLE {table} ADD PRIMARY KEY ({key})"),
        )
        .await?;
        for column in &layout.indexed {
            index(
                &mut transaction,
                format!("CREATE INDEX ON {table} (c{column}, {key})"),
            )
            .await?;
        }
        run(&mut transaction, format!("ANALYZE {table}")).await?;
        sqlx::query(RECORD_VERSION)
            .bind(entry.as_str())
            .bind(version)
            .bind(layout.to_json())
            .bind(i64::try_from(count).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        // A version that was half-built by another process may have been looked at with other items.
        self.layouts.lock().unwrap().remove(&(entry.clone(), version));
        Ok(count)
    }

    /// Merges rows into a version, once for each batch.
    pub async fn merge(
        &self,
        entry: &EntryId,
        version: i64,
        batch: &str,
        delivered: Layout,
        rows: impl RowSource,
    ) -> Result<u64, RowsError> {
        let mut transaction = self.pool.begin().await?;
        let known = sqlx::query(LOCK_VERSION)
            .bind(entry.as_str())
            .bind(version)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(RowsError::NoVersion(version))?;
        let (layout, count) = (Layout::parse(known.try_get(0)?)?, known.try_get::<i64, _>(1)?);
        let recorded = sqlx::query(RECORD_BATCH)
            .bind(entry.as_str())
            .bind(version)
            .bind(batch)
            .execute(&mut *transaction)
            .await?;
        if recorded.rows_affected() == 0 {
            return Ok(count as u64);
        }
        let sources = layout.sources(&delivered)?;
        let table = table(entry, version);
        run(
            &mut transaction,
            format!("CREATE TEMP TABLE merging (LIKE {table}) ON COMMIT DROP"),
        )
        .await?;
        copy(&mut transaction, "merging", &layout, sources, rows).await?;
        let fresh: i64 = sqlx::query_scalar(AssertSqlSafe(count_fresh(&table, &layout)))
            .fetch_one(&mut *transaction)
            .await?;
        run(&mut transaction, upsert(&table, &layout)).await?;
        sqlx::query(RECORD_COUNT)
            .bind(entry.as_str())
            .bind(version)
            .bind(count + fresh)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok((count + fresh) as u64)
    }

    /// Reads a page.
    pub async fn query(&self, pick: &Pick) -> Result<Vec<Answer>, RowsError> {
        let layout = self.layout(pick.shape.entry(), pick.version).await?;
        let limit = pick.limit.min(i64::MAX as usize).to_string();
        let table = table(pick.shape.entry(), pick.version);
        let Some(select) = select(pick, &layout, &table, Taking::Page(&limit))? else {
            return Ok(Vec::new());
        };
        let mut query = sqlx::query(AssertSqlSafe(select.text.as_str()));
        for value in &select.params {
            query = query.bind(*value);
        }
        let rows = query
            .fetch_all(&self.pool)
            .await
            .map_err(|e| gone(e, pick.version))?;
        rows.iter().map(|row| answer(row, &select)).collect()
    }

    /// Reads all picked rows from one state of the table, until nobody takes them any more.
    pub async fn export(&self, pick: &Pick, sender: &Sender) -> Result<(), RowsError> {
        let layout = self.layout(pick.shape.entry(), pick.version).await?;
        let table = table(pick.shape.entry(), pick.version);
        let Some(select) = select(pick, &layout, &table, Taking::Everything)? else {
            return Ok(());
        };
        let mut query = sqlx::query(AssertSqlSafe(select.text.as_str()));
        for value in &select.params {
            query = query.bind(*value);
        }
        let mut rows = query.fetch(&self.pool);
        let mut gathering = Gathering::default();
        while let Some(row) = rows.try_next().await.map_err(|e| gone(e, pick.version))? {
            if let Some(chunk) = gathering.push(answer(&row, &select)?)
                && sender.send(chunk).await.is_err()
            {
                return Ok(());
            }
        }
        if let Some(chunk) = gathering.rest() {
            // Nobody is left to be told that nobody takes it.
            let _ = sender.send(chunk).await;
        }
        Ok(())
    }

    /// The number of rows, as kept with the version.
    pub async fn count(&self, entry: &EntryId, version: i64) -> Result<u64, RowsError> {
        let known = sqlx::query(READ_VERSION)
            .bind(entry.as_str())
            .bind(version)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(RowsError::NoVersion(version))?;
        Ok(known.try_get::<i64, _>(1)? as u64)
    }

    /// Drops the tables of versions before `keep_version`. One that is being exported stays until the next time.
    pub async fn retire(&self, entry: &EntryId, keep_version: i64) -> Result<(), RowsError> {
        let old: Vec<i64> = sqlx::query_scalar(OLD_VERSIONS)
            .bind(entry.as_str())
            .bind(keep_version)
            .fetch_all(&self.pool)
            .await?;
        for version in old {
            let mut transaction = self.pool.begin().await?;
            run(&mut transaction, RETIRE_PATIENCE.to_owned()).await?;
            match forget(&mut transaction, entry, version).await {
                Err(RowsError::Postgres(error)) if code(&error).as_deref() == Some("55P03") => continue,
                done => done?,
            }
            transaction.commit().await?;
            self.layouts.lock().unwrap().remove(&(entry.clone(), version));
        }
        Ok(())
    }

    pub(super) async fn layout(&self, entry: &EntryId, version: i64) -> Result<Arc<Layout>, RowsError> {
        let of = (entry.clone(), version);
        if let Some(known) = self.layouts.lock().unwrap().get(&of) {
            return Ok(known.clone());
        }
        let row = sqlx::query(READ_VERSION)
            .bind(entry.as_str())
            .bind(version)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(RowsError::NoVersion(version))?;
        let layout = Arc::new(Layout::parse(row.try_get(0)?)?);
        let mut layouts = self.layouts.lock().unwrap();
        if LAYOUTS_MAX <= layouts.len() {
            layouts.clear();
        }
        layouts.insert(of, layout.clone());
        Ok(layout)
    }
}

/// Copies rows into a table that has the layout's columns, and says how many they were.
async fn copy(
    connection: &mut PgConnection,
    table: &str,
    layout: &Layout,
    sources: Vec<usize>,
    rows: impl RowSource,
) -> Result<u64, RowsError> {
    let is_key = (0..layout.items.len()).map(|i| layout.key.contains(&i)).collect();
    let mut encoded = Encoded::start(rows, sources, is_key);
    let mut copy = connection
        .copy_in_raw(&format!("COPY {table} FROM STDIN"))
        .await?;
    while let Some(chunk) = encoded.chunks.recv().await {
        copy.send(chunk).await?;
    }
    match encoded.finish().await {
        Ok(count) => {
            copy.finish().await?;
            Ok(count)
        }
        Err(e) => {
            copy.abort("the rows could not be read").await?;
            Err(e)
        }
    }
}

/// Drops a version's table, and what is known of it.
async fn forget(connection: &mut PgConnection, entry: &EntryId, version: i64) -> Result<(), RowsError> {
    run(
        connection,
        format!("DROP TABLE IF EXISTS {}", table(entry, version)),
    )
    .await?;
    for statement in [FORGET_VERSION, FORGET_BATCHES] {
        sqlx::query(statement)
            .bind(entry.as_str())
            .bind(version)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Runs a statement made of column numbers and a table's harmless name.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), RowsError> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes an index, unless a value is too long for one: the condition is slow then, and the delivery stands.
async fn index(connection: &mut PgConnection, statement: String) -> Result<(), RowsError> {
    run(connection, "SAVEPOINT before_index".to_owned()).await?;
    match run(connection, statement).await {
        Err(RowsError::Postgres(error)) if code(&error).as_deref() == Some("54000") => {
            tracing::warn!(%error, "a query condition has values too long to index");
            run(connection, "ROLLBACK TO SAVEPOINT before_index".to_owned()).await
        }
        done => done,
    }
}

fn answer(row: &PgRow, select: &Select<'_>) -> Result<Answer, RowsError> {
    let value = |i| {
        row.try_get::<Option<String>, _>(i)
            .map(|it| it.filter(|it| !it.is_empty()))
    };
    Ok((0..select.width).map(value).collect::<Result<_, _>>()?)
}

/// A table that is not there any more belongs to a version that has been retired.
pub(super) fn gone(error: sqlx::Error, version: i64) -> RowsError {
    if code(&error).as_deref() == Some("42P01") {
        RowsError::NoVersion(version)
    } else {
        error.into()
    }
}

/// The five characters by which PostgreSQL says what is wrong.
pub(super) fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

pub(super) fn table(entry: &EntryId, version: i64) -> String {
    format!("\"rows_{}_{version}\"", safe_name(entry))
}

fn columns(numbers: &[usize]) -> String {
    numbers
        .iter()
        .map(|i| format!("c{i}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn create_table(table: &str, layout: &Layout) -> String {
    let column = |i: usize| {
        let not_null = if layout.key.contains(&i) { " NOT NULL" } else { "" };
        format!("c{i} TEXT COLLATE \"C\"{not_null}")
    };
    let all: Vec<String> = (0..layout.items.len()).map(column).collect();
    format!("CREATE TABLE {table} ({})", all.join(", "))
}

fn count_fresh(table: &str, layout: &Layout) -> String {
    let same: Vec<String> = layout.key.iter().map(|i| format!("t.c{i} = m.c{i}")).collect();
    format!(
        "SELECT COUNT(*) FROM merging AS m WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {})",
        same.join(" AND ")
    )
}

fn upsert(table: &str, layout: &Layout) -> String {
    let rest = (0..layout.items.len()).filter(|i| !layout.key.contains(i));
    let set: Vec<String> = rest.map(|i| format!("c{i} = EXCLUDED.c{i}")).collect();
    let act = if set.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("UPDATE SET {}", set.join(", "))
    };
    let key = columns(&layout.key);
    format!("INSERT INTO {table} SELECT * FROM merging ON CONFLICT ({key}) DO {act}")
}
