//! Accounts: made, charged with roles, disabled, given a new first password.

use app::{
    City, orgs,
    people::{self, NewUser, UserLine},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    ids::{OrgId, UserId},
    people::{Org, Role},
};

use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    pages::{Done, take},
    problem::Problem,
    session::Me,
    ui::{Choice, Empty, Form, Notice, Pairs, StateTag, Tone, choices},
    words,
};

/// Every account.
#[derive(Template)]
#[template(path = "admin/people.html")]
pub struct PeoplePage {
    /// What stands around it.
    pub frame: Frame,
    /// Address, name, login, organisation, roles, state.
    pub lines: Vec<PersonLine>,
    /// What the list is narrowed to.
    pub text: String,
}

/// One account in the list.
pub struct PersonLine {
    /// Where it is.
    pub href: String,
    /// The name.
    pub name: String,
    /// What is typed to sign in.
    pub login: String,
    /// The organisation.
    pub org: String,
    /// The roles.
    pub roles: String,
    /// Whether it can be used.
    pub state: StateTag,
}

/// A new account.
#[derive(Template)]
#[template(path = "admin/person_new.html")]
pub struct NewPersonPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
    /// The organisations.
    pub orgs: Vec<Choice>,
}

/// One account.
#[derive(Template)]
#[template(path = "admin/person.html")]
pub struct PersonPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where it is.
    pub href: String,
    /// What it is.
    pub about: Pairs,
    /// Whether it is disabled.
    pub is_disabled: bool,
    /// What was typed.
    pub form: Form,
}

fn roles() -> Vec<Choice> {
    let hints = [
        "编制和更新本单位目录",
        "归集数据，登记应用系统和密钥",
        "申请和使用数据",
        "代表单位提出意见，暂停和终止授权",
        "审核目录，答复申请，协调争议",
        "审核确认共享类型",
        "只读监督，查阅存证",
        "维护账号、机构和日历，不接触数据",
    ];
    let mut all = choices(Role::ALL.iter().map(|it| (it.name(), it.label())));
    for (choice, hint) in all.iter_mut().zip(hints) {
        choice.hint = hint.to_owned();
    }
    all
}

impl PeoplePage {
    fn empty(&self) -> Empty {
        Empty::new("没有符合条件的账号", "换个词试试，或者新建账号。").link("/admin/people/new", "新建账号")
    }
}

impl NewPersonPage {
    fn roles(&self) -> Vec<Choice> {
        roles()
    }
}

impl PersonPage {
    fn roles(&self) -> Vec<Choice> {
        roles()
    }
}

fn state_tag(it: &UserLine) -> StateTag {
    match (it.is_disabled, &it.locked_until) {
        (true, _) => StateTag::new("已停用", Tone::Grey),
        (false, Some(until)) => StateTag::new(format!("锁定至 {}", words::moment(*until)), Tone::Amber),
        _ => StateTag::new("正常", Tone::Green),
    }
}

fn role_words(it: &UserLine) -> String {
    it.roles
        .iter()
        .map(|it| it.label())
        .collect::<Vec<_>>()
        .join("、")
}

/// Which accounts to list.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

pub(crate) fn list_page(frame: Frame, all: &[UserLine], text: &str) -> PeoplePage {
    let text = text.trim();
    let matches = |it: &&UserLine| {
        text.is_empty() || it.name.contains(text) || it.login.contains(text) || it.org_name.contains(text)
    };
    let line = |it: &UserLine| PersonLine {
        href: format!("/admin/people/{}", it.id),
        name: it.name.clone(),
        login: it.login.clone(),
        org: it.org_name.clone(),
        roles: role_words(it),
        state: state_tag(it),
    };
    PeoplePage {
        frame,
        lines: all.iter().filter(matches).map(line).collect(),
        text: text.to_owned(),
    }
}

/// GET /admin/people
pub async fn list(me: Me, State(city): State<City>, Query(asked): Query<Asked>) -> Page {
    let all = people::list(&city, &me.ctx).await?;
    html(&list_page(me.frame("人员"), &all, &asked.q))
}

pub(crate) fn new_page(frame: Frame, form: Form, orgs: &[Org]) -> NewPersonPage {
    let orgs = orgs
        .iter()
        .map(|it| Choice::new(it.id.as_str(), &it.name))
        .collect();
    NewPersonPage {
        frame: frame.wrong(form.is_wrong()),
        form,
        orgs,
    }
}

/// GET /admin/people/new
pub async fn form(me: Me, State(city): State<City>) -> Page {
    let orgs = orgs::choices(&city, &me.ctx).await?;
    let form = Form::of(Fields::new().with("org", me.ctx.actor.org.id.as_str()));
    html(&new_page(
        me.frame("新建账号").crumb("/admin/people", "人员"),
        form,
        &orgs,
    ))
}

fn chosen_roles(form: &mut Form) -> Vec<Role> {
    let roles: Vec<Role> = form.values.all("roles").filter_map(Role::parse).collect();
    if roles.is_empty() {
        form.wrong("roles", "请至少选择一项职责。");
    }
    roles
}

