//! The search index over the catalogue: which published entries a text finds, the best first.
//!
//! The index is a copy that can be made anew from the records at any time. It lies in a directory of its own
//! generation; a rebuild fills the next one beside it and switches, so that search is never without answers.
//! With every commit goes the position in the event feed up to which it is true, so that a start goes on from
//! there and reads no entry twice.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use rules::{
    catalogue::{CatalogueKind, OpenKind, ShareKind},
    ids::{EntryId, OrgId},
    people::Level,
    words,
};
use tantivy::IndexWriter;

mod count;
mod find;
mod generation;
mod schema;
mod text;

use generation::Live;

/// Memory for documents that wait for their commit.
const WRITER_BYTES: usize = 20_000_000;

words! {
    /// By what hits are counted and narrowed.
    pub enum Facet {
        /// The providing organisation; its values are ids.
        Org = "org" "提供部门",
        /// The division the entry belongs to; its values are six-digit codes.
        Region = "region" "行政区划",
        /// Art. 17; its values are words of [`ShareKind`].
        Share = "share" "共享类型",
        /// Art. 23; its values are words of [`OpenKind`].
        Open = "open" "开放类型",
        /// Art. 11; its values are words of [`CatalogueKind`].
        Kind = "kind" "目录类别",
        /// Art. 10; its values are words of [`Level`].
        Level = "level" "层级",
    }
}

/// A published entry, as search knows it.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The entry.
    pub id: EntryId,
    /// Its title.
    pub title: String,
    /// The words people search by.
    pub keywords: Vec<String>,
    /// The names and titles of its items.
    pub items: Vec<String>,
    /// Its abstract.
    pub summary: String,
    /// The provider.
    pub org: OrgId,
    /// The provider's name, found like a keyword.
    pub org_name: String,
    /// The six-digit division code.
    pub region: String,
    /// How it is shared.
    pub share: ShareKind,
    /// How it is opened.
    pub open: OpenKind,
    /// The catalogue it belongs to.
    pub kind: CatalogueKind,
    /// The level of government.
    pub level: Level,
    /// When it last changed, in milliseconds; of equal hits the newest comes first.
    pub changed_at_ms: i64,
}

/// One change to the index.
#[derive(Clone, Debug)]
pub enum Change {
    /// The entry is published, or published anew.
    Put(Box<Doc>),
    /// The entry is published no more.
    Remove(EntryId),
}

/// Facets, each with its values and how many entries have them.
pub type FacetCounts = Vec<(Facet, Vec<(String, u64)>)>;

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// How many entries match.
    pub total: u64,
    /// Those of the page that was asked for, the best first.
    pub ids: Vec<EntryId>,
    /// For each facet its values with how many entries they would leave, the commonest first. A chosen facet is
    /// counted as if it were not chosen, so that the other choices stay visible.
    pub facets: FacetCounts,
}

/// One of all the entries that a text finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The entry, as [`key`] writes it.
    pub key: u64,
    /// How good it is: the greatest first.
    pub rank: Rank,
}

/// The score, whose bits are in its order since none is negative, and then when the entry changed.
pub type Rank = (u32, i64);

/// An entry's id as a number, for whoever keeps a copy of the records and looks up what a [`Match`] means.
pub fn key(id: &EntryId) -> u64 {
    schema::key(id)
}

/// Why the index could not be read or written. For the log; a search that fails is worth trying again.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index failed.
    #[error("search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// Its directory failed.
    #[error("search directory: {0}")]
    Io(#[from] std::io::Error),
    /// A task was cut short, by a panic or at shutdown.
    #[error("search task: {0}")]
    Task(String),
}

/// The search index. Cheap to clone.
#[derive(Clone)]
pub struct Search(Arc<SearchOf>);

struct SearchOf {
    dir: Box<Path>,
    live: RwLock<Arc<Live>>,
    /// Made with the first change, since many a process only reads.
    writer: Mutex<Option<IndexWriter>>,
    position: AtomicI64,
}

impl Search {
    /// Opens the index in `dir`. One that is absent, unreadable or of another version is begun anew, at position 0.
    pub fn open(dir: &Path) -> Result<Search, SearchError> {
        let live = Live::open_or_begin(dir)?;
        let position = live.position()?;
        Ok(Search(Arc::new(SearchOf {
            dir: dir.into(),
            live: RwLock::new(Arc::new(live)),
            writer: Mutex::new(None),
            position: AtomicI64::new(position),
        })))
    }

    /// Up to which event the index is true; 0 where it holds nothing yet.
    pub fn position(&self) -> i64 {
        self.0.position.load(Ordering::Acquire)
    }

