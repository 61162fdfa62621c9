//! Every page of the public side, opened in a real browser at the desk and on the telephone, with scripts and without:
//! nothing cut off, nothing that axe finds, nothing that jumps, nothing asked of strangers. The pages are found by
//! following links, and a page that no link leads to is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use e2e::{Browser, City, Crawl, Result, Screen, Seen, Shared};
use serde_json::Value;

/// The city that is looked at; nobody changes anything in it.
static CITY: Shared = Shared::new();
/// All bytes of the first page on a first visit.
const FIRST_PAGE_MAX: u64 = 100_000;
/// Pages of one address that are read: all but the files of the last sets, which are many and alike.
const PAGES_MAX: usize = 120;
/// Pages of one address that are looked at in the browser: those that differ most.
const EXAMPLES_MAX: usize = 2;
/// Rules of what a page may fetch: nothing, or what this host has.
const POLICIES: [&str; 2] = ["default-src 'none'", "default-src 'self'"];

/// Addresses of pages that outsiders open.
fn routes() -> Vec<&'static str> {
    let all = portal::routes::routes();
    all.iter()
        .filter(|it| it.method == "GET")
        .map(|it| it.path)
        .collect()
}

/// Everything that links lead to from the first page, without signing in.
fn public(city: &City) -> &'static [Seen] {
    static SEEN: OnceLock<Vec<Seen>> = OnceLock::new();
    let crawl = Crawl::new(city, routes()).at_most(PAGES_MAX);
    SEEN.get_or_init(|| crawl.follow("/open").expect("the city answers"))
}

/// Everything that links lead to from 我的申请 for the applicant at this browser.
async fn of_applicant(city: &City, browser: &Browser) -> Result<Vec<Seen>> {
    let cookie = browser.cookie().await?;
    let crawl = Crawl::new(city, routes()).as_somebody(&cookie).at_most(6);
    let mut seen = crawl.follow("/open/account")?;
    let conditional = crawl.follow("/dataset?kind=conditional")?;
    seen.extend(conditional);
    seen.retain(|it| it.route.starts_with("/open/account") || it.from.starts_with("/open/account"));
    Ok(seen)
}

/// What is wrong with an answer, as far as its text tells.
fn faults(it: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    if it.status != 200 && !(it.status == 303 && it.route.starts_with("/open/account")) {
        wrong.push(format!("answers {}", it.status));
    }
    wrong.extend(it.strangers().into_iter().map(|it| format!("asks {it}")));
    if it.is_page() {
        if it.text.matches("<h1").count() != 1 || it.text.contains("<title></title>") {
            wrong.push("has not one title and one first heading".to_owned());
        }
        if !POLICIES.iter().any(|policy| it.policy.starts_with(policy)) {
            wrong.push(format!("may fetch anything: {}", it.policy));
        }
    }
    wrong
        .into_iter()
        .map(|why| format!("{} (from {}) {why}", it.path, it.from))
        .collect()
}

/// Some pages of each address: the longest, and those that have something the chosen ones do not.
fn examples(seen: &[Seen]) -> Vec<&Seen> {
    let mut by_route: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for it in seen.iter().filter(|it| it.is_page() && !it.route.is_empty()) {
        by_route.entry(it.route).or_default().push(it);
    }
    let mut chosen = Vec::new();
    for mut pages in by_route.into_values() {
        pages.sort_by_key(|it| std::cmp::Reverse(it.text.len()));
        let mut shown = BTreeSet::new();
        let mut count = 0;
        while let Some(at) = (0..pages.len()).max_by_key(|at| {
            let new = classes(&pages[*at].text).filter(|it| !shown.contains(it)).count();
            (new, pages.len() - at)
        }) {
            let page = pages.remove(at);
            let before = shown.len();
            shown.extend(classes(&page.text));
            if shown.len() == before && count > 0 || count == EXAMPLES_MAX {
                break;
            }
            chosen.push(page);
            count += 1;
        }
    }
    chosen
}

/// What a page is made of: the classes of its elements.
fn classes(html: &str) -> impl Iterator<Item = &str> {
    let values = html
        .split(" class=\"")
        .skip(1)
        .filter_map(|it| it.split('"').next());
    values.flat_map(str::split_whitespace)
}

