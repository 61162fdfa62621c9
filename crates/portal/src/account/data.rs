//! 我的信息: everything that is kept about an applicant, to see, to put right, to take along, to have erased (art. 33).

use app::{
    City,
    applicants::{self, Changed},
    own_data,
};
use axum::{
    extract::{Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect},
};
use web::{
    form::Fields,
    ui::{Form, Notice, Pairs, Tone},
    words,
};

use super::{
    form::{FormPage, Part as FormPart, noted},
    register::{details, parts},
    session::{Account, Sent, cookie, private},
    show::{Act, Part, ShowPage, cell},
};
use crate::{
    pages::search::Params,
    problem::{Page, Problem},
};

/// GET /open/account/data
pub async fn show(State(city): State<City>, account: Account, Query(params): Query<Params>) -> Page {
    let kept = own_data::kept(&city, &account.me).await?;
    let it = &kept.details;
    let facts = Pairs::new()
        .with("申请人编号", kept.number.clone())
        .with("类型", kept.kind.label())
        .with("姓名或单位名称", it.name.clone())
        .with("证件号码或统一社会信用代码", it.identity.clone())
        .with("联系人", it.contact.clone())
        .with("联系电话", it.phone.clone())
        .with("电子邮箱", it.email.clone())
        .with("通信地址", it.address.clone())
        .with("注册时间", words::moment(kept.registered_at))
        .with("同意的告知版本", kept.consent.clone());
    let looks = kept.looks.into_iter().map(|it| {
        vec![
            cell(words::moment(it.at)),
            cell(it.org_name),
            cell(it.case_number),
        ]
    });
    let of = |list: Vec<(String, String)>| list.into_iter().map(|(a, b)| vec![cell(a), cell(b)]).collect();
    let cases = kept
        .cases
        .into_iter()
        .map(|(a, b, c)| vec![cell(a), cell(b), cell(c)]);
    let notice = match params.get("done").map(String::as_str) {
        Some("saved") => Some(("已保存", "")),
        Some("moving") => Some(("请查收邮件", "其他内容已保存；新邮箱在您打开邮件中的链接后生效。")),
        Some("password") => Some(("密码已修改", "您在其他设备上的登录已全部退出。")),
        _ => None,
    };
    let notice = notice.map(|(title, text)| Notice::new(Tone::Green, title, text));
    let links = [
        ("/open/account/data/change", "更正登记信息"),
        ("/open/account/data/password", "修改密码"),
        ("/open/account/data/erase", "注销账号，永久删除个人信息"),
    ];
    let links = links.map(|(href, words)| (href.to_owned(), words.to_owned()));
    let export = Act {
        words: "导出平台保存的关于您的全部信息（JSON 文件）。",
        action: "/open/account/data/export".to_owned(),
        button: "导出我的信息",
        revision: kept.revision,
        csrf: account.me.csrf.clone(),
        is_first: true,
    };
    ShowPage::new(
        account.frame("我的信息").notice(notice),
        "登记信息加密保存，仅办理您的申请的工作人员可以查看，每次查看均留痕。",
    )
    .with(Part::Facts("登记信息", facts))
    .with(Part::Links(links.to_vec()))
    .with(Part::Table(
        "谁查看过",
        vec!["时间", "部门", "办件"],
        looks.collect(),
    ))
    .with(Part::Table(
        "申请",
        vec!["编号", "数据集", "状态"],
        cases.collect(),
    ))
    .with(Part::Table("协议", vec!["编号", "数据集"], of(kept.agreements)))
    .with(Part::Table("数据产品", vec!["编号", "名称"], of(kept.products)))
    .with(Part::Act(export))
    .page()
}

fn change_page(city: &City, account: &Account, form: Form) -> Page {
    let frame = account.frame("更正登记信息");
    let page = FormPage::new(frame, form.clone(), "/open/account/data/change", "保存")
        .token(&account.me.csrf)
        .hidden("revision", form.value("revision"));
    let about_email = if city.writes_letters() {
        "用于登录和接收办理结果。更换的，打开发到新邮箱的链接后生效。"
    } else {
        "用于登录。平台没有配置邮件服务，更换后立即生效，请仔细核对。"
    };
    parts(page, &form, Some(account.me.kind), about_email).page()
}

/// GET /open/account/data/change
pub async fn form(State(city): State<City>, account: Account) -> Page {
    let kept = own_data::kept(&city, &account.me).await?;
    let it = kept.details;
    let fields = Fields::new()
        .with("revision", kept.revision.to_string())
        .with("name", it.name)
        .with("identity", it.identity)
        .with("contact", it.contact)
        .with("phone", it.phone)
        .with("email", it.email)
        .with("address", it.address);
    change_page(&city, &account, Form::of(fields))
}

