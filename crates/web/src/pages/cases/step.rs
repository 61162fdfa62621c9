//! The form of a step, whatever the procedure: it asks what the table of the law says the step asks.

use app::{
    City,
    cases::{self, Answers, CaseView, FieldReason, Next},
    catalogue,
};
use askama::Template;
use axum::extract::{Path, State};
use rules::{
    catalogue::Content,
    procedure::{Ask, compilation},
};

use super::terms::{self, TermsForm};
use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    pages::take,
    problem::Problem,
    session::Me,
    ui::{Choice, Cite, Field, Form, Pairs, Radios, TextArea},
};

/// The form of a step.
#[derive(Template)]
#[template(path = "cases/step.html")]
pub struct StepPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
    /// The revision of the case that the form acts on.
    pub revision: i64,
    /// Where it is sent.
    pub href: String,
    /// Where the case is.
    pub case_href: String,
    /// The step.
    pub label: &'static str,
    /// The state it leads to.
    pub to: &'static str,
    /// The article.
    pub cite: Cite,
    /// The case in short.
    pub about: Pairs,
    /// The questions, in the order of the table.
    pub asks: Vec<AskPart>,
    /// Whether the step cannot be taken back.
    pub is_final: bool,
}

/// One question of the form.
pub enum AskPart {
    /// Words to write.
    Text(TextArea),
    /// A number of working days.
    Days(Field),
    /// One of a few.
    Choice(Radios),
    /// A reason at each field.
    Reasons(Vec<ReasonRow>),
    /// The conditions of a grant.
    Terms(Box<TermsForm>),
}

/// One field of an entry that may be sent back with a reason.
pub struct ReasonRow {
    /// The field.
    pub field: String,
    /// The field as people read it.
    pub label: String,
    /// What it says.
    pub value: String,
    /// The reason, as typed.
    pub reason: String,
}

/// The step called `name`, if this person may take it now; otherwise why not.
fn allowed<'a>(view: &'a CaseView, name: &str) -> Result<&'a Next, Problem> {
    let next = view.next.iter().find(|it| it.step.name == name);
    match next {
        Some(next) if next.is_allowed => Ok(next),
        Some(next) => {
            let words = next.why_not.clone().unwrap_or_default();
            Err(Problem::Forbidden(words))
        }
        None => {
            let known = super::show::procedure(view).and_then(|it| it.step(name));
            match known {
                None => Err(Problem::NotFound),
                Some(step) => {
                    let words = format!(
                        "办件目前为“{}”，不能办理“{}”。可能刚刚已由您或他人办理，请刷新办件页面查看。",
                        view.line.state.label, step.label
                    );
                    Err(app::Refused::conflict("not-from-here", words).into())
                }
            }
        }
    }
}

/// The entry that the questions are about.
async fn entry_of(city: &City, me: &Me, view: &CaseView, asks: &[Ask]) -> Result<Content, Problem> {
    let needs_entry = asks.iter().any(|it| matches!(it, Ask::Terms | Ask::FieldReasons));
    match &view.about {
        cases::About::Entry(content) => Ok((**content).clone()),
        _ if !needs_entry => Ok(Content::default()),
        _ => match &view.line.entry {
            Some(entry) => Ok(app::catalogue::show(city, &me.ctx, entry).await?.content),
            None => Err(Problem::Internal(format!(
                "case {} asks of an entry and has none",
                view.line.id
            ))),
        },
    }
}

pub(crate) fn page(
    me: &Me,
    view: &CaseView,
    next: &Next,
    entry: &Content,
    form: Form,
    revision: i64,
) -> StepPage {
    let case_href = format!("/cases/{}", view.line.id);
    let asks = next.asks.iter().map(|it| part(it, &form, entry)).collect();
    let mut about = Pairs::new()
        .with("办件", &view.line.title)
        .with("类型", view.line.procedure.label);
    about = about.with_some("提供部门", &view.line.provider_name);
    about = about.with_some("使用部门", view.line.consumer_name.clone().unwrap_or_default());
    StepPage {
        frame: me
            .frame(next.step.label)
            .crumb("/cases", "办件")
            .crumb(&case_href, &view.line.title)
            .wrong(form.is_wrong()),
        revision,
        href: format!("{case_href}/{}", next.step.name),
        case_href,
        label: next.step.label,
        to: next.to.label,
        cite: next.cites.into(),
        about,
        asks,
        is_final: super::show::procedure(view).is_some_and(|it| it.is_closed(next.to.name)),
        form,
    }
}

fn part(ask: &Ask, form: &Form, entry: &Content) -> AskPart {
    match ask {
        Ask::Text {
            name,
            label,
            required,
        } => {
            let area = form.area(name, label);
            AskPart::Text(if *required { area } else { area.optional() })
        }
        Ask::Days { name, label, max } => AskPart::Days(
            form.field(name, label)
                .digits()
                .hint(format!("工作日，最长 {max} 个。")),
        ),
        Ask::Choice { name, label, options } => AskPart::Choice(form.radios(
            name,
            label,
            options.iter().map(|it| Choice::new(it.name, it.label)).collect(),
        )),
        Ask::FieldReasons => AskPart::Reasons(reasons(form, entry)),
        Ask::Terms => AskPart::Terms(Box::new(TermsForm::new(form.clone(), entry, true))),
    }
}

