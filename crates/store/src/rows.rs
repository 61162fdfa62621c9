//! The rows of the data centre (art. 14, art. 16): what agencies deliver and callers read.
//!
//! Every entry has its rows in a place of its own, one for each version: a database file on the embedded engine,
//! a table on PostgreSQL. A full delivery builds the next version beside the current one; the caller switches
//! by recording the version's number, so a reader has the old rows or the new ones and never a half. An
//! incremental delivery is one transaction on the current version.
//!
//! Every value is text, so that codes keep their zeros and decimals their digits. The names of items never
//! reach SQL: columns are called `c0`, `c1` and so on, and which item lies in which column is written down
//! with each version, because an entry may be revised after its rows were delivered.

use std::{io, sync::Arc};

use rules::{catalogue::Content, ids::EntryId};
use serde::{Deserialize, Serialize};

use crate::{Config, Passing, error::of_sqlite};

pub mod browse;
mod copy;
mod layout;
mod postgres;
mod readers;
mod select;
mod source;
mod sqlite;
mod stream;

pub use source::{RowSource, Values};
pub use stream::Chunks;

use layout::Layout;

/// Where a version's file lies on the embedded engine, below the data directory.
pub(crate) fn file_of(entry: &EntryId, version: &str) -> String {
    format!("{DIR}/{}/{version}.db", layout::safe_name(entry))
}

/// The row files' directory, below the data directory.
const DIR: &str = "rows";

/// One row as it is answered: the picked items, then the key items; `None` where there is no value.
pub type Answer = Vec<Option<String>>;

/// Why rows could not be read or loaded. For the log; people are told by the caller.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// This version was never loaded, or has been retired: look up the current version again.
    #[error("the entry has no rows of version {0}")]
    NoVersion(i64),
    /// The entry has no item of this name.
    #[error("the entry has no item {0:?}")]
    UnknownItem(String),
    /// Neither a key item nor a declared query condition: it is not indexed and must not be filtered on.
    #[error("item {0:?} is not a query condition")]
    NotACondition(String),
    /// The place to go on from has not as many values as the key has items.
    #[error("the cursor does not fit the key")]
    BadCursor,
    /// The items or the key are not those of the version to be merged into: a full delivery is needed.
    #[error("the entry's items have changed since its last full delivery")]
    ShapeChanged,
    /// A value that the item cannot be compared with, such as a word where numbers are.
    #[error("a value asked of item {0:?} cannot be compared with")]
    BadValue(String),
    /// More values or items than are looked for at once.
    #[error("too many conditions in one ask")]
    TooManyConditions,
    /// The read took longer than it may, and was given up.
    #[error("the read took longer than it may")]
    TookTooLong,
    /// Asked of the embedded engine only.
    #[error("the row store is not embedded")]
    NotEmbedded,
    /// The rows to load could not be read.
    #[error("reading rows: {0}")]
    Source(#[source] io::Error),
    /// The data directory failed.
    #[error("row files: {0}")]
    Io(#[from] io::Error),
    /// SQLite failed.
    #[error("SQLite rows: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL failed.
    #[error("PostgreSQL rows: {0}")]
    Postgres(#[from] sqlx::Error),
    /// A task was cut short, by a panic or at shutdown.
    #[error("row task: {0}")]
    Task(String),
}

impl RowsError {
    /// Whether it passes.
    pub fn passing(&self) -> Option<Passing> {
        match self {
            RowsError::Source(error) | RowsError::Io(error) => Passing::of(error),
            RowsError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => of_sqlite(error.extended_code),
            RowsError::Postgres(error) => Passing::of_database(error),
            _ => None,
        }
    }

    /// What to tell people; names no item, statement or path that they did not send.
    pub fn words(&self) -> String {
        match self {
            RowsError::NoVersion(_) => "该目录尚未归集数据，或者数据刚刚更新，请稍后重试。".to_owned(),
            RowsError::UnknownItem(item) => format!("目录中没有信息项“{item}”，请核对名称。"),
            RowsError::NotACondition(item) => {
                format!("信息项“{item}”不是查询条件，请改用目录中标明的查询条件或者主键。")
            }
            RowsError::BadCursor => "翻页标记无效，请从第一页重新查询。".to_owned(),
            RowsError::BadValue(item) => {
                format!("信息项“{item}”的查询值不正确：数值请填写数字，比较大小时不能为空。")
            }
            RowsError::TooManyConditions => "查询条件过多，请减少条件或者取值后重试。".to_owned(),
            RowsError::TookTooLong => {
                "查询用时超过上限，已停止。请增加查询条件，或者下载整个文件。".to_owned()
            }
            RowsError::ShapeChanged => {
                "目录的信息项在上次全量归集之后有变更，请先按新目录全量归集一次，再做增量。".to_owned()
            }
            RowsError::Source(_) | RowsError::Io(_) | RowsError::Sqlite(_) | RowsError::Postgres(_) => {
                "数据存储暂时不可用，原有数据未受影响。请稍后重试；持续出现时请联系系统管理员。".to_owned()
            }
            RowsError::NotEmbedded | RowsError::Task(_) => "系统内部错误，请联系系统管理员。".to_owned(),
        }
    }
}

/// One item of a [`Shape`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The item's name in files and calls.
    pub name: String,
    /// Part of the row key.
    pub is_key: bool,
    /// A declared query condition: indexed, and may be filtered on.
    pub is_condition: bool,
}

/// What the row store has to know of an entry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shape(Arc<ShapeOf>);

#[derive(Debug)]
struct ShapeOf {
    entry: EntryId,
    columns: Vec<Column>,
}

impl Shape {
    /// The shape of `entry` as `content` describes it, items in the order of the file.
    pub fn of(entry: &EntryId, content: &Content) -> Shape {
        let column = |item: &rules::catalogue::Item| Column {
            name: item.name.clone(),
            is_key: item.is_key,
            is_condition: item.is_condition,
        };
        Shape::new(entry, content.items.iter().map(column).collect())
    }

    /// A shape of the given columns.
    pub fn new(entry: &EntryId, columns: Vec<Column>) -> Shape {
        Shape(Arc::new(ShapeOf {
            entry: entry.clone(),
            columns,
        }))
    }

    /// The entry.
    pub fn entry(&self) -> &EntryId {
        &self.0.entry
    }

    /// Its items, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.0.columns
    }

    /// Whether callers may filter on `item`.
    fn may_filter(&self, item: &str) -> Result<(), RowsError> {
        match self.0.columns.iter().find(|it| it.name == item) {
            None => Err(RowsError::UnknownItem(item.to_owned())),
            Some(column) if column.is_key || column.is_condition => Ok(()),
            Some(_) => Err(RowsError::NotACondition(item.to_owned())),
        }
    }
}

