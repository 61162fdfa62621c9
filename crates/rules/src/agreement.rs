//! 开放利用协议: what conditional data is opened as, and how its use is followed up.
//!
//! Home of 《永州市政务大数据管理办法》 art. 26.

use jiff::{ToSpan, civil::Date};

use crate::{catalogue::Content, clock::Colour, grant::Terms};

/// Months between two follow-ups (定期跟踪) where nothing else was agreed.
pub const FOLLOW_MONTHS: u8 = 6;

/// Months between two follow-ups at most.
pub const FOLLOW_MONTHS_MAX: u8 = 12;

/// Days before a follow-up on which it turns amber. No article counts these; the rhythm is what was agreed.
pub const FOLLOW_AMBER_DAYS: i32 = 14;

/// The parties and the subject of an agreement, as its text names them. The applicant is named by number: the text is
/// kept when the applicant's own data is erased.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The agreement's number.
    pub number: &'a str,
    /// 提供部门.
    pub provider: &'a str,
    /// The applicant's number.
    pub applicant: &'a str,
    /// The number of the application it came from.
    pub case: &'a str,
    /// The set's resource code.
    pub code: &'a str,
}

/// The text of an agreement, clause by clause, from its terms.
/// `items` are the granted items as people read them; `conditions` are what the provider adds in its own words.
pub fn text(
    parties: Parties<'_>,
    entry: &Content,
    terms: &Terms,
    items: &[String],
    conditions: &str,
    follow_months: u8,
) -> Vec<String> {
    let title = |name: &String| {
        entry
            .item(name)
            .map_or_else(|| name.clone(), |it| it.title.clone())
    };
    let rows: Vec<String> = terms
        .filters
        .iter()
        .map(|it| format!("{}为{}", title(&it.item), it.values.join("、")))
        .collect();
    let rows = if rows.is_empty() {
        "全部".to_owned()
    } else {
        rows.join("，且")
    };
    vec![
        format!("甲方（提供部门）：{}。乙方（开发利用主体）：申请人{}。", parties.provider, parties.applicant),
        format!(
            "甲方根据《永州市政务大数据管理办法》第二十六条和{}申请，向乙方有条件开放政务数据“{}”（{}）。",
            parties.case, entry.title, parties.code
        ),
        format!("用途：{}。乙方不得用于其他用途。", terms.purpose_text.trim_end_matches('。')),
        format!("开放的信息项：{}。数据范围：{rows}。", items.join("、")),
        format!(
            "期限：自{}起至{}止。每日调用不超过{}次。",
            terms.from, terms.until, terms.calls_per_day_max
        ),
        "乙方应按申请所述的安全保障措施保护数据，不得向第三方提供原始数据，不得将数据与其他信息结合以识别特定个人，不得侵犯国家秘密、商业秘密和个人隐私。".to_owned(),
        format!("使用条件和安全要求：{}。", conditions.trim_end_matches('。')),
        "乙方应妥善保管访问密钥；密钥遗失、泄露或者数据发生泄露的，应立即停用并告知甲方。".to_owned(),
        format!(
            "乙方利用数据开发的数据产品应注明：数据来源为永州市政务数据开放平台、{}“{}”，以及数据获取日期。",
            parties.provider, entry.title
        ),
        format!("市政务数据主管部门每{follow_months}个月跟踪了解一次开发利用情况，乙方应予配合。"),
        "乙方违反法律法规或者本协议的，甲方可以暂停或者终止提供。每次调用均由平台留存证据，可供双方查验。".to_owned(),
        format!("本协议编号{}，经乙方在平台上确认后生效。政务数据无偿使用。", parties.number),
    ]
}

/// The day of the next follow-up after one on `last`; none once the agreement is over before it.
pub fn next_follow_up(last: Date, months: u8, until: Date) -> Option<Date> {
    let next = last.checked_add(i32::from(months).months()).ok()?;
    // The end itself is a follow-up: what became of the data is asked when its use is over.
    (last < until).then(|| next.min(until))
}

/// How pressing a follow-up due on `due` is.
pub fn urgency(due: Date, today: Date) -> Colour {
    let amber = due.checked_sub(FOLLOW_AMBER_DAYS.days()).unwrap_or(due);
    if due < today {
        Colour::Red
    } else if amber <= today {
        Colour::Amber
    } else {
        Colour::Green
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn yongzhou_art26_use_is_followed_up_at_the_agreed_rhythm_until_the_end() {
        let until = date(2027, 2, 28);
        assert_eq!(next_follow_up(date(2026, 3, 2), 6, until), Some(date(2026, 9, 2)));
        assert_eq!(next_follow_up(date(2026, 9, 2), 6, until), Some(until));
        assert_eq!(next_follow_up(until, 6, until), None);
    }

    #[test]
    fn yongzhou_art26_a_follow_up_is_amber_two_weeks_before_and_red_after_its_day() {
        let due = date(2026, 9, 2);
        assert_eq!(urgency(due, date(2026, 8, 18)), Colour::Green);
        assert_eq!(urgency(due, date(2026, 8, 19)), Colour::Amber);
        assert_eq!(urgency(due, due), Colour::Amber);
        assert_eq!(urgency(due, date(2026, 9, 3)), Colour::Red);
    }
}
