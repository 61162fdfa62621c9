//! The OpenAPI 3.1 document of the portal's own interface.

use app::portal::{Op, Sort};
use rules::release::FileFormat;
use serde_json::{Map, Value, json};

use super::{
    limits::PER_MINUTE,
    problem::CODES,
    query::{LIMIT, LIMIT_MAX},
};

/// The document, for the host by which it was asked.
pub(crate) fn document(origin: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "一数 · 开放数据查询接口",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "查找开放数据集，按条件逐页取得数据行。无需注册，无需密钥。",
            "description": format!(
                "依据《永州市政务大数据管理办法》第二十四条、第二十五条。每个网络地址每分钟 {PER_MINUTE} 次请求，余量见响应头 \
                 RateLimit-Limit、RateLimit-Remaining、RateLimit-Reset；超出后返回 429 与 Retry-After。各网站的页面均可跨域读取。\
                 批量获取请下载文件，支持断点续传。"
            ),
        },
        "servers": [{ "url": origin }],
        "paths": {
            "/api/open/v1/datasets": { "get": list() },
            "/api/open/v1/datasets/{name}": { "get": show() },
            "/api/open/v1/datasets/{name}/rows": { "get": rows() },
            "/dataset/{name}/resource/{rid}/download/{file}": { "get": newest() },
            "/dataset/{name}/releases/{number}/{file}": { "get": permanent() },
            "/api/open/v1/agreements/{id}/query": { "post": agreement() },
        },
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "访问密钥，同意开放利用协议时签发，只显示一次。" },
            },
            "headers": headers(),
            "schemas": { "Error": error(), "Dataset": dataset(), "Rows": page() },
        },
    })
}

fn list() -> Value {
    let sorts: Vec<&str> = Sort::ALL.iter().map(|it| it.name()).collect();
    operation(
        "listDatasets",
        "查找数据集",
        "按文字与分面查找，返回总数、数据集与分面计数。",
        vec![
            query("q", "文字；标题中任意两个连续的字即可找到。", text()),
            query("org", "机构的名称或编号。", text()),
            query("theme", "主题的名称。", text()),
            query(
                "format",
                "文件格式。",
                words(FileFormat::ALL.iter().map(|it| it.name())),
            ),
            query("kind", "开放属性。", words(["unconditional", "conditional"])),
            query("cycle", "更新周期。", text()),
            query("keyword", "关键词。", text()),
            query("sort", "排序方式。", words(sorts)),
            limit(),
            query("offset", "跳过的条数。", natural()),
        ],
        json!({ "application/json": { "schema": { "type": "object", "required": ["total", "datasets", "facets", "next"], "properties": {
            "total": { "type": "integer", "description": "符合条件的数据集总数。" },
            "datasets": { "type": "array", "items": { "$ref": "#/components/schemas/Dataset" } },
            "facets": { "type": "object", "additionalProperties": { "type": "array", "items": { "type": "object" } } },
            "next": { "type": ["string", "null"], "description": "下一页的地址。" },
        } } } }),
        &["bad-parameter", "unknown-parameter"],
    )
}

fn show() -> Value {
    operation(
        "showDataset",
        "数据集详情",
        "说明、信息项、脱敏规则、标注，以及各期快照及其文件。",
        vec![name()],
        json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Dataset" } } }),
        &["not-found", "unknown-parameter"],
    )
}

