//! 申请人: citizens and organisations that register on the open platform, and what is kept of them (art. 33).
//!
//! What an applicant registers about himself is sealed before it reaches the records and opened only for him, and for
//! the handlers of his applications, whose every look is an event. It stands in no log, address, event or evidence.
//!
//! Home of 《永州市政务大数据管理办法》 art. 33.

use jiff::Timestamp;
use rules::{
    applicant::{CONSENT_EDITION, Kind, masked},
    calendar,
    ids::ApplicantId,
    password,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Event, EventKind, StoreError,
    applicants::{self, Applicant},
};
use table::value;

use crate::{
    City, Refused,
    people::{hash_password, hash_token, is_password},
    vault::{Place, Vault, vault},
};

mod look;
mod session;

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

/// Registers an applicant.
pub async fn register(city: &City, new: NewApplicant, now: Timestamp) -> Result<ApplicantId, Refused> {
    let details = checked(new.kind, new.details)?;
    if !new.consents {
        let words = "请阅读并同意个人信息收集使用说明。不同意的，仍可不登录下载无条件开放的数据。";
        return Err(Refused::field("no-consent", "consents", words));
    }
    check_password("password", &new.password, &details.email)?;
    let vault = vault(city).await?;
    let password_hash = hash_password(&new.password).await?;
    let id = ApplicantId(store::fresh_id(now));
    let mut write = city.store.write().await?;
    let year = calendar::today(now).year();
    let row = Applicant {
        number: applicants::next_number(&mut write, "户", year).await?,
        kind: new.kind,
        login_mark: Some(mark(vault, &details.email)),
        details: Some(seal(vault, &id, &details)),
        password_hash,
        consent: CONSENT_EDITION.to_owned(),
        failures: 0,
        locked_until: None,
        revision: 1,
        created_at: now,
        changed_at: now,
        erased_at: None,
        id: id.clone(),
    };
    applicants::insert(&mut write, &row).await.map_err(taken)?;
    let body = json!({ "kind": row.kind, "consent": row.consent });
    city.seal(write, event(EventKind::ApplicantRegistered, &id, body, now))
        .await?;
    Ok(id)
}

/// Changes what was registered. The kind stays: another kind is another applicant.
pub async fn change(
    city: &City,
    me: &Me,
    revision: i64,
    details: Details,
    now: Timestamp,
) -> Result<(), Refused> {
    let details = checked(me.kind, details)?;
    let vault = vault(city).await?;
    let (login, sealed) = (mark(vault, &details.email), seal(vault, &me.id, &details));
    let mut write = city.store.write().await?;
    applicants::update(&mut write, &me.id, revision, &login, &sealed, now)
        .await
        .map_err(taken)?;
    let body = json!({ "changed": "details" });
    city.seal(write, event(EventKind::ApplicantChanged, &me.id, body, now))
        .await?;
    Ok(())
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
            let words = "该电子邮箱已经注册。请直接登录，或者换一个邮箱。";
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
    let (name, identity) = match kind {
        Kind::Person => (
            "请填写姓名，不超过100个字。",
            "公民身份号码不正确，请核对18位号码。",
        ),
        Kind::Organisation => (
            "请填写单位名称，不超过100个字。",
            "统一社会信用代码不正确，请核对18位代码。",
        ),
    };
    let is_identity = match kind {
        Kind::Person => value::identity(&it.identity).is_ok(),
        Kind::Organisation => value::credit(&it.identity).is_ok(),
    };
    fault(is_bad(&it.name), "name", name);
    fault(!is_identity, "identity", identity);
    fault(is_bad(&it.contact), "contact", "请填写联系人，不超过100个字。");
    fault(
        !(7..=20).contains(&it.phone.len()) || !it.phone.chars().all(is_digit),
        "phone",
        "联系电话为7至20位数字，可以有连字符。",
    );
    fault(
        is_bad(&it.email) || !is_email(&it.email),
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

/// Whether `text` has the form of an address; whether letters reach it, only letters tell.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    let is_plain = text
        .chars()
        .all(|it| it.is_ascii_graphic() && !"<>,;:\"()[]\\".contains(it));
    let is_host =
        host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains("..");
    is_plain && !local.is_empty() && is_host && !host.contains('@')
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
    fn an_address_for_letters_has_a_host_and_nothing_odd() {
        assert!(is_email("fang@example.org"));
        for bad in [
            "fang",
            "fang@",
            "@example.org",
            "a@b",
            "a b@c.cn",
            "a@b@c.cn",
            "a@.cn",
            "<a@c.cn>",
            "a@c..cn",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_registration_names_every_field_that_is_wrong() {
        let refused = checked(Kind::Organisation, Details::default()).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(fields, ["name", "identity", "contact", "phone", "email"]);
    }
}
