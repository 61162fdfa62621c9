//! The fields of an entry as people read them: one table for its page, its differences and a reviewer's reasons.

use rules::{
    catalogue::{Content, Item},
    ids::OrgId,
};

use super::MetadataLine;

/// The name of an organisation, for people.
pub(crate) type Names<'a> = &'a (dyn Fn(&OrgId) -> String + Sync);

type Read = fn(&Content, Names<'_>) -> String;
type ReadItem = fn(&Item) -> String;

/// Every field but the items, in the guide's order.
#[rustfmt::skip] // A table: one field a line.
const FIELDS: &[(&str, &str, Read)] = &[
    ("title",            "信息资源名称",     |it, _| it.title.clone()),
    ("kind",             "目录类别",         |it, _| it.kind.label().to_owned()),
    ("class_path",       "信息资源分类",     |it, _| it.class_path.join(" / ")),
    ("co_compilers",     "共同编制部门",     |it, names| it.co_compilers.iter().map(names).collect::<Vec<_>>().join("、")),
    ("summary",          "信息资源摘要",     |it, _| it.summary.clone()),
    ("keywords",         "关键词",           |it, _| it.keywords.join("、")),
    ("format",           "信息资源格式",     |it, _| it.format.label().to_owned()),
    ("share",            "共享类型",         |it, _| it.share.label().to_owned()),
    ("share_reason",     "共享类型理由",     |it, _| it.share_reason.clone()),
    ("share_basis",      "共享类型依据",     |it, _| it.share_basis.clone()),
    ("share_conditions", "共享条件",         |it, _| it.share_conditions.clone()),
    ("share_method",     "共享方式",         |it, _| it.share_method.label().to_owned()),
    ("usage_scope",      "使用范围",         |it, _| it.usage_scope.clone()),
    ("open",             "开放类型",         |it, _| it.open.label().to_owned()),
    ("open_reason",      "开放类型理由",     |it, _| it.open_reason.clone()),
    ("open_basis",       "开放类型依据",     |it, _| it.open_basis.clone()),
    ("open_conditions",  "开放条件",         |it, _| it.open_conditions.clone()),
    ("cycle",            "更新周期",         |it, _| it.cycle.label().to_owned()),
    ("grade",            "数据分级",         |it, _| it.grade.label().to_owned()),
    ("secrecy",          "涉密标记",         |it, _| it.secrecy.label().to_owned()),
    ("person",           "责任人",           |it, _| it.person.clone()),
    ("phone",            "联系电话",         |it, _| it.phone.clone()),
    ("related",          "关联资源代码",     |it, _| it.related.join("、")),
    ("cross_rules",      "信息项间校验规则", |it, _| it.cross_rules.iter().map(|rule| rule.label()).collect::<Vec<_>>().join("；")),
    ("refused_permille_max", "整批拒收比例", |it, _| permille(it.refused_permille_max)),
];

/// Every attribute of an item; its samples are no part of what the entry says.
#[rustfmt::skip] // A table: one attribute a line.
pub(super) const ITEM_FIELDS: &[(&str, &str, ReadItem)] = &[
    ("title",           "名称",       |it| it.title.clone()),
    ("kind",            "数据类型",   |it| it.kind.label().to_owned()),
    ("length",          "长度",       |it| it.length.map(|n| n.to_string()).unwrap_or_default()),
    ("scale",           "小数位数",   |it| it.scale.map(|n| n.to_string()).unwrap_or_default()),
    ("may_be_negative", "允许负数",   |it| yes(it.may_be_negative)),
    ("is_required",     "必填",       |it| yes(it.is_required)),
    ("is_key",          "主键",       |it| yes(it.is_key)),
    ("is_condition",    "查询条件",   |it| yes(it.is_condition)),
    ("codes",           "值域代码",   |it| it.codes.iter().map(|code| if code.code == code.label { code.code.clone() } else { format!("{} {}", code.code, code.label) }).collect::<Vec<_>>().join("、")),
    ("semantic",        "语义类型",   |it| it.semantic.label().to_owned()),
    ("class",           "个人信息类别", |it| it.class.label().to_owned()),
    ("note",            "说明",       |it| it.note.clone()),
];

fn yes(is: bool) -> String {
    if is { "是" } else { "否" }.to_owned()
}

fn permille(share: u16) -> String {
    if share.is_multiple_of(10) {
        format!("拒收行超过 {}% 时整批拒收", share / 10)
    } else {
        format!("拒收行超过 {}.{}% 时整批拒收", share / 10, share % 10)
    }
}

/// Every field with its value, in the guide's order.
pub(super) fn fields(content: &Content, names: Names<'_>) -> Vec<MetadataLine> {
    FIELDS
        .iter()
        .map(|(field, label, read)| MetadataLine {
            field,
            label,
            value: read(content, names),
        })
        .collect()
}

/// The lines of the page: what does not apply to this entry is left out.
pub(super) fn lines(content: &Content, names: Names<'_>) -> Vec<MetadataLine> {
    let may_be_absent = [
        "co_compilers",
        "share_reason",
        "share_basis",
        "share_conditions",
        "open_reason",
        "open_basis",
        "open_conditions",
        "related",
        "keywords",
        "cross_rules",
    ];
    let mut lines = fields(content, names);
    lines.retain(|it| !it.value.trim().is_empty() || !may_be_absent.contains(&it.field));
    lines
}

/// A form field as people read it: `share_basis`, `items`, `items.3.length`.
pub fn field_label(content: &Content, field: &str) -> String {
    if let Some((_, label, _)) = FIELDS.iter().find(|(name, ..)| *name == field) {
        return (*label).to_owned();
    }
    let mut parts = field.split('.');
    if parts.next() != Some("items") {
        return field.to_owned();
    }
    let Some(index) = parts.next() else {
        return "信息项".to_owned();
    };
    let item = index.parse().ok().and_then(|i: usize| content.items.get(i));
    let item = item
        .or_else(|| content.item(index))
        .map_or(index, |it| it.title.as_str());
    match parts
        .next()
        .and_then(|part| ITEM_FIELDS.iter().find(|(name, ..)| *name == part))
    {
        Some((_, label, _)) => format!("信息项“{item}”的{label}"),
        None => format!("信息项“{item}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_an_item_is_named_by_the_items_title() {
        let item = Item {
            name: "birth".into(),
            title: "出生日期".into(),
            ..Item::default()
        };
        let content = Content {
            items: vec![item],
            ..Content::default()
        };
        assert_eq!(field_label(&content, "items.0.length"), "信息项“出生日期”的长度");
        assert_eq!(field_label(&content, "share_basis"), "共享类型依据");
    }

    #[test]
    fn every_field_of_the_content_has_its_line() {
        let json = serde_json::to_value(Content::default()).unwrap();
        for field in json.as_object().unwrap().keys() {
            let is_listed = field == "items" || FIELDS.iter().any(|(name, ..)| name == field);
            assert!(is_listed, "{field} would be missing from pages and differences");
        }
    }

    #[test]
    fn every_attribute_of_an_item_has_its_line() {
        let json = serde_json::to_value(Item::default()).unwrap();
        for field in json.as_object().unwrap().keys() {
            let is_listed = ["name", "samples"].contains(&field.as_str())
                || ITEM_FIELDS.iter().any(|(name, ..)| name == field);
            assert!(is_listed, "{field} would be missing from differences");
        }
    }
}
