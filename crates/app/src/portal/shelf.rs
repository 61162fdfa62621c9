//! Everything that stands open at one moment, as lists need it: the cards, and beside them what they are found,
//! narrowed, counted and ordered by, in columns that are read without touching the cards.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use rules::ids::EntryId;
use store::search::{Match, Rank, key};

use super::{
    Ask, Card, Facet, Sort,
    facets::{KEYWORD, Number, THEME, Values},
};

/// What stands open. A card's place is its place in the order of names.
#[derive(Default)]
pub struct Shelf {
    /// In the order of their names.
    pub(super) cards: Vec<Arc<Card>>,
    keys: Vec<u64>,
    modified: Vec<i64>,
    downloads: Vec<u64>,
    /// Where the line of each card begins in `lines`, and where the last one ends.
    begins: Vec<usize>,
    lines: Vec<Number>,
    values: Values,
    by_key: HashMap<u64, u32>,
}

/// A card that was found, and how good it is; without a text all are equal.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    /// Its place.
    pub place: u32,
    /// The greatest first.
    pub rank: Rank,
}

impl Shelf {
    /// Every card, each at its place.
    pub fn cards(&self) -> &[Arc<Card>] {
        &self.cards
    }

    /// A shelf of these cards, in whatever order.
    pub(super) fn of(mut cards: Vec<Arc<Card>>) -> Shelf {
        // By their bytes: engines may order text otherwise.
        cards.sort_by(|a, b| a.name.cmp(&b.name));
        let mut shelf = Shelf::default();
        for card in cards {
            let line = shelf.values.learn(&card);
            shelf.push(card, &line);
        }
        shelf.closed()
    }

    /// The same shelf with some cards put in or taken out, by the id of their entry.
    pub(super) fn with(&self, mut changed: BTreeMap<EntryId, Option<Arc<Card>>>) -> Shelf {
        let mut shelf = Shelf {
            values: self.values.clone(),
            ..Shelf::default()
        };
        let gone: HashSet<u64> = changed.keys().map(key).collect();
        changed.retain(|_, it| it.is_some());
        let mut coming: Vec<Arc<Card>> = changed.into_values().flatten().collect();
        coming.sort_by(|a, b| b.name.cmp(&a.name));
        for (place, card) in self.cards.iter().enumerate() {
            while coming.last().is_some_and(|it| it.name <= card.name) {
                shelf.learn(coming.pop());
            }
            if !gone.contains(&self.keys[place]) {
                shelf.push(card.clone(), self.line(place as u32));
            }
        }
        while !coming.is_empty() {
            shelf.learn(coming.pop());
        }
        shelf.closed()
    }

    fn learn(&mut self, card: Option<Arc<Card>>) {
        if let Some(card) = card {
            let line = self.values.learn(&card);
            self.push(card, &line);
        }
    }

    fn push(&mut self, card: Arc<Card>, line: &[Number]) {
        self.keys.push(key(&EntryId::from(card.id.as_str())));
        self.modified.push(card.modified_at.as_millisecond());
        self.downloads.push(card.downloads);
        self.begins.push(self.lines.len());
        self.lines.extend_from_slice(line);
        self.cards.push(card);
    }

    fn closed(mut self) -> Shelf {
        self.begins.push(self.lines.len());
        self.by_key = self.keys.iter().copied().zip(0..).collect();
        self
    }

    fn line(&self, place: u32) -> &[Number] {
        &self.lines[self.begins[place as usize]..self.begins[place as usize + 1]]
    }

    /// The card at a place.
    pub fn card(&self, place: u32) -> &Arc<Card> {
        &self.cards[place as usize]
    }

