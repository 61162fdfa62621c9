//! What can go wrong with the store: public words for people, internal words for the log.

use std::io;

use sqlx::error::{DatabaseError, ErrorKind};

/// A fault of the machines beneath that passes: nothing was changed, and what was tried may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// The database does not answer, or is too busy to.
    Unavailable,
    /// There is no room on the disk.
    Full,
}

impl Passing {
    /// Whether `error` is of the kind that passes.
    pub fn of(error: &io::Error) -> Option<Passing> {
        let is_full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        );
        is_full.then_some(Passing::Full)
    }

    /// The same of what a database said.
    pub(crate) fn of_database(error: &sqlx::Error) -> Option<Passing> {
        use sqlx::Error as E;
        match error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Some(Passing::Unavailable)
            }
            E::Database(it) => passing(it.as_ref()),
            _ => None,
        }
    }

    /// What to tell people; names no path.
    pub fn words(self) -> &'static str {
        match self {
            Passing::Unavailable => {
                "数据库暂时无法连接，您的操作没有保存。请稍后重试；持续出现时请联系系统管理员。"
            }
            Passing::Full => {
                "平台的存储空间不足，您的操作没有保存，已有数据不受影响。请联系系统管理员腾出空间，然后重试。"
            }
        }
    }
}

/// A read or write that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or is too busy to. Nothing was changed; trying again may help.
    #[error("database unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The configured address is not one of a database this platform can use.
    #[error("database address: {0}")]
    Address(#[source] sqlx::Error),
    /// The record was changed since the page that is acted on was shown.
    #[error("{table} {id}: stale revision")]
    Stale {
        /// The table.
        table: &'static str,
        /// The record.
        id: String,
    },
    /// There is no such record.
    #[error("{table} {id}: not found")]
    Missing {
        /// The table.
        table: &'static str,
        /// The record.
        id: String,
    },
    /// A value that must be unique is in use, such as a login or the name of an organisation.
    #[error("{table}: a unique value is taken")]
    Taken {
        /// The table.
        table: String,
    },
    /// A stored word or text does not read as what the column holds.
    #[error("{table}.{column} of {id}: unreadable")]
    CorruptRow {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The record.
        id: String,
    },
    /// The database was made by another version of the platform, or a released migration was altered.
    #[error("migration: {0}")]
    Migration(String),
    /// The data directory cannot be made or written.
    #[error("data directory: {0}")]
    Directory(#[from] std::io::Error),
    /// A write of which one statement failed cannot be sealed.
    #[error("a failed write cannot be sealed")]
    Broken,
    /// The engine refused a statement: a mistake in this program.
    #[error("database: {0}")]
    Internal(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether it passes.
    pub fn passing(&self) -> Option<Passing> {
        match self {
            StoreError::Unavailable(error) => {
                Some(Passing::of_database(error).unwrap_or(Passing::Unavailable))
            }
            StoreError::Directory(error) => Passing::of(error),
            _ => None,
        }
    }

    /// What to tell people; names no table, statement or path.
    pub fn words(&self) -> &'static str {
        match self {
            StoreError::Unavailable(error) => Passing::of_database(error)
                .unwrap_or(Passing::Unavailable)
                .words(),
            StoreError::Address(_) => {
                "数据库地址不正确，应为 postgres://用户:密码@主机:端口/库名。请系统管理员检查配置。"
            }
            StoreError::Stale { .. } => {
                "这条记录在您打开页面之后已被他人修改。请重新打开页面，核对后再提交。"
            }
            StoreError::Missing { .. } => "没有找到这条记录。",
            StoreError::Taken { .. } => "该名称或编号已被使用，请换一个。",
            StoreError::Migration(_) => "数据库与程序版本不符，请系统管理员核对所装的版本。",
            StoreError::Directory(_) => "数据目录无法写入，请系统管理员检查磁盘空间与权限。",
            StoreError::CorruptRow { .. } | StoreError::Broken | StoreError::Internal(_) => {
                "系统内部错误，您的操作没有保存。请联系系统管理员。"
            }
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        use sqlx::Error as E;
        match &error {
            E::Configuration(_) => StoreError::Address(error),
            E::Database(it) if it.kind() == ErrorKind::UniqueViolation => StoreError::Taken {
                table: violated_table(it.as_ref()),
            },
            // A NUL, which no text of this engine holds: what is asked for by it is not there.
            E::Database(it) if it.code().as_deref() == Some("22021") => StoreError::Missing {
                table: "any",
                id: String::new(),
            },
            _ if Passing::of_database(&error).is_some() => StoreError::Unavailable(error),
            _ => StoreError::Internal(error),
        }
    }
}

/// The table whose uniqueness was violated: PostgreSQL names it, SQLite says `… failed: table.column`.
fn violated_table(error: &dyn DatabaseError) -> String {
    if let Some(table) = error.table() {
        return table.to_owned();
    }
    let column = error.message().rsplit(": ").next().unwrap_or_default();
    column.split('.').next().unwrap_or_default().to_owned()
}

/// Whether the engine refused for a reason that passes: busy, locked, full, starting, shutting down, full of clients.
fn passing(error: &dyn DatabaseError) -> Option<Passing> {
    let code = error.code()?;
    if error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        if code == "53100" {
            return Some(Passing::Full);
        }
        let classes = ["08", "53", "57P", "55P03", "40", "25P03", "28", "3D"];
        let is_passing = classes.iter().any(|class| code.starts_with(class));
        return is_passing.then_some(Passing::Unavailable);
    }
    of_sqlite(code.parse().ok()?)
}

/// What SQLite's code says. Extended ones carry the plain one in the low byte: 5 busy, 6 locked, 10 input/output,
/// 13 full, 14 cannot open.
pub(crate) fn of_sqlite(code: i32) -> Option<Passing> {
    match code & 0xff {
        13 => Some(Passing::Full),
        5 | 6 | 10 | 14 => Some(Passing::Unavailable),
        _ => None,
    }
}
