//! 开放管理: what may be opened, the plan of each entry, its withdrawal (art. 22, 23, 31).

use app::{
    City, Refused,
    opening::{self, Candidate, MeasureView, PlanItem, PlanView, Preview, ReleaseLine, ReleaseState, Stage},
};
use askama::{Template, filters::HtmlSafe};
use axum::extract::{Path, Query, State};
use rules::{
    catalogue::{Item, ItemType, OpenKind, Semantic},
    ids::EntryId,
    law::Regulation::Yongzhou,
    release::{K_MIN, MaskRule, Plan, PlannedItem, Treatment},
    theme::{THEMES, Theme},
};

use super::{Done, confirm::ConfirmPage, take};
use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    session::Me,
    ui::{Choice, Form, Notice, Pairs, StateTag, Tone},
    words,
};

pub mod list;
pub mod lists;

/// The plan of one entry.
#[derive(Template)]
#[template(path = "opening/plan.html")]
pub struct PlanPage {
    /// What stands around it.
    pub frame: Frame,
    /// Its title.
    pub title: String,
    /// The line below the title.
    pub under: String,
    /// How far it is.
    pub stage: StateTag,
    /// Where the forms are sent.
    pub href: String,
    /// What is missing until the public reads it.
    pub missing: Vec<String>,
    /// What was typed.
    pub form: Form,
    /// The items with their rules.
    pub rows: Vec<RuleRow>,
    /// Some rows before and after.
    pub preview: Option<PreviewTable>,
    /// How anonymous the release would be.
    pub measure: Option<Pairs>,
    /// What to know of the measure.
    pub measure_note: String,
    /// Its releases.
    pub releases: Vec<ReleaseRow>,
    /// When and why it was withdrawn.
    pub withdrawn: Option<(String, String)>,
    /// The facts.
    pub facts: Pairs,
    /// The review, while one is open.
    pub case: Option<String>,
    /// Its page on the portal.
    pub public: Option<String>,
    /// The revision.
    pub revision: i64,
    /// Whether the form can be sent.
    pub may_prepare: bool,
    /// Whether the saved plan can be handed to the review.
    pub may_submit: bool,
    /// Whether it can be withdrawn.
    pub may_withdraw: bool,
    /// The themes to choose from.
    pub themes: Vec<Choice>,
    /// The theme under which the public finds it.
    pub theme: &'static str,
    /// Whether all that is left to do is to publish the list.
    pub is_ready: bool,
}

/// One item of the plan's form.
pub struct RuleRow {
    /// The form key.
    pub field: String,
    /// The item's title.
    pub title: String,
    /// The item's name.
    pub name: String,
    /// How it bears on a person.
    pub class: StateTag,
    /// What can be done with it.
    pub choices: Vec<Choice>,
    /// What is done with it, where nothing can be chosen now.
    pub words: String,
    /// What is wrong.
    pub error: Option<String>,
    /// What to think of, though it is not wrong.
    pub caution: &'static str,
}

/// Some rows, as they are and as they would leave.
#[derive(Clone, Debug, Template)]
#[template(path = "opening/preview.html")]
pub struct PreviewTable {
    /// The columns before.
    pub before_titles: Vec<String>,
    /// The rows before.
    pub before: Vec<Vec<String>>,
    /// The columns after.
    pub after_titles: Vec<String>,
    /// The rows after.
    pub after: Vec<Vec<String>>,
}

impl HtmlSafe for PreviewTable {}

impl PreviewTable {
    /// The rows of `it`.
    pub(crate) fn of(it: &Preview) -> PreviewTable {
        let rows = |rows: &[Vec<Option<String>>]| {
            let value = |it: &Option<String>| it.clone().unwrap_or_else(|| "—".to_owned());
            rows.iter().map(|row| row.iter().map(value).collect()).collect()
        };
        PreviewTable {
            before_titles: it.before_titles.clone(),
            before: rows(&it.before),
            after_titles: it.after_titles.clone(),
            after: rows(&it.after),
        }
    }
}

