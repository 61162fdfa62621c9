//! Organisations: made, their designated department named, removed once they are responsible for nothing (art. 7).

use app::{
    City,
    orgs::{self, NewOrg, OrgLine},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    ids::OrgId,
    people::{Level, OrgKind},
};

use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    pages::{Done, take},
    problem::Problem,
    session::Me,
    ui::{Choice, Form, Notice, Pairs, Tone, choices},
};

/// Every organisation.
#[derive(Template)]
#[template(path = "admin/orgs.html")]
pub struct OrgsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The lines.
    pub lines: Vec<OrgRow>,
}

/// One organisation in the list.
pub struct OrgRow {
    /// Where it is.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Its level and division.
    pub level: String,
    /// Its credit code.
    pub credit_code: String,
    /// Its authority.
    pub authority: String,
    /// The designated department.
    pub confirmer: String,
    /// People and entries.
    pub people: u64,
    /// Entries it is responsible for.
    pub entries: u64,
}

/// A new organisation.
#[derive(Template)]
#[template(path = "admin/org_new.html")]
pub struct NewOrgPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
    /// Those that may be its authority.
    pub authorities: Vec<Choice>,
    /// Those that may confirm its share kinds.
    pub confirmers: Vec<Choice>,
}

/// One organisation.
#[derive(Template)]
#[template(path = "admin/org.html")]
pub struct OrgPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where it is.
    pub href: String,
    /// What it is.
    pub about: Pairs,
    /// What was typed.
    pub form: Form,
    /// Those that may confirm its share kinds.
    pub confirmers: Vec<Choice>,
    /// Why it cannot be removed; none where it can.
    pub why_not_removed: Option<String>,
}

impl NewOrgPage {
    fn kinds(&self) -> Vec<Choice> {
        choices(OrgKind::ALL.iter().map(|it| (it.name(), it.label())))
    }

    fn levels(&self) -> Vec<Choice> {
        choices(Level::ALL.iter().map(|it| (it.name(), it.label())))
    }
}

fn row(it: &OrgLine) -> OrgRow {
    OrgRow {
        href: format!("/admin/orgs/{}", it.org.id),
        name: it.org.name.clone(),
        kind: it.org.kind.label(),
        level: format!("{} {}", it.org.level.label(), it.org.region),
        credit_code: it.org.credit_code.clone(),
        authority: it.authority_name.clone(),
        confirmer: it.confirmer_name.clone(),
        people: it.people,
        entries: it.entries,
    }
}

pub(crate) fn list_page(frame: Frame, all: &[OrgLine]) -> OrgsPage {
    OrgsPage {
        frame,
        lines: all.iter().map(row).collect(),
    }
}

/// GET /admin/orgs
pub async fn list(me: Me, State(city): State<City>, Query(done): Query<Done>) -> Page {
    let all = orgs::list(&city, &me.ctx).await?;
    let notice = done
        .is("removed")
        .then(|| Notice::new(Tone::Green, "机构已删除", ""));
    html(&list_page(me.frame("机构").notice(notice), &all))
}

fn names(all: &[OrgLine], only: impl Fn(&OrgLine) -> bool, first: &str) -> Vec<Choice> {
    let none = (!first.is_empty()).then(|| Choice::new("", first));
    none.into_iter()
        .chain(
            all.iter()
                .filter(|it| only(it))
                .map(|it| Choice::new(it.org.id.as_str(), &it.org.name)),
        )
        .collect()
}

pub(crate) fn new_page(frame: Frame, form: Form, all: &[OrgLine]) -> NewOrgPage {
    NewOrgPage {
        frame: frame.wrong(form.is_wrong()),
        form,
        authorities: names(all, |it| it.org.kind == OrgKind::Authority, "本机构就是主管部门"),
        confirmers: names(all, |_| true, "本机构"),
    }
}

/// GET /admin/orgs/new
pub async fn form(me: Me, State(city): State<City>) -> Page {
    let all = orgs::list(&city, &me.ctx).await?;
    let org = &me.ctx.actor.org;
    let fields = Fields::new()
        .with("kind", OrgKind::Agency.name())
        .with("level", org.level.name())
        .with("region", &org.region)
        .with("authority", org.authority.as_str())
        .with("confirmer", org.confirmer.as_str());
    html(&new_page(
        me.frame("新建机构").crumb("/admin/orgs", "机构"),
        Form::of(fields),
        &all,
    ))
}

