//! How the provider answers an application: an opinion, then an agreement or reasons (art. 26).

use rules::{
    grant::{Mask, Terms},
    ids::CaseId,
    procedure::{
        Refusal,
        open_request::{self, Step},
    },
};
use serde_json::json;
use store::{EventKind, Write, cases};

use super::{OpenRequestContent, OpenSet, open_set};
use crate::{
    City, Ctx, Refused,
    agreements::{self, NewAgreement},
    cases::{
        Answers,
        engine::{self, Case, Stride},
    },
    notices::{NoticeKind, To, tell_why},
    requests::{catalogue_text, said},
};

/// Takes `step`, which the engine found permitted, with what its form brought.
pub(crate) async fn act(
    city: &City,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
    step: &str,
    answers: Answers,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let mut case = engine::load(&mut write, ctx, id, revision).await?;
    let content = read(&case)?;
    match Step::parse(step) {
        Some(Step::Opine) => {
            let words = said("words", "处理意见", answers.get("words"), true)?;
            let stride = Stride {
                words,
                ..Stride::of(Step::Opine.word())
            };
            engine::advance(&mut write, city, ctx, &mut case, stride).await?;
            seal(city, ctx, write, &case, Step::Opine, json!({})).await
        }
        Some(Step::Agree) => agree(write, city, ctx, case, content, answers).await,
        Some(Step::Refuse) => refuse(write, city, ctx, case, content, answers.get("reason")).await,
        Some(Step::Apply | Step::Withdraw) | None => Err(Refusal::NoSuchStep.into()),
    }
}

pub(super) fn read(case: &Case) -> Result<OpenRequestContent, Refused> {
    if case.procedure != open_request::PROCEDURE.name {
        return Err(Refused::not_found("该申请"));
    }
    serde_json::from_value(case.content.clone()).map_err(Refused::internal)
}

/// Opens the data to the applicant: an agreement is offered that he may accept.
async fn agree(
    mut write: Write,
    city: &City,
    ctx: &Ctx,
    mut case: Case,
    mut content: OpenRequestContent,
    answers: Answers,
) -> Result<(), Refused> {
    let missing = || Refused::field("incomplete", "terms", "请填写协议的信息项、期限和次数。");
    let terms = answers.terms.clone().ok_or_else(missing)?;
    let conditions = said(
        "conditions",
        "使用条件和安全要求",
        answers.get("conditions"),
        true,
    )?;
    let words = said("words", "答复意见", answers.get("words"), false)?;
    let follow_months = agreements::follow_months(answers.get("follow_months"))?;
    let stride = Stride {
        words: words.clone(),
        terms: Some(terms.clone()),
        ..Stride::of(Step::Agree.word())
    };
    // The step is judged first, so that one who may not decide learns nothing about the terms.
    engine::advance(&mut write, city, ctx, &mut case, stride).await?;
    let entry = case.entry.clone();
    let entry = entry.ok_or_else(|| Refused::internal("an application without a set"))?;
    let set = open_set(&mut write, entry.as_str())
        .await
        .map_err(|_| withdrawn())?;
    fit(&terms, &content, &set)?;
    let applicant = case.applicant.clone();
    let applicant = applicant.ok_or_else(|| Refused::internal("an application without an applicant"))?;
    let items = granted(&terms, &set);
    let new = NewAgreement {
        case: &case,
        items: &items,
        entry: (&set.entry, set.version),
        content: &set.content,
        code: &set.code,
        provider: &set.provider,
        applicant: &applicant,
        terms,
        conditions: &conditions,
        follow_months,
    };
    let agreement = agreements::offer(&mut write, ctx.now, new).await?;
    content.answer.clone_from(&words);
    content.agreement = Some(agreement.id.clone());
    save(&mut write, &mut case, &content).await?;
    let told = format!(
        "您对“{}”的申请（{}）已获同意，请确认开放利用协议{}。",
        case.title, case.number, agreement.number
    );
    let href = format!("/open/account/agreements/{}", agreement.id);
    let to = To::applicant(&applicant);
    tell_why(
        &mut write,
        ctx.now,
        to,
        NoticeKind::OpenRequest,
        &told,
        &words,
        &href,
    )
    .await?;
    let body = json!({ "agreement": agreement.id, "number": agreement.number });
    seal(city, ctx, write, &case, Step::Agree, body).await
}

/// The granted items as the agreement words them: how each is veiled, by the release and by the terms.
fn granted(terms: &Terms, set: &OpenSet) -> Vec<String> {
    let words = |it: &super::OfferedItem| {
        let mask = Some(terms.mask(&it.name)).filter(|it| *it != Mask::Clear);
        let veils = [it.veiled.as_str(), mask.map_or("", Mask::label)];
        let veils: Vec<&str> = veils.into_iter().filter(|it| !it.is_empty()).collect();
        match veils.is_empty() {
            true => it.title.clone(),
            false => format!("{}（{}）", it.title, veils.join("，")),
        }
    };
    let offered = set.offered();
    let is_granted = |it: &&super::OfferedItem| terms.items.contains(&it.name);
    offered.iter().filter(is_granted).map(words).collect()
}

