//! What an ask comes down to: columns by number, values that are known to be harmless and comparable.

use rules::catalogue::ItemType;
use table::{order::number_key, value};

use super::{Browse, Filter, Op, SORT_MAX, VALUES_MAX};
use crate::rows::{RowsError, layout::Layout};

/// Words of a free text that count; the rest is passed over.
const WORDS_MAX: usize = 8;

/// A column of the stored rows; none for an item that they were delivered without.
pub(super) type Column = Option<usize>;

/// An ask, understood.
pub(super) struct Asked {
    /// Every one must hold.
    pub conditions: Vec<Condition>,
    /// The terms of the order, before the key.
    pub order: Vec<Term>,
    /// The columns to answer with.
    pub pick: Vec<Column>,
}

/// One condition. Numbers are given as they were written; they are plain decimals.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// The number stands in this relation to the column's.
    Number(Column, Op, String),
    /// So does the text.
    Text(Column, Op, String),
    /// The column has no value.
    Empty(Column),
    /// It has one.
    Filled(Column),
    /// The lower-case text occurs in one of the columns.
    Within(Vec<Column>, String),
    /// One of them holds; of none, none does.
    Any(Vec<Condition>),
}

/// A term of the order.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub column: Column,
    pub is_number: bool,
    pub is_descending: bool,
}

impl Asked {
    /// Reads the ask against the rows that are stored.
    pub fn of(browse: &Browse, layout: &Layout) -> Result<Asked, RowsError> {
        let values: usize = browse.filters.iter().map(|it| it.values.len().max(1)).sum();
        if VALUES_MAX < values || SORT_MAX < browse.sort.len() {
            return Err(RowsError::TooManyConditions);
        }
        let mut conditions = Vec::new();
        for filter in &browse.filters {
            conditions.push(condition(filter, known(browse, layout, &filter.item)?)?);
        }
        let listed: Vec<Column> = browse.items.iter().map(|it| layout.column(&it.0)).collect();
        for word in browse
            .text
            .iter()
            .flat_map(|it| it.split_whitespace())
            .take(WORDS_MAX)
        {
            conditions.push(Condition::Within(
                listed.clone(),
                harmless(word, "text")?.to_ascii_lowercase(),
            ));
        }
        let mut order: Vec<Term> = Vec::new();
        for (item, is_descending) in &browse.sort {
            let (column, kind) = known(browse, layout, item)?;
            if order.iter().any(|it| it.column == column) {
                continue;
            }
            let term = |is_number| Term {
                column,
                is_number,
                is_descending: *is_descending,
            };
            // What is no number, and numbers that are written in two ways, are ordered as text.
            order.extend(is_number(kind).then(|| term(true)));
            order.push(term(false));
        }
        let pick = browse
            .pick
            .iter()
            .map(|it| Ok(known(browse, layout, it)?.0))
            .collect::<Result<_, RowsError>>()?;
        Ok(Asked {
            conditions,
            order,
            pick,
        })
    }
}

/// The column and the type of an item that may be named.
fn known(browse: &Browse, layout: &Layout, item: &str) -> Result<(Column, ItemType), RowsError> {
    if let Some((_, kind)) = browse.items.iter().find(|it| it.0 == item) {
        return Ok((layout.column(item), *kind));
    }
    match layout.column(item).filter(|it| layout.key.contains(it)) {
        Some(column) => Ok((Some(column), ItemType::Text)),
        None => Err(RowsError::UnknownItem(item.to_owned())),
    }
}

fn condition(filter: &Filter, (column, kind): (Column, ItemType)) -> Result<Condition, RowsError> {
    let bad = || RowsError::BadValue(filter.item.clone());
    if filter.op == Op::In {
        let one = |value: &String| equal(column, kind, harmless(value, &filter.item)?);
        let any = filter.values.iter().map(one).collect::<Result<_, _>>()?;
        return Ok(Condition::Any(any));
    }
    let [value] = filter.values.as_slice() else {
        return Err(bad());
    };
    let value = harmless(value, &filter.item)?;
    match filter.op {
        Op::Contains if value.is_empty() => Ok(Condition::Filled(column)),
        Op::Contains => Ok(Condition::Within(vec![column], value.to_ascii_lowercase())),
        Op::Eq | Op::In => equal(column, kind, value),
        Op::Ne if value.is_empty() => Ok(Condition::Filled(column)),
        Op::Ne if is_number(kind) && number_key(value).is_some() => {
            Ok(Condition::Number(column, Op::Ne, value.to_owned()))
        }
        Op::Ne => Ok(Condition::Text(column, Op::Ne, written(kind, value))),
        _ if value.is_empty() => Err(bad()),
        op if is_number(kind) => {
            number_key(value).ok_or_else(bad)?;
            Ok(Condition::Number(column, op, value.to_owned()))
        }
        op => {
            let mut value = written(kind, value);
            if kind == ItemType::DateTime && value.len() == 10 && matches!(op, Op::Le | Op::Gt) {
                // The times of a day belong to it: they are not behind its end.
                value.push('~');
            }
            Ok(Condition::Text(column, op, value))
        }
    }
}

/// That the column has this value.
fn equal(column: Column, kind: ItemType, value: &str) -> Result<Condition, RowsError> {
    Ok(match value {
        "" => Condition::Empty(column),
        _ if is_number(kind) && number_key(value).is_some() => {
            Condition::Number(column, Op::Eq, value.to_owned())
        }
        _ => Condition::Text(column, Op::Eq, written(kind, value)),
    })
}

fn is_number(kind: ItemType) -> bool {
    matches!(kind, ItemType::Integer | ItemType::Decimal | ItemType::Money)
}

/// A day, a time, a yes or no in the one form in which it is stored; anything else as it is.
fn written(kind: ItemType, text: &str) -> String {
    let day = || value::day(text).map(value::iso).ok();
    match kind {
        ItemType::Date => day(),
        ItemType::DateTime => day().or_else(|| value::instant(text).ok()),
        ItemType::Boolean => value::boolean(text).map(|it| u8::from(it).to_string()),
        _ => None,
    }
    .unwrap_or_else(|| text.to_owned())
}

/// No stored value has the character that ends a text in C, and PostgreSQL takes none that has.
fn harmless<'a>(value: &'a str, item: &str) -> Result<&'a str, RowsError> {
    if value.contains('\0') {
        return Err(RowsError::BadValue(item.to_owned()));
    }
    Ok(value)
}
