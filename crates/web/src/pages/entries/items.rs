//! The items of a draft: what the platform proposed, to be corrected row by row.

mod read;

use app::{
    City,
    catalogue::{self, EntryView},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    catalogue::{Content, Item, ItemClass, ItemType, Semantic},
    ids::EntryId,
};

use super::parts::form_of;
use crate::{
    form::{Fields, ProtectedForm},
    frame::{Frame, Page, go, html, wrong},
    pages::{Done, take},
    problem::Problem,
    session::Me,
    ui::{Choice, Form, Notice, Pairs, Tone, choices},
    words,
};

/// The items as a form.
#[derive(Template)]
#[template(path = "entries/items.html")]
pub struct ItemsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry's title.
    pub title: String,
    /// The revision that the page showed.
    pub revision: i64,
    /// What was typed.
    pub form: Form,
    /// The rows.
    pub rows: Vec<ItemRow>,
    /// The checks over two items, in words.
    pub rules: Vec<String>,
    /// The names of the items, to make a check of.
    pub names: Vec<Choice>,
    /// What somebody else has saved meanwhile, where it differs.
    pub stale: Pairs,
}

/// One item in the form.
pub struct ItemRow {
    /// Its number.
    pub i: usize,
    /// Its form key, `items.3`.
    pub key: String,
    /// A few values of the sample.
    pub samples: String,
    /// The reviewer's reason, where the draft was sent back.
    pub reason: String,
    /// Whether its details are open.
    pub is_open: bool,
}

impl ItemsPage {
    fn text(&self, row: &ItemRow, field: &str) -> &str {
        self.form.value(&format!("{}.{field}", row.key))
    }

    fn error(&self, row: &ItemRow, field: &str) -> Option<&str> {
        self.form.error(&format!("{}.{field}", row.key))
    }

    fn is(&self, row: &ItemRow, field: &str) -> bool {
        self.form.values.has(&format!("{}.{field}", row.key))
    }

    fn chosen(&self, row: &ItemRow, field: &str, all: Vec<Choice>) -> Vec<Choice> {
        let value = self.text(row, field);
        all.into_iter()
            .map(|it| Choice {
                is_chosen: it.value == value,
                ..it
            })
            .collect()
    }

    fn kinds(&self, row: &ItemRow) -> Vec<Choice> {
        self.chosen(
            row,
            "kind",
            choices(ItemType::ALL.iter().map(|it| (it.name(), it.label()))),
        )
    }

    fn semantics(&self, row: &ItemRow) -> Vec<Choice> {
        self.chosen(
            row,
            "semantic",
            choices(Semantic::ALL.iter().map(|it| (it.name(), it.label()))),
        )
    }

    fn classes(&self, row: &ItemRow) -> Vec<Choice> {
        self.chosen(
            row,
            "class",
            choices(ItemClass::ALL.iter().map(|it| (it.name(), it.label()))),
        )
    }

    fn rule_kinds(&self) -> Vec<Choice> {
        choices(read::RULE_KINDS.iter().copied())
    }
}

/// The fields of the items that stand already.
pub(crate) fn fields_of(content: &Content) -> Fields {
    let mut fields = Fields::new();
    for (i, item) in content.items.iter().enumerate() {
        let mut put = |field: &str, value: String| fields.push(format!("items.{i}.{field}"), value);
        put("was", item.name.clone());
        put("name", item.name.clone());
        put("title", item.title.clone());
        put("kind", item.kind.name().to_owned());
        put("length", item.length.map(|it| it.to_string()).unwrap_or_default());
        put("scale", item.scale.map(|it| it.to_string()).unwrap_or_default());
        put("semantic", item.semantic.name().to_owned());
        put("class", item.class.name().to_owned());
        put("note", item.note.clone());
        let code = |it: &rules::catalogue::Code| {
            if it.code == it.label {
                it.code.clone()
            } else {
                format!("{} {}", it.code, it.label)
            }
        };
        put(
            "codes",
            item.codes.iter().map(code).collect::<Vec<_>>().join("\n"),
        );
        let flags = [
            ("is_key", item.is_key),
            ("is_required", item.is_required),
            ("is_condition", item.is_condition),
            ("may_be_negative", item.may_be_negative),
        ];
        for (flag, _) in flags.iter().filter(|it| it.1) {
            put(flag, "1".to_owned());
        }
    }
    for i in 0..content.cross_rules.len() {
        fields.push("cross_rules", i.to_string());
    }
    fields
}

