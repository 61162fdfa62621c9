//! What stands open, as lists need it: a copy in memory that follows every change that bears on it.
//!
//! The copy is made by the one statement that says what stands open. Search, lists, counts and facets are taken from it
//! alone, so that nothing else can show on any of them, and a withdrawal takes effect on every node with its write.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::{Arc, Mutex, RwLock},
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::Date};
use rules::{
    catalogue::{Content, OpenKind},
    ids::{EntryId, OrgId},
    people::{Level, Org},
    release::FileFormat,
};
use store::{
    changes::{self, Noun},
    downloads, events,
    open_sets::{self, Standing},
    releases::ReleaseFile,
    search::{Change, Doc, Search, SearchError},
};

use super::{Card, OrgRef, Theme, shelf::Shelf, theme_of};
use crate::{City, Refused, marks, orgs::Book};

/// How long a copy serves though nothing changed: downloads are counted beside the feed.
const SERVES: Duration = Duration::from_secs(60);

/// Changed sets that are put into the copy one by one; with more it is made anew.
const ONE_BY_ONE: usize = 1_000;

/// Sets read at a time.
const PORTION: u32 = 500;

/// How often the index and the counters follow.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the portal keeps in memory, and its search index.
pub struct Board {
    pub(super) search: Search,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    /// One copy is made at a time.
    turn: tokio::sync::Mutex<()>,
    indexing: tokio::sync::Mutex<()>,
    recording: tokio::sync::Mutex<()>,
    /// Downloads that are not in the records yet.
    counted: Mutex<HashMap<(EntryId, Date, FileFormat), u64>>,
}

/// Everything that stood open at one event.
pub(super) struct Snapshot {
    position: i64,
    made: Instant,
    /// Downloads are known up to this day.
    counted_to: Option<Date>,
    pub shelf: Arc<Shelf>,
}

impl Board {
    /// Opens the index below `data_dir`; begun anew where it is absent.
    pub fn open(data_dir: &Path) -> Result<Board, SearchError> {
        Ok(Board {
            search: Search::open(&data_dir.join("search-open"))?,
            snapshot: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            indexing: tokio::sync::Mutex::default(),
            recording: tokio::sync::Mutex::default(),
            counted: Mutex::default(),
        })
    }

    fn kept(&self) -> Option<Arc<Snapshot>> {
        self.snapshot
            .read()
            .expect("nothing panics while holding the copy")
            .clone()
    }

    /// Counts a download, to be recorded within a second.
    pub(super) fn count(&self, entry: &EntryId, day: Date, format: FileFormat) {
        let mut counted = self.counted.lock().expect("nothing panics while counting");
        *counted.entry((entry.clone(), day, format)).or_default() += 1;
    }
}

/// What stands open now.
pub(super) async fn snapshot(city: &City) -> Result<Arc<Snapshot>, Refused> {
    if let Some(kept) = still_true(city).await? {
        return Ok(kept);
    }
    let _turn = city.board.turn.lock().await;
    if let Some(kept) = still_true(city).await? {
        return Ok(kept);
    }
    let position = events::last_seq(city.store.read()).await?;
    let counted_to = downloads::last_day(city.store.read()).await?;
    let shelf = match city.board.kept() {
        Some(kept) => followed(city, &kept).await?,
        None => None,
    };
    let snapshot = Arc::new(Snapshot {
        position,
        made: Instant::now(),
        counted_to,
        shelf: match shelf {
            Some(shelf) => shelf,
            None => Arc::new(read_anew(city).await?),
        },
    });
    *city
        .board
        .snapshot
        .write()
        .expect("nothing panics while holding the copy") = Some(snapshot.clone());
    Ok(snapshot)
}

async fn still_true(city: &City) -> Result<Option<Arc<Snapshot>>, Refused> {
    let Some(kept) = city.board.kept().filter(|it| it.made.elapsed() < SERVES) else {
        return Ok(None);
    };
    let has_changed = open_sets::changed_since(city.store.read(), kept.position).await?;
    Ok((!has_changed).then_some(kept))
}

