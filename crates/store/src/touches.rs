//! Which grant has received which record, derived from the evidence log (art. 21: whoever received a record is told
//! when it is corrected).
//!
//! Added to with every batch of calls that is counted, asked once for each correction. So a batch adds one sorted run
//! for each grant, and [`RUNS_MAX`] runs of a grant become one: writing stays cheap at any rate of calls, and a question
//! reads one small part of each run.

use std::collections::BTreeMap;

use rules::ids::{EntryId, GrantId, OrgId};
use sqlx::{Any, Transaction, any::AnyRow};

use crate::{
    Source, StoreError,
    sql::{Record, read_all},
};

/// The keyed hash of a record's key.
pub type RecordHash = [u8; 8];

/// So many runs of one level are merged into one of the next.
const RUNS_MAX: u64 = 16;

/// A run of so many records has its final size and is not merged any more.
const SETTLED_MIN: usize = 1 << 16;

/// The level of runs that are not merged any more.
const SETTLED: i64 = 99;

/// Records in one part of a run: what a question reads of it.
const PART: usize = 4096;

/// Bytes of one record in a part: its hash, and the index of the evidence.
const PAIR: usize = 16;

/// What one grant received of one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Each record, with the evidence of the last time.
    pub records: BTreeMap<RecordHash, u64>,
    /// The evidence of the last file of the whole set.
    pub whole_set: Option<u64>,
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
}

statements! {
    // A grant that is not in the records is nobody.
    ADD = "INSERT INTO touch_runs (entry, grant_id, level, run, low, high, touches) \
        SELECT $1, g.id, $3, $4, $5, $6, $7 FROM grants g WHERE g.id = $2";
    ADD_SET = "INSERT INTO touched_sets (entry, grant_id, log_index) SELECT $1, g.id, $3 FROM grants g WHERE g.id = $2 \
        ON CONFLICT (entry, grant_id) DO UPDATE SET log_index = excluded.log_index";
    RUNS = "SELECT COUNT(DISTINCT run) AS n FROM touch_runs WHERE entry = $1 AND grant_id = $2 AND level = $3";
    OF_LEVEL = "SELECT run, touches FROM touch_runs WHERE entry = $1 AND grant_id = $2 AND level = $3 ORDER BY run";
    CLEAR_LEVEL = "DELETE FROM touch_runs WHERE entry = $1 AND grant_id = $2 AND level = $3";
    OF_RECORD = "SELECT t.grant_id, g.consumer, t.touches FROM touch_runs t JOIN grants g ON g.id = t.grant_id \
        WHERE t.entry = $1 AND t.low <= $2 AND t.high >= $2";
    OF_SET = "SELECT t.grant_id, g.consumer, t.log_index FROM touched_sets t JOIN grants g ON g.id = t.grant_id \
        WHERE t.entry = $1";
}

/// Who has received a record of an entry, by itself or with the whole set, in the order of the grants. `record` is
/// the hash in hexadecimal.
pub async fn of_record(
    mut db: impl Source,
    entry: &EntryId,
    record: &str,
) -> Result<Vec<Receiver>, StoreError> {
    let sets = read_all(&db.all(OF_SET, args![entry]).await?, |row| {
        receiver(
            row,
            true,
            Record::new("touched_sets", "grant_id", row).count("log_index")?,
        )
    })?;
    let mut found: BTreeMap<GrantId, Receiver> = sets.into_iter().map(|it| (it.grant.clone(), it)).collect();
    let Some(hash) = hex::decode(record)
        .ok()
        .and_then(|it| RecordHash::try_from(it).ok())
    else {
        return Ok(found.into_values().collect());
    };
    for row in &db.all(OF_RECORD, args![entry, record]).await? {
        let touches = Record::new("touch_runs", "grant_id", row).bytes("touches")?;
        let Ok(at) = pairs(&touches).binary_search_by(|it| it[..8].cmp(&hash)) else {
            continue;
        };
        let it = receiver(row, false, index_of(&pairs(&touches)[at]))?;
        let known = found.entry(it.grant.clone()).or_insert_with(|| it.clone());
        known.is_whole_set = false;
        known.log_index = known.log_index.max(it.log_index);
    }
    Ok(found.into_values().collect())
}

