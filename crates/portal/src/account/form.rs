//! A form of an applicant's page: its parts in order, its token, one button.

use askama::Template;
use web::{
    form::CSRF,
    ui::{Checkboxes, Field, Form, Pairs, Radios, Suggestions, TextArea},
};

use super::session::private;
use crate::{
    frame::{Frame, html, wrong},
    problem::Page,
};

/// One part of a form.
pub enum Part {
    /// A list of words.
    List(Vec<String>),
    /// A heading within the form.
    Heading(&'static str),
    /// One line to fill in.
    Field(Field),
    /// Several lines to fill in.
    Area(TextArea),
    /// One of a few.
    Radios(Radios),
    /// Any of a few.
    Boxes(Checkboxes),
    /// What fields offer while one types.
    Suggestions(Suggestions),
    /// What was answered, to be looked at once more.
    Pairs(Pairs),
    /// What the form carries along.
    Hidden(String, String),
}

/// The page of a form.
#[derive(Template)]
#[template(path = "account/form.html")]
pub struct FormPage {
    frame: Frame,
    form: Form,
    lead: String,
    action: String,
    parts: Vec<Part>,
    button: &'static str,
    is_warning: bool,
    more: &'static str,
    back: Option<&'static str>,
    links: Vec<(String, &'static str)>,
}

impl FormPage {
    /// A form that is sent to `action`. The frame's title is the heading.
    pub fn new(frame: Frame, form: Form, action: impl Into<String>, button: &'static str) -> FormPage {
        FormPage {
            frame: frame.wrong(form.is_wrong()),
            form,
            lead: String::new(),
            action: action.into(),
            parts: Vec::new(),
            button,
            is_warning: false,
            more: "",
            back: None,
            links: Vec::new(),
        }
    }

    /// With a sentence below the heading.
    pub fn lead(mut self, words: impl Into<String>) -> FormPage {
        self.lead = words.into();
        self
    }

    /// With one more part.
    pub fn with(mut self, part: Part) -> FormPage {
        self.parts.push(part);
        self
    }

    /// With something that the form carries along.
    pub fn hidden(self, name: &str, value: impl Into<String>) -> FormPage {
        self.with(Part::Hidden(name.to_owned(), value.into()))
    }

    /// With the session's form token.
    pub fn token(self, csrf: &str) -> FormPage {
        self.hidden(CSRF, csrf)
    }

    /// With a button that says it cannot be undone.
    pub fn warning(mut self) -> FormPage {
        self.is_warning = true;
        self
    }

    /// With a second button, which asks for more lines to fill in: it sends `more`.
    pub fn more(mut self, words: &'static str) -> FormPage {
        self.more = words;
        self
    }

    /// With a second button that takes what was answered back to the form at `action`.
    pub fn back(mut self, action: &'static str) -> FormPage {
        self.back = Some(action);
        self
    }

    /// With a way elsewhere, below the button.
    pub fn link(mut self, href: impl Into<String>, words: &'static str) -> FormPage {
        self.links.push((href.into(), words));
        self
    }

    /// The page; where something is wrong, with the status that says so.
    pub fn page(self) -> Page {
        let page = if self.form.is_wrong() {
            wrong(&self)
        } else {
            html(&self)
        };
        page.map(private)
    }
}

/// Notes what a refusal says, at its fields where it names some; anything but a wrong form goes on as a problem.
pub fn noted(mut form: Form, refused: app::Refused) -> Result<Form, crate::problem::Problem> {
    use app::Status;
    match refused.status {
        Status::Invalid | Status::Conflict | Status::Forbidden => {}
        _ => return Err(refused.into()),
    }
    if refused.fields.is_empty() {
        form.wrong("", refused.words);
    }
    for (field, words) in refused.fields {
        form.wrong(&field, words);
    }
    Ok(form)
}
