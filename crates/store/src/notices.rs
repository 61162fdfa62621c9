//! Notices (通知): what somebody was told, who has read it, and the letters that go out with it.

use jiff::Timestamp;
use rules::words;
use sqlx::any::AnyRow;

use crate::{
    Source, Store, StoreError, Write,
    sql::{Record, read_all, sealed},
};

words! {
    /// Where a letter stands.
    pub enum MailState {
        /// It is to be sent, or to be tried again.
        Waiting = "waiting" "待发送",
        /// The mail server has taken it.
        Sent = "sent" "已发送",
        /// The mail server does not take it, or did not within the days it is tried.
        GivenUp = "given-up" "未能发送",
        /// The reader has no address any more, or is gone.
        NoAddress = "no-address" "没有邮箱",
    }
}

/// A notice as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id; ids sort by the moment.
    pub id: String,
    /// When it was told.
    pub at: Timestamp,
    /// What it tells of, by its stored name.
    pub kind: String,
    /// To whom it was told, in words.
    pub audience: String,
    /// Where the thing is.
    pub href: String,
    /// What is told one time only; none where it may be told again.
    pub once: Option<String>,
    /// What is told. No personal data: it goes out by mail.
    pub words: String,
    /// What a person wrote with it. It is shown on the platform and nowhere else.
    pub why: String,
}

/// A notice as one reader meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The notice.
    pub notice: Notice,
    /// When this reader opened it.
    pub read_at: Option<Timestamp>,
}

/// A letter that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What it tells.
    pub notice: Notice,
    /// To whom: a user, an applicant, or an objection whose objector is told.
    pub reader: String,
    /// How often it was tried, this time included.
    pub tries: u64,
    /// Where it goes, sealed; none where it goes to the reader's own address.
    pub address: Option<String>,
}

/// How many letters stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// To be sent.
    pub waiting: u64,
    /// Taken by the mail server.
    pub sent: u64,
    /// Not taken.
    pub given_up: u64,
}

macro_rules! columns {
    () => {
        "n.id, n.at, n.kind, n.audience, n.href, n.once, n.words, n.why"
    };
}

statements! {
    INSERT = "INSERT INTO notices (id, at, kind, audience, href, once, words, why) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ADD_READER = "INSERT INTO notice_readers (reader, notice) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    ADD_MAIL = "INSERT INTO mails (notice, reader, state, tries, next_at, fault, address) \
        VALUES ($1, $2, 'waiting', 0, $3, '', $4) ON CONFLICT DO NOTHING";
    BY_ONCE = "SELECT id FROM notices WHERE once = $1";
    LIST = concat!("SELECT ", columns!(), ", r.read_at FROM notice_readers r JOIN notices n ON n.id = r.notice \
        WHERE r.reader = $1 AND r.notice < $2 AND ($3 = 0 OR r.read_at IS NULL) ORDER BY r.notice DESC LIMIT $4");
    FIND = concat!("SELECT ", columns!(), ", r.read_at FROM notice_readers r JOIN notices n ON n.id = r.notice \
        WHERE r.reader = $1 AND r.notice = $2");
    COUNT = "SELECT COUNT(*) AS n FROM notice_readers WHERE reader = $1";
    COUNT_UNREAD = "SELECT COUNT(*) AS n FROM notice_readers WHERE reader = $1 AND read_at IS NULL";
    SET_READ = "UPDATE notice_readers SET read_at = $3 WHERE reader = $1 AND notice = $2 AND read_at IS NULL";
    SET_ALL_READ = "UPDATE notice_readers SET read_at = $3 WHERE reader = $1 AND notice <= $2 AND read_at IS NULL";
    TOLD = "SELECT notice FROM notice_readers WHERE reader = $1 UNION SELECT notice FROM mails WHERE reader = $1";
    FORGET = "DELETE FROM notice_readers WHERE reader = $1";
    FORGET_MAIL = "DELETE FROM mails WHERE reader = $1";
    FORGET_NOTICE = "DELETE FROM notices WHERE id = $1 AND NOT EXISTS \
        (SELECT 1 FROM notice_readers WHERE notice = $1) AND NOT EXISTS (SELECT 1 FROM mails WHERE notice = $1)";
    DUE = concat!("SELECT ", columns!(), ", m.reader, m.tries, m.address FROM mails m JOIN notices n ON n.id = m.notice \
        WHERE m.ended_at IS NULL AND m.next_at <= $1 ORDER BY m.next_at, m.notice, m.reader LIMIT $2");
    CLAIM = "UPDATE mails SET tries = tries + 1, next_at = $4 \
        WHERE notice = $1 AND reader = $2 AND tries = $3 AND ended_at IS NULL";
    POSTPONE = "UPDATE mails SET next_at = $3, fault = $4 WHERE notice = $1 AND reader = $2 AND ended_at IS NULL";
    END_MAIL = "UPDATE mails SET state = $3, ended_at = $4, fault = $5, address = NULL \
        WHERE notice = $1 AND reader = $2 AND ended_at IS NULL";
    END_OLD = "UPDATE mails SET state = 'given-up', ended_at = $2, fault = $3, address = NULL \
        WHERE ended_at IS NULL AND notice IN (SELECT id FROM notices WHERE at < $1)";
    POST = "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS BIGINT) AS waiting, \
        CAST(COALESCE(SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END), 0) AS BIGINT) AS sent, \
        CAST(COALESCE(SUM(CASE WHEN state = 'given-up' THEN 1 ELSE 0 END), 0) AS BIGINT) AS given_up FROM mails";
}

