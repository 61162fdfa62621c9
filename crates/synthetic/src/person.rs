//! One synthetic person a row, and the rows that are wrong on purpose.

use std::collections::HashSet;
use std::io::{self, Write};

use jiff::{ToSpan, civil::date};

use crate::{dice::Dice, identity_check, words::*};

/// What is wrong with a row on purpose. The name is that of the row fault a checker should report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is named after the fault it causes")]
pub enum Fault {
    IdentityCheck,
    BadIdentity,
    IdentityDate,
    BirthMismatch,
    GenderMismatch,
    BadGender,
    EmptyName,
    BadEthnic,
    BadRegion,
    BadMobile,
    BadMarital,
    DateOrder,
    BadAmount,
    NegativeAmount,
    EmptyAddress,
    LongRemark,
    DuplicateKey,
    TooFewColumns,
    TooManyColumns,
    InvalidBytes,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 20] = {
        use Fault::*;
        [
            IdentityCheck,
            BadIdentity,
            IdentityDate,
            BirthMismatch,
            GenderMismatch,
            BadGender,
            EmptyName,
            BadEthnic,
            BadRegion,
            BadMobile,
            BadMarital,
            DateOrder,
            BadAmount,
            NegativeAmount,
            EmptyAddress,
            LongRemark,
            DuplicateKey,
            TooFewColumns,
            TooManyColumns,
            InvalidBytes,
        ]
    };

    /// The stored word of the row fault that a checker reports for it.
    pub fn reported_as(self) -> &'static str {
        use Fault::*;
        match self {
            IdentityCheck => "identity-check",
            BadIdentity => "bad-identity",
            IdentityDate => "identity-date",
            BirthMismatch => "birth-mismatch",
            GenderMismatch => "gender-mismatch",
            BadGender => "bad-gender",
            EmptyName | EmptyAddress => "required",
            BadEthnic | BadRegion | BadMarital => "not-in-codes",
            BadMobile => "bad-mobile",
            DateOrder => "date-order",
            BadAmount => "bad-type",
            NegativeAmount => "negative",
            LongRemark => "too-long",
            DuplicateKey => "duplicate-key",
            TooFewColumns | TooManyColumns => "wrong-width",
            InvalidBytes => "bad-encoding",
        }
    }
}

/// A synthetic person: the twelve fields of [`HEADER`], all text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person(pub [String; 12]);

/// One row of the population's file.
#[derive(Clone, Debug)]
pub struct Record {
    /// The person, or what the fault left of one.
    pub person: Person,
    /// What is wrong with it, if anything.
    pub fault: Option<Fault>,
}

/// A population of `rows` people, in the order of the file. An iterator: a million rows take no memory
/// beyond the identity numbers already given out.
#[derive(Debug)]
pub struct Population {
    dice: Dice,
    left: u64,
    faults_per_mille: u64,
    given: HashSet<u64>,
    reusable: Option<String>,
}

impl Population {
    /// The population of this seed. `faults_per_mille` 5 is one wrong row in two hundred; 0 is none.
    pub fn new(rows: u64, faults_per_mille: u64, seed: u64) -> Population {
        Population {
            dice: Dice::new(seed),
            left: rows,
            faults_per_mille,
            given: HashSet::new(),
            reusable: None,
        }
    }

    /// Writes the whole population as a CSV file with its header, and calls `seen` for each record with its
    /// 1-based number.
    pub fn write_csv(self, to: &mut impl Write, mut seen: impl FnMut(u64, &Record)) -> io::Result<()> {
        writeln!(to, "{}", HEADER.join(","))?;
        for (record, number) in self.zip(1..) {
            record.write_csv(to)?;
            seen(number, &record);
        }
        Ok(())
    }

    fn identity(&mut self, birth: &str, is_male: bool) -> String {
        loop {
            let prefix = self.dice.pick(&ID_PREFIXES);
            let sequence = self.dice.below(500) * 2 + u64::from(is_male);
            let digits = format!("{prefix}{}{sequence:03}", birth.replace('-', ""));
            if self.given.insert(digits.parse().unwrap_or(0)) {
                let check = identity_check(&digits);
                return format!("{digits}{check}");
            }
        }
    }

