//! Days, instants and numbers as people read them. City time is UTC+8 all year.

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use rules::{clock::Clock, law::Article};

/// A day, such as 2026-11-23.
pub fn day(day: Date) -> String {
    day.to_string()
}

/// A day in prose, such as 2026年11月23日（星期一）.
pub fn day_long(day: Date) -> String {
    let week = ["一", "二", "三", "四", "五", "六", "日"];
    let weekday = week[day.weekday().to_monday_zero_offset() as usize];
    format!(
        "{}年{}月{}日（星期{weekday}）",
        day.year(),
        day.month(),
        day.day()
    )
}

/// An instant in the city, to the minute, such as 2026-11-23 16:05.
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(Offset::constant(8)))
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// The limit of a clock as people read it, such as “10个工作日内”, where a regulation in force on `day` sets one.
pub fn within(clock: &Clock, day: Date) -> String {
    clock
        .limit_on(day)
        .map(|it| format!("{}个工作日内", it.days))
        .unwrap_or_default()
}

/// A number with its thousands apart, such as 1,000,000.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in the largest unit that keeps it readable.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} 字节"),
        1024..1_048_576 => format!("{:.1} KB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.2} GB", bytes as f64 / 1_073_741_824.0),
    }
}

/// A score with one place, or that it could not be measured. What falls short of 100 does not read 100.
pub fn percent(percent: Option<f64>) -> String {
    match percent {
        Some(percent) if (99.95..100.0).contains(&percent) => "99.9".to_owned(),
        Some(percent) => format!("{percent:.1}"),
        None => "未测".to_owned(),
    }
}

/// A share of `all`, such as 0.48%. What is not nothing and not all does not read 0.00% or 100.00%.
pub fn share(part: u64, all: u64) -> String {
    if all == 0 {
        return "—".to_owned();
    }
    let share = part as f64 * 100.0 / all as f64;
    match share {
        _ if part == 0 || part == all => format!("{share:.2}%"),
        ..0.01 => "不足0.01%".to_owned(),
        _ => format!("{:.2}%", share.min(99.99)),
    }
}

/// Where the text of an article stands on the page of the law.
pub fn law_href(article: Article) -> String {
    match article.regulation {
        rules::law::Regulation::Yongzhou => format!("/law#art-{}", article.number),
        _ => "/law".to_owned(),
    }
}

/// A value inside a URL's path or query.
pub fn encoded(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_threes() {
        assert_eq!(
            [count(0), count(999), count(41_352), count(1_000_000)],
            ["0", "999", "41,352", "1,000,000"]
        );
    }

    #[test]
    fn what_is_nearly_all_or_nearly_nothing_does_not_read_as_all_or_nothing() {
        let shares = [(0, 7), (7, 7), (41_351, 41_352), (3, 124_056), (1, 3)];
        assert_eq!(
            shares.map(|(part, all)| share(part, all)),
            ["0.00%", "100.00%", "99.99%", "不足0.01%", "33.33%"]
        );
        let scores = [Some(100.0), Some(99.998), Some(87.34), None];
        assert_eq!(scores.map(percent), ["100.0", "99.9", "87.3", "未测"]);
    }

    #[test]
    fn an_instant_is_shown_in_the_citys_time() {
        assert_eq!(
            moment("2026-11-23T16:05:59Z".parse().unwrap()),
            "2026-11-24 00:05"
        );
    }

    #[test]
    fn a_chinese_value_survives_a_url() {
        assert_eq!(encoded("区划 a/1"), "%E5%8C%BA%E5%88%92%20a%2F1");
    }
}
