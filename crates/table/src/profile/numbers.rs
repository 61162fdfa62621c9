//! Numbers by ranges. The ranges come from the numbers, which are read once: they are counted in fine bins whose
//! width grows tenfold whenever there are too many, and the wide bins are made of whole fine ones at the end.

use std::collections::BTreeMap;

use crate::order::number_key;

/// Places after the point that are told apart in bins.
const PLACES: usize = 6;
/// One, in the unit that bins are counted in.
const ONE: i128 = 1_000_000;
/// Digits before the point of a number that is put into a bin.
const WHOLE_MAX: usize = 24;
/// Fine bins at most.
const FINE_MAX: usize = 2_000;
/// Bins of a chart at most.
const BINS_MAX: i128 = 20;

#[derive(Debug)]
pub(super) struct Numbers {
    min: Option<(Vec<u8>, String)>,
    max: Option<(Vec<u8>, String)>,
    /// Rows by the number divided by the width, downwards.
    fine: BTreeMap<i128, u64>,
    width: i128,
    /// The finest place that occurs, as a power of ten; the width of a bin is no less.
    unit: i128,
}

impl Default for Numbers {
    fn default() -> Self {
        Numbers {
            min: None,
            max: None,
            fine: BTreeMap::new(),
            width: 1,
            unit: ONE,
        }
    }
}

impl Numbers {
    /// Counts a number; what is none is passed over.
    pub fn see(&mut self, value: &str) {
        let Some(key) = number_key(value) else {
            return;
        };
        if self.min.as_ref().is_none_or(|it| key < it.0) {
            self.min = Some((key.clone(), value.to_owned()));
        }
        if self.max.as_ref().is_none_or(|it| it.0 < key) {
            self.max = Some((key, value.to_owned()));
        }
        let Some((scaled, places)) = scaled(value) else {
            return;
        };
        self.unit = self.unit.min(10i128.pow((PLACES - places) as u32));
        *self.fine.entry(scaled.div_euclid(self.width)).or_default() += 1;
        while FINE_MAX < self.fine.len() {
            self.width *= 10;
            let mut coarse = BTreeMap::new();
            for (at, rows) in std::mem::take(&mut self.fine) {
                *coarse.entry(at.div_euclid(10)).or_default() += rows;
            }
            self.fine = coarse;
        }
    }

    /// The smallest and the largest.
    pub fn range(&self) -> Option<(String, String)> {
        Some((self.min.as_ref()?.1.clone(), self.max.as_ref()?.1.clone()))
    }

    /// Ranges of one width, from the first that has a number to the last.
    pub fn bins(&self) -> Vec<(String, u64)> {
        let (Some((first, _)), Some((last, _))) = (self.fine.first_key_value(), self.fine.last_key_value())
        else {
            return Vec::new();
        };
        let (first, last) = (first * self.width, last * self.width);
        let mut power = self.width.max(self.unit);
        let width = loop {
            let fits = |it: &i128| last.div_euclid(*it) - first.div_euclid(*it) < BINS_MAX;
            if let Some(width) = [power, 2 * power, 5 * power].into_iter().find(fits) {
                break width;
            }
            power *= 10;
        };
        let (from, to) = (first.div_euclid(width), last.div_euclid(width));
        let mut counts = vec![0u64; (to - from + 1) as usize];
        for (at, rows) in &self.fine {
            counts[((at * self.width).div_euclid(width) - from) as usize] += rows;
        }
        let label = |at: i128| {
            let low = at * width;
            match self.unit {
                unit if unit == width => shown(low),
                ONE => format!("{}～{}", shown(low), shown(low + width - ONE)),
                _ => format!("{}～{}", shown(low), shown(low + width)),
            }
        };
        (from..=to).map(label).zip(counts).collect()
    }
}

/// A plain decimal in millionths, downwards, and how many of its places count.
fn scaled(value: &str) -> Option<(i128, usize)> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    if WHOLE_MAX < whole.len() {
        return None;
    }
    let places = places.trim_end_matches('0');
    let (kept, rest) = places.split_at(places.len().min(PLACES));
    let number: i128 = format!("0{whole}{kept:0<PLACES$}").parse().ok()?;
    let number = if digits.len() < value.len() {
        // Downwards is away from zero here.
        -number - i128::from(!rest.is_empty())
    } else {
        number
    };
    Some((number, kept.len()))
}

/// Millionths as people write them.
fn shown(scaled: i128) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, places) = (scaled.abs() / ONE, scaled.abs() % ONE);
    if places == 0 {
        return format!("{sign}{whole}");
    }
    let places = format!("{places:06}");
    format!("{sign}{whole}.{}", places.trim_end_matches('0'))
}
