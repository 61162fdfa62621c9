//! The few numbers that a front page shows.

use jiff::civil::Date;
use rules::ids::OrgId;

use crate::{Source, StoreError, sql::Record};

/// What there is, in one organisation's view or in the whole city.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries, drafts included.
    pub entries: u64,
    /// Entries with a published version.
    pub published: u64,
    /// Published entries with data.
    pub with_data: u64,
    /// Rows that callers can get.
    pub rows: u64,
    /// Open cases.
    pub open_cases: u64,
    /// Open cases whose clock has run out.
    pub overdue_cases: u64,
    /// Open cases whose clock is amber.
    pub amber_cases: u64,
    /// Grants in use.
    pub active_grants: u64,
    /// Calls answered since a day.
    pub answered_calls: u64,
}

statements! {
    ENTRIES = "SELECT COUNT(*) AS entries, COUNT(published) AS published, \
        CAST(COALESCE(SUM(CASE WHEN published IS NOT NULL AND data_version IS NOT NULL THEN 1 ELSE 0 END), 0) \
        AS BIGINT) AS with_data, CAST(COALESCE(SUM(data_rows), 0) AS BIGINT) AS data_rows \
        FROM entries WHERE ($1 = '' OR org = $1)";
    CASES = "SELECT COUNT(*) AS n, \
        CAST(COALESCE(SUM(CASE WHEN due_on < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue, \
        CAST(COALESCE(SUM(CASE WHEN due_on >= $2 AND amber_on <= $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS amber \
        FROM cases WHERE closed_at IS NULL \
        AND ($1 = '' OR consumer = $1 OR provider = $1 OR authority = $1)";
    GRANTS = "SELECT COUNT(*) AS n FROM grants \
        WHERE state = 'active' AND until >= $2 AND ($1 = '' OR consumer = $1 OR provider = $1)";
    CALLS = "SELECT CAST(COALESCE(SUM(u.calls), 0) AS BIGINT) AS n FROM usage u \
        JOIN grants g ON g.id = u.grant_id WHERE u.outcome = 'answered' AND u.day >= $2 \
        AND ($1 = '' OR g.consumer = $1 OR g.provider = $1)";
}

/// The numbers of an organisation (`None`: of the city) on the day `today`; calls are counted since `since`.
pub async fn counts(
    mut db: impl Source,
    org: Option<&OrgId>,
    today: Date,
    since: Date,
) -> Result<Counts, StoreError> {
    let org = org.map_or("", OrgId::as_str);
    let mut counts = Counts::default();
    if let Some(row) = db.first(ENTRIES, args![org]).await? {
        let it = Record::new("entries", "entries", &row);
        counts.entries = it.count("entries")?;
        counts.published = it.count("published")?;
        counts.with_data = it.count("with_data")?;
        counts.rows = it.count("data_rows")?;
    }
    if let Some(row) = db.first(CASES, args![org, today]).await? {
        let it = Record::new("cases", "n", &row);
        counts.open_cases = it.count("n")?;
        counts.overdue_cases = it.count("overdue")?;
        counts.amber_cases = it.count("amber")?;
    }
    if let Some(row) = db.first(GRANTS, args![org, today]).await? {
        counts.active_grants = Record::new("grants", "n", &row).count("n")?;
    }
    if let Some(row) = db.first(CALLS, args![org, since]).await? {
        counts.answered_calls = Record::new("usage", "n", &row).count("n")?;
    }
    Ok(counts)
}
