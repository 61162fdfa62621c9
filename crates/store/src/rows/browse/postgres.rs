//! Looking through rows on PostgreSQL.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};

use super::{
    Browse, Browsed,
    asked::Asked,
    statement::{Dialect, Param, Start, Statement, count, page, place},
};
use crate::rows::{
    RowsError,
    postgres::{Tables, code, gone, table},
};

impl Tables {
    /// A page of the rows that match.
    pub async fn browse(&self, browse: &Browse) -> Result<Browsed, RowsError> {
        let layout = self.layout(&browse.entry, browse.version).await?;
        let table = table(&browse.entry, browse.version);
        let asked = Asked::of(browse, &layout)?;
        let key = browse.behind(&layout)?;
        let mut reading = self.pool.begin().await?;
        limit_time(&mut reading, browse.patience).await?;
        let mut values = Vec::new();
        if let Some(key) = &key {
            let place = place(&asked, key, &layout, &table, Dialect::Postgres);
            let rows = fetch(&mut reading, &place, browse.version).await?;
            let row = rows.first().ok_or(RowsError::BadCursor)?;
            values = answer(row, place.width)?;
        }
        let start = key.as_ref().map(|key| Start { key, values: &values });
        let span = browse.span();
        let page = page(&asked, start, span, &layout, &table, Dialect::Postgres);
        let rows = fetch(&mut reading, &page, browse.version).await?;
        reading.rollback().await?;
        let rows = rows
            .iter()
            .map(|row| answer(row, page.width))
            .collect::<Result<_, _>>()?;
        Ok(browse.page(rows, &layout))
    }

    /// How many rows match.
    pub async fn count_where(&self, browse: &Browse) -> Result<u64, RowsError> {
        if browse.is_of_all() {
            return self.count(&browse.entry, browse.version).await;
        }
        let layout = self.layout(&browse.entry, browse.version).await?;
        let table = table(&browse.entry, browse.version);
        let asked = Asked::of(browse, &layout)?;
        let count = count(&asked, &layout, &table, Dialect::Postgres);
        let mut reading = self.pool.begin().await?;
        limit_time(&mut reading, browse.patience).await?;
        let rows = fetch(&mut reading, &count, browse.version).await?;
        reading.rollback().await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok(row.try_get::<i64, _>(0)? as u64)
    }
}

/// Has the server give a statement of this transaction up after `patience`. To the server nothing is no limit.
async fn limit_time(reading: &mut PgConnection, patience: Duration) -> Result<(), RowsError> {
    let limit = patience.as_millis().clamp(1, 86_400_000);
    let limit = format!("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {limit}");
    sqlx::raw_sql(AssertSqlSafe(limit)).execute(reading).await?;
    Ok(())
}

async fn fetch(
    reading: &mut PgConnection,
    statement: &Statement,
    version: i64,
) -> Result<Vec<PgRow>, RowsError> {
    // Hardly two asks are alike, so that a prepared one is not worth keeping.
    let mut query = sqlx::query(AssertSqlSafe(statement.text.as_str())).persistent(false);
    for param in &statement.params {
        query = match param {
            Param::Text(value) | Param::Number(value) => query.bind(value.as_str()),
        };
    }
    query.fetch_all(reading).await.map_err(|error| {
        if code(&error).as_deref() == Some("57014") {
            RowsError::TookTooLong
        } else {
            gone(error, version)
        }
    })
}

fn answer(row: &PgRow, width: usize) -> Result<Vec<Option<String>>, RowsError> {
    let value = |i| {
        row.try_get::<Option<String>, _>(i)
            .map(|it| it.filter(|it| !it.is_empty()))
    };
    Ok((0..width).map(value).collect::<Result<_, _>>()?)
}
