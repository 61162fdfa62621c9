//! 异议: somebody outside says that open data is wrong or harms them; it is marked, decided and answered (art. 34).

use rules::{
    ids::CaseId,
    law::Regulation::Yongzhou,
    mark::MarkKind,
    people::Office,
    procedure::{
        Refusal,
        objection::{self, Outcome, State, Step},
    },
};
use serde_json::json;
use store::{
    EventKind, Write,
    marks::{self, Mark},
};

use crate::{
    City, Ctx, Refused,
    calls::holds_identity,
    cases::{
        Answers, Parties,
        engine::{self, Case, Stride},
    },
    envelope::{self, Envelope},
    notices::{NoticeKind, mail::is_address},
    requests::said,
    vault::{Place, Vault, vault},
};

mod content;
mod public;
mod repair;
mod secret;

use content::ObjectionContent;
pub use content::{Filed, Objection, Tracked};
pub use public::{file, track};
use repair::{amend, repaired};

/// The authority marks the data as disputed: everybody who uses the set sees the mark until the objector is told.
pub async fn mark(city: &City, ctx: &Ctx, case: &CaseId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, content) = open(&mut write, ctx, case, revision).await?;
    engine::advance(&mut write, city, ctx, &mut case, Stride::of(Step::Mark.word())).await?;
    let entry = case.entry.clone();
    let mark = Mark {
        case: case.id.clone(),
        entry: entry.ok_or_else(|| Refused::internal("an objection to nothing"))?,
        kind: MarkKind::Objection,
        record: String::new(),
        item: String::new(),
        since: ctx.now,
        until: None,
        words: format!(
            "该数据集收到异议（{}），正在核查处理，请谨慎使用。",
            content.kind.label()
        ),
    };
    marks::set(&mut write, &mark).await?;
    seal(city, ctx, write, &case, Step::Mark, None).await
}

/// The authority decides by itself, the data being its own to correct.
pub async fn decide(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    outcome: Outcome,
    words: &str,
) -> Result<(), Refused> {
    settle(city, ctx, case, revision, Step::Decide, outcome, words).await
}

/// The authority passes the objection to the department that provides the data.
pub async fn transfer(city: &City, ctx: &Ctx, case: &CaseId, revision: i64) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, _) = open(&mut write, ctx, case, revision).await?;
    is_marked(&mut write, &case).await?;
    if case.provider.as_ref() == Some(&case.authority) {
        let words = "该数据由本部门提供，请直接作出是否更正的决定。";
        return Err(Refused::conflict("own-data", words).citing(Yongzhou.art(34)));
    }
    engine::advance(
        &mut write,
        city,
        ctx,
        &mut case,
        Stride::of(Step::Transfer.word()),
    )
    .await?;
    seal(city, ctx, write, &case, Step::Transfer, None).await
}

/// The department decides, and the authority is told by the same act.
pub async fn department_decide(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    outcome: Outcome,
    words: &str,
) -> Result<(), Refused> {
    settle(city, ctx, case, revision, Step::DepartmentDecide, outcome, words).await
}

async fn settle(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    step: Step,
    outcome: Outcome,
    words: &str,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    is_marked(&mut write, &case).await?;
    content.outcome = Some(outcome);
    content.decision = said("decision", "决定的理由和更正情况", words, true)?;
    let words = format!("{}：{}", outcome.label(), content.decision);
    advance(&mut write, city, ctx, &mut case, &content, (step, None), words).await?;
    seal(city, ctx, write, &case, step, Some(outcome)).await
}

/// The authority tells the objector, by letter too where an address was left; the contact is forgotten. The mark is taken
/// off, unless the data is yet to be put right: then both stay until it is.
pub async fn answer(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    words: &str,
) -> Result<(), Refused> {
    let vault = vault(city).await?;
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    let words = said("text", "告知内容", words, true)?;
    content.answer = Some(words.clone());
    let contact = content.contact.take();
    let is_put_right = repaired(&mut write, &case).await?.is_some();
    let to = content
        .outcome
        .map_or(State::Told, |it| it.after_telling(is_put_right));
    let made = (Step::Tell, Some(to));
    advance(&mut write, city, ctx, &mut case, &content, made, words).await?;
    // Where no letters go out, none is kept waiting with the address in it.
    if let Some(sealed) = contact.filter(|_| city.writes_letters()) {
        let contact = contact_in(vault, &content.code_hash, &sealed)?;
        tell_by_letter(&mut write, vault, ctx, &case, &content, &contact).await?;
    }
    if let (State::Told, Some(entry)) = (to, &case.entry) {
        marks::lift(&mut write, &case.id, entry, ctx.now).await?;
    }
    seal(city, ctx, write, &case, Step::Tell, None).await
}