/// POST /admin/people/new
pub async fn create(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    form.require("login", "请填写账号。");
    form.require("name", "请填写姓名。");
    form.require("org", "请选择机构。");
    let roles = chosen_roles(&mut form);
    form.require("password", "请设置初始密码。");
    if !form.is_wrong() {
        let new = NewUser {
            login: form.values.trimmed("login").to_owned(),
            name: form.values.trimmed("name").to_owned(),
            org: OrgId::from(form.value("org")),
            roles,
            password: form.value("password").to_owned(),
            must_change_password: true,
        };
        match people::create(&city, &me.ctx, new).await {
            Ok(id) => return go(&format!("/admin/people/{id}?done=created")),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    let orgs = orgs::choices(&city, &me.ctx).await?;
    wrong(&new_page(
        me.frame("新建账号").crumb("/admin/people", "人员"),
        form,
        &orgs,
    ))
}

async fn find(city: &City, me: &Me, id: &str) -> Result<UserLine, Problem> {
    let all = people::list(city, &me.ctx).await?;
    all.into_iter()
        .find(|it| it.id.as_str() == id)
        .ok_or(Problem::NotFound)
}

pub(crate) fn page(frame: Frame, user: &UserLine, form: Form) -> PersonPage {
    PersonPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/admin/people/{}", user.id),
        about: Pairs::new()
            .with("姓名", &user.name)
            .with("账号", &user.login)
            .with("机构", &user.org_name)
            .with("职责", role_words(user))
            .with("邮箱", user.email.as_deref().unwrap_or("未填写"))
            .with("状态", state_tag(user).label),
        is_disabled: user.is_disabled,
        form,
    }
}

fn with_roles(user: &UserLine) -> Form {
    let email = Fields::new().with("email", user.email.as_deref().unwrap_or_default());
    Form::of(
        user.roles
            .iter()
            .fold(email, |all, it| all.with("roles", it.name())),
    )
}

/// GET /admin/people/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let user = find(&city, &me, &id).await?;
    let notice = match done.done.as_str() {
        "created" => Some((
            "账号已建立",
            "请把账号和初始密码当面或者电话告知本人，首次登录必须修改密码。",
        )),
        "charged" => Some(("职责已调整", "本人下一次打开页面时生效。")),
        "disabled" => Some(("账号已停用", "本人的登录已全部退出。")),
        "mail" => Some(("邮箱已保存", "通知将同时发送到该邮箱；留空则只在平台内通知。")),
        "enabled" => Some(("账号已恢复", "本人可以重新登录。")),
        "reset" => Some((
            "密码已重置",
            "锁定已解除，请把初始密码告知本人，首次登录必须修改。",
        )),
        _ => None,
    };
    let notice = notice.map(|(title, words)| Notice::new(Tone::Green, title, words));
    let frame = me
        .frame(user.name.clone())
        .crumb("/admin/people", "人员")
        .notice(notice);
    html(&page(frame, &user, with_roles(&user)))
}

async fn refused(city: &City, me: &Me, id: &str, mut form: Form, refused: Option<app::Refused>) -> Page {
    let user = find(city, me, id).await?;
    if let Some(refused) = refused {
        take(&mut form, refused)?;
    }
    let frame = me.frame(user.name.clone()).crumb("/admin/people", "人员");
    // Every form of the page begins with what stands, but for what was just typed.
    let (has_roles, has_email) = (form.values.has("roles"), form.values.has("email"));
    for (name, value) in with_roles(&user).values.iter() {
        if !(name == "roles" && has_roles || name == "email" && has_email) {
            form.values.push(name, value);
        }
    }
    wrong(&page(frame, &user, form))
}

/// POST /admin/people/{id}/roles
pub async fn charge(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let roles = chosen_roles(&mut form);
    if form.is_wrong() {
        return refused(&city, &me, &id, form, None).await;
    }
    match people::charge(&city, &me.ctx, &UserId::from(id.as_str()), roles).await {
        Ok(()) => go(&format!("/admin/people/{id}?done=charged")),
        Err(why) => refused(&city, &me, &id, form, Some(why)).await,
    }
}

/// POST /admin/people/{id}/email
pub async fn email(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let form = Form::of(posted.open(&me)?);
    match people::set_email(&city, &me.ctx, &UserId::from(id.as_str()), form.value("email")).await {
        Ok(()) => go(&format!("/admin/people/{id}?done=mail")),
        Err(why) => refused(&city, &me, &id, form, Some(why)).await,
    }
}

/// POST /admin/people/{id}/disable
pub async fn disable(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let form = Form::of(posted.open(&me)?);
    let is_disabled = form.value("disabled") == "1";
    match people::disable(&city, &me.ctx, &UserId::from(id.as_str()), is_disabled).await {
        Ok(()) => go(&format!(
            "/admin/people/{id}?done={}",
            if is_disabled { "disabled" } else { "enabled" }
        )),
        Err(why) => refused(&city, &me, &id, form, Some(why)).await,
    }
}

/// POST /admin/people/{id}/reset
pub async fn reset(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    form.require("password", "请设置新的初始密码。");
    if form.is_wrong() {
        return refused(&city, &me, &id, form, None).await;
    }
    match people::reset(&city, &me.ctx, &UserId::from(id.as_str()), form.value("password")).await {
        Ok(()) => go(&format!("/admin/people/{id}?done=reset")),
        Err(why) => refused(&city, &me, &id, form, Some(why)).await,
    }
}
