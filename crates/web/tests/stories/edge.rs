//! What holds for every answer: headers, error pages, sign-in and sign-out.

use app::testing::{PASSWORD, allowances, on_both_engines};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use crate::browser::Town;

#[tokio::test]
async fn every_page_forbids_foreign_and_inline_code_and_is_not_kept() {
    let town = Town::fresh().await;
    let browser = town.browser("civil.clerk").await;
    for path in ["/", "/sign-in", "/nowhere", "/entries"] {
        let answer = browser
            .raw(browser.request(Method::GET, path).body(Body::empty()).unwrap())
            .await;
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map_or("", |it| it.to_str().unwrap())
                .to_owned()
        };
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-request-id").len(), 10);
    }
}

#[tokio::test]
async fn one_who_is_not_signed_in_is_led_from_the_first_page_to_the_public_side() {
    let town = Town::fresh().await;
    let stranger = town.stranger();
    let request = stranger.request(Method::GET, "/").body(Body::empty());
    let answer = stranger.raw(request.unwrap()).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/open");
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_an_address_that_changes_with_them() {
    let town = Town::fresh().await;
    let stranger = town.stranger();
    let css = web::assets::url("yishu.css");
    let answer = stranger
        .raw(stranger.request(Method::GET, css).body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    let old = css.replace(css.split('/').nth(2).unwrap(), "0000000000000000");
    let answer = stranger
        .raw(stranger.request(Method::GET, &old).body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_unknown_address_has_a_page_with_a_way_back_and_a_number() {
    let town = Town::fresh().await;
    let mut browser = town.browser("civil.clerk").await;
    browser.open("/nowhere").await;
    assert_eq!(browser.status, StatusCode::NOT_FOUND);
    assert!(browser.has("没有找到页面") && browser.has("回到待办") && browser.has("编号"));
    browser.open("/sign-out").await;
    assert_eq!(browser.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_wrong_password_is_told_at_the_form_and_too_many_lock_the_account() {
    let town = Town::fresh().await;
    let mut browser = town.stranger();
    browser.open("/sign-in?next=/grants").await;
    for _ in 0..rules::password::FAILURES_MAX {
        browser
            .send(&[("login", "civil.clerk"), ("password", "wrong")])
            .await;
        assert_eq!(browser.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            browser.has("value=\"civil.clerk\""),
            "what was typed stays: {}",
            browser.text()
        );
        assert!(!browser.has("wrong\""), "a password is never sent back");
    }
    browser
        .send(&[("login", "civil.clerk"), ("password", PASSWORD)])
        .await;
    assert!(browser.has("锁定"), "{}", browser.text());
}

#[tokio::test]
async fn signing_in_leads_to_the_page_that_was_asked_for_and_signing_out_ends_the_session() {
    let town = Town::fresh().await;
    let mut browser = town.stranger();
    browser.open("/grants").await;
    browser
        .send(&[("login", "civil.head"), ("password", PASSWORD)])
        .await;
    assert_eq!(browser.path, "/grants");
    let token = browser
        .html
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    browser.post("/sign-out", &format!("csrf={token}")).await;
    assert!(browser.has("您已退出登录"));
    browser.open("/grants").await;
    assert!(browser.path.starts_with("/sign-in"), "{}", browser.path);
}

#[tokio::test]
async fn a_post_from_another_site_changes_nothing() {
    let town = Town::fresh().await;
    let stranger = town.stranger();
    let request = stranger
        .request(Method::POST, "/sign-in")
        .header(header::ORIGIN, "https://evil.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("login=civil.clerk&password={PASSWORD}")));
    let answer = stranger.raw(request.unwrap()).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn an_old_page_loses_nothing_and_shows_what_stands_now() {
    let town = Town::fresh().await;
    let ctx = town.city.ctx("civil.cataloguer");
    let id = app::catalogue::create(&town.city.city, &ctx, allowances())
        .await
        .unwrap();
    let edit = format!("/entries/{id}/edit/use");
    let mut first = town.browser("civil.cataloguer").await;
    let mut second = town.browser("civil.cataloguer").await;
    first.open(&edit).await;
    second.open(&edit).await;
    first.send_form("/edit/use", &[("usage_scope", "甲的范围")]).await;
    second
        .send_form("/edit/use", &[("usage_scope", "乙的范围")])
        .await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(second.has("乙的范围"), "what was typed stays");
    assert!(
        second.has("甲的范围"),
        "what stands now is shown: {}",
        second.text()
    );
    second.send_form("/edit/use", &[]).await;
    let view = app::catalogue::show(&town.city.city, &ctx, &id).await.unwrap();
    assert_eq!(view.content.usage_scope, "乙的范围");
}

#[tokio::test]
async fn yongzhou_art2_a_secret_mark_is_refused_on_the_page_and_not_saved() {
    on_both_engines(async |city| {
        let town = Town::of(city);
        let ctx = town.city.ctx("civil.cataloguer");
        let id = app::catalogue::create(&town.city.city, &ctx, allowances())
            .await
            .unwrap();
        let mut browser = town.browser("civil.cataloguer").await;
        browser.open(&format!("/entries/{id}/edit/use")).await;
        browser
            .send_form("/edit/use", &[("secrecy", "state-secret")])
            .await;
        assert_eq!(browser.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(browser.has("国家秘密”的数据不得录入"), "{}", browser.text());
    })
    .await;
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_leads_back_to_its_page() {
    let town = Town::fresh().await;
    let stranger = town.stranger();
    let posted = |referer: &str| {
        let request = stranger
            .request(Method::POST, "/systems")
            .header(header::REFERER, referer);
        stranger.raw(request.body(Body::empty()).unwrap())
    };
    let answer = posted("http://city.example/systems?done=created").await;
    assert_eq!(
        answer.headers()[header::LOCATION],
        "/sign-in?lost=1&next=%2Fsystems%3Fdone%3Dcreated"
    );
    let answer = posted("http://evil.example/systems").await;
    assert_eq!(answer.headers()[header::LOCATION], "/sign-in?lost=1&next=%2F");
}

#[tokio::test]
async fn an_upload_without_the_token_is_refused_before_its_file_and_one_too_large_is_told_so() {
    let town = Town::fresh().await;
    let mut admin = town.browser("authority.admin").await;
    admin.open("/admin/calendar").await;
    let page = admin.html.clone();
    admin.html = page.replace("name=\"csrf\" value=\"", "name=\"csrf\" value=\"x");
    admin.upload(&[], "2027.csv", b"date,kind,name\n").await;
    assert_eq!(admin.status, StatusCode::FORBIDDEN);
    assert!(admin.has("页面已失效"), "{}", admin.text());
    admin.html = page;
    admin.upload(&[], "2027.csv", &vec![b'a'; 3 << 20]).await;
    assert_eq!(admin.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.has("文件过大"), "{}", admin.text());
}

#[tokio::test]
async fn a_program_that_misses_the_api_gets_its_error_and_no_page() {
    let town = Town::fresh().await;
    let mut stranger = town.stranger();
    stranger.open("/api/v1/nowhere").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert!(
        stranger.html.starts_with("{\"error\":{\"code\":\"no-route\""),
        "{}",
        stranger.html
    );
}
