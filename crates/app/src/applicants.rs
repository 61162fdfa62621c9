//! 申请人: citizens and organisations that register on the open platform, and what is kept of them (art. 33).
//!
//! What an applicant registers about himself is sealed before it reaches the records and opened only for him, and for
//! the handlers of his applications, whose every look is an event. It stands in no log, address, event or evidence.
//!
//! Home of 《永州市政务大数据管理办法》 art. 33.

use jiff::Timestamp;
use rules::{
    applicant::{CONSENT_EDITION, Kind, LinkKind, masked},
    calendar,
    ids::ApplicantId,
    password,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Event, EventKind, StoreError, Write,
    applicants::{self, Applicant},
};
use table::value;

use crate::{
    City, Refused,
    notices::mail::is_address,
    people::{hash_password, hash_token, is_password},
    vault::{Place, Vault, vault},
};

mod link;
mod look;
mod session;

pub use link::{confirm, forgot, link, reset, settle_move};
pub(crate) use link::{opened, waiting};
pub use look::{Seen, look, warn};
pub use session::{Me, SignedIn, change_password, session, sign_in, sign_out, sweep};

/// Characters in one field at most.
const FIELD_MAX: usize = 100;

/// What an applicant registers about himself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// 姓名 or 名称.
    pub name: String,
    /// 公民身份号码 or 统一社会信用代码.
    pub identity: String,
    /// 联系人; of a person himself.
    pub contact: String,
    /// 联系电话.
    pub phone: String,
    /// 电子邮箱; also what is typed to sign in.
    pub email: String,
    /// 通信地址.
    pub address: String,
}

/// A registration.
#[derive(Clone, Debug)]
pub struct NewApplicant {
    /// A person or an organisation.
    pub kind: Kind,
    /// What is registered.
    pub details: Details,
    /// The password.
    pub password: String,
    /// Whether the applicant has read what is collected and why, and consents.
    pub consents: bool,
}

/// Registers an applicant. An address that is registered already is answered in the same way, and nothing is changed by
/// it; where the city writes letters, its owner is told.
pub async fn register(city: &City, new: NewApplicant, now: Timestamp) -> Result<(), Refused> {
    let details = registrable(&new)?;
    let vault = vault(city).await?;
    let password_hash = hash_password(&new.password).await?;
    let login = mark(vault, &details.email);
    let mut write = city.store.write().await?;
    match applicants::by_mark(&mut write, &login).await? {
        Some(known) if known.pending_until.is_none() => return again(city, vault, write, &known, now).await,
        // Nobody has shown that the mailbox is his: the last who typed it is as good as the first.
        Some(pending) => applicants::remove(&mut write, &pending.id).await?,
        None => {}
    }
    let id = ApplicantId(store::fresh_id(now));
    let year = calendar::today(now).year();
    let waits = city.writes_letters();
    let row = Applicant {
        number: applicants::next_number(&mut write, "户", year).await?,
        kind: new.kind,
        login_mark: Some(login),
        details: Some(seal(vault, &id, &details)),
        password_hash,
        consent: CONSENT_EDITION.to_owned(),
        failures: 0,
        locked_until: None,
        revision: 1,
        created_at: now,
        changed_at: now,
        erased_at: None,
        pending_until: waits.then(|| now + LinkKind::Confirm.open_for()),
        id: id.clone(),
    };
    applicants::insert(&mut write, &row).await.map_err(taken)?;
    if waits {
        link::write_link(&mut write, vault, &id, LinkKind::Confirm, None, now).await?;
    }
    let body = json!({ "kind": row.kind, "consent": row.consent });
    city.seal(write, event(EventKind::ApplicantRegistered, &id, body, now))
        .await?;
    Ok(())
}