/// The shelf of `kept` with everything that has changed since; none where so much has that it is read anew.
async fn followed(city: &City, kept: &Snapshot) -> Result<Option<Arc<Shelf>>, Refused> {
    let mut touched = BTreeSet::new();
    for it in changes::since(city.store.read(), kept.position).await? {
        match it.noun {
            Noun::Org => return Ok(None),
            Noun::Entry | Noun::OpenSet => {
                touched.insert(EntryId(it.id));
            }
            _ => {}
        }
    }
    if ONE_BY_ONE < touched.len() {
        return Ok(None);
    }
    let mut changed = BTreeMap::new();
    let first = kept.counted_to.unwrap_or(Date::ZERO);
    for (entry, count) in downloads::totals_since(city.store.read(), first).await? {
        if let Some(card) = kept
            .shelf
            .by_id(entry.as_str())
            .filter(|it| it.downloads != count)
        {
            let mut card = Card::clone(card);
            card.downloads = count;
            changed.insert(entry, Some(Arc::new(card)));
        }
    }
    if !touched.is_empty() {
        let book = Book::load(city.store.read()).await?;
        for entry in touched {
            let standing = open_sets::standing_one(city.store.read(), entry.as_str()).await?;
            let is_disputed = standing.is_some() && marks::is_disputed(city, &entry).await?;
            let card = standing.map(|it| Arc::new(card(&it, book.get(&it.set.org), is_disputed)));
            if card.is_some() || kept.shelf.by_id(entry.as_str()).is_some() {
                changed.insert(entry, card);
            }
        }
    }
    if changed.is_empty() {
        return Ok(Some(kept.shelf.clone()));
    }
    Ok(Some(Arc::new(kept.shelf.with(changed))))
}

/// The shelf from the records.
async fn read_anew(city: &City) -> Result<Shelf, Refused> {
    let book = Book::load(city.store.read()).await?;
    let disputed = marks::disputed(city).await?;
    let mut cards = Vec::new();
    let mut after = String::new();
    loop {
        let page = open_sets::standing_after(city.store.read(), &after, PORTION).await?;
        let Some(last) = page.last() else { break };
        after = last.set.name.clone();
        let card =
            |it: &Standing| Arc::new(card(it, book.get(&it.set.org), disputed.contains(&it.set.entry)));
        cards.extend(page.iter().map(card));
    }
    Ok(Shelf::of(cards))
}

/// The card of a set that stands open.
pub(super) fn card(it: &Standing, org: Option<&Org>, is_disputed: bool) -> Card {
    let (set, content) = (&it.set, &it.content);
    let kind = set.listed.unwrap_or(content.open);
    let is_free = kind == OpenKind::Unconditional;
    let files: Vec<ReleaseFile> = serde_json::from_str(&it.files).unwrap_or_default();
    let listed_at = set.listed_at.unwrap_or(Timestamp::UNIX_EPOCH);
    let chosen = set.plan.as_ref().and_then(|it| Theme::find(&it.theme));
    let theme = chosen.unwrap_or_else(|| theme_of(&content.class_path));
    Card {
        id: set.entry.0.clone(),
        name: set.name.clone(),
        title: content.title.clone(),
        summary: content.summary.clone(),
        org: org_ref(&set.org.0, org),
        kind,
        theme_name: theme.name.to_owned(),
        theme: theme.title.to_owned(),
        keywords: content.keywords.clone(),
        formats: files.iter().filter(|_| is_free).map(|it| it.format).collect(),
        rows: it.rows,
        number: set.current,
        issued_at: set.opened_at.unwrap_or(listed_at),
        modified_at: it.made_at.unwrap_or(listed_at),
        cycle: content.cycle,
        downloads: it.downloads,
        is_disputed,
    }
}

/// An organisation as the public reads it.
pub(super) fn org_ref(id: &str, org: Option<&Org>) -> OrgRef {
    OrgRef {
        id: id.to_owned(),
        name: id.to_lowercase(),
        title: org.map_or_else(|| id.to_owned(), |it| it.name.clone()),
    }
}

