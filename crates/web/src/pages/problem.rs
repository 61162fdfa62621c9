//! Error pages: what is wrong, what to do, a way back, a number.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use crate::{
    frame::Frame,
    problem::{Problem, Said},
    session::{Address, Me},
    ui::Cite,
};

/// An error page.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// What stands around it.
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What it says.
    pub said: Said,
    /// The article that refuses, where one does.
    pub cite: Option<Cite>,
    /// The number of the request.
    pub reference: String,
}

impl ProblemPage {
    /// The page of `problem`.
    pub fn new(problem: &Problem, me: Option<&Me>, _: &Address, reference: &str) -> ProblemPage {
        let said = problem.said();
        let frame = match me {
            Some(me) => me.frame(said.title.clone()),
            None => Frame::public(said.title.clone()),
        };
        let cite = said.cites.map(Cite::from);
        ProblemPage {
            frame,
            status: problem.status().as_u16(),
            said,
            cite,
            reference: reference.to_owned(),
        }
    }
}

impl IntoResponse for ProblemPage {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self.render() {
            Ok(page) => (status, Html(page)).into_response(),
            Err(_) => (status, self.said.words).into_response(),
        }
    }
}
