//! The open data sets of the demo city: their columns as text, their rows from a seeded generator.
//!
//! A set is written down in `data/open_*.txt`: a head line `[key] provider class cycle rows`, its texts, and one line a
//! column: name, title, type with flags, and the pattern its values are made by. `*` is a key, `!` required, `?` a
//! condition; `i` an identifier of a person, `q` a quasi-identifier. A pattern in `<>` is an axis: a set with axes has
//! one row for each combination of their values.

use jiff::{ToSpan, civil::Date};

use crate::dice::Dice;

mod pattern;
mod places;

use pattern::Row;

const TEXTS: [&str; 3] = [
    include_str!("../data/open_a.txt"),
    include_str!("../data/open_b.txt"),
    include_str!("../data/open_c.txt"),
];

/// One open set of the demo city.
#[derive(Clone, Debug, Default)]
pub struct OpenSet {
    /// How the demo calls it.
    pub key: &'static str,
    /// Who provides it, as the demo calls its agencies.
    pub provider: &'static str,
    /// Theme and subject.
    pub class: Vec<&'static str>,
    /// How often it is renewed, as catalogues word it.
    pub cycle: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Words people search by.
    pub keywords: Vec<&'static str>,
    /// Its abstract.
    pub summary: &'static str,
    /// On what conditions it is opened; none where anybody may have it.
    pub conditions: Option<&'static str>,
    /// How personal items are veiled; none where there are none.
    pub veiled: Option<&'static str>,
    /// Its columns.
    pub columns: Vec<OpenColumn>,
    rows: u64,
}

/// One column of an open set.
#[derive(Clone, Debug)]
pub struct OpenColumn {
    /// The name in files.
    pub name: &'static str,
    /// The Chinese name.
    pub title: &'static str,
    /// The letter of its type, as catalogues word it.
    pub kind: char,
    /// Its length; none for types that have none.
    pub length: Option<u32>,
    /// Digits after the point.
    pub scale: Option<u8>,
    /// `*`, `!`, `?`, `i` and `q`, in any order.
    pub flags: &'static str,
    pattern: &'static str,
}

impl OpenColumn {
    /// Every value it can have, where its pattern names them.
    pub fn values(&self) -> Vec<&'static str> {
        let inner = |open, close| self.pattern.strip_prefix(open)?.strip_suffix(close);
        let list = inner('{', '}').or_else(|| inner('<', '>')).unwrap_or_default();
        let is_one = !list.contains(['{', '<', '：']) && list.contains('/');
        let mut values: Vec<&str> = list.split('/').filter(|_| is_one).collect();
        let mut seen = std::collections::HashSet::new();
        values.retain(|it| seen.insert(*it));
        values
    }

    /// Whether its values are county codes.
    pub fn is_county(&self) -> bool {
        matches!(self.pattern, "{code}" | "<region>")
    }

    /// Whether its values are social credit codes.
    pub fn is_credit_code(&self) -> bool {
        self.pattern == "{uscc}"
    }

    /// Whether its values are identity numbers.
    pub fn is_identity(&self) -> bool {
        self.pattern == "{id}"
    }

    fn axis(&self, today: Date) -> Option<Vec<String>> {
        let axis = self.pattern.strip_prefix('<')?.strip_suffix('>')?;
        Some(pattern::axis(axis, today))
    }
}

impl OpenSet {
    /// The rows on `today` as a CSV file with a header. The same day and edition give the same bytes; a later edition
    /// has some rows more.
    pub fn csv(&self, today: Date, edition: u64) -> String {
        let names: Vec<&str> = self.columns.iter().map(|it| it.name).collect();
        let mut csv = names.join(",") + "\n";
        let axes: Vec<Option<Vec<String>>> = self.columns.iter().map(|it| it.axis(today)).collect();
        let rows = match axes.iter().flatten().map(|it| it.len() as u64).product::<u64>() {
            1 => self.rows + self.rows * (edition - 1) / 25,
            all => all,
        };
        for n in 0..rows {
            let mut left = n as usize;
            let mut fixed = vec![None; axes.len()];
            for (place, axis) in axes.iter().enumerate().rev() {
                if let Some(axis) = axis {
                    fixed[place] = Some(axis[left % axis.len()].as_str());
                    left /= axis.len();
                }
            }
            let values = self.row(n + 1, today, &fixed);
            csv.push_str(&values.join(","));
            csv.push('\n');
        }
        csv
    }

