//! 机构: the organisations of the city, and what they are responsible for (art. 7, art. 40).

use std::collections::HashMap;

use rules::{
    ids::OrgId,
    law::Regulation::Yongzhou,
    people::{Level, Org, OrgKind},
    permission::{Action, Subject},
};
use serde_json::json;
use store::{EventKind, Source, StoreError, entries, orgs, users};

use crate::{City, Ctx, Refused};

/// An organisation to be made.
#[derive(Clone, Debug)]
pub struct NewOrg {
    /// Its full name.
    pub name: String,
    /// What it is.
    pub kind: OrgKind,
    /// City or county.
    pub level: Level,
    /// Six-digit division code.
    pub region: String,
    /// Its unified social credit code.
    pub credit_code: String,
    /// The classification code its entries are numbered under.
    pub front_code: String,
    /// The data authority of its level; none where it is one itself.
    pub authority: Option<OrgId>,
    /// The department designated to confirm share kinds at its level; none where it is itself.
    pub confirmer: Option<OrgId>,
}

/// One organisation in the list.
#[derive(Clone, Debug)]
pub struct OrgLine {
    /// The organisation.
    pub org: Org,
    /// Its authority's name.
    pub authority_name: String,
    /// The designated department's name.
    pub confirmer_name: String,
    /// How many people have an account.
    pub people: u64,
    /// How many catalogue entries it is responsible for.
    pub entries: u64,
}

/// 市政务数据主管部门: the authority of the city.
pub(crate) async fn city_authority(db: impl Source) -> Result<OrgId, Refused> {
    let mut all = orgs::all(db).await?.into_iter().map(|it| it.org);
    let found = all.find(|it| it.kind == OrgKind::Authority && it.level == Level::City);
    let found = found.ok_or_else(|| Refused::internal("a city without its authority"))?;
    Ok(found.id)
}

/// Every organisation by its id, for pages that print names.
pub(crate) struct Book(HashMap<OrgId, Org>);

impl Book {
    /// Reads all of them; a city has some hundreds.
    pub(crate) async fn load(db: impl Source) -> Result<Book, StoreError> {
        Ok(Book(
            orgs::all(db)
                .await?
                .into_iter()
                .map(|it| (it.org.id.clone(), it.org))
                .collect(),
        ))
    }

    /// The organisation.
    pub(crate) fn get(&self, id: &OrgId) -> Option<&Org> {
        self.0.get(id)
    }

    /// Every organisation, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Org> {
        self.0.values()
    }

    /// Its name; the id where it is gone.
    pub(crate) fn name(&self, id: &OrgId) -> String {
        self.0.get(id).map_or_else(|| id.0.clone(), |it| it.name.clone())
    }
}

/// Every organisation, with what it is responsible for.
pub async fn list(city: &City, ctx: &Ctx) -> Result<Vec<OrgLine>, Refused> {
    ctx.may(Action::ManageOrgs, &Subject::org(&ctx.actor.org))?;
    let book = Book::load(city.store.read()).await?;
    let mut people: HashMap<OrgId, u64> = HashMap::new();
    for user in users::all(city.store.read()).await? {
        *people.entry(user.org).or_default() += 1;
    }
    let mut lines = Vec::new();
    for row in orgs::all(city.store.read()).await? {
        let org = row.org;
        if ctx.may(Action::ManageOrgs, &Subject::org(&org)).is_err() {
            continue;
        }
        let filter = entries::Filter {
            org: Some(org.id.clone()),
            ..entries::Filter::default()
        };
        let entries = entries::count(city.store.read(), &filter).await?;
        lines.push(OrgLine {
            authority_name: book.name(&org.authority),
            confirmer_name: book.name(&org.confirmer),
            people: people.get(&org.id).copied().unwrap_or(0),
            entries,
            org,
        });
    }
    Ok(lines)
}

/// The organisations one may choose from in a form, such as co-compilers: everybody who is signed in may ask.
pub async fn choices(city: &City, _ctx: &Ctx) -> Result<Vec<Org>, Refused> {
    Ok(orgs::all(city.store.read())
        .await?
        .into_iter()
        .map(|it| it.org)
        .collect())
}

