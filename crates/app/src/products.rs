//! 数据产品: what is made of opened data; it names its sources and their days of acquisition, and is shown once the
//! authority has looked at it (art. 26).

use jiff::{Timestamp, civil::Date};
use rules::{
    calendar,
    ids::{ApplicantId, EntryId, ProductId},
    law::Regulation::Yongzhou,
    permission::{Action, Subject},
    product::State,
};
use serde_json::json;
use store::{
    Event, EventKind, Source as Db, Write, applicants,
    products::{self, Product, Source},
};

use crate::{
    City, Ctx, Refused,
    applicants::{ERASED, Me},
    calls::holds_identity,
    notices::{NoticeKind, To, tell, tell_why},
    orgs::city_authority,
    requests::said,
    vault::{Place, Vault, vault},
};

mod sources;
mod view;

use sources::cited;
pub use sources::{SetToName, sets_to_name};
pub use view::{ProductCard, ProductSource, ProductWaiting, find, list, mine, review, show, waiting};

/// Sources of one product at most.
const SOURCES_MAX: usize = 50;

/// Characters of a name or a byline at most.
const NAME_MAX: usize = 100;

/// Who registers a product.
#[derive(Clone, Copy, Debug)]
pub enum Maker<'a> {
    /// An applicant, and when.
    Applicant(&'a Me, Timestamp),
    /// One of the city's own people.
    Person(&'a Ctx),
}

/// A product as its maker describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProduct {
    /// Its name.
    pub name: String,
    /// What it is and whom it serves.
    pub summary: String,
    /// Where it can be seen; may be empty.
    pub link: String,
    /// Under which name it is shown, as the maker wants it.
    pub byline: String,
    /// The sets used, as their pages name them (title, code, name or address), and the day on which the data was
    /// acquired.
    pub sources: Vec<(String, Date)>,
}

impl Maker<'_> {
    fn now(&self) -> Timestamp {
        match self {
            Maker::Applicant(_, now) => *now,
            Maker::Person(ctx) => ctx.now,
        }
    }

    fn applicant(&self) -> Option<ApplicantId> {
        match self {
            Maker::Applicant(me, _) => Some(me.id.clone()),
            Maker::Person(_) => None,
        }
    }

    fn author(&self) -> Option<rules::ids::UserId> {
        match self {
            Maker::Applicant(..) => None,
            Maker::Person(ctx) => Some(ctx.actor.user.clone()),
        }
    }

    fn owns(&self, it: &Product) -> bool {
        match self {
            Maker::Applicant(me, _) => it.applicant.as_ref() == Some(&me.id),
            Maker::Person(ctx) => it.author.as_ref() == Some(&ctx.actor.user),
        }
    }

    fn event(&self, kind: EventKind, id: &ProductId, mut body: serde_json::Value) -> Event {
        match self {
            Maker::Person(ctx) => ctx.event(kind, id.0.clone(), body),
            Maker::Applicant(me, now) => {
                body["applicant"] = json!(me.id);
                Event {
                    at_ms: now.as_millisecond(),
                    actor: None,
                    org: None,
                    kind,
                    subject: id.0.clone(),
                    body,
                }
            }
        }
    }
}

fn place(id: &ProductId) -> Place<'_> {
    Place {
        column: "products.byline",
        id: id.as_str(),
    }
}

fn seal(vault: &Vault, id: &ProductId, byline: &str) -> Option<String> {
    Some(vault.seal(place(id), byline.as_bytes()))
}

/// Registers a product; the platform makes the citation of each source.
pub async fn register(city: &City, maker: Maker<'_>, new: NewProduct) -> Result<ProductId, Refused> {
    let vault = vault(city).await?;
    let now = maker.now();
    let mut write = city.store.write().await?;
    let new = checked(new)?;
    let sources = cited(city, &mut write, &new.sources, calendar::today(now)).await?;
    let id = ProductId(store::fresh_id(now));
    let row = Product {
        number: applicants::next_number(&mut write, "产", calendar::today(now).year()).await?,
        applicant: maker.applicant(),
        author: maker.author(),
        authority: city_authority(&mut write).await?,
        name: new.name,
        summary: new.summary,
        link: new.link,
        byline: seal(vault, &id, &new.byline),
        state: State::Submitted,
        reason: String::new(),
        revision: 1,
        created_at: now,
        changed_at: now,
        published_at: None,
        id: id.clone(),
    };
    products::insert(&mut write, &row, &sources).await?;
    tell_reviewers(&mut write, &row, now).await?;
    let body = json!({ "number": row.number, "entries": entries(&sources) });
    city.seal(write, maker.event(EventKind::ProductRegistered, &id, body))
        .await?;
    Ok(id)
}

/// Describes a product anew that was sent back; the authority looks again.
pub async fn resubmit(
    city: &City,
    maker: Maker<'_>,
    id: &ProductId,
    revision: i64,
    new: NewProduct,
) -> Result<(), Refused> {
    let vault = vault(city).await?;
    let now = maker.now();
    let mut write = city.store.write().await?;
    let mut row = own(&mut write, maker, id, revision).await?;
    move_to(&mut row, State::Submitted, now)?;
    let new = checked(new)?;
    let sources = cited(city, &mut write, &new.sources, calendar::today(now)).await?;
    row.name = new.name;
    row.summary = new.summary;
    row.link = new.link;
    row.byline = seal(vault, id, &new.byline);
    row.reason = String::new();
    products::update(&mut write, &row).await?;
    products::set_sources(&mut write, id, &sources).await?;
    tell_reviewers(&mut write, &row, now).await?;
    let body = json!({ "number": row.number, "entries": entries(&sources) });
    city.seal(write, maker.event(EventKind::ProductRegistered, id, body))
        .await?;
    Ok(())
}

