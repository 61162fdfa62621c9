//! Values with a grammar: identity numbers, credit codes, days, decimals. Each is judged from its bytes,
//! without regular expressions, because a city's registers have millions of rows.

use rules::delivery::RowFault;

/// A day as the number YYYYMMDD, which orders as days do.
pub type Day = u32;

/// Whether nothing is written in `value`: no character, or white space only, the full-width space included.
pub fn is_blank(value: &str) -> bool {
    let is_ink = |c: char| !c.is_whitespace() && c != '\u{feff}' && c != '\u{200b}';
    !value.bytes().next().is_some_and(|b| b.is_ascii_graphic()) && !value.chars().any(is_ink)
}

/// Whether the day exists in the calendar, in a year people's registers speak of.
pub fn is_day(day: Day) -> bool {
    let (year, month, date) = (day / 10_000, day / 100 % 100, day % 100);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) => 29,
        2 => 28,
        _ => 0,
    };
    (1000..=9999).contains(&year) && (1..=days).contains(&date)
}

/// Reads digits only; none when there is any other byte.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |sum, b| {
        b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0'))
    })
}

/// A day written YYYY-MM-DD or YYYYMMDD (GB/T 7408).
pub fn day(value: &str) -> Result<Day, RowFault> {
    let bytes = value.as_bytes();
    let day = match bytes.len() {
        8 => number(bytes),
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            match (number(&bytes[..4]), number(&bytes[5..7]), number(&bytes[8..])) {
                (Some(year), Some(month), Some(date)) => Some(year * 10_000 + month * 100 + date),
                _ => None,
            }
        }
        _ => None,
    };
    match day {
        None => Err(RowFault::BadType),
        Some(day) if is_day(day) => Ok(day),
        Some(_) => Err(RowFault::NoSuchDate),
    }
}

/// The day as YYYY-MM-DD.
pub fn iso(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

/// A time of a day: `YYYY-MM-DD HH:MM[:SS[.fff]]`, with `T` or a space, or fourteen digits.
/// City time (`+08:00`) may be named. Gives the one form in which it is kept.
pub fn instant(value: &str) -> Result<String, RowFault> {
    let value = value.strip_suffix("+08:00").unwrap_or(value);
    let bytes = value.as_bytes();
    if !value.is_ascii() {
        return Err(RowFault::BadType);
    }
    let (date, clock) = match bytes.len() {
        8 | 10 => (value, ""),
        14 => value.split_at(8),
        16.. if matches!(bytes[10], b' ' | b'T') => (&value[..10], &value[11..]),
        _ => return Err(RowFault::BadType),
    };
    let day = day(date)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let clock = clock.as_bytes();
    let parts = match clock.len() {
        0 => [Some(0); 3],
        5 if clock[2] == b':' => [number(&clock[..2]), number(&clock[3..]), Some(0)],
        6 => [number(&clock[..2]), number(&clock[2..4]), number(&clock[4..])],
        8 if clock[2] == b':' && clock[5] == b':' => {
            [number(&clock[..2]), number(&clock[3..5]), number(&clock[6..])]
        }
        _ => return Err(RowFault::BadType),
    };
    let [Some(hour @ 0..24), Some(minute @ 0..60), Some(second @ 0..60)] = parts else {
        return Err(if parts.contains(&None) {
            RowFault::BadType
        } else {
            RowFault::NoSuchDate
        });
    };
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RowFault::BadType);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!(
        "{} {hour:02}:{minute:02}:{second:02}{point}{fraction}",
        iso(day)
    ))
}

/// What is wrong with a value of eighteen characters that is shorter: a spreadsheet made `4.31102E+17` of it, where it
/// looks so, else `fault`.
fn or_digits_lost(value: &str, fault: RowFault) -> RowFault {
    let parts = value.split_once(['E', 'e']).and_then(|(digits, power)| {
        let power = power.strip_prefix('+').unwrap_or(power);
        Some((digits.strip_prefix(|it: char| it.is_ascii_digit())?, power))
    });
    let are_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    match parts {
        Some((rest, power))
            if are_digits(rest.trim_start_matches('.')) && !power.is_empty() && are_digits(power) =>
        {
            RowFault::DigitsLost
        }
        _ => fault,
    }
}

/// What an identity number says of its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The birth date.
    pub birth: Day,
    /// Whether the 17th digit is odd: a man or a boy.
    pub is_male: bool,
}

const IDENTITY_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of the first seventeen digits of an identity number (GB 11643); none where they are
/// not seventeen digits.
pub fn identity_check(digits: &[u8]) -> Option<u8> {
    let digits: &[u8; 17] = digits.try_into().ok()?;
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(IDENTITY_WEIGHTS) {
        if !digit.is_ascii_digit() {
            return None;
        }
        sum += u32::from(digit - b'0') * weight;
    }
    Some(b"10X98765432"[sum as usize % 11])
}

