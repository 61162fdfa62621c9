//! The order of numbers that are kept as text, exact for every digit.

/// Digits before the point at most, and as many after it. What has more is no number to compare with: of an
/// identifier that long nobody asks whether it is larger.
pub const DIGITS_MAX: usize = 100;

/// Bytes that order as the plain decimal `value` does; none where it is no plain decimal. Numbers that are equal,
/// such as 1 and 1.0, have the same bytes.
pub fn number_key(value: &str) -> Option<Vec<u8>> {
    let (is_negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |it: &str| (1..=DIGITS_MAX).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(places) {
        return None;
    }
    let (whole, places) = (whole.trim_start_matches('0'), places.trim_end_matches('0'));
    if whole.is_empty() && places.is_empty() {
        return Some(vec![1]);
    }
    let mut key = Vec::with_capacity(whole.len() + places.len() + 3);
    key.push(2);
    key.push(whole.len() as u8);
    key.extend_from_slice(whole.as_bytes());
    key.extend_from_slice(places.as_bytes());
    if is_negative {
        key[0] = 0;
        key[1..].iter_mut().for_each(|b| *b = !*b);
        // The end counts as more than any further digit: -1.5 is above -1.55.
        key.push(0xff);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_numbers_do() {
        let ascending = [
            "-1000",
            "-20.5",
            "-20.05",
            "-20",
            "-3",
            "-1.55",
            "-1.5",
            "-1",
            "-0.5",
            "-0.05",
            "0",
            "0.0004",
            "0.05",
            "0.5",
            "0.51",
            "1",
            "1.5",
            "1.55",
            "3",
            "20",
            "20.05",
            "1000",
            "99999999999999999999",
            "99999999999999999999.1",
            "100000000000000000000",
        ];
        let keys: Vec<Vec<u8>> = ascending.iter().map(|it| number_key(it).unwrap()).collect();
        for (two, numbers) in keys.windows(2).zip(ascending.windows(2)) {
            assert!(two[0] < two[1], "{numbers:?}");
        }
    }

    #[test]
    fn equal_numbers_have_the_same_key() {
        for same in [
            ["1", "01.00"],
            ["0", "-0.0"],
            ["-7.5", "-07.50"],
            ["0.1", "00.100"],
        ] {
            assert_eq!(number_key(same[0]), number_key(same[1]), "{same:?}");
        }
    }

    #[test]
    fn what_is_no_plain_decimal_has_no_key() {
        for value in [
            "", "-", ".", "1.", ".5", "+1", "1e3", "1,000", "１", "10-19", " 1", "--1", "1.2.3",
        ] {
            assert_eq!(number_key(value), None, "{value:?}");
        }
        assert!(number_key(&"9".repeat(100)).is_some());
        assert_eq!(number_key(&"9".repeat(101)), None);
    }
}
