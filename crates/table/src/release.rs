//! 脱敏与归并: a row as the public sees it (art. 22).

use rules::{
    catalogue::Content,
    grant::Mask,
    release::{Generalisation, MaskRule, Plan},
};

use crate::{value, veil::veil};

/// What a value becomes that its rule cannot be applied to: it is withheld rather than shown as it is.
const WITHHELD: &str = "***";

/// How the rows of an entry become the rows of its release.
#[derive(Debug)]
pub struct Masking {
    /// For each opened item its number in the entry, and its rule.
    columns: Vec<(usize, MaskRule)>,
    secret: Vec<u8>,
}

impl Masking {
    /// The masking of `plan` over rows that have the items of `content`, in its order. An item without a rule is
    /// left out. `secret` keys pseudonyms; another one for every release, so that two releases do not join.
    pub fn new(content: &Content, plan: &Plan, secret: &[u8]) -> Masking {
        let rule = |(i, name): (usize, &str)| Some((i, plan.rule(name).filter(|it| it.is_opened())?));
        let names = content.items.iter().map(|it| it.name.as_str());
        Masking {
            columns: names.enumerate().filter_map(rule).collect(),
            secret: secret.to_owned(),
        }
    }

    /// The row of the release: a value for each of [`Plan::opened`]'s items, in that order.
    pub fn row(&self, row: &[Option<String>]) -> Vec<Option<String>> {
        let value = |(i, rule): &(usize, MaskRule)| {
            let value = row.get(*i).and_then(Option::as_deref)?;
            release_value(*rule, value, &self.secret)
        };
        self.columns.iter().map(value).collect()
    }
}

/// `value` under `rule`; none where it is empty or not opened. What the rule cannot be applied to, such as a day
/// that is none, is withheld.
pub fn release_value(rule: MaskRule, value: &str, secret: &[u8]) -> Option<String> {
    if value.is_empty() {
        return None;
    }
    match rule {
        MaskRule::Keep => Some(value.to_owned()),
        MaskRule::Drop => None,
        MaskRule::Veil(Mask::Year) => Some(generalise(Generalisation::Year, value)),
        MaskRule::Veil(mask) => Some(veil(mask, value, secret)),
        MaskRule::Generalise(how) => Some(generalise(how, value)),
    }
}

fn generalise(how: Generalisation, value: &str) -> String {
    let coarse = match how {
        Generalisation::Year => year(value),
        Generalisation::Division6 => division(value),
        Generalisation::Band(width) => band(value, width),
    };
    coarse.unwrap_or_else(|| WITHHELD.to_owned())
}

/// The year of a day, of a time of a day, or of what is a year already.
fn year(value: &str) -> Option<String> {
    let is_year = value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit());
    let is_day = || value::day(value).is_ok() || value::instant(value).is_ok();
    (is_year || is_day()).then(|| value[..4].to_owned())
}

/// The county of a division code.
fn division(value: &str) -> Option<String> {
    value::division(value).ok().map(|()| value[..6].to_owned())
}

/// The band of a number: `20-29` begins with 20 and ends before 30, fractions included.
fn band(value: &str, width: u32) -> Option<String> {
    let number = value::decimal(value).ok()?;
    let whole: i128 = value.split('.').next()?.parse().ok()?;
    // Downwards: -0.5 and -3.5 lie below their whole parts.
    let has_places = value
        .split_once('.')
        .is_some_and(|(_, places)| places.bytes().any(|b| b != b'0'));
    let floor = whole - i128::from(number.is_negative && has_places);
    let width = i128::from(width);
    let low = floor.checked_div_euclid(width)?.checked_mul(width)?;
    let high = low.checked_add(width - 1)?;
    Some(match low {
        _ if width == 1 => low.to_string(),
        0.. => format!("{low}-{high}"),
        _ => format!("{low}～{high}"),
    })
}

#[cfg(test)]
mod tests {
    use rules::{catalogue::Item, release::PlannedItem};

    use super::*;

    fn coarse(how: Generalisation, value: &str) -> String {
        release_value(MaskRule::Generalise(how), value, b"").unwrap()
    }

    #[test]
    fn yongzhou_art22_a_day_becomes_its_year() {
        for day in ["1987-05-06", "19870506", "1987-05-06 07:08:09", "1987"] {
            assert_eq!(coarse(Generalisation::Year, day), "1987", "{day}");
        }
    }

    #[test]
    fn yongzhou_art22_a_division_becomes_its_county() {
        for division in ["431103", "431103001", "431103001002"] {
            assert_eq!(coarse(Generalisation::Division6, division), "431103");
        }
    }

    #[test]
    fn yongzhou_art22_a_number_becomes_its_band() {
        let bands = [
            ("29", "20-29"),
            ("29.99", "20-29"),
            ("30", "30-39"),
            ("0", "0-9"),
            ("-0.5", "-10～-1"),
            ("-10", "-10～-1"),
            ("-10.01", "-20～-11"),
            ("007", "0-9"),
            (
                "12345678901234567890",
                "12345678901234567890-12345678901234567899",
            ),
        ];
        for (value, band) in bands {
            assert_eq!(coarse(Generalisation::Band(10), value), band, "{value}");
        }
        assert_eq!(coarse(Generalisation::Band(1000), "1987"), "1000-1999");
        assert_eq!(coarse(Generalisation::Band(1), "7.5"), "7");
    }

    #[test]
    fn yongzhou_art22_what_a_rule_cannot_be_applied_to_is_withheld() {
        let rules = [
            Generalisation::Year,
            Generalisation::Division6,
            Generalisation::Band(10),
            Generalisation::Band(0),
        ];
        for rule in rules {
            for value in [
                "不详",
                "1987-13-45",
                "abc",
                "四三一一零三",
                &"9".repeat(60),
                "431103X",
            ] {
                assert_eq!(coarse(rule, value), WITHHELD, "{rule:?} {value}");
            }
        }
        assert_eq!(coarse(Generalisation::Band(0), "7"), WITHHELD);
        assert_eq!(
            release_value(MaskRule::Veil(Mask::Year), "1234567", b"").as_deref(),
            Some(WITHHELD)
        );
    }

    #[test]
    fn yongzhou_art22_a_row_leaves_with_its_opened_items_only() {
        let item = |name: &str| Item {
            name: name.to_owned(),
            ..Item::default()
        };
        let content = Content {
            items: ["姓名", "病史", "生日", "街道", "没想过"].map(item).into(),
            ..Content::default()
        };
        let rules = [
            ("街道", MaskRule::Keep),
            ("生日", MaskRule::Generalise(Generalisation::Year)),
            ("病史", MaskRule::Drop),
            ("姓名", MaskRule::Veil(Mask::Name)),
        ];
        let plan = Plan {
            items: rules
                .map(|(name, rule)| PlannedItem {
                    name: name.to_owned(),
                    rule: Some(rule),
                })
                .into(),
            ..Plan::default()
        };
        let row = |values: [&str; 5]| values.map(|it| (!it.is_empty()).then(|| it.to_owned()));
        let masking = Masking::new(&content, &plan, b"secret");
        let full = masking.row(&row(["王小明", "感冒", "1987-05-06", "人民路", "x"]));
        assert_eq!(full, row(["王**", "1987", "人民路", "", ""])[..3]);
        assert_eq!(masking.row(&row(["", "感冒", "", "", ""])), [None, None, None]);
        assert_eq!(full.len(), plan.opened(&content).len());
    }
}
