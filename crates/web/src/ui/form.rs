//! Form components after the GOV.UK patterns: label, hint, error, input. What was typed is kept.

use askama::Template;

use super::ErrorSummary;
use crate::form::Fields;

/// What a form shows: the values stored or typed, and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The value of each field.
    pub values: Fields,
    /// Field and words, in the order of the page.
    pub errors: Vec<(String, String)>,
}

impl Form {
    /// A form with nothing typed yet.
    pub fn empty() -> Form {
        Form::default()
    }

    /// A form that shows `values`, with nothing wrong.
    pub fn of(values: Fields) -> Form {
        Form {
            values,
            errors: Vec::new(),
        }
    }

    /// The value of `name`, as typed.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name)
    }

    /// What is wrong with `name`.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, words)| words.as_str())
    }

    /// Notes that something is wrong with `name`.
    pub fn wrong(&mut self, name: &str, words: impl Into<String>) {
        self.errors.push((name.to_owned(), words.into()));
    }

    /// Notes that `name` must be filled in, if it is not.
    pub fn require(&mut self, name: &str, words: &str) {
        if self.value(name).trim().is_empty() {
            self.wrong(name, words);
        }
    }

    /// Whether something is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The summary that comes first on the page.
    pub fn summary(&self) -> ErrorSummary {
        ErrorSummary {
            errors: self.errors.clone(),
        }
    }

    /// A one-line text box.
    pub fn field(&self, name: &str, label: &str) -> Field {
        Field {
            name: name.to_owned(),
            label: label.to_owned(),
            value: self.value(name).to_owned(),
            error: self.error(name).map(str::to_owned),
            kind: "text",
            ..Field::default()
        }
    }

    /// A box for several lines.
    pub fn area(&self, name: &str, label: &str) -> TextArea {
        TextArea {
            name: name.to_owned(),
            label: label.to_owned(),
            value: self.value(name).to_owned(),
            error: self.error(name).map(str::to_owned),
            rows: 4,
            ..TextArea::default()
        }
    }

    /// A drop-down list.
    pub fn select(&self, name: &str, label: &str, choices: Vec<Choice>) -> Select {
        Select {
            name: name.to_owned(),
            label: label.to_owned(),
            choices: self.marked(name, choices),
            error: self.error(name).map(str::to_owned),
            ..Select::default()
        }
    }

    /// One of a few, all visible.
    pub fn radios(&self, name: &str, legend: &str, choices: Vec<Choice>) -> Radios {
        Radios {
            name: name.to_owned(),
            legend: legend.to_owned(),
            choices: self.marked(name, choices),
            error: self.error(name).map(str::to_owned),
            ..Radios::default()
        }
    }

    /// Any of a few, all visible.
    pub fn checkboxes(&self, name: &str, legend: &str, choices: Vec<Choice>) -> Checkboxes {
        Checkboxes {
            name: name.to_owned(),
            legend: legend.to_owned(),
            choices: self.marked(name, choices),
            error: self.error(name).map(str::to_owned),
            ..Checkboxes::default()
        }
    }

    /// One box to tick.
    pub fn tick(&self, name: &str, label: &str) -> Checkboxes {
        let choices = self.marked(name, vec![Choice::new("1", label)]);
        Checkboxes {
            name: name.to_owned(),
            choices,
            error: self.error(name).map(str::to_owned),
            ..Default::default()
        }
    }

    /// A file to choose.
    pub fn file(&self, name: &str, label: &str) -> FileBox {
        FileBox {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            accept: String::new(),
            error: self.error(name).map(str::to_owned),
        }
    }

    fn marked(&self, name: &str, mut choices: Vec<Choice>) -> Vec<Choice> {
        let chosen: Vec<&str> = self.values.all(name).collect();
        for choice in &mut choices {
            choice.is_chosen = chosen.contains(&choice.value.as_str());
        }
        choices
    }
}

/// One thing to choose.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// What it means.
    pub hint: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

impl Choice {
    /// A choice without a hint.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice {
            value: value.into(),
            label: label.into(),
            ..Choice::default()
        }
    }

    /// With a hint.
    pub fn hint(mut self, hint: &str) -> Choice {
        self.hint = hint.to_owned();
        self
    }
}

/// Choices from names and labels, as the vocabularies of `rules` give them.
pub fn choices<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Choice> {
    words
        .into_iter()
        .map(|(name, label)| Choice::new(name, label))
        .collect()
}

