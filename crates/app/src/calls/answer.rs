//! What callers get: an answer with its evidence, or a refusal with its evidence.

use std::{fmt, fs::File};

use rules::grant::CallRefusal;

use crate::Refused;

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
    /// Stable; a word of [`CallRefusal`], or one of the platform's own faults.
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

    /// The same in the words of those who call under an agreement: they have no 授权 and no 应用系统.
    pub fn under_agreement(mut self) -> CallError {
        let plain = CallRefusal::parse(self.code)
            .filter(|it| CallError::plain(*it, &self.field).words == self.words)
            .and_then(|it| in_an_agreements_words(it, &self.field));
        if let Some(words) = plain {
            self.words = words;
        }
        self
    }

    /// The platform's own fault; the cause goes to the log under a number.
    pub fn internal(cause: impl fmt::Display) -> CallError {
        Refused::internal(cause).into()
    }
}

impl From<Refused> for CallError {
    /// The platform's own fault, with its code where it passes.
    fn from(refused: Refused) -> CallError {
        CallError {
            code: refused.code,
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

/// What a refusal means to an applicant, where the words for agencies would send him to a page that he does not have.
fn in_an_agreements_words(refusal: CallRefusal, item: &str) -> Option<String> {
    const PAGE: &str = "开放平台“我的申请”中的开放利用协议页面";
    let words = match refusal {
        CallRefusal::BadKey => "访问密钥无效。请核对请求头 Authorization: Bearer 中的访问密钥。".to_owned(),
        CallRefusal::KeyExpired | CallRefusal::KeyRevoked => {
            format!("访问密钥已停用。请改用有效的密钥，或者在{PAGE}换发新密钥。")
        }
        CallRefusal::NoGrant => "没有此项协议，或者密钥属于另一项协议。请核对地址中的协议编号。".to_owned(),
        CallRefusal::GrantSuspended => format!("协议已被提供部门暂停。理由见{PAGE}，请与提供部门联系。"),
        CallRefusal::GrantTerminated => "协议已终止。如仍需使用，请在数据集页面重新申请。".to_owned(),
        CallRefusal::NotYet => "协议尚未到起始日期。请在起始日期之后调用。".to_owned(),
        CallRefusal::Expired => "协议已到期。如仍需使用，请在数据集页面重新申请。".to_owned(),
        CallRefusal::ItemNotGranted => {
            format!("信息项（{item}）不在协议开放的范围。请去掉该信息项；确需使用的，请重新申请。")
        }
        CallRefusal::NotACondition => {
            format!("信息项（{item}）不可作为查询条件。请改用协议开放的、未作掩码的信息项。")
        }
        CallRefusal::QuotaUsedUp => "当日调用次数已用完。请于次日再调用。".to_owned(),
        CallRefusal::NoData => "该数据集尚无可以提供的数据。请稍后再试，或者与提供部门联系。".to_owned(),
        CallRefusal::WrongPurpose => "用途与协议不符。请按协议载明的用途调用。".to_owned(),
        CallRefusal::BadCursor | CallRefusal::BadRequest | CallRefusal::SetWithdrawn => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_under_an_agreement_sends_an_applicant_to_a_page_of_agencies() {
        for refusal in CallRefusal::ALL {
            let words = CallError::plain(*refusal, "").under_agreement().words;
            for page in ["应用系统", "应用密钥", "授权", "归集"] {
                assert!(!words.contains(page), "{}: {words}", refusal.name());
            }
        }
        let own = CallError::refused(CallRefusal::BadRequest, "limit", "limit 应为1至1000。");
        assert_eq!(own.clone().under_agreement(), own);
    }
}