/// Looks at these pages in both windows; tells everything that is wrong at once.
async fn look_at(browser: &mut Browser, pages: &[&Seen]) -> Result {
    let mut wrong = Vec::new();
    for (n, page) in pages.iter().enumerate() {
        for screen in Screen::BOTH {
            browser.turn_to(screen).await?;
            let mut found = Vec::new();
            // Without scripts a page in a narrower window is the same page; with them, it is loaded anew to see it move.
            if browser.runs_scripts() || screen == Screen::Desk {
                browser.visit(&page.path).await?;
                found.extend(browser.asked_no_stranger().await.err().map(|it| it.to_string()));
            }
            if browser.runs_scripts() {
                found.extend(browser.stands_still().await.err().map(|it| it.to_string()));
                browser.keep(&shot(n, page.route, screen)).await?;
            }
            found.extend(browser.misfits(screen).await?);
            found.extend(browser.barriers().await?);
            let about = |it| format!("{} at {} points: {it}", page.path, screen.width());
            wrong.extend(found.into_iter().map(about));
        }
    }
    no(wrong)
}

/// The name of a picture: which page of which address, in which window.
fn shot(n: usize, route: &str, screen: Screen) -> String {
    let words: Vec<&str> = route.split(['/', '{', '}']).filter(|it| !it.is_empty()).collect();
    format!("{}-{n:02}-{}", words.join("-"), screen.width())
}

