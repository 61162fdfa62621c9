//! Rows on their way out: chunks that are read no faster than they are taken.

use tokio::{sync::mpsc, task::JoinHandle};

use super::{Answer, RowsError};

/// Chunks waiting to be taken, at most.
const WAITING_MAX: usize = 2;
/// Rows in a chunk, at most.
const CHUNK_ROWS_MAX: usize = 2_000;
/// Bytes of values in a chunk, about; one row may exceed it.
const CHUNK_BYTES_MAX: usize = 256 * 1024;

/// All picked rows, chunk by chunk. Dropping it ends the read.
pub struct Chunks {
    receiver: mpsc::Receiver<Vec<Answer>>,
    /// The reading side, asked for its outcome when no more chunks come: rows that were cut off
    /// by an error or a panic must never pass for all of them.
    reading: Option<JoinHandle<Result<(), RowsError>>>,
}

/// Where the reading side puts its chunks.
pub(super) type Sender = mpsc::Sender<Vec<Answer>>;

impl Chunks {
    /// Reads on a thread of its own.
    pub(super) fn from_thread(
        read: impl FnOnce(&Sender) -> Result<(), RowsError> + Send + 'static,
    ) -> Chunks {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Chunks {
            receiver,
            reading: Some(tokio::task::spawn_blocking(move || read(&sender))),
        }
    }

    /// Reads in a task.
    pub(super) fn from_task<R>(read: impl FnOnce(Sender) -> R) -> Chunks
    where
        R: Future<Output = Result<(), RowsError>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Chunks {
            receiver,
            reading: Some(tokio::spawn(read(sender))),
        }
    }

    /// The next chunk, never empty; `None` when all rows have come.
    pub async fn next(&mut self) -> Result<Option<Vec<Answer>>, RowsError> {
        if let Some(chunk) = self.receiver.recv().await {
            return Ok(Some(chunk));
        }
        match self.reading.take() {
            None => Ok(None),
            Some(reading) => match reading.await {
                Ok(outcome) => outcome.map(|()| None),
                Err(cut_short) => Err(RowsError::Task(cut_short.to_string())),
            },
        }
    }
}

/// Rows being gathered into a chunk.
#[derive(Default)]
pub(super) struct Gathering {
    rows: Vec<Answer>,
    bytes: usize,
}

impl Gathering {
    /// Adds a row; gives the chunk away once it is full.
    pub fn push(&mut self, row: Answer) -> Option<Vec<Answer>> {
        self.bytes += row.iter().flatten().map(String::len).sum::<usize>();
        self.rows.push(row);
        let is_full = CHUNK_ROWS_MAX <= self.rows.len() || CHUNK_BYTES_MAX <= self.bytes;
        is_full.then(|| std::mem::take(self).rows)
    }

    /// The last chunk, where one is left.
    pub fn rest(self) -> Option<Vec<Answer>> {
        (!self.rows.is_empty()).then_some(self.rows)
    }
}
