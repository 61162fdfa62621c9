//! The secrecy review (art. 31): nothing leaves without a second person's consent.

use rules::{
    catalogue::{Content, OpenKind},
    ids::{CaseId, EntryId, UserId},
    law::Regulation::Yongzhou,
    permission::Action,
    procedure::{
        Refusal,
        opening::{PROCEDURE, SECOND_PERSON, Step},
    },
    release::{self, K_MIN, Plan},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    EventKind, Write, cases as case_rows, open_sets,
    releases::{self, NewRelease},
    versions,
};

use super::{
    Opening,
    plan::{Measured, measure, risk, user_name},
    queue,
};
use crate::{
    City, Ctx, Refused,
    cases::{Answers, Case, NewCase, Stride, advance, begin, load},
};

/// What a review is about: everything as it was submitted, so that what is let out is what was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReviewContent {
    /// The version of the entry.
    pub entry_version: u64,
    /// The plan.
    pub plan: Plan,
    /// Who made the plan and who submitted it: none of them reviews it.
    pub preparers: Vec<UserId>,
    /// The revision of the set: a withdrawal since makes another.
    set_revision: i64,
    /// What was measured.
    measured: Measured,
}

impl ReviewContent {
    /// The content of a stored case.
    pub(crate) fn read(case: &Case) -> Result<ReviewContent, Refused> {
        serde_json::from_value(case.content.clone()).map_err(Refused::internal)
    }
}

/// Hands the saved plan to the secrecy review. What was measured is measured again where data has come since.
pub async fn submit(city: &City, ctx: &Ctx, entry: &EntryId) -> Result<CaseId, Refused> {
    let opening = Opening::get(city.store.read(), ctx, entry, Action::PrepareRelease).await?;
    let (plan, _) = ready(&opening)?;
    let measured = measured(city, &opening, &plan).await?;
    let mut write = city.store.write().await?;
    let opening = Opening::get(&mut write, ctx, entry, Action::PrepareRelease).await?;
    let (plan_now, prepared_by) = ready(&opening)?;
    if plan_now != plan {
        let words = "方案在您提交时已被修改，请核对最新内容后再提交。";
        return Err(Refused::conflict("stale-page", words));
    }
    let mut preparers = vec![prepared_by, ctx.actor.user.clone()];
    preparers.dedup();
    let content = ReviewContent {
        entry_version: opening.version,
        plan,
        preparers,
        set_revision: opening.set.as_ref().map_or(0, |it| it.revision),
        measured,
    };
    let content = serde_json::to_value(&content).map_err(Refused::internal)?;
    let stride = Stride::of(Step::Submit.word());
    let case = match opening.case {
        Some(mut case) => {
            case.title.clone_from(&opening.content.title);
            case.content = content;
            advance(&mut write, city, ctx, &mut case, stride).await?;
            case
        }
        None => {
            let new = NewCase {
                procedure: &PROCEDURE,
                title: opening.content.title.clone(),
                entry: Some(entry.clone()),
                grant: None,
                about: None,
                consumer: None,
                provider: opening.provider.id.clone(),
                authority: opening.provider.authority.clone(),
                content,
            };
            begin(&mut write, city, ctx, new, stride).await?
        }
    };
    let body = json!({ "procedure": PROCEDURE.name, "step": Step::Submit.name(), "entry": entry,
        "entry_version": opening.version });
    city.seal(write, ctx.event(EventKind::CaseOpened, case.id.0.clone(), body))
        .await?;
    Ok(case.id)
}

