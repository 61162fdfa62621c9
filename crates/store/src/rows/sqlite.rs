//! Rows on the embedded engine: `rows/<entry>/<version>.db`, one database file for each version.
//!
//! A version is built under another name, written to disk and only then given its own: whenever the machine
//! stops, a file that has a version's name is whole. Files are read in WAL mode, where a merge and the readers
//! do not wait for each other.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rules::ids::EntryId;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Statement, params, types::Null};

use super::{
    Answer, Pick, RowSource, RowsError, Values,
    layout::{Layout, safe_name},
    readers::{Reader, Readers},
    select::{Select, Taking, select},
    stream::{Gathering, Sender},
};

/// Nobody else sees the file while it is built, and a half-built one is thrown away: no journal is needed.
/// The cache holds an index while it is sorted, so that a million rows need no temporary file.
const BUILDING: &str = "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
    PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -49152; PRAGMA temp_store = FILE;";

/// A merge is acknowledged, so it is on disk before it is.
const MERGING: &str = "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;";

/// The row files of all entries. Cheap to clone.
#[derive(Clone)]
pub(super) struct Files(Arc<FilesOf>);

struct FilesOf {
    dir: PathBuf,
    readers: Readers,
}

impl Files {
    /// The row files in `dir`, which is made when absent.
    pub fn open(dir: &Path) -> Result<Files, RowsError> {
        fs::create_dir_all(dir)?;
        Ok(Files(Arc::new(FilesOf {
            dir: dir.to_owned(),
            readers: Readers::default(),
        })))
    }

    fn dir(&self, entry: &EntryId) -> PathBuf {
        self.0.dir.join(safe_name(entry))
    }

    fn path(&self, entry: &EntryId, version: i64) -> PathBuf {
        self.dir(entry).join(format!("{version}.db"))
    }

    /// Builds a version from rows sorted by key.
    pub fn build(
        &self,
        entry: &EntryId,
        version: i64,
        layout: &Layout,
        rows: impl RowSource,
    ) -> Result<u64, RowsError> {
        let dir = self.dir(entry);
        if !dir.exists() {
            fs::create_dir_all(&dir)?;
            sync_dir(&self.0.dir)?;
        }
        let building = dir.join(format!("{version}.building"));
        remove(&building)?;
        let count = write_file(&building, version, layout, rows)?;
        File::open(&building)?.sync_all()?;
        let path = self.path(entry, version);
        // An earlier attempt at this version may have been looked at, which leaves files beside it.
        for beside in beside(&path) {
            remove(&beside)?;
        }
        fs::rename(&building, &path)?;
        sync_dir(&dir)?;
        Ok(count)
    }

    /// Merges rows into a version, once for each batch.
    pub fn merge(
        &self,
        entry: &EntryId,
        version: i64,
        batch: &str,
        layout: &Layout,
        rows: impl RowSource,
    ) -> Result<u64, RowsError> {
        let path = self.path(entry, version);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = match Connection::open_with_flags(&path, flags) {
            Err(_) if !path.exists() => return Err(RowsError::NoVersion(version)),
            opened => opened?,
        };
        // Only another merge of the same entry is waited for.
        connection.busy_timeout(Duration::from_secs(60))?;
        connection.execute_batch(MERGING)?;
        let count = merge_rows(&mut connection, batch, layout, rows)?;
        self.0.readers.merged(entry.as_str());
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        // The log beside the file may be new; its name must last as long as its contents.
        sync_dir(&self.dir(entry))?;
        Ok(count)
    }

    /// Reads a page.
    pub fn query(&self, pick: &Pick) -> Result<Vec<Answer>, RowsError> {
        self.read(pick.shape.entry(), pick.version, |reader| {
            let limit = pick.limit.min(i64::MAX as usize).to_string();
            let Some(select) = select(pick, &reader.layout, "rows", Taking::Page(&limit))? else {
                return Ok(Vec::new());
            };
            let mut answers = Vec::new();
            each(reader, &select, |answer| {
                answers.push(answer);
                true
            })?;
            Ok(answers)
        })
    }

