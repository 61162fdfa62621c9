//! The conditions of a grant as a form: items, masks, rows, quota, period (art. 18, art. 19).

use std::collections::BTreeMap;

use askama::Template;
use jiff::{ToSpan, civil::Date};
use rules::{
    catalogue::{Content, Item, Semantic},
    grant::{Mask, Purpose, RowFilter, Terms},
};

use crate::{
    form::Fields,
    ui::{Choice, Form, choices},
};

/// The form.
#[derive(Clone, Debug, Template)]
#[template(path = "cases/terms_form.html")]
pub struct TermsForm {
    /// What was typed.
    pub form: Form,
    /// One row for each item of the entry.
    pub rows: Vec<Row>,
    /// Whether masks are asked for: the provider and the authority set them, the applicant does not.
    pub has_masks: bool,
}

impl askama::filters::HtmlSafe for TermsForm {}

/// One item of the entry in the form.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name in calls.
    pub name: String,
    /// Its Chinese name.
    pub title: String,
    /// Its type and what to mind.
    pub note: String,
    /// Whether rows may be limited by it.
    pub is_condition: bool,
    /// Whether it is ticked.
    pub is_chosen: bool,
    /// The masks, the chosen one marked.
    pub masks: Vec<Choice>,
    /// The permitted values, as typed.
    pub filter: String,
    /// What is wrong with them.
    pub error: Option<String>,
}

impl TermsForm {
    /// The form over the items of `entry`, showing what `form` holds.
    pub fn new(form: Form, entry: &Content, has_masks: bool) -> TermsForm {
        let rows = entry
            .items
            .iter()
            .map(|it| Row::of(it, &form, has_masks))
            .collect();
        TermsForm {
            form,
            rows,
            has_masks,
        }
    }

    /// Whether it is an agreement with an applicant (art. 26), and no grant to an agency.
    fn is_open(&self) -> bool {
        self.form.value("purpose") == Purpose::Open.name()
    }

    fn purpose_hint(&self) -> &'static str {
        if self.is_open() {
            "照申请内容核定，写入开放协议。"
        } else {
            "用于办理什么事项、在什么环节使用。"
        }
    }

    fn purposes(&self) -> Vec<Choice> {
        // An agreement's purpose is none of an agency's, and the other way round.
        let offered = if self.is_open() {
            &[Purpose::Open]
        } else {
            Purpose::SHARING
        };
        choices(offered.iter().map(|it| (it.name(), it.label())))
    }

    fn has_conditions(&self) -> bool {
        self.rows.iter().any(|it| it.is_condition)
    }
}

impl Row {
    fn of(item: &Item, form: &Form, has_masks: bool) -> Row {
        let chosen = form.value(&format!("mask.{}", item.name)).to_owned();
        let offered = Mask::ALL.iter().filter(|it| it.fits(item) || it.name() == chosen);
        let masks = offered.map(|it| Choice {
            is_chosen: it.name() == chosen,
            ..Choice::new(it.name(), example(*it, item))
        });
        let mut note = vec![item.kind.label().to_owned()];
        if item.is_key {
            note.push("主键".to_owned());
        }
        if item.class != rules::catalogue::ItemClass::Plain {
            note.push(item.class.label().to_owned());
        }
        if let (Some(mask), true) = (advised(item), has_masks) {
            note.push(format!("建议“{}”", mask.label()));
        }
        Row {
            name: item.name.clone(),
            title: item.title.clone(),
            note: note.join(" · "),
            is_condition: item.is_condition || item.is_key,
            is_chosen: form.values.all("items").any(|it| it == item.name),
            masks: masks.collect(),
            filter: form.value(&format!("filter.{}", item.name)).to_owned(),
            error: form.error(&format!("filter.{}", item.name)).map(str::to_owned),
        }
    }
}

/// A mask with what it leaves of a value.
fn example(mask: Mask, item: &Item) -> String {
    match app::grants::veiled_example(mask, item) {
        Some(example) => format!("{}（{example}）", mask.label()),
        None => mask.label().to_owned(),
    }
}

/// The mask that fits what a value means.
fn advised(item: &Item) -> Option<Mask> {
    match item.semantic {
        Semantic::PersonName => Some(Mask::Name),
        Semantic::IdentityNumber => Some(Mask::Identity),
        Semantic::Mobile => Some(Mask::Mobile),
        Semantic::Address => Some(Mask::Address),
        _ => None,
    }
}

