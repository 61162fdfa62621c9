//! The work on one delivery: check every row, load the good ones beside the present data, switch by one sealed act.

use jiff::Timestamp;
use rules::{
    calendar,
    catalogue::Content,
    delivery::{BatchKind, BatchState, is_refused_whole},
    ids::DeliveryId,
};
use serde_json::json;
use store::{
    Event, EventKind, deliveries,
    deliveries::Delivery,
    entries,
    files::{Draft, FileId},
    rows::{RowsError, Shape},
};
use table::{Checked, Plan, ReadError, SortedRows};

use super::{
    FILE_BYTES_MAX, Note, Progress, Stage, content_of, mean, queue,
    tries::{TRIES_MAX, Try},
};
use crate::{City, Refused, Status};

/// The code of a file that the platform itself fails to read.
pub(super) const UNREAD: &str = "read-failed";

/// What its sender is told.
const UNREAD_WORDS: &str = "平台读取文件时反复发生故障，本批没有入库，原有数据不变。\
    请另存为 CSV 后以新的批次号重新报送；若仍失败，请联系系统管理员。";

/// Checks and loads the delivery `id`. Run twice, it does nothing the second time.
pub(super) async fn run(city: &City, id: &DeliveryId, now: impl Fn() -> Timestamp) -> Result<(), Refused> {
    let found = deliveries::find(city.store.read(), id).await?;
    let Some(mut delivery) = found.filter(|it| it.state == BatchState::Checking) else {
        queue::finished(city, id);
        return Ok(());
    };
    let content = content_of(city, &delivery).await?;
    let reading = Try::begin(&super::spool_dir(city), id)?;
    let outcome = match reading.before {
        TRIES_MAX.. => Outcome::Refused(Note::refusal(UNREAD, UNREAD_WORDS)),
        _ => judge(city, &mut delivery, &content).await?,
    };
    drop(reading);
    let result = match outcome {
        Outcome::Refused(note) => refuse(city, delivery, note, now()).await,
        Outcome::Loaded { version, rows, note } => switch(city, delivery, version, rows, note, now()).await,
    };
    queue::finished(city, id);
    result
}

/// How the work on a batch ended, before it is recorded.
enum Outcome {
    /// Refused whole: the data stands as it was.
    Refused(Note),
    /// Its rows stand beside the present ones, ready for the switch.
    Loaded { version: i64, rows: u64, note: Note },
}

async fn judge(city: &City, delivery: &mut Delivery, content: &Content) -> Result<Outcome, Refused> {
    let base = entries::get(city.store.read(), &delivery.entry).await?.data;
    let timeliness = timeliness(content, base.as_ref().map(|it| it.at), delivery.at);
    let (checked, refusals) = match check(city, delivery, content.clone(), timeliness).await? {
        Ok(done) => done,
        Err(ReadError::Io(cause)) => return Err(unread(Refused::from(cause))),
        Err(error) => return Ok(Outcome::Refused(Note::refusal(error.code(), error.words()))),
    };
    delivery.refusals = refusals.map(|it| it.to_string());
    delivery.rows = checked.rows;
    delivery.accepted = checked.accepted;
    delivery.refused = checked.refused;
    delivery.by_fault = checked.by_fault;
    if delivery.kind.is_measured() {
        delivery.scores = checked.scores;
    }
    let format = match checked.encoding {
        Some(encoding) => format!("{}，{}", checked.kind.label(), encoding.label()),
        None => checked.kind.label().to_owned(),
    };
    if is_refused_whole(delivery.rows, delivery.refused, content.refused_permille_max) {
        let words = format!(
            "{} 行中有 {} 行未通过校验，超过目录规定的整批拒收比例（{}），本批没有入库，原有数据不变。\
             请下载拒收明细，更正后以新的批次号重新报送。",
            delivery.rows,
            delivery.refused,
            percent(content.refused_permille_max)
        );
        return Ok(Outcome::Refused(Note {
            format,
            ..Note::refusal("too-many-refused", words)
        }));
    }
    tell_loading(city, delivery);
    load(city, delivery, content, base, checked.sorted, format).await
}

