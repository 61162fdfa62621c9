//! Every code that an answer of the gateway may carry, with its status and words: published at `/api/errors`.

use app::calls::what_to_do;
use rules::grant::CallRefusal;

/// One code of the published table. Codes never change their meaning once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorLine {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// What is wrong.
    pub message: &'static str,
    /// What the caller can do about it.
    pub what_to_do: &'static str,
}

const fn call(refusal: CallRefusal, status: u16) -> ErrorLine {
    ErrorLine { code: refusal.name(), status, message: refusal.label(), what_to_do: what_to_do(refusal) }
}

const fn line(code: &'static str, status: u16, message: &'static str, what_to_do: &'static str) -> ErrorLine {
    ErrorLine { code, status, message, what_to_do }
}

/// The whole table.
pub const ERRORS: &[ErrorLine] = &[
    call(CallRefusal::BadKey, 401),
    call(CallRefusal::KeyExpired, 401),
    call(CallRefusal::KeyRevoked, 401),
    call(CallRefusal::NoGrant, 404),
    call(CallRefusal::GrantSuspended, 403),
    call(CallRefusal::GrantTerminated, 403),
    call(CallRefusal::NotYet, 403),
    call(CallRefusal::Expired, 403),
    call(CallRefusal::WrongPurpose, 403),
    call(CallRefusal::ItemNotGranted, 403),
    call(CallRefusal::NotACondition, 400),
    call(CallRefusal::QuotaUsedUp, 429),
    call(CallRefusal::BadCursor, 400),
    call(CallRefusal::BadRequest, 400),
    call(CallRefusal::NoData, 409),
    line("not-found", 404, "没有找到所请求的内容，或者无权查看", "请核对编号。"),
    line("no-route", 404, "没有这个接口", "请对照 /api/docs 核对地址。"),
    line("wrong-method", 405, "该地址不接受这种请求方法", "请对照 /api/docs 核对方法。"),
    line("too-large", 413, "文件或请求超过上限", "请将数据拆分为多个增量批次分别报送。"),
    line("timeout", 504, "处理超时", "请缩小查询范围后重试；导出大量数据请错开高峰。"),
    line("interrupted", 400, "上传未完成即中断", "请用同一批次号重新上传，不会重复入库。"),
    INTERNAL,
];

/// The line of `code`; a code that is not in the table reads as the platform's own fault.
pub(crate) fn of(code: &str) -> &'static ErrorLine {
    ERRORS.iter().find(|it| it.code == code).unwrap_or(&INTERNAL)
}

const INTERNAL: ErrorLine = line("internal", 500, "平台内部出错", "请稍后重试；如仍不成功，请将提示中的编号告知平台管理员。");
