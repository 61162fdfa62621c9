//! A set as a Data Package (version 2), with the digest and length of its file as it is served.

use app::{
    City,
    portal::{Dataset, FileCard},
};
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{
    catalogue::{Item, ItemType, OpenKind},
    release::FileFormat,
};
use serde_json::{Map, Value, json};

use super::{
    ckan::shape,
    links::{Links, local},
    problem::Failure,
};
use crate::visit::Visit;

const PROFILE: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

/// `/dataset/{name}/datapackage.json`.
pub(crate) async fn serve(State(city): State<City>, visit: Visit, Path(name): Path<String>) -> Response {
    match app::portal::dataset(&city, &name).await {
        Ok(set) => {
            let text = format!("{:#}\n", descriptor(&Links::new(&visit.origin), &set));
            (
                StatusCode::OK,
                [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
                text,
            )
                .into_response()
        }
        Err(refused) => Failure::from(refused).into_response(),
    }
}

/// The descriptor of a set.
pub(crate) fn descriptor(links: &Links, set: &Dataset) -> Value {
    let card = &set.card;
    let licence = shape::licence(card.kind);
    let mut package = json!({
        "$schema": PROFILE,
        "name": card.name,
        "id": format!("{}/dataset/{}", links.origin, card.id),
        "title": card.title,
        "description": card.summary,
        "homepage": links.dataset(&card.name),
        "created": local(card.modified_at),
        "keywords": card.keywords,
        "licenses": [{ "name": licence.id, "path": links.terms(), "title": licence.title }],
        "contributors": [{ "title": card.org.title, "roles": ["publisher"] }],
        "sources": [{ "title": card.org.title, "path": links.dataset(&card.name) }],
        "resources": resources(links, set),
    });
    if card.keywords.is_empty() {
        remove(&mut package, "keywords");
    }
    if let Some(number) = card.number {
        package["version"] = number.to_string().into();
    }
    package
}

fn remove(object: &mut Value, name: &str) {
    if let Value::Object(map) = object {
        map.remove(name);
    }
}

fn resources(links: &Links, set: &Dataset) -> Vec<Value> {
    let card = &set.card;
    let release = set
        .releases
        .first()
        .filter(|_| card.kind == OpenKind::Unconditional);
    let Some(release) = release else {
        // A package has one resource at least: what the columns are, and no rows.
        return vec![json!({
            "name": "fields",
            "title": format!("{}（申请后取得）", card.title),
            "description": set.conditions,
            "type": "table",
            "data": [set.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>()],
            "schema": schema(set, false),
        })];
    };
    // All files hold the same rows; the table stands once, in the form whose types the schema tells.
    let csv = release.files.iter().filter(|it| it.format == FileFormat::Csv);
    let resource = |file: &FileCard| {
        json!({
            "name": file.format.name(),
            "title": card.title,
            "path": links.release(&card.name, release.number, file.format),
            "type": "table",
            "format": file.format.extension(),
            "mediatype": file.format.mime().split(';').next().unwrap_or_default(),
            "encoding": "utf-8",
            "bytes": file.bytes,
            "hash": format!("sha256:{}", file.sha256),
            "schema": schema(set, true),
        })
    };
    csv.map(resource).collect()
}

/// The columns, as the catalogue declares them.
fn schema(set: &Dataset, has_key: bool) -> Value {
    let veiled: Vec<&str> = set.masked.iter().map(|it| it.0.as_str()).collect();
    let fields: Vec<Value> = set
        .items
        .iter()
        .map(|it| field(it, veiled.contains(&it.title.as_str())))
        .collect();
    let mut schema = json!({ "fields": fields });
    let key: Vec<&str> = set
        .items
        .iter()
        .filter(|it| it.is_key && !veiled.contains(&it.title.as_str()))
        .map(|it| it.name.as_str())
        .collect();
    let is_whole = !key.is_empty()
        && !set
            .items
            .iter()
            .any(|it| it.is_key && veiled.contains(&it.title.as_str()));
    if has_key && is_whole {
        schema["primaryKey"] = key.into();
    }
    schema
}

/// One column. What was veiled is text of any shape: the declared type was that of the value before.
fn field(item: &Item, is_veiled: bool) -> Value {
    let (kind, format) = match item.kind {
        _ if is_veiled => ("string", None),
        ItemType::Integer => ("integer", None),
        ItemType::Decimal | ItemType::Money => ("number", None),
        ItemType::Date => ("date", None),
        ItemType::DateTime => ("datetime", Some("any")),
        ItemType::Boolean => ("boolean", None),
        ItemType::Text | ItemType::Memo => ("string", None),
    };
    let mut field = json!({ "name": item.name, "title": item.title, "type": kind });
    if let Some(format) = format {
        field["format"] = format.into();
    }
    if !item.note.is_empty() {
        field["description"] = item.note.clone().into();
    }
    if item.kind == ItemType::Boolean && !is_veiled {
        field["trueValues"] = json!(["1", "true", "是"]);
        field["falseValues"] = json!(["0", "false", "否"]);
    }
    let mut constraints = Map::new();
    if item.is_required && !is_veiled {
        constraints.insert("required".to_owned(), true.into());
    }
    if kind == "string" && !is_veiled {
        if let Some(length) = item.length {
            constraints.insert("maxLength".to_owned(), length.into());
        }
        if !item.codes.is_empty() {
            let codes: Vec<&str> = item.codes.iter().map(|it| it.code.as_str()).collect();
            constraints.insert("enum".to_owned(), codes.into());
        }
    }
    if !constraints.is_empty() {
        field["constraints"] = constraints.into();
    }
    field
}
