//! Reads the form of the items: rows in their order, and what its buttons do to them.

use std::collections::BTreeSet;

use rules::catalogue::{Code, Content, CrossRule, Item, ItemClass, ItemType, Semantic};

use crate::{form::Fields, ui::Form};

/// The checks over two items that may be added.
pub(super) const RULE_KINDS: &[(&str, &str)] = &[
    (
        "birth-matches-identity",
        "出生日期应与公民身份号码一致（先选身份号码，再选出生日期）",
    ),
    (
        "gender-matches-identity",
        "性别应与公民身份号码一致（先选身份号码，再选性别）",
    ),
    ("not-before", "后一日期不得早于前一日期（先选较早的，再选较晚的）"),
];

/// Where to go once the draft is saved.
pub(super) enum Then {
    /// Back to the items, at this row.
    Stay(usize),
    /// Back to the items, at a row that is new.
    Added(usize),
    /// To the list of what is to be filled in.
    Back,
    /// To the metadata.
    Next,
}

/// What the form says.
pub(super) struct Read {
    /// The items in their order.
    pub items: Vec<Item>,
    /// The checks that are kept, and the one added.
    pub rules: Vec<CrossRule>,
    /// Where to go once it is saved.
    pub then: Then,
}

/// The numbers of the rows that were sent, in order.
pub(super) fn indices(fields: &Fields) -> BTreeSet<usize> {
    let index = |(name, _): (&str, &str)| name.strip_prefix("items.")?.split('.').next()?.parse().ok();
    fields.iter().filter_map(index).filter(|it| *it < 2000).collect()
}

/// Reads the whole form against what is stored.
pub(super) fn read(form: &mut Form, stored: &Content) -> Read {
    let fields = form.values.clone();
    let rows: Vec<usize> = indices(&fields).into_iter().collect();
    let mut items: Vec<Item> = rows.iter().map(|i| item(form, &fields, *i, stored)).collect();
    let mut rules = kept_rules(&fields, stored, &items);
    let (act, at) = act(&fields);
    let at = rows.iter().position(|it| *it == at).unwrap_or(0);
    let then = match act {
        "add" => {
            items.push(Item {
                length: Some(50),
                ..Item::default()
            });
            Then::Added(items.len() - 1)
        }
        "remove" if at < items.len() => {
            items.remove(at);
            Then::Stay(at.saturating_sub(1))
        }
        "up" if at > 0 && at < items.len() => {
            items.swap(at, at - 1);
            Then::Stay(at - 1)
        }
        "down" if at + 1 < items.len() => {
            items.swap(at, at + 1);
            Then::Stay(at + 1)
        }
        "rule" => {
            match new_rule(&fields) {
                Some(rule) => rules.push(rule),
                None => form.wrong("rule.kind", "请选择校验规则和两个不同的信息项。"),
            }
            Then::Stay(0)
        }
        "next" => Then::Next,
        "back" => Then::Back,
        _ => Then::Stay(0),
    };
    // A check goes with the items it reads.
    rules.retain(|rule| {
        rule.items()
            .iter()
            .all(|name| items.iter().any(|it| it.name == *name))
    });
    Read { items, rules, then }
}

/// The button: what it does and at which row.
fn act(fields: &Fields) -> (&str, usize) {
    let act = fields.get("act");
    match act.split_once('-') {
        Some((act, at)) => (act, at.parse().unwrap_or(usize::MAX)),
        None => (act, usize::MAX),
    }
}

fn item(form: &mut Form, fields: &Fields, i: usize, stored: &Content) -> Item {
    let key = |field: &str| format!("items.{i}.{field}");
    let text = |field: &str| fields.trimmed(&key(field));
    let has = |field: &str| fields.has(&key(field));
    let kind = ItemType::parse(text("kind")).unwrap_or(ItemType::Text);
    let title = if text("title").is_empty() {
        text("name")
    } else {
        text("title")
    };
    let mut number = |field: &str, words: &str, max: u32| match text(field) {
        "" => None,
        typed => match typed.parse::<u32>() {
            Ok(number) if number <= max => Some(number),
            _ => {
                form.wrong(
                    &key(field),
                    format!("“{title}”的{words}应为不超过 {max} 的整数。"),
                );
                None
            }
        },
    };
    let length = number("length", "长度", 10_000_000);
    let scale = number("scale", "小数位数", 30).and_then(|it| u8::try_from(it).ok());
    let was = stored.item(text("was"));
    Item {
        name: text("name").to_owned(),
        title: text("title").to_owned(),
        kind,
        length,
        scale,
        may_be_negative: has("may_be_negative"),
        is_required: has("is_required"),
        is_key: has("is_key"),
        is_condition: has("is_condition"),
        codes: codes(fields.get(&key("codes"))),
        semantic: Semantic::parse(text("semantic")).unwrap_or(Semantic::Plain),
        class: ItemClass::parse(text("class")).unwrap_or(ItemClass::Plain),
        note: text("note").to_owned(),
        samples: was.map(|it| it.samples.clone()).unwrap_or_default(),
    }
}

