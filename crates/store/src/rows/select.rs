//! The text of a row query: one for both engines, columns by number, values only as parameters.

use std::fmt::Write;

use super::{Pick, RowsError, layout::Layout};

/// Above this many combinations of permitted values, rows are filtered in key order instead.
const BRANCHES_MAX: usize = 64;

/// A statement with its parameters, all text, numbered in the order of their first appearance.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Select<'a> {
    pub text: String,
    pub params: Vec<&'a str>,
    /// How many values a row of the answer has.
    pub width: usize,
}

/// How the rows are to be taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking<'a> {
    /// The first rows behind the cursor; the limit, in digits.
    Page(&'a str),
    /// All of them, one after the other.
    Everything,
}

/// Writes the statement for `pick` on `table`; `None` where no row can match.
///
/// A page under row filters is the merge of one short ordered read for each combination of permitted values.
/// Left to itself either engine may sort every row that passes the filter before it answers with a hundred.
pub(super) fn select<'a>(
    pick: &'a Pick,
    layout: &Layout,
    table: &str,
    taking: Taking<'a>,
) -> Result<Option<Select<'a>>, RowsError> {
    if pick
        .after_key
        .as_ref()
        .is_some_and(|it| it.len() != layout.key.len())
    {
        return Err(RowsError::BadCursor);
    }
    let Some(conditions) = Conditions::of(pick, layout)? else {
        return Ok(None);
    };
    let mut writer = Writer {
        text: String::with_capacity(256),
        params: Vec::new(),
        layout,
    };
    let branches = match taking {
        Taking::Page(_) if !pick.is_one_row() => conditions.branches(),
        _ => None,
    };
    let Some(branches) = branches else {
        let stays_in_key_order = !pick.is_one_row();
        writer.read(
            pick,
            table,
            taking,
            &conditions.equals,
            &conditions.any_of,
            stays_in_key_order,
        );
        return Ok(Some(writer.done(pick)));
    };
    let is_one = branches.len() == 1;
    for (i, branch) in branches.iter().enumerate() {
        let opening = match i {
            _ if is_one => "",
            0 => "SELECT * FROM (",
            _ => " UNION ALL SELECT * FROM (",
        };
        writer.text.push_str(opening);
        writer.read(pick, table, taking, branch, &[], false);
        if !is_one {
            write!(writer.text, ") AS b{i}").unwrap();
        }
    }
    if !is_one {
        writer.text.push_str(" ORDER BY ");
        let key_at = pick.items.len() + 1;
        writer.list(key_at..key_at + layout.key.len(), "");
        writer.limit(taking);
    }
    Ok(Some(writer.done(pick)))
}

/// The conditions of a pick, by column.
struct Conditions<'a> {
    equals: Vec<(usize, &'a str)>,
    any_of: Vec<(usize, Vec<&'a str>)>,
}

impl<'a> Conditions<'a> {
    /// Reads them; `None` where they exclude every row.
    fn of(pick: &'a Pick, layout: &Layout) -> Result<Option<Self>, RowsError> {
        let column = |item: &str| {
            pick.shape.may_filter(item)?;
            Ok::<_, RowsError>(layout.column(item))
        };
        let (mut equals, mut any_of) = (Vec::new(), Vec::new());
        for (item, value) in &pick.equals {
            // An item that came into the entry after the delivery has no value in any row.
            let Some(column) = column(item)? else {
                return Ok(None);
            };
            equals.push((column, value.as_str()));
        }
        for (item, values) in pick.any_of.iter() {
            let column = column(item)?;
            let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
            values.sort_unstable();
            values.dedup();
            match column {
                Some(column) if !values.is_empty() => any_of.push((column, values)),
                _ => return Ok(None),
            }
        }
        Ok(Some(Conditions { equals, any_of }))
    }

    /// Every combination of the permitted values with what must equal; `None` where there are too many.
    fn branches(&self) -> Option<Vec<Vec<(usize, &'a str)>>> {
        let count = self
            .any_of
            .iter()
            .try_fold(1usize, |n, (_, values)| n.checked_mul(values.len()))?;
        if BRANCHES_MAX < count {
            return None;
        }
        let mut branches = vec![self.equals.clone()];
        for (column, values) in &self.any_of {
            let with = |branch: &Vec<(usize, &'a str)>, value: &'a str| {
                branch
                    .iter()
                    .copied()
                    .chain([(*column, value)])
                    .collect::<Vec<_>>()
            };
            branches = branches
                .iter()
                .flat_map(|it| values.iter().map(|value| with(it, value)))
                .collect();
        }
        Some(branches)
    }
}

struct Writer<'a, 'l> {
    text: String,
    params: Vec<&'a str>,
    layout: &'l Layout,
}

impl<'a> Writer<'a, '_> {
    /// One ordered read of the table.
    fn read(
        &mut self,
        pick: &'a Pick,
        table: &str,
        taking: Taking<'a>,
        equals: &[(usize, &'a str)],
        any_of: &[(usize, Vec<&'a str>)],
        stays_in_key_order: bool,
    ) {
        self.text.push_str("SELECT ");
        for item in pick.items.iter() {
            match self.layout.column(item) {
                Some(column) => write!(self.text, "c{column}, ").unwrap(),
                None => self.text.push_str("CAST(NULL AS TEXT), "),
            }
        }
        let layout = self.layout;
        self.list(layout.key.iter().copied(), "c");
        write!(self.text, " FROM {table}").unwrap();
        let mut glue = " WHERE ";
        for (column, value) in equals {
            write!(self.text, "{glue}c{column} = ").unwrap();
            self.param(value);
            glue = " AND ";
        }
        for (column, values) in any_of {
            // As an expression it is no use to an index, so the rows are read in the order they are wanted.
            let empty = if stays_in_key_order { " || ''" } else { "" };
            write!(self.text, "{glue}(c{column}{empty}) IN (").unwrap();
            for (i, value) in values.iter().enumerate() {
                self.text.push_str(if i == 0 { "" } else { ", " });
                self.param(value);
            }
            self.text.push(')');
            glue = " AND ";
        }
        if let Some(after) = &pick.after_key {
            write!(self.text, "{glue}(").unwrap();
            self.list(layout.key.iter().copied(), "c");
            self.text.push_str(") > (");
            for (i, value) in after.iter().enumerate() {
                self.text.push_str(if i == 0 { "" } else { ", " });
                self.param(value);
            }
            self.text.push(')');
        }
        self.text.push_str(" ORDER BY ");
        self.list(layout.key.iter().copied(), "c");
        self.limit(taking);
    }

    fn list(&mut self, numbers: impl Iterator<Item = usize>, prefix: &str) {
        for (i, number) in numbers.enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(self.text, "{comma}{prefix}{number}").unwrap();
        }
    }

    fn limit(&mut self, taking: Taking<'a>) {
        if let Taking::Page(limit) = taking {
            self.text.push_str(" LIMIT CAST(");
            self.param(limit);
            self.text.push_str(" AS BIGINT)");
        }
    }

    /// Writes the number of a parameter. Equal values share one, so that branches do not repeat them.
    fn param(&mut self, value: &'a str) {
        let known = self.params.iter().position(|it| *it == value);
        let at = known.unwrap_or_else(|| {
            self.params.push(value);
            self.params.len() - 1
        });
        write!(self.text, "${}", at + 1).unwrap();
    }

    fn done(self, pick: &Pick) -> Select<'a> {
        Select {
            text: self.text,
            params: self.params,
            width: pick.items.len() + self.layout.key.len(),
        }
    }
}
