//! Bringing a dispute to the authority (art. 18, last paragraph).

use app::{City, cases, disputes, disputes::About, grants};
use axum::extract::{Path, State};
use rules::{
    ids::{CaseId, GrantId},
    law::Regulation::Yongzhou,
};

use crate::{
    form::ProtectedForm,
    frame::{Page, go, html, wrong},
    pages::{confirm::ConfirmPage, take},
    problem::Problem,
    session::Me,
    ui::{Form, Pairs},
};

/// What the dispute is about, as its page names it.
pub(crate) struct Matter {
    about: About,
    title: String,
    between: String,
    back: String,
}

async fn of_case(city: &City, me: &Me, id: &str) -> Result<Matter, Problem> {
    let view = cases::show(city, &me.ctx, &id.into()).await?;
    Ok(Matter {
        about: About::Request(CaseId::from(id)),
        title: view.line.title,
        between: format!(
            "{} → {}",
            view.line.provider_name,
            view.line.consumer_name.unwrap_or_default()
        ),
        back: format!("/cases/{id}"),
    })
}

async fn of_grant(city: &City, me: &Me, id: &str) -> Result<Matter, Problem> {
    let view = grants::show(city, &me.ctx, &id.into()).await?;
    Ok(Matter {
        about: About::Grant(GrantId::from(id)),
        title: view.row.entry_title,
        between: format!("{} → {}", view.row.provider_name, view.row.consumer_name),
        back: format!("/grants/{id}"),
    })
}

fn page(me: &Me, matter: &Matter, form: Form) -> ConfirmPage {
    ConfirmPage {
        frame: me.frame("提出争议").crumb(&matter.back, &matter.title).wrong(form.is_wrong()),
        title: "提出争议".to_owned(),
        words: vec![
            "使用部门、提供部门对数据共享发生争议的，由同级政务数据主管部门协调处理。对方会看到您的陈述并可以陈述意见，处理决定双方都能看到。"
                .to_owned(),
        ],
        cite: Some(Yongzhou.art(18).into()),
        about: Pairs::new().with("事项", &matter.title).with("双方", &matter.between),
        ask: Some(form.area("text", "争议事项和理由").rows(8).hint("写明争议是什么、您的主张和依据。")),
        revision: 0,
        href: format!("{}/dispute", matter.back),
        button: "提交主管部门".to_owned(),
        is_danger: false,
        back: matter.back.clone(),
        form,
    }
}

async fn send(city: City, me: Me, matter: Matter, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    form.require("text", "请填写争议事项和理由。");
    if !form.is_wrong() {
        match disputes::raise(&city, &me.ctx, matter.about.clone(), &form.values.text("text")).await {
            Ok(case) => return go(&format!("/cases/{case}?done=raise")),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&page(&me, &matter, form))
}

/// GET /cases/{id}/dispute
pub async fn on_case_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let matter = of_case(&city, &me, &id).await?;
    html(&page(&me, &matter, Form::empty()))
}

/// POST /cases/{id}/dispute
pub async fn on_case(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let matter = of_case(&city, &me, &id).await?;
    send(city, me, matter, posted).await
}

/// GET /grants/{id}/dispute
pub async fn on_grant_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let matter = of_grant(&city, &me, &id).await?;
    html(&page(&me, &matter, Form::empty()))
}

/// POST /grants/{id}/dispute
pub async fn on_grant(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let matter = of_grant(&city, &me, &id).await?;
    send(city, me, matter, posted).await
}
