//! The OpenAPI 3.1 document, made from the table of routes.

use serde_json::{Map, Value, json};

use crate::{
    errors,
    routes::{Param, ROUTES, Route, Shape},
};

/// The codes that every operation with a key may end in.
const KEY_ERRORS: &[&str] = &["bad-key", "key-expired", "key-revoked"];

/// The codes of the platform's own faults, in which every operation may end.
const OWN_ERRORS: &[&str] = &["unavailable", "no-room", "not-recorded", "internal"];

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "一数 · 政务数据共享网关",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "部门应用系统报送数据、调用数据、核对存证的接口。",
            "description": "依据《永州市政务大数据管理办法》第十四条、第十六条、第十八条、第十九条。每次调用先存证、后返回。"
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "应用密钥，在“应用系统”页面签发，只显示一次。" }
            },
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": { "error": {
                        "type": "object",
                        "required": ["code", "message"],
                        "properties": {
                            "code": { "type": "string", "enum": errors::ERRORS.iter().map(|it| it.code).collect::<Vec<_>>() },
                            "message": { "type": "string", "description": "什么不对、怎么办。" },
                            "field": { "type": "string", "description": "有误的字段或信息项。" },
                            "evidence": { "type": "integer", "description": "本次拒绝的存证序号。" }
                        }
                    } }
                }
            }
        }
    })
}

fn operation(route: &Route) -> Value {
    let successes: &[(&str, &str)] = match route.name {
        // A batch is accepted first and loaded afterwards; sent again, it is answered with what it came to.
        "deliver" => &[("202", "已接收。"), ("200", "此前已经接收，没有再次入库。")],
        "doubt" => &[("201", "已受理。")],
        _ => &[("200", "成功。")],
    };
    let mut responses = Map::new();
    for (status, words) in successes {
        responses.insert(
            (*status).to_owned(),
            json!({ "description": words, "content": { route.answer.media: content(&route.answer) } }),
        );
    }
    let key_errors: &[&str] = if route.needs_key { KEY_ERRORS } else { &[] };
    let own: &[&str] = if route.path.starts_with("/api/v1") {
        OWN_ERRORS
    } else {
        &[]
    };
    for code in key_errors.iter().chain(route.errors).chain(own) {
        refusal(&mut responses, code);
    }
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.title,
        "description": route.about,
        "parameters": route.params.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses,
        "security": if route.needs_key { json!([{ "key": [] }]) } else { json!([]) },
    });
    if let Some(body) = &route.body {
        operation["requestBody"] = json!({ "required": true, "content": { body.media: content(body) } });
    }
    operation
}

/// Adds one code to the response of its status.
fn refusal(responses: &mut Map<String, Value>, code: &str) {
    let line = errors::of(code);
    let words = format!("{}：{}。", line.code, line.message);
    let response = responses.entry(line.status.to_string()).or_insert_with(|| {
        json!({
            "description": "",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
        })
    });
    let before = response["description"].as_str().unwrap_or_default().to_owned();
    response["description"] = format!("{before}{words}").into();
}

fn parameter(param: &Param) -> Value {
    json!({
        "name": param.name,
        "in": param.place,
        "required": param.is_required,
        "description": param.about,
        "schema": { "type": "string" }
    })
}

fn content(shape: &Shape) -> Value {
    let mut out = json!({ "schema": parsed(shape.schema) });
    if !shape.example.is_empty() {
        out["example"] = parsed(shape.example);
    }
    out
}

/// The JSON texts of the table; one test parses each.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the table of routes holds JSON")
}
