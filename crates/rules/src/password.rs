//! What a password must be, and when an account is locked.
//!
//! No article sets these numbers. They follow from 安全可控 (art. 4) and the protection of the platform (art. 32).

use jiff::{SignedDuration, Timestamp};

/// Characters at least.
pub const LENGTH_MIN: usize = 10;
/// Characters at most: hashing a longer one would only cost the server time.
pub const LENGTH_MAX: usize = 128;
/// How many of the four classes (capital letters, small letters, digits, others) must occur.
pub const CLASSES_MIN: usize = 3;
/// After so many wrong passwords in a row the account is locked.
pub const FAILURES_MAX: u32 = 5;
/// For how long it is locked after the last of them.
pub const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// What a new password must be, in words for the form.
pub fn hint() -> String {
    format!("至少{LENGTH_MIN}个字符，包含大写字母、小写字母、数字、其他字符中的至少{CLASSES_MIN}类。")
}

/// What is wrong with a new `password` for the account `login`, each with what to do about it; empty when it is good.
pub fn faults(password: &str, login: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let length = password.chars().count();
    if length < LENGTH_MIN {
        faults.push(format!("密码至少{LENGTH_MIN}个字符。"));
    }
    if LENGTH_MAX < length {
        faults.push(format!("密码不超过{LENGTH_MAX}个字符。"));
    }
    let classes: [fn(char) -> bool; 4] = [
        char::is_uppercase,
        char::is_lowercase,
        |it| it.is_ascii_digit(),
        |it| !it.is_uppercase() && !it.is_lowercase() && !it.is_ascii_digit(),
    ];
    if classes.iter().filter(|is| password.contains(**is)).count() < CLASSES_MIN {
        faults.push(format!(
            "密码应包含大写字母、小写字母、数字、其他字符中的至少{CLASSES_MIN}类。"
        ));
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        faults.push("密码不得包含用户名。".to_owned());
    }
    faults
}

/// Until when an account is locked that was given `failures` wrong passwords in a row, the last at `last`; none
/// where it is not.
pub fn locked_until(failures: u32, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let until = last.checked_add(LOCKED_FOR).unwrap_or(Timestamp::MAX);
    (FAILURES_MAX <= failures && now < until).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_ten_characters_of_three_classes_and_not_the_login() {
        assert!(faults("Yongzhou-2026", "zhang.wei").is_empty());
        assert!(faults("永州一数一源2026ab", "zhang.wei").is_empty());
        assert_eq!(faults("Yz-2026", "zhang.wei"), ["密码至少10个字符。"]);
        assert_eq!(faults("yongzhou2026", "zhang.wei").len(), 1);
        assert_eq!(faults("Zhang.Wei-2026", "zhang.wei"), ["密码不得包含用户名。"]);
        assert_eq!(faults(&"Aa1".repeat(43), "").len(), 1);
        assert_eq!(faults("", "").len(), 2);
    }

    #[test]
    fn five_wrong_passwords_lock_the_account_for_fifteen_minutes() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(locked_until(4, at(0), at(1)), None);
        assert_eq!(locked_until(5, at(0), at(1)), Some(at(900)));
        assert_eq!(locked_until(5, at(0), at(899)), Some(at(900)));
        assert_eq!(locked_until(5, at(0), at(900)), None);
    }
}