/// A share per mille in per cent, as people read it: “10%”, with one decimal only where it needs one.
fn percent(permille: u16) -> String {
    match (permille / 10, permille % 10) {
        (whole, 0) => format!("{whole}%"),
        (whole, tenth) => format!("{whole}.{tenth}%"),
    }
}

/// Writes the accepted rows: beside the present ones, or into them in one transaction.
async fn load(
    city: &City,
    delivery: &Delivery,
    content: &Content,
    base: Option<entries::Data>,
    rows: SortedRows,
    format: String,
) -> Result<Outcome, Refused> {
    let shape = Shape::of(&delivery.entry, content);
    let needs_full = |words: &str| Note::refusal("needs-full", words);
    let loaded = match (delivery.kind, base) {
        (BatchKind::Full, _) => {
            let version = deliveries::next_data_version(city.store.read(), &delivery.entry).await?;
            let built = city.rows.replace(&shape, version, rows).await;
            built.map(|count| (version, count))
        }
        (BatchKind::Incremental | BatchKind::Correction, None) => {
            let note = needs_full("尚无全量数据，不能增量更新。请先以全量方式报送一次。");
            return Ok(Outcome::Refused(Note { format, ..note }));
        }
        (BatchKind::Incremental | BatchKind::Correction, Some(base)) => {
            let merged = city
                .rows
                .merge(&shape, base.version, delivery.id.as_str(), rows)
                .await;
            merged.map(|count| (base.version, count))
        }
    };
    match loaded {
        Ok((version, rows)) => {
            let note = Note {
                format,
                rows_after: Some(rows),
                ..Note::default()
            };
            Ok(Outcome::Loaded { version, rows, note })
        }
        Err(RowsError::ShapeChanged) => {
            let note = needs_full(
                "目录的信息项在上次全量报送之后已经变更，不能增量更新。请以全量方式重新报送一次。",
            );
            Ok(Outcome::Refused(Note { format, ..note }))
        }
        Err(cause) => Err(cause.into()),
    }
}

type Judged = Result<(Checked, Option<FileId>), ReadError>;

/// Checks every row on a thread that may wait; the refused ones go to a file of their own.
async fn check(
    city: &City,
    delivery: &Delivery,
    content: Content,
    timeliness: Option<(u64, u64)>,
) -> Result<Judged, Refused> {
    let file = FileId::parse(&delivery.file).ok_or_else(|| Refused::internal("a delivery without a file"))?;
    let path = city.files.path(&file)?;
    let (city, id, name) = (city.clone(), delivery.id.clone(), delivery.file_name.clone());
    let work = move || -> Result<Judged, Refused> {
        let spool_dir = super::spool_dir(&city);
        let plan = Plan {
            content: &content,
            spool_dir: &spool_dir,
            timeliness,
        };
        // Refusals repeat values and reasons, so they may be longer than the file itself.
        let refusals = city.files.draft(FILE_BYTES_MAX.saturating_mul(8))?;
        let mut refusals = std::io::BufWriter::with_capacity(1 << 18, refusals);
        let tell = |it: table::Progress| {
            let (bytes_done, bytes_all) = (it.bytes_done, it.bytes_all);
            let progress = Progress {
                stage: Stage::Checking,
                bytes_done,
                bytes_all,
                rows: it.rows,
                refused: it.refused,
            };
            city.deliveries.tell(&id, progress);
        };
        let checked = match table::check(&path, &name, &plan, &mut refusals, &tell) {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(error)),
        };
        let refusals: Draft = refusals
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        let kept = (checked.refused > 0).then(|| refusals.keep()).transpose()?;
        Ok(Ok((checked, kept)))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(judged) => judged,
        Err(cut_short) => Err(unread(Refused::internal(cut_short))),
    }
}

/// The same failure, as one that comes of this file where it does not pass.
fn unread(refused: Refused) -> Refused {
    match refused.status {
        Status::Internal => Refused {
            code: UNREAD,
            ..refused
        },
        _ => refused,
    }
}

/// Refuses a batch whose file the platform failed to read again and again: whoever sent it need not wait for ever.
pub(super) async fn give_up(city: &City, id: &DeliveryId, now: Timestamp) -> Result<(), Refused> {
    if let Some(delivery) = deliveries::find(city.store.read(), id).await? {
        refuse(city, delivery, Note::refusal(UNREAD, UNREAD_WORDS), now).await?;
    }
    queue::finished(city, id);
    Ok(())
}

