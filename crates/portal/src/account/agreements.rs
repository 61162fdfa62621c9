//! One agreement: its text, accepting it, and the key that is shown once.

use app::{
    City,
    agreements::{self, KeyShown, MyAgreement},
};
use axum::extract::{Path, State};
use rules::ids::AgreementId;
use web::{ui::Pairs, words};

use super::{
    session::{Account, Sent},
    show::{Act, Part, ShowPage},
};
use crate::problem::Page;

fn page(account: &Account, it: &MyAgreement, key: Option<&KeyShown>) -> Page {
    let mut page = ShowPage::new(account.frame(format!("开放利用协议 {}", it.number)), it.state);
    if let Some(key) = key {
        page = page
            .with(Part::Note(
                "请立即保存下面的访问密钥。密钥只显示这一次，平台不保存原文；遗失的，可以换发新密钥。"
                    .to_owned(),
            ))
            .with(Part::Code("访问密钥", key.secret.clone()));
    }
    let mut facts = Pairs::new()
        .with("数据集", it.title.clone())
        .with("提供部门", it.provider_name.clone())
        .with("截止日期", words::day_long(it.until))
        .with(
            "每日调用",
            format!(
                "不超过 {} 次，今日已用 {} 次",
                it.calls_per_day_max, it.calls_today
            ),
        )
        .with_some("暂停或终止的理由", it.reason.clone());
    if let Some(at) = it.accepted_at {
        facts = facts.with("确认时间", words::moment(at));
    }
    if let Some((prefix, at)) = &it.key {
        facts = facts.with("现用密钥", format!("{prefix}…，{} 签发", words::moment(*at)));
    }
    page = page
        .with(Part::Facts("协议概况", facts))
        .with(Part::Clauses("协议条款", it.text.clone()));
    let act = |words, deed: &str, button| Act {
        words,
        action: format!("/open/account/agreements/{}/{deed}", it.id),
        button,
        revision: it.revision,
        csrf: account.me.csrf.clone(),
        is_first: deed == "accept",
    };
    if it.may_accept {
        let words = "请仔细阅读协议条款。确认后协议生效，访问密钥将显示一次。";
        page = page.with(Part::Act(act(words, "accept", "同意协议并获取密钥")));
    }
    if it.accepted_at.is_some() {
        page = page.with(Part::Code("调用示例", example(account, it)));
    }
    if it.may_renew {
        let words = "密钥遗失或者可能泄露的，请立即换发；原密钥随即失效。";
        page = page.with(Part::Act(act(words, "key", "换发新密钥")));
    }
    page.page()
}

/// A call that would work, with the key to fill in.
fn example(account: &Account, it: &MyAgreement) -> String {
    let items: Vec<&String> = it.items.iter().take(5).collect();
    let body = serde_json::json!({ "items": items, "limit": 10 });
    format!(
        "curl -X POST '{}/api/open/v1/agreements/{}/query' \\\n  -H 'Authorization: Bearer （访问密钥）' \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'",
        account.visit.origin, it.id
    )
}

/// GET /open/account/agreements/{id}
pub async fn show(State(city): State<City>, account: Account, Path(id): Path<String>) -> Page {
    let it = agreements::show_mine(&city, &account.me, &AgreementId(id), account.visit.now).await?;
    page(&account, &it, None)
}

/// POST /open/account/agreements/{id}/accept
pub async fn accept(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let (me, now) = (&sent.account.me, sent.account.visit.now);
    let id = AgreementId(id);
    let key = agreements::accept(&city, me, &id, sent.fields.revision(), now).await?;
    let it = agreements::show_mine(&city, me, &id, now).await?;
    page(&sent.account, &it, Some(&key))
}

/// POST /open/account/agreements/{id}/key
pub async fn new_key(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let (me, now) = (&sent.account.me, sent.account.visit.now);
    let id = AgreementId(id);
    let key = agreements::new_key(&city, me, &id, sent.fields.revision(), now).await?;
    let it = agreements::show_mine(&city, me, &id, now).await?;
    page(&sent.account, &it, Some(&key))
}
