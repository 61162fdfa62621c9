//! An applicant registers: told first what is collected, why, and who may read it (art. 33).

use app::{
    City,
    applicants::{self, Details, NewApplicant},
    portal,
};
use axum::{
    Form as Posted,
    extract::State,
    response::{IntoResponse, Redirect},
};
use rules::{
    applicant::{CONSENT, Kind},
    password,
};
use web::{
    form::Fields,
    ui::{Form, choices},
};

use super::form::{FormPage, Part, noted};
use crate::{
    frame::Frame,
    guard::{self, Limit},
    problem::Page,
    visit::Visit,
};

/// Registrations tried from one address within an hour at most.
static TRIES: Limit = Limit::an_hour(20);
/// What the form is called in its token.
const REGISTER: &str = "register";

/// The lines of what is registered; the same when it is registered and when it is changed.
pub fn parts(mut page: FormPage, form: &Form, kind: Option<Kind>, about_email: &'static str) -> FormPage {
    let (name, identity) = match kind {
        Some(Kind::Person) => ("姓名", "公民身份号码"),
        Some(Kind::Organisation) => ("单位名称", "统一社会信用代码"),
        None => ("姓名或单位名称", "公民身份号码或统一社会信用代码"),
    };
    page = page
        .with(Part::Field(form.field("name", name).fills("name").medium()))
        .with(Part::Field(form.field("identity", identity).medium()));
    if kind != Some(Kind::Person) {
        let contact = form.field("contact", "联系人").hint("个人不用填写。").medium();
        page = page.with(Part::Field(contact));
    }
    page.with(Part::Field(
        form.field("phone", "联系电话").kind("tel").fills("tel").medium(),
    ))
    .with(Part::Field(
        form.field("email", "电子邮箱")
            .kind("email")
            .fills("email")
            .hint(about_email)
            .medium(),
    ))
    .with(Part::Field(
        form.field("address", "通信地址")
            .fills("street-address")
            .optional(),
    ))
}

/// What was typed of a registration.
pub fn details(fields: &Fields) -> Details {
    let text = |name: &str| fields.trimmed(name).to_owned();
    Details {
        name: text("name"),
        identity: text("identity"),
        contact: text("contact"),
        phone: text("phone"),
        email: text("email"),
        address: text("address"),
    }
}

fn page(city: &City, visit: &Visit, form: Form) -> Page {
    let frame = Frame::new(visit, "申请人注册").crumb("/open", "首页");
    let kinds = choices(Kind::ALL.iter().map(|it| (it.name(), it.label())));
    let page = FormPage::new(frame, form.clone(), "/open/account/register", "注册")
        .lead("申请有条件开放的数据需要注册。下载无条件开放的数据不需要注册。")
        .hidden(
            guard::TOKEN,
            guard::token(&portal::form_key(city), REGISTER, visit.now),
        )
        .with(Part::Heading("个人信息收集使用说明"))
        .with(Part::List(CONSENT.iter().map(|it| (*it).to_owned()).collect()))
        .with(Part::Heading("登记信息"))
        .with(Part::Radios(form.radios("kind", "申请人类型", kinds).inline()));
    let about_email = if city.writes_letters() {
        "用于登录和接收办理结果。注册后请打开发到这个邮箱的链接完成确认。"
    } else {
        "用于登录。平台没有配置邮件服务：邮箱不需要确认，办理结果请登录查看，忘记密码时不能用邮件重设。"
    };
    parts(page, &form, None, about_email)
        .with(Part::Field(
            form.field("password", "密码")
                .kind("password")
                .fills("new-password")
                .hint(password::hint())
                .medium(),
        ))
        .with(Part::Boxes(
            form.tick("consents", "我已阅读并同意上述个人信息收集使用说明"),
        ))
        .link("/open/account/sign-in", "已有账号，登录")
        .page()
}

/// GET /open/account/register
pub async fn form(visit: Visit, State(city): State<City>) -> Page {
    page(
        &city,
        &visit,
        Form::of(Fields::new().with("kind", Kind::Person.name())),
    )
}

/// POST /open/account/register
pub async fn send(
    visit: Visit,
    State(city): State<City>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Page {
    TRIES.pass(&visit)?;
    let fields = Fields::from(fields);
    let new = NewApplicant {
        kind: Kind::parse(fields.get("kind")).unwrap_or(Kind::Person),
        details: details(&fields),
        password: fields.get("password").to_owned(),
        consents: fields.has("consents"),
    };
    // The password is never sent back.
    let mut kept = Fields::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "password") {
        kept.push(name, value);
    }
    let mut form = Form::of(kept);
    let key = portal::form_key(&city);
    if let Err(fault) = guard::check(&key, REGISTER, &fields, visit.now) {
        form.wrong("", fault.words());
        return page(&city, &visit, form);
    }
    match applicants::register(&city, new, visit.now).await {
        Ok(()) => Ok(Redirect::to("/open/account/sign-in?done=registered").into_response()),
        Err(refused) => page(&city, &visit, noted(form, refused)?),
    }
}
