//! The open sets of the demo as catalogue entries.

use rules::{
    catalogue::{
        CatalogueKind, Code, Content, Grade, Item, ItemClass, ItemType, OpenKind, Semantic, UpdateCycle,
    },
    release::{Generalisation, MaskRule, Plan},
};
use synthetic::{OpenColumn, OpenSet};

use super::super::entries::Seed;

/// What the catalogue says of an open set.
pub fn seed(set: &OpenSet) -> Seed {
    Seed {
        key: set.key,
        cataloguer: set.provider,
        content: content(set),
    }
}

fn content(set: &OpenSet) -> Content {
    let class = std::iter::once("主题政务信息资源").chain(set.class.iter().copied());
    let mut it = Content {
        title: set.title.into(),
        summary: set.summary.into(),
        keywords: set.keywords.iter().map(|it| (*it).into()).collect(),
        kind: CatalogueKind::Department,
        class_path: class.map(str::to_owned).collect(),
        usage_scope: "全市各级政务部门履行职责使用".into(),
        open: OpenKind::Unconditional,
        cycle: UpdateCycle::parse(set.cycle).unwrap_or_default(),
        grade: Grade::General1,
        person: "目录管理员".into(),
        phone: "0746-8328000".into(),
        refused_permille_max: 100,
        items: set.columns.iter().map(item).collect(),
        ..Content::default()
    };
    if let Some(words) = set.veiled {
        it.open_reason = words.into();
        it.grade = Grade::General2;
    }
    if let Some(words) = set.conditions {
        it.open = OpenKind::Conditional;
        it.open_reason =
            "分组较细，直接公开可能推断出单个企业或者个人的情况，需对使用者和用途加以约束。".into();
        it.open_basis = "《永州市政务大数据管理办法》第二十三条第（二）项".into();
        it.open_conditions = words.into();
        it.grade = Grade::General2;
    }
    it
}

fn item(column: &OpenColumn) -> Item {
    let is_key = column.flags.contains('*');
    let kind = ItemType::parse(&column.kind.to_string()).unwrap_or(ItemType::Text);
    Item {
        name: column.name.into(),
        title: column.title.into(),
        kind,
        length: column.length,
        scale: column.scale.or((kind == ItemType::Money).then_some(2)),
        is_key: is_key || column.is_identity(),
        is_required: !column.flags.is_empty(),
        is_condition: is_key || column.is_identity() || column.flags.contains('?'),
        codes: codes(column, kind),
        semantic: semantic(column),
        class: match column.flags {
            it if it.contains('i') => ItemClass::Identifier,
            it if it.contains('q') => ItemClass::Quasi,
            _ => ItemClass::Plain,
        },
        ..Item::default()
    }
}

fn semantic(column: &OpenColumn) -> Semantic {
    if column.is_identity() {
        return Semantic::IdentityNumber;
    }
    if column.is_credit_code() {
        return Semantic::CreditCode;
    }
    if column.is_county() {
        return Semantic::DivisionCode;
    }
    match column.flags.contains('i') {
        true => Semantic::PersonName,
        false => Semantic::Plain,
    }
}

fn codes(column: &OpenColumn, kind: ItemType) -> Vec<Code> {
    let code = |(code, label): (&str, &str)| Code {
        code: code.into(),
        label: label.into(),
    };
    if column.is_county() {
        return synthetic::REGIONS.iter().copied().map(code).collect();
    }
    if kind != ItemType::Text {
        return Vec::new();
    }
    column.values().into_iter().map(|it| code((it, it))).collect()
}

/// The plan for `content`: what is proposed, and ages in bands of ten.
pub fn plan(content: &Content) -> Plan {
    let mut plan = Plan::proposed(content);
    for planned in &mut plan.items {
        let item = content.item(&planned.name);
        if item.is_some_and(|it| it.class == ItemClass::Quasi && it.kind == ItemType::Integer) {
            planned.rule = Some(MaskRule::Generalise(Generalisation::Band(10)));
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::super::super::entries::published;
    use super::*;

    #[test]
    fn every_open_set_of_the_demo_has_a_theme_of_the_portals_list() {
        let shared = published().into_iter().map(|it| it.content);
        let made = synthetic::open_sets();
        let made = made.iter().map(|it| seed(it).content);
        let open: Vec<Content> = shared
            .chain(made)
            .filter(|it| it.open != OpenKind::NotOpen)
            .collect();
        assert!(open.len() > 70, "{}", open.len());
        for it in &open {
            let theme = app::portal::theme_of(&it.class_path);
            assert_ne!(theme.name, "other", "{}: {:?}", it.title, it.class_path);
        }
    }
}