/// Every field of the entry with what it says.
fn reasons(form: &Form, entry: &Content) -> Vec<ReasonRow> {
    let row = |field: String, label: String, value: String| ReasonRow {
        reason: form.value(&format!("reason.{field}")).to_owned(),
        field,
        label,
        value,
    };
    let lines = crate::pages::entries::lines(entry).into_iter();
    let mut rows: Vec<ReasonRow> = lines
        .map(|(field, value)| row(field.to_owned(), catalogue::field_label(entry, field), value))
        .collect();
    rows.push(row(
        "items".to_owned(),
        "信息项（整体）".to_owned(),
        format!("共 {} 项", entry.items.len()),
    ));
    for (i, item) in entry.items.iter().enumerate() {
        let field = format!("items.{i}");
        let label = catalogue::field_label(entry, &field);
        rows.push(row(field, label, crate::pages::entries::item_words(item)));
    }
    rows
}

/// GET /cases/{id}/{step}
pub async fn form(me: Me, State(city): State<City>, Path((id, step)): Path<(String, String)>) -> Page {
    let view = cases::show(&city, &me.ctx, &id.as_str().into()).await?;
    let next = allowed(&view, &step)?;
    if let (step @ ("submit" | "discard"), Some(entry)) = (next.step.name, &view.line.entry)
        && view.line.procedure.name == compilation::PROCEDURE.name
    {
        return go(&format!("/entries/{entry}/{step}"));
    }
    let entry = entry_of(&city, &me, &view, next.asks).await?;
    let fields = view.terms.as_ref().map(terms::fields_of).unwrap_or_default();
    html(&page(&me, &view, next, &entry, Form::of(fields), view.revision))
}

/// POST /cases/{id}/{step}
pub async fn send(
    me: Me,
    State(city): State<City>,
    Path((id, step)): Path<(String, String)>,
    posted: ProtectedForm,
) -> Page {
    let fields = posted.open(&me)?;
    let view = cases::show(&city, &me.ctx, &id.as_str().into()).await?;
    let next = allowed(&view, &step)?;
    let entry = entry_of(&city, &me, &view, next.asks).await?;
    let mut form = Form::of(fields);
    let answers = answers(&mut form, next.asks, &entry);
    let mut revision = form.values.revision();
    if !form.is_wrong() {
        let done = cases::act(&city, &me.ctx, &view.line.id, revision, next.step.name, answers).await;
        match done {
            Ok(()) => return go(&format!("/cases/{id}?done={}", next.step.name)),
            Err(refused) => {
                // The page is shown again on what stands now, so that a second look is enough to send it.
                revision = refused.stale.as_ref().map_or(revision, |it| it.revision);
                take(&mut form, refused)?;
            }
        }
    }
    wrong(&page(&me, &view, next, &entry, form, revision))
}

/// Reads what the step asks; what is missing is noted at its field.
fn answers(form: &mut Form, asks: &[Ask], entry: &Content) -> Answers {
    let mut answers = Answers::default();
    // A provider that does not agree proposes no conditions.
    let proposes = form.value("opinion") != "disagree";
    for ask in asks {
        match ask {
            Ask::Text {
                name,
                label,
                required,
            } => {
                if *required {
                    form.require(name, &format!("请填写{label}。"));
                }
                answers.text.insert((*name).to_owned(), form.values.text(name));
            }
            Ask::Choice { name, label, options } => {
                let typed = form.value(name).to_owned();
                if !options.iter().any(|it| it.name == typed) {
                    form.wrong(name, format!("请选择{label}。"));
                }
                answers.text.insert((*name).to_owned(), typed);
            }
            Ask::Days { name, max, .. } => {
                let typed = form.values.trimmed(name).to_owned();
                if !typed.parse::<u16>().is_ok_and(|it| (1..=*max).contains(&it)) {
                    form.wrong(name, format!("请填写 1 到 {max} 之间的工作日数。"));
                }
                answers.text.insert((*name).to_owned(), typed);
            }
            Ask::FieldReasons => {
                answers.field_reasons = field_reasons(&form.values, entry);
                if answers.field_reasons.is_empty() {
                    form.wrong("reason.title", "请至少在一个字段写明退回理由，编目员据此修改。");
                }
            }
            Ask::Terms if proposes => answers.terms = terms::read(form, entry),
            Ask::Terms => {}
        }
    }
    answers
}

fn field_reasons(fields: &Fields, entry: &Content) -> Vec<FieldReason> {
    let reason = |(name, words): (&str, &str)| {
        let field = name.strip_prefix("reason.")?;
        let words = words.trim().replace("\r\n", "\n");
        let label = catalogue::field_label(entry, field);
        (!words.is_empty()).then(|| FieldReason {
            field: field.to_owned(),
            label,
            words,
        })
    };
    fields.iter().filter_map(reason).collect()
}
