//! Procedures: which steps a case may take, who may take them, and which clocks run meanwhile.
//!
//! A procedure is a table. States and steps are a vocabulary of each procedure's module; here they are plain words, so
//! that lists, case pages, steps and stores serve every procedure without knowing one by name.

use std::fmt;

use crate::{
    calendar::Calendar,
    clock::{Clock, Done, Standing},
    law::Article,
};

pub mod compilation;
pub mod correction;
pub mod dispute;
pub mod objection;
pub mod open_request;
pub mod opening;
pub mod report;
pub mod request;

pub use crate::{people::Office, words::Word};

/// The state of a case that has not been opened.
pub const NEW: Word = Word {
    name: "",
    label: "未发起",
};

/// One permitted step of a case. A step has several rows where several offices may take it, or where it leads to
/// different states.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// What is done.
    pub step: Word,
    /// Who may do it.
    pub by: Office,
    /// States it may be done in; [`NEW`] among them where the step opens a case.
    pub from: &'static [Word],
    /// The state it leads to.
    pub to: Word,
    /// The article that permits or demands it.
    pub cites: Article,
    /// What the step's form asks for.
    pub asks: &'static [Ask],
}

/// One question on a step's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Words to write.
    Text {
        /// The field.
        name: &'static str,
        /// The question.
        label: &'static str,
        /// Whether the step is refused without an answer.
        required: bool,
    },
    /// The value that the item in doubt should have; always optional.
    Value {
        /// The field.
        name: &'static str,
        /// The question.
        label: &'static str,
    },
    /// One of several words; always required.
    Choice {
        /// The field.
        name: &'static str,
        /// The question.
        label: &'static str,
        /// The answers.
        options: &'static [Word],
    },
    /// A number of working days, from 1 to `max`.
    Days {
        /// The field.
        name: &'static str,
        /// The question.
        label: &'static str,
        /// The longest the article permits.
        max: u16,
    },
    /// A number of months, from 1 to `max`.
    Months {
        /// The field.
        name: &'static str,
        /// The question.
        label: &'static str,
        /// The longest.
        max: u8,
        /// What holds where nothing is answered.
        usual: u8,
    },
    /// A box to tick; what is not ticked is not wanted.
    Tick {
        /// The field; `1` where it is ticked.
        name: &'static str,
        /// What is wanted.
        label: &'static str,
    },
    /// A reason at each field of the entry that is to be changed; at least one (art. 11).
    FieldReasons,
    /// The conditions of the grant (art. 18).
    Terms,
}

/// A procedure, as data. The case engine reads this; it knows no procedure by name.
#[derive(Debug)]
pub struct Procedure {
    /// Stable name, used in URLs and in the database.
    pub name: &'static str,
    /// The name people read.
    pub label: &'static str,
    /// Every state, in the order a case passes them.
    pub states: &'static [Word],
    /// Every step.
    pub steps: &'static [Word],
    /// States in which nobody owes anything any more.
    pub closed: &'static [Word],
    /// Every permitted step.
    pub moves: &'static [Move],
    /// Every statutory clock.
    pub clocks: &'static [Clock],
}

/// A step the procedure does not permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The procedure has no such step at all.
    NoSuchStep,
    /// No such step leads out of the state the case is in.
    NotFromHere {
        /// The step.
        step: Word,
        /// The state, as people read it.
        state: String,
    },
    /// The step exists, and belongs to other offices.
    NotYours {
        /// The step.
        step: Word,
        /// The offices that may take it.
        by: Vec<Office>,
        /// The article that says so.
        cites: Article,
    },
}

