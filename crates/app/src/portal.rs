//! 开放平台: what anybody may read without an account (art. 24, art. 25).
//!
//! Nothing here knows a person. What is not an open set (an entry on the newest published list of its agency,
//! released where the list is unconditional, and not withdrawn) is answered like what never was: the same words, by
//! the same path.

use rules::{catalogue::OpenKind, release::FileFormat};
pub use table::profile::ColumnProfile;

use crate::{City, Refused};

mod rows;
mod view;

pub use rows::{Filter, Op, RowsAsk, RowsPage};
pub use view::*;

/// The refusal of anything that is not an open set.
pub fn nothing() -> Refused {
    Refused::not_found("该开放数据集")
}

/// Open sets that match, with facets over all that match.
pub async fn search(_city: &City, _ask: &Ask) -> Result<Found, Refused> {
    Ok(Found {
        total: 0,
        cards: Vec::new(),
        facets: Vec::new(),
    })
}

/// Titles that a half-typed text may mean, the best first.
pub async fn suggest(_city: &City, _text: &str, _limit: usize) -> Result<Vec<Suggestion>, Refused> {
    Ok(Vec::new())
}

/// Open sets in the order of their names, after the one called `after`.
pub async fn all(_city: &City, _after: Option<&str>, _limit: usize) -> Result<Vec<Card>, Refused> {
    Ok(Vec::new())
}

/// Everything of the open set with this name or id.
pub async fn dataset(_city: &City, _name_or_id: &str) -> Result<Dataset, Refused> {
    Err(nothing())
}

/// Agencies that have open sets, by title.
pub async fn orgs(_city: &City) -> Result<Vec<OrgCard>, Refused> {
    Ok(Vec::new())
}

/// Themes that have open sets, by title.
pub async fn themes(_city: &City) -> Result<Vec<ThemeCard>, Refused> {
    Ok(Vec::new())
}

/// Every published edition, the newest first (art. 24).
pub async fn lists(_city: &City) -> Result<Vec<ListCard>, Refused> {
    Ok(Vec::new())
}

/// One edition: of the agency with this name or id.
pub async fn list(_city: &City, _org: &str, _kind: OpenKind, _number: i64) -> Result<ListView, Refused> {
    Err(Refused::not_found("该开放清单"))
}

/// Numbers about the portal.
pub async fn statistics(_city: &City) -> Result<Statistics, Refused> {
    Ok(Statistics::default())
}

/// What is new, the newest first.
pub async fn news(_city: &City, _limit: usize) -> Result<Vec<NewsLine>, Refused> {
    Ok(Vec::new())
}

/// A file of a release, the newest where no number is given; counts a download.
pub async fn file(
    _city: &City,
    _name_or_id: &str,
    _number: Option<i64>,
    _format: FileFormat,
    _now: jiff::Timestamp,
) -> Result<OpenFile, Refused> {
    Err(nothing())
}

/// Rows of the newest release.
pub async fn rows(_city: &City, _name_or_id: &str, _ask: &RowsAsk) -> Result<RowsPage, Refused> {
    Err(nothing())
}

/// What the columns of the newest release hold.
pub async fn profile(_city: &City, _name_or_id: &str) -> Result<Vec<ColumnProfile>, Refused> {
    Err(nothing())
}
