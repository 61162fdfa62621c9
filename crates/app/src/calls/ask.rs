//! What callers send: read strictly, so that a misspelt field is told and not ignored.

use std::{collections::BTreeMap, fmt};

use rules::grant::{CallRefusal, Purpose};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::answer::CallError;

/// Rows in one page at most.
pub const LIMIT_MAX: usize = 1000;

/// Rows in one page where the caller does not say.
pub const LIMIT_DEFAULT: usize = 100;

/// Characters in a matter number at most.
const MATTER_MAX: usize = 100;

/// Items or conditions in one request at most; more is no honest request.
const NAMES_MAX: usize = 500;

/// 查询: rows by declared conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryAsk {
    /// The stored word of the purpose.
    #[serde(default)]
    pub purpose: String,
    /// 事项编号: what the call is made for, in the caller's own numbering; never a person's data.
    #[serde(default)]
    pub matter: String,
    /// The items wanted; empty means all granted.
    #[serde(default)]
    pub items: Vec<String>,
    /// Declared conditions and their values; all must hold.
    #[serde(default, rename = "where", deserialize_with = "named")]
    pub conditions: BTreeMap<String, String>,
    /// Rows in the page, 1 to 1000.
    pub limit: Option<usize>,
    /// The mark of the page before.
    pub after: Option<String>,
}

/// 核验: yes or no per value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyAsk {
    /// The stored word of the purpose.
    #[serde(default)]
    pub purpose: String,
    /// 事项编号.
    #[serde(default)]
    pub matter: String,
    /// The value of every key item.
    #[serde(default, rename = "where", deserialize_with = "named")]
    pub key: BTreeMap<String, String>,
    /// The values that are to be confirmed.
    #[serde(default, deserialize_with = "named")]
    pub expect: BTreeMap<String, String>,
}

/// 导出: all granted rows as one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportAsk {
    /// The stored word of the purpose.
    pub purpose: String,
    /// 事项编号.
    pub matter: String,
    /// The items wanted; empty means all granted.
    pub items: Vec<String>,
    /// Whether the file starts with a byte order mark, which some spreadsheets need to read Chinese.
    pub with_bom: bool,
}

/// A request that cannot be read, with the field at fault.
pub(super) fn bad(field: &str, words: impl Into<String>) -> CallError {
    CallError::refused(CallRefusal::BadRequest, field, words)
}

/// Reads a JSON body; the words say where it breaks, without repeating what was sent.
pub fn read<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, CallError> {
    serde_json::from_slice(body).map_err(|fault| {
        let told = fault.to_string();
        let (unknown, twice) = (
            field_at_fault(&told, "unknown field `"),
            field_at_fault(&told, TWICE),
        );
        let what = match (fault.classify(), unknown, twice) {
            (serde_json::error::Category::Data, Some(field), _) => format!("没有“{field}”这个字段"),
            (serde_json::error::Category::Data, _, Some(field)) => format!("“{field}”出现了两次"),
            (serde_json::error::Category::Data, ..) if told.starts_with(CONTROL) => {
                "值中含有不可见的控制字符".to_owned()
            }
            (serde_json::error::Category::Data, ..) => "字段名称或类型不符合接口文档".to_owned(),
            _ if told.starts_with("recursion limit") => "嵌套层次过多".to_owned(),
            _ => "不是完整的 JSON".to_owned(),
        };
        bad(
            unknown.or(twice).unwrap_or_default(),
            format!(
                "请求正文第 {} 行第 {} 列有误：{what}。请对照 /api/docs 核对。",
                fault.line(),
                fault.column()
            ),
        )
    })
}

/// How the reader begins to tell of a field that came before.
const TWICE: &str = "duplicate field `";
/// How it begins to tell of a value that no honest request has.
const CONTROL: &str = "control character";

/// Names of items and their values. Of two values for one item nobody can say which is meant, so that the second is
/// refused and not simply taken.
pub(crate) fn named<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Named;

    impl<'de> Visitor<'de> for Named {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("names and values")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut all = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, String>()? {
                if all.contains_key(&name) {
                    return Err(M::Error::custom(format_args!("{TWICE}{name}`")));
                }
                if value.contains('\0') {
                    return Err(M::Error::custom(CONTROL));
                }
                all.insert(name, value);
            }
            Ok(all)
        }
    }

    from.deserialize_map(Named)
}

/// The name of a field that is told of after `beginning`, where it looks like a name: what else was sent is not
/// repeated.
fn field_at_fault<'a>(told: &'a str, beginning: &str) -> Option<&'a str> {
    let name = told.strip_prefix(beginning)?.split('`').next()?;
    let is_name = |c: char| c.is_alphabetic() || c == '_' || c == '-';
    let is_short = (1..=40).contains(&name.chars().count());
    (is_short && name.chars().all(is_name)).then_some(name)
}

/// The purpose, where its word is known.
pub(super) fn purpose(word: &str) -> Result<Purpose, CallError> {
    Purpose::parse(word).ok_or_else(|| {
        let words: Vec<String> = Purpose::SHARING
            .iter()
            .map(|it| format!("{}（{}）", it.name(), it.label()))
            .collect();
        bad("purpose", format!("purpose 应为下列之一：{}。", words.join("、")))
    })
}

