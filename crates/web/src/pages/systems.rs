//! 应用系统: an agency's own software and the keys it calls with.

use app::{
    City,
    systems::{self, KEY_DAYS_MAX, KeyState, LIVE_KEYS_MAX, NewKey, SystemView},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    ids::{KeyId, SystemId},
    permission::Action,
};

use super::{Done, confirm::ConfirmPage, take};
use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    problem::Problem,
    session::Me,
    ui::{Empty, Form, Notice, Pairs, StateTag, Tone},
    words,
};

/// The systems of the own organisation.
#[derive(Template)]
#[template(path = "systems/list.html")]
pub struct SystemsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The systems.
    pub systems: Vec<SystemPart>,
    /// The form of a new one.
    pub form: Form,
    /// Whether this person may change anything here.
    pub may_manage: bool,
}

/// One system.
pub struct SystemPart {
    /// Where keys are made.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it is for, and since when.
    pub note: String,
    /// Its keys.
    pub keys: Vec<KeyPart>,
    /// Why no further key can be made now.
    pub why_no_key: Option<String>,
}

/// One key.
pub struct KeyPart {
    /// Its first characters.
    pub shown: String,
    /// What it is used for.
    pub label: String,
    /// When it was made.
    pub created: String,
    /// When it runs out.
    pub expires: String,
    /// Whether it opens the gateway.
    pub state: StateTag,
    /// Where it is revoked, while it lives.
    pub revoke: Option<String>,
}

/// A new key is asked for.
#[derive(Template)]
#[template(path = "systems/key.html")]
pub struct KeyPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the form is sent.
    pub href: String,
    /// What was typed.
    pub form: Form,
    /// The system's name.
    pub system: String,
    /// The longest time, in days.
    pub days_max: u16,
}

/// A key just made, seen once.
#[derive(Template)]
#[template(path = "systems/secret.html")]
pub struct SecretPage {
    /// What stands around it.
    pub frame: Frame,
    /// The system's name.
    pub system: String,
    /// The key.
    pub secret: String,
    /// When it runs out.
    pub expires: String,
}

impl SystemsPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "还没有登记应用系统",
            "登记后为系统生成应用密钥，系统凭密钥调用获得授权的数据。",
        )
    }

    fn live_max(&self) -> usize {
        LIVE_KEYS_MAX
    }
}

fn part(view: &SystemView) -> SystemPart {
    let key = |it: &systems::KeyLine| KeyPart {
        shown: it.shown.clone(),
        label: it.label.clone(),
        created: words::moment(it.created_at),
        expires: words::moment(it.expires_at),
        state: StateTag::new(
            it.state.label(),
            if it.state == KeyState::Live {
                Tone::Green
            } else {
                Tone::Grey
            },
        ),
        revoke: (it.state == KeyState::Live).then(|| format!("/keys/{}/revoke", it.id)),
    };
    let since = format!("{} 登记", words::moment(view.created_at));
    SystemPart {
        href: format!("/systems/{}/keys", view.id),
        name: view.name.clone(),
        note: if view.note.is_empty() {
            since
        } else {
            format!("{} · {since}", view.note)
        },
        keys: view.keys.iter().map(key).collect(),
        why_no_key: view.why_no_key.clone(),
    }
}

pub(crate) fn list_page(frame: Frame, systems: &[SystemView], form: Form, may_manage: bool) -> SystemsPage {
    SystemsPage {
        frame: frame.wrong(form.is_wrong()),
        systems: systems.iter().map(part).collect(),
        form,
        may_manage,
    }
}

/// GET /systems
pub async fn list(me: Me, State(city): State<City>, Query(done): Query<Done>) -> Page {
    let systems = systems::list(&city, &me.ctx).await?;
    let notice = match done.done.as_str() {
        "created" => Some(Notice::new(
            Tone::Green,
            "应用系统已登记",
            "接下来为它生成应用密钥。",
        )),
        "revoked" => Some(Notice::new(
            Tone::Green,
            "应用密钥已吊销",
            "下一次使用它的调用会被拒绝。",
        )),
        _ => None,
    };
    let frame = me.frame("应用系统").notice(notice);
    html(&list_page(
        frame,
        &systems,
        Form::empty(),
        me.could(Action::ManageSystems),
    ))
}

