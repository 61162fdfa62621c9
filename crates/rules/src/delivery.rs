//! 数据归集: batches of rows and why a row or a batch is refused.
//!
//! Home of 《永州市政务大数据管理办法》 art. 14 and art. 16. Reading and checking the bytes is `table`'s work.

use serde::{Deserialize, Serialize};

use crate::words;

words! {
    /// How a batch changes the rows that stand.
    pub enum BatchKind {
        /// 全量: the rows of the batch are the whole resource.
        Full = "full" "全量",
        /// 增量: rows with a known key replace that row, others are added.
        Incremental = "incremental" "增量",
        /// 校核更正: one record that was doubted is put right (art. 21). Nobody collected it anew: it is no batch of art.
        /// 14, has no scores, and is not counted as one.
        Correction = "correction" "校核更正",
    }
}

impl BatchKind {
    /// The kinds that a provider sends.
    pub const SENT: &'static [BatchKind] = &[BatchKind::Full, BatchKind::Incremental];

    /// The kind that a provider asks for by its stored word.
    pub fn sent(word: &str) -> Option<BatchKind> {
        BatchKind::parse(word).filter(|it| BatchKind::SENT.contains(it))
    }

    /// Whether it is measured by its quality, and counted among the provider's batches.
    pub fn is_measured(self) -> bool {
        self != BatchKind::Correction
    }
}

words! {
    /// Where a batch stands.
    pub enum BatchState {
        /// Received and being checked.
        Checking = "checking" "校验中",
        /// Loaded: its rows are what callers get.
        Loaded = "loaded" "已入库",
        /// Refused whole: unreadable, wrong header, or too many refused rows. The data stands as it was.
        Refused = "refused" "整批拒收",
    }
}

words! {
    /// Why one row is refused. The stored word stands in the refusal file and in the API.
    pub enum RowFault {
        /// The row has fewer or more fields than the header.
        WrongWidth = "wrong-width" "列数与表头不符",
        /// Bytes that are not text in the file's encoding.
        BadEncoding = "bad-encoding" "含有无法识别的字符编码",
        /// A required value is empty.
        Required = "required" "必填项为空",
        /// Not a value of the item's type.
        BadType = "bad-type" "与数据类型不符",
        /// A long number of which a spreadsheet kept the first fifteen digits only.
        DigitsLost = "digits-lost" "长数字已被电子表格改为近似值，请将该列设为文本格式后重新填写",
        /// Longer than the item permits.
        TooLong = "too-long" "超过最大长度",
        /// More places after the point than permitted.
        TooPrecise = "too-precise" "小数位数超出",
        /// Below zero where that is not permitted.
        Negative = "negative" "不得为负数",
        /// Not in the code list.
        NotInCodes = "not-in-codes" "不在值域代码内",
        /// A day that does not exist.
        NoSuchDate = "no-such-date" "日期不存在",
        /// An identity number of the wrong length or shape.
        BadIdentity = "bad-identity" "公民身份号码格式不正确",
        /// An identity number whose birth date does not exist.
        IdentityDate = "identity-date" "公民身份号码中的出生日期不存在",
        /// A wrong check character in an identity number.
        IdentityCheck = "identity-check" "公民身份号码校验码不正确",
        /// Not a unified social credit code.
        BadCreditCode = "bad-credit-code" "统一社会信用代码不正确",
        /// Not a division code.
        BadDivision = "bad-division" "行政区划代码不正确",
        /// Not a mobile number.
        BadMobile = "bad-mobile" "手机号码不正确",
        /// Neither 男 nor 女.
        BadGender = "bad-gender" "性别只能为男或女",
        /// Birth date and identity number disagree.
        BirthMismatch = "birth-mismatch" "出生日期与公民身份号码不一致",
        /// Gender and identity number disagree.
        GenderMismatch = "gender-mismatch" "性别与公民身份号码不一致",
        /// The later day is before the earlier.
        DateOrder = "date-order" "日期先后顺序不正确",
        /// A row with this key came before in the same batch.
        DuplicateKey = "duplicate-key" "主键重复",
    }
}

/// Why one row was refused: the line of the refusal file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRefusal {
    /// 1-based number of the record, the header not counted.
    pub row: u64,
    /// The item at fault; empty where the whole row is.
    pub item: String,
    /// The value as it came, shortened to 100 characters.
    pub value: String,
    /// Why.
    pub fault: RowFault,
}

words! {
    /// The six dimensions of art. 14, in the words of GB/T 36344.
    pub enum Dimension {
        /// 规范性.
        Validity = "validity" "规范性",
        /// 完整性.
        Completeness = "completeness" "完整性",
        /// 准确性.
        Accuracy = "accuracy" "准确性",
        /// 一致性.
        Consistency = "consistency" "一致性",
        /// 时效性.
        Timeliness = "timeliness" "时效性",
        /// 可访问性.
        Accessibility = "accessibility" "可访问性",
    }
}

/// One measured part of a score: `good` of `all`, GB/T 36344's A of B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScorePart {
    /// The standard's indicator code, such as 0302.
    pub code: String,
    /// The indicator in words, such as 数据格式合规性.
    pub label: String,
    /// A: how many met it.
    pub good: u64,
    /// B: how many were examined.
    pub all: u64,
}

/// The score of one dimension, with the parts it is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The dimension.
    pub dimension: Dimension,
    /// What it is made of; empty where nothing could be measured.
    pub parts: Vec<ScorePart>,
}

impl Score {
    /// The mean of the parts, 0 to 100; none where nothing was examined.
    pub fn percent(&self) -> Option<f64> {
        let shares: Vec<f64> = self
            .parts
            .iter()
            .filter(|it| it.all > 0)
            .map(|it| it.good as f64 / it.all as f64)
            .collect();
        (!shares.is_empty()).then(|| 100.0 * shares.iter().sum::<f64>() / shares.len() as f64)
    }
}

/// The share that a new entry begins with, until its cataloguer chooses: five rows in a hundred.
pub const REFUSED_PERMILLE_DEFAULT: u16 = 50;

/// Whether a batch is refused whole: more than `permille_max` of its rows are refused (the entry says the share).
pub fn is_refused_whole(rows: u64, refused: u64, permille_max: u16) -> bool {
    refused * 1000 > rows * u64::from(permille_max) || (rows > 0 && refused == rows)
}

#[cfg(test)]
mod tests;
