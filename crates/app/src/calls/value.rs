//! Values as callers write them, in the form in which the data centre keeps them.

use std::borrow::Cow;

use rules::catalogue::{Content, Item, ItemType, Semantic};
use table::value::{boolean, day, instant, iso};

/// `value` of the item called `name`, in its kept form: an `x` at the end of an identity number is a capital, a
/// day has its hyphens. A value of no such form stays as it is, and matches nothing.
pub(super) fn kept<'a>(content: &Content, name: &str, value: &'a str) -> Cow<'a, str> {
    let value = value.trim();
    match content.item(name) {
        Some(item) => form(item, value).map_or(Cow::Borrowed(value), Cow::Owned),
        None => Cow::Borrowed(value),
    }
}

/// The kept form, where it is another than the one written.
fn form(item: &Item, value: &str) -> Option<String> {
    match (item.semantic, item.kind) {
        (Semantic::IdentityNumber | Semantic::CreditCode, _) => Some(value.to_ascii_uppercase()),
        (_, ItemType::Date) => day(value).ok().map(iso),
        (_, ItemType::DateTime) => instant(value).ok(),
        (_, ItemType::Boolean) => boolean(value).map(|it| if it { "1" } else { "0" }.to_owned()),
        _ => None,
    }
}

/// Whether `expected`, as a caller writes it, is the value that is `kept`. Numbers are the same whatever zeros end them.
pub(super) fn agrees(content: &Content, name: &str, expected: &str, stored: &str) -> bool {
    let expected = kept(content, name, expected);
    let is_number = |it: &Item| matches!(it.kind, ItemType::Integer | ItemType::Decimal | ItemType::Money);
    if content.item(name).is_some_and(is_number) {
        return shortest(&expected) == shortest(stored);
    }
    expected == stored
}

/// A decimal without the zeros that end its places.
fn shortest(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(semantic: Semantic, kind: ItemType) -> Content {
        let item = Item {
            name: "it".to_owned(),
            semantic,
            kind,
            ..Item::default()
        };
        Content {
            items: vec![item],
            ..Content::default()
        }
    }

    #[test]
    fn what_a_caller_writes_finds_what_is_kept() {
        let kept = |semantic, kind, value: &str| kept(&content(semantic, kind), "it", value).into_owned();
        assert_eq!(
            kept(Semantic::IdentityNumber, ItemType::Text, "11010519491231002x"),
            "11010519491231002X"
        );
        assert_eq!(kept(Semantic::Plain, ItemType::Date, "20240229"), "2024-02-29");
        assert_eq!(kept(Semantic::Plain, ItemType::Date, "2024-02-30"), "2024-02-30");
        assert_eq!(kept(Semantic::Plain, ItemType::Boolean, "是"), "1");
        assert_eq!(kept(Semantic::Plain, ItemType::Text, " 汉族 "), "汉族");
    }

    #[test]
    fn numbers_agree_whatever_zeros_end_them_and_codes_do_not() {
        let money = content(Semantic::Plain, ItemType::Money);
        assert!(agrees(&money, "it", "12.50", "12.5"));
        assert!(agrees(&money, "it", "12", "12.00"));
        assert!(!agrees(&money, "it", "120", "12"));
        let code = content(Semantic::Plain, ItemType::Text);
        assert!(!agrees(&code, "it", "1.0", "1"));
    }
}