/// POST /admin/orgs/new
pub async fn create(me: Me, State(city): State<City>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    form.require("name", "请填写机构全称。");
    form.require("credit_code", "请填写统一社会信用代码。");
    let (kind, level) = (
        OrgKind::parse(form.value("kind")),
        Level::parse(form.value("level")),
    );
    if kind.is_none() {
        form.wrong("kind", "请选择机构类型。");
    }
    if level.is_none() {
        form.wrong("level", "请选择层级。");
    }
    if let (Some(kind), Some(level), false) = (kind, level, form.is_wrong()) {
        let text = |name: &str| form.values.trimmed(name).to_owned();
        let org = |name: &str| Some(text(name)).filter(|it| !it.is_empty()).map(OrgId);
        let new = NewOrg {
            name: text("name"),
            kind,
            level,
            region: text("region"),
            credit_code: text("credit_code").to_uppercase(),
            front_code: text("front_code"),
            authority: org("authority"),
            confirmer: org("confirmer"),
        };
        match orgs::create(&city, &me.ctx, new).await {
            Ok(id) => return go(&format!("/admin/orgs/{id}?done=created")),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    let all = orgs::list(&city, &me.ctx).await?;
    wrong(&new_page(
        me.frame("新建机构").crumb("/admin/orgs", "机构"),
        form,
        &all,
    ))
}

pub(crate) fn page(frame: Frame, line: &OrgLine, all: &[OrgLine], form: Form) -> OrgPage {
    let org = &line.org;
    let why_not = match (line.entries, line.people) {
        (0, 0) => None,
        (0, people) => Some(format!("还有 {people} 个人员账号。")),
        (entries, _) => Some(format!(
            "仍是 {entries} 个目录的责任主体，先移交或撤销目录（《办法》第七条）。"
        )),
    };
    OrgPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/admin/orgs/{}", org.id),
        about: Pairs::new()
            .with("机构全称", &org.name)
            .with("类型", org.kind.label())
            .with("层级", org.level.label())
            .with("行政区划代码", &org.region)
            .with("统一社会信用代码", &org.credit_code)
            .with("目录前段码", &org.front_code)
            .with("主管部门", &line.authority_name)
            .with("指定的审核确认部门", &line.confirmer_name)
            .with("人员账号", line.people.to_string())
            .with("负责的目录", line.entries.to_string()),
        form,
        confirmers: names(all, |_| true, ""),
        why_not_removed: why_not,
    }
}

async fn find(city: &City, me: &Me, id: &str) -> Result<(OrgLine, Vec<OrgLine>), Problem> {
    let all = orgs::list(city, &me.ctx).await?;
    let line = all
        .iter()
        .find(|it| it.org.id.as_str() == id)
        .cloned()
        .ok_or(Problem::NotFound)?;
    Ok((line, all))
}

/// GET /admin/orgs/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let (line, all) = find(&city, &me, &id).await?;
    let notice = match done.done.as_str() {
        "created" => Some(Notice::new(
            Tone::Green,
            "机构已建立",
            "接下来为它的人员开通账号。",
        )),
        "designated" => Some(Notice::new(
            Tone::Green,
            "已指定审核确认部门",
            "以后提交的目录按此办理。",
        )),
        _ => None,
    };
    let frame = me
        .frame(line.org.name.clone())
        .crumb("/admin/orgs", "机构")
        .notice(notice);
    let form = Form::of(Fields::new().with("confirmer", line.org.confirmer.as_str()));
    html(&page(frame, &line, &all, form))
}

async fn refused(city: &City, me: &Me, id: &str, mut form: Form, why: app::Refused) -> Page {
    let (line, all) = find(city, me, id).await?;
    take(&mut form, why)?;
    let frame = me.frame(line.org.name.clone()).crumb("/admin/orgs", "机构");
    wrong(&page(frame, &line, &all, form))
}

/// POST /admin/orgs/{id}/confirmer
pub async fn designate(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let form = Form::of(posted.open(&me)?);
    let confirmer = OrgId::from(form.value("confirmer"));
    match orgs::designate(&city, &me.ctx, &OrgId::from(id.as_str()), &confirmer).await {
        Ok(()) => go(&format!("/admin/orgs/{id}?done=designated")),
        Err(why) => refused(&city, &me, &id, form, why).await,
    }
}

/// POST /admin/orgs/{id}/remove
pub async fn remove(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let form = Form::of(posted.open(&me)?);
    match orgs::remove(&city, &me.ctx, &OrgId::from(id.as_str())).await {
        Ok(()) => go("/admin/orgs?done=removed"),
        Err(why) => refused(&city, &me, &id, form, why).await,
    }
}
