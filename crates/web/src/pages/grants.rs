//! 授权: what an agency may use, how it uses it, and the provider's hand on the switch (art. 19).

pub mod calls;
pub(crate) mod doubt;
pub(crate) mod switch;

use std::collections::BTreeMap;

use app::{
    City,
    grants::{self, GrantRow, GrantView, Usage},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    catalogue::Content,
    grant::{GrantState, Mask, Terms},
    permission::Action,
};

pub use switch::{resume, resume_form, suspend, suspend_form, terminate, terminate_form};

use self::calls::CallsTable;
use crate::{
    chart::{Bar, Days},
    csv::Csv,
    frame::{Frame, Page, html},
    pages::Done,
    session::Me,
    ui::{Cite, Confirm, Empty, Pairs, StateTag, Tone},
    words,
};

/// The grants of the own organisation: used, provided, overseen.
#[derive(Template)]
#[template(path = "grants/list.html")]
pub struct GrantsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Heading, words for an empty list, the lines; only lists that concern this person.
    pub lists: Vec<GrantList>,
}

/// One list of grants.
pub struct GrantList {
    /// Its heading.
    pub title: &'static str,
    /// Whether the other side is the provider or the user agency.
    pub other: &'static str,
    /// The lines.
    pub lines: Vec<GrantLine>,
    /// What stands there while there are none.
    pub empty: Empty,
}

/// One grant in a list.
pub struct GrantLine {
    /// Where it is.
    pub href: String,
    /// The entry.
    pub title: String,
    /// The other side, or both.
    pub other: String,
    /// What for.
    pub purpose: &'static str,
    /// How many items.
    pub items: usize,
    /// The last day.
    pub until: String,
    /// Where it stands.
    pub state: StateTag,
    /// Calls today, of how many.
    pub calls: String,
}

/// Where a grant stands, as a tag.
fn state_tag(row: &GrantRow) -> StateTag {
    match (row.state, row.is_expired) {
        (GrantState::Active, true) => StateTag::new("已到期", Tone::Grey),
        (GrantState::Active, false) => StateTag::new(row.state.label(), Tone::Green),
        (GrantState::Suspended, _) => StateTag::new(row.state.label(), Tone::Amber),
        (GrantState::Terminated, _) => StateTag::new(row.state.label(), Tone::Grey),
    }
}

fn line(row: &GrantRow, other: String) -> GrantLine {
    GrantLine {
        href: format!("/grants/{}", row.id),
        title: row.entry_title.clone(),
        other,
        purpose: row.purpose.label(),
        items: row.items,
        until: words::day(row.until),
        state: state_tag(row),
        calls: format!(
            "{} / {}",
            words::count(row.calls_today),
            words::count(row.calls_per_day_max.into())
        ),
    }
}

pub(crate) fn list_page(frame: Frame, all: &grants::GrantLists) -> GrantsPage {
    let mut lists = vec![GrantList {
        title: "本单位使用的数据",
        other: "提供部门",
        lines: all
            .used
            .iter()
            .map(|it| line(it, it.provider_name.clone()))
            .collect(),
        empty: Empty::new("本单位还没有使用其他部门的数据", "先在数据目录里查找。")
            .link("/entries", "查找数据目录"),
    }];
    if !all.provided.is_empty() {
        lists.push(GrantList {
            title: "本单位提供的数据，谁在使用",
            other: "使用部门",
            lines: all
                .provided
                .iter()
                .map(|it| line(it, it.consumer_name.clone()))
                .collect(),
            empty: Empty::default(),
        });
    }
    if !all.overseen.is_empty() {
        let both = |it: &GrantRow| format!("{} → {}", it.provider_name, it.consumer_name);
        lists.push(GrantList {
            title: "监督范围内的授权",
            other: "提供 → 使用",
            lines: all.overseen.iter().map(|it| line(it, both(it))).collect(),
            empty: Empty::default(),
        });
    }
    if lists.len() > 1 && lists[0].lines.is_empty() {
        lists.rotate_left(1);
    }
    GrantsPage { frame, lists }
}

