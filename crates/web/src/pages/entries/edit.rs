//! The metadata of a draft, in five short pages after the 2017 guide, and the list of what is done and what is not.

mod sections;

use app::{
    City,
    catalogue::{self, EntryView},
    orgs,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    catalogue::{
        CatalogueKind, Content, Format, Gap, Grade, OpenKind, Secrecy, ShareKind, ShareMethod, UpdateCycle,
    },
    people::Org,
};

pub(crate) use sections::fields_of;
pub use sections::{SECTIONS, Section, section_of};

use super::{items::editable, parts::Cautions};
use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html, wrong},
    pages::{Done, take},
    problem::Problem,
    session::Me,
    ui::{Choice, Form, Notice, Pairs, StateTag, Tone, choices},
};

/// What is done and what is not.
#[derive(Template)]
#[template(path = "entries/tasks.html")]
pub struct TasksPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry's title.
    pub title: String,
    /// 信息资源代码.
    pub code: String,
    /// Address, words, hint, state.
    pub tasks: Vec<(String, &'static str, String, StateTag)>,
    /// How many gaps there are in all.
    pub gaps: usize,
    /// What the reviewer said: label, address, words.
    pub review: Vec<(String, String, String)>,
}

/// One section of the metadata.
#[derive(Template)]
#[template(path = "entries/edit.html")]
pub struct EditPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry's title.
    pub title: String,
    /// The section.
    pub section: &'static Section,
    /// Its number, from 1.
    pub number: usize,
    /// The revision that the page showed.
    pub revision: i64,
    /// What was typed.
    pub form: Form,
    /// The provider, as the organisation's record says.
    pub provider: Pairs,
    /// Departments that may compile with this one.
    pub orgs: Vec<Choice>,
    /// What the reviewer said of this section: label and words.
    pub review: Vec<(String, String)>,
    /// What somebody else saved meanwhile, where it differs from what was typed.
    pub stale: Pairs,
    /// What deserves a second look.
    pub cautions: Cautions,
}

impl EditPage {
    fn is(&self, name: &str) -> bool {
        self.section.name == name
    }

    fn kinds(&self) -> Vec<Choice> {
        let hints = [
            "人口、法人、空间地理、信用、证照等，由牵头部门会同有关部门编制",
            "围绕一个主题，由牵头部门会同有关部门编制",
            "本部门自己的数据",
        ];
        let all = CatalogueKind::ALL.iter().zip(hints);
        all.map(|(it, hint)| Choice::new(it.name(), it.label()).hint(hint))
            .collect()
    }

    /// Whether the data was just said to be secret, while the draft already holds what was typed before.
    fn is_secret(&self) -> bool {
        let said = Secrecy::parse(self.form.value("secrecy"));
        said.is_some_and(|it| it != Secrecy::None)
    }

    fn class_hint(&self) -> String {
        let themes: Vec<&str> = app::portal::THEMES.iter().map(|it| it.title).collect();
        format!(
            "类、项、目、细目，用“/”分开，例如：部门政务信息资源 / 交通运输 / 城市客运。开放数据按其中写明的主题归类，没有写明的归入“其他”。主题：{}。",
            themes[..themes.len() - 1].join("、")
        )
    }

    fn formats(&self) -> Vec<Choice> {
        choices(Format::ALL.iter().map(|it| (it.name(), it.label())))
    }

    fn shares(&self) -> Vec<Choice> {
        let hints = [
            "可提供给所有部门共享使用",
            "只能提供给部分部门，或者只能部分提供",
            "不宜提供给其他部门；确需使用的由双方协商",
        ];
        let all = ShareKind::ALL.iter().zip(hints);
        all.map(|(it, hint)| Choice::new(it.name(), it.label()).hint(hint))
            .collect()
    }

    fn methods(&self) -> Vec<Choice> {
        choices(ShareMethod::ALL.iter().map(|it| (it.name(), it.label())))
    }

    fn opens(&self) -> Vec<Choice> {
        let hints = [
            "可提供给所有公民、法人和其他组织",
            "部分提供，或者按特定条件提供",
            "涉及秘密、个人隐私，或者开放后可能危及安全稳定",
        ];
        let all = OpenKind::ALL.iter().zip(hints);
        all.map(|(it, hint)| Choice::new(it.name(), it.label()).hint(hint))
            .collect()
    }

    fn cycles(&self) -> Vec<Choice> {
        choices(UpdateCycle::ALL.iter().map(|it| (it.name(), it.label())))
    }

