//! The whole way of one datum through the pages, by hand and without scripts: catalogued, delivered, asked for,
//! granted, stopped.

use std::time::Duration;

use app::testing::{on_both_engines, townships};
use axum::http::StatusCode;

use crate::browser::{Browser, Town};

/// A sample as a bureau has it: GB18030 it need not be here, that is `table`'s story.
fn sample() -> String {
    let mut csv = String::from("code,name,areaCode,since\n");
    for n in 0..300 {
        csv += &format!("431122{n:03},乡镇{n},431122,1984-05-{:02}\n", n % 28 + 1);
    }
    csv
}

/// The answers to the five pages of metadata; the legal basis of the share kind is left out.
const METADATA: &[(&str, &[(&str, &str)])] = &[
    (
        "naming",
        &[
            ("class_path", "部门政务信息资源 / 湖南省 / 永州市 / 市民政局"),
            ("summary", "全市乡镇街道的区划代码和名称。"),
        ],
    ),
    ("provider", &[("person", "唐晓梅"), ("phone", "0746-8321234")]),
    (
        "share",
        &[
            ("share", "conditional"),
            ("share_reason", "涉及区划调整。"),
            ("share_conditions", "履职需要。"),
        ],
    ),
    (
        "open",
        &[
            ("open_reason", "待评估。"),
            ("open_basis", "《办法》第二十三条。"),
        ],
    ),
    (
        "use",
        &[
            ("usage_scope", "全市各级政务部门。"),
            ("refused_permille_max", "5"),
        ],
    ),
];

/// Uploads the sample and fills in the metadata, page by page. Returns the entry's address.
async fn compile(browser: &mut Browser) -> String {
    browser.open("/entries/new").await;
    let sample = sample();
    browser
        .upload(
            &[("title", "乡镇街道区划信息")],
            "townships.csv",
            sample.as_bytes(),
        )
        .await;
    assert_eq!(browser.status, StatusCode::OK, "{}", browser.text());
    assert!(browser.has("从样表识别出 4 个信息项"), "{}", browser.text());
    let href = browser.path.split("/items").next().unwrap().to_owned();
    assert!(browser.has("样例："), "samples are shown");
    let items = [
        ("items.0.title", "区划代码"),
        ("items.0.is_key", "1"),
        ("items.0.is_required", "1"),
        ("items.1.title", "名称"),
        ("act", "next"),
    ];
    browser.send_form("/items", &items).await;
    for (section, answers) in METADATA {
        let page = format!("/edit/{section}");
        assert_eq!(
            browser.path.split('?').next().unwrap(),
            format!("{href}{page}"),
            "{}",
            browser.text()
        );
        if *section == "open" {
            assert!(browser.has("“共享属性”已保存，还缺 1 处"), "{}", browser.text());
        }
        let answers: Vec<_> = answers.iter().copied().chain([("act", "next")]).collect();
        browser.send_form(&page, &answers).await;
    }
    href
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_datum_goes_all_the_way_by_hand() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        let href = catalogued(&town).await;
        delivered(&town, &href).await;
        let grant = shared(&town, &href).await;
        used(&town, &grant).await;
    })
    .await;
}

async fn catalogued(town: &Town) -> String {
    let mut cataloguer = town.browser("civil.cataloguer").await;
    let href = compile(&mut cataloguer).await;
    assert!(
        cataloguer.has("提交前还缺 1 处"),
        "the legal basis is missing: {}",
        cataloguer.text()
    );
    let to = cataloguer.link("请写明作为依据的法律法规");
    cataloguer.open(&to).await;
    assert!(
        cataloguer.has("id=\"share_basis-error\""),
        "the gap stands at its field"
    );
    cataloguer
        .send_form(
            "/edit/share",
            &[("share_basis", "《行政区划管理条例》第三条。"), ("act", "back")],
        )
        .await;
    cataloguer.open(&format!("{href}/submit")).await;
    cataloguer.send_form("/submit", &[]).await;
    assert!(cataloguer.has("已提交审核"), "{}", cataloguer.text());

    let mut confirmer = town.browser("office.confirmer").await;
    let to = confirmer.link("确认共享类型");
    confirmer.open(&to).await;
    decides_on(
        &confirmer,
        &[
            "有条件共享",
            "涉及区划调整。",
            "《行政区划管理条例》第三条。",
            "履职需要。",
        ],
    );
    confirmer.send(&[("remark", "依据充分。")]).await;
    assert!(confirmer.has("已办理：确认共享类型"), "{}", confirmer.text());

    returned(town, &mut cataloguer, &mut confirmer, &href).await;
    href
}

