//! One-time links from letters: an address is confirmed, a forgotten password is set anew (art. 33).
//!
//! A link is opened by a post: programs that look at mail before people do open it with a get.

use app::{City, Refused, Status, applicants, portal};
use axum::{
    Form as Posted,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
};
use rules::{applicant::LinkKind, password};
use web::{form::Fields, ui::Form};

use super::{
    form::{FormPage, Part, noted},
    session::{cookie, private},
    show::{self, ShowPage},
};
use crate::{
    frame::Frame,
    guard::{self, Limit},
    problem::Page,
    visit::Visit,
};

/// Letters asked for, and links opened, from one address within an hour at most.
static TRIES: Limit = Limit::an_hour(30);
/// What the form is called in its token.
const FORGOT: &str = "forgot";

fn frame(visit: &Visit, title: &str) -> Frame {
    Frame::new(visit, title)
        .crumb("/open", "首页")
        .crumb("/open/account/sign-in", "申请人登录")
}

fn forgot_page(city: &City, visit: &Visit, form: Form) -> Page {
    let frame = frame(visit, "忘记密码");
    if !city.writes_letters() {
        return ShowPage::new(frame, "")
            .with(show::Part::Words(
                "平台没有配置邮件服务，不能用邮件重设密码。请联系市政务数据主管部门。".to_owned(),
            ))
            .with(links(&[SIGN_IN, REGISTER]))
            .page();
    }
    FormPage::new(frame, form.clone(), "/open/account/forgot", "发送重设密码的邮件")
        .lead("请输入注册时填写的电子邮箱，重设密码的链接会发到这个邮箱。")
        .hidden(
            guard::TOKEN,
            guard::token(&portal::form_key(city), FORGOT, visit.now),
        )
        .with(Part::Field(
            form.field("email", "电子邮箱")
                .kind("email")
                .fills("username")
                .medium(),
        ))
        .link("/open/account/sign-in", "返回登录")
        .page()
}

const SIGN_IN: (&str, &str) = ("/open/account/sign-in", "返回登录");
const REGISTER: (&str, &str) = ("/open/account/register", "注册");
const RESET: (&str, &str) = ("/open/account/forgot", "重设密码");

fn links(links: &[(&str, &str)]) -> show::Part {
    show::Part::Links(
        links
            .iter()
            .map(|(href, words)| ((*href).to_owned(), (*words).to_owned()))
            .collect(),
    )
}

/// GET /open/account/forgot
pub async fn forgot_form(visit: Visit, State(city): State<City>) -> Page {
    forgot_page(&city, &visit, Form::empty())
}

/// POST /open/account/forgot: the same answer whether the address is known or not.
pub async fn forgot(
    visit: Visit,
    State(city): State<City>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Page {
    TRIES.pass(&visit)?;
    let fields = Fields::from(fields);
    let mut form = Form::of(Fields::new().with("email", fields.trimmed("email")));
    form.require("email", "请填写电子邮箱。");
    if !form.is_wrong()
        && let Err(fault) = guard::check(&portal::form_key(&city), FORGOT, &fields, visit.now)
    {
        form.wrong("", fault.words());
    }
    if form.is_wrong() {
        return forgot_page(&city, &visit, form);
    }
    match applicants::forgot(&city, fields.trimmed("email"), visit.now).await {
        Ok(()) => Ok(Redirect::to("/open/account/sign-in?done=forgot").into_response()),
        Err(refused) => forgot_page(&city, &visit, noted(form, refused)?),
    }
}

/// The page behind a link, by what the link is for.
fn link_page(visit: &Visit, kind: LinkKind, form: Form) -> Page {
    let frame = frame(visit, kind.label());
    let secret = |name, label, fills| form.field(name, label).kind("password").fills(fills).medium();
    let (button, lead) = match kind {
        LinkKind::Reset => ("设置新密码", "设置后，此前的登录全部退出，请用新密码登录。"),
        LinkKind::Confirm => ("确认邮箱并登录", "请输入注册时设置的密码，完成注册。"),
        LinkKind::Move | LinkKind::Known => ("确认更换", "确认后，请用新邮箱登录和接收办理结果。"),
    };
    let page = FormPage::new(frame, form.clone(), visit.place(), button).lead(lead);
    match kind {
        LinkKind::Reset => page.with(Part::Field(
            secret("new", "新密码", "new-password").hint(password::hint()),
        )),
        LinkKind::Confirm => page.with(Part::Field(secret("password", "密码", "current-password"))),
        LinkKind::Move | LinkKind::Known => page,
    }
    .page()
}

/// A link that is good no more: what to do instead.
fn or_dead(visit: &Visit, refused: Refused) -> Page {
    if refused.code != "dead-link" {
        return Err(refused.into());
    }
    let mut page = ShowPage::new(frame(visit, "链接已失效"), "")
        .with(show::Part::Words(refused.words))
        .with(links(&[SIGN_IN, REGISTER, RESET]))
        .page()?;
    *page.status_mut() = StatusCode::GONE;
    Ok(page)
}

/// GET /open/account/link/{id}/{secret}
pub async fn form(
    visit: Visit,
    State(city): State<City>,
    Path((id, secret)): Path<(String, String)>,
) -> Page {
    match applicants::link(&city, &id, &secret, visit.now).await {
        Ok(kind) => link_page(&visit, kind, Form::empty()),
        Err(refused) => or_dead(&visit, refused),
    }
}

/// POST /open/account/link/{id}/{secret}
pub async fn send(
    visit: Visit,
    State(city): State<City>,
    Path((id, secret)): Path<(String, String)>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Page {
    TRIES.pass(&visit)?;
    let fields = Fields::from(fields);
    let now = visit.now;
    let kind = match applicants::link(&city, &id, &secret, now).await {
        Ok(kind) => kind,
        Err(refused) => return or_dead(&visit, refused),
    };
    let done = match kind {
        LinkKind::Confirm => {
            let signed = applicants::confirm(&city, &id, &secret, fields.get("password"), now).await;
            signed.map(|it| ("/open/account", Some(it.token)))
        }
        LinkKind::Reset => {
            let reset = applicants::reset(&city, &id, &secret, fields.get("new"), now).await;
            reset.map(|()| ("/open/account/sign-in?done=reset", None))
        }
        LinkKind::Move | LinkKind::Known => {
            let moved = applicants::settle_move(&city, &id, &secret, now).await;
            moved.map(|()| ("/open/account/sign-in?done=moved", None))
        }
    };
    match done {
        Ok((to, None)) => Ok(private(Redirect::to(to).into_response())),
        Ok((to, Some(token))) => {
            let cookie = [(header::SET_COOKIE, cookie(&visit).set(&token))];
            Ok(private((cookie, Redirect::to(to)).into_response()))
        }
        Err(refused) if refused.status == Status::Invalid && refused.code == "dead-link" => {
            or_dead(&visit, refused)
        }
        Err(refused) => link_page(&visit, kind, noted(Form::empty(), refused)?),
    }
}
