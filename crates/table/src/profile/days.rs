//! Days by months, by years where the months are many, by decades where the years are.

use std::collections::BTreeMap;

use crate::value;

/// Months that a chart shows one by one.
const MONTHS_MAX: i32 = 36;
/// Years that it shows one by one.
const YEARS_MAX: usize = 60;

#[derive(Debug, Default)]
pub(super) struct Days {
    min: Option<String>,
    max: Option<String>,
    /// Rows by months, counted from the year 0; the calendar has no more than some ten thousands.
    months: BTreeMap<i32, u64>,
    /// Rows of which no more than the year is left.
    years: BTreeMap<i32, u64>,
}

impl Days {
    /// Counts a day, the day of a time, or a year; what is neither is passed over.
    pub fn see(&mut self, text: &str) {
        let day = text.get(..10).unwrap_or(text);
        if let Ok(day) = value::day(day) {
            let (year, month) = ((day / 10_000) as i32, (day / 100 % 100) as i32);
            *self.months.entry(year * 12 + month - 1).or_default() += 1;
        } else if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
            let year = text.parse().expect("four digits are a number");
            *self.years.entry(year).or_default() += 1;
        } else {
            return;
        }
        if self.min.as_deref().is_none_or(|it| text < it) {
            self.min = Some(text.to_owned());
        }
        if self.max.as_deref().is_none_or(|it| it < text) {
            self.max = Some(text.to_owned());
        }
    }

    /// The first and the last, as they are written.
    pub fn range(&self) -> Option<(String, String)> {
        self.min.clone().zip(self.max.clone())
    }

    pub fn bins(self) -> Vec<(String, u64)> {
        if let (Some(first), Some(last), true) = (
            self.months.keys().next(),
            self.months.keys().next_back(),
            self.years.is_empty(),
        ) && last - first < MONTHS_MAX
        {
            let month = |it: i32| {
                let rows = self.months.get(&it).copied().unwrap_or(0);
                (format!("{:04}-{:02}", it / 12, it % 12 + 1), rows)
            };
            return (*first..=*last).map(month).collect();
        }
        let mut years = self.years;
        for (month, rows) in self.months {
            *years.entry(month / 12).or_default() += rows;
        }
        let (Some(first), Some(last)) = (years.keys().next().copied(), years.keys().next_back().copied())
        else {
            return Vec::new();
        };
        if ((last - first) as usize) < YEARS_MAX {
            // A year without rows has its place on the axis.
            (first..=last).for_each(|it| {
                years.entry(it).or_default();
            });
        }
        if years.len() <= YEARS_MAX {
            return years
                .into_iter()
                .map(|(year, rows)| (format!("{year:04}"), rows))
                .collect();
        }
        let mut decades: BTreeMap<i32, u64> = BTreeMap::new();
        for (year, rows) in years {
            *decades.entry(year / 10 * 10).or_default() += rows;
        }
        let label = |it: i32| format!("{it:04}～{:04}", it + 9);
        decades
            .into_iter()
            .map(|(decade, rows)| (label(decade), rows))
            .collect()
    }
}
