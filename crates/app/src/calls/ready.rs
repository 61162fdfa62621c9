//! Whether the city can answer calls, and who may see the proof of one.

use jiff::Timestamp;
use rules::calendar;

use super::{CALL, CallError, CallRecord, Caller};
use crate::{City, Refused};

/// How something is that a call needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fitness {
    /// As it should be.
    Well,
    /// Something is to be seen to, and calls are answered meanwhile.
    Warns(String),
    /// No call can be answered; what is wrong, in words.
    Fails(String),
}

impl From<Result<(), String>> for Fitness {
    fn from(found: Result<(), String>) -> Fitness {
        found.map_or_else(Fitness::Fails, |()| Fitness::Well)
    }
}

/// What a call needs, and how it is: the records, the evidence, the calendar. Days beyond the last notice are counted
/// provisionally (暂定), so a year without its notice closes no door.
pub async fn readiness(city: &City, now: Timestamp) -> Vec<(&'static str, Fitness)> {
    let records = city.store.ping().await.map_err(|it| it.words().to_owned());
    let evidence = match city.log.checkpoint() {
        Ok(_) => city.is_ready().await.map_err(|it| it.words),
        Err(cause) => Err(Refused::internal(cause).words),
    };
    let today = calendar::today(now);
    let calendar = if city.calendar().is_provisional(today) {
        let words = "工作日历未覆盖今日，期限均为暂定。请系统管理员导入国务院办公厅最新放假安排。";
        Fitness::Warns(words.to_owned())
    } else {
        Fitness::Well
    };
    vec![
        ("records", records.into()),
        ("evidence", evidence.into()),
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
