//! Rows of a release by filter, order and page: what the query API and the preview read.

use std::time::Duration;

use rules::{catalogue::Item, ids::EntryId, words};
use store::{
    releases::{self, Release, ReleaseState},
    rows::{
        RowsError,
        browse::{self, Browse},
    },
};

use super::{ROW_NUMBER, dataset::current, rows_of};
use crate::{City, Refused, Status};

/// Rows of one page at most.
pub const LIMIT_MAX: usize = 1_000;

/// How long the engine may look for rows.
const PATIENCE: Duration = Duration::from_secs(5);

words! {
    /// How a value is compared.
    pub enum Op {
        /// Is the value.
        Eq = "eq" "等于",
        /// Is one of the values.
        In = "in" "属于",
        /// Is not the value.
        Ne = "ne" "不等于",
        /// Is below the value; numbers as numbers, all else as text.
        Lt = "lt" "小于",
        /// Is the value or below it.
        Le = "le" "小于等于",
        /// Is above the value.
        Gt = "gt" "大于",
        /// Is the value or above it.
        Ge = "ge" "大于等于",
        /// Has the value within it.
        Contains = "contains" "包含",
    }
}

/// One condition on the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// A released item, by name, or `_id`.
    pub item: String,
    /// The comparison.
    pub op: Op,
    /// What with; exactly one value but for [`Op::In`].
    pub values: Vec<String>,
}

/// What rows to answer with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsAsk {
    /// The items, by name; empty for all.
    pub items: Vec<String>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Rows in which some item has this text within it.
    pub text: Option<String>,
    /// The order: item and whether descending. `_id` comes last by itself.
    pub sort: Vec<(String, bool)>,
    /// Where the page before ended: its [`RowsPage::next`].
    pub after: Option<String>,
    /// How many to leave out; not together with `after`.
    pub offset: Option<u64>,
    /// How many to answer with.
    pub limit: usize,
    /// How many match in all, where whoever asks has counted already: it is not done again for every page.
    pub counted: Option<u64>,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsPage {
    /// The release they are of.
    pub number: i64,
    /// The items answered with, in order.
    pub items: Vec<Item>,
    /// The rows: the row's number in the release, and its values in the order of `items`.
    pub rows: Vec<(u64, Vec<Option<String>>)>,
    /// How many match in all, exactly.
    pub total: u64,
    /// Where the page ends; none on the last.
    pub next: Option<String>,
}

/// Rows of the newest release of a set that is free to take.
pub async fn rows(city: &City, name_or_id: &str, ask: &RowsAsk) -> Result<RowsPage, Refused> {
    let (_, release) = current(city, name_or_id).await?;
    match page(city, &release, ask).await? {
        Some(page) => Ok(page),
        // A new release took its place between the two reads.
        None => {
            let (_, release) = current(city, name_or_id).await?;
            let page = page(city, &release, ask).await?;
            page.ok_or_else(|| Refused::internal("a release without its rows"))
        }
    }
}

/// Rows of the newest release of a set, whatever its kind: for the holder of an agreement, whose right the caller has
/// found (art. 26).
pub(crate) async fn rows_under_agreement(
    city: &City,
    entry: &EntryId,
    ask: &RowsAsk,
) -> Result<RowsPage, Refused> {
    for _ in 0..2 {
        let made = releases::of_entry(city.store.read(), entry).await?;
        let release = made.into_iter().find(|it| it.state == ReleaseState::Current);
        let Some(release) = release else { break };
        // None: a new release took its place between the two reads.
        if let Some(page) = page(city, &release, ask).await? {
            return Ok(page);
        }
    }
    let words = "该数据集尚未制作开放快照，请联系提供部门。";
    Err(Refused::new(Status::NotFound, "no-data", words))
}