/// The saved plan and who made it, if it may be reviewed.
fn ready(opening: &Opening) -> Result<(Plan, UserId), Refused> {
    if opening.is_under_review() {
        let words = "方案正在保密审查，请等待审查意见。";
        return Err(Refused::conflict("under-review", words));
    }
    let saved = opening
        .set
        .as_ref()
        .and_then(|it| Some((it.plan.clone()?, it.plan_by.clone()?)));
    let Some((plan, by)) = saved else {
        let words = "请先保存开放方案，再提交保密审查。";
        return Err(Refused::conflict("no-plan", words).citing(Yongzhou.art(22)));
    };
    let gaps = release::gaps(&opening.content, &plan);
    if !gaps.is_empty() {
        return Err(Refused::gaps(
            "plan-incomplete",
            "开放方案还不能提交，请按提示修改。",
            gaps,
        ));
    }
    if opening.set.as_ref().and_then(|it| it.plan_version) != Some(opening.version) {
        let words = "方案保存之后，目录已发布新的版本。请核对各信息项，重新保存方案后再提交。";
        return Err(Refused::conflict("plan-outdated", words));
    }
    Ok((plan, by))
}

async fn measured(city: &City, opening: &Opening, plan: &Plan) -> Result<Measured, Refused> {
    let Some(data) = &opening.entry.data else {
        let words = "目录尚未归集数据，没有可以开放的内容。请先报送数据。";
        return Err(Refused::conflict("no-data", words).citing(Yongzhou.art(24)));
    };
    let measured = measure(city, &opening.entry.id, &opening.content, plan, data).await?;
    match risk(&opening.content, plan, &measured.measure) {
        None => Ok(measured),
        Some(gap) => {
            let words = gap.words.clone();
            Err(Refused::gaps("plan-incomplete", words, vec![gap]))
        }
    }
}

/// Takes `step` of a review with what the generic form brought.
pub(crate) async fn act(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    step: &str,
    answers: Answers,
) -> Result<(), Refused> {
    match Step::parse(step) {
        Some(Step::Submit) => {
            let case = case_rows::get(city.store.read(), id).await?;
            let entry = case
                .entry
                .ok_or_else(|| Refused::internal("a review without an entry"))?;
            submit(city, ctx, &entry).await.map(|_| ())
        }
        Some(Step::Release) => let_out(city, ctx, id, revision, answers.get("words")).await,
        Some(Step::Return) => {
            let words = answers.get("reason").to_owned();
            move_on(city, ctx, id, revision, Step::Return, words).await
        }
        Some(Step::Withdraw) => move_on(city, ctx, id, revision, Step::Withdraw, String::new()).await,
        None => Err(Refusal::NoSuchStep.into()),
    }
}

/// A review in which this person may decide: not one who prepared it (art. 31).
fn second_person(ctx: &Ctx, content: &ReviewContent) -> Result<(), Refused> {
    if content.preparers.contains(&ctx.actor.user) {
        return Err(Refused::forbidden("second-person", SECOND_PERSON).citing(Yongzhou.art(31)));
    }
    Ok(())
}

/// Sends the plan back, or takes it back.
async fn move_on(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    step: Step,
    words: String,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut case = load(&mut write, ctx, id, revision).await?;
    if step == Step::Return {
        second_person(ctx, &ReviewContent::read(&case)?)?;
    }
    let stride = Stride {
        words,
        ..Stride::of(step.word())
    };
    advance(&mut write, city, ctx, &mut case, stride).await?;
    let kind = match case.closed_at {
        Some(_) => EventKind::CaseClosed,
        None => EventKind::CaseStep,
    };
    let body = json!({ "procedure": PROCEDURE.name, "step": step.name() });
    city.seal(write, ctx.event(kind, case.id.0.clone(), body)).await?;
    Ok(())
}