    fn row(&self, n: u64, today: Date, fixed: &[Option<&str>]) -> Vec<String> {
        // A row's values hang on its own axes only: another month added leaves those before as they were.
        let own: String = fixed.iter().flatten().copied().collect();
        let number = if own.is_empty() { n } else { 0 };
        let seed = own.bytes().chain(self.key.bytes()).fold(number, |seed, it| {
            (seed ^ u64::from(it)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        let mut row = Row::new(Dice::new(seed), n, today);
        for value in fixed.iter().flatten() {
            row.stand_at(value);
        }
        for (column, fixed) in self.columns.iter().zip(fixed) {
            let value = match fixed {
                Some(value) => (*value).to_owned(),
                None => row.fill(column.pattern),
            };
            row.done.push((column.name, value));
        }
        row.done.into_iter().map(|it| it.1).collect()
    }
}

/// Every open set of the demo city.
pub fn open_sets() -> Vec<OpenSet> {
    let mut sets: Vec<OpenSet> = Vec::new();
    let lines = TEXTS.iter().flat_map(|it| it.lines());
    for line in lines.map(str::trim).filter(|it| !it.is_empty()) {
        if line.starts_with('[') {
            sets.push(head(line));
        } else if let Some(set) = sets.last_mut() {
            say(set, line);
        }
    }
    sets
}

fn head(line: &'static str) -> OpenSet {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_default();
    OpenSet {
        key: next().trim_matches(['[', ']']),
        provider: next(),
        class: next().split('/').collect(),
        cycle: next(),
        rows: next().parse().unwrap_or_default(),
        ..OpenSet::default()
    }
}

fn say(set: &mut OpenSet, line: &'static str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "title" => set.title = rest,
        "words" => set.keywords = rest.split('、').collect(),
        "about" => set.summary = rest,
        "only" => set.conditions = Some(rest),
        "open" => set.veiled = Some(rest),
        _ => set.columns.extend(column(word, rest)),
    }
}

fn column(name: &'static str, rest: &'static str) -> Option<OpenColumn> {
    let (title, rest) = rest.split_once(' ')?;
    let (spec, pattern) = rest.split_once(' ')?;
    let (kind, spec) = spec.split_at(1);
    let end = spec
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(spec.len());
    let (size, flags) = spec.split_at(end);
    let (length, scale) = size.split_once('.').unwrap_or((size, ""));
    Some(OpenColumn {
        name,
        title,
        kind: kind.chars().next()?,
        length: length.parse().ok(),
        scale: scale.parse().ok(),
        flags,
        pattern,
    })
}

/// The last `count` months before the one of `today`, the oldest first.
fn months(today: Date, count: i64) -> Vec<String> {
    let first = today.first_of_month();
    let month = |back: i64| first.checked_sub(back.months()).unwrap_or(first);
    (1..=count)
        .rev()
        .map(|back| month(back).strftime("%Y-%m").to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 23);

    #[test]
    fn every_set_is_whole_and_its_rows_are_as_wide_as_its_columns() {
        let sets = open_sets();
        assert!(sets.len() >= 60, "{}", sets.len());
        for set in &sets {
            assert!(!set.title.is_empty() && !set.summary.is_empty(), "{}", set.key);
            assert!(
                set.columns.iter().any(|it| it.flags.contains(['*', 'i'])),
                "{}",
                set.key
            );
            let csv = set.csv(TODAY, 1);
            let rows: Vec<&str> = csv.lines().collect();
            assert!(
                rows.len() > 50 && rows.len() < 5_000,
                "{} {}",
                set.key,
                rows.len()
            );
            for row in rows {
                assert_eq!(row.split(',').count(), set.columns.len(), "{} {row}", set.key);
                assert!(!row.contains(['{', '}', '<', '>']), "{} {row}", set.key);
            }
        }
    }

    #[test]
    fn no_row_has_the_key_of_another() {
        for set in open_sets() {
            let is_key: Vec<bool> = set.columns.iter().map(|it| it.flags.contains('*')).collect();
            let csv = set.csv(TODAY, 1);
            let mut seen = HashSet::new();
            for row in csv.lines().skip(1) {
                let key: Vec<&str> = row
                    .split(',')
                    .zip(&is_key)
                    .filter(|it| *it.1)
                    .map(|it| it.0)
                    .collect();
                assert!(key.is_empty() || seen.insert(key), "{} {row}", set.key);
            }
        }
    }

    #[test]
    fn a_month_later_the_months_before_read_as_they_did() {
        let set = open_sets().into_iter().find(|it| it.key == "hotline").unwrap();
        let before = set.csv(TODAY, 1);
        let after = set.csv(date(2026, 12, 23), 2);
        let old: HashSet<&str> = after.lines().collect();
        let kept = before.lines().filter(|it| old.contains(it)).count();
        assert!(kept * 10 > before.lines().count() * 9, "{kept}");
        assert_eq!(before, set.csv(TODAY, 1));
    }
}
