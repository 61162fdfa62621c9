//! Sending the letters: what is due is taken from the records, handed over, and ended as soon as the mail server has it.
//!
//! Whose address is where is known only here: a user's in the records, an applicant's sealed (art. 33).

use jiff::{SignedDuration, Timestamp};
use lettre::message::Mailbox;
use rules::ids::{ApplicantId, UserId};
use store::{
    notices::{self, Mail, MailState},
    users,
};

use crate::{City, Refused, applicants, envelope, notices::mail::Mailer, vault::vault};

/// Letters at once at most. The binary asks every few seconds, which bounds the rate.
const AT_ONCE: u32 = 10;

/// How long a letter is this process's own: longer than all of [`AT_ONCE`] can take.
const LEASE: SignedDuration = SignedDuration::from_mins(30);

/// After this a letter is old news: its notice is on the platform.
const KEPT: SignedDuration = SignedDuration::from_hours(72);

/// Minutes before the next try, by how often it was tried.
const WAITS: &[i64] = &[1, 5, 15, 60, 180, 360];

/// What became of the letters that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// The server took them.
    pub sent: u64,
    /// They will be tried again.
    pub postponed: u64,
    /// They will not be.
    pub given_up: u64,
}

/// Sends the letters that are due, some at once; called every few seconds by the binary.
pub async fn send_due(city: &City, mailer: &Mailer, now: Timestamp) -> Result<Posted, Refused> {
    let mut posted = Posted {
        given_up: notices::end_old_mails(&city.store, now - KEPT, now, "太久未能发送").await?,
        ..Posted::default()
    };
    let due = notices::claim_mails(&city.store, now, now + LEASE, AT_ONCE).await?;
    if due.is_empty() {
        return Ok(posted);
    }
    // A server that is away or refuses the login is no fault of any letter.
    if let Err(error) = mailer.test().await {
        tracing::warn!(%error, "the mail server cannot be used");
        for mail in &due {
            put_off(city, mail, now, &error.to_string()).await?;
            posted.postponed += 1;
        }
        return Ok(posted);
    }
    for mail in &due {
        match send(city, mailer, mail, now).await? {
            MailState::Sent => posted.sent += 1,
            MailState::Waiting => posted.postponed += 1,
            MailState::GivenUp | MailState::NoAddress => posted.given_up += 1,
        }
    }
    Ok(posted)
}

async fn send(city: &City, mailer: &Mailer, mail: &Mail, now: Timestamp) -> Result<MailState, Refused> {
    let end = async |state: MailState, fault: &str| -> Result<MailState, Refused> {
        notices::end_mail(&city.store, mail, state, now, fault).await?;
        Ok(state)
    };
    let Some(to) = address(city, mail).await? else {
        return end(MailState::NoAddress, "").await;
    };
    let href = applicants::opened(vault(city).await?, &mail.notice.href);
    match mailer.send(mail, to, &href, now).await {
        Ok(()) => end(MailState::Sent, "").await,
        Err(fault) if fault.is_final => end(MailState::GivenUp, &fault.words).await,
        Err(fault) => {
            put_off(city, mail, now, &fault.words).await?;
            Ok(MailState::Waiting)
        }
    }
}

async fn put_off(city: &City, mail: &Mail, now: Timestamp, fault: &str) -> Result<(), Refused> {
    let turn = usize::try_from(mail.tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = WAITS[turn.min(WAITS.len() - 1)];
    let next = now + SignedDuration::from_mins(minutes);
    Ok(notices::postpone_mail(&city.store, mail, next, fault).await?)
}

/// Where a letter goes: to the address it was sealed with, or to the reader's own as it is now; none for one who has
/// none, or who may not sign in any more. A sealed one is opened for the letter and kept nowhere.
async fn address(city: &City, mail: &Mail) -> Result<Option<Mailbox>, Refused> {
    if let Some(sealed) = envelope::address(vault(city).await?, mail)? {
        return Ok(sealed.parse().ok());
    }
    let email = match users::find(city.store.read(), &UserId::from(mail.reader.as_str())).await? {
        Some(user) => user.email.filter(|_| !user.is_disabled),
        None => applicants::address(city, &ApplicantId::from(mail.reader.as_str())).await?,
    };
    Ok(email.and_then(|it| it.parse().ok()))
}
