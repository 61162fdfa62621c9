//! Finding an entry in the catalogue, and keeping the index true to the records.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::civil::Date;
use rules::{
    calendar::today,
    catalogue::{CatalogueKind, OpenKind, ShareKind, UpdateCycle},
    ids::{EntryId, OrgId},
    people::Level,
    permission::{Action, Subject},
    procedure::{Word, compilation::State},
};
use store::{
    changes::{self, Noun},
    entries::{self, Published},
    events,
    search::{Change, Doc, Facet as Kind},
};

use crate::{City, Ctx, Refused, orgs::Book};

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words, or any one or two characters of a title.
    pub text: String,
    /// Facet name to the chosen value.
    pub facets: BTreeMap<String, String>,
    /// 1-based.
    pub page: u32,
}

/// An entry that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its id.
    pub id: EntryId,
    /// 信息资源代码.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// The provider's name.
    pub provider_name: String,
    /// 共享类型.
    pub share: ShareKind,
    /// 开放类型.
    pub open: OpenKind,
    /// 目录类别.
    pub kind: CatalogueKind,
    /// 更新周期.
    pub cycle: UpdateCycle,
    /// Where it stands.
    pub state: Word,
    /// The titles of its items.
    pub items: Vec<String>,
    /// Rows that callers get; none before the first delivery.
    pub rows: Option<u64>,
    /// The last change, in the city.
    pub changed_on: Date,
}

