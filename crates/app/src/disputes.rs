//! 争议协调: a dispute at any point of sharing goes to the authority of that level (art. 18, last paragraph).

use rules::{
    ids::{CaseId, EntryId, GrantId, OrgId},
    law::Regulation::Yongzhou,
    people::Role,
    permission::{Action, Subject},
    procedure::{
        Refusal,
        dispute::{self, Step},
        request,
    },
};
use serde_json::json;
use store::{EventKind, Write, cases, grants, orgs};

use crate::{
    City, Ctx, Refused,
    cases::{
        Answers,
        engine::{self, Case, NewCase, Stride},
    },
    notices::{NoticeKind, To, tell_why},
    requests::{said, take_up_again},
};

mod content;

pub use content::*;

/// What a dispute is about, as far as its case must know.
struct Matter {
    title: String,
    entry: Option<EntryId>,
    grant: Option<GrantId>,
    case: Option<CaseId>,
    provider: OrgId,
    consumer: OrgId,
}

/// One side brings the dispute to the authority.
pub async fn raise(city: &City, ctx: &Ctx, about: About, text: &str) -> Result<CaseId, Refused> {
    let mut write = city.store.write().await?;
    let matter = matter(&mut write, ctx, &about).await?;
    let provider = orgs::get(&mut write, &matter.provider).await?.org;
    let consumer = orgs::get(&mut write, &matter.consumer).await?.org;
    ctx.may(Action::RaiseDispute, &Subject::between(&provider, &consumer))?;
    let text = said("text", "争议事项和理由", text, true)?;
    refuse_second(&mut write, &matter).await?;
    let raised_by = if ctx.actor.org.id == matter.consumer {
        Side::Consumer
    } else {
        Side::Provider
    };
    let content = DisputeContent {
        about,
        raised_by,
        text: text.clone(),
        statement: String::new(),
        ruling: None,
    };
    let new = NewCase {
        procedure: &dispute::PROCEDURE,
        title: matter.title,
        entry: matter.entry,
        grant: matter.grant,
        about: matter.case,
        authority: engine::authority_in_charge(&mut write, &provider, &consumer).await?,
        consumer: Some(consumer.id),
        provider: provider.id,
        content: serde_json::to_value(&content).map_err(Refused::internal)?,
    };
    let stride = Stride {
        words: text,
        ..Stride::of(Step::Raise.word())
    };
    let case = engine::begin(&mut write, city, ctx, new, stride).await?;
    let body = json!({ "procedure": "dispute", "about": content.about });
    city.seal(write, ctx.event(EventKind::CaseOpened, case.id.0.clone(), body))
        .await?;
    Ok(case.id)
}

/// The request or grant, as one of its parties sees it.
async fn matter(write: &mut Write, ctx: &Ctx, about: &About) -> Result<Matter, Refused> {
    match about {
        About::Request(id) => {
            let found = cases::find(&mut *write, id).await?;
            let case = found.filter(|it| it.procedure == request::PROCEDURE.name);
            let case = case.ok_or_else(|| Refused::not_found("该申请"))?;
            crate::cases::visible(&mut *write, ctx, &case).await?;
            let (Some(provider), Some(consumer)) = (case.provider, case.consumer) else {
                return Err(Refused::internal("a request without its parties"));
            };
            Ok(Matter {
                title: case.title,
                entry: case.entry,
                grant: case.grant,
                case: Some(case.id),
                provider,
                consumer,
            })
        }
        About::Grant(id) => {
            let line = grants::line(&mut *write, id)
                .await?
                .ok_or_else(|| Refused::not_found("该授权"))?;
            Ok(Matter {
                title: line.entry_title,
                entry: Some(line.grant.entry),
                grant: Some(line.grant.id),
                case: line.grant.case,
                provider: line.grant.provider,
                consumer: line.grant.consumer,
            })
        }
    }
}

/// One open dispute about a matter is enough; both sides can state their view in it.
async fn refuse_second(write: &mut Write, matter: &Matter) -> Result<(), Refused> {
    let filter = cases::Filter {
        procedure: Some(dispute::PROCEDURE.name.to_owned()),
        is_open: Some(true),
        about: matter.case.clone(),
        grant: if matter.case.is_some() {
            None
        } else {
            matter.grant.clone()
        },
        ..cases::Filter::default()
    };
    match cases::list(write, &filter, None, 1).await?.first() {
        None => Ok(()),
        Some(open) => {
            let words = format!("争议（{}）正在协调处理，请在该办件中陈述意见。", open.number);
            Err(Refused::conflict("already-disputed", words))
        }
    }
}

/// A side states its view.
pub async fn state(city: &City, ctx: &Ctx, case: &CaseId, revision: i64, text: &str) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    let text = said("text", "陈述意见", text, true)?;
    let is_consumer = case.consumer.as_ref() == Some(&ctx.actor.org.id);
    if is_consumer != (content.raised_by == Side::Consumer) {
        content.statement.clone_from(&text);
    }
    let stride = Stride {
        words: text,
        ..Stride::of(Step::State.word())
    };
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    let body = json!({ "procedure": "dispute", "step": Step::State.name() });
    city.seal(write, ctx.event(EventKind::CaseStep, case.id.0.clone(), body))
        .await?;
    Ok(())
}

