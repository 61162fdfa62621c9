//! The query interface of the portal: sets, and rows of a set by filter, order and page (art. 25).

use app::{
    City,
    portal::{self, Ask, Card, Dataset, Filter, Op, RowsAsk, RowsPage, Sort},
};
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::catalogue::{Item, OpenKind};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    cells,
    links::{Links, local},
    openapi,
    problem::Failure,
};
use crate::{
    routes::{Route, get},
    visit::Visit,
};

/// Rows on one page.
pub(crate) const LIMIT: u64 = 100;
pub(crate) const LIMIT_MAX: u64 = 1000;

/// The parameters of each address, besides those in its path.
const LIST: &[&str] = &[
    "q", "org", "theme", "format", "kind", "cycle", "keyword", "sort", "limit", "offset",
];
const ROWS: &[&str] = &[
    "items", "filter", "q", "sort", "limit", "after", "offset", "format", "bom",
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/api/open/v1", index),
        get("/api/open/v1/openapi.json", document),
        get("/api/open/v1/datasets", list),
        get("/api/open/v1/datasets/{name}", show),
        get("/api/open/v1/datasets/{name}/rows", rows),
    ]
}

fn answer(value: &impl Serialize) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (StatusCode::OK, kind, cells::raw(value).get().to_owned()).into_response()
}

async fn index(visit: Visit) -> Response {
    let links = Links::new(&visit.origin);
    answer(&json!({
        "datasets": links.at("/api/open/v1/datasets"),
        "openapi": links.at("/api/open/v1/openapi.json"),
        "ckan": links.at("/api/3/action/"),
        "catalog": links.at("/catalog.ttl"),
        "terms": links.terms(),
    }))
}

async fn document(visit: Visit) -> Response {
    answer(&openapi::document(&visit.origin))
}

/// The query string, name by name, with those that are known.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn read(query: Option<String>, known: &[&str]) -> Result<Asked, Failure> {
        let query = query.unwrap_or_default();
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if let Some((stranger, _)) = pairs.iter().find(|it| !known.contains(&it.0.as_str())) {
            let words = format!("不认识参数“{stranger}”。可用的参数：{}。", known.join("、"));
            return Err(Failure::bad("unknown-parameter", stranger, words));
        }
        Ok(Asked(pairs))
    }

    /// The last value that is not empty.
    fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|it| it.0 == name && !it.1.is_empty())
            .map(|it| it.1.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        let bad = || {
            Failure::bad(
                "bad-parameter",
                name,
                format!("参数“{name}”应为不小于 0 的整数。"),
            )
        };
        self.text(name)
            .map(|it| it.parse().map_err(|_| bad()))
            .transpose()
    }

    fn limit(&self) -> Result<u64, Failure> {
        match self.number("limit")? {
            None => Ok(LIMIT),
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(Failure::bad(
                "bad-parameter",
                "limit",
                format!("参数“limit”应在 1 至 {LIMIT_MAX} 之间。"),
            )),
        }
    }

    /// The address of another page: the same query with one parameter set and others left out.
    fn again(&self, base: &str, name: &str, value: &str, without: &[&str]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (n, v) in self
            .0
            .iter()
            .filter(|it| it.0 != name && !without.contains(&it.0.as_str()))
        {
            query.append_pair(n, v);
        }
        query.append_pair(name, value);
        format!("{base}?{}", query.finish())
    }
}

