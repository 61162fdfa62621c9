//! Applicants sign in and out.

use app::{City, applicants};
use axum::{
    Form as Posted,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Redirect},
};
use web::{
    form::Fields,
    ui::{Form, Notice, Tone},
};

use super::{
    form::{FormPage, Part, noted},
    session::{Sent, cookie, local, private},
};
use crate::{frame::Frame, guard::Limit, pages::search::Params, problem::Page, visit::Visit};

/// Sign-ins tried from one address within an hour at most; each costs a slow hash.
static TRIES: Limit = Limit::an_hour(60);

fn page(visit: &Visit, form: Form, notice: Option<Notice>) -> Page {
    let frame = Frame::new(visit, "申请人登录")
        .crumb("/open", "首页")
        .notice(notice);
    FormPage::new(frame, form.clone(), "/open/account/sign-in", "登录")
        .lead("申请有条件开放的数据、查看办理结果，需要先登录。下载无条件开放的数据不需要登录。")
        .hidden("next", form.value("next"))
        .with(Part::Field(
            form.field("email", "电子邮箱")
                .kind("email")
                .fills("username")
                .medium(),
        ))
        .with(Part::Field(
            form.field("password", "密码")
                .kind("password")
                .fills("current-password")
                .medium(),
        ))
        .link("/open/account/forgot", "忘记密码")
        .link("/open/account/register", "还没有账号，注册")
        .page()
}

/// What was just done. None of it tells whether an address is known.
fn done(what: &str, has_letters: bool) -> Option<Notice> {
    let (title, text) = match (what, has_letters) {
        ("registered", true) => (
            "请查收邮件",
            "邮件已发送到您填写的电子邮箱。请打开邮件中的链接完成注册；没有收到的，请查看垃圾邮件箱。",
        ),
        ("registered", false) => (
            "注册申请已受理",
            "请用电子邮箱和密码登录。该邮箱以前注册过的，仍用原来的密码。",
        ),
        ("forgot", _) => (
            "请查收邮件",
            "该电子邮箱注册过的，重设密码的链接已经发送；没有收到的，请查看垃圾邮件箱，或者核对邮箱后再试。",
        ),
        ("reset", _) => ("密码已重设", "请用新密码登录。"),
        ("moved", _) => ("电子邮箱已更换", "请用新邮箱登录。"),
        ("erased", _) => ("账号已注销", "您登记的个人信息已永久删除。"),
        ("out", _) => ("已退出登录", ""),
        _ => return None,
    };
    Some(Notice::new(Tone::Green, title, text))
}

/// GET /open/account/sign-in
pub async fn form(visit: Visit, State(city): State<City>, Query(params): Query<Params>) -> Page {
    let get = |name: &str| params.get(name).map_or("", |it| it.as_str());
    let notice = done(get("done"), city.writes_letters());
    page(
        &visit,
        Form::of(Fields::new().with("next", local(get("next")))),
        notice,
    )
}

/// POST /open/account/sign-in
pub async fn send(
    visit: Visit,
    State(city): State<City>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Page {
    TRIES.pass(&visit)?;
    let fields = Fields::from(fields);
    let (email, password) = (fields.trimmed("email"), fields.get("password"));
    let next = local(fields.get("next"));
    match applicants::sign_in(&city, email, password, visit.now).await {
        Ok(session) => {
            let cookie = [(header::SET_COOKIE, cookie(&visit).set(&session.token))];
            Ok(private((cookie, Redirect::to(next)).into_response()))
        }
        Err(refused) => {
            // The password is never sent back.
            let kept = Fields::new().with("email", email).with("next", next);
            page(&visit, noted(Form::of(kept), refused)?, None)
        }
    }
}

/// POST /open/account/sign-out
pub async fn leave(State(city): State<City>, sent: Sent) -> Page {
    applicants::sign_out(&city, &sent.account.token, sent.account.visit.now).await?;
    let cookie = [(header::SET_COOKIE, cookie(&sent.account.visit).set(""))];
    Ok(private(
        (cookie, Redirect::to("/open/account/sign-in?done=out")).into_response(),
    ))
}