/// What can be registered of `new`, or everything that is wrong with it at once.
fn registrable(new: &NewApplicant) -> Result<Details, Refused> {
    let checked = checked(new.kind, new.details.clone());
    let password = check_password("password", &new.password, new.details.email.trim());
    let consent = if new.consents {
        Ok(())
    } else {
        let words = "请阅读并同意个人信息收集使用说明。不同意的，仍可不登录下载无条件开放的数据。";
        Err(Refused::field("no-consent", "consents", words))
    };
    let mut wrong: Option<Refused> = None;
    let faults = [
        checked.as_ref().err(),
        password.as_ref().err(),
        consent.as_ref().err(),
    ];
    for fault in faults.into_iter().flatten() {
        match &mut wrong {
            Some(first) => first.fields.extend(fault.fields.iter().cloned()),
            None => wrong = Some(fault.clone()),
        }
    }
    match wrong {
        Some(wrong) => Err(wrong),
        None => checked,
    }
}

/// Somebody registers what is registered.
async fn again(
    city: &City,
    vault: &Vault,
    mut write: Write,
    known: &Applicant,
    now: Timestamp,
) -> Result<(), Refused> {
    if city.writes_letters() {
        link::write_link(&mut write, vault, &known.id, LinkKind::Known, None, now).await?;
    }
    let event = event(EventKind::ApplicantRegisteredAgain, &known.id, json!({}), now);
    city.seal(write, event).await?;
    Ok(())
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Everything is saved.
    Saved,
    /// Everything but the address, which waits for its link to be opened.
    AddressWaits,
}

/// Changes what was registered. The kind stays: another kind is another applicant. Where the city writes letters, a new
/// address counts once its link was opened; one that is another's is answered in the same way.
pub async fn change(
    city: &City,
    me: &Me,
    revision: i64,
    details: Details,
    now: Timestamp,
) -> Result<Changed, Refused> {
    let mut details = checked(me.kind, details)?;
    let vault = vault(city).await?;
    let row = applicants::get(city.store.read(), &me.id).await?;
    let old = open(vault, &row)?
        .ok_or_else(|| Refused::not_found("该账号"))?
        .email;
    let new = details.email.clone();
    let waits = city.writes_letters() && new != old;
    if waits {
        details.email = old;
    }
    let (login, sealed) = (mark(vault, &details.email), seal(vault, &me.id, &details));
    let mut write = city.store.write().await?;
    applicants::update(&mut write, &me.id, revision, &login, &sealed, now)
        .await
        .map_err(taken)?;
    if waits {
        match applicants::by_mark(&mut write, &mark(vault, &new)).await? {
            Some(other) => link::write_link(&mut write, vault, &other.id, LinkKind::Known, None, now).await?,
            None => link::write_link(&mut write, vault, &me.id, LinkKind::Move, Some(&new), now).await?,
        }
    }
    let body = json!({ "changed": "details" });
    city.seal(write, event(EventKind::ApplicantChanged, &me.id, body, now))
        .await?;
    Ok(if waits {
        Changed::AddressWaits
    } else {
        Changed::Saved
    })
}

/// The event that seals an applicant's own act. It names the applicant by id, which tells nothing to others.
pub(crate) fn event(
    kind: EventKind,
    subject: &ApplicantId,
    body: serde_json::Value,
    now: Timestamp,
) -> Event {
    Event {
        at_ms: now.as_millisecond(),
        actor: None,
        org: None,
        kind,
        subject: subject.0.clone(),
        body,
    }
}

/// Where letters to an applicant go; none once he was erased, or where there is no such applicant.
pub(crate) async fn address(city: &City, id: &ApplicantId) -> Result<Option<String>, Refused> {
    let Some(row) = applicants::find(city.store.read(), id).await? else {
        return Ok(None);
    };
    Ok(open(vault(city).await?, &row)?.map(|it| it.email))
}

fn place(id: &ApplicantId) -> Place<'_> {
    Place {
        column: "applicants.details",
        id: id.as_str(),
    }
}

fn seal(vault: &Vault, id: &ApplicantId, details: &Details) -> String {
    let plain = serde_json::to_vec(details).expect("text is plain JSON");
    vault.seal(place(id), &plain)
}

/// What `row` holds; after an erasure nothing.
pub(crate) fn open(vault: &Vault, row: &Applicant) -> Result<Option<Details>, Refused> {
    let Some(sealed) = &row.details else {
        return Ok(None);
    };
    let plain = vault.open(place(&row.id), sealed)?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(Refused::internal)
}

