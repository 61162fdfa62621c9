//! `datastore_search` and `datastore_info`: the rows of a set by the id of any of its files.

use std::collections::HashSet;

use app::{
    Refused,
    portal::{self, Dataset, Filter, Op, RowsAsk, RowsPage},
};
use rules::catalogue::{Item, ItemType};
use serde::Serialize;
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    Call,
    asked::{Asked, plain},
    fault::Fault,
};
use crate::machines::cells;

/// The most rows in one answer; the number really used is echoed.
pub(super) const LIMIT_MAX: u64 = 32_000;

/// Rows read at once.
const PORTION: usize = 1000;

const KNOWN: &[&str] = &[
    "resource_id",
    "id",
    "filters",
    "q",
    "full_text",
    "plain",
    "language",
    "distinct",
    "limit",
    "offset",
    "fields",
    "sort",
    "include_total",
    "total_estimation_threshold",
    "records_format",
    "include_next_page",
    "callback",
    "force",
    "format",
    "bom",
];

/// What is asked of the rows, checked against the items of the set.
pub(super) struct Rows {
    pub resource: String,
    pub set: Dataset,
    pub ask: RowsAsk,
    /// The columns asked for, in order; none means all with `_id` before them.
    pub fields: Option<Vec<String>>,
    pub has_words: bool,
}

impl Rows {
    /// Reads and checks the parameters.
    pub async fn read(call: &Call) -> Result<Rows, Fault> {
        let asked = &call.asked;
        if let Some(stranger) = asked.0.keys().find(|it| !KNOWN.contains(&it.as_str())) {
            return Err(Fault::bad_value("__extras", stranger));
        }
        let resource = match asked.text("resource_id") {
            Some(id) => id,
            None => asked
                .text("id")
                .ok_or_else(|| Fault::invalid("resource_id", "Missing value"))?,
        };
        let missing = || Fault::no_such("Resource", &resource);
        let set = super::set_of_resource(&call.city, &resource)
            .await?
            .ok_or_else(missing)?;
        if !super::has_rows(&set) {
            return Err(missing());
        }
        for refused in ["full_text", "distinct"] {
            if asked.flag(refused, false) || refused == "full_text" && asked.value(refused).is_some() {
                return Err(Fault::invalid(refused, "not supported by this portal"));
            }
        }
        if !asked.flag("plain", true) {
            return Err(Fault::invalid(
                "plain",
                "only plain queries are supported by this portal",
            ));
        }
        let fields = columns_named(asked, &set)?;
        let mut filters = read_filters(asked, &set)?;
        let mut text = None;
        match asked.value("q") {
            Some(Value::Object(terms)) => filters.extend(term_filters(terms, &set)?),
            Some(Value::String(q)) if q.trim_start().starts_with('{') => {
                let terms = asked.object("q")?.unwrap_or_default();
                filters.extend(term_filters(&terms, &set)?);
            }
            Some(other) => text = Some(plain(other)),
            None => {}
        }
        let limit = asked.natural("limit")?.unwrap_or(100).min(LIMIT_MAX);
        let offset = offset(asked)?;
        let ask = RowsAsk {
            items: Vec::new(),
            filters,
            text,
            sort: read_sort(asked, &set)?,
            after: None,
            offset: (offset > 0).then_some(offset),
            limit: limit as usize,
            // Who does not want the total does not wait for it.
            counted: (!asked.flag("include_total", true)).then_some(0),
        };
        let has_words = asked.value("q").is_some();
        Ok(Rows {
            resource,
            set,
            ask,
            fields,
            has_words,
        })
    }

    /// The columns of the answer.
    pub fn columns<'a>(&'a self, items: &'a [Item]) -> Vec<Column<'a>> {
        let all = || {
            let mut all = vec![Column::Id];
            all.extend(items.iter().map(Column::Item));
            if self.has_words {
                all.push(Column::Rank);
            }
            all
        };
        let one = |name: &String| match name.as_str() {
            "_id" => Some(Column::Id),
            name => items.iter().find(|it| it.name == name).map(Column::Item),
        };
        self.fields
            .as_ref()
            .map_or_else(all, |it| it.iter().filter_map(one).collect())
    }

    /// The `fields` of the answer.
    pub fn described(&self, items: &[Item]) -> Vec<Value> {
        self.columns(items).iter().map(Column::described).collect()
    }
}

/// One column of an answer.
#[derive(Clone, Copy)]
pub(super) enum Column<'a> {
    /// The row's number.
    Id,
    /// An item of the set.
    Item(&'a Item),
    /// How well a row fits the words: all alike.
    Rank,
}

