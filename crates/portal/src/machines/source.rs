//! What the machine interfaces read of the portal.

use std::sync::Arc;

use app::{
    City, Refused,
    portal::{self, Card, Dataset},
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// Details read side by side.
const SIDE_BY_SIDE: usize = 4;

/// Every open set, by name.
pub(crate) async fn all(city: &City) -> Result<Vec<Arc<Card>>, Refused> {
    portal::all(city, None, usize::MAX).await
}

/// The whole of each set, in the order of `cards`. One that was withdrawn meanwhile is left out.
pub(crate) async fn details(city: &City, cards: &[Arc<Card>]) -> Result<Vec<Dataset>, Refused> {
    let names: Vec<(City, String)> = cards.iter().map(|it| (city.clone(), it.name.clone())).collect();
    let read = stream::iter(names).map(|(city, name)| async move { detail(&city, &name).await });
    let found: Vec<Option<Dataset>> = read.buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// One set by name or id; none where there is no such open set.
pub(crate) async fn detail(city: &City, name: &str) -> Result<Option<Dataset>, Refused> {
    match portal::dataset(city, name).await {
        Ok(set) => Ok(Some(set)),
        Err(refused) if refused.status == app::Status::NotFound => Ok(None),
        Err(refused) => Err(refused),
    }
}
