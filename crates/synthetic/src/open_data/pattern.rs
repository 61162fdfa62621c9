//! How one value is made from its pattern: literal text with holes in braces.

use jiff::{ToSpan, civil::Date};

use super::places::{COUNTIES, County, TRADES, WORDS};
use crate::{
    credit_check,
    dice::Dice,
    identity_check,
    words::{GIVEN_FEMALE, GIVEN_MALE, ROADS, SURNAMES},
};

/// Millionths of a degree that a place may lie from its county's seat.
const AROUND: u64 = 160_000;

/// What the values of one row have in common.
pub(super) struct Row {
    dice: Dice,
    n: u64,
    today: Date,
    county: &'static County,
    town: &'static str,
    month: Option<i8>,
    /// Columns done, for those that hang on them.
    pub done: Vec<(&'static str, String)>,
}

/// The values of an axis.
pub(super) fn axis(text: &str, today: Date) -> Vec<String> {
    let back = |days: i64| today.checked_sub(days.days()).unwrap_or(today).to_string();
    let count = |it: &str| it.parse::<i64>().unwrap_or(1);
    match text.split_once(':') {
        None if text == "region" => COUNTIES.iter().map(|it| it.code.to_owned()).collect(),
        None => text.split('/').map(str::to_owned).collect(),
        Some(("month", it)) => super::months(today, count(it)),
        Some(("day", it)) => (1..=count(it)).rev().map(back).collect(),
        Some(("week", it)) => (1..=count(it)).rev().map(|week| back(week * 7)).collect(),
        Some((_, years)) => {
            let (first, last) = range(years);
            (first..=last).map(|it| it.to_string()).collect()
        }
    }
}

fn range(text: &str) -> (u64, u64) {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let low = low.parse().unwrap_or(0);
    (low, high.parse().unwrap_or(low).max(low))
}

impl Row {
    pub fn new(mut dice: Dice, n: u64, today: Date) -> Row {
        let all: u64 = COUNTIES.iter().map(|it| it.weight).sum();
        let mut left = dice.below(all);
        let county = COUNTIES
            .iter()
            .find(|it| match left.checked_sub(it.weight) {
                Some(rest) => {
                    left = rest;
                    false
                }
                None => true,
            })
            .unwrap_or(&COUNTIES[0]);
        let town = dice.pick(county.towns);
        Row {
            dice,
            n,
            today,
            county,
            town,
            month: None,
            done: Vec::new(),
        }
    }

    /// An axis says where or when this row is.
    pub fn stand_at(&mut self, value: &str) {
        if let Some(county) = COUNTIES.iter().find(|it| it.code == value) {
            self.county = county;
        }
        let parts: Vec<&str> = value.split('-').collect();
        if let [_, month, ..] = parts[..] {
            self.month = month.parse().ok().or(self.month);
        }
    }

    /// The pattern with its holes filled.
    pub fn fill(&mut self, pattern: &str) -> String {
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let (hole, after) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(&self.hole(hole));
            rest = after;
        }
        out + rest
    }

    fn hole(&mut self, hole: &str) -> String {
        if hole.contains('/') {
            let choices: Vec<&str> = hole.split('/').collect();
            return self.dice.pick(&choices).to_owned();
        }
        if let Some((kind, rest)) = hole.split_once(':') {
            return self.made(kind, rest);
        }
        if let Some(width) = hole.strip_prefix('n').filter(|it| it.len() < 2) {
            return format!("{:0width$}", self.n, width = width.parse().unwrap_or(0));
        }
        match hole {
            "code" => self.county.code.to_owned(),
            "region" => self.county.name.to_owned(),
            "town" => self.town.to_owned(),
            "road" => self.dice.pick(&ROADS).to_owned(),
            "word" => self.dice.pick(&WORDS).to_owned(),
            "no" => (1 + self.dice.below(300)).to_string(),
            "phone" => format!("0746-{}", 2_000_000 + self.dice.below(6_900_000)),
            "company" => self.company(),
            "uscc" => self.credit_code(),
            "name" => self.person(),
            "id" => self.identity(),
            "lng" => self.degree(self.county.seat.0),
            "lat" => self.degree(self.county.seat.1),
            "rain" => self.rain(),
            literal => literal.to_owned(),
        }
    }

