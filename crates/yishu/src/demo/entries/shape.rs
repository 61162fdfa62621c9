//! Short ways to write an item down.

use rules::catalogue::{Code, Item, ItemClass, ItemType, Semantic};

/// A text item.
pub fn text(name: &str, title: &str, length: u32) -> Item {
    Item {
        name: name.into(),
        title: title.into(),
        length: Some(length),
        ..Item::default()
    }
}

/// An item of another type, without a length.
pub fn typed(name: &str, title: &str, kind: ItemType) -> Item {
    Item {
        name: name.into(),
        title: title.into(),
        kind,
        ..Item::default()
    }
}

/// What the builders below add to an item.
pub trait Shape {
    /// Part of the row key, hence required and a condition.
    fn key(self) -> Item;
    /// Must have a value.
    fn required(self) -> Item;
    /// May be filtered on.
    fn condition(self) -> Item;
    /// Has this meaning, and bears so on a person.
    fn means(self, semantic: Semantic, class: ItemClass) -> Item;
    /// Has one of these values.
    fn one_of(self, values: &[&str]) -> Item;
    /// Has one of these codes.
    fn coded(self, codes: &[(&str, &str)]) -> Item;
}

impl Shape for Item {
    fn key(self) -> Item {
        Item {
            is_key: true,
            is_required: true,
            is_condition: true,
            ..self
        }
    }
    fn required(self) -> Item {
        Item {
            is_required: true,
            ..self
        }
    }
    fn condition(self) -> Item {
        Item {
            is_condition: true,
            ..self
        }
    }
    fn means(self, semantic: Semantic, class: ItemClass) -> Item {
        Item {
            semantic,
            class,
            ..self
        }
    }
    fn one_of(self, values: &[&str]) -> Item {
        let codes = values
            .iter()
            .map(|it| Code {
                code: (*it).into(),
                label: (*it).into(),
            })
            .collect();
        Item { codes, ..self }
    }
    fn coded(self, codes: &[(&str, &str)]) -> Item {
        let codes = codes
            .iter()
            .map(|it| Code {
                code: it.0.into(),
                label: it.1.into(),
            })
            .collect();
        Item { codes, ..self }
    }
}
