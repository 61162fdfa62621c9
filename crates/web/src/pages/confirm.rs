//! The page before an act that matters: what it does, what it needs to know, and a way back.

use askama::Template;

use crate::{
    frame::Frame,
    ui::{Cite, Form, Pairs, TextArea},
};

/// Asks whether the act is meant.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    /// What stands around it.
    pub frame: Frame,
    /// The act, as a heading.
    pub title: String,
    /// What it does, paragraph by paragraph.
    pub words: Vec<String>,
    /// The article it rests on.
    pub cite: Option<Cite>,
    /// What it is done to.
    pub about: Pairs,
    /// What was typed.
    pub form: Form,
    /// The question to answer, where there is one.
    pub ask: Option<TextArea>,
    /// The revision that the page showed.
    pub revision: i64,
    /// Where the form is sent.
    pub href: String,
    /// The words of its button.
    pub button: String,
    /// Whether it cannot be undone.
    pub is_danger: bool,
    /// Where to return without doing it.
    pub back: String,
}