/// The fields of terms that stand already, to begin a form with.
pub fn fields_of(terms: &Terms) -> Fields {
    let mut fields = Fields::new()
        .with("purpose", terms.purpose.name())
        .with("purpose_text", &terms.purpose_text)
        .with("calls_per_day_max", terms.calls_per_day_max.to_string())
        .with("from", terms.from.to_string())
        .with("until", terms.until.to_string());
    for item in &terms.items {
        fields.push("items", item);
    }
    for (item, mask) in &terms.masks {
        fields.push(format!("mask.{item}"), mask.name());
    }
    for filter in &terms.filters {
        fields.push(format!("filter.{}", filter.item), filter.values.join("、"));
    }
    fields
}

/// The fields of an application that nothing was typed into yet: a year from today.
pub fn fields_for_new(today: Date) -> Fields {
    let until = today.checked_add(1.year()).unwrap_or(today);
    Fields::new()
        .with("purpose", Purpose::Basis.name())
        .with("calls_per_day_max", "1000")
        .with("from", today.to_string())
        .with("until", until.to_string())
}

/// Reads the form. What cannot be read is noted at its field; what the entry cannot give, too.
pub fn read(form: &mut Form, entry: &Content) -> Option<Terms> {
    let fields = form.values.clone();
    let purpose = Purpose::parse(fields.trimmed("purpose"));
    if purpose.is_none() {
        form.wrong("purpose", "请选择使用用途。");
    }
    form.require("purpose_text", "请说明具体用途，例如用于办理哪一事项。");
    let calls = fields
        .trimmed("calls_per_day_max")
        .replace([',', '，'], "")
        .parse::<u32>();
    if calls.is_err() {
        form.wrong("calls_per_day_max", "请填写每日调用次数，用数字，例如 20000。");
    }
    let mut day = |name: &str, label: &str| {
        let typed = fields.trimmed(name);
        let day = read_day(typed);
        match day {
            Some(_) => {}
            None if typed.is_empty() => form.wrong(name, format!("请填写{label}，例如 2026-12-01。")),
            None => form.wrong(
                name,
                format!("没有“{typed}”这个日期，请核对{label}，例如 2026-12-01。"),
            ),
        }
        day
    };
    let from = day("from", "起始日期");
    let until = day("until", "截止日期");
    note_filters(form, entry);
    let terms = Terms {
        purpose: purpose?,
        purpose_text: fields.text("purpose_text"),
        items: entry
            .items
            .iter()
            .map(|it| it.name.clone())
            .filter(|it| fields.all("items").any(|x| x == it))
            .collect(),
        filters: filters(&fields, entry),
        masks: masks(&fields, entry),
        calls_per_day_max: calls.ok()?,
        from: from?,
        until: until?,
    };
    for words in terms.faults(entry) {
        form.wrong(field_of(&words), words);
    }
    (!form.is_wrong()).then_some(terms)
}

/// The field that a fault of the terms is about; faults come as sentences.
fn field_of(words: &str) -> &'static str {
    match words {
        it if it.contains("截止日期") => "until",
        it if it.contains("调用次数") => "calls_per_day_max",
        _ => "items",
    }
}

fn filters(fields: &Fields, entry: &Content) -> Vec<RowFilter> {
    let filter = |item: &Item| {
        let typed = fields.trimmed(&format!("filter.{}", item.name)).to_owned();
        let values: Vec<String> = typed
            .split(['、', ',', '，', ';', '；', '\n', ' '])
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        (!values.is_empty()).then(|| RowFilter {
            item: item.name.clone(),
            values,
        })
    };
    entry.items.iter().filter_map(filter).collect()
}

/// Notes at its field every row limit that the entry or the choice of items cannot carry.
fn note_filters(form: &mut Form, entry: &Content) {
    let chosen: Vec<String> = form.values.all("items").map(str::to_owned).collect();
    for RowFilter { item, values } in filters(&form.values.clone(), entry) {
        let Some(item) = entry.item(&item) else { continue };
        let title = &item.title;
        let unknown = values
            .iter()
            .find(|it| !item.codes.is_empty() && item.codes.iter().all(|code| code.code != **it));
        let too_long = values
            .iter()
            .find(|it| item.length.is_some_and(|max| max < it.chars().count() as u32));
        let words = match (unknown, too_long) {
            _ if !(item.is_condition || item.is_key) => {
                format!("“{title}”不是查询条件，不能用于限定数据范围。请清空。")
            }
            _ if !chosen.contains(&item.name) => {
                format!("没有选择信息项“{title}”，不能按它限定数据范围。请勾选该项，或者清空。")
            }
            (Some(value), _) => format!("“{value}”不在“{title}”的代码表中。请核对。"),
            (_, Some(value)) => format!("“{value}”超过“{title}”的长度。请核对。"),
            _ => continue,
        };
        form.wrong(&format!("filter.{}", item.name), words);
    }
}