fn rows() -> Value {
    let ops: Vec<String> = Op::ALL
        .iter()
        .map(|it| format!("{}（{}）", it.name(), it.label()))
        .collect();
    let about = format!(
        "筛选条件“信息项:比较:值”，可重复，须同时满足。比较方式：{}。in 的多个值以逗号分隔，含逗号的值加双引号。",
        ops.join("、")
    );
    let filter = json!({
        "name": "filter", "in": "query", "required": false, "description": about,
        "schema": { "type": "array", "items": { "type": "string" } }, "style": "form", "explode": true,
        "example": ["name:contains:永州"],
    });
    operation(
        "queryRows",
        "查询数据行",
        "最新一期快照中符合条件的行。total 为精确总数。逐页读取请沿 next 前进，期间有新快照发布时 next 失效，请从头读取。",
        vec![
            name(),
            filter,
            query("q", "任一信息项含有的文字。", text()),
            query("items", "返回的信息项，以逗号分隔；不填即全部。", text()),
            query("sort", "排序的信息项，以逗号分隔；前加减号为降序。", text()),
            limit(),
            query("after", "上一页返回的翻页标记，见 next。", text()),
            query("offset", "跳过的行数，不与 after 同用。", natural()),
            query(
                "format",
                "json（默认）或 csv；也可用 Accept: text/csv。",
                words(["json", "csv"]),
            ),
            query("bom", "CSV 填 1 时带字节顺序标记。", words(["0", "1"])),
        ],
        json!({
            "application/json": { "schema": { "$ref": "#/components/schemas/Rows" } },
            "text/csv": { "schema": { "type": "string" } },
        }),
        &[
            "not-found",
            "needs-agreement",
            "bad-parameter",
            "unknown-parameter",
            "unknown-item",
            "bad-filter",
            "bad-cursor",
            "took-too-long",
        ],
    )
}

fn newest() -> Value {
    download(
        "downloadNewest",
        "下载最新一期快照的文件",
        vec![
            name(),
            path("rid", "文件编号，即“数据集编号-格式”。"),
            file(),
            bom(),
        ],
    )
}

fn permanent() -> Value {
    download(
        "downloadRelease",
        "下载某一期快照的文件（永久地址）",
        vec![name(), path("number", "快照的期号。"), file(), bom()],
    )
}

fn download(id: &str, title: &str, params: Vec<Value>) -> Value {
    let about = "支持 Range、If-Range、If-Match、If-None-Match；ETag 与 Repr-Digest 为文件的 SHA-256。分段下载计为一次。";
    let mut operation = operation(
        id,
        title,
        about,
        params,
        json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } }),
        &[],
    );
    for (status, words) in [
        ("206", "所请求的一段。"),
        ("304", "与已有的文件相同。"),
        ("403", "有条件开放的数据集，申请并经同意后按协议使用。"),
        ("404", "没有这个文件。"),
        ("412", "文件已换为新一期，请从头下载。"),
        ("416", "所请求的一段不在文件之内。"),
    ] {
        operation["responses"][status] = json!({ "description": words });
    }
    operation
}

/// The call that an agreement permits (art. 26).
fn agreement() -> Value {
    let mut operation = operation(
        "queryUnderAgreement",
        "按开放利用协议查询有条件开放的数据",
        "信息项、期限与每日次数以协议为准；超出每日次数返回 429。每次调用存证，编号见响应头 X-Yishu-Evidence。错误码见 /api/errors。",
        vec![path("id", "协议页面地址中的编号。")],
        json!({ "application/json": { "schema": { "type": "object", "required": ["release", "rows", "total", "next"], "properties": {
            "release": { "type": "integer", "description": "数据行所属快照的期号。" },
            "rows": { "type": "array", "items": { "type": "object", "additionalProperties": { "type": ["string", "null"] } } },
            "total": { "type": "integer", "description": "符合条件的精确行数。" },
            "next": { "type": ["string", "null"], "description": "下一页的翻页标记，作为 after 传入。" },
            "marks": { "type": "array", "description": "仅在有标注时出现。", "items": { "type": "object" } },
        } } } }),
        &[],
    );
    operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "items": { "type": "array", "items": text(), "description": "需要的信息项；不填即协议约定的全部。" },
            "where": { "type": "object", "additionalProperties": text(), "description": "信息项及其值，须同时满足。" },
            "limit": { "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT },
            "after": { "type": "string", "description": "上一页返回的 next。" },
        },
    } } } });
    for (status, words) in [
        ("400", "请求内容有误。"),
        ("401", "密钥无效、已换发或者已到期。"),
        ("403", "协议已暂停、终止或者到期，或者信息项不在约定之内。"),
        ("404", "没有这份协议。"),
        ("409", "数据集尚无开放快照。"),
    ] {
        let error = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
        operation["responses"][status] = json!({ "description": words, "content": error });
    }
    // The allowance is that of the agreement.
    operation["responses"]["200"]["headers"] = json!({});
    operation["security"] = json!([{ "key": [] }]);
    operation
}

