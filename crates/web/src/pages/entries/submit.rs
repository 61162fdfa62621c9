//! Handing a draft in: what is missing, the answers to check, the act itself; and revising what is published.

use app::{City, Refused, catalogue};
use askama::Template;
use axum::extract::{Path, State};
use rules::{ids::EntryId, law::Article};

use super::{
    items::editable,
    parts::{Cautions, ItemsTable, form_of},
};
use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    pages::{confirm::ConfirmPage, take},
    session::Me,
    ui::{Cite, Form, Pairs},
};

/// What is missing, or everything once more before it is handed in.
#[derive(Template)]
#[template(path = "entries/submit.html")]
pub struct SubmitPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry's title.
    pub title: String,
    /// The revision that the page showed.
    pub revision: i64,
    /// What the city said to the last attempt.
    pub form: Form,
    /// What is missing: address, words, article.
    pub gaps: Vec<(String, String, Option<Cite>)>,
    /// What deserves a second look.
    pub cautions: Cautions,
    /// Everything, with links to change it.
    pub answers: Pairs,
    /// The items.
    pub items: ItemsTable,
    /// Whom it goes to.
    pub to: Vec<String>,
}

pub(crate) fn page(frame: Frame, view: &catalogue::EntryView, form: Form, revision: i64) -> SubmitPage {
    let id = view.id.as_str();
    let check = |field: &str| match form_of(id, field).split_once('#') {
        Some((page, field)) if page.contains("/edit/") => format!("{page}?done=check#{field}"),
        Some((page, field)) => format!("{page}#{field}"),
        None => form_of(id, field),
    };
    let cite = |it: Article| Cite::from(it);
    let gaps = view
        .gaps
        .iter()
        .map(|it| (check(&it.field), it.words.clone(), it.cites.map(cite)));
    let answers = view.metadata.iter().fold(Pairs::new(), |all, it| {
        all.with_change(it.label, &it.value, form_of(id, it.field))
    });
    let mut to = Vec::new();
    let route = rules::procedure::compilation::Route::of(&view.content, None);
    if route.needs_signatures {
        to.push("会同编制部门逐一会签（第十一条）".to_owned());
    }
    if route.needs_confirmation {
        to.push("指定部门审核确认共享类型（第十七条）".to_owned());
    } else if view.published.is_some() {
        to.push("如缩小了无条件共享的范围，指定部门审核确认（第十七条）".to_owned());
    }
    to.push(format!("{}审核并发布（第十一条）", view.authority_name));
    SubmitPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/entries/{id}"),
        title: view.content.title.clone(),
        revision,
        gaps: gaps.collect(),
        cautions: Cautions::of(&view.content),
        answers,
        items: ItemsTable::of(&view.content.items),
        to,
        form,
    }
}

fn frame(me: &Me, view: &catalogue::EntryView, title: &str) -> Frame {
    me.frame(title)
        .crumb("/entries", "数据目录")
        .crumb(format!("/entries/{}", view.id), &view.content.title)
}

/// GET /entries/{id}/submit
pub async fn form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = editable(&city, &me, &id).await?;
    html(&page(
        frame(&me, &view, "提交审核"),
        &view,
        Form::empty(),
        view.revision,
    ))
}

/// POST /entries/{id}/submit
pub async fn send(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let fields = posted.open(&me)?;
    let entry = EntryId::from(id.as_str());
    match catalogue::submit(&city, &me.ctx, &entry, fields.revision()).await {
        Ok(_) => go(&format!("/entries/{id}?done=submitted")),
        Err(refused) => {
            let view = app::catalogue::show(&city, &me.ctx, &entry).await?;
            let mut form = Form::empty();
            take(&mut form, refused)?;
            wrong(&page(frame(&me, &view, "提交审核"), &view, form, view.revision))
        }
    }
}

fn ask(frame: Frame, view: &catalogue::EntryView, form: Form) -> ConfirmPage {
    let href = format!("/entries/{}", view.id);
    ConfirmPage {
        frame: frame.wrong(form.is_wrong()),
        title: String::new(),
        words: Vec::new(),
        cite: None,
        about: Pairs::new()
            .with("目录", &view.content.title)
            .with("信息资源代码", &view.code),
        ask: None,
        revision: view.revision,
        href: href.clone(),
        button: String::new(),
        is_danger: false,
        back: href,
        form,
    }
}