impl Refusal {
    /// The stable code of the API's table.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NoSuchStep => "no-such-step",
            Refusal::NotFromHere { .. } => "not-from-here",
            Refusal::NotYours { .. } => "not-yours",
        }
    }

    /// Why, and what to do, as people read it; with the article where one speaks.
    pub fn words(&self) -> String {
        match self {
            Refusal::NoSuchStep => "没有这一办理步骤。请从办件页面进入。".to_owned(),
            Refusal::NotFromHere { step, state } => {
                format!(
                    "办件目前为“{state}”，不能办理“{}”。请刷新办件页面，查看当前可以办理的步骤。",
                    step.label
                )
            }
            Refusal::NotYours { step, by, cites } => {
                let by: Vec<&str> = by.iter().map(|it| it.label()).collect();
                format!("“{}”由{}办理（{cites}）。", step.label, by.join("或者"))
            }
        }
    }

    /// The article, where one speaks.
    pub fn cites(&self) -> Option<Article> {
        match self {
            Refusal::NotYours { cites, .. } => Some(*cites),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl Procedure {
    /// Every procedure that the law names and this crate describes.
    pub const ALL: &'static [&'static Procedure] = &[
        &compilation::PROCEDURE,
        &request::PROCEDURE,
        &dispute::PROCEDURE,
        &report::PROCEDURE,
        &correction::PROCEDURE,
        &opening::PROCEDURE,
        &open_request::PROCEDURE,
        &objection::PROCEDURE,
    ];

    /// The procedures that run in the product.
    pub const WIRED: &'static [&'static Procedure] = &[
        &compilation::PROCEDURE,
        &request::PROCEDURE,
        &dispute::PROCEDURE,
        &report::PROCEDURE,
        &correction::PROCEDURE,
        &opening::PROCEDURE,
        &open_request::PROCEDURE,
        &objection::PROCEDURE,
    ];

    /// The procedure called `name`.
    pub fn find(name: &str) -> Option<&'static Procedure> {
        Procedure::ALL.iter().copied().find(|it| it.name == name)
    }

    /// The state stored as `name`.
    pub fn state(&self, name: &str) -> Option<Word> {
        self.states.iter().copied().find(|it| it.name == name)
    }

    /// The step stored as `name`.
    pub fn step(&self, name: &str) -> Option<Word> {
        self.steps.iter().copied().find(|it| it.name == name)
    }

    /// Whether nobody owes anything any more in `state`.
    pub fn is_closed(&self, state: &str) -> bool {
        self.closed.iter().any(|it| it.name == state)
    }

    /// The move `step` makes from `state`, if one who holds `offices` may make it. Where the step leads to
    /// several states this is the first; the procedure's module says which it is.
    pub fn permit(&self, state: &str, step: &str, offices: &[Office]) -> Result<&'static Move, Refusal>
    where
        Self: 'static,
    {
        let word = self.step(step).ok_or(Refusal::NoSuchStep)?;
        let from_here = || self.moves.iter().filter(|it| it.step == word && it.leaves(state));
        if let Some(found) = from_here().find(|it| offices.contains(&it.by)) {
            return Ok(found);
        }
        let Some(first) = from_here().next() else {
            let state = self.state(state).unwrap_or(NEW).label.to_owned();
            return Err(Refusal::NotFromHere { step: word, state });
        };
        let mut by: Vec<Office> = from_here().map(|it| it.by).collect();
        by.dedup();
        Err(Refusal::NotYours {
            step: word,
            by,
            cites: first.cites,
        })
    }

    /// Every step out of `state`, once each and in the table's order, with the reason where one who holds
    /// `offices` may not take it.
    pub fn next(&self, state: &str, offices: &[Office]) -> Vec<(&'static Move, Result<(), Refusal>)> {
        let mut next: Vec<(&'static Move, Result<(), Refusal>)> = Vec::new();
        for it in self.moves.iter().filter(|it| it.leaves(state)) {
            if next.iter().any(|(seen, _)| seen.step == it.step) {
                continue;
            }
            next.push(match self.permit(state, it.step.name, offices) {
                Ok(found) => (found, Ok(())),
                Err(refusal) => (it, Err(refusal)),
            });
        }
        next
    }

    /// Every clock of a case that runs or ran, as it stands on `today`.
    pub fn standings(
        &self,
        history: &[Done],
        calendar: &Calendar,
        today: jiff::civil::Date,
    ) -> Vec<Standing> {
        self.clocks
            .iter()
            .filter_map(|it| it.standing(history, calendar, today))
            .collect()
    }
}

impl Move {
    fn leaves(&self, state: &str) -> bool {
        self.from.iter().any(|it| it.name == state)
    }
}

/// A table of moves, one a line; `new` stands for the state of a case that has not been opened.
macro_rules! moves {
    (@state new) => { $crate::procedure::NEW };
    (@state $State:ident) => { State::$State.word() };
    (@asks) => { &[] };
    (@asks $asks:expr) => { $asks };
    ($(
        $Step:ident by $Office:ident from [$($From:ident)+] to $To:ident cites $cites:expr $(, asks $asks:expr)? ;
    )+) => {
        &[ $( $crate::procedure::Move {
            step: Step::$Step.word(),
            by: $crate::people::Office::$Office,
            from: &[ $( $crate::procedure::moves!(@state $From), )+ ],
            to: State::$To.word(),
            cites: $cites,
            asks: $crate::procedure::moves!(@asks $($asks)?),
        }, )+ ]
    };
}

use moves;

#[cfg(test)]
mod tests;
