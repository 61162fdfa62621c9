//! 人员: accounts, their passwords, and the sessions of those who are signed in.

use jiff::Timestamp;
use rules::{
    ids::{OrgId, UserId},
    password,
    people::{OrgKind, Role},
    permission::{Action, Subject},
};
use serde_json::json;
use store::{
    Event, EventKind, StoreError, orgs,
    users::{self, User},
};

use crate::{
    City, Ctx, Refused,
    notices::{NoticeKind, To, tell},
    orgs::{Book, NewOrg},
};

mod email;
mod secret;
mod sign_in;

pub use email::{own_email, set_email, set_own_email};
pub(crate) use secret::{hash_password, hash_token, is_password, random_token};
pub use sign_in::{Session, SignedIn, change_password, session, sign_in, sign_out, sweep};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What the person types to sign in.
    pub login: String,
    /// The name people read.
    pub name: String,
    /// For whom.
    pub org: OrgId,
    /// Charged with what.
    pub roles: Vec<Role>,
    /// The first password.
    pub password: String,
    /// Whether it must be changed at the first sign-in; a password that somebody else chose should be.
    pub must_change_password: bool,
}

/// One account in the list.
#[derive(Clone, Debug)]
pub struct UserLine {
    /// Its id.
    pub id: UserId,
    /// What the person types to sign in.
    pub login: String,
    /// The name people read.
    pub name: String,
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Charged with what.
    pub roles: Vec<Role>,
    /// Where notices are sent besides.
    pub email: Option<String>,
    /// Whether the account is disabled.
    pub is_disabled: bool,
    /// Until when sign-in is refused after too many wrong passwords.
    pub locked_until: Option<Timestamp>,
}

/// Whether the platform has no account at all yet.
pub async fn is_empty(city: &City) -> Result<bool, Refused> {
    Ok(users::count(city.store.read()).await? == 0)
}

/// Makes the data authority and its first administrator; refused as soon as there is any account.
pub async fn create_first_admin(
    city: &City,
    login: &str,
    name: &str,
    password: &str,
    authority: NewOrg,
    now: Timestamp,
) -> Result<UserId, Refused> {
    crate::orgs::check(&authority)?;
    if authority.kind != OrgKind::Authority {
        return Err(Refused::field(
            "bad-org",
            "kind",
            "第一个机构应为政务数据主管部门。",
        ));
    }
    check_login(login, name, password)?;
    let hash = secret::hash_password(password).await?;
    let mut write = city.store.write().await?;
    if users::count(&mut write).await? > 0 {
        return Err(Refused::conflict(
            "not-empty",
            "平台已有账号，不能再建立首个管理员。请由现有系统管理员开立账号。",
        ));
    }
    let org = crate::orgs::build(OrgId(store::fresh_id(now)), authority);
    orgs::insert(&mut write, &org, now).await?;
    let user = account(login, name, org.id.clone(), vec![Role::Administrator], hash, now);
    users::insert(
        &mut write,
        &User {
            must_change: false,
            ..user.clone()
        },
    )
    .await?;
    let event = Event {
        at_ms: now.as_millisecond(),
        actor: Some(user.id.clone()),
        org: Some(org.id.clone()),
        kind: EventKind::CityFounded,
        subject: org.id.0.clone(),
        body: json!({ "authority": org.name, "administrator": user.id }),
    };
    city.seal(write, event).await?;
    Ok(user.id)
}

/// Every account.
pub async fn list(city: &City, ctx: &Ctx) -> Result<Vec<UserLine>, Refused> {
    let book = Book::load(city.store.read()).await?;
    let is_mine = |org: &OrgId| {
        book.get(org)
            .is_some_and(|it| ctx.may(Action::ManagePeople, &Subject::org(it)).is_ok())
    };
    ctx.may(Action::ManagePeople, &Subject::org(&ctx.actor.org))?;
    let line = |user: User| UserLine {
        id: user.id,
        login: user.login,
        name: user.name,
        org_name: book.name(&user.org),
        org: user.org,
        roles: user.roles,
        email: user.email,
        is_disabled: user.is_disabled,
        locked_until: user.locked_until.filter(|it| ctx.now < *it),
    };
    let users = users::all(city.store.read()).await?;
    Ok(users
        .into_iter()
        .filter(|it| is_mine(&it.org))
        .map(line)
        .collect())
}

/// Makes an account. Its password is to be changed at the first sign-in.
pub async fn create(city: &City, ctx: &Ctx, new: NewUser) -> Result<UserId, Refused> {
    check_login(&new.login, &new.name, &new.password)?;
    check_roles(&new.roles)?;
    may_manage(city, ctx, &new.org).await?;
    let hash = secret::hash_password(&new.password).await?;
    let mut write = city.store.write().await?;
    let user = account(&new.login, &new.name, new.org, new.roles, hash, ctx.now);
    let user = User {
        must_change: new.must_change_password,
        ..user
    };
    users::insert(&mut write, &user).await.map_err(taken)?;
    let body = json!({ "org": user.org, "roles": user.roles });
    city.seal(write, ctx.event(EventKind::UserCreated, user.id.as_str(), body))
        .await?;
    Ok(user.id)
}

