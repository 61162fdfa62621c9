//! Facets: by what open sets are narrowed and counted.
//!
//! Every value of every facet has a number, and a card is a line of such numbers, so that many cards are counted without
//! comparing a text.

use std::collections::HashMap;

use super::{Ask, Card, Facet, FacetValue};

/// Values of a facet that are told, at most.
const VALUES_MAX: usize = 200;

/// A facet: the field of [`Ask`], its label, the values of a card with their labels, and what was chosen.
struct Kind {
    name: &'static str,
    label: &'static str,
    values: fn(&Card) -> Vec<(String, String)>,
    chosen: fn(&Ask) -> Option<&str>,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "org",
        label: "开放部门",
        values: |it| vec![word(&it.org.name, &it.org.title)],
        chosen: |it| it.org.as_deref(),
    },
    Kind {
        name: "theme",
        label: "主题",
        values: |it| vec![word(&it.theme_name, &it.theme)],
        chosen: |it| it.theme.as_deref(),
    },
    Kind {
        name: "kind",
        label: "开放类型",
        values: |it| vec![word(it.kind.name(), it.kind.label())],
        chosen: |it| it.kind.as_deref(),
    },
    Kind {
        name: "format",
        label: "文件格式",
        values: |it| it.formats.iter().map(|it| word(it.name(), it.label())).collect(),
        chosen: |it| it.format.as_deref(),
    },
    Kind {
        name: "cycle",
        label: "更新周期",
        values: |it| vec![word(it.cycle.name(), it.cycle.label())],
        chosen: |it| it.cycle.as_deref(),
    },
    Kind {
        name: KEYWORD,
        label: "关键词",
        values: |it| it.keywords.iter().map(|it| word(it, it)).collect(),
        chosen: |it| it.keyword.as_deref(),
    },
];

/// The facet of keywords.
pub(super) const KEYWORD: &str = "keyword";
/// The facet of themes.
pub(super) const THEME: &str = "theme";

fn word(name: &str, label: &str) -> (String, String) {
    (name.to_owned(), label.to_owned())
}

/// The number of a value.
pub(super) type Number = u32;

/// Every value that any card has or had, by its number.
#[derive(Clone, Default)]
pub(super) struct Values {
    /// Which facet it is of, the value and its label.
    words: Vec<(usize, String, String)>,
    /// The number of a facet's value, the value in lower case: capitals make no difference.
    numbers: HashMap<(usize, String), Number>,
}

impl Values {
    /// The numbers of a card's values, each once.
    pub fn learn(&mut self, card: &Card) -> Vec<Number> {
        let mut line = Vec::new();
        for (kind, of) in KINDS.iter().enumerate() {
            for (value, label) in (of.values)(card) {
                let next = self.words.len() as Number;
                let number = *self.numbers.entry((kind, value.to_lowercase())).or_insert(next);
                if number == next {
                    self.words.push((kind, value, label));
                }
                if !line.contains(&number) {
                    line.push(number);
                }
            }
        }
        line
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The number of a value of the facet called `name`.
    pub fn number(&self, name: &str, value: &str) -> Option<Number> {
        let kind = KINDS.iter().position(|it| it.name == name)?;
        self.numbers.get(&(kind, value.to_lowercase())).copied()
    }

    /// What was chosen; a value that no card has is no number, and leaves nothing.
    pub fn chosen(&self, ask: &Ask) -> Chosen {
        let mut chosen = Chosen(Vec::new());
        for (kind, of) in KINDS.iter().enumerate() {
            if let Some(value) = (of.chosen)(ask).filter(|it| !it.is_empty()) {
                chosen.0.push((kind, self.number(of.name, value)));
            }
        }
        chosen
    }

    /// The facets, of what was counted.
    pub fn told(&self, counts: &[u64]) -> Vec<Facet> {
        let facet = |of: &Kind| Facet {
            name: of.name,
            label: of.label,
            values: Vec::new(),
        };
        let mut facets: Vec<Facet> = KINDS.iter().map(facet).collect();
        for ((kind, value, label), count) in self.words.iter().zip(counts).filter(|it| *it.1 != 0) {
            facets[*kind].values.push(FacetValue {
                value: value.clone(),
                label: label.clone(),
                count: *count,
            });
        }
        for it in &mut facets {
            it.values
                .sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
            it.values.truncate(VALUES_MAX);
        }
        facets
    }
}

/// The facets that were chosen, each with the number of its value.
pub(super) struct Chosen(Vec<(usize, Option<Number>)>);

impl Chosen {
    /// Counts a card's values where they leave something, and says whether the card is left.
    ///
    /// A chosen facet is counted as if it were not chosen: a card that fails it alone counts there, and nowhere else.
    pub fn count(&self, line: &[Number], values: &Values, counts: &mut [u64]) -> bool {
        let fails = |it: &&(usize, Option<Number>)| !it.1.is_some_and(|it| line.contains(&it));
        let mut failed = self.0.iter().filter(fails);
        let (first, second) = (failed.next(), failed.next());
        let Some((kind, _)) = first else {
            line.iter().for_each(|it| counts[*it as usize] += 1);
            return true;
        };
        if second.is_none() {
            let of_kind = line.iter().filter(|it| values.words[**it as usize].0 == *kind);
            of_kind.for_each(|it| counts[*it as usize] += 1);
        }
        false
    }
}
