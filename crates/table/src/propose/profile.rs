//! What the values of one column look like.

use std::collections::HashMap;

use super::dictionary::is_name;
use crate::value;

/// Different values that are counted one by one; a column with more has no code list.
const DISTINCT_MAX: usize = 400;
/// Lengths that are told apart; longer values count as this long.
const LENGTH_MAX: usize = 8000;
/// Values shown to the cataloguer.
const SAMPLES: usize = 5;

/// Counts over the values of a column.
#[derive(Default)]
pub(super) struct Profile {
    pub filled: u64,
    pub blank: u64,
    /// Digits only, or a minus sign and digits.
    pub integers: u64,
    /// Integers that begin with a zero and go on.
    pub leading_zeros: u64,
    /// Numbers with a point, by their places after it (six and more together).
    pub scales: [u64; 7],
    pub negatives: u64,
    pub dates: u64,
    /// Dates without dashes: eight digits may mean anything else.
    pub compact_dates: u64,
    pub instants: u64,
    pub booleans: u64,
    pub identities: u64,
    pub credits: u64,
    pub divisions: u64,
    pub mobiles: u64,
    pub genders: u64,
    pub names: u64,
    /// ASCII letters and digits only.
    pub plain: u64,
    lengths: HashMap<usize, u64>,
    distinct: HashMap<String, u64>,
    has_too_many: bool,
    first: Vec<String>,
}

impl Profile {
    pub fn see(&mut self, value: &str) {
        if value::is_blank(value) {
            self.blank += 1;
            return;
        }
        self.filled += 1;
        *self
            .lengths
            .entry(value.chars().count().min(LENGTH_MAX))
            .or_default() += 1;
        if self.first.len() < SAMPLES && !self.first.iter().any(|it| it == value) {
            self.first.push(value.to_owned());
        }
        self.count_distinct(value);
        self.plain += u64::from(value.bytes().all(|b| b.is_ascii_alphanumeric()));
        if value.is_ascii() {
            self.see_ascii(value);
        }
        self.booleans += u64::from(value::boolean(value).is_some());
        self.genders += u64::from(matches!(value, "男" | "女"));
        self.names += u64::from(is_name(value));
    }

    fn see_ascii(&mut self, value: &str) {
        if let Ok(number) = value::decimal(value) {
            let digits = value.trim_start_matches('-');
            match number.places {
                0 => self.integers += 1,
                places => self.scales[(places as usize).min(6)] += 1,
            }
            self.negatives += u64::from(number.is_negative);
            self.leading_zeros +=
                u64::from(1 < digits.len() && digits.starts_with('0') && !digits[1..].starts_with('.'));
            self.divisions += u64::from(value::division(value).is_ok());
            self.mobiles += u64::from(value::mobile(value).is_ok());
        }
        match value::day(value) {
            Ok(_) if value.len() == 8 => self.compact_dates += 1,
            Ok(_) => self.dates += 1,
            Err(_) => self.instants += u64::from(value::instant(value).is_ok()),
        }
        if value.len() == 18 {
            self.identities += u64::from(value::identity(value).is_ok());
            self.credits += u64::from(value::credit(value).is_ok());
        }
    }

    fn count_distinct(&mut self, value: &str) {
        if let Some(count) = self.distinct.get_mut(value) {
            *count += 1;
        } else if self.distinct.len() < DISTINCT_MAX {
            self.distinct.insert(value.to_owned(), 1);
        } else {
            self.has_too_many = true;
        }
    }

    /// Whether `count` is nearly all of the values; a sample may have a few bad ones.
    pub fn is_most(&self, count: u64) -> bool {
        0 < self.filled && self.filled * 95 <= count * 100
    }

    /// Whether next to every row has a value.
    pub fn is_always_filled(&self) -> bool {
        0 < self.filled && self.blank * 200 <= self.filled + self.blank
    }

    /// The one length that next to all values have, if there is one.
    pub fn fixed_length(&self) -> Option<usize> {
        let (length, count) = self.lengths.iter().max_by_key(|it| it.1)?;
        (self.filled * 99 <= count * 100).then_some(*length)
    }

    /// The longest length, leaving out the one value in a thousand that is far longer than all others.
    pub fn longest(&self) -> usize {
        let mut lengths: Vec<(usize, u64)> = self.lengths.iter().map(|it| (*it.0, *it.1)).collect();
        lengths.sort_unstable();
        let mut seen = 0;
        let usual = lengths.iter().find(|(_, count)| {
            seen += count;
            self.filled * 999 <= seen * 1000
        });
        let (usual, longest) = (usual.map_or(0, |it| it.0), lengths.last().map_or(0, |it| it.0));
        if longest <= 4 * usual { longest } else { usual }
    }

    /// Places after the point that cover next to all numbers.
    pub fn scale(&self) -> u8 {
        let all: u64 = self.integers + self.scales.iter().sum::<u64>();
        let mut seen = self.integers;
        for (places, count) in self.scales.iter().enumerate() {
            seen += count;
            if all * 995 <= seen * 1000 {
                return places as u8;
            }
        }
        6
    }

    /// A few values: the most frequent ones where there are few, the first ones otherwise.
    pub fn samples(&self) -> Vec<String> {
        if self.has_too_many {
            return self.first.clone();
        }
        let mut values: Vec<(&String, &u64)> = self.distinct.iter().collect();
        values.sort_unstable_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        values.into_iter().take(SAMPLES).map(|it| it.0.clone()).collect()
    }

    /// Whether `is` holds of half of the values, as far as they were kept.
    pub fn is_half(&self, is: impl Fn(&str) -> bool) -> bool {
        if self.has_too_many {
            let alike = self.first.iter().filter(|it| is(it)).count();
            return 0 < alike && self.first.len() <= alike * 2;
        }
        let alike: u64 = self.distinct.iter().filter(|it| is(it.0)).map(|it| it.1).sum();
        0 < alike && self.filled <= alike * 2
    }

    pub fn decimals(&self) -> u64 {
        self.scales.iter().sum()
    }

    /// The values of a column that has only a few, which repeat; sorted. One value in a thousand may be a
    /// slip and does not make the list.
    pub fn few_values(&self) -> Option<Vec<String>> {
        let is_kept = |count: u64| 2 <= count && self.filled <= count * 1000;
        let kept: Vec<(&String, &u64)> = self.distinct.iter().filter(|it| is_kept(*it.1)).collect();
        let covered: u64 = kept.iter().map(|it| it.1).sum();
        let is_list = (2..=60).contains(&kept.len())
            && self.filled * 995 <= covered * 1000
            && 5 * kept.len() as u64 <= self.filled
            && kept.iter().all(|it| it.0.chars().count() <= 30);
        let mut values: Vec<String> = kept.into_iter().map(|it| it.0.clone()).collect();
        values.sort_unstable();
        is_list.then_some(values)
    }
}
