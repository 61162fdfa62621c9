//! One item of an entry, made ready to judge millions of values.

use std::collections::HashSet;

use rules::{
    catalogue::{Item, ItemType, Semantic},
    delivery::RowFault,
};

use crate::value::{self, Day, is_blank};

/// What becomes of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is written; it is kept as none.
    Empty,
    /// It is kept as it came.
    AsIs,
    /// It is kept in this, normal, form.
    Changed(String),
    /// It refuses the row.
    Fault(RowFault),
}

/// What rules over two items need to know of a good value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// The day it says: a date, or the birth date inside an identity number.
    pub day: Option<Day>,
    /// The gender it says.
    pub is_male: Option<bool>,
}

/// An item of the entry and the column of the file it stands in.
pub(super) struct Column {
    pub at: usize,
    pub semantic: Semantic,
    pub is_required: bool,
    pub has_codes: bool,
    kind: ItemType,
    length: usize,
    scale: u32,
    may_be_negative: bool,
    codes: HashSet<String>,
}

impl Column {
    pub fn new(item: &Item, at: usize) -> Column {
        let scale = match item.kind {
            ItemType::Money => item.scale.unwrap_or(2).min(2).into(),
            _ => item.scale.map_or(u32::MAX, u32::from),
        };
        Column {
            at,
            semantic: item.semantic,
            // A row without its key could never be found again.
            is_required: item.is_required || item.is_key,
            has_codes: !item.codes.is_empty(),
            kind: item.kind,
            length: item.length.map_or(usize::MAX, |it| it as usize),
            scale,
            may_be_negative: item.may_be_negative,
            codes: item.codes.iter().map(|it| it.code.clone()).collect(),
        }
    }

    /// Judges a value. What it means is looked at before how long it is, so that the fault names what the
    /// person at the source can put right.
    pub fn judge(&self, value: &str, facts: &mut Facts) -> Verdict {
        *facts = Facts::default();
        if is_blank(value) {
            return if self.is_required {
                Verdict::Fault(RowFault::Required)
            } else {
                Verdict::Empty
            };
        }
        self.read(value, facts).unwrap_or_else(|fault| {
            *facts = Facts::default();
            Verdict::Fault(fault)
        })
    }

    fn read(&self, value: &str, facts: &mut Facts) -> Result<Verdict, RowFault> {
        if self.semantic == Semantic::Gender {
            facts.is_male = Some(match value {
                "男" => true,
                "女" => false,
                _ => return Err(RowFault::BadGender),
            });
        }
        if self.has_codes && !self.codes.contains(value) {
            return Err(RowFault::NotInCodes);
        }
        match self.semantic {
            Semantic::IdentityNumber => {
                let identity = value::identity(value)?;
                *facts = Facts {
                    day: Some(identity.birth),
                    is_male: Some(identity.is_male),
                };
                return Ok(upper(value));
            }
            Semantic::CreditCode => return value::credit(value).map(|()| upper(value)),
            Semantic::DivisionCode => value::division(value)?,
            Semantic::Mobile => value::mobile(value)?,
            Semantic::Plain | Semantic::Gender | Semantic::PersonName | Semantic::Address => {}
        }
        self.read_kind(value, facts)
    }

    fn read_kind(&self, value: &str, facts: &mut Facts) -> Result<Verdict, RowFault> {
        match self.kind {
            ItemType::Text | ItemType::Memo => {
                // No text has more characters than bytes, so most are settled without counting.
                if self.length < value.len() && self.length < value.chars().count() {
                    return Err(RowFault::TooLong);
                }
                Ok(Verdict::AsIs)
            }
            ItemType::Date => {
                let day = value::day(value)?;
                facts.day = Some(day);
                Ok(if value.len() == 8 {
                    Verdict::Changed(value::iso(day))
                } else {
                    Verdict::AsIs
                })
            }
            ItemType::DateTime => {
                let instant = value::instant(value)?;
                facts.day = value::day(&instant[..10]).ok();
                Ok(changed(value, instant))
            }
            ItemType::Boolean => {
                let is = value::boolean(value).ok_or(RowFault::BadType)?;
                Ok(changed(value, if is { "1" } else { "0" }.to_owned()))
            }
            ItemType::Integer | ItemType::Decimal | ItemType::Money => self.read_number(value),
        }
    }

    fn read_number(&self, value: &str) -> Result<Verdict, RowFault> {
        let number = value::decimal(value)?;
        if self.kind == ItemType::Integer && 0 < number.places {
            return Err(RowFault::BadType);
        }
        if number.is_negative && !self.may_be_negative {
            return Err(RowFault::Negative);
        }
        if self.scale < number.places {
            return Err(RowFault::TooPrecise);
        }
        if self.length < (number.whole + number.places) as usize {
            return Err(RowFault::TooLong);
        }
        Ok(Verdict::AsIs)
    }
}