fn receiver(row: &AnyRow, is_whole_set: bool, log_index: u64) -> Result<Receiver, StoreError> {
    let it = Record::new("touch_runs", "grant_id", row);
    Ok(Receiver {
        grant: GrantId(it.text("grant_id")?),
        org: OrgId(it.text("consumer")?),
        is_whole_set,
        log_index,
    })
}

/// Adds what a grant received of an entry in the calls from `from` on, inside the transaction that moves usage on.
pub(crate) async fn add(
    tx: &mut Transaction<'static, Any>,
    entry: &EntryId,
    grant: &GrantId,
    from: u64,
    touched: &Touched,
) -> Result<(), StoreError> {
    if let Some(index) = touched.whole_set {
        let arguments = args![entry, grant, index];
        sqlx::query_with(ADD_SET, arguments).execute(&mut **tx).await?;
    }
    let run = i64::try_from(from).unwrap_or(i64::MAX);
    put(tx, entry, grant, 0, run, &touched.records).await?;
    settle(tx, entry, grant).await
}

/// Writes one run, in parts.
async fn put(
    tx: &mut Transaction<'static, Any>,
    entry: &EntryId,
    grant: &GrantId,
    level: i64,
    run: i64,
    records: &BTreeMap<RecordHash, u64>,
) -> Result<(), StoreError> {
    let mut bytes = Vec::with_capacity(records.len() * PAIR);
    for (hash, index) in records {
        bytes.extend(hash);
        bytes.extend(index.to_be_bytes());
    }
    for part in bytes.chunks(PART * PAIR) {
        let low = hex::encode(&part[..8]);
        let high = hex::encode(&part[part.len() - PAIR..][..8]);
        let arguments = args![entry, grant, level, run, low, high, part];
        sqlx::query_with(ADD, arguments).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Merges the runs of each level that has [`RUNS_MAX`] of them.
async fn settle(
    tx: &mut Transaction<'static, Any>,
    entry: &EntryId,
    grant: &GrantId,
) -> Result<(), StoreError> {
    for level in 0..SETTLED {
        let row = sqlx::query_with(RUNS, args![entry, grant, level])
            .fetch_one(&mut **tx)
            .await?;
        if Record::new("touch_runs", "n", &row).count("n")? < RUNS_MAX {
            return Ok(());
        }
        let rows = sqlx::query_with(OF_LEVEL, args![entry, grant, level])
            .fetch_all(&mut **tx)
            .await?;
        let (mut records, mut run) = (BTreeMap::new(), 0);
        // The newest run comes last, so that the last time stands.
        for row in &rows {
            let it = Record::new("touch_runs", "run", row);
            run = it.int("run")?;
            let touches = it.bytes("touches")?;
            records.extend(pairs(&touches).iter().map(|it| (hash_of(it), index_of(it))));
        }
        drop(rows);
        sqlx::query_with(CLEAR_LEVEL, args![entry, grant, level])
            .execute(&mut **tx)
            .await?;
        if SETTLED_MIN <= records.len() {
            return put(tx, entry, grant, SETTLED, run, &records).await;
        }
        put(tx, entry, grant, level + 1, run, &records).await?;
    }
    Ok(())
}

fn pairs(touches: &[u8]) -> &[[u8; PAIR]] {
    touches.as_chunks().0
}

fn hash_of(pair: &[u8; PAIR]) -> RecordHash {
    pair[..8]
        .try_into()
        .expect("a pair begins with eight bytes of hash")
}

fn index_of(pair: &[u8; PAIR]) -> u64 {
    u64::from_be_bytes(
        pair[8..]
            .try_into()
            .expect("a pair ends with eight bytes of index"),
    )
}
