//! What pages and the API show of a delivery.

use jiff::Timestamp;
use rules::{
    delivery::{BatchKind, BatchState, RowFault, Score},
    ids::{DeliveryId, EntryId},
};

/// One delivered batch, with everything its page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryView {
    /// Its id.
    pub id: DeliveryId,
    /// The entry it was delivered against.
    pub entry: EntryId,
    /// The entry's title.
    pub entry_title: String,
    /// The published version of the entry it was checked against.
    pub entry_version: i64,
    /// The sender's own name of the batch; sent twice, it loads once.
    pub batch: String,
    /// Full or incremental.
    pub kind: BatchKind,
    /// Where it stands.
    pub state: BatchState,
    /// The file's name as it was sent.
    pub file_name: String,
    /// What the file was found to be, such as “CSV · GB18030”; empty until it was read.
    pub file_format: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal; empty until it was read.
    pub sha256: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// The person or system that sent it.
    pub received_from: String,
    /// When it was loaded or refused.
    pub finished_at: Option<Timestamp>,
    /// Rows read.
    pub rows: u64,
    /// Rows accepted.
    pub accepted: u64,
    /// Rows refused.
    pub refused: u64,
    /// Refused rows by reason, the most frequent first.
    pub by_fault: Vec<(RowFault, u64)>,
    /// The six scores of art. 14; empty until it was checked.
    pub scores: Vec<Score>,
    /// Rows in the resource after it was loaded.
    pub rows_after: Option<u64>,
    /// The data version it made.
    pub data_version: Option<i64>,
    /// Why the batch was refused whole, and what to do; empty otherwise.
    pub refusal_words: String,
    /// The stable code of that refusal; empty otherwise.
    pub refusal_code: String,
    /// Whether there is a file of refused rows to fetch.
    pub has_refusals: bool,
    /// From what share of refused rows the entry refuses a batch whole, per mille.
    pub refused_permille_max: u16,
    /// How far the checking is, while it runs in this node.
    pub progress: Option<Progress>,
}

/// One line in the list of an entry's deliveries.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    /// Its id.
    pub id: DeliveryId,
    /// The entry.
    pub entry: EntryId,
    /// The entry's title.
    pub entry_title: String,
    /// The sender's name of the batch.
    pub batch: String,
    /// Full or incremental.
    pub kind: BatchKind,
    /// Where it stands.
    pub state: BatchState,
    /// The file's name.
    pub file_name: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Rows read.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// The mean of its scores, 0 to 100, once it was checked.
    pub percent: Option<f64>,
}

rules::words! {
    /// What a delivery being worked on is doing.
    pub enum Stage {
        /// Behind other deliveries.
        Waiting = "waiting" "排队等待",
        /// Rows are read and checked.
        Checking = "checking" "逐行校验",
        /// The disk or the database failed; it is tried again by itself.
        Paused = "paused" "平台存储或者数据库暂时不可用，稍后自动重试",
        /// Accepted rows are written beside the present ones.
        Loading = "loading" "写入数据中心",
    }
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Bytes read.
    pub bytes_done: u64,
    /// Bytes in the file.
    pub bytes_all: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows refused so far.
    pub refused: u64,
}

impl Progress {
    /// At a stage in which nothing is counted.
    pub(super) fn at(stage: Stage) -> Progress {
        Progress {
            stage,
            bytes_done: 0,
            bytes_all: 0,
            rows: 0,
            refused: 0,
        }
    }

    /// The share that is done, 0 to 100.
    pub fn percent(&self) -> u8 {
        match self.stage {
            Stage::Waiting | Stage::Paused => 0,
            Stage::Loading => 95,
            Stage::Checking if self.bytes_all == 0 => 0,
            Stage::Checking => (self.bytes_done.min(self.bytes_all) * 94 / self.bytes_all) as u8,
        }
    }
}

/// The mean of the scores that could be measured, 0 to 100.
pub fn mean(scores: &[Score]) -> Option<f64> {
    let known: Vec<f64> = scores.iter().filter_map(Score::percent).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