pub(crate) fn page(
    frame: Frame,
    view: &EntryView,
    mut form: Form,
    revision: i64,
    open: Option<usize>,
) -> ItemsPage {
    let reason = |i: usize| {
        let of_row = format!("items.{i}");
        let notes = view.review_notes.iter().filter(|it| {
            it.field == of_row
                || it
                    .field
                    .strip_prefix(&of_row)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        notes.map(|it| it.words.clone()).collect::<Vec<_>>().join("；")
    };
    let rows = read::indices(&form.values).into_iter().map(|i| {
        let key = format!("items.{i}");
        let was = form.value(&format!("{key}.was"));
        let samples = view
            .content
            .item(was)
            .map(|it| it.samples.join("、"))
            .unwrap_or_default();
        let is_wrong = form.errors.iter().any(|it| {
            ["semantic", "class", "codes", "scale"]
                .iter()
                .any(|f| it.0 == format!("{key}.{f}"))
        });
        ItemRow {
            i,
            samples,
            reason: reason(i),
            is_open: is_wrong || open == Some(i),
            key,
        }
    });
    let rows: Vec<ItemRow> = rows.collect();
    // The summary links to what is wrong, also where the whole list is.
    form.errors.dedup();
    ItemsPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/entries/{}", view.id),
        title: view.content.title.clone(),
        revision,
        rules: super::rules_in_words(&view.content),
        names: view
            .content
            .items
            .iter()
            .map(|it| Choice::new(&it.name, &it.title))
            .collect(),
        rows,
        form,
        stale: Pairs::new(),
    }
}

fn frame(me: &Me, view: &EntryView) -> Frame {
    let href = format!("/entries/{}", view.id);
    me.frame("信息项")
        .crumb("/entries", "数据目录")
        .crumb(href, &view.content.title)
}

/// An entry that this person may edit now; a published one is revised first.
pub(crate) async fn editable(city: &City, me: &Me, id: &str) -> Result<EntryView, Problem> {
    let view = app::catalogue::show(city, &me.ctx, &id.into()).await?;
    match view.deeds.iter().find(|it| it.name == "edit") {
        Some(deed) if !deed.is_allowed => Err(Problem::Forbidden(deed.why_not.clone().unwrap_or_default())),
        None if !view.is_draft => {
            let words = "目录已发布，不能直接修改。请先在目录页面选择“修订”，生成新版本草稿。";
            Err(app::Refused::conflict("not-a-draft", words).into())
        }
        _ => Ok(view),
    }
}

/// What was made of a sample, and what of it was left aside.
fn recognised(items: usize, ragged: u64) -> Notice {
    let title = format!("从样表识别出 {items} 个信息项");
    let words = "请核对名称、类型、主键和个人信息类别，需要改的直接改。";
    if ragged == 0 {
        return Notice::new(Tone::Green, title, words);
    }
    let ragged = words::count(ragged);
    let words = format!(
        "样表有 {ragged} 行不完整，或者列数与表头不同，识别时没有采用。这多半是导出有误，请核对样表；这样的行归集时会被拒收。{words}"
    );
    Notice::new(Tone::Amber, title, words)
}

/// GET /entries/{id}/items
pub async fn form(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = editable(&city, &me, &id).await?;
    let mut frame = frame(&me, &view);
    let proposed = done
        .done
        .strip_prefix("proposed-")
        .filter(|_| !view.content.items.is_empty());
    if let Some(ragged) = proposed {
        frame = frame.notice(Some(recognised(
            view.content.items.len(),
            ragged.parse().unwrap_or(0),
        )));
    } else if done.is("saved") {
        frame = frame.notice(Some(Notice::new(Tone::Green, "已保存", "")));
    }
    let open = done.done.strip_prefix("added-").and_then(|it| it.parse().ok());
    html(&page(
        frame,
        &view,
        Form::of(fields_of(&view.content)),
        view.revision,
        open,
    ))
}

/// POST /entries/{id}/items
pub async fn send(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let fields = posted.open(&me)?;
    let view = editable(&city, &me, &id).await?;
    let mut form = Form::of(fields);
    let mut revision = form.values.revision();
    let read = read::read(&mut form, &view.content);
    let mut stale = Pairs::new();
    if !form.is_wrong() {
        let content = Content {
            items: read.items,
            cross_rules: read.rules,
            ..view.content.clone()
        };
        let typed = content.items.clone();
        let saved = catalogue::save(&city, &me.ctx, &EntryId::from(id.as_str()), revision, content).await;
        match saved {
            Ok(_) => return go(&after(&id, &read.then)),
            Err(refused) => {
                if let Some(now) = &refused.stale {
                    revision = now.revision;
                    stale = changed(now.content.as_ref().unwrap_or(&view.content), &typed);
                }
                take(&mut form, refused)?;
            }
        }
    }
    let mut page = page(frame(&me, &view), &view, form, revision, None);
    page.stale = stale;
    wrong(&page)
}

/// The items as they are stored now, where they are not what was typed.
fn changed(stored: &Content, typed: &[Item]) -> Pairs {
    let is_typed = |item: &Item| typed.iter().any(|it| it == item);
    let others = stored.items.iter().filter(|it| !is_typed(it));
    let mut changed = others.fold(Pairs::new(), |all, it| all.with(&it.title, super::item_words(it)));
    let is_stored = |item: &Item| stored.items.iter().any(|it| it.name == item.name);
    for item in typed.iter().filter(|it| !is_stored(it)) {
        changed = changed.with(&item.title, "（已删除或者改名）");
    }
    changed
}

fn after(id: &str, then: &read::Then) -> String {
    match then {
        read::Then::Stay(row) => format!("/entries/{id}/items?done=saved#items.{row}"),
        read::Then::Added(row) => format!("/entries/{id}/items?done=added-{row}#items.{row}.name"),
        read::Then::Back => format!("/entries/{id}/edit?done=saved"),
        read::Then::Next => form_of(id, "title")
            .split('#')
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
