//! One process at a time writes a data directory.

use std::{
    error::Error,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use crate::failure::Failure;

/// The file that is held locked, and in it the number of the process that holds it.
const FILE: &str = "yishu.lock";

/// Holds a data directory until it is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    /// Makes the directory when it is not there, readable by its owner alone, and holds it.
    pub fn take(dir: &Path) -> Result<Lock, Box<dyn Error>> {
        let unusable = |cause| {
            let dir = dir.display();
            Failure::new(format!(
                "不能使用数据目录 {dir}：{cause}。请检查该目录的权限，或用 --data 另选目录。"
            ))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(unusable)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(dir.join(FILE)).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let dir = dir.display();
                let holder = number(&mut file).map_or_else(String::new, |it| format!("（进程号 {it}）"));
                let words =
                    format!("数据目录 {dir} 正被另一个进程使用{holder}。请先停止它，或用 --data 另选目录。");
                return Err(Failure::new(words));
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(Lock(file))
    }

    /// The process that holds `dir`, if one does.
    pub fn holder(dir: &Path) -> Option<u32> {
        let mut file = fs::File::open(dir.join(FILE)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(number(&mut file).unwrap_or(0)),
            _ => None,
        }
    }
}

fn number(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_by_one_process_and_the_other_learns_by_whom() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a/b");
        assert_eq!(Lock::holder(&dir), None);
        let held = Lock::take(&dir).unwrap();
        assert_eq!(Lock::holder(&dir), Some(std::process::id()));
        let refused = Lock::take(&dir).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("进程号 {}", std::process::id())),
            "{refused}"
        );
        drop(held);
        assert_eq!(Lock::holder(&dir), None);
        Lock::take(&dir).unwrap();
    }

    #[test]
    fn a_place_where_no_directory_can_be_made_is_refused_in_chinese() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Lock::take(&file.path().join("city")).unwrap_err().to_string();
        assert!(refused.contains("不能使用数据目录"), "{refused}");
    }
}
