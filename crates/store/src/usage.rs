//! How grants are used, counted from the evidence log and from nothing else.

use jiff::civil::Date;
use rules::{
    grant::Operation,
    ids::{EntryId, GrantId, OrgId},
};
use sqlx::any::AnyRow;

use crate::{
    Source, Store, StoreError,
    call_spans::{self, Span},
    sql::{Record, read_all},
    touches::{self, Touched},
};

/// The outcome of an answered call; a refused one has the refusal's code.
pub const ANSWERED: &str = "answered";

/// Calls of one grant on one day with one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The grant.
    pub grant: GrantId,
    /// The day in the city.
    pub day: Date,
    /// What was asked.
    pub operation: Operation,
    /// [`ANSWERED`], or the code of the refusal.
    pub outcome: String,
    /// How many calls.
    pub calls: u64,
    /// How many rows left.
    pub rows: u64,
}

/// Use of a provider's data by one agency on one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The grant.
    pub grant: GrantId,
    /// The entry.
    pub entry: EntryId,
    /// The user.
    pub consumer: OrgId,
    /// Its name.
    pub consumer_name: String,
    /// Answered calls.
    pub answered: u64,
    /// Refused calls.
    pub refused: u64,
    /// Rows that left.
    pub rows: u64,
    /// The last day of use.
    pub last_day: Date,
}

statements! {
    POSITION = "SELECT value FROM counters WHERE name = 'usage'";
    SET_POSITION = "UPDATE counters SET value = $2 WHERE name = 'usage' AND value = $1";
    // A grant that does not exist is not counted: the caller made its id up.
    ADD = "INSERT INTO usage (grant_id, day, operation, outcome, calls, row_count) \
        SELECT it.id, $2, $3, $4, $5, $6 FROM (SELECT id FROM grants UNION ALL SELECT id FROM agreements) it \
        WHERE it.id = $1 \
        ON CONFLICT (grant_id, day, operation, outcome) \
        DO UPDATE SET calls = usage.calls + excluded.calls, row_count = usage.row_count + excluded.row_count";
    OF_GRANT = "SELECT grant_id, day, operation, outcome, calls, row_count FROM usage \
        WHERE grant_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, operation, outcome";
    ON_DAY = "SELECT grant_id, day, operation, outcome, calls, row_count FROM usage \
        WHERE day = $1 ORDER BY grant_id, operation, outcome";
    OF_PROVIDER = "SELECT g.id, g.entry, g.consumer, o.name AS consumer_name, \
        CAST(SUM(CASE WHEN u.outcome = 'answered' THEN u.calls ELSE 0 END) AS BIGINT) AS answered, \
        CAST(SUM(CASE WHEN u.outcome = 'answered' THEN 0 ELSE u.calls END) AS BIGINT) AS refused, \
        CAST(SUM(u.row_count) AS BIGINT) AS row_count, MAX(u.day) AS last_day \
        FROM usage u JOIN grants g ON g.id = u.grant_id JOIN orgs o ON o.id = g.consumer \
        WHERE g.provider = $1 AND u.day >= $2 AND u.day <= $3 \
        GROUP BY g.id, g.entry, g.consumer, o.name ORDER BY answered DESC, g.id";
    ANSWERED_ON = "SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT) AS n FROM usage \
        WHERE grant_id = $1 AND day = $2 AND outcome = 'answered'";
}

fn read(row: &AnyRow) -> Result<Tally, StoreError> {
    let it = Record::new("usage", "grant_id", row);
    Ok(Tally {
        grant: GrantId(it.text("grant_id")?),
        day: it.day("day")?,
        operation: it.word("operation", Operation::parse)?,
        outcome: it.text("outcome")?,
        calls: it.count("calls")?,
        rows: it.count("row_count")?,
    })
}

/// How many entries of the evidence log have been counted.
pub async fn position(mut db: impl Source) -> Result<u64, StoreError> {
    let row = db.first(POSITION, args![]).await?;
    row.map_or(Ok(0), |it| Record::new("counters", "value", &it).count("value"))
}

/// What each grant received of its entry.
pub type Received = std::collections::HashMap<(EntryId, GrantId), Touched>;

/// Adds the calls found in the evidence log from entry `from` up to entry `to`, exclusive, where they stand, and the
/// records they gave.
///
/// A write without an event: these are sums of what the log already proves. Position and sums move
/// together, so nothing is counted twice; where another node was first, nothing happens and the
/// answer is `false`.
pub async fn fold(
    store: &Store,
    from: u64,
    to: u64,
    tallies: &[Tally],
    spans: &[Span],
    received: &Received,
) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let moved = sqlx::query_with(SET_POSITION, args![from, to])
        .execute(&mut *tx)
        .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    for it in tallies {
        let arguments = args![
            it.grant,
            it.day,
            it.operation.name(),
            it.outcome,
            it.calls,
            it.rows
        ];
        sqlx::query_with(ADD, arguments).execute(&mut *tx).await?;
    }
    call_spans::add(&mut tx, spans).await?;
    for ((entry, grant), touched) in received {
        touches::add(&mut tx, entry, grant, from, touched).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// The use of one grant from `first` to `last`, day by day.
pub async fn of_grant(
    mut db: impl Source,
    grant: &GrantId,
    first: Date,
    last: Date,
) -> Result<Vec<Tally>, StoreError> {
    read_all(&db.all(OF_GRANT, args![grant, first, last]).await?, read)
}

/// The use of every grant on one day: where the day's quotas start from after a restart.
pub async fn on_day(mut db: impl Source, day: Date) -> Result<Vec<Tally>, StoreError> {
    read_all(&db.all(ON_DAY, args![day]).await?, read)
}

/// Who used a provider's data from `first` to `last`, the most frequent first.
pub async fn of_provider(
    mut db: impl Source,
    provider: &OrgId,
    first: Date,
    last: Date,
) -> Result<Vec<Use>, StoreError> {
    read_all(&db.all(OF_PROVIDER, args![provider, first, last]).await?, |row| {
        let it = Record::new("usage", "id", row);
        Ok(Use {
            grant: GrantId(it.text("id")?),
            entry: EntryId(it.text("entry")?),
            consumer: OrgId(it.text("consumer")?),
            consumer_name: it.text("consumer_name")?,
            answered: it.count("answered")?,
            refused: it.count("refused")?,
            rows: it.count("row_count")?,
            last_day: it.day("last_day")?,
        })
    })
}

/// Answered calls of a grant on one day.
pub async fn answered_on(mut db: impl Source, grant: &GrantId, day: Date) -> Result<u64, StoreError> {
    let row = db.first(ANSWERED_ON, args![grant, day]).await?;
    row.map_or(Ok(0), |it| Record::new("usage", "n", &it).count("n"))
}