    /// Makes an entry findable, and notes the position. The next search finds it.
    pub async fn put(&self, doc: Doc, position: i64) -> Result<(), SearchError> {
        self.apply(vec![Change::Put(Box::new(doc))], position).await
    }

    /// Makes an entry unfindable, and notes the position. The next search does not find it.
    pub async fn remove(&self, id: &EntryId, position: i64) -> Result<(), SearchError> {
        self.apply(vec![Change::Remove(id.clone())], position).await
    }

    /// Applies many changes, and the position after them, in one commit. Where nothing changes there is none: the
    /// position goes to disk with the next, and whoever starts before it reads a few changes again.
    pub async fn apply(&self, changes: Vec<Change>, position: i64) -> Result<(), SearchError> {
        if changes.is_empty() {
            self.0.position.store(position, Ordering::Release);
            return Ok(());
        }
        let search = self.clone();
        blocking(move || search.apply_now(changes, position)).await
    }

    fn apply_now(&self, changes: Vec<Change>, position: i64) -> Result<(), SearchError> {
        let mut writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let live = self.live();
        // Taken out, so that a writer that failed half-way is not used again.
        let mut using = match writer.take() {
            Some(kept) => kept,
            None => live.writer()?,
        };
        for change in changes {
            match change {
                Change::Put(doc) => {
                    using.delete_term(live.fields.id_term(&doc.id));
                    using.add_document(live.fields.document(&doc))?;
                }
                Change::Remove(id) => {
                    using.delete_term(live.fields.id_term(&id));
                }
            }
        }
        generation::commit(&mut using, position)?;
        live.reader.reload()?;
        self.0.position.store(position, Ordering::Release);
        *writer = Some(using);
        Ok(())
    }

    /// Finds the entries that `text` and all chosen facets leave: `limit` of them from the `offset`th.
    ///
    /// The text is plain words; nothing in it is syntax. An empty text lists all entries, the newest first. A text
    /// that no entry holds entirely finds those that hold some of it.
    pub async fn find(
        &self,
        text: &str,
        chosen: &[(Facet, String)],
        offset: usize,
        limit: usize,
    ) -> Result<Hits, SearchError> {
        let (live, text, chosen) = (self.live(), text.to_owned(), chosen.to_owned());
        blocking(move || find::find(&live, &text, &chosen, offset, limit)).await
    }

    /// All entries that `text` finds, in no order, for a list that is narrowed and counted by what only the caller
    /// knows. The text is read as in [`Search::find`].
    pub async fn matches(&self, text: &str) -> Result<Vec<Match>, SearchError> {
        let (live, text) = (self.live(), text.to_owned());
        blocking(move || find::matches(&live, &text)).await
    }

    /// Begins an index beside the present one, which goes on answering and taking changes.
    pub async fn rebuild(&self) -> Result<Rebuild, SearchError> {
        let search = self.clone();
        blocking(move || {
            let live = Live::begin_next(&search.0.dir)?;
            let writer = live.writer()?;
            Ok(Rebuild { search, live, writer })
        })
        .await
    }

    /// Entries that hold any word of `text`, the likest first: candidates for a closer look at what is like it.
    pub async fn any(&self, text: &str, limit: usize) -> Result<Vec<EntryId>, SearchError> {
        let (live, text) = (self.live(), text.to_owned());
        blocking(move || find::any(&live, &text, limit)).await
    }

    fn live(&self) -> Arc<Live> {
        self.0.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An index that is being filled beside the present one. Dropped without [`Rebuild::finish`], it is forgotten.
pub struct Rebuild {
    search: Search,
    live: Live,
    writer: IndexWriter,
}

impl Rebuild {
    /// Adds entries, each once.
    pub async fn put(self, docs: Vec<Doc>) -> Result<Rebuild, SearchError> {
        blocking(move || {
            for doc in &docs {
                self.writer.add_document(self.live.fields.document(doc))?;
            }
            Ok(self)
        })
        .await
    }

    /// Switches to the new index. `position` is the one from before the first entry was read: changes made to the
    /// old index since then are not in the new one, and the caller applies the feed again from there.
    pub async fn finish(self, position: i64) -> Result<(), SearchError> {
        blocking(move || {
            let Rebuild {
                search,
                live,
                writer: mut filling,
            } = self;
            generation::commit(&mut filling, position)?;
            live.reader.reload()?;
            let mut writer = search.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
            live.make_current(&search.0.dir)?;
            *search.0.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
            search.0.position.store(position, Ordering::Release);
            let old = writer.replace(filling);
            drop(writer);
            // The old writer must be gone before its files are, or it would write some of them again.
            drop(old);
            generation::remove_others(&search.0.dir)?;
            Ok(())
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(cut_short) => Err(SearchError::Task(cut_short.to_string())),
    }
}
