//! Making a release: rows through their masks into rows, files and a profile of their own, then one switch.
//!
//! Until the switch nothing changes for readers. A crash at any moment leaves the release before; the work begins
//! again at the next start and comes to the same end.

use std::io;

use jiff::Timestamp;
use rules::{
    catalogue::{Content, Item, OpenKind},
    ids::EntryId,
    release::{FileFormat, MaskRule},
};
use serde_json::json;
use store::{
    Event, EventKind, StoreError, deliveries, entries, open_sets,
    releases::{self, Release, ReleaseFile, ReleaseState},
    rows::{Column, RowsError, Shape},
    versions,
};
use table::{
    Masking,
    anonymity::Counting,
    profile::Profiling,
    write::{Header, WriteError},
};

use super::{
    plan::{all_rows, risk},
    spool::{Spool, Spooling},
};
use crate::{
    City, Refused,
    portal::{ROW_NUMBER, rows_of},
};

/// The longest file of a release, in bytes.
const FILE_BYTES_MAX: u64 = 8 << 30;

/// How often a read is begun anew because a delivery took its version away.
const TRIES: usize = 3;

/// Why a release was not made.
enum Fault {
    /// Something that people can put right; the words are for them.
    Told(String),
    /// The platform's own fault; it is tried again when it has passed, at the latest at the next start.
    Ours(Refused),
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        Fault::Ours(refused)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Ours(error.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Ours(error.into())
    }
}

fn told<T>(words: &str) -> Result<T, Fault> {
    Err(Fault::Told(words.to_owned()))
}

/// Makes one release and switches to it, or records why not.
pub(super) async fn run(
    city: &City,
    entry: &EntryId,
    number: i64,
    now: impl Fn() -> Timestamp,
) -> Result<(), Refused> {
    let found = releases::find(city.store.read(), entry, number).await?;
    let Some(mut release) = found.filter(|it| it.state == ReleaseState::Making) else {
        return Ok(());
    };
    match build(city, &mut release).await {
        Ok(()) if city.releases.is_held() => Ok(()),
        Ok(()) => switch(city, release, now()).await,
        Err(Fault::Told(words)) => fail(city, release, words, now()).await,
        Err(Fault::Ours(refused)) => Err(refused),
    }
}

/// Everything but the switch. What it makes stands beside the present release, and is made again if need be.
async fn build(city: &City, release: &mut Release) -> Result<(), Fault> {
    let content = still_open(city, release).await?;
    let mut tries = 0;
    let (spool, data, measure, profile) = loop {
        tries += 1;
        match read(city, release, &content).await {
            Err(Read::Gone) if tries < TRIES => {}
            Err(Read::Gone) => return told("数据正在更新，请稍后重新提交审查。"),
            Err(Read::Fault(fault)) => return Err(fault),
            Ok(done) => break done,
        }
    };
    if let Some(gap) = risk(&content, &release.plan, &measure) {
        return Err(Fault::Told(format!("送审之后数据已更新。{}", gap.words)));
    }
    let opened = release.plan.opened(&content);
    release.rows = spool.len();
    release.data_version = Some(data);
    release.masked = release.plan.masked(&content);
    release.measure = serde_json::to_string(&measure).map_err(Refused::internal)?;
    release.profile = serde_json::to_string(&profile).map_err(Refused::internal)?;
    release.scores = scores(city, &release.entry, data).await?;
    load(city, release, &opened, &spool).await?;
    release.files = files(city, &content.title, &opened, spool).await?;
    let lines = release.files.iter().find(|it| it.format == FileFormat::JsonLines);
    release.sha256 = lines.map(|it| it.sha256.clone()).unwrap_or_default();
    release.items = opened;
    Ok(())
}

