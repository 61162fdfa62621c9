//! What pages show of grants and of their use.

use jiff::{Timestamp, civil::Date};
use rules::{
    catalogue::{Item, Semantic},
    grant::{GrantState, Mask, Operation, Purpose, Terms},
    ids::{CaseId, EntryId, GrantId, OrgId},
};

use crate::catalogue::Deed;

/// One line in a list of grants.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantRow {
    /// Its id.
    pub id: GrantId,
    /// The entry.
    pub entry: EntryId,
    /// The entry's title.
    pub entry_title: String,
    /// The agency that uses it.
    pub consumer: OrgId,
    /// Its name.
    pub consumer_name: String,
    /// The agency that provides it.
    pub provider: OrgId,
    /// Its name.
    pub provider_name: String,
    /// What for.
    pub purpose: Purpose,
    /// How many items are granted.
    pub items: usize,
    /// The last day.
    pub until: Date,
    /// Where it stands.
    pub state: GrantState,
    /// Whether its period is over.
    pub is_expired: bool,
    /// Calls answered on the day of asking.
    pub calls_today: u64,
    /// Calls a day at most.
    pub calls_per_day_max: u32,
}

/// The grants a person may see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GrantLists {
    /// Those that the own organisation uses.
    pub used: Vec<GrantRow>,
    /// Those that the own organisation provides.
    pub provided: Vec<GrantRow>,
    /// Those that the own organisation oversees as the authority, or reads as an auditor.
    pub overseen: Vec<GrantRow>,
}

/// One granted item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantItem {
    /// Its name in calls.
    pub name: String,
    /// Its Chinese name.
    pub title: String,
    /// How its values are veiled.
    pub mask: Mask,
    /// Whether calls may filter on it.
    pub is_condition: bool,
    /// Whether it is part of the row key.
    pub is_key: bool,
}

/// One grant, with everything its page shows.
#[derive(Clone, Debug)]
pub struct GrantView {
    /// The line it has in lists.
    pub row: GrantRow,
    /// Its conditions.
    pub terms: Terms,
    /// The granted items, in the entry's order.
    pub granted: Vec<GrantItem>,
    /// When it was given.
    pub given_at: Timestamp,
    /// The request it came from; none for unconditional sharing.
    pub case: Option<CaseId>,
    /// Why it is suspended or terminated; empty otherwise.
    pub reason: String,
    /// Its revision, for the forms.
    pub revision: i64,
    /// Cases about it: reports to the authority and disputes.
    pub cases: Vec<(CaseId, String)>,
    /// What can be done with it: `suspend`, `resume`, `terminate`, `dispute`.
    pub deeds: Vec<Deed>,
    /// A call to copy: method, path and JSON body.
    pub example: Example,
}

/// A call that would work, for the reader to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Such as `POST`.
    pub method: &'static str,
    /// Such as `/api/v1/grants/…/query`.
    pub path: String,
    /// The JSON body.
    pub body: String,
}

/// The calls of one day and one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageDay {
    /// The day, in the city.
    pub day: Date,
    /// What was asked.
    pub operation: Operation,
    /// Calls answered.
    pub calls: u64,
    /// Rows given.
    pub rows: u64,
    /// Calls refused.
    pub refused: u64,
}

/// How a grant was used, counted from the evidence of its calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// By day and operation, the newest day first.
    pub days: Vec<UsageDay>,
    /// Calls answered in all.
    pub calls: u64,
    /// Rows given in all.
    pub rows: u64,
    /// Calls refused in all.
    pub refused: u64,
}

/// What `mask` makes of a value such as `item` has, for whoever chooses one. The examples are nobody's.
pub fn veiled_example(mask: Mask, item: &Item) -> Option<String> {
    let example = match (mask, item.semantic) {
        (Mask::Clear | Mask::Pseudonym, _) => return None,
        (Mask::Name, _) => "张小明",
        (Mask::Identity, Semantic::CreditCode) => "91431100MA4L000000",
        (Mask::Identity, _) => "431100199001010000",
        (Mask::Mobile, _) => "13800000000",
        (Mask::Address, _) => "永州市冷水滩区梅湾路1号",
        (Mask::Year, _) => "1990-01-01",
        (Mask::Hidden, _) => "任何值",
    };
    Some(format!("{example} → {}", table::veil(mask, example, &[])))
}