    fn person(&mut self) -> Person {
        let is_male = self.dice.chance(510);
        let birth = day(self.dice.below(DAYS_OF_BIRTH));
        let identity = self.identity(&birth, is_male);
        let dice = &mut self.dice;
        let given = if is_male { &GIVEN_MALE } else { &GIVEN_FEMALE };
        let mut name = format!("{}{}", dice.pick(&SURNAMES), dice.pick(given));
        if dice.chance(700) {
            name.push_str(dice.pick(given));
        }
        let ethnic = if dice.chance(850) {
            "汉族"
        } else {
            dice.pick(&ETHNIC_GROUPS)
        };
        let (region, region_name) = dice.pick(&REGIONS);
        let address = format!(
            "湖南省永州市{region_name}{}{}{}号{}栋{}室",
            dice.pick(&TOWNS),
            dice.pick(&ROADS),
            dice.below(899) + 1,
            dice.below(30) + 1,
            (dice.below(32) + 1) * 100 + dice.below(4) + 1,
        );
        let mobile = format!(
            "1{}{:09}",
            dice.pick(&['3', '5', '6', '7', '8', '9']),
            dice.below(1_000_000_000)
        );
        let registered = day(DAYS_OF_BIRTH + dice.below(180));
        let cents = dice.below(5_000) * dice.below(1_000);
        Person([
            identity,
            name,
            (if is_male { "男" } else { "女" }).to_owned(),
            birth,
            ethnic.to_owned(),
            region.to_owned(),
            address,
            mobile,
            dice.pick(&MARITAL).to_owned(),
            registered,
            format!("{}.{:02}", cents / 100, cents % 100),
            remark(dice),
        ])
    }

    fn spoil(&mut self, person: &mut Person, fault: Fault) {
        let dice = &mut self.dice;
        let row = &mut person.0;
        match fault {
            Fault::IdentityCheck => {
                let wrong = if row[0].ends_with('1') { '2' } else { '1' };
                row[0].pop();
                row[0].push(wrong);
            }
            Fault::BadIdentity => drop(row[0].pop()),
            Fault::IdentityDate => {
                let digits = format!("{}0230{}", &row[0][..10], &row[0][14..17]);
                row[3] = format!("{}-02-30", &digits[6..10]);
                row[0] = format!("{digits}{}", identity_check(&digits));
            }
            Fault::BirthMismatch => {
                row[3] = if row[3] == "1999-09-09" {
                    "1999-09-08".into()
                } else {
                    "1999-09-09".into()
                };
            }
            Fault::GenderMismatch => row[2] = (if row[2] == "男" { "女" } else { "男" }).to_owned(),
            Fault::BadGender => row[2] = dice.pick(&["M", "1", "未知", "男性"]).to_owned(),
            Fault::EmptyName => row[1] = dice.pick(&["", " ", "　"]).to_owned(),
            Fault::BadEthnic => row[4] = dice.pick(&["汉", "火星族", "01"]).to_owned(),
            Fault::BadRegion => row[5] = dice.pick(&["431121", "439999", "43110", "零陵区"]).to_owned(),
            Fault::BadMobile => row[7] = format!("0{}", &row[7][1..]),
            Fault::BadMarital => row[8] = dice.pick(&["10", "单身"]).to_owned(),
            Fault::DateOrder => row[9] = "1935-12-31".to_owned(),
            Fault::BadAmount => row[10] = dice.pick(&["12,345.60", "三千元", "1e5"]).to_owned(),
            Fault::NegativeAmount => row[10] = "-1.00".to_owned(),
            Fault::EmptyAddress => row[6].clear(),
            Fault::LongRemark => row[11] = "备注".repeat(300),
            Fault::DuplicateKey => self.repeat_key(row),
            Fault::TooFewColumns | Fault::TooManyColumns | Fault::InvalidBytes => {}
        }
    }

