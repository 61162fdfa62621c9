//! One-time links by letter: an address is confirmed, a forgotten password is set anew.
//!
//! Whoever asks hears the same whether an address is known or not; the owner of the mailbox alone learns more. What opens
//! a link is derived from its id with the city's key and stored nowhere.

use jiff::Timestamp;
use rules::{
    applicant::{LINKS_MAX, LINKS_SPAN, LinkKind},
    ids::ApplicantId,
};
use serde_json::json;
use store::{
    EventKind, Write,
    applicant_links::{self, Link},
    applicants::{self, Applicant},
};

use super::{
    check_password, event, mark, open, seal,
    session::{SignedIn, begin, judged},
};
use crate::{
    City, Refused,
    envelope::{self, Envelope},
    notices::{NoticeKind, To, tell},
    people::{hash_password, hash_token},
    vault::{Place, Vault, vault},
};

/// Where links lead, before their id.
pub const LINKS: &str = "/open/account/link/";

/// What the subject of an event is where nobody is known by the address.
pub(super) const NOBODY: &str = "unknown";

fn address_at(id: &str) -> Place<'_> {
    Place {
        column: "applicant_links.address",
        id,
    }
}

/// The address of a page as its letter has it: that of a link with what opens it.
pub(crate) fn opened(vault: &Vault, href: &str) -> String {
    match href.strip_prefix(LINKS) {
        Some(id) => format!("{href}/{}", secret(vault, id)),
        None => href.to_owned(),
    }
}

fn secret(vault: &Vault, id: &str) -> String {
    vault.mark("link", id)
}

fn said(kind: LinkKind) -> String {
    let hours = kind.open_for().as_hours();
    match kind {
        LinkKind::Confirm => format!(
            "有人用此邮箱在永州市政务数据开放平台注册为申请人。是您本人的，请在{hours}小时内打开链接，输入注册时设置的密码完成注册；\
             逾期没有确认的，登记信息自动删除。不是您本人操作的，请不必理会。"
        ),
        LinkKind::Reset => format!(
            "有人申请重设您在永州市政务数据开放平台的密码。是您本人的，请在{hours}小时内打开链接设置新密码，链接只能使用一次。\
             不是您本人操作的，请不必理会，密码不会改变。"
        ),
        LinkKind::Move => format!(
            "永州市政务数据开放平台的一个申请人账号要改用此邮箱。是您本人的，请在{hours}小时内打开链接确认。\
             不是您本人操作的，请不必理会。"
        ),
        LinkKind::Known => "有人用此邮箱在永州市政务数据开放平台注册。该邮箱已经注册过，没有新建账号。是您本人的，请直接登录；\
             忘记密码的，可以在登录页面重设。不是您本人操作的，请不必理会。"
            .to_owned(),
    }
}

/// Writes a letter with a link to an applicant; to `address` where it is not the registered one. More of a kind than
/// anybody needs are not written, and nobody is told that.
pub(super) async fn write_link(
    write: &mut Write,
    vault: &Vault,
    id: &ApplicantId,
    kind: LinkKind,
    address: Option<&str>,
    now: Timestamp,
) -> Result<(), Refused> {
    if LINKS_MAX <= applicant_links::count(&mut *write, id, kind, now - LINKS_SPAN).await? {
        return Ok(());
    }
    let link = store::fresh_id(now);
    let kept = address.filter(|_| kind == LinkKind::Move);
    let row = Link {
        applicant: id.clone(),
        kind,
        address: kept.map(|it| vault.seal(address_at(&link), it.as_bytes())),
        created_at: now,
        expires_at: now + kind.open_for(),
        used_at: None,
        id: link,
    };
    applicant_links::insert(write, &row).await?;
    let letter = Envelope {
        reader: id.as_str(),
        audience: "申请人",
        address,
        kind: match kind {
            LinkKind::Confirm | LinkKind::Move => NoticeKind::ConfirmAddress,
            LinkKind::Reset => NoticeKind::ResetPassword,
            LinkKind::Known => NoticeKind::Account,
        },
        words: said(kind),
        href: match kind {
            LinkKind::Known => "/open/account/sign-in".to_owned(),
            _ => format!("{LINKS}{}", row.id),
        },
    };
    envelope::post(write, vault, now, letter).await
}

/// Writes to whoever forgot the password. Says the same of an address that nobody registered.
pub async fn forgot(city: &City, login: &str, now: Timestamp) -> Result<(), Refused> {
    if !city.writes_letters() {
        let words = "平台没有配置邮件服务，不能用邮件重设密码。请联系市政务数据主管部门。";
        return Err(Refused::conflict("no-letters", words));
    }
    let vault = vault(city).await?;
    let login = mark(vault, login);
    let mut write = city.store.write().await?;
    let found = applicants::by_mark(&mut write, &login).await?;
    let subject = match &found {
        Some(row) => row.id.clone(),
        None => ApplicantId(NOBODY.to_owned()),
    };
    if let Some(row) = &found {
        write_link(&mut write, vault, &row.id, LinkKind::Reset, None, now).await?;
    }
    let body = json!({ "link": LinkKind::Reset });
    city.seal(write, event(EventKind::ApplicantLinkSent, &subject, body, now))
        .await?;
    Ok(())
}

/// What the link `id` is for, where `secret` opens it and it is still good.
pub async fn link(city: &City, id: &str, secret: &str, now: Timestamp) -> Result<LinkKind, Refused> {
    Ok(good(city, id, secret, now).await?.0.kind)
}

