//! Why a whole file cannot be read: a stable code for systems, Chinese words for people.

use std::io;

/// Why a file is refused before or while its rows are read. Nothing of the file has been taken over.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither CSV, XLSX nor JSON lines; with what it seems to be, in Chinese.
    #[error("file is of no known type: {0}")]
    UnknownType(&'static str),
    /// A spreadsheet of the old binary kind, or one locked with a password.
    #[error("old or encrypted spreadsheet")]
    OldSpreadsheet,
    /// Not one byte of content.
    #[error("file is empty")]
    Empty,
    /// A header and nothing below it.
    #[error("file has no rows below its header")]
    NoRows,
    /// Larger than [`crate::FILE_BYTES_MAX`].
    #[error("file has {bytes} bytes, more than permitted")]
    TooLarge {
        /// The file's size in bytes.
        bytes: u64,
    },
    /// Bytes that are no text in any encoding that is read.
    #[error("file is not text")]
    NotText,
    /// The header does not name the entry's items.
    #[error("header mismatch: missing {missing:?}, unexpected {unexpected:?}, doubled {doubled:?}")]
    HeaderMismatch {
        /// Items of the entry that the file lacks, as people read them.
        missing: Vec<String>,
        /// Columns of the file that the entry does not have.
        unexpected: Vec<String>,
        /// Columns whose item stands in the file already, under its other name.
        doubled: Vec<String>,
    },
    /// The header has a name more than once; with each such name and how often it stands there.
    #[error("header repeats columns: {0:?}")]
    RepeatedColumns(Vec<(String, usize)>),
    /// A quote that is opened and not closed where its field ends.
    #[error("quote opened on line {line} is not closed")]
    UnclosedQuote {
        /// The physical line on which the quote opens; the first line of the file is 1.
        line: u64,
    },
    /// One row is longer than any sensible row, so the file is probably not what it seems.
    #[error("record on line {line} is too long")]
    RecordTooLong {
        /// The physical line on which the row starts.
        line: u64,
    },
    /// A JSON file whose first line is not an object.
    #[error("line {line} is not a JSON object")]
    BadJson {
        /// The physical line.
        line: u64,
    },
    /// A spreadsheet that unpacks to far more than its size: a mistake or an attack.
    #[error("spreadsheet unpacks to too much: {0}")]
    Bomb(&'static str),
    /// A spreadsheet that cannot be opened; with the reader's words, for the log only.
    #[error("spreadsheet cannot be read: {0}")]
    BadSpreadsheet(String),
    /// The machine failed to read the file or to write its temporary files.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
}

impl ReadError {
    /// The stable word for systems; it stands in the API's published table.
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::UnknownType(_) => "unknown-file-type",
            ReadError::OldSpreadsheet => "old-spreadsheet",
            ReadError::Empty => "empty-file",
            ReadError::NoRows => "no-rows",
            ReadError::TooLarge { .. } => "file-too-large",
            ReadError::NotText => "not-text",
            ReadError::HeaderMismatch { .. } | ReadError::RepeatedColumns(_) => "header-mismatch",
            ReadError::UnclosedQuote { .. } => "unclosed-quote",
            ReadError::RecordTooLong { .. } => "record-too-long",
            ReadError::BadJson { .. } => "bad-json",
            ReadError::Bomb(_) => "spreadsheet-bomb",
            ReadError::BadSpreadsheet(_) => "bad-spreadsheet",
            ReadError::Io(_) => "read-failed",
        }
    }

    /// Whether the machine failed, not the file: such an error is logged, and the sender may try again.
    pub fn is_internal(&self) -> bool {
        matches!(self, ReadError::Io(_))
    }

    /// What is wrong and what to do about it, for people.
    pub fn words(&self) -> String {
        match self {
            ReadError::UnknownType(what) => {
                format!("无法识别文件类型（{what}）。请上传 CSV、XLSX 或每行一个对象的 JSON 文件。")
            }
            ReadError::OldSpreadsheet => {
                "这是旧版 Excel（.xls）文件或加了密码的工作簿，无法读取。请去掉密码，另存为 .xlsx 或 CSV 后重新上传。".into()
            }
            ReadError::Empty => "文件是空的，没有任何内容。请检查导出是否成功后重新上传。".into(),
            ReadError::NoRows => "文件只有表头，没有数据行。请补充数据后重新上传。".into(),
            ReadError::TooLarge { bytes } => format!(
                "文件大小为{}，超过{}的上限。请拆分为多个文件，以增量批次分次上传。",
                size(*bytes),
                size(crate::FILE_BYTES_MAX)
            ),
            ReadError::NotText => {
                "文件含有大量无法识别的字节，不是 UTF-8、GB18030 或 UTF-16 文本。请以“CSV UTF-8”格式重新导出后上传。".into()
            }
            ReadError::HeaderMismatch { missing, unexpected, doubled } => {
                header_words(missing, unexpected, doubled)
            }
            ReadError::RepeatedColumns(names) => repeated_words(names),
            ReadError::UnclosedQuote { line } => format!(
                "文件第{line}行（含表头）的双引号没有正确闭合，其后的内容无法分列。请补上或去掉该行的双引号（值内的双引号应写成两个）后重新上传。"
            ),
            ReadError::RecordTooLong { line } => {
                format!("从第{line}行开始的一行过长，文件可能已损坏或分隔符不正确。请检查该行后重新上传。")
            }
            ReadError::BadJson { line } => {
                format!("第{line}行不是 JSON 对象。JSON 文件应每行一个对象，以信息项名称为键。")
            }
            ReadError::Bomb(what) => {
                format!("工作簿解压后的内容异常庞大（{what}），为保护平台已拒收。请另存为 CSV 后重新上传。")
            }
            ReadError::BadSpreadsheet(_) => {
                "工作簿已损坏或没有可读取的工作表。请用表格软件打开，另存为 .xlsx 或 CSV 后重新上传。".into()
            }
            ReadError::Io(_) => "平台读取文件时发生故障，数据未受影响。请稍后重新上传；若仍失败，请联系平台管理员。".into(),
        }
    }
}