/// One code a line: the value, then what it means.
fn codes(typed: &str) -> Vec<Code> {
    let lines = typed.lines().map(str::trim).filter(|it| !it.is_empty());
    let code = |line: &str| {
        let (code, label) = line
            .split_once([' ', '\t', '=', '＝', '　'])
            .unwrap_or((line, line));
        let label = if label.trim().is_empty() { code } else { label };
        Code {
            code: code.trim().to_owned(),
            label: label.trim().to_owned(),
        }
    };
    lines.map(code).collect()
}

/// The stored checks that stay ticked; an item that was renamed keeps its checks, one that is gone loses them.
fn kept_rules(fields: &Fields, stored: &Content, items: &[Item]) -> Vec<CrossRule> {
    let renamed = |old: &String| {
        let row = indices(fields)
            .into_iter()
            .find(|i| fields.trimmed(&format!("items.{i}.was")) == old)?;
        let name = fields.trimmed(&format!("items.{row}.name")).to_owned();
        items.iter().any(|it| it.name == name).then_some(name)
    };
    let kept = fields
        .all("cross_rules")
        .filter_map(|it| stored.cross_rules.get(it.parse::<usize>().ok()?));
    let rename = |rule: &CrossRule| {
        Some(match rule {
            CrossRule::BirthMatchesIdentity { identity, birth } => CrossRule::BirthMatchesIdentity {
                identity: renamed(identity)?,
                birth: renamed(birth)?,
            },
            CrossRule::GenderMatchesIdentity { identity, gender } => CrossRule::GenderMatchesIdentity {
                identity: renamed(identity)?,
                gender: renamed(gender)?,
            },
            CrossRule::NotBefore { earlier, later } => CrossRule::NotBefore {
                earlier: renamed(earlier)?,
                later: renamed(later)?,
            },
        })
    };
    kept.filter_map(rename).collect()
}

fn new_rule(fields: &Fields) -> Option<CrossRule> {
    let (a, b) = (
        fields.trimmed("rule.a").to_owned(),
        fields.trimmed("rule.b").to_owned(),
    );
    if a.is_empty() || b.is_empty() || a == b {
        return None;
    }
    match fields.trimmed("rule.kind") {
        "birth-matches-identity" => Some(CrossRule::BirthMatchesIdentity {
            identity: a,
            birth: b,
        }),
        "gender-matches-identity" => Some(CrossRule::GenderMatchesIdentity {
            identity: a,
            gender: b,
        }),
        "not-before" => Some(CrossRule::NotBefore { earlier: a, later: b }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Content {
        let item = |name: &str| Item {
            name: name.into(),
            samples: vec!["样例".into()],
            ..Item::default()
        };
        Content {
            items: vec![item("sfzh"), item("csrq")],
            cross_rules: vec![CrossRule::BirthMatchesIdentity {
                identity: "sfzh".into(),
                birth: "csrq".into(),
            }],
            ..Content::default()
        }
    }

    fn form(act: &str) -> Form {
        let mut fields = super::super::fields_of(&stored());
        fields.push("act", act);
        Form::of(fields)
    }

    #[test]
    fn rows_move_and_go_by_their_buttons() {
        let names = |act: &str| {
            let read = read(&mut form(act), &stored());
            read.items.iter().map(|it| it.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("up-1"), ["csrq", "sfzh"]);
        assert_eq!(names("remove-0"), ["csrq"]);
        assert_eq!(names("add").len(), 3);
        assert_eq!(names("save"), ["sfzh", "csrq"]);
    }

    #[test]
    fn a_renamed_item_keeps_its_checks_and_samples_and_a_removed_one_loses_them() {
        let fields: Vec<(String, String)> = form("save")
            .values
            .iter()
            .map(|(k, v)| {
                (
                    k.to_owned(),
                    if k == "items.1.name" {
                        "birth".to_owned()
                    } else {
                        v.to_owned()
                    },
                )
            })
            .collect();
        let read_again = read(&mut Form::of(fields.into()), &stored());
        assert_eq!(read_again.rules[0].items(), ["sfzh", "birth"]);
        assert_eq!(read_again.items[1].samples, ["样例"]);
        assert!(read(&mut form("remove-1"), &stored()).rules.is_empty());
    }

    #[test]
    fn a_length_that_is_no_number_is_named_and_kept() {
        let mut form = Form::of(
            Fields::new()
                .with("items.0.name", "a")
                .with("items.0.length", "很长"),
        );
        read(&mut form, &stored());
        assert!(form.error("items.0.length").is_some());
        assert_eq!(form.value("items.0.length"), "很长");
    }

    #[test]
    fn codes_are_one_a_line_with_what_they_mean() {
        let read = codes("1 男\r\n2 女\r\n\r\n未知");
        let read: Vec<_> = read
            .iter()
            .map(|it| (it.code.as_str(), it.label.as_str()))
            .collect();
        assert_eq!(read, [("1", "男"), ("2", "女"), ("未知", "未知")]);
    }
}
