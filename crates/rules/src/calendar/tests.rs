use jiff::civil::date;

use super::*;

fn built_in_due(from: &str, days: u16) -> (String, bool) {
    let due = Calendar::built_in().due(from.parse().unwrap(), days);
    (due.date.to_string(), due.is_provisional)
}

#[test]
fn limits_over_the_holidays_of_2020_to_2026_end_on_the_known_days() {
    let known = [
        ("2026-02-13", 1, "2026-02-14"), // A Saturday worked in exchange.
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-09-18", 1, "2026-09-20"), // A Sunday worked in exchange.
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-09-30", 15, "2026-10-27"),
        ("2025-09-26", 10, "2025-10-16"),
        ("2020-01-23", 1, "2020-02-03"), // The holidays that were lengthened that year.
    ];
    for (from, days, last) in known {
        assert_eq!(
            built_in_due(from, days),
            (last.to_owned(), false),
            "{from} + {days}"
        );
    }
}

#[test]
fn a_limit_that_counts_a_day_of_a_year_without_notice_is_provisional() {
    assert_eq!(built_in_due("2026-12-30", 1), ("2026-12-31".to_owned(), false));
    assert_eq!(built_in_due("2026-12-31", 1), ("2027-01-01".to_owned(), true));
    assert_eq!(built_in_due("2026-12-24", 10), ("2027-01-07".to_owned(), true));
    assert_eq!(built_in_due("2027-03-01", 0), ("2027-03-01".to_owned(), true));
}

#[test]
fn a_provisional_limit_becomes_firm_once_the_notice_is_loaded() {
    let notices = parse_csv("date,kind,name\n2027-01-01,holiday,元旦\n").unwrap();
    let calendar = Calendar::built_in().with(notices);
    let due = calendar.due(date(2026, 12, 31), 1);
    assert_eq!(
        due,
        Due {
            date: date(2027, 1, 4),
            is_provisional: false
        }
    );
}

#[test]
fn a_later_notice_overrules_an_earlier_one_day_by_day() {
    let day = date(2026, 10, 8);
    let notice = |kind| Notice {
        day,
        kind,
        name: "国庆节".to_owned(),
    };
    let calendar = Calendar::built_in().with([notice(DayKind::Holiday)]);
    assert!(!calendar.works_on(day));
    assert!(calendar.with([notice(DayKind::MakeupWorkday)]).works_on(day));
}

#[test]
fn the_day_in_the_city_begins_at_16_00_of_the_day_before_in_greenwich() {
    assert_eq!(today("2026-09-30T15:59:59Z".parse().unwrap()), date(2026, 9, 30));
    assert_eq!(today("2026-09-30T16:00:00Z".parse().unwrap()), date(2026, 10, 1));
}

#[test]
fn a_count_that_passes_the_last_day_there_is_stops_there() {
    assert_eq!(
        built_in_due("9999-12-30", u16::MAX),
        ("9999-12-31".to_owned(), true)
    );
}

#[test]
fn a_notice_file_is_read_with_byte_order_mark_crlf_blank_lines_and_chinese_kinds() {
    let text = "\u{feff}date,kind,name\r\n2027-01-01,放假,元旦\r\n\r\n2027-01-03,调休上班,元旦\r\n";
    let notices = parse_csv(text).unwrap();
    let kinds: Vec<(Date, DayKind)> = notices.iter().map(|it| (it.day, it.kind)).collect();
    assert_eq!(
        kinds,
        [
            (date(2027, 1, 1), DayKind::Holiday),
            (date(2027, 1, 3), DayKind::MakeupWorkday)
        ]
    );
}

#[test]
fn a_bad_line_of_a_notice_file_is_named_with_what_is_wrong_in_it() {
    let cases = [
        ("", 1, "空的"),
        ("day,kind\n", 1, "表头"),
        ("date,kind,name\n2027-01-01,holiday\n", 2, "3列"),
        ("date,kind,name\n\n2027-02-29,holiday,元旦\n", 3, "2027-02-29"),
        ("date,kind,name\n20270101,holiday,元旦\n", 2, "20270101"),
        ("date,kind,name\n2027-01-01,off,元旦\n", 2, "off"),
        (
            "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-01,holiday,元旦\n",
            3,
            "已经出现过",
        ),
    ];
    for (text, line, word) in cases {
        let bad = parse_csv(text).unwrap_err();
        assert_eq!(bad.line, line, "{text:?}");
        assert!(bad.to_string().contains(word), "{text:?}: {bad}");
    }
}

/// Counts by walking a plain list of lines of the file, sharing nothing with the calendar.
fn slow_due(working: &[(Date, bool)], from: Date, days: usize) -> Option<Date> {
    working
        .iter()
        .filter(|(day, works)| from < *day && *works)
        .nth(days - 1)
        .map(|it| it.0)
}

#[test]
fn every_limit_from_every_day_of_2018_to_2026_agrees_with_an_independent_count() {
    let file = include_str!("../../data/holidays.csv");
    let is_listed = |day: Date, kind: &str| file.contains(&format!("{day},{kind},"));
    let working: Vec<(Date, bool)> = date(2018, 1, 1)
        .series(jiff::ToSpan::days(1))
        .take_while(|day| day.year() <= 2026)
        .map(|day| {
            // Zeller's congruence with January and February as months 13 and 14; 0 is Saturday, 1 Sunday.
            let (y, m) = match day.month() {
                m @ 1..=2 => (i32::from(day.year()) - 1, i32::from(m) + 12),
                m => (i32::from(day.year()), i32::from(m)),
            };
            let h = (i32::from(day.day()) + 13 * (m + 1) / 5 + y + y / 4 - y / 100 + y / 400) % 7;
            let works = match h {
                0 | 1 => is_listed(day, "makeup_workday"),
                _ => !is_listed(day, "holiday"),
            };
            (day, works)
        })
        .collect();
    let calendar = Calendar::built_in();
    for (at, (from, _)) in working.iter().enumerate() {
        for days in [1, 2, 5, 10, 15, 20] {
            // The 60 days ahead hold the 20 working days of the longest limit.
            let ahead = &working[at..working.len().min(at + 60)];
            let Some(last) = slow_due(ahead, *from, days) else {
                continue;
            };
            let due = calendar.due(*from, days as u16);
            assert_eq!(
                due,
                Due {
                    date: last,
                    is_provisional: false
                },
                "{from} + {days}"
            );
            assert_eq!(calendar.working_days_between(*from, last), days);
        }
    }
}

#[test]
fn the_years_that_the_platform_brings_along_have_the_known_number_of_working_days() {
    let calendar = Calendar::built_in();
    let known = [250, 250, 249, 250, 249, 249, 251, 248, 248];
    for (year, days) in (2018..=2026).zip(known) {
        let counted = calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31));
        assert_eq!(counted, days, "{year}");
    }
    assert_eq!(
        calendar.years().collect::<Vec<_>>(),
        (2018..=2026).collect::<Vec<_>>()
    );
}

#[test]
fn every_built_in_year_is_whole_and_a_notice_of_one_festival_is_not() {
    let notices = parse_csv(BUILT_IN_CSV).unwrap();
    for year in 2018..=2026 {
        assert!(missing_festivals(&notices, year).is_empty(), "{year}");
    }
    let new_year: Vec<Notice> = notices.into_iter().filter(|it| it.name == "元旦").collect();
    let missing = missing_festivals(&new_year, 2026);
    assert_eq!(
        missing,
        ["春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"]
    );
}
