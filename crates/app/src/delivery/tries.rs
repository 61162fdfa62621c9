//! How often a file was begun to be read: one that takes the whole process with it, as by filling the memory, must not
//! do so again at every start.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rules::ids::DeliveryId;

/// So often a file is begun before its batch is refused. More than a power cut or two explain.
pub(super) const TRIES_MAX: u32 = 5;

/// A reading in progress. Its mark on the disk goes when this is dropped, and stays when the process dies.
pub(super) struct Try {
    mark: PathBuf,
    /// How often the file was begun before without an end.
    pub before: u32,
}

impl Try {
    /// Marks that the reading begins.
    pub fn begin(spool_dir: &Path, id: &DeliveryId) -> io::Result<Try> {
        let mark = spool_dir.join(format!("{id}.reading"));
        let before = fs::read_to_string(&mark).ok();
        let before = before.and_then(|it| it.trim().parse().ok()).unwrap_or(0);
        fs::write(&mark, format!("{}\n", before + 1))?;
        Ok(Try { mark, before })
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        // One that stays behind costs a try, no more.
        let _ = fs::remove_file(&self.mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reading_that_never_ended_counts() {
        let dir = tempfile::tempdir().unwrap();
        let id = DeliveryId::from("d1");
        let begin = || Try::begin(dir.path(), &id).unwrap();
        for _ in 0..2 {
            assert_eq!(begin().before, 0);
        }
        for died in 0..3 {
            let reading = begin();
            assert_eq!(reading.before, died);
            std::mem::forget(reading);
        }
        assert_eq!(begin().before, 3);
        assert_eq!(begin().before, 0);
    }
}
