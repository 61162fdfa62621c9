//! What pages show of data products.

use jiff::{Timestamp, civil::Date};
use rules::{
    ids::{EntryId, ProductId},
    permission::{Action, Subject},
    product::State,
};
use store::{
    open_sets,
    products::{self, Filter, Product},
};

use super::{Maker, missing, place};
use crate::{City, Ctx, Refused, portal::GONE, vault::vault};

/// Products on a page at most.
const PAGE: u32 = 500;

/// One source of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductSource {
    /// The entry.
    pub entry: EntryId,
    /// The set's name in addresses; none where it is open no more.
    pub name: Option<String>,
    /// The set's title; empty where it is open no more.
    pub title: String,
    /// 获取日期.
    pub acquired_on: Date,
    /// The citation that the product carries (art. 26).
    pub citation: String,
}

/// A product as pages print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductCard {
    /// Its id.
    pub id: ProductId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What it is and whom it serves.
    pub summary: String,
    /// Where it can be seen; may be empty.
    pub link: String,
    /// Who made it, as the maker wants it read; empty where the maker was erased.
    pub byline: String,
    /// The sets it uses.
    pub sources: Vec<ProductSource>,
    /// Where it stands.
    pub state: State,
    /// Why it was sent back or taken down.
    pub reason: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// For the forms.
    pub revision: i64,
}

impl ProductCard {
    /// The card as anybody reads it: what is open no more is named nowhere, by its citation neither (art. 24).
    fn shown(mut self) -> ProductCard {
        for source in self.sources.iter_mut().filter(|it| it.name.is_none()) {
            GONE.clone_into(&mut source.citation);
        }
        self
    }
}

/// Published products, the newest first; of one set, or of all.
pub async fn list(city: &City, entry: Option<&EntryId>) -> Result<Vec<ProductCard>, Refused> {
    let filter = Filter {
        state: Some(State::Published),
        entry: entry.cloned(),
        ..Filter::default()
    };
    let found = cards(city, &filter).await?;
    Ok(found.into_iter().map(ProductCard::shown).collect())
}

/// One published product; any other reads as if there were none.
pub async fn show(city: &City, id: &ProductId) -> Result<ProductCard, Refused> {
    let found = products::find(city.store.read(), id).await?;
    let row = found.filter(|it| it.state == State::Published);
    Ok(card(city, row.ok_or_else(missing)?).await?.shown())
}

/// The maker's own products, in whatever state.
pub async fn mine(city: &City, maker: Maker<'_>) -> Result<Vec<ProductCard>, Refused> {
    let filter = Filter {
        applicant: maker.applicant(),
        author: maker.author(),
        ..Filter::default()
    };
    cards(city, &filter).await
}

/// Every product, for those who look at them: what waits first.
pub async fn review(city: &City, ctx: &Ctx) -> Result<Vec<ProductCard>, Refused> {
    ctx.may(Action::SeeProducts, &Subject::org(&ctx.actor.org))?;
    let mut all = cards(city, &Filter::default()).await?;
    all.sort_by_key(|it| it.state != State::Submitted);
    Ok(all)
}

/// A product that waits for this person's look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductWaiting {
    /// Its id.
    pub id: ProductId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

/// What waits for this person's look, the oldest first; empty for everybody who has no look to take.
pub async fn waiting(city: &City, ctx: &Ctx) -> Result<Vec<ProductWaiting>, Refused> {
    if ctx
        .may(Action::ManageProducts, &Subject::org(&ctx.actor.org))
        .is_err()
    {
        return Ok(Vec::new());
    }
    let filter = Filter {
        state: Some(State::Submitted),
        authority: Some(ctx.actor.org.id.clone()),
        ..Filter::default()
    };
    let mut found = products::list(city.store.read(), &filter, PAGE).await?;
    found.sort_by_key(|it| it.changed_at);
    let waiting = found.into_iter().map(|it| ProductWaiting {
        since: it.changed_at,
        id: it.id,
        number: it.number,
        name: it.name,
    });
    Ok(waiting.collect())
}

/// One product in whatever state, for those who look at them.
pub async fn find(city: &City, ctx: &Ctx, id: &ProductId) -> Result<ProductCard, Refused> {
    ctx.may(Action::SeeProducts, &Subject::org(&ctx.actor.org))?;
    let row = products::find(city.store.read(), id).await?;
    card(city, row.ok_or_else(missing)?).await
}

async fn cards(city: &City, filter: &Filter) -> Result<Vec<ProductCard>, Refused> {
    let mut cards = Vec::new();
    for row in products::list(city.store.read(), filter, PAGE).await? {
        cards.push(card(city, row).await?);
    }
    Ok(cards)
}

async fn card(city: &City, row: Product) -> Result<ProductCard, Refused> {
    let byline = match &row.byline {
        None => String::new(),
        Some(sealed) => {
            let plain = vault(city).await?.open(place(&row.id), sealed)?;
            String::from_utf8(plain).map_err(Refused::internal)?
        }
    };
    let mut sources = Vec::new();
    for it in products::sources(city.store.read(), &row.id).await? {
        let set = open_sets::standing_one(city.store.read(), it.entry.as_str()).await?;
        let title = match &set {
            Some(set) => set.content.title.clone(),
            // To its maker and the authority, what is open no more is shown by its citation alone.
            None => String::new(),
        };
        sources.push(ProductSource {
            name: set.map(|it| it.set.name),
            title,
            entry: it.entry,
            acquired_on: it.acquired_on,
            citation: it.citation,
        });
    }
    Ok(ProductCard {
        byline,
        sources,
        id: row.id,
        number: row.number,
        name: row.name,
        summary: row.summary,
        link: row.link,
        state: row.state,
        reason: row.reason,
        created_at: row.created_at,
        published_at: row.published_at,
        revision: row.revision,
    })
}
