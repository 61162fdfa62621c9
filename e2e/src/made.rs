//! The demo city as its making leaves it, kept below `target/testing/`: making one takes half a minute, copying one
//! takes none. It is made once by each binary.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::city::{City, binary};

/// People in it.
pub(crate) const PEOPLE: u64 = 2_000;

/// The directory of a city that this binary made, whole and stopped.
pub(crate) fn city() -> PathBuf {
    let shelf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/testing/cities");
    fs::create_dir_all(&shelf).expect("the target directory can be written");
    // Tests in other processes may want it at the same time: one makes it, all wait.
    let lock = File::create(shelf.join("lock")).expect("the target directory can be written");
    lock.lock().expect("a file can be locked");
    let made = shelf.join(stamp());
    if !made.exists() {
        for old in fs::read_dir(&shelf).expect("a directory").flatten() {
            // What an older binary made is of no use any more.
            let _ = fs::remove_dir_all(old.path());
        }
        let mut city = City::found(None);
        city.stop();
        copy(&city.data, &shelf.join("half")).expect("the target directory can be written");
        fs::rename(shelf.join("half"), &made).expect("a directory can be renamed");
    }
    made
}

/// What tells this binary from those before it.
fn stamp() -> String {
    let about = fs::metadata(binary()).expect("the binary is there");
    let built = about
        .modified()
        .ok()
        .and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    format!("{}-{}", about.len(), built.map_or(0, |it| it.as_millis()))
}

/// Copies a directory with all that is in it.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for it in fs::read_dir(from)? {
        let it = it?;
        let target = to.join(it.file_name());
        if it.file_type()?.is_dir() {
            copy(&it.path(), &target)?;
        } else {
            fs::copy(it.path(), target)?;
        }
    }
    Ok(())
}
