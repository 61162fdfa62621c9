//! 校核: a user agency doubts a value it received, the provider checks it, and everybody who received the record is told
//! (art. 21).

use rules::{
    clock::Done,
    ids::{CaseId, GrantId},
    law::Regulation::Yongzhou,
    people::{Office, Role},
    procedure::{
        Refusal,
        correction::{self, Step},
    },
};
use serde_json::json;
use store::{EventKind, Write, grants, marks, steps};

use crate::{
    City, Ctx, Refused,
    calls::seen,
    cases::{
        Answers,
        engine::{self, Case, Parties, Stride},
    },
    notices::{self, NoticeKind, To},
    requests::{catalogue_text, said},
};

mod content;
mod doubt;
mod repair;
mod told;

pub use content::*;
pub use doubt::{doubt, doubt_from, form};

/// The provider's head allows the check more time; the user agency is told why.
pub async fn extend(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    days: u16,
    reason: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, _) = open(&mut write, ctx, case, revision).await?;
    let reason = said("reason", "延长的理由", reason, true)?;
    let mut history = engine::done(&steps::of_case(&mut write, &case.id).await?);
    history.push(Done {
        extra_days: days,
        ..Done::new(Step::Extend.name(), ctx.today())
    });
    correction::CHECK
        .read(&history, &city.calendar())
        .map_err(|it| Refused::field("extended-too-long", "days", it.to_string()).citing(it.cites))?;
    let stride = Stride {
        words: format!("延长 {days} 个工作日：{reason}"),
        extra_days: days,
        ..Stride::of(Step::Extend.word())
    };
    engine::advance(&mut write, city, ctx, &mut case, stride).await?;
    let until = case.due_on.map(|it| format!("至 {it}")).unwrap_or_default();
    let words = format!(
        "“{}”的数据校核（{}）经提供部门负责人同意，期限延长{until}。理由见办件。",
        case.title, case.number
    );
    tell_consumer(&mut write, ctx, &case, &words, &reason).await?;
    let body = json!({ "procedure": "correction", "step": Step::Extend.name(), "days": days });
    city.seal(write, ctx.event(EventKind::CaseStep, case.id.0.clone(), body))
        .await?;
    Ok(())
}

/// The provider found the data wrong. With `value`, the platform puts it right now; without, the provider has done so by
/// a batch since the doubt. Everybody who received the record is told.
pub async fn correct(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    words: &str,
    value: Option<&str>,
) -> Result<(), Refused> {
    let words = said("text", "校核结果说明", words, true)?;
    let repaired = repair::repair(city, ctx, case, revision, value).await?;
    crate::calls::count_calls(city).await?;
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    content.result = Some(CorrectionResult {
        is_corrected: true,
        words: words.clone(),
        value: repaired.value,
        delivery: repaired.delivery,
    });
    finish(&mut write, city, ctx, &mut case, &content, Step::Correct, &words).await?;
    let told = told::tell(&mut write, city, ctx, &case, &content, &repaired.row).await?;
    let body = json!({
        "procedure": "correction",
        "step": Step::Correct.name(),
        "entry": case.entry,
        "item": content.item,
        "delivery": content.result.as_ref().and_then(|it| it.delivery.as_ref()),
        "told": told,
    });
    close(city, ctx, write, &case, body).await
}

/// The provider found nothing wrong, and explains.
pub async fn uphold(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    words: &str,
) -> Result<(), Refused> {
    let words = said("text", "校核结果说明", words, true)?;
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    content.result = Some(CorrectionResult {
        is_corrected: false,
        words: words.clone(),
        value: None,
        delivery: None,
    });
    finish(&mut write, city, ctx, &mut case, &content, Step::Uphold, &words).await?;
    let body = json!({
        "procedure": "correction",
        "step": Step::Uphold.name(),
        "entry": case.entry,
        "item": content.item,
    });
    close(city, ctx, write, &case, body).await
}

/// The last step, the mark taken off, and the word to the agency that doubted.
async fn finish(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    case: &mut Case,
    content: &CorrectionContent,
    step: Step,
    words: &str,
) -> Result<(), Refused> {
    case.content = serde_json::to_value(content).map_err(Refused::internal)?;
    let stride = Stride {
        words: words.to_owned(),
        ..Stride::of(step.word())
    };
    engine::advance(write, city, ctx, case, stride).await?;
    if let Some(entry) = &case.entry {
        marks::lift(write, &case.id, entry, ctx.now).await?;
    }
    let result = if step == Step::Correct {
        "数据已修正"
    } else {
        "经校核维持原数据"
    };
    let notice = format!("“{}”的数据校核（{}）已办结：{result}。", case.title, case.number);
    tell_consumer(write, ctx, case, &notice, words).await
}

async fn close(
    city: &City,
    ctx: &Ctx,
    write: Write,
    case: &Case,
    body: serde_json::Value,
) -> Result<(), Refused> {
    city.seal(write, ctx.event(EventKind::CaseClosed, case.id.0.clone(), body))
        .await?;
    city.gate.refresh().await
}

async fn tell_consumer(
    write: &mut Write,
    ctx: &Ctx,
    case: &Case,
    words: &str,
    why: &str,
) -> Result<(), Refused> {
    let Some(consumer) = &case.consumer else {
        return Ok(());
    };
    let to = To::office(consumer, Office::Consumer);
    let href = format!("/cases/{}", case.id);
    notices::tell_why(write, ctx.now, to, NoticeKind::Correction, words, why, &href).await
}

