//! An entry: what it says, what there is of it, who uses it, and what the reader can do with it.

use app::{
    City,
    catalogue::{self, EntryView},
    delivery::{self, DeliveryView},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{delivery::BatchState, permission::Action};

use super::{
    parts::{Changes, Duplicates, ItemsTable, form_of},
    share_tag, state_tag,
};
use crate::{
    chart::Radar,
    frame::{Frame, Page, html},
    pages::{Done, cases::show::NextStep},
    session::Me,
    ui::{Cite, Confirm, Notice, Pairs, StateTag, Tone},
    words,
};

/// The page of an entry.
#[derive(Template)]
#[template(path = "entries/show.html")]
pub struct EntryPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was just done.
    pub confirm: Option<Confirm>,
    /// Where it is.
    pub href: String,
    /// Its title.
    pub title: String,
    /// 信息资源代码.
    pub code: String,
    /// The provider.
    pub provider: String,
    /// Where it stands.
    pub state: StateTag,
    /// How it is shared.
    pub share: StateTag,
    /// Whether a draft is shown, and where its case stands.
    pub draft: Option<String>,
    /// The reviewer's reasons: the field's label, its form and the words.
    pub review: Vec<(String, String, String)>,
    /// What the reviewer said besides.
    pub review_words: String,
    /// Whether this person may edit the draft.
    pub may_edit: bool,
    /// The metadata.
    pub metadata: Pairs,
    /// The items.
    pub items: ItemsTable,
    /// The checks over two items.
    pub rules: Vec<String>,
    /// What can be done: address or reason, words, article.
    pub deeds: Vec<DeedLine>,
    /// The steps of the draft's case.
    pub nexts: Vec<NextStep>,
    /// Where that case is.
    pub case: Option<String>,
    /// What there is of the data.
    pub data: Pairs,
    /// The scores of the last delivery.
    pub radar: Option<Radar>,
    /// Where the last delivery is.
    pub delivery: Option<String>,
    /// The versions: number, day, title, number of changes.
    pub versions: Vec<(i64, String, String, usize)>,
    /// The signatures of co-compilers.
    pub signatures: Pairs,
    /// Likely duplicates.
    pub duplicates: Duplicates,
    /// What the draft would change of the version in force.
    pub changes: Changes,
    /// The own grants.
    pub own_grants: Vec<String>,
}

impl EntryPage {
    fn may_act(&self) -> bool {
        self.deeds.iter().any(|it| it.href.is_some())
    }

    fn may_not(&self) -> bool {
        self.deeds.iter().any(|it| it.href.is_none())
    }
}

/// Something to do with the entry.
pub struct DeedLine {
    /// Where it begins; none where this person may not.
    pub href: Option<String>,
    /// As people read it.
    pub label: &'static str,
    /// Why this person may not.
    pub why_not: String,
    /// The article, where one speaks.
    pub cite: Option<Cite>,
}

pub(crate) fn page(frame: Frame, view: &EntryView, last: Option<&DeliveryView>, done: &Done) -> EntryPage {
    let id = view.id.as_str();
    let content = &view.content;
    let deed = |it: &catalogue::Deed| DeedLine {
        href: it.is_allowed.then(|| format!("/entries/{id}/{}", it.name)),
        label: it.label,
        why_not: it.why_not.clone().unwrap_or_default(),
        cite: it.cites.map(Cite::from),
    };
    let mut deeds: Vec<DeedLine> = view.deeds.iter().map(deed).collect();
    deeds.sort_by_key(|it| it.href.is_none());
    let case = view.case.as_ref().map(|it| format!("/cases/{it}"));
    let nexts = match &case {
        Some(case) => view.next.iter().map(|it| NextStep::of(it, case)).collect(),
        None => Vec::new(),
    };
    EntryPage {
        frame,
        confirm: confirm(view, done),
        href: format!("/entries/{id}"),
        title: content.title.clone(),
        code: view.code.clone(),
        provider: view.provider.name.clone(),
        state: state_tag(view.state),
        share: share_tag(content.share),
        draft: (view.is_draft && view.published.is_some()).then(|| "修订中的草稿".to_owned()),
        review: view
            .review_notes
            .iter()
            .map(|it| (it.label.clone(), form_of(id, &it.field), it.words.clone()))
            .collect(),
        review_words: view.review_words.clone(),
        may_edit: view.deeds.iter().any(|it| it.name == "edit" && it.is_allowed),
        metadata: metadata(view),
        items: ItemsTable::of(&content.items),
        rules: super::rules_in_words(content),
        deeds,
        nexts,
        case,
        data: data(view),
        radar: last
            .filter(|it| !it.scores.is_empty())
            .map(|it| Radar::of(&it.scores)),
        delivery: view
            .last_delivery
            .as_ref()
            .map(|it| format!("/deliveries/{}", it.id)),
        versions: view.versions.iter().map(version).collect(),
        signatures: signatures(view),
        duplicates: Duplicates::of(view),
        changes: Changes::default(),
        own_grants: view.own_grants.iter().map(|it| format!("/grants/{it}")).collect(),
    }
}

