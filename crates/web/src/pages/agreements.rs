//! 开放协议: agreements with applicants, their use, the provider's switch and the authority's follow-ups (art. 26).

use app::{
    City,
    agreements::{self, AgreementRow, AgreementView, FollowUpDue},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use rules::{ids::AgreementId, law::Regulation::Yongzhou, permission::Action};

use super::{confirm::ConfirmPage, grants::DeedLine, take};
use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html, wrong},
    session::Me,
    ui::{Cite, ClockTag, Confirm, Empty, Form, Pairs},
    words,
};

/// The list.
#[derive(Template)]
#[template(path = "agreements/list.html")]
pub struct AgreementsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The agreements.
    pub lines: Vec<AgreementLine>,
    /// Whether this person may tell applicants of a leak.
    pub may_warn: bool,
}

/// One line of the list.
pub struct AgreementLine {
    /// Where it is.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The set's title.
    pub title: String,
    /// The provider's name.
    pub provider: String,
    /// The applicant's number.
    pub applicant: String,
    /// Where it stands.
    pub state: &'static str,
    /// The last day.
    pub until: String,
    /// The next follow-up.
    pub follow: Option<ClockTag>,
}

impl AgreementLine {
    fn of(it: &AgreementRow, today: Date) -> AgreementLine {
        AgreementLine {
            href: format!("/agreements/{}", it.id),
            number: it.number.clone(),
            title: it.title.clone(),
            provider: it.provider_name.clone(),
            applicant: it.applicant_number.clone(),
            state: it.state,
            until: words::day(it.until),
            follow: it
                .follow
                .map(|(due, colour)| ClockTag::new(colour, Some(due), false, today)),
        }
    }
}

impl AgreementsPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "还没有开放利用协议",
            "同意一件有条件开放申请之后，协议会出现在这里。",
        )
    }
}

/// A follow-up that waits, as the to-do list shows it.
pub struct FollowLine {
    /// Where it is done.
    pub href: String,
    /// What it is about.
    pub words: String,
    /// When.
    pub clock: ClockTag,
}

impl FollowLine {
    /// The line of one follow-up.
    pub fn of(it: &FollowUpDue, today: Date) -> FollowLine {
        FollowLine {
            href: format!("/agreements/{}/follow-up", it.id),
            words: format!("{}（{}，{}）", it.title, it.number, it.applicant_number),
            clock: ClockTag::new(it.colour, Some(it.due), false, today),
        }
    }
}

/// GET /agreements
pub async fn list(me: Me, State(city): State<City>) -> Page {
    let rows = agreements::list(&city, &me.ctx).await?;
    let today = me.ctx.today();
    html(&AgreementsPage {
        frame: me.frame("开放协议"),
        lines: rows.iter().map(|it| AgreementLine::of(it, today)).collect(),
        may_warn: me.could(Action::WarnApplicants),
    })
}

/// One agreement.
#[derive(Template)]
#[template(path = "agreements/show.html")]
pub struct AgreementPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was just done.
    pub confirm: Option<Confirm>,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: &'static str,
    /// What is to be known of it.
    pub facts: Pairs,
    /// How it was used.
    pub usage: Pairs,
    /// The clauses.
    pub text: Vec<String>,
    /// What was learnt: day, by whom, words.
    pub follow_ups: Vec<(String, String, String)>,
    /// What can be done.
    pub deeds: Vec<DeedLine>,
}

/// What was just done.
#[derive(serde::Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

pub(crate) fn page(frame: Frame, view: &AgreementView, done: &str) -> AgreementPage {
    let href = format!("/agreements/{}", view.row.id);
    let deed = |it: &app::catalogue::Deed| DeedLine {
        href: it.is_allowed.then(|| format!("{href}/{}", it.name)),
        label: it.label,
        why_not: it.why_not.clone().unwrap_or_default(),
        is_danger: it.name == "end",
        cite: it.cites.map(Cite::from),
    };
    let items: Vec<String> = view
        .items
        .iter()
        .map(|(title, veiled)| match veiled.is_empty() {
            true => title.clone(),
            false => format!("{title}（{veiled}）"),
        })
        .collect();
    let accepted = view
        .accepted_at
        .map_or_else(|| "尚未确认".to_owned(), words::moment);
    let title = match done {
        "suspend" => "已暂停",
        "resume" => "已恢复",
        "end" => "已终止",
        "follow-up" => "已登记跟踪情况",
        _ => "",
    };
    AgreementPage {
        frame,
        confirm: (!title.is_empty()).then(|| Confirm {
            title: title.to_owned(),
            ref_label: "协议编号".to_owned(),
            reference: view.row.number.clone(),
            next: "申请人会在其页面上看到通知。".to_owned(),
        }),
        number: view.row.number.clone(),
        state: view.row.state,
        facts: Pairs::new()
            .with_link("数据集", &view.row.title, format!("/entries/{}", view.row.entry))
            .with("提供部门", &view.row.provider_name)
            .with_link(
                "申请人",
                &view.row.applicant_number,
                format!("/cases/{}", view.case),
            )
            .with("信息项", items.join("、"))
            .with("期限", format!("{} 至 {}", view.terms.from, view.terms.until))
            .with("每日次数", format!("不超过 {} 次", view.terms.calls_per_day_max))
            .with("提出时间", words::moment(view.offered_at))
            .with("申请人确认", accepted)
            .with_some("理由", view.reason.clone()),
        usage: Pairs::new()
            .with("应答次数", words::count(view.usage.calls))
            .with("拒绝次数", words::count(view.usage.refused))
            .with("提供行数", words::count(view.usage.rows))
            .with_some(
                "最近使用",
                view.usage.last_day.map_or_else(String::new, words::day),
            ),
        text: view.text.clone(),
        follow_ups: view
            .follow_ups
            .iter()
            .map(|it| (words::day(it.on), it.actor_name.clone(), it.words.clone()))
            .collect(),
        deeds: view.deeds.iter().map(deed).collect(),
    }
}

