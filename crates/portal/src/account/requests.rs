//! One application: what was asked, how it stands, and taking it back.

use app::{City, open_requests};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use rules::{calendar, ids::CaseId, procedure::open_request::HANDLE};
use web::{
    ui::{Pairs, Past, Timeline},
    words,
};

use super::{
    session::{Account, Sent},
    show::{Act, Part, ShowPage},
};
use crate::problem::Page;

/// GET /open/account/requests/{id}
pub async fn show(State(city): State<City>, account: Account, Path(id): Path<String>) -> Page {
    let id = CaseId(id);
    let it = open_requests::show_mine(&city, &account.me, &id, account.visit.now).await?;
    let mut asked = Pairs::new()
        .with("数据集", it.case.title.clone())
        .with("提供部门", it.case.provider_name.clone())
        .with("提交时间", words::moment(it.case.opened_at));
    if let Some(due) = it.case.due {
        let within = words::within(&HANDLE, calendar::today(it.case.opened_at));
        asked = asked.with("答复期限", format!("{}（{within}）", words::day_long(due)));
    }
    for (label, value) in &it.lines {
        asked = asked.with(label, value.clone());
    }
    let steps = it.steps.into_iter().map(|step| Past {
        when: words::moment(step.at),
        step: step.label.to_owned(),
        by: step.org_name,
        said: if step.words.is_empty() {
            Vec::new()
        } else {
            vec![(String::new(), step.words)]
        },
        evidence: None,
    });
    let steps = Timeline {
        steps: steps.collect(),
        has_receipts: false,
    };
    let title = format!("申请 {}", it.case.number);
    let mut page = ShowPage::new(account.frame(title), it.case.state.label);
    if let Some(agreement) = it.agreement {
        let href = format!("/open/account/agreements/{agreement}");
        page = page
            .with(Part::Note(
                "申请已获同意。请查看并确认开放利用协议，确认后即可获取访问密钥。".to_owned(),
            ))
            .with(Part::Links(vec![(href, "查看开放利用协议".to_owned())]));
    }
    if it.case.is_late {
        page = page.with(Part::Note(
            "答复期限已过。超期已记录在案，并已提醒提供部门和主管部门；急需的，可以拨打数据集页面上的联系电话询问。"
                .to_owned(),
        ));
    }
    page = page.with(Part::Facts("申请内容", asked)).with(Part::Steps(steps));
    if it.may_withdraw {
        page = page.with(Part::Act(Act {
            words: "如不再需要，可以在答复之前撤回申请。",
            action: format!("/open/account/requests/{id}/withdraw"),
            button: "撤回申请",
            revision: it.revision,
            csrf: account.me.csrf.clone(),
            is_first: false,
        }));
    }
    page.page()
}

/// POST /open/account/requests/{id}/withdraw
pub async fn withdraw(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let (me, now) = (&sent.account.me, sent.account.visit.now);
    let case = CaseId(id);
    open_requests::withdraw(&city, me, &case, sent.fields.revision(), now).await?;
    Ok(Redirect::to(&format!("/open/account/requests/{case}")).into_response())
}
