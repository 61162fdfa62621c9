//! Values of rows as JSON, digit for digit: a decimal never passes through a binary number.

use rules::catalogue::ItemType;
use serde::{Serialize, Serializer, ser::SerializeSeq};
use serde_json::value::RawValue;

/// Anything as JSON text.
pub(crate) fn raw<T: Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A value of an item of `kind`. What cannot be a JSON number although the item is one, such as a band of ages,
/// stays text.
pub(crate) fn json(kind: ItemType, text: Option<&str>) -> Box<RawValue> {
    let Some(text) = text.filter(|it| !it.is_empty()) else {
        return RawValue::NULL.to_owned();
    };
    match kind {
        ItemType::Integer | ItemType::Decimal | ItemType::Money if is_number(text) => {
            RawValue::from_string(text.to_owned()).unwrap_or_else(|_| raw(text))
        }
        ItemType::Boolean => match text {
            "1" | "true" | "是" => RawValue::TRUE.to_owned(),
            "0" | "false" | "否" => RawValue::FALSE.to_owned(),
            _ => raw(text),
        },
        _ => raw(text),
    }
}

/// Whether JSON takes `text` as a number as it stands.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && serde_json::from_str::<&RawValue>(text).is_ok()
}

/// Text without what XML forbids, and without carriage returns, which it does not keep.
pub(crate) fn printable(text: &str) -> String {
    let is_kept = |it: &char| match it {
        '\t' | '\n' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        it => !it.is_control(),
    };
    text.chars().filter(is_kept).collect()
}

/// A list whose members are made one by one.
pub(crate) struct Rows<'a, T, F>(pub &'a [T], pub F);

impl<T, S: Serialize, F: Fn(&T) -> S> Serialize for Rows<'_, T, F> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for row in self.0 {
            list.serialize_element(&(self.1)(row))?;
        }
        list.end()
    }
}

/// An object in the order of its pairs.
pub(crate) struct Pairs<'a>(pub Vec<(&'a str, Box<RawValue>)>);

impl Serialize for Pairs<'_> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_map(self.0.iter().map(|it| (it.0, &it.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(printable("a\u{b}b\r\n\tc\u{0}\u{fffe}公"), "ab\n\tc公");
    }

    #[test]
    fn a_decimal_keeps_its_digits_and_a_band_its_dash() {
        let shown = |kind, text| json(kind, Some(text)).get().to_owned();
        assert_eq!(shown(ItemType::Decimal, "12.50"), "12.50");
        assert_eq!(
            shown(ItemType::Money, "123456789012345678.90"),
            "123456789012345678.90"
        );
        assert_eq!(shown(ItemType::Integer, "20-29"), "\"20-29\"");
        assert_eq!(shown(ItemType::Integer, "007"), "\"007\"");
        assert_eq!(shown(ItemType::Text, "0012"), "\"0012\"");
        assert_eq!(shown(ItemType::Boolean, "1"), "true");
        assert_eq!(json(ItemType::Text, None).get(), "null");
    }
}