/// POST /systems
pub async fn create(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    form.require("name", "请填写应用系统名称。");
    if !form.is_wrong() {
        let note = form.values.text("note");
        match systems::create(&city, &me.ctx, form.values.trimmed("name"), &note).await {
            Ok(_) => return go("/systems?done=created"),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    let systems = systems::list(&city, &me.ctx).await?;
    wrong(&list_page(me.frame("应用系统"), &systems, form, true))
}

async fn system(city: &City, me: &Me, id: &str) -> Result<SystemView, Problem> {
    let systems = systems::list(city, &me.ctx).await?;
    systems
        .into_iter()
        .find(|it| it.id.as_str() == id)
        .ok_or(Problem::NotFound)
}

pub(crate) fn key_page(me: &Me, view: &SystemView, form: Form) -> KeyPage {
    KeyPage {
        frame: me
            .frame("生成应用密钥")
            .crumb("/systems", "应用系统")
            .wrong(form.is_wrong()),
        href: format!("/systems/{}/keys", view.id),
        form,
        system: view.name.clone(),
        days_max: KEY_DAYS_MAX,
    }
}

/// GET /systems/{id}/keys
pub async fn key_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = system(&city, &me, &id).await?;
    html(&key_page(&me, &view, Form::of(Fields::new().with("days", "180"))))
}

/// POST /systems/{id}/keys: answers with the secret, which no address can show again.
pub async fn new_key(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let view = system(&city, &me, &id).await?;
    let days = form
        .values
        .trimmed("days")
        .parse::<u16>()
        .ok()
        .filter(|it| (1..=KEY_DAYS_MAX).contains(it));
    if days.is_none() {
        form.wrong("days", format!("请填写 1 到 {KEY_DAYS_MAX} 之间的天数。"));
    }
    if let Some(days) = days {
        let label = form.values.text("label");
        match systems::new_key(&city, &me.ctx, &SystemId::from(id.as_str()), &label, days).await {
            Ok(key) => {
                return html(&secret_page(
                    me.frame("应用密钥").crumb("/systems", "应用系统"),
                    &view.name,
                    &key,
                ));
            }
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&key_page(&me, &view, form))
}

pub(crate) fn secret_page(frame: Frame, system: &str, key: &NewKey) -> SecretPage {
    SecretPage {
        frame,
        system: system.to_owned(),
        secret: key.secret.clone(),
        expires: words::moment(key.expires_at),
    }
}

async fn revoke_page(city: &City, me: &Me, id: &str, form: Form) -> Result<ConfirmPage, Problem> {
    let systems = systems::list(city, &me.ctx).await?;
    let found = systems
        .iter()
        .find_map(|it| Some((it, it.keys.iter().find(|key| key.id.as_str() == id)?)));
    let (system, key) = found.ok_or(Problem::NotFound)?;
    Ok(ConfirmPage {
        frame: me
            .frame("吊销应用密钥")
            .crumb("/systems", "应用系统")
            .wrong(form.is_wrong()),
        title: "吊销应用密钥".to_owned(),
        words: vec!["吊销后立即失效，不能恢复。仍在使用它的系统会调用失败，请先换上新密钥。".to_owned()],
        cite: None,
        about: Pairs::new()
            .with("应用系统", &system.name)
            .with("密钥", format!("{}…", key.shown))
            .with_some("用于", &key.label)
            .with("生成时间", words::moment(key.created_at)),
        ask: None,
        revision: 0,
        href: format!("/keys/{id}/revoke"),
        button: "确认吊销".to_owned(),
        is_danger: true,
        back: "/systems".to_owned(),
        form,
    })
}

/// GET /keys/{id}/revoke
pub async fn revoke_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    html(&revoke_page(&city, &me, &id, Form::empty()).await?)
}

/// POST /keys/{id}/revoke
pub async fn revoke(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    posted.open(&me)?;
    match systems::revoke_key(&city, &me.ctx, &KeyId::from(id.as_str())).await {
        Ok(()) => go("/systems?done=revoked"),
        Err(refused) => {
            let mut form = Form::empty();
            take(&mut form, refused)?;
            wrong(&revoke_page(&city, &me, &id, form).await?)
        }
    }
}
