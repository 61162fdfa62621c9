//! 数据归集: batches that a provider delivers against its published entry (art. 14, art. 16).

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use jiff::{SignedDuration, Timestamp};
use rules::{
    catalogue::Content,
    delivery::{BatchKind, BatchState},
    ids::{DeliveryId, EntryId, OrgId, SystemId, UserId},
    law::Regulation::Yongzhou,
    people::Org,
    permission::{self, Action, Subject},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{
    Event, EventKind, Source,
    deliveries::{self, Delivery},
    entries::{self, Entry},
    files::{FileId, FilesError},
    orgs, systems, users, versions,
};

use crate::{City, Ctx, Refused, Status, calls::Caller, cases::engine::Reborrow};

mod load;
mod note;
mod queue;
mod recent;
mod tries;
mod view;

use note::Note;
pub use queue::{Running, resume};
pub use recent::{Recents, recent};
pub use table::RefusedRow;
pub use view::*;

/// The largest file that is taken, in bytes (1 GiB); a larger one is delivered in parts.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// What stands where a character of the address could not be read.
const LOST: char = '\u{fffd}';

/// Characters in a batch id at most.
const BATCH_MAX: usize = 100;

/// Deliveries in the list of an entry.
const LIST_MAX: u32 = 200;

/// A batch as it comes in.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// The sender's own name of it.
    pub batch: &'a str,
    /// Full or incremental.
    pub kind: BatchKind,
    /// The file's name.
    pub name: &'a str,
    /// Where the file lies; it may be removed once it is received.
    pub path: &'a Path,
}

/// How a batch was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The delivery; on a repeat the first one.
    pub id: DeliveryId,
    /// Whether the same file came under this batch id before, so that nothing was taken now.
    pub is_repeat: bool,
}