fn masks(fields: &Fields, entry: &Content) -> BTreeMap<String, Mask> {
    let mask = |item: &Item| {
        let mask = Mask::parse(fields.trimmed(&format!("mask.{}", item.name)))?;
        (mask != Mask::Clear).then(|| (item.name.clone(), mask))
    };
    entry.items.iter().filter_map(mask).collect()
}

/// A day as people type it: 2026-12-31, 2026/12/31, 2026年12月31日, 20261231.
pub fn read_day(typed: &str) -> Option<Date> {
    let parts: Vec<&str> = typed
        .split(|it: char| !it.is_ascii_digit())
        .filter(|it| !it.is_empty())
        .collect();
    let (year, month, day) = match parts[..] {
        [year, month, day] => (year, month, day),
        [all] if all.len() == 8 => (&all[..4], &all[4..6], &all[6..]),
        _ => return None,
    };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rules::catalogue::Code;

    use super::*;

    fn entry() -> Content {
        let item = |name: &str, is_condition| Item {
            name: name.into(),
            title: name.into(),
            is_condition,
            codes: Vec::<Code>::new(),
            ..Item::default()
        };
        Content {
            items: vec![item("id", true), item("name", false)],
            ..Content::default()
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_told_apart_from_one_that_is_missing() {
        let mut form = Form::of(Fields::new().with("from", "2027-02-30"));
        assert!(read(&mut form, &entry()).is_none());
        assert!(
            form.error("from")
                .is_some_and(|it| it.contains("没有“2027-02-30”"))
        );
        assert!(form.error("until").is_some_and(|it| it.contains("请填写")));
    }

    #[test]
    fn terms_survive_the_way_through_the_form() {
        let terms = Terms {
            purpose: Purpose::Check,
            purpose_text: "医保参保核验".into(),
            items: vec!["id".into(), "name".into()],
            filters: vec![RowFilter {
                item: "id".into(),
                values: vec!["431122".into(), "431123".into()],
            }],
            masks: BTreeMap::from([("name".into(), Mask::Name)]),
            calls_per_day_max: 20_000,
            from: date(2026, 12, 1),
            until: date(2027, 11, 30),
        };
        let mut form = Form::of(fields_of(&terms));
        assert_eq!(read(&mut form, &entry()), Some(terms));
    }

    #[test]
    fn a_row_limit_that_the_choice_of_items_cannot_carry_is_refused_at_its_field() {
        let mut entry = entry();
        entry.items.push(Item {
            name: "region".into(),
            title: "县区".into(),
            is_condition: true,
            codes: vec![Code {
                code: "431122".into(),
                label: "东安县".into(),
            }],
            ..Item::default()
        });
        let typed = |items: &[&str], field: &str, value: &str| {
            let mut fields = fields_for_new(date(2026, 11, 23)).with("purpose_text", "核验");
            for item in items {
                fields.push("items", *item);
            }
            let mut form = Form::of(fields.with(field, value));
            let terms = read(&mut form, &entry);
            (terms.is_some(), form.error(field).map(str::to_owned))
        };
        let words =
            |items: &[&str], field: &str, value: &str| typed(items, field, value).1.unwrap_or_default();
        assert!(words(&["id", "name"], "filter.name", "张三").contains("不是查询条件"));
        assert!(words(&["id"], "filter.region", "431122").contains("没有选择信息项"));
        assert!(words(&["id", "region"], "filter.region", "431122、999999").contains("999999"));
        assert_eq!(typed(&["id", "region"], "filter.region", "431122"), (true, None));
    }

    #[test]
    fn every_field_that_cannot_be_read_is_named() {
        let mut form = Form::of(
            Fields::new()
                .with("calls_per_day_max", "很多")
                .with("from", "2026-02-30"),
        );
        assert_eq!(read(&mut form, &entry()), None);
        let named: Vec<&str> = form.errors.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(
            named,
            ["purpose", "purpose_text", "calls_per_day_max", "from", "until"]
        );
    }

    #[test]
    fn a_day_is_read_as_people_write_it() {
        for typed in ["2026-12-31", "2026/12/31", "2026年12月31日", "20261231"] {
            assert_eq!(read_day(typed), Some(date(2026, 12, 31)));
        }
        assert_eq!(read_day("31.12"), None);
    }
}