/// One value of a facet.
#[derive(Clone, Debug)]
pub struct FacetValue {
    /// As `Query::facets` takes it.
    pub name: String,
    /// As people read it.
    pub label: String,
    /// How many hits have it.
    pub count: u64,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// One facet with its values.
#[derive(Clone, Debug)]
pub struct Facet {
    /// As `Query::facets` takes it.
    pub name: String,
    /// As people read it.
    pub label: String,
    /// Its values, the commonest first.
    pub values: Vec<FacetValue>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many match.
    pub total: u64,
    /// Hits on a page at most.
    pub page_size: u32,
    /// The page, 1-based.
    pub page: u32,
    /// The page's hits, the best first.
    pub hits: Vec<Hit>,
    /// Facets over all hits.
    pub facets: Vec<Facet>,
    /// Drafts of the own organisation that match, beside the published ones.
    pub drafts: Vec<Hit>,
}

/// Hits on a page.
const PAGE: usize = 20;

/// Own drafts shown beside the hits at most.
const DRAFTS: usize = 20;
/// Own drafts whose titles are looked through at most: more than any organisation compiles at once.
const DRAFTS_READ: u32 = 2_000;

/// The divisions of the city, for the facet (GB/T 2260).
const REGIONS: &[(&str, &str)] = &[
    ("431100", "永州市"),
    ("431102", "零陵区"),
    ("431103", "冷水滩区"),
    ("431122", "东安县"),
    ("431123", "双牌县"),
    ("431124", "道县"),
    ("431125", "江永县"),
    ("431126", "宁远县"),
    ("431127", "蓝山县"),
    ("431128", "新田县"),
    ("431129", "江华瑶族自治县"),
    ("431181", "祁阳市"),
];

/// Finds published entries, and drafts of the own organisation.
pub async fn find(city: &City, ctx: &Ctx, query: &Query) -> Result<Found, Refused> {
    ctx.may(Action::SearchCatalogue, &Subject::default())?;
    let page = query.page.clamp(1, 500);
    let chosen: Vec<(Kind, String)> = query
        .facets
        .iter()
        .filter_map(|(name, value)| Some((Kind::parse(name)?, value.clone())))
        .collect();
    let offset = (page as usize - 1) * PAGE;
    let found = city
        .search
        .find(query.text.trim(), &chosen, offset, PAGE)
        .await
        .map_err(Refused::internal)?;
    let book = Book::load(city.store.read()).await?;
    let mut hits = Vec::new();
    for id in &found.ids {
        hits.extend(hit(city, id, &book).await?);
    }
    Ok(Found {
        total: found.total,
        page_size: PAGE as u32,
        page,
        hits,
        facets: found
            .facets
            .into_iter()
            .map(|(kind, values)| facet(kind, values, &chosen, &book))
            .collect(),
        drafts: if page == 1 {
            drafts(city, ctx, query.text.trim(), &book).await?
        } else {
            Vec::new()
        },
    })
}

fn facet(kind: Kind, values: Vec<(String, u64)>, chosen: &[(Kind, String)], book: &Book) -> Facet {
    let value = |(name, count): (String, u64)| FacetValue {
        label: value_label(kind, &name, book),
        is_chosen: chosen.iter().any(|it| it.0 == kind && it.1 == name),
        name,
        count,
    };
    Facet {
        name: kind.name().to_owned(),
        label: kind.label().to_owned(),
        values: values.into_iter().map(value).collect(),
    }
}

fn value_label(kind: Kind, value: &str, book: &Book) -> String {
    let label = match kind {
        Kind::Org => return book.name(&OrgId::from(value)),
        Kind::Region => REGIONS.iter().find(|it| it.0 == value).map(|it| it.1),
        Kind::Share => ShareKind::parse(value).map(ShareKind::label),
        Kind::Open => OpenKind::parse(value).map(OpenKind::label),
        Kind::Kind => CatalogueKind::parse(value).map(CatalogueKind::label),
        Kind::Level => Level::parse(value).map(Level::label),
    };
    label.unwrap_or(value).to_owned()
}

/// A published entry as a hit; none where it has been withdrawn since the index was written.
async fn hit(city: &City, id: &EntryId, book: &Book) -> Result<Option<Hit>, Refused> {
    let found = entries::published(city.store.read(), id).await?;
    Ok(found.map(|it| Hit {
        id: it.id,
        code: it.code,
        provider_name: book.name(&it.org),
        state: State::Published.word(),
        rows: it.data.map(|it| it.rows),
        changed_on: today(it.at),
        ..described(it.content)
    }))
}

/// The part of a hit that the entry itself says.
fn described(content: rules::catalogue::Content) -> Hit {
    Hit {
        id: EntryId(String::new()),
        code: String::new(),
        provider_name: String::new(),
        state: State::Draft.word(),
        rows: None,
        changed_on: Date::ZERO,
        title: content.title,
        summary: content.summary,
        share: content.share,
        open: content.open,
        kind: content.kind,
        cycle: content.cycle,
        items: content.items.into_iter().map(|it| it.title).collect(),
    }
}

/// Entries of the own organisation that are being compiled, the last changed first.
async fn drafts(city: &City, ctx: &Ctx, text: &str, book: &Book) -> Result<Vec<Hit>, Refused> {
    let own = &ctx.actor.org;
    if ctx
        .may(Action::SeeEntry, &Subject::entry(own, &[], false))
        .is_err()
    {
        return Ok(Vec::new());
    }
    let lines = entries::unpublished(city.store.read(), &own.id, DRAFTS_READ).await?;
    let is_it = |it: &entries::Line| it.title.contains(text);
    let mut hits = Vec::new();
    for it in lines.into_iter().filter(is_it).take(DRAFTS) {
        let entry = entries::get(city.store.read(), &it.id).await?;
        hits.push(Hit {
            id: it.id,
            code: it.code,
            provider_name: book.name(&it.org),
            state: State::parse(&it.state).unwrap_or(State::Draft).word(),
            rows: it.data.map(|it| it.rows),
            changed_on: today(it.updated_at),
            ..described(entry.draft)
        });
    }
    Ok(hits)
}

/// Candidates for a closer look, of each kind: those with words of the title, and those with items of such names.
const LIKE: usize = 30;

/// Published entries with words or items like those of `content`, with their providers.
pub(crate) async fn like(
    city: &City,
    content: &rules::catalogue::Content,
) -> Result<Vec<(EntryId, OrgId)>, Refused> {
    let items: Vec<&str> = content
        .items
        .iter()
        .flat_map(|it| [it.name.as_str(), it.title.as_str()])
        .collect();
    let mut found = Vec::new();
    for text in [content.title.clone(), items.join(" ")] {
        found.extend(city.search.any(&text, LIKE).await.map_err(Refused::internal)?);
    }
    let mut like = Vec::new();
    let mut seen = BTreeSet::new();
    for id in found {
        if seen.insert(id.clone())
            && let Some(entry) = entries::find(city.store.read(), &id).await?
        {
            like.push((id, entry.org));
        }
    }
    Ok(like)
}

/// How often the records are asked what has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Entries read at a time when the index is filled from nothing.
const FILL: u32 = 500;

/// Brings the index up to the last change of the records.
pub(crate) async fn follow(city: &City) -> Result<(), Refused> {
    let _turn = city.indexing.lock().await;
    if city.search.position() == 0 {
        fill(city).await?;
    }
    let from = city.search.position();
    let feed = changes::since(city.store.read(), from).await?;
    let Some(last) = feed.last().map(|it| it.seq) else {
        return Ok(());
    };
    let mut changed = BTreeSet::new();
    for it in feed {
        match it.noun {
            Noun::Entry => {
                changed.insert(EntryId(it.id));
            }
            // Another node may have loaded a notice: whoever follows the feed hears of it here.
            Noun::Calendar => city.reload_calendar().await?,
            Noun::Org => changed.extend(entries_of(city, &OrgId(it.id)).await?),
            _ => {}
        }
    }
    // The position moves only with the last part: a crash before it reads some entries again.
    let changed: Vec<EntryId> = changed.into_iter().collect();
    let mut parts = changed.chunks(FILL as usize).peekable();
    while let Some(part) = parts.next() {
        let position = if parts.peek().is_some() { from } else { last };
        apply(city, part.to_vec(), position).await?;
    }
    if changed.is_empty() {
        city.search
            .apply(Vec::new(), last)
            .await
            .map_err(Refused::internal)?;
    }
    Ok(())
}

/// Goes on following the records for as long as the city is there: other nodes write them too.
pub(crate) fn keep_following(city: &City) {
    let city = city.downgrade();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(city) = city.upgrade().filter(|it| !it.store.is_closed()) else {
                return;
            };
            if let Err(refused) = follow(&city).await {
                tracing::warn!(%refused, "the search index could not follow the records");
            }
        }
    });
}

