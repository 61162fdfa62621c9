//! 授权: what one agency may do with one entry, and whether a call keeps to it.
//!
//! Home of 《永州市政务大数据管理办法》 art. 4 and art. 19. Use is free (无偿使用): no price exists anywhere in a grant.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{Content, Item, ItemClass, ItemType, Semantic},
    words,
};

words! {
    /// 使用用途: what shared data is used for.
    pub enum Purpose {
        /// 行政依据.
        Basis = "basis" "行政依据",
        /// 工作参考.
        Reference = "reference" "工作参考",
        /// 数据校核.
        Check = "check" "数据校核",
        /// 业务协同.
        Collaboration = "collaboration" "业务协同",
        /// 开放利用: what conditionally opened data is used for under an agreement (art. 26); no agency's purpose.
        Open = "open" "开放利用",
    }
}

impl Purpose {
    /// What agencies use shared data for; what their forms and calls offer.
    pub const SHARING: &[Purpose] = &[
        Purpose::Basis,
        Purpose::Reference,
        Purpose::Check,
        Purpose::Collaboration,
    ];
}

words! {
    /// Where a grant stands.
    pub enum GrantState {
        /// In use.
        Active = "active" "生效",
        /// 暂停提供 by the provider.
        Suspended = "suspended" "已暂停",
        /// 终止提供: final.
        Terminated = "terminated" "已终止",
    }
}

words! {
    /// How a value is veiled before it leaves.
    pub enum Mask {
        /// 原值: not at all.
        Clear = "clear" "原值",
        /// 姓名: the first character stays.
        Name = "name" "仅显示姓",
        /// 证件号码: the first three and the last four characters stay.
        Identity = "identity" "证件号掩码",
        /// 手机号: the first three and the last four stay.
        Mobile = "mobile" "手机号掩码",
        /// 地址: the first six characters stay.
        Address = "address" "地址掩码",
        /// 日期: the year stays.
        Year = "year" "仅显示年份",
        /// A pseudonym keyed per grant, so that two agencies' answers do not join.
        Pseudonym = "pseudonym" "假名",
        /// Everything is veiled.
        Hidden = "hidden" "全部隐藏",
    }
}

impl Mask {
    /// Whether it makes sense for the values of `item`. A personal text whose meaning nobody declared may be any of them.
    pub fn fits(self, item: &Item) -> bool {
        let is_text = matches!(item.kind, ItemType::Text | ItemType::Memo) && item.codes.is_empty();
        let is_loose = is_text && item.semantic == Semantic::Plain && item.class != ItemClass::Plain;
        match self {
            Mask::Clear | Mask::Pseudonym | Mask::Hidden => true,
            Mask::Name => is_loose || item.semantic == Semantic::PersonName,
            Mask::Identity => {
                is_loose || matches!(item.semantic, Semantic::IdentityNumber | Semantic::CreditCode)
            }
            Mask::Mobile => is_loose || item.semantic == Semantic::Mobile,
            Mask::Address => is_loose || item.semantic == Semantic::Address,
            Mask::Year => matches!(item.kind, ItemType::Date | ItemType::DateTime),
        }
    }
}

words! {
    /// What a call asks of the gateway.
    pub enum Operation {
        /// 查询: rows by declared conditions.
        Query = "query" "查询",
        /// 核验: yes or no per value, no data.
        Verify = "verify" "核验",
        /// 导出: all granted rows as a streamed file.
        Export = "export" "导出",
    }
}

/// 行过滤: only rows whose `item` has one of `values` are granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFilter {
    /// A declared query condition of the entry.
    pub item: String,
    /// The permitted values.
    pub values: Vec<String>,
}

/// The conditions of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What the data is used for; every call repeats it.
    pub purpose: Purpose,
    /// The purpose in the user's own words.
    pub purpose_text: String,
    /// The granted items, by name, in the entry's order.
    pub items: Vec<String>,
    /// All must hold.
    pub filters: Vec<RowFilter>,
    /// Items not named here are given clear.
    pub masks: BTreeMap<String, Mask>,
    /// Calls a day at most, refused ones not counted.
    pub calls_per_day_max: u32,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

/// A call, as far as the grant cares.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: Operation,
    /// The purpose the caller states.
    pub purpose: Purpose,
    /// The items asked for; empty means all granted.
    pub items: &'a [String],
    /// The items filtered on.
    pub conditions: &'a [String],
    /// The day of the call, in the city.
    pub on: Date,
    /// Calls already answered that day.
    pub calls_today: u32,
}