/// The matter number, where it is one. It goes into the evidence, so an identity number in it is refused.
pub(super) fn matter(text: &str) -> Result<(), CallError> {
    if text.trim().is_empty() {
        return Err(bad(
            "matter",
            "请填写 matter（事项编号），说明本次调用用于办理哪件事。",
        ));
    }
    if text.chars().count() > MATTER_MAX {
        return Err(bad(
            "matter",
            format!("matter（事项编号）不超过 {MATTER_MAX} 个字。"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(bad(
            "matter",
            "matter（事项编号）应写在一行之内，不得含控制字符。",
        ));
    }
    if holds_identity(text) {
        return Err(bad(
            "matter",
            "matter（事项编号）会写入存证，不得含身份证号、手机号等个人信息。请改用办件编号。",
        ));
    }
    Ok(())
}

/// Whether `text` holds something shaped like an identity number or a mobile number.
pub(crate) fn holds_identity(text: &str) -> bool {
    text.split(|it: char| !it.is_ascii_alphanumeric()).any(|word| {
        let is_identity = word.len() == 18
            && word.bytes().take(17).all(|it| it.is_ascii_digit())
            && (word.ends_with(['x', 'X']) || word.ends_with(|it: char| it.is_ascii_digit()))
            && matches!(&word[6..8], "19" | "20");
        let is_mobile = word.len() == 11
            && word.bytes().all(|it| it.is_ascii_digit())
            && word.starts_with('1')
            && !matches!(&word[1..2], "0" | "1" | "2");
        is_identity || is_mobile
    })
}

/// No more names than an honest request has.
pub(super) fn few(field: &str, names: usize) -> Result<(), CallError> {
    if names > NAMES_MAX {
        return Err(bad(field, format!("{field} 不超过 {NAMES_MAX} 项。")));
    }
    Ok(())
}

/// Rows in the page.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, CallError> {
    match asked {
        None => Ok(LIMIT_DEFAULT),
        Some(rows @ 1..=LIMIT_MAX) => Ok(rows),
        Some(_) => Err(bad(
            "limit",
            format!("limit 应在 1 与 {LIMIT_MAX} 之间；更多数据请翻页或使用导出。"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_refused_and_not_ignored() {
        let refused = read::<QueryAsk>(br#"{"purpose":"basis","item":["a"]}"#).unwrap_err();
        assert_eq!(refused.code, "bad-request");
        assert!(refused.words.contains("第 1 行"), "{}", refused.words);
        assert!(refused.words.contains("没有“item”这个字段"), "{}", refused.words);
    }

    #[test]
    fn two_values_for_one_item_are_refused_and_neither_is_taken() {
        for (body, field) in [
            (
                r#"{"purpose":"basis","where":{"id_card":"1","id_card":"2"}}"#,
                "id_card",
            ),
            (r#"{"purpose":"basis","purpose":"check"}"#, "purpose"),
        ] {
            let refused = read::<QueryAsk>(body.as_bytes()).unwrap_err();
            assert_eq!((refused.code, refused.field.as_str()), ("bad-request", field));
            assert!(refused.words.contains("出现了两次"), "{}", refused.words);
        }
        // A value is never repeated in the words, nor a name that may be one.
        let refused = read::<QueryAsk>(br#"{"where":{"431102198001010017":"","431102198001010017":""}}"#);
        assert!(!refused.unwrap_err().words.contains("4311"));
    }

    #[test]
    fn what_no_honest_request_has_is_told_in_its_own_words() {
        let deep = format!(r#"{{"where":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        for (body, words) in [
            (r#"{"where":{"name":"a\u0000b"}}"#, "控制字符"),
            (deep.as_str(), "字段名称或类型"),
            (r#"{"where":{"name":"#, "不是完整的 JSON"),
        ] {
            let refused = read::<QueryAsk>(body.as_bytes()).unwrap_err();
            assert!(refused.words.contains(words), "{}", refused.words);
        }
    }

    #[test]
    fn what_is_no_name_is_not_repeated_as_the_name_of_a_field() {
        for body in [
            r#"{"purpose":"basis","431102198001010017":1}"#,
            r#"{"purpose":"basis","<script>":1}"#,
        ] {
            let refused = read::<QueryAsk>(body.as_bytes()).unwrap_err();
            assert!(refused.words.contains("字段名称或类型"), "{}", refused.words);
        }
    }

    #[test]
    fn a_matter_with_a_persons_number_is_refused() {
        assert!(matter("永民低保2026-00123").is_ok());
        assert!(matter("20261123000012345678").is_ok());
        assert!(matter("办件 431102198001010017").is_err());
        assert!(matter("13800138000").is_err());
        assert!(matter(" ").is_err());
        assert!(matter("办件\n1").is_err() && matter("办件\0").is_err());
    }

    #[test]
    fn a_page_has_between_one_and_a_thousand_rows() {
        assert_eq!(limit(None).unwrap(), LIMIT_DEFAULT);
        assert_eq!(limit(Some(1000)).unwrap(), 1000);
        assert!(limit(Some(0)).is_err());
        assert!(limit(Some(1001)).is_err());
    }
}
