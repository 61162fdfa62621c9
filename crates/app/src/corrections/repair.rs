//! Putting one value right: one row, checked and loaded as a batch is, with its own evidence, and told as what it is.

use std::{collections::BTreeMap, io::Write as _, time::Duration};

use rules::{
    delivery::{BatchKind, BatchState},
    ids::{CaseId, DeliveryId, EntryId},
    permission::Action,
};
use store::{cases, deliveries};

use super::read;
use crate::{
    City, Ctx, Refused,
    calls::{Looked, look},
    cases::{engine, visible},
    delivery::{self, Parcel},
};

/// The longest a page waits for the batch; another batch of the entry may be before it.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The record as it stands after the correction.
pub(super) struct Repaired {
    /// The item's value.
    pub value: Option<String>,
    /// The batch, where the platform made one.
    pub delivery: Option<DeliveryId>,
    /// The record's key by item, to look it up through others' grants.
    pub row: BTreeMap<String, String>,
}

/// Puts the doubted value right, or sees that it has been put right.
pub(super) async fn repair(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    value: Option<&str>,
) -> Result<Repaired, Refused> {
    let found = cases::find(city.store.read(), id).await?;
    let case = found.ok_or_else(|| Refused::not_found("该办件"))?;
    let parties = visible(city.store.read(), ctx, &case).await?;
    let content = read(&case)?;
    ctx.may(Action::CheckCorrection, &parties.subject())?;
    if case.revision != revision {
        return Err(engine::stale(city.store.read(), &case).await?);
    }
    engine::procedure(&case.procedure)?.permit(&case.state, "correct", &parties.offices(ctx))?;
    let entry = case
        .entry
        .ok_or_else(|| Refused::internal("a correction of no entry"))?;
    let key: BTreeMap<String, String> = content.key.iter().cloned().collect();
    let unchanged = || {
        let words =
            "平台上的该数据与提出疑义时相同，尚未更正。请在此填写正确的值，或者先报送更正后的数据再办理。";
        Refused::field("still-uncorrected", "value", words)
    };
    if value.is_some() && value.map(str::trim) == content.found.as_deref() {
        return Err(unchanged());
    }
    let delivery = match value {
        None => None,
        Some(value) => Some(replace(city, ctx, &entry, &case.number, &key, &content.item, value).await?),
    };
    let looked = look(city, &entry, &key, vec![content.item.clone()], &[]).await?;
    let now = looked.values.and_then(|it| it.into_iter().next().flatten());
    if now == content.found {
        return Err(unchanged());
    }
    Ok(Repaired {
        value: now,
        delivery,
        row: key,
    })
}

/// Delivers the record with the right value, and waits until callers get it.
async fn replace(
    city: &City,
    ctx: &Ctx,
    entry: &EntryId,
    number: &str,
    key: &BTreeMap<String, String>,
    item: &str,
    value: &str,
) -> Result<DeliveryId, Refused> {
    let content = crate::requests::catalogue_text(city, entry).await?;
    let names: Vec<String> = content.items.iter().map(|it| it.name.clone()).collect();
    let looked: Looked = look(city, entry, key, names.clone(), &[]).await?;
    let Some(row) = looked.values else {
        let words = "该记录已不在平台的数据中，不能由平台更正。确已更正的，不填正确的值，说明情况后办理。";
        return Err(Refused::field("record-gone", "value", words));
    };
    let values = names.iter().zip(row).map(|(name, old)| {
        if name == item {
            value.to_owned()
        } else {
            old.unwrap_or_default()
        }
    });
    let file = sheet(city, &names, &values.collect::<Vec<_>>()).map_err(Refused::internal)?;
    let batch = format!("校核更正 {number} {}", &store::fresh_id(ctx.now)[10..]);
    let parcel = Parcel {
        batch: &batch,
        kind: BatchKind::Correction,
        name: "校核更正.csv",
        path: file.path(),
    };
    let id = delivery::receive_correction(city, ctx, entry, parcel).await?.id;
    loaded(city, &id).await?;
    Ok(id)
}

/// The file of one row, as every batch is a file.
fn sheet(city: &City, names: &[String], values: &[String]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in(delivery::spool_dir(city))?;
    for fields in [names, values] {
        let quoted: Vec<String> = fields
            .iter()
            .map(|it| format!("\"{}\"", it.replace('"', "\"\"")))
            .collect();
        file.write_all(quoted.join(",").as_bytes())?;
        file.write_all(b"\r\n")?;
    }
    file.flush()?;
    Ok(file)
}

/// Waits until the batch is in, and refuses what was refused.
async fn loaded(city: &City, id: &DeliveryId) -> Result<(), Refused> {
    let waiting = async {
        loop {
            let found = deliveries::find(city.store.read(), id).await?;
            match found {
                Some(it) if it.state != BatchState::Checking => return Ok::<_, Refused>(it),
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    };
    let Ok(done) = tokio::time::timeout(PATIENCE, waiting).await else {
        let words = "更正的数据正在排队入库。请稍后刷新页面，不再填写正确的值，直接办理修正。";
        return Err(Refused::conflict("still-loading", words));
    };
    let done = done?;
    if done.state == BatchState::Loaded && done.accepted == 1 {
        return Ok(());
    }
    let faults: Vec<&str> = done.by_fault.keys().map(|it| it.label()).collect();
    let why = match faults.is_empty() {
        true => delivery::refusal_words(&done),
        false => format!("填写的值未通过目录校验：{}。", faults.join("、")),
    };
    Err(Refused::field("bad-value", "value", why))
}
