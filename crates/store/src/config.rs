//! Where the records, rows and files of an installation are.

use std::path::PathBuf;

use crate::StoreError;

/// Where an installation keeps what it remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address of a PostgreSQL database (`postgres://…`); without one, SQLite files under `data_dir`.
    pub database: Option<String>,
    /// The directory of everything local: SQLite files, originals, search index, evidence log.
    pub data_dir: PathBuf,
}

/// The two engines the one text runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file under the data directory.
    Sqlite,
    /// A server, shared by several nodes.
    Postgres,
}

impl Config {
    /// The engine this configuration asks for.
    pub fn engine(&self) -> Engine {
        match self.database {
            None => Engine::Sqlite,
            Some(_) => Engine::Postgres,
        }
    }

    /// The address the record database is opened by; an error where it is not one of PostgreSQL.
    pub(crate) fn url(&self) -> Result<String, StoreError> {
        match &self.database {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(url.clone())
            }
            Some(_) => Err(sqlx::Error::Configuration("not an address of PostgreSQL".into()).into()),
            None => {
                let path = self.data_dir.join("city.db");
                Ok(format!(
                    "sqlite://{}?mode=rwc",
                    percent_encoded(&path.to_string_lossy())
                ))
            }
        }
    }
}

/// A path as it may stand in an address: what would end the path there is written in hexadecimal.
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                out.push(byte as char)
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
