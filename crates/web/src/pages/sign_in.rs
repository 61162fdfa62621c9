//! Signing in and out, and the own password.

use app::{City, people};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

use super::take;
use crate::{
    edge::Instant,
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    session::{Address, Me, local},
    ui::{Form, Notice, Tone},
};

/// The door.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
}

/// The own password and duties.
#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
    /// Who it is: name, organisation, roles.
    pub me: crate::ui::Pairs,
    /// The form of the address notices are sent to besides.
    pub mail: Form,
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    #[serde(default)]
    left: Option<String>,
    #[serde(default)]
    lost: Option<String>,
}

/// GET /sign-in
pub async fn form(me: Option<Me>, State(city): State<City>, Query(query): Query<Next>) -> Page {
    if me.is_some() {
        return go(local(&query.next));
    }
    let notice = if people::is_empty(&city).await? {
        let words = "请在服务器上运行 yishu admin create，创建第一个系统管理员，然后用该账号登录。";
        Some(Notice::new(Tone::Amber, "平台还没有任何账号", words))
    } else if query.left.is_some() {
        Some(Notice::new(Tone::Green, "您已退出登录", ""))
    } else if query.lost.is_some() {
        let words = "登录已过期，刚才填写的内容没有提交，也没有保存。登录后会回到填写的页面，请重新填写。";
        Some(Notice::new(Tone::Amber, "刚才的内容没有提交", words))
    } else if query.next.len() > 1 {
        Some(Notice::new(
            Tone::Accent,
            "请先登录",
            "登录后会回到您要打开的页面。",
        ))
    } else {
        None
    };
    let form = Form::of(Fields::new().with("next", local(&query.next)));
    html(&SignInPage {
        frame: Frame::public("登录").notice(notice),
        form,
    })
}

/// POST /sign-in. There is no session whose token the form could carry; the edge turns away posts of other sites.
pub async fn send(
    State(city): State<City>,
    Extension(address): Extension<Address>,
    Extension(Instant(now)): Extension<Instant>,
    axum::Form(fields): axum::Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields::from(fields);
    let mut form = Form::of(fields.clone());
    form.require("login", "请输入账号。");
    if fields.get("password").is_empty() {
        form.wrong("password", "请输入密码。");
    }
    if !form.is_wrong() {
        match people::sign_in(&city, fields.trimmed("login"), fields.get("password"), now).await {
            Ok(signed) => {
                let to = if signed.must_change_password {
                    "/password"
                } else {
                    local(fields.get("next"))
                };
                let cookie = address.cookie().set(&signed.token);
                return Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response());
            }
            // Locked and disabled accounts are refused as forbidden; here that is said at the form.
            Err(refused) if refused.status == app::Status::Forbidden => form.wrong("", refused.words),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&SignInPage {
        frame: Frame::public("登录").wrong(true),
        form,
    })
}

/// POST /sign-out
pub async fn leave(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    posted.open(&me)?;
    people::sign_out(&city, me.token(), me.ctx.now).await?;
    let cookie = me.address.cookie().set("");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in?left=1")).into_response())
}

pub(crate) fn password_page(me: &Me, form: Form) -> PasswordPage {
    let mut frame = me.frame("账号与密码").wrong(form.is_wrong());
    if me.must_change_password {
        let words = "初始密码由管理员设置。请改为只有您自己知道的密码，然后继续。";
        frame = frame.notice(Some(Notice::new(Tone::Amber, "请先修改初始密码", words)));
    }
    let roles = frame
        .person
        .as_ref()
        .map(|it| it.roles.clone())
        .unwrap_or_default();
    let actor = &me.ctx.actor;
    let pairs = crate::ui::Pairs::new()
        .with("姓名", &actor.name)
        .with("机构", &actor.org.name)
        .with("职责", roles);
    PasswordPage {
        frame,
        form,
        me: pairs,
        mail: Form::empty(),
    }
}

impl PasswordPage {
    /// With the address as it stands.
    async fn with_email(mut self, city: &City, me: &Me) -> Result<PasswordPage, app::Refused> {
        let email = people::own_email(city, &me.ctx).await?.unwrap_or_default();
        self.mail = Form::of(Fields::new().with("email", &email));
        Ok(self)
    }
}

/// GET /password
pub async fn password(me: Me, State(city): State<City>, Query(done): Query<super::Done>) -> Page {
    let mut page = password_page(&me, Form::empty()).with_email(&city, &me).await?;
    if done.is("mail") {
        let words = "平台配置了邮件服务的，通知同时发送到这个邮箱；通知随时可以在平台内查看。";
        page.frame.notice = Some(Notice::new(Tone::Green, "邮箱已保存", words));
    }
    if done.is("changed") {
        page.frame.notice = Some(Notice::new(
            Tone::Green,
            "密码已修改",
            "您在其他设备上的登录已全部退出。",
        ));
    }
    html(&page)
}

/// POST /password
pub async fn change(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let fields = posted.open(&me)?;
    let mut form = Form::empty();
    if fields.get("old").is_empty() {
        form.wrong("old", "请输入现在的密码。");
    }
    if fields.get("new").is_empty() {
        form.wrong("new", "请输入新密码。");
    } else if fields.get("new") != fields.get("again") {
        form.wrong("again", "两次输入的新密码不一致，请重新输入。");
    }
    if !form.is_wrong() {
        let changed =
            people::change_password(&city, &me.ctx, me.token(), fields.get("old"), fields.get("new")).await;
        match changed {
            Ok(()) => {
                return go(if me.must_change_password {
                    "/"
                } else {
                    "/password?done=changed"
                });
            }
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&password_page(&me, form).with_email(&city, &me).await?)
}

/// POST /password/email
pub async fn email(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    match people::set_own_email(&city, &me.ctx, form.value("email")).await {
        Ok(()) => return go("/password?done=mail"),
        Err(refused) => take(&mut form, refused)?,
    }
    let mut page = password_page(&me, Form::empty());
    page.frame = page.frame.wrong(true);
    page.mail = form;
    wrong(&page)
}
