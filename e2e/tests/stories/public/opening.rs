//! 开放: an agency plans how a set with persons in it goes out, a second person reviews it, everybody finds and uses it,
//! and its withdrawal takes it from every surface (art. 22, 31, 24, 25).

use e2e::{Browser, City, Result};
use fantoccini::Locator;

use super::{as_anybody, said, shelf, take_up};

/// A set about persons.
pub struct Set {
    title: &'static str,
    /// Who compiles it; his head reviews.
    compiler: &'static str,
    /// The form's field of how the name goes out.
    name_field: &'static str,
    /// A value of one item by which rows are narrowed: the item, the value.
    narrow: (&'static str, &'static str),
}

/// Loans for founders, which the demo withdrew.
pub const LOANS: Set = Set {
    title: "创业担保贷款发放名单",
    compiler: "renshe",
    name_field: "rule-1",
    narrow: ("bank", "农商银行"),
};

/// People on the minimum allowance, of whom a second release is made.
pub const NEEDY: Set = Set {
    title: "最低生活保障对象公示（脱敏）",
    compiler: "minzheng",
    name_field: "rule-1",
    narrow: ("class", "城市低保"),
};

/// Where everybody would find the set, machines too.
const SURFACES: [&str; 6] = [
    "/api/3/action/package_list",
    "/api/open/v1/datasets?limit=200",
    "/data.json",
    "/catalog.jsonld",
    "/sitemaps/1.xml",
    "/open/news",
];

/// The whole way.
pub async fn story(city: &City, scripts: bool, set: &Set) -> Result {
    let mut browser = Browser::open(city, &shelf("opening", scripts), scripts).await?;
    let (plan, case) = planned(city, &mut browser, set).await?;
    reviewed(city, &mut browser, set, &case, &plan).await?;
    listed(city, &mut browser, set).await?;
    let page = found(&mut browser, set).await?;
    looked_into(&mut browser, set).await?;
    let file = downloaded(city, &mut browser, set, &page).await?;
    withdrawn(city, &mut browser, set, &plan).await?;
    gone(city, &mut browser, set, &page, &file).await
}

/// The compiler decides item by item, sees rows before and after, and hands the plan in.
async fn planned(city: &City, browser: &mut Browser, set: &Set) -> Result<(String, String)> {
    browser.sign_in(city, set.compiler).await?;
    browser.visit("/opening").await?;
    browser.looks_well("candidates").await?;
    browser.follow(set.title).await?;
    let plan = browser.path().await?;
    browser.set(set.name_field, "").await?;
    browser.press("保存方案并测算").await?;
    browser.looks_well("undecided").await?;
    browser.set(set.name_field, "name").await?;
    browser
        .set("risk_words", "姓名仅显示姓，各组合计人数均已核对。")
        .await?;
    browser.press("保存方案并测算").await?;
    browser.sees("方案已保存").await?;
    browser.sees("脱敏前后对照").await?;
    browser.looks_well("preview").await?;
    let names = preview_names(browser).await?;
    assert!(!names.0.contains('*') && names.1.contains('*'), "{names:?}");
    assert_eq!(names.0.chars().next(), names.1.chars().next(), "{names:?}");
    browser.press("保存并提交保密审查").await?;
    browser.sees("已办理：提交保密审查").await?;
    let case = browser.path().await?;
    browser.looks_well("handed-in").await?;
    browser.visit(&format!("{case}/release")).await?;
    browser.sees("没有办理此事的权限").await?;
    Ok((plan, case))
}

/// The same person's name before and after.
async fn preview_names(browser: &Browser) -> Result<(String, String)> {
    let column = |caption: &str| {
        format!(
            "//table[caption='{caption}']//tr[1]/td[count(//table[caption='{caption}']//th[.='姓名' or .='借款人']/preceding-sibling::th) + 1]"
        )
    };
    let mut names = Vec::new();
    for caption in ["脱敏前的数据", "脱敏后的数据"] {
        let cell = browser.client().find(Locator::XPath(&column(caption))).await?;
        names.push(cell.text().await?);
    }
    Ok((names.swap_remove(0), names.swap_remove(0)))
}

/// A second person of the agency reviews it; the release is made by itself.
async fn reviewed(city: &City, browser: &mut Browser, set: &Set, case: &str, plan: &str) -> Result {
    let head = format!("{}.head", set.compiler);
    take_up(city, browser, &head, case, "release").await?;
    // What he decides on stands beside the form.
    let names = preview_names(browser).await?;
    assert!(!names.0.contains('*') && names.1.contains('*'), "{names:?}");
    browser
        .set("words", "已核对脱敏前后样例，不涉密，同意开放。")
        .await?;
    browser.looks_well("review").await?;
    browser.press("审查通过").await?;
    browser.sees("已办理：审查通过").await?;
    browser.visit(plan).await?;
    browser.waits_for("第2期").await?;
    browser.looks_well("released").await
}

