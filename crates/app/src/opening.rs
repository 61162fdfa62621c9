//! 开放: how an agency's entries reach the public, and how they are taken back.
//!
//! Home of 《永州市政务大数据管理办法》 art. 22, art. 23, art. 24 and art. 31, as far as they are acts.
//!
//! Plan (a rule for each item) → secrecy review by a second person → release, made in the background → the agency's
//! next open list. What the public reads of it is in `portal`.

use jiff::Timestamp;
use rules::{
    catalogue::{Content, OpenKind},
    ids::{EntryId, OrgId, UserId},
    law::Regulation::Yongzhou,
    people::{Org, Role},
    permission::{Action, Subject},
    procedure::opening,
};
use store::{
    Write, cases as case_rows, entries,
    open_sets::{self, OpenSet},
    releases, versions,
};

use crate::{
    City, Ctx, Refused,
    cases::{Case, Reborrow},
    notices::{self, NoticeKind, To},
    orgs::Book,
};

mod lists;
mod make;
mod plan;
mod queue;
mod review;
mod spool;
mod view;
mod withdraw;

pub use lists::{lists, publish_list};
pub use plan::{plan, save_plan};
pub use queue::{Running, resume};
pub use review::submit;
pub(crate) use review::{act, lines as review_lines};
pub use view::*;
pub use withdraw::withdraw;

/// Entries of one agency that are looked at, at most.
const ENTRIES_MAX: u32 = 2_000;

/// A published entry with everything that its opening hangs on.
pub(crate) struct Opening {
    pub entry: entries::Entry,
    pub provider: Org,
    /// The published version and what it says.
    pub version: u64,
    pub content: Content,
    pub set: Option<OpenSet>,
    /// The review that is open.
    pub case: Option<Case>,
}

impl Opening {
    /// The opening of `id`, if this person may do `action` with it. One that is not published has none.
    pub(crate) async fn get(
        mut db: impl store::Source + Reborrow,
        ctx: &Ctx,
        id: &EntryId,
        action: Action,
    ) -> Result<Opening, Refused> {
        let missing = || Refused::not_found("该目录");
        let entry = entries::find(db.again(), id).await?.ok_or_else(missing)?;
        let provider = store::orgs::get(db.again(), &entry.org).await?.org;
        ctx.may(
            action,
            &Subject::entry(&provider, &entry.draft.co_compilers, entry.published.is_some()),
        )?;
        let version = versions::current(db.again(), id).await?.ok_or_else(|| {
            let words = "目录尚未发布，不能编制开放方案。请先提交目录，经主管部门审核发布。";
            Refused::conflict("not-published", words).citing(Yongzhou.art(24))
        })?;
        let set = open_sets::find(db.again(), id).await?;
        let case = case_rows::open_of_entry(db, id, opening::PROCEDURE.name).await?;
        Ok(Opening {
            entry,
            provider,
            version: version.number,
            content: version.content,
            set,
            case,
        })
    }

    /// Whether a review is under way, so that the plan stands still.
    fn is_under_review(&self) -> bool {
        let reviewing = opening::State::Reviewing.name();
        self.case.as_ref().is_some_and(|it| it.state == reviewing)
    }
}

/// Tells the provider's cataloguers and heads of something that came of opening an entry.
async fn tell(
    write: &mut Write,
    now: Timestamp,
    entry: &EntryId,
    but: Option<UserId>,
    words: impl FnOnce(&str) -> String,
) -> Result<(), Refused> {
    let entry = entries::get(&mut *write, entry).await?;
    let to = To::roles(&entry.org, &[Role::Cataloguer, Role::Head]).but(but);
    let href = format!("/opening/{}", entry.id);
    notices::tell(
        write,
        now,
        to,
        NoticeKind::Opening,
        &words(&entry.draft.title),
        &href,
    )
    .await
}

/// Entries that may be opened: the own agency's; for those who oversee, all that lie within their reach.
pub async fn candidates(city: &City, ctx: &Ctx) -> Result<Vec<Candidate>, Refused> {
    let book = Book::load(city.store.read()).await?;
    let mut orgs: Vec<&Org> = book
        .all()
        .filter(|org| {
            ctx.may(Action::SeeOpening, &Subject::entry(org, &[], true))
                .is_ok()
        })
        .collect();
    if orgs.is_empty() {
        // Refused in the words of the rule, not answered with an empty page.
        ctx.may(Action::SeeOpening, &Subject::entry(&ctx.actor.org, &[], true))?;
    }
    orgs.sort_by(|a, b| a.name.cmp(&b.name));
    let mut candidates = Vec::new();
    for org in orgs {
        candidates.extend(of_org(city, org).await?);
    }
    Ok(candidates)
}