impl Column<'_> {
    pub fn name(&self) -> &str {
        match self {
            Column::Id => "_id",
            Column::Item(item) => &item.name,
            Column::Rank => "rank",
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Column::Id => "int",
            Column::Item(item) => kind(item),
            Column::Rank => "float",
        }
    }

    fn described(&self) -> Value {
        let mut field = json!({ "id": self.name(), "type": self.kind() });
        if let Column::Item(item) = self {
            field["info"] = json!({ "label": item.title, "notes": item.note, "type_override": "" });
        }
        field
    }

    /// The value of a row, exact: a number keeps every digit it has in the file.
    pub fn value(&self, items: &[Item], row: &(u64, Vec<Option<String>>)) -> Box<RawValue> {
        match self {
            Column::Id => cells::raw(&row.0),
            Column::Rank => cells::raw(&1),
            Column::Item(item) => {
                let at = items.iter().position(|it| it.name == item.name);
                let text = at.and_then(|it| row.1.get(it)).and_then(Option::as_deref);
                cells::json(item.kind, text)
            }
        }
    }

    /// The value of a row as text.
    pub fn text<'r>(
        &self,
        items: &[Item],
        row: &'r (u64, Vec<Option<String>>),
    ) -> Option<std::borrow::Cow<'r, str>> {
        match self {
            Column::Id => Some(row.0.to_string().into()),
            Column::Rank => Some("1".into()),
            Column::Item(item) => {
                let at = items.iter().position(|it| it.name == item.name);
                at.and_then(|it| row.1.get(it))
                    .and_then(Option::as_deref)
                    .map(Into::into)
            }
        }
    }
}

/// PostgreSQL's name of an item's type, as CKAN speaks.
fn kind(item: &Item) -> &'static str {
    match item.kind {
        ItemType::Integer | ItemType::Decimal | ItemType::Money => "numeric",
        ItemType::Date => "date",
        ItemType::DateTime => "timestamp",
        ItemType::Boolean => "bool",
        ItemType::Text | ItemType::Memo => "text",
    }
}

/// The columns asked for, each once: a record has no two values under one name.
fn columns_named(asked: &Asked, set: &Dataset) -> Result<Option<Vec<String>>, Fault> {
    let Some(mut fields) = asked.list("fields") else {
        return Ok(None);
    };
    for field in &fields {
        known(set, field).ok_or_else(|| Fault::bad_value("fields", field))?;
    }
    let mut seen = HashSet::new();
    fields.retain(|it| seen.insert(it.clone()));
    Ok(Some(fields))
}

fn known(set: &Dataset, field: &str) -> Option<()> {
    (field == "_id" || set.items.iter().any(|it| it.name == field)).then_some(())
}

fn offset(asked: &Asked) -> Result<u64, Fault> {
    let Some(text) = asked.text("offset") else {
        return Ok(0);
    };
    let number: i64 = text
        .trim()
        .parse()
        .map_err(|_| Fault::invalid("offset", "Invalid integer"))?;
    u64::try_from(number).map_err(|_| Fault::bad_value("offset", &text))
}

/// `filters`: equal to a value, one of a list, or compared (`{"lt": …}`); `$and` joins, the rest is refused.
fn read_filters(asked: &Asked, set: &Dataset) -> Result<Vec<Filter>, Fault> {
    let mut filters = Vec::new();
    if let Some(map) = asked.object("filters")? {
        add_filters(&map, set, &mut filters, 0)?;
    }
    Ok(filters)
}

fn add_filters(
    map: &Map<String, Value>,
    set: &Dataset,
    filters: &mut Vec<Filter>,
    depth: usize,
) -> Result<(), Fault> {
    let bad = |name: &str| Fault::bad_value("filters", name);
    for (name, value) in map {
        if name == "$and" && depth < 10 {
            for inner in value.as_array().ok_or_else(|| bad(name))? {
                add_filters(
                    inner.as_object().ok_or_else(|| bad(name))?,
                    set,
                    filters,
                    depth + 1,
                )?;
            }
            continue;
        }
        known(set, name).ok_or_else(|| bad(name))?;
        let mut add = |op: Op, values: Vec<String>| {
            filters.push(Filter {
                item: name.clone(),
                op,
                values,
            })
        };
        match value {
            Value::Array(many) => add(Op::In, many.iter().map(term).collect()),
            // No comparison is not "whatever it is": who asks so has lost his condition on the way.
            Value::Object(comparisons) if comparisons.is_empty() => return Err(bad(name)),
            Value::Object(comparisons) => {
                for (op, value) in comparisons {
                    let values = value
                        .as_array()
                        .map_or_else(|| vec![term(value)], |it| it.iter().map(term).collect());
                    add(operator(op).ok_or_else(|| bad(op))?, values);
                }
            }
            one => add(Op::Eq, vec![term(one)]),
        }
    }
    if filters.len() > 100 {
        return Err(Fault::invalid("filters", "too many operations"));
    }
    Ok(())
}