async fn listed(city: &City, browser: &mut Browser, set: &Set) -> Result {
    browser.sign_in(city, &format!("{}.head", set.compiler)).await?;
    browser.visit("/opening/lists").await?;
    browser.looks_well("lists").await?;
    browser.follow("核对并发布").await?;
    browser.sees(set.title).await?;
    browser.looks_well("list").await?;
    browser.press("确认发布").await?;
    browser.sees("清单已发布").await?;
    browser.looks_well("list-published").await
}

/// Everybody finds it from the first page, by some of its words.
async fn found(browser: &mut Browser, set: &Set) -> Result<String> {
    as_anybody(browser).await?;
    browser.visit("/open").await?;
    let words: String = set.title.chars().take(4).collect();
    browser.set("q", &words).await?;
    if browser.runs_scripts() {
        suggested(browser, set).await?;
    }
    browser.press("查找").await?;
    browser.looks_well("found").await?;
    browser.follow(set.title).await?;
    browser.looks_well("set").await?;
    browser.path().await
}

/// With scripts, its title is offered while one types, and the keyboard alone reaches it.
async fn suggested(browser: &mut Browser, set: &Set) -> Result {
    let suggestion = browser
        .client()
        .wait()
        .for_element(Locator::Css(".suggestions a"))
        .await?;
    assert_eq!(suggestion.text().await?, set.title);
    browser.shot("suggested").await?;
    let field = browser.client().find(Locator::Css("[name=q]")).await?;
    field.send_keys("\u{e015}").await?;
    let focus = browser.evaluate("document.activeElement.textContent").await?;
    assert_eq!(focus, set.title);
    Ok(())
}

/// Rows are narrowed and ordered, columns are charted, and nothing of a name is left.
async fn looked_into(browser: &mut Browser, set: &Set) -> Result {
    let (item, value) = set.narrow;
    browser.set("item", item).await?;
    browser.set("value", value).await?;
    browser.press("筛选").await?;
    let rows = said(browser, "table.cells tbody").await?;
    assert!(rows.lines().count() > 1, "{rows}");
    assert!(rows.contains(value) && rows.contains('*'), "{rows}");
    let others = browser
        .evaluate("document.querySelectorAll('table.cells tbody tr').length")
        .await?;
    assert_eq!(
        Some(rows.matches(value).count() as u64),
        others.as_u64(),
        "{rows}"
    );
    browser.looks_well("narrowed").await?;
    browser.follow("清除全部条件").await?;
    browser.client().find(Locator::Css(".profiles svg.chart")).await?;
    Ok(())
}

/// The file comes without signing in, under a mark that tables read, and no name in it is whole.
async fn downloaded(city: &City, browser: &mut Browser, set: &Set, page: &str) -> Result<String> {
    let link = browser
        .client()
        .find(Locator::XPath("//ul[@class='files']//a[starts-with(., 'CSV')]"))
        .await?;
    let place = link.attr("href").await?.unwrap_or_default();
    let file = browser
        .download("//ul[@class='files']//a[starts-with(., 'CSV')]")
        .await?;
    let text = String::from_utf8(file)?;
    assert!(
        text.starts_with('\u{feff}') && text.contains('*'),
        "{}",
        text.chars().take(40).collect::<String>()
    );
    let name = page.trim_start_matches("/dataset/");
    for surface in SURFACES {
        let (status, body) = city.get(surface, None);
        assert_eq!(status, 200, "{surface}");
        assert!(body.contains(name), "{} is not on {surface}", set.title);
    }
    Ok(place)
}

async fn withdrawn(city: &City, browser: &mut Browser, set: &Set, plan: &str) -> Result {
    browser.sign_in(city, &format!("{}.head", set.compiler)).await?;
    browser.visit(plan).await?;
    browser.follow("撤回开放数据").await?;
    browser
        .set("reason", "部分乡镇人数过少，重新制定脱敏方案。")
        .await?;
    browser.looks_well("withdraw").await?;
    browser.press("确认撤回").await?;
    browser.sees("公众已不能在开放平台上看到").await?;
    browser.looks_well("withdrawn").await
}

/// Nothing of it is left for anybody outside.
async fn gone(city: &City, browser: &mut Browser, set: &Set, page: &str, file: &str) -> Result {
    let name = page.trim_start_matches("/dataset/");
    for surface in SURFACES {
        let (_, body) = city.get(surface, None);
        assert!(
            !body.contains(name) && !body.contains(set.title),
            "{} is still on {surface}",
            set.title
        );
    }
    for place in [
        page.to_owned(),
        file.to_owned(),
        format!("{page}/datapackage.json"),
        format!("{page}/releases/1"),
        format!("/api/3/action/package_show?id={name}"),
        format!("/api/open/v1/datasets/{name}/rows"),
    ] {
        assert_eq!(city.get(&place, None).0, 404, "{place}");
    }
    as_anybody(browser).await?;
    browser.visit("/dataset").await?;
    browser.set("q", set.title).await?;
    browser.press("查找").await?;
    let links = format!("//main//h3/a[normalize-space()='{}']", set.title);
    assert!(
        browser.client().find(Locator::XPath(&links)).await.is_err(),
        "it is still found"
    );
    browser.visit(page).await?;
    browser.looks_well("gone").await
}
