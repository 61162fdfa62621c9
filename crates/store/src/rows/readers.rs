//! Open connections to row files, kept for the next read.
//!
//! Opening a file and preparing a statement cost more than reading a row, so a connection that has done its
//! read waits here for the next one of the same entry. The number that wait is bounded, whatever the number
//! of entries and threads: each costs file handles and a page cache.
//!
//! A waiting reader keeps its transaction open: beginning and ending one locks the file twice, which takes as long
//! as finding the row. What it sees is true as long as nobody merges, and only this process merges; after a merge
//! the readers of that entry are let go.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{RowsError, browse::number, layout::Layout};

/// Connections that wait at most.
const IDLE_MAX: usize = 128;

/// What a connection for reading is told first. The cache is small because up to [`IDLE_MAX`] of them stay; the
/// pages themselves are mapped, so that reading one neither calls the system nor copies it.
const SESSION: &str = "PRAGMA cache_size = -1024; PRAGMA mmap_size = 1073741824; PRAGMA temp_store = MEMORY; \
    PRAGMA query_only = ON;";

/// A connection to one version of one entry's rows, for reading only.
pub(super) struct Reader {
    pub connection: Connection,
    pub layout: Arc<Layout>,
    /// The merges of the entry when it began to read.
    merges: u64,
}

#[derive(Default)]
pub(super) struct Readers {
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    by_entry: HashMap<String, Vec<Waiting>>,
    /// How often rows were merged into an entry since the start; none where never.
    merges: HashMap<String, u64>,
    count: usize,
    /// Counts the readers put back, to tell which has waited longest.
    turn: u64,
}

struct Waiting {
    version: i64,
    since: u64,
    reader: Reader,
}

impl Readers {
    /// A reader of the file at `path`: one that waits, or a new one.
    pub fn take(
        &self,
        entry: &str,
        version: i64,
        path: impl FnOnce() -> PathBuf,
    ) -> Result<Reader, RowsError> {
        let mut idle = self.idle.lock().unwrap();
        if let Some(waiting) = idle.by_entry.get_mut(entry)
            && let Some(at) = waiting.iter().rposition(|it| it.version == version)
        {
            let reader = waiting.remove(at).reader;
            idle.count -= 1;
            return Ok(reader);
        }
        let merges = idle.merges(entry);
        drop(idle);
        open(version, &path(), merges)
    }

    /// Keeps a reader whose read went well. One whose read failed is simply dropped.
    pub fn put_back(&self, entry: &str, version: i64, reader: Reader) {
        let mut idle = self.idle.lock().unwrap();
        if reader.merges != idle.merges(entry) {
            return;
        }
        let since = idle.turn;
        idle.turn += 1;
        idle.count += 1;
        let waiting = Waiting {
            version,
            since,
            reader,
        };
        match idle.by_entry.get_mut(entry) {
            Some(others) => others.push(waiting),
            None => {
                idle.by_entry.insert(entry.to_owned(), vec![waiting]);
            }
        }
        // Closing touches the disk, so it waits until the lock is released.
        let closing = if IDLE_MAX < idle.count {
            idle.remove_oldest()
        } else {
            None
        };
        drop(idle);
        drop(closing);
    }

    /// Lets the readers of an entry go that do not see what was just merged.
    pub fn merged(&self, entry: &str) {
        let mut idle = self.idle.lock().unwrap();
        *idle.merges.entry(entry.to_owned()).or_default() += 1;
        let closing = idle.by_entry.remove(entry).unwrap_or_default();
        idle.count -= closing.len();
        drop(idle);
        drop(closing);
    }

    /// Closes the readers of an entry's versions before `keep_version`.
    pub fn forget(&self, entry: &str, keep_version: i64) {
        let mut idle = self.idle.lock().unwrap();
        let Some(waiting) = idle.by_entry.get_mut(entry) else {
            return;
        };
        let closing: Vec<Waiting> = waiting.extract_if(.., |it| it.version < keep_version).collect();
        idle.count -= closing.len();
        drop(idle);
        drop(closing);
    }
}

impl Idle {
    fn merges(&self, entry: &str) -> u64 {
        self.merges.get(entry).copied().unwrap_or_default()
    }

    fn remove_oldest(&mut self) -> Option<Reader> {
        self.by_entry.retain(|_, waiting| !waiting.is_empty());
        // The first of each entry's has waited longest among its own.
        let oldest = self
            .by_entry
            .iter()
            .min_by_key(|(_, waiting)| waiting[0].since)?
            .0
            .clone();
        self.count -= 1;
        Some(self.by_entry.get_mut(&oldest)?.remove(0).reader)
    }
}

fn open(version: i64, path: &Path, merges: u64) -> Result<Reader, RowsError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match Connection::open_with_flags(path, flags) {
        Ok(connection) => connection,
        Err(_) if !path.exists() => return Err(RowsError::NoVersion(version)),
        Err(e) => return Err(e.into()),
    };
    // Readers are never kept out; only the first to open a file after a crash makes others wait a moment.
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch(SESSION)?;
    connection.execute_batch("BEGIN")?;
    number::teach(&connection)?;
    let layout: String = connection.query_row("SELECT value FROM meta WHERE name = 'layout'", [], |row| {
        row.get(0)
    })?;
    Ok(Reader {
        connection,
        layout: Arc::new(Layout::parse(&layout)?),
        merges,
    })
}
