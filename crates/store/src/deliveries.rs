//! Deliveries (数据批次): what was sent, what became of it, and how good it was.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rules::{
    delivery::{BatchKind, BatchState, RowFault, Score},
    ids::{DeliveryId, EntryId, OrgId, SystemId, UserId},
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, json, read_all},
};

/// A delivery as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The entry it was delivered against.
    pub entry: EntryId,
    /// The version of the entry its rows were checked by.
    pub version: u64,
    /// The sender's own name of the batch; one is loaded once per entry.
    pub batch: String,
    /// Whether it replaces all rows or adds to them.
    pub kind: BatchKind,
    /// Where it stands.
    pub state: BatchState,
    /// The name the file came with.
    pub file_name: String,
    /// The original, in the file store.
    pub file: String,
    /// The refused rows with their reasons, in the file store.
    pub refusals: Option<String>,
    /// SHA-256 of the original, hexadecimal.
    pub sha256: String,
    /// Rows read.
    pub rows: u64,
    /// Rows loaded.
    pub accepted: u64,
    /// Rows refused.
    pub refused: u64,
    /// Refused rows by reason.
    pub by_fault: BTreeMap<RowFault, u64>,
    /// The quality of the batch in six dimensions (art. 14).
    pub scores: Vec<Score>,
    /// Why the batch was refused whole, in words; empty otherwise.
    pub message: String,
    /// The person who delivered it; none where a system did.
    pub by_user: Option<UserId>,
    /// The system that delivered it; none where a person did.
    pub by_system: Option<SystemId>,
    /// When it was received.
    pub at: Timestamp,
    /// When it was loaded or refused.
    pub finished_at: Option<Timestamp>,
    /// The version of the rows it made.
    pub data_version: Option<i64>,
}

macro_rules! columns {
    () => {
        "id, entry, version, batch, kind, state, file_name, file, refusals, sha256, row_count, accepted, refused, \
         by_fault, scores, message, by_user, by_system, at, finished_at, data_version"
    };
}

macro_rules! of_entry {
    () => {
        "d.id, d.entry, d.version, d.batch, d.kind, d.state, d.file_name, d.file, d.refusals, d.sha256, d.row_count, \
         d.accepted, d.refused, d.by_fault, d.scores, d.message, d.by_user, d.by_system, d.at, d.finished_at, \
         d.data_version"
    };
}

/// A delivery with the organisation that provides its entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Recent {
    /// The delivery.
    pub delivery: Delivery,
    /// The provider.
    pub org: OrgId,
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM deliveries WHERE id = $1");
    BY_BATCH = concat!("SELECT ", columns!(), " FROM deliveries WHERE entry = $1 AND batch = $2");
    OF_ENTRY = concat!("SELECT ", columns!(), " FROM deliveries WHERE entry = $1 ORDER BY at DESC, id DESC LIMIT $2");
    RECENT = concat!("SELECT ", of_entry!(), ", e.org AS org FROM deliveries d JOIN entries e ON e.id = d.entry \
        WHERE ($1 = '' OR e.org = $1) AND ($2 = '' OR d.state = $2) \
        AND (d.at < $3 OR (d.at = $3 AND d.id < $4)) ORDER BY d.at DESC, d.id DESC LIMIT $5");
    UNFINISHED = concat!("SELECT ", columns!(), " FROM deliveries WHERE state = 'checking' ORDER BY at, id");
    INSERT = concat!("INSERT INTO deliveries (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) \
        ON CONFLICT (entry, batch) DO NOTHING");
    FINISH = "UPDATE deliveries SET state = $2, refusals = $3, sha256 = $4, row_count = $5, accepted = $6, \
        refused = $7, by_fault = $8, scores = $9, message = $10, finished_at = $11, data_version = $12 \
        WHERE id = $1 AND state = 'checking'";
    NEXT_VERSION = "SELECT COALESCE(MAX(data_version), 0) + 1 AS n FROM deliveries WHERE entry = $1";
}

