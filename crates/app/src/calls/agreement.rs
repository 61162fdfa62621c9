//! Calls under an agreement (art. 26): the agreement stands in the gate as a grant whose consumer is no agency, and
//! takes the same way as every call. What differs is said here.

use rules::{
    grant::{CallRefusal, Mask, Purpose},
    ids::{GrantId, KeyId, OrgId, SystemId},
};
use store::{
    agreements::{Agreement, Key},
    grants::Grant,
};

use super::{
    CallError, Caller,
    snapshot::{EntryCard, GrantCard, KeyCard},
};

/// What applicants stand as among the consumers; no organisation's id begins like this.
fn consumer(it: &Agreement) -> OrgId {
    OrgId(format!("applicant-{}", it.applicant))
}

/// The agreement in the form that calls are judged by.
pub(super) fn as_grant(it: Agreement) -> Grant {
    Grant {
        consumer: consumer(&it),
        id: GrantId(it.id.0),
        case: Some(it.case),
        entry: it.entry,
        version: it.version,
        provider: it.provider,
        matter: it.number,
        terms: it.terms,
        state: it.state,
        reason: it.reason,
        revision: it.revision,
        created_at: it.created_at,
        changed_at: it.changed_at,
    }
}

/// Its key, as the gate knows keys. The agreement's own last day ends it.
pub(super) fn key_card(it: &Agreement, key: &Key) -> KeyCard {
    KeyCard {
        key: KeyId(key.id.0.clone()),
        system: SystemId(it.id.0.clone()),
        system_name: it.number.clone(),
        org: consumer(it),
        expires_at: jiff::Timestamp::MAX,
        is_revoked: key.revoked_at.is_some(),
        agreement: Some(it.number.clone()),
    }
}

/// The purpose and the matter of a call: an agency states them with each, an agreement says them once.
pub(super) fn stated<'a>(caller: &'a Caller, purpose: &'a str, matter: &'a str) -> (&'a str, &'a str) {
    match &caller.agreement {
        None => (purpose, matter),
        Some(number) => {
            let is_said = |it: &str| !it.trim().is_empty();
            let purpose = if is_said(purpose) {
                purpose
            } else {
                Purpose::Open.name()
            };
            (purpose, if is_said(matter) { matter } else { number })
        }
    }
}

/// What an agreement asks beyond a grant: the set is still open, and nothing is filtered on that is not given clear,
/// not even the key, for who asks by it learns whether somebody is in the data.
pub(super) fn permit(
    caller: &Caller,
    card: &GrantCard,
    entry: &EntryCard,
    conditions: &[String],
) -> Result<(), CallError> {
    if caller.agreement.is_none() {
        return Ok(());
    }
    if !entry.is_open {
        return Err(CallError::plain(CallRefusal::SetWithdrawn, ""));
    }
    let is_given = |it: &String| card.terms.items.contains(it) && card.terms.mask(it) == Mask::Clear;
    match conditions.iter().find(|it| !is_given(it)) {
        Some(item) => Err(CallError::plain(CallRefusal::NotACondition, item)),
        None => Ok(()),
    }
}
