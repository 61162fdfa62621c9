//! Cases (办件): runs of procedures, whoever owns them.

use jiff::{Timestamp, civil::Date};
use rules::clock::Colour;
use rules::ids::{ApplicantId, CaseId, EntryId, GrantId, OrgId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, json, read_all},
};

/// A case as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The number people cite, such as 申〔2026〕000012.
    pub number: String,
    /// The procedure's stored name.
    pub procedure: String,
    /// A state of that procedure.
    pub state: String,
    /// How many steps have changed it; a page acts on the one it showed.
    pub revision: i64,
    /// What it is about, in a few words.
    pub title: String,
    /// The entry it is about.
    pub entry: Option<EntryId>,
    /// The grant it is about, or led to.
    pub grant: Option<GrantId>,
    /// The case it is about, as a dispute is about a request.
    pub about: Option<CaseId>,
    /// The agency that asks for or uses the data.
    pub consumer: Option<OrgId>,
    /// The agency that provides it.
    pub provider: Option<OrgId>,
    /// The data authority in charge.
    pub authority: OrgId,
    /// What the parties have written, as the procedure needs it.
    pub content: serde_json::Value,
    /// The applicant whose case it is, where the public side opened it for one.
    pub applicant: Option<ApplicantId>,
    /// Who of the platform's people opened it; none where somebody without an account did.
    pub opened_by: Option<UserId>,
    /// When.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The day the tightest running clock runs out: a copy of what the clocks say, for sorting.
    pub due_on: Option<Date>,
    /// The day that clock turns amber.
    pub amber_on: Option<Date>,
    /// The office that owes what the clock is about.
    pub owed_by: Option<String>,
}

/// Somebody who may take the next step: a row of a to-do list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Turn {
    /// The office, by its stored name.
    pub office: String,
    /// The organisation that holds it in this case.
    pub org: OrgId,
}

/// A case as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: CaseId,
    /// The number people cite.
    pub number: String,
    /// The procedure's stored name.
    pub procedure: String,
    /// A state of that procedure.
    pub state: String,
    /// What it is about.
    pub title: String,
    /// The entry it is about.
    pub entry: Option<EntryId>,
    /// The name of the agency that asks.
    pub consumer_name: Option<String>,
    /// The name of the agency that provides.
    pub provider_name: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The day the tightest clock runs out.
    pub due_on: Option<Date>,
    /// The day it turns amber.
    pub amber_on: Option<Date>,
    /// The office that owes it.
    pub owed_by: Option<String>,
}

/// Which cases a list shows; every condition that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In which this organisation is consumer, provider or authority, or holds an office.
    pub party: Option<OrgId>,
    /// Of this procedure.
    pub procedure: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// About this entry.
    pub entry: Option<EntryId>,
    /// About this grant.
    pub grant: Option<GrantId>,
    /// About this case.
    pub about: Option<CaseId>,
    /// Of this applicant.
    pub applicant: Option<ApplicantId>,
    /// Open ones, or closed ones.
    pub is_open: Option<bool>,
    /// With these words in title or number.
    pub text: Option<String>,
    /// Open ones whose tightest clock has this colour on this day.
    pub colour: Option<(Colour, Date)>,
}

impl Filter {
    /// The words as a pattern; what would be a joker in it is itself.
    fn pattern(&self) -> String {
        let Some(text) = self.text.as_deref().map(str::trim).filter(|it| !it.is_empty()) else {
            return String::new();
        };
        let mut pattern = String::from("%");
        for c in text.to_lowercase().chars() {
            if "%_!".contains(c) {
                pattern.push('!');
            }
            pattern.push(c);
        }
        pattern + "%"
    }
}

/// The last line of a page; the next page begins after it.
pub type Cursor = (Timestamp, CaseId);

macro_rules! columns {
    () => {
        "id, number, procedure, state, revision, title, entry, grant_id, about, consumer, provider, authority, \
         content, applicant, opened_by, opened_at, closed_at, due_on, amber_on, owed_by"
    };
}

