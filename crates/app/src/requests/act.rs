//! Steps of a request as the generic case page sends them, and what a request says as that page prints it.

use rules::{
    grant::Terms,
    ids::CaseId,
    procedure::{
        Refusal,
        request::{self, Step},
    },
};

use super::{
    Opinion, RequestContent, catalogue_text,
    decide::{grant, opine, read, refuse, reopen, withdraw},
};
use crate::{
    City, Ctx, Refused,
    cases::{Answers, engine::Case},
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
    match Step::parse(step) {
        Some(Step::Opine) => {
            let agrees = answers.get("opinion") == request::Opinion::Agree.name();
            let words = answers.get("words").to_owned();
            opine(
                city,
                ctx,
                id,
                revision,
                Opinion {
                    agrees,
                    words,
                    proposed: answers.terms,
                },
            )
            .await
        }
        Some(Step::Grant) => {
            let words = answers.get("words").to_owned();
            let missing = || Refused::field("incomplete", "terms", "请填写授权条件。");
            let terms = answers.terms.ok_or_else(missing)?;
            grant(city, ctx, id, revision, terms, &words).await.map(|_| ())
        }
        Some(Step::Refuse) => refuse(city, ctx, id, revision, answers.get("reason")).await,
        Some(Step::Withdraw) => withdraw(city, ctx, id, revision).await,
        Some(Step::Reopen) => reopen(city, ctx, id, revision, answers.get("reason")).await,
        Some(Step::Apply) | None => Err(Refusal::NoSuchStep.into()),
    }
}

/// What the request says, line by line.
pub(crate) async fn lines(city: &City, case: &Case) -> Result<Vec<(String, String)>, Refused> {
    let content: RequestContent = read(case)?;
    let entry = match &case.entry {
        Some(id) => catalogue_text(city, id).await?,
        None => rules::catalogue::Content::default(),
    };
    let asked = &content.application;
    let mut lines = vec![
        line(
            "使用用途",
            format!("{}：{}", asked.terms.purpose.label(), asked.terms.purpose_text),
        ),
        line("法定职责", asked.duty.clone()),
        line("应用系统", asked.system.clone()),
    ];
    if !asked.frequency.is_empty() {
        lines.push(line("使用频率", asked.frequency.clone()));
    }
    lines.extend(terms_lines("申请", &asked.terms, &entry));
    for (label, words) in [
        ("目录的共享条件", &entry.share_conditions),
        ("目录的使用范围", &entry.usage_scope),
    ] {
        if !words.trim().is_empty() {
            lines.push(line(label, words.clone()));
        }
    }
    if let Some(opinion) = &content.opinion {
        let verdict = if opinion.agrees {
            "同意提供"
        } else {
            "不同意提供"
        };
        lines.push(line("提供部门意见", format!("{verdict}：{}", opinion.words)));
        if let Some(proposed) = &opinion.proposed {
            lines.extend(terms_lines("建议", proposed, &entry));
        }
    }
    for earlier in &content.earlier {
        let verdict = if earlier.is_granted {
            "同意并授权"
        } else {
            "不予同意"
        };
        lines.push(line("此前答复", format!("{verdict}：{}", earlier.words)));
    }
    if let Some(decision) = &content.decision {
        let verdict = if decision.is_granted {
            "同意并授权"
        } else {
            "不予同意"
        };
        lines.push(line(
            "主管部门答复",
            format!("{verdict} {}", decision.words).trim_end().to_owned(),
        ));
        if let Some(terms) = &decision.terms {
            lines.extend(terms_lines("授权", terms, &entry));
        }
    }
    Ok(lines)
}

fn line(label: &str, value: String) -> (String, String) {
    (label.to_owned(), value)
}

/// Terms in words, each label beginning with `whose`.
fn terms_lines(whose: &str, terms: &Terms, entry: &rules::catalogue::Content) -> Vec<(String, String)> {
    let title = |name: &str| {
        entry
            .item(name)
            .map_or_else(|| name.to_owned(), |it| it.title.clone())
    };
    let items: Vec<String> = terms
        .items
        .iter()
        .map(|it| match terms.masks.get(it) {
            Some(mask) if *mask != rules::grant::Mask::Clear => format!("{}（{}）", title(it), mask.label()),
            _ => title(it),
        })
        .collect();
    let filters: Vec<String> = terms
        .filters
        .iter()
        .map(|it| format!("{}为{}", title(&it.item), it.values.join("、")))
        .collect();
    let rows = if filters.is_empty() {
        "全部".to_owned()
    } else {
        filters.join("；")
    };
    vec![
        line(&format!("{whose}信息项"), items.join("、")),
        line(&format!("{whose}数据范围"), rows),
        line(
            &format!("{whose}每日次数"),
            format!("不超过 {} 次", terms.calls_per_day_max),
        ),
        line(
            &format!("{whose}期限"),
            format!("{} 至 {}", terms.from, terms.until),
        ),
    ]
}
