//! 共享申请: access at once to what is unconditional, an application for what is conditional (art. 18).

use app::{
    City,
    catalogue::EntryView,
    requests::{self, Application, CLAIM_CALLS_PER_DAY, CLAIM_YEARS},
    systems,
};
use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::Date;
use rules::{
    grant::{Purpose, Terms},
    ids::EntryId,
    permission::Action,
    procedure::request,
};

use super::{
    cases::terms::{self, TermsForm},
    entries::parts::ItemsTable,
    grants::TermsTable,
    take,
};
use crate::{
    form::{CSRF, Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    problem::Problem,
    session::Me,
    ui::{Choice, Form, Pairs, choices},
    words,
};

/// Takes up access to an unconditional entry.
#[derive(Template)]
#[template(path = "requests/claim.html")]
pub struct ClaimPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry.
    pub about: Pairs,
    /// Its items.
    pub items: ItemsTable,
    /// What was typed.
    pub form: Form,
    /// What access comes with.
    pub comes_with: String,
}

impl ClaimPage {
    fn purposes(&self) -> Vec<Choice> {
        purposes()
    }
}

fn purposes() -> Vec<Choice> {
    choices(Purpose::SHARING.iter().map(|it| (it.name(), it.label())))
}

/// Applies for a conditional entry: the form.
#[derive(Template)]
#[template(path = "requests/apply.html")]
pub struct ApplyPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry and its conditions.
    pub about: Pairs,
    /// What was typed.
    pub form: Form,
    /// Items, purpose, quota, period.
    pub terms: TermsForm,
    /// The systems of the own organisation.
    pub systems: Vec<Choice>,
    /// Within what time it is answered.
    pub within: String,
}

/// Everything once more before it is handed in.
#[derive(Template)]
#[template(path = "requests/check.html")]
pub struct CheckPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry's title.
    pub title: String,
    /// Within what time it is answered.
    pub within: String,
    /// The answers.
    pub answers: Pairs,
    /// The items and their limits.
    pub terms: TermsTable,
    /// The fields, to be sent again.
    pub fields: Vec<(String, String)>,
}

fn frame(me: &Me, view: &EntryView, title: &str) -> Frame {
    me.frame(title)
        .crumb("/entries", "数据目录")
        .crumb(format!("/entries/{}", view.id), &view.content.title)
}

/// The entry, if this person may do `deed` with it; otherwise why not.
async fn entry(city: &City, me: &Me, id: &str, deed: &str) -> Result<EntryView, Problem> {
    let view = app::catalogue::show(city, &me.ctx, &id.into()).await?;
    match view.deeds.iter().find(|it| it.name == deed) {
        Some(deed) if !deed.is_allowed => Err(Problem::Forbidden(deed.why_not.clone().unwrap_or_default())),
        _ => Ok(view),
    }
}

fn about(view: &EntryView) -> Pairs {
    Pairs::new()
        .with("数据目录", &view.content.title)
        .with("提供部门", &view.provider.name)
        .with("使用范围", &view.content.usage_scope)
        .with_some("共享条件", &view.content.share_conditions)
        .with("更新周期", view.content.cycle.label())
}

pub(crate) fn claim_page(frame: Frame, view: &EntryView, form: Form) -> ClaimPage {
    ClaimPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/entries/{}", view.id),
        about: about(view),
        items: ItemsTable::of(&view.content.items),
        comes_with: format!(
            "全部信息项，每日 {} 次以内，有效期 {CLAIM_YEARS} 年。",
            words::count(CLAIM_CALLS_PER_DAY.into())
        ),
        form,
    }
}

/// GET /entries/{id}/claim
pub async fn claim_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = entry(&city, &me, &id, "claim").await?;
    let form = Form::of(Fields::new().with("purpose", Purpose::Basis.name()));
    html(&claim_page(frame(&me, &view, "申领使用"), &view, form))
}