async fn open(
    write: &mut Write,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
) -> Result<(Case, CorrectionContent), Refused> {
    let case = engine::load(write, ctx, id, revision).await?;
    let content = read(&case)?;
    Ok((case, content))
}

/// What a correction's case holds.
fn read(case: &Case) -> Result<CorrectionContent, Refused> {
    if case.procedure != correction::PROCEDURE.name {
        return Err(Refused::not_found("该校核办件"));
    }
    serde_json::from_value(case.content.clone()).map_err(Refused::internal)
}

/// Takes `step` with what the generic form brought.
pub(crate) async fn act(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    step: &str,
    answers: Answers,
) -> Result<(), Refused> {
    match Step::parse(step) {
        Some(Step::Extend) => {
            let days = answers.get("days").parse().unwrap_or_default();
            extend(city, ctx, id, revision, days, answers.get("reason")).await
        }
        Some(Step::Correct) => {
            let value = Some(answers.get("value")).filter(|it| !it.is_empty());
            correct(city, ctx, id, revision, answers.get("text"), value).await
        }
        Some(Step::Uphold) => uphold(city, ctx, id, revision, answers.get("text")).await,
        Some(Step::Report) | None => Err(Refusal::NoSuchStep.into()),
    }
}

/// The item whose value is in doubt; none where the case is no correction.
pub(crate) async fn doubted(city: &City, case: &Case) -> Result<Option<rules::catalogue::Item>, Refused> {
    let (Ok(content), Some(entry)) = (read(case), &case.entry) else {
        return Ok(None);
    };
    Ok(catalogue_text(city, entry).await?.item(&content.item).cloned())
}

/// Whose eyes the record is shown through: the provider sees it as it is, a user agency as its grant veils it.
enum Eyes {
    Clear,
    Granted(Box<grants::Grant>),
    None,
}

async fn eyes(city: &City, ctx: &Ctx, case: &Case) -> Result<Eyes, Refused> {
    let own = &ctx.actor.org.id;
    // Oversight reads everything but data (art. 6).
    let oversees = [Role::Auditor, Role::Administrator];
    if ctx.actor.roles.iter().all(|it| oversees.contains(it)) {
        return Ok(Eyes::None);
    }
    if case.provider.as_ref() == Some(own) {
        return Ok(Eyes::Clear);
    }
    let told = marks::told(city.store.read(), &case.id).await?;
    let under: Option<GrantId> = match &case.consumer {
        Some(consumer) if consumer == own => case.grant.clone(),
        _ => told.into_iter().find(|it| it.org == *own).map(|it| it.grant),
    };
    Ok(match under {
        Some(id) => Eyes::Granted(Box::new(grants::get(city.store.read(), &id).await?)),
        None => Eyes::None,
    })
}

/// What the correction says, line by line, as far as this person may see the record.
pub(crate) async fn lines(
    city: &City,
    ctx: &Ctx,
    case: &Case,
    parties: &Parties,
) -> Result<Vec<(String, String)>, Refused> {
    let it = read(case)?;
    let entry = match &case.entry {
        Some(id) => catalogue_text(city, id).await?,
        None => rules::catalogue::Content::default(),
    };
    let title = |name: &str| {
        let item = entry.item(name);
        item.map_or_else(|| name.to_owned(), |it| it.title.clone())
    };
    let eyes = eyes(city, ctx, case).await?;
    let shown = |item: &str, value: &str| match &eyes {
        Eyes::Clear => value.to_owned(),
        Eyes::Granted(grant) => seen(city, &grant.id, &grant.terms, item, value)
            .unwrap_or_else(|| "（不在贵单位的授权范围内）".to_owned()),
        Eyes::None => "（仅提供和使用该记录的部门可见）".to_owned(),
    };
    let line = |label: &str, value: String| (label.to_owned(), value);
    let mut lines: Vec<(String, String)> = Vec::new();
    for (item, value) in &it.key {
        lines.push(line(&format!("记录主键：{}", title(item)), shown(item, value)));
    }
    lines.push(line("有疑义的信息项", title(&it.item)));
    let found = it
        .found
        .as_deref()
        .map_or_else(|| "（空）".to_owned(), |value| shown(&it.item, value));
    lines.push(line("提出疑义时的值", found));
    // Whoever was told has the record as its grant veils it; what the parties write names it in clear.
    let is_party = !parties.was_told(&ctx.actor.org.id);
    if is_party {
        lines.push(line("疑义或者明显错误", it.words.clone()));
    }
    match &it.result {
        None => lines.push(line(
            "校核期间",
            rules::mark::MarkKind::Correction.note().to_owned(),
        )),
        Some(result) if result.is_corrected => {
            let value = result.value.as_deref().map(|value| shown(&it.item, value));
            lines.push(line("校核结果", "已修正".to_owned()));
            lines.push(line(
                "修正后的值",
                value.unwrap_or_else(|| "（空，或者该记录已删除）".to_owned()),
            ));
            if is_party {
                lines.push(line("说明", result.words.clone()));
            }
        }
        Some(result) => {
            lines.push(line(
                "校核结果",
                format!("维持原数据（依据{}）", Yongzhou.art(21)),
            ));
            lines.push(line("说明", result.words.clone()));
        }
    }
    lines.extend(told::lines(city, ctx, case).await?);
    Ok(lines)
}
