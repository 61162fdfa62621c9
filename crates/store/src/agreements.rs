//! Agreements on the use of conditionally opened data (开放利用协议), their keys and follow-ups.

use jiff::{Timestamp, civil::Date};
use rules::{
    grant::{GrantState, Terms},
    ids::{AgreementId, ApplicantId, CaseId, EntryId, KeyId, OrgId, UserId},
};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, json, read_all},
};

/// An agreement as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// The number people cite, such as 协〔2026〕000003.
    pub number: String,
    /// The application that led to it.
    pub case: CaseId,
    /// The entry.
    pub entry: EntryId,
    /// The version of the entry that its items are those of.
    pub version: u64,
    /// The agency that provides.
    pub provider: OrgId,
    /// The authority that follows its use up.
    pub authority: OrgId,
    /// Who uses.
    pub applicant: ApplicantId,
    /// On what terms.
    pub terms: Terms,
    /// Its text, clause by clause. It names the applicant by number only.
    pub text: Vec<String>,
    /// Where it stands, once accepted.
    pub state: GrantState,
    /// Why it was suspended or ended; empty otherwise.
    pub reason: String,
    /// When the applicant accepted it; before that nothing may be called.
    pub accepted_at: Option<Timestamp>,
    /// Months between follow-ups.
    pub follow_months: u8,
    /// The day of the next follow-up; none before acceptance and after the last.
    pub follow_on: Option<Date>,
    /// How often it was changed.
    pub revision: i64,
    /// When it was offered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// An agreement as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The agreement.
    pub agreement: Agreement,
    /// The title of the entry's published version, or of its draft after a withdrawal.
    pub entry_title: String,
    /// The provider's name.
    pub provider_name: String,
    /// The applicant's number.
    pub applicant_number: String,
}

/// A key as it is stored: the secret itself is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// The agreement it calls under.
    pub agreement: AgreementId,
    /// SHA-256 of the secret, hexadecimal.
    pub hash: String,
    /// The first characters of the secret, by which people tell keys apart.
    pub prefix: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
}

/// One follow-up that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// The day.
    pub on: Date,
    /// By whom.
    pub actor_name: String,
    /// What was learnt.
    pub words: String,
}

/// Which agreements a list shows; every condition that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this applicant.
    pub applicant: Option<ApplicantId>,
    /// Provided by this agency.
    pub provider: Option<OrgId>,
    /// Followed up by this authority.
    pub authority: Option<OrgId>,
    /// On this entry.
    pub entry: Option<EntryId>,
    /// Of this application.
    pub case: Option<CaseId>,
}

/// The last line of a page; the next page begins after it.
pub type Cursor = (Timestamp, AgreementId);

macro_rules! columns {
    () => {
        "a.id, a.number, a.case_id, a.entry, a.version, a.provider, a.authority, a.applicant, a.terms, a.text, \
         a.state, a.reason, a.accepted_at, a.follow_months, a.follow_on, a.revision, a.created_at, a.changed_at"
    };
}

macro_rules! lines {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            ", COALESCE(v.title, e.title) AS entry_title, p.name AS provider_name, \
            u.number AS applicant_number FROM agreements a JOIN entries e ON e.id = a.entry \
            LEFT JOIN versions v ON v.entry = e.id AND v.number = e.published \
            JOIN orgs p ON p.id = a.provider JOIN applicants u ON u.id = a.applicant "
        )
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM agreements a WHERE a.id = $1");
    LINE = concat!(lines!(), "WHERE a.id = $1");
    LIST = concat!(lines!(), "WHERE ($1 = '' OR a.applicant = $1) AND ($2 = '' OR a.provider = $2) \
        AND ($3 = '' OR a.authority = $3) AND ($4 = '' OR a.entry = $4) AND ($5 = '' OR a.case_id = $5) \
        AND (a.created_at < $6 OR (a.created_at = $6 AND a.id < $7)) \
        ORDER BY a.created_at DESC, a.id DESC LIMIT $8");
    FOLLOW_UPS_DUE = concat!(lines!(), "WHERE a.authority = $1 AND a.follow_on IS NOT NULL AND a.follow_on <= $2 \
        ORDER BY a.follow_on, a.id LIMIT $3");
    WALK = concat!("SELECT ", columns!(), " FROM agreements a WHERE a.accepted_at IS NOT NULL AND a.id > $1 \
        ORDER BY a.id LIMIT $2");
    INSERT = "INSERT INTO agreements (id, number, case_id, entry, version, provider, authority, applicant, terms, \
        text, state, reason, until, follow_months, revision, created_at, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13, 1, $14, $14)";
    ACCEPT = "UPDATE agreements SET accepted_at = $3, follow_on = $4, changed_at = $3, revision = revision + 1 \
        WHERE id = $1 AND revision = $2 AND accepted_at IS NULL";
    SET_STATE = "UPDATE agreements SET state = $3, reason = $4, follow_on = $5, changed_at = $6, \
        revision = revision + 1 WHERE id = $1 AND revision = $2";
    SET_WORDS = "UPDATE agreements SET terms = $3, text = $4, revision = revision + 1 WHERE id = $1 AND revision = $2";
    SET_FOLLOW_ON = "UPDATE agreements SET follow_on = $3, changed_at = $4, revision = revision + 1 \
        WHERE id = $1 AND revision = $2";
    KEYS = "SELECT id, agreement, hash, prefix, created_at, revoked_at FROM agreement_keys WHERE agreement = $1 \
        ORDER BY created_at DESC, id DESC";
    LIVE_KEYS = "SELECT id, agreement, hash, prefix, created_at, revoked_at FROM agreement_keys \
        WHERE revoked_at IS NULL AND id > $1 ORDER BY id LIMIT $2";
    INSERT_KEY = "INSERT INTO agreement_keys (id, agreement, hash, prefix, created_at) VALUES ($1, $2, $3, $4, $5)";
    REVOKE_KEY = "UPDATE agreement_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    REVOKE_KEYS = "UPDATE agreement_keys SET revoked_at = $2 WHERE agreement = $1 AND revoked_at IS NULL";
    FOLLOW_UPS = "SELECT f.agreement, f.on_day, u.name AS actor_name, f.words FROM agreement_follow_ups f \
        JOIN users u ON u.id = f.actor WHERE f.agreement = $1 ORDER BY f.seq DESC";
    ADD_FOLLOW_UP = "INSERT INTO agreement_follow_ups (agreement, seq, on_day, actor, words) VALUES ($1, \
        (SELECT COALESCE(MAX(seq), 0) + 1 FROM agreement_follow_ups WHERE agreement = $1), $2, $3, $4)";
}