/// Who delivers or asks.
enum Sender<'a> {
    Person(&'a Ctx),
    /// One who puts a value right that was doubted (art. 21).
    Corrector(&'a Ctx),
    System(&'a Caller),
}

/// Takes a batch from a person: the file at `path` is kept, then checked and loaded in the background.
///
/// A batch id that came before answers with the first delivery, or refuses (`batch-differs`) a file other than its own.
pub async fn receive(
    city: &City,
    ctx: &Ctx,
    entry: &EntryId,
    batch: &str,
    kind: BatchKind,
    name: &str,
    path: &Path,
) -> Result<Received, Refused> {
    take(
        city,
        &Sender::Person(ctx),
        ctx.now,
        entry,
        Parcel {
            batch,
            kind,
            name,
            path,
        },
    )
    .await
}

/// The same from an agency's own software, by its application key.
pub async fn receive_from(
    city: &City,
    caller: &Caller,
    now: Timestamp,
    entry: &EntryId,
    parcel: Parcel<'_>,
) -> Result<Received, Refused> {
    take(city, &Sender::System(caller), now, entry, parcel).await
}

/// The same for one row in which a doubted value is put right (art. 21): whoever checks the doubt may send it.
pub(crate) async fn receive_correction(
    city: &City,
    ctx: &Ctx,
    entry: &EntryId,
    parcel: Parcel<'_>,
) -> Result<Received, Refused> {
    take(city, &Sender::Corrector(ctx), ctx.now, entry, parcel).await
}

/// Why a batch was refused whole, in words.
pub(crate) fn refusal_words(delivery: &Delivery) -> String {
    Note::read(&delivery.message).words
}

/// Whether this software may deliver to the entry: asked before a long upload begins.
pub async fn may_deliver(city: &City, caller: &Caller, entry: &EntryId) -> Result<(), Refused> {
    published(city.store.read(), &Sender::System(caller), entry, Action::Deliver)
        .await
        .map(|_| ())
}

/// Where uploads may be spooled before they are received: the disk that holds the files.
pub fn spool_dir(city: &City) -> std::path::PathBuf {
    city.data_dir.join("spool")
}

/// How long nobody has written to a temporary file that nobody needs any more.
const ABANDONED: SignedDuration = SignedDuration::from_hours(1);

/// Removes what was being uploaded or kept when a process died; how many files.
pub fn sweep(city: &City, now: Timestamp) -> Result<u64, Refused> {
    let before = now - ABANDONED;
    Ok(city.files.sweep_unfinished(before)? + store::files::sweep_dir(&spool_dir(city), before)?)
}

/// A file above the limit, in words.
pub fn too_large() -> Refused {
    let words = format!(
        "文件超过 {} MB 的上限。请将数据拆分为多个文件，首个按全量、其余按增量，以不同批次号分别报送。",
        FILE_BYTES_MAX >> 20
    );
    Refused::new(Status::TooLarge, "too-large", words)
}

async fn take(
    city: &City,
    sender: &Sender<'_>,
    now: Timestamp,
    entry: &EntryId,
    parcel: Parcel<'_>,
) -> Result<Received, Refused> {
    let (_, version) = published(city.store.read(), sender, entry, Action::Deliver).await?;
    let batch = batch_id(parcel.batch)?;
    if let Some(first) = deliveries::by_batch(city.store.read(), entry, batch).await? {
        return repeat(first, &digest(parcel.path).await?);
    }
    let file = keep(city, parcel.path).await?;
    let mut write = city.store.write().await?;
    // The version is read again: what the rows are checked by is what is published as the batch is recorded.
    let version = entries::get(&mut write, entry)
        .await?
        .published
        .unwrap_or(version);
    let (by_user, by_system, org) = sender.ids();
    let delivery = Delivery {
        id: DeliveryId(store::fresh_id(now)),
        entry: entry.clone(),
        version,
        batch: batch.to_owned(),
        kind: parcel.kind,
        state: BatchState::Checking,
        file_name: file_name(parcel.name),
        sha256: file.to_string(),
        file: file.to_string(),
        refusals: None,
        rows: 0,
        accepted: 0,
        refused: 0,
        by_fault: std::collections::BTreeMap::new(),
        scores: Vec::new(),
        message: String::new(),
        by_user: by_user.clone(),
        by_system: by_system.clone(),
        at: now,
        finished_at: None,
        data_version: None,
    };
    if !deliveries::insert(&mut write, &delivery).await? {
        let first = deliveries::by_batch(&mut write, entry, batch).await?;
        let first = first.ok_or_else(|| Refused::internal("a batch both there and not there"))?;
        return repeat(first, &delivery.sha256);
    }
    let event = Event {
        at_ms: now.as_millisecond(),
        actor: by_user,
        org: Some(org),
        kind: EventKind::DeliveryReceived,
        subject: delivery.id.0.clone(),
        body: json!({
            "entry": entry, "batch": batch, "kind": parcel.kind, "sha256": delivery.sha256, "system": by_system,
        }),
    };
    city.seal(write, event).await?;
    queue::enqueue(city, entry.clone(), delivery.id.clone(), now);
    Ok(Received {
        id: delivery.id,
        is_repeat: false,
    })
}

/// What a batch id that came before is answered with: the same file is the first delivery, another is refused.
fn repeat(first: Delivery, sha256: &str) -> Result<Received, Refused> {
    if first.sha256 != sha256 {
        let words = format!(
            "批次号“{}”此前已用于另一份文件，本次没有接收。请核对文件，或改用新的批次号。",
            first.batch
        );
        return Err(Refused::conflict("batch-differs", words));
    }
    Ok(Received {
        id: first.id,
        is_repeat: true,
    })
}

/// SHA-256 of a file that may not be wanted: it is read and not kept.
async fn digest(path: &Path) -> Result<String, Refused> {
    let path = path.to_owned();
    let work = move || {
        let (mut file, mut hasher) = (File::open(path)?, Sha256::new());
        let mut part = vec![0; 1 << 18];
        loop {
            match file.read(&mut part)? {
                0 => return Ok(hex::encode(hasher.finalize())),
                length => hasher.update(&part[..length]),
            }
        }
    };
    let read: io::Result<String> = tokio::task::spawn_blocking(work)
        .await
        .map_err(Refused::internal)?;
    Ok(read?)
}

/// The published entry, if this sender may do `action` with it.
async fn published(
    mut db: impl Source + Reborrow,
    sender: &Sender<'_>,
    id: &EntryId,
    action: Action,
) -> Result<(Entry, u64), Refused> {
    let entry = entries::find(db.again(), id)
        .await?
        .ok_or_else(|| Refused::not_found("该目录"))?;
    sender.may(db, action, &entry).await?;
    match entry.published {
        Some(version) => Ok((entry, version)),
        None => {
            let words = "目录尚未发布，不能报送数据。请先提交目录，经主管部门审核发布后再报送。";
            Err(Refused::conflict("not-published", words).citing(Yongzhou.art(14)))
        }
    }
}

impl Sender<'_> {
    async fn may(
        &self,
        mut db: impl Source + Reborrow,
        action: Action,
        entry: &Entry,
    ) -> Result<(), Refused> {
        let provider = orgs::get(db.again(), &entry.org).await?.org;
        let subject = Subject::entry(&provider, &entry.draft.co_compilers, entry.published.is_some());
        match self {
            Sender::Person(ctx) => ctx.may(action, &subject),
            Sender::Corrector(ctx) => ctx.may(Action::CheckCorrection, &subject),
            Sender::System(caller) => {
                let own: Org = orgs::get(db.again(), &caller.org).await?.org;
                Ok(permission::system_may(&own, action, &subject)?)
            }
        }
    }

    fn ids(&self) -> (Option<UserId>, Option<SystemId>, OrgId) {
        match self {
            Sender::Person(ctx) | Sender::Corrector(ctx) => {
                (Some(ctx.actor.user.clone()), None, ctx.actor.org.id.clone())
            }
            Sender::System(caller) => (None, Some(caller.system.clone()), caller.org.clone()),
        }
    }
}

/// The sender's name of a batch: short, visible, on one line.
fn batch_id(text: &str) -> Result<&str, Refused> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > BATCH_MAX || text.contains(|it: char| it.is_control() || it == LOST) {
        let words = format!("请填写批次号：1 至 {BATCH_MAX} 个字符，例如 2026-11-23-全量。");
        return Err(Refused::field("bad-batch", "batch", words));
    }
    Ok(text)
}