    fn repeat_key(&self, row: &mut [String; 12]) {
        if let Some(key) = &self.reusable {
            let is_male = (key.as_bytes()[16] - b'0') % 2 == 1;
            row[2] = (if is_male { "男" } else { "女" }).to_owned();
            row[3] = format!("{}-{}-{}", &key[6..10], &key[10..12], &key[12..14]);
            row[0].clone_from(key);
        }
    }
}

impl Iterator for Population {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.left = self.left.checked_sub(1)?;
        let mut person = self.person();
        let is_wrong = self.dice.chance(self.faults_per_mille) && self.reusable.is_some();
        let fault = is_wrong.then(|| self.dice.pick(&Fault::ALL));
        match fault {
            Some(fault) => self.spoil(&mut person, fault),
            None if self.reusable.is_none() || self.dice.chance(10) => {
                self.reusable = Some(person.0[0].clone())
            }
            None => {}
        }
        Some(Record { person, fault })
    }
}

impl Record {
    /// Writes the record as one line of CSV, its structural fault included.
    pub fn write_csv(&self, to: &mut impl Write) -> io::Result<()> {
        let width = if self.fault == Some(Fault::TooFewColumns) {
            9
        } else {
            12
        };
        for (i, value) in self.person.0[..width].iter().enumerate() {
            if i > 0 {
                to.write_all(b",")?;
            }
            if self.fault == Some(Fault::InvalidBytes) && i == 6 {
                to.write_all(&[0xBA, 0xFE, 0xC4, 0xCF])?; // 湖南 in GB 2312, no text in UTF-8.
            }
            if value.contains([',', '"', '\n']) {
                write!(to, "\"{}\"", value.replace('"', "\"\""))?;
            } else {
                to.write_all(value.as_bytes())?;
            }
        }
        if self.fault == Some(Fault::TooManyColumns) {
            to.write_all(",多余列".as_bytes())?;
        }
        to.write_all(b"\n")
    }
}

fn remark(dice: &mut Dice) -> String {
    match dice.below(100) {
        0..35 => String::new(),
        35..90 => dice.pick(&REMARKS).to_owned(),
        90..95 => format!(
            "{},{}，{}",
            dice.pick(&REMARKS),
            dice.pick(&REMARKS),
            dice.pick(&REMARKS)
        ),
        95..98 => format!("登记为\"{}\"，{}", dice.pick(&REMARKS), dice.pick(&REMARKS)),
        _ => format!("{}\n{}, 见附件", dice.pick(&REMARKS), dice.pick(&REMARKS)),
    }
}

// 1936-01-01 to 2024-12-31; registrations follow in the first half of 2025.
const DAYS_OF_BIRTH: u64 = 32_508;

/// The `n`th day from 1936-01-01, as YYYY-MM-DD.
fn day(n: u64) -> String {
    let day = date(1936, 1, 1)
        .checked_add((n as i64).days())
        .expect("dates stay within jiff's range");
    day.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_days_of_the_calendar() {
        assert_eq!(day(0), "1936-01-01");
        assert_eq!(day(59), "1936-02-29");
        assert_eq!(day(60), "1936-03-01");
        assert_eq!(day(DAYS_OF_BIRTH), "2025-01-01");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_every_fault_occurs() {
        let write = |seed| {
            let mut bytes = Vec::new();
            let mut faults = HashSet::new();
            Population::new(20_000, 50, seed)
                .write_csv(&mut bytes, |_, record| faults.extend(record.fault))
                .unwrap();
            (bytes, faults.len())
        };
        let (bytes, faults) = write(7);
        assert_eq!(faults, Fault::ALL.len());
        assert_eq!(bytes, write(7).0);
        assert_ne!(bytes, write(8).0);
    }

    #[test]
    fn valid_people_have_keys_of_their_own_that_check() {
        let mut keys = HashSet::new();
        for record in Population::new(50_000, 5, 1).filter(|it| it.fault.is_none()) {
            let key = record.person.0[0].clone();
            assert_eq!(key.chars().last(), Some(identity_check(&key[..17])));
            assert!(keys.insert(key));
        }
    }
}
