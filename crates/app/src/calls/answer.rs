//! What callers get: an answer with its evidence, or a refusal with its evidence.

use std::{fmt, fs::File};

use rules::grant::CallRefusal;

/// An answer that may leave: its evidence is on disk.
#[derive(Debug)]
pub struct Answer {
    /// The JSON body.
    pub body: Vec<u8>,
    /// The index of its evidence entry.
    pub evidence: u64,
    /// The salt of the digests in that entry, in hexadecimal: with it the caller can prove what was asked and answered.
    pub salt: String,
}

/// An exported file that may leave: its evidence, with the file's digest, is on disk.
#[derive(Debug)]
pub struct Export {
    /// The file, open at its beginning; it is gone once closed.
    pub file: File,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its plain SHA-256.
    pub sha256: [u8; 32],
    /// Rows in it.
    pub rows: u64,
    /// How many of them are marked as doubted.
    pub marked: u64,
    /// The index of its evidence entry.
    pub evidence: u64,
    /// The salt of the digests in that entry.
    pub salt: String,
}

/// The code of a call that failed through the platform's own fault.
pub const INTERNAL: &str = "internal";

/// A call that was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Stable; a word of [`CallRefusal`], or `internal`.
    pub code: &'static str,
    /// What is wrong and what to do about it.
    pub words: String,
    /// The field or item at fault; empty where the whole call is.
    pub field: String,
    /// The index of the refusal's evidence entry, where it has one.
    pub evidence: Option<u64>,
}

impl CallError {
    /// A refusal with its own words.
    pub fn refused(refusal: CallRefusal, field: &str, words: impl Into<String>) -> CallError {
        CallError {
            code: refusal.name(),
            words: words.into(),
            field: field.to_owned(),
            evidence: None,
        }
    }

    /// A refusal in the words of the published table, with the item at fault where there is one.
    pub fn plain(refusal: CallRefusal, item: &str) -> CallError {
        let about = if item.is_empty() {
            String::new()
        } else {
            format!("（{item}）")
        };
        CallError::refused(
            refusal,
            item,
            format!("{}{about}。{}", refusal.label(), what_to_do(refusal)),
        )
    }

    /// The platform's own fault; the cause goes to the log under a number.
    pub fn internal(cause: impl fmt::Display) -> CallError {
        let refused = crate::Refused::internal(cause);
        CallError {
            code: INTERNAL,
            words: refused.words,
            field: String::new(),
            evidence: None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}（{}）", self.words, self.code)
    }
}

impl std::error::Error for CallError {}

/// What the caller can do about a refusal; the second column of the API's published table.
pub const fn what_to_do(refusal: CallRefusal) -> &'static str {
    match refusal {
        CallRefusal::BadKey => "请核对请求头 Authorization: Bearer 中的应用密钥。",
        CallRefusal::KeyExpired => "请在“应用系统”页面换发新密钥。",
        CallRefusal::KeyRevoked => "请改用未吊销的密钥，或在“应用系统”页面换发新密钥。",
        CallRefusal::NoGrant => "请核对授权编号；尚无授权的，请在目录中申请。",
        CallRefusal::GrantSuspended => "请与提供部门联系；有异议的，可在授权页面提请主管部门协调。",
        CallRefusal::GrantTerminated => "如仍需使用，请重新申请。",
        CallRefusal::NotYet => "请在授权起始日期之后调用。",
        CallRefusal::Expired => "如仍需使用，请重新申请。",
        CallRefusal::WrongPurpose => "请按授权载明的用途调用；用途有变化的，请重新申请。",
        CallRefusal::ItemNotGranted => "请去掉该信息项；确需使用的，请申请增加。",
        CallRefusal::NotACondition => "请改用目录中标明为查询条件、且未作掩码的信息项。",
        CallRefusal::QuotaUsedUp => "请于次日再调用，或申请提高每日次数。",
        CallRefusal::BadCursor => "请原样使用上一页返回的 next，且不要改动其他条件；或从第一页重新查询。",
        CallRefusal::BadRequest => "请对照 /api/docs 核对请求。",
        CallRefusal::SetWithdrawn => "请与提供部门联系，或者在开放平台查看相关公告。",
        CallRefusal::NoData => "请稍后再试，或向提供部门了解归集时间。",
    }
}
