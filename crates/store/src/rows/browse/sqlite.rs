//! Looking through rows on the embedded engine.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use table::order::number_key;

use super::{
    Browse, Browsed,
    asked::Asked,
    statement::{Dialect, Param, Start, Statement, count, page, place},
};
use crate::rows::{Answer, RowsError, readers::Reader, sqlite::Files};

/// Steps of the engine between two looks at the clock; some hundred microseconds.
const STEPS: i32 = 5_000;

impl Files {
    /// A page of the rows that match.
    pub fn browse(&self, browse: &Browse) -> Result<Browsed, RowsError> {
        self.read(&browse.entry, browse.version, |reader| {
            within(&reader.connection, browse.patience, || {
                let layout = &reader.layout;
                let asked = Asked::of(browse, layout)?;
                let key = browse.behind(layout)?;
                let mut values = Vec::new();
                if let Some(key) = &key {
                    let place = place(&asked, key, layout, "rows", Dialect::Sqlite);
                    values = answers(reader, &place)?.pop().ok_or(RowsError::BadCursor)?;
                }
                let start = key.as_ref().map(|key| Start { key, values: &values });
                let span = browse.span();
                let page = page(&asked, start, span, layout, "rows", Dialect::Sqlite);
                Ok(browse.page(answers(reader, &page)?, layout))
            })
        })
    }

    /// How many rows match.
    pub fn count_where(&self, browse: &Browse) -> Result<u64, RowsError> {
        if browse.is_of_all() {
            return self.count(&browse.entry, browse.version);
        }
        self.read(&browse.entry, browse.version, |reader| {
            within(&reader.connection, browse.patience, || {
                let asked = Asked::of(browse, &reader.layout)?;
                let count = count(&asked, &reader.layout, "rows", Dialect::Sqlite);
                let mut statement = bound(reader, &count)?;
                let mut rows = statement.raw_query();
                let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
                Ok(row.get::<_, i64>(0)? as u64)
            })
        })
    }
}

/// Runs `work`, and gives it up once `patience` has run out.
fn within<T>(
    connection: &Connection,
    patience: Duration,
    work: impl FnOnce() -> Result<T, RowsError>,
) -> Result<T, RowsError> {
    let begun = Instant::now();
    connection.progress_handler(STEPS, Some(move || patience <= begun.elapsed()))?;
    let done = work();
    // The connection waits for other reads, which have their own time. A read that fails drops it anyway.
    connection.progress_handler(0, None::<fn() -> bool>)?;
    match done {
        Err(RowsError::Sqlite(error))
            if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
        {
            Err(RowsError::TookTooLong)
        }
        done => done,
    }
}

fn bound<'r>(reader: &'r Reader, statement: &Statement) -> Result<rusqlite::Statement<'r>, RowsError> {
    let mut prepared = reader.connection.prepare(&statement.text)?;
    for (i, param) in statement.params.iter().enumerate() {
        match param {
            Param::Text(value) => prepared.raw_bind_parameter(i + 1, value)?,
            Param::Number(value) => prepared.raw_bind_parameter(i + 1, number_key(value))?,
        }
    }
    Ok(prepared)
}

fn answers(reader: &Reader, statement: &Statement) -> Result<Vec<Answer>, RowsError> {
    let mut prepared = bound(reader, statement)?;
    let mut rows = prepared.raw_query();
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        let mut answer = Vec::with_capacity(statement.width);
        for i in 0..statement.width {
            let value = row.get_ref(i)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            answer.push(value.filter(|it| !it.is_empty()).map(str::to_owned));
        }
        answers.push(answer);
    }
    Ok(answers)
}