/// What the entry says by the version that was reviewed, while the published one is opened the same way.
async fn still_open(city: &City, release: &Release) -> Result<Content, Fault> {
    let reviewed = versions::find(city.store.read(), &release.entry, release.entry_version).await?;
    let Some(reviewed) = reviewed else {
        return Err(Fault::Ours(Refused::internal("a release of no version")));
    };
    match versions::current(city.store.read(), &release.entry).await? {
        Some(current) if current.content.open != OpenKind::NotOpen => Ok(reviewed.content),
        _ => told("目录已下架或者改为“不予开放”，快照没有制作。"),
    }
}

enum Read {
    /// A delivery replaced the version before it could be read.
    Gone,
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Read {
    fn from(error: E) -> Read {
        Read::Fault(error.into())
    }
}

type Done = (
    Spool,
    i64,
    table::anonymity::Measure,
    Vec<table::profile::ColumnProfile>,
);

/// Reads every row once: masked, written down, counted and profiled.
async fn read(city: &City, release: &Release, content: &Content) -> Result<Done, Read> {
    let Some(data) = entries::get(city.store.read(), &release.entry).await?.data else {
        return Ok(told("目录尚未归集数据，没有可以开放的内容。")?);
    };
    let plan = &release.plan;
    let secret = city
        .gate
        .of_release(rows_of(&release.entry).as_str(), release.number);
    let masking = Masking::new(content, plan, &secret);
    let opened = plan.opened(content);
    let quasi = plan.quasi(content);
    let at = |name: &String| opened.iter().position(|it| it.name == *name);
    let quasi: Vec<usize> = quasi.iter().filter_map(at).collect();
    let spool_dir = city.data_dir.join("spool");
    let mut counting = Counting::new(&quasi, &spool_dir);
    let mut profiling = Profiling::new(&opened);
    let mut spooling = Spooling::begin(&spool_dir)?;
    let mut chunks = city
        .rows
        .stream(all_rows(&release.entry, content, data.version, usize::MAX));
    loop {
        let chunk = match chunks.next().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(RowsError::NoVersion(_)) => return Err(Read::Gone),
            Err(cause) => return Err(Refused::from(cause).into()),
        };
        for row in chunk {
            let row = masking.row(&row);
            counting.see(&row)?;
            profiling.see(&row);
            spooling.push(&row)?;
        }
        tokio::task::yield_now().await;
    }
    // Rows come in the order of their keys. Where the key is veiled, that order would still tell of it.
    let is_key_told = content
        .key()
        .all(|it| plan.rule(&it.name) == Some(MaskRule::Keep));
    let spool = spooling.finish((!is_key_told).then_some(secret))?;
    Ok((spool, data.version, counting.finish()?, profiling.finish()))
}

/// The scores of the last batch that made the version; a record put right since then changes none of them.
async fn scores(
    city: &City,
    entry: &EntryId,
    data_version: i64,
) -> Result<Vec<rules::delivery::Score>, Refused> {
    let all = deliveries::of_entry(city.store.read(), entry, 200).await?;
    let last = all
        .into_iter()
        .find(|it| it.data_version == Some(data_version) && it.kind.is_measured());
    Ok(last.map(|it| it.scores).unwrap_or_default())
}

/// The shape of a release's rows.
pub(crate) fn shape(entry: &EntryId, items: &[Item]) -> Shape {
    let column = |name: &str, is_key| Column {
        name: name.to_owned(),
        is_key,
        is_condition: false,
    };
    let mut columns = vec![column(ROW_NUMBER, true)];
    columns.extend(items.iter().map(|it| column(&it.name, false)));
    Shape::new(&rows_of(entry), columns)
}

async fn load(city: &City, release: &Release, opened: &[Item], spool: &Spool) -> Result<(), Fault> {
    let shape = shape(&release.entry, opened);
    let loaded = city.rows.replace(&shape, release.number, spool.numbered()).await;
    loaded.map_err(Refused::from)?;
    Ok(())
}