fn read(row: &AnyRow) -> Result<Notice, StoreError> {
    let it = Record::new("notices", "id", row);
    Ok(Notice {
        id: it.text("id")?,
        at: it.moment("at")?,
        kind: it.text("kind")?,
        audience: it.text("audience")?,
        href: it.text("href")?,
        once: it.text_or_none("once")?,
        words: it.text("words")?,
        why: it.text("why")?,
    })
}

fn read_told(row: &AnyRow) -> Result<Told, StoreError> {
    Ok(Told {
        notice: read(row)?,
        read_at: Record::new("notice_readers", "id", row).moment_or_none("read_at")?,
    })
}

/// Tells `readers`, inside the write of the act that is told of.
pub async fn insert(write: &mut Write, notice: &Notice, readers: &[String]) -> Result<(), StoreError> {
    let arguments = args![
        notice.id,
        notice.at,
        notice.kind,
        notice.audience,
        notice.href,
        notice.once,
        notice.words,
        notice.why,
    ];
    write.run(INSERT, arguments).await?;
    for reader in readers {
        write.run(ADD_READER, args![reader, notice.id]).await?;
    }
    Ok(())
}

/// Puts a letter to one reader into the outbox; from `at` on it may go. It goes to the sealed `address`, or where there
/// is none to the reader's own.
pub async fn add_mail(
    write: &mut Write,
    notice: &str,
    reader: &str,
    at: Timestamp,
    address: Option<&str>,
) -> Result<(), StoreError> {
    write.run(ADD_MAIL, args![notice, reader, at, address]).await?;
    Ok(())
}

/// Whether the thing that is told one time only has been told.
pub async fn is_told(mut db: impl Source, once: &str) -> Result<bool, StoreError> {
    Ok(db.first(BY_ONCE, args![once]).await?.is_some())
}

/// The notices of a reader before notice `before` (none for the newest), newest first.
pub async fn list(
    mut db: impl Source,
    reader: &str,
    before: Option<&str>,
    is_unread: bool,
    limit: u32,
) -> Result<Vec<Told>, StoreError> {
    // An id is lower-case letters and digits: `~` sorts after them all.
    let before = before.unwrap_or("~");
    let arguments = args![reader, before, is_unread, i64::from(limit)];
    read_all(&db.all(LIST, arguments).await?, read_told)
}

/// One notice, if it was told to this reader.
pub async fn find(mut db: impl Source, reader: &str, id: &str) -> Result<Option<Told>, StoreError> {
    db.first(FIND, args![reader, id])
        .await?
        .as_ref()
        .map(read_told)
        .transpose()
}

/// How many notices a reader has in all.
pub async fn count(mut db: impl Source, reader: &str) -> Result<u64, StoreError> {
    let row = db.first(COUNT, args![reader]).await?;
    row.map_or(Ok(0), |it| Record::new("notice_readers", "n", &it).count("n"))
}