    fn made(&mut self, kind: &str, rest: &str) -> String {
        match kind {
            "int" => self.between(range(rest)).to_string(),
            "count" => self.count(range(rest)).to_string(),
            "dec1" => self.decimal(range(rest), 1),
            "dec2" => self.decimal(range(rest), 2),
            "dec3" => self.decimal(range(rest), 3),
            "dec4" => self.decimal(range(rest), 4),
            "day" => {
                let back = self.between(range(rest)) as i64;
                self.today
                    .checked_sub(back.days())
                    .unwrap_or(self.today)
                    .to_string()
            }
            "time" => {
                let hour = self.between(range(rest));
                format!("{hour:02}:{}", self.dice.pick(&["00", "30"]))
            }
            "after" => self.after(rest),
            "near" => self.near(rest, 0),
            "near1" => self.near(rest, 1),
            "near2" => self.near(rest, 2),
            _ => String::new(),
        }
    }

    fn between(&mut self, (low, high): (u64, u64)) -> u64 {
        low + self.dice.below(high - low + 1)
    }

    /// A number that grows with the county and swings with the month.
    fn count(&mut self, (low, high): (u64, u64)) -> u64 {
        let size = self.county.weight * 100 / 9;
        let season = match self.month {
            Some(1 | 2) => 112,
            Some(6..=8) => 106,
            Some(9..=11) => 98,
            _ => 94,
        };
        let share = size * (75 + self.dice.below(26)) / 100 * season / 112;
        low + (high - low) * share.min(100) / 100
    }

    fn decimal(&mut self, (low, high): (u64, u64), digits: u32) -> String {
        let unit = 10_u64.pow(digits);
        let value = self.between((low * unit, high * unit + unit - 1));
        decimal(value, digits)
    }

    fn value(&self, name: &str) -> &str {
        let found = self.done.iter().find(|it| it.0 == name);
        found.map_or("", |it| it.1.as_str())
    }

    /// A day after another column's: `name:120..400`.
    fn after(&mut self, rest: &str) -> String {
        let (name, days) = rest.split_once(':').unwrap_or((rest, "1"));
        let from: Date = self.value(name).parse().unwrap_or(self.today);
        let days = self.between(range(days)) as i64;
        from.checked_add(days.days()).unwrap_or(from).to_string()
    }

    /// So many per cent of another column: `name:80..95`.
    fn near(&mut self, rest: &str, digits: u32) -> String {
        let (name, percent) = rest.split_once(':').unwrap_or((rest, "100"));
        let (whole, part) = self.value(name).split_once('.').unwrap_or((self.value(name), ""));
        let hundredths: u64 = format!("{whole}{part:0<2.2}").parse().unwrap_or(0);
        let (low, high) = range(percent);
        let per_mille = self.between((low * 10, high * 10));
        let value = hundredths * per_mille / 1000;
        match digits {
            0 => (value / 100).to_string(),
            1 => decimal(value / 10, 1),
            _ => decimal(value, 2),
        }
    }

    fn rain(&mut self) -> String {
        if self.dice.chance(640) {
            return "0.0".to_owned();
        }
        let most = if self.dice.chance(80) { 96 } else { 18 };
        self.decimal((0, most), 1)
    }

    fn degree(&mut self, seat: i64) -> String {
        // Two throws: most places lie near the seat.
        let off = self.dice.below(AROUND) as i64 + self.dice.below(AROUND) as i64 - AROUND as i64;
        let value = seat + off;
        format!("{}.{:06}", value / 1_000_000, value % 1_000_000)
    }

    fn company(&mut self) -> String {
        let (word, trade) = (self.dice.pick(&WORDS), self.dice.pick(&TRADES));
        let second = self.dice.pick(&["", "鑫", "瑞", "宏", "盛", "泰"]);
        format!("{}{word}{second}{trade}有限公司", self.county.name)
    }

    fn credit_code(&mut self) -> String {
        let head = format!(
            "91{}{:08}{}",
            self.county.code,
            52_000_000 + self.n * 17,
            self.dice.below(10)
        );
        let check = credit_check(&head);
        format!("{head}{check}")
    }

    fn person(&mut self) -> String {
        let given = if self.dice.chance(500) {
            &GIVEN_MALE
        } else {
            &GIVEN_FEMALE
        };
        let second = if self.dice.chance(600) {
            self.dice.pick(given)
        } else {
            ""
        };
        format!("{}{}{second}", self.dice.pick(&SURNAMES), self.dice.pick(given))
    }

    fn identity(&mut self) -> String {
        let (year, month) = (1946 + self.dice.below(60), 1 + self.dice.below(12));
        let (day, number) = (1 + self.dice.below(28), self.n % 1000);
        let digits = format!("{}{year}{month:02}{day:02}{number:03}", self.county.code);
        format!("{digits}{}", identity_check(&digits))
    }
}

fn decimal(value: u64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    let width = digits as usize;
    format!("{}.{:0width$}", value / unit, value % unit)
}