/// Brings the portal's index up to the last change of the records.
pub(crate) async fn follow(city: &City) -> Result<(), Refused> {
    let _turn = city.board.indexing.lock().await;
    let search = &city.board.search;
    let from = search.position();
    if from == 0 {
        return fill(city).await;
    }
    let feed = changes::since(city.store.read(), from).await?;
    let Some(last) = feed.last().map(|it| it.seq) else {
        return Ok(());
    };
    let mut changed = BTreeSet::new();
    for it in feed {
        match it.noun {
            Noun::Entry | Noun::OpenSet => {
                changed.insert(EntryId(it.id));
            }
            // Its name is found like a keyword.
            Noun::Org => {
                let sets = open_sets::of_org(city.store.read(), &OrgId(it.id)).await?;
                changed.extend(sets.into_iter().map(|it| it.entry));
            }
            _ => {}
        }
    }
    let book = Book::load(city.store.read()).await?;
    let mut changes = Vec::new();
    for id in changed {
        let standing = open_sets::standing_one(city.store.read(), id.as_str()).await?;
        changes.push(match standing {
            Some(it) => Change::Put(Box::new(doc(&it, &book))),
            None => Change::Remove(id),
        });
    }
    search.apply(changes, last).await.map_err(Refused::internal)
}

/// Fills the index from the records, beside the present one.
async fn fill(city: &City) -> Result<(), Refused> {
    let position = events::last_seq(city.store.read()).await?;
    let book = Book::load(city.store.read()).await?;
    let mut rebuild = city.board.search.rebuild().await.map_err(Refused::internal)?;
    let mut after = String::new();
    loop {
        let page = open_sets::standing_after(city.store.read(), &after, PORTION).await?;
        let Some(last) = page.last() else { break };
        after = last.set.name.clone();
        let docs = page.iter().map(|it| doc(it, &book)).collect();
        rebuild = rebuild.put(docs).await.map_err(Refused::internal)?;
    }
    rebuild.finish(position).await.map_err(Refused::internal)
}

fn doc(it: &Standing, book: &Book) -> Doc {
    let org = book.get(&it.set.org);
    let items = it.items.as_ref().unwrap_or(&it.content.items);
    let items = items.iter().flat_map(|it| [it.name.clone(), it.title.clone()]);
    let items = items.collect();
    let Content {
        title,
        summary,
        keywords,
        share,
        open,
        kind,
        ..
    } = it.content.clone();
    Doc {
        id: it.set.entry.clone(),
        title,
        keywords,
        // What a release leaves out is not found either.
        items,
        summary,
        org: it.set.org.clone(),
        org_name: book.name(&it.set.org),
        region: org.map(|it| it.region.clone()).unwrap_or_default(),
        share,
        open,
        kind,
        level: org.map_or(Level::City, |it| it.level),
        changed_at_ms: it
            .made_at
            .or(it.set.listed_at)
            .map_or(0, |it| it.as_millisecond()),
    }
}

/// Writes down the downloads counted since the last time.
pub(super) async fn record_downloads(city: &City) -> Result<(), Refused> {
    // Whoever reads the sums next finds what another is just writing down.
    let _turn = city.board.recording.lock().await;
    let counted = std::mem::take(&mut *city.board.counted.lock().expect("nothing panics while counting"));
    if counted.is_empty() {
        return Ok(());
    }
    let counts: Vec<downloads::Count> = counted
        .into_iter()
        .map(|((entry, day, format), count)| (entry, day, format, count))
        .collect();
    downloads::add(&city.store, &counts).await?;
    Ok(())
}

/// Goes on following the records, and recording downloads, for as long as the city is there.
pub(crate) fn keep_following(city: &City) {
    let city = city.downgrade();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(city) = city.upgrade().filter(|it| !it.store.is_closed()) else {
                return;
            };
            if let Err(refused) = follow(&city).await {
                tracing::warn!(%refused, "the portal's index could not follow the records");
            }
            if let Err(refused) = record_downloads(&city).await {
                tracing::warn!(%refused, "downloads could not be counted");
            }
            // Here, so that hardly any visitor waits for it.
            if let Err(refused) = snapshot(&city).await {
                tracing::warn!(%refused, "what stands open could not be read");
            }
        }
    });
}