/// What is decided stands on the page of the step, where one need not look it up.
fn decides_on(browser: &Browser, words: &[&str]) {
    for words in words {
        assert!(
            browser.has(words),
            "{words} is not on {}: {}",
            browser.path,
            browser.text()
        );
    }
}

/// The reviewer sends it back once; corrected, it is published.
async fn returned(town: &Town, cataloguer: &mut Browser, confirmer: &mut Browser, href: &str) {
    let mut reviewer = town.browser("authority.reviewer").await;
    let to = reviewer.link("退回修改");
    reviewer.open(&to).await;
    reviewer.send(&[]).await;
    assert!(
        reviewer.has("请至少在一个字段写明退回理由"),
        "{}",
        reviewer.text()
    );
    reviewer
        .send(&[
            ("reason.summary", "请写明数据来源。"),
            ("reason.items.1", "长度偏小。"),
        ])
        .await;
    assert!(reviewer.has("已办理：退回修改"), "{}", reviewer.text());

    cataloguer.open("/").await;
    assert!(
        cataloguer.has("乡镇街道区划信息"),
        "it is in her to-do list again: {}",
        cataloguer.text()
    );
    assert_eq!(
        cataloguer.link("查看理由并修改"),
        href,
        "to correct it comes before to submit it"
    );
    cataloguer.open(&format!("{href}/edit/naming")).await;
    assert!(
        cataloguer.has("请写明数据来源。"),
        "the reason stands at its page"
    );
    cataloguer
        .send_form(
            "/edit/naming",
            &[("summary", "全市乡镇街道的区划代码和名称，来源于区划管理业务。")],
        )
        .await;
    cataloguer.open(&format!("{href}/submit")).await;
    cataloguer.send_form("/submit", &[]).await;
    let to = {
        confirmer.open("/").await;
        confirmer.link("确认共享类型")
    };
    confirmer.open(&to).await;
    confirmer.send(&[]).await;
    reviewer.open("/").await;
    let to = reviewer.link("审核通过并发布");
    reviewer.open(&to).await;
    decides_on(&reviewer, &["有条件共享", "来源于区划管理业务。", "区划代码"]);
    reviewer.send(&[]).await;
    assert!(reviewer.has("已办理：审核通过并发布"), "{}", reviewer.text());
}

