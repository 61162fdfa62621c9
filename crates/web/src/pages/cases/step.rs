//! The form of a step, whatever the procedure: it asks what the table of the law says the step asks.

use app::{
    City,
    cases::{self, Answers, CaseView, FieldReason, Next},
    catalogue,
};
use askama::Template;
use axum::extract::{Path, State};
use rules::{
    catalogue::{Content, Item, ItemType},
    clock::Colour,
    procedure::{Ask, compilation, open_request},
};

use super::{
    between,
    matter::{self, Matter},
    terms::{self, TermsForm},
};
use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    pages::take,
    problem::Problem,
    session::Me,
    ui::{Checkboxes, Choice, Cite, Field, Form, Radios, TextArea},
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
    /// The case in short: what it is about, its procedure and number, and whom it is between.
    pub about: String,
    /// What is decided.
    pub matter: Matter,
    /// Where the applicant's registration is shown, to whoever may see it (art. 33).
    pub applicant: Option<String>,
    /// The questions, in the order of the table.
    pub asks: Vec<AskPart>,
    /// Whether the step cannot be taken back.
    pub is_final: bool,
}

/// One question of the form.
pub enum AskPart {
    /// Words to write.
    Text(TextArea),
    /// A line to fill in.
    Line(Field),
    /// One of a few.
    Choice(Radios),
    /// A box to tick.
    Tick(Checkboxes),
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

/// What is decided, and the entry that the questions are about.
pub(crate) struct Before {
    /// What is decided.
    pub matter: Matter,
    /// The entry.
    pub entry: Content,
}

async fn before(city: &City, me: &Me, view: &CaseView) -> Result<Before, Problem> {
    let (matter, seen) = matter::load(city, me, view).await?;
    let entry = match &view.about {
        cases::About::Entry(content) => (**content).clone(),
        cases::About::Lines(_) => seen.map(|it| it.content).unwrap_or_default(),
    };
    Ok(Before { matter, entry })
}

pub(crate) fn page(
    me: &Me,
    view: &CaseView,
    next: &Next,
    before: Before,
    form: Form,
    revision: i64,
) -> StepPage {
    let line = &view.line;
    let case_href = format!("/cases/{}", line.id);
    let asks = next.asks.iter();
    let asks = asks
        .map(|it| part(it, &form, &before.entry, view, next))
        .collect();
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
        about: format!(
            "{} · {} {} · {}",
            line.title,
            line.procedure.label,
            line.number,
            between(line)
        ),
        matter: before.matter.beside(),
        applicant: super::show::applicant(me, view),
        asks,
        is_final: ends(view, next),
        form,
    }
}

impl StepPage {
    /// Whether the form itself lists what is decided, field by field, and needs the whole width.
    fn is_wide(&self) -> bool {
        self.asks.iter().any(|it| matches!(it, AskPart::Reasons(_)))
    }
}

/// Whether the step ends the case whatever is answered.
fn ends(view: &CaseView, next: &Next) -> bool {
    let Some(procedure) = super::show::procedure(view) else {
        return false;
    };
    let mut ways = view.next.iter().filter(|it| it.step == next.step);
    ways.all(|it| procedure.is_closed(it.to.name))
}

/// How the value of an item is written.
fn written(item: &Item) -> String {
    let how = match item.kind {
        _ if !item.codes.is_empty() => {
            let codes: Vec<String> = item
                .codes
                .iter()
                .take(6)
                .map(|it| format!("{} {}", it.code, it.label))
                .collect();
            let more = if codes.len() < item.codes.len() { "等" } else { "" };
            return format!("填写代码：{}{more}。", codes.join("、"));
        }
        ItemType::Date => "日期，例如 2026-12-01",
        ItemType::DateTime => "日期和时间，例如 2026-12-01 09:30:00",
        ItemType::Integer => "整数",
        ItemType::Decimal | ItemType::Money => "数字",
        ItemType::Boolean => "是或者否",
        _ => "文字",
    };
    match item.length {
        Some(max) if matches!(item.kind, ItemType::Text) => format!("{how}，不超过 {max} 个字符。"),
        _ => format!("{how}。"),
    }
}