/// One release.
pub struct ReleaseRow {
    /// Its number.
    pub number: i64,
    /// Where it stands.
    pub state: StateTag,
    /// When it was made.
    pub made: String,
    /// Its rows.
    pub rows: String,
    /// Who prepared and reviewed it.
    pub people: String,
    /// The digest.
    pub sha256: String,
    /// The review.
    pub case: String,
    /// Why it failed.
    pub message: String,
}

fn stage_tag(stage: Stage) -> StateTag {
    let tone = match stage {
        Stage::Open => Tone::Green,
        Stage::Reviewing | Stage::Making | Stage::Ready => Tone::Accent,
        Stage::Returned => Tone::Amber,
        Stage::Withdrawn => Tone::Red,
        Stage::Unplanned | Stage::Planned => Tone::Grey,
    };
    StateTag::new(stage.label(), tone)
}

fn public(candidate: &Candidate) -> Option<String> {
    candidate.name.as_ref().map(|it| format!("/dataset/{it}"))
}

/// What can be done with an item: only what does something to its values.
fn treatments(item: &Item) -> Vec<Choice> {
    let is_number = matches!(item.kind, ItemType::Integer | ItemType::Decimal | ItemType::Money);
    let is_day = matches!(item.kind, ItemType::Date | ItemType::DateTime);
    let fits = |it: Treatment| match it {
        Treatment::Keep => !item.class.is_personal(),
        Treatment::Drop | Treatment::Pseudonym => true,
        Treatment::Name | Treatment::Identity | Treatment::Mobile | Treatment::Address => {
            !is_number && !is_day
        }
        Treatment::Year => is_day,
        Treatment::Division => item.semantic == Semantic::DivisionCode,
        Treatment::Band10 | Treatment::Band100 | Treatment::Band1000 => is_number,
    };
    let fitting = Treatment::ALL.iter().copied().filter(|it| fits(*it));
    std::iter::once(Choice::new("", "请选择"))
        .chain(fitting.map(|it| Choice::new(it.name(), it.label())))
        .collect()
}

fn field(i: usize) -> String {
    format!("rule-{i}")
}

fn fields(view: &PlanView) -> Fields {
    let mut fields = Fields::new()
        .with("risk_words", view.risk_words.as_str())
        .with("theme", view.theme.as_str());
    for (i, it) in view.items.iter().enumerate() {
        let treatment = it.rule.and_then(MaskRule::treatment);
        fields.push(field(i), treatment.map_or("", Treatment::name));
    }
    fields
}

fn rule_row(i: usize, it: &PlanItem, form: &Form) -> RuleRow {
    let field = field(i);
    let mut choices = treatments(&it.item);
    for choice in &mut choices {
        choice.is_chosen = choice.value == form.value(&field);
    }
    let tone = if it.item.class.is_personal() {
        Tone::Amber
    } else {
        Tone::Grey
    };
    RuleRow {
        title: it.item.title.clone(),
        name: it.item.name.clone(),
        class: StateTag::new(it.item.class.label(), tone),
        choices,
        words: it.rule.map_or_else(|| "未决定".to_owned(), MaskRule::words),
        error: form.error(&field).map(str::to_owned).or_else(|| it.gap.clone()),
        caution: if it.blurs_key && it.gap.is_none() {
            "该项是主键，这样处理后各行的值会重复，公众不能再用它区分各行。"
        } else {
            ""
        },
        field,
    }
}

fn measure(it: &MeasureView) -> Pairs {
    Pairs::new()
        .with(
            "参与测算的准标识项",
            match it.quasi.is_empty() {
                true => "无".to_owned(),
                false => it.quasi.join("、"),
            },
        )
        .with("数据行数", words::count(it.rows))
        .with("最小一组的行数（k）", words::count(it.k_min))
        .with("单独成组的行数", words::count(it.rows_unique))
        .with(
            &format!("所在组少于{K_MIN}行的行数"),
            words::count(it.rows_below_k),
        )
}

/// The themes, first that of the classification.
fn themes(of_class: &Theme) -> Vec<Choice> {
    let first = Choice::new("", format!("按信息资源分类（{}）", of_class.title));
    let all = THEMES.iter().map(|it| Choice::new(it.name, it.title));
    std::iter::once(first).chain(all).collect()
}