/// How many of them the reader has not opened.
pub async fn count_unread(mut db: impl Source, reader: &str) -> Result<u64, StoreError> {
    let row = db.first(COUNT_UNREAD, args![reader]).await?;
    row.map_or(Ok(0), |it| Record::new("notice_readers", "n", &it).count("n"))
}

/// Notes that a reader has opened a notice; the first time counts.
///
/// A write without an event, as that of a session's last look: reading one's own notices changes nothing in the city.
pub async fn set_read(store: &Store, reader: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    run(store, SET_READ, args![reader, id, now]).await.map(|_| ())
}

/// Notes that a reader has seen every notice up to `id`; also without an event.
pub async fn set_all_read(store: &Store, reader: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    run(store, SET_ALL_READ, args![reader, id, now]).await.map(|_| ())
}

/// Forgets what a reader was told and the letters to them: an applicant's own wish (art. 33). A notice that was told to
/// others too stays with them.
pub async fn forget(write: &mut Write, reader: &str) -> Result<(), StoreError> {
    let told = read_all(&write.fetch(TOLD, args![reader]).await?, |row| {
        Record::new("notice_readers", "notice", row).text("notice")
    })?;
    write.run(FORGET, args![reader]).await?;
    write.run(FORGET_MAIL, args![reader]).await?;
    for notice in told {
        write.run(FORGET_NOTICE, args![notice]).await?;
    }
    Ok(())
}

/// Takes the letters that are due, for this node alone until `lease`: a node that dies leaves them to be taken again.
///
/// A write without an event, like all that happens to letters: the act they tell of has its own.
pub async fn claim_mails(
    store: &Store,
    now: Timestamp,
    lease: Timestamp,
    limit: u32,
) -> Result<Vec<Mail>, StoreError> {
    let mut due = Vec::new();
    let rows = sealed::Fetch::all(&mut store.read(), DUE, args![now, i64::from(limit)]).await?;
    for row in rows {
        let it = Record::new("mails", "id", &row);
        due.push(Mail {
            notice: read(&row)?,
            reader: it.text("reader")?,
            tries: it.count("tries")?,
            address: it.text_or_none("address")?,
        });
    }
    let mut mine = Vec::new();
    for mut mail in due {
        let taken = args![mail.notice.id, mail.reader, mail.tries, lease];
        if run(store, CLAIM, taken).await? == 1 {
            mail.tries += 1;
            mine.push(mail);
        }
    }
    Ok(mine)
}

/// Puts a letter off to `next`, with the reason.
pub async fn postpone_mail(
    store: &Store,
    mail: &Mail,
    next: Timestamp,
    fault: &str,
) -> Result<(), StoreError> {
    let arguments = args![mail.notice.id, mail.reader, next, fault];
    run(store, POSTPONE, arguments).await.map(|_| ())
}

/// Ends a letter: sent, or given up for the reason `fault`.
pub async fn end_mail(
    store: &Store,
    mail: &Mail,
    state: MailState,
    now: Timestamp,
    fault: &str,
) -> Result<(), StoreError> {
    let arguments = args![mail.notice.id, mail.reader, state.name(), now, fault];
    run(store, END_MAIL, arguments).await.map(|_| ())
}

/// Gives up the letters that tell of what happened before `before`. Returns how many.
pub async fn end_old_mails(
    store: &Store,
    before: Timestamp,
    now: Timestamp,
    fault: &str,
) -> Result<u64, StoreError> {
    run(store, END_OLD, args![before, now, fault]).await
}

/// How many letters stand where.
pub async fn post(mut db: impl Source) -> Result<Post, StoreError> {
    let Some(row) = db.first(POST, args![]).await? else {
        return Ok(Post::default());
    };
    let it = Record::new("mails", "waiting", &row);
    Ok(Post {
        waiting: it.count("waiting")?,
        sent: it.count("sent")?,
        given_up: it.count("given_up")?,
    })
}

/// One statement by itself, without an event.
async fn run(
    store: &Store,
    sql: &'static str,
    arguments: sqlx::any::AnyArguments,
) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let done = sqlx::query_with(sql, arguments).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
