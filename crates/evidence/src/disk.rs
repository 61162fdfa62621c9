//! Files of the log's directory, and how they are written so that a reader sees the old or the new one, never a half.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::tile::{TileId, to_bytes};

/// The entries.
pub(crate) const RECORDS: &str = "records";
/// Where every 256th entry begins in the records, eight bytes each, big-endian.
pub(crate) const OFFSETS: &str = "offsets";
/// The newest signed checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The public key.
pub(crate) const VKEY: &str = "vkey";
/// Held locked, and empty, by the process that writes the log.
pub(crate) const LOCK: &str = "lock";
/// A body being blanked; only there while that lasts.
pub(crate) const BLANKING: &str = "blanking";
/// Files that the writer and the signer have not yet given their name.
pub(crate) const TEMPORARY: [&str; 2] = [".writing", ".signing"];

/// Who writes: each has its own temporary file.
#[derive(Clone, Copy)]
pub(crate) enum By {
    /// The thread that writes entries.
    Writer,
    /// Whoever signs a checkpoint.
    Signer,
}

impl By {
    fn temporary(self, dir: &Path) -> PathBuf {
        dir.join(TEMPORARY[self as usize])
    }
}

/// Puts `bytes` at `path` under `dir`, in one step for readers; `durable` also for power cuts.
pub(crate) fn put(dir: &Path, by: By, path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    let (temporary, target) = (by.temporary(dir), dir.join(path));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    if durable {
        file.sync_all()?;
    }
    drop(file);
    let moved = fs::rename(&temporary, &target);
    if moved
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    {
        let parent = target.parent().unwrap_or(dir);
        fs::create_dir_all(parent)?;
        fs::rename(&temporary, &target)?;
    } else {
        moved?;
    }
    if durable {
        File::open(dir)?.sync_all()
    } else {
        Ok(())
    }
}

/// Writes a full or partial tile. Not yet durable: until it is, opening the log can make it again.
pub(crate) fn put_tile(dir: &Path, by: By, id: TileId, hashes: &[[u8; 32]]) -> io::Result<()> {
    put(dir, by, &id.path(), &to_bytes(hashes), false)
}

/// Removes what the log no longer needs; that it is gone already is well.
pub(crate) fn remove_partials(dir: &Path, id: TileId) -> io::Result<()> {
    match fs::remove_dir_all(dir.join(id.partials())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads a text file; `None` when there is none.
pub(crate) fn text(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file that only its owner may read.
pub(crate) fn create_secret(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
