//! The whole way of one datum, as people at their desks go it: catalogued, delivered, found, applied for, granted,
//! called, stopped. A real browser on the real binary, scripts off; screenshots of every stage are kept.

use std::path::{Path, PathBuf};

use e2e::{Browser, City, Result};
use serde_json::{Value, json};

const TITLE: &str = "乡级区划地名代码";

fn townships() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/yishu/data/townships.csv")
        .canonicalize()
        .expect("the data")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_datum_goes_from_a_spreadsheet_to_an_audited_call() -> Result {
    let city = City::start();
    let mut browser = Browser::open(&city, "story", false).await?;
    browser.visit("/sign-in").await?;
    browser.shot("sign-in").await?;
    let entry = catalogued(&city, &mut browser).await?;
    reviewed(&city, &mut browser, &entry).await?;
    delivered(&city, &mut browser, &entry).await?;
    let grant = shared(&city, &mut browser).await?;
    let key = keyed(&city, &mut browser).await?;
    let (status, answer) = call(&city, &grant, &key);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["rows"][0]["name"], "东华门街道", "{answer}");
    stopped(&city, &mut browser, &grant).await?;
    let (status, answer) = call(&city, &grant, &key);
    assert_eq!(
        (status, &answer["error"]["code"]),
        (403, &json!("grant-suspended")),
        "{answer}"
    );
    noted(&city, &mut browser).await
}

async fn catalogued(city: &City, browser: &mut Browser) -> Result<String> {
    browser.sign_in(city, "minzheng").await?;
    browser.shot("to-do").await?;
    browser.follow("编制新目录").await?;
    browser.set("title", TITLE).await?;
    browser.attach("file", &townships()).await?;
    browser.shot("upload").await?;
    browser.press("上传并识别信息项").await?;
    browser.sees("从样表识别出 5 个信息项").await?;
    let entry = browser.path().await?.trim_end_matches("/items").to_owned();
    browser.set("items.0.title", "乡级区划代码").await?;
    browser.set("items.1.title", "名称").await?;
    browser.shot("items").await?;
    browser.press("保存并填写元数据").await?;
    browser
        .set("class_path", "部门政务信息资源 / 民政 / 区划地名")
        .await?;
    browser
        .set("summary", "全国乡级行政区划的统计用区划代码和名称，2023年。")
        .await?;
    browser.shot("naming").await?;
    browser.press("保存并继续").await?;
    browser.set("person", "陈静").await?;
    browser.set("phone", "0746-8321234").await?;
    browser.press("保存并继续").await?;
    browser.tick("share", "conditional").await?;
    browser
        .set("share_reason", "区划调整期间，须按最小必要提供。")
        .await?;
    browser
        .set("share_conditions", "说明履职用途；不得转供第三方。")
        .await?;
    browser.shot("share").await?;
    browser.press("保存并继续").await?;
    browser.tick("open", "unconditional").await?;
    browser.press("保存并继续").await?;
    browser.set("usage_scope", "全市各级政务部门").await?;
    browser.press("保存并继续").await?;
    browser.sees("提交前还缺 1 处").await?;
    browser.shot("missing").await?;
    browser.visit(&format!("{entry}/edit/share")).await?;
    browser.set("share_basis", "《行政区划管理条例》第三条。").await?;
    browser.press("保存并返回清单").await?;
    submit(browser, &entry).await?;
    Ok(entry)
}

async fn submit(browser: &mut Browser, entry: &str) -> Result {
    browser.visit(&format!("{entry}/submit")).await?;
    browser.shot("check-and-submit").await?;
    browser.press("提交审核").await?;
    browser.sees("已提交审核").await
}

/// Opens the to-do list and takes `step` in the case about our entry.
async fn take_up(city: &City, browser: &Browser, user: &str, step: &str) -> Result {
    browser.sign_in(city, user).await?;
    browser.visit("/").await?;
    let row = format!(
        "//tr[contains(., '{TITLE}')]//a[starts-with(normalize-space(), '{step}')] | //li[contains(., '{TITLE}')]//a[starts-with(normalize-space(), '{step}')] | //article[contains(., '{TITLE}')]//a[starts-with(normalize-space(), '{step}')]"
    );
    match browser.client().find(fantoccini::Locator::XPath(&row)).await {
        Ok(found) => browser.leave_by(found).await,
        Err(_) => Err(format!("{user} finds no “{step}” for {TITLE}:\n{}", browser.text().await?).into()),
    }
}

async fn confirmed(city: &City, browser: &mut Browser) -> Result {
    take_up(city, browser, "fuban", "确认共享类型").await?;
    browser.shot("confirm").await?;
    browser.press("确认共享类型").await?;
    browser.sees("已办理：确认共享类型").await
}

async fn reviewed(city: &City, browser: &mut Browser, entry: &str) -> Result {
    confirmed(city, browser).await?;
    browser.sign_in(city, "shenhe").await?;
    browser.visit("/").await?;
    browser.shot("reviewers-to-do").await?;
    take_up(city, browser, "shenhe", "退回修改").await?;
    browser
        .set("reason.summary", "请写明数据来源于哪个系统。")
        .await?;
    browser.shot("send-back").await?;
    browser.press("退回修改").await?;
    browser.sees("已办理：退回修改").await?;

    browser.sign_in(city, "minzheng").await?;
    browser.visit(&format!("{entry}/edit/naming")).await?;
    browser.sees("请写明数据来源于哪个系统。").await?;
    browser.shot("sent-back").await?;
    browser
        .set(
            "summary",
            "全国乡级行政区划的统计用区划代码和名称，来源于国家统计局公布数据，2023年。",
        )
        .await?;
    browser.press("保存并返回清单").await?;
    submit(browser, entry).await?;
    confirmed(city, browser).await?;
    take_up(city, browser, "shenhe", "审核通过并发布").await?;
    browser.shot("publish").await?;
    browser.press("审核通过并发布").await?;
    browser.sees("已办理：审核通过并发布").await?;
    browser.shot("published").await
}

