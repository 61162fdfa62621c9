//! The ways that reach outside, as those who go them see them: a set is opened and withdrawn, an applicant gets what he
//! asks for and leaves, an agency doubts a value, a citizen objects. A real browser on the real binary; each story is
//! told twice by the same code, with scripts and without. On the way every page is looked at in both windows.

mod applicant;
mod correction;
mod objection;
mod opening;

use e2e::{Browser, City, Result, Shared};
use fantoccini::Locator;

use self::{
    applicant::{COMPANY, PERSON},
    correction::{FOURTH, THIRD},
    objection::{PARKS, SCENIC},
    opening::{LOANS, NEEDY},
};

/// The city of these stories: each has its own things in it.
static CITY: Shared = Shared::new();

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art22_31_24_25_a_veiled_set_is_opened_used_and_withdrawn() -> Result {
    opening::story(&CITY.city(), false, &LOANS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art22_31_24_25_a_veiled_set_is_opened_used_and_withdrawn_with_scripts() -> Result {
    opening::story(&CITY.city(), true, &NEEDY).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art26_33_an_applicant_gets_conditional_data_and_leaves() -> Result {
    applicant::story(&CITY.city(), false, &PERSON).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art26_33_an_applicant_gets_conditional_data_and_leaves_with_scripts() -> Result {
    applicant::story(&CITY.city(), true, &COMPANY).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art21_a_doubted_value_is_corrected_and_all_who_have_it_are_told() -> Result {
    correction::story(&CITY.city(), false, THIRD).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art21_a_doubted_value_is_corrected_and_all_who_have_it_are_told_with_scripts() -> Result {
    correction::story(&CITY.city(), true, FOURTH).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art34_an_anonymous_objection_is_marked_decided_and_told() -> Result {
    objection::story(&CITY.city(), false, &PARKS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yongzhou_art34_an_anonymous_objection_is_marked_decided_and_told_with_scripts() -> Result {
    objection::story(&CITY.city(), true, &SCENIC).await
}

/// Where the pictures of a story go.
fn shelf(story: &str, scripts: bool) -> String {
    format!(
        "{story}-{}",
        if scripts {
            "with-scripts"
        } else {
            "without-scripts"
        }
    )
}

/// Finds the case in the to-do list of `user`, and opens the form of `step` from there.
async fn take_up(city: &City, browser: &Browser, user: &str, case: &str, step: &str) -> Result {
    browser.sign_in(city, user).await?;
    browser.visit("/").await?;
    let link = format!("//main//a[@href='{case}/{step}']");
    match browser.client().find(Locator::XPath(&link)).await {
        Ok(found) => browser.leave_by(found).await,
        Err(_) => Err(format!("{user} is not told to {step} {case}:\n{}", browser.text().await?).into()),
    }
}

/// Reads what an element says.
async fn said(browser: &Browser, css: &str) -> Result<String> {
    Ok(browser.client().find(Locator::Css(css)).await?.text().await?)
}

/// Nobody is signed in from here on.
async fn as_anybody(browser: &Browser) -> Result {
    Ok(browser.client().delete_all_cookies().await?)
}