/// What a value is compared with: `null` is the empty value, which rows without one have.
fn term(value: &Value) -> String {
    if value.is_null() {
        String::new()
    } else {
        plain(value)
    }
}

fn operator(name: &str) -> Option<Op> {
    Some(match name {
        "eq" => Op::Eq,
        "in" => Op::In,
        "lt" => Op::Lt,
        "lte" => Op::Le,
        "gt" => Op::Gt,
        "gte" => Op::Ge,
        _ => return None,
    })
}

fn term_filters(terms: &Map<String, Value>, set: &Dataset) -> Result<Vec<Filter>, Fault> {
    let filter = |(name, term): (&String, &Value)| {
        known(set, name).ok_or_else(|| Fault::bad_value("q", name))?;
        Ok(Filter {
            item: name.clone(),
            op: Op::Contains,
            values: vec![plain(term)],
        })
    };
    terms.iter().map(filter).collect()
}

/// `"a asc, b desc nulls last"`.
fn read_sort(asked: &Asked, set: &Dataset) -> Result<Vec<(String, bool)>, Fault> {
    let clauses: Vec<String> = match asked.value("sort") {
        None => return Ok(Vec::new()),
        Some(Value::Array(many)) => many.iter().map(plain).collect(),
        Some(one) => plain(one).split(',').map(str::to_owned).collect(),
    };
    let one = |clause: &String| {
        let clause = clause.trim();
        let bad = || Fault::bad_value("sort", clause);
        let lower = clause.to_lowercase();
        let end = lower.find(" nulls ").unwrap_or(clause.len());
        let body = clause.get(..end).ok_or_else(bad)?.trim();
        let (name, is_down) = match body.rsplit_once(' ') {
            Some((name, way)) if way.eq_ignore_ascii_case("desc") => (name, true),
            Some((name, way)) if way.eq_ignore_ascii_case("asc") => (name, false),
            _ => (body, false),
        };
        let name = name.trim().trim_matches('"');
        known(set, name).ok_or_else(bad)?;
        Ok((name.to_owned(), is_down))
    };
    clauses.iter().map(one).collect()
}

/// The result of a search, as it goes on the wire.
#[derive(Serialize)]
struct Found {
    include_total: bool,
    limit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<Value>,
    records_format: String,
    resource_id: String,
    fields: Vec<Value>,
    records: Box<RawValue>,
    #[serde(rename = "_links")]
    links: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    total_was_estimated: bool,
}

/// `datastore_search`.
pub(super) async fn search(call: &Call) -> Result<Box<RawValue>, Fault> {
    let rows = Rows::read(call).await?;
    let asked = &call.asked;
    let format = asked
        .text("records_format")
        .unwrap_or_else(|| "objects".to_owned());
    if !["objects", "lists", "csv", "tsv"].contains(&format.as_str()) {
        return Err(Fault::bad_value("records_format", &format));
    }
    let page = fetch(call, &rows.set, &rows.ask).await?;
    let columns = rows.columns(&page.items);
    let shown = if rows.ask.limit == 0 {
        &[][..]
    } else {
        &page.rows[..]
    };
    let records = records(&format, &columns, &page.items, shown);
    let offset = rows.ask.offset.unwrap_or(0);
    let echo = |name: &str| asked.value(name).cloned();
    let echo_object = |name: &str| asked.object(name).ok().flatten().map(Value::Object);
    let next_page = (asked.flag("include_next_page", false) && rows.ask.sort.is_empty())
        .then(|| shown.last().map(|it| json!({ "_id": { "gt": it.0 } })))
        .flatten();
    let has_total = asked.flag("include_total", true);
    Ok(cells::raw(&Found {
        include_total: has_total,
        limit: rows.ask.limit as u64,
        offset: asked.value("offset").map(|_| offset),
        filters: echo_object("filters"),
        q: echo("q"),
        sort: echo("sort"),
        records_format: format,
        links: links(call, &rows, shown.len() as u64),
        resource_id: rows.resource.clone(),
        fields: columns.iter().map(Column::described).collect(),
        records,
        next_page,
        total: has_total.then_some(page.total),
        total_was_estimated: false,
    }))
}

