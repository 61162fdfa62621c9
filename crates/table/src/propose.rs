//! 编目: what an entry could say of a file's columns, for the cataloguer to correct.

use std::path::Path;

use rules::catalogue::{CrossRule, Item, ItemType, Semantic};

use crate::{
    Encoding, FileKind, ReadError,
    read::{Columns, Reader, Record, distinct},
    sniff::sniff,
    value,
};

mod dictionary;
mod keys;
pub(crate) mod personal;
mod profile;
mod suggest;
#[cfg(test)]
mod tests;

use keys::{Keys, Uniqueness};
use profile::Profile;

/// Rows whose values are looked at.
const PROFILED_ROWS: u64 = 100_000;
/// Rows that are kept to try rules over two items on.
const KEPT_ROWS: usize = 2000;
/// Rows over which a key must tell apart.
const KEYED_ROWS: u64 = 2_000_000;

/// What [`propose`] suggests. Nothing of it is law; the cataloguer has the last word.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// One item a column, in the file's order.
    pub items: Vec<Item>,
    /// Rules over two items that the sample keeps to.
    pub cross_rules: Vec<CrossRule>,
    /// How many rows were read.
    pub rows_seen: u64,
    /// How many of them have more or fewer values than the header, or are broken otherwise: nothing was made of them.
    pub rows_ragged: u64,
    /// The kind of file.
    pub kind: FileKind,
    /// The encoding of its text; none for a spreadsheet.
    pub encoding: Option<Encoding>,
    /// A title from the file's name where that is Chinese, or empty.
    pub title: String,
}

/// Reads a sample of the file at `path`, which its sender called `name`, into items.
pub fn propose(path: &Path, name: &str) -> Result<Proposal, ReadError> {
    let sniffed = sniff(path, name)?;
    let mut reader = Reader::open(path, &sniffed, &Columns::Discover)?;
    let headers = headers(reader.columns());
    if headers.iter().any(|it| is_sentence(it)) {
        return Err(ReadError::UnknownType("这不像一张表，第一行不是表头"));
    }
    distinct(&headers)?;
    let sample = Sample::read(&mut reader, &headers)?;
    let mut items = sample.items;
    suggest::classify(&mut items, &sample.profiles);
    suggest::show_samples(&mut items, &sample.profiles);
    if let Some(key) = pick_key(&items, &sample.keys) {
        items[key].is_key = true;
        items[key].is_required = true;
        items[key].is_condition = true;
    }
    Ok(Proposal {
        cross_rules: cross_rules(&items, &sample.kept),
        items,
        rows_seen: sample.rows,
        rows_ragged: sample.rows - sample.whole,
        kind: sniffed.kind,
        encoding: sniffed.encoding,
        title: title(name),
    })
}

/// The columns' names; one without a name is called after its place.
fn headers(columns: &[String]) -> Vec<String> {
    let named = |(i, it): (usize, &String)| {
        if it.is_empty() {
            format!("第{}列", i + 1)
        } else {
            it.clone()
        }
    };
    columns.iter().enumerate().map(named).collect()
}

/// Characters of a column's name at most; what is longer is a sentence.
const HEADER_MAX: usize = 60;

/// Whether this is no name of a column, but the beginning of a text.
fn is_sentence(header: &str) -> bool {
    HEADER_MAX < header.chars().count() || header.starts_with("# ") || header.starts_with("<!")
}

/// What was read of a file.
struct Sample {
    rows: u64,
    /// Rows that have as many values as the header.
    whole: u64,
    profiles: Vec<Profile>,
    items: Vec<Item>,
    keys: Keys,
    kept: Vec<Vec<String>>,
}

impl Sample {
    fn read(reader: &mut Reader, headers: &[String]) -> Result<Sample, ReadError> {
        let width = headers.len();
        let mut sample = Sample {
            rows: 0,
            whole: 0,
            profiles: headers.iter().map(|_| Profile::default()).collect(),
            items: Vec::new(),
            keys: Keys::new(width),
            kept: Vec::new(),
        };
        let mut record = Record::default();
        while sample.rows < KEYED_ROWS && reader.next(&mut record)? {
            sample.rows += 1;
            // Rows that a check would refuse say nothing of what the columns should be.
            if let Some(text) = record
                .text()
                .filter(|_| record.width == width && record.flaw.is_none())
            {
                sample.whole += 1;
                sample.keys.see(|i| text.field(i));
                if sample.rows <= PROFILED_ROWS {
                    for (i, profile) in sample.profiles.iter_mut().enumerate() {
                        profile.see(text.field(i));
                    }
                }
                if sample.kept.len() < KEPT_ROWS {
                    sample
                        .kept
                        .push((0..width).map(|i| text.field(i).to_owned()).collect());
                }
            }
            if sample.rows == PROFILED_ROWS {
                sample.suggest(headers);
            }
        }
        if sample.rows == 0 {
            return Err(ReadError::NoRows);
        }
        if sample.whole * 2 < sample.rows {
            return Err(ReadError::UnknownType("这不像一张表，多数行与表头的列数不同"));
        }
        if sample.rows < PROFILED_ROWS {
            sample.suggest(headers);
        }
        Ok(sample)
    }

