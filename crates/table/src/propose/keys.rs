//! Which column tells the rows apart, looked for over all rows in bounded memory.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// Columns that are followed to the end; each takes up to some 36 MiB.
const FOLLOWED_MAX: usize = 4;

/// The values that one column has had, as 64-bit hashes: a false repeat merely costs a suggestion.
struct Follow {
    column: usize,
    seen: HashSet<u64>,
    repeats: u64,
    blanks: u64,
}

/// Follows columns until they repeat too often.
pub(super) struct Keys {
    hasher: RandomState,
    follows: Vec<Follow>,
    rows: u64,
}

/// How well a column tells rows apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uniqueness {
    /// Every row has a value and no two the same.
    Perfect,
    /// As it should be, but for less than one row in a hundred.
    Near,
    /// Not at all.
    None,
}

impl Keys {
    pub fn new(columns: usize) -> Keys {
        let follow = |column| Follow {
            column,
            seen: HashSet::new(),
            repeats: 0,
            blanks: 0,
        };
        Keys {
            hasher: RandomState::new(),
            follows: (0..columns).map(follow).collect(),
            rows: 0,
        }
    }

    pub fn see<'v>(&mut self, value: impl Fn(usize) -> &'v str) {
        self.rows += 1;
        let (rows, hasher) = (self.rows, &self.hasher);
        self.follows.retain_mut(|it| {
            let value = value(it.column);
            if crate::value::is_blank(value) {
                it.blanks += 1;
            } else if !it.seen.insert(hasher.hash_one(value)) {
                it.repeats += 1;
            }
            (it.blanks + it.repeats) * 100 <= rows.max(1000)
        });
    }

    /// Follows on only the best columns, best first.
    pub fn keep(&mut self, best: &[usize]) {
        let rank = |it: &Follow| best.iter().position(|column| *column == it.column);
        self.follows.retain(|it| rank(it).is_some());
        self.follows.sort_by_key(rank);
        self.follows.truncate(FOLLOWED_MAX);
    }

    pub fn uniqueness(&self, column: usize) -> Uniqueness {
        match self.follows.iter().find(|it| it.column == column) {
            Some(it) if it.blanks + it.repeats == 0 => Uniqueness::Perfect,
            Some(it) if (it.blanks + it.repeats) * 100 <= self.rows => Uniqueness::Near,
            _ => Uniqueness::None,
        }
    }
}
