//! The plan: a rule for each item, what some rows become by it, and how anonymous the whole is (art. 22).

use rules::{
    catalogue::{Content, Gap},
    ids::EntryId,
    permission::{Action, Subject},
    release::{self, K_MIN, Plan, PlannedItem},
    theme::{Theme, theme_of},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    EventKind, entries, open_sets,
    releases::{self, Release},
    rows::{Pick, Shape},
    users,
};
use table::{
    Masking,
    anonymity::{Counting, Measure},
};

use super::{Candidate, MeasureView, Opening, PlanItem, PlanView, Preview, ReleaseLine, candidate};
use crate::{
    City, Ctx, Refused, Stale,
    portal::{name_of, rows_of},
};

/// Rows shown before and after.
const PREVIEW_ROWS: usize = 8;

/// Characters of the words about a risk, at most.
const RISK_WORDS_MAX: usize = 2_000;

/// What was measured, and of which data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Measured {
    /// The version of the entry's rows.
    pub data_version: i64,
    /// How many rows it had: an incremental delivery changes rows within a version.
    pub data_rows: u64,
    /// The plan it was measured by.
    pub plan: Plan,
    /// The measure.
    pub measure: Measure,
}

impl Measured {
    /// What was stored; none where nothing was.
    pub fn read(text: &str) -> Option<Measured> {
        serde_json::from_str(text).ok()
    }

    fn is_of(&self, plan: &Plan, data: &entries::Data) -> bool {
        let is_same_data = self.data_version == data.version && self.data_rows == data.rows;
        is_same_data && self.plan.items == plan.items
    }
}

/// Everything of one plan: as it was saved, or as it is proposed.
pub async fn plan(city: &City, ctx: &Ctx, entry: &EntryId) -> Result<PlanView, Refused> {
    let opening = Opening::get(city.store.read(), ctx, entry, Action::SeeOpening).await?;
    let saved = opening.set.as_ref().and_then(|it| it.plan.clone());
    let is_saved = saved.is_some();
    let plan = match saved {
        Some(saved) => fitted(&opening.content, saved),
        None => Plan::proposed(&opening.content),
    };
    let measured = opening.set.as_ref().and_then(|it| Measured::read(&it.measure));
    let mut gaps = release::gaps(&opening.content, &plan);
    let data = opening.entry.data.as_ref();
    let fresh = measured
        .as_ref()
        .zip(data)
        .filter(|(it, data)| it.is_of(&plan, data));
    gaps.extend(fresh.and_then(|(it, _)| risk(&opening.content, &plan, &it.measure)));
    let subject = Subject::entry(&opening.provider, &[], true);
    let may = |action| ctx.may(action, &subject).is_ok();
    let sees_data = may(Action::PrepareRelease) || may(Action::ReviewSecrecy);
    let set = opening.set.as_ref();
    Ok(PlanView {
        candidate: line(city, &opening).await?,
        revision: set.map_or(0, |it| it.revision),
        entry_version: opening.version,
        items: items(&opening.content, &plan, &gaps),
        measure: measured.map(|it| MeasureView {
            quasi: titles(&opening.content, &it.plan.quasi(&opening.content)),
            rows: it.measure.rows,
            k_min: it.measure.k_min,
            rows_unique: it.measure.unique_rows,
            rows_below_k: it.measure.rows_below(K_MIN),
            is_stale: data.is_none_or(|data| !it.is_of(&plan, data)),
        }),
        risk_words: plan.risk_words.clone(),
        theme: plan.theme.clone(),
        theme_of_class: theme_of(&opening.content.class_path),
        is_saved,
        prepared: prepared(city, &opening).await?,
        gaps,
        preview: match sees_data {
            true => preview(city, &opening, &plan).await?,
            false => None,
        },
        releases: release_lines(city, entry).await?,
        withdrawn: set.and_then(|it| it.withdrawn_at.map(|at| (at, it.withdrawn_reason.clone()))),
        may_prepare: may(Action::PrepareRelease) && !opening.is_under_review(),
        may_withdraw: may(Action::WithdrawRelease)
            && set
                .is_some_and(|it| it.withdrawn_at.is_none() && (it.listed.is_some() || it.current.is_some())),
    })
}

