//! A page that shows an applicant what is his: facts, clauses, tables, and what can be done.

use askama::{Template, filters::HtmlSafe};
use web::ui::{Pairs, Timeline};

use super::session::private;
use crate::{
    frame::{Frame, html},
    problem::Page,
};

/// One part of a page.
pub enum Part {
    /// A paragraph.
    Words(String),
    /// Something to be noticed before all else.
    Note(String),
    /// Names and values below a heading.
    Facts(&'static str, Pairs),
    /// Numbered clauses below a heading.
    Clauses(&'static str, Vec<String>),
    /// What was done.
    Steps(Timeline),
    /// A table: heading, heads of its columns, rows.
    Table(&'static str, Vec<&'static str>, Vec<Vec<Cell>>),
    /// Text to be copied, below what it is.
    Code(&'static str, String),
    /// A button that posts.
    Act(Act),
    /// Ways elsewhere.
    Links(Vec<(String, String)>),
}

/// One cell of a table.
#[derive(Template)]
#[template(path = "account/cell.html")]
pub struct Cell {
    /// What it says.
    pub words: String,
    /// Where it leads; empty for nowhere.
    pub href: String,
}

impl HtmlSafe for Cell {}

/// A button that posts.
pub struct Act {
    /// What it means.
    pub words: &'static str,
    /// Where it is sent.
    pub action: String,
    /// The button's words.
    pub button: &'static str,
    /// The revision that the page showed.
    pub revision: i64,
    /// The session's form token.
    pub csrf: String,
    /// Whether it is the page's first thing to do.
    pub is_first: bool,
}

/// A cell that leads nowhere.
pub fn cell(words: impl Into<String>) -> Cell {
    Cell {
        words: words.into(),
        href: String::new(),
    }
}

/// A cell that leads somewhere.
pub fn link(words: impl Into<String>, href: impl Into<String>) -> Cell {
    Cell {
        words: words.into(),
        href: href.into(),
    }
}

/// The page.
#[derive(Template)]
#[template(path = "account/show.html")]
pub struct ShowPage {
    frame: Frame,
    under: String,
    parts: Vec<Part>,
}

impl ShowPage {
    /// An empty page; the frame's title is the heading.
    pub fn new(frame: Frame, under: impl Into<String>) -> ShowPage {
        ShowPage {
            frame,
            under: under.into(),
            parts: Vec::new(),
        }
    }

    /// With one more part.
    pub fn with(mut self, part: Part) -> ShowPage {
        self.parts.push(part);
        self
    }

    /// The page, kept by nobody.
    pub fn page(self) -> Page {
        html(&self).map(private)
    }
}