async fn delivered(city: &City, browser: &mut Browser, entry: &str) -> Result {
    let file = city.data.join("townships-with-faults.csv");
    let mut rows = std::fs::read_to_string(townships())?;
    rows.push_str("999999999,无此省份,999999,99,9999\n110101001,重复的街道,110101,11,1101\n");
    std::fs::write(&file, rows)?;
    browser.sign_in(city, "minzheng").await?;
    browser.visit(&format!("{entry}/deliver")).await?;
    browser.shot("deliver").await?;
    browser.set("batch", "2026-首批").await?;
    browser.attach("file", &file).await?;
    browser.press("上传并校验").await?;
    browser.waits_for("已入库").await?;
    browser.sees("主键重复").await?;
    browser.sees("41,352").await?;
    browser.shot("delivered").await?;
    browser.visit(entry).await?;
    browser.shot("entry").await
}

async fn shared(city: &City, browser: &mut Browser) -> Result<String> {
    browser.sign_in(city, "yibao").await?;
    browser.visit("/entries?q=地名").await?;
    browser.sees(TITLE).await?;
    browser.shot("found").await?;
    browser.follow(TITLE).await?;
    browser.follow("申请使用").await?;
    for item in ["code", "name", "areaCode"] {
        browser.tick("items", item).await?;
    }
    browser
        .set("purpose_text", "参保登记时规范填报乡镇街道。")
        .await?;
    browser
        .set("duty", "《社会保险法》第八条：社会保险经办机构提供社会保险服务。")
        .await?;
    browser.set("system", "医保参保登记系统").await?;
    browser.set("frequency", "窗口办件时逐件查询").await?;
    browser.shot("apply").await?;
    browser.press("下一步：核对申请内容").await?;
    browser.shot("check-answers").await?;
    browser.press("提交申请").await?;
    browser.sees("已办理：提交申请").await?;
    browser.shot("case-with-clock").await?;
    let case = browser.path().await?;

    take_up(city, browser, "minzheng.head", "提出意见").await?;
    browser.tick("opinion", "agree").await?;
    browser.set("words", "同意按申请提供。").await?;
    browser.shot("opinion").await?;
    browser.press("提出意见").await?;
    take_up(city, browser, "shenhe", "同意并授权").await?;
    browser.set("calls_per_day_max", "5000").await?;
    browser.shot("grant-terms").await?;
    browser.press("同意并授权").await?;
    browser.sees("已办理：同意并授权").await?;
    browser.shot("granted").await?;
    browser.sign_in(city, "yibao").await?;
    browser.visit(&case).await?;
    browser.follow("打开授权").await?;
    browser.sees("5,000").await?;
    browser.shot("grant").await?;
    let path = browser.path().await?;
    Ok(path.rsplit('/').next().unwrap_or_default().to_owned())
}

async fn keyed(city: &City, browser: &mut Browser) -> Result<String> {
    browser.sign_in(city, "yibao").await?;
    browser.visit("/systems").await?;
    browser.set("name", "医保参保窗口系统").await?;
    browser.press("登记").await?;
    let link = "//*[self::section or self::article or self::li or self::tr][contains(., '医保参保窗口系统')]//a[contains(., '生成密钥')]";
    let link = browser.client().find(fantoccini::Locator::XPath(link)).await?;
    browser.leave_by(link).await?;
    browser.set("days", "90").await?;
    browser.press("生成").await?;
    browser.sees("密钥只显示这一次").await?;
    browser.shot("key-shown-once").await?;
    let text = browser.text().await?;
    let key = text
        .split_whitespace()
        .find(|it| it.starts_with("yk_"))
        .ok_or("no key is shown")?;
    Ok(key.to_owned())
}

fn call(city: &City, grant: &str, key: &str) -> (u16, Value) {
    let call = json!({
        "method": "POST", "path": format!("/api/v1/grants/{grant}/query"),
        "headers": { "authorization": format!("Bearer {key}"), "content-type": "application/json" },
        "body": { "purpose": "basis", "matter": "办件-2026-0001", "where": { "code": "110101001" } },
    });
    let (status, body) = city.make(&call);
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

async fn stopped(city: &City, browser: &mut Browser, grant: &str) -> Result {
    browser.sign_in(city, "minzheng.head").await?;
    browser.visit("/grants").await?;
    browser.shot("who-uses-what").await?;
    browser.visit(&format!("/grants/{grant}")).await?;
    browser.shot("usage").await?;
    browser.follow("暂停提供").await?;
    browser
        .set("reason", "发现查询与申请用途不符，请说明情况。")
        .await?;
    browser.shot("suspend").await?;
    browser.press("确认暂停提供").await?;
    browser.sees("已暂停").await?;
    browser.shot("suspended").await
}

async fn noted(city: &City, browser: &mut Browser) -> Result {
    take_up(city, browser, "shenhe", "阅处").await?;
    browser.shot("report").await?;
    browser.sign_in(city, "shenji").await?;
    browser.visit("/evidence").await?;
    browser.shot("evidence").await?;
    browser.size(390, 844).await?;
    browser.sign_in(city, "shenhe").await?;
    browser.visit("/").await?;
    browser.shot("phone-to-do").await?;
    browser.visit("/entries").await?;
    browser.shot("phone-catalogue").await
}