fn read(row: &AnyRow) -> Result<Agreement, StoreError> {
    let it = Record::new("agreements", "id", row);
    Ok(Agreement {
        id: AgreementId(it.text("id")?),
        number: it.text("number")?,
        case: CaseId(it.text("case_id")?),
        entry: EntryId(it.text("entry")?),
        version: it.count("version")?,
        provider: OrgId(it.text("provider")?),
        authority: OrgId(it.text("authority")?),
        applicant: ApplicantId(it.text("applicant")?),
        terms: it.json("terms")?,
        text: it.json("text")?,
        state: it.word("state", GrantState::parse)?,
        reason: it.text("reason")?,
        accepted_at: it.moment_or_none("accepted_at")?,
        follow_months: u8::try_from(it.int("follow_months")?).unwrap_or(u8::MAX),
        follow_on: it.day_or_none("follow_on")?,
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
        changed_at: it.moment("changed_at")?,
    })
}

fn read_line(row: &AnyRow) -> Result<Line, StoreError> {
    let it = Record::new("agreements", "id", row);
    Ok(Line {
        agreement: read(row)?,
        entry_title: it.text("entry_title")?,
        provider_name: it.text("provider_name")?,
        applicant_number: it.text("applicant_number")?,
    })
}

fn read_key(row: &AnyRow) -> Result<Key, StoreError> {
    let it = Record::new("agreement_keys", "id", row);
    Ok(Key {
        id: KeyId(it.text("id")?),
        agreement: AgreementId(it.text("agreement")?),
        hash: it.text("hash")?,
        prefix: it.text("prefix")?,
        created_at: it.moment("created_at")?,
        revoked_at: it.moment_or_none("revoked_at")?,
    })
}

/// The agreement, if there is one.
pub async fn find(mut db: impl Source, id: &AgreementId) -> Result<Option<Agreement>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The agreement as a list shows it.
pub async fn line(mut db: impl Source, id: &AgreementId) -> Result<Option<Line>, StoreError> {
    db.first(LINE, args![id])
        .await?
        .as_ref()
        .map(read_line)
        .transpose()
}

/// A page of agreements, last offered first.
pub async fn list(
    mut db: impl Source,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id.as_str()));
    let arguments = args![
        filter.applicant.as_ref().map_or("", ApplicantId::as_str),
        filter.provider.as_ref().map_or("", OrgId::as_str),
        filter.authority.as_ref().map_or("", OrgId::as_str),
        filter.entry.as_ref().map_or("", EntryId::as_str),
        filter.case.as_ref().map_or("", CaseId::as_str),
        at,
        id,
        i64::from(limit),
    ];
    read_all(&db.all(LIST, arguments).await?, read_line)
}

/// Agreements whose next follow-up by `authority` is due on `until` or before, the most pressing first.
pub async fn follow_ups_due(
    mut db: impl Source,
    authority: &OrgId,
    until: Date,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    let rows = db
        .all(FOLLOW_UPS_DUE, args![authority, until, i64::from(limit)])
        .await?;
    read_all(&rows, read_line)
}

