//! 我的数据产品: an applicant registers what he made of open data; the platform makes the citations (art. 26).

use app::{
    City,
    products::{self, Maker, NewProduct, ProductCard},
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::{ids::ProductId, product::State as Stands};
use web::{
    form::Fields,
    ui::{Choice, Form, Pairs, Suggestions},
    words,
};

use super::{
    form::{FormPage, Part as FormPart, noted},
    session::{Account, Sent},
    show::{Part, ShowPage, cell, link},
};
use crate::problem::{Page, Problem};

fn maker(account: &Account) -> Maker<'_> {
    Maker::Applicant(&account.me, account.visit.now)
}

/// GET /open/account/products
pub async fn list(State(city): State<City>, account: Account) -> Page {
    let mine = products::mine(&city, maker(&account)).await?;
    let mut page = ShowPage::new(
        account.frame("我的数据产品"),
        "登记利用开放数据开发的产品，经审核后在“应用成果”中展示。产品应注明数据来源和获取日期。",
    );
    let rows = mine.iter().map(|it| {
        let words = if it.reason.is_empty() {
            it.state.label().to_owned()
        } else {
            format!("{}：{}", it.state.label(), it.reason)
        };
        let name = match it.state {
            Stands::Returned => link(&it.name, format!("/open/account/products/{}", it.id)),
            Stands::Published => link(&it.name, format!("/open/products#{}", it.id)),
            _ => cell(&it.name),
        };
        vec![
            cell(&it.number),
            name,
            cell(words),
            cell(words::moment(it.created_at)),
        ]
    });
    page = page
        .with(Part::Links(vec![(
            "/open/account/products/new".to_owned(),
            "登记新的数据产品".to_owned(),
        )]))
        .with(Part::Table(
            "产品",
            vec!["编号", "名称", "状态", "登记时间"],
            rows.collect(),
        ));
    for it in &mine {
        let citations: Vec<String> = it.sources.iter().map(|it| it.citation.clone()).collect();
        page = page.with(Part::Words(format!(
            "{}的引用声明：\n{}",
            it.name,
            citations.join("\n")
        )));
        let here = format!("/open/account/products/{}", it.id);
        let mut ways = Vec::new();
        if it.state == Stands::Returned {
            ways.push((here.clone(), format!("修改“{}”并重新提交", it.name)));
        }
        if it.state.leads_to(Stands::Withdrawn) {
            ways.push((format!("{here}/withdraw"), format!("撤下“{}”", it.name)));
        }
        if !ways.is_empty() {
            page = page.with(Part::Links(ways));
        }
    }
    page.page()
}

async fn form_page(city: &City, account: &Account, form: Form, action: String, why: &str) -> Page {
    let sets = products::sets_to_name(city, maker(account)).await?;
    let sets = sets.into_iter().map(|it| Choice::new(it.words, it.about));
    let mut page = FormPage::new(account.frame("登记数据产品"), form.clone(), action, "提交审核")
        .lead("产品名称、说明、链接和署名在审核通过后公开显示，请勿填写其他个人信息。")
        .token(&account.me.csrf)
        .hidden("revision", form.value("revision"));
    if !why.is_empty() {
        page = page.with(FormPart::Pairs(Pairs::new().with("退回的理由", why)));
    }
    page = page
        .with(FormPart::Field(form.field("name", "产品名称").medium()))
        .with(FormPart::Area(
            form.area("summary", "产品说明")
                .hint("是什么、为谁服务、用到了哪些数据。"),
        ))
        .with(FormPart::Field(form.field("link", "链接").kind("url").optional()))
        .with(FormPart::Field(
            form.field("byline", "公开署名")
                .hint("审核通过后公开显示，可以用单位名称或者笔名。")
                .medium(),
        ))
        .with(FormPart::Heading("所利用的数据集"))
        .with(FormPart::Suggestions(Suggestions {
            id: SETS,
            choices: sets.collect(),
        }));
    for i in 0..lines(&form.values) {
        let set = form.field(&set_field(i), &format!("数据集{}", i + 1)).list(SETS);
        let day = form.field(&day_field(i), &format!("数据集{}的获取日期", i + 1));
        let (mut set, mut day) = (set, day.kind("date").short());
        if i == 0 {
            set = set.hint("从列表中选择，或者填写数据集的名称、信息资源代码或者网址。");
        } else {
            (set, day) = (set.optional(), day.optional());
        }
        page = page.with(FormPart::Field(set)).with(FormPart::Field(day));
    }
    page.more("还有其他数据集").page()
}

/// What the fields of the sets offer.
const SETS: &str = "sets";

/// Lines for sets that a form has at first, and how many more are given at a time.
const LINES: usize = 3;

fn set_field(i: usize) -> String {
    format!("sources.{i}.set")
}

fn day_field(i: usize) -> String {
    format!("sources.{i}.day")
}

/// How many lines for sets the form shows.
fn lines(fields: &Fields) -> usize {
    let sent = (0..).take_while(|i| fields.has(&set_field(*i))).count();
    sent.max(LINES)
}

/// GET /open/account/products/new
pub async fn form(State(city): State<City>, account: Account) -> Page {
    let action = "/open/account/products/new".to_owned();
    form_page(&city, &account, Form::empty(), action, "").await
}

