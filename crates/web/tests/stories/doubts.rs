//! A doubt through the pages, by hand and without scripts (art. 21): from the grant's page to the value put right.

use std::time::Duration;

use app::{calls, delivery, requests, systems, testing::on_both_engines};
use rules::{
    delivery::{BatchKind, BatchState},
    grant::Purpose,
    ids::GrantId,
};

use crate::browser::Town;

const TOWNSHIPS: &str = "code,name,areaCode,cityCode\n\
    431102001000,南津渡街道,431102,431100\n\
    431102002000,七里店街道,431102,431100\n";

/// The insurance bureau has asked for one township by its own software, under this grant.
async fn received(town: &Town) -> GrantId {
    let city = &town.city.city;
    let entry = town.city.published(app::testing::townships()).await;
    let dir = delivery::spool_dir(city);
    let file = dir.join("townships.csv");
    std::fs::write(&file, TOWNSHIPS).unwrap();
    let engineer = town.city.ctx("civil.engineer");
    let sent = delivery::receive(city, &engineer, &entry, "b1", BatchKind::Full, "t.csv", &file)
        .await
        .unwrap();
    while delivery::show(city, &engineer, &sent.id).await.unwrap().state == BatchState::Checking {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let clerk = town.city.ctx("medical.clerk");
    let grant = requests::claim(city, &clerk, &entry, Purpose::Reference, "统计分析。", "区划统计")
        .await
        .unwrap();
    let engineer = town.city.ctx("medical.engineer");
    let system = systems::create(city, &engineer, "医保参保系统", "")
        .await
        .unwrap();
    let key = systems::new_key(city, &engineer, &system, "", 90)
        .await
        .unwrap()
        .secret;
    let now = town.city.now();
    let caller = calls::authenticate(city, Some(&key), now).await.unwrap();
    let body = br#"{"purpose":"reference","matter":"1","where":{"code":"431102001000"}}"#;
    calls::query(city, &caller, &grant, body, now).await.unwrap();
    grant
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art21_a_clerk_doubts_a_value_and_the_provider_puts_it_right() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        let grant = received(&town).await;
        let mut clerk = town.browser("medical.clerk").await;
        clerk.open(&format!("/grants/{grant}")).await;
        let to = clerk.link("反馈数据疑义");
        clerk.open(&to).await;
        clerk.send(&[]).await;
        for words in ["请填写区划代码", "请选择有疑义的信息项", "请填写疑义或者明显错误"]
        {
            assert!(clerk.has(words), "{words}: {}", clerk.text());
        }
        let doubt = [
            ("key.code", "431102002000"),
            ("item", "name"),
            ("words", "名称有误。"),
        ];
        clerk.send(&doubt).await;
        assert!(clerk.has("没有获取过这条记录"), "{}", clerk.text());
        clerk.send(&[("key.code", "431102001000")]).await;
        assert!(clerk.has("已办理：反馈疑义"), "{}", clerk.text());
        assert!(clerk.has("下一步由提供部门办理"), "{}", clerk.text());
        assert_eq!(
            clerk.html.matches("<dt>提供部门</dt>").count(),
            1,
            "each party once"
        );
        assert!(clerk.has("校核期间") && clerk.has("照常办理"), "{}", clerk.text());
        let case = clerk.path.split('?').next().unwrap().to_owned();
        used(&town, &grant).await;

        let mut head = town.browser("civil.head").await;
        let to = head.link("延长校核期限");
        head.open(&to).await;
        head.send(&[("days", "16"), ("reason", "需要调取档案。")]).await;
        assert!(head.has("1 到 15"), "{}", head.text());
        head.send(&[("days", "5")]).await;
        assert!(head.has("已办理：延长校核期限"), "{}", head.text());

        let mut engineer = town.browser("civil.engineer").await;
        assert!(
            engineer.has("永州市医疗保障局 → 永州市民政局"),
            "{}",
            engineer.text()
        );
        let to = engineer.link("修正");
        engineer.open(&to).await;
        for words in ["431102001000", "南津渡街道", "名称有误。", "正确的值（名称）"] {
            assert!(engineer.has(words), "{words}: {}", engineer.text());
        }
        engineer.send(&[("text", "录入有误，已更正。")]).await;
        assert!(engineer.has("尚未更正"), "{}", engineer.text());
        engineer.send(&[("value", "南津渡办事处")]).await;
        assert!(engineer.has("已办理：修正"), "{}", engineer.text());

        clerk.open(&case).await;
        assert!(
            clerk.has("南津渡办事处") && clerk.has("需要调取档案。"),
            "{}",
            clerk.text()
        );
    })
    .await;
}

/// The provider sees what was used, call by call (art. 19).
async fn used(town: &Town, grant: &GrantId) {
    let mut head = town.browser("civil.head").await;
    head.open(&format!("/grants/{grant}")).await;
    assert!(
        head.has("最近的调用") && !head.has("curl -X POST"),
        "{}",
        head.text()
    );
    let to = head.link("全部调用明细");
    head.open(&to).await;
    for words in ["医保参保系统", "查询", "工作参考", "已应答", "名称"] {
        assert!(head.has(words), "{words}: {}", head.text());
    }
    let mut stranger = town.browser("police.head").await;
    stranger.open(&to).await;
    assert!(!stranger.has("医保参保系统"), "{}", stranger.text());
}