fn operation(
    id: &str,
    title: &str,
    about: &str,
    params: Vec<Value>,
    content: Value,
    codes: &[&str],
) -> Value {
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({ "description": "成功。", "headers": limits(), "content": content }),
    );
    for (code, status, words) in CODES.iter().filter(|it| codes.contains(&it.0) || it.1 >= 429) {
        let response = responses.entry(status.to_string()).or_insert_with(|| {
            json!({ "description": "", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } })
        });
        let before = response["description"].as_str().unwrap_or_default().to_owned();
        response["description"] = format!("{before}{code}：{words}。").into();
    }
    json!({
        "operationId": id,
        "summary": title,
        "description": about,
        "parameters": params,
        "responses": responses,
        "security": [],
    })
}

fn limits() -> Value {
    let names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
    let refs = names.iter().map(|it| {
        (
            (*it).to_owned(),
            json!({ "$ref": format!("#/components/headers/{it}") }),
        )
    });
    Value::Object(refs.collect())
}

fn headers() -> Value {
    let header = |about: &str| json!({ "description": about, "schema": { "type": "integer" } });
    json!({
        "RateLimit-Limit": header("一分钟内可用的请求数。"),
        "RateLimit-Remaining": header("目前剩余的请求数。"),
        "RateLimit-Reset": header("全部恢复所需的秒数。"),
    })
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": { "type": "string", "examples": CODES.iter().map(|it| it.0).collect::<Vec<_>>() },
                "message": { "type": "string", "description": "什么不对、怎么办。" },
                "field": { "type": "string", "description": "有误的参数。" },
            },
        } },
    })
}

fn dataset() -> Value {
    json!({
        "type": "object",
        "required": ["id", "name", "title", "org", "kind", "formats", "rows", "modified"],
        "properties": {
            "id": { "type": "string", "description": "不变的编号。" },
            "name": { "type": "string", "description": "地址中的名称。" },
            "title": { "type": "string" },
            "summary": { "type": "string" },
            "org": { "type": "object" },
            "kind": { "type": "string", "enum": ["unconditional", "conditional"] },
            "keywords": { "type": "array", "items": { "type": "string" } },
            "formats": { "type": "array", "items": { "type": "string" } },
            "rows": { "type": "integer" },
            "release": { "type": ["integer", "null"], "description": "最新一期快照的期号。" },
            "issued": { "type": "string", "format": "date-time" },
            "modified": { "type": "string", "format": "date-time" },
            "items": { "type": "array", "items": { "type": "object" } },
            "marks": { "type": "array", "description": "校核或异议处理中的标注。", "items": { "type": "object" } },
            "releases": { "type": "array", "items": { "type": "object" } },
        },
    })
}

fn page() -> Value {
    json!({
        "type": "object",
        "required": ["dataset", "release", "total", "items", "rows", "next"],
        "properties": {
            "dataset": { "type": "string" },
            "release": { "type": "integer", "description": "数据行所属快照的期号。" },
            "total": { "type": "integer", "description": "符合条件的精确行数。" },
            "items": { "type": "array", "items": { "type": "object" } },
            "rows": { "type": "array", "items": { "type": "object", "additionalProperties": { "type": ["string", "integer", "null"] } }, "description": "值均为文本，编码与小数逐位保留；_id 为行号。" },
            "next": { "type": ["string", "null"], "description": "下一页的地址；最后一页为 null。" },
            "marks": { "type": "array", "description": "仅在有标注时出现。", "items": { "type": "object" } },
        },
    })
}

fn name() -> Value {
    path("name", "数据集的名称或编号。")
}

fn file() -> Value {
    path("file", "文件名，扩展名与格式一致，如 307021000000-000001.csv。")
}

fn bom() -> Value {
    query("bom", "CSV 默认带字节顺序标记，填 0 时不带。", words(["0", "1"]))
}

fn limit() -> Value {
    query(
        "limit",
        "每页条数。",
        json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT }),
    )
}

fn path(name: &str, about: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": { "type": "string" } })
}

fn query(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": about, "schema": schema })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn natural() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}
