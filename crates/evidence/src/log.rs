//! The running log: what callers hold.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    disk::{self, By},
    error::{AppendError, OpenError, ReadError},
    herald::Herald,
    note::{Checkpoint, Signer},
    open,
    record::{MAX_BODY, Next, Scan, Sealed, Whole, is_kind},
    tile::{Edge, TileId, Tiles, WIDTH},
    writer::{Job, Writer},
};

/// How often the background signs what was added.
const SIGN_EVERY: Duration = Duration::from_secs(1);

/// A running log. Clones share one writer; the last one dropped signs a final checkpoint and closes the files.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    jobs: Option<mpsc::Sender<Job>>,
    stop: Option<mpsc::Sender<()>>,
    herald: Arc<Herald>,
    threads: Vec<JoinHandle<()>>,
    cut_bytes: u64,
    _lock: File,
}

/// What the threads of a log share.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) records: File,
    pub(crate) signer: Signer,
    pub(crate) durable: Mutex<Durable>,
    pub(crate) signed: Mutex<Signed>,
    /// Set when what was read back is not what was written.
    pub(crate) is_damaged: AtomicBool,
    /// How often the writer went to the disk.
    pub(crate) writes: AtomicU64,
}

/// What is on disk for certain.
pub(crate) struct Durable {
    pub(crate) edge: Edge,
    /// Bytes of the records.
    pub(crate) length: u64,
    /// Where entry 0, 256, 512 … begins.
    pub(crate) offsets: Vec<u64>,
    /// When the last entry was written, so that times never run backwards.
    pub(crate) last_ms: i64,
    /// Full tiles that the disk did not take yet.
    pub(crate) unwritten: Vec<(TileId, Vec<[u8; 32]>)>,
    /// Full tiles that a power cut could still undo, and where their last record ends.
    pub(crate) unsynced: Vec<(TileId, u64)>,
}

/// What the newest checkpoint says, and the tree it was made from: entries read back from the disk.
pub(crate) struct Signed {
    pub(crate) note: String,
    pub(crate) edge: Edge,
    pub(crate) length: u64,
}

/// One entry, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 0.
    pub index: u64,
    /// When it was written, milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of act it records.
    pub kind: String,
    /// The act itself; empty when it was blanked.
    pub body: Vec<u8>,
    /// Whether the body was blanked at the end of its retention; the proof stays.
    pub is_blanked: bool,
}

impl From<Whole> for Record {
    fn from(whole: Whole) -> Record {
        Record {
            index: whole.index,
            at_ms: whole.leaf.at_ms,
            kind: whole.leaf.kind,
            body: whole.body,
            is_blanked: whole.is_blanked,
        }
    }
}