fn no(wrong: Vec<String>) -> Result {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("{} faults:\n{}", wrong.len(), wrong.join("\n")).into()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_public_page_is_reached_by_links_and_none_asks_another_host() -> Result {
    let city = CITY.city();
    let mut seen = public(&city).to_vec();
    let browser = Browser::open(&city, "portal", false).await?;
    for applicant in city.card["applicants"].as_array().into_iter().flatten() {
        let email = applicant["email"].as_str().unwrap_or_default();
        browser.sign_in_applicant(&city, email).await?;
        seen.extend(of_applicant(&city, &browser).await?);
    }
    let pages = portal::pages::routes()
        .into_iter()
        .chain(portal::account::routes());
    let pages = pages.filter(|it| it.method == "GET").map(|it| it.path);
    // What stands at no address has none of its own, the icon is asked for by browsers themselves, and one-time links
    // stand in letters alone.
    let is_linked = |it: &&str| !it.contains("{*") && *it != "/favicon.ico" && !it.contains("/account/link/");
    let pages = pages.filter(is_linked);
    let reached = |route: &str| seen.iter().any(|it| it.route == route && it.status == 200);
    let mut wrong: Vec<String> = pages
        .filter(|it| !reached(it))
        .map(|it| format!("no link leads to {it}"))
        .collect();
    wrong.extend(seen.iter().flat_map(faults));
    assert!(seen.len() > 300, "only {} answers were found", seen.len());
    no(wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_public_page_is_well_made_with_scripts() -> Result {
    let city = CITY.city();
    let mut browser = Browser::open(&city, "portal-with-scripts", true).await?;
    first_visit(&browser).await?;
    every_page(&city, &mut browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_public_page_is_well_made_without_scripts() -> Result {
    let city = CITY.city();
    let mut browser = Browser::open(&city, "portal-without-scripts", false).await?;
    every_page(&city, &mut browser).await
}

/// The first page comes whole, with everything it needs, in less than a hundred kilobytes.
async fn first_visit(browser: &Browser) -> Result {
    browser.forget_files().await?;
    browser.asked_no_stranger().await?;
    browser.visit("/open").await?;
    browser.stands_still().await?;
    let fetched = browser.asked_no_stranger().await?;
    let sizes: Vec<(&str, u64)> = fetched.iter().map(|it| (it.url.as_str(), it.bytes)).collect();
    assert!(
        fetched.iter().all(|it| it.status == 200) && sizes.len() > 2,
        "{sizes:?}"
    );
    let bytes: u64 = sizes.iter().map(|it| it.1).sum();
    assert!(
        (1_000..FIRST_PAGE_MAX).contains(&bytes),
        "{bytes} bytes: {sizes:?}"
    );
    Ok(())
}

async fn every_page(city: &City, browser: &mut Browser) -> Result {
    look_at(browser, &examples(public(city))).await?;
    let mut looked_at = BTreeSet::new();
    for applicant in city.card["applicants"].as_array().into_iter().flatten() {
        let email = applicant["email"].as_str().unwrap_or_default();
        browser.sign_in_applicant(city, email).await?;
        let mut seen = of_applicant(city, browser).await?;
        seen.retain(|it| !looked_at.contains(it.route));
        looked_at.extend(seen.iter().map(|it| it.route));
        look_at(browser, &examples(&seen)).await?;
    }
    Ok(())
}

/// Whose desks have pages of the public side: who compiles and decides, who reviews, who supervises.
const DESKS: [&str; 4] = ["zhujian.head", "renshe", "gongan.head", "shenhe"];

/// Addresses of the inner pages that belong to the public side, and to corrections.
fn is_of_public_side(route: &str) -> bool {
    let begins = [
        "/opening",
        "/agreements",
        "/applicants",
        "/products",
        "/cases",
        "/notices",
    ];
    begins.iter().any(|it| route.starts_with(it)) || matches!(route, "/" | "/grants/{id}/doubt")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_those_who_serve_the_public_are_well_made() -> Result {
    let city = CITY.city();
    let mut browser = Browser::open(&city, "desks", false).await?;
    let all = web::routes::routes();
    let routes: Vec<&'static str> = all
        .iter()
        .filter(|it| it.method == "GET")
        .map(|it| it.path)
        .collect();
    let mut reached = BTreeSet::new();
    for user in DESKS {
        browser.sign_in(&city, user).await?;
        let crawl = Crawl::new(&city, routes.clone()).as_somebody(&browser.cookie().await?);
        let mut seen = crawl.at_most(8).follow("/")?;
        no(seen
            .iter()
            .filter(|it| it.status == 404 || it.status == 500)
            .flat_map(faults)
            .collect())?;
        seen.retain(|it| is_of_public_side(it.route) && reached.insert((it.route, it.path.clone())));
        look_at(&mut browser, &examples(&seen)).await?;
    }
    // Files are no pages, and nothing of the demo is suspended that could be resumed.
    let wanted = routes.into_iter().filter(|it| is_of_public_side(it));
    let wanted = wanted.filter(|it| !it.ends_with("/export") && !it.ends_with("/resume"));
    let is_reached = |route: &str| reached.iter().any(|it| it.0 == route);
    no(wanted
        .filter(|it| !is_reached(it))
        .map(|it| format!("no desk shows {it}"))
        .collect())
}

/// What has the focus: whether it comes later in the page than what had it before, is within the window, and shows it.
const FOCUS: &str = r#"(() => {
  const it = document.activeElement, before = window.before, style = getComputedStyle(it), place = it.getBoundingClientRect();
  window.before = it;
  return {
    what: it === document.body ? "" : it.outerHTML.slice(0, 80),
    follows: !before || Boolean(before.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING),
    shows: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: place.bottom > 0 && place.top < innerHeight,
    main: Boolean(it.closest("main")),
  };
})()"#;

/// Presses a key where the focus is, and says where it is then.
async fn press(browser: &Browser, key: &str) -> Result<Value> {
    browser.client().active_element().await?.send_keys(key).await?;
    browser.evaluate(FOCUS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_alone_goes_through_a_page_in_order_and_is_always_seen() -> Result {
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    let city = CITY.city();
    let browser = Browser::open(&city, "keyboard", false).await?;
    let set = public(&city)
        .iter()
        .find(|it| it.route == "/dataset/{name}" && it.is_page());
    for path in ["/open", "/dataset", &set.ok_or("no set is open")?.path] {
        browser.visit(path).await?;
        let skip = press(&browser, tab).await?;
        assert!(
            skip["what"].as_str().is_some_and(|it| it.contains("skip")),
            "{path}: {skip}"
        );
        assert!(skip["inside"] == true && skip["shows"] == true, "{path}: {skip}");
        press(&browser, enter).await?;
        let first = press(&browser, tab).await?;
        assert!(first["main"] == true, "{path}: the skip link leads to {first}");
        for _ in 0..60 {
            let at = press(&browser, tab).await?;
            if at["what"] == "" {
                break;
            }
            assert!(
                at["follows"] == true && at["shows"] == true && at["inside"] == true,
                "{path}: {at}"
            );
        }
    }
    Ok(())
}
