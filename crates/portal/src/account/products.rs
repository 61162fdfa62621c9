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
use web::{form::Fields, ui::Form, words};

use super::{
    form::{FormPage, Part as FormPart, noted},
    session::{Account, Sent},
    show::{Act, Part, ShowPage, cell, link},
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
            Stands::Published => link(&it.name, format!("/open/products/{}", it.id)),
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
        .with(Part::Table(
            "产品",
            vec!["编号", "名称", "状态", "登记时间"],
            rows.collect(),
        ))
        .with(Part::Links(vec![(
            "/open/account/products/new".to_owned(),
            "登记新的数据产品".to_owned(),
        )]));
    for it in &mine {
        let citations: Vec<String> = it.sources.iter().map(|it| it.citation.clone()).collect();
        page = page.with(Part::Words(format!(
            "{}的引用声明：\n{}",
            it.name,
            citations.join("\n")
        )));
        if it.state.leads_to(Stands::Withdrawn) {
            page = page.with(Part::Act(Act {
                words: "撤下后不再展示，也不能恢复。",
                action: format!("/open/account/products/{}/withdraw", it.id),
                button: "撤下",
                revision: it.revision,
                csrf: account.me.csrf.clone(),
                is_first: false,
            }));
        }
    }
    page.page()
}

fn form_page(account: &Account, form: Form, action: String) -> Page {
    FormPage::new(account.frame("登记数据产品"), form.clone(), action, "提交审核")
        .lead("产品名称、说明、链接和署名在审核通过后公开显示，请勿填写其他个人信息。")
        .token(&account.me.csrf)
        .hidden("revision", form.value("revision"))
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
        .with(FormPart::Area(
            form.area("sources", "所利用的数据集和获取日期")
                .hint("每行一个：数据集名称或网址，空格，获取日期，例如 307021000000-000001 2026-03-02。"),
        ))
        .page()
}

/// GET /open/account/products/new
pub async fn form(account: Account) -> Page {
    form_page(&account, Form::empty(), "/open/account/products/new".to_owned())
}

/// What was typed; a line that has no day is told at its field.
fn product(fields: &Fields) -> Result<NewProduct, String> {
    let mut sources = Vec::new();
    for line in fields.lines("sources") {
        sources.push(source(&line).ok_or_else(|| {
            format!("“{line}”不能识别。请写数据集名称、空格和获取日期，例如 307021000000-000001 2026-03-02。")
        })?);
    }
    Ok(NewProduct {
        name: fields.trimmed("name").to_owned(),
        summary: fields.text("summary"),
        link: fields.trimmed("link").to_owned(),
        byline: fields.trimmed("byline").to_owned(),
        sources,
    })
}

/// A line of the form: what people paste, the address of the set or its name, and a day.
fn source(line: &str) -> Option<(String, Date)> {
    let (name, day) = line.trim().rsplit_once(char::is_whitespace)?;
    let name = name.trim();
    let name = name.split_once("/dataset/").map_or(name, |it| it.1);
    let name = name.split(['/', '?', '#']).next()?;
    Some((name.to_owned(), day.parse().ok()?))
}

/// POST /open/account/products/new
pub async fn send(State(city): State<City>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let action = "/open/account/products/new".to_owned();
    let new = match product(&fields) {
        Ok(new) => new,
        Err(words) => {
            let mut form = Form::of(fields);
            form.wrong("sources", words);
            return form_page(&account, form, action);
        }
    };
    match products::register(&city, maker(&account), new).await {
        Ok(_) => Ok(Redirect::to("/open/account/products").into_response()),
        Err(refused) => form_page(&account, noted(Form::of(fields), refused)?, action),
    }
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
    let sources: Vec<String> = it
        .sources
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it.name.as_deref().unwrap_or("（已停止开放）"),
                it.acquired_on
            )
        })
        .collect();
    let fields = Fields::new()
        .with("revision", it.revision.to_string())
        .with("name", it.name)
        .with("summary", it.summary)
        .with("link", it.link)
        .with("byline", it.byline)
        .with("sources", sources.join("\n"));
    form_page(&account, Form::of(fields), format!("/open/account/products/{id}"))
}

/// POST /open/account/products/{id}
pub async fn resend(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let Sent { account, fields } = sent;
    let action = format!("/open/account/products/{id}");
    let new = match product(&fields) {
        Ok(new) => new,
        Err(words) => {
            let mut form = Form::of(fields);
            form.wrong("sources", words);
            return form_page(&account, form, action);
        }
    };
    match products::resubmit(&city, maker(&account), &ProductId(id), fields.revision(), new).await {
        Ok(()) => Ok(Redirect::to("/open/account/products").into_response()),
        Err(refused) => form_page(&account, noted(Form::of(fields), refused)?, action),
    }
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
    fn a_source_is_a_name_or_an_address_and_a_day() {
        let day: Date = "2026-03-02".parse().unwrap();
        let name = "307021000000-000001".to_owned();
        for line in [
            "307021000000-000001 2026-03-02",
            " https://data.example.org/dataset/307021000000-000001?x=1  2026-03-02 ",
        ] {
            assert_eq!(source(line), Some((name.clone(), day)), "{line}");
        }
        assert_eq!(source("307021000000-000001"), None);
        assert_eq!(source("307021000000-000001 昨天"), None);
    }
}