impl Log {
    /// Opens the log in `dir` under the name `origin`, making it and its key when absent.
    ///
    /// An unfinished last write is cut off ([`Log::cut_bytes`] says how much); a log damaged anywhere else is refused.
    /// A small log is read whole, of a big one the last part; [`crate::verify`] reads everything.
    pub fn open(dir: &Path, origin: &str, key_path: &Path) -> Result<Log, OpenError> {
        let opened = open::open(dir, origin, key_path)?;
        let shared = Arc::new(opened.shared);
        shared
            .sign()
            .map_err(|error| OpenError::Checkpoint(error.to_string()))?;
        let (jobs, queue) = mpsc::channel();
        let (stop, stopped) = mpsc::channel();
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(run)
                .map_err(OpenError::io(dir))
        };
        let herald = Arc::new(Herald::default());
        let writer = Writer::new(Arc::clone(&shared), Arc::clone(&herald));
        let signing = Arc::clone(&shared);
        let threads = vec![
            spawn("evidence-writer", Box::new(move || writer.run(&queue)))?,
            spawn(
                "evidence-signer",
                Box::new(move || signing.keep_signing(&stopped)),
            )?,
        ];
        let inner = Inner {
            shared,
            jobs: Some(jobs),
            stop: Some(stop),
            herald,
            threads,
            cut_bytes: opened.cut_bytes,
            _lock: opened.lock,
        };
        Ok(Log {
            inner: Arc::new(inner),
        })
    }

    /// How many bytes of an unfinished last write were cut off when the log was opened.
    pub fn cut_bytes(&self) -> u64 {
        self.inner.cut_bytes
    }

    /// Records `body`; returns its index once it is on disk. Entries that wait together share one write.
    pub async fn append(&self, kind: &str, body: Vec<u8>) -> Result<u64, AppendError> {
        if !is_kind(kind) {
            return Err(AppendError::BadKind(kind.to_owned()));
        }
        if body.len() > MAX_BODY {
            return Err(AppendError::TooLarge(body.len()));
        }
        let seat = self.inner.herald.seat();
        let (answer, answered) = oneshot::channel();
        self.send(Job::Append(Sealed::new(kind, body), answer, seat))?;
        answered.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Removes salt and body of entry `index` for good. Its leaf stays, so every proof holds as before, but nobody
    /// can tell any more what it was a proof of.
    pub async fn blank(&self, index: u64) -> Result<(), ReadError> {
        let (answer, answered) = oneshot::channel();
        let closed = |_| ReadError::Io(std::io::Error::other("the log is closed"));
        self.send(Job::Blank(index, answer)).map_err(closed)?;
        answered
            .await
            .unwrap_or_else(|_| Err(closed(AppendError::Closed)))
    }

    fn send(&self, job: Job) -> Result<(), AppendError> {
        let jobs = self.inner.jobs.as_ref().ok_or(AppendError::Closed)?;
        jobs.send(job).map_err(|_| AppendError::Closed)
    }

    /// The number of durable entries.
    pub fn size(&self) -> u64 {
        self.inner.shared.durable().edge.size()
    }

    /// How often entries were written since the log was opened. One write makes all entries durable that waited
    /// together, so under load this grows much slower than the number of entries.
    pub fn writes(&self) -> u64 {
        self.inner.shared.writes.load(Ordering::Relaxed)
    }

    /// A signed note over all durable entries, made now when entries were added since the last one.
    pub fn checkpoint(&self) -> Result<String, ReadError> {
        self.inner.shared.sign()
    }

    /// The public key that outsiders verify with. They should get it by another way than the receipts.
    pub fn vkey(&self) -> String {
        self.inner.shared.signer.vkey()
    }

    /// The receipt of entry `index`: a text file that [`crate::verify_receipt`] checks offline.
    pub fn receipt(&self, index: u64) -> Result<String, ReadError> {
        let shared = &self.inner.shared;
        let (note, size) = shared.covering(index)?;
        let mut found = shared.read(index, 1)?;
        let record = found.pop().ok_or(ReadError::Missing(index))?;
        let tiles = Tiles::new(&shared.dir, shared.durable().edge.clone());
        let path = crate::proof::inclusion(&tiles, index, size)?;
        Ok(crate::receipt::write(&record, &path, &note))
    }

    /// The proof that the present log begins with the `old` entries of an earlier checkpoint: a text file that
    /// [`crate::verify_consistency`] checks offline.
    pub fn consistency(&self, old: u64) -> Result<String, ReadError> {
        let shared = &self.inner.shared;
        let (note, size) = shared.covering(old.saturating_sub(1))?;
        let tiles = Tiles::new(&shared.dir, shared.durable().edge.clone());
        let path = crate::proof::consistency(&tiles, old, size)?;
        Ok(crate::receipt::write_consistency(old, &path, &note))
    }

    /// Up to `count` entries from `from` on.
    pub fn read(&self, from: u64, count: usize) -> Result<Vec<Record>, ReadError> {
        Ok(self
            .inner
            .shared
            .read(from, count)?
            .into_iter()
            .map(Record::from)
            .collect())
    }

    /// Shows index, kind and body of up to `count` entries from `from` on to `see`, and says how many there were. For
    /// whoever counts: several times faster than [`Log::read`], because only the heads are checked. Whatever is
    /// signed was read back and checked whole.
    pub fn glance(
        &self,
        from: u64,
        count: usize,
        mut see: impl FnMut(u64, &str, &[u8]),
    ) -> Result<u64, ReadError> {
        let Some((mut scan, until)) = self.inner.shared.scan(from, count)? else {
            return Ok(0);
        };
        while scan.index() < until {
            let index = scan.index();
            scan.glance(|kind, body| see(index, kind, body))?
                .ok_or_else(|| damaged(&scan))?;
        }
        Ok(until - from)
    }
}

