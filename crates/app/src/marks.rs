//! 标注: what stands on doubted data, as others of the city ask for it (art. 21, art. 34).

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rules::ids::EntryId;
use store::marks;

use crate::{City, Refused};

/// A mark on a whole set, as anybody may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkLine {
    /// Since when it stands.
    pub since: Timestamp,
    /// What it says.
    pub words: String,
}

impl From<marks::Mark> for MarkLine {
    fn from(mark: marks::Mark) -> MarkLine {
        MarkLine {
            since: mark.since,
            words: mark.words,
        }
    }
}

/// The marks that stand on the whole set, the oldest first. Marks on single records are for those who receive these
/// records, not for the public.
pub async fn of_set(city: &City, entry: &EntryId) -> Result<Vec<MarkLine>, Refused> {
    let standing = marks::of_entry(city.store.read(), entry).await?;
    let on_set = standing.into_iter().filter(|it| it.record.is_empty());
    Ok(on_set.map(MarkLine::from).collect())
}

/// Whether the whole set is marked.
pub async fn is_disputed(city: &City, entry: &EntryId) -> Result<bool, Refused> {
    Ok(!of_set(city, entry).await?.is_empty())
}

/// Every set that is marked, for lists: one question for a whole page.
pub async fn disputed(city: &City) -> Result<HashSet<EntryId>, Refused> {
    Ok(of_sets(city).await?.into_keys().collect())
}

/// The marks of every set that is marked.
pub async fn of_sets(city: &City) -> Result<HashMap<EntryId, Vec<MarkLine>>, Refused> {
    let mut found: HashMap<EntryId, Vec<MarkLine>> = HashMap::new();
    for it in marks::of_sets(city.store.read()).await? {
        found.entry(it.entry.clone()).or_default().push(it.into());
    }
    Ok(found)
}