async fn of_org(city: &City, org: &Org) -> Result<Vec<Candidate>, Refused> {
    let sets = open_sets::of_org(city.store.read(), &org.id).await?;
    let mut candidates = Vec::new();
    for line in published(city, &org.id).await? {
        let set = sets.iter().find(|it| it.entry == line.id);
        if line.open == OpenKind::NotOpen && set.is_none() {
            continue;
        }
        let case = case_rows::open_of_entry(city.store.read(), &line.id, opening::PROCEDURE.name).await?;
        candidates.push(candidate(city, &org.name, &line, set, case.as_ref()).await?);
    }
    Ok(candidates)
}

async fn published(city: &City, org: &OrgId) -> Result<Vec<entries::Line>, Refused> {
    let filter = entries::Filter {
        org: Some(org.clone()),
        ..entries::Filter::default()
    };
    let mut lines = entries::list_published(city.store.read(), &filter, None, ENTRIES_MAX).await?;
    lines.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(lines)
}

async fn candidate(
    city: &City,
    org_name: &str,
    line: &entries::Line,
    set: Option<&OpenSet>,
    case: Option<&Case>,
) -> Result<Candidate, Refused> {
    let last = match set {
        Some(set) => releases::of_entry(city.store.read(), &set.entry).await?,
        None => Vec::new(),
    };
    let is_making = last.first().is_some_and(|it| it.state == ReleaseState::Making);
    let is_standing = is_standing(line.open, set);
    let stage = stage(line.open, set, case, is_making);
    Ok(Candidate {
        missing: missing(line, set, case, &last),
        number: set.and_then(|it| it.current),
        case: case.map(|it| it.id.clone()),
        name: set.filter(|_| is_standing).map(|it| it.name.clone()),
        has_data: line.data.is_some(),
        entry: line.id.clone(),
        code: line.code.clone(),
        title: line.title.clone(),
        org_name: org_name.to_owned(),
        kind: line.open,
        stage,
    })
}

/// Whether the public reads it; the same as the one text of `store::open_sets` says.
fn is_standing(kind: OpenKind, set: Option<&OpenSet>) -> bool {
    set.is_some_and(|set| {
        let is_released = kind == OpenKind::Conditional || set.current.is_some();
        set.listed == Some(kind) && set.withdrawn_at.is_none() && is_released
    })
}

fn stage(kind: OpenKind, set: Option<&OpenSet>, case: Option<&Case>, is_making: bool) -> Stage {
    let is = |state: opening::State| case.is_some_and(|it| it.state == state.name());
    let Some(set) = set else { return Stage::Unplanned };
    if is_making {
        return Stage::Making;
    }
    if is(opening::State::Reviewing) {
        return Stage::Reviewing;
    }
    if is(opening::State::Returned) {
        return Stage::Returned;
    }
    if set.withdrawn_at.is_some() {
        return Stage::Withdrawn;
    }
    if is_standing(kind, Some(set)) {
        return Stage::Open;
    }
    match (set.current, &set.plan) {
        (Some(_), _) => Stage::Ready,
        (None, Some(_)) => Stage::Planned,
        (None, None) => Stage::Unplanned,
    }
}

/// What is missing until the public reads it, in the order in which it is made good.
fn missing(
    line: &entries::Line,
    set: Option<&OpenSet>,
    case: Option<&Case>,
    last: &[releases::Release],
) -> Vec<String> {
    let mut missing = Vec::new();
    let mut say = |words: &str| missing.push(words.to_owned());
    if line.open == OpenKind::NotOpen {
        say("目录已改为“不予开放”，平台上不再显示。");
        return missing;
    }
    let current = set.and_then(|it| it.current);
    let needs_release = line.open == OpenKind::Unconditional && current.is_none();
    if needs_release && line.data.is_none() {
        say("尚未归集数据。");
    }
    if needs_release && case.is_none() && set.is_none_or(|it| it.plan.is_none()) {
        say("尚未编制开放方案。");
    }
    if needs_release && case.is_none() && set.is_some_and(|it| it.plan.is_some()) {
        say("开放方案尚未通过保密审查。");
    }
    if let Some(failed) = last.first().filter(|it| it.state == ReleaseState::Failed) {
        say(&format!("上次制作快照失败：{}", failed.message));
    }
    if case.is_some_and(|it| it.state == opening::State::Reviewing.name()) {
        say("等待保密审查。");
    }
    if set.is_some_and(|it| it.withdrawn_at.is_some()) {
        say("已撤回；重新开放须再次通过保密审查。");
    } else if set.is_none_or(|it| it.listed != Some(line.open)) {
        say("尚未列入本单位最新一期开放清单。");
    }
    missing
}
