//! 异议: somebody who does not say who he is objects, and follows it to its answer (art. 34).

use e2e::{Browser, City, Result};
use fantoccini::Locator;

use super::{as_anybody, said, shelf, take_up};

/// An open set with somebody who decides about it.
pub struct Set {
    title: &'static str,
    clerk: &'static str,
}

/// Parks, of the urban management.
pub const PARKS: Set = Set {
    title: "公园与广场名录",
    clerk: "chengguan",
};

/// Sights, of the culture and tourism bureau.
pub const SCENIC: Set = Set {
    title: "A级旅游景区与重点景点",
    clerk: "wenlv",
};

const WORDS: &str = "编号最小的一行开放时间有误，现场公示为全天开放。";
const DECISION: &str = "经现场核查，开放时间确已调整，下一期快照更正。";
const MARK: &str = "该数据集收到异议";

/// The whole way.
pub async fn story(city: &City, scripts: bool, set: &Set) -> Result {
    let mut browser = Browser::open(city, &shelf("objection", scripts), scripts).await?;
    let (page, number, code) = objected(&mut browser, set).await?;
    tracked(&mut browser, &number, &code, "已收到").await?;
    let case = marked(city, &mut browser, &number, &page).await?;
    decided(city, &mut browser, set, &case).await?;
    tracked(&mut browser, &number, &code, "予以更正").await?;
    browser.sees(DECISION).await?;
    browser.looks_well("told").await?;
    // The data is not put right yet, so that the mark stays.
    browser.visit(&page).await?;
    browser.sees(MARK).await
}

async fn objected(browser: &mut Browser, set: &Set) -> Result<(String, String, String)> {
    browser.visit("/dataset").await?;
    browser.set("q", set.title).await?;
    browser.press("查找").await?;
    browser.follow(set.title).await?;
    let page = browser.path().await?;
    browser.sees_no(MARK).await?;
    browser.follow("提出异议").await?;
    browser.sees("不需要登录").await?;
    browser.press("提交异议").await?;
    browser.sees("请选择异议的类型").await?;
    browser.looks_well("missing").await?;
    browser.tick("kind", "error").await?;
    browser.fill("异议事项和理由", WORDS).await?;
    browser.press("提交异议").await?;
    browser.sees("它只显示这一次").await?;
    browser.looks_well("objected").await?;
    let (number, code) = (said(browser, ".ref").await?, said(browser, ".secret").await?);
    Ok((page, number, code))
}

async fn tracked(browser: &mut Browser, number: &str, code: &str, state: &str) -> Result {
    as_anybody(browser).await?;
    browser.visit("/open/track").await?;
    browser.fill("异议编号", number).await?;
    browser.fill("查询码", "不是这个").await?;
    browser.press("查询").await?;
    browser.sees("没有找到这件异议").await?;
    browser.fill("查询码", code).await?;
    browser.press("查询").await?;
    browser.sees(WORDS).await?;
    browser.sees(state).await?;
    browser.looks_well("tracked").await
}

/// The authority marks the data; page, interface and file say so.
async fn marked(city: &City, browser: &mut Browser, number: &str, page: &str) -> Result<String> {
    browser.sign_in(city, "shenhe").await?;
    browser.visit(&format!("/cases?q={number}")).await?;
    let link = format!("//main//tr[contains(., '{number}')]//th/a");
    let link = browser.client().find(Locator::XPath(&link)).await?;
    browser.leave_by(link).await?;
    let case = browser.path().await?;
    browser.sees(WORDS).await?;
    browser.looks_well("case").await?;
    take_up(city, browser, "shenhe", &case, "mark").await?;
    browser.looks_well("mark").await?;
    browser.press("异议标注").await?;
    browser.sees("已办理：异议标注").await?;
    as_anybody(browser).await?;
    browser.visit(page).await?;
    browser.sees(MARK).await?;
    browser.looks_well("marked").await?;
    let rows = format!(
        "/api/open/v1/datasets/{}/rows?limit=1",
        page.trim_start_matches("/dataset/")
    );
    let (status, answer) = city.get(&rows, None);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("\"marks\""), "{answer}");
    Ok(case)
}

/// The authority forwards it, the agency decides, the authority tells.
async fn decided(city: &City, browser: &mut Browser, set: &Set, case: &str) -> Result {
    take_up(city, browser, "shenhe", case, "transfer").await?;
    browser.press("转交办理").await?;
    browser.sees("已办理：转交办理").await?;
    take_up(city, browser, set.clerk, case, "department-decide").await?;
    browser.tick("outcome", "correct").await?;
    browser.set("decision", DECISION).await?;
    browser.looks_well("decide").await?;
    browser.press("部门决定是否更正").await?;
    browser.sees("已办理：部门决定是否更正").await?;
    take_up(city, browser, "shenhe", case, "tell").await?;
    browser.set("text", DECISION).await?;
    browser.press("告知异议提出人").await?;
    browser.sees("已办理：告知异议提出人").await?;
    browser.looks_well("closed").await
}