/// The plan for the entry's items as they are now, in their order; rules of items that are gone are forgotten.
fn fitted(content: &Content, plan: Plan) -> Plan {
    let items = content.items.iter().map(|it| PlannedItem {
        name: it.name.clone(),
        rule: plan.rule(&it.name),
    });
    Plan {
        items: items.collect(),
        risk_words: plan.risk_words.trim().to_owned(),
        theme: Theme::find(&plan.theme).map_or_else(String::new, |it| it.name.to_owned()),
    }
}

/// The gap of a measure that shows small groups; of a release without quasi-identifiers there is none.
pub(super) fn risk(content: &Content, plan: &Plan, measure: &Measure) -> Option<Gap> {
    let has_quasi = !plan.quasi(content).is_empty() && measure.rows != 0;
    release::risk_gap(plan, has_quasi.then_some(measure.k_min))
}

fn titles(content: &Content, names: &[String]) -> Vec<String> {
    let title = |name: &String| content.item(name).map(|it| it.title.clone());
    names.iter().filter_map(title).collect()
}

fn items(content: &Content, plan: &Plan, gaps: &[Gap]) -> Vec<PlanItem> {
    let item = |it: &rules::catalogue::Item| {
        let field = format!("items.{}", it.name);
        let gap = gaps.iter().find(|gap| gap.field == field);
        let mut item = it.clone();
        item.samples.clear();
        PlanItem {
            rule: plan.rule(&it.name),
            gap: gap.map(|it| it.words.clone()),
            blurs_key: plan.rule(&it.name).is_some_and(|rule| rule.blurs_key(it)),
            item,
        }
    };
    content.items.iter().map(item).collect()
}

async fn line(city: &City, opening: &Opening) -> Result<Candidate, Refused> {
    let found = entries::published_line(city.store.read(), &opening.entry.id).await?;
    let line = found.ok_or_else(|| Refused::not_found("该目录"))?;
    let (set, case) = (opening.set.as_ref(), opening.case.as_ref());
    candidate(city, &opening.provider.name, &line, set, case).await
}

async fn prepared(city: &City, opening: &Opening) -> Result<Option<(String, jiff::Timestamp)>, Refused> {
    let set = opening.set.as_ref();
    let Some((by, at)) = set.and_then(|it| it.plan_by.as_ref().zip(it.plan_at)) else {
        return Ok(None);
    };
    Ok(Some((user_name(city, by).await?, at)))
}

pub(super) async fn user_name(city: &City, id: &rules::ids::UserId) -> Result<String, Refused> {
    let user = users::find(city.store.read(), id).await?;
    Ok(user.map_or_else(String::new, |it| it.name))
}

async fn release_lines(city: &City, entry: &EntryId) -> Result<Vec<ReleaseLine>, Refused> {
    let mut lines = Vec::new();
    for it in releases::of_entry(city.store.read(), entry).await? {
        let people = (
            user_name(city, &it.prepared_by).await?,
            user_name(city, &it.reviewed_by).await?,
        );
        lines.push(release_line(it, people));
    }
    Ok(lines)
}

fn release_line(it: Release, people: (String, String)) -> ReleaseLine {
    ReleaseLine {
        number: it.number,
        state: it.state,
        rows: it.rows,
        asked_at: it.asked_at,
        made_at: it.made_at,
        people,
        sha256: it.sha256,
        message: it.message,
        case: it.case,
    }
}

/// All rows of the entry's data, every item of `content`; what the rows were delivered without is empty.
pub(super) fn all_rows(opening_entry: &EntryId, content: &Content, version: i64, limit: usize) -> Pick {
    Pick {
        shape: Shape::of(opening_entry, content),
        version,
        items: content.items.iter().map(|it| it.name.clone()).collect(),
        equals: Vec::new(),
        any_of: Vec::new().into(),
        after_key: None,
        limit,
    }
}

/// The masking of the next release, so that the preview shows what will be.
async fn masking(city: &City, entry: &EntryId, content: &Content, plan: &Plan) -> Result<Masking, Refused> {
    let last = releases::of_entry(city.store.read(), entry).await?;
    let number = last.first().map_or(1, |it| it.number + 1);
    let secret = city.gate.of_release(rows_of(entry).as_str(), number);
    Ok(Masking::new(content, plan, &secret))
}