/// GET /grants
pub async fn list(me: Me, State(city): State<City>) -> Page {
    let all = grants::list(&city, &me.ctx).await?;
    html(&list_page(me.frame("授权使用"), &all))
}

/// GET /grants/export
pub async fn export(me: Me, State(city): State<City>) -> Page {
    let all = grants::list(&city, &me.ctx).await?;
    let headings = [
        "授权编号",
        "数据目录",
        "提供部门",
        "使用部门",
        "使用用途",
        "信息项数",
        "截止日期",
        "状态",
        "今日调用",
        "每日上限",
    ];
    let mut csv = Csv::new(&headings);
    let rows: BTreeMap<&str, &GrantRow> = all
        .used
        .iter()
        .chain(&all.provided)
        .chain(&all.overseen)
        .map(|it| (it.id.as_str(), it))
        .collect();
    for row in rows.values() {
        csv.line([
            row.id.to_string(),
            row.entry_title.clone(),
            row.provider_name.clone(),
            row.consumer_name.clone(),
            row.purpose.label().to_owned(),
            row.items.to_string(),
            words::day(row.until),
            state_tag(row).label,
            row.calls_today.to_string(),
            row.calls_per_day_max.to_string(),
        ]);
    }
    csv.download("授权.csv")
}

/// The terms of a grant: lines, and the items with masks and row limits.
#[derive(Clone, Debug)]
pub struct TermsTable {
    /// Purpose, quota, period.
    pub pairs: Pairs,
    /// The items.
    pub items: TermItems,
}

/// The items of a grant.
#[derive(Clone, Debug, Template)]
#[template(path = "grants/items.html")]
pub struct TermItems {
    /// Title, name, mask, permitted values, whether it is key or condition.
    pub items: Vec<TermItem>,
}

impl askama::filters::HtmlSafe for TermItems {}

/// One item of a grant.
#[derive(Clone, Debug)]
pub struct TermItem {
    /// Its Chinese name.
    pub title: String,
    /// Its name in calls.
    pub name: String,
    /// How its values are veiled.
    pub mask: StateTag,
    /// The values that rows are limited to.
    pub filter: String,
    /// Key or condition.
    pub flags: &'static str,
}

fn mask_tag(mask: Mask) -> StateTag {
    StateTag::new(
        mask.label(),
        if mask == Mask::Clear {
            Tone::Grey
        } else {
            Tone::Accent
        },
    )
}

impl TermsTable {
    /// The lines of `terms`.
    fn lines(terms: &Terms) -> Pairs {
        Pairs::new()
            .with("使用用途", terms.purpose.label())
            .with("用途说明", &terms.purpose_text)
            .with(
                "每日调用次数",
                format!("不超过 {} 次", words::count(terms.calls_per_day_max.into())),
            )
            .with("期限", format!("{} 至 {}", terms.from, terms.until))
    }

    fn filter(terms: &Terms, item: &str) -> String {
        terms
            .filters
            .iter()
            .filter(|it| it.item == item)
            .map(|it| it.values.join("、"))
            .collect()
    }

    /// Terms as a case holds them; the titles of the items are read from `entry`, as far as it has them.
    pub fn titled(terms: &Terms, entry: &Content) -> TermsTable {
        let item = |name: &String| TermItem {
            title: entry.item(name).map(|it| it.title.clone()).unwrap_or_default(),
            name: name.clone(),
            mask: mask_tag(terms.mask(name)),
            filter: TermsTable::filter(terms, name),
            flags: "",
        };
        TermsTable {
            pairs: TermsTable::lines(terms),
            items: TermItems {
                items: terms.items.iter().map(item).collect(),
            },
        }
    }

