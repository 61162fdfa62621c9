//! Where an index lies: one directory for each generation, and a file `current` that names the one in use.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError};

use super::{SearchError, WRITER_BYTES, schema::Fields};

/// The version of the schema and the tokens. Raise it when either changes: every index is then built anew.
const VERSION: u32 = 2;
const CURRENT: &str = "current";

/// An open index.
pub(super) struct Live {
    name: String,
    index: Index,
    pub reader: IndexReader,
    pub fields: Fields,
}

impl Live {
    /// Opens the current generation, or begins one where there is none that can be read.
    pub fn open_or_begin(dir: &Path) -> Result<Live, SearchError> {
        fs::create_dir_all(dir)?;
        if let Some(name) = current(dir)? {
            match Live::open(dir, name) {
                Ok(live) => return Ok(live),
                Err(error) => tracing::warn!(%error, "the search index cannot be read and is built anew"),
            }
        }
        let live = Live::begin_next(dir)?;
        live.make_current(dir)?;
        remove_others(dir)?;
        Ok(live)
    }

    /// Begins an empty generation beside those that are there.
    pub fn begin_next(dir: &Path) -> Result<Live, SearchError> {
        let (fields, schema) = Fields::make();
        let number = generations(dir)?
            .into_iter()
            .map(|(number, _)| number)
            .max()
            .unwrap_or(0)
            + 1;
        let name = format!("v{VERSION}-{number}");
        let place = dir.join(&name);
        fs::create_dir(&place)?;
        Live::with(name, Index::create_in_dir(&place, schema)?, fields)
    }

    fn open(dir: &Path, name: String) -> Result<Live, SearchError> {
        let (fields, schema) = Fields::make();
        let index = Index::open_in_dir(dir.join(&name))?;
        if index.schema() != schema {
            return Err(TantivyError::SchemaError("another schema".to_owned()).into());
        }
        Live::with(name, index, fields)
    }

    fn with(name: String, index: Index, fields: Fields) -> Result<Live, SearchError> {
        // Reloaded by hand after each commit, so that the next search is sure to see it.
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Live {
            name,
            index,
            reader,
            fields,
        })
    }

    /// The position that was noted with the last commit.
    pub fn position(&self) -> Result<i64, SearchError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|it| it.parse().ok()).unwrap_or(0))
    }

    /// A writer; there can be one only.
    pub fn writer(&self) -> Result<IndexWriter, SearchError> {
        Ok(self.index.writer_with_num_threads(1, WRITER_BYTES)?)
    }

    /// Makes this the generation that the next start opens.
    pub fn make_current(&self, dir: &Path) -> Result<(), SearchError> {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(self.name.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(dir.join(CURRENT)).map_err(|e| e.error)?;
        File::open(dir)?.sync_all()?;
        Ok(())
    }
}

/// Writes what waits to disk, together with the position.
pub(super) fn commit(writer: &mut IndexWriter, position: i64) -> Result<(), SearchError> {
    let mut commit = writer.prepare_commit()?;
    commit.set_payload(&position.to_string());
    commit.commit()?;
    Ok(())
}

/// Removes every generation but the current one. Searches that still read one end undisturbed.
pub(super) fn remove_others(dir: &Path) -> Result<(), SearchError> {
    let current = current(dir)?;
    for (_, place) in generations(dir)? {
        if place.file_name().and_then(|it| it.to_str()) != current.as_deref() {
            fs::remove_dir_all(place)?;
        }
    }
    Ok(())
}

/// The name of the current generation, where it is of this version.
fn current(dir: &Path) -> Result<Option<String>, SearchError> {
    let name = match fs::read_to_string(dir.join(CURRENT)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        name => name?,
    };
    let is_ours = name
        .strip_prefix(&format!("v{VERSION}-"))
        .is_some_and(|it| it.parse::<u64>().is_ok());
    Ok(is_ours.then_some(name))
}

/// All generations, of whatever version, by number.
fn generations(dir: &Path) -> Result<Vec<(u64, PathBuf)>, SearchError> {
    let mut found = Vec::new();
    for item in fs::read_dir(dir)? {
        let item = item?;
        let name = item.file_name();
        let number = name
            .to_str()
            .and_then(|it| it.strip_prefix('v')?.split_once('-')?.1.parse().ok());
        if let Some(number) = number {
            found.push((number, item.path()));
        }
    }
    Ok(found)
}