    /// Reads all picked rows from one state of the file, until nobody takes them any more.
    pub fn export(&self, pick: &Pick, sender: &Sender) -> Result<(), RowsError> {
        self.read(pick.shape.entry(), pick.version, |reader| {
            let Some(select) = select(pick, &reader.layout, "rows", Taking::Everything)? else {
                return Ok(());
            };
            let mut gathering = Gathering::default();
            each(reader, &select, |answer| match gathering.push(answer) {
                Some(chunk) => sender.blocking_send(chunk).is_ok(),
                None => true,
            })?;
            if let Some(chunk) = gathering.rest() {
                // Nobody is left to be told that nobody takes it.
                let _ = sender.blocking_send(chunk);
            }
            Ok(())
        })
    }

    /// The number of rows, as kept with the version.
    pub fn count(&self, entry: &EntryId, version: i64) -> Result<u64, RowsError> {
        self.read(entry, version, |reader| stored_count(&reader.connection))
    }

    /// Removes the files of versions before `keep_version`.
    pub fn retire(&self, entry: &EntryId, keep_version: i64) -> Result<(), RowsError> {
        self.0.readers.forget(entry.as_str(), keep_version);
        let listing = match fs::read_dir(self.dir(entry)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            listing => listing?,
        };
        for file in listing {
            let file = file?;
            let name = file.file_name();
            let Some((version, ending)) = name.to_str().and_then(|it| it.split_once('.')) else {
                continue;
            };
            let Ok(version) = version.parse::<i64>() else {
                continue;
            };
            let is_left_behind = version == keep_version && ending == "building";
            if version < keep_version || is_left_behind {
                remove(&file.path())?;
            }
        }
        Ok(())
    }

    /// Lends a reader, and keeps it for the next time if all went well.
    pub(super) fn read<T>(
        &self,
        entry: &EntryId,
        version: i64,
        work: impl FnOnce(&Reader) -> Result<T, RowsError>,
    ) -> Result<T, RowsError> {
        let readers = &self.0.readers;
        let reader = readers.take(entry.as_str(), version, || self.path(entry, version))?;
        let done = work(&reader)?;
        readers.put_back(entry.as_str(), version, reader);
        Ok(done)
    }
}

/// Hands every row that `select` finds to `take`, until it says no.
fn each(reader: &Reader, select: &Select<'_>, mut take: impl FnMut(Answer) -> bool) -> Result<(), RowsError> {
    let mut statement = reader.connection.prepare_cached(&select.text)?;
    for (i, value) in select.params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, value)?;
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut answer = Vec::with_capacity(select.width);
        for i in 0..select.width {
            let value = row.get_ref(i)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            // A key item has no NULL; where the key has no value the text is empty.
            answer.push(value.filter(|it| !it.is_empty()).map(str::to_owned));
        }
        if !take(answer) {
            break;
        }
    }
    Ok(())
}

/// Writes a whole file: rows, indexes, and what is to be known of them.
fn write_file(
    path: &Path,
    version: i64,
    layout: &Layout,
    mut rows: impl RowSource,
) -> Result<u64, RowsError> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(BUILDING)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(&create_table(layout))?;
    let mut count = 0u64;
    {
        let mut insert = transaction.prepare(&insert_row("INSERT", layout))?;
        let binding = Binding::straight(layout);
        while let Some(row) = rows.next_row().map_err(RowsError::Source)? {
            binding.bind(&mut insert, &row)?;
            insert.raw_execute()?;
            count += 1;
        }
    }
    for column in &layout.indexed {
        // Every index ends in the key by itself, so that what it finds is in key order.
        transaction.execute_batch(&format!("CREATE INDEX by_c{column} ON rows (c{column})"))?;
    }
    let mut meta = transaction.prepare("INSERT INTO meta (name, value) VALUES ($1, $2)")?;
    meta.execute(params!["layout", layout.to_json()])?;
    meta.execute(params!["version", version.to_string()])?;
    meta.execute(params!["rows", count.to_string()])?;
    drop(meta);
    transaction.commit()?;
    if !layout.indexed.is_empty() {
        // Where two conditions are given, the one that leaves fewer rows should lead.
        connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE")?;
    }
    connection.execute_batch("PRAGMA locking_mode = NORMAL")?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
    connection.close().map_err(|(_, e)| e)?;
    Ok(count)
}

