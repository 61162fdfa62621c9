//! Files: originals, refusals, attachments and evidence of cases, addressed by their content.
//!
//! A file's name is the SHA-256 of its bytes, under `files/ab/cdef…`: the same file is kept once, a file
//! never changes, and no name from outside ever becomes a path.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{Config, Passing};

/// The files' directory, below the data directory.
const DIR: &str = "files";

/// Files being written lie here, on the same disk as the finished ones.
const INCOMING: &str = "incoming";

/// A file's name: the SHA-256 of its bytes, 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(String);

impl FileId {
    /// Reads a name; anything but 64 lower-case hexadecimal digits is none.
    pub fn parse(text: &str) -> Option<FileId> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| FileId(text.to_owned()))
    }

    /// Where the file lies, below the data directory.
    pub(crate) fn below_data_dir(&self) -> String {
        let (shard, rest) = self.0.split_at(2);
        format!("{DIR}/{shard}/{rest}")
    }

    /// The name as it is recorded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a file could not be kept or read. For the log.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It has more bytes than are taken.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// There is no such file.
    #[error("no file {0}")]
    Missing(FileId),
    /// The disk or the sender failed.
    #[error("file: {0}")]
    Io(#[from] io::Error),
}

impl FilesError {
    /// Whether it passes.
    pub fn passing(&self) -> Option<Passing> {
        match self {
            FilesError::Io(error) => Passing::of(error),
            _ => None,
        }
    }

    /// What to tell people; names no path.
    pub fn words(&self) -> String {
        match self {
            FilesError::TooLarge(max) => {
                format!("文件超过{}MB的上限，请拆分后分批上传。", max / (1024 * 1024))
            }
            FilesError::Missing(_) => "没有找到这个文件，它可能已按规定清理。".to_owned(),
            FilesError::Io(_) => "文件没有保存成功，请重新上传；持续出现时请联系系统管理员。".to_owned(),
        }
    }
}

/// The files of an installation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    dir: Arc<Path>,
}

impl Files {
    /// Opens the files under the data directory, which is made when absent.
    pub fn open(config: &Config) -> Result<Files, FilesError> {
        let dir = config.data_dir.join(DIR);
        fs::create_dir_all(dir.join(INCOMING))?;
        Ok(Files { dir: dir.into() })
    }

    /// Keeps what `reader` gives, `bytes_max` bytes at most. On disk when this returns.
    pub async fn put(
        &self,
        reader: impl Read + Send + 'static,
        bytes_max: u64,
    ) -> Result<FileId, FilesError> {
        let files = self.clone();
        let putting = tokio::task::spawn_blocking(move || files.put_now(reader, bytes_max));
        putting.await.map_err(io::Error::other)?
    }

    /// The same on the calling thread, which must be one that may wait for the disk.
    pub fn put_now(&self, mut reader: impl Read, bytes_max: u64) -> Result<FileId, FilesError> {
        let mut draft = self.draft(bytes_max)?;
        match io::copy(&mut reader, &mut draft) {
            Err(_) if draft.is_too_large => Err(FilesError::TooLarge(bytes_max)),
            Err(e) => Err(e.into()),
            Ok(_) => draft.keep(),
        }
    }

    /// A file to be written piece by piece, `bytes_max` bytes at most.
    pub fn draft(&self, bytes_max: u64) -> Result<Draft, FilesError> {
        let file = NamedTempFile::new_in(self.dir.join(INCOMING))?;
        Ok(Draft {
            files: self.clone(),
            file,
            digest: Sha256::new(),
            bytes: 0,
            bytes_max,
            is_too_large: false,
        })
    }

    /// Opens a file for reading.
    pub fn get(&self, id: &FileId) -> Result<File, FilesError> {
        File::open(self.place(id)).map_err(|e| missing(id, e))
    }

    /// Where a file lies, for what can only read by path.
    pub fn path(&self, id: &FileId) -> Result<PathBuf, FilesError> {
        let path = self.place(id);
        path.metadata().map_err(|e| missing(id, e))?;
        Ok(path)
    }

    /// A file's size in bytes.
    pub fn bytes(&self, id: &FileId) -> Result<u64, FilesError> {
        Ok(self.place(id).metadata().map_err(|e| missing(id, e))?.len())
    }

    /// Removes unfinished files that were last written before `before`: what was being kept when a process died.
    pub fn sweep_unfinished(&self, before: jiff::Timestamp) -> Result<u64, FilesError> {
        sweep_dir(&self.dir.join(INCOMING), before)
    }