    /// The card of an entry.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Card>> {
        self.place(key(&EntryId::from(id))).map(|it| self.card(it))
    }

    fn place(&self, key: u64) -> Option<u32> {
        self.by_key.get(&key).copied()
    }

    /// Every card, for a list without a text.
    pub(super) fn all(&self) -> Vec<Hit> {
        let rank = (0, 0);
        (0..self.cards.len() as u32)
            .map(|place| Hit { place, rank })
            .collect()
    }

    /// The cards of what the index found. The index may be a moment behind: what does not stand open has no card.
    pub(super) fn found(&self, matches: &[Match]) -> Vec<Hit> {
        let hit = |it: &Match| {
            let place = self.place(it.key)?;
            Some(Hit { place, rank: it.rank })
        };
        matches.iter().filter_map(hit).collect()
    }

    /// Leaves only what the chosen facets leave; the facets of all that match.
    pub(super) fn narrow(&self, hits: &mut Vec<Hit>, ask: &Ask) -> Vec<Facet> {
        let chosen = self.values.chosen(ask);
        let mut counts = vec![0; self.values.len()];
        hits.retain(|it| chosen.count(self.line(it.place), &self.values, &mut counts));
        self.values.told(&counts)
    }

    /// `limit` of the hits from the `offset`th, in order; equal ones by name.
    pub(super) fn page(&self, hits: Vec<Hit>, sort: Sort, offset: usize, limit: usize) -> Vec<Card> {
        let modified = |it: &Hit| Reverse(self.modified[it.place as usize]);
        let downloads = |it: &Hit| Reverse(self.downloads[it.place as usize]);
        let title = |it: &Hit| &self.cards[it.place as usize].title;
        let order = |a: &Hit, b: &Hit| {
            let first = match sort {
                Sort::Relevance => b.rank.cmp(&a.rank),
                Sort::Modified => modified(a).cmp(&modified(b)),
                Sort::Title => title(a).cmp(title(b)),
                Sort::Downloads => downloads(a).cmp(&downloads(b)),
            };
            first.then(a.place.cmp(&b.place))
        };
        let page = slice(hits, offset, limit, order);
        page.iter().map(|it| Card::clone(self.card(it.place))).collect()
    }

    /// Cards like `card`: those called by one of these names, then those with a keyword or the theme in common.
    pub(super) fn like(&self, card: &Card, names: &[String], limit: usize) -> Vec<Card> {
        const NAMED: u32 = 1000;
        const KEYWORDS: u32 = 10;
        let mut weights = vec![0; self.values.len()];
        let theme = [card.theme_name.as_str()].map(|it| (THEME, it, 1));
        let keywords = card.keywords.iter().map(|it| (KEYWORD, it.as_str(), KEYWORDS));
        for (facet, value, weight) in keywords.chain(theme) {
            if let Some(number) = self.values.number(facet, value) {
                weights[number as usize] = weight;
            }
        }
        let mut ranks: Vec<u32> = (0..self.cards.len() as u32)
            .map(|it| self.line(it).iter().map(|it| weights[*it as usize]).sum())
            .collect();
        for name in names {
            if let Ok(place) = self.cards.binary_search_by(|it| it.name.cmp(name)) {
                ranks[place] += NAMED;
            }
        }
        let own = key(&EntryId::from(card.id.as_str()));
        let hit = |(place, rank): (u32, &u32)| {
            let rank = (*rank, self.modified[place as usize]);
            Hit { place, rank }
        };
        let hits = (0..).zip(&ranks).map(hit);
        let like = hits.filter(|it| it.rank.0 != 0 && self.keys[it.place as usize] != own);
        self.page(like.collect(), Sort::Relevance, 0, limit)
    }
}

