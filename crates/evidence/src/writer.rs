//! The one thread that writes: takes all that waits, writes it as one buffer, and answers when it is on disk.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::sync::oneshot;

use crate::{
    blank,
    disk::{self, By},
    error::{AppendError, ReadError},
    hash::Hash,
    herald::{Answer, Herald, Seat},
    log::Shared,
    record::{self, Sealed},
    tile::WIDTH,
};

/// A write is not made longer than this by waiting entries.
const MAX_WRITE: usize = 8 << 20;

/// So many entries in one write are a crowd: others are on their way, and are given [`GATHER`] to arrive. A lone
/// caller never waits for company.
const CROWD: usize = 6;

/// How long a crowd gathers. Fewer, larger writes leave the processors to those who ask.
const GATHER: Duration = Duration::from_micros(250);

/// Room is reserved for as much as the log holds already, within these bounds.
const RESERVE: std::ops::RangeInclusive<u64> = (1 << 20)..=(16 << 20);

/// What the writer is asked to do.
pub(crate) enum Job {
    /// Record an entry.
    Append(Sealed, Answer, Option<Seat>),
    /// Remove salt and body of an entry.
    Blank(u64, oneshot::Sender<Result<(), ReadError>>),
}

/// An entry, who waits for it, and on which runtime.
type Entry = (Sealed, Answer, Option<Seat>);

/// The writing thread's own things.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    herald: Arc<Herald>,
    offsets: Option<File>,
    buffer: Vec<u8>,
    /// Bytes behind the durable length may lie in the file and must go before anything else is written.
    has_leftover: bool,
    /// Up to here the file has blocks of its own, full of zeros behind the durable length. Writing into them is
    /// many times faster than growing the file, whose new length must reach the file system's journal each time.
    reserved: u64,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, herald: Arc<Herald>) -> Writer {
        Writer {
            shared,
            herald,
            offsets: None,
            buffer: Vec::new(),
            has_leftover: false,
            reserved: 0,
        }
    }

    /// Works until nobody can ask any more.
    pub(crate) fn run(mut self, queue: &mpsc::Receiver<Job>) {
        let mut held = None;
        let mut last_write = 0;
        while let Some(job) = held.take().or_else(|| queue.recv().ok()) {
            if last_write >= CROWD {
                thread::sleep(GATHER);
            }
            let mut entries = Vec::new();
            let mut bytes = 0;
            let mut job = Some(job);
            while let Some(Job::Append(sealed, answer, seat)) = job {
                bytes += sealed.body.len();
                entries.push((sealed, answer, seat));
                job = if bytes < MAX_WRITE {
                    queue.try_recv().ok()
                } else {
                    None
                };
            }
            last_write = entries.len();
            self.write(entries);
            match job {
                Some(Job::Blank(index, answer)) => {
                    let _ = answer.send(blank::blank(&self.shared, index));
                }
                other => held = other,
            }
        }
        // Closed in order, the file ends with its last entry; after a crash, opening it takes the zeros off.
        let length = self.shared.durable().length;
        let _ = self.shared.records.set_len(length);
    }

    fn write(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let written = self.commit(&entries);
        let numbered = entries.into_iter().enumerate();
        let told = numbered.map(|(nth, (_, answer, seat))| {
            let written = written.clone().map(|first| first + nth as u64);
            (seat, (answer, written))
        });
        self.herald.announce(told.collect());
    }

    /// Makes the entries durable; gives the first one's index.
    fn commit(&mut self, entries: &[Entry]) -> Result<u64, AppendError> {
        if self.shared.is_damaged.load(Ordering::Relaxed) {
            return Err(AppendError::Damaged);
        }
        let (mut edge, length, last_ms) = {
            let durable = self.shared.durable();
            (durable.edge.clone(), durable.length, durable.last_ms)
        };
        let (first, at_ms) = (edge.size(), now_ms().max(last_ms));
        self.buffer.clear();
        let mut starts = Vec::new();
        let hashes: Vec<Hash> = entries
            .iter()
            .zip(first..)
            .map(|((sealed, ..), index)| {
                if index.is_multiple_of(WIDTH as u64) {
                    starts.push(length + self.buffer.len() as u64);
                }
                record::encode(&mut self.buffer, index, at_ms, sealed)
            })
            .collect();
        self.shared.writes.fetch_add(1, Ordering::Relaxed);
        self.put(length)
            .map_err(|error| AppendError::NotDurable(error.to_string()))?;

        let end = length + self.buffer.len() as u64;
        let mut full = Vec::new();
        for hash in hashes {
            edge.push(hash, &mut |id, row| full.push((id, row.to_vec())));
        }
        // Tiles and offsets can be made again from the records, so their failure is no reason to deny the entries.
        full.retain(|(id, row)| disk::put_tile(&self.shared.dir, By::Writer, *id, row).is_err());
        let mut durable = self.shared.durable();
        let known = durable.offsets.len();
        let before = durable.edge.size() / WIDTH as u64;
        durable
            .unsynced
            .extend(new_tiles(before, edge.size() / WIDTH as u64).map(|id| (id, end)));
        durable.offsets.extend(&starts);
        durable.edge = edge;
        durable.length = end;
        durable.last_ms = at_ms;
        durable.unwritten.extend(full);
        drop(durable);
        self.tidy(known, &starts, before);
        Ok(first)
    }

    /// Writes the buffer behind the durable `length`; on failure nothing of it stays.
    fn put(&mut self, length: u64) -> io::Result<()> {
        let records = &self.shared.records;
        if self.has_leftover {
            records.set_len(length)?;
            records.sync_all()?;
            self.has_leftover = false;
        }
        self.reserve(length);
        let records = &self.shared.records;
        let written = records
            .write_all_at(&self.buffer, length)
            .and_then(|()| records.sync_data());
        if written.is_err() {
            let cut = records.set_len(length).and_then(|()| records.sync_all());
            self.has_leftover = cut.is_err();
            self.reserved = 0;
        }
        written
    }

    /// Makes room for the buffer and for what follows it. Without room, as on a full disk, the file just grows.
    fn reserve(&mut self, length: u64) {
        let end = length + self.buffer.len() as u64;
        if end <= self.reserved {
            return;
        }
        let records = &self.shared.records;
        let until = end + length.clamp(*RESERVE.start(), *RESERVE.end());
        let zeros = vec![0; 1 << 20];
        let mut at = length.max(self.reserved);
        while at < until {
            let part = &zeros[..zeros.len().min((until - at) as usize)];
            if records.write_all_at(part, at).is_err() {
                let _ = records.set_len(length.max(self.reserved));
                return;
            }
            at += part.len() as u64;
        }
        if records.sync_all().is_ok() {
            self.reserved = until;
        }
    }

    /// Notes where the new tiles' entries begin, and drops partial tiles that are full now.
    fn tidy(&mut self, known: usize, starts: &[u64], before: u64) {
        if starts.is_empty() {
            return;
        }
        let path = self.shared.dir.join(disk::OFFSETS);
        if self.offsets.is_none() {
            self.offsets = OpenOptions::new().write(true).open(path).ok();
        }
        let bytes: Vec<u8> = starts.iter().flat_map(|start| start.to_be_bytes()).collect();
        let noted = self
            .offsets
            .as_ref()
            .map(|file| file.write_all_at(&bytes, 8 * known as u64));
        let after = self.shared.durable().edge.size() / WIDTH as u64;
        let swept = new_tiles(before, after).try_for_each(|id| disk::remove_partials(&self.shared.dir, id));
        if !matches!((&noted, &swept), (Some(Ok(())), Ok(()))) {
            tracing::warn!(
                ?noted,
                ?swept,
                "the evidence log could not tidy up; opening it again does"
            );
        }
    }
}