async fn delivered(town: &Town, href: &str) {
    let mut engineer = town.browser("civil.engineer").await;
    engineer.open(&format!("{href}/deliver")).await;
    assert!(
        engineer.has("code,name,areaCode,since"),
        "the header to keep to is shown"
    );
    let mut rows = sample();
    rows += "431122999,坏日期,431122,1984-02-31\n";
    engineer
        .upload(&[("batch", "第一批")], "all.csv", rows.as_bytes())
        .await;
    assert!(
        engineer.path.starts_with("/deliveries/"),
        "{} {}",
        engineer.path,
        engineer.text()
    );
    let delivery = engineer.path.split('?').next().unwrap().to_owned();
    for _ in 0..200 {
        engineer.open(&delivery).await;
        if !engineer.has("正在处理") {
            break;
        }
        assert!(
            engineer.has("<noscript><meta http-equiv=\"refresh\""),
            "it refreshes itself without scripts"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(engineer.has("已入库"), "{}", engineer.text());
    assert!(
        engineer.has("日期不存在") && engineer.has("no-such-date"),
        "{}",
        engineer.text()
    );
    assert!(engineer.has("六项质量得分雷达图"));
    assert!(
        engineer.has("前 1 处") && engineer.has("1984-02-31"),
        "{}",
        engineer.text()
    );
    engineer.open(&format!("{delivery}/refusals")).await;
    assert!(engineer.html.contains("1984-02-31"), "{}", engineer.html);
    engineer.open(&format!("{href}/deliveries")).await;
    assert!(engineer.has("第一批"));
}

async fn shared(town: &Town, href: &str) -> String {
    let mut clerk = town.browser("medical.clerk").await;
    for _ in 0..100 {
        clerk.open("/entries?q=%E5%8C%BA%E5%88%92").await;
        if clerk.has("乡镇街道<mark>区划</mark>信息") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(clerk.has("乡镇街道<mark>区划</mark>信息"), "{}", clerk.text());
    clerk.open(href).await;
    let to = clerk.link("申请使用");
    clerk.open(&to).await;
    clerk.send(&[("act", "check")]).await;
    assert_eq!(clerk.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = [
        ("items", "code"),
        ("items", "areaCode"),
        ("purpose_text", "参保登记核验乡镇。"),
        ("duty", "《社会保险法》第八条。"),
        ("system", "医保参保系统"),
        ("frequency", "窗口办件时查询。"),
        ("filter.areaCode", "431122"),
        ("act", "check"),
    ];
    // The condition is named by the sample's proposal or not at all; then the filter is left out.
    let asked: Vec<_> = asked
        .into_iter()
        .filter(|it| clerk.html.contains(&format!("name=\"{}\"", it.0)))
        .collect();
    clerk.send(&asked).await;
    assert!(
        clerk.has("核对申请内容") && clerk.has("医保参保系统"),
        "{}",
        clerk.text()
    );
    clerk.send(&[("act", "edit")]).await;
    assert!(clerk.has("《社会保险法》第八条。"), "what was typed stays");
    clerk.send(&[("act", "check")]).await;
    clerk.send(&[("act", "send")]).await;
    assert!(clerk.has("已办理：提交申请"), "{}", clerk.text());
    assert!(
        clerk.has("《办法》第十八条") && clerk.has("正常"),
        "its clock runs: {}",
        clerk.text()
    );
    let case = clerk.path.split('?').next().unwrap().to_owned();

    granted(town, &mut clerk, &case).await
}

/// The provider's head agrees and the authority grants. Returns the grant's address.
async fn granted(town: &Town, clerk: &mut Browser, case: &str) -> String {
    let mut head = town.browser("civil.head").await;
    let to = head.link("提出意见");
    head.open(&to).await;
    let asked = [
        "《社会保险法》第八条。",
        "窗口办件时查询。",
        "医保参保系统",
        "参保登记核验乡镇。",
        "履职需要。",
    ];
    decides_on(&head, &asked);
    assert!(!head.has("授权的信息项"), "nothing is granted yet");
    head.send(&[("opinion", "agree"), ("words", "同意按申请提供。")])
        .await;
    assert!(head.has("已办理：提出意见"), "{}", head.text());

    let mut reviewer = town.browser("authority.reviewer").await;
    reviewer.open(case).await;
    let to = reviewer.link("同意并授权");
    reviewer.open(&to).await;
    decides_on(&reviewer, &asked);
    decides_on(&reviewer, &["同意按申请提供。"]);
    reviewer.send(&[("calls_per_day_max", "很多")]).await;
    assert!(reviewer.has("请填写每日调用次数"), "{}", reviewer.text());
    reviewer.send(&[("calls_per_day_max", "5000")]).await;
    assert!(reviewer.has("已办理：同意并授权"), "{}", reviewer.text());
    clerk.open(case).await;
    let grant = clerk.link("打开授权");
    clerk.open(&grant).await;
    assert!(
        clerk.has("5,000") && clerk.has("curl -X POST"),
        "{}",
        clerk.text()
    );
    grant
}

async fn used(town: &Town, grant: &str) {
    let mut engineer = town.browser("medical.engineer").await;
    engineer.open("/systems").await;
    engineer.send_form("/systems", &[("name", "医保参保系统")]).await;
    let to = engineer.link("生成密钥");
    engineer.open(&to).await;
    engineer.send(&[("days", "0")]).await;
    assert!(engineer.has("请填写 1 到 366 之间的天数"), "{}", engineer.text());
    engineer.send(&[("days", "90")]).await;
    assert!(
        engineer.has("yk_") && engineer.has("密钥只显示这一次"),
        "{}",
        engineer.text()
    );
    engineer.open("/systems").await;
    let to = engineer.link("吊销");
    engineer.open(&to).await;
    engineer.send(&[]).await;
    assert!(engineer.has("应用密钥已吊销") && engineer.has("已吊销"));

    let mut head = town.browser("civil.head").await;
    head.open("/grants").await;
    assert!(head.has("本单位提供的数据，谁在使用"), "{}", head.text());
    head.open(grant).await;
    let to = head.link("暂停");
    head.open(&to).await;
    assert!(head.has("同一操作会把使用违规报告报送同级政务数据主管部门"));
    head.send(&[("reason", "")]).await;
    assert!(head.has("请填写暂停的理由"));
    head.send(&[("reason", "超出用途批量查询。")]).await;
    assert!(head.has("已暂停提供"), "{}", head.text());

    let mut reviewer = town.browser("authority.reviewer").await;
    let to = reviewer.link("阅处");
    reviewer.open(&to).await;
    decides_on(&reviewer, &["超出用途批量查询。", "暂停提供"]);
    reviewer.send(&[("remark", "已约谈。")]).await;
    assert!(reviewer.has("已办理：阅处"), "{}", reviewer.text());

    let mut clerk = town.browser("medical.clerk").await;
    clerk.open(&format!("{grant}/dispute")).await;
    clerk.send(&[("text", "批量查询系月度比对，在用途之内。")]).await;
    assert!(clerk.has("已办理：提出争议"), "{}", clerk.text());
    assert!(
        clerk.has("下一步由政务数据主管部门、提供部门负责人办理"),
        "whoever has spoken is not waited for: {}",
        clerk.text()
    );
    reviewer.open("/").await;
    let to = reviewer.link("作出处理决定");
    reviewer.open(&to).await;
    decides_on(&reviewer, &["批量查询系月度比对，在用途之内。"]);
    reviewer.open(to.trim_end_matches("/decide")).await;
    assert!(
        reviewer.has("使用违规报告"),
        "the report that led to it: {}",
        reviewer.text()
    );
    reviewer.open(&to).await;
    reviewer.send(&[("decision", "恢复提供，按月报备。")]).await;
    assert!(reviewer.has("已办理：作出处理决定"), "{}", reviewer.text());
    clerk.open("/cases?open=no").await;
    assert!(clerk.has("争议协调"), "{}", clerk.text());
}

#[tokio::test]
async fn an_unconditional_entry_is_had_at_once() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        let entry = town.city.published(townships()).await;
        let mut clerk = town.browser("medical.clerk").await;
        clerk.open(&format!("/entries/{entry}")).await;
        let to = clerk.link("申领使用");
        clerk.open(&to).await;
        clerk.send(&[("purpose_text", "")]).await;
        assert!(clerk.has("请说明具体用途"));
        clerk
            .send(&[
                ("purpose", "reference"),
                ("purpose_text", "统计分析。"),
                ("matter", "区划统计"),
            ])
            .await;
        assert!(clerk.has("已获得访问权限"), "{}", clerk.text());
    })
    .await;
}

#[tokio::test]
async fn a_published_entry_is_revised_and_its_versions_are_compared() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        let entry = town.city.published(townships()).await;
        let href = format!("/entries/{entry}");
        let mut cataloguer = town.browser("civil.cataloguer").await;
        cataloguer.open(&format!("{href}/edit")).await;
        assert_ne!(
            cataloguer.status,
            StatusCode::OK,
            "what is published is not edited: {}",
            cataloguer.text()
        );
        cataloguer.open(&href).await;
        let to = cataloguer.link("修订");
        cataloguer.open(&to).await;
        cataloguer.send(&[]).await;
        assert!(cataloguer.has("已生成新版本草稿"), "{}", cataloguer.text());
        cataloguer.open(&format!("{href}/edit/use")).await;
        cataloguer
            .send_form("/edit/use", &[("cycle", "weekly"), ("act", "next")])
            .await;
        cataloguer.send_form("/submit", &[]).await;
        let mut reviewer = town.browser("authority.reviewer").await;
        let to = reviewer.link("审核通过并发布");
        reviewer.open(&to).await;
        reviewer.send(&[]).await;
        cataloguer.open(&format!("{href}/difference?from=1&to=2")).await;
        assert!(
            cataloguer.has("更新周期") && cataloguer.has("每周"),
            "{}",
            cataloguer.text()
        );
        cataloguer.open(&format!("{href}/versions/1")).await;
        assert!(cataloguer.has("每月"), "the old version stays readable");
    })
    .await;
}

#[tokio::test]
async fn a_sample_with_rows_that_do_not_fit_says_so() {
    let town = Town::fresh().await;
    let mut browser = town.browser("civil.cataloguer").await;
    browser.open("/entries/new").await;
    let sample = "code,name\n1,甲\n2,乙\n3,丙\n4\n5,丁,戊\n";
    browser
        .upload(&[("title", "名录")], "a.csv", sample.as_bytes())
        .await;
    assert!(browser.has("从样表识别出 2 个信息项"), "{}", browser.text());
    assert!(browser.has("样表有 2 行不完整"), "{}", browser.text());
}
