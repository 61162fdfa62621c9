//! A row against all items of an entry and the rules over two of them.

use rules::{
    catalogue::{Content, CrossRule},
    delivery::RowFault,
};

use super::{
    column::{Column, Facts, Verdict},
    tally::Tally,
};
use crate::read::{Record, Text};

/// A fault and the item it is found at; none where the whole row is at fault.
pub(super) type Fault = (RowFault, Option<usize>);

/// A [`CrossRule`] by the numbers of its items.
enum Cross {
    Birth { identity: usize, birth: usize },
    Gender { identity: usize, gender: usize },
    NotBefore { earlier: usize, later: usize },
}

impl Cross {
    /// None where the entry lacks an item that the rule names.
    fn new(rule: &CrossRule, content: &Content) -> Option<Cross> {
        let at = |name: &str| content.items.iter().position(|it| it.name == name);
        Some(match rule {
            CrossRule::BirthMatchesIdentity { identity, birth } => Cross::Birth {
                identity: at(identity)?,
                birth: at(birth)?,
            },
            CrossRule::GenderMatchesIdentity { identity, gender } => Cross::Gender {
                identity: at(identity)?,
                gender: at(gender)?,
            },
            CrossRule::NotBefore { earlier, later } => Cross::NotBefore {
                earlier: at(earlier)?,
                later: at(later)?,
            },
        })
    }

    /// Whether the row keeps to the rule, and the fault if not; none where one of the values is missing or
    /// at fault itself.
    fn judge(&self, facts: &[Facts]) -> Option<Result<(), Fault>> {
        let (is_kept, fault) = match *self {
            Cross::Birth { identity, birth } => (
                facts[identity].day? == facts[birth].day?,
                (RowFault::BirthMismatch, Some(birth)),
            ),
            Cross::Gender { identity, gender } => (
                facts[identity].is_male? == facts[gender].is_male?,
                (RowFault::GenderMismatch, Some(gender)),
            ),
            Cross::NotBefore { earlier, later } => (
                facts[earlier].day? <= facts[later].day?,
                (RowFault::DateOrder, Some(later)),
            ),
        };
        Some(if is_kept { Ok(()) } else { Err(fault) })
    }
}

/// Judges rows; holds what the last one gave.
pub(super) struct Judge {
    pub columns: Vec<Column>,
    cross: Vec<Cross>,
    width: usize,
    facts: Vec<Facts>,
    verdicts: Vec<Verdict>,
    /// The faults of the last row, in the order of the items; rules over two items come last.
    pub faults: Vec<Fault>,
}

impl Judge {
    /// `columns` gives the file's column of each item; `width` the columns of the file.
    pub fn new(content: &Content, columns: &[usize], width: usize) -> Judge {
        Judge {
            columns: content
                .items
                .iter()
                .zip(columns)
                .map(|(item, at)| Column::new(item, *at))
                .collect(),
            cross: content
                .cross_rules
                .iter()
                .filter_map(|it| Cross::new(it, content))
                .collect(),
            width,
            facts: vec![Facts::default(); content.items.len()],
            verdicts: Vec::with_capacity(content.items.len()),
            faults: Vec::new(),
        }
    }

    /// Judges a row. Gives its text where it is accepted; otherwise `faults` says why not.
    pub fn judge<'r>(&mut self, record: &'r Record, tally: &mut Tally) -> Option<Text<'r>> {
        self.faults.clear();
        let text = record.text();
        if let Some((fault, None)) = record.flaw {
            self.faults.push((fault, None));
        } else if record.width != self.width {
            self.faults.push((RowFault::WrongWidth, None));
        } else if text.is_none() {
            let item = record.bad_column().and_then(|at| self.item_at(at));
            self.faults.push((RowFault::BadEncoding, item));
        }
        if !self.faults.is_empty() {
            tally.unreadable(self.faults[0].0);
            return None;
        }
        let text = text?;
        let flaw = record
            .flaw
            .and_then(|(fault, at)| Some((fault, self.item_at(at?)?)));
        self.judge_values(&text, flaw, tally);
        tally.row(&self.faults);
        self.faults.is_empty().then_some(text)
    }

    /// `flaw` is what the reader holds against the value of one item; nothing more is said of that value.
    fn judge_values(&mut self, text: &Text<'_>, flaw: Option<(RowFault, usize)>, tally: &mut Tally) {
        self.verdicts.clear();
        for (i, column) in self.columns.iter().enumerate() {
            let verdict = match flaw {
                Some((fault, item)) if item == i => {
                    self.facts[i] = Facts::default();
                    Verdict::Fault(fault)
                }
                _ => column.judge(text.field(column.at), &mut self.facts[i]),
            };
            match verdict {
                Verdict::Empty => tally.empty(i),
                Verdict::Fault(RowFault::Required) => {
                    tally.empty(i);
                    self.faults.push((RowFault::Required, Some(i)));
                }
                Verdict::Fault(fault) => self.faults.push((fault, Some(i))),
                Verdict::AsIs | Verdict::Changed(_) => {}
            }
            self.verdicts.push(verdict);
        }
        for rule in &self.cross {
            match rule.judge(&self.facts) {
                Some(Ok(())) => tally.related(true),
                Some(Err(fault)) => {
                    tally.related(false);
                    self.faults.push(fault);
                }
                None => {}
            }
        }
    }

    /// Item `i` of the last row, which was accepted, in its normal form.
    pub fn value<'a>(&'a self, text: &Text<'a>, i: usize) -> &'a str {
        match &self.verdicts[i] {
            Verdict::Changed(value) => value,
            Verdict::Empty => "",
            Verdict::AsIs | Verdict::Fault(_) => text.field(self.columns[i].at),
        }
    }

    fn item_at(&self, column: usize) -> Option<usize> {
        self.columns.iter().position(|it| it.at == column)
    }
}