/// The keyed hash of a login, however it is typed.
fn mark(vault: &Vault, login: &str) -> String {
    vault.mark("login", &login.trim().to_lowercase())
}

fn taken(error: StoreError) -> Refused {
    match error {
        StoreError::Taken { .. } => {
            let words = "这个电子邮箱不能使用，请换一个邮箱。";
            Refused::field("login-taken", "email", words)
        }
        other => other.into(),
    }
}

fn check_password(field: &str, new: &str, login: &str) -> Result<(), Refused> {
    let faults = password::faults(new, login);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refused::field("weak-password", field, faults.concat()))
}

/// The registration in its kept form; every field that cannot be taken is named.
fn checked(kind: Kind, details: Details) -> Result<Details, Refused> {
    let trimmed = |it: &str| it.trim().to_owned();
    let mut details = Details {
        name: trimmed(&details.name),
        identity: trimmed(&details.identity).to_ascii_uppercase(),
        contact: trimmed(&details.contact),
        phone: trimmed(&details.phone),
        email: trimmed(&details.email).to_lowercase(),
        address: trimmed(&details.address),
    };
    if kind == Kind::Person {
        details.contact.clone_from(&details.name);
    }
    let faults = faults(kind, &details);
    if faults.is_empty() {
        return Ok(details);
    }
    let mut refused = Refused::invalid("bad-registration", "登记信息有误，请按提示修改。");
    refused.fields = faults;
    Err(refused)
}

fn faults(kind: Kind, it: &Details) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let mut fault = |is_wrong: bool, field: &str, words: &str| {
        if is_wrong {
            faults.push((field.to_owned(), words.to_owned()));
        }
    };
    let is_bad = |text: &str| text.is_empty() || FIELD_MAX < text.chars().count();
    let is_digit = |it: char| it.is_ascii_digit() || it == '-' || it == '+';
    let (name, missing, identity) = match kind {
        Kind::Person => (
            "请填写姓名，不超过100个字。",
            "请填写公民身份号码。",
            "公民身份号码不正确，请核对18位号码。",
        ),
        Kind::Organisation => (
            "请填写单位名称，不超过100个字。",
            "请填写统一社会信用代码。",
            "统一社会信用代码不正确，请核对18位代码。",
        ),
    };
    let is_identity = match kind {
        Kind::Person => value::identity(&it.identity).is_ok(),
        Kind::Organisation => value::credit(&it.identity).is_ok(),
    };
    fault(is_bad(&it.name), "name", name);
    let identity = if it.identity.is_empty() { missing } else { identity };
    fault(!is_identity, "identity", identity);
    let has_contact = kind == Kind::Organisation;
    fault(
        has_contact && is_bad(&it.contact),
        "contact",
        "请填写联系人，不超过100个字。",
    );
    fault(
        !(7..=20).contains(&it.phone.len()) || !it.phone.chars().all(is_digit),
        "phone",
        "联系电话为7至20位数字，可以有连字符。",
    );
    fault(
        is_bad(&it.email) || !is_address(&it.email),
        "email",
        "电子邮箱格式不正确，例如 name@example.org。",
    );
    fault(
        FIELD_MAX < it.address.chars().count(),
        "address",
        "通信地址不超过100个字。",
    );
    faults
}

/// What stands where an applicant's own words stood before he left.
pub(crate) const ERASED: &str = "（申请人已注销账号，内容已删除）";

/// How others read an applicant's name, and how cases sign his steps: by number.
pub(crate) fn signature(number: &str) -> String {
    format!("申请人{number}")
}

/// The name as the header of his own pages shows it.
fn shown(details: &Option<Details>) -> String {
    details.as_ref().map_or_else(String::new, |it| masked(&it.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_names_every_field_that_is_wrong() {
        let refused = checked(Kind::Organisation, Details::default()).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(fields, ["name", "identity", "contact", "phone", "email"]);
        let person = NewApplicant {
            kind: Kind::Person,
            details: Details::default(),
            password: "abc".to_owned(),
            consents: false,
        };
        let refused = registrable(&person).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(
            fields,
            ["name", "identity", "phone", "email", "password", "consents"]
        );
    }
}