/// Which rows to read, and which of their items. Rows come in the order of their keys.
#[derive(Clone, Debug)]
pub struct Pick {
    /// The entry.
    pub shape: Shape,
    /// The version to read, as recorded with the entry.
    pub version: i64,
    /// The items to answer with, in this order. One that the rows were delivered without is empty.
    pub items: Arc<[String]>,
    /// Item and value: all must hold.
    pub equals: Vec<(String, String)>,
    /// Item and permitted values (行过滤): one of the values must hold, of every item.
    pub any_of: Arc<[(String, Vec<String>)]>,
    /// The key of the last row already seen; reading goes on behind it.
    pub after_key: Option<Vec<String>>,
    /// Rows at most; an export takes no notice of it.
    pub limit: usize,
}

/// The row store. Cheap to clone.
#[derive(Clone)]
pub struct Rows(Engine);

#[derive(Clone)]
enum Engine {
    Sqlite(sqlite::Files),
    Postgres(postgres::Tables),
}

impl Rows {
    /// Opens the row store beside the records. Looks at no entry's rows, however many there are.
    pub async fn open(config: &Config) -> Result<Rows, RowsError> {
        let engine = match &config.database {
            Some(url) => Engine::Postgres(postgres::Tables::open(url).await?),
            None => Engine::Sqlite(sqlite::Files::open(&config.data_dir.join(DIR))?),
        };
        Ok(Rows(engine))
    }

    /// Loads a full delivery as `version`, beside the current one, and says how many rows it has.
    ///
    /// Nothing changes for readers until the caller records the version. The rows are on disk when this
    /// returns. A half-built version that a crash left behind is built anew. `rows` come sorted by key.
    pub async fn replace(&self, shape: &Shape, version: i64, rows: impl RowSource) -> Result<u64, RowsError> {
        let layout = Layout::of(shape);
        match &self.0 {
            Engine::Sqlite(files) => {
                let (files, entry) = (files.clone(), shape.entry().clone());
                blocking(move || files.build(&entry, version, &layout, rows)).await
            }
            Engine::Postgres(tables) => tables.build(shape.entry(), version, layout, rows).await,
        }
    }