/// Accepted agreements after `after` (empty at first), by id: to walk over all of them for a snapshot.
pub async fn walk(mut db: impl Source, after: &str, limit: u32) -> Result<Vec<Agreement>, StoreError> {
    read_all(&db.all(WALK, args![after, i64::from(limit)]).await?, read)
}

/// Offers an agreement, at revision 1.
pub async fn insert(write: &mut Write, it: &Agreement) -> Result<(), StoreError> {
    let arguments = args![
        it.id,
        it.number,
        it.case,
        it.entry,
        it.version,
        it.provider,
        it.authority,
        it.applicant,
        json(&it.terms),
        json(&it.text),
        it.state.name(),
        it.terms.until,
        i64::from(it.follow_months),
        it.created_at,
    ];
    write.run(INSERT, arguments).await?;
    Ok(())
}

/// The applicant accepts an offer that is still at `revision`.
pub async fn accept(
    write: &mut Write,
    id: &AgreementId,
    revision: i64,
    follow_on: Option<Date>,
    now: Timestamp,
) -> Result<(), StoreError> {
    write
        .run_revised(
            ACCEPT,
            args![id, revision, now, follow_on],
            "agreements",
            id.as_str(),
        )
        .await?;
    write.touch(Noun::Agreement, id.as_str());
    Ok(())
}

/// Suspends, resumes or ends an agreement that is still at `revision`, with the reason.
pub async fn set_state(
    write: &mut Write,
    it: &Agreement,
    state: GrantState,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let follow_on = it.follow_on.filter(|_| state != GrantState::Terminated);
    let arguments = args![it.id, it.revision, state.name(), reason, follow_on, now];
    write
        .run_revised(SET_STATE, arguments, "agreements", it.id.as_str())
        .await?;
    write.touch(Noun::Agreement, it.id.as_str());
    Ok(())
}

/// Puts other words in the place of what the applicant said in it, when he has them erased (art. 33).
pub async fn set_words(write: &mut Write, it: &Agreement) -> Result<(), StoreError> {
    let arguments = args![it.id, it.revision, json(&it.terms), json(&it.text)];
    write
        .run_revised(SET_WORDS, arguments, "agreements", it.id.as_str())
        .await?;
    write.touch(Noun::Agreement, it.id.as_str());
    Ok(())
}

/// The keys of an agreement, withdrawn ones too, the newest first.
pub async fn keys(mut db: impl Source, id: &AgreementId) -> Result<Vec<Key>, StoreError> {
    read_all(&db.all(KEYS, args![id]).await?, read_key)
}

/// Keys that are not withdrawn, after `after` (empty at first): to walk over all of them for a snapshot.
pub async fn live_keys(mut db: impl Source, after: &str, limit: u32) -> Result<Vec<Key>, StoreError> {
    read_all(
        &db.all(LIVE_KEYS, args![after, i64::from(limit)]).await?,
        read_key,
    )
}

/// Issues a key, beside those the agreement has.
pub async fn insert_key(write: &mut Write, key: &Key) -> Result<(), StoreError> {
    let arguments = args![key.id, key.agreement, key.hash, key.prefix, key.created_at];
    write.run(INSERT_KEY, arguments).await?;
    write.touch(Noun::Agreement, key.agreement.as_str());
    Ok(())
}

/// Withdraws one key.
pub async fn revoke_key(write: &mut Write, key: &Key, now: Timestamp) -> Result<(), StoreError> {
    write.run(REVOKE_KEY, args![key.id, now]).await?;
    write.touch(Noun::Agreement, key.agreement.as_str());
    Ok(())
}

/// Withdraws every key of an agreement.
pub async fn revoke_keys(write: &mut Write, id: &AgreementId, now: Timestamp) -> Result<(), StoreError> {
    write.run(REVOKE_KEYS, args![id, now]).await?;
    write.touch(Noun::Agreement, id.as_str());
    Ok(())
}

/// The follow-ups that were made, the newest first.
pub async fn follow_ups(mut db: impl Source, id: &AgreementId) -> Result<Vec<FollowUp>, StoreError> {
    read_all(&db.all(FOLLOW_UPS, args![id]).await?, |row| {
        let it = Record::new("agreement_follow_ups", "agreement", row);
        Ok(FollowUp {
            on: it.day("on_day")?,
            actor_name: it.text("actor_name")?,
            words: it.text("words")?,
        })
    })
}

/// Records a follow-up of an agreement that is still at `revision`, and when the next is due.
pub async fn follow_up(
    write: &mut Write,
    it: &Agreement,
    actor: &UserId,
    (on, next): (Date, Option<Date>),
    words: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    write
        .run_revised(
            SET_FOLLOW_ON,
            args![it.id, it.revision, next, now],
            "agreements",
            it.id.as_str(),
        )
        .await?;
    write.run(ADD_FOLLOW_UP, args![it.id, on, actor, words]).await?;
    Ok(())
}