macro_rules! lines {
    () => {
        "SELECT c.id, c.number, c.procedure, c.state, c.title, c.entry, co.name AS consumer_name, \
         po.name AS provider_name, c.opened_at, c.closed_at, c.due_on, c.amber_on, c.owed_by \
         FROM cases c LEFT JOIN orgs co ON co.id = c.consumer LEFT JOIN orgs po ON po.id = c.provider "
    };
}

macro_rules! filter {
    () => {
        "($1 = '' OR c.consumer = $1 OR c.provider = $1 OR c.authority = $1 \
         OR EXISTS (SELECT 1 FROM case_turns t WHERE t.case_id = c.id AND t.org = $1) \
         OR EXISTS (SELECT 1 FROM case_steps s WHERE s.case_id = c.id AND s.org = $1) \
         OR EXISTS (SELECT 1 FROM case_told w WHERE w.case_id = c.id AND w.org = $1)) \
         AND ($2 = '' OR c.procedure = $2) AND ($3 = '' OR c.state = $3) AND ($4 = '' OR c.entry = $4) \
         AND ($5 = '' OR c.grant_id = $5) AND ($6 = '' OR c.about = $6) \
         AND ($7 = -1 OR ($7 = 1 AND c.closed_at IS NULL) OR ($7 = 0 AND c.closed_at IS NOT NULL)) \
         AND ($8 = '' OR c.applicant = $8) \
         AND ($9 = '' OR LOWER(c.title) LIKE $9 ESCAPE '!' OR LOWER(c.number) LIKE $9 ESCAPE '!') \
         AND ($10 = '' OR (c.closed_at IS NULL AND c.due_on IS NOT NULL AND $10 = CASE WHEN c.due_on < $11 \
         THEN 'red' WHEN c.amber_on <= $11 THEN 'amber' ELSE 'green' END))"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM cases WHERE id = $1");
    OPEN_OF_ENTRY = concat!("SELECT ", columns!(), " FROM cases \
        WHERE entry = $1 AND procedure = $2 AND closed_at IS NULL ORDER BY opened_at DESC, id DESC");
    OPEN = concat!("SELECT ", columns!(), " FROM cases WHERE closed_at IS NULL AND id > $1 ORDER BY id LIMIT $2");
    LIST = concat!(lines!(), "WHERE ", filter!(), " AND (c.opened_at < $12 OR (c.opened_at = $12 AND c.id < $13)) \
        ORDER BY c.opened_at DESC, c.id DESC LIMIT $14");
    COUNT = concat!("SELECT COUNT(*) AS n FROM cases c WHERE ", filter!());
    // Days sort as text; a case without a clock comes after all that have one.
    TODO = concat!(lines!(), "WHERE c.closed_at IS NULL AND EXISTS (SELECT 1 FROM case_turns t \
        WHERE t.case_id = c.id AND t.org = $1 AND $2 LIKE '%|' || t.office || '|%') \
        ORDER BY COALESCE(c.due_on, '9999-12-31'), c.opened_at, c.id LIMIT $3");
    COUNT_TODO = "SELECT COUNT(*) AS n FROM cases c WHERE c.closed_at IS NULL AND EXISTS \
        (SELECT 1 FROM case_turns t WHERE t.case_id = c.id AND t.org = $1 AND $2 LIKE '%|' || t.office || '|%')";
    TURNS = "SELECT case_id, office, org FROM case_turns WHERE case_id = $1 ORDER BY office, org";
    CLEAR_TURNS = "DELETE FROM case_turns WHERE case_id = $1";
    INSERT_TURN = "INSERT INTO case_turns (case_id, office, org) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    INSERT = concat!("INSERT INTO cases (", columns!(), ") \
        VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)");
    UPDATE = "UPDATE cases SET state = $3, title = $4, grant_id = $5, content = $6, closed_at = $7, due_on = $8, \
        amber_on = $9, owed_by = $10, revision = revision + 1 WHERE id = $1 AND revision = $2";
    BY_NUMBER = concat!("SELECT ", columns!(), " FROM cases WHERE number = $1");
    SET_DUE = "UPDATE cases SET due_on = $2, amber_on = $3 WHERE id = $1";
}

