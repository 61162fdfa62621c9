//! How like two entries are (art. 12). A hint to the reviewer, who decides; the score says only what it counts:
//! pairs of characters that both titles have, and items that both have. Two items are the same where their Chinese
//! titles agree, or where their columns are called the same and the titles have something in common: the same table
//! handed in twice is titled by two people.
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
    let (ours, theirs) = (keys(one), keys(other));
    let has = |all: &[Key], it: &Key| all.iter().any(|other| it.is_like(other));
    let shared: Vec<bool> = ours.iter().map(|it| has(&theirs, it)).collect();
    let both = shared.iter().filter(|it| **it).count() + theirs.iter().filter(|it| has(&ours, it)).count();
    let items = both as f64 / (ours.len() + theirs.len()).max(1) as f64;
    let shared_items = one
        .items
        .iter()
        .zip(shared)
        .filter(|it| it.1)
        .map(|it| it.0.title.clone())
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
    for (entry, org) in crate::search::like(city, draft).await? {
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

/// What an item is told by.
struct Key {
    /// Its column, in lower case.
    column: String,
    /// Its title, without signs.
    title: String,
    /// Pairs of characters of the title.
    pairs: HashSet<String>,
}

fn keys(content: &Content) -> Vec<Key> {
    content.items.iter().map(Key::of).collect()
}

impl Key {
    fn of(item: &Item) -> Key {
        let plain = |text: &str| {
            let kept: String = text.chars().filter(|it| it.is_alphanumeric()).collect();
            kept.to_lowercase()
        };
        let title = match item.title.trim() {
            "" => plain(&item.name),
            title => plain(title),
        };
        Key {
            column: plain(&item.name),
            pairs: windows(&title),
            title,
        }
    }

    fn is_like(&self, other: &Key) -> bool {
        let is_untitled = self.title == self.column || other.title == other.column;
        let is_akin = is_untitled || !self.pairs.is_disjoint(&other.pairs);
        self.title == other.title || (self.column == other.column && is_akin)
    }
}

/// The pairs of neighbouring characters of a title, words that every title has left out.
fn pairs(title: &str) -> HashSet<String> {
    let mut title: String = title.chars().filter(|it| it.is_alphanumeric()).collect();
    for filler in ["永州市", "信息", "数据", "基本"] {
        title = title.replace(filler, "");
    }
    windows(&title)
}

/// The pairs of neighbouring characters; a single one stands for itself.
fn windows(text: &str) -> HashSet<String> {
    let chars: Vec<char> = text.chars().collect();
    match chars.len() {
        0 => HashSet::new(),
        1 => HashSet::from([text.to_owned()]),
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

    #[test]
    fn yongzhou_art12_one_table_that_two_people_titled_is_found_by_its_columns() {
        let titled = |title: &str, items: &[(&str, &str)]| {
            let mut entry = entry(title, &[]);
            entry.items = items
                .iter()
                .map(|(name, title)| Item {
                    name: (*name).into(),
                    title: (*title).into(),
                    ..Item::default()
                })
                .collect();
            entry
        };
        let one = titled(
            "乡级区划地名代码",
            &[
                ("code", "区划代码"),
                ("name", "name"),
                ("cityCode", "市级区划代码"),
            ],
        );
        let other = titled(
            "全国乡镇级行政区划代码",
            &[
                ("code", "乡级区划代码"),
                ("name", "名称"),
                ("cityCode", "地级代码"),
            ],
        );
        let found = likeness(&one, &other);
        assert!(found.score >= SHOWN_FROM, "{found:?}");
        assert_eq!(found.shared_items.len(), 3);
        // Columns called the same by chance, of other things.
        let other = titled(
            "村级公共服务点",
            &[("code", "邮政编码"), ("name", "名称"), ("cityCode", "所在城市")],
        );
        assert!(
            likeness(&one, &other).score < SHOWN_FROM,
            "{:?}",
            likeness(&one, &other)
        );
    }
}
