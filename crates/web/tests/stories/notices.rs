//! Notices in the browser: the number in the header, the page, the way to the thing, the address for letters.

use app::{
    requests::{self, Application},
    testing::{allowances, on_both_engines, terms},
};
use axum::http::StatusCode;

use crate::browser::Town;

async fn apply(town: &Town) {
    let entry = town.city.published(allowances()).await;
    let application = Application {
        terms: terms(&["id_number", "name"]),
        duty: "医疗救助对象认定".to_owned(),
        system: "医疗救助一站式结算系统".to_owned(),
        frequency: "按需核验".to_owned(),
    };
    let clerk = town.city.ctx("medical.clerk");
    requests::apply(&town.city.city, &clerk, &entry, application)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_notice_is_counted_in_the_header_leads_to_its_case_and_is_read_from_then_on() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        let mut head = town.browser("civil.head").await;
        head.open("/notices").await;
        assert!(head.has("还没有通知"), "{}", head.text());
        apply(&town).await;
        head.open("/notices?unread=1").await;
        assert!(head.has("条未读"), "the header has the number");
        let line = head.link("待贵单位办理");
        head.open(&line).await;
        assert!(head.path.starts_with("/cases/"), "{}", head.path);
        head.open("/notices?unread=1").await;
        assert!(!head.has(&line), "it has been read");
        head.open("/notices").await;
        assert!(head.has(&line));

        apply_again(&town).await;
        head.open("/notices").await;
        head.send_form("/notices/read", &[]).await;
        assert!(!head.has("条未读"), "{}", head.text());

        // Somebody else's notice is nobody's business.
        let mut stranger = town.browser("police.clerk").await;
        stranger.open(&line).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    })
    .await;
}

async fn apply_again(town: &Town) {
    apply(town).await;
}

#[tokio::test]
async fn an_address_for_letters_is_given_on_the_own_page_and_by_administrators() {
    let town = Town::fresh().await;
    let mut clerk = town.browser("civil.clerk").await;
    clerk.open("/password").await;
    clerk.send_form("/password/email", &[("email", "clerk")]).await;
    assert_eq!(clerk.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        clerk.has("邮箱地址不正确") && clerk.has("value=\"clerk\""),
        "{}",
        clerk.text()
    );
    clerk
        .send_form("/password/email", &[("email", "clerk@civil.cn")])
        .await;
    assert!(clerk.has("邮箱已保存"), "{}", clerk.text());
    assert!(clerk.has("value=\"clerk@civil.cn\""));

    let mut admin = town.browser("authority.admin").await;
    admin.open("/admin/people?q=civil.clerk").await;
    let person = admin.link("业务经办人");
    admin.open(&person).await;
    assert!(admin.has("clerk@civil.cn"), "{}", admin.text());
    admin.send_form("/email", &[("email", "")]).await;
    assert!(admin.has("邮箱已保存") && admin.has("未填写"), "{}", admin.text());
}

#[tokio::test]
async fn an_empty_file_is_refused_at_its_field_and_a_draft_is_thrown_away_after_a_question() {
    let town = Town::fresh().await;
    let entry = town.city.published(allowances()).await;
    let mut engineer = town.browser("civil.engineer").await;
    engineer.open(&format!("/entries/{entry}/deliver")).await;
    let form = engineer.html.clone();
    engineer.upload(&[("batch", "b1")], "空.csv", b"").await;
    assert!(engineer.has("文件是空的"), "{}", engineer.text());
    engineer.open("/deliveries").await;
    assert!(engineer.has("没有符合条件的批次"), "{}", engineer.text());
    // A file may be larger than any form.
    engineer.open(&format!("/entries/{entry}/deliver")).await;
    engineer.html = form;
    let large = [b"x,y\n".as_slice(), &b"1,2\n".repeat(3 << 20)].concat();
    engineer.upload(&[("batch", "b2")], "大.csv", &large).await;
    assert!(engineer.has("大.csv"), "{}", engineer.text());

    let compiler = town.city.ctx("civil.cataloguer");
    let draft = app::catalogue::create(&town.city.city, &compiler, allowances())
        .await
        .unwrap();
    let mut cataloguer = town.browser("civil.cataloguer").await;
    cataloguer.open(&format!("/entries/{draft}")).await;
    let discard = cataloguer.link("删除草稿");
    cataloguer.open(&discard).await;
    assert!(cataloguer.has("草稿删除后不能恢复"), "{}", cataloguer.text());
    cataloguer.send_form("/discard", &[]).await;
    assert!(cataloguer.has("草稿已删除"), "{}", cataloguer.text());
    cataloguer.open(&format!("/entries/{draft}")).await;
    assert_eq!(cataloguer.status, StatusCode::NOT_FOUND);
}
