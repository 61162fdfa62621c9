//! One agreement: its text, accepting or declining it, its keys, each shown once, and its end.

use app::{
    City,
    agreements::{self, KeyShown, MyAgreement, MyKey},
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use rules::ids::{AgreementId, KeyId};
use web::{
    ui::{Form, Pairs},
    words,
};

use super::{
    form::{FormPage, Part as FormPart},
    session::{Account, Sent},
    show::{Act, Part, ShowPage},
};
use crate::problem::{Page, Problem};

fn page(account: &Account, it: &MyAgreement, key: Option<&KeyShown>) -> Page {
    let mut page = ShowPage::new(account.frame(format!("开放利用协议 {}", it.number)), it.state);
    if let Some(key) = key {
        page = page
            .with(Part::Note(
                "请立即保存下面的访问密钥。密钥只显示这一次，平台不保存原文；遗失的，请停用后换发新密钥。"
                    .to_owned(),
            ))
            .with(Part::Code("访问密钥", key.secret.clone()));
    }
    let mut facts = Pairs::new()
        .with("数据集", it.title.clone())
        .with("甲方（提供部门）", it.provider_name.clone())
        .with(
            "乙方（申请人）",
            format!("{}（{}）", it.applicant_name, account.me.number),
        )
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
    for key in &it.keys {
        let words = format!("{}…，{} 签发", key.shown, words::moment(key.created_at));
        facts = facts.with("有效密钥", words);
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
        let words = "原密钥在您停用之前继续有效，程序可以先换上新密钥。遗失或者可能泄露的密钥，请立即停用。";
        page = page.with(Part::Act(act(words, "key", "换发新密钥")));
    } else if it.accepted_at.is_some() && it.may_end {
        page = page.with(Part::Note(it.why_no_key.clone()));
    }
    let ways = ways(it);
    if !ways.is_empty() {
        page = page.with(Part::Links(ways));
    }
    page.page()
}

/// What else can be done: each key stopped, the agreement declined or ended.
fn ways(it: &MyAgreement) -> Vec<(String, String)> {
    let here = format!("/open/account/agreements/{}", it.id);
    let stop = |key: &MyKey| {
        (
            format!("{here}/keys/{}/revoke", key.id),
            format!("停用密钥 {}…", key.shown),
        )
    };
    let mut ways: Vec<(String, String)> = it.keys.iter().map(stop).collect();
    if it.may_end {
        let words = if it.may_accept {
            "不同意"
        } else {
            "提前终止协议"
        };
        ways.push((format!("{here}/end"), words.to_owned()));
    }
    ways
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

/// The page that asks once more before something that cannot be undone.
fn confirm(
    account: &Account,
    it: &MyAgreement,
    (title, lead): (&'static str, &'static str),
    deed: &str,
    about: Pairs,
) -> Page {
    let here = format!("/open/account/agreements/{}", it.id);
    FormPage::new(
        account
            .frame(title)
            .crumb(&here, format!("开放利用协议 {}", it.number)),
        Form::empty(),
        format!("{here}/{deed}"),
        "确认",
    )
    .lead(lead)
    .warning()
    .token(&account.me.csrf)
    .hidden("revision", it.revision.to_string())
    .with(FormPart::Pairs(about))
    .link(here, "返回协议")
    .page()
}

/// GET /open/account/agreements/{id}/keys/{key}/revoke
pub async fn revoke_form(
    State(city): State<City>,
    account: Account,
    Path((id, key)): Path<(String, String)>,
) -> Page {
    let it = agreements::show_mine(&city, &account.me, &AgreementId(id), account.visit.now).await?;
    let found = it.keys.iter().find(|it| it.id.as_str() == key);
    let found = found.ok_or(Problem::NotFound)?;
    let about = Pairs::new()
        .with("协议", it.number.clone())
        .with("密钥", format!("{}…", found.shown))
        .with("签发时间", words::moment(found.created_at));
    let words = (
        "停用访问密钥",
        "停用后立即失效，不能恢复。仍在使用它的程序会调用失败，请先换上新密钥。",
    );
    confirm(&account, &it, words, &format!("keys/{key}/revoke"), about)
}

/// POST /open/account/agreements/{id}/keys/{key}/revoke
pub async fn revoke(State(city): State<City>, Path((id, key)): Path<(String, String)>, sent: Sent) -> Page {
    let (me, now) = (&sent.account.me, sent.account.visit.now);
    let id = AgreementId(id);
    agreements::revoke_key(&city, me, &id, &KeyId(key), now).await?;
    Ok(Redirect::to(&format!("/open/account/agreements/{id}")).into_response())
}

/// GET /open/account/agreements/{id}/end
pub async fn end_form(State(city): State<City>, account: Account, Path(id): Path<String>) -> Page {
    let it = agreements::show_mine(&city, &account.me, &AgreementId(id), account.visit.now).await?;
    if !it.may_end {
        return Err(Problem::NotFound);
    }
    let about = Pairs::new()
        .with("协议", it.number.clone())
        .with("数据集", it.title.clone());
    let words = if it.may_accept {
        (
            "不同意协议",
            "不同意后，本次申请不再提供数据；如仍需要，应重新申请。",
        )
    } else {
        (
            "提前终止协议",
            "终止后密钥立即失效，不能恢复；如仍需要，应重新申请。已取得的数据仍应按协议保护。",
        )
    };
    confirm(&account, &it, words, "end", about)
}

/// POST /open/account/agreements/{id}/end
pub async fn end(State(city): State<City>, Path(id): Path<String>, sent: Sent) -> Page {
    let (me, now) = (&sent.account.me, sent.account.visit.now);
    let id = AgreementId(id);
    agreements::give_up(&city, me, &id, sent.fields.revision(), now).await?;
    Ok(Redirect::to(&format!("/open/account/agreements/{id}")).into_response())
}
