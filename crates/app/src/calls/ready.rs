//! Whether the city can answer calls, and who may see the proof of one.

use jiff::Timestamp;
use rules::calendar;

use super::{CALL, CallError, CallRecord, Caller};
use crate::{City, Refused};

/// What a call needs, each with the words of what is wrong: the records, the evidence, the calendar.
pub async fn readiness(city: &City, now: Timestamp) -> Vec<(&'static str, Result<(), String>)> {
    let records = city.store.ping().await.map_err(|it| it.words().to_owned());
    let evidence = match city.log.checkpoint() {
        Ok(_) => city.is_ready().await.map_err(|it| it.words),
        Err(cause) => Err(Refused::internal(cause).words),
    };
    let today = calendar::today(now);
    let calendar = if city.calendar().is_provisional(today) {
        Err("工作日历未覆盖今日，期限均为暂定。请系统管理员导入国务院办公厅最新放假安排。".to_owned())
    } else {
        Ok(())
    };
    vec![
        ("records", records),
        ("evidence", evidence),
        ("calendar", calendar),
    ]
}

/// A key fetches the receipts of its own agency's calls; of others' there is no such entry. Providers read the
/// evidence on their pages.
pub fn may_have_receipt(city: &City, caller: &Caller, index: u64) -> Result<(), CallError> {
    let unknown = || CallError {
        code: "not-found",
        words: "没有找到这一存证，或者它不是贵单位的调用。请核对存证序号。".to_owned(),
        field: String::new(),
        evidence: None,
    };
    if city.log.size() <= index {
        return Err(unknown());
    }
    let records = city.log.read(index, 1).map_err(CallError::internal)?;
    let record = records.first().filter(|it| it.kind == CALL).ok_or_else(unknown)?;
    let call: CallRecord<'_> = serde_json::from_slice(&record.body).map_err(|_| unknown())?;
    if call.org == caller.org.as_str() {
        Ok(())
    } else {
        Err(unknown())
    }
}
