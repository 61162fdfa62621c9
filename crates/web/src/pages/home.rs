//! 待办: what waits for the one who looks, what runs out first on top; and what may be begun.

use app::{
    City, agreements, calendar,
    cases::{self, CaseLine, Todo},
    products::{self, ProductWaiting},
    search::{self, Hit, Query},
};
use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use rules::{clock::Colour, permission::Action, procedure::compilation};

use super::{
    agreements::FollowLine,
    cases::{between, state_tag},
};
use crate::{
    frame::{Frame, Page, go, html},
    problem::Problem,
    session::Me,
    ui::{ClockTag, Empty, Notice, Pair, StateTag, Tone, row_class},
    words,
};

/// The first page after signing in.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// What stands around it.
    pub frame: Frame,
    /// The day, in words.
    pub today: String,
    /// What waits, the most urgent first.
    pub todos: Vec<TodoLine>,
    /// How many of them are overdue and how many run out soon.
    pub red: usize,
    /// How many run out soon.
    pub amber: usize,
    /// What this person may begin.
    pub starts: Vec<Pair>,
    /// Entries of the own organisation that are being compiled: address, title, state, last change.
    pub drafts: Vec<(String, String, StateTag, String)>,
    /// Follow-ups of agreements that are due (art. 26).
    pub follow_ups: Vec<FollowLine>,
    /// Data products that wait to be looked at (art. 26): address, name and number, since when.
    pub products: Vec<(String, String, String)>,
}

/// One line of the list.
pub struct TodoLine {
    /// The row's class.
    pub class: &'static str,
    /// The clock, where one runs.
    pub clock: Option<ClockTag>,
    /// Where the case is.
    pub href: String,
    /// What it is about.
    pub title: String,
    /// The procedure.
    pub procedure: &'static str,
    /// The duty and its article.
    pub duty: Option<(String, String)>,
    /// The organisations it is between.
    pub between: String,
    /// Where it stands.
    pub state: StateTag,
    /// The steps this person may take: address and words.
    pub steps: Vec<(String, &'static str)>,
    /// When it began.
    pub opened: String,
    /// The number people cite: it tells cases about one entry apart.
    pub number: String,
}

impl TodoLine {
    /// The line of one thing to do.
    pub fn of(todo: &Todo, today: Date) -> TodoLine {
        let line = &todo.case;
        let href = format!("/cases/{}", line.id);
        let steps = todo.steps.iter();
        let steps = steps.map(|it| (format!("{href}/{}", it.name), it.label));
        TodoLine {
            class: row_class(line.colour),
            clock: line
                .colour
                .map(|it| ClockTag::new(it, line.due, line.is_provisional, today)),
            title: line.title.clone(),
            procedure: line.procedure.label,
            duty: todo
                .duty
                .as_ref()
                .map(|(duty, article)| (duty.clone(), article.in_short())),
            between: between(line),
            state: state_tag(line),
            steps: correcting(line).into_iter().chain(steps).collect(),
            opened: words::moment(line.opened_at),
            number: line.number.clone(),
            href,
        }
    }
}

/// What comes before an entry that was sent back is handed in again: to correct it, on its page with the reasons.
fn correcting(line: &CaseLine) -> Option<(String, &'static str)> {
    let is_returned = line.state == compilation::State::Returned.word();
    let entry = line.entry.as_ref().filter(|_| is_returned)?;
    Some((format!("/entries/{entry}"), "查看理由并修改"))
}

/// What may be begun: the act, where it begins, what it is.
#[rustfmt::skip] // A table: one act a line.
const STARTS: &[(Action, &str, &str, &str)] = &[
    (Action::EditDraft,     "/entries/new",    "编制新目录",   "上传一份样表，平台识别信息项，您核对并补充元数据。"),
    (Action::Deliver,       "/entries?org={own}", "归集数据", "本单位已发布的目录：选择一个，上传一批数据；平台逐行校验并评分。"),
    (Action::Apply,         "/entries",        "查找并使用数据", "用中文查找全市目录；无条件共享的立即可用，有条件共享的在线申请。"),
    (Action::ManageSystems, "/systems",        "管理应用系统", "登记调用数据的业务系统，生成和吊销应用密钥。"),
    (Action::SuspendGrant,  "/grants",         "查看数据使用情况", "谁在用本单位的数据、用了多少；必要时暂停或终止提供。"),
    (Action::ReadEvidence,  "/evidence",       "查阅存证",     "每一次办理和调用都有存证，可下载回执离线验证。"),
    (Action::ManagePeople,  "/admin/people",   "管理人员账号", "开通账号、分配职责、重置密码。"),
    (Action::LoadCalendar,  "/admin/calendar", "维护工作日历", "导入国务院办公厅的节假日安排，期限随之重算。"),
];

/// GET /; one who is not signed in is led to the public side.
pub async fn show(me: Result<Me, Problem>, State(city): State<City>) -> Page {
    let me = match me {
        Err(Problem::SignIn(_)) => return go("/open"),
        me => me?,
    };
    let todos = cases::todo(&city, &me.ctx).await?;
    let expiry = calendar::expiry(me.ctx.today()).filter(|_| me.could(Action::SeeExpiry));
    let notice = expiry.map(|it| Notice::new(Tone::Amber, "《办法》有效期将届满", it.words));
    let mut page = page(&me, &todos, notice);
    if me.could(Action::EditDraft) {
        let found = search::find(&city, &me.ctx, &Query::default()).await?;
        page.drafts = found.drafts.iter().map(draft).collect();
    }
    let follow_ups = agreements::follow_ups_due(&city, &me.ctx).await?;
    let today = me.ctx.today();
    page.follow_ups = follow_ups.iter().map(|it| FollowLine::of(it, today)).collect();
    let waiting = products::waiting(&city, &me.ctx).await?;
    page.products = waiting.iter().map(product).collect();
    html(&page)
}

fn product(it: &ProductWaiting) -> (String, String, String) {
    (
        format!("/products/{}", it.id),
        format!("{}（{}）", it.name, it.number),
        format!("{} 登记", words::moment(it.since)),
    )
}

pub(crate) fn draft(hit: &Hit) -> (String, String, StateTag, String) {
    let title = if hit.title.is_empty() {
        &hit.code
    } else {
        &hit.title
    };
    let state = super::entries::state_tag(hit.state);
    (
        format!("/entries/{}", hit.id),
        title.clone(),
        state,
        words::day(hit.changed_on),
    )
}

pub(crate) fn page(me: &Me, todos: &[Todo], notice: Option<Notice>) -> HomePage {
    let today = me.ctx.today();
    let is = |colour| todos.iter().filter(|it| it.case.colour == Some(colour)).count();
    let own = me.ctx.actor.org.id.as_str();
    let starts = STARTS
        .iter()
        .filter(|it| me.could(it.0))
        .map(|(_, href, label, value)| Pair {
            label: (*label).to_owned(),
            value: (*value).to_owned(),
            href: Some(href.replace("{own}", own)),
            change: None,
        });
    HomePage {
        frame: me.frame("待办").notice(notice),
        today: words::day_long(today),
        red: is(Colour::Red),
        amber: is(Colour::Amber),
        starts: starts.collect(),
        drafts: Vec::new(),
        follow_ups: Vec::new(),
        products: Vec::new(),
        todos: todos.iter().map(|it| TodoLine::of(it, today)).collect(),
    }
}

impl HomePage {
    fn empty(&self) -> Empty {
        Empty::new(
            "没有等您办理的事项",
            "新事项到来时会出现在这里，快到期的排在前面。",
        )
    }
}
