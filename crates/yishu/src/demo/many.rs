//! A catalogue of any size beside the demo's own, every entry on an open list: to see how the city does with many.

use std::collections::BTreeMap;

use app::{Ctx, Refused, catalogue, opening, orgs, orgs::NewOrg};
use rules::{
    catalogue::{
        CatalogueKind, Content, Format, Grade, Item, ItemType, OpenKind, ShareKind, ShareMethod, UpdateCycle,
    },
    people::{Actor, Level, Org, OrgKind, Role},
};
use synthetic::CatalogueEntry;

use super::{cast::credit_code, story::Teller};

/// The seed of the catalogue: whoever knows it can make the same entries again.
pub const SEED: u64 = 20_250_701;

impl Teller<'_> {
    /// Founds the departments of so many entries and publishes them.
    pub async fn many(&self, entries: u64) -> Result<(), Refused> {
        let mut by_department: BTreeMap<(&str, String), Vec<CatalogueEntry>> = BTreeMap::new();
        for it in synthetic::catalogue(entries, SEED) {
            let department = (it.region, it.department.clone());
            by_department.entry(department).or_default().push(it);
        }
        for (number, ((region, name), entries)) in by_department.into_iter().enumerate() {
            let ctx = self.found_department(number, region, &name).await?;
            let contents = entries.iter().map(content).collect();
            catalogue::plant(self.city, &ctx, contents).await?;
            opening::publish_list(self.city, &ctx, OpenKind::Conditional).await?;
        }
        Ok(())
    }

    /// A department, and a context in which one person does all of its work.
    async fn found_department(&self, number: usize, region: &str, name: &str) -> Result<Ctx, Refused> {
        let mut ctx = self.ctx("admin", 40);
        // The demo city has some of them already.
        let org = match self.department(&ctx, name).await? {
            Some(org) => org,
            None => {
                orgs::create(self.city, &ctx, self.new_department(number, region, name)).await?;
                let found = self.department(&ctx, name).await?;
                found.ok_or_else(|| Refused::not_found("机构"))?
            }
        };
        ctx.actor = Actor {
            org,
            roles: vec![Role::Cataloguer, Role::Head],
            ..ctx.actor
        };
        Ok(ctx)
    }

    async fn department(&self, ctx: &Ctx, name: &str) -> Result<Option<Org>, Refused> {
        let orgs = orgs::choices(self.city, ctx).await?;
        Ok(orgs.into_iter().find(|it| it.name == name))
    }

    fn new_department(&self, number: usize, region: &str, name: &str) -> NewOrg {
        let kind = OrgKind::Agency;
        NewOrg {
            name: name.to_owned(),
            kind,
            level: if region == "431100" {
                Level::City
            } else {
                Level::County
            },
            region: region.to_owned(),
            credit_code: credit_code(kind, region, 1_000 + number),
            front_code: format!("3070212{number:05}"),
            authority: Some(self.cast.org("shenpi").id.clone()),
            confirmer: Some(self.cast.org("fuban").id.clone()),
        }
    }
}

fn content(it: &CatalogueEntry) -> Content {
    let share = ShareKind::parse(it.share).unwrap_or_default();
    let is_limited = share != ShareKind::Unconditional;
    let words = |words: &str| {
        if is_limited {
            words.to_owned()
        } else {
            String::new()
        }
    };
    Content {
        title: it.title.clone(),
        summary: it.summary.clone(),
        keywords: it.keywords.iter().map(|it| (*it).to_owned()).collect(),
        kind: CatalogueKind::Department,
        class_path: vec!["主题政务信息资源".into(), it.theme.into()],
        format: Format::Database,
        share,
        share_method: ShareMethod::Service,
        share_reason: words("含有个人信息或者尚在使用的审批材料。"),
        share_basis: words("《永州市政务大数据管理办法》第十七条"),
        share_conditions: words("仅限履行法定职责使用。"),
        usage_scope: "全市各级政务部门履行职责使用".into(),
        open: OpenKind::Conditional,
        open_reason: "需对使用者和用途加以约束。".into(),
        open_basis: "《永州市政务大数据管理办法》第二十三条第（二）项".into(),
        open_conditions: "签订开放利用协议后使用。".into(),
        cycle: UpdateCycle::parse(it.cycle).unwrap_or_default(),
        grade: Grade::General2,
        person: "目录管理员".into(),
        phone: "0746-8328000".into(),
        items: it.items.iter().zip(1..).map(item).collect(),
        ..Content::default()
    }
}

fn item((title, number): (&&'static str, usize)) -> Item {
    Item {
        name: format!("item_{number}"),
        title: (*title).to_owned(),
        kind: ItemType::Text,
        is_key: number == 1,
        ..Item::default()
    }
}
