//! Every address of the platform: who may open it, and that nobody else can.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use rules::{
    people::Role,
    permission::{self, Who},
};
use web::routes::{Guard, Route, routes};

use crate::browser::Town;

/// Addresses without a permission case. This list may only shrink.
const WITHOUT_A_CASE: &[&str] = &[
    "GET /assets/{hash}/{*name}",
    "GET /sign-in",
    "POST /sign-in",
    "GET /help",
    "GET /law",
    "GET /",
];

fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// The address with something in place of its parameters.
fn address(path: &str) -> String {
    let part = |it: &str| match it {
        "{section}" => "naming".to_owned(),
        "{step}" => "publish".to_owned(),
        "{version}" | "{index}" => "1".to_owned(),
        it if it.starts_with('{') => "01JD0000000000000000000000".to_owned(),
        it => it.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_address_has_a_permission_case_or_is_listed_as_without() {
    let without: Vec<String> = routes()
        .iter()
        .filter(|it| !matches!(it.guard, Guard::May(_)))
        .map(name)
        .collect();
    assert_eq!(without, WITHOUT_A_CASE);
}

#[test]
fn no_address_stands_twice() {
    let mut names: Vec<String> = routes().iter().map(name).collect();
    let before = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), before);
}

#[tokio::test]
async fn a_stranger_is_led_to_the_door_from_every_address_that_is_not_public() {
    let town = Town::fresh().await;
    let stranger = town.stranger();
    for route in routes().iter().filter(|it| it.guard != Guard::Public) {
        let path = address(route.path);
        let request = stranger
            .request(route.method.clone(), &path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::empty());
        let answer = stranger.raw(request.unwrap()).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", name(route));
        let to = answer.headers()[header::LOCATION].to_str().unwrap();
        let door = if route.method == Method::GET {
            "/sign-in?next="
        } else {
            "/sign-in?lost=1&next="
        };
        assert!(to.starts_with(door), "{} leads to {to}", name(route));
    }
}

#[tokio::test]
async fn one_who_is_not_charged_with_an_act_is_refused_at_its_address_and_told_who_may() {
    let town = Town::fresh().await;
    let people = [
        ("civil.cataloguer", Role::Cataloguer),
        ("civil.engineer", Role::Engineer),
        ("civil.clerk", Role::Clerk),
        ("authority.admin", Role::Administrator),
        ("authority.auditor", Role::Auditor),
    ];
    for (login, role) in people {
        let mut browser = town.browser(login).await;
        for route in routes() {
            let Guard::May(action) = route.guard else { continue };
            if permission::rule(action)
                .by
                .iter()
                .any(|(who, _)| *who == Who::Person(role))
            {
                continue;
            }
            match route.method {
                Method::GET => browser.open(&address(route.path)).await,
                _ => browser.post(&address(route.path), "").await,
            };
            assert_eq!(
                browser.status,
                StatusCode::FORBIDDEN,
                "{login} at {}",
                name(&route)
            );
            assert!(
                browser.has(action.label()),
                "{login} at {}: {}",
                name(&route),
                browser.text()
            );
        }
    }
}

#[tokio::test]
async fn no_posted_form_is_read_without_the_token_of_its_session() {
    let town = Town::fresh().await;
    let logins = [
        "civil.cataloguer",
        "civil.engineer",
        "civil.clerk",
        "civil.head",
        "authority.admin",
    ];
    for login in logins {
        let mut browser = town.browser(login).await;
        for route in routes()
            .iter()
            .filter(|it| it.method == Method::POST && it.path != "/sign-in")
        {
            let Guard::May(action) = route.guard else { continue };
            let role = Role::ALL.iter().find(|it| {
                login.ends_with(it.name()) || login.ends_with("admin") && **it == Role::Administrator
            });
            let role = *role.unwrap();
            if !permission::rule(action)
                .by
                .iter()
                .any(|(who, _)| *who == Who::Person(role))
            {
                continue;
            }
            browser
                .post(&address(route.path), "csrf=wrong&login=x&name=x")
                .await;
            let is_unread = matches!(
                browser.status,
                StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST
            );
            assert!(is_unread, "{} answered {}", name(route), browser.status);
        }
    }
}

#[tokio::test]
async fn a_thing_that_does_not_exist_is_not_found_at_every_address_and_the_page_says_so() {
    let town = Town::fresh().await;
    let logins = [
        "civil.cataloguer",
        "civil.engineer",
        "civil.clerk",
        "civil.head",
        "authority.admin",
        "authority.reviewer",
        "authority.auditor",
    ];
    for login in logins {
        let mut browser = town.browser(login).await;
        for route in routes()
            .iter()
            .filter(|it| it.method == Method::GET && it.path.contains('{'))
        {
            browser.open(&address(route.path)).await;
            let is_answered = matches!(
                browser.status,
                StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::OK
            );
            assert!(
                is_answered,
                "{login} at {}: {} {}",
                name(route),
                browser.status,
                browser.text()
            );
        }
    }
}
