//! 开放平台: what anybody may read without an account.
//!
//! Home of 《永州市政务大数据管理办法》 art. 24 and art. 25, as far as they are about reading.
//!
//! Nothing here knows a person. What is not an open set (an entry on the newest published list of its agency,
//! released where the list is unconditional, and not withdrawn) is answered like what never was: the same words, by
//! the same path.

use rules::ids::EntryId;

use crate::{City, Refused};

mod board;
mod dataset;
mod facets;
mod find;
mod lists;
mod rows;
mod shelf;
mod view;

pub use board::Board;
pub(crate) use board::{follow, keep_following};
pub use dataset::{dataset, downloaded, file, profile, related};
pub use find::{all, orgs, scores, search, shelf, suggest, themes};
pub(crate) use lists::GONE;
pub use lists::{list, lists, news, statistics};
pub(crate) use rows::rows_under_agreement;
pub use rows::{Filter, LIMIT_MAX, Op, RowsAsk, RowsPage, rows};
pub use rules::theme::{THEMES, Theme, theme_of};
pub use shelf::{Shelf, slice};
pub use table::profile::ColumnProfile;
pub use view::*;

/// The pseudo entry whose rows are those of the releases of `entry`; a release's number is the version.
pub(crate) fn rows_of(entry: &EntryId) -> EntryId {
    EntryId(format!("open-{entry}"))
}

/// The item by which the rows of a release are told apart: their number, nine digits.
pub(crate) const ROW_NUMBER: &str = "_id";

/// The name of an open set in URLs.
pub(crate) fn name_of(code: &str) -> String {
    code.to_lowercase().replace('/', "-")
}

/// The key that forms of people without a session are signed with: the city's, so that a form that was shown before
/// a restart, or by another node, is still good.
pub fn form_key(city: &City) -> [u8; 32] {
    city.gate.of_forms()
}

/// The refusal of anything that is not an open set.
pub fn nothing() -> Refused {
    Refused::not_found("该开放数据集")
}
