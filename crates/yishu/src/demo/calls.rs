//! The systems of the demo city, their keys, and the calls they have made in the last two weeks.

use std::error::Error;

use app::calls::{self, CallError, Caller};
use app::{City, Refused, systems};
use jiff::{SignedDuration, Timestamp};
use rules::ids::GrantId;
use serde_json::json;
use synthetic::Population;

use super::data;
use super::story::{Outcome, Teller};

/// The secrets of the demo's application keys. Printed on purpose: the city is made up.
pub struct Keys {
    /// 市人社局, 养老待遇资格认证系统.
    pub pension: String,
    /// 市医保局, 参保登记系统.
    pub insurance: String,
    /// 市公安局, 户籍管理系统: delivers.
    pub registry: String,
    /// 市农业农村局, whose grant is suspended.
    pub farming: String,
    /// 市民政局, a key that was revoked.
    pub revoked: String,
}

/// Registers the systems and makes their keys.
pub async fn keys(teller: &Teller<'_>) -> Result<Keys, Refused> {
    Ok(Keys {
        pension: key(teller, "renshe", "养老待遇资格认证系统").await?.1,
        insurance: key(teller, "yibao", "医保参保登记系统").await?.1,
        registry: key(teller, "gongan", "户籍管理系统").await?.1,
        farming: key(teller, "nongye", "惠农补贴发放系统").await?.1,
        revoked: revoked(teller).await?,
    })
}

async fn key(teller: &Teller<'_>, login: &str, name: &str) -> Result<(rules::ids::KeyId, String), Refused> {
    let ctx = teller.cast.at(login, teller.working_days_ago(20));
    let system = systems::create(teller.city, &ctx, name, "").await?;
    let key = systems::new_key(teller.city, &ctx, &system, "正式环境", 300).await?;
    Ok((key.id, key.secret))
}

async fn revoked(teller: &Teller<'_>) -> Result<String, Refused> {
    let (id, secret) = key(teller, "minzheng", "社会救助系统").await?;
    systems::revoke_key(
        teller.city,
        &teller.cast.at("minzheng", teller.working_days_ago(3)),
        &id,
    )
    .await?;
    Ok(secret)
}

/// A few valid identity numbers of the demo's population.
pub fn identities(people: u64) -> Vec<String> {
    let valid = Population::new(people.min(4_000), 5, data::POPULATION_SEED).filter(|it| it.fault.is_none());
    valid.step_by(17).map(|it| it.person.0[0].clone()).collect()
}

/// Two weeks of calls, answered and refused; the index of the evidence of one that the pension system made.
pub async fn history(
    teller: &Teller<'_>,
    keys: &Keys,
    outcome: &Outcome,
    people: u64,
) -> Result<u64, Box<dyn Error>> {
    let identities = identities(people);
    let mut tasks = tokio::task::JoinSet::new();
    for day in 0..10_u16 {
        let morning = teller.working_days_ago(day) - SignedDuration::from_hours(1);
        let callers = [
            (&keys.pension, "pension", 14 + day % 5),
            (&keys.insurance, "insurance", 9 + day % 4),
        ];
        for (secret, grant, times) in callers {
            for n in 0..times {
                let at = morning + SignedDuration::from_secs(i64::from(n) * 97);
                let identity = identities[usize::from(n * 31 + day) % identities.len()].clone();
                let grant = outcome.grants[grant].clone();
                tasks.spawn(one(teller.city.clone(), secret.clone(), grant, identity, at, n));
            }
        }
    }
    // The suspended agency keeps trying: refused, and on record.
    let suspended = outcome.grants["suspended"].clone();
    let at = teller.now - SignedDuration::from_mins(50);
    tasks.spawn(one(
        teller.city.clone(),
        keys.farming.clone(),
        suspended,
        identities[0].clone(),
        at,
        1,
    ));
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let now = teller.now - SignedDuration::from_mins(1);
    let (pension, identity) = (outcome.grants["pension"].clone(), identities[0].clone());
    Ok(one(
        teller.city.clone(),
        keys.pension.clone(),
        pension,
        identity,
        now,
        0,
    )
    .await?)
}

async fn one(
    city: City,
    secret: String,
    grant: GrantId,
    identity: String,
    at: Timestamp,
    n: u16,
) -> Result<u64, CallError> {
    let caller: Caller = calls::authenticate(&city, Some(&secret), at).await?;
    let matter = format!("办件-{n:04}");
    let outcome = if n % 5 == 4 {
        let ask = json!({
            "purpose": "basis", "matter": matter, "where": { "id_card": identity },
            "expect": { "region_code": "431124" },
        });
        calls::verify(&city, &caller, &grant, ask.to_string().as_bytes(), at).await
    } else {
        // One in eleven states another purpose than granted, and is refused.
        let purpose = if n % 11 == 10 { "reference" } else { "basis" };
        let ask = json!({ "purpose": purpose, "matter": matter, "where": { "id_card": identity } });
        calls::query(&city, &caller, &grant, ask.to_string().as_bytes(), at).await
    };
    outcome.map(|it| it.evidence).or_else(|it| it.evidence.ok_or(it))
}

/// One valid row as a file: a person who is not in the demo's population yet.
pub fn one_row() -> String {
    let mut bytes = Vec::new();
    let newcomer = Population::new(1, 0, data::POPULATION_SEED + 1);
    // Writing to memory does not fail.
    let _ = newcomer.write_csv(&mut bytes, |_, _| {});
    String::from_utf8(bytes).unwrap_or_default()
}
