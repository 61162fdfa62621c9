//! Who acts, and when: what every function of this crate is told first.

use jiff::{Timestamp, civil::Date};
use rules::{
    calendar,
    people::Actor,
    permission::{self, Action, Subject},
};
use store::{Event, EventKind};

use crate::Refused;

/// Who acts, and when. The clock is read at the edge of the binary and nowhere else.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// The person who acts.
    pub actor: Actor,
    /// The instant the act is taken to happen at.
    pub now: Timestamp,
}

impl Ctx {
    /// The day it is in the city.
    pub fn today(&self) -> Date {
        calendar::today(self.now)
    }

    /// Whether this person may do `action` to `subject`; the one question every act begins with.
    pub(crate) fn may(&self, action: Action, subject: &Subject<'_>) -> Result<(), Refused> {
        Ok(permission::may(&self.actor, action, subject)?)
    }

    /// The event that seals what this person does to `subject`. `body` goes to the evidence log: no personal
    /// data, no secrets.
    pub(crate) fn event(
        &self,
        kind: EventKind,
        subject: impl Into<String>,
        body: serde_json::Value,
    ) -> Event {
        Event {
            at_ms: self.now.as_millisecond(),
            actor: Some(self.actor.user.clone()),
            org: Some(self.actor.org.id.clone()),
            kind,
            subject: subject.into(),
            body,
        }
    }
}
