//! Which values a column has, and how often.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::{DISTINCT_MAX, TOP_MAX};

/// Bytes of a value that is kept; of a longer one only its hash is, so that it counts and is never named.
const KEPT_BYTES_MAX: usize = 200;

/// The first different values of a column.
#[derive(Debug, Default)]
pub(super) struct Values {
    kept: HashMap<Box<str>, u64>,
    long: HashSet<u128>,
    /// Rows whose values came too late to be counted.
    late: u64,
}

impl Values {
    pub fn see(&mut self, value: &str) {
        let is_full = DISTINCT_MAX <= (self.kept.len() + self.long.len()) as u64;
        if KEPT_BYTES_MAX < value.len() {
            let hash = Sha256::digest(value.as_bytes());
            let hash = u128::from_be_bytes(hash[..16].try_into().expect("sixteen bytes"));
            if is_full && !self.long.contains(&hash) {
                self.late += 1;
            } else {
                self.long.insert(hash);
            }
        } else if let Some(count) = self.kept.get_mut(value) {
            *count += 1;
        } else if is_full {
            self.late += 1;
        } else {
            self.kept.insert(value.into(), 1);
        }
    }

    /// How many there are, where they are not too many.
    pub fn distinct(&self) -> Option<u64> {
        (self.late == 0).then_some((self.kept.len() + self.long.len()) as u64)
    }

    /// The most frequent ones of `filled`. One that came too late may have all the late rows and no more,
    /// so that whatever has as many is surely as frequent.
    pub fn top(self, filled: u64) -> Vec<(String, u64)> {
        let mut top: Vec<(Box<str>, u64)> = self.kept.into_iter().filter(|it| self.late <= it.1).collect();
        top.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        top.truncate(TOP_MAX);
        let says_something = top.first().is_some_and(|it| 1 < it.1) || filled <= TOP_MAX as u64;
        if !says_something {
            top.clear();
        }
        top.into_iter()
            .map(|(value, count)| (value.into(), count))
            .collect()
    }
}