    /// The terms of a grant.
    pub fn of(view: &GrantView) -> TermsTable {
        let item = |it: &grants::GrantItem| TermItem {
            title: it.title.clone(),
            name: it.name.clone(),
            mask: mask_tag(it.mask),
            filter: TermsTable::filter(&view.terms, &it.name),
            flags: match (it.is_key, it.is_condition) {
                (true, _) => "主键",
                (_, true) => "查询条件",
                _ => "",
            },
        };
        let items = TermItems {
            items: view.granted.iter().map(item).collect(),
        };
        // A row limit may rest on an item that is not granted itself.
        let hidden = view
            .terms
            .filters
            .iter()
            .filter(|it| !view.terms.items.contains(&it.item));
        let pairs = hidden.fold(TermsTable::lines(&view.terms), |all, it| {
            all.with("限定行范围", format!("{}：{}", it.item, it.values.join("、")))
        });
        TermsTable { pairs, items }
    }
}

/// The page of a grant.
#[derive(Template)]
#[template(path = "grants/show.html")]
pub struct GrantPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was just done.
    pub confirm: Option<Confirm>,
    /// Where it is.
    pub href: String,
    /// The entry.
    pub title: String,
    /// Where the entry is.
    pub entry: String,
    /// Who provides to whom.
    pub between: String,
    /// Where it stands.
    pub state: StateTag,
    /// Why it was stopped.
    pub reason: String,
    /// Its number and when it was given.
    pub facts: Pairs,
    /// Its terms.
    pub terms: TermsTable,
    /// What can be done: address or reason, name, words, article.
    pub deeds: Vec<DeedLine>,
    /// A call to copy, for those whose systems may make it.
    pub curl: Option<String>,
    /// Whether this person may see the systems of the own organisation.
    pub sees_systems: bool,
    /// How it was used; none where this reader may not see it.
    pub usage: Option<UsagePart>,
    /// The last calls, one by one.
    pub calls: CallsTable,
    /// Cases about it.
    pub cases: Vec<(String, String)>,
}

impl GrantPage {
    fn may_act(&self) -> bool {
        self.deeds.iter().any(|it| it.href.is_some())
    }

    fn may_not(&self) -> bool {
        self.deeds.iter().any(|it| it.href.is_none())
    }
}

/// Something to do with a grant.
pub struct DeedLine {
    /// Where it begins; none where this person may not.
    pub href: Option<String>,
    /// As people read it.
    pub label: &'static str,
    /// Why this person may not.
    pub why_not: String,
    /// Whether it stops the data.
    pub is_danger: bool,
    /// The article, where one speaks.
    pub cite: Option<Cite>,
}

/// How a grant was used.
pub struct UsagePart {
    /// In all: calls answered, rows given, calls refused.
    pub totals: [String; 3],
    /// Per day.
    pub chart: Option<Days>,
    /// Day, operation, calls, rows, refused.
    pub days: Vec<[String; 5]>,
}

/// Calls shown on the page of a grant; the others are on their own page.
const LAST_CALLS: usize = 10;

/// Days in the chart.
const CHART_DAYS: usize = 30;

impl UsagePart {
    /// The usage as chart and table.
    pub fn of(usage: &Usage) -> UsagePart {
        let mut by_day: BTreeMap<jiff::civil::Date, Bar> = BTreeMap::new();
        for it in &usage.days {
            let bar = by_day.entry(it.day).or_default();
            bar.label = format!("{}-{}", it.day.month(), it.day.day());
            bar.calls += it.calls;
            bar.refused += it.refused;
        }
        let skip = by_day.len().saturating_sub(CHART_DAYS);
        let bars: Vec<Bar> = by_day.into_values().skip(skip).collect();
        let day = |it: &grants::UsageDay| {
            [
                words::day(it.day),
                it.operation.label().to_owned(),
                words::count(it.calls),
                words::count(it.rows),
                words::count(it.refused),
            ]
        };
        UsagePart {
            totals: [usage.calls, usage.rows, usage.refused].map(words::count),
            chart: (!bars.is_empty()).then_some(Days { bars }),
            days: usage.days.iter().take(60).map(day).collect(),
        }
    }
}

/// The command that makes the example call.
fn curl(view: &GrantView, origin: &str) -> String {
    let body = view.example.body.replace('\'', "'\\''");
    format!(
        "curl -X {} '{origin}{}' \\\n  -H \"Authorization: Bearer $YISHU_KEY\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'",
        view.example.method, view.example.path
    )
}