/// As many rows as were asked for, in portions as large as the portal gives. A limit of nothing asks for one row, to
/// learn items and total.
pub(super) async fn fetch(call: &Call, set: &Dataset, ask: &RowsAsk) -> Result<RowsPage, Fault> {
    let wanted = ask.limit.max(1);
    let mut ask = RowsAsk {
        limit: wanted.min(PORTION),
        ..ask.clone()
    };
    let mut page = portal::rows(&call.city, &set.card.name, &ask)
        .await
        .map_err(at_fault)?;
    while let Some(next) = page.next.take().filter(|_| page.rows.len() < wanted) {
        ask.after = Some(next);
        ask.offset = None;
        ask.counted = Some(page.total);
        ask.limit = (wanted - page.rows.len()).min(PORTION);
        let more = portal::rows(&call.city, &set.card.name, &ask)
            .await
            .map_err(at_fault)?;
        page.rows.extend(more.rows);
        page.next = more.next;
    }
    Ok(page)
}

/// The parameter at fault is what the client reads.
pub(super) fn at_fault(refused: Refused) -> Fault {
    if refused.code == "took-too-long" {
        return Fault::invalid("query", "Search took too long");
    }
    match Fault::from(refused) {
        Fault::Invalid(field, words) if !KNOWN.contains(&field.as_str()) => {
            Fault::Invalid("filters".to_owned(), words)
        }
        other => other,
    }
}

fn records(
    format: &str,
    columns: &[Column],
    items: &[Item],
    rows: &[(u64, Vec<Option<String>>)],
) -> Box<RawValue> {
    match format {
        "objects" => cells::raw(&cells::Rows(rows, |row: &(u64, Vec<Option<String>>)| {
            cells::Pairs(
                columns
                    .iter()
                    .map(|it| (it.name(), it.value(items, row)))
                    .collect(),
            )
        })),
        "lists" => cells::raw(&cells::Rows(rows, |row: &(u64, Vec<Option<String>>)| {
            columns.iter().map(|it| it.value(items, row)).collect::<Vec<_>>()
        })),
        _ => {
            let delimiter = if format == "csv" { b',' } else { b'\t' };
            let mut writer = csv::WriterBuilder::new()
                .delimiter(delimiter)
                .from_writer(Vec::new());
            for row in rows {
                let values = columns
                    .iter()
                    .map(|it| it.text(items, row).unwrap_or_default().into_owned());
                // A vector takes whatever is written.
                let _ = writer.write_record(values);
            }
            let bytes = writer.into_inner().unwrap_or_default();
            cells::raw(&String::from_utf8_lossy(&bytes))
        }
    }
}

fn links(call: &Call, rows: &Rows, shown: u64) -> Value {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.asked.0 {
        if name != "offset" && name != "callback" {
            query.append_pair(name, &plain(value));
        }
    }
    let start = format!("/api/3/action/datastore_search?{}", query.finish());
    let offset = rows.ask.offset.unwrap_or(0);
    let limit = rows.ask.limit as u64;
    let mut links =
        json!({ "start": start, "next": format!("{start}&offset={}", offset + limit.max(shown)) });
    if offset > 0 {
        links["prev"] = match offset.saturating_sub(limit) {
            0 => start.into(),
            before => format!("{start}&offset={before}").into(),
        };
    }
    links
}

/// `datastore_info`.
pub(super) async fn info(call: &Call) -> Result<Value, Fault> {
    let id = call.asked.text("id").or_else(|| call.asked.text("resource_id"));
    let id = id.ok_or_else(|| Fault::invalid("id", "Missing value"))?;
    let missing = || Fault::no_such("Resource", &id);
    let set = super::set_of_resource(&call.city, &id)
        .await?
        .ok_or_else(missing)?;
    let release = set
        .releases
        .first()
        .filter(|_| super::has_rows(&set))
        .ok_or_else(missing)?;
    let field = |item: &Item| {
        json!({
            "id": item.name,
            "type": kind(item),
            "info": { "label": item.title, "notes": item.note, "type_override": "" },
            "schema": { "native_type": kind(item), "notnull": item.is_required, "is_index": item.is_condition, "index_name": null, "uniquekey": item.is_key },
        })
    };
    let bytes: u64 = release.files.iter().map(|it| it.bytes).max().unwrap_or(0);
    Ok(json!({
        "meta": {
            "id": id,
            "count": release.rows,
            "table_type": "BASE TABLE",
            "size": bytes,
            "db_size": bytes,
            "idx_size": 0,
            "aliases": [],
        },
        "fields": set.items.iter().map(field).collect::<Vec<_>>(),
    }))
}
