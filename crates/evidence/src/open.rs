//! Opening a log: recover an unfinished last write, refuse every other damage, and never sign what contradicts an
//! earlier signature.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64},
    },
};

use crate::{
    blank,
    disk::{self, By},
    error::OpenError,
    log::{Durable, Shared, Signed},
    note::{Checkpoint, Signer, Verifier, is_name},
    record::{Next, Scan},
    tile::{Edge, TileId, WIDTH, to_bytes},
};

/// The last so many bytes of the records are always read again; what lies before them has durable tiles.
pub(crate) const WINDOW: u64 = 64 << 20;

/// What opening gives.
pub(crate) struct Opened {
    pub(crate) shared: Shared,
    pub(crate) lock: File,
    pub(crate) cut_bytes: u64,
}

/// Opens or makes the log in `dir`.
pub(crate) fn open(dir: &Path, origin: &str, key_path: &Path) -> Result<Opened, OpenError> {
    if !is_name(origin) {
        return Err(OpenError::BadOrigin(origin.to_owned()));
    }
    fs::create_dir_all(dir).map_err(OpenError::io(dir))?;
    let lock = take_lock(dir)?;
    for name in disk::TEMPORARY {
        let _ = fs::remove_file(dir.join(name));
    }
    let path = dir.join(disk::RECORDS);
    let mut options = OpenOptions::new();
    let records = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let records = records.map_err(OpenError::io(&path))?;
    let length = records.metadata().map_err(OpenError::io(&path))?.len();
    let is_new = length == 0 && !dir.join(disk::CHECKPOINT).exists();
    let signer = load_key(dir, origin, key_path, is_new)?;
    let stored = stored_checkpoint(dir, &signer, is_new)?;
    blank::recover(dir, &records)?;
    let checkpoint = stored.as_ref().map(|(_, checkpoint)| checkpoint);
    let recovered = recover(dir, &records, length, checkpoint, WINDOW)?;
    if recovered.cut_bytes > 0 {
        tracing::warn!(
            bytes = recovered.cut_bytes,
            "cut off an unfinished last write of the evidence log"
        );
    }
    let note = stored.map(|(note, _)| note).unwrap_or_default();
    let (edge, length) = recovered.signed;
    let shared = Shared {
        dir: dir.to_owned(),
        records,
        signer,
        durable: Mutex::new(recovered.durable),
        signed: Mutex::new(Signed { note, edge, length }),
        is_damaged: AtomicBool::new(false),
        writes: AtomicU64::new(0),
    };
    Ok(Opened {
        shared,
        lock,
        cut_bytes: recovered.cut_bytes,
    })
}

fn take_lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(disk::LOCK);
    let mut options = OpenOptions::new();
    let lock = options.write(true).create(true).truncate(false).open(&path);
    let lock = lock.map_err(OpenError::io(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Busy(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::io(path)(error)),
    }
}

/// The signing key; a new one only for a new log.
fn load_key(dir: &Path, origin: &str, path: &Path, is_new: bool) -> Result<Signer, OpenError> {
    let signer = match disk::text(path).map_err(OpenError::io(path))? {
        Some(text) => Signer::parse(&text).map_err(|error| OpenError::KeyOther(error.0))?,
        None if !is_new => return Err(OpenError::KeyMissing(path.to_owned())),
        None => {
            let signer = Signer::generate(origin);
            disk::create_secret(path, &signer.to_secret_text()).map_err(OpenError::io(path))?;
            signer
        }
    };
    if signer.name() != origin {
        let words = format!("密钥属于日志“{}”，不是“{origin}”", signer.name());
        return Err(OpenError::KeyOther(words));
    }
    let (public, expected) = (dir.join(disk::VKEY), signer.vkey() + "\n");
    match disk::text(&public).map_err(OpenError::io(&public))? {
        Some(text) if text == expected => {}
        Some(_) if !is_new => {
            return Err(OpenError::KeyOther(
                "与日志目录里的公钥文件 vkey 不一致".to_owned(),
            ));
        }
        _ => disk::put(dir, By::Writer, Path::new(disk::VKEY), expected.as_bytes(), true)
            .map_err(OpenError::io(public))?,
    }
    Ok(signer)
}

/// The newest checkpoint, whose signature holds.
fn stored_checkpoint(
    dir: &Path,
    signer: &Signer,
    is_new: bool,
) -> Result<Option<(String, Checkpoint)>, OpenError> {
    let path = dir.join(disk::CHECKPOINT);
    match disk::text(&path).map_err(OpenError::io(&path))? {
        Some(note) => {
            let verifier = Verifier::parse(&signer.vkey());
            let checkpoint = verifier.and_then(|verifier| verifier.open(&note));
            let checkpoint = checkpoint.map_err(|error| OpenError::Checkpoint(error.0))?;
            Ok(Some((note, checkpoint)))
        }
        None if is_new => Ok(None),
        None => Err(OpenError::CheckpointMissing),
    }
}