/// The file's name without any folder, shortened: it is shown, never opened.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|it| !it.is_control()).take(200).collect()
}

/// Keeps the original, whole and for good.
async fn keep(city: &City, path: &Path) -> Result<FileId, Refused> {
    let file = File::open(path)?;
    match file.metadata()?.len() {
        0 => return Err(table::ReadError::Empty.into()),
        bytes if bytes > FILE_BYTES_MAX => return Err(too_large()),
        _ => {}
    }
    match city.files.put(file, FILE_BYTES_MAX).await {
        Ok(id) => Ok(id),
        Err(FilesError::TooLarge(_)) => Err(too_large()),
        Err(cause) => Err(cause.into()),
    }
}

/// One delivery, for its provider and those who oversee it.
pub async fn show(city: &City, ctx: &Ctx, id: &DeliveryId) -> Result<DeliveryView, Refused> {
    view(city, &Sender::Person(ctx), id).await
}

/// The same for the agency's own software.
pub async fn show_to(city: &City, caller: &Caller, id: &DeliveryId) -> Result<DeliveryView, Refused> {
    view(city, &Sender::System(caller), id).await
}

/// The delivery, if this sender may do `action` with its entry.
async fn found(
    city: &City,
    sender: &Sender<'_>,
    id: &DeliveryId,
    action: Action,
) -> Result<(Delivery, Entry), Refused> {
    let missing = || Refused::not_found("该批次");
    let delivery = deliveries::find(city.store.read(), id)
        .await?
        .ok_or_else(missing)?;
    let entry = entries::get(city.store.read(), &delivery.entry).await?;
    // Another agency's batch reads as if there were none, also to one who may see the entry.
    let seen = sender.may(city.store.read(), Action::SeeDelivery, &entry).await;
    if let Err(refused) = seen {
        let hides = refused.status == Status::Forbidden;
        return Err(if hides { missing() } else { refused });
    }
    sender.may(city.store.read(), action, &entry).await?;
    Ok((delivery, entry))
}

/// What the entry said when the batch was delivered.
async fn content_of(city: &City, delivery: &Delivery) -> Result<Content, Refused> {
    let version = versions::find(city.store.read(), &delivery.entry, delivery.version).await?;
    version
        .map(|it| it.content)
        .ok_or_else(|| Refused::internal("a delivery against no version"))
}