fn merge_rows(
    connection: &mut Connection,
    batch: &str,
    delivered: &Layout,
    mut rows: impl RowSource,
) -> Result<u64, RowsError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut count = stored_count(&transaction)?;
    let merged = transaction
        .query_row("SELECT 1 FROM batches WHERE batch = $1", [batch], |_| Ok(()))
        .optional()?
        .is_some();
    if merged {
        return Ok(count);
    }
    let layout: String =
        transaction.query_row("SELECT value FROM meta WHERE name = 'layout'", [], |row| {
            row.get(0)
        })?;
    let layout = Layout::parse(&layout)?;
    let binding = Binding {
        sources: layout.sources(delivered)?,
        ..Binding::straight(&layout)
    };
    {
        let mut insert = transaction.prepare(&insert_row("INSERT OR IGNORE", &layout))?;
        let mut replace = transaction.prepare(&insert_row("REPLACE", &layout))?;
        while let Some(row) = rows.next_row().map_err(RowsError::Source)? {
            binding.bind(&mut insert, &row)?;
            // Told apart so that the number of rows is known without counting them.
            if insert.raw_execute()? == 1 {
                count += 1;
            } else {
                binding.bind(&mut replace, &row)?;
                replace.raw_execute()?;
            }
        }
    }
    transaction.execute(
        "UPDATE meta SET value = $1 WHERE name = 'rows'",
        [count.to_string()],
    )?;
    transaction.execute("INSERT INTO batches (batch) VALUES ($1)", [batch])?;
    transaction.commit()?;
    Ok(count)
}

fn stored_count(connection: &Connection) -> Result<u64, RowsError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = 'rows'")?;
    let count: String = statement.query_row([], |row| row.get(0))?;
    count
        .parse()
        .map_err(|_| RowsError::Io(io::ErrorKind::InvalidData.into()))
}

/// Where the value of each column comes from.
struct Binding {
    /// For each column, the number of its item in the rows that are read.
    sources: Vec<usize>,
    /// Whether the column is part of the key, which has no NULL.
    is_key: Vec<bool>,
}

impl Binding {
    fn straight(layout: &Layout) -> Binding {
        let columns = 0..layout.items.len();
        Binding {
            sources: columns.clone().collect(),
            is_key: columns.map(|i| layout.key.contains(&i)).collect(),
        }
    }

    fn bind(&self, statement: &mut Statement<'_>, row: &impl Values) -> Result<(), RowsError> {
        for (i, &source) in self.sources.iter().enumerate() {
            let value = row.get(source);
            if value.is_empty() && !self.is_key[i] {
                statement.raw_bind_parameter(i + 1, Null)?;
            } else {
                statement.raw_bind_parameter(i + 1, value)?;
            }
        }
        Ok(())
    }
}

