//! Everybody who received a record is told that it was corrected (art. 21), found through the keyed index of the
//! evidence.

use std::collections::{BTreeMap, BTreeSet};

use rules::{ids::OrgId, people::Office};
use store::{
    Write, grants,
    marks::{self, Told},
    orgs, touches,
};

use super::CorrectionContent;
use crate::{
    City, Ctx, Refused,
    calls::{filters, look},
    cases::engine::Case,
    notices::{self, NoticeKind, To},
};

/// Tells every agency that received the record, besides the two parties; says how many.
pub(super) async fn tell(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    case: &Case,
    content: &CorrectionContent,
    key: &BTreeMap<String, String>,
) -> Result<usize, Refused> {
    let Some(entry) = &case.entry else { return Ok(0) };
    let parties = [case.consumer.as_ref(), case.provider.as_ref()];
    let mut orgs: BTreeSet<OrgId> = BTreeSet::new();
    for it in touches::of_record(&mut *write, entry, &content.record).await? {
        if parties.contains(&Some(&it.org)) {
            continue;
        }
        let grant = grants::get(&mut *write, &it.grant).await?;
        if it.is_whole_set {
            // A file of the whole set held the record only where it passed the grant's filters.
            let looked = look(city, entry, key, Vec::new(), &filters(&grant.terms)).await?;
            if looked.values.is_none() {
                continue;
            }
        }
        let told = Told {
            org: it.org.clone(),
            grant: it.grant,
            at: ctx.now,
        };
        marks::tell(write, &case.id, &told).await?;
        orgs.insert(it.org);
    }
    let words = format!(
        "贵单位获取过的“{}”中有一条记录经校核已修正（{}），请按修正后的数据办理。",
        case.title, case.number
    );
    for org in &orgs {
        let to = To::office(org, Office::Consumer);
        let href = format!("/cases/{}", case.id);
        notices::tell(write, ctx.now, to, NoticeKind::Correction, &words, &href).await?;
    }
    Ok(orgs.len())
}

/// Who was told, as the case page prints it: the parties see all, an agency that was told sees itself.
pub(super) async fn lines(city: &City, ctx: &Ctx, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let told = marks::told(city.store.read(), &case.id).await?;
    let own = &ctx.actor.org.id;
    let is_told = told.iter().any(|it| it.org == *own);
    let seen: BTreeSet<&OrgId> = told
        .iter()
        .map(|it| &it.org)
        .filter(|it| !is_told || *it == own)
        .collect();
    let mut names = Vec::new();
    for it in seen {
        names.push(orgs::get(city.store.read(), it).await?.org.name);
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![("已告知的其他使用部门".to_owned(), names.join("、"))])
}
