//! The interface for people to read: a page of the operations, a page of the codes. No script, nothing from elsewhere.

use std::{fmt::Write, sync::LazyLock};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Gateway,
    answer::json_response,
    errors::ERRORS,
    routes::{ROUTES, Route},
};

const STYLE: &str = include_str!("docs.css");

/// The style is in the page, and the policy names it by its digest: nothing else may style or run.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a policy is plain ASCII")
});

static DOCS: LazyLock<String> = LazyLock::new(docs_page);
static CODES: LazyLock<String> = LazyLock::new(errors_page);

pub(crate) async fn openapi(State(gateway): State<Gateway>) -> Response {
    json_response(gateway.0.openapi.clone())
}

pub(crate) async fn page() -> Response {
    html(&DOCS)
}

pub(crate) async fn errors(headers: HeaderMap) -> Response {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    if !accepts.contains("application/json") {
        return html(&CODES);
    }
    let lines: Vec<Value> = ERRORS
        .iter()
        .map(|it| json!({ "code": it.code, "status": it.status, "message": it.message, "what_to_do": it.what_to_do }))
        .collect();
    json_response(json!({ "errors": lines }).to_string())
}

fn html(page: &'static str) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        (
            HeaderName::from_static("referrer-policy"),
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (headers, page).into_response()
}

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · 一数</title><style>{STYLE}</style></head>\n<body>\n<a class=\"skip\" href=\"#main\">跳到正文</a>\n\
         <header><a href=\"/\">一数</a><nav aria-label=\"接口\"><a href=\"/api/docs\">接口文档</a>\
         <a href=\"/api/errors\">错误代码</a><a href=\"/openapi.json\">OpenAPI</a></nav></header>\n\
         <main id=\"main\">\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn docs_page() -> String {
    let mut out = String::from(
        "<p>部门应用系统报送数据、调用数据、核对存证的接口。除另有说明外，请求须带应用密钥：</p>\
         <pre><code>Authorization: Bearer yk_…</code></pre>\
         <p>每次调用（包括被拒绝的）都先写入存证、后返回结果；存证序号在响应头 <code>x-yishu-evidence</code> 中，\
         摘要所用的盐在 <code>x-yishu-salt</code> 中。出错时返回 \
         <code>{\"error\":{\"code\":…,\"message\":…}}</code>，代码见<a href=\"/api/errors\">错误代码</a>。</p>\n<ul class=\"toc\">",
    );
    for route in ROUTES {
        let _ = write!(
            out,
            "<li><a href=\"#{}\">{}</a></li>",
            route.name,
            escape(route.title)
        );
    }
    out.push_str("</ul>\n");
    for route in ROUTES {
        operation(&mut out, route);
    }
    frame("接口文档", &out)
}

fn operation(out: &mut String, route: &Route) {
    let key = if route.needs_key {
        "需要应用密钥"
    } else {
        "无需密钥"
    };
    let _ = write!(
        out,
        "<section id=\"{}\" aria-labelledby=\"{0}-h\">\n<h2 id=\"{0}-h\">{}</h2>\n\
         <p class=\"at\"><b>{}</b> <code>{}</code> <span>{key}</span></p>\n<p>{}</p>\n",
        route.name,
        escape(route.title),
        route.method,
        escape(route.path),
        escape(route.about),
    );
    if !route.params.is_empty() {
        out.push_str("<table><caption>参数</caption><tr><th scope=\"col\">名称</th><th scope=\"col\">位置</th><th scope=\"col\">必填</th><th scope=\"col\">说明</th></tr>");
        for it in route.params {
            let place = if it.place == "path" { "路径" } else { "查询串" };
            let needed = if it.is_required { "是" } else { "否" };
            let _ = write!(
                out,
                "<tr><td><code>{}</code></td><td>{place}</td><td>{needed}</td><td>{}</td></tr>",
                it.name,
                escape(it.about)
            );
        }
        out.push_str("</table>\n");
    }
    if let Some(body) = &route.body {
        fields(out, "请求正文", body.schema);
        example(out, "请求示例", body.example);
    }
    if route.answer.media == "application/json" {
        fields(out, "响应", route.answer.schema);
        example(out, "响应示例", route.answer.example);
    }
    if !route.errors.is_empty() {
        out.push_str("<p>可能的错误代码：");
        for code in route.errors {
            let _ = write!(out, " <a href=\"/api/errors#{code}\"><code>{code}</code></a>");
        }
        out.push_str("</p>\n");
    }
    out.push_str("</section>\n");
}

/// The fields of a JSON schema, one a line; nothing for a body that has none.
fn fields(out: &mut String, caption: &str, schema: &str) {
    let Ok(schema) = serde_json::from_str::<Value>(schema) else {
        return;
    };
    let Some(fields) = schema["properties"].as_object() else {
        return;
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let _ = write!(
        out,
        "<table><caption>{caption}</caption><tr><th scope=\"col\">字段</th><th scope=\"col\">必有</th><th scope=\"col\">说明</th></tr>"
    );
    for (name, field) in fields {
        let needed = if required.contains(&name.as_str()) {
            "是"
        } else {
            "否"
        };
        let about = field["description"].as_str().unwrap_or_default();
        let _ = write!(
            out,
            "<tr><td><code>{}</code></td><td>{needed}</td><td>{}</td></tr>",
            escape(name),
            escape(about)
        );
    }
    out.push_str("</table>\n");
}

fn example(out: &mut String, caption: &str, text: &str) {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
    let _ = writeln!(
        out,
        "<p>{caption}</p><pre tabindex=\"0\"><code>{}</code></pre>",
        escape(&pretty)
    );
}

fn errors_page() -> String {
    let mut out = String::from(
        "<p>代码一经发布不再改变含义，可供程序判断；文字供人阅读。</p>\n<table><tr><th scope=\"col\">代码</th><th scope=\"col\">HTTP 状态</th>\
         <th scope=\"col\">含义</th><th scope=\"col\">处理办法</th></tr>\n",
    );
    for it in ERRORS {
        let _ = writeln!(
            out,
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td><td>{3}</td></tr>",
            it.code,
            it.status,
            escape(it.message),
            escape(it.what_to_do)
        );
    }
    out.push_str("</table>\n");
    frame("错误代码", &out)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
