//! Looking through the rows of a release as the public does (art. 24, art. 25): by any item, in any order.
//!
//! Callers of the gateway filter on declared conditions only, which are indexed. Here every item may be filtered
//! and sorted on, so a read may have to look at every row; it has a time limit instead. Numbers compare as numbers,
//! exactly on both engines; whatever is stored under a number's type and is none comes behind the numbers.
//!
//! A page goes on behind the last row of the one before. Its cursor holds that row's key and no value, so that no
//! value gets into an address, and belongs to one version and one order.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rules::{catalogue::ItemType, ids::EntryId};
use sha2::{Digest, Sha256};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::{Answer, Engine, Rows, RowsError, blocking, layout::Layout};

mod asked;
pub(super) mod number;
mod postgres;
mod sqlite;
mod statement;

/// Values that an ask may have in all its filters; more are not looked for one by one.
pub const VALUES_MAX: usize = 1_000;

/// Items that rows are sorted by, at most.
pub const SORT_MAX: usize = 16;

/// Reads at once, so that however many look through open rows, agencies' calls find a connection and a thread.
const AT_ONCE: usize = 8;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal. To ask for the empty value is to ask for rows without one.
    Eq,
    /// Equal to one of the values.
    In,
    /// Not equal; rows without a value are among them.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// More.
    Gt,
    /// More or equal.
    Ge,
    /// The text occurs in the value; Latin letters in either case.
    Contains,
}

/// A condition on one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The item's name.
    pub item: String,
    /// How it is compared.
    pub op: Op,
    /// With what: one value, or any number with [`Op::In`].
    pub values: Vec<String>,
}

/// Which rows of a version to look at, and in which order.
#[derive(Clone, Debug)]
pub struct Browse {
    /// The entry, or the pseudo entry of an open set.
    pub entry: EntryId,
    /// The version to read.
    pub version: i64,
    /// The items that may be named, and their types, which say how their values compare. A key item may be
    /// named without being listed; it is text then.
    pub items: Vec<(String, ItemType)>,
    /// The items to answer with, in this order.
    pub pick: Vec<String>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Words of which each must occur in some listed item; Latin letters in either case.
    pub text: Option<String>,
    /// Item and whether the largest comes first; then by key, upwards. Rows without a value come last, both ways.
    pub sort: Vec<(String, bool)>,
    /// Where the page before ended; see [`Browsed::next`].
    pub after: Option<String>,
    /// Rows to pass over, behind the cursor if there is one.
    pub offset: u64,
    /// Rows at most.
    pub limit: usize,
    /// How long the read may wait for its turn, and how long the engine may take then, before it is given up as
    /// [`RowsError::TookTooLong`].
    pub patience: Duration,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browsed {
    /// The picked items of each row, then its key.
    pub rows: Vec<Answer>,
    /// Where the next page begins; none where this is the last.
    pub next: Option<String>,
}

impl Rows {
    /// A page of the rows that match.
    pub async fn browse(&self, browse: Browse) -> Result<Browsed, RowsError> {
        let _turn = browse.turn().await?;
        match &self.0 {
            Engine::Sqlite(files) => {
                let files = files.clone();
                blocking(move || files.browse(&browse)).await
            }
            Engine::Postgres(tables) => tables.browse(&browse).await,
        }
    }

    /// How many rows match, exactly; cursor, offset and limit do not count.
    pub async fn count_where(&self, browse: Browse) -> Result<u64, RowsError> {
        let _turn = browse.turn().await?;
        match &self.0 {
            Engine::Sqlite(files) => {
                let files = files.clone();
                blocking(move || files.count_where(&browse)).await
            }
            Engine::Postgres(tables) => tables.count_where(&browse).await,
        }
    }
}

impl Browse {
    /// Waits for a turn, no longer than the read itself may take.
    async fn turn(&self) -> Result<SemaphorePermit<'static>, RowsError> {
        match timeout(self.patience, TURNS.acquire()).await {
            Ok(turn) => turn.map_err(|e| RowsError::Task(e.to_string())),
            Err(_) => Err(RowsError::TookTooLong),
        }
    }

    /// Whether every row matches, so that the number kept with the version is the answer.
    fn is_of_all(&self) -> bool {
        let asks_nothing = |it: &str| it.trim().is_empty();
        self.filters.is_empty() && self.text.as_deref().is_none_or(asks_nothing)
    }

    /// The key of the row that the cursor stands behind.
    fn behind(&self, layout: &Layout) -> Result<Option<Vec<String>>, RowsError> {
        let Some(cursor) = &self.after else {
            return Ok(None);
        };
        let key = cursor
            .split_once('.')
            .filter(|(order, _)| *order == self.order())
            .and_then(|(_, key)| BASE64_URL_SAFE_NO_PAD.decode(key).ok())
            .and_then(|it| serde_json::from_slice::<Vec<String>>(&it).ok())
            .filter(|it| it.len() == layout.key.len() && it.iter().all(|it| !it.contains('\0')))
            .ok_or(RowsError::BadCursor)?;
        Ok(Some(key))
    }

    /// How many rows to pass over and how many to read: one more than asked for, to know whether there are more.
    fn span(&self) -> (u64, u64) {
        let limit = (self.limit as u64).min(i64::MAX as u64 - 1);
        (self.offset.min(i64::MAX as u64), limit + 1)
    }

    /// The page of `rows`, which are one more than asked for where there is another page.
    fn page(&self, mut rows: Vec<Answer>, layout: &Layout) -> Browsed {
        let has_more = self.limit < rows.len();
        rows.truncate(self.limit);
        let next = rows.last().filter(|_| has_more).map(|last| {
            let key = &last[last.len() - layout.key.len()..];
            let key: Vec<&str> = key.iter().map(|it| it.as_deref().unwrap_or_default()).collect();
            let key = serde_json::to_vec(&key).expect("texts are always JSON");
            format!("{}.{}", self.order(), BASE64_URL_SAFE_NO_PAD.encode(key))
        });
        Browsed { rows, next }
    }

    /// A few characters that stand for the version and the order a cursor belongs to.
    fn order(&self) -> String {
        let order = (self.entry.as_str(), self.version, &self.sort);
        let order = serde_json::to_vec(&order).expect("texts and numbers are always JSON");
        BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(order)[..6])
    }
}
