//! Letters that are no notice on anybody's page: one with a link to an account, one to somebody without an account.

use jiff::Timestamp;
use store::{
    Write,
    notices::{self, Mail, Notice},
};

use crate::{
    Refused,
    notices::NoticeKind,
    vault::{Place, Vault},
};

/// A letter to be written.
pub(crate) struct Envelope<'a> {
    /// Whose it is: an applicant's id, or that of the case it tells of.
    pub reader: &'a str,
    /// To whom it is written, in words that name nobody.
    pub audience: &'a str,
    /// Where it goes; none where that is the reader's own address.
    pub address: Option<&'a str>,
    /// What it is about.
    pub kind: NoticeKind,
    /// What it says. It goes out by mail.
    pub words: String,
    /// Where it leads.
    pub href: String,
}

fn place(notice: &str) -> Place<'_> {
    Place {
        column: "mails.address",
        id: notice,
    }
}

/// Puts a letter into the outbox, inside the write of the act it tells of. Its address is kept sealed, and until it has
/// gone.
pub(crate) async fn post(
    write: &mut Write,
    vault: &Vault,
    at: Timestamp,
    it: Envelope<'_>,
) -> Result<(), Refused> {
    let notice = Notice {
        id: store::fresh_id(at),
        at,
        kind: it.kind.name().to_owned(),
        audience: it.audience.to_owned(),
        href: it.href,
        once: None,
        words: it.words,
        why: String::new(),
    };
    notices::insert(write, &notice, &[]).await?;
    let address = it.address.map(|it| vault.seal(place(&notice.id), it.as_bytes()));
    notices::add_mail(write, &notice.id, it.reader, at, address.as_deref()).await?;
    Ok(())
}

/// The address that a letter was sealed with; none where it goes to its reader's own.
pub(crate) fn address(vault: &Vault, mail: &Mail) -> Result<Option<String>, Refused> {
    let Some(sealed) = &mail.address else {
        return Ok(None);
    };
    let plain = vault.open(place(&mail.notice.id), sealed)?;
    String::from_utf8(plain).map(Some).map_err(Refused::internal)
}
