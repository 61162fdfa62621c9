//! 信息资源代码: the code of an entry, as the 2017 guide (发改高技〔2017〕1272号) builds it.
//!
//! A classification code in front (前段码), a serial number behind (后段码), such as `307021431100/000001`. The
//! platform makes it once; it never changes and is never used again.

use std::{fmt, str::FromStr};

/// The code of one entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceCode {
    /// 前段码: 类 one digit, 项 two, 目 three, 细目 any number of digits and letters.
    pub front: String,
    /// 后段码: counted from 1 within the front code, written with six digits at least.
    pub back: u32,
}

/// Not a resource code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCode(pub String);

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "“{}”不是信息资源代码，应为“前段码/后段码”，如307021431100/000001。",
            self.0
        )
    }
}

impl std::error::Error for BadCode {}

/// Whether `front` can stand in front: 1, 2 or 3, then five digits, then digits and letters.
pub fn is_front(front: &str) -> bool {
    let bytes = front.as_bytes();
    bytes.len() >= 6
        && matches!(bytes[0], b'1'..=b'3')
        && bytes[..6].iter().all(u8::is_ascii_digit)
        && bytes.iter().all(u8::is_ascii_alphanumeric)
}

/// The next code under `front`, after the last one given out; [`BadCode`] where `front` is none or the numbers are
/// used up.
pub fn next_code(front: &str, last_back: Option<u32>) -> Result<ResourceCode, BadCode> {
    let back = last_back.unwrap_or(0).checked_add(1).filter(|_| is_front(front));
    let back = back.ok_or_else(|| BadCode(front.to_owned()))?;
    Ok(ResourceCode {
        front: front.to_owned(),
        back,
    })
}

impl fmt::Display for ResourceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:06}", self.front, self.back)
    }
}

impl FromStr for ResourceCode {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<ResourceCode, BadCode> {
        let bad = || BadCode(text.to_owned());
        let (front, back) = text.split_once('/').ok_or_else(bad)?;
        let is_number = !back.is_empty() && back.bytes().all(|it| it.is_ascii_digit());
        let back = back
            .parse()
            .ok()
            .filter(|it| is_number && is_front(front) && *it > 0);
        Ok(ResourceCode {
            front: front.to_owned(),
            back: back.ok_or_else(bad)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_under_one_front_code_are_numbered_from_one() {
        let next = |last| next_code("307021431100", last).map(|it| it.to_string());
        assert_eq!(next(None).as_deref(), Ok("307021431100/000001"));
        assert_eq!(next(Some(9)).as_deref(), Ok("307021431100/000010"));
        assert_eq!(next(Some(999_999)).as_deref(), Ok("307021431100/1000000"));
        assert!(next(Some(u32::MAX)).is_err());
    }

    #[test]
    fn a_code_reads_back_as_it_is_written() {
        let code = next_code("307021A1", Some(41)).unwrap();
        assert_eq!(code.to_string().parse(), Ok(code));
    }

    #[test]
    fn what_does_not_follow_the_guide_is_no_code() {
        for text in [
            "",
            "307021",
            "307021/",
            "/000001",
            "407021/000001",
            "30702/000001",
            "30702a/1",
            "307021-1/000001",
        ]
        .into_iter()
        .chain(["307021/00000x", "307021/+1", "307021/000000", "307021/000001/2"])
        {
            assert!(text.parse::<ResourceCode>().is_err(), "{text}");
        }
    }
}