fn read(row: &AnyRow) -> Result<Case, StoreError> {
    let it = Record::new("cases", "id", row);
    Ok(Case {
        id: CaseId(it.text("id")?),
        number: it.text("number")?,
        procedure: it.text("procedure")?,
        state: it.text("state")?,
        revision: it.int("revision")?,
        title: it.text("title")?,
        entry: it.text_or_none("entry")?.map(EntryId),
        grant: it.text_or_none("grant_id")?.map(GrantId),
        about: it.text_or_none("about")?.map(CaseId),
        consumer: it.text_or_none("consumer")?.map(OrgId),
        provider: it.text_or_none("provider")?.map(OrgId),
        authority: OrgId(it.text("authority")?),
        content: it.json("content")?,
        applicant: it.text_or_none("applicant")?.map(ApplicantId),
        opened_by: it.text_or_none("opened_by")?.map(UserId),
        opened_at: it.moment("opened_at")?,
        closed_at: it.moment_or_none("closed_at")?,
        due_on: it.day_or_none("due_on")?,
        amber_on: it.day_or_none("amber_on")?,
        owed_by: it.text_or_none("owed_by")?,
    })
}

fn read_line(row: &AnyRow) -> Result<Line, StoreError> {
    let it = Record::new("cases", "id", row);
    Ok(Line {
        id: CaseId(it.text("id")?),
        number: it.text("number")?,
        procedure: it.text("procedure")?,
        state: it.text("state")?,
        title: it.text("title")?,
        entry: it.text_or_none("entry")?.map(EntryId),
        consumer_name: it.text_or_none("consumer_name")?,
        provider_name: it.text_or_none("provider_name")?,
        opened_at: it.moment("opened_at")?,
        closed_at: it.moment_or_none("closed_at")?,
        due_on: it.day_or_none("due_on")?,
        amber_on: it.day_or_none("amber_on")?,
        owed_by: it.text_or_none("owed_by")?,
    })
}

/// The case, if there is one.
pub async fn find(mut db: impl Source, id: &CaseId) -> Result<Option<Case>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// The case with this number, if there is one.
pub async fn by_number(mut db: impl Source, number: &str) -> Result<Option<Case>, StoreError> {
    db.first(BY_NUMBER, args![number])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The case; an error where there is none.
pub async fn get(db: impl Source, id: &CaseId) -> Result<Case, StoreError> {
    find(db, id).await?.ok_or_else(|| StoreError::Missing {
        table: "cases",
        id: id.0.clone(),
    })
}

/// The open case of a procedure about an entry, such as its compilation; the newest, should there be several.
pub async fn open_of_entry(
    mut db: impl Source,
    entry: &EntryId,
    procedure: &str,
) -> Result<Option<Case>, StoreError> {
    db.first(OPEN_OF_ENTRY, args![entry, procedure])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Open cases after `after` (empty at first), by id: to walk over all of them.
pub async fn open(mut db: impl Source, after: &str, limit: u32) -> Result<Vec<Case>, StoreError> {
    read_all(&db.all(OPEN, args![after, i64::from(limit)]).await?, read)
}

macro_rules! filter_args {
    ($filter:expr $(, $more:expr)*) => {
        args![
            $filter.party.as_ref().map_or("", OrgId::as_str),
            $filter.procedure.as_deref().unwrap_or(""),
            $filter.state.as_deref().unwrap_or(""),
            $filter.entry.as_ref().map_or("", EntryId::as_str),
            $filter.grant.as_ref().map_or("", GrantId::as_str),
            $filter.about.as_ref().map_or("", CaseId::as_str),
            $filter.is_open.map_or(-1, i64::from),
            $filter.applicant.as_ref().map_or("", ApplicantId::as_str),
            $filter.pattern(),
            $filter.colour.map_or("", |it| it.0.name()),
            $filter.colour.map_or(String::new(), |it| it.1.to_string())
            $(, $more)*
        ]
    };
}

/// A page of cases, last opened first.
pub async fn list(
    mut db: impl Source,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id.as_str()));
    read_all(
        &db.all(LIST, filter_args!(filter, at, id, i64::from(limit)))
            .await?,
        read_line,
    )
}