fn changed(value: &str, normal: String) -> Verdict {
    if value == normal {
        Verdict::AsIs
    } else {
        Verdict::Changed(normal)
    }
}

fn upper(value: &str) -> Verdict {
    if value.bytes().any(|b| b.is_ascii_lowercase()) {
        Verdict::Changed(value.to_ascii_uppercase())
    } else {
        Verdict::AsIs
    }
}

#[cfg(test)]
mod tests {
    use rules::catalogue::Code;

    use super::*;

    fn judge(item: &Item, value: &str) -> Verdict {
        Column::new(item, 0).judge(value, &mut Facts::default())
    }

    fn of(kind: ItemType) -> Item {
        Item {
            kind,
            ..Item::default()
        }
    }

    #[test]
    fn white_space_is_no_value() {
        let required = Item {
            is_required: true,
            ..Item::default()
        };
        for blank in ["", " ", "　", "\t "] {
            assert_eq!(judge(&required, blank), Verdict::Fault(RowFault::Required));
            assert_eq!(judge(&Item::default(), blank), Verdict::Empty);
        }
        assert_eq!(judge(&required, " 王 "), Verdict::AsIs);
    }

    #[test]
    fn a_key_is_required_even_where_the_entry_forgot_to_say_so() {
        assert_eq!(
            judge(
                &Item {
                    is_key: true,
                    ..Item::default()
                },
                ""
            ),
            Verdict::Fault(RowFault::Required)
        );
    }

    #[test]
    fn values_are_kept_in_their_normal_form() {
        let identity = Item {
            semantic: Semantic::IdentityNumber,
            length: Some(18),
            ..Item::default()
        };
        let kept = Verdict::Changed("11010519491231002X".into());
        assert_eq!(judge(&identity, "11010519491231002x"), kept);
        assert_eq!(
            judge(&of(ItemType::Date), "20240229"),
            Verdict::Changed("2024-02-29".into())
        );
        assert_eq!(judge(&of(ItemType::Date), "2024-02-29"), Verdict::AsIs);
        assert_eq!(judge(&of(ItemType::Boolean), "是"), Verdict::Changed("1".into()));
        assert_eq!(judge(&of(ItemType::Boolean), "0"), Verdict::AsIs);
    }

    #[test]
    fn the_fault_of_a_number_is_the_one_that_helps() {
        let money = Item {
            length: Some(8),
            ..of(ItemType::Money)
        };
        for (value, fault) in [
            ("12,345.60", RowFault::BadType),
            ("三千元", RowFault::BadType),
            ("1e5", RowFault::BadType),
            ("1.234", RowFault::TooPrecise),
            ("-1.00", RowFault::Negative),
            ("1234567.00", RowFault::TooLong),
        ] {
            assert_eq!(judge(&money, value), Verdict::Fault(fault), "{value}");
        }
        assert_eq!(judge(&money, "123456.00"), Verdict::AsIs);
        assert_eq!(
            judge(&of(ItemType::Integer), "1.0"),
            Verdict::Fault(RowFault::BadType)
        );
        assert_eq!(
            judge(
                &Item {
                    may_be_negative: true,
                    ..of(ItemType::Integer)
                },
                "-1"
            ),
            Verdict::AsIs
        );
    }

    #[test]
    fn length_counts_characters() {
        let text = Item {
            length: Some(4),
            ..Item::default()
        };
        assert_eq!(judge(&text, "零陵区零"), Verdict::AsIs);
        assert_eq!(judge(&text, "零陵区零陵"), Verdict::Fault(RowFault::TooLong));
    }

    #[test]
    fn codes_speak_before_the_shape_and_gender_before_codes() {
        let codes = vec![Code {
            code: "431102".into(),
            label: "零陵区".into(),
        }];
        let division = Item {
            semantic: Semantic::DivisionCode,
            codes: codes.clone(),
            ..Item::default()
        };
        assert_eq!(judge(&division, "43110"), Verdict::Fault(RowFault::NotInCodes));
        assert_eq!(judge(&division, "431102"), Verdict::AsIs);
        let gender = Item {
            semantic: Semantic::Gender,
            codes,
            ..Item::default()
        };
        assert_eq!(judge(&gender, "未知"), Verdict::Fault(RowFault::BadGender));
    }

    #[test]
    fn a_mobile_number_too_long_is_a_bad_mobile_number() {
        let mobile = Item {
            semantic: Semantic::Mobile,
            length: Some(11),
            ..Item::default()
        };
        assert_eq!(
            judge(&mobile, "139746000011"),
            Verdict::Fault(RowFault::BadMobile)
        );
    }
}