pub(crate) fn revise_page(frame: Frame, view: &catalogue::EntryView, form: Form) -> ConfirmPage {
    let page = ask(frame, view, form);
    ConfirmPage {
        title: "修订目录".to_owned(),
        words: vec![
            "平台会以现行版本为底稿生成一份新草稿。已发布的版本继续有效，数据归集和授权不受影响；新草稿审核发布后替换它。".to_owned(),
            "缩小无条件共享范围的修订，同样需要指定部门审核确认。".to_owned(),
        ],
        cite: Some(rules::law::Regulation::Yongzhou.art(13).into()),
        href: format!("{}/revise", page.href),
        button: "生成新版本草稿".to_owned(),
        ..page
    }
}

/// GET /entries/{id}/revise
pub async fn revise_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = app::catalogue::show(&city, &me.ctx, &id.as_str().into()).await?;
    html(&revise_page(frame(&me, &view, "修订目录"), &view, Form::empty()))
}

/// POST /entries/{id}/revise
pub async fn revise(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let fields = posted.open(&me)?;
    let entry = EntryId::from(id.as_str());
    match catalogue::revise(&city, &me.ctx, &entry, fields.revision()).await {
        Ok(_) => go(&format!("/entries/{id}/edit?done=revised")),
        Err(refused) => refused_on(&city, &me, &id, fields, refused, "修订目录", revise_page).await,
    }
}

pub(crate) fn discard_page(frame: Frame, view: &catalogue::EntryView, form: Form) -> ConfirmPage {
    let page = ask(frame, view, form);
    ConfirmPage {
        title: "删除草稿".to_owned(),
        words: vec!["草稿删除后不能恢复，信息资源代码不再使用。已有的办理记录和存证保留。".to_owned()],
        href: format!("{}/discard", page.href),
        button: "确认删除草稿".to_owned(),
        is_danger: true,
        ..page
    }
}

/// GET /entries/{id}/discard
pub async fn discard_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = app::catalogue::show(&city, &me.ctx, &id.as_str().into()).await?;
    html(&discard_page(frame(&me, &view, "删除草稿"), &view, Form::empty()))
}

/// POST /entries/{id}/discard
pub async fn discard(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let fields = posted.open(&me)?;
    let entry = EntryId::from(id.as_str());
    match catalogue::discard(&city, &me.ctx, &entry, fields.revision()).await {
        Ok(()) => go("/entries?done=discarded"),
        Err(refused) => refused_on(&city, &me, &id, fields, refused, "删除草稿", discard_page).await,
    }
}

pub(crate) fn retire_page(frame: Frame, view: &catalogue::EntryView, form: Form) -> ConfirmPage {
    let page = ask(frame, view, form);
    let area = page.form.area("reason", "下架的理由");
    ConfirmPage {
        title: "下架目录".to_owned(),
        words: vec![
            "下架后，其他部门查不到、也不能再申请该目录；历次版本和办理记录保留，可以修改后重新提交审核。"
                .to_owned(),
            "该目录上的全部授权随之终止，下一次调用即被拒绝；使用部门和主管部门会收到通知和您填写的理由。"
                .to_owned(),
        ],
        cite: Some(rules::law::Regulation::Yongzhou.art(13).into()),
        ask: Some(area.hint("例如：职能调整，数据改由某部门提供。")),
        href: format!("{}/retire", page.href),
        button: "确认下架".to_owned(),
        is_danger: true,
        ..page
    }
}

/// GET /entries/{id}/retire
pub async fn retire_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = app::catalogue::show(&city, &me.ctx, &id.as_str().into()).await?;
    html(&retire_page(frame(&me, &view, "下架目录"), &view, Form::empty()))
}

/// POST /entries/{id}/retire
pub async fn retire(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let fields = posted.open(&me)?;
    let entry = EntryId::from(id.as_str());
    let reason = fields.text("reason");
    match catalogue::retire(&city, &me.ctx, &entry, fields.revision(), &reason).await {
        Ok(()) => go("/entries?done=retired"),
        Err(refused) => refused_on(&city, &me, &id, fields, refused, "下架目录", retire_page).await,
    }
}

/// Shows the page again with what the city said, on what stands now.
async fn refused_on(
    city: &City,
    me: &Me,
    id: &str,
    fields: Fields,
    refused: Refused,
    title: &str,
    page: fn(Frame, &catalogue::EntryView, Form) -> ConfirmPage,
) -> Page {
    let view = app::catalogue::show(city, &me.ctx, &id.into()).await?;
    let mut form = Form::of(fields);
    take(&mut form, refused)?;
    wrong(&page(frame(me, &view, title), &view, form))
}