/// How many cases [`list`] shows in all.
pub async fn count(mut db: impl Source, filter: &Filter) -> Result<u64, StoreError> {
    let row = db.first(COUNT, filter_args!(filter)).await?;
    row.map_or(Ok(0), |it| Record::new("cases", "n", &it).count("n"))
}

/// The open cases in which it is the turn of one of `offices` at `org`, the most pressing first.
pub async fn todo(
    mut db: impl Source,
    org: &OrgId,
    offices: &[&str],
    limit: u32,
) -> Result<Vec<Line>, StoreError> {
    read_all(
        &db.all(TODO, args![org, fenced(offices), i64::from(limit)])
            .await?,
        read_line,
    )
}

/// How many cases [`todo`] lists in all.
pub async fn count_todo(mut db: impl Source, org: &OrgId, offices: &[&str]) -> Result<u64, StoreError> {
    let row = db.first(COUNT_TODO, args![org, fenced(offices)]).await?;
    row.map_or(Ok(0), |it| Record::new("cases", "n", &it).count("n"))
}

/// A set of words as one argument, `|a|b|`: both engines find a word in it with `LIKE`.
fn fenced(words: &[&str]) -> String {
    format!("|{}|", words.join("|"))
}

/// Who may take the next step in a case.
pub async fn turns(mut db: impl Source, id: &CaseId) -> Result<Vec<Turn>, StoreError> {
    read_all(&db.all(TURNS, args![id]).await?, |row| {
        let it = Record::new("case_turns", "case_id", row);
        Ok(Turn {
            office: it.text("office")?,
            org: OrgId(it.text("org")?),
        })
    })
}

/// The next number of a series such as 申 in a year: `申〔2026〕000012`. Each is given once, without gaps.
pub async fn next_number(write: &mut Write, series: &str, year: i16) -> Result<String, StoreError> {
    let n = write.count_up(&format!("case/{series}/{year}")).await?;
    Ok(format!("{series}〔{year}〕{n:06}"))
}

/// Opens a case, at revision 1, and says whose turn it is.
pub async fn insert(write: &mut Write, case: &Case, turns: &[Turn]) -> Result<(), StoreError> {
    let arguments = args![
        case.id,
        case.number,
        case.procedure,
        case.state,
        case.title,
        case.entry,
        case.grant,
        case.about,
        case.consumer,
        case.provider,
        case.authority,
        json(&case.content),
        case.applicant,
        case.opened_by,
        case.opened_at,
        case.closed_at,
        case.due_on,
        case.amber_on,
        case.owed_by,
    ];
    write.run(INSERT, arguments).await?;
    set_turns(write, &case.id, turns).await
}

/// Stores what a step changed (state, title, grant, content, closing, clock) in a case that is still at
/// `revision`, and says whose turn it is now.
pub async fn update(write: &mut Write, revision: i64, case: &Case, turns: &[Turn]) -> Result<(), StoreError> {
    let arguments = args![
        case.id,
        revision,
        case.state,
        case.title,
        case.grant,
        json(&case.content),
        case.closed_at,
        case.due_on,
        case.amber_on,
        case.owed_by,
    ];
    write
        .run_revised(UPDATE, arguments, "cases", case.id.as_str())
        .await?;
    set_turns(write, &case.id, turns).await
}

/// Rewrites the copies of the clock's days, when a new calendar moves them. The case itself is unchanged.
pub async fn set_due(
    write: &mut Write,
    id: &CaseId,
    due_on: Option<Date>,
    amber_on: Option<Date>,
) -> Result<(), StoreError> {
    write.run(SET_DUE, args![id, due_on, amber_on]).await?;
    Ok(())
}

async fn set_turns(write: &mut Write, id: &CaseId, turns: &[Turn]) -> Result<(), StoreError> {
    write.run(CLEAR_TURNS, args![id]).await?;
    for turn in turns {
        write.run(INSERT_TURN, args![id, turn.office, turn.org]).await?;
    }
    Ok(())
}
