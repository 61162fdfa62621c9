//! Where in the evidence log the calls of a grant stand (art. 19: the provider sees who used what).

use rules::ids::GrantId;
use sqlx::{Any, Transaction};

use crate::{
    Source, StoreError,
    sql::{Record, read_all},
};

/// A part of the log with calls of one grant, among calls of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The grant.
    pub grant: GrantId,
    /// The index of its first call there.
    pub first: u64,
    /// The index of its last call there.
    pub last: u64,
}

/// Entries of the log that one span covers at most, as far as joining goes: a longer one is read to find little.
const LENGTH_MAX: u64 = 4096;

statements! {
    // A span that ended not long ago goes on: a busy grant has few rows.
    JOIN = "UPDATE call_spans SET last_index = $3 WHERE grant_id = $1 AND first_index = \
        (SELECT MAX(first_index) FROM call_spans WHERE grant_id = $1) AND $3 - first_index < $2";
    // A grant that does not exist has none: the caller made its id up.
    ADD = "INSERT INTO call_spans (grant_id, first_index, last_index) SELECT it.id, $2, $3 \
        FROM (SELECT id FROM grants UNION ALL SELECT id FROM agreements) it WHERE it.id = $1";
    BEFORE = "SELECT grant_id, first_index, last_index FROM call_spans \
        WHERE grant_id = $1 AND first_index < $2 ORDER BY first_index DESC LIMIT $3";
}

/// Adds spans, each after all that were added of its grant; inside the transaction that moves usage on.
pub(crate) async fn add(tx: &mut Transaction<'static, Any>, spans: &[Span]) -> Result<(), StoreError> {
    for it in spans {
        let joined = sqlx::query_with(JOIN, args![it.grant, LENGTH_MAX, it.last])
            .execute(&mut **tx)
            .await?;
        if joined.rows_affected() == 0 {
            sqlx::query_with(ADD, args![it.grant, it.first, it.last])
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// The spans of a grant that begin before entry `before` of the log, the newest first.
pub async fn before(
    mut db: impl Source,
    grant: &GrantId,
    before: u64,
    limit: u32,
) -> Result<Vec<Span>, StoreError> {
    read_all(
        &db.all(BEFORE, args![grant, before, i64::from(limit)]).await?,
        |row| {
            let it = Record::new("call_spans", "grant_id", row);
            Ok(Span {
                grant: GrantId(it.text("grant_id")?),
                first: it.count("first_index")?,
                last: it.count("last_index")?,
            })
        },
    )
}
