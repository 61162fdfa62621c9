//! 异议: anybody tells of an error, an omission or a breach of secrecy in a set, and follows what becomes of it
//! (art. 34).

use app::{
    City,
    objections::{self, Filed, Objection, Tracked},
    portal,
};
use askama::Template;
use axum::{
    Form as Posted,
    extract::{Query, State},
};
use jiff::civil::Date;
use rules::{
    clock::Clock,
    procedure::objection::{self as procedure, ObjectionKind, Outcome},
};
use web::{
    form::Fields,
    ui::{Choice, Field, Form, Pairs, Past, Radios, TextArea, Timeline},
    words,
};

use crate::{
    frame::{Frame, html, wrong},
    guard::{self, Limit},
    pages::search::Params,
    problem::Page,
    visit::Visit,
};

/// The form.
#[derive(Template)]
#[template(path = "object.html")]
pub struct ObjectPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed, and what is wrong with it.
    pub form: Form,
    /// The set: address and title; none where it has yet to be named.
    pub set: Option<(String, String)>,
    /// The form's token.
    pub token: String,
    /// The day, which says what limits are in force.
    pub today: Date,
    /// Whether an objector who leaves an address is written to.
    pub has_letters: bool,
}

/// What was filed, with the query code.
#[derive(Template)]
#[template(path = "objected.html")]
pub struct ObjectedPage {
    /// What stands around it.
    pub frame: Frame,
    /// The number.
    pub number: String,
    /// The query code, shown this once.
    pub code: String,
    /// The set: address and title.
    pub set: (String, String),
    /// Within what time the data is marked (art. 34).
    pub marked: String,
}

/// Looking up an objection.
#[derive(Template)]
#[template(path = "track.html")]
pub struct TrackPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed, and what is wrong with it.
    pub form: Form,
    /// What was found.
    pub found: Option<Found>,
}

/// An objection as its objector sees it.
pub struct Found {
    /// What is to be known of it.
    pub facts: Pairs,
    /// What was done, the newest last.
    pub steps: Timeline,
    /// The decision, once it is told.
    pub outcome: Option<&'static str>,
    /// The answer, once it is told.
    pub answer: String,
    /// The reasons of the decision, once it is told.
    pub decision: String,
    /// How the data was put right, or that it is not yet; empty where it stands.
    pub correction: String,
}

/// Objections from one address within an hour at most.
static POSTS: Limit = Limit::an_hour(10);
/// Look-ups from one address within an hour at most: a code of this length cannot be guessed at that pace.
static LOOKS: Limit = Limit::an_hour(60);
/// Characters of the words at most.
const WORDS_MAX: usize = 2000;
/// What the forms are called in their tokens.
const OBJECT: &str = "object";

/// What people paste: the address of the set, or its name.
fn name_in(typed: &str) -> &str {
    let typed = typed.trim();
    let end = typed.split_once("/dataset/").map_or(typed, |it| it.1);
    end.split(['/', '?', '#']).next().unwrap_or(end)
}

async fn set(city: &City, name: &str) -> Result<Option<(String, String)>, app::Refused> {
    if name.is_empty() {
        return Ok(None);
    }
    match portal::dataset(city, name).await {
        Ok(set) => Ok(Some((set.card.name, set.card.title))),
        Err(refused) if refused.status == app::Status::NotFound => Ok(None),
        Err(refused) => Err(refused),
    }
}

/// GET /open/object
pub async fn form(visit: Visit, Query(params): Query<Params>, State(city): State<City>) -> Page {
    let name = params.get("dataset").map_or("", |it| name_in(it));
    let found = set(&city, name).await?;
    let values = match &found {
        Some((name, _)) => Fields::new().with("dataset", name),
        None => Fields::new(),
    };
    html(&page(&visit, About::of(&city), Form::of(values), found))
}

/// What the form needs of the city.
#[derive(Clone, Copy)]
pub(crate) struct About {
    /// The key of its forms.
    pub key: guard::Key,
    /// Whether it writes letters.
    pub writes_letters: bool,
}

impl About {
    fn of(city: &City) -> About {
        About {
            key: portal::form_key(city),
            writes_letters: city.writes_letters(),
        }
    }
}

pub(crate) fn page(visit: &Visit, city: About, form: Form, set: Option<(String, String)>) -> ObjectPage {
    ObjectPage {
        frame: Frame::new(visit, "提出异议")
            .crumb("/open", "首页")
            .wrong(form.is_wrong())
            .about("对开放数据的错误、遗漏，或者侵犯商业秘密、个人隐私提出异议。"),
        set: set.map(|(name, title)| (format!("/dataset/{}", words::encoded(&name)), title)),
        token: guard::token(&city.key, OBJECT, visit.now),
        today: visit.today(),
        has_letters: city.writes_letters,
        form,
    }
}