/// What of `new` cannot stand, field by field.
pub(crate) fn check(new: &NewOrg) -> Result<(), Refused> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut wrong = |field: &str, words: &str| fields.push((field.to_owned(), words.to_owned()));
    if new.name.trim().is_empty() {
        wrong("name", "请填写机构全称。");
    }
    if new.region.len() != 6 || !new.region.bytes().all(|it| it.is_ascii_digit()) {
        wrong("region", "行政区划代码应为6位数字，例如431100。");
    }
    let is_code = |it: u8| it.is_ascii_digit() || it.is_ascii_uppercase();
    if new.credit_code.len() != 18 || !new.credit_code.bytes().all(is_code) {
        wrong("credit_code", "统一社会信用代码应为18位数字或大写字母。");
    }
    if !rules::code::is_front(&new.front_code) {
        wrong(
            "front_code",
            "目录前段码应为6位数字加若干数字或字母，例如307021431100。",
        );
    }
    if new.kind != OrgKind::Authority && new.authority.is_none() {
        wrong("authority", "请选择本级政务数据主管部门。");
    }
    if fields.is_empty() {
        return Ok(());
    }
    let mut refused = Refused::invalid("bad-org", "机构信息有误，请按提示修改。");
    refused.fields = fields;
    Err(refused)
}

/// The organisation that `new` describes, under `id`.
pub(crate) fn build(id: OrgId, new: NewOrg) -> Org {
    Org {
        name: new.name.trim().to_owned(),
        kind: new.kind,
        level: new.level,
        region: new.region,
        credit_code: new.credit_code,
        front_code: new.front_code,
        authority: new.authority.unwrap_or_else(|| id.clone()),
        confirmer: new.confirmer.unwrap_or_else(|| id.clone()),
        id,
    }
}

/// Makes an organisation.
pub async fn create(city: &City, ctx: &Ctx, new: NewOrg) -> Result<OrgId, Refused> {
    check(&new)?;
    let org = build(OrgId(store::fresh_id(ctx.now)), new.clone());
    ctx.may(Action::ManageOrgs, &Subject::org(&org))?;
    let mut write = city.store.write().await?;
    for other in [&new.authority, &new.confirmer].into_iter().flatten() {
        if orgs::find(&mut write, other).await?.is_none() {
            return Err(Refused::not_found("所选机构"));
        }
    }
    orgs::insert(&mut write, &org, ctx.now).await.map_err(taken)?;
    let event = ctx.event(
        EventKind::OrgCreated,
        org.id.as_str(),
        json!({ "name": org.name }),
    );
    city.seal(write, event).await?;
    Ok(org.id)
}

/// Names the department designated to confirm share kinds (art. 17).
pub async fn designate(city: &City, ctx: &Ctx, org: &OrgId, confirmer: &OrgId) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut row = orgs::find(&mut write, org)
        .await?
        .ok_or_else(|| Refused::not_found("该机构"))?;
    ctx.may(Action::ManageOrgs, &Subject::org(&row.org))?;
    orgs::find(&mut write, confirmer)
        .await?
        .ok_or_else(|| Refused::not_found("所选机构"))?;
    row.org.confirmer = confirmer.clone();
    orgs::update(&mut write, row.revision, &row.org).await?;
    let event = ctx.event(
        EventKind::OrgChanged,
        org.as_str(),
        json!({ "confirmer": confirmer }),
    );
    city.seal(write, event).await?;
    Ok(())
}

/// Deletes an organisation; refused while it is responsible for anything (art. 7).
pub async fn remove(city: &City, ctx: &Ctx, org: &OrgId) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let row = orgs::find(&mut write, org)
        .await?
        .ok_or_else(|| Refused::not_found("该机构"))?;
    ctx.may(Action::ManageOrgs, &Subject::org(&row.org))?;
    let held = held_words(&orgs::held(&mut write, org).await?);
    if !held.is_empty() {
        let words = format!(
            "“{}”仍负有责任：{}，不能删除。请先移交或撤销。",
            row.org.name,
            held.join("、")
        );
        return Err(Refused::conflict("org-responsible", words).citing(Yongzhou.art(7)));
    }
    orgs::delete(&mut write, org).await?;
    let event = ctx.event(
        EventKind::OrgChanged,
        org.as_str(),
        json!({ "deleted": row.org.name }),
    );
    city.seal(write, event).await?;
    Ok(())
}

/// What an organisation still holds, in words; empty where nothing keeps it.
fn held_words(held: &orgs::Held) -> Vec<String> {
    let kinds = [
        (held.entries, "个目录条目"),
        (held.grants, "项授权"),
        (held.cases, "个办件"),
        (held.systems, "个应用系统"),
        (held.people, "个账号"),
        (held.orgs, "个下属或关联机构"),
    ];
    kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count}{kind}"))
        .collect()
}

fn taken(error: StoreError) -> Refused {
    match error {
        StoreError::Taken { .. } => {
            Refused::conflict("org-taken", "已有同名机构，或统一社会信用代码已登记。请核对。")
        }
        other => other.into(),
    }
}
