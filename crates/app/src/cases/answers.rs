//! What a step's form brings, and whether it answers what the step asks.

use std::collections::BTreeMap;

use rules::{grant::Terms, procedure::Ask};

use super::FieldReason;
use crate::Refused;

/// What a step's form brings, after `Ask`.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `Ask::Text`, `Ask::Value`, `Ask::Choice`, `Ask::Days` and `Ask::Months` by name, as typed.
    pub text: BTreeMap<String, String>,
    /// `Ask::FieldReasons`.
    pub field_reasons: Vec<FieldReason>,
    /// `Ask::Terms`.
    pub terms: Option<Terms>,
}

impl Answers {
    /// What was typed at `name`, trimmed; empty where nothing was.
    pub fn get(&self, name: &str) -> &str {
        self.text.get(name).map_or("", |it| it.trim())
    }

    /// These answers with `value` typed at `name`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Answers {
        self.text.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Refuses answers that leave out what must be answered, or that no form could have sent.
    pub(crate) fn check(&self, asks: &[Ask]) -> Result<(), Refused> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for ask in asks {
            fields.extend(self.fault(ask));
        }
        if fields.is_empty() {
            return Ok(());
        }
        let mut refused = Refused::invalid("incomplete", "还有内容没有填写，请按提示补充。");
        refused.fields = fields;
        Err(refused)
    }

    fn fault(&self, ask: &Ask) -> Option<(String, String)> {
        let at = |name: &str, words: String| Some((name.to_owned(), words));
        match ask {
            Ask::Text {
                name,
                label,
                required,
            } if *required && self.get(name).is_empty() => at(name, format!("请填写“{label}”。")),
            Ask::Text { name, label, .. } | Ask::Value { name, label }
                if self.get(name).chars().count() > 2000 =>
            {
                at(name, format!("“{label}”不超过2000个字。"))
            }
            Ask::Choice { name, label, options } if !options.iter().any(|it| it.name == self.get(name)) => {
                at(name, format!("请选择“{label}”。"))
            }
            Ask::Days { name, label, max } => match self.get(name).parse::<u16>() {
                Ok(days) if (1..=*max).contains(&days) => None,
                _ => at(name, format!("“{label}”应为1至{max}之间的整数。")),
            },
            Ask::Months { name, label, max, .. } => match self.get(name) {
                "" => None,
                typed if typed.parse::<u8>().is_ok_and(|it| (1..=*max).contains(&it)) => None,
                _ => at(name, format!("“{label}”为1至{max}个月，用数字填写。")),
            },
            Ask::FieldReasons if !self.field_reasons.iter().any(|it| !it.words.trim().is_empty()) => {
                at("field_reasons", "请至少对一个项目写明退回理由。".to_owned())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_must_be_given_is_missed_at_its_field() {
        let asks = [
            Ask::Text {
                name: "reason",
                label: "理由",
                required: true,
            },
            Ask::FieldReasons,
        ];
        let refused = Answers::default().with("reason", "  ").check(&asks).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(fields, ["reason", "field_reasons"]);
    }

    #[test]
    fn days_beyond_what_the_article_permits_are_refused() {
        let asks = [Ask::Days {
            name: "days",
            label: "延长天数",
            max: 15,
        }];
        let days = |it: &str| Answers::default().with("days", it).check(&asks);
        assert!(days("15").is_ok());
        for bad in ["16", "0", "-1", "", "五"] {
            assert!(days(bad).is_err(), "{bad}");
        }
    }
}
