//! 信息项: the columns of a resource, and what their values must be (art. 14).

use serde::{Deserialize, Serialize};

use super::{Gap, gap};
use crate::{law::Regulation::Yongzhou, words};

words! {
    /// 数据类型 of an item, after the guide's list. Codes and identifiers are text for ever.
    pub enum ItemType {
        /// 字符型 C; `length` is in characters.
        Text = "C" "字符型",
        /// 数值型 N: an exact decimal; `length` digits in all, `scale` of them after the point.
        Decimal = "N" "数值型",
        /// 货币型 Y: an exact decimal with at most two places.
        Money = "Y" "货币型",
        /// 整型 I.
        Integer = "I" "整型",
        /// 日期型 D: YYYY-MM-DD or YYYYMMDD, a day that exists.
        Date = "D" "日期型",
        /// 日期时间型 T.
        DateTime = "T" "日期时间型",
        /// 逻辑型 L: 1/0, 是/否, true/false.
        Boolean = "L" "逻辑型",
        /// 备注型 M: long text; `length` is in characters.
        Memo = "M" "备注型",
    }
}

words! {
    /// What a value means beyond its type, and so how it is checked (domain facts §7).
    pub enum Semantic {
        /// Nothing more.
        Plain = "plain" "无",
        /// 公民身份号码, GB 11643: 18 characters, real birth date, check character.
        IdentityNumber = "identity-number" "公民身份号码",
        /// 统一社会信用代码, GB 32100.
        CreditCode = "credit-code" "统一社会信用代码",
        /// 行政区划代码: 6, 9 or 12 digits under a province that exists.
        DivisionCode = "division-code" "行政区划代码",
        /// 手机号码.
        Mobile = "mobile" "手机号码",
        /// 性别: 男 or 女.
        Gender = "gender" "性别",
        /// 姓名 of a person.
        PersonName = "person-name" "姓名",
        /// 住址.
        Address = "address" "地址",
    }
}

words! {
    /// How an item bears on a person; what may be opened and how it is masked follows from it (art. 22).
    pub enum ItemClass {
        /// 直接标识.
        Identifier = "identifier" "直接标识",
        /// 准标识.
        Quasi = "quasi" "准标识",
        /// 敏感.
        Sensitive = "sensitive" "敏感",
        /// 一般.
        Plain = "plain" "一般",
    }
}

impl ItemClass {
    /// Whether the item is about a person, so that it cannot be opened without de-identification.
    pub fn is_personal(self) -> bool {
        matches!(self, ItemClass::Identifier | ItemClass::Sensitive)
    }
}

/// One permitted value of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The value in the data.
    pub code: String,
    /// What it means; equal to `code` where it speaks for itself.
    pub label: String,
}

/// 信息项: one column of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// The header of its column in files and its name in calls.
    pub name: String,
    /// 信息项名称, Chinese, as people read it.
    pub title: String,
    /// 数据类型.
    pub kind: ItemType,
    /// Characters at most (text), or digits at most (numbers).
    pub length: Option<u32>,
    /// Places after the point at most, for decimals.
    pub scale: Option<u8>,
    /// Whether a number may be below zero.
    pub may_be_negative: bool,
    /// Whether every row must have a value.
    pub is_required: bool,
    /// Whether it is part of the row key.
    pub is_key: bool,
    /// Whether callers may filter on it; only such items are indexed.
    pub is_condition: bool,
    /// 值域代码; empty where any value will do.
    pub codes: Vec<Code>,
    /// What a value means.
    pub semantic: Semantic,
    /// How it bears on a person.
    pub class: ItemClass,
    /// A word to the reader.
    pub note: String,
    /// A few values seen in the sample, for the cataloguer's eyes; masked where personal.
    pub samples: Vec<String>,
}

impl Default for Item {
    fn default() -> Self {
        Item {
            name: String::new(),
            title: String::new(),
            kind: ItemType::Text,
            length: None,
            scale: None,
            may_be_negative: false,
            is_required: false,
            is_key: false,
            is_condition: false,
            codes: Vec::new(),
            semantic: Semantic::Plain,
            class: ItemClass::Plain,
            note: String::new(),
            samples: Vec::new(),
        }
    }
}

impl Item {
    /// What this item, number `i` of its entry, lacks.
    pub(super) fn gaps(&self, i: usize) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let art_14 = Some(Yongzhou.art(14));
        if self.name.trim().is_empty() {
            gaps.push(gap(
                format!("items.{i}.name"),
                "信息项缺少名称（文件表头）。",
                art_14,
            ));
        }
        if self.title.trim().is_empty() {
            gaps.push(gap(
                format!("items.{i}.title"),
                format!("请填写“{}”的中文名称。", self.name),
                art_14,
            ));
        }
        if matches!(self.kind, ItemType::Text | ItemType::Memo) && self.length.is_none() {
            gaps.push(gap(
                format!("items.{i}.length"),
                format!("请填写“{}”的最大长度。", self.title),
                art_14,
            ));
        }
        if self.is_key && !self.is_required {
            let words = format!("“{}”是主键，应设为必填。", self.title);
            gaps.push(gap(format!("items.{i}.is_required"), words, art_14));
        }
        gaps
    }
}

/// A check over two items of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum CrossRule {
    /// The birth date is the one inside the identity number.
    BirthMatchesIdentity {
        /// The identity number.
        identity: String,
        /// The birth date.
        birth: String,
    },
    /// The gender is the one the identity number's 17th digit says.
    GenderMatchesIdentity {
        /// The identity number.
        identity: String,
        /// The gender, 男 or 女.
        gender: String,
    },
    /// The later day is not before the earlier one.
    NotBefore {
        /// The day that comes first.
        earlier: String,
        /// The day that may not be before it.
        later: String,
    },
}

impl CrossRule {
    /// The two items the rule reads.
    pub fn items(&self) -> [&str; 2] {
        match self {
            CrossRule::BirthMatchesIdentity { identity, birth } => [identity, birth],
            CrossRule::GenderMatchesIdentity { identity, gender } => [identity, gender],
            CrossRule::NotBefore { earlier, later } => [earlier, later],
        }
    }

    /// The rule in words.
    pub fn label(&self) -> String {
        match self {
            CrossRule::BirthMatchesIdentity { identity, birth } => {
                format!("“{birth}”应与“{identity}”中的出生日期一致")
            }
            CrossRule::GenderMatchesIdentity { identity, gender } => {
                format!("“{gender}”应与“{identity}”第17位一致")
            }
            CrossRule::NotBefore { earlier, later } => format!("“{later}”不得早于“{earlier}”"),
        }
    }
}