/// What there is to say of a longer limit once the old one is over.
fn overrun(view: &CaseView, next: &Next) -> String {
    let lengthens = |duty: &str| {
        let mut clocks = super::show::procedure(view).into_iter().flat_map(|it| it.clocks);
        clocks.any(|it| it.duty == duty && it.extended_by == Some(next.step))
    };
    let late = view
        .clocks
        .iter()
        .find(|it| it.colour == Colour::Red && lengthens(it.duty));
    late.map_or(String::new(), |it| {
        format!(
            "原期限已于 {} 届满，超期已记录；延长的天数接在原期限之后计算，请在理由中一并说明超期的原因。",
            it.due
        )
    })
}

fn part(ask: &Ask, form: &Form, entry: &Content, view: &CaseView, next: &Next) -> AskPart {
    match ask {
        Ask::Text {
            name,
            label,
            required,
        } => {
            let area = form.area(name, label);
            AskPart::Text(if *required { area } else { area.optional() })
        }
        Ask::Days { name, label, max } => AskPart::Line(
            form.field(name, label)
                .digits()
                .hint(format!("工作日，最长 {max} 个。{}", overrun(view, next))),
        ),
        Ask::Months {
            name,
            label,
            max,
            usual,
        } => {
            let hint = format!("个月，1 至 {max}；不填为 {usual} 个月。");
            AskPart::Line(form.field(name, label).optional().digits().hint(hint))
        }
        Ask::Value { name, label } => {
            let title = view.doubted.as_ref().map_or("", |it| it.title.as_str());
            let how = view.doubted.as_ref().map(written).unwrap_or_default();
            let hint = format!("{how}填写后由平台直接更正；已另行报送数据更正的，不填。");
            let field = form.field(name, &format!("{label}（{title}）"));
            AskPart::Line(field.optional().hint(hint))
        }
        Ask::Choice { name, label, options } => AskPart::Choice(form.radios(
            name,
            label,
            options.iter().map(|it| Choice::new(it.name, it.label)).collect(),
        )),
        Ask::Tick { name, label } => AskPart::Tick(form.tick(name, label)),
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
    let before = before(&city, &me, &view).await?;
    let mut fields = view.terms.as_ref().map(terms::fields_of).unwrap_or_default();
    if view.line.procedure.name == open_request::PROCEDURE.name {
        // What the catalogue says applicants must keep to is what an agreement begins with (art. 26).
        fields.push("conditions", &before.entry.open_conditions);
    }
    html(&page(&me, &view, next, before, Form::of(fields), view.revision))
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
    let before = before(&city, &me, &view).await?;
    let mut form = Form::of(fields);
    let answers = answers(&mut form, next.asks, &before.entry, view.doubted.as_ref());
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
    wrong(&page(&me, &view, next, before, form, revision))
}

/// Reads what the step asks; what is missing is noted at its field.
fn answers(form: &mut Form, asks: &[Ask], entry: &Content, doubted: Option<&Item>) -> Answers {
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
            Ask::Value { name, .. } => {
                let typed = form.values.text(name);
                let is_date = doubted.is_some_and(|it| it.kind == ItemType::Date);
                let day = terms::read_day(&typed).filter(|_| is_date);
                let value = day.map_or(typed, |it| it.to_string());
                answers.text.insert((*name).to_owned(), value);
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
            Ask::Months { name, max, .. } => {
                let typed = form.values.trimmed(name).to_owned();
                if !typed.is_empty() && !typed.parse::<u8>().is_ok_and(|it| (1..=*max).contains(&it)) {
                    form.wrong(name, format!("请填写 1 到 {max} 之间的月数。"));
                }
                answers.text.insert((*name).to_owned(), typed);
            }
            Ask::Tick { name, .. } => {
                answers.text.insert((*name).to_owned(), form.values.text(name));
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
