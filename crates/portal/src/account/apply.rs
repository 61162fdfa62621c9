//! Applying for a conditional set: ask, check the answers, confirm (art. 26).

use app::{
    City, Refused,
    open_requests::{self, Application, MONTHS_MAX, Offer},
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use rules::{applicant::Field, procedure::open_request::HANDLE};
use web::{
    form::{CSRF, Fields},
    ui::{Choice, Form, Pairs, choices},
    words,
};

use super::{
    form::{FormPage, Part, noted},
    session::{Account, Sent},
};
use crate::problem::Page;

/// What was typed; numbers that are none read as 0, which the city refuses at their field.
fn application(fields: &Fields) -> Application {
    Application {
        field: Field::parse(fields.get("field")).unwrap_or(Field::Other),
        purpose: fields.text("purpose"),
        safeguards: fields.text("safeguards"),
        frequency: fields.text("frequency"),
        items: fields.all("items").map(str::to_owned).collect(),
        calls_per_day: fields.trimmed("calls_per_day").parse().unwrap_or(0),
        months: fields.trimmed("months").parse().unwrap_or(0),
    }
}

fn form_page(account: &Account, offer: &Offer, form: Form) -> Page {
    let items = offer.items.iter().map(|it| {
        let choice = Choice::new(&it.name, &it.title);
        if it.veiled.is_empty() {
            choice
        } else {
            choice.hint(&it.veiled)
        }
    });
    let fields = choices(Field::ALL.iter().map(|it| (it.name(), it.label())));
    let set = Pairs::new()
        .with_link(
            "数据集",
            offer.title.clone(),
            format!("/dataset/{}", words::encoded(&offer.name)),
        )
        .with("提供部门", offer.provider_name.clone())
        .with_some("开放条件", offer.conditions.clone());
    FormPage::new(
        account.frame("申请有条件开放的数据"),
        form.clone(),
        "/open/account/apply",
        "核对申请",
    )
    .lead(format!(
        "政务部门{}处理；同意的，通过协议授权开放；不同意的，说明理由（《办法》第二十六条）。",
        words::within(&HANDLE, account.visit.today())
    ))
    .token(&account.me.csrf)
    .hidden("dataset", &offer.name)
    .with(Part::Pairs(set))
    .with(Part::Radios(form.radios("field", "利用领域", fields)))
    .with(Part::Area(
        form.area("purpose", "使用目的")
            .hint("数据用来做什么、做成什么、为谁服务。请勿填写个人信息。"),
    ))
    .with(Part::Boxes(
        form.checkboxes("items", "需要的信息项", items.collect())
            .columns(),
    ))
    .with(Part::Area(
        form.area("safeguards", "安全保障措施")
            .hint("数据存放在哪里、谁能接触、如何防止泄露、用完如何处理。"),
    ))
    .with(Part::Area(
        form.area("frequency", "使用频率")
            .hint("例如：每个工作日更新一次。")
            .rows(2),
    ))
    .with(Part::Field(form.field("calls_per_day", "每日调用次数").digits()))
    .with(Part::Field(
        form.field("months", "使用期限（月）")
            .hint(format!("不超过{MONTHS_MAX}个月。"))
            .digits(),
    ))
    .page()
}

/// GET /open/account/apply/{name}
pub async fn form(State(city): State<City>, account: Account, Path(name): Path<String>) -> Page {
    let offer = open_requests::offer(&city, &name).await?;
    let mut fields = Fields::new()
        .with("field", Field::Innovation.name())
        .with("calls_per_day", "1000")
        .with("months", "12");
    for item in &offer.items {
        fields.push("items", &item.name);
    }
    form_page(&account, &offer, Form::of(fields))
}

/// POST /open/account/apply
pub async fn check(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let offer = open_requests::offer(&city, fields.get("dataset")).await?;
    if fields.has("back") {
        return form_page(&account, &offer, Form::of(fields));
    }
    match open_requests::check(&city, &offer.name, application(&fields)).await {
        Ok(asked) => check_page(&account, &offer, &fields, &asked),
        Err(refused) => form_page(&account, &offer, noted(Form::of(fields), refused)?),
    }
}

fn check_page(account: &Account, offer: &Offer, fields: &Fields, asked: &Application) -> Page {
    let title = |name: &String| {
        let found = offer.items.iter().find(|it| it.name == *name);
        found.map_or_else(|| name.clone(), |it| it.title.clone())
    };
    let items: Vec<String> = asked.items.iter().map(title).collect();
    let answers = Pairs::new()
        .with("数据集", offer.title.clone())
        .with("提供部门", offer.provider_name.clone())
        .with("利用领域", asked.field.label())
        .with("使用目的", asked.purpose.clone())
        .with("需要的信息项", items.join("、"))
        .with("安全保障措施", asked.safeguards.clone())
        .with("使用频率", asked.frequency.clone())
        .with("每日调用次数", asked.calls_per_day.to_string())
        .with("使用期限", format!("{}个月", asked.months));
    let mut page = FormPage::new(
        account.frame("核对申请"),
        Form::empty(),
        "/open/account/apply/confirm",
        "提交申请",
    )
    .lead("请核对填写的内容。提交后由提供部门办理，答复前可以撤回。")
    .back("/open/account/apply")
    .token(&account.me.csrf)
    .with(Part::Pairs(answers));
    for (name, value) in fields.iter().filter(|(name, _)| *name != CSRF) {
        page = page.hidden(name, value);
    }
    page.page()
}

/// POST /open/account/apply/confirm
pub async fn send(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let (name, now) = (fields.get("dataset"), account.visit.now);
    match open_requests::apply(&city, &account.me, name, application(&fields), now).await {
        Ok(case) => Ok(Redirect::to(&format!("/open/account/requests/{case}")).into_response()),
        Err(refused) => again(&city, &account, fields, refused).await,
    }
}

async fn again(city: &City, account: &Account, fields: Fields, refused: Refused) -> Page {
    let offer = open_requests::offer(city, fields.get("dataset")).await?;
    form_page(account, &offer, noted(Form::of(fields), refused)?)
}
