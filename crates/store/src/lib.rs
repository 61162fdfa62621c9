//! What is remembered: the records of the city, the rows of its data, the files, the search index.
//!
//! Records are written once for two engines, SQLite and PostgreSQL. Reads go through [`Store::read`],
//! changes through a [`Write`], which only [`Write::seal`] commits: a change without its event does
//! not exist. The other modules name the nouns of the city, one file each.

#[macro_use]
mod sql;

mod config;
mod error;
mod inspect;
mod migrate;
mod open;
mod write;

pub mod agreements;
pub mod applicant_links;
pub mod applicants;
pub mod call_spans;
pub mod cases;
pub mod changes;
pub mod dashboard;
pub mod deliveries;
pub mod downloads;
pub mod entries;
pub mod events;
pub mod grants;
pub mod holidays;
pub mod marks;
pub mod notices;
pub mod open_lists;
pub mod open_sets;
pub mod orgs;
pub mod products;
pub mod releases;
pub mod reviews;
pub mod sessions;
pub mod settings;
pub mod steps;
pub mod systems;
pub mod touches;
pub mod usage;
pub mod users;
pub mod versions;

pub mod files;
pub mod rows;
pub mod search;

#[cfg(feature = "testing")]
pub mod testing;

pub use config::{Config, Engine};
pub use error::{Passing, StoreError};
pub use events::{Event, EventKind};
pub use inspect::{Inspection, LOG_KEY, inspect};
pub use open::Store;
pub use sql::{Reads, Source};
pub use write::Write;

/// A new identifier: 26 characters that sort by the moment `now` and are never guessed.
pub fn fresh_id(now: jiff::Timestamp) -> String {
    let ms = u64::try_from(now.as_millisecond()).unwrap_or(0);
    ulid::Ulid::from_parts(ms, rand::random())
        .to_string()
        .to_lowercase()
}

/// Every SQL text the records use. One test prepares each of them on both engines.
pub fn statements() -> Vec<&'static str> {
    let modules = [
        agreements::STATEMENTS,
        applicant_links::STATEMENTS,
        applicants::STATEMENTS,
        call_spans::STATEMENTS,
        cases::STATEMENTS,
        changes::STATEMENTS,
        dashboard::STATEMENTS,
        deliveries::STATEMENTS,
        downloads::STATEMENTS,
        entries::STATEMENTS,
        events::STATEMENTS,
        grants::STATEMENTS,
        holidays::STATEMENTS,
        inspect::STATEMENTS,
        marks::STATEMENTS,
        notices::STATEMENTS,
        open_lists::STATEMENTS,
        open_sets::STATEMENTS,
        orgs::STATEMENTS,
        products::STATEMENTS,
        releases::STATEMENTS,
        reviews::STATEMENTS,
        sessions::STATEMENTS,
        settings::STATEMENTS,
        steps::STATEMENTS,
        systems::STATEMENTS,
        touches::STATEMENTS,
        usage::STATEMENTS,
        users::STATEMENTS,
        versions::STATEMENTS,
        write::STATEMENTS,
    ];
    modules.concat()
}
