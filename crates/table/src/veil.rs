//! 脱敏: how a value is veiled on its way out of the platform.

use hmac::{Hmac, KeyInit, Mac};
use rules::grant::Mask;
use sha2::Sha256;

/// `value` as `mask` lets it be seen; an empty value stays empty.
///
/// `secret` keys pseudonyms: the same value gives the same sixteen hexadecimal characters under the same
/// secret, and unrelated ones under another, so that two grants' answers do not join.
pub fn veil(mask: Mask, value: &str, secret: &[u8]) -> String {
    if value.is_empty() {
        return String::new();
    }
    match mask {
        Mask::Clear => value.to_owned(),
        Mask::Name => name(value),
        Mask::Identity | Mask::Mobile => ends(value, 3, 4),
        Mask::Address => ends(value, 6, 0),
        Mask::Year => year(value),
        Mask::Pseudonym => pseudonym(value, secret),
        Mask::Hidden => "***".to_owned(),
    }
}

/// The first character stays; the length of the name does too, for people to tell 王某 from 王某某.
fn name(value: &str) -> String {
    let hidden = value.chars().count() - 1;
    value
        .chars()
        .take(1)
        .chain(std::iter::repeat_n('*', hidden.max(1)))
        .collect()
}

/// The first `head` and the last `tail` characters stay; of a value so short that this would show more than
/// two thirds of it, only the first.
fn ends(value: &str, head: usize, tail: usize) -> String {
    let length = value.chars().count();
    let is_long = 3 * (head + tail) <= 2 * length;
    let (head, tail) = if is_long {
        (head, tail)
    } else {
        (usize::from(1 < length), 0)
    };
    let first = value.chars().take(head);
    let hidden = std::iter::repeat_n('*', length - head - tail);
    first
        .chain(hidden)
        .chain(value.chars().skip(length - tail))
        .collect()
}

/// The year stays where the value begins with one.
fn year(value: &str) -> String {
    match value.get(..4) {
        Some(year) if year.bytes().all(|b| b.is_ascii_digit()) => year.to_owned(),
        _ => "***".to_owned(),
    }
}

fn pseudonym(value: &str, secret: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(value.as_bytes());
    hex::encode(&mac.finalize().into_bytes()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(mask: Mask, value: &str) -> String {
        veil(mask, value, b"secret")
    }

    #[test]
    fn each_mask_leaves_what_its_word_says() {
        assert_eq!(clear(Mask::Clear, "王小明"), "王小明");
        assert_eq!(clear(Mask::Name, "王小明"), "王**");
        assert_eq!(clear(Mask::Identity, "431103199003071231"), "431***********1231");
        assert_eq!(clear(Mask::Mobile, "13974600001"), "139****0001");
        assert_eq!(
            clear(Mask::Address, "湖南省永州市零陵区人民路1号"),
            "湖南省永州市********"
        );
        assert_eq!(clear(Mask::Year, "1990-03-07"), "1990");
        assert_eq!(clear(Mask::Hidden, "任何值"), "***");
    }

    #[test]
    fn a_value_too_short_for_its_mask_is_not_shown_whole() {
        for mask in [
            Mask::Name,
            Mask::Identity,
            Mask::Mobile,
            Mask::Address,
            Mask::Year,
            Mask::Hidden,
        ] {
            for value in ["王", "王明", "1", "12345", "123456", "1234567"] {
                let veiled = clear(mask, value);
                assert!(
                    veiled.contains('*') || veiled.len() < value.len(),
                    "{mask:?} {value}: {veiled}"
                );
                assert_ne!(veiled, value, "{mask:?}");
            }
            assert_eq!(clear(mask, ""), "");
        }
    }

    #[test]
    fn a_pseudonym_is_the_same_under_one_secret_only() {
        let under = |secret: &[u8]| veil(Mask::Pseudonym, "431103199003071231", secret);
        assert_eq!(under(b"a"), under(b"a"));
        assert_ne!(under(b"a"), under(b"b"));
        assert_eq!(under(b"").len(), 16);
    }

    #[test]
    fn a_pseudonym_is_the_first_half_of_the_known_hmac() {
        // RFC 4231, test case 2.
        assert_eq!(
            veil(Mask::Pseudonym, "what do ya want for nothing?", b"Jefe"),
            "5bdcc146bf60754e"
        );
    }
}