pub(crate) fn page(
    frame: Frame,
    view: &GrantView,
    usage: Option<&Usage>,
    origin: &str,
    done: &Done,
) -> GrantPage {
    let href = format!("/grants/{}", view.row.id);
    let deed = |it: &app::catalogue::Deed| DeedLine {
        href: it.is_allowed.then(|| format!("{href}/{}", it.name)),
        label: it.label,
        why_not: it.why_not.clone().unwrap_or_default(),
        is_danger: it.name == "terminate",
        cite: it.cites.map(Cite::from),
    };
    let mut deeds: Vec<DeedLine> = view.deeds.iter().map(deed).collect();
    deeds.sort_by_key(|it| it.href.is_none());
    let mut facts = Pairs::new()
        .with("授权编号", view.row.id.as_str())
        .with("提供部门", &view.row.provider_name)
        .with("使用部门", &view.row.consumer_name)
        .with("授权时间", words::moment(view.given_at));
    if let Some(case) = &view.case {
        facts = facts.with_link("共享申请", "查看申请办件", format!("/cases/{case}"));
    }
    GrantPage {
        frame,
        confirm: confirm(view, done),
        title: view.row.entry_title.clone(),
        entry: format!("/entries/{}", view.row.entry),
        between: format!("{} → {}", view.row.provider_name, view.row.consumer_name),
        state: state_tag(&view.row),
        reason: view.reason.clone(),
        facts,
        terms: TermsTable::of(view),
        deeds,
        curl: Some(curl(view, origin)),
        calls: CallsTable::default(),
        sees_systems: false,
        usage: usage.map(UsagePart::of),
        cases: view
            .cases
            .iter()
            .map(|(id, words)| (format!("/cases/{id}"), words.clone()))
            .collect(),
        href,
    }
}

fn confirm(view: &GrantView, done: &Done) -> Option<Confirm> {
    let (title, next) = match done.done.as_str() {
        "claim" => ("已获得访问权限", "现在就可以用应用密钥调用，示例见下。"),
        "suspend" => (
            "已暂停提供",
            "从下一次调用起拒绝。使用违规报告已同时报送主管部门。",
        ),
        "resume" => ("已恢复提供", "从下一次调用起恢复。"),
        "terminate" => ("已终止提供", "此授权不再可用。使用违规报告已同时报送主管部门。"),
        _ => return None,
    };
    Some(Confirm {
        title: title.to_owned(),
        ref_label: "授权编号".to_owned(),
        reference: view.row.id.to_string(),
        next: next.to_owned(),
    })
}

/// GET /grants/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let id = id.as_str().into();
    let view = grants::show(&city, &me.ctx, &id).await?;
    let usage = match me.could(Action::SeeUsage) {
        true => grants::usage(&city, &me.ctx, &id).await.ok(),
        false => None,
    };
    let frame = me
        .frame(view.row.entry_title.clone())
        .crumb("/grants", "授权使用");
    let mut page = page(frame, &view, usage.as_ref(), &me.address.origin(), &done);
    page.sees_systems = me.could(Action::SeeSystems);
    if view.row.consumer != me.ctx.actor.org.id {
        page.curl = None;
    }
    if usage.is_some() {
        let calls = grants::calls(&city, &me.ctx, &id, None).await?;
        page.calls = CallsTable::of(&calls, LAST_CALLS);
        page.calls.has_receipts = me.could(Action::SeeReceipt);
    }
    html(&page)
}

/// GET /grants/{id}/usage
pub async fn usage(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let usage = grants::usage(&city, &me.ctx, &id.as_str().into()).await?;
    let mut csv = Csv::new(&["日期", "操作", "应答次数", "提供行数", "拒绝次数"]);
    for it in &usage.days {
        csv.line([
            words::day(it.day),
            it.operation.label().to_owned(),
            it.calls.to_string(),
            it.rows.to_string(),
            it.refused.to_string(),
        ]);
    }
    csv.download("使用情况.csv")
}
