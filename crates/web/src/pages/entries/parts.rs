//! Parts that several pages show of an entry: its items, its likely duplicates, what a draft changes.

use app::catalogue::{Change, ChangeKind, EntryView};
use askama::{Template, filters::HtmlSafe};
use rules::catalogue::{Content, Item};

use crate::ui::{Cite, StateTag, Tone};

/// The items of an entry as a table.
#[derive(Clone, Debug, Template)]
#[template(path = "entries/items_table.html")]
pub struct ItemsTable {
    /// The items.
    pub items: Vec<ItemLine>,
}

impl HtmlSafe for ItemsTable {}

/// One item in a table.
#[derive(Clone, Debug)]
pub struct ItemLine {
    /// Its name in files and calls.
    pub name: String,
    /// Its Chinese name.
    pub title: String,
    /// Its type.
    pub kind: &'static str,
    /// Its length.
    pub length: String,
    /// Key, required, condition.
    pub flags: Vec<&'static str>,
    /// What its values mean, and which are permitted.
    pub values: String,
    /// How it bears on a person; empty where it does not.
    pub class: &'static str,
    /// A word to the reader.
    pub note: String,
}

impl ItemsTable {
    /// The table of `items`.
    pub fn of(items: &[Item]) -> ItemsTable {
        ItemsTable {
            items: items.iter().map(ItemLine::of).collect(),
        }
    }
}

impl ItemLine {
    fn of(item: &Item) -> ItemLine {
        let flags = [
            (item.is_key, "主键"),
            (item.is_required, "必填"),
            (item.is_condition, "查询条件"),
        ];
        let length = match (item.length, item.scale) {
            (Some(length), Some(scale)) => format!("{length},{scale}"),
            (Some(length), None) => length.to_string(),
            _ => String::new(),
        };
        let mut values = Vec::new();
        if item.semantic != rules::catalogue::Semantic::Plain {
            values.push(item.semantic.label().to_owned());
        }
        let code = |it: &rules::catalogue::Code| {
            if it.code == it.label {
                it.code.clone()
            } else {
                format!("{} {}", it.code, it.label)
            }
        };
        let codes: Vec<String> = item.codes.iter().take(6).map(code).collect();
        if !codes.is_empty() {
            let more = if item.codes.len() > 6 {
                format!(" 等 {} 个", item.codes.len())
            } else {
                String::new()
            };
            values.push(format!("{}{more}", codes.join("、")));
        }
        ItemLine {
            name: item.name.clone(),
            title: item.title.clone(),
            kind: item.kind.label(),
            length,
            flags: flags.iter().filter(|it| it.0).map(|it| it.1).collect(),
            values: values.join("；"),
            class: if item.class == rules::catalogue::ItemClass::Plain {
                ""
            } else {
                item.class.label()
            },
            note: item.note.clone(),
        }
    }
}

/// The form's page that holds `field`.
pub(crate) fn form_of(id: &str, field: &str) -> String {
    match super::edit::section_of(field) {
        Some(section) => format!("/entries/{id}/edit/{section}#{field}"),
        None => format!("/entries/{id}/items#{field}"),
    }
}

/// Other entries that may be the same thing (art. 12): a hint to the reviewer, who decides.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "entries/duplicates.html")]
pub struct Duplicates {
    /// The others, the likest first.
    pub lines: Vec<DuplicateLine>,
}

impl HtmlSafe for Duplicates {}

/// Another entry that may be the same thing.
#[derive(Clone, Debug)]
pub struct DuplicateLine {
    /// Where it is.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Its provider.
    pub provider: String,
    /// How alike, 0 to 100.
    pub score: u8,
    /// The items both have.
    pub shared: String,
}

impl Duplicates {
    /// Those that the city found for whoever reviews `view`.
    pub fn of(view: &EntryView) -> Duplicates {
        let line = |it: &app::catalogue::Duplicate| DuplicateLine {
            href: format!("/entries/{}", it.entry),
            title: it.title.clone(),
            provider: it.provider_name.clone(),
            score: it.score,
            shared: it.shared_items.join("、"),
        };
        Duplicates {
            lines: view.duplicates.iter().map(line).collect(),
        }
    }
}

/// What an entry may say and should not without a second look.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "entries/cautions.html")]
pub struct Cautions {
    /// The words, and the article they rest on.
    pub lines: Vec<(String, Option<Cite>)>,
}

impl HtmlSafe for Cautions {}

impl Cautions {
    /// Those of `content`.
    pub fn of(content: &Content) -> Cautions {
        let cautions = content.cautions().into_iter();
        Cautions {
            lines: cautions.map(|it| (it.words, it.cites.map(Cite::from))).collect(),
        }
    }
}

/// What differs between two versions, field by field.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "entries/changes.html")]
pub struct Changes {
    /// What happened, the field, what it said, what it says.
    pub lines: Vec<(StateTag, String, String, String)>,
}

impl HtmlSafe for Changes {}

impl Changes {
    /// The changes as the page shows them.
    pub fn of(changes: &[Change]) -> Changes {
        let line = |it: &Change| {
            let tone = match it.kind {
                ChangeKind::Added => Tone::Green,
                ChangeKind::Removed => Tone::Red,
                ChangeKind::Changed => Tone::Amber,
            };
            (
                StateTag::new(it.kind.label(), tone),
                it.label.clone(),
                it.before.clone(),
                it.after.clone(),
            )
        };
        Changes {
            lines: changes.iter().map(line).collect(),
        }
    }
}