/// The maker takes the product down.
pub async fn withdraw(city: &City, maker: Maker<'_>, id: &ProductId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut row = own(&mut write, maker, id, revision).await?;
    move_to(&mut row, State::Withdrawn, maker.now())?;
    products::update(&mut write, &row).await?;
    let body = json!({ "number": row.number, "state": row.state });
    city.seal(write, maker.event(EventKind::ProductMoved, id, body))
        .await?;
    Ok(())
}

/// The authority publishes a product, sends it back, or takes it down; the last two with a reason.
pub async fn decide(
    city: &City,
    ctx: &Ctx,
    id: &ProductId,
    revision: i64,
    to: State,
    reason: &str,
) -> Result<(), Refused> {
    ctx.may(Action::ManageProducts, &Subject::org(&ctx.actor.org))?;
    let mut write = city.store.write().await?;
    let mut row = products::find(&mut write, id).await?.ok_or_else(missing)?;
    refuse_stale(&row, revision)?;
    row.reason = said("reason", "理由", reason, to != State::Published)?;
    if to == State::Submitted {
        return Err(Refused::invalid("not-from-here", "请选择发布、退回或者撤下。"));
    }
    move_to(&mut row, to, ctx.now)?;
    products::update(&mut write, &row).await?;
    if let Some(applicant) = &row.applicant {
        let words = format!("您登记的数据产品（{}）{}。", row.number, to.label());
        let href = "/open/account/products";
        let told = To::applicant(applicant);
        tell_why(
            &mut write,
            ctx.now,
            told,
            NoticeKind::OpenRequest,
            &words,
            &row.reason,
            href,
        )
        .await?;
    }
    let body = json!({ "number": row.number, "state": row.state });
    city.seal(write, ctx.event(EventKind::ProductMoved, id.0.clone(), body))
        .await?;
    Ok(())
}

fn move_to(row: &mut Product, to: State, now: Timestamp) -> Result<(), Refused> {
    if !row.state.leads_to(to) {
        let words = format!(
            "数据产品目前为“{}”，不能办理此项操作。请刷新页面后查看。",
            row.state.label()
        );
        return Err(Refused::conflict("not-from-here", words).citing(Yongzhou.art(26)));
    }
    row.state = to;
    row.changed_at = now;
    if to == State::Published {
        row.published_at = Some(now);
    }
    Ok(())
}

/// Takes down what an applicant registered, and erases what he said of it (art. 33).
pub(crate) async fn erase_words(
    write: &mut Write,
    applicant: &ApplicantId,
    now: Timestamp,
) -> Result<(), Refused> {
    Ok(products::erase_words(write, applicant, ERASED, now).await?)
}

fn missing() -> Refused {
    Refused::not_found("该数据产品")
}

async fn own(db: impl Db, maker: Maker<'_>, id: &ProductId, revision: i64) -> Result<Product, Refused> {
    let found = products::find(db, id).await?;
    let row = found.filter(|it| maker.owns(it)).ok_or_else(missing)?;
    refuse_stale(&row, revision)?;
    Ok(row)
}

fn refuse_stale(row: &Product, revision: i64) -> Result<(), Refused> {
    if row.revision == revision {
        return Ok(());
    }
    let words = "数据产品在您打开页面之后有变化，请刷新页面后重试。";
    Err(Refused::conflict("stale-page", words))
}

async fn tell_reviewers(write: &mut Write, row: &Product, now: Timestamp) -> Result<(), Refused> {
    let words = format!("收到数据产品登记（{}），请审核。", row.number);
    let to = To::roles(&row.authority, &[rules::people::Role::Reviewer]);
    tell(write, now, to, NoticeKind::OpenRequest, &words, "/products").await
}

fn entries(sources: &[Source]) -> Vec<&EntryId> {
    sources.iter().map(|it| &it.entry).collect()
}

fn checked(new: NewProduct) -> Result<NewProduct, Refused> {
    let mut faults = Vec::new();
    let trimmed = |it: &str| it.trim().to_owned();
    let new = NewProduct {
        name: trimmed(&new.name),
        summary: trimmed(&new.summary),
        link: trimmed(&new.link),
        byline: trimmed(&new.byline),
        sources: new.sources,
    };
    let mut fault = |is_wrong: bool, field: &str, words: &str| {
        if is_wrong {
            faults.push((field.to_owned(), words.to_owned()));
        }
    };
    let is_bad = |text: &str, max| text.is_empty() || max < text.chars().count();
    let is_web = new.link.starts_with("https://") || new.link.starts_with("http://");
    fault(
        is_bad(&new.name, NAME_MAX),
        "name",
        "请填写产品名称，不超过100个字。",
    );
    fault(
        is_bad(&new.summary, 1000),
        "summary",
        "请填写产品说明，不超过1000个字。",
    );
    fault(
        is_bad(&new.byline, NAME_MAX),
        "byline",
        "请填写公开署名，不超过100个字。",
    );
    fault(
        !new.link.is_empty() && (!is_web || 500 < new.link.len() || new.link.contains(char::is_whitespace)),
        "link",
        "链接应以 https:// 或 http:// 开头。",
    );
    fault(
        holds_identity(&new.name) || holds_identity(&new.summary),
        "summary",
        "产品名称和说明将公开显示，请勿填写身份证号、手机号等个人信息。",
    );
    fault(
        new.sources.is_empty() || SOURCES_MAX < new.sources.len(),
        "sources.0.set",
        "请至少填写一个所利用的数据集及其获取日期。",
    );
    if faults.is_empty() {
        return Ok(new);
    }
    let mut refused = Refused::invalid("bad-product", "数据产品登记有误，请按提示修改。");
    refused.fields = faults;
    Err(refused)
}
