//! Releases (开放快照): numbered, hashed snapshots of open sets, and the files they are downloaded as.

use jiff::Timestamp;
use rules::{
    catalogue::Item,
    delivery::Score,
    ids::{CaseId, EntryId, UserId},
    release::{FileFormat, Plan},
    words,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, json, read_all},
};

words! {
    /// Where a release stands.
    pub enum ReleaseState {
        /// Reviewed, and being made.
        Making = "making" "制作中",
        /// What readers get.
        Current = "current" "当前快照",
        /// A newer one took its place; its files stay.
        Replaced = "replaced" "历史版本",
        /// It could not be made; the one before stays.
        Failed = "failed" "制作失败",
        /// It was withdrawn, and its files with it.
        Withdrawn = "withdrawn" "已撤回",
    }
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// Its format.
    pub format: FileFormat,
    /// Its length.
    pub bytes: u64,
    /// Its digest: its name in the file store.
    pub sha256: String,
}

/// A release as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// The entry.
    pub entry: EntryId,
    /// Its number in the set, from 1; also the version of its rows.
    pub number: i64,
    /// Where it stands.
    pub state: ReleaseState,
    /// The review that let it out.
    pub case: CaseId,
    /// The version of the entry it is made by.
    pub entry_version: u64,
    /// The version of the entry's rows it was made from.
    pub data_version: Option<i64>,
    /// Its rows.
    pub rows: u64,
    /// The digest of its JSON lines.
    pub sha256: String,
    /// Who prepared it.
    pub prepared_by: UserId,
    /// Who reviewed it.
    pub reviewed_by: UserId,
    /// When the review let it out.
    pub asked_at: Timestamp,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// Why it failed, in words; empty otherwise.
    pub message: String,
    /// The plan that was reviewed.
    pub plan: Plan,
    /// Its files.
    pub files: Vec<ReleaseFile>,
    /// The items of its rows.
    pub items: Vec<Item>,
    /// Titles of items that were veiled, and how.
    pub masked: Vec<(String, String)>,
    /// The quality of the delivery it was made from.
    pub scores: Vec<Score>,
    /// How anonymous it is, as JSON.
    pub measure: String,
    /// What its columns hold, as JSON.
    pub profile: String,
}