async fn list(
    State(city): State<City>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let asked = Asked::read(query, LIST)?;
    let links = Links::new(&visit.origin);
    let text = |name: &str| asked.text(name).map(str::to_owned);
    let sort = match asked.text("sort") {
        None => Sort::Relevance,
        Some(name) => Sort::parse(name).ok_or_else(|| {
            let names: Vec<&str> = Sort::ALL.iter().map(|it| it.name()).collect();
            Failure::bad(
                "bad-parameter",
                "sort",
                format!("参数“sort”应为：{}。", names.join("、")),
            )
        })?,
    };
    let limit = asked.limit()?;
    let offset = asked.number("offset")?.unwrap_or(0);
    let ask = Ask {
        text: text("q"),
        org: text("org"),
        theme: text("theme"),
        format: text("format"),
        kind: text("kind"),
        cycle: text("cycle"),
        keyword: text("keyword"),
        sort,
        offset: offset as usize,
        limit: limit as usize,
    };
    let found = portal::search(&city, &ask).await?;
    let facets: serde_json::Map<String, Value> = found
        .facets
        .iter()
        .map(|facet| {
            let values = facet
                .values
                .iter()
                .map(|it| json!({ "value": it.value, "label": it.label, "count": it.count }));
            (facet.name.to_owned(), values.collect())
        })
        .collect();
    let end = offset + found.cards.len() as u64;
    let base = links.at("/api/open/v1/datasets");
    let next = (end < found.total && !found.cards.is_empty())
        .then(|| asked.again(&base, "offset", &end.to_string(), &[]));
    let mut response = answer(&json!({
        "total": found.total,
        "datasets": found.cards.iter().map(|it| card(&links, it)).collect::<Vec<_>>(),
        "facets": facets,
        "next": next,
    }));
    link_next(response.headers_mut(), next.as_deref());
    Ok(response)
}

fn card(links: &Links, card: &Card) -> Value {
    json!({
        "id": card.id,
        "name": card.name,
        "title": card.title,
        "summary": card.summary,
        "org": { "id": card.org.id, "name": card.org.name, "title": card.org.title },
        "kind": card.kind.name(),
        "kind_label": card.kind.label(),
        "theme": { "name": card.theme_name, "title": card.theme },
        "keywords": card.keywords,
        "formats": card.formats.iter().map(|it| it.name()).collect::<Vec<_>>(),
        "cycle": card.cycle.name(),
        "cycle_label": card.cycle.label(),
        "rows": card.rows,
        "release": card.number,
        "issued": local(card.issued_at),
        "modified": local(card.modified_at),
        "downloads": card.downloads,
        "disputed": card.is_disputed,
        "url": links.dataset(&card.name),
        "self": links.at(&format!("/api/open/v1/datasets/{}", super::links::segment(&card.name))),
    })
}

async fn show(
    State(city): State<City>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    Asked::read(query, &[])?;
    let set = portal::dataset(&city, &name).await?;
    let links = Links::new(&visit.origin);
    let mut shown = card(&links, &set.card);
    let masked = set.masked.iter().map(|it| json!({ "item": it.0, "rule": it.1 }));
    shown["items"] = set.items.iter().map(item).collect();
    shown["masked"] = masked.collect();
    shown["marks"] = marks(&set);
    shown["contact"] = json!({ "org": set.person_org, "phone": set.phone });
    if set.card.kind == OpenKind::Conditional {
        shown["conditions"] = set.conditions.clone().into();
        shown["reason"] = set.reason.clone().into();
        shown["basis"] = set.basis.clone().into();
        shown["apply"] = links.application(&set.card).into();
    } else {
        shown["rows_url"] = links.rows(&set.card.name).into();
    }
    shown["releases"] = set.releases.iter().map(|it| release(&links, &set, it)).collect();
    Ok(answer(&shown))
}

