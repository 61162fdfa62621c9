//! What can go wrong with the store: public words for people, internal words for the log.

use sqlx::error::{DatabaseError, ErrorKind};

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
    /// What to tell people; names no table, statement or path.
    pub fn words(&self) -> &'static str {
        match self {
            StoreError::Unavailable(_) => {
                "数据库暂时无法连接，您的操作没有保存。请稍后重试；持续出现时请联系系统管理员。"
            }
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
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                StoreError::Unavailable(error)
            }
            E::Configuration(_) => StoreError::Address(error),
            E::Database(it) if it.kind() == ErrorKind::UniqueViolation => StoreError::Taken {
                table: violated_table(it.as_ref()),
            },
            E::Database(it) if is_passing(it.as_ref()) => StoreError::Unavailable(error),
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

/// Whether the engine refused for a reason that passes: busy, locked, starting, shutting down, full of clients.
fn is_passing(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else {
        return false;
    };
    if error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        let classes = ["08", "53", "57P", "55P03", "40", "25P03", "28", "3D"];
        return classes.iter().any(|class| code.starts_with(class));
    }
    // SQLite's extended codes carry the plain one in the low byte: 5 busy, 6 locked, 10 input/output,
    // 13 full, 14 cannot open.
    matches!(code.parse::<i64>().map(|it| it & 0xff), Ok(5 | 6 | 10 | 13 | 14))
}