    fn grades(&self) -> Vec<Choice> {
        choices(Grade::ALL.iter().map(|it| (it.name(), it.label())))
    }

    fn secrecies(&self) -> Vec<Choice> {
        choices(Secrecy::ALL.iter().map(|it| (it.name(), it.label())))
    }
}

/// The gaps of a section, or of the items.
fn gaps_of<'a>(gaps: &'a [Gap], section: Option<&'a str>) -> impl Iterator<Item = &'a Gap> {
    gaps.iter().filter(move |it| section_of(&it.field) == section)
}

fn task_state(gaps: usize) -> StateTag {
    match gaps {
        0 => StateTag::new("已完成", Tone::Green),
        n => StateTag::new(format!("还缺 {n} 处"), Tone::Amber),
    }
}

pub(crate) fn tasks_page(frame: Frame, view: &EntryView) -> TasksPage {
    let href = format!("/entries/{}", view.id);
    let missing = |section| gaps_of(&view.gaps, section).count();
    let mut tasks = vec![(
        format!("{href}/items"),
        "信息项",
        format!(
            "{} 个信息项：名称、类型、主键、查询条件、个人信息类别",
            view.content.items.len()
        ),
        task_state(missing(None)),
    )];
    for section in SECTIONS {
        let state = task_state(missing(Some(section.name)));
        tasks.push((
            format!("{href}/edit/{}", section.name),
            section.title,
            section.hint.to_owned(),
            state,
        ));
    }
    let review = view.review_notes.iter();
    TasksPage {
        frame,
        title: view.content.title.clone(),
        code: view.code.clone(),
        tasks,
        gaps: view.gaps.len(),
        review: review
            .map(|it| {
                (
                    it.label.clone(),
                    super::parts::form_of(view.id.as_str(), &it.field),
                    it.words.clone(),
                )
            })
            .collect(),
        href,
    }
}

/// GET /entries/{id}/edit
pub async fn tasks(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = editable(&city, &me, &id).await?;
    let mut frame = me
        .frame("编制")
        .crumb("/entries", "数据目录")
        .crumb(format!("/entries/{id}"), &view.content.title);
    if done.is("saved") {
        frame = frame.notice(Some(Notice::new(Tone::Green, "已保存", "")));
    } else if done.is("revised") {
        let words = "已发布的版本继续有效；新草稿审核发布后替换它。";
        frame = frame.notice(Some(Notice::new(Tone::Accent, "已生成新版本草稿", words)));
    }
    html(&tasks_page(frame, &view))
}

fn find(section: &str) -> Result<(usize, &'static Section), Problem> {
    SECTIONS
        .iter()
        .enumerate()
        .find(|(_, it)| it.name == section)
        .ok_or(Problem::NotFound)
}

/// Everything a section's page prints; `orgs` are those that may compile with the own.
pub(crate) fn page(
    frame: Frame,
    view: &EntryView,
    orgs: &[Org],
    at: (usize, &'static Section),
    form: Form,
    revision: i64,
) -> EditPage {
    let (i, section) = at;
    let others = orgs.iter().filter(|it| it.id != view.provider.id);
    let chosen: Vec<String> = form.values.all("co_compilers").map(str::to_owned).collect();
    let choice = |it: &Org| Choice {
        is_chosen: chosen.contains(&it.id.0),
        ..Choice::new(&it.id.0, &it.name)
    };
    let review = view
        .review_notes
        .iter()
        .filter(|it| section_of(&it.field) == Some(section.name));
    EditPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/entries/{}", view.id),
        title: view.content.title.clone(),
        section,
        number: i + 1,
        revision,
        form,
        provider: Pairs::new()
            .with("信息资源提供方", &view.provider.name)
            .with("提供方代码", &view.provider.credit_code)
            .with("信息资源代码", &view.code),
        orgs: others.map(choice).collect(),
        review: review.map(|it| (it.label.clone(), it.words.clone())).collect(),
        stale: Pairs::new(),
        cautions: match section.name {
            "open" => Cautions::of(&view.content),
            _ => Cautions::default(),
        },
    }
}

fn frame(me: &Me, view: &EntryView, section: &Section) -> Frame {
    let href = format!("/entries/{}", view.id);
    me.frame(section.title)
        .crumb("/entries", "数据目录")
        .crumb(&href, &view.content.title)
        .crumb(format!("{href}/edit"), "编制")
}