words! {
    /// Why a call is refused. The stored word is the code in the API's published table.
    pub enum CallRefusal {
        /// No such key.
        BadKey = "bad-key" "应用密钥无效",
        /// The key has run out.
        KeyExpired = "key-expired" "应用密钥已过期",
        /// The key was withdrawn.
        KeyRevoked = "key-revoked" "应用密钥已吊销",
        /// The caller's agency has no such grant; another agency's reads the same.
        NoGrant = "no-grant" "没有此项授权",
        /// Suspended by the provider.
        GrantSuspended = "grant-suspended" "授权已被提供部门暂停",
        /// Ended by the provider.
        GrantTerminated = "grant-terminated" "授权已终止",
        /// Before the first day.
        NotYet = "not-yet" "授权尚未生效",
        /// After the last day.
        Expired = "grant-expired" "授权已到期",
        /// Another purpose than granted.
        WrongPurpose = "wrong-purpose" "使用用途与授权不符",
        /// An item outside the grant.
        ItemNotGranted = "item-not-granted" "信息项不在授权范围",
        /// A filter on an item that is not a declared condition, or is masked.
        NotACondition = "not-a-condition" "信息项不可作为查询条件",
        /// The day's quota is used up.
        QuotaUsedUp = "quota-used-up" "当日调用次数已用完",
        /// A page mark that the platform did not make for this query.
        BadCursor = "bad-cursor" "翻页标记无效",
        /// The request cannot be read.
        BadRequest = "bad-request" "请求格式不正确",
        /// The entry has no data yet.
        NoData = "no-data" "该目录尚未归集数据",
        /// The set of an agreement is open no more.
        SetWithdrawn = "set-withdrawn" "该数据集已停止开放",
    }
}

impl Terms {
    /// What of these terms the entry cannot give: an unknown item, a filter on no condition, an empty period.
    pub fn faults(&self, entry: &Content) -> Vec<String> {
        let mut faults = Vec::new();
        if self.items.is_empty() {
            faults.push("请至少选择一个信息项。".to_owned());
        }
        for name in &self.items {
            if entry.item(name).is_none() {
                faults.push(format!("目录中没有信息项“{name}”。"));
            }
        }
        for filter in &self.filters {
            if !entry
                .item(&filter.item)
                .is_some_and(|it| it.is_condition || it.is_key)
            {
                faults.push(format!("“{}”不是查询条件，不能用于限定行范围。", filter.item));
            }
            if filter.values.iter().all(|it| it.trim().is_empty()) {
                faults.push(format!("请填写“{}”允许的取值。", filter.item));
            }
        }
        if self.until < self.from {
            faults.push("截止日期不得早于起始日期。".to_owned());
        }
        if self.calls_per_day_max == 0 {
            faults.push("每日调用次数应大于零。".to_owned());
        }
        faults
    }

    /// How the value of `item` is veiled.
    pub fn mask(&self, item: &str) -> Mask {
        self.masks.get(item).copied().unwrap_or(Mask::Clear)
    }

    /// Art. 19: whether `call` keeps to the grant; the refusal and the item at fault, if not.
    pub fn permit(
        &self,
        state: GrantState,
        entry: &Content,
        call: &Call<'_>,
    ) -> Result<(), (CallRefusal, String)> {
        let refuse = |refusal| Err((refusal, String::new()));
        match state {
            GrantState::Suspended => return refuse(CallRefusal::GrantSuspended),
            GrantState::Terminated => return refuse(CallRefusal::GrantTerminated),
            GrantState::Active => {}
        }
        if call.on < self.from {
            return refuse(CallRefusal::NotYet);
        }
        if self.until < call.on {
            return refuse(CallRefusal::Expired);
        }
        if call.purpose != self.purpose {
            return refuse(CallRefusal::WrongPurpose);
        }
        if let Some(item) = call.items.iter().find(|it| !self.items.contains(it)) {
            return Err((CallRefusal::ItemNotGranted, item.clone()));
        }
        // A masked item that could be filtered on would tell its values one guess at a time.
        let is_condition = |name: &String| {
            entry.item(name).is_some_and(|it| it.is_condition || it.is_key)
                && (self.items.contains(name) && self.mask(name) == Mask::Clear
                    || entry.item(name).is_some_and(|it| it.is_key))
        };
        if call.operation != Operation::Verify
            && let Some(item) = call.conditions.iter().find(|it| !is_condition(it))
        {
            return Err((CallRefusal::NotACondition, item.clone()));
        }
        if self.calls_per_day_max <= call.calls_today {
            return refuse(CallRefusal::QuotaUsedUp);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