/// What the directory holds.
struct Recovered {
    durable: Durable,
    /// The tree that the stored checkpoint covers, and where its records end.
    signed: (Edge, u64),
    cut_bytes: u64,
}

/// Reads the last part of the log, or all of it when the last part alone does not hold together.
fn recover(
    dir: &Path,
    records: &File,
    length: u64,
    stored: Option<&Checkpoint>,
    window: u64,
) -> Result<Recovered, OpenError> {
    let offsets = read_offsets(dir, length)?;
    let signed = stored.map_or(0, |checkpoint| checkpoint.size);
    let in_window = offsets.partition_point(|offset| *offset <= length.saturating_sub(window));
    let begin = (in_window.max(1) - 1).min((signed / WIDTH as u64) as usize);
    let reading = Reading {
        dir,
        records,
        length,
        stored,
    };
    if begin > 0
        && let Ok(edge) = Edge::load(dir, (begin * WIDTH) as u64)
    {
        match reading.from(edge, offsets[..begin].to_vec(), offsets[begin]) {
            Ok(recovered) => return Ok(recovered),
            Err(error) => tracing::warn!(%error, "the evidence log's last part does not hold; reading all"),
        }
    }
    reading.from(Edge::default(), Vec::new(), 0)
}

/// The known places of every 256th entry; nonsense behind the first good ones is dropped.
fn read_offsets(dir: &Path, length: u64) -> Result<Vec<u64>, OpenError> {
    let path = dir.join(disk::OFFSETS);
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = file.map_err(OpenError::io(&path))?;
    let mut bytes = vec![0; file.metadata().map_err(OpenError::io(&path))?.len() as usize / 8 * 8];
    file.read_exact_at(&mut bytes, 0).map_err(OpenError::io(&path))?;
    let all = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| u64::from_be_bytes(*bytes));
    let mut offsets = Vec::new();
    for offset in all {
        let is_next = offsets.last().map_or(offset == 0, |last| offset > *last);
        if !is_next || offset > length {
            break;
        }
        offsets.push(offset);
    }
    Ok(offsets)
}

struct Reading<'a> {
    dir: &'a Path,
    records: &'a File,
    length: u64,
    stored: Option<&'a Checkpoint>,
}

impl Reading<'_> {
    /// Reads from where `edge` ends; `offsets` are those of the tiles before.
    fn from(&self, mut edge: Edge, mut offsets: Vec<u64>, at: u64) -> Result<Recovered, OpenError> {
        let signed_size = self.stored.map_or(0, |checkpoint| checkpoint.size);
        let mut scan = Scan::new(self.records, edge.size(), at, self.length);
        let mut signed = (edge.size() == signed_size).then(|| (edge.clone(), at));
        let mut last_ms = 0;
        let cut_bytes = loop {
            let offset = scan.offset();
            match scan.step().map_err(OpenError::io(self.dir.join(disk::RECORDS)))? {
                Next::Whole(whole) => {
                    if whole.index.is_multiple_of(WIDTH as u64) {
                        offsets.push(offset);
                    }
                    last_ms = whole.leaf.at_ms;
                    let mut kept = Ok(());
                    edge.push(whole.hash, &mut |id, row| {
                        if kept.is_ok() {
                            kept = self.keep_tile(id, row);
                        }
                    });
                    kept?;
                    if edge.size() == signed_size {
                        signed = Some((edge.clone(), scan.offset()));
                    }
                }
                Next::End => break 0,
                Next::Torn(bytes) => break bytes,
                // Never acknowledged: what is acknowledged has all its blocks on the disk.
                Next::Damaged(_)
                    if edge.size() >= signed_size
                        && scan
                            .has_hole()
                            .map_err(OpenError::io(self.dir.join(disk::RECORDS)))? =>
                {
                    break self.length - offset;
                }
                Next::Damaged(damage) => {
                    return Err(OpenError::Damaged {
                        index: scan.index(),
                        file: disk::RECORDS.to_owned(),
                        offset: damage.offset,
                        words: damage.words.to_owned(),
                    });
                }
            }
        };
        let found = edge.size();
        let signed = signed.ok_or(OpenError::Shortened {
            signed: signed_size,
            found,
        })?;
        self.check_root(&signed.0)?;
        let end = scan.offset();
        self.cut(end)?;
        self.keep_edge(&signed.0, &offsets)?;
        let durable = Durable {
            edge,
            length: end,
            offsets,
            last_ms,
            unwritten: Vec::new(),
            unsynced: Vec::new(),
        };
        Ok(Recovered {
            durable,
            signed,
            cut_bytes,
        })
    }

    /// Compares a full tile with the file; one that a crash left unfinished is made again, any other is damage.
    fn keep_tile(&self, id: TileId, row: &[[u8; 32]]) -> Result<(), OpenError> {
        let path = self.dir.join(id.path());
        let (held, expected) = (fs::read(&path).unwrap_or_default(), to_bytes(row));
        if held == expected {
            return Ok(());
        }
        let is_unfinished = held.len() != expected.len() || held.iter().all(|byte| *byte == 0);
        if is_unfinished {
            return disk::put(self.dir, By::Writer, &id.path(), &expected, true).map_err(OpenError::io(path));
        }
        let at = held.iter().zip(&expected).position(|(a, b)| a != b).unwrap_or(0);
        Err(OpenError::Damaged {
            index: first_entry(id, at),
            file: id.path().display().to_string(),
            offset: at as u64,
            words: "哈希瓦片与条目不一致".to_owned(),
        })
    }

    fn check_root(&self, signed: &Edge) -> Result<(), OpenError> {
        match self.stored {
            Some(checkpoint) if checkpoint.root != signed.root() => {
                let words = format!("前 {} 条的根哈希与签名不一致", checkpoint.size);
                Err(OpenError::Checkpoint(words))
            }
            _ => Ok(()),
        }
    }

    /// Takes off what lies behind the last whole record: an unfinished write, or room that was reserved.
    fn cut(&self, end: u64) -> Result<(), OpenError> {
        if self.length == end {
            return Ok(());
        }
        let cut = self.records.set_len(end).and_then(|()| self.records.sync_all());
        cut.map_err(OpenError::io(self.dir.join(disk::RECORDS)))
    }

    /// Writes again what belongs to the stored checkpoint and a power cut may have taken.
    fn keep_edge(&self, signed: &Edge, offsets: &[u64]) -> Result<(), OpenError> {
        for (id, row) in signed.partials() {
            disk::put_tile(self.dir, By::Signer, id, row).map_err(OpenError::io(self.dir))?;
        }
        let bytes: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect();
        disk::put(self.dir, By::Writer, Path::new(disk::OFFSETS), &bytes, true)
            .map_err(OpenError::io(self.dir.join(disk::OFFSETS)))
    }
}