/// GET /entries/{id}/edit/{section}
pub async fn form(
    me: Me,
    State(city): State<City>,
    Path((id, section)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Page {
    let at = find(&section)?;
    let view = editable(&city, &me, &id).await?;
    let orgs = orgs::choices(&city, &me.ctx).await?;
    let mut form = Form::of(fields_of(&view.content));
    if done.is("check") {
        // Coming from the list of what is missing: each gap stands at its field.
        form.errors = gaps_of(&view.gaps, Some(at.1.name))
            .map(|it| (it.field.clone(), it.words.clone()))
            .collect();
    }
    let frame = frame(&me, &view, at.1).notice(done.is("saved").then(|| saved(&view, at.0)).flatten());
    html(&page(frame, &view, &orgs, at, form, view.revision))
}

/// What the page before this one still lacks, once it was saved; nothing where it is whole.
fn saved(view: &EntryView, at: usize) -> Option<Notice> {
    let before = SECTIONS.get(at.checked_sub(1)?)?;
    let words: Vec<&str> = gaps_of(&view.gaps, Some(before.name))
        .map(|it| it.words.as_str())
        .collect();
    if !words.is_empty() {
        let title = format!(
            "“{}”已保存，还缺 {} 处，提交审核前补齐",
            before.title,
            words.len()
        );
        return Some(Notice::new(Tone::Amber, title, words.join(" ")));
    }
    let caution = view
        .content
        .cautions()
        .into_iter()
        .find(|it| section_of(&it.field) == Some(before.name));
    caution.map(|it| Notice::new(Tone::Amber, format!("“{}”已保存，请核对", before.title), it.words))
}

/// POST /entries/{id}/edit/{section}
pub async fn send(
    me: Me,
    State(city): State<City>,
    Path((id, section)): Path<(String, String)>,
    posted: ProtectedForm,
) -> Page {
    let fields = posted.open(&me)?;
    let at = find(&section)?;
    let view = editable(&city, &me, &id).await?;
    let mut form = Form::of(fields);
    let mut revision = form.values.revision();
    let content = sections::read(at.1, &mut form, view.content.clone());
    let mut stale = Pairs::new();
    if !form.is_wrong() {
        match catalogue::save(&city, &me.ctx, &view.id, revision, content.clone()).await {
            Ok(_) => return go(&after(&id, at.0, form.value("act"))),
            Err(refused) => {
                if let Some(now) = &refused.stale {
                    revision = now.revision;
                    let stored = now.content.as_ref().unwrap_or(&view.content);
                    stale = changed(at.1, stored, &content);
                    let by = if now.changed_by.is_empty() {
                        "他人"
                    } else {
                        &now.changed_by
                    };
                    // A single field says what stands there now, and who put it there.
                    if let [(field, was)] = differing(at.1, stored, &content).as_slice() {
                        form.wrong(
                            field,
                            format!("{by}已将此项保存为“{was}”。再次提交将以您填写的为准。"),
                        );
                    }
                }
                take(&mut form, refused)?;
            }
        }
    }
    let orgs = orgs::choices(&city, &me.ctx).await?;
    let mut page = page(frame(&me, &view, at.1), &view, &orgs, at, form, revision);
    page.stale = stale;
    wrong(&page)
}

/// The fields of a section that are stored otherwise than they were typed, with what is stored.
fn differing(section: &Section, stored: &Content, typed: &Content) -> Vec<(&'static str, String)> {
    let (stored_lines, typed_lines) = (super::lines(stored), super::lines(typed));
    let both = stored_lines.into_iter().zip(typed_lines);
    both.filter(|((field, was), (_, is))| section_of(field) == Some(section.name) && was != is)
        .map(|((field, was), _)| (field, was))
        .collect()
}

/// What is stored now, where it differs from what was typed.
fn changed(section: &Section, stored: &Content, typed: &Content) -> Pairs {
    differing(section, stored, typed)
        .into_iter()
        .fold(Pairs::new(), |all, (field, was)| {
            all.with(&catalogue::field_label(stored, field), was)
        })
}

fn after(id: &str, at: usize, act: &str) -> String {
    match (act, SECTIONS.get(at + 1)) {
        ("back", _) => format!("/entries/{id}/edit?done=saved"),
        (_, Some(next)) => format!("/entries/{id}/edit/{}?done=saved", next.name),
        (_, None) => format!("/entries/{id}/submit"),
    }
}