/// 公民身份号码 (GB 11643): eighteen characters, a birth date that exists, the right check character.
/// The area is the one at registration, so withdrawn codes are good.
pub fn identity(value: &str) -> Result<Identity, RowFault> {
    let bytes: &[u8; 18] = value
        .as_bytes()
        .try_into()
        .map_err(|_| or_digits_lost(value, RowFault::BadIdentity))?;
    let check = identity_check(&bytes[..17]).ok_or_else(|| or_digits_lost(value, RowFault::BadIdentity))?;
    let last = bytes[17].to_ascii_uppercase();
    if bytes[0] == b'0' || !(last.is_ascii_digit() || last == b'X') {
        return Err(RowFault::BadIdentity);
    }
    let birth = number(&bytes[6..14]).ok_or(RowFault::BadIdentity)?;
    if !is_day(birth) || !(1850..2100).contains(&(birth / 10_000)) {
        return Err(RowFault::IdentityDate);
    }
    if last != check {
        return Err(RowFault::IdentityCheck);
    }
    Ok(Identity {
        birth,
        is_male: bytes[16] & 1 == 1,
    })
}

const CREDIT_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const CREDIT_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// The check character of the first seventeen characters of a credit code (GB 32100); none where they are
/// not of its alphabet.
pub fn credit_check(characters: &[u8]) -> Option<u8> {
    let characters: &[u8; 17] = characters.try_into().ok()?;
    let mut sum = 0;
    for (character, weight) in characters.iter().zip(CREDIT_WEIGHTS) {
        let value = CREDIT_ALPHABET
            .iter()
            .position(|it| *it == character.to_ascii_uppercase())?;
        sum += value as u32 * weight;
    }
    Some(CREDIT_ALPHABET[(31 - sum as usize % 31) % 31])
}

/// 统一社会信用代码 (GB 32100): eighteen characters of its alphabet and the right check character.
pub fn credit(value: &str) -> Result<(), RowFault> {
    let bytes: &[u8; 18] = value
        .as_bytes()
        .try_into()
        .map_err(|_| or_digits_lost(value, RowFault::BadCreditCode))?;
    let is_good = credit_check(&bytes[..17]) == Some(bytes[17].to_ascii_uppercase());
    is_good.then_some(()).ok_or(RowFault::BadCreditCode)
}

/// 行政区划代码 (GB/T 2260 and its extensions): 6, 9 or 12 digits under a province that exists.
pub fn division(value: &str) -> Result<(), RowFault> {
    let bytes = value.as_bytes();
    let province = bytes.get(..2).and_then(number).unwrap_or(0);
    let is_province = matches!(
        province,
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82
    );
    let is_good = matches!(bytes.len(), 6 | 9 | 12) && is_province && bytes.iter().all(u8::is_ascii_digit);
    is_good.then_some(()).ok_or(RowFault::BadDivision)
}

/// 手机号码: eleven digits, the first 1, the second 3 to 9.
pub fn mobile(value: &str) -> Result<(), RowFault> {
    let bytes = value.as_bytes();
    let is_good = bytes.len() == 11
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
        && bytes.iter().all(u8::is_ascii_digit);
    is_good.then_some(()).ok_or(RowFault::BadMobile)
}

/// An exact decimal as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Below zero; -0 is not.
    pub is_negative: bool,
    /// Digits before the point, leading zeros not counted.
    pub whole: u32,
    /// Digits after the point.
    pub places: u32,
}

/// A plain decimal: digits, a point between digits, a minus sign. No separators, no exponent, no plus sign.
pub fn decimal(value: &str) -> Result<Decimal, RowFault> {
    let bytes = value.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut point, mut has_value, mut leading) = (None, false, 0);
    for (i, b) in digits.iter().enumerate() {
        match b {
            b'0' => leading += u32::from(!has_value && point.is_none()),
            b'1'..=b'9' => has_value = true,
            b'.' if point.is_none() && i > 0 && i + 1 < digits.len() => point = Some(i),
            _ => return Err(RowFault::BadType),
        }
    }
    if digits.is_empty() {
        return Err(RowFault::BadType);
    }
    let whole = point.unwrap_or(digits.len()) as u32 - leading;
    let places = point.map_or(0, |at| (digits.len() - at - 1) as u32);
    Ok(Decimal {
        is_negative: has_value && digits.len() < bytes.len(),
        whole,
        places,
    })
}