/// A page of a release's rows; none where a newer release has taken its place.
async fn page(city: &City, release: &Release, ask: &RowsAsk) -> Result<Option<RowsPage>, Refused> {
    let items = picked(release, &ask.items)?;
    let browse = browse(release, &items, ask)?;
    let total = match ask.counted {
        Some(total) => Ok(total),
        None => city.rows.count_where(browse.clone()).await,
    };
    let total = match total {
        Ok(total) => total,
        Err(RowsError::NoVersion(_)) => return Ok(None),
        Err(error) => return Err(refused(error)),
    };
    let found = match city.rows.browse(browse).await {
        Ok(found) => found,
        Err(RowsError::NoVersion(_)) => return Ok(None),
        Err(error) => return Err(refused(error)),
    };
    let row = |mut row: Vec<Option<String>>| {
        let number = row
            .pop()
            .flatten()
            .and_then(|it| it.parse().ok())
            .unwrap_or_default();
        row.truncate(items.len());
        (number, row)
    };
    Ok(Some(RowsPage {
        number: release.number,
        rows: found.rows.into_iter().map(row).collect(),
        next: found.next,
        total,
        items,
    }))
}

/// The items asked for, in the order asked and each once; all where none is named.
fn picked(release: &Release, names: &[String]) -> Result<Vec<Item>, Refused> {
    if names.is_empty() {
        return Ok(release.items.clone());
    }
    let mut items: Vec<Item> = Vec::new();
    for name in names.iter().filter(|it| *it != ROW_NUMBER) {
        if items.iter().any(|it| it.name == *name) {
            continue;
        }
        let found = release.items.iter().find(|it| it.name == *name);
        items.push(found.cloned().ok_or_else(|| unknown(name))?);
    }
    Ok(items)
}

fn unknown(name: &str) -> Refused {
    let shown: String = name.chars().take(50).collect();
    let words = format!("该数据集没有信息项“{shown}”，请核对名称。");
    Refused::field("unknown-item", "items", words)
}

fn browse(release: &Release, items: &[Item], ask: &RowsAsk) -> Result<Browse, Refused> {
    let is_known = |name: &str| name == ROW_NUMBER || release.items.iter().any(|it| it.name == name);
    let named = ask.filters.iter().map(|it| &it.item);
    for name in named.chain(ask.sort.iter().map(|it| &it.0)) {
        if !is_known(name) {
            return Err(unknown(name));
        }
    }
    let filter = |it: &Filter| browse::Filter {
        item: it.item.clone(),
        op: it.op.into(),
        values: match it.item == ROW_NUMBER {
            true => it.values.iter().map(|it| row_number(it)).collect(),
            false => it.values.clone(),
        },
    };
    Ok(Browse {
        entry: rows_of(&release.entry),
        version: release.number,
        items: release
            .items
            .iter()
            .map(|it| (it.name.clone(), it.kind))
            .collect(),
        pick: items.iter().map(|it| it.name.clone()).collect(),
        filters: ask.filters.iter().map(filter).collect(),
        text: ask.text.clone().filter(|it| !it.trim().is_empty()),
        sort: ask.sort.clone(),
        after: ask.after.clone(),
        offset: ask.offset.unwrap_or(0),
        limit: ask.limit.min(LIMIT_MAX),
        patience: PATIENCE,
    })
}

/// A row's number as it is kept: nine digits, so that numbers compare as text.
fn row_number(text: &str) -> String {
    match text.trim().parse::<u64>() {
        Ok(number) => format!("{number:09}"),
        Err(_) => text.to_owned(),
    }
}

impl From<Op> for browse::Op {
    fn from(op: Op) -> browse::Op {
        match op {
            Op::Eq => browse::Op::Eq,
            Op::In => browse::Op::In,
            Op::Ne => browse::Op::Ne,
            Op::Lt => browse::Op::Lt,
            Op::Le => browse::Op::Le,
            Op::Gt => browse::Op::Gt,
            Op::Ge => browse::Op::Ge,
            Op::Contains => browse::Op::Contains,
        }
    }
}

fn refused(error: RowsError) -> Refused {
    let words = error.words();
    match error {
        RowsError::BadCursor => Refused::field("bad-cursor", "after", words),
        RowsError::BadValue(_) | RowsError::TooManyConditions => {
            Refused::field("bad-filter", "filters", words)
        }
        RowsError::UnknownItem(name) => unknown(&name),
        RowsError::TookTooLong => Refused::invalid("took-too-long", words),
        other => other.into(),
    }
}
