//! `yishu due`: the last day of a limit, by the function that every clock of the platform counts with.

use std::{
    error::Error,
    io::{BufRead, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use jiff::civil::Date;
use rules::calendar::{Calendar, DayKind, Notice};

use crate::failure::{FAILED, Failure, MISUSED, Outcome};

/// Options of `yishu due`.
#[derive(Args, Debug)]
pub struct DueArgs {
    /// 起算之日（当日不计），如 2026-09-30
    #[arg(value_name = "日期", required_unless_present = "stdin", requires = "days")]
    date: Option<String>,
    /// 工作日数，如 5
    #[arg(value_name = "天数", allow_hyphen_values = true)]
    days: Option<String>,
    /// 从标准输入逐行读取“日期 天数”，每行回答一行
    #[arg(long, conflicts_with = "date")]
    stdin: bool,
    /// 数据目录：使用其中已导入的放假通知；不给出则使用随平台提供的日历
    #[arg(long, value_name = "目录", env = "YISHU_DATA")]
    data: Option<PathBuf>,
    /// 数据目录使用 PostgreSQL 时的数据库地址
    #[arg(long, value_name = "地址", env = "YISHU_DATABASE")]
    database: Option<String>,
}

/// Answers one question, or those of the standard input.
pub fn run(args: &DueArgs) -> Outcome {
    let calendar = match &args.data {
        Some(dir) => loaded(dir, args.database.clone())?,
        None => Calendar::built_in(),
    };
    if args.stdin {
        return answer_all(&calendar, std::io::stdin().lock(), std::io::stdout().lock());
    }
    let (date, days) = (
        args.date.as_deref().unwrap_or_default(),
        args.days.as_deref().unwrap_or_default(),
    );
    println!(
        "{}",
        answer(&calendar, date, days).map_err(|words| Failure::with(MISUSED, words))?
    );
    Ok(ExitCode::SUCCESS)
}

/// The calendar that the records of an installation hold.
fn loaded(dir: &Path, database: Option<String>) -> Result<Calendar, Box<dyn Error>> {
    if database.is_none() && !dir.join("city.db").exists() {
        let words = format!(
            "数据目录 {} 里没有城市数据。请核对 --data，或去掉它以使用随平台提供的日历。",
            dir.display()
        );
        return Err(Failure::new(words));
    }
    let place = crate::place::Place {
        data: dir.to_owned(),
        database,
    };
    let config = place.store()?;
    let days = crate::runtime()?.block_on(async {
        let store = store::Store::open(&config).await?;
        let days = store::holidays::all(store.read()).await;
        store.close().await;
        days
    });
    let days = days.map_err(|error| Failure::new(format!("数据库读不出来：{}", error.words())))?;
    if days.is_empty() {
        return Ok(Calendar::built_in());
    }
    Ok(Calendar::new(days.into_iter().map(|it| Notice {
        day: it.day,
        kind: if it.is_worked {
            DayKind::MakeupWorkday
        } else {
            DayKind::Holiday
        },
        name: it.name,
    })))
}

/// One line for each line; a line that is no question gets its error in its place.
fn answer_all(calendar: &Calendar, from: impl BufRead, mut to: impl Write) -> Outcome {
    let mut wrong = 0;
    for (line, number) in from.split(b'\n').zip(1..) {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        // Files from Windows begin with a mark.
        let words: Vec<&str> = text.trim_start_matches('\u{feff}').split_whitespace().collect();
        let answered = match words[..] {
            [] => continue,
            [date, days] => answer(calendar, date, days),
            _ => Err("每行应为“日期 天数”，如 2026-09-30 5".to_owned()),
        };
        match answered {
            Ok(due) => writeln!(to, "{due}")?,
            Err(words) => {
                wrong += 1;
                writeln!(to, "错误：第 {number} 行：{words}")?;
            }
        }
    }
    to.flush()?;
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

fn answer(calendar: &Calendar, date: &str, days: &str) -> Result<String, String> {
    // Only this spelling: others that a lenient parser takes are more often slips than dates.
    let is_plain = date.len() == 10 && date.bytes().all(|it| it.is_ascii_digit() || it == b'-');
    let from: Date = Some(date)
        .filter(|_| is_plain)
        .and_then(|it| it.parse().ok())
        .ok_or_else(|| format!("“{date}”不是一个存在的日期，请写成 2026-09-30 的样子"))?;
    let days = Some(days)
        .filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|it| it.parse().ok())
        .ok_or_else(|| format!("“{days}”不是工作日数，请写 0 到 {} 的整数", u16::MAX))?;
    let due = calendar.due(from, days);
    Ok(format!(
        "{}{}",
        due.date,
        if due.is_provisional { " 暂定" } else { "" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_working_days_from_the_eve_of_national_day_end_after_the_make_up_weekend() {
        let calendar = Calendar::built_in();
        assert_eq!(answer(&calendar, "2026-09-30", "5").unwrap(), "2026-10-13");
        assert_eq!(
            answer(&calendar, "2026-12-30", "5")
                .unwrap()
                .split_once(' ')
                .unwrap()
                .1,
            "暂定"
        );
        assert_eq!(answer(&calendar, "2026-09-30", "0").unwrap(), "2026-09-30");
    }

    #[test]
    fn what_is_no_date_or_no_number_is_refused_with_an_example() {
        let calendar = Calendar::built_in();
        for date in ["2026-02-30", "2026-9-30", "20260930", "", "明天"] {
            assert!(answer(&calendar, date, "5").is_err(), "{date}");
        }
        for days in ["-1", "+5", "5.0", "", "70000", "五"] {
            assert!(answer(&calendar, "2026-09-30", days).is_err(), "{days}");
        }
    }

    #[test]
    fn many_lines_get_a_line_each_and_wrong_ones_fail_the_command_at_its_end() {
        let calendar = Calendar::built_in();
        let mut out = Vec::new();
        let given = "\u{feff}2026-09-30 5\r\n\n2026-09-31 5\n2026-09-30\n2026-09-30\t1".as_bytes();
        let code = answer_all(&calendar, given, &mut out).unwrap();
        let lines: Vec<String> = String::from_utf8(out)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(
            (lines[0].as_str(), lines[3].as_str()),
            ("2026-10-13", "2026-10-08")
        );
        assert!(lines[1].starts_with("错误：第 3 行：") && lines[2].starts_with("错误：第 4 行："));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(FAILED)));
    }
}