fn header_words(missing: &[String], unexpected: &[String], doubled: &[String]) -> String {
    let list = |names: &[String]| {
        let shown: Vec<String> = names.iter().take(30).map(|it| format!("“{it}”")).collect();
        let rest = if names.len() > 30 {
            format!("等{}列", names.len())
        } else {
            String::new()
        };
        format!("{}{rest}", shown.join("、"))
    };
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("缺少{}", list(missing)));
    }
    if !unexpected.is_empty() {
        parts.push(format!("多出目录中没有的{}", list(unexpected)));
    }
    if !doubled.is_empty() {
        parts.push(format!("重复出现{}", list(doubled)));
    }
    format!(
        "表头与目录的信息项不一致：{}。请按目录的信息项（名称或中文名称均可，顺序不限）修改表头后重新上传。",
        parts.join("；")
    )
}

fn repeated_words(names: &[(String, usize)]) -> String {
    let times = |count: usize| match count {
        2 => "两次".to_owned(),
        _ => format!("{count}次"),
    };
    let shown: Vec<String> = names
        .iter()
        .take(30)
        .map(|(name, count)| format!("“{name}”出现了{}", times(*count)))
        .collect();
    format!("表头中{}，请改名后重新上传。", shown.join("，"))
}

/// A size in bytes as people read it.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes {
        0..MIB => format!("{}KB", bytes.div_ceil(1 << 10)),
        MIB..0x4000_0000 => format!("{:.1}MB", bytes as f64 / MIB as f64),
        _ => format!("{:.1}GB", bytes as f64 / (1u64 << 30) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_error_names_every_column_at_fault() {
        let error = ReadError::HeaderMismatch {
            missing: vec!["姓名".into()],
            unexpected: vec!["xm".into()],
            doubled: vec!["备注".into()],
        };
        assert_eq!(
            error.words(),
            "表头与目录的信息项不一致：缺少“姓名”；多出目录中没有的“xm”；重复出现“备注”。\
             请按目录的信息项（名称或中文名称均可，顺序不限）修改表头后重新上传。"
        );
    }

    #[test]
    fn repeated_columns_are_counted() {
        let error = ReadError::RepeatedColumns(vec![("code".into(), 2), ("备注".into(), 3)]);
        assert_eq!(
            error.words(),
            "表头中“code”出现了两次，“备注”出现了3次，请改名后重新上传。"
        );
        assert_eq!(error.code(), "header-mismatch");
    }

    #[test]
    fn an_unclosed_quote_is_counted_in_lines_of_the_file() {
        let words = ReadError::UnclosedQuote { line: 3 }.words();
        assert!(words.starts_with("文件第3行（含表头）的双引号"), "{words}");
    }

    #[test]
    fn a_failure_of_the_machine_shows_no_path() {
        let error = ReadError::Io(io::Error::other("/var/lib/yishu/spool: no space"));
        assert!(!error.words().contains('/') && error.is_internal());
    }

    #[test]
    fn too_large_says_both_sizes() {
        let words = ReadError::TooLarge { bytes: 5 << 30 }.words();
        assert!(words.contains("5.0GB") && words.contains("4.0GB"), "{words}");
    }
}