async fn preview(city: &City, opening: &Opening, plan: &Plan) -> Result<Option<Preview>, Refused> {
    let Some(data) = &opening.entry.data else {
        return Ok(None);
    };
    let (entry, content) = (&opening.entry.id, &opening.content);
    let pick = all_rows(entry, content, data.version, PREVIEW_ROWS);
    let rows = city.rows.query(&pick).await.map_err(Refused::internal)?;
    let masking = masking(city, entry, content, plan).await?;
    let width = content.items.len();
    Ok(Some(Preview {
        before_titles: content.items.iter().map(|it| it.title.clone()).collect(),
        after_titles: plan.opened(content).into_iter().map(|it| it.title).collect(),
        after: rows.iter().map(|row| masking.row(row)).collect(),
        before: rows
            .into_iter()
            .map(|mut row| {
                row.truncate(width);
                row
            })
            .collect(),
    }))
}

/// Reads every row once and measures the release that `plan` would make of it.
pub(super) async fn measure(
    city: &City,
    entry: &EntryId,
    content: &Content,
    plan: &Plan,
    data: &entries::Data,
) -> Result<Measured, Refused> {
    let opened = plan.opened(content);
    let quasi = plan.quasi(content);
    let at = |name: &String| opened.iter().position(|it| it.name == *name);
    let quasi: Vec<usize> = quasi.iter().filter_map(at).collect();
    let mut counting = Counting::new(&quasi, &city.data_dir.join("spool"));
    let masking = masking(city, entry, content, plan).await?;
    let mut chunks = city.rows.stream(all_rows(entry, content, data.version, 0));
    while let Some(chunk) = chunks.next().await.map_err(Refused::internal)? {
        for row in chunk {
            counting.see(&masking.row(&row)).map_err(Refused::internal)?;
        }
        tokio::task::yield_now().await;
    }
    Ok(Measured {
        data_version: data.version,
        data_rows: data.rows,
        plan: plan.clone(),
        measure: counting.finish().map_err(Refused::internal)?,
    })
}

/// Saves the plan of a published entry and measures it. What is still missing is said on its page, and stands in
/// the way of its review only.
pub async fn save_plan(
    city: &City,
    ctx: &Ctx,
    entry: &EntryId,
    revision: i64,
    plan: Plan,
) -> Result<i64, Refused> {
    let opening = Opening::get(city.store.read(), ctx, entry, Action::PrepareRelease).await?;
    let plan = fitted(&opening.content, plan);
    if RISK_WORDS_MAX < plan.risk_words.chars().count() {
        let words = format!("风险说明不超过{RISK_WORDS_MAX}个字。");
        return Err(Refused::field("too-long", "risk_words", words));
    }
    // Measuring reads every row, so it is done before the write, and only of a plan that could be reviewed.
    let is_whole = release::gaps(&opening.content, &plan).is_empty();
    let measured = match &opening.entry.data {
        Some(data) if is_whole => Some(measure(city, entry, &opening.content, &plan, data).await?),
        _ => None,
    };
    let mut write = city.store.write().await?;
    let now = Opening::get(&mut write, ctx, entry, Action::PrepareRelease).await?;
    if now.is_under_review() {
        let words = "方案正在保密审查，不能修改。请先撤回送审，或者等待审查意见。";
        return Err(Refused::conflict("under-review", words));
    }
    let standing = now.set.as_ref().map_or(0, |it| it.revision);
    if standing != revision {
        return Err(stale(city, &now, standing).await?);
    }
    open_sets::insert(&mut write, entry, &name_of(&now.entry.code), &now.provider.id).await?;
    let measured = measured
        .map(|it| serde_json::to_string(&it).map_err(Refused::internal))
        .transpose()?
        .unwrap_or_default();
    let by = (&ctx.actor.user, ctx.now);
    open_sets::save_plan(&mut write, entry, revision, &plan, now.version, by, &measured).await?;
    let body = json!({ "entry_version": now.version, "items": plan.items });
    city.seal(write, ctx.event(EventKind::OpenPlanSaved, entry.0.clone(), body))
        .await?;
    Ok(revision + 1)
}

async fn stale(city: &City, opening: &Opening, revision: i64) -> Result<Refused, Refused> {
    let prepared = prepared(city, opening).await?;
    Ok(Refused::stale(Stale {
        revision,
        is_own: false,
        changed_by: prepared.as_ref().map(|it| it.0.clone()).unwrap_or_default(),
        changed_at: prepared.map(|it| it.1),
        content: None,
    }))
}
