//! The text of an ask: columns by number, values only as parameters.
//!
//! The two engines differ in how a text is found within another and in how a text becomes a number; all else is
//! one text.

use std::fmt::Write;

use super::{
    Op,
    asked::{Asked, Column, Condition, Term},
};
use crate::rows::layout::Layout;

/// What speaks another word on each engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A value to be bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Param {
    /// As it is.
    Text(String),
    /// A plain decimal, to be compared as a number.
    Number(String),
}

/// A statement with its parameters, numbered in the order of their appearance.
#[derive(Debug)]
pub(super) struct Statement {
    pub text: String,
    pub params: Vec<Param>,
    /// How many values a row of the answer has.
    pub width: usize,
}

/// Where a page begins.
pub(super) struct Start<'a> {
    /// The key of the last row of the page before.
    pub key: &'a [String],
    /// That row's values of the terms of the order, as stored.
    pub values: &'a [Option<String>],
}

/// How many rows match.
pub(super) fn count(asked: &Asked, layout: &Layout, table: &str, dialect: Dialect) -> Statement {
    let mut writer = Writer::new(layout, dialect);
    write!(writer.text, "SELECT COUNT(*) FROM {table}").expect("memory takes it");
    writer.conditions(asked, None);
    writer.done(1)
}

/// The values by which the row of `key` is ordered.
pub(super) fn place(
    asked: &Asked,
    key: &[String],
    layout: &Layout,
    table: &str,
    dialect: Dialect,
) -> Statement {
    let mut writer = Writer::new(layout, dialect);
    writer.text.push_str("SELECT ");
    for term in &asked.order {
        let column = writer.column(term.column);
        write!(writer.text, "{column}, ").expect("memory takes it");
    }
    // A row that is only ordered by its key must be there as well.
    write!(writer.text, "'' FROM {table} WHERE ").expect("memory takes it");
    for (i, (column, value)) in layout.key.iter().zip(key).enumerate() {
        let glue = if i == 0 { "" } else { " AND " };
        write!(writer.text, "{glue}c{column} = ").expect("memory takes it");
        writer.param(Param::Text(value.clone()));
    }
    writer.done(asked.order.len() + 1)
}

/// The rows of a page, with their keys behind the picked items.
pub(super) fn page(
    asked: &Asked,
    start: Option<Start<'_>>,
    (offset, limit): (u64, u64),
    layout: &Layout,
    table: &str,
    dialect: Dialect,
) -> Statement {
    let mut writer = Writer::new(layout, dialect);
    writer.text.push_str("SELECT ");
    for column in &asked.pick {
        let column = writer.column(*column);
        write!(writer.text, "{column}, ").expect("memory takes it");
    }
    writer.key_list();
    write!(writer.text, " FROM {table}").expect("memory takes it");
    writer.conditions(asked, start);
    writer.text.push_str(" ORDER BY ");
    for term in &asked.order {
        let expression = writer.term(term);
        let direction = if term.is_descending { " DESC" } else { "" };
        let nulls = if writer.is_never_null(term) {
            ""
        } else {
            " NULLS LAST"
        };
        write!(writer.text, "{expression}{direction}{nulls}, ").expect("memory takes it");
    }
    writer.key_list();
    // Both are numbers of ours; no text of an asker's gets here.
    write!(writer.text, " LIMIT {limit} OFFSET {offset}").expect("memory takes it");
    writer.done(asked.pick.len() + layout.key.len())
}

struct Writer<'l> {
    text: String,
    params: Vec<Param>,
    layout: &'l Layout,
    dialect: Dialect,
}