fn release(links: &Links, set: &Dataset, release: &portal::ReleaseCard) -> Value {
    let file = |it: &portal::FileCard| {
        json!({
            "format": it.format.name(),
            "bytes": it.bytes,
            "sha256": it.sha256,
            "url": links.release(&set.card.name, release.number, it.format),
        })
    };
    json!({
        "number": release.number,
        "at": local(release.at),
        "rows": release.rows,
        "sha256": release.sha256,
        "files": release.files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn item(item: &Item) -> Value {
    json!({
        "name": item.name,
        "title": item.title,
        "type": item.kind.name(),
        "type_label": item.kind.label(),
        "note": item.note,
        "codes": item.codes.iter().map(|it| json!({ "code": it.code, "label": it.label })).collect::<Vec<_>>(),
    })
}

fn marks(set: &Dataset) -> Value {
    set.marks
        .iter()
        .map(|it| json!({ "since": local(it.since), "words": it.words }))
        .collect()
}

async fn rows(
    State(city): State<City>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asked = Asked::read(query, ROWS)?;
    let set = portal::dataset(&city, &name).await?;
    let is_csv = match asked.text("format") {
        Some("csv") => true,
        Some("json") => false,
        Some(_) => {
            return Err(Failure::bad(
                "bad-parameter",
                "format",
                "参数“format”应为 json 或 csv。",
            ));
        }
        None => headers
            .get(header::ACCEPT)
            .is_some_and(|it| it.to_str().is_ok_and(|it| it.starts_with("text/csv"))),
    };
    let ask = read_rows(&asked, &set)?;
    let page = portal::rows(&city, &set.card.name, &ask).await?;
    let base = Links::new(&visit.origin).rows(&set.card.name);
    let next = page
        .next
        .as_ref()
        .map(|it| asked.again(&base, "after", it, &["offset"]));
    let mut response = if is_csv {
        as_csv(&asked, &page)
    } else {
        as_json(&set, &page, next.as_deref())
    };
    let headers = response.headers_mut();
    link_next(headers, next.as_deref());
    headers.insert("x-total-count", page.total.into());
    headers.insert("x-yishu-release", page.number.into());
    if !set.marks.is_empty() {
        headers.insert("x-yishu-marks", set.marks.len().into());
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn link_next(headers: &mut HeaderMap, next: Option<&str>) {
    if let Some(Ok(value)) = next.map(|it| HeaderValue::from_str(&format!("<{it}>; rel=\"next\""))) {
        headers.insert(header::LINK, value);
    }
}

fn read_rows(asked: &Asked, set: &Dataset) -> Result<RowsAsk, Failure> {
    let known = |name: &str, field: &str| {
        if name == "_id" || set.items.iter().any(|it| it.name == name) {
            return Ok(());
        }
        let names: Vec<&str> = set.items.iter().map(|it| it.name.as_str()).collect();
        Err(Failure::bad(
            "unknown-item",
            field,
            format!("没有信息项“{name}”。可用的信息项：{}。", names.join("、")),
        ))
    };
    let parts = |name| {
        asked
            .text(name)
            .into_iter()
            .flat_map(|it| it.split(','))
            .map(str::trim)
            .filter(|it| !it.is_empty())
    };
    let items: Vec<String> = parts("items")
        .filter(|it| *it != "_id")
        .map(str::to_owned)
        .collect();
    for item in &items {
        known(item, "items")?;
    }
    let mut sort = Vec::new();
    for part in parts("sort") {
        let (name, is_down) = part.strip_prefix('-').map_or((part, false), |it| (it, true));
        known(name, "sort")?;
        sort.push((name.to_owned(), is_down));
    }
    let mut filters = Vec::new();
    for (_, text) in asked.0.iter().filter(|it| it.0 == "filter" && !it.1.is_empty()) {
        let filter = read_filter(text, &set.items)?;
        known(&filter.item, "filter")?;
        filters.push(filter);
    }
    let (after, offset) = (asked.text("after").map(str::to_owned), asked.number("offset")?);
    if after.is_some() && offset.is_some() {
        return Err(Failure::bad(
            "bad-parameter",
            "offset",
            "参数“after”与“offset”不能同时使用。",
        ));
    }
    Ok(RowsAsk {
        items,
        filters,
        text: asked.text("q").map(str::to_owned),
        sort,
        after,
        offset,
        limit: asked.limit()? as usize,
        counted: None,
    })
}

/// `name:op:value`; the values of `in` stand between commas, in quotes where they hold one. A name may have a colon in
/// it, so the known ones are tried.
fn read_filter(text: &str, items: &[Item]) -> Result<Filter, Failure> {
    let ops = || Op::ALL.iter().map(|it| it.name()).collect::<Vec<_>>().join("、");
    let bad = || {
        let words = format!(
            "筛选条件“{text}”应写作“信息项:比较:值”，如 name:contains:永州。比较方式：{}。",
            ops()
        );
        Failure::bad("bad-filter", "filter", words)
    };
    let after = |it: &Item| {
        let rest = text.strip_prefix(it.name.as_str())?.strip_prefix(':')?;
        Some((it.name.clone(), rest))
    };
    let known = items.iter().filter_map(after).max_by_key(|it| it.0.len());
    let first = || text.split_once(':').map(|it| (it.0.to_owned(), it.1));
    let (item, rest) = known.or_else(first).ok_or_else(bad)?;
    let (op, value) = rest.split_once(':').ok_or_else(bad)?;
    let op = Op::parse(op).ok_or_else(bad)?;
    let values = if op == Op::In {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(value.as_bytes());
        let record = reader.records().next().and_then(Result::ok).ok_or_else(bad)?;
        record.iter().map(str::to_owned).collect()
    } else {
        vec![value.to_owned()]
    };
    Ok(Filter { item, op, values })
}

#[derive(Serialize)]
struct Page<'a, R: Serialize> {
    dataset: &'a str,
    release: i64,
    total: u64,
    items: Vec<Value>,
    rows: R,
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    marks: Value,
}

/// Values are text, as everywhere on this platform: codes keep their zeros and decimals their digits.
fn as_json(set: &Dataset, page: &RowsPage, next: Option<&str>) -> Response {
    let row = |row: &(u64, Vec<Option<String>>)| {
        let mut pairs = vec![("_id", cells::raw(&row.0))];
        let values = page.items.iter().zip(&row.1);
        pairs.extend(values.map(|(item, value)| (item.name.as_str(), cells::raw(value))));
        cells::Pairs(pairs)
    };
    answer(&Page {
        dataset: &set.card.name,
        release: page.number,
        total: page.total,
        items: page.items.iter().map(item).collect(),
        rows: cells::Rows(&page.rows, row),
        next,
        marks: if set.marks.is_empty() {
            Value::Null
        } else {
            marks(set)
        },
    })
}

fn as_csv(asked: &Asked, page: &RowsPage) -> Response {
    let mut bytes = Vec::new();
    if asked.text("bom") == Some("1") {
        bytes.extend("\u{feff}".as_bytes());
    }
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(bytes);
    let head = std::iter::once("_id").chain(page.items.iter().map(|it| it.name.as_str()));
    // A vector takes whatever is written.
    let _ = writer.write_record(head);
    for (id, values) in &page.rows {
        let id = id.to_string();
        let values = values.iter().map(|it| it.as_deref().unwrap_or_default());
        let _ = writer.write_record(std::iter::once(id.as_str()).chain(values));
    }
    let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")];
    (StatusCode::OK, kind, writer.into_inner().unwrap_or_default()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_an_item_a_comparison_and_a_value_that_may_hold_anything() {
        let filter = |op, values: &[&str]| Filter {
            item: "name".to_owned(),
            op,
            values: values.iter().map(|it| (*it).to_owned()).collect(),
        };
        let items = ["a", "a:eq"].map(|name| Item {
            name: name.to_owned(),
            ..Item::default()
        });
        let read_filter = |text| read_filter(text, &items);
        assert_eq!(read_filter("a:eq:ne:x").unwrap().item, "a:eq");
        assert_eq!(read_filter("a:ne:x").unwrap().item, "a");
        assert_eq!(read_filter("name:eq:a:b,c").unwrap(), filter(Op::Eq, &["a:b,c"]));
        assert_eq!(read_filter("name:eq:").unwrap(), filter(Op::Eq, &[""]));
        assert_eq!(
            read_filter("name:in:甲,\"乙,丙\"").unwrap(),
            filter(Op::In, &["甲", "乙,丙"])
        );
        for bad in ["name", "name:eq", "name:like:x", "name:in:"] {
            assert_eq!(read_filter(bad).unwrap_err().code, "bad-filter", "{bad}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_refused_by_its_name() {
        let refused = Asked::read(Some("limti=5".to_owned()), ROWS).err().unwrap();
        assert_eq!(
            (refused.code, refused.field.as_str()),
            ("unknown-parameter", "limti")
        );
        let asked = Asked::read(Some("limit=1001".to_owned()), ROWS).ok().unwrap();
        assert_eq!(asked.limit().unwrap_err().field, "limit");
        let asked = Asked::read(Some("q=a%26b&after=x&offset=3".to_owned()), ROWS)
            .ok()
            .unwrap();
        assert_eq!(
            asked.again("/r", "after", "y=", &["offset"]),
            "/r?q=a%26b&after=y%3D"
        );
    }
}
