//! What can go wrong, in words for the operator (`Display`) or for the person who acted (`words`).

use std::{io, path::PathBuf};

/// Why the log would not open. `Display` says in Chinese what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The origin cannot name a key.
    #[error("证据日志名称“{0}”不能用：不能为空，也不能含空白或加号")]
    BadOrigin(String),
    /// Another process writes this log.
    #[error("另一个进程正在使用证据日志 {0}。请先停止它，再启动")]
    Busy(PathBuf),
    /// The disk does not let us.
    #[error("读写 {path} 失败：{source}。请检查权限和磁盘空间")]
    Io {
        /// The file or directory concerned.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There are entries but no key: a new key would make every receipt given out worthless.
    #[error("日志里已有条目，但签名密钥 {0} 不见了。请从备份恢复该密钥；不要另建新密钥")]
    KeyMissing(PathBuf),
    /// The key file does not fit the log.
    #[error("签名密钥与日志不符：{0}。请换回原来的密钥文件")]
    KeyOther(String),
    /// A signed checkpoint is missing, although there are entries.
    #[error("日志里已有条目，但已签名的检查点文件 checkpoint 不见了。请从备份恢复整个证据目录")]
    CheckpointMissing,
    /// The stored checkpoint does not hold.
    #[error("已签名的检查点不成立：{0}。请从备份恢复整个证据目录")]
    Checkpoint(String),
    /// Signed entries are gone.
    #[error("日志被截短：检查点已签名 {signed} 条，只找到 {found} 条，缺第 {found} 条起的内容。请从备份恢复")]
    Shortened {
        /// Entries that the checkpoint covers.
        signed: u64,
        /// Entries found.
        found: u64,
    },
    /// The log is damaged elsewhere than in an unfinished last write.
    #[error(
        "证据日志第 {index} 条已损坏（文件 {file}，第 {offset} 字节）：{words}。请从备份恢复，再用 yishu evidence verify 核对"
    )]
    Damaged {
        /// The first damaged entry.
        index: u64,
        /// The file, relative to the log's directory.
        file: String,
        /// The byte in it.
        offset: u64,
        /// What is wrong.
        words: String,
    },
}

impl OpenError {
    /// For `map_err`: the operating system's word about `path`.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> OpenError {
        let path = path.into();
        move |source| OpenError::Io { path, source }
    }
}

/// Why an entry was not recorded. Nothing of it is in the log then. `Display` is for the server's own log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The kind is not a plain word.
    #[error("not a kind of entry: {0:?}")]
    BadKind(String),
    /// The body is longer than [`crate::MAX_BODY`].
    #[error("a body of {0} bytes is longer than the log takes")]
    TooLarge(usize),
    /// The disk did not take it; the log goes on when it does again.
    #[error("the entry could not be made durable: {0}")]
    NotDurable(String),
    /// What was read back differs from what was written; nothing more is recorded.
    #[error("the log's file no longer holds what was written to it")]
    Damaged,
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

impl AppendError {
    /// What the person who acted should know, in Chinese.
    pub fn words(&self) -> &'static str {
        match self {
            AppendError::BadKind(_) => "留痕的类别不合规定，操作未执行",
            AppendError::TooLarge(_) => "留痕的内容过长，操作未执行",
            AppendError::NotDurable(_) => {
                "证据暂时无法写入磁盘，操作未执行。请稍后再试，并通知管理员检查磁盘空间"
            }
            AppendError::Damaged => "证据日志已损坏，操作未执行。请通知管理员核对证据日志",
            AppendError::Closed => "系统正在停止，操作未执行。请稍后再试",
        }
    }
}

/// Why entries, checkpoints or receipts could not be given.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such entry (yet).
    #[error("entry {0} does not exist")]
    Missing(u64),
    /// The disk does not let us.
    #[error("reading or writing the log: {0}")]
    Io(#[from] io::Error),
    /// The entry is damaged.
    #[error("entry {index} is damaged at byte {offset}")]
    Damaged {
        /// The entry.
        index: u64,
        /// The byte of the records.
        offset: u64,
    },
}

impl ReadError {
    /// What the person who asked should know, in Chinese.
    pub fn words(&self) -> String {
        match self {
            ReadError::Missing(index) => format!("没有第 {index} 条证据，请核对编号"),
            ReadError::Io(_) => "证据日志暂时读不出来，请稍后再试，并通知管理员".to_owned(),
            ReadError::Damaged { index, .. } => format!("第 {index} 条证据已损坏，请通知管理员核对证据日志"),
        }
    }
}
