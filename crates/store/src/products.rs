//! Data products (数据产品): what is made of opened data, with the sources it names.

use jiff::{Timestamp, civil::Date};
use rules::{
    ids::{ApplicantId, EntryId, OrgId, ProductId, UserId},
    product::State,
};
use sqlx::any::AnyRow;

use crate::{
    Source as Db, StoreError, Write,
    sql::{Record, read_all},
};

/// A product as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// The number people cite, such as 产〔2026〕000004.
    pub number: String,
    /// The applicant who registered it.
    pub applicant: Option<ApplicantId>,
    /// The account that registered it.
    pub author: Option<UserId>,
    /// The authority that looks at it.
    pub authority: OrgId,
    /// Its name.
    pub name: String,
    /// What it is and whom it serves.
    pub summary: String,
    /// Where it can be seen; may be empty.
    pub link: String,
    /// Who made it, as the maker wants it read, sealed; none where the maker was erased.
    pub byline: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Why it was sent back or taken down.
    pub reason: String,
    /// How often it was changed.
    pub revision: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
}

/// One set that a product uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The set.
    pub entry: EntryId,
    /// When its data was acquired.
    pub acquired_on: Date,
    /// The citation that the product carries for it.
    pub citation: String,
}

/// Which products a list shows; every condition that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// Registered by this applicant.
    pub applicant: Option<ApplicantId>,
    /// Registered by this account.
    pub author: Option<UserId>,
    /// Looked at by this authority.
    pub authority: Option<OrgId>,
    /// Using this set.
    pub entry: Option<EntryId>,
}

macro_rules! columns {
    () => {
        "p.id, p.number, p.applicant, p.author, p.authority, p.name, p.summary, p.link, p.byline, p.state, \
         p.reason, p.revision, p.created_at, p.changed_at, p.published_at"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM products p WHERE p.id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM products p WHERE ($1 = '' OR p.state = $1) \
        AND ($2 = '' OR p.applicant = $2) AND ($3 = '' OR p.author = $3) AND ($4 = '' OR p.authority = $4) \
        AND ($5 = '' OR EXISTS (SELECT 1 FROM product_sources s WHERE s.product = p.id AND s.entry = $5)) \
        ORDER BY COALESCE(p.published_at, p.created_at) DESC, p.id DESC LIMIT $6");
    INSERT = "INSERT INTO products (id, number, applicant, author, authority, name, summary, link, byline, state, \
        reason, revision, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 1, $11, $11)";
    UPDATE = "UPDATE products SET name = $3, summary = $4, link = $5, byline = $6, state = $7, reason = $8, \
        published_at = $9, changed_at = $10, revision = revision + 1 WHERE id = $1 AND revision = $2";
    ERASE_WORDS = "UPDATE products SET name = $2, summary = '', link = '', byline = NULL, state = $3, reason = '', \
        changed_at = $4, revision = revision + 1 WHERE applicant = $1";
    SOURCES = "SELECT product, entry, acquired_on, citation FROM product_sources WHERE product = $1 ORDER BY seq";
    CLEAR_SOURCES = "DELETE FROM product_sources WHERE product = $1";
    ADD_SOURCE = "INSERT INTO product_sources (product, seq, entry, acquired_on, citation) VALUES ($1, $2, $3, $4, $5)";
}

fn read(row: &AnyRow) -> Result<Product, StoreError> {
    let it = Record::new("products", "id", row);
    Ok(Product {
        id: ProductId(it.text("id")?),
        number: it.text("number")?,
        applicant: it.text_or_none("applicant")?.map(ApplicantId),
        author: it.text_or_none("author")?.map(UserId),
        authority: OrgId(it.text("authority")?),
        name: it.text("name")?,
        summary: it.text("summary")?,
        link: it.text("link")?,
        byline: it.text_or_none("byline")?,
        state: it.word("state", State::parse)?,
        reason: it.text("reason")?,
        revision: it.int("revision")?,
        created_at: it.moment("created_at")?,
        changed_at: it.moment("changed_at")?,
        published_at: it.moment_or_none("published_at")?,
    })
}

/// The product, if there is one.
pub async fn find(mut db: impl Db, id: &ProductId) -> Result<Option<Product>, StoreError> {
    db.first(FIND, args![id]).await?.as_ref().map(read).transpose()
}

/// Products, last published or registered first.
pub async fn list(mut db: impl Db, filter: &Filter, limit: u32) -> Result<Vec<Product>, StoreError> {
    let arguments = args![
        filter.state.map_or("", State::name),
        filter.applicant.as_ref().map_or("", ApplicantId::as_str),
        filter.author.as_ref().map_or("", UserId::as_str),
        filter.authority.as_ref().map_or("", OrgId::as_str),
        filter.entry.as_ref().map_or("", EntryId::as_str),
        i64::from(limit),
    ];
    read_all(&db.all(LIST, arguments).await?, read)
}

/// Registers a product, at revision 1, with its sources.
pub async fn insert(write: &mut Write, it: &Product, sources: &[Source]) -> Result<(), StoreError> {
    let arguments = args![
        it.id,
        it.number,
        it.applicant,
        it.author,
        it.authority,
        it.name,
        it.summary,
        it.link,
        it.byline,
        it.state.name(),
        it.created_at,
    ];
    write.run(INSERT, arguments).await?;
    set_sources(write, &it.id, sources).await
}

/// Saves a product that is still at its revision.
pub async fn update(write: &mut Write, it: &Product) -> Result<(), StoreError> {
    let arguments = args![
        it.id,
        it.revision,
        it.name,
        it.summary,
        it.link,
        it.byline,
        it.state.name(),
        it.reason,
        it.published_at,
        it.changed_at,
    ];
    write
        .run_revised(UPDATE, arguments, "products", it.id.as_str())
        .await
}

/// Puts these sources in the place of the product's.
pub async fn set_sources(write: &mut Write, id: &ProductId, sources: &[Source]) -> Result<(), StoreError> {
    write.run(CLEAR_SOURCES, args![id]).await?;
    for (seq, it) in (1i64..).zip(sources) {
        write
            .run(ADD_SOURCE, args![id, seq, it.entry, it.acquired_on, it.citation])
            .await?;
    }
    Ok(())
}

/// The sources of a product, in its order.
pub async fn sources(mut db: impl Db, id: &ProductId) -> Result<Vec<Source>, StoreError> {
    read_all(&db.all(SOURCES, args![id]).await?, |row| {
        let it = Record::new("product_sources", "product", row);
        Ok(Source {
            entry: EntryId(it.text("entry")?),
            acquired_on: it.day("acquired_on")?,
            citation: it.text("citation")?,
        })
    })
}

/// Erases what an applicant said of his products, and takes them down; `instead` stands in the place of their names.
pub async fn erase_words(
    write: &mut Write,
    applicant: &ApplicantId,
    instead: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let taken_down = State::Withdrawn.name();
    write
        .run(ERASE_WORDS, args![applicant, instead, taken_down, now])
        .await?;
    Ok(())
}