/// Indicator 0502: whether the batch came within the entry's cycle after the one before; none where it has no cycle.
fn timeliness(content: &Content, before: Option<Timestamp>, at: Timestamp) -> Option<(u64, u64)> {
    let days_max = content.cycle.days_max()?;
    let in_time = before.is_none_or(|before| {
        let days = calendar::today(at)
            .since(calendar::today(before))
            .map_or(0, |it| it.get_days());
        days <= i32::from(days_max)
    });
    Some((u64::from(in_time), 1))
}

fn tell_loading(city: &City, delivery: &Delivery) {
    let (rows, refused) = (delivery.rows, delivery.refused);
    city.deliveries.tell(
        &delivery.id,
        Progress {
            stage: Stage::Loading,
            bytes_done: 1,
            bytes_all: 1,
            rows,
            refused,
        },
    );
}

/// Records that the batch was refused whole.
async fn refuse(city: &City, mut delivery: Delivery, note: Note, now: Timestamp) -> Result<(), Refused> {
    delivery.state = BatchState::Refused;
    delivery.message = note.write();
    delivery.finished_at = Some(now);
    let mut write = city.store.write().await?;
    deliveries::finish(&mut write, &delivery).await?;
    let event = event(
        &delivery,
        EventKind::DeliveryRefused,
        now,
        json!({ "code": note.code }),
    );
    city.seal(write, event).await?;
    count(&delivery);
    Ok(())
}

/// The switch: one act records the batch and the version that callers get from now on.
async fn switch(
    city: &City,
    mut delivery: Delivery,
    version: i64,
    rows: u64,
    note: Note,
    now: Timestamp,
) -> Result<(), Refused> {
    delivery.state = BatchState::Loaded;
    delivery.message = note.write();
    delivery.finished_at = Some(now);
    delivery.data_version = Some(version);
    let mut write = city.store.write().await?;
    deliveries::finish(&mut write, &delivery).await?;
    // One record put right is no update of the whole: the entry's cycle goes on from the last batch.
    let base = entries::get(&mut write, &delivery.entry).await?.data;
    let base = base.filter(|_| !delivery.kind.is_measured());
    let data = entries::Data {
        version,
        rows,
        at: base.map_or(delivery.at, |it| it.at),
    };
    entries::set_data(&mut write, &delivery.entry, &data).await?;
    let body = json!({ "data_version": version, "rows_after": rows });
    city.seal(write, event(&delivery, EventKind::DeliveryLoaded, now, body))
        .await?;
    count(&delivery);
    city.gate.refresh().await?;
    // The switch is done: old versions that cannot be removed now go with the next delivery.
    if let Err(cause) = city.rows.retire(&delivery.entry, version).await {
        tracing::warn!(%cause, entry = %delivery.entry, "old data versions could not be removed");
    }
    Ok(())
}

fn event(delivery: &Delivery, kind: EventKind, now: Timestamp, more: serde_json::Value) -> Event {
    let mut body = json!({
        "entry": delivery.entry,
        "batch": delivery.batch,
        "kind": delivery.kind,
        "sha256": delivery.sha256,
        "rows": delivery.rows,
        "accepted": delivery.accepted,
        "refused": delivery.refused,
        "score": mean(&delivery.scores),
    });
    if let (Some(body), serde_json::Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    Event {
        at_ms: now.as_millisecond(),
        actor: delivery.by_user.clone(),
        org: None,
        kind,
        subject: delivery.id.0.clone(),
        body,
    }
}

fn count(delivery: &Delivery) {
    if !delivery.kind.is_measured() {
        return;
    }
    metrics::counter!("yishu_deliveries_total", "state" => delivery.state.name()).increment(1);
    metrics::counter!("yishu_delivery_rows_total").increment(delivery.rows);
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_told_in_per_cent_with_a_decimal_only_where_it_needs_one() {
        assert_eq!(
            [100, 5, 125, 1000, 0].map(percent),
            ["10%", "0.5%", "12.5%", "100%", "0%"]
        );
    }
}
