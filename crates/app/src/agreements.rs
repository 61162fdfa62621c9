//! 开放利用协议: what conditional data is opened to an applicant as; its key, its use, the provider's hand on the
//! switch, and the authority's follow-ups (art. 26).
//!
//! In the gate an agreement stands as a grant whose consumer is no agency: its calls take the same way as every other,
//! with the same evidence.
//!
//! Home of 《永州市政务大数据管理办法》 art. 26, as far as it is about what was agreed.

use jiff::Timestamp;
use rules::{
    agreement::{self, FOLLOW_MONTHS, FOLLOW_MONTHS_MAX},
    calendar,
    catalogue::Content,
    grant::{GrantState, Terms},
    ids::{AgreementId, ApplicantId, EntryId},
    people::Org,
};
use store::{
    Write,
    agreements::{self, Agreement},
    applicants,
};

use crate::{Refused, applicants::ERASED, cases::engine::Case, orgs::city_authority};

mod follow;
mod mine;
mod switch;
mod view;

pub use follow::{FollowUpDue, follow_up, follow_ups_due};
pub use mine::{KeyShown, MyAgreement, MyKey, accept, give_up, mine, new_key, revoke_key, show_mine};
pub use switch::{end, resume, suspend};
pub use view::{AgreementRow, AgreementUse, AgreementView, list, show};

/// An agreement to be offered.
pub(crate) struct NewAgreement<'a> {
    /// The application that it answers.
    pub case: &'a Case,
    /// The entry and the version of it that the items are those of.
    pub entry: (&'a EntryId, u64),
    /// What that version says.
    pub content: &'a Content,
    /// The granted items as people read them.
    pub items: &'a [String],
    /// The entry's resource code.
    pub code: &'a str,
    /// 提供部门.
    pub provider: &'a Org,
    /// Who will use.
    pub applicant: &'a ApplicantId,
    /// On what terms.
    pub terms: Terms,
    /// What the provider adds in its own words.
    pub conditions: &'a str,
    /// Months between follow-ups.
    pub follow_months: u8,
}

/// Offers an agreement, inside the write that agrees to the application.
pub(crate) async fn offer(
    write: &mut Write,
    now: Timestamp,
    new: NewAgreement<'_>,
) -> Result<Agreement, Refused> {
    let year = calendar::today(now).year();
    let number = applicants::next_number(write, "协", year).await?;
    let applicant = applicants::get(&mut *write, new.applicant).await?;
    let parties = agreement::Parties {
        number: &number,
        provider: &new.provider.name,
        applicant: &applicant.number,
        case: &new.case.number,
        code: new.code,
    };
    let text = agreement::text(
        parties,
        new.content,
        &new.terms,
        new.items,
        new.conditions,
        new.follow_months,
    );
    let row = Agreement {
        id: AgreementId(store::fresh_id(now)),
        number,
        case: new.case.id.clone(),
        entry: new.entry.0.clone(),
        version: new.entry.1,
        provider: new.provider.id.clone(),
        authority: city_authority(&mut *write).await?,
        applicant: new.applicant.clone(),
        terms: new.terms,
        text,
        state: GrantState::Active,
        reason: String::new(),
        accepted_at: None,
        follow_months: new.follow_months,
        follow_on: None,
        revision: 1,
        created_at: now,
        changed_at: now,
    };
    agreements::insert(write, &row).await?;
    Ok(row)
}

/// Erases what the applicant said of his purpose, in the terms and in the text; what was agreed beside it stays as the
/// department's act (art. 33).
pub(crate) async fn erase_words(write: &mut Write, it: &Agreement) -> Result<(), Refused> {
    let mut it = it.clone();
    let said = std::mem::replace(&mut it.terms.purpose_text, ERASED.to_owned());
    let said = said.trim_end_matches('。');
    if !said.is_empty() {
        for clause in &mut it.text {
            *clause = clause.replace(said, ERASED);
        }
    }
    Ok(agreements::set_words(write, &it).await?)
}

/// The rhythm of follow-ups as typed; an empty one is the usual.
pub(crate) fn follow_months(typed: &str) -> Result<u8, Refused> {
    if typed.trim().is_empty() {
        return Ok(FOLLOW_MONTHS);
    }
    let months = typed.trim().parse().ok();
    months
        .filter(|it| (1..=FOLLOW_MONTHS_MAX).contains(it))
        .ok_or_else(|| {
            let words = format!("跟踪间隔为1至{FOLLOW_MONTHS_MAX}个月。");
            Refused::field("incomplete", "follow_months", words)
        })
}

/// Where an agreement stands, in words.
fn state_words(it: &Agreement, today: jiff::civil::Date) -> &'static str {
    match (it.state, it.accepted_at) {
        (GrantState::Terminated, _) => "已终止",
        (_, None) => "待申请人确认",
        (GrantState::Suspended, _) => "已暂停",
        (GrantState::Active, _) if it.terms.until < today => "已到期",
        (GrantState::Active, _) => "生效",
    }
}
