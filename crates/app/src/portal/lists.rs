//! The published open lists, numbers about the portal, and what is new.

use std::collections::HashMap;

use jiff::civil::Date;
use rules::catalogue::OpenKind;
use store::{
    downloads, open_lists,
    releases::{self, ReleaseState},
};

use super::{
    Card, ListCard, ListLine, ListView, NewsKind, NewsLine, Statistics,
    board::{org_ref, record_downloads, snapshot},
    name_of,
};
use crate::{City, Refused, orgs::Book};

/// Days of downloads that are told.
const DAYS: usize = 30;

/// Values of a ranking that are told.
const TOP: usize = 10;

/// What is read in the place of a set that is open no more.
pub(crate) const GONE: &str = "（已撤回或者不再开放）";

/// Every published edition, the newest first (art. 24).
pub async fn lists(city: &City) -> Result<Vec<ListCard>, Refused> {
    let book = Book::load(city.store.read()).await?;
    let editions = open_lists::all(city.store.read()).await?;
    let newest = |of: &open_lists::Edition| {
        let same = editions
            .iter()
            .filter(|it| it.org == of.org && it.kind == of.kind);
        same.map(|it| it.number).max() == Some(of.number)
    };
    let card = |it: &open_lists::Edition| card(it, newest(it), &book);
    Ok(editions.iter().map(card).collect())
}

fn card(it: &open_lists::Edition, is_newest: bool, book: &Book) -> ListCard {
    ListCard {
        org: org_ref(it.org.as_str(), book.get(&it.org)),
        kind: it.kind,
        number: it.number,
        at: it.at,
        sets: it.lines.len() as u64,
        is_newest,
    }
}

/// One edition: of the agency with this name or id.
pub async fn list(city: &City, org: &str, kind: OpenKind, number: i64) -> Result<ListView, Refused> {
    let missing = || Refused::not_found("该开放清单");
    let book = Book::load(city.store.read()).await?;
    let id = book
        .all()
        .find(|it| it.id.as_str().eq_ignore_ascii_case(org))
        .map(|it| it.id.clone())
        .ok_or_else(missing)?;
    let edition = open_lists::find(city.store.read(), &id, kind, number).await?;
    let edition = edition.ok_or_else(missing)?;
    let next = open_lists::next(city.store.read(), &id, kind).await?;
    let shelf = snapshot(city).await?.shelf.clone();
    let line = |it: &open_lists::Line| match shelf.by_id(it.entry.as_str()) {
        Some(_) => ListLine {
            name: Some(name_of(&it.code)),
            code: it.code.clone(),
            title: it.title.clone(),
            cycle: it.cycle,
            conditions: it.conditions.clone(),
        },
        // The edition is frozen, and what is withdrawn is named nowhere: the line stays, its words go.
        None => ListLine {
            name: None,
            code: String::new(),
            title: GONE.to_owned(),
            cycle: it.cycle,
            conditions: String::new(),
        },
    };
    Ok(ListView {
        lines: edition.lines.iter().map(line).collect(),
        card: card(&edition, edition.number + 1 == next, &book),
    })
}

/// Numbers about the portal.
pub async fn statistics(city: &City) -> Result<Statistics, Refused> {
    record_downloads(city).await?;
    let shelf = snapshot(city).await?.shelf.clone();
    let cards = &shelf.cards;
    let of_kind = |kind| cards.iter().filter(|it| it.kind == kind).count() as u64;
    let by_org = ranking(cards.iter().map(|it| it.org.title.as_str()));
    let by_day = downloads::by_day(city.store.read(), Date::ZERO).await?;
    let before = by_day.len().saturating_sub(DAYS);
    let mut most: Vec<&Card> = cards
        .iter()
        .map(AsRef::as_ref)
        .filter(|it| it.downloads != 0)
        .collect();
    most.sort_by_key(|it| std::cmp::Reverse(it.downloads));
    Ok(Statistics {
        sets: cards.len() as u64,
        unconditional: of_kind(OpenKind::Unconditional),
        conditional: of_kind(OpenKind::Conditional),
        orgs: by_org.len() as u64,
        rows: cards.iter().map(|it| it.rows).sum(),
        files: cards.iter().map(|it| it.formats.len() as u64).sum(),
        downloads: cards.iter().map(|it| it.downloads).sum(),
        by_theme: ranking(cards.iter().map(|it| it.theme.as_str())),
        by_org,
        most_downloaded: most
            .into_iter()
            .take(TOP)
            .map(|it| (it.name.clone(), it.title.clone(), it.downloads))
            .collect(),
        downloads_by_day: by_day
            .into_iter()
            .skip(before)
            .map(|(day, n)| (day.to_string(), n))
            .collect(),
    })
}

/// How often each word comes, the commonest first.
fn ranking<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(String, u64)> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut ranking: Vec<(String, u64)> = counts.into_iter().map(|(word, n)| (word.to_owned(), n)).collect();
    ranking.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranking
}

/// What is new, the newest first: releases of sets that stand open, and editions of lists.
pub async fn news(city: &City, limit: usize) -> Result<Vec<NewsLine>, Refused> {
    let limit = limit.min(200);
    let shelf = snapshot(city).await?.shelf.clone();
    let mut news = Vec::new();
    // Some may not stand open any more, so more are read than are told.
    let recent = u32::try_from(limit * 3).unwrap_or(600);
    for it in releases::recent(city.store.read(), recent).await? {
        let Some(card) = shelf.by_id(it.entry.as_str()) else {
            continue;
        };
        let is_told = card.kind == OpenKind::Unconditional && it.state != ReleaseState::Withdrawn;
        let Some(at) = it.made_at.filter(|_| is_told) else {
            continue;
        };
        let words = match it.number {
            1 => format!("{}开放“{}”，共{}行。", card.org.title, card.title, it.rows),
            number => format!(
                "{}更新“{}”，第{number}期，共{}行。",
                card.org.title, card.title, it.rows
            ),
        };
        news.push(NewsLine {
            at,
            words,
            href: format!("/dataset/{}", card.name),
            kind: NewsKind::Released,
        });
    }
    for it in lists(city).await?.into_iter().take(limit) {
        news.push(NewsLine {
            at: it.at,
            words: format!(
                "{}发布{}清单第{}期，列入{}个数据集。",
                it.org.title,
                it.kind.label(),
                it.number,
                it.sets
            ),
            href: format!("/open/lists/{}/{}/{}", it.org.name, it.kind.name(), it.number),
            kind: NewsKind::List,
        });
    }
    news.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.href.cmp(&b.href)));
    news.truncate(limit);
    Ok(news)
}