fn damaged(scan: &Scan<'_>) -> ReadError {
    ReadError::Damaged {
        index: scan.index(),
        offset: scan.offset(),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The threads end when nobody can ask them for anything any more.
        drop(self.jobs.take());
        drop(self.stop.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the evidence log panicked");
            }
        }
        if let Err(error) = self.shared.sign() {
            tracing::error!(%error, "no final checkpoint of the evidence log");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every holder leaves the value whole at each step, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn durable(&self) -> MutexGuard<'_, Durable> {
        lock(&self.durable)
    }

    /// Nobody signs while the answer is held.
    pub(crate) fn hold_signing(&self) -> MutexGuard<'_, Signed> {
        lock(&self.signed)
    }

    /// Reads records, checking each.
    pub(crate) fn read(&self, from: u64, count: usize) -> Result<Vec<Whole>, ReadError> {
        let mut records = Vec::new();
        let Some((mut scan, until)) = self.scan(from, count)? else {
            return Ok(records);
        };
        while scan.index() < until {
            match scan.step()? {
                Next::Whole(whole) => records.push(whole),
                _ => return Err(damaged(&scan)),
            }
        }
        Ok(records)
    }

    /// A scan that stands at entry `from`, and the entry at which it is to end; none where there is nothing to read.
    fn scan(&self, from: u64, count: usize) -> Result<Option<(Scan<'_>, u64)>, ReadError> {
        let (until, begin, end) = {
            let durable = self.durable();
            let size = durable.edge.size();
            if from >= size || count == 0 {
                return Ok(None);
            }
            let until = from.saturating_add(count as u64).min(size);
            let tile = |index: u64| (index / WIDTH as u64) as usize;
            let end = durable
                .offsets
                .get(tile(until - 1) + 1)
                .copied()
                .unwrap_or(durable.length);
            (until, durable.offsets[tile(from)], end)
        };
        let mut scan = Scan::new(&self.records, from - from % WIDTH as u64, begin, end);
        while scan.index() < from {
            if !scan.skip()? {
                return Err(damaged(&scan));
            }
        }
        Ok(Some((scan, until)))
    }

    /// A checkpoint that covers entry `index`, and its size.
    fn covering(&self, index: u64) -> Result<(String, u64), ReadError> {
        if index >= self.durable().edge.size() {
            return Err(ReadError::Missing(index));
        }
        if lock(&self.signed).edge.size() <= index {
            self.sign()?;
        }
        let signed = lock(&self.signed);
        Ok((signed.note.clone(), signed.edge.size()))
    }

    /// Signs all durable entries, unless the newest checkpoint already covers them.
    ///
    /// What is signed was read back from the disk: a bit that turned between memory and file is found here and not
    /// by the first auditor.
    pub(crate) fn sign(&self) -> Result<String, ReadError> {
        let mut signed = lock(&self.signed);
        let (edge, length) = {
            let mut durable = self.durable();
            durable.write_tiles(&self.dir, By::Signer)?;
            (durable.edge.clone(), durable.length)
        };
        if edge.size() == signed.edge.size() && !signed.note.is_empty() {
            return Ok(signed.note.clone());
        }
        if self.is_damaged.load(Ordering::Relaxed) {
            return Err(ReadError::Damaged {
                index: signed.edge.size(),
                offset: signed.length,
            });
        }
        let mut read_back = signed.edge.clone();
        let mut scan = Scan::new(&self.records, read_back.size(), signed.length, length);
        while let Next::Whole(whole) = scan.step()? {
            read_back.push(whole.hash, &mut |_, _| ());
        }
        let root = edge.root();
        if read_back.size() != edge.size() || read_back.root() != root {
            self.is_damaged.store(true, Ordering::Relaxed);
            tracing::error!(
                index = scan.index(),
                "the evidence log reads back other than it was written"
            );
            return Err(ReadError::Damaged {
                index: scan.index(),
                offset: scan.offset(),
            });
        }
        for (id, row) in edge.partials() {
            disk::put_tile(&self.dir, By::Signer, id, row)?;
        }
        let checkpoint = Checkpoint {
            origin: self.signer.name().to_owned(),
            size: edge.size(),
            root,
        };
        let note = self.signer.sign(&checkpoint.to_text());
        disk::put(
            &self.dir,
            By::Signer,
            Path::new(disk::CHECKPOINT),
            note.as_bytes(),
            true,
        )?;
        *signed = Signed {
            note: note.clone(),
            edge,
            length,
        };
        Ok(note)
    }

    /// The background: signs what was added, each second at most, until the log closes.
    fn keep_signing(&self, stopped: &mpsc::Receiver<()>) {
        while stopped.recv_timeout(SIGN_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
            if let Err(error) = self.sign() {
                tracing::error!(%error, "no checkpoint of the evidence log");
            }
            if let Err(error) = self.sync_tiles() {
                tracing::error!(%error, "tiles of the evidence log are not durable yet");
            }
        }
    }

    /// Makes tiles durable before they leave the part of the log that opening reads again.
    fn sync_tiles(&self) -> std::io::Result<()> {
        let due = {
            let durable = self.durable();
            let before = durable.length.saturating_sub(open::WINDOW / 2);
            let due = durable.unsynced.iter().take_while(|(_, end)| *end <= before);
            due.map(|(id, _)| *id).collect::<Vec<_>>()
        };
        if due.is_empty() {
            return Ok(());
        }
        for id in &due {
            File::open(self.dir.join(id.path()))?.sync_all()?;
        }
        File::open(self.dir.join(disk::OFFSETS))?.sync_all()?;
        self.durable().unsynced.drain(..due.len());
        Ok(())
    }
}

impl Durable {
    /// Writes the full tiles that are not on disk yet.
    pub(crate) fn write_tiles(&mut self, dir: &Path, by: By) -> std::io::Result<()> {
        while let Some((id, row)) = self.unwritten.last() {
            disk::put_tile(dir, by, *id, row)?;
            self.unwritten.pop();
        }
        Ok(())
    }
}
