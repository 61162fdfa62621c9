//! Which grant has received which record, derived from the evidence log (art. 21: whoever received a record is told
//! when it is corrected).

use jiff::Timestamp;
use rules::ids::{EntryId, GrantId, OrgId};
use sqlx::{Any, Transaction};

use crate::{
    Source, StoreError,
    sql::{Record, read_all},
};

/// The record of somebody who received the whole set.
pub const WHOLE_SET: &str = "";

/// Characters of a record's keyed hash.
pub const RECORD_LENGTH: usize = 16;

/// Digits of an index and of a moment in the text that one statement takes apart.
const DIGITS: usize = 16;

/// Records that one statement adds.
const CHUNK: usize = 250;

/// The last time that a grant received a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Keyed hash of the record's key, [`RECORD_LENGTH`] characters, or [`WHOLE_SET`].
    pub record: String,
    /// The index of the call's evidence.
    pub log_index: u64,
    /// When.
    pub at: Timestamp,
}

/// A grant that has received a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// The grant.
    pub grant: GrantId,
    /// The agency.
    pub org: OrgId,
    /// Whether all it received was a file of the whole set.
    pub is_whole_set: bool,
    /// The index of the evidence of the last time.
    pub log_index: u64,
    /// When that was.
    pub at: Timestamp,
}

statements! {
    // $3 holds $4 records of 48 characters each: hash, index, moment. A grant that is not in the records is nobody.
    ADD = "INSERT INTO touches (entry, record, grant_id, log_index, at) \
        WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $4) \
        SELECT $1, substr($3, CAST(48 * i + 1 AS INTEGER), 16), g.id, \
        CAST(substr($3, CAST(48 * i + 17 AS INTEGER), 16) AS BIGINT), \
        CAST(substr($3, CAST(48 * i + 33 AS INTEGER), 16) AS BIGINT) \
        FROM n JOIN grants g ON g.id = $2 WHERE true \
        ON CONFLICT (entry, record, grant_id) DO UPDATE SET log_index = excluded.log_index, at = excluded.at";
    ADD_WHOLE = "INSERT INTO touches (entry, record, grant_id, log_index, at) \
        SELECT $1, '', id, $3, $4 FROM grants WHERE id = $2 \
        ON CONFLICT (entry, record, grant_id) DO UPDATE SET log_index = excluded.log_index, at = excluded.at";
    OF_RECORD = "SELECT t.grant_id, g.consumer, MIN(CASE WHEN t.record = '' THEN 1 ELSE 0 END) AS is_whole, \
        MAX(t.log_index) AS log_index, MAX(t.at) AS at FROM touches t JOIN grants g ON g.id = t.grant_id \
        WHERE t.entry = $1 AND (t.record = $2 OR t.record = '') GROUP BY t.grant_id, g.consumer ORDER BY t.grant_id";
}

/// Who has received a record of an entry, by itself or with the whole set.
pub async fn of_record(
    mut db: impl Source,
    entry: &EntryId,
    record: &str,
) -> Result<Vec<Receiver>, StoreError> {
    read_all(&db.all(OF_RECORD, args![entry, record]).await?, |row| {
        let it = Record::new("touches", "grant_id", row);
        Ok(Receiver {
            grant: GrantId(it.text("grant_id")?),
            org: OrgId(it.text("consumer")?),
            is_whole_set: it.flag("is_whole")?,
            log_index: it.count("log_index")?,
            at: it.moment("at")?,
        })
    })
}

/// Adds what a grant received of an entry, each record once; inside the transaction that moves usage on.
pub(crate) async fn add(
    tx: &mut Transaction<'static, Any>,
    entry: &EntryId,
    grant: &GrantId,
    touches: &[Touch],
) -> Result<(), StoreError> {
    let (whole, single): (Vec<&Touch>, Vec<&Touch>) = touches.iter().partition(|it| it.record == WHOLE_SET);
    for it in whole {
        let arguments = args![entry, grant, it.log_index, it.at];
        sqlx::query_with(ADD_WHOLE, arguments).execute(&mut **tx).await?;
    }
    for chunk in single.chunks(CHUNK) {
        let mut text = String::with_capacity(chunk.len() * (RECORD_LENGTH + 2 * DIGITS));
        for it in chunk {
            debug_assert_eq!(it.record.len(), RECORD_LENGTH, "a hash has its length");
            let at = it.at.as_millisecond().max(0);
            text.push_str(&format!("{:0>16.16}{:016}{:016}", it.record, it.log_index, at));
        }
        let count = i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        let arguments = args![entry, grant, text, count];
        sqlx::query_with(ADD, arguments).execute(&mut **tx).await?;
    }
    Ok(())
}