async fn entries_of(city: &City, org: &OrgId) -> Result<Vec<EntryId>, Refused> {
    let filter = entries::Filter {
        org: Some(org.clone()),
        ..entries::Filter::default()
    };
    let lines = entries::list_published(city.store.read(), &filter, None, u32::MAX).await?;
    Ok(lines.into_iter().map(|it| it.id).collect())
}

/// Fills an empty index from the records, beside it.
async fn fill(city: &City) -> Result<(), Refused> {
    let position = events::last_seq(city.store.read()).await?;
    let book = Book::load(city.store.read()).await?;
    let mut rebuild = city.search.rebuild().await.map_err(Refused::internal)?;
    let mut after = String::new();
    loop {
        let page = entries::published_after(city.store.read(), &after, FILL).await?;
        let Some(last) = page.last() else { break };
        after = last.id.0.clone();
        let docs = page.into_iter().map(|it| doc(it, &book)).collect();
        rebuild = rebuild.put(docs).await.map_err(Refused::internal)?;
    }
    rebuild.finish(position).await.map_err(Refused::internal)
}

async fn apply(city: &City, ids: Vec<EntryId>, position: i64) -> Result<(), Refused> {
    let book = Book::load(city.store.read()).await?;
    let mut changes = Vec::new();
    for id in ids {
        changes.push(match entries::published(city.store.read(), &id).await? {
            Some(it) => Change::Put(Box::new(doc(it, &book))),
            None => Change::Remove(id),
        });
    }
    city.search
        .apply(changes, position)
        .await
        .map_err(Refused::internal)
}

/// What search knows of a published entry.
fn doc(it: Published, book: &Book) -> Doc {
    let items = it.content.items.into_iter();
    Doc {
        id: it.id,
        title: it.content.title,
        keywords: it.content.keywords,
        items: items.flat_map(|it| [it.name, it.title]).collect(),
        summary: it.content.summary,
        org_name: book.name(&it.org),
        region: book.get(&it.org).map(|it| it.region.clone()).unwrap_or_default(),
        org: it.org,
        share: it.content.share,
        open: it.content.open,
        kind: it.content.kind,
        level: it.level,
        changed_at_ms: it.at.as_millisecond(),
    }
}