async fn view(city: &City, sender: &Sender<'_>, id: &DeliveryId) -> Result<DeliveryView, Refused> {
    let (delivery, _) = found(city, sender, id, Action::SeeDelivery).await?;
    let content = content_of(city, &delivery).await?;
    let note = Note::read(&delivery.message);
    let mut by_fault: Vec<_> = delivery
        .by_fault
        .iter()
        .map(|(fault, rows)| (*fault, *rows))
        .collect();
    by_fault.sort_by_key(|it| std::cmp::Reverse(it.1));
    let file = FileId::parse(&delivery.file);
    Ok(DeliveryView {
        received_from: received_from(city, &delivery).await?,
        bytes: file.and_then(|it| city.files.bytes(&it).ok()).unwrap_or_default(),
        progress: progress(city, id).filter(|_| delivery.state == BatchState::Checking),
        entry_title: content.title,
        refused_permille_max: content.refused_permille_max,
        has_refusals: delivery.refusals.is_some(),
        id: delivery.id,
        entry: delivery.entry,
        entry_version: i64::try_from(delivery.version).unwrap_or(i64::MAX),
        batch: delivery.batch,
        kind: delivery.kind,
        state: delivery.state,
        file_name: delivery.file_name,
        file_format: note.format,
        sha256: delivery.sha256,
        received_at: delivery.at,
        finished_at: delivery.finished_at,
        rows: delivery.rows,
        accepted: delivery.accepted,
        refused: delivery.refused,
        by_fault,
        scores: delivery.scores,
        rows_after: note.rows_after,
        data_version: delivery.data_version,
        refusal_words: note.words,
        refusal_code: note.code,
    })
}

/// The person or system that sent it.
async fn received_from(city: &City, delivery: &Delivery) -> Result<String, Refused> {
    if let Some(user) = &delivery.by_user {
        return Ok(users::find(city.store.read(), user)
            .await?
            .map_or_else(String::new, |it| it.name));
    }
    match &delivery.by_system {
        Some(system) => Ok(systems::find(city.store.read(), system)
            .await?
            .map_or_else(String::new, |it| it.name)),
        None => Ok(String::new()),
    }
}

/// The deliveries of one entry, the newest first.
pub async fn list(city: &City, ctx: &Ctx, entry: &EntryId) -> Result<Vec<DeliveryRow>, Refused> {
    let found = entries::find(city.store.read(), entry).await?;
    let found = found.ok_or_else(|| Refused::not_found("该目录"))?;
    Sender::Person(ctx)
        .may(city.store.read(), Action::SeeDelivery, &found)
        .await?;
    let rows = deliveries::of_entry(city.store.read(), entry, LIST_MAX).await?;
    let row = |it: Delivery| DeliveryRow {
        percent: mean(&it.scores),
        id: it.id,
        entry: it.entry,
        entry_title: found.draft.title.clone(),
        batch: it.batch,
        kind: it.kind,
        state: it.state,
        file_name: it.file_name,
        received_at: it.at,
        rows: it.rows,
        refused: it.refused,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The file of refused rows: CSV with row, item, value and reason, which a spreadsheet opens.
pub async fn refusals(city: &City, ctx: &Ctx, id: &DeliveryId) -> Result<File, Refused> {
    open_refusals(city, &Sender::Person(ctx), id).await
}

/// The same for the agency's own software.
pub async fn refusals_to(city: &City, caller: &Caller, id: &DeliveryId) -> Result<File, Refused> {
    open_refusals(city, &Sender::System(caller), id).await
}

async fn open_refusals(city: &City, sender: &Sender<'_>, id: &DeliveryId) -> Result<File, Refused> {
    let (delivery, _) = found(city, sender, id, Action::SeeRefusals).await?;
    let file = delivery.refusals.as_deref().and_then(FileId::parse);
    let file = file.ok_or_else(|| Refused::not_found("拒收明细（该批次没有被拒收的行）"))?;
    Ok(city.files.get(&file)?)
}

/// The first `count` refused rows, for a page: what is about people is veiled. The file has them all.
pub async fn first_refusals(
    city: &City,
    ctx: &Ctx,
    id: &DeliveryId,
    count: usize,
) -> Result<Vec<RefusedRow>, Refused> {
    let file = refusals(city, ctx, id).await?;
    let (delivery, _) = found(city, &Sender::Person(ctx), id, Action::SeeRefusals).await?;
    let content = content_of(city, &delivery).await?;
    let read = tokio::task::spawn_blocking(move || table::first_refusals(file, &content.items, count)).await;
    read.map_err(Refused::internal)?.map_err(Refused::internal)
}

/// How far the delivery is, while this node works on it.
pub fn progress(city: &City, id: &DeliveryId) -> Option<Progress> {
    city.deliveries.progress(id)
}
