//! Handlers look at what an applicant registered, and every look is told to him; all are told when data may have leaked.

use rules::{
    applicant::Kind,
    ids::{ApplicantId, CaseId},
    permission::{Action, Subject},
};
use serde_json::json;
use store::{EventKind, applicants, cases};

use super::{Details, open};
use crate::{
    City, Ctx, Refused,
    notices::{NoticeKind, To, tell},
    vault::vault,
};

/// Applicants told in one go.
const PAGE: u32 = 500;

/// Characters of a warning at most.
const WARNING_MAX: usize = 1000;

/// What a handler sees of the applicant of a case.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The number that texts name the applicant by.
    pub number: String,
    /// A person or an organisation.
    pub kind: Kind,
    /// What was registered; none once it was erased.
    pub details: Option<Details>,
}

/// Shows a handler who the applicant of `case` is. The look is recorded before anything is shown (art. 33).
pub async fn look(city: &City, ctx: &Ctx, case: &CaseId) -> Result<Seen, Refused> {
    let missing = || Refused::not_found("该办件");
    let case = cases::find(city.store.read(), case).await?.ok_or_else(missing)?;
    let parties = crate::cases::visible(city.store.read(), ctx, &case).await?;
    ctx.may(Action::SeeApplicant, &parties.subject())?;
    let id = case.applicant.ok_or_else(missing)?;
    let vault = vault(city).await?;
    let write = city.store.write().await?;
    let body = json!({ "case": case.id });
    city.seal(write, ctx.event(EventKind::ApplicantSeen, id.0.clone(), body))
        .await?;
    let row = applicants::get(city.store.read(), &id).await?;
    Ok(Seen {
        details: open(vault, &row)?,
        number: row.number,
        kind: row.kind,
    })
}

/// Art. 33: applicants are told without delay of a leak, loss or falsification of their data, or of the danger of one,
/// and of what is done about it. Returns how many were told.
pub async fn warn(city: &City, ctx: &Ctx, words: &str) -> Result<u64, Refused> {
    ctx.may(Action::WarnApplicants, &Subject::org(&ctx.actor.org))?;
    let words = words.trim();
    if words.is_empty() || WARNING_MAX < words.chars().count() {
        let words = "请写明发生了什么、影响哪些信息、已采取的补救措施和建议，不超过1000个字。";
        return Err(Refused::field("incomplete", "words", words));
    }
    let mut write = city.store.write().await?;
    let (mut told, mut after) = (0, String::new());
    loop {
        let page: Vec<ApplicantId> = applicants::present(&mut write, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.0);
        for id in &page {
            let to = To::applicant(id);
            tell(
                &mut write,
                ctx.now,
                to,
                NoticeKind::Account,
                words,
                "/open/account/data",
            )
            .await?;
            told += 1;
        }
    }
    let body = json!({ "told": told });
    let subject = ctx.actor.org.id.0.clone();
    city.seal(write, ctx.event(EventKind::ApplicantsWarned, subject, body))
        .await?;
    Ok(told)
}
