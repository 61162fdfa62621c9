//! What was done in a case, step by step: the history its clocks are read from.

use jiff::{Timestamp, civil::Date};
use rules::ids::{CaseId, OrgId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    sql::{Record, json, read_all},
};

/// A step to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct NewStep {
    /// The step's stored name.
    pub step: String,
    /// The state it led to.
    pub state: String,
    /// Who took it; none of somebody without an account.
    pub actor: Option<UserId>,
    /// For which organisation.
    pub org: Option<OrgId>,
    /// When.
    pub at: Timestamp,
    /// The day in the city.
    pub on: Date,
    /// Working days it granted, where it lengthens a clock; otherwise 0.
    pub extra_days: u16,
    /// What the person wrote.
    pub answers: serde_json::Value,
}

/// A step of a case's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// From 1.
    pub seq: u64,
    /// The step's stored name.
    pub step: String,
    /// The state it led to.
    pub state: String,
    /// Who took it; none of somebody without an account.
    pub actor: Option<UserId>,
    /// Their name; empty where there is none.
    pub actor_name: String,
    /// For which organisation.
    pub org: Option<OrgId>,
    /// Its name; empty where there is none.
    pub org_name: String,
    /// When.
    pub at: Timestamp,
    /// The day in the city.
    pub on: Date,
    /// Working days it granted.
    pub extra_days: u16,
    /// What the person wrote.
    pub answers: serde_json::Value,
}

statements! {
    OF_CASE = "SELECT s.case_id, s.seq, s.step, s.state, s.actor, u.name AS actor_name, s.org, o.name AS org_name, \
        s.at, s.on_day, s.extra_days, s.answers FROM case_steps s LEFT JOIN users u ON u.id = s.actor \
        LEFT JOIN orgs o ON o.id = s.org WHERE s.case_id = $1 ORDER BY s.seq";
    ADD = "INSERT INTO case_steps (case_id, seq, step, state, actor, org, at, on_day, extra_days, answers) \
        VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM case_steps WHERE case_id = $1), \
        $2, $3, $4, $5, $6, $7, $8, $9)";
    SET_ANSWERS = "UPDATE case_steps SET answers = $3 WHERE case_id = $1 AND seq = $2";
}

fn read(row: &AnyRow) -> Result<Step, StoreError> {
    let it = Record::new("case_steps", "case_id", row);
    Ok(Step {
        seq: it.count("seq")?,
        step: it.text("step")?,
        state: it.text("state")?,
        actor: it.text_or_none("actor")?.map(UserId),
        actor_name: it.text_or_none("actor_name")?.unwrap_or_default(),
        org: it.text_or_none("org")?.map(OrgId),
        org_name: it.text_or_none("org_name")?.unwrap_or_default(),
        at: it.moment("at")?,
        on: it.day("on_day")?,
        extra_days: u16::try_from(it.int("extra_days")?).unwrap_or(u16::MAX),
        answers: it.json("answers")?,
    })
}

/// The history of a case, oldest first.
pub async fn of_case(mut db: impl Source, case: &CaseId) -> Result<Vec<Step>, StoreError> {
    read_all(&db.all(OF_CASE, args![case]).await?, read)
}

/// Adds a step to the end of a case's history.
pub async fn add(write: &mut Write, case: &CaseId, step: &NewStep) -> Result<(), StoreError> {
    let arguments = args![
        case,
        step.step,
        step.state,
        step.actor,
        step.org,
        step.at,
        step.on,
        i64::from(step.extra_days),
        json(&step.answers),
    ];
    write.run(ADD, arguments).await?;
    Ok(())
}

/// Puts other words in the place of a step's own: where whoever said them has them erased (art. 33). What was done, when
/// and by whom stays.
pub async fn set_answers(
    write: &mut Write,
    case: &CaseId,
    seq: u64,
    answers: &serde_json::Value,
) -> Result<(), StoreError> {
    write.run(SET_ANSWERS, args![case, seq, json(answers)]).await?;
    Ok(())
}
