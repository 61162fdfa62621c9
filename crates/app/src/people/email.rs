//! The address notices are sent to besides: a person gives it, or an administrator does, and either takes it away.

use rules::{
    ids::UserId,
    permission::{Action, Subject},
};
use serde_json::json;
use store::{EventKind, users};

use super::may_manage;
use crate::{City, Ctx, Refused, notices::mail};

/// The own address.
pub async fn own_email(city: &City, ctx: &Ctx) -> Result<Option<String>, Refused> {
    Ok(users::get(city.store.read(), &ctx.actor.user).await?.email)
}

/// Gives the own address; an empty one takes it away.
pub async fn set_own_email(city: &City, ctx: &Ctx, email: &str) -> Result<(), Refused> {
    ctx.may(Action::OwnAccount, &Subject::org(&ctx.actor.org))?;
    set(city, ctx, &ctx.actor.user, email).await
}

/// Gives somebody's address for him; an empty one takes it away.
pub async fn set_email(city: &City, ctx: &Ctx, user: &UserId, email: &str) -> Result<(), Refused> {
    let row = super::find(users::find(city.store.read(), user).await?)?;
    may_manage(city, ctx, &row.org).await?;
    set(city, ctx, user, email).await
}

async fn set(city: &City, ctx: &Ctx, user: &UserId, email: &str) -> Result<(), Refused> {
    let email = email.trim();
    if !email.is_empty() && !mail::is_address(email) {
        let words = "邮箱地址不正确，应如 zhang.wei@yongzhou.gov.cn。不需要邮件的，请留空。";
        return Err(Refused::field("bad-email", "email", words));
    }
    let email = (!email.is_empty()).then_some(email);
    let mut write = city.store.write().await?;
    users::set_email(&mut write, user, email).await?;
    // The address itself is the person's own: the log learns that there is one, and no more.
    let body = json!({ "email": email.is_some() });
    city.seal(write, ctx.event(EventKind::UserChanged, user.as_str(), body))
        .await?;
    Ok(())
}