fn release_row(it: &ReleaseLine, is_open: bool) -> ReleaseRow {
    let tone = match it.state {
        ReleaseState::Current if !is_open => Tone::Accent,
        ReleaseState::Current => Tone::Green,
        ReleaseState::Making => Tone::Accent,
        ReleaseState::Failed | ReleaseState::Withdrawn => Tone::Red,
        ReleaseState::Replaced => Tone::Grey,
    };
    ReleaseRow {
        number: it.number,
        state: match it.state {
            ReleaseState::Current if is_open => StateTag::new("当前开放", tone),
            ReleaseState::Current => StateTag::new("已制作，尚未开放", tone),
            state => StateTag::new(state.label(), tone),
        },
        made: it.made_at.map(words::moment).unwrap_or_default(),
        rows: words::count(it.rows),
        people: format!("编制：{}；审查：{}", it.people.0, it.people.1),
        sha256: it.sha256.clone(),
        case: format!("/cases/{}", it.case),
        message: it.message.clone(),
    }
}

pub(crate) fn plan_page(frame: Frame, view: &PlanView, form: Form, revision: i64) -> PlanPage {
    let candidate = &view.candidate;
    let prepared = view.prepared.as_ref();
    let is_fresh = view.measure.as_ref().is_some_and(|it| !it.is_stale);
    PlanPage {
        frame: frame.wrong(form.is_wrong()),
        title: candidate.title.clone(),
        under: format!(
            "{} · {} · {}",
            candidate.code,
            candidate.org_name,
            candidate.kind.label()
        ),
        stage: stage_tag(candidate.stage),
        href: format!("/opening/{}", candidate.entry),
        missing: candidate.missing.clone(),
        rows: view
            .items
            .iter()
            .enumerate()
            .map(|(i, it)| rule_row(i, it, &form))
            .collect(),
        preview: view.preview.as_ref().map(PreviewTable::of),
        measure: view.measure.as_ref().map(measure),
        measure_note: match (&view.measure, is_fresh) {
            (None, _) => "保存方案后测算。",
            (Some(_), true) => "按保存的方案和当前数据测算。",
            (Some(_), false) => "数据或者方案在测算之后有变更，提交审查时重新测算。",
        }
        .to_owned(),
        releases: view
            .releases
            .iter()
            .map(|it| release_row(it, candidate.stage == Stage::Open || candidate.name.is_some()))
            .collect(),
        withdrawn: view
            .withdrawn
            .as_ref()
            .map(|(at, why)| (words::moment(*at), why.clone())),
        facts: Pairs::new()
            .with_link(
                "数据目录",
                format!("第{}版", view.entry_version),
                format!("/entries/{}", candidate.entry),
            )
            .with("开放类型", candidate.kind.label())
            .with_some("方案编制人", prepared.map(|it| it.0.clone()).unwrap_or_default())
            .with_some(
                "保存时间",
                prepared.map(|it| words::moment(it.1)).unwrap_or_default(),
            ),
        case: candidate.case.as_ref().map(|it| format!("/cases/{it}")),
        public: public(candidate),
        may_prepare: view.may_prepare && candidate.kind != OpenKind::NotOpen,
        may_submit: view.may_prepare && view.is_saved && view.gaps.is_empty() && candidate.has_data,
        may_withdraw: view.may_withdraw,
        themes: themes(view.theme_of_class),
        theme: Theme::find(&view.theme).unwrap_or(view.theme_of_class).title,
        is_ready: candidate.stage == Stage::Ready,
        revision,
        form,
    }
}

fn frame(me: &Me, view: &PlanView) -> Frame {
    me.frame(format!("{}的开放方案", view.candidate.title))
        .crumb("/opening", "开放管理")
}

fn notice(done: &Done) -> Option<Notice> {
    if done.is("save") {
        let text = "请核对脱敏前后对照和测算结果，再提交保密审查。";
        return Some(Notice::new(Tone::Green, "方案已保存", text));
    }
    let text = "公众已不能在开放平台上看到该数据集和它的任何文件。";
    done.is("withdraw")
        .then(|| Notice::new(Tone::Green, "已撤回", text))
}

