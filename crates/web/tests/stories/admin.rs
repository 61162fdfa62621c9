//! What administrators do by hand: accounts, organisations, the calendar.

use app::testing::{on_both_engines, townships};
use axum::http::StatusCode;

use crate::browser::Town;

#[tokio::test]
async fn a_new_account_must_change_its_password_before_anything_else() {
    let town = Town::fresh().await;
    let mut admin = town.browser("authority.admin").await;
    admin.open("/admin/people/new").await;
    admin
        .send(&[("login", "li.min"), ("name", "李敏"), ("password", "weak")])
        .await;
    assert!(admin.has("请至少选择一项职责"), "{}", admin.text());
    assert!(!admin.has("value=\"weak\""), "a password is never sent back");
    admin.send(&[("roles", "clerk"), ("password", "weak")]).await;
    assert_eq!(admin.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", admin.text());
    admin.send(&[("password", "Chushi-2026")]).await;
    assert!(admin.has("账号已建立"), "{}", admin.text());

    let mut new = town.stranger();
    new.open("/sign-in").await;
    new.send(&[("login", "li.min"), ("password", "Chushi-2026")])
        .await;
    assert!(new.has("请先修改初始密码"), "{}", new.text());
    new.open("/entries").await;
    assert_eq!(new.path, "/password", "nothing else opens");
    new.send(&[
        ("old", "Chushi-2026"),
        ("new", "Ziji-2026-x"),
        ("again", "Ziji-2026-y"),
    ])
    .await;
    assert!(new.has("两次输入的新密码不一致"), "{}", new.text());
    new.send(&[
        ("old", "Chushi-2026"),
        ("new", "Ziji-2026-x"),
        ("again", "Ziji-2026-x"),
    ])
    .await;
    assert!(new.has("<h1>待办</h1>"), "{}", new.text());

    let person = admin.path.split('?').next().unwrap().to_owned();
    admin.open(&person).await;
    admin.send_form("/disable", &[]).await;
    assert!(admin.has("账号已停用"), "{}", admin.text());
    new.open("/cases").await;
    assert!(
        new.path.starts_with("/sign-in"),
        "a disabled person is out at once"
    );
}

#[tokio::test]
async fn roles_are_changed_and_a_locked_account_is_given_a_new_password() {
    let town = Town::fresh().await;
    let mut stranger = town.stranger();
    stranger.open("/sign-in").await;
    for _ in 0..rules::password::FAILURES_MAX {
        stranger
            .send(&[("login", "civil.clerk"), ("password", "wrong")])
            .await;
    }
    let mut admin = town.browser("authority.admin").await;
    admin.open("/admin/people?q=civil.clerk").await;
    assert!(admin.has("锁定至"), "{}", admin.text());
    let to = admin.link("业务经办人");
    admin.open(&to).await;
    admin.send_form("/reset", &[("password", "Chongzhi-2026")]).await;
    assert!(admin.has("密码已重置"), "{}", admin.text());
    stranger
        .send(&[("login", "civil.clerk"), ("password", "Chongzhi-2026")])
        .await;
    assert!(stranger.has("请先修改初始密码"), "{}", stranger.text());
    admin.send_form("/roles", &[("roles", "head")]).await;
    assert!(admin.has("职责已调整"), "{}", admin.text());
}

#[tokio::test]
async fn yongzhou_art7_an_organisation_that_is_responsible_for_something_cannot_be_removed() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        town.city.published(townships()).await;
        let mut admin = town.browser("authority.admin").await;
        admin.open("/admin/orgs").await;
        let to = admin.link("永州市民政局");
        admin.open(&to).await;
        assert!(admin.has("不能删除") && admin.has("责任主体"), "{}", admin.text());
        admin
            .send_form("/confirmer", &[("confirmer", "org-authority")])
            .await;
        assert!(admin.has("已指定审核确认部门"), "{}", admin.text());

        admin.open("/admin/orgs/new").await;
        let org = [
            ("name", "永州市供电公司"),
            ("kind", "public-service"),
            ("credit_code", "x"),
            ("front_code", "3070210999"),
        ];
        admin.send(&org).await;
        assert_eq!(admin.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", admin.text());
        assert!(admin.has("永州市供电公司"), "what was typed stays");
        admin.send(&[("credit_code", "11430000006122244L")]).await;
        assert!(admin.has("机构已建立"), "{}", admin.text());
        admin.send_form("/remove", &[]).await;
        assert!(admin.has("机构已删除"), "{}", admin.text());
    })
    .await;
}

#[tokio::test]
async fn the_next_notice_is_looked_at_before_it_is_loaded() {
    let town = Town::fresh().await;
    let mut admin = town.browser("authority.admin").await;
    admin.open("/admin/calendar?year=2026").await;
    assert!(admin.has("国庆节") && admin.has("调休上班"), "{}", admin.text());
    admin
        .upload(
            &[],
            "bad.csv",
            "date,kind,name\n2027-13-01,holiday,元旦\n".as_bytes(),
        )
        .await;
    assert_eq!(admin.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.has("第2行"), "the bad line is named: {}", admin.text());
    let notice = "date,kind,name\n2027-01-01,holiday,元旦\n";
    admin.upload(&[], "2027.csv", notice.as_bytes()).await;
    assert!(
        admin.has("核对节假日安排") && admin.has("2027年1月1日"),
        "{}",
        admin.text()
    );
    admin.send_form("/load", &[]).await;
    assert!(admin.has("节假日安排已载入"), "{}", admin.text());
    admin.open("/admin/calendar?year=2027").await;
    assert!(admin.has("元旦"), "{}", admin.text());
}

#[tokio::test]
async fn yongzhou_art6_the_auditor_reads_the_evidence_and_takes_receipts_and_lists_away() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        town.city.published(townships()).await;
        let mut auditor = town.browser("authority.auditor").await;
        auditor.open("/evidence").await;
        assert!(
            auditor.has("检查点") && auditor.has("验证公钥"),
            "{}",
            auditor.text()
        );
        auditor.open("/evidence/1/receipt").await;
        assert_eq!(auditor.status, StatusCode::OK);
        let vkey = app::evidence::vkey(&town.city.city);
        assert!(
            auditor.html.contains(vkey.split('+').next().unwrap()),
            "{}",
            auditor.html
        );
        for path in ["/entries/export", "/cases/export?open=all", "/grants/export"] {
            auditor.open(path).await;
            assert_eq!(auditor.status, StatusCode::OK, "{path}");
            assert!(
                auditor.html.starts_with('\u{feff}'),
                "{path} opens in a spreadsheet"
            );
        }
        auditor.open("/entries/export").await;
    })
    .await;
}