/// The tiles that are full at `after` full lowest tiles and were not at `before`.
fn new_tiles(before: u64, after: u64) -> impl Iterator<Item = crate::tile::TileId> {
    (0u8..8).flat_map(move |level| {
        let shift = 8 * u32::from(level);
        (before >> shift..after >> shift).map(move |index| crate::tile::TileId {
            level,
            index,
            width: WIDTH,
        })
    })
}

/// The log notes by its own clock when it wrote: nobody who calls it can date an entry.
#[allow(
    clippy::disallowed_methods,
    reason = "the time of an entry is the log's own statement"
)]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_waits_together_is_one_write_and_keeps_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let opened = crate::open::open(&dir.path().join("log"), "city/log", &dir.path().join("key"));
        let shared = Arc::new(opened.unwrap().shared);
        let (jobs, queue) = mpsc::channel();
        let answers: Vec<_> = (0..64u8)
            .map(|n| {
                let (answer, answered) = oneshot::channel();
                jobs.send(Job::Append(Sealed::new("call", vec![n]), answer, None))
                    .unwrap();
                answered
            })
            .collect();
        drop(jobs);
        Writer::new(Arc::clone(&shared), Arc::default()).run(&queue);
        for (answered, expected) in answers.into_iter().zip(0..) {
            assert_eq!(answered.blocking_recv().unwrap(), Ok(expected));
        }
        assert_eq!(shared.writes.load(Ordering::Relaxed), 1);
        let bodies: Vec<_> = shared
            .read(0, 100)
            .unwrap()
            .into_iter()
            .map(|whole| whole.body)
            .collect();
        assert_eq!(bodies, (0..64u8).map(|n| vec![n]).collect::<Vec<_>>());
    }
}
