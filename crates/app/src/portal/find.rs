//! Finding open sets: by text, facets and order.

use std::{collections::HashMap, sync::Arc};

use super::{
    Ask, Card, Facet, FacetValue, Found, OrgCard, Sort, Suggestion, ThemeCard,
    board::{Snapshot, snapshot},
};
use crate::{City, Refused};

/// Sets answered with at once, at most.
const LIMIT_MAX: usize = 1_000;

/// Sets that a text may find; a city has some thousands.
const FOUND_MAX: usize = 50_000;

/// Values of a facet that are told, at most.
const VALUES_MAX: usize = 200;

/// The facets: the field of [`Ask`], its label, and the values of a card with their labels.
type Values = fn(&Card) -> Vec<(String, String)>;
type Chosen = fn(&Ask) -> Option<&str>;

const FACETS: &[(&str, &str, Values, Chosen)] = &[
    (
        "org",
        "开放部门",
        |it| vec![(it.org.name.clone(), it.org.title.clone())],
        |it| it.org.as_deref(),
    ),
    (
        "theme",
        "主题",
        |it| vec![(it.theme_name.clone(), it.theme.clone())],
        |it| it.theme.as_deref(),
    ),
    (
        "kind",
        "开放类型",
        |it| vec![word(it.kind.name(), it.kind.label())],
        |it| it.kind.as_deref(),
    ),
    (
        "format",
        "文件格式",
        |it| it.formats.iter().map(|it| word(it.name(), it.label())).collect(),
        |it| it.format.as_deref(),
    ),
    (
        "cycle",
        "更新周期",
        |it| vec![word(it.cycle.name(), it.cycle.label())],
        |it| it.cycle.as_deref(),
    ),
    (
        "keyword",
        "关键词",
        |it| it.keywords.iter().map(|it| word(it, it)).collect(),
        |it| it.keyword.as_deref(),
    ),
];

fn word(name: &str, label: &str) -> (String, String) {
    (name.to_owned(), label.to_owned())
}

/// Whether a card has what was chosen; an agency may be chosen by its id as well as by its name.
fn has(card: &Card, values: Values, chosen: &str) -> bool {
    let chosen = chosen.to_lowercase();
    values(card).iter().any(|it| it.0.to_lowercase() == chosen)
}

/// Open sets that match, with facets over all that match.
pub async fn search(city: &City, ask: &Ask) -> Result<Found, Refused> {
    let snapshot = snapshot(city).await?;
    let matching = matching(city, &snapshot, ask.text.as_deref().unwrap_or_default()).await?;
    let holds = |card: &Card, but: &str| {
        FACETS.iter().all(|(name, _, values, chosen)| {
            *name == but || chosen(ask).is_none_or(|it| it.is_empty() || has(card, *values, it))
        })
    };
    let facets = FACETS
        .iter()
        .map(|(name, label, values, _)| {
            facet(name, label, *values, matching.iter().filter(|it| holds(it, name)))
        })
        .collect();
    let mut cards: Vec<&Arc<Card>> = matching.iter().filter(|it| holds(it, "")).collect();
    let has_text = ask.text.as_deref().is_some_and(|it| !it.trim().is_empty());
    match ask.sort {
        Sort::Relevance if has_text => {}
        Sort::Relevance | Sort::Modified => cards.sort_by_key(|it| std::cmp::Reverse(it.modified_at)),
        Sort::Title => cards.sort_by(|a, b| a.title.cmp(&b.title)),
        Sort::Downloads => cards.sort_by_key(|it| std::cmp::Reverse(it.downloads)),
    }
    Ok(Found {
        total: cards.len() as u64,
        cards: cards
            .into_iter()
            .skip(ask.offset)
            .take(ask.limit.min(LIMIT_MAX))
            .map(|it| Card::clone(it))
            .collect(),
        facets,
    })
}

/// The cards that `text` finds, the best first; all, by name, where it is empty.
async fn matching(city: &City, snapshot: &Snapshot, text: &str) -> Result<Vec<Arc<Card>>, Refused> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(snapshot.cards.clone());
    }
    let hits = city.board.search.find(text, &[], 0, FOUND_MAX).await;
    let hits = hits.map_err(Refused::internal)?;
    // The index may be a moment behind: what does not stand open is not in the copy, and not shown.
    Ok(hits
        .ids
        .iter()
        .filter_map(|id| snapshot.by_id(id.as_str()).cloned())
        .collect())
}

fn facet<'a>(
    name: &'static str,
    label: &'static str,
    values: Values,
    cards: impl Iterator<Item = &'a Arc<Card>>,
) -> Facet {
    let mut counts: HashMap<(String, String), u64> = HashMap::new();
    for card in cards {
        for value in values(card) {
            *counts.entry(value).or_default() += 1;
        }
    }
    let value = |((value, label), count)| FacetValue { value, label, count };
    let mut values: Vec<FacetValue> = counts.into_iter().map(value).collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    values.truncate(VALUES_MAX);
    Facet { name, label, values }
}

/// Titles that a half-typed text may mean, the best first.
pub async fn suggest(city: &City, text: &str, limit: usize) -> Result<Vec<Suggestion>, Refused> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = snapshot(city).await?;
    let found = matching(city, &snapshot, text).await?;
    let suggestion = |it: Arc<Card>| Suggestion {
        name: it.name.clone(),
        title: it.title.clone(),
    };
    Ok(found.into_iter().take(limit.min(50)).map(suggestion).collect())
}

/// Open sets in the order of their names, after the one called `after`.
pub async fn all(city: &City, after: Option<&str>, limit: usize) -> Result<Vec<Card>, Refused> {
    let snapshot = snapshot(city).await?;
    let is_later = |it: &&Arc<Card>| after.is_none_or(|after| after < it.name.as_str());
    let cards = snapshot.cards.iter().filter(is_later).take(limit);
    Ok(cards.map(|it| Card::clone(it)).collect())
}

/// Agencies that have open sets, by title.
pub async fn orgs(city: &City) -> Result<Vec<OrgCard>, Refused> {
    let snapshot = snapshot(city).await?;
    let mut orgs: Vec<OrgCard> = Vec::new();
    for card in &snapshot.cards {
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
    let snapshot = snapshot(city).await?;
    let mut themes: Vec<ThemeCard> = Vec::new();
    for card in &snapshot.cards {
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
