//! 申请人: somebody registers, applies for a conditional set, accepts the agreement, calls with its key, takes along
//! what is kept about him, and has it erased (art. 26, art. 33).

use e2e::{Browser, City, Result};
use fantoccini::Locator;
use serde_json::{Value, json};

use super::{as_anybody, said, shelf, take_up};

/// Who applies.
pub struct Applicant {
    kind: &'static str,
    name: &'static str,
    /// The first 17 characters of the number; the last is its check.
    number: &'static str,
    contact: &'static str,
    email: &'static str,
}

/// A person.
pub const PERSON: Applicant = Applicant {
    kind: "person",
    name: "卢清和",
    number: "43110219900817003",
    contact: "",
    email: "luqinghe@example.org",
};

/// A company.
pub const COMPANY: Applicant = Applicant {
    kind: "organisation",
    name: "永州舜水咨询有限公司",
    number: "91431103520000355",
    contact: "蒋工",
    email: "data@shunshui.example",
};

const SET: &str = "新建商品住宅成交明细（有条件开放）";
const PASSWORD: &str = "Shunhuangshan-2026";
const PURPOSE: &str = "为县域住房需求研究提供月度基线。";
const CONDITIONS: &str = "成果发布前送我单位核对口径。";

impl Applicant {
    fn identity(&self) -> String {
        let check = match self.kind {
            "person" => synthetic::identity_check(self.number),
            _ => synthetic::credit_check(self.number),
        };
        format!("{}{check}", self.number)
    }
}

/// The whole way.
pub async fn story(city: &City, scripts: bool, who: &Applicant) -> Result {
    let mut browser = Browser::open(city, &shelf("applicant", scripts), scripts).await?;
    registered(&mut browser, who).await?;
    let request = applied(&mut browser).await?;
    let case = request.replace("/open/account/requests/", "/cases/");
    decided(city, &mut browser, who, &case).await?;
    let (agreement, key) = accepted(&mut browser, who, &request).await?;
    let (status, answer) = call(city, &agreement, &key);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["rows"][0]["code"], "431124", "{answer}");
    exported(&mut browser, who).await?;
    erased(&mut browser, who).await?;
    let (status, answer) = call(city, &agreement, &key);
    assert!(matches!(status, 401 | 403), "{status} {answer}");
    Ok(())
}

async fn registered(browser: &mut Browser, who: &Applicant) -> Result {
    browser.visit("/open/account").await?;
    browser.follow("还没有账号，注册").await?;
    browser.sees("个人信息收集使用说明").await?;
    browser.press("注册").await?;
    browser.looks_well("missing").await?;
    browser.tick("kind", who.kind).await?;
    browser.set("name", who.name).await?;
    browser.set("identity", &who.identity()).await?;
    browser.set("contact", who.contact).await?;
    browser.set("phone", "13907461234").await?;
    browser.set("email", who.email).await?;
    browser.set("password", PASSWORD).await?;
    let consent = browser
        .client()
        .find(Locator::Css("input[name=consents]"))
        .await?;
    consent.click().await?;
    browser.press("注册").await?;
    browser.sees("注册申请已受理").await?;
    browser.looks_well("registered").await?;
    browser.enter(who.email, PASSWORD).await
}

async fn applied(browser: &mut Browser) -> Result<String> {
    browser.visit("/dataset?kind=conditional").await?;
    browser.follow(SET).await?;
    browser.sees("个工作日").await?;
    browser.follow("申请使用").await?;
    browser.press("核对申请").await?;
    browser.looks_well("incomplete").await?;
    browser.tick("field", "governance").await?;
    browser.set("purpose", PURPOSE).await?;
    browser
        .set("safeguards", "内网加密磁盘存放，专人保管，用毕删除。")
        .await?;
    browser.set("frequency", "每月更新后获取一次。").await?;
    browser.looks_well("application").await?;
    browser.press("核对申请").await?;
    browser.sees(PURPOSE).await?;
    browser.looks_well("check-answers").await?;
    browser.press("提交申请").await?;
    browser.sees("答复期限").await?;
    browser.sees(PURPOSE).await?;
    browser.looks_well("applied").await?;
    browser.path().await
}