/// The first entry below byte `at` of a tile.
pub(crate) fn first_entry(id: TileId, at: usize) -> u64 {
    let hash = id.index * WIDTH as u64 + at as u64 / 32;
    hash << (8 * u32::from(id.level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Log;

    /// Opens a log of `count` entries as if only its last `window` bytes were recent.
    fn recovered(count: u64, window: u64, change: impl FnOnce(&Path)) -> Result<Recovered, OpenError> {
        let root = tempfile::tempdir().unwrap();
        let (dir, key) = (root.path().join("log"), root.path().join("key"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let log = Log::open(&dir, "city/log", &key).unwrap();
        runtime.block_on(async {
            for n in 0..count {
                log.append("call", n.to_string().into_bytes()).await.unwrap();
            }
        });
        drop(log);
        change(&dir);
        let records = OpenOptions::new()
            .read(true)
            .write(true)
            .open(dir.join(disk::RECORDS))
            .unwrap();
        let signer = Signer::parse(&fs::read_to_string(key).unwrap()).unwrap();
        let (_, checkpoint) = stored_checkpoint(&dir, &signer, false)?.unwrap();
        let length = records.metadata().unwrap().len();
        recover(&dir, &records, length, Some(&checkpoint), window)
    }

    fn flip(path: &Path, at: usize) {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_big_log_is_opened_from_its_tiles_and_is_the_same_tree() {
        let whole = recovered(1500, u64::MAX, |_| ()).unwrap();
        assert_eq!(whole.durable.offsets.len(), 6);
        // A flipped byte before the window is not read, which shows that opening began behind it.
        let part = recovered(1500, 1000, |dir| flip(&dir.join(disk::RECORDS), 100)).unwrap();
        assert_eq!((part.durable.edge.size(), part.durable.offsets.len()), (1500, 6));
        assert_eq!(part.signed.0.root(), part.durable.edge.root());
        assert_eq!(part.signed.1, part.durable.length);
    }

    #[test]
    fn damage_that_opening_a_big_log_meets_is_named_after_reading_all_of_it() {
        let tile = |dir: &Path| flip(&dir.join("tile/0/001"), 32 * 3);
        let refused = recovered(1500, 1000, tile).err().unwrap();
        assert!(
            matches!(refused, OpenError::Damaged { index: 259, .. }),
            "{refused}"
        );
        let place = |dir: &Path| flip(&dir.join(disk::OFFSETS), 8 * 5 + 7);
        assert_eq!(recovered(1500, 1000, place).unwrap().durable.edge.size(), 1500);
    }
}