/// The six files; one whose format cannot hold the rows is left out.
async fn files(city: &City, title: &str, items: &[Item], spool: Spool) -> Result<Vec<ReleaseFile>, Refused> {
    let (city, title, items) = (city.clone(), title.to_owned(), items.to_vec());
    let work = move || {
        let typed = table::write::typed(&items, spool.rows()).map_err(Refused::internal)?;
        let header = Header {
            title: &title,
            items: &items,
            typed: &typed,
        };
        let mut files = Vec::new();
        for format in FileFormat::ALL.iter().copied() {
            let mut draft = city.files.draft(FILE_BYTES_MAX)?;
            match table::write::write(format, &header, spool.rows(), &mut draft) {
                Ok(written) => {
                    let sha256 = draft.keep()?.to_string();
                    files.push(ReleaseFile {
                        format,
                        bytes: written.bytes,
                        sha256,
                    });
                }
                Err(
                    cause @ (WriteError::TooManyRows
                    | WriteError::TooManyItems(_)
                    | WriteError::TooLong { .. }),
                ) => tracing::info!(%cause, format = format.name(), "a release goes without a format"),
                Err(WriteError::Io(cause)) => return Err(cause.into()),
                Err(cause) => return Err(Refused::internal(cause)),
            }
        }
        Ok(files)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Refused::internal)?
}

/// The switch: one act after which readers get this release.
async fn switch(city: &City, mut release: Release, now: Timestamp) -> Result<(), Refused> {
    release.state = ReleaseState::Current;
    release.made_at = Some(now);
    let mut write = city.store.write().await?;
    match releases::finish(&mut write, &release).await {
        Ok(()) => {}
        // Withdrawn while it was being made: nothing is switched.
        Err(StoreError::Stale { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    open_sets::set_current(&mut write, &release.entry, release.number, now).await?;
    let (number, rows) = (release.number, release.rows);
    let words = |title: &str| format!("“{title}”第{number}期开放快照已制作完成，共{rows}行。");
    super::tell(&mut write, now, &release.entry, None, words).await?;
    let digests: serde_json::Map<_, _> = release
        .files
        .iter()
        .map(|it| (it.format.name().to_owned(), json!(it.sha256)))
        .collect();
    let body = json!({
        "number": release.number, "rows": release.rows, "sha256": release.sha256, "files": digests,
        "entry_version": release.entry_version, "data_version": release.data_version, "case": release.case,
    });
    city.seal(write, event(&release, EventKind::ReleaseMade, now, body))
        .await?;
    metrics::counter!("yishu_releases_total", "state" => release.state.name()).increment(1);
    crate::portal::follow(city).await?;
    // The switch is done: rows of releases before that cannot be removed now go with the next one.
    let kept = city.rows.retire(&rows_of(&release.entry), release.number).await;
    if let Err(cause) = kept {
        tracing::warn!(%cause, entry = %release.entry, "rows of an old release could not be removed");
    }
    Ok(())
}

async fn fail(city: &City, mut release: Release, words: String, now: Timestamp) -> Result<(), Refused> {
    release.state = ReleaseState::Failed;
    release.message = words;
    let mut write = city.store.write().await?;
    match releases::finish(&mut write, &release).await {
        Ok(()) => {}
        Err(StoreError::Stale { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let (number, why) = (release.number, release.message.clone());
    let words = |title: &str| format!("“{title}”第{number}期开放快照没有制作成功：{why}");
    super::tell(&mut write, now, &release.entry, None, words).await?;
    let body = json!({ "number": release.number, "case": release.case });
    city.seal(write, event(&release, EventKind::ReleaseFailed, now, body))
        .await?;
    metrics::counter!("yishu_releases_total", "state" => release.state.name()).increment(1);
    Ok(())
}

fn event(release: &Release, kind: EventKind, now: Timestamp, body: serde_json::Value) -> Event {
    Event {
        at_ms: now.as_millisecond(),
        actor: Some(release.reviewed_by.clone()),
        org: None,
        kind,
        subject: release.entry.0.clone(),
        body,
    }
}
