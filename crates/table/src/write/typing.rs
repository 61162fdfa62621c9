//! What all values of a column are, for formats that have types of their own (art. 25: machine-readable).
//!
//! A column has a type only where every value is one, written as that type would write it again: a code with a zero in
//! front, a band of ages or a number too long stays text, and so does all of its column.

use std::io;

use rules::catalogue::{Item, ItemType, Semantic};

use crate::value;

/// Digits of a number that fit into 64 bits.
const DIGITS_MAX: u32 = 18;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typed {
    /// Text, or not known.
    #[default]
    Text,
    /// Whole numbers of 64 bits.
    Integer,
    /// Exact decimals of so many digits in all, so many of them after the point.
    Decimal {
        /// Digits in all.
        precision: u32,
        /// Digits after the point.
        scale: u32,
    },
    /// Days.
    Day,
}

/// Reads `rows` once and says what each item's column is.
pub fn typed<R: AsRef<[Option<String>]>>(
    items: &[Item],
    rows: impl IntoIterator<Item = io::Result<R>>,
) -> io::Result<Vec<Typed>> {
    let mut columns: Vec<Column> = items.iter().map(Column::of).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row?.as_ref()) {
            if let Some(value) = value.as_deref().filter(|it| !it.is_empty()) {
                column.see(value);
            }
        }
    }
    Ok(columns.into_iter().map(Column::finish).collect())
}

/// What has been seen of a column.
enum Column {
    Text,
    Integer,
    /// The most digits before the point, and after it.
    Decimal(u32, u32),
    Day,
}

impl Column {
    fn of(item: &Item) -> Column {
        let is_code = !item.codes.is_empty() || item.semantic != Semantic::Plain;
        match item.kind {
            _ if is_code => Column::Text,
            ItemType::Integer => Column::Integer,
            ItemType::Decimal | ItemType::Money => Column::Decimal(1, 0),
            ItemType::Date => Column::Day,
            _ => Column::Text,
        }
    }

    fn see(&mut self, value: &str) {
        *self = match *self {
            Column::Integer if integer(value).is_some() => Column::Integer,
            Column::Day if day(value).is_some() => Column::Day,
            Column::Decimal(whole, places) => match value::decimal(value) {
                Ok(it) => Column::Decimal(whole.max(it.whole), places.max(it.places)),
                Err(_) => Column::Text,
            },
            _ => Column::Text,
        };
    }

    fn finish(self) -> Typed {
        match self {
            Column::Integer => Typed::Integer,
            Column::Day => Typed::Day,
            Column::Decimal(whole, scale) if whole + scale <= DIGITS_MAX => Typed::Decimal {
                precision: whole + scale,
                scale,
            },
            Column::Text | Column::Decimal(..) => Typed::Text,
        }
    }
}

/// The whole number that is written like this.
pub(super) fn integer(value: &str) -> Option<i64> {
    value.parse::<i64>().ok().filter(|it| it.to_string() == value)
}

/// The decimal `value` in units of its last place, of which there are `scale`.
pub(super) fn unscaled(value: &str, scale: u32) -> Option<i64> {
    let places = value::decimal(value).ok()?.places;
    let digits: String = value.chars().filter(|it| *it != '.').collect();
    let zeros = "0".repeat(scale.checked_sub(places)? as usize);
    format!("{digits}{zeros}").parse().ok()
}

/// The days since 1970-01-01 of a day that is written YYYY-MM-DD.
pub(super) fn day(value: &str) -> Option<i32> {
    let day = value::day(value).ok()?;
    if value::iso(day) != value {
        return None;
    }
    let day = day as i32;
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    // Years that begin in March end with the leap day; 146,097 days are 400 years.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2026-11-26", 20_783),
        ] {
            assert_eq!(day(text), Some(days), "{text}");
        }
        assert_eq!(day("20261126"), None);
        assert_eq!(day("2023-02-29"), None);
    }

    #[test]
    fn a_decimal_keeps_its_value_at_the_columns_scale() {
        assert_eq!(unscaled("-0.05", 2), Some(-5));
        assert_eq!(unscaled("7", 2), Some(700));
        assert_eq!(unscaled("1.5", 0), None);
        assert_eq!(integer("007"), None);
    }
}
