//! 目录: drafts, review, publication, versions and their differences (art. 10, 11, 12, 17).

use rules::{
    catalogue::Content,
    ids::{EntryId, UserId},
    people::Org,
    permission::{Action, Subject},
    procedure::compilation::State,
};
use store::{
    Source,
    entries::{self, Entry},
    orgs,
};

use crate::{Ctx, Refused, Stale};

mod difference;
mod draft;
mod leave;
mod likeness;
mod metadata;
mod plant;
mod review;
mod show;
mod view;

pub use draft::{create, propose, revise, save};
pub use leave::{discard, retire};
pub use metadata::field_label;
pub use plant::plant;
pub(crate) use review::act;
pub use review::{confirm, decline, publish, send_back, sign, submit, withdraw};
pub use show::{difference, draft_difference, show, version, versions};
pub use view::*;

/// Whoever did the last act on an entry.
#[derive(Default)]
struct LastActor {
    /// The account; none where the platform did it.
    user: Option<UserId>,
    /// The person's name.
    name: String,
}

/// An entry with the organisation that provides it.
pub(crate) struct Found {
    /// The entry.
    pub entry: Entry,
    /// Its provider.
    pub provider: Org,
}

impl Found {
    /// The entry, whoever asks; a missing one reads like one that may not be seen.
    pub(crate) async fn get(
        mut db: impl Source + crate::cases::Reborrow,
        id: &EntryId,
    ) -> Result<Found, Refused> {
        let entry = entries::find(db.again(), id)
            .await?
            .filter(|it| it.state != State::Discarded.name())
            .ok_or_else(|| Refused::not_found("该目录"))?;
        let provider = orgs::get(db, &entry.org).await?.org;
        Ok(Found { entry, provider })
    }

    /// The entry as the rules of permission see it: its draft, or what is in the catalogue.
    pub(crate) fn subject(&self, is_published: bool) -> Subject<'_> {
        Subject::entry(
            &self.provider,
            &self.entry.draft.co_compilers,
            is_published && self.entry.published.is_some(),
        )
    }

    /// Whether this person may read the draft as it stands.
    pub(crate) fn sees_draft(&self, ctx: &Ctx) -> bool {
        ctx.may(Action::SeeEntry, &self.subject(false)).is_ok()
    }

    /// Where its compilation stands.
    pub(crate) fn state(&self) -> State {
        State::parse(&self.entry.state).unwrap_or(State::Draft)
    }

    /// Refuses an act on an old page; the refusal carries the draft as it stands, so that nothing typed is lost.
    fn expect(&self, ctx: &Ctx, revision: i64, last: LastActor) -> Result<(), Refused> {
        if self.entry.revision == revision {
            return Ok(());
        }
        Err(Refused::stale(Stale {
            revision: self.entry.revision,
            is_own: last.user.as_ref() == Some(&ctx.actor.user),
            changed_by: last.name,
            changed_at: Some(self.entry.updated_at),
            content: Some(self.entry.draft.clone()),
        }))
    }
}

/// Art. 2: secrets are refused before anything else is looked at.
fn refuse_secret(content: &Content) -> Result<(), Refused> {
    content.refuse_secret().map_err(|gap| {
        let words = gap.words.clone();
        Refused::gaps("secret", words, vec![gap])
    })
}
