//! Finding open sets: by text, facets and order.

use std::{collections::HashMap, sync::Arc};

use super::{
    Ask, Card, Found, OrgCard, Sort, Suggestion, ThemeCard,
    board::snapshot,
    shelf::{Hit, Shelf},
};
use crate::{City, Refused};

/// Sets answered with at once, at most.
const LIMIT_MAX: usize = 1_000;

/// Open sets that match, with facets over all that match.
pub async fn search(city: &City, ask: &Ask) -> Result<Found, Refused> {
    let shelf = snapshot(city).await?.shelf.clone();
    let text = ask.text.as_deref().unwrap_or_default().trim();
    let mut hits = matching(city, &shelf, text).await?;
    let facets = shelf.narrow(&mut hits, ask);
    let sort = match ask.sort {
        // Without words to match, the best match is what was renewed last.
        Sort::Relevance if text.is_empty() => Sort::Modified,
        sort => sort,
    };
    Ok(Found {
        total: hits.len() as u64,
        cards: shelf.page(hits, sort, ask.offset, ask.limit.min(LIMIT_MAX)),
        facets,
    })
}

/// The cards that `text` finds; all where it is empty.
async fn matching(city: &City, shelf: &Shelf, text: &str) -> Result<Vec<Hit>, Refused> {
    if text.is_empty() {
        return Ok(shelf.all());
    }
    let matches = city.board.search.matches(text).await;
    Ok(shelf.found(&matches.map_err(Refused::internal)?))
}

/// Everything that stands open now.
pub async fn shelf(city: &City) -> Result<Arc<Shelf>, Refused> {
    Ok(snapshot(city).await?.shelf.clone())
}

/// The places of the cards that `text` finds, each with its score: the greatest is the best.
pub async fn scores(city: &City, shelf: &Shelf, text: &str) -> Result<HashMap<u32, f32>, Refused> {
    let hits = matching(city, shelf, text.trim()).await?;
    Ok(hits
        .iter()
        .map(|it| (it.place, f32::from_bits(it.rank.0)))
        .collect())
}

/// Titles that a half-typed text may mean, the best first.
pub async fn suggest(city: &City, text: &str, limit: usize) -> Result<Vec<Suggestion>, Refused> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let shelf = snapshot(city).await?.shelf.clone();
    let hits = matching(city, &shelf, text.trim()).await?;
    let found = shelf.page(hits, Sort::Relevance, 0, limit.min(50));
    let suggestion = |it: Card| Suggestion {
        name: it.name,
        title: it.title,
    };
    Ok(found.into_iter().map(suggestion).collect())
}

/// Open sets in the order of their names, after the one called `after`.
pub async fn all(city: &City, after: Option<&str>, limit: usize) -> Result<Vec<Arc<Card>>, Refused> {
    let shelf = snapshot(city).await?.shelf.clone();
    let first = shelf
        .cards
        .partition_point(|it| after.is_some_and(|after| it.name.as_str() <= after));
    Ok(shelf.cards[first..].iter().take(limit).cloned().collect())
}

/// Agencies that have open sets, by title.
pub async fn orgs(city: &City) -> Result<Vec<OrgCard>, Refused> {
    let mut orgs: Vec<OrgCard> = Vec::new();
    for card in &snapshot(city).await?.shelf.cards {
        match orgs.iter_mut().find(|it| it.org == card.org) {
            Some(org) => org.sets += 1,
            None => orgs.push(OrgCard {
                org: card.org.clone(),
                sets: 1,
            }),
        }
    }
    orgs.sort_by(|a, b| a.org.title.cmp(&b.org.title));
    Ok(orgs)
}

/// Themes that have open sets, by title.
pub async fn themes(city: &City) -> Result<Vec<ThemeCard>, Refused> {
    let mut themes: Vec<ThemeCard> = Vec::new();
    for card in &snapshot(city).await?.shelf.cards {
        match themes.iter_mut().find(|it| it.name == card.theme_name) {
            Some(theme) => theme.sets += 1,
            None => themes.push(ThemeCard {
                name: card.theme_name.clone(),
                title: card.theme.clone(),
                sets: 1,
            }),
        }
    }
    themes.sort_by(|a, b| a.title.cmp(&b.title));
    Ok(themes)
}