/// The department looks at who asks, which is on record, and its head agrees.
async fn decided(city: &City, browser: &mut Browser, who: &Applicant, case: &str) -> Result {
    browser.sign_in(city, "zhujian.head").await?;
    browser.visit(case).await?;
    browser.sees(PURPOSE).await?;
    browser.sees_no(&who.identity()).await?;
    browser.looks_well("case").await?;
    browser.press("查看申请人登记信息").await?;
    browser.sees(&who.identity()).await?;
    browser.looks_well("applicant-shown").await?;
    take_up(city, browser, "zhujian.head", case, "agree").await?;
    browser.set("conditions", CONDITIONS).await?;
    browser.looks_well("terms").await?;
    browser.press("同意并授权开放").await?;
    browser.sees("已办理：同意并授权开放").await?;
    browser.looks_well("agreed").await
}

async fn accepted(browser: &mut Browser, who: &Applicant, request: &str) -> Result<(String, String)> {
    browser.enter(who.email, PASSWORD).await?;
    browser.sees("同意开放").await?;
    browser.looks_well("account").await?;
    browser.visit(request).await?;
    browser.looks_well("answered").await?;
    browser.follow("查看开放利用协议").await?;
    browser.sees(CONDITIONS).await?;
    let path = browser.path().await?;
    browser.looks_well("agreement").await?;
    browser.press("同意协议并获取密钥").await?;
    browser.sees("密钥只显示这一次").await?;
    browser.looks_well("key").await?;
    let key = said(browser, "main pre").await?;
    assert!(key.starts_with("ya_"), "{key}");
    browser.visit(&path).await?;
    browser.sees_no(&key).await?;
    Ok((path.rsplit('/').next().unwrap_or_default().to_owned(), key))
}

/// Calls under the agreement.
fn call(city: &City, agreement: &str, key: &str) -> (u16, Value) {
    let call = json!({
        "method": "POST", "path": format!("/api/open/v1/agreements/{agreement}/query"),
        "headers": { "authorization": format!("Bearer {key}"), "content-type": "application/json" },
        "body": { "where": { "code": "431124" }, "limit": 5 },
    });
    let (status, body) = city.make(&call);
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// Everything that is kept, with who looked at it, to see and to take along.
async fn exported(browser: &mut Browser, who: &Applicant) -> Result {
    browser.visit("/open/account").await?;
    browser.follow_like("我的信息").await?;
    browser.sees(&who.identity()).await?;
    browser.sees("永州市住房和城乡建设局").await?;
    browser.looks_well("kept").await?;
    let file = browser
        .download("//button[normalize-space()='导出我的信息']")
        .await?;
    let kept: Value = serde_json::from_slice(&file)?;
    let text = kept.to_string();
    for it in [who.name, who.email, &who.identity(), PURPOSE] {
        assert!(text.contains(it), "{it} is not in the export: {text}");
    }
    Ok(())
}

/// Nothing that names him is left, and nobody enters with his password.
async fn erased(browser: &mut Browser, who: &Applicant) -> Result {
    browser.visit("/open/account/data").await?;
    browser.follow("注销账号，永久删除个人信息").await?;
    browser.set("password", "不是这个密码").await?;
    browser.press("永久注销").await?;
    browser.looks_well("wrong-password").await?;
    browser.set("password", PASSWORD).await?;
    browser.press("永久注销").await?;
    browser.sees("账号已注销").await?;
    browser.looks_well("erased").await?;
    as_anybody(browser).await?;
    browser.visit("/open/account/sign-in").await?;
    browser.set("email", who.email).await?;
    browser.set("password", PASSWORD).await?;
    browser.press("登录").await?;
    browser.sees_no("退出登录").await?;
    browser.looks_well("no-entry").await
}
