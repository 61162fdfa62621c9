//! Who takes a step: one of the platform's people, an agency's own software, or somebody outside, who has no account.

use jiff::{Timestamp, civil::Date};
use rules::{
    calendar,
    ids::{ApplicantId, OrgId, UserId},
    people::Org,
    permission::{self, Action, Subject},
    procedure::{Move, Office, Procedure},
};
use store::{Event, EventKind};

use super::engine::Parties;
use crate::{Ctx, Refused};

/// How a step of somebody who gave no name is signed.
pub(crate) const PUBLIC: &str = "公众";

/// Who takes a step in a case, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doer<'a> {
    /// One of the platform's people, for an organisation.
    Person(&'a Ctx),
    /// Anybody at all; who it was is not asked (art. 34).
    Public(Timestamp),
    /// An agency's own software, for its agency.
    System {
        /// The agency.
        org: &'a Org,
        /// The software's name.
        name: &'a str,
        /// When.
        now: Timestamp,
    },
    /// A registered applicant, in a case of their own.
    Applicant {
        /// Who.
        id: &'a ApplicantId,
        /// The name as others may read it, such as 张**; the whole name is kept encrypted elsewhere.
        masked: &'a str,
        /// When.
        now: Timestamp,
    },
}

impl<'a> From<&'a Ctx> for Doer<'a> {
    fn from(ctx: &'a Ctx) -> Doer<'a> {
        Doer::Person(ctx)
    }
}

impl Doer<'_> {
    /// The instant of the step.
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Doer::Person(ctx) => ctx.now,
            Doer::Public(now) | Doer::Applicant { now, .. } | Doer::System { now, .. } => *now,
        }
    }

    /// The day it is in the city.
    pub(crate) fn today(&self) -> Date {
        calendar::today(self.now())
    }

    /// The account, where there is one.
    pub(crate) fn user(&self) -> Option<UserId> {
        match self {
            Doer::Person(ctx) => Some(ctx.actor.user.clone()),
            _ => None,
        }
    }

    /// The organisation acted for, where there is one.
    pub(crate) fn org(&self) -> Option<OrgId> {
        match self {
            Doer::Person(ctx) => Some(ctx.actor.org.id.clone()),
            Doer::System { org, .. } => Some(org.id.clone()),
            _ => None,
        }
    }

    /// The applicant, where it is one.
    pub(crate) fn applicant(&self) -> Option<ApplicantId> {
        match self {
            Doer::Applicant { id, .. } => Some((*id).clone()),
            _ => None,
        }
    }

    /// How the history names somebody without an account; empty for the platform's people, whose account has a name.
    pub(crate) fn signature(&self) -> String {
        match self {
            Doer::Person(_) => String::new(),
            Doer::Public(_) => PUBLIC.to_owned(),
            Doer::Applicant { masked, .. } => (*masked).to_owned(),
            Doer::System { name, .. } => (*name).to_owned(),
        }
    }

    /// The offices held in a case with these parties.
    pub(crate) fn offices(&self, parties: &Parties) -> Vec<Office> {
        match self {
            Doer::Person(ctx) => parties.offices(ctx),
            Doer::Public(_) => vec![Office::Objector],
            Doer::Applicant { .. } => vec![Office::Applicant],
            Doer::System { org, .. } if parties.is_consumer(&org.id) => vec![Office::Consumer],
            Doer::System { .. } => Vec::new(),
        }
    }

    /// Whether the rules of permission let the doer act on `subject`. They speak of accounts and of agencies' software;
    /// what somebody outside may do is for the caller to know.
    pub(crate) fn may_do(&self, action: Action, subject: &Subject<'_>) -> Result<(), Refused> {
        match self {
            Doer::Person(ctx) => ctx.may(action, subject),
            Doer::System { org, .. } => Ok(permission::system_may(org, action, subject)?),
            Doer::Public(_) | Doer::Applicant { .. } => Ok(()),
        }
    }

    /// The same for a move that the procedure's table permits.
    pub(crate) fn may(&self, procedure: &Procedure, made: &Move, parties: &Parties) -> Result<(), Refused> {
        match Action::of(procedure, made) {
            Some(action) => self.may_do(action, &parties.subject()),
            None => Ok(()),
        }
    }

    /// The event that seals the act. `body` goes to the evidence log: no personal data, and of somebody without an
    /// account nothing at all.
    pub(crate) fn event(
        &self,
        kind: EventKind,
        subject: impl Into<String>,
        body: serde_json::Value,
    ) -> Event {
        Event {
            at_ms: self.now().as_millisecond(),
            actor: self.user(),
            org: self.org(),
            kind,
            subject: subject.into(),
            body,
        }
    }
}
