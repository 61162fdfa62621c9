//! What differs between two versions of an entry, field by field.

use rules::catalogue::Content;

use super::{
    Change, ChangeKind,
    metadata::{ITEM_FIELDS, Names, fields},
};

/// Every field that says something else, in the order of the page; items are matched by name.
pub(super) fn between(before: &Content, after: &Content, names: Names<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> = fields(before, names)
        .into_iter()
        .zip(fields(after, names))
        .filter(|(old, new)| old.value != new.value)
        .map(|(old, new)| change(old.field.to_owned(), old.label.to_owned(), old.value, new.value))
        .collect();
    for new in &after.items {
        match before.item(&new.name) {
            None => changes.push(change(
                item_field(&new.name),
                item_label(&new.title),
                String::new(),
                new.kind.label().to_owned(),
            )),
            Some(old) => {
                for (field, label, read) in ITEM_FIELDS {
                    let (was, is) = (read(old), read(new));
                    if was != is {
                        let field = format!("items.{}.{field}", new.name);
                        changes.push(change(
                            field,
                            format!("{}的{label}", item_label(&new.title)),
                            was,
                            is,
                        ));
                    }
                }
            }
        }
    }
    for old in before.items.iter().filter(|it| after.item(&it.name).is_none()) {
        changes.push(change(
            item_field(&old.name),
            item_label(&old.title),
            old.kind.label().to_owned(),
            String::new(),
        ));
    }
    let order = |content: &Content, other: &Content| -> Vec<String> {
        content
            .items
            .iter()
            .filter(|it| other.item(&it.name).is_some())
            .map(|it| it.title.clone())
            .collect()
    };
    let same_names = |content: &Content, other: &Content| -> Vec<String> {
        content
            .items
            .iter()
            .filter(|it| other.item(&it.name).is_some())
            .map(|it| it.name.clone())
            .collect()
    };
    if same_names(before, after) != same_names(after, before) {
        let (was, is) = (order(before, after).join("、"), order(after, before).join("、"));
        changes.push(Change {
            field: "items".into(),
            label: "信息项顺序".into(),
            kind: ChangeKind::Changed,
            before: was,
            after: is,
        });
    }
    changes
}

fn item_field(name: &str) -> String {
    format!("items.{name}")
}

fn item_label(title: &str) -> String {
    format!("信息项“{title}”")
}

fn change(field: String, label: String, before: String, after: String) -> Change {
    let kind = match (before.is_empty(), after.is_empty()) {
        (true, false) => ChangeKind::Added,
        (false, true) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    Change {
        field,
        label,
        kind,
        before,
        after,
    }
}

#[cfg(test)]
mod tests {
    use rules::catalogue::{Item, ShareKind};

    use super::*;

    fn item(name: &str, length: u32) -> Item {
        Item {
            name: name.into(),
            title: name.into(),
            length: Some(length),
            ..Item::default()
        }
    }

    fn said(changes: &[Change]) -> Vec<(&str, ChangeKind, &str, &str)> {
        changes
            .iter()
            .map(|it| (it.field.as_str(), it.kind, it.before.as_str(), it.after.as_str()))
            .collect()
    }

    #[test]
    fn a_difference_names_fields_and_items_that_changed_and_no_others() {
        let before = Content {
            items: vec![item("a", 1), item("b", 2)],
            ..Content::default()
        };
        let after = Content {
            share: ShareKind::Conditional,
            share_reason: "涉及个人信息".into(),
            items: vec![item("a", 3), item("c", 4)],
            ..Content::default()
        };
        assert_eq!(
            said(&between(&before, &after, &|it| it.to_string())),
            [
                ("share", ChangeKind::Changed, "无条件共享", "有条件共享"),
                ("share_reason", ChangeKind::Added, "", "涉及个人信息"),
                ("items.a.length", ChangeKind::Changed, "1", "3"),
                ("items.c", ChangeKind::Added, "", "字符型"),
                ("items.b", ChangeKind::Removed, "字符型", ""),
            ]
        );
    }

    #[test]
    fn the_order_of_items_is_part_of_what_an_entry_says() {
        let before = Content {
            items: vec![item("a", 1), item("b", 2)],
            ..Content::default()
        };
        let after = Content {
            items: vec![item("b", 2), item("a", 1)],
            ..Content::default()
        };
        assert_eq!(
            said(&between(&before, &after, &|it| it.to_string())),
            [("items", ChangeKind::Changed, "a、b", "b、a")]
        );
        assert!(between(&before, &before, &|it| it.to_string()).is_empty());
    }
}
