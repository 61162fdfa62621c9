//! 我的申请: what an applicant has asked for and been granted, and what he was told.

use app::{
    City,
    agreements::{self, MyAgreement},
    notices::{self, NoticeLine},
    open_requests::{self, MyCase},
};
use axum::extract::State;
use web::words;

use super::{
    session::Account,
    show::{Act, Cell, Part, ShowPage, cell, link},
};
use crate::problem::Page;

fn request(it: MyCase) -> Vec<Cell> {
    let due = match it.due {
        Some(due) if it.is_late => format!("{}（已超期）", words::day(due)),
        Some(due) => words::day(due),
        None => it
            .closed_at
            .map_or_else(String::new, |at| format!("{}办结", words::moment(at))),
    };
    vec![
        link(it.number, format!("/open/account/requests/{}", it.id)),
        cell(it.title),
        cell(it.provider_name),
        cell(it.state.label),
        cell(words::moment(it.opened_at)),
        cell(due),
    ]
}

fn agreement(it: MyAgreement) -> Vec<Cell> {
    vec![
        link(it.number, format!("/open/account/agreements/{}", it.id)),
        cell(it.title),
        cell(it.state),
        cell(words::day(it.until)),
    ]
}

fn told(it: NoticeLine) -> Vec<Cell> {
    let said = if it.why.is_empty() {
        it.words
    } else {
        format!("{} {}", it.words, it.why)
    };
    vec![cell(words::moment(it.at)), link(said, it.href)]
}

/// GET /open/account
pub async fn show(State(city): State<City>, account: Account) -> Page {
    let (me, now) = (&account.me, account.visit.now);
    let requests = open_requests::mine(&city, me, now).await?;
    let agreements = agreements::mine(&city, me, now).await?;
    let notices = notices::list_of(&city, me.id.as_str(), None, false).await?;
    let links = [
        ("/dataset?kind=conditional", "查找有条件开放的数据集"),
        ("/open/account/data", "我的信息：查看、更正、导出、注销"),
        ("/open/account/products", "我的数据产品"),
    ];
    let links = links.map(|(href, words)| (href.to_owned(), words.to_owned()));
    let leave = Act {
        words: "离开公用电脑前请退出登录。",
        action: "/open/account/sign-out".to_owned(),
        button: "退出登录",
        revision: 0,
        csrf: me.csrf.clone(),
        is_first: false,
    };
    ShowPage::new(
        account.frame("我的申请"),
        format!("申请人{}（{}）", me.number, me.kind.label()),
    )
    .with(Part::Links(links.to_vec()))
    .with(Part::Table(
        "申请",
        vec!["编号", "数据集", "提供部门", "状态", "提交时间", "答复期限"],
        requests.into_iter().map(request).collect(),
    ))
    .with(Part::Table(
        "开放利用协议",
        vec!["编号", "数据集", "状态", "截止日期"],
        agreements.into_iter().map(agreement).collect(),
    ))
    .with(Part::Table(
        "通知",
        vec!["时间", "内容"],
        notices.lines.into_iter().map(told).collect(),
    ))
    .with(Part::Act(leave))
    .page()
}