fn read(row: &AnyRow) -> Result<Delivery, StoreError> {
    let it = Record::new("deliveries", "id", row);
    Ok(Delivery {
        id: DeliveryId(it.text("id")?),
        entry: EntryId(it.text("entry")?),
        version: it.count("version")?,
        batch: it.text("batch")?,
        kind: it.word("kind", BatchKind::parse)?,
        state: it.word("state", BatchState::parse)?,
        file_name: it.text("file_name")?,
        file: it.text("file")?,
        refusals: it.text_or_none("refusals")?,
        sha256: it.text("sha256")?,
        rows: it.count("row_count")?,
        accepted: it.count("accepted")?,
        refused: it.count("refused")?,
        by_fault: it.json("by_fault")?,
        scores: it.json("scores")?,
        message: it.text("message")?,
        by_user: it.text_or_none("by_user")?.map(UserId),
        by_system: it.text_or_none("by_system")?.map(SystemId),
        at: it.moment("at")?,
        finished_at: it.moment_or_none("finished_at")?,
        data_version: it.int_or_none("data_version")?,
    })
}

/// The delivery, if there is one.
pub async fn find(mut db: impl Source, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The delivery of a batch against an entry, if it came before.
pub async fn by_batch(
    mut db: impl Source,
    entry: &EntryId,
    batch: &str,
) -> Result<Option<Delivery>, StoreError> {
    db.first(BY_BATCH, args![entry, batch])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The deliveries against an entry, newest first.
pub async fn of_entry(mut db: impl Source, entry: &EntryId, limit: u32) -> Result<Vec<Delivery>, StoreError> {
    read_all(&db.all(OF_ENTRY, args![entry, i64::from(limit)]).await?, read)
}

/// Deliveries of one provider or of all, in one state or in any, newest first; the page begins after `after`.
pub async fn recent(
    mut db: impl Source,
    org: Option<&OrgId>,
    state: Option<BatchState>,
    after: Option<&(Timestamp, DeliveryId)>,
    limit: u32,
) -> Result<Vec<Recent>, StoreError> {
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id.as_str()));
    let arguments = args![
        org.map_or("", OrgId::as_str),
        state.map_or("", BatchState::name),
        at,
        id,
        i64::from(limit),
    ];
    read_all(&db.all(RECENT, arguments).await?, |row| {
        Ok(Recent {
            delivery: read(row)?,
            org: OrgId(Record::new("deliveries", "id", row).text("org")?),
        })
    })
}

/// Deliveries still being checked, oldest first: after a crash they are taken up again.
pub async fn unfinished(mut db: impl Source) -> Result<Vec<Delivery>, StoreError> {
    read_all(&db.all(UNFINISHED, args![]).await?, read)
}

/// A row-store version that no delivery of this entry has recorded yet; from 1.
pub async fn next_data_version(mut db: impl Source, entry: &EntryId) -> Result<i64, StoreError> {
    let row = db.first(NEXT_VERSION, args![entry]).await?;
    row.map_or(Ok(1), |it| Record::new("deliveries", "n", &it).int("n"))
}

/// Receives a batch. `false`: this entry has had a batch of that name before, and nothing was stored.
pub async fn insert(write: &mut Write, it: &Delivery) -> Result<bool, StoreError> {
    let arguments = args![
        it.id,
        it.entry,
        it.version,
        it.batch,
        it.kind.name(),
        it.state.name(),
        it.file_name,
        it.file,
        it.refusals,
        it.sha256,
        it.rows,
        it.accepted,
        it.refused,
        json(&it.by_fault),
        json(&it.scores),
        it.message,
        it.by_user,
        it.by_system,
        it.at,
        it.finished_at,
        it.data_version,
    ];
    Ok(write.run(INSERT, arguments).await? > 0)
}

/// Records what became of a batch that is being checked. [`StoreError::Stale`] where that is known already.
pub async fn finish(write: &mut Write, it: &Delivery) -> Result<(), StoreError> {
    let arguments = args![
        it.id,
        it.state.name(),
        it.refusals,
        it.sha256,
        it.rows,
        it.accepted,
        it.refused,
        json(&it.by_fault),
        json(&it.scores),
        it.message,
        it.finished_at,
        it.data_version,
    ];
    write
        .run_revised(FINISH, arguments, "deliveries", it.id.as_str())
        .await
}