/// 逻辑型: 1/0, 是/否 or true/false; none for anything else.
pub fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "是" => Some(true),
        "0" | "否" => Some(false),
        _ if value.eq_ignore_ascii_case("true") => Some(true),
        _ if value.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_numbers_of_the_standard_are_good() {
        for (value, birth, is_male) in [
            ("11010519491231002X", 19_491_231, false),
            ("11010519491231002x", 19_491_231, false),
            ("440524188001010014", 18_800_101, true),
            ("431103199003071231", 19_900_307, true),
        ] {
            assert_eq!(identity(value), Ok(Identity { birth, is_male }), "{value}");
        }
    }

    #[test]
    fn identity_faults_are_told_apart() {
        assert_eq!(identity("431103199003071232"), Err(RowFault::IdentityCheck));
        assert_eq!(identity("43110319900307123"), Err(RowFault::BadIdentity));
        assert_eq!(identity("4311031990030712311"), Err(RowFault::BadIdentity));
        assert_eq!(identity("43110319900307123Y"), Err(RowFault::BadIdentity));
        assert_eq!(identity("431103199002301239"), Err(RowFault::IdentityDate));
        assert_eq!(identity("身份证号码"), Err(RowFault::BadIdentity));
        for shown in ["4.31102E+17", "4E+17", "4.3110319900307e17"] {
            assert_eq!(identity(shown), Err(RowFault::DigitsLost), "{shown}");
        }
        for other in ["E+17", "4.31102E+", "4.3x102E+17", "431E"] {
            assert_eq!(identity(other), Err(RowFault::BadIdentity), "{other}");
        }
        assert_eq!(identity("身份证号码一"), Err(RowFault::BadIdentity));
    }

    #[test]
    fn real_credit_codes_are_good_and_a_changed_one_is_not() {
        for code in [
            "11430000006122244L",
            "11110000000021135M",
            "11330105002500287C",
            "91110000600037341L",
        ] {
            assert_eq!(credit(code), Ok(()), "{code}");
            assert_eq!(credit(&code.to_lowercase()), Ok(()), "{code}");
        }
        assert_eq!(credit("91110000600037342L"), Err(RowFault::BadCreditCode));
        assert_eq!(credit("91110000600037341I"), Err(RowFault::BadCreditCode));
        assert_eq!(credit(""), Err(RowFault::BadCreditCode));
    }

    #[test]
    fn days_exist_or_do_not() {
        assert_eq!(day("2024-02-29"), Ok(20_240_229));
        assert_eq!(day("20240229"), Ok(20_240_229));
        assert_eq!(day("2000-02-29"), Ok(20_000_229));
        for no_such in [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "20240431",
            "2024-00-10",
            "00000000",
        ] {
            assert_eq!(day(no_such), Err(RowFault::NoSuchDate), "{no_such}");
        }
        for no_date in [
            "2024/02/29",
            "2024-2-29",
            "",
            "二〇二四年",
            "2024-02-2",
            "+2240229",
            "2024-0é-2",
        ] {
            assert_eq!(day(no_date), Err(RowFault::BadType), "{no_date}");
        }
    }

    #[test]
    fn instants_are_kept_in_one_form() {
        for (value, kept) in [
            ("2024-02-29 08:30", "2024-02-29 08:30:00"),
            ("2024-02-29T08:30:59", "2024-02-29 08:30:59"),
            ("20240229083059", "2024-02-29 08:30:59"),
            ("2024-02-29T08:30:59.125+08:00", "2024-02-29 08:30:59.125"),
            ("2024-02-29", "2024-02-29 00:00:00"),
        ] {
            assert_eq!(instant(value).as_deref(), Ok(kept), "{value}");
        }
        assert_eq!(instant("2024-02-30 08:30"), Err(RowFault::NoSuchDate));
        assert_eq!(instant("2024-02-29 24:30"), Err(RowFault::NoSuchDate));
        for no_instant in [
            "08:30",
            "2024-02-29 8:30:00",
            "2024-02-29 08:30:00.1e5",
            "2024年02月29日八点",
        ] {
            assert_eq!(instant(no_instant), Err(RowFault::BadType), "{no_instant}");
        }
    }

    #[test]
    fn decimals_are_plain() {
        let read = |value| decimal(value).map(|it| (it.is_negative, it.whole, it.places));
        assert_eq!(read("12345.60"), Ok((false, 5, 2)));
        assert_eq!(read("-1.00"), Ok((true, 1, 2)));
        assert_eq!(read("-0.00"), Ok((false, 0, 2)));
        assert_eq!(read("0050"), Ok((false, 2, 0)));
        for bad in [
            "12,345.60",
            "三千元",
            "1e5",
            "",
            "-",
            ".",
            "5.",
            ".5",
            "1.2.3",
            "+5",
            " 5",
            "５",
        ] {
            assert_eq!(read(bad), Err(RowFault::BadType), "{bad}");
        }
    }

    #[test]
    fn blank_is_blank_in_every_width() {
        for blank in ["", " ", "　", " \t　\u{a0}", "\u{feff}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for ink in ["0", " 0", "　王", "-"] {
            assert!(!is_blank(ink), "{ink:?}");
        }
    }

    #[test]
    fn divisions_lie_in_a_province() {
        for good in ["431102", "431181120", "431181120001", "110101001"] {
            assert_eq!(division(good), Ok(()), "{good}");
        }
        for bad in ["43110", "991102", "零陵区", "43110a", "4311021", ""] {
            assert_eq!(division(bad), Err(RowFault::BadDivision), "{bad}");
        }
    }

    #[test]
    fn mobile_numbers_have_eleven_digits() {
        assert_eq!(mobile("13974600001"), Ok(()));
        for bad in [
            "1397460000",
            "03974600001",
            "139746000011",
            "12974600001",
            "1397460000x",
            "",
        ] {
            assert_eq!(mobile(bad), Err(RowFault::BadMobile), "{bad}");
        }
    }
}