/// The tables of a file. Rows lie in the order of their keys, so that sorted rows are only ever appended.
fn create_table(layout: &Layout) -> String {
    let mut text = String::from(
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID; \
         CREATE TABLE batches (batch TEXT PRIMARY KEY) WITHOUT ROWID; CREATE TABLE rows (",
    );
    for i in 0..layout.items.len() {
        write!(text, "c{i} TEXT, ").unwrap();
    }
    let key: Vec<String> = layout.key.iter().map(|i| format!("c{i}")).collect();
    write!(text, "PRIMARY KEY ({})) WITHOUT ROWID;", key.join(", ")).unwrap();
    text
}

fn insert_row(verb: &str, layout: &Layout) -> String {
    let places: Vec<String> = (1..=layout.items.len()).map(|i| format!("${i}")).collect();
    format!("{verb} INTO rows VALUES ({})", places.join(", "))
}

/// The files that SQLite may keep beside a database.
fn beside(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes the names in a directory last.
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Column, Shape};

    fn page(shape: &Shape, equals: &[(&str, &str)], any_of: &[(&str, &[&str])], after: bool) -> Pick {
        let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        Pick {
            shape: shape.clone(),
            version: 1,
            items: owned(&["note", "town"]).into(),
            equals: equals
                .iter()
                .map(|(item, value)| ((*item).to_owned(), (*value).to_owned()))
                .collect(),
            any_of: any_of
                .iter()
                .map(|(item, values)| ((*item).to_owned(), owned(values)))
                .collect(),
            after_key: after.then(|| owned(&["01", "000005"])),
            limit: 10,
        }
    }

    #[test]
    fn every_page_is_read_through_an_index_and_in_key_order_without_sorting_the_table() {
        let column = |name: &str, is_key, is_condition| Column {
            name: name.to_owned(),
            is_key,
            is_condition,
        };
        let columns = vec![
            column("district", true, false),
            column("number", true, false),
            column("gender", false, true),
            column("town", false, true),
            column("note", false, false),
        ];
        let shape = Shape::new(&EntryId::from("plans"), columns);
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path()).unwrap();
        let row = |n: u32| {
            let gender = if n.is_multiple_of(2) { "男" } else { "女" };
            vec![
                format!("{:02}", n / 100),
                format!("{n:06}"),
                gender.into(),
                (n % 50).to_string(),
                "x".into(),
            ]
        };
        let rows: Vec<_> = (0..2000).map(row).collect();
        files
            .build(shape.entry(), 1, &Layout::of(&shape), rows.into_iter())
            .unwrap();
        let cases = [
            (
                page(&shape, &[("district", "01"), ("number", "000101")], &[], false),
                "PRIMARY KEY (c0=? AND c1=?)",
            ),
            (
                page(&shape, &[("number", "000101")], &[], false),
                "INDEX by_c1 (c1=?)",
            ),
            (page(&shape, &[], &[], true), "PRIMARY KEY ((c0,c1)>(?,?))"),
            (
                page(&shape, &[("gender", "女")], &[], true),
                "INDEX by_c2 (c2=? AND (c0,c1)>(?,?))",
            ),
            (
                page(&shape, &[("gender", "女"), ("town", "7")], &[], false),
                "INDEX by_c3 (c3=?)",
            ),
            (
                page(&shape, &[], &[("town", &["7"])], true),
                "INDEX by_c3 (c3=? AND (c0,c1)>(?,?))",
            ),
        ];
        for (pick, wanted) in cases {
            let plan = plan(&files, &pick);
            assert!(plan.contains(wanted), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
        // Several permitted values: each read is ordered by itself, and only their few rows are merged.
        let plan = plan(&files, &page(&shape, &[], &[("town", &["7", "8", "9"])], true));
        assert_eq!(
            plan.matches("INDEX by_c3 (c3=? AND (c0,c1)>(?,?))").count(),
            3,
            "{plan}"
        );
    }

    fn plan(files: &Files, pick: &Pick) -> String {
        let explained = files.read(pick.shape.entry(), 1, |reader| {
            let select = select(pick, &reader.layout, "rows", Taking::Page("10"))?.unwrap();
            let text = format!("EXPLAIN QUERY PLAN {}", select.text);
            let mut statement = reader.connection.prepare(&text)?;
            let steps = statement.query_map(rusqlite::params_from_iter(&select.params), |row| row.get(3))?;
            Ok(steps.collect::<Result<Vec<String>, _>>()?.join("; "))
        });
        explained.unwrap()
    }
}