/// GET /agreements/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = agreements::show(&city, &me.ctx, &AgreementId(id)).await?;
    let frame = me.frame(view.row.number.clone()).crumb("/agreements", "开放协议");
    html(&page(frame, &view, &done.done))
}

/// One deed, as its page says it.
struct Turn {
    name: &'static str,
    title: &'static str,
    words: &'static str,
    field: &'static str,
    ask: &'static str,
    is_danger: bool,
}

const TURNS: [Turn; 4] = [
    Turn {
        name: "suspend",
        title: "暂停协议",
        words: "申请人的下一次调用就会被拒绝，直到恢复。申请人会看到您填写的理由。",
        field: "reason",
        ask: "暂停的理由",
        is_danger: false,
    },
    Turn {
        name: "resume",
        title: "恢复协议",
        words: "协议按原来的条款恢复，申请人的下一次调用即可应答。",
        field: "reason",
        ask: "恢复的理由",
        is_danger: false,
    },
    Turn {
        name: "end",
        title: "终止协议",
        words: "终止后不能恢复；申请人如仍需要，应重新申请。申请人会看到您填写的理由。",
        field: "reason",
        ask: "终止的理由",
        is_danger: true,
    },
    Turn {
        name: "follow-up",
        title: "登记跟踪情况",
        words: "记录本次了解到的开发利用情况；下一次跟踪的日期按协议约定的间隔推算。",
        field: "words",
        ask: "跟踪情况",
        is_danger: false,
    },
];

fn turn(name: &str) -> &'static Turn {
    TURNS.iter().find(|it| it.name == name).unwrap_or(&TURNS[0])
}

fn confirm_page(me: &Me, view: &AgreementView, turn: &Turn, form: Form, revision: i64) -> ConfirmPage {
    let back = format!("/agreements/{}", view.row.id);
    ConfirmPage {
        frame: me
            .frame(turn.title)
            .crumb("/agreements", "开放协议")
            .crumb(&back, &view.row.number)
            .wrong(form.is_wrong()),
        title: turn.title.to_owned(),
        words: vec![turn.words.to_owned()],
        cite: Some(Yongzhou.art(26).into()),
        about: Pairs::new()
            .with("协议", &view.row.number)
            .with("数据集", &view.row.title)
            .with("申请人", &view.row.applicant_number),
        ask: Some(form.area(turn.field, turn.ask)),
        revision,
        href: format!("{back}/{}", turn.name),
        button: turn.title.to_owned(),
        is_danger: turn.is_danger,
        back,
        form,
    }
}

async fn ask(me: Me, city: City, id: String, name: &str) -> Page {
    let view = agreements::show(&city, &me.ctx, &AgreementId(id)).await?;
    html(&confirm_page(
        &me,
        &view,
        turn(name),
        Form::empty(),
        view.revision,
    ))
}

async fn send(me: Me, city: City, id: String, posted: ProtectedForm, name: &str) -> Page {
    let turn = turn(name);
    let mut form = Form::of(posted.open(&me)?);
    let (id, revision) = (AgreementId(id), form.values.revision());
    let said = form.values.text(turn.field);
    let done = match turn.name {
        "suspend" => agreements::suspend(&city, &me.ctx, &id, revision, &said).await,
        "resume" => agreements::resume(&city, &me.ctx, &id, revision, &said).await,
        "end" => agreements::end(&city, &me.ctx, &id, revision, &said).await,
        _ => agreements::follow_up(&city, &me.ctx, &id, revision, &said).await,
    };
    match done {
        Ok(()) => go(&format!("/agreements/{id}?done={}", turn.name)),
        Err(refused) => {
            take(&mut form, refused)?;
            let view = agreements::show(&city, &me.ctx, &id).await?;
            wrong(&confirm_page(&me, &view, turn, form, view.revision))
        }
    }
}

/// GET /agreements/{id}/suspend
pub async fn suspend_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    ask(me, city, id, "suspend").await
}

/// POST /agreements/{id}/suspend
pub async fn suspend(me: Me, State(city): State<City>, Path(id): Path<String>, form: ProtectedForm) -> Page {
    send(me, city, id, form, "suspend").await
}

/// GET /agreements/{id}/resume
pub async fn resume_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    ask(me, city, id, "resume").await
}

/// POST /agreements/{id}/resume
pub async fn resume(me: Me, State(city): State<City>, Path(id): Path<String>, form: ProtectedForm) -> Page {
    send(me, city, id, form, "resume").await
}

/// GET /agreements/{id}/end
pub async fn end_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    ask(me, city, id, "end").await
}

/// POST /agreements/{id}/end
pub async fn end(me: Me, State(city): State<City>, Path(id): Path<String>, form: ProtectedForm) -> Page {
    send(me, city, id, form, "end").await
}

/// GET /agreements/{id}/follow-up
pub async fn follow_up_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    ask(me, city, id, "follow-up").await
}

/// POST /agreements/{id}/follow-up
pub async fn follow_up(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    form: ProtectedForm,
) -> Page {
    send(me, city, id, form, "follow-up").await
}
