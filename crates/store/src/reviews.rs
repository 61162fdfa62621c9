//! What others say of a draft: the reasons of its last return, and the signatures of co-compilers.

use jiff::Timestamp;
use rules::ids::{EntryId, OrgId, UserId};

use crate::{
    Source, StoreError, Write,
    sql::{Record, read_all},
};

/// Why the authority returned an entry, at one field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The form's field, such as `share_basis`.
    pub field: String,
    /// The reason.
    pub words: String,
    /// Who returned it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// A co-compiler's signature under one revision of a draft (art. 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The revision that was read.
    pub revision: i64,
    /// The department that signed.
    pub org: OrgId,
    /// The person who did.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

statements! {
    NOTES = "SELECT field, words, by_user, at FROM review_notes WHERE entry = $1 ORDER BY position";
    CLEAR_NOTES = "DELETE FROM review_notes WHERE entry = $1";
    INSERT_NOTE = "INSERT INTO review_notes (entry, position, field, words, by_user, at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    SIGNATURES = "SELECT revision, org, by_user, at FROM signatures WHERE entry = $1 ORDER BY at, org";
    SIGN = "INSERT INTO signatures (entry, revision, org, by_user, at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (entry, revision, org) DO NOTHING";
}

/// The reasons of the last return, in the order they were given.
pub async fn notes(mut db: impl Source, entry: &EntryId) -> Result<Vec<Note>, StoreError> {
    read_all(&db.all(NOTES, args![entry]).await?, |row| {
        let it = Record::new("review_notes", "field", row);
        Ok(Note {
            field: it.text("field")?,
            words: it.text("words")?,
            by: UserId(it.text("by_user")?),
            at: it.moment("at")?,
        })
    })
}

/// Puts the reasons of this return in the place of those of the last; none forgets them.
pub async fn set_notes(write: &mut Write, entry: &EntryId, notes: &[Note]) -> Result<(), StoreError> {
    write.run(CLEAR_NOTES, args![entry]).await?;
    for (position, note) in notes.iter().enumerate() {
        write
            .run(
                INSERT_NOTE,
                args![entry, position as i64, note.field, note.words, note.by, note.at],
            )
            .await?;
    }
    Ok(())
}

/// Every signature an entry has had, oldest first; those of earlier revisions no longer count.
pub async fn signatures(mut db: impl Source, entry: &EntryId) -> Result<Vec<Signature>, StoreError> {
    read_all(&db.all(SIGNATURES, args![entry]).await?, |row| {
        let it = Record::new("signatures", "org", row);
        Ok(Signature {
            revision: it.int("revision")?,
            org: OrgId(it.text("org")?),
            by: UserId(it.text("by_user")?),
            at: it.moment("at")?,
        })
    })
}

/// Signs a revision; signing it again changes nothing.
pub async fn sign(write: &mut Write, entry: &EntryId, signature: &Signature) -> Result<(), StoreError> {
    let arguments = args![
        entry,
        signature.revision,
        signature.org,
        signature.by,
        signature.at
    ];
    write.run(SIGN, arguments).await?;
    Ok(())
}