/// POST /open/object
pub async fn send(
    visit: Visit,
    State(city): State<City>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Page {
    let fields = Fields::from(fields);
    POSTS.pass(&visit)?;
    let about = About::of(&city);
    let found = set(&city, name_in(fields.get("dataset"))).await?;
    let mut form = Form::of(fields.clone());
    checked(&mut form, found.is_some());
    if !form.is_wrong()
        && let Err(fault) = guard::check(&about.key, OBJECT, &fields, visit.now)
    {
        form.wrong("", fault.words());
    }
    let (Some((name, title)), Some(kind), false) = (
        &found,
        ObjectionKind::parse(fields.trimmed("kind")),
        form.is_wrong(),
    ) else {
        return wrong(&page(&visit, about, form, found));
    };
    let contact = fields.trimmed("contact");
    let objection = Objection {
        dataset: name.clone(),
        kind,
        words: fields.text("words"),
        contact: (!contact.is_empty()).then(|| contact.to_owned()),
    };
    match objections::file(&city, objection, visit.now).await {
        Ok(filed) => html(&filed_page(&visit, filed, name, title)),
        Err(refused) if refused.status == app::Status::Invalid || refused.status == app::Status::Conflict => {
            let field = refused.fields.first().map_or("", |it| it.0.as_str()).to_owned();
            form.wrong(&field, refused.words);
            wrong(&page(&visit, about, form, found))
        }
        Err(refused) => Err(refused.into()),
    }
}

fn checked(form: &mut Form, is_found: bool) {
    if !is_found {
        form.wrong("dataset", "请填写要提出异议的数据集，可以粘贴数据集页面的地址。");
    }
    if ObjectionKind::parse(form.values.trimmed("kind")).is_none() {
        form.wrong("kind", "请选择异议的类型。");
    }
    form.require("words", "请写明异议事项和理由。");
    if form.value("words").chars().count() > WORDS_MAX {
        form.wrong(
            "words",
            format!("异议事项和理由不超过 {WORDS_MAX} 个字，请写要点。"),
        );
    }
    if form.value("contact").chars().count() > 200 {
        form.wrong("contact", "联系方式不超过 200 个字。");
    }
}

pub(crate) fn filed_page(visit: &Visit, filed: Filed, name: &str, title: &str) -> ObjectedPage {
    ObjectedPage {
        frame: Frame::new(visit, "异议已提交").crumb("/open", "首页"),
        number: filed.number,
        code: filed.code,
        set: (format!("/dataset/{}", words::encoded(name)), title.to_owned()),
        marked: words::within(&procedure::TO_MARK, visit.today()),
    }
}

impl ObjectPage {
    /// Within what time each step of an objection is taken (art. 34).
    fn marked(&self) -> String {
        self.within(&procedure::TO_MARK)
    }

    fn decided(&self) -> String {
        self.within(&procedure::TO_DECIDE)
    }

    fn transferred(&self) -> String {
        self.within(&procedure::TO_TRANSFER)
    }

    fn department_decided(&self) -> String {
        self.within(&procedure::TO_DEPARTMENT_DECIDE)
    }

    fn within(&self, clock: &Clock) -> String {
        words::within(clock, self.today)
    }

    fn dataset(&self) -> Field {
        let mut field = self.form.field("dataset", "数据集");
        field.hint = "粘贴数据集页面的地址，或者填写地址最后的编号。".to_owned();
        field
    }

    fn kind(&self) -> Radios {
        let hint = |it: &ObjectionKind| match it {
            ObjectionKind::Error => "值与实际不符、格式不对、已经过时。",
            ObjectionKind::Omission => "应当有的行或者信息项没有。",
            ObjectionKind::TradeSecret => "公开了企业不愿公开且采取了保密措施的信息。",
            ObjectionKind::Privacy => "能够认出某个人，或者公开了个人不愿公开的信息。",
        };
        let choice = |it: &ObjectionKind| Choice::new(it.name(), it.label()).hint(hint(it));
        self.form.radios(
            "kind",
            "异议的类型",
            ObjectionKind::ALL.iter().map(choice).collect(),
        )
    }

    fn words(&self) -> TextArea {
        let mut area = self.form.area("words", "异议事项和理由");
        area.rows = 6;
        area.hint("写明是哪一行、哪个信息项，应当是什么，依据是什么。请不要填写与异议无关的个人信息。")
    }

    fn contact(&self) -> Field {
        let mut field = self.form.field("contact", "联系方式");
        field.hint = if self.has_letters {
            "需要核实时用，加密保存，办结后删除。填写电子邮箱的，处理结果同时发到这个邮箱；不填也能用查询码了解结果。"
        } else {
            "需要核实时用，加密保存，办结后删除。不填也能用查询码了解结果。"
        }
        .to_owned();
        field.is_optional = true;
        field
    }
}

/// GET /open/track
pub async fn track_form(visit: Visit) -> Page {
    html(&track_page(&visit, Form::empty(), None))
}

/// POST /open/track: the query code never stands in an address.
pub async fn track(
    visit: Visit,
    State(city): State<City>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Page {
    let fields = Fields::from(fields);
    LOOKS.pass(&visit)?;
    let mut form = Form::of(fields.clone());
    form.require("number", "请填写异议编号。");
    form.require("code", "请填写查询码。");
    if form.is_wrong() {
        return wrong(&track_page(&visit, form, None));
    }
    match objections::track(&city, fields.trimmed("number"), fields.trimmed("code"), visit.now).await {
        Ok(tracked) => html(&track_page(&visit, Form::empty(), Some(&tracked))),
        Err(refused) if refused.status == app::Status::NotFound => {
            form.wrong("number", refused.words);
            wrong(&track_page(&visit, form, None))
        }
        Err(refused) => Err(refused.into()),
    }
}

pub(crate) fn track_page(visit: &Visit, form: Form, tracked: Option<&Tracked>) -> TrackPage {
    TrackPage {
        frame: Frame::new(visit, "查询办理进度")
            .crumb("/open", "首页")
            .wrong(form.is_wrong()),
        form,
        found: tracked.map(found),
    }
}

fn found(tracked: &Tracked) -> Found {
    let mut facts = Pairs::new()
        .with("编号", tracked.number.clone())
        .with("数据集", tracked.title.clone())
        .with("类型", tracked.kind.label())
        .with("异议事项和理由", tracked.words.clone())
        .with("提交时间", words::moment(tracked.filed_at))
        .with("办理状态", tracked.state);
    if let Some((duty, due)) = tracked.due {
        facts = facts.with("下一步期限", format!("{duty}，{}", words::day_long(due)));
    }
    let past = |it: &(jiff::Timestamp, &'static str)| Past {
        when: words::moment(it.0),
        step: it.1.to_owned(),
        ..Past::default()
    };
    Found {
        facts,
        steps: Timeline {
            steps: tracked.steps.iter().map(past).collect(),
            has_receipts: false,
        },
        outcome: tracked.outcome.map(|it| it.label()),
        answer: tracked.answer.clone().unwrap_or_default(),
        decision: tracked.decision.clone(),
        correction: match (tracked.outcome, &tracked.correction) {
            (Some(Outcome::Correct), Some(done)) => done.clone(),
            (Some(Outcome::Correct), None) => "尚未完成；完成之前，数据集页面保留异议标注。".to_owned(),
            _ => String::new(),
        },
    }
}

impl TrackPage {
    fn number(&self) -> Field {
        let mut field = self.form.field("number", "异议编号");
        field.hint = "提交成功的页面上有。".to_owned();
        field.width = "w-medium";
        field
    }

    fn code(&self) -> Field {
        let mut field = self.form.field("code", "查询码");
        field.width = "w-medium";
        field
    }
}

#[cfg(test)]
pub(crate) const SAMPLE: About = About {
    key: [7; 32],
    writes_letters: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_by_its_address_or_its_name() {
        assert_eq!(
            name_in("https://data.example/dataset/307-1?page=2#preview"),
            "307-1"
        );
        assert_eq!(name_in(" 307-1 "), "307-1");
        assert_eq!(name_in("/dataset/307-1/resource/x"), "307-1");
    }

    #[test]
    fn yongzhou_art34_the_page_says_the_limits_that_are_in_force_and_none_when_the_law_has_lapsed() {
        let on = |now: &str| {
            let visit = Visit {
                now: now.parse().unwrap(),
                ..crate::samples::data::visit("/open/object")
            };
            page(&visit, SAMPLE, Form::empty(), None).render().unwrap()
        };
        let limits = on("2026-11-23T08:00:00Z");
        for said in [
            "收到后1个工作日内在",
            "收到后5个工作日内决定",
            "2个工作日内转交",
            "转办后5个工作日内决定",
        ] {
            assert!(limits.contains(said), "{said}");
        }
        assert!(!on("2027-07-18T08:00:00Z").contains("个工作日内"));
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let mut form = Form::of(Fields::new().with("words", "字".repeat(WORDS_MAX + 1)));
        checked(&mut form, false);
        let fields: Vec<&str> = form.errors.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(fields, ["dataset", "kind", "words"]);
    }
}