/// POST /entries/{id}/claim
pub async fn claim(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let view = entry(&city, &me, &id, "claim").await?;
    let purpose = Purpose::parse(form.value("purpose")).filter(|it| Purpose::SHARING.contains(it));
    if purpose.is_none() {
        form.wrong("purpose", "请选择使用用途。");
    }
    form.require("purpose_text", "请说明具体用途。");
    form.require("matter", "请填写办理事项。");
    if let (Some(purpose), false) = (purpose, form.is_wrong()) {
        let (text, matter) = (form.values.text("purpose_text"), form.values.text("matter"));
        let entry = EntryId::from(id.as_str());
        match requests::claim(&city, &me.ctx, &entry, purpose, &text, &matter).await {
            Ok(grant) => return go(&format!("/grants/{grant}?done=claim")),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&claim_page(frame(&me, &view, "申领使用"), &view, form))
}

pub(crate) fn apply_page(
    frame: Frame,
    view: &EntryView,
    form: Form,
    systems: Vec<Choice>,
    today: Date,
) -> ApplyPage {
    ApplyPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/entries/{}", view.id),
        about: about(view),
        terms: TermsForm::new(form.clone(), &view.content, false),
        systems,
        within: words::within(&request::ANSWER, today),
        form,
    }
}

/// The names of the own systems, to choose from; whoever may not see them types the name.
async fn own_systems(city: &City, me: &Me) -> Vec<Choice> {
    if !me.could(Action::SeeSystems) {
        return Vec::new();
    }
    let found = systems::list(city, &me.ctx).await.unwrap_or_default();
    found.iter().map(|it| Choice::new(&it.name, &it.name)).collect()
}

/// GET /entries/{id}/apply
pub async fn apply_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = entry(&city, &me, &id, "apply").await?;
    let form = Form::of(terms::fields_for_new(me.ctx.today()));
    let systems = own_systems(&city, &me).await;
    let today = me.ctx.today();
    html(&apply_page(
        frame(&me, &view, "申请使用"),
        &view,
        form,
        systems,
        today,
    ))
}

/// POST /entries/{id}/apply: to the answers to check, back to the form, or to the authority.
pub async fn apply(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let view = entry(&city, &me, &id, "apply").await?;
    let act = form.value("act").to_owned();
    if act != "edit"
        && let Some(application) = read(&mut form, &view)
    {
        if act != "send" {
            let frame = frame(&me, &view, "核对申请内容");
            let today = me.ctx.today();
            return html(&check_page(frame, &view, &application, &form.values, today));
        }
        match requests::apply(&city, &me.ctx, &EntryId::from(id.as_str()), application).await {
            Ok(case) => return go(&format!("/cases/{case}?done=apply")),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    let systems = own_systems(&city, &me).await;
    let is_edit = act == "edit";
    let page = apply_page(
        frame(&me, &view, "申请使用"),
        &view,
        form,
        systems,
        me.ctx.today(),
    );
    if is_edit { html(&page) } else { wrong(&page) }
}

fn read(form: &mut Form, view: &EntryView) -> Option<Application> {
    form.require("duty", "请填写使用数据所依据的法定职责。");
    form.require("system", "请填写将要调用数据的应用系统。");
    form.require("frequency", "请说明使用频率，例如“每个工作日窗口办件时查询”。");
    let terms: Terms = terms::read(form, &view.content)?;
    let text = |name: &str| form.values.text(name);
    Some(Application {
        duty: text("duty"),
        system: text("system"),
        frequency: text("frequency"),
        terms,
    })
}

pub(crate) fn check_page(
    frame: Frame,
    view: &EntryView,
    application: &Application,
    fields: &Fields,
    today: Date,
) -> CheckPage {
    let terms = TermsTable::titled(&application.terms, &view.content);
    let hidden = |name: &str| name != CSRF && name != "act";
    CheckPage {
        frame,
        href: format!("/entries/{}", view.id),
        title: view.content.title.clone(),
        within: words::within(&request::ANSWER, today),
        answers: Pairs::new()
            .with("数据目录", &view.content.title)
            .with("提供部门", &view.provider.name)
            .with("法定职责", &application.duty)
            .with("应用系统", &application.system)
            .with("使用频率", &application.frequency),
        terms,
        fields: fields
            .iter()
            .filter(|it| hidden(it.0))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
    }
}
