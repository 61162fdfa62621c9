//! What of a sample is about a person, whatever the column was taken for: bad numbers are still numbers of
//! people, and a column called 身份证号 holds such numbers even if most of them are wrong.

use rules::{
    catalogue::{Item, Semantic},
    grant::Mask,
};

use super::{dictionary as words, profile::Profile};
use crate::veil;

/// The mask that an item's name or, where it is called a name, its values call for.
pub(super) fn mask_of_name(item: &Item, profile: &Profile) -> Option<Mask> {
    let hints = |list| words::hints(&item.name, list) || words::hints(&item.title, list);
    let names_someone = |name: &str| {
        let plain = words::plain(name);
        plain.contains("姓名") || words::OF_NAMED_PEOPLE.iter().any(|it| plain.ends_with(it))
    };
    let has_names = || {
        words::hints(&item.name, words::OF_PEOPLE)
            && 0 < profile.names
            && profile.filled * 30 <= profile.names * 100
    };
    match () {
        () if item.semantic != Semantic::Plain => None,
        () if hints(words::OF_PERSONS_NUMBERS) => Some(Mask::Identity),
        () if hints(words::OF_PHONES) => Some(Mask::Mobile),
        () if names_someone(&item.name) || names_someone(&item.title) || has_names() => Some(Mask::Name),
        () => None,
    }
}

/// The mask that an item calls for by what the catalogue says of it; none where it is about no person.
pub(crate) fn mask_of_class(item: &Item) -> Option<Mask> {
    match item.semantic {
        Semantic::PersonName => Some(Mask::Name),
        Semantic::IdentityNumber => Some(Mask::Identity),
        Semantic::Mobile => Some(Mask::Mobile),
        Semantic::Address if item.class.is_personal() => Some(Mask::Address),
        _ => item.class.is_personal().then_some(Mask::Hidden),
    }
}

/// Whether the column is of people's numbers: by its name, whatever is in it, or because its values look like them.
pub(super) fn is_number(item: &Item, profile: &Profile) -> bool {
    let hints = |list| words::hints(&item.name, list) || words::hints(&item.title, list);
    hints(words::OF_PERSONS_NUMBERS) || profile.is_half(has_number)
}

/// Whether an identity number or a mobile number stands in `value`.
pub(super) fn has_number(value: &str) -> bool {
    veil_numbers(value) != value
}

/// `value` with every identity number and mobile number in it veiled.
pub(crate) fn veil_numbers(value: &str) -> String {
    // A number may be written in groups: 139-7460-0001.
    let joined: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && *c != '+')
        .collect();
    if let Some(mask) = mask_of(&joined) {
        return veil(mask, value, b"");
    }
    let mut veiled = String::new();
    let mut rest = value;
    while let Some(start) = rest.find(is_of_number) {
        let end = rest[start..]
            .find(|c| !is_of_number(c))
            .map_or(rest.len(), |it| start + it);
        let run = &rest[start..end];
        veiled.push_str(&rest[..start]);
        veiled.push_str(&mask_of(run).map_or_else(|| run.to_owned(), |mask| veil(mask, run, b"")));
        rest = &rest[end..];
    }
    veiled.push_str(rest);
    veiled
}

fn is_of_number(c: char) -> bool {
    ascii(c).is_ascii_alphanumeric()
}

/// A full-width digit or letter as the plain one.
fn ascii(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// The mask of what looks like an identity number (fifteen digits, or seventeen and a digit or X) or a mobile
/// number. Neither check characters nor dates matter: a number with a slip still tells who is meant.
fn mask_of(text: &str) -> Option<Mask> {
    let text: String = text.chars().map(ascii).collect();
    let is_number = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
    let is_mobile = |it: &str| {
        let bytes = it.as_bytes();
        bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && is_number(it)
    };
    let is_identity = match text.len() {
        15 => is_number(&text),
        18 => is_number(text.strip_suffix(['X', 'x']).unwrap_or(&text)),
        _ => false,
    };
    let local = text.strip_prefix("0086").or_else(|| text.strip_prefix("86"));
    match () {
        // Of fifteen digits, those that begin with the country's code are a mobile number.
        () if is_mobile(&text) || local.is_some_and(is_mobile) => Some(Mask::Mobile),
        () if is_identity => Some(Mask::Identity),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_looks_like_a_persons_number_is_veiled() {
        for (value, veiled) in [
            ("431103199003071239", "431***********1239"),
            ("43110319901307123x", "431***********123x"),
            ("431103900307123", "431********7123"),
            ("13974600001", "139****0001"),
            ("139-7460-0001", "139******0001"),
            ("+8613974600001", "+86*******0001"),
            ("１３９７４６０００01", "１３９****００01"),
            ("王小明13974600001转", "王小明139****0001转"),
        ] {
            assert_eq!(veil_numbers(value), veiled);
        }
        for value in [
            "",
            "431102",
            "2024-01-01 08:30:00",
            "20240101083000",
            "0746-8222222",
            "91330105MA2500287C",
            "4311021990030712",
            "零陵区，人民路1号",
        ] {
            assert_eq!(veil_numbers(value), value);
        }
    }
}
