//! The sealed write: a change and its event are committed together, or not at all.

use sqlx::{
    Any, Transaction,
    any::{AnyArguments, AnyRow},
};

use crate::{Event, StoreError, changes::Noun, sql::json};

statements! {
    /// Takes the next event number, and with it the right to write: whoever comes next waits for this row.
    TAKE_TURN = "UPDATE counters SET value = value + 1 WHERE name = 'event' RETURNING value";
    COUNT_UP = "INSERT INTO counters (name, value) VALUES ($1, 1) \
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
    RECORD_EVENT = "INSERT INTO events (seq, at_ms, actor, org, kind, subject, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RECORD_CHANGE = "INSERT INTO changes (seq, noun, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
}

/// An open transaction. Dropped, it changes nothing; only [`Write::seal`] commits.
///
/// One write is open at a time, on either engine and over all nodes: what it loads cannot change
/// before it is sealed. Keep it short, and wait for nothing else meanwhile (another write least of all).
///
/// There is no other way out, so a change without its event does not compile:
///
/// ```compile_fail,E0599
/// # async fn act(store: store::Store) -> Result<(), store::StoreError> {
/// let write = store.write().await?;
/// write.commit().await?; // no such method
/// # Ok(()) }
/// ```
///
/// ```
/// # async fn act(store: store::Store, event: store::Event) -> Result<(), store::StoreError> {
/// let write = store.write().await?;
/// let seq = write.seal(event).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a write that is not sealed is rolled back"]
pub struct Write {
    tx: Transaction<'static, Any>,
    seq: i64,
    changed: Vec<(Noun, String)>,
    is_broken: bool,
}

impl Write {
    /// Takes the turn to write in a transaction that has just begun.
    pub(crate) async fn begin(mut tx: Transaction<'static, Any>) -> Result<Write, StoreError> {
        let seq = sqlx::query_scalar(TAKE_TURN).fetch_one(&mut *tx).await?;
        Ok(Write {
            tx,
            seq,
            changed: Vec::new(),
            is_broken: false,
        })
    }

    /// The number the event will have.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Records the event and commits, together. Returns the event's number.
    ///
    /// Numbers have no gaps and are in the order of the commits, so a reader who remembers the last
    /// one it saw misses nothing. A write of which a statement failed is refused: half an act is none.
    pub async fn seal(mut self, event: Event) -> Result<i64, StoreError> {
        if self.is_broken {
            return Err(StoreError::Broken);
        }
        let seq = self.seq;
        let arguments = args![
            seq,
            event.at_ms,
            event.actor,
            event.org,
            event.kind.name(),
            event.subject,
            json(&event.body),
        ];
        self.run(RECORD_EVENT, arguments).await?;
        for (noun, id) in std::mem::take(&mut self.changed) {
            self.run(RECORD_CHANGE, args![seq, noun.name(), id]).await?;
        }
        self.tx.commit().await?;
        Ok(seq)
    }

    /// Notes that a record was changed, for the feed that snapshots and the search index follow.
    pub(crate) fn touch(&mut self, noun: Noun, id: &str) {
        self.changed.push((noun, id.to_owned()));
    }

    /// Runs a statement; returns how many records it changed.
    pub(crate) async fn run(
        &mut self,
        sql: &'static str,
        arguments: AnyArguments,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query_with(sql, arguments).execute(&mut *self.tx).await;
        self.is_broken |= done.is_err();
        Ok(done?.rows_affected())
    }

    /// Runs a statement that changes one record if its revision is the expected one.
    pub(crate) async fn run_revised(
        &mut self,
        sql: &'static str,
        arguments: AnyArguments,
        table: &'static str,
        id: &str,
    ) -> Result<(), StoreError> {
        match self.run(sql, arguments).await? {
            0 => Err(StoreError::Stale {
                table,
                id: id.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        arguments: AnyArguments,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let rows = sqlx::query_with(sql, arguments).fetch_all(&mut *self.tx).await;
        self.is_broken |= rows.is_err();
        Ok(rows?)
    }

    /// The next number of a series without gaps, from 1.
    pub(crate) async fn count_up(&mut self, series: &str) -> Result<u64, StoreError> {
        let rows = self.fetch(COUNT_UP, args![series]).await?;
        let value: i64 = sqlx::Row::try_get(&rows[0], 0)?;
        Ok(value.unsigned_abs())
    }
}