impl Writer<'_> {
    fn new(layout: &Layout, dialect: Dialect) -> Writer<'_> {
        Writer {
            text: String::with_capacity(512),
            params: Vec::new(),
            layout,
            dialect,
        }
    }

    /// A column's value, NULL where it has none.
    fn column(&self, column: Column) -> String {
        match column {
            None => "CAST(NULL AS TEXT)".to_owned(),
            // An item of a key of several may be empty, which is stored as an empty text there.
            Some(i) if self.layout.key.contains(&i) && 1 < self.layout.key.len() => {
                format!("NULLIF(c{i}, '')")
            }
            Some(i) => format!("c{i}"),
        }
    }

    /// A column's value as a number, NULL where it is none.
    fn number(&self, column: Column) -> String {
        let column = self.column(column);
        match self.dialect {
            Dialect::Sqlite => format!("number_key({column})"),
            Dialect::Postgres => {
                let is_number = format!("{column} ~ '^-?[0-9]{{1,100}}(\\.[0-9]{{1,100}})?$'");
                format!("CASE WHEN {is_number} THEN CAST({column} AS NUMERIC) END")
            }
        }
    }

    fn term(&self, term: &Term) -> String {
        if term.is_number {
            self.number(term.column)
        } else {
            self.column(term.column)
        }
    }

    /// Whether the term is the whole key, which every row has.
    fn is_never_null(&self, term: &Term) -> bool {
        !term.is_number && term.column.is_some_and(|it| self.layout.key == [it])
    }

    fn key_list(&mut self) {
        for (i, column) in self.layout.key.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(self.text, "{comma}c{column}").expect("memory takes it");
        }
    }

    fn conditions(&mut self, asked: &Asked, start: Option<Start<'_>>) {
        let mut glue = " WHERE ";
        for condition in &asked.conditions {
            self.text.push_str(glue);
            self.condition(condition);
            glue = " AND ";
        }
        if let Some(start) = start {
            self.text.push_str(glue);
            self.behind(&asked.order, &start);
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Number(column, op, value) => {
                let number = self.number(*column);
                self.compare(&number, *op, Param::Number(value.clone()));
            }
            Condition::Text(column, op, value) => {
                let column = self.column(*column);
                self.compare(&column, *op, Param::Text(value.clone()));
            }
            Condition::Empty(column) => {
                let column = self.column(*column);
                write!(self.text, "{column} IS NULL").expect("memory takes it");
            }
            Condition::Filled(column) => {
                let column = self.column(*column);
                write!(self.text, "{column} IS NOT NULL").expect("memory takes it");
            }
            Condition::Within(columns, text) => self.any(columns, |writer, column| {
                let column = writer.column(*column);
                let find = match writer.dialect {
                    Dialect::Sqlite => "instr",
                    Dialect::Postgres => "strpos",
                };
                write!(writer.text, "{find}(lower({column}), ").expect("memory takes it");
                writer.param(Param::Text(text.clone()));
                writer.text.push_str(") > 0");
            }),
            Condition::Any(conditions) => self.any(conditions, Writer::condition),
        }
    }

    /// That one of several holds. They are put together in halves: an engine counts how deep an expression goes.
    fn any<T>(&mut self, several: &[T], one: impl Fn(&mut Self, &T) + Copy) {
        match several {
            [] => self.text.push_str("1 = 0"),
            [only] => one(self, only),
            _ => {
                let (left, right) = several.split_at(several.len() / 2);
                self.text.push('(');
                self.any(left, one);
                self.text.push_str(" OR ");
                self.any(right, one);
                self.text.push(')');
            }
        }
    }

    fn compare(&mut self, expression: &str, op: Op, value: Param) {
        let sign = match op {
            Op::Ne => "IS DISTINCT FROM",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::Eq | Op::In | Op::Contains => "=",
        };
        write!(self.text, "{expression} {sign} ").expect("memory takes it");
        self.param(value);
    }

    /// That a row comes behind another: it is behind in the first term, or equal there and behind in the next.
    fn behind(&mut self, order: &[Term], start: &Start<'_>) {
        let mut closing = 0;
        for (term, value) in order.iter().zip(start.values) {
            let expression = self.term(term);
            // A text that is no number stands where rows without one do.
            let whole_key = self.is_never_null(term).then_some("");
            let value = value
                .as_deref()
                .or(whole_key)
                .filter(|it| !term.is_number || table::order::number_key(it).is_some());
            let Some(value) = value else {
                // Nothing is behind the last; what is equal has no value either.
                write!(self.text, "({expression} IS NULL AND ").expect("memory takes it");
                closing += 1;
                continue;
            };
            let param = |value: &str| match term.is_number {
                true => Param::Number(value.to_owned()),
                false => Param::Text(value.to_owned()),
            };
            let op = if term.is_descending { Op::Lt } else { Op::Gt };
            self.text.push('(');
            self.compare(&expression, op, param(value));
            if !self.is_never_null(term) {
                write!(self.text, " OR {expression} IS NULL").expect("memory takes it");
            }
            self.text.push_str(" OR (");
            self.compare(&expression, Op::Eq, param(value));
            self.text.push_str(" AND ");
            closing += 2;
        }
        self.text.push('(');
        self.key_list();
        self.text.push_str(") > (");
        for (i, value) in start.key.iter().enumerate() {
            self.text.push_str(if i == 0 { "" } else { ", " });
            self.param(Param::Text(value.clone()));
        }
        self.text.push(')');
        self.text.extend(std::iter::repeat_n(')', closing));
    }

    fn param(&mut self, value: Param) {
        let at = self.params.len() + 1;
        let place = match (&value, self.dialect) {
            (Param::Number(_), Dialect::Postgres) => format!("CAST(${at} AS NUMERIC)"),
            _ => format!("${at}"),
        };
        self.text.push_str(&place);
        self.params.push(value);
    }

    fn done(self, width: usize) -> Statement {
        Statement {
            text: self.text,
            params: self.params,
            width,
        }
    }
}
