//! 校核: an agency doubts a value it received; the provider takes more time, corrects it, and whoever else received the
//! record is told (art. 21).

use e2e::{Browser, City, Result};
use serde_json::{Value, json};
use synthetic::Population;

use super::{said, shelf, take_up};

/// Which of the people in both agencies' reach the story is about; the demo doubts the first two dozen.
pub const THIRD: usize = 30;
/// Another.
pub const FOURTH: usize = 31;

/// The seed of the demo's people.
const POPULATION_SEED: u64 = 20_250_701;
const DOUBT: &str = "住址与出示的居住证不一致，居住证上为新村名。";
const WHY_LONGER: &str = "需调阅原始户籍档案并走访核实。";
const RESULT: &str = "经核实，该村已撤并，住址已更正。";
const ADDRESS: &str = "永州市道县濂溪街道人民路一百号";
/// What of it the grant shows.
const SHOWN: &str = "永州市道县";

/// The whole way.
pub async fn story(city: &City, scripts: bool, person: usize) -> Result {
    let mut browser = Browser::open(city, &shelf("correction", scripts), scripts).await?;
    let identity = identity(person);
    let before = received(city, "query", &identity);
    assert!(!address(&before).starts_with(SHOWN), "{before}");
    assert!(before["marks"].is_null(), "{before}");
    received(city, "query-page", &identity);
    let case = doubted(city, &mut browser, &identity).await?;
    for call in ["query", "query-page"] {
        let marked = received(city, call, &identity);
        assert_eq!(marked["marks"][0]["kind"], "correction", "{marked}");
        let note = marked["marks"][0]["note"].as_str().unwrap_or_default();
        assert!(note.contains("合法有效证明材料"), "{note}");
    }
    extended(city, &mut browser, &case).await?;
    corrected(city, &mut browser, &case).await?;
    let after = received(city, "query", &identity);
    assert!(address(&after).starts_with(SHOWN), "{after}");
    assert!(after["marks"].is_null(), "{after}");
    told(city, &mut browser, &case).await
}

/// The identity number of somebody in 道县, whom the pension and the medical insurance both may ask for.
fn identity(nth: usize) -> String {
    let people = Population::new(2_000, 5, POPULATION_SEED).filter(|it| it.fault.is_none());
    let mut here = people.filter(|it| it.person.0[5] == "431124");
    here.nth(nth)
        .expect("2,000 people live in more than one county")
        .person
        .0[0]
        .clone()
}

/// What the system behind this call of `demo.json` receives about a person.
fn received(city: &City, call: &str, identity: &str) -> Value {
    let mut call = city.call(call).clone();
    call["body"] = json!({ "purpose": "basis", "matter": "办件-校核", "where": { "id_card": identity } });
    let (status, answer) = city.make(&call);
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(&answer).expect("an answer in JSON")
}

fn address(answer: &Value) -> &str {
    answer["rows"][0]["address"].as_str().unwrap_or_default()
}

async fn doubted(city: &City, browser: &mut Browser, identity: &str) -> Result<String> {
    browser.sign_in(city, "renshe").await?;
    let path = city.call("query")["path"].as_str().unwrap_or_default();
    let grant = path.rsplit('/').nth(1).unwrap_or_default();
    browser.visit(&format!("/grants/{grant}")).await?;
    browser.follow("反馈数据疑义").await?;
    browser.press("反馈给提供部门").await?;
    browser.sees("请选择有疑义的信息项").await?;
    browser.looks_well("missing").await?;
    browser.set("key.id_card", identity).await?;
    match browser.tick("item", "address").await {
        Ok(()) => {}
        Err(_) => browser.set("item", "address").await?,
    }
    browser.set("words", DOUBT).await?;
    browser.looks_well("doubt").await?;
    browser.press("反馈给提供部门").await?;
    browser.sees("已办理：反馈疑义").await?;
    browser.sees("法定期限至").await?;
    browser.looks_well("doubted").await?;
    browser.path().await
}

/// Only the provider's head takes more time, and the agency that doubted is told why.
async fn extended(city: &City, browser: &mut Browser, case: &str) -> Result {
    browser.sign_in(city, "gongan").await?;
    browser.visit(&format!("{case}/extend")).await?;
    browser.sees("由提供部门负责人办理").await?;
    take_up(city, browser, "gongan.head", case, "extend").await?;
    browser.set("days", "16").await?;
    browser.set("reason", WHY_LONGER).await?;
    browser.press("延长校核期限").await?;
    browser.sees("1 到 15 之间").await?;
    browser.looks_well("too-long").await?;
    browser.set("days", "10").await?;
    browser.press("延长校核期限").await?;
    browser.sees("已办理：延长校核期限").await?;
    browser.sign_in(city, "renshe").await?;
    browser.visit("/notices").await?;
    browser.sees("经提供部门负责人同意，期限延长").await?;
    browser.sees(WHY_LONGER).await?;
    browser.looks_well("told-of-more-time").await
}

async fn corrected(city: &City, browser: &mut Browser, case: &str) -> Result {
    browser.sign_in(city, "gongan").await?;
    browser.visit(case).await?;
    browser.sees(DOUBT).await?;
    browser.looks_well("case").await?;
    take_up(city, browser, "gongan", case, "correct").await?;
    browser.set("text", RESULT).await?;
    browser.set("value", ADDRESS).await?;
    browser.looks_well("correct").await?;
    browser.press("修正").await?;
    browser.sees("已办理：修正").await?;
    browser.looks_well("corrected").await
}

/// The agency that doubted and the other one that received the record.
async fn told(city: &City, browser: &mut Browser, case: &str) -> Result {
    browser.sign_in(city, "renshe").await?;
    browser.visit(case).await?;
    browser.sees(RESULT).await?;
    let number = said(browser, ".head .mono").await?;
    browser.sign_in(city, "yibao").await?;
    browser.visit("/notices").await?;
    browser
        .sees(&format!("有一条记录经校核已修正（{number}）"))
        .await?;
    browser.looks_well("others-told").await?;
    // What the parties wrote stays with them.
    browser.visit(case).await?;
    browser.sees("已修正").await?;
    assert!(!browser.text().await?.contains(RESULT));
    browser.looks_well("told").await
}
