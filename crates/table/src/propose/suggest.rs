//! From what a column looks like to what an item could say of it.

use rules::{
    catalogue::{Code, Item, ItemClass, ItemType, Semantic},
    grant::Mask,
};

use super::{dictionary as words, personal, profile::Profile};
use crate::veil;

/// The item of a column, but for its class and key, which depend on the other columns.
pub(super) fn item(header: &str, profile: &Profile) -> Item {
    let semantic = semantic(header, profile);
    let kind = if semantic == Semantic::Plain {
        kind(header, profile)
    } else {
        ItemType::Text
    };
    let codes = codes(header, profile, semantic, kind);
    let mut item = Item {
        name: header.to_owned(),
        title: title(header, semantic),
        kind,
        is_required: profile.is_always_filled(),
        is_condition: semantic == Semantic::DivisionCode
            || !codes.is_empty()
            || is_short_code(header, profile),
        codes,
        semantic,
        ..Item::default()
    };
    measure(&mut item, profile);
    item
}

/// A code of a place or a kind, such as the four digits of a city.
fn is_short_code(header: &str, it: &Profile) -> bool {
    let is_short = it.fixed_length().is_some_and(|length| length <= 12);
    is_short && it.is_most(it.plain) && words::hints(header, words::OF_PLACES)
}

fn title(header: &str, semantic: Semantic) -> String {
    let plain = words::plain(header);
    match (plain.as_str(), semantic) {
        ("name", Semantic::PersonName) => "姓名".into(),
        ("name", _) => "名称".into(),
        ("code", Semantic::DivisionCode) => "区划代码".into(),
        ("code", Semantic::CreditCode) => "统一社会信用代码".into(),
        ("code", _) => "代码".into(),
        _ => {
            let title = words::title(header);
            match semantic {
                Semantic::IdentityNumber if !words::is_chinese(&title) => "公民身份号码".into(),
                Semantic::CreditCode if !words::is_chinese(&title) => "统一社会信用代码".into(),
                _ => title,
            }
        }
    }
}

fn semantic(header: &str, it: &Profile) -> Semantic {
    let is_place_code = || {
        let is_hinted = words::hints(header, words::OF_PLACES) && !words::hints(header, words::OF_POST);
        it.is_most(it.divisions) && is_hinted && it.fixed_length().is_some()
    };
    let is_person = || {
        words::hints(header, words::OF_PEOPLE)
            && (it.names * 100 >= it.filled * 80 || header.contains("姓名"))
    };
    match () {
        () if it.filled == 0 => Semantic::Plain,
        () if it.is_most(it.identities) => Semantic::IdentityNumber,
        () if it.is_most(it.credits) => Semantic::CreditCode,
        () if it.is_most(it.mobiles) => Semantic::Mobile,
        () if it.is_most(it.genders) => Semantic::Gender,
        () if is_place_code() => Semantic::DivisionCode,
        () if is_person() => Semantic::PersonName,
        () if words::hints(header, words::OF_ADDRESSES) && !it.is_most(it.plain) => Semantic::Address,
        () => Semantic::Plain,
    }
}

/// Codes and whatever has leading zeros or one width are text for ever; only what is counted is a number.
fn kind(header: &str, it: &Profile) -> ItemType {
    let numbers = it.integers + it.decimals();
    let is_dated = words::hints(header, words::OF_DATES) || words::hints(header, words::OF_PERSONS_TRAITS);
    let is_code = it.leading_zeros * 200 > it.filled
        || (words::hints(header, words::OF_IDENTIFIERS) && it.decimals() == 0)
        || (it.decimals() == 0 && it.fixed_length().is_some_and(|length| 1 < length));
    let is_yes_or_no = !it.is_most(it.integers) || words::hints(header, words::OF_YES_OR_NO);
    match () {
        () if it.is_most(it.dates) => ItemType::Date,
        () if it.is_most(it.compact_dates) && is_dated => ItemType::Date,
        () if it.is_most(it.instants + it.dates) => ItemType::DateTime,
        () if it.is_most(it.booleans) && is_yes_or_no => ItemType::Boolean,
        () if words::hints(header, words::OF_REMARKS) => ItemType::Memo,
        () if !it.is_most(numbers) || is_code => ItemType::Text,
        () if it.decimals() * 100 < it.filled => ItemType::Integer,
        () if words::hints(header, words::OF_MONEY) && it.scale() <= 2 => ItemType::Money,
        () => ItemType::Decimal,
    }
}

fn codes(header: &str, it: &Profile, semantic: Semantic, kind: ItemType) -> Vec<Code> {
    let is_free = !matches!(semantic, Semantic::Plain | Semantic::DivisionCode)
        || kind != ItemType::Text
        || words::hints(header, words::OF_PERSONS_NUMBERS)
        || words::hints(header, words::OF_REMARKS);
    let Some(values) = (!is_free).then(|| it.few_values()).flatten() else {
        return Vec::new();
    };
    // The numbers of a few people are no list of codes, however often each of them stands there.
    if values.iter().any(|it| personal::has_number(it)) {
        return Vec::new();
    }
    words::whole_list(&values).unwrap_or_else(|| {
        values
            .into_iter()
            .map(|code| Code {
                label: words::label(&code),
                code,
            })
            .collect()
    })
}