fn dead() -> Refused {
    Refused::invalid(
        "dead-link",
        "这个链接已经使用过、已经过期，或者不完整。请重新申请。",
    )
}

async fn good(city: &City, id: &str, theirs: &str, now: Timestamp) -> Result<(Link, Applicant), Refused> {
    let vault = vault(city).await?;
    let is_right = hash_token(&secret(vault, id)) == hash_token(theirs);
    let found = applicant_links::find(city.store.read(), id).await?;
    let is_good = |it: &Link| is_right && it.used_at.is_none() && now < it.expires_at;
    let link = found
        .filter(|it| is_good(it) && it.kind != LinkKind::Known)
        .ok_or_else(dead)?;
    let row = applicants::get(city.store.read(), &link.applicant).await?;
    Ok((link, row))
}

/// Takes a link inside a write: of two that use it at once, one does.
async fn take(write: &mut Write, link: &Link, now: Timestamp) -> Result<(), Refused> {
    let now_there = applicant_links::find(&mut *write, &link.id).await?;
    if now_there.is_none_or(|it| it.used_at.is_some()) {
        return Err(dead());
    }
    Ok(applicant_links::end(write, &link.applicant, now).await?)
}

/// Confirms the address of a registration, and signs in. The password shows that it is the one who registered: a stranger
/// may have typed this mailbox's address.
pub async fn confirm(
    city: &City,
    id: &str,
    secret: &str,
    password: &str,
    now: Timestamp,
) -> Result<SignedIn, Refused> {
    let (link, row) = good(city, id, secret, now).await?;
    if link.kind != LinkKind::Confirm {
        return Err(dead());
    }
    judged(city, Some(&row), password, now).await?;
    let mut write = city.store.write().await?;
    take(&mut write, &link, now).await?;
    applicants::set_pending(&mut write, &row.id, None).await?;
    let signed = begin(&mut write, &row.id, now).await?;
    let event = event(EventKind::ApplicantConfirmed, &row.id, json!({}), now);
    city.seal(write, event).await?;
    Ok(signed)
}

/// Sets a new password; every session ends, and every other link with them.
pub async fn reset(city: &City, id: &str, secret: &str, new: &str, now: Timestamp) -> Result<(), Refused> {
    let (link, row) = good(city, id, secret, now).await?;
    if link.kind != LinkKind::Reset {
        return Err(dead());
    }
    let email = open(vault(city).await?, &row)?.map_or_else(String::new, |it| it.email);
    check_password("new", new, &email)?;
    let hash = hash_password(new).await?;
    let mut write = city.store.write().await?;
    take(&mut write, &link, now).await?;
    applicants::set_password(&mut write, &row.id, &hash).await?;
    // The letter reached the mailbox: it is the applicant's.
    applicants::set_pending(&mut write, &row.id, None).await?;
    applicants::end_sessions(&mut write, &row.id, "").await?;
    let words = "您的密码已通过邮件链接重设，此前的登录已全部退出。不是您本人操作的，请立即重设密码。";
    let to = To::applicant(&row.id);
    tell(
        &mut write,
        now,
        to,
        NoticeKind::Account,
        words,
        "/open/account/data",
    )
    .await?;
    let body = json!({ "changed": "password", "by": "link" });
    city.seal(write, event(EventKind::ApplicantChanged, &row.id, body, now))
        .await?;
    Ok(())
}

/// Puts the address that was confirmed in the place of the registered one.
pub async fn settle_move(city: &City, id: &str, secret: &str, now: Timestamp) -> Result<(), Refused> {
    let (link, row) = good(city, id, secret, now).await?;
    let vault = vault(city).await?;
    let (LinkKind::Move, Some(sealed)) = (link.kind, &link.address) else {
        return Err(dead());
    };
    let address = vault.open(address_at(&link.id), sealed)?;
    let mut details = open(vault, &row)?.ok_or_else(dead)?;
    details.email = String::from_utf8(address).map_err(Refused::internal)?;
    let (login, sealed) = (mark(vault, &details.email), seal(vault, &row.id, &details));
    let mut write = city.store.write().await?;
    take(&mut write, &link, now).await?;
    // Somebody else has registered it in the meantime: the link is as dead as any other.
    let moved = applicants::update(&mut write, &row.id, row.revision, &login, &sealed, now).await;
    moved.map_err(|error| match error {
        store::StoreError::Taken { .. } => dead(),
        other => other.into(),
    })?;
    let body = json!({ "changed": "email" });
    city.seal(write, event(EventKind::ApplicantConfirmed, &row.id, body, now))
        .await?;
    Ok(())
}

/// The address that waits for its link, as far as one does.
pub(crate) async fn waiting(
    city: &City,
    id: &ApplicantId,
    now: Timestamp,
) -> Result<Option<String>, Refused> {
    let links = applicant_links::of_applicant(city.store.read(), id).await?;
    let waits = links
        .iter()
        .find(|it| it.kind == LinkKind::Move && now < it.expires_at);
    let Some((link, sealed)) = waits.and_then(|it| Some((it, it.address.as_ref()?))) else {
        return Ok(None);
    };
    let plain = vault(city).await?.open(address_at(&link.id), sealed)?;
    String::from_utf8(plain).map(Some).map_err(Refused::internal)
}