    /// Removes the files that nothing refers to and that were last written before `before`, finished or not.
    ///
    /// `before` spares files that are kept already and not yet recorded: give it a day or more.
    pub fn sweep(
        &self,
        is_referenced: impl Fn(&FileId) -> bool,
        before: jiff::Timestamp,
    ) -> Result<u64, FilesError> {
        let mut removed = 0;
        for shard in fs::read_dir(&self.dir)? {
            let shard = shard?;
            let prefix = shard.file_name();
            for file in fs::read_dir(shard.path())? {
                let file = file?;
                let name = file.file_name();
                let joined = format!("{}{}", prefix.to_string_lossy(), name.to_string_lossy());
                let is_in_use = FileId::parse(&joined).is_some_and(|id| is_referenced(&id));
                if !is_in_use && is_older(&file.path(), before)? {
                    fs::remove_file(file.path())?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn place(&self, id: &FileId) -> PathBuf {
        let (shard, rest) = id.0.split_at(2);
        self.dir.join(shard).join(rest)
    }
}

/// A file being written. Dropped without [`Draft::keep`], it leaves nothing behind.
#[derive(Debug)]
pub struct Draft {
    files: Files,
    file: NamedTempFile,
    digest: Sha256,
    bytes: u64,
    bytes_max: u64,
    is_too_large: bool,
}

impl Draft {
    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where the unfinished file lies, for what can only read by path.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Keeps the file. On disk when this returns.
    pub fn keep(self) -> Result<FileId, FilesError> {
        if self.is_too_large {
            return Err(FilesError::TooLarge(self.bytes_max));
        }
        let id = FileId(hex::encode(self.digest.finalize()));
        let path = self.files.place(&id);
        if path.exists() {
            // Kept once more, it is as young as a new one to the sweep.
            let modified = self.file.as_file().metadata()?.modified()?;
            File::open(&path)?.set_modified(modified)?;
            return Ok(id);
        }
        let shard = path.parent().unwrap_or(&self.files.dir);
        if !shard.exists() {
            fs::create_dir_all(shard)?;
            File::open(&self.files.dir)?.sync_all()?;
        }
        self.file.as_file().sync_all()?;
        self.file.persist(&path).map_err(|e| e.error)?;
        File::open(shard)?.sync_all()?;
        Ok(id)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes_max < self.bytes + bytes.len() as u64 {
            self.is_too_large = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Removes the files of a directory for temporary ones that were last written before `before`; how many.
pub fn sweep_dir(dir: &Path, before: jiff::Timestamp) -> Result<u64, FilesError> {
    let mut removed = 0;
    for file in fs::read_dir(dir)? {
        let path = file?.path();
        if is_older(&path, before)? {
            fs::remove_file(path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn missing(id: &FileId, error: io::Error) -> FilesError {
    if error.kind() == io::ErrorKind::NotFound {
        FilesError::Missing(id.clone())
    } else {
        error.into()
    }
}

fn is_older(path: &Path, before: jiff::Timestamp) -> io::Result<bool> {
    let modified = match path.metadata() {
        // Somebody else removed it: a draft that was dropped or finished meanwhile.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        known => known?.modified()?,
    };
    let since_epoch = Duration::from_millis(before.as_millisecond().max(0) as u64);
    Ok(modified < SystemTime::UNIX_EPOCH + since_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().unwrap();
        let config = Config {
            database: None,
            data_dir: dir.path().to_owned(),
        };
        (dir, Files::open(&config).unwrap())
    }

    fn read(files: &Files, id: &FileId) -> String {
        io::read_to_string(files.get(id).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_file_is_kept_once_under_the_digest_of_its_bytes() {
        let (_dir, files) = fresh();
        let id = files.put("abc".as_bytes(), 100).await.unwrap();
        assert_eq!(
            id.as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(files.put("abc".as_bytes(), 100).await.unwrap(), id);
        assert_eq!(read(&files, &id), "abc");
        assert_eq!(files.bytes(&id).unwrap(), 3);
        assert!(files.path(&id).unwrap().ends_with(&id.as_str()[2..]));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_and_leaves_nothing() {
        let (dir, files) = fresh();
        files.put_now(io::repeat(7).take(1000), 1000).unwrap();
        let refused = files.put_now(io::repeat(7).take(1001), 1000);
        assert!(matches!(refused, Err(FilesError::TooLarge(1000))));
        let mut draft = files.draft(4).unwrap();
        draft.write_all(b"1234").unwrap();
        draft.write_all(b"5").unwrap_err();
        assert!(matches!(draft.keep(), Err(FilesError::TooLarge(4))));
        assert_eq!(
            fs::read_dir(dir.path().join("files/incoming")).unwrap().count(),
            0
        );
    }

    #[test]
    fn a_name_from_outside_never_becomes_a_path() {
        let good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(FileId::parse(good).is_some());
        for bad in [
            "",
            "../../etc/passwd",
            &good.to_uppercase(),
            &good[1..],
            &format!("../{}", &good[3..]),
        ] {
            assert!(FileId::parse(bad).is_none(), "{bad}");
        }
        let (_dir, files) = fresh();
        assert!(matches!(
            files.get(&FileId::parse(good).unwrap()),
            Err(FilesError::Missing(_))
        ));
    }

    #[test]
    fn what_a_process_that_died_left_unfinished_is_removed_once_it_is_old() {
        let (dir, files) = fresh();
        let kept = files.put_now("kept".as_bytes(), 10).unwrap();
        std::mem::forget(files.draft(10).unwrap());
        assert_eq!(files.sweep_unfinished(jiff::Timestamp::UNIX_EPOCH).unwrap(), 0);
        let far = "2999-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(files.sweep_unfinished(far).unwrap(), 1);
        assert_eq!(
            fs::read_dir(dir.path().join("files/incoming")).unwrap().count(),
            0
        );
        assert_eq!(read(&files, &kept), "kept");
    }

    #[test]
    fn the_sweep_removes_what_is_old_and_not_referred_to() {
        let (_dir, files) = fresh();
        let kept = files.put_now("kept".as_bytes(), 10).unwrap();
        let lost = files.put_now("lost".as_bytes(), 10).unwrap();
        let _open = files.draft(10).unwrap();
        let long_ago = jiff::Timestamp::UNIX_EPOCH;
        assert_eq!(files.sweep(|_| false, long_ago).unwrap(), 0);
        let far = "2999-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(files.sweep(|id| *id == kept, far).unwrap(), 2);
        assert_eq!(read(&files, &kept), "kept");
        assert!(matches!(files.get(&lost), Err(FilesError::Missing(_))));
    }
}