/// Lets the release out: it is made in the background, and readers get it with one sealed write.
async fn let_out(city: &City, ctx: &Ctx, id: &CaseId, revision: i64, words: &str) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut case = load(&mut write, ctx, id, revision).await?;
    let content = ReviewContent::read(&case)?;
    second_person(ctx, &content)?;
    let entry = case
        .entry
        .clone()
        .ok_or_else(|| Refused::internal("a review without an entry"))?;
    still_open(&mut write, &entry, &content).await?;
    let stride = Stride {
        words: words.to_owned(),
        ..Stride::of(Step::Release.word())
    };
    advance(&mut write, city, ctx, &mut case, stride).await?;
    let prepared_by = content.preparers.first().unwrap_or(&ctx.actor.user);
    let new = NewRelease {
        entry: &entry,
        case: &case.id,
        entry_version: content.entry_version,
        plan: &content.plan,
        prepared_by,
        reviewed_by: &ctx.actor.user,
        at: ctx.now,
    };
    let number = releases::insert(&mut write, &new).await?;
    let body = json!({ "procedure": PROCEDURE.name, "step": Step::Release.name(), "entry": entry,
        "number": number });
    city.seal(write, ctx.event(EventKind::CaseClosed, case.id.0.clone(), body))
        .await?;
    queue::enqueue(city, entry, number, ctx.now);
    Ok(())
}

/// Refuses a release of what has changed under the review: the entry, or a withdrawal since it was submitted.
async fn still_open(write: &mut Write, entry: &EntryId, content: &ReviewContent) -> Result<(), Refused> {
    let current = versions::current(&mut *write, entry).await?;
    let is_same =
        current.is_some_and(|it| it.number == content.entry_version && it.content.open != OpenKind::NotOpen);
    if !is_same {
        let words = "送审之后目录已有变更，不能按原方案开放。请退回，由编制人核对后重新提交。";
        return Err(Refused::conflict("plan-outdated", words).citing(Yongzhou.art(23)));
    }
    let set = open_sets::find(&mut *write, entry).await?;
    if set.is_none_or(|it| it.revision != content.set_revision) {
        let words = "送审之后该数据集已被撤回。请退回，由编制人核对撤回原因后重新提交。";
        return Err(Refused::conflict("withdrawn-since", words).citing(Yongzhou.art(23)));
    }
    if releases::making(&mut *write)
        .await?
        .iter()
        .any(|it| it.entry == *entry)
    {
        let words = "上一次审查通过的快照正在制作，请稍后再办理。";
        return Err(Refused::conflict("still-making", words));
    }
    Ok(())
}

/// What a review is about, line by line.
pub(crate) async fn lines(city: &City, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let content = ReviewContent::read(case)?;
    let entry = match &case.entry {
        Some(id) => versions::find(city.store.read(), id, content.entry_version).await?,
        None => None,
    };
    let entry: Content = entry.map(|it| it.content).unwrap_or_default();
    let mut lines = Vec::new();
    let mut say = |label: &str, words: String| lines.push((label.to_owned(), words));
    say("开放类型", entry.open.label().to_owned());
    let mut names = Vec::new();
    for id in &content.preparers {
        names.push(user_name(city, id).await?);
    }
    say("编制人", names.join("、"));
    for item in &entry.items {
        let rule = content.plan.rule(&item.name);
        let words = rule.map_or_else(|| "未决定".to_owned(), |it| it.words());
        say(&format!("{}（{}）", item.title, item.class.label()), words);
    }
    let measure = &content.measured.measure;
    say("数据行数", measure.rows.to_string());
    if !content.plan.quasi(&entry).is_empty() {
        say(
            "重新识别风险",
            format!(
                "最小一组{}行，单独成组{}行，所在组少于{K_MIN}行的共{}行",
                measure.k_min,
                measure.unique_rows,
                measure.rows_below(K_MIN)
            ),
        );
    }
    if !content.plan.risk_words.is_empty() {
        say("风险说明", content.plan.risk_words.clone());
    }
    let set = match &case.entry {
        Some(id) => open_sets::find(city.store.read(), id).await?,
        None => None,
    };
    if let Some(set) = set.filter(|it| it.withdrawn_at.is_some()) {
        say("此前撤回开放的理由", set.withdrawn_reason);
    }
    Ok(lines)
}
