//! 申请人: a handler looks at who applies, and every look is recorded; applicants are told of a leak (art. 33).

use app::{City, applicants};
use askama::Template;
use axum::extract::{Path, State};
use rules::{ids::CaseId, law::Regulation::Yongzhou};

use super::{confirm::ConfirmPage, take};
use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, html, wrong},
    session::Me,
    ui::{Form, Notice, Pairs, Tone},
};

/// What an applicant registered.
#[derive(Template)]
#[template(path = "applicant.html")]
pub struct ApplicantPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was registered, or that it was erased.
    pub facts: Pairs,
    /// The case.
    pub back: String,
}

/// POST /cases/{id}/applicant
pub async fn look(me: Me, State(city): State<City>, Path(id): Path<String>, form: ProtectedForm) -> Page {
    form.open(&me)?;
    let back = format!("/cases/{id}");
    let seen = applicants::look(&city, &me.ctx, &CaseId(id)).await?;
    let facts = Pairs::new()
        .with("申请人编号", &seen.number)
        .with("类型", seen.kind.label());
    let facts = match seen.details {
        None => facts.with("登记信息", "申请人已注销，登记信息已永久删除。"),
        Some(it) => facts
            .with("姓名或单位名称", it.name)
            .with("证件号码或统一社会信用代码", it.identity)
            .with("联系人", it.contact)
            .with("联系电话", it.phone)
            .with("电子邮箱", it.email)
            .with("通信地址", it.address),
    };
    html(&ApplicantPage {
        frame: me
            .frame("申请人登记信息")
            .crumb("/cases", "办件")
            .crumb(&back, "办件详情"),
        facts,
        back,
    })
}

fn page(me: &Me, form: Form, notice: Option<Notice>) -> ConfirmPage {
    let hint = "写明发生了什么、影响哪些信息、已采取的补救措施和对申请人的建议；原文发给每一位申请人。";
    ConfirmPage {
        frame: me
            .frame("告知申请人信息安全事件")
            .crumb("/agreements", "开放协议")
            .notice(notice)
            .wrong(form.is_wrong()),
        title: "告知申请人信息安全事件".to_owned(),
        words: vec![
            "发生或者可能发生申请人信息泄露、损毁、丢失、篡改的，应立即采取补救措施，并及时告知申请人。"
                .to_owned(),
        ],
        cite: Some(Yongzhou.art(33).into()),
        about: Pairs::new(),
        ask: Some(form.area("words", "告知内容").hint(hint)),
        revision: 0,
        href: "/applicants/warn".to_owned(),
        button: "告知全部申请人".to_owned(),
        is_danger: true,
        back: "/agreements".to_owned(),
        form,
    }
}

/// GET /applicants/warn
pub async fn warn_form(me: Me) -> Page {
    html(&page(&me, Form::empty(), None))
}

/// POST /applicants/warn
pub async fn warn(me: Me, State(city): State<City>, form: ProtectedForm) -> Page {
    let mut form = Form::of(form.open(&me)?);
    match applicants::warn(&city, &me.ctx, &form.values.text("words")).await {
        Ok(told) => {
            let notice = Notice::new(Tone::Green, "已告知。", format!("共告知 {told} 位申请人。"));
            html(&page(&me, Form::empty(), Some(notice)))
        }
        Err(refused) => {
            take(&mut form, refused)?;
            wrong(&page(&me, form, None))
        }
    }
}
