//! What a case is about: the same on its page and beside the form of every step, whatever the procedure.

use app::{
    City,
    cases::{About, CaseView},
    catalogue::{self, Change, EntryView},
};
use askama::{Template, filters::HtmlSafe};
use rules::{catalogue::Content, procedure::opening};

use crate::{
    pages::{
        entries::parts::{Cautions, Changes, Duplicates, ItemsTable},
        grants::TermsTable,
        opening::PreviewTable,
    },
    problem::Problem,
    session::Me,
    ui::Pairs,
};

/// What is decided in a case.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "cases/matter.html")]
pub struct Matter {
    /// Headings with their lines, what is decided on first.
    pub parts: Vec<(&'static str, Pairs)>,
    /// What deserves a second look.
    pub cautions: Cautions,
    /// The terms last asked for, proposed or granted, under the step that did.
    pub terms: Option<(String, TermsTable)>,
    /// Likely duplicates of the entry, for the one who reviews it.
    pub duplicates: Duplicates,
    /// What the draft would change of the version in force.
    pub changes: Changes,
    /// The items, where it is about an entry.
    pub items: Option<ItemsTable>,
    /// Rows before and after masking, for the secrecy review of whoever sees data (art. 31).
    pub preview: Option<PreviewTable>,
    /// Whether it stands beside a form, where long lists are folded.
    pub is_beside: bool,
}

impl HtmlSafe for Matter {}

impl Matter {
    /// What `view` says; `entry` is the entry as this person sees it, `changes` what its draft would change.
    pub(crate) fn of(view: &CaseView, entry: Option<&EntryView>, changes: &[Change]) -> Matter {
        let mut matter = match &view.about {
            About::Lines(lines) => {
                let lines = lines.iter();
                let pairs = lines.fold(Pairs::new(), |all, (name, words)| all.with(name, words));
                Matter {
                    parts: vec![("内容", pairs)],
                    ..Matter::default()
                }
            }
            About::Entry(content) => Matter {
                parts: crate::pages::entries::parts_of(content),
                items: Some(ItemsTable::of(&content.items)),
                ..Matter::default()
            },
        };
        if let (About::Entry(content), false) = (&view.about, view.line.is_closed) {
            matter.cautions = Cautions::of(content);
            matter.duplicates = entry.map(Duplicates::of).unwrap_or_default();
            matter.changes = Changes::of(changes);
        }
        matter
            .parts
            .push(("此前的意见", said_before(view, &matter.parts)));
        matter.parts.retain(|it| !it.1.pairs.is_empty());
        matter.link(view);
        let titles = entry.map(|it| &it.content);
        let said = view.history.iter().rev().find(|it| it.terms.is_some());
        matter.terms = said.and_then(|it| {
            let heading = format!("使用条件（{}）", it.step.label);
            let none = Content::default();
            let table = TermsTable::titled(it.terms.as_ref()?, titles.unwrap_or(&none));
            Some((heading, table))
        });
        matter
    }

    /// Where the entry and the grant are.
    fn link(&mut self, view: &CaseView) {
        let mut links = Pairs::new();
        if let Some(entry) = &view.line.entry {
            links = links.with_link("数据目录", "打开目录条目", format!("/entries/{entry}"));
            if view.line.procedure.name == opening::PROCEDURE.name {
                let href = format!("/opening/{entry}");
                links = links.with_link("开放方案", "打开开放方案", href);
            }
        }
        if let Some(grant) = &view.grant {
            links = links.with_link("授权", "打开授权", format!("/grants/{grant}"));
        }
        match self.parts.first_mut() {
            Some((_, pairs)) => pairs.pairs.extend(links.pairs),
            None if links.pairs.is_empty() => {}
            None => self.parts.push(("内容", links)),
        }
    }

    /// The same beside a form.
    pub(crate) fn beside(mut self) -> Matter {
        self.is_beside = true;
        self
    }
}

/// What was said at earlier steps and does not stand in `parts` already, reasons at fields too.
fn said_before(view: &CaseView, parts: &[(&str, Pairs)]) -> Pairs {
    let stands = |words: &str| {
        let mut pairs = parts.iter().flat_map(|it| &it.1.pairs);
        pairs.any(|it| it.value.contains(words))
    };
    let mut said = Pairs::new();
    for past in &view.history {
        let reasons = past.field_reasons.iter();
        let reasons = reasons.map(|it| format!("{}：{}", it.label, it.words));
        let words = std::iter::once(past.words.clone()).filter(|it| !it.trim().is_empty());
        let all: Vec<String> = words.chain(reasons).filter(|it| !stands(it)).collect();
        if !all.is_empty() {
            said = said.with(past.step.label, all.join("\n"));
        }
    }
    said
}

/// What the case says to this person, and the entry it is about, as far as this person sees it.
pub(crate) async fn load(
    city: &City,
    me: &Me,
    view: &CaseView,
) -> Result<(Matter, Option<EntryView>), Problem> {
    let entry = match &view.line.entry {
        Some(entry) => catalogue::show(city, &me.ctx, entry).await.ok(),
        None => None,
    };
    let is_revision = |it: &EntryView| it.is_draft && it.published.is_some();
    let changes = match (&view.about, &entry) {
        (About::Entry(_), Some(entry)) if !view.line.is_closed && is_revision(entry) => {
            catalogue::draft_difference(city, &me.ctx, &entry.id).await?
        }
        _ => Vec::new(),
    };
    let mut matter = Matter::of(view, entry.as_ref(), &changes);
    matter.preview = preview(city, me, view).await;
    Ok((matter, entry))
}

/// What the release under review would show; none for whoever sees no plans or no data. A plan that was sent back is
/// being changed: what it shows is no longer what was handed in.
async fn preview(city: &City, me: &Me, view: &CaseView) -> Option<PreviewTable> {
    let is_opening = view.line.procedure.name == opening::PROCEDURE.name;
    if !is_opening || view.line.state != opening::State::Reviewing.word() {
        return None;
    }
    let entry = view.line.entry.as_ref()?;
    let plan = app::opening::plan(city, &me.ctx, entry).await.ok()?;
    plan.preview.as_ref().map(PreviewTable::of)
}