/// A labelled one-line input.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/field.html")]
pub struct Field {
    /// The form key; also the id that the error summary links to.
    pub name: String,
    /// The words above the box.
    pub label: String,
    /// What stands in the box.
    pub value: String,
    /// What to write, and why.
    pub hint: String,
    /// What is wrong, if anything.
    pub error: Option<String>,
    /// The input's type: text, password, date, search.
    pub kind: &'static str,
    /// The width class.
    pub width: &'static str,
    /// What a browser may fill in.
    pub autocomplete: &'static str,
    /// Which keyboard a phone shows.
    pub inputmode: &'static str,
    /// Whether it may stay empty.
    pub is_optional: bool,
    /// The id of the suggestions that a browser offers; empty for none.
    pub list: &'static str,
}

/// What a browser offers while somebody types into the fields that name it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/suggestions.html")]
pub struct Suggestions {
    /// Its id.
    pub id: &'static str,
    /// What may be taken over, and what is said of it.
    pub choices: Vec<Choice>,
}

/// A labelled text box of several lines.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/text_area.html")]
pub struct TextArea {
    /// The form key.
    pub name: String,
    /// The words above the box.
    pub label: String,
    /// What stands in the box.
    pub value: String,
    /// What to write, and why.
    pub hint: String,
    /// What is wrong, if anything.
    pub error: Option<String>,
    /// Its height in lines.
    pub rows: u8,
    /// Whether it may stay empty.
    pub is_optional: bool,
}

/// A labelled drop-down list.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/select.html")]
pub struct Select {
    /// The form key.
    pub name: String,
    /// The words above the list.
    pub label: String,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// What to choose, and why.
    pub hint: String,
    /// What is wrong, if anything.
    pub error: Option<String>,
    /// The width class.
    pub width: &'static str,
}

/// One of a few.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/radios.html")]
pub struct Radios {
    /// The form key.
    pub name: String,
    /// The question.
    pub legend: String,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// What to choose, and why.
    pub hint: String,
    /// What is wrong, if anything.
    pub error: Option<String>,
    /// Whether the choices stand side by side.
    pub is_inline: bool,
}

/// Any of a few.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/checkboxes.html")]
pub struct Checkboxes {
    /// The form key.
    pub name: String,
    /// The question; empty for a single box.
    pub legend: String,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// What to choose, and why.
    pub hint: String,
    /// What is wrong, if anything.
    pub error: Option<String>,
    /// Whether many choices stand in columns.
    pub is_columns: bool,
}

/// A file to send.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/file_box.html")]
pub struct FileBox {
    /// The form key.
    pub name: String,
    /// The words above the box.
    pub label: String,
    /// Which files, and how large.
    pub hint: String,
    /// What the browser offers first.
    pub accept: String,
    /// What is wrong, if anything.
    pub error: Option<String>,
}

/// Gives components the setters that templates chain.
macro_rules! with_hint {
    ($($Name:ty),+) => { $(
        impl $Name {
            /// With a hint below the label.
            pub fn hint(mut self, hint: impl Into<String>) -> Self {
                self.hint = hint.into();
                self
            }
        }
    )+ };
}

with_hint!(Field, TextArea, Select, Radios, Checkboxes, FileBox);

impl Field {
    /// As wide as a code or a number.
    pub fn short(mut self) -> Self {
        self.width = "w-short";
        self
    }

    /// As wide as a name.
    pub fn medium(mut self) -> Self {
        self.width = "w-medium";
        self
    }

    /// May stay empty.
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Of another input type.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Digits only.
    pub fn digits(mut self) -> Self {
        self.inputmode = "numeric";
        self.short()
    }

    /// With the suggestions of this id.
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = id;
        self
    }

    /// What a browser may fill in.
    pub fn fills(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }
}

impl TextArea {
    /// May stay empty.
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Of another height.
    pub fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }
}

impl Select {
    /// As wide as a name.
    pub fn medium(mut self) -> Self {
        self.width = "w-medium";
        self
    }
}

impl Radios {
    /// Side by side.
    pub fn inline(mut self) -> Self {
        self.is_inline = true;
        self
    }
}

impl Checkboxes {
    /// In columns.
    pub fn columns(mut self) -> Self {
        self.is_columns = true;
        self
    }
}

impl FileBox {
    /// Which files the browser offers first.
    pub fn accept(mut self, accept: &str) -> Self {
        self.accept = accept.to_owned();
        self
    }
}

/// The ids that describe an input, for `aria-describedby`.
pub(crate) fn described(name: &str, hint: &str, is_wrong: bool) -> String {
    let mut ids = Vec::new();
    if !hint.is_empty() {
        ids.push(format!("{name}-hint"));
    }
    if is_wrong {
        ids.push(format!("{name}-error"));
    }
    ids.join(" ")
}
