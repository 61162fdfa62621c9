//! An applicant leaves for good. What the departments did stays as the act of a number that nobody stands behind any
//! more; what he said himself goes, wherever it lies.

use jiff::Timestamp;
use rules::{grant::GrantState, procedure::open_request};
use serde_json::json;
use store::{EventKind, Write, agreements as rows, applicants as people, cases, notices};

use super::{ALL, of};
use crate::{
    City, Refused, agreements,
    applicants::{Me, event, signature},
    cases::{Doer, Stride, advance},
    open_requests,
    people::is_password,
    products,
};

/// Erases everything personal, after the password was typed again. Agreements end, open applications are withdrawn,
/// products are taken down.
pub async fn erase(city: &City, me: &Me, password: &str, now: Timestamp) -> Result<(), Refused> {
    let row = people::get(city.store.read(), &me.id).await?;
    let hash = Some(row.password_hash).filter(|it| !it.is_empty());
    if !is_password(password, hash).await? {
        let words = "密码不正确，账号没有注销。请重新输入。";
        return Err(Refused::field("wrong-password", "password", words));
    }
    let mut write = city.store.write().await?;
    for line in rows::list(&mut write, &of(&me.id), None, ALL).await? {
        let mut it = line.agreement;
        rows::revoke_keys(&mut write, &it.id, now).await?;
        if it.state != GrantState::Terminated {
            rows::set_state(&mut write, &it, GrantState::Terminated, "申请人注销账号", now).await?;
            it.revision += 1;
        }
        agreements::erase_words(&mut write, &it).await?;
    }
    close_cases(&mut write, city, me, now).await?;
    products::erase_words(&mut write, &me.id, now).await?;
    people::erase(&mut write, &me.id, now).await?;
    notices::forget(&mut write, me.id.as_str()).await?;
    city.seal(write, event(EventKind::ApplicantErased, &me.id, json!({}), now))
        .await?;
    city.gate.refresh().await?;
    Ok(())
}

/// Withdraws the applications that are open, and erases what he said in all of them.
async fn close_cases(write: &mut Write, city: &City, me: &Me, now: Timestamp) -> Result<(), Refused> {
    let filter = cases::Filter {
        applicant: Some(me.id.clone()),
        procedure: Some(open_request::PROCEDURE.name.to_owned()),
        ..cases::Filter::default()
    };
    let masked = signature(&me.number);
    for line in cases::list(&mut *write, &filter, None, ALL).await? {
        if line.closed_at.is_none() {
            let mut case = cases::get(&mut *write, &line.id).await?;
            let doer = Doer::Applicant {
                id: &me.id,
                masked: &masked,
                now,
            };
            let stride = Stride::of(open_request::Step::Withdraw.word());
            advance(write, city, doer, &mut case, stride).await?;
        }
        open_requests::erase_words(write, &line.id).await?;
    }
    Ok(())
}