/// POST /open/account/data/change
pub async fn change(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let new = details(&fields);
    match applicants::change(&city, &account.me, fields.revision(), new, account.visit.now).await {
        Ok(Changed::Saved) => Ok(Redirect::to("/open/account/data?done=saved").into_response()),
        Ok(Changed::AddressWaits) => Ok(Redirect::to("/open/account/data?done=moving").into_response()),
        Err(refused) => change_page(&city, &account, noted(Form::of(fields), refused)?),
    }
}

fn password_page(account: &Account, form: Form) -> Page {
    let field =
        |name, label, fills| FormPart::Field(form.field(name, label).kind("password").fills(fills).medium());
    let (old, new) = (
        field("old", "原密码", "current-password"),
        field("new", "新密码", "new-password"),
    );
    FormPage::new(
        account.frame("修改密码"),
        form,
        "/open/account/data/password",
        "修改密码",
    )
    .token(&account.me.csrf)
    .with(old)
    .with(new)
    .page()
}

/// GET /open/account/data/password
pub async fn password_form(account: Account) -> Page {
    password_page(&account, Form::empty())
}

/// POST /open/account/data/password
pub async fn password(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let both = (fields.get("old"), fields.get("new"));
    match applicants::change_password(&city, &account.me, &account.token, both, account.visit.now).await {
        Ok(()) => Ok(Redirect::to("/open/account/data?done=password").into_response()),
        Err(refused) => password_page(&account, noted(Form::empty(), refused)?),
    }
}

/// POST /open/account/data/export
pub async fn export(State(city): State<City>, sent: Sent) -> Page {
    let file = own_data::export(&city, &sent.account.me, sent.account.visit.now).await?;
    let name = format!("attachment; filename=\"{}\"", file.name);
    let name = HeaderValue::from_str(&name).map_err(|it| Problem::Internal(it.to_string()))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok(private((headers, file.body).into_response()))
}

/// What goes when an applicant leaves.
const GONE: &[&str] = &[
    "您登记的姓名或名称、证件号码、联系人、电话、邮箱、地址和密码。",
    "您在申请中写的使用目的、安全保障措施、使用频率，包括协议中引用的用途。",
    "您登记的数据产品的名称、说明、链接和署名。",
    "发给您的通知和尚未发出的邮件，您的全部登录。",
];

/// What is done besides.
const DONE: &[&str] = &[
    "办理中的申请视为撤回。",
    "生效的开放利用协议终止，密钥失效。",
    "已发布的数据产品撤下。",
];

/// What stays, and why.
const KEPT: &[&str] = &[
    "申请的编号、数据集、信息项、办理步骤和时间，部门的意见和答复，协议的编号、期限和其余条款，定期跟踪情况：这是部门履行《办法》第二十六条职责的记录，监督检查（第三十八条）时要用；其中只有申请人编号，编号不再对应任何人。",
    "调用次数、查看登记信息的记录、账号办理事项的存证：只有编号和时间，没有内容；存证日志防篡改，不能删改。",
];

fn lines(words: &[&str]) -> FormPart {
    FormPart::List(words.iter().map(|it| (*it).to_owned()).collect())
}

fn erase_page(account: &Account, form: Form) -> Page {
    let password = form
        .field("password", "密码")
        .kind("password")
        .fills("current-password")
        .medium();
    FormPage::new(
        account.frame("注销账号"),
        form,
        "/open/account/data/erase",
        "永久注销",
    )
    .token(&account.me.csrf)
    .lead("注销后不能恢复。需要留底的，请先导出我的信息。")
    .with(FormPart::Heading("立即永久删除"))
    .with(lines(GONE))
    .with(FormPart::Heading("同时办理"))
    .with(lines(DONE))
    .with(FormPart::Heading("保留什么，为什么"))
    .with(lines(KEPT))
    .with(FormPart::Field(password))
    .warning()
    .link("/open/account/data", "先导出我的信息")
    .link("/open/account/data", "不注销，返回")
    .page()
}

/// GET /open/account/data/erase
pub async fn erase_form(account: Account) -> Page {
    erase_page(&account, Form::empty())
}

/// POST /open/account/data/erase
pub async fn erase(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    match own_data::erase(&city, &account.me, fields.get("password"), account.visit.now).await {
        Ok(()) => {
            let cookie = [(header::SET_COOKIE, cookie(&account.visit).set(""))];
            Ok(private(
                (cookie, Redirect::to("/open/account/sign-in?done=erased")).into_response(),
            ))
        }
        Err(refused) => erase_page(&account, noted(Form::empty(), refused)?),
    }
}
