//! How like two entries are (art. 12). A hint to the reviewer, who decides; the score says only what it counts:
//! pairs of characters that both titles have, and items that both have.
//!
//! Home of 《永州市政务大数据管理办法》 art. 12, as far as it stands.

use std::collections::HashSet;

use rules::{
    catalogue::{Content, Item},
    ids::EntryId,
};
use store::versions;

use super::Duplicate;
use crate::{City, Refused, orgs::Book};

/// Below this score an entry is not shown as a likely duplicate.
pub(super) const SHOWN_FROM: u8 = 50;

/// The likeness of two entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    /// 0 to 100: two fifths the titles, three fifths the items.
    pub score: u8,
    /// 0 to 100, of the titles alone.
    pub title_score: u8,
    /// Titles of the items both have.
    pub shared_items: Vec<String>,
}

/// Compares two entries; the order does not matter.
pub(super) fn likeness(one: &Content, other: &Content) -> Likeness {
    let title = dice(&pairs(&one.title), &pairs(&other.title));
    let names = |it: &Content| it.items.iter().map(key).collect::<HashSet<_>>();
    let (ours, theirs) = (names(one), names(other));
    let items = dice(&ours, &theirs);
    let shared_items = one
        .items
        .iter()
        .filter(|it| theirs.contains(&key(it)))
        .map(|it| it.title.clone())
        .collect();
    let percent = |share: f64| (share * 100.0).round() as u8;
    Likeness {
        score: percent(title * 0.4 + items * 0.6),
        title_score: percent(title),
        shared_items,
    }
}

/// Published entries that may be the same thing as the draft of `id`, the likest first.
pub(super) async fn find(
    city: &City,
    id: &EntryId,
    draft: &Content,
    book: &Book,
) -> Result<Vec<Duplicate>, Refused> {
    let mut found = Vec::new();
    for (entry, org) in crate::search::like(city, &draft.title).await? {
        if entry == *id {
            continue;
        }
        let Some(other) = versions::current(city.store.read(), &entry).await? else {
            continue;
        };
        let likeness = likeness(draft, &other.content);
        if likeness.score >= SHOWN_FROM {
            found.push(Duplicate {
                entry,
                title: other.content.title,
                provider_name: book.name(&org),
                score: likeness.score,
                title_score: likeness.title_score,
                shared_items: likeness.shared_items,
            });
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.score));
    Ok(found)
}

/// Two items are the same thing when their Chinese titles agree, whatever their column is called.
fn key(item: &Item) -> String {
    let title = if item.title.trim().is_empty() {
        &item.name
    } else {
        &item.title
    };
    title
        .chars()
        .filter(|it| it.is_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}

/// The pairs of neighbouring characters of a title, words that every title has left out.
fn pairs(title: &str) -> HashSet<String> {
    let mut title: String = title.chars().filter(|it| it.is_alphanumeric()).collect();
    for filler in ["永州市", "信息", "数据", "基本"] {
        title = title.replace(filler, "");
    }
    let chars: Vec<char> = title.chars().collect();
    match chars.len() {
        0 => HashSet::new(),
        1 => HashSet::from([title]),
        _ => chars.windows(2).map(|it| it.iter().collect()).collect(),
    }
}

/// The share two sets have in common (Sørensen–Dice), 0 to 1.
fn dice(one: &HashSet<String>, other: &HashSet<String>) -> f64 {
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    2.0 * one.intersection(other).count() as f64 / (one.len() + other.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str, items: &[&str]) -> Content {
        let items = items.iter().map(|it| Item {
            name: (*it).into(),
            title: (*it).into(),
            ..Item::default()
        });
        Content {
            title: title.into(),
            items: items.collect(),
            ..Content::default()
        }
    }

    #[test]
    fn yongzhou_art12_the_same_table_under_a_like_name_is_found() {
        let one = entry("永州市乡镇区划信息", &["区划代码", "名称", "上级代码"]);
        let other = entry("乡镇区划基本数据", &["区划代码", "名称", "省级代码"]);
        let found = likeness(&one, &other);
        assert!(found.score >= SHOWN_FROM, "{found:?}");
        assert_eq!(found.shared_items, ["区划代码", "名称"]);
        assert_eq!(found.score, likeness(&other, &one).score);
    }

    #[test]
    fn yongzhou_art12_tables_that_share_only_a_name_column_are_not() {
        let one = entry("殡葬服务机构", &["名称", "地址", "负责人"]);
        let other = entry("企业登记信息", &["统一社会信用代码", "名称", "注册资本"]);
        assert!(likeness(&one, &other).score < SHOWN_FROM);
    }
}