fn version(it: &catalogue::VersionLine) -> (i64, String, String, usize) {
    (
        it.version,
        words::day(it.published_on),
        it.title.clone(),
        it.changes,
    )
}

fn metadata(view: &EntryView) -> Pairs {
    let first = Pairs::new()
        .with("信息资源提供方", &view.provider.name)
        .with("信息资源提供方代码", &view.provider.credit_code)
        .with("审核部门", &view.authority_name);
    // The checks stand below the items, with the items' Chinese names.
    let rest = view.metadata.iter().filter(|it| it.field != "cross_rules");
    rest.fold(first, |all, it| all.with(it.label, &it.value))
}

fn signatures(view: &EntryView) -> Pairs {
    view.signatures.iter().fold(Pairs::new(), |all, it| {
        let signed = match &it.signed {
            Some((who, at)) => format!("{who} 于 {} 会签", words::moment(*at)),
            None => "尚未会签".to_owned(),
        };
        all.with(&it.org_name, signed)
    })
}

/// What there is of the data, in lines.
fn data(view: &EntryView) -> Pairs {
    let rows = match view.rows {
        Some(rows) => format!("{} 行", words::count(rows)),
        None => "尚未归集".to_owned(),
    };
    let mut data = Pairs::new()
        .with("在用数据", rows)
        .with("使用中的授权", format!("{} 个", view.grants));
    if let Some(last) = &view.last_delivery {
        let refused = match last.state {
            BatchState::Loaded => format!("，拒收 {} 行", words::count(last.refused)),
            _ => String::new(),
        };
        data = data.with(
            "最近一次归集",
            format!("{} {}{refused}", words::moment(last.at), last.state.label()),
        );
    }
    data
}

fn confirm(view: &EntryView, done: &Done) -> Option<Confirm> {
    let title = match done.done.as_str() {
        "submitted" if view.case.is_some() => "已提交审核",
        "saved" => "草稿已保存",
        _ => return None,
    };
    let next = match done.is("submitted") {
        true => format!("目前状态：{}。审核结果会出现在您的待办中。", view.state.label),
        false => String::new(),
    };
    Some(Confirm {
        title: title.to_owned(),
        ref_label: "信息资源代码".to_owned(),
        reference: view.code.clone(),
        next,
    })
}

/// GET /entries/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = app::catalogue::show(&city, &me.ctx, &id.as_str().into()).await?;
    let may_see = me.could(Action::SeeDelivery);
    let last = match &view.last_delivery {
        // Its scores are shown where this reader may see them; the entry's page stands without.
        Some(last) if may_see => delivery::show(&city, &me.ctx, &last.id).await.ok(),
        _ => None,
    };
    let mut frame = me.frame(view.content.title.clone()).crumb("/entries", "数据目录");
    if done.is("revised") {
        let words = "已发布的版本继续有效，新草稿审核发布后替换它。";
        frame = frame.notice(Some(Notice::new(Tone::Accent, "正在编制新版本", words)));
    }
    let mut page = page(frame, &view, last.as_ref(), &done);
    if view.is_draft && view.published.is_some() {
        page.changes = Changes::of(&catalogue::draft_difference(&city, &me.ctx, &view.id).await?);
    }
    html(&page)
}