fn withdrawn() -> Refused {
    let words = "该数据集已不在有条件开放清单中，不能再授权。可以不予开放，并说明理由。";
    Refused::conflict("not-open", words)
}

/// Does not open the data, and says why.
async fn refuse(
    mut write: Write,
    city: &City,
    ctx: &Ctx,
    mut case: Case,
    mut content: OpenRequestContent,
    reason: &str,
) -> Result<(), Refused> {
    let words = said("reason", "不予开放的理由", reason, true)?;
    content.answer.clone_from(&words);
    case.content = serde_json::to_value(&content).map_err(Refused::internal)?;
    let stride = Stride {
        words: words.clone(),
        ..Stride::of(Step::Refuse.word())
    };
    engine::advance(&mut write, city, ctx, &mut case, stride).await?;
    if let Some(applicant) = &case.applicant {
        let told = format!(
            "您对“{}”的申请（{}）不予开放，理由见办件页面。",
            case.title, case.number
        );
        let href = format!("/open/account/requests/{}", case.id);
        let to = To::applicant(applicant);
        tell_why(
            &mut write,
            ctx.now,
            to,
            NoticeKind::OpenRequest,
            &told,
            &words,
            &href,
        )
        .await?;
    }
    seal(city, ctx, write, &case, Step::Refuse, json!({})).await
}

/// Saves what a step has led to, in the same write and without another step.
pub(super) async fn save(
    write: &mut Write,
    case: &mut Case,
    content: &OpenRequestContent,
) -> Result<(), Refused> {
    case.content = serde_json::to_value(content).map_err(Refused::internal)?;
    let turns = cases::turns(&mut *write, &case.id).await?;
    cases::update(write, case.revision, case, &turns).await?;
    case.revision += 1;
    Ok(())
}

async fn seal(
    city: &City,
    ctx: &Ctx,
    write: Write,
    case: &Case,
    step: Step,
    more: serde_json::Value,
) -> Result<(), Refused> {
    let kind = match step {
        Step::Agree => EventKind::AgreementOffered,
        Step::Refuse => EventKind::CaseClosed,
        _ => EventKind::CaseStep,
    };
    let mut body = json!({ "procedure": case.procedure, "step": step.name() });
    if let (Some(body), serde_json::Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    city.seal(write, ctx.event(kind, case.id.0.clone(), body)).await?;
    Ok(())
}

/// Terms that the set can give, and that stay within what was applied for. How items are veiled is the release's;
/// terms can only veil further.
fn fit(terms: &Terms, asked: &OpenRequestContent, set: &OpenSet) -> Result<(), Refused> {
    let mut faults = terms.faults(&set.content);
    let offered = set.offered();
    for name in &terms.items {
        let title = set
            .content
            .item(name)
            .map_or(name.as_str(), |it| it.title.as_str());
        if !asked.application.items.contains(name) {
            faults.push(format!("“{title}”不在申请的信息项之内。"));
        } else if !offered.iter().any(|it| it.name == *name) {
            faults.push(format!("“{title}”不对外开放。"));
        }
    }
    if terms.purpose != rules::grant::Purpose::Open {
        faults.push("协议的用途应为“开放利用”。".to_owned());
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mut refused = Refused::invalid("bad-terms", "协议条件有误，请按提示修改。");
    refused.fields = faults.into_iter().map(|it| ("terms".to_owned(), it)).collect();
    Err(refused)
}

/// What the application says, line by line; of the applicant only number and kind.
pub(crate) async fn lines(city: &City, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let content = read(case)?;
    let asked = &content.application;
    let entry = match &case.entry {
        Some(id) => catalogue_text(city, id).await?,
        None => rules::catalogue::Content::default(),
    };
    let title = |name: &String| {
        entry
            .item(name)
            .map_or_else(|| name.clone(), |it| it.title.clone())
    };
    let items: Vec<String> = asked.items.iter().map(title).collect();
    let line = |label: &str, value: String| (label.to_owned(), value);
    let applicant = format!("{}（{}）", content.applicant_number, content.applicant_kind);
    let mut lines = vec![
        line("申请人", applicant),
        line("利用领域", asked.field.label().to_owned()),
        line("使用目的", asked.purpose.clone()),
        line("安全保障措施", asked.safeguards.clone()),
        line("使用频率", asked.frequency.clone()),
        line("申请的信息项", items.join("、")),
        line("申请的每日次数", format!("不超过 {} 次", asked.calls_per_day)),
        line("申请的期限", format!("{} 个月", asked.months)),
    ];
    if !entry.open_conditions.trim().is_empty() {
        lines.push(line("目录的开放条件", entry.open_conditions.clone()));
    }
    if !content.answer.is_empty() {
        lines.push(line("答复", content.answer));
    }
    Ok(lines)
}