/// Art. 34: the objector is told at once. The letter says what was decided and what the authority answers; nobody has to
/// keep a query code for that.
async fn tell_by_letter(
    write: &mut Write,
    vault: &Vault,
    ctx: &Ctx,
    case: &Case,
    content: &ObjectionContent,
    contact: &str,
) -> Result<(), Refused> {
    if !is_address(contact) {
        return Ok(());
    }
    let outcome = content.outcome.map_or("", Outcome::label);
    let answer = content.answer.as_deref().unwrap_or_default();
    // What names somebody is read with the query code alone.
    let answer = if holds_identity(answer) {
        "答复内容请凭异议编号和查询码查看。"
    } else {
        answer
    };
    let letter = Envelope {
        reader: case.id.as_str(),
        audience: "异议提出人",
        address: Some(contact),
        kind: NoticeKind::Objection,
        words: format!(
            "您对“{}”提出的异议（{}）已有处理结果：{outcome}。{answer}",
            case.title, case.number
        ),
        href: "/open/track".to_owned(),
    };
    envelope::post(write, vault, ctx.now, letter).await
}

fn contact_in(vault: &Vault, code_hash: &str, sealed: &str) -> Result<String, Refused> {
    let contact = vault.open(contact_at(code_hash), sealed)?;
    String::from_utf8(contact).map_err(Refused::internal)
}

async fn advance(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    case: &mut Case,
    content: &ObjectionContent,
    (step, to): (Step, Option<State>),
    words: String,
) -> Result<(), Refused> {
    case.content = serde_json::to_value(content).map_err(Refused::internal)?;
    let stride = Stride {
        words,
        to: to.map(State::word),
        ..Stride::of(step.word())
    };
    engine::advance(write, city, ctx, case, stride).await?;
    Ok(())
}

/// Art. 34: the mark comes first, whatever is done with the objection.
async fn is_marked(write: &mut Write, case: &Case) -> Result<(), Refused> {
    if marks::of_case(&mut *write, &case.id).await?.is_some() {
        return Ok(());
    }
    let words = "请先作出异议标注，再作处理。";
    Err(Refused::conflict("not-marked", words).citing(Yongzhou.art(34)))
}

async fn seal(
    city: &City,
    ctx: &Ctx,
    write: Write,
    case: &Case,
    step: Step,
    outcome: Option<Outcome>,
) -> Result<(), Refused> {
    let kind = if case.closed_at.is_some() {
        EventKind::CaseClosed
    } else {
        EventKind::CaseStep
    };
    let mut body = json!({ "procedure": "objection", "step": step.name(), "entry": case.entry });
    if let Some(outcome) = outcome {
        body["outcome"] = outcome.name().into();
    }
    city.seal(write, ctx.event(kind, case.id.0.clone(), body)).await?;
    city.gate.refresh().await
}

async fn open(
    write: &mut Write,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
) -> Result<(Case, ObjectionContent), Refused> {
    let case = engine::load(write, ctx, id, revision).await?;
    let content = read(&case)?;
    Ok((case, content))
}

/// Where an objector's contact is sealed.
fn contact_at(code_hash: &str) -> Place<'_> {
    Place {
        column: "objections.contact",
        id: code_hash,
    }
}

/// What an objection's case holds.
fn read(case: &Case) -> Result<ObjectionContent, Refused> {
    if case.procedure != objection::PROCEDURE.name {
        return Err(Refused::not_found("该异议"));
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
    let outcome = || {
        let missing = || Refused::field("incomplete", "outcome", "请选择“是否更正”。");
        Outcome::parse(answers.get("outcome")).ok_or_else(missing)
    };
    let decision = answers.get("decision");
    match Step::parse(step) {
        Some(Step::Mark) => mark(city, ctx, id, revision).await,
        Some(Step::Decide) => decide(city, ctx, id, revision, outcome()?, decision).await,
        Some(Step::Transfer) => transfer(city, ctx, id, revision).await,
        Some(Step::DepartmentDecide) => {
            department_decide(city, ctx, id, revision, outcome()?, decision).await
        }
        Some(Step::Tell) => answer(city, ctx, id, revision, answers.get("text")).await,
        Some(Step::Amend) => amend(city, ctx, id, revision).await,
        Some(Step::File) | None => Err(Refusal::NoSuchStep.into()),
    }
}

/// What the objection says, line by line. The contact is for the office that has to tell the objector.
pub(crate) async fn lines(city: &City, ctx: &Ctx, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let it = read(case)?;
    let line = |label: &str, value: String| (label.to_owned(), value);
    let mut lines = vec![
        line("异议类型", it.kind.label().to_owned()),
        line("异议事项和理由", it.words),
    ];
    let parties = Parties::of(city.store.read(), case).await?;
    if parties.offices(ctx).contains(&Office::Authority)
        && let Some(sealed) = &it.contact
    {
        let contact = contact_in(vault(city).await?, &it.code_hash, sealed)?;
        lines.push(line("异议提出人的联系方式", contact));
    }
    if let Some(mark) = marks::of_case(city.store.read(), &case.id).await? {
        let since = rules::calendar::today(mark.since);
        let words = match mark.until {
            None => format!("自 {since} 起"),
            Some(until) => format!("{since} 至 {}", rules::calendar::today(until)),
        };
        lines.push(line("异议标注", words));
    }
    if let Some(outcome) = it.outcome {
        lines.push(line("决定", format!("{}：{}", outcome.label(), it.decision)));
        if outcome == Outcome::Correct {
            let words = repaired(city.store.read(), case).await?;
            let words = words.unwrap_or_else(|| repair::NOT_YET.to_owned());
            lines.push(line("更正情况", words));
        }
    }
    if let Some(answer) = it.answer {
        lines.push(line("告知异议提出人", answer));
    }
    Ok(lines)
}