/// GET /opening/{entry}
pub async fn plan(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = opening::plan(&city, &me.ctx, &id.as_str().into()).await?;
    let frame = frame(&me, &view).notice(notice(&done));
    let form = Form::of(fields(&view));
    html(&plan_page(frame, &view, form, view.revision))
}

/// The plan as it was typed.
fn read(view: &PlanView, fields: &Fields) -> Plan {
    let item = |(i, it): (usize, &PlanItem)| PlannedItem {
        name: it.item.name.clone(),
        rule: Treatment::parse(fields.get(&field(i))).map(MaskRule::of),
    };
    Plan {
        items: view.items.iter().enumerate().map(item).collect(),
        risk_words: fields.text("risk_words"),
        theme: fields.get("theme").to_owned(),
    }
}

/// A refusal about items, at the fields of this form.
fn at_fields(view: &PlanView, mut refused: Refused) -> Refused {
    for (name, _) in &mut refused.fields {
        let at = view
            .items
            .iter()
            .position(|it| *name == format!("items.{}", it.item.name));
        match at {
            Some(at) => *name = field(at),
            None if name != "risk_words" => name.clear(),
            None => {}
        }
    }
    refused
}

/// POST /opening/{entry}: saves the plan; with `act=submit` hands it to the review.
pub async fn save(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let entry = EntryId::from(id.as_str());
    let view = opening::plan(&city, &me.ctx, &entry).await?;
    let mut revision = form.values.revision();
    let plan = read(&view, &form.values);
    let is_submit = form.value("act") == "submit";
    match opening::save_plan(&city, &me.ctx, &entry, revision, plan).await {
        Ok(_) if !is_submit => return go(&format!("/opening/{id}?done=save")),
        Ok(saved) => {
            revision = saved;
            match opening::submit(&city, &me.ctx, &entry).await {
                Ok(case) => return go(&format!("/cases/{case}?done=submit")),
                Err(refused) => take(&mut form, at_fields(&view, refused))?,
            }
        }
        Err(refused) => {
            revision = refused.stale.as_ref().map_or(revision, |it| it.revision);
            take(&mut form, at_fields(&view, refused))?;
        }
    }
    let view = opening::plan(&city, &me.ctx, &entry).await?;
    wrong(&plan_page(frame(&me, &view), &view, form, revision))
}

pub(crate) fn withdraw_page(frame: Frame, view: &PlanView, form: Form) -> ConfirmPage {
    let back = format!("/opening/{}", view.candidate.entry);
    ConfirmPage {
        frame: frame.crumb(&back, &view.candidate.title).wrong(form.is_wrong()),
        title: "撤回开放数据".to_owned(),
        words: vec![
            "撤回后，公众立即不能在开放平台的任何页面、接口和文件链接上看到该数据集，以前各期的文件也不再提供。".to_owned(),
            "重新开放须再次通过保密审查。".to_owned(),
        ],
        cite: Some(Yongzhou.art(23).into()),
        about: Pairs::new()
            .with("数据目录", &view.candidate.title)
            .with("提供部门", &view.candidate.org_name)
            .with("开放类型", view.candidate.kind.label()),
        ask: Some(form.area("reason", "撤回的理由").hint("只在平台内部保存，不向公众显示。")),
        revision: view.revision,
        href: format!("{back}/withdraw"),
        button: "确认撤回".to_owned(),
        is_danger: true,
        back,
        form,
    }
}

fn withdraw_frame(me: &Me) -> Frame {
    me.frame("撤回开放数据").crumb("/opening", "开放管理")
}

/// GET /opening/{entry}/withdraw
pub async fn withdraw_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = opening::plan(&city, &me.ctx, &id.as_str().into()).await?;
    html(&withdraw_page(withdraw_frame(&me), &view, Form::empty()))
}

/// POST /opening/{entry}/withdraw
pub async fn withdraw(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let entry = EntryId::from(id.as_str());
    let reason = form.values.text("reason");
    match opening::withdraw(&city, &me.ctx, &entry, &reason).await {
        Ok(()) => return go(&format!("/opening/{id}?done=withdraw")),
        Err(refused) => take(&mut form, refused)?,
    }
    let view = opening::plan(&city, &me.ctx, &entry).await?;
    wrong(&withdraw_page(withdraw_frame(&me), &view, form))
}