macro_rules! columns {
    () => {
        "entry, number, state, case_id, entry_version, data_version, row_count, sha256, prepared_by, reviewed_by, \
         asked_at, made_at, message, plan, files, items, masked, scores, measure, profile"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM releases WHERE entry = $1 AND number = $2");
    OF_ENTRY = concat!("SELECT ", columns!(), " FROM releases WHERE entry = $1 ORDER BY number DESC");
    MAKING = concat!("SELECT ", columns!(), " FROM releases WHERE state = 'making' ORDER BY asked_at, entry");
    RECENT = concat!("SELECT ", columns!(), " FROM releases WHERE state IN ('current', 'replaced') \
        ORDER BY made_at DESC, entry LIMIT $1");
    // A number that came to nothing is given again: the public sees no gaps.
    FORGET_FAILED = "DELETE FROM releases WHERE entry = $1 AND state = 'failed'";
    NEXT = "SELECT COALESCE(MAX(number), 0) + 1 AS n FROM releases WHERE entry = $1";
    INSERT = concat!("INSERT INTO releases (", columns!(), ") VALUES ($1, $2, 'making', $3, $4, NULL, 0, '', $5, $6, \
        $7, NULL, '', $8, '[]', '[]', '[]', '[]', '', '[]')");
    FINISH = "UPDATE releases SET state = $3, data_version = $4, row_count = $5, sha256 = $6, made_at = $7, \
        message = $8, files = $9, items = $10, masked = $11, scores = $12, measure = $13, profile = $14 \
        WHERE entry = $1 AND number = $2 AND state = 'making'";
    REPLACE = "UPDATE releases SET state = 'replaced' WHERE entry = $1 AND state = 'current'";
    WITHDRAW = "UPDATE releases SET state = 'withdrawn' WHERE entry = $1 AND state IN ('making', 'current', 'replaced')";
    FILES = "SELECT entry, files FROM releases WHERE files <> '[]'";
}

fn read(row: &AnyRow) -> Result<Release, StoreError> {
    let it = Record::new("releases", "entry", row);
    Ok(Release {
        entry: EntryId(it.text("entry")?),
        number: it.int("number")?,
        state: it.word("state", ReleaseState::parse)?,
        case: CaseId(it.text("case_id")?),
        entry_version: it.count("entry_version")?,
        data_version: it.int_or_none("data_version")?,
        rows: it.count("row_count")?,
        sha256: it.text("sha256")?,
        prepared_by: UserId(it.text("prepared_by")?),
        reviewed_by: UserId(it.text("reviewed_by")?),
        asked_at: it.moment("asked_at")?,
        made_at: it.moment_or_none("made_at")?,
        message: it.text("message")?,
        plan: it.json("plan")?,
        files: it.json("files")?,
        items: it.json("items")?,
        masked: it.json("masked")?,
        scores: it.json("scores")?,
        measure: it.text("measure")?,
        profile: it.text("profile")?,
    })
}

/// One release.
pub async fn find(mut db: impl Source, entry: &EntryId, number: i64) -> Result<Option<Release>, StoreError> {
    db.first(FIND, args![entry, number])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The releases of a set, the newest first, whatever became of them.
pub async fn of_entry(mut db: impl Source, entry: &EntryId) -> Result<Vec<Release>, StoreError> {
    read_all(&db.all(OF_ENTRY, args![entry]).await?, read)
}

/// Releases that are being made: after a crash they are taken up again.
pub async fn making(mut db: impl Source) -> Result<Vec<Release>, StoreError> {
    read_all(&db.all(MAKING, args![]).await?, read)
}

/// Releases that were made last, of any set; whether a set stands open is not asked here.
pub async fn recent(mut db: impl Source, limit: u32) -> Result<Vec<Release>, StoreError> {
    read_all(&db.all(RECENT, args![i64::from(limit)]).await?, read)
}

/// Every file that a release refers to, by its digest.
pub async fn files(mut db: impl Source) -> Result<Vec<String>, StoreError> {
    let rows = db.all(FILES, args![]).await?;
    let files = read_all(&rows, |row| {
        Record::new("releases", "entry", row).json::<Vec<ReleaseFile>>("files")
    })?;
    Ok(files.into_iter().flatten().map(|it| it.sha256).collect())
}

/// A release to be made.
#[derive(Clone, Debug)]
pub struct NewRelease<'a> {
    /// The entry.
    pub entry: &'a EntryId,
    /// The review that let it out.
    pub case: &'a CaseId,
    /// The version of the entry it is made by.
    pub entry_version: u64,
    /// The plan that was reviewed.
    pub plan: &'a Plan,
    /// Who prepared it.
    pub prepared_by: &'a UserId,
    /// Who reviewed it.
    pub reviewed_by: &'a UserId,
    /// When.
    pub at: Timestamp,
}

/// Notes a release to be made, and gives it its number.
pub async fn insert(write: &mut Write, it: &NewRelease<'_>) -> Result<i64, StoreError> {
    write.run(FORGET_FAILED, args![it.entry]).await?;
    let row = write.fetch(NEXT, args![it.entry]).await?;
    let number = row
        .first()
        .map_or(Ok(1), |row| Record::new("releases", "n", row).int("n"))?;
    let arguments = args![
        it.entry,
        number,
        it.case,
        it.entry_version,
        it.prepared_by,
        it.reviewed_by,
        it.at,
        json(it.plan),
    ];
    write.run(INSERT, arguments).await?;
    Ok(number)
}

/// Records what became of a release that is being made; a current one takes the place of the one before.
/// [`StoreError::Stale`] where it is not being made any more: it was withdrawn meanwhile.
pub async fn finish(write: &mut Write, it: &Release) -> Result<(), StoreError> {
    if it.state == ReleaseState::Current {
        write.run(REPLACE, args![it.entry]).await?;
    }
    let arguments = args![
        it.entry,
        it.number,
        it.state.name(),
        it.data_version,
        it.rows,
        it.sha256,
        it.made_at,
        it.message,
        json(&it.files),
        json(&it.items),
        json(&it.masked),
        json(&it.scores),
        it.measure,
        it.profile,
    ];
    write
        .run_revised(FINISH, arguments, "releases", it.entry.as_str())
        .await
}

/// Withdraws every release of a set, those being made too.
pub async fn withdraw(write: &mut Write, entry: &EntryId) -> Result<(), StoreError> {
    write.run(WITHDRAW, args![entry]).await?;
    Ok(())
}
