//! What the machine interfaces read of the portal, in the portions they need.

use app::{
    City, Refused,
    portal::{self, Ask, Card, Dataset, Sort},
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// How many cards are read at once.
const PORTION: usize = 500;

/// Details read side by side.
const SIDE_BY_SIDE: usize = 4;

/// Every open set, by name.
pub(crate) async fn all(city: &City) -> Result<Vec<Card>, Refused> {
    let mut cards: Vec<Card> = Vec::new();
    loop {
        let after = cards.last().map(|it| it.name.as_str());
        let more = portal::all(city, after, PORTION).await?;
        let is_last = more.len() < PORTION;
        cards.extend(more);
        if is_last {
            return Ok(cards);
        }
    }
}

/// The whole of each set, in the order of `cards`. One that was withdrawn meanwhile is left out.
pub(crate) async fn details(city: &City, cards: &[Card]) -> Result<Vec<Dataset>, Refused> {
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

/// The ids of all sets that the portal's own search finds for `text`, best first.
pub(crate) async fn found(city: &City, text: &str) -> Result<Vec<String>, Refused> {
    let mut ids = Vec::new();
    loop {
        let ask = Ask {
            text: Some(text.to_owned()),
            sort: Sort::Relevance,
            offset: ids.len(),
            limit: PORTION,
            ..Ask::default()
        };
        let page = portal::search(city, &ask).await?;
        let is_last = page.cards.len() < PORTION;
        ids.extend(page.cards.into_iter().map(|it| it.id));
        if is_last || ids.len() as u64 >= page.total {
            return Ok(ids);
        }
    }
}