/// What was typed; lines for sets that say nothing are forgotten, and a set without its day is told at its field.
fn product(fields: &Fields) -> (Form, NewProduct) {
    let mut kept = Fields::new();
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with("sources.")) {
        kept.push(name, value);
    }
    let sent: Vec<(&str, &str)> = (0..lines(fields))
        .map(|i| (fields.trimmed(&set_field(i)), fields.trimmed(&day_field(i))))
        .filter(|(set, day)| !set.is_empty() || !day.is_empty())
        .collect();
    for (i, (set, day)) in sent.iter().enumerate() {
        kept.push(set_field(i), *set);
        kept.push(day_field(i), *day);
    }
    let mut form = Form::of(kept);
    let mut sources = Vec::new();
    for (i, (set, day)) in sent.iter().enumerate() {
        if set.is_empty() {
            form.wrong(&set_field(i), "请填写数据集。");
        }
        match day.parse::<Date>() {
            Ok(day) => sources.push(((*set).to_owned(), day)),
            Err(_) if day.is_empty() => form.wrong(&day_field(i), "请填写获取日期。"),
            Err(_) => form.wrong(&day_field(i), "获取日期应写成 2026-03-02 的样子。"),
        }
    }
    let new = NewProduct {
        name: fields.trimmed("name").to_owned(),
        summary: fields.text("summary"),
        link: fields.trimmed("link").to_owned(),
        byline: fields.trimmed("byline").to_owned(),
        sources,
    };
    (form, new)
}

/// The form with more lines for sets.
fn with_more(mut form: Form) -> Form {
    let filled = (0..).take_while(|i| form.values.has(&set_field(*i))).count();
    for i in filled..filled.max(LINES) + LINES {
        form.values.push(set_field(i), "");
        form.values.push(day_field(i), "");
    }
    form.errors.clear();
    form
}

/// POST /open/account/products/new
pub async fn send(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let action = "/open/account/products/new".to_owned();
    let (mut form, new) = product(&fields);
    if fields.has("more") {
        return form_page(&city, &account, with_more(form), action, "").await;
    }
    if !form.is_wrong() {
        match products::register(&city, maker(&account), new).await {
            Ok(_) => return Ok(Redirect::to("/open/account/products").into_response()),
            Err(refused) => form = noted(form, refused)?,
        }
    }
    form_page(&city, &account, form, action, "").await
}

async fn own(city: &City, account: &Account, id: &str) -> Result<ProductCard, Problem> {
    let mine = products::mine(city, maker(account)).await?;
    mine.into_iter()
        .find(|it| it.id.as_str() == id)
        .ok_or(Problem::NotFound)
}

/// GET /open/account/products/{id}
pub async fn edit(State(city): State<City>, account: Account, Path(id): Path<String>) -> Page {
    let it = own(&city, &account, &id).await?;
    let mut fields = Fields::new()
        .with("revision", it.revision.to_string())
        .with("name", it.name)
        .with("summary", it.summary)
        .with("link", it.link)
        .with("byline", it.byline);
    for (i, it) in it.sources.into_iter().enumerate() {
        // One that is open no more has no name left; its line asks for another.
        fields.push(set_field(i), it.name.unwrap_or_default());
        fields.push(day_field(i), it.acquired_on.to_string());
    }
    let action = format!("/open/account/products/{id}");
    form_page(&city, &account, Form::of(fields), action, &it.reason).await
}

/// POST /open/account/products/{id}
pub async fn resend(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let action = format!("/open/account/products/{id}");
    let why = own(&city, &account, &id).await?.reason;
    let (mut form, new) = product(&fields);
    if fields.has("more") {
        return form_page(&city, &account, with_more(form), action, &why).await;
    }
    if !form.is_wrong() {
        match products::resubmit(&city, maker(&account), &ProductId(id), fields.revision(), new).await {
            Ok(()) => return Ok(Redirect::to("/open/account/products").into_response()),
            Err(refused) => form = noted(form, refused)?,
        }
    }
    form_page(&city, &account, form, action, &why).await
}

/// GET /open/account/products/{id}/withdraw
pub async fn withdraw_form(State(city): State<City>, account: Account, Path(id): Path<String>) -> Page {
    let it = own(&city, &account, &id).await?;
    let action = format!("/open/account/products/{id}/withdraw");
    FormPage::new(account.frame("撤下数据产品"), Form::empty(), action, "确认撤下")
        .lead("撤下后不再展示，也不能恢复。")
        .warning()
        .token(&account.me.csrf)
        .hidden("revision", it.revision.to_string())
        .with(FormPart::Pairs(
            Pairs::new().with("编号", it.number).with("产品", it.name),
        ))
        .link("/open/account/products", "不撤下，返回")
        .page()
}

/// POST /open/account/products/{id}/withdraw
pub async fn withdraw(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    products::withdraw(&city, maker(&account), &ProductId(id), fields.revision()).await?;
    Ok(Redirect::to("/open/account/products").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_nothing_are_forgotten_and_a_day_that_is_missing_is_told_at_its_line() {
        let sent = Fields::new()
            .with("sources.0.set", "")
            .with("sources.0.day", "")
            .with("sources.1.set", "公交线路")
            .with("sources.1.day", "2026-03-02")
            .with("sources.2.set", "3070211171/000003")
            .with("sources.2.day", "");
        let (form, new) = product(&sent);
        assert_eq!(
            new.sources,
            [("公交线路".to_owned(), "2026-03-02".parse().unwrap())]
        );
        assert_eq!(form.value("sources.0.set"), "公交线路");
        assert!(form.error("sources.1.day").is_some() && form.error("sources.0.day").is_none());
        assert_eq!(lines(&with_more(form).values), 6);
    }
}