    /// Makes the items and follows on only columns that could be the key.
    fn suggest(&mut self, headers: &[String]) {
        let pairs = headers.iter().zip(&self.profiles);
        self.items = pairs
            .map(|(header, profile)| suggest::item(header, profile))
            .collect();
        self.keys.keep(&key_candidates(&self.items));
    }
}

/// Items that could be the key, best first: what identifies a person or a body, then what is called a number
/// or a code, then the others from left to right.
fn key_candidates(items: &[Item]) -> Vec<usize> {
    let rank = |item: &Item| match item.semantic {
        Semantic::IdentityNumber | Semantic::CreditCode => Some(0),
        Semantic::PersonName | Semantic::Address | Semantic::Gender => None,
        Semantic::Mobile => Some(2),
        Semantic::Plain | Semantic::DivisionCode => {
            let is_number = dictionary::hints(&item.name, dictionary::OF_IDENTIFIERS);
            let can = matches!(item.kind, ItemType::Text | ItemType::Integer);
            can.then_some(if is_number { 1 } else { 2 })
        }
    };
    let mut ranked: Vec<(u8, usize)> = items
        .iter()
        .enumerate()
        .filter_map(|(i, it)| rank(it).map(|rank| (rank, i)))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|it| it.1).collect()
}

fn pick_key(items: &[Item], keys: &Keys) -> Option<usize> {
    let candidates = key_candidates(items);
    // A register of people that has a few of them twice is still keyed by their numbers; the check says which.
    let identifies = |i: &&usize| {
        matches!(
            items[**i].semantic,
            Semantic::IdentityNumber | Semantic::CreditCode
        ) && keys.uniqueness(**i) != Uniqueness::None
    };
    let found = candidates.iter().find(identifies);
    found
        .or_else(|| {
            candidates
                .iter()
                .find(|i| keys.uniqueness(**i) == Uniqueness::Perfect)
        })
        .copied()
}

/// Rules over two items that next to all kept rows keep to.
fn cross_rules(items: &[Item], rows: &[Vec<String>]) -> Vec<CrossRule> {
    let name = |i: usize| items[i].name.clone();
    let of = |semantic: Semantic| (0..items.len()).filter(move |i| items[*i].semantic == semantic);
    let dates: Vec<usize> = (0..items.len())
        .filter(|i| matches!(items[*i].kind, ItemType::Date | ItemType::DateTime))
        .collect();
    let mut rules = Vec::new();
    let mut birth = None;
    for identity in of(Semantic::IdentityNumber) {
        let told = |row: &Vec<String>| value::identity(&row[identity]).ok();
        let agrees = |row: &Vec<String>, date: usize| Some(told(row)?.birth == day(&row[date])?);
        if let Some(date) = dates
            .iter()
            .copied()
            .find(|it| holds(rows, |row| agrees(row, *it)))
        {
            rules.push(CrossRule::BirthMatchesIdentity {
                identity: name(identity),
                birth: name(date),
            });
            birth = birth.or(Some(date));
        }
        for gender in of(Semantic::Gender) {
            let agrees = |row: &Vec<String>| {
                let is_male = told(row)?.is_male;
                matches!(row[gender].as_str(), "男" | "女").then(|| is_male == (row[gender] == "男"))
            };
            if holds(rows, agrees) {
                rules.push(CrossRule::GenderMatchesIdentity {
                    identity: name(identity),
                    gender: name(gender),
                });
            }
        }
    }
    let is_ordered =
        |earlier: usize, later: usize| holds(rows, |row| Some(day(&row[earlier])? <= day(&row[later])?));
    let hints = |i: usize, list| dictionary::hints(&items[i].name, list);
    for &later in &dates {
        let start = dates.iter().copied().find(|it| {
            hints(*it, dictionary::OF_STARTS) && hints(later, dictionary::OF_ENDS) && *it != later
        });
        for earlier in birth.into_iter().chain(start).filter(|it| *it != later) {
            if is_ordered(earlier, later) {
                rules.push(CrossRule::NotBefore {
                    earlier: name(earlier),
                    later: name(later),
                });
            }
        }
    }
    rules
}

fn day(value: &str) -> Option<value::Day> {
    value::day(value.get(..10).unwrap_or(value)).ok()
}

/// Whether `agrees` says yes of at least 95 in 100 of the rows it can judge, and can judge some.
fn holds(rows: &[Vec<String>], agrees: impl Fn(&Vec<String>) -> Option<bool>) -> bool {
    let (mut good, mut all) = (0, 0);
    for is_good in rows.iter().filter_map(agrees) {
        all += 1;
        good += usize::from(is_good);
    }
    3 <= all && all * 95 <= good * 100
}

/// The name of the file without its ending, where that is Chinese.
fn title(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |it| it.0).trim();
    if dictionary::is_chinese(stem) {
        stem.chars().take(100).collect()
    } else {
        String::new()
    }
}