/// Length and scale, with room for what the sample does not show.
fn measure(item: &mut Item, it: &Profile) {
    let longest = it.longest();
    item.length = match (item.semantic, item.kind) {
        (Semantic::IdentityNumber | Semantic::CreditCode, _) => Some(18),
        (Semantic::Mobile, _) => Some(11),
        (Semantic::Gender, _) => Some(1),
        (Semantic::PersonName, _) => Some(round_up(longest, &[50, 100, 200])),
        (Semantic::Address, _) => Some(round_up(longest * 3 / 2, &[200, 500, 1000, 2000])),
        (_, ItemType::Date | ItemType::DateTime | ItemType::Boolean) => None,
        (_, ItemType::Money) => Some(16),
        (_, ItemType::Integer | ItemType::Decimal) => Some(round_up(longest + 2, &[10, 16, 18, 28, 38])),
        (_, ItemType::Memo) => Some(round_up(longest * 3 / 2, &[500, 1000, 2000, 4000, 10_000])),
        (_, ItemType::Text) if !item.codes.is_empty() => item
            .codes
            .iter()
            .map(|code| code.code.chars().count() as u32)
            .max(),
        (_, ItemType::Text) => match it.fixed_length().filter(|_| it.is_most(it.plain)) {
            Some(length) => Some(length as u32),
            None => Some(round_up(
                longest * 3 / 2,
                &[10, 20, 50, 100, 200, 500, 1000, 2000, 4000, 10_000],
            )),
        },
    };
    if item.kind == ItemType::Text && item.semantic == Semantic::Plain && item.length > Some(500) {
        item.kind = ItemType::Memo;
    }
    match item.kind {
        ItemType::Money => item.scale = Some(2),
        ItemType::Decimal => item.scale = Some(it.scale().max(1)),
        _ => {}
    }
    item.may_be_negative = it.filled < it.negatives * 200;
}

fn round_up(length: usize, steps: &[u32]) -> u32 {
    let length = length as u32;
    steps
        .iter()
        .copied()
        .find(|it| length <= *it)
        .unwrap_or(length.next_multiple_of(1000))
}

/// How each item bears on a person. Only where a person is named does the rest say something of him.
pub(super) fn classify(items: &mut [Item], profiles: &[Profile]) {
    let names = [Semantic::IdentityNumber, Semantic::PersonName, Semantic::Mobile];
    let numbers: Vec<bool> = items
        .iter()
        .zip(profiles)
        .map(|(item, profile)| item.semantic == Semantic::Plain && personal::is_number(item, profile))
        .collect();
    let is_personal = numbers.contains(&true) || items.iter().any(|it| names.contains(&it.semantic));
    for (item, is_number) in items.iter_mut().zip(numbers) {
        let hints = |list| words::hints(&item.name, list) || words::hints(&item.title, list);
        item.class = match item.semantic {
            Semantic::IdentityNumber | Semantic::PersonName | Semantic::Mobile => ItemClass::Identifier,
            _ if is_number => ItemClass::Identifier,
            _ if !is_personal => ItemClass::Plain,
            Semantic::Address => ItemClass::Identifier,
            Semantic::Gender | Semantic::DivisionCode => ItemClass::Quasi,
            _ if hints(words::OF_PERSONS_TRAITS) => ItemClass::Quasi,
            _ if item.kind == ItemType::Money || hints(words::OF_ILLNESS) => ItemClass::Sensitive,
            _ => ItemClass::Plain,
        };
    }
}

/// Gives each item a few values for the cataloguer's eyes; those about a person are masked.
pub(super) fn show_samples(items: &mut [Item], profiles: &[Profile]) {
    let named: Vec<Option<Mask>> = items
        .iter()
        .zip(profiles)
        .map(|(item, profile)| personal::mask_of_name(item, profile))
        .collect();
    let has_people = named.iter().any(Option::is_some);
    for ((item, profile), named) in items.iter_mut().zip(profiles).zip(named) {
        let mask = match item.semantic {
            Semantic::Address if has_people => Mask::Address,
            _ if !item.class.is_personal() => named.unwrap_or(Mask::Clear),
            Semantic::Plain if named.is_some() => named.unwrap_or(Mask::Hidden),
            _ => personal::mask_of_class(item).unwrap_or(Mask::Hidden),
        };
        let show = |value: &String| match mask {
            Mask::Clear => short(&personal::veil_numbers(value)),
            _ => veil(mask, &short(value), b""),
        };
        item.samples = profile.samples().iter().map(show).collect();
        item.samples.dedup();
    }
}

fn short(value: &str) -> String {
    let mut short: String = value.chars().take(40).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short
}