/// Charges a person with other roles.
pub async fn charge(city: &City, ctx: &Ctx, user: &UserId, roles: Vec<Role>) -> Result<(), Refused> {
    check_roles(&roles)?;
    let row = find(users::find(city.store.read(), user).await?)?;
    may_manage(city, ctx, &row.org).await?;
    let mut write = city.store.write().await?;
    let mut row = users::get(&mut write, user).await?;
    if row.id == ctx.actor.user && !roles.contains(&Role::Administrator) {
        return Err(Refused::conflict(
            "own-account",
            "不能取消自己的系统管理员身份，请由另一名系统管理员办理。",
        ));
    }
    row.roles = roles;
    users::update(&mut write, row.revision, &row).await?;
    let body = json!({ "roles": row.roles });
    city.seal(write, ctx.event(EventKind::UserChanged, user.as_str(), body))
        .await?;
    Ok(())
}

/// Disables an account and ends its sessions; `false` lets the person in again.
pub async fn disable(city: &City, ctx: &Ctx, user: &UserId, is_disabled: bool) -> Result<(), Refused> {
    let row = find(users::find(city.store.read(), user).await?)?;
    may_manage(city, ctx, &row.org).await?;
    if *user == ctx.actor.user {
        return Err(Refused::conflict(
            "own-account",
            "不能停用自己的账号，请由另一名系统管理员办理。",
        ));
    }
    let mut write = city.store.write().await?;
    let mut row = users::get(&mut write, user).await?;
    row.is_disabled = is_disabled;
    users::update(&mut write, row.revision, &row).await?;
    store::sessions::delete_of_user(&mut write, user, "").await?;
    let kind = if is_disabled {
        EventKind::UserDisabled
    } else {
        EventKind::UserEnabled
    };
    city.seal(write, ctx.event(kind, user.as_str(), json!({})))
        .await?;
    Ok(())
}

/// Sets a new first password, lifts the lock and ends the person's sessions.
pub async fn reset(city: &City, ctx: &Ctx, user: &UserId, new: &str) -> Result<(), Refused> {
    let row = find(users::find(city.store.read(), user).await?)?;
    may_manage(city, ctx, &row.org).await?;
    check_password("password", new, &row.login)?;
    let hash = secret::hash_password(new).await?;
    let mut write = city.store.write().await?;
    users::set_password(&mut write, user, &hash, true).await?;
    store::sessions::delete_of_user(&mut write, user, "").await?;
    let words = "您的密码已由系统管理员重置，下次登录须修改。不是您本人要求的，请立即联系系统管理员。";
    tell(
        &mut write,
        ctx.now,
        To::user(user),
        NoticeKind::Account,
        words,
        "/password",
    )
    .await?;
    city.seal(
        write,
        ctx.event(EventKind::PasswordReset, user.as_str(), json!({})),
    )
    .await?;
    Ok(())
}

/// Administrators of the city keep every account, those of a county only their county's.
async fn may_manage(city: &City, ctx: &Ctx, org: &OrgId) -> Result<(), Refused> {
    let org = orgs::find(city.store.read(), org)
        .await?
        .ok_or_else(|| Refused::not_found("所选机构"))?;
    ctx.may(Action::ManagePeople, &Subject::org(&org.org))
}

fn find(user: Option<User>) -> Result<User, Refused> {
    user.ok_or_else(|| Refused::not_found("该账号"))
}

fn account(
    login: &str,
    name: &str,
    org: OrgId,
    roles: Vec<Role>,
    password_hash: String,
    now: Timestamp,
) -> User {
    User {
        id: UserId(store::fresh_id(now)),
        login: login.trim().to_owned(),
        name: name.trim().to_owned(),
        org,
        roles,
        password_hash,
        failures: 0,
        locked_until: None,
        is_disabled: false,
        must_change: true,
        email: None,
        revision: 1,
        created_at: now,
    }
}

fn check_login(login: &str, name: &str, new: &str) -> Result<(), Refused> {
    let login = login.trim();
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    if !(2..=40).contains(&login.len()) || !login.chars().all(is_plain) {
        return Err(Refused::field(
            "bad-login",
            "login",
            "账号为2至40个字母、数字或 . _ - 。",
        ));
    }
    if name.trim().is_empty() {
        return Err(Refused::field("bad-name", "name", "请填写姓名。"));
    }
    check_password("password", new, login)
}

fn check_password(field: &str, new: &str, login: &str) -> Result<(), Refused> {
    let faults = password::faults(new, login);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refused::field("weak-password", field, faults.concat()))
}

fn check_roles(roles: &[Role]) -> Result<(), Refused> {
    if roles.is_empty() {
        return Err(Refused::field("no-role", "roles", "请至少选择一个角色。"));
    }
    Ok(())
}

fn taken(error: StoreError) -> Refused {
    match error {
        StoreError::Taken { .. } => Refused::field("login-taken", "login", "该账号已被使用，请换一个。"),
        other => other.into(),
    }
}