/// The authority decides; both sides see it. It may reopen the refused request by the same act.
pub async fn decide(
    city: &City,
    ctx: &Ctx,
    case: &CaseId,
    revision: i64,
    mut ruling: Ruling,
) -> Result<(), Refused> {
    let mut write = city.store.write().await?;
    let (mut case, mut content) = open(&mut write, ctx, case, revision).await?;
    ruling.words = said("decision", "处理决定和理由", &ruling.words, true)?;
    let words = ruling.words.clone();
    let reopens = ruling.reopens;
    content.ruling = Some(ruling);
    let stride = Stride {
        words: words.clone(),
        ..Stride::of(Step::Decide.word())
    };
    step(&mut write, city, ctx, &mut case, &content, stride).await?;
    tell_decided(&mut write, ctx, &case, &words).await?;
    if reopens {
        reopen(&mut write, city, ctx, &content.about, words).await?;
    }
    let body = json!({ "procedure": "dispute", "step": Step::Decide.name(), "reopens": reopens });
    city.seal(write, ctx.event(EventKind::CaseClosed, case.id.0.clone(), body))
        .await?;
    Ok(())
}

/// Tells both sides how the dispute was decided.
async fn tell_decided(write: &mut Write, ctx: &Ctx, case: &Case, decision: &str) -> Result<(), Refused> {
    let words = format!("“{}”的争议（{}）已由主管部门处理。", case.title, case.number);
    let href = format!("/cases/{}", case.id);
    let sides: [(&Option<_>, &[Role]); 2] = [
        (&case.consumer, &[Role::Clerk, Role::Head]),
        (&case.provider, &[Role::Head, Role::Cataloguer]),
    ];
    for (org, roles) in sides {
        let Some(org) = org else { continue };
        let to = To::roles(org, roles).but(Some(ctx.actor.user.clone()));
        let kind = NoticeKind::DisputeDecided;
        tell_why(write, ctx.now, to, kind, &words, decision, &href).await?;
    }
    Ok(())
}

async fn reopen(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    about: &About,
    words: String,
) -> Result<(), Refused> {
    let About::Request(id) = about else {
        let words = "该争议不涉及共享申请，没有可以重新办理的申请。请取消“重新办理”后再提交。";
        return Err(Refused::field("cannot-reopen", "reopens", words));
    };
    let mut request = cases::get(&mut *write, id).await?;
    if request.state != request::State::Refused.name() {
        let words = "该申请未被拒绝，无需重新办理。请取消“重新办理”后再提交。";
        return Err(Refused::field("cannot-reopen", "reopens", words).citing(Yongzhou.art(18)));
    }
    take_up_again(write, city, ctx, &mut request, words).await
}

async fn open(
    write: &mut Write,
    ctx: &Ctx,
    id: &CaseId,
    revision: i64,
) -> Result<(Case, DisputeContent), Refused> {
    let case = engine::load(write, ctx, id, revision).await?;
    if case.procedure != dispute::PROCEDURE.name {
        return Err(Refused::not_found("该争议"));
    }
    let content = serde_json::from_value(case.content.clone()).map_err(Refused::internal)?;
    Ok((case, content))
}

async fn step(
    write: &mut Write,
    city: &City,
    ctx: &Ctx,
    case: &mut Case,
    content: &DisputeContent,
    stride: Stride,
) -> Result<(), Refused> {
    case.content = serde_json::to_value(content).map_err(Refused::internal)?;
    engine::advance(write, city, ctx, case, stride).await?;
    Ok(())
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
        Some(Step::State) => state(city, ctx, id, revision, answers.get("text")).await,
        Some(Step::Decide) => {
            let reopens = answers.get("reopens") == "1";
            let ruling = Ruling {
                words: answers.get("decision").to_owned(),
                reopens,
            };
            decide(city, ctx, id, revision, ruling).await
        }
        Some(Step::Raise) | None => Err(Refusal::NoSuchStep.into()),
    }
}

/// What is disputed, for those who settle it: the request as it stands, or why the grant stands still.
async fn disputed(city: &City, about: &About) -> Result<Vec<(String, String)>, Refused> {
    match about {
        About::Request(id) => {
            let request = cases::get(city.store.read(), id).await?;
            let number = (
                "争议的申请".to_owned(),
                format!("{} {}", request.number, request.title),
            );
            let lines = crate::requests::lines(city, &request).await?;
            Ok(std::iter::once(number).chain(lines).collect())
        }
        About::Grant(id) => {
            let grant = grants::get(city.store.read(), id).await?;
            let mut lines = vec![("授权的状态".to_owned(), grant.state.label().to_owned())];
            if !grant.reason.is_empty() {
                lines.push(("提供部门写明的理由".to_owned(), grant.reason));
            }
            Ok(lines)
        }
    }
}

/// What the dispute says, line by line.
pub(crate) async fn lines(city: &City, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let content: DisputeContent = serde_json::from_value(case.content.clone()).map_err(Refused::internal)?;
    let about = match &content.about {
        About::Request(_) => "共享申请的办理",
        About::Grant(_) => "授权的提供与使用",
    };
    let by = match content.raised_by {
        Side::Consumer => "使用部门",
        Side::Provider => "提供部门",
    };
    let line = |label: &str, value: String| (label.to_owned(), value);
    let mut lines = vec![
        line("争议对象", about.to_owned()),
        line("提出方", by.to_owned()),
        line("争议事项和理由", content.text),
    ];
    if !content.statement.is_empty() {
        lines.push(line("对方陈述", content.statement));
    }
    lines.extend(disputed(city, &content.about).await?);
    if let Some(ruling) = content.ruling {
        lines.push(line("处理决定和理由", ruling.words));
        if ruling.reopens {
            lines.push(line("处理结果", "申请已重新办理，期限重新起算。".to_owned()));
        }
    }
    Ok(lines)
}