/// The part of a long list that is shown, in order, without ordering the rest.
pub fn slice<T>(mut all: Vec<T>, offset: usize, limit: usize, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let end = offset.saturating_add(limit);
    if end < all.len() {
        all.select_nth_unstable_by(end, &order);
        all.truncate(end);
    }
    all.sort_unstable_by(&order);
    all.split_off(offset.min(all.len()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rules::catalogue::{OpenKind, UpdateCycle};

    use super::*;
    use crate::portal::OrgRef;

    fn card(id: &str, name: &str, keywords: &[&str]) -> Arc<Card> {
        let org = OrgRef {
            id: "MZ".into(),
            name: "mz".into(),
            title: "民政局".into(),
        };
        Arc::new(Card {
            id: id.into(),
            name: name.into(),
            title: name.into(),
            summary: String::new(),
            org,
            kind: OpenKind::Unconditional,
            theme: "社会救助".into(),
            theme_name: "relief".into(),
            keywords: keywords.iter().map(|it| (*it).into()).collect(),
            formats: Vec::new(),
            rows: 0,
            number: Some(1),
            issued_at: Timestamp::UNIX_EPOCH,
            modified_at: Timestamp::UNIX_EPOCH,
            cycle: UpdateCycle::Daily,
            downloads: 0,
            is_disputed: false,
        })
    }

    /// Names in order, and every facet that is counted.
    fn told(shelf: &Shelf, ask: &Ask) -> (Vec<String>, Vec<String>) {
        let mut hits = shelf.all();
        let facets = shelf.narrow(&mut hits, ask);
        let names = shelf
            .page(hits, Sort::Title, 0, 100)
            .into_iter()
            .map(|it| it.name);
        let values = facets.iter().flat_map(|of| {
            of.values
                .iter()
                .map(|it| format!("{} {} {}", of.name, it.value, it.count))
        });
        (names.collect(), values.collect())
    }

    #[test]
    fn a_shelf_with_changes_is_the_shelf_of_the_changed_cards() {
        let old = [
            card("1", "a", &["低保"]),
            card("2", "b", &["低保", "救助"]),
            card("3", "d", &["养老"]),
        ];
        let (renewed, new) = (card("3", "d", &["养老", "PM2.5"]), card("4", "c", &["pm2.5"]));
        let changes = [
            ("2", None),
            ("3", Some(renewed.clone())),
            ("4", Some(new.clone())),
            ("9", None),
        ];
        let changes = changes.map(|(id, card)| (EntryId::from(id), card));
        let shelf = Shelf::of(old.to_vec()).with(BTreeMap::from(changes));
        let anew = Shelf::of(vec![renewed, new, old[0].clone()]);
        let ask = Ask::default();
        assert_eq!(told(&shelf, &ask).0, ["a", "c", "d"]);
        let (mut values, mut wanted) = (told(&shelf, &ask).1, told(&anew, &ask).1);
        // Of a word in two cases, the writing that came first is shown.
        for it in [&mut values, &mut wanted] {
            it.iter_mut().for_each(|it| *it = it.to_lowercase());
            it.sort();
        }
        assert_eq!(values, wanted);
        assert!(values.contains(&"keyword pm2.5 2".to_owned()), "{values:?}");
        assert_eq!(shelf.by_id("4").unwrap().name, "c");
        assert!(shelf.by_id("2").is_none());
    }

    #[test]
    fn a_chosen_value_leaves_its_cards_and_its_own_facet_counts_as_if_nothing_were_chosen() {
        let shelf = Shelf::of(vec![
            card("1", "a", &["低保"]),
            card("2", "b", &["低保", "救助"]),
            card("3", "c", &["养老"]),
        ]);
        let mut ask = Ask {
            keyword: Some("低保".into()),
            org: Some("MZ".into()),
            ..Ask::default()
        };
        let (names, values) = told(&shelf, &ask);
        assert_eq!(names, ["a", "b"]);
        for value in ["keyword 低保 2", "keyword 养老 1", "org mz 2", "theme relief 2"] {
            assert!(values.contains(&value.to_owned()), "{value} of {values:?}");
        }
        ask.theme = Some("nothing".into());
        let (names, values) = told(&shelf, &ask);
        assert_eq!(names, [""; 0]);
        assert_eq!(values, ["theme relief 2"]);
    }

    #[test]
    fn a_slice_is_what_it_would_be_of_the_ordered_list() {
        let all = || vec![5, 3, 8, 1, 9, 2];
        assert_eq!(slice(all(), 0, 2, Ord::cmp), [1, 2]);
        assert_eq!(slice(all(), 4, 5, Ord::cmp), [8, 9]);
        assert_eq!(slice(all(), 9, 5, Ord::cmp), [0; 0]);
        assert_eq!(slice(all(), 2, usize::MAX, Ord::cmp), [3, 5, 8, 9]);
    }
}