    /// Loads an incremental delivery into `version` in one transaction, and says how many rows the entry has then.
    ///
    /// A row whose key is there already takes the place of the old one. A `batch` that was merged before
    /// changes nothing.
    pub async fn merge(
        &self,
        shape: &Shape,
        version: i64,
        batch: &str,
        rows: impl RowSource,
    ) -> Result<u64, RowsError> {
        let layout = Layout::of(shape);
        match &self.0 {
            Engine::Sqlite(files) => {
                let (files, entry, batch) = (files.clone(), shape.entry().clone(), batch.to_owned());
                blocking(move || files.merge(&entry, version, &batch, &layout, rows)).await
            }
            Engine::Postgres(tables) => tables.merge(shape.entry(), version, batch, layout, rows).await,
        }
    }

    /// The picked rows, each with its key items appended for the cursor.
    pub async fn query(&self, pick: &Pick) -> Result<Vec<Answer>, RowsError> {
        match &self.0 {
            // One row by its whole key takes less time to read than to hand to another thread.
            Engine::Sqlite(files) if pick.is_one_row() => files.query(pick),
            Engine::Sqlite(files) => {
                let (files, pick) = (files.clone(), pick.clone());
                blocking(move || files.query(&pick)).await
            }
            Engine::Postgres(tables) => tables.query(pick).await,
        }
    }

    /// The same, at once and on the calling thread; the embedded engine only.
    pub fn query_now(&self, pick: &Pick) -> Result<Vec<Answer>, RowsError> {
        match &self.0 {
            Engine::Sqlite(files) => files.query(pick),
            Engine::Postgres(_) => Err(RowsError::NotEmbedded),
        }
    }

    /// All picked rows of one moment, in chunks, as fast as they are taken; memory stays bounded.
    pub fn stream(&self, pick: Pick) -> Chunks {
        match &self.0 {
            Engine::Sqlite(files) => {
                let files = files.clone();
                Chunks::from_thread(move |sender| files.export(&pick, sender))
            }
            Engine::Postgres(tables) => {
                let tables = tables.clone();
                Chunks::from_task(|sender| async move { tables.export(&pick, &sender).await })
            }
        }
    }

    /// Hands all picked rows to `take`, chunk by chunk, and says how many there were.
    pub async fn export(&self, pick: Pick, mut take: impl FnMut(Vec<Answer>)) -> Result<u64, RowsError> {
        let mut chunks = self.stream(pick);
        let mut count = 0;
        while let Some(chunk) = chunks.next().await? {
            count += chunk.len() as u64;
            take(chunk);
        }
        Ok(count)
    }

    /// How many rows `version` has, as kept with it.
    pub async fn count(&self, shape: &Shape, version: i64) -> Result<u64, RowsError> {
        match &self.0 {
            Engine::Sqlite(files) => {
                let (files, entry) = (files.clone(), shape.entry().clone());
                blocking(move || files.count(&entry, version)).await
            }
            Engine::Postgres(tables) => tables.count(shape.entry(), version).await,
        }
    }

    /// Removes the versions before `keep_version`, and what crashes left of them.
    ///
    /// To be called after the switch. A read that is under way ends undisturbed; one that begins with the
    /// old number is answered [`RowsError::NoVersion`] and should look the number up again.
    pub async fn retire(&self, entry: &EntryId, keep_version: i64) -> Result<(), RowsError> {
        match &self.0 {
            Engine::Sqlite(files) => {
                let (files, entry) = (files.clone(), entry.clone());
                blocking(move || files.retire(&entry, keep_version)).await
            }
            Engine::Postgres(tables) => tables.retire(entry, keep_version).await,
        }
    }
}

impl Pick {
    /// Whether the whole key is given, so that one row at most answers.
    fn is_one_row(&self) -> bool {
        let mut keys = self.shape.columns().iter().filter(|it| it.is_key).peekable();
        keys.peek().is_some() && keys.all(|key| self.equals.iter().any(|(item, _)| *item == key.name))
    }
}

/// Runs work that waits for the disk on a thread where waiting is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RowsError> + Send + 'static,
) -> Result<T, RowsError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(cut_short) => Err(RowsError::Task(cut_short.to_string())),
    }
}
