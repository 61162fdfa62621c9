//! `demo.json`: what a visitor needs to walk the demo city by hand, and to call it.

mod public;

use std::path::Path;

use serde_json::{Value, json};

use super::calls::{self, Keys};
use super::cast::{Cast, PASSWORD};
use super::story::Outcome;
pub use public::add_public;

/// The whole card: address, accounts, one call for each operation. `evidence` is the index of a
/// call of the pension system's.
pub fn make(cast: &Cast, keys: &Keys, outcome: &Outcome, address: &str, people: u64, evidence: u64) -> Value {
    let accounts: Vec<Value> = cast
        .accounts
        .iter()
        .map(|it| {
            json!({
                "user": it.login, "password": PASSWORD, "role": it.role,
                "organisation": it.organisation, "try": it.tries,
            })
        })
        .collect();
    let mut calls = answered(keys, outcome, people);
    calls.extend(refused(keys, outcome, people));
    calls.extend(public());
    let receipt = format!("/api/v1/receipts/{evidence}");
    calls.push(call(
        "receipt",
        "本部门一次调用的存证回执，可离线验证",
        "GET",
        receipt,
        bearer(&keys.pension),
        Value::Null,
        200,
    ));
    json!({ "address": address, "accounts": accounts, "calls": calls })
}

/// Prints what to do first.
pub fn print(card: &Value, path: &Path) {
    super::say(&format!(
        "\n请用浏览器打开 {}，以下账号的密码均为 {PASSWORD}：",
        card["address"].as_str().unwrap_or("")
    ));
    for account in card["accounts"].as_array().into_iter().flatten() {
        let word = |key: &str| account[key].as_str().unwrap_or_default().to_owned();
        super::say(&format!(
            "  {:<14} {}（{}）",
            word("user"),
            word("organisation"),
            word("role")
        ));
    }
    public::print(card);
    super::say(&format!(
        "\n全部账号、可尝试的事项与接口调用示例见 {}。按 Ctrl-C 停止。",
        path.display()
    ));
}

fn call(
    name: &str,
    note: &str,
    method: &str,
    path: String,
    headers: Value,
    body: Value,
    expect: u16,
) -> Value {
    json!({
        "name": name, "note": note, "method": method, "path": path, "headers": headers, "body": body,
        "expect": expect,
    })
}

fn bearer(key: &str) -> Value {
    json!({ "authorization": format!("Bearer {key}"), "content-type": "application/json" })
}

fn answered(keys: &Keys, outcome: &Outcome, people: u64) -> Vec<Value> {
    let identity = &calls::identities(people)[0];
    let (pension, insurance) = (&outcome.grants["pension"], &outcome.grants["insurance"]);
    let query = json!({ "purpose": "basis", "matter": "办件-0001", "where": { "id_card": identity } });
    let page = json!({ "purpose": "basis", "matter": "办件-0002", "where": { "region_code": "431124" }, "limit": 10 });
    let verify = json!({
        "purpose": "basis", "matter": "办件-0003", "where": { "id_card": identity },
        "expect": { "gender": "女", "region_code": "431102" },
    });
    let entry = &outcome.entries["population"];
    let delivery =
        json!({ "authorization": format!("Bearer {}", keys.registry), "content-type": "text/csv" });
    let row = calls::one_row();
    vec![
        call(
            "query",
            "按主键查询一人",
            "POST",
            format!("/api/v1/grants/{pension}/query"),
            bearer(&keys.pension),
            query,
            200,
        ),
        call(
            "query-page",
            "按查询条件翻页：授权限定道县，姓名与住址掩码",
            "POST",
            format!("/api/v1/grants/{insurance}/query"),
            bearer(&keys.insurance),
            page,
            200,
        ),
        call(
            "verify",
            "核验：只答是否一致，不返回数据",
            "POST",
            format!("/api/v1/grants/{pension}/verify"),
            bearer(&keys.pension),
            verify,
            200,
        ),
        call(
            "export",
            "导出授权范围内的全部行",
            "GET",
            format!("/api/v1/grants/{insurance}/export?purpose=basis&matter=export-0001"),
            bearer(&keys.insurance),
            Value::Null,
            200,
        ),
        call(
            "deliver",
            "增量归集一行（批次号重复发送只入库一次）",
            "POST",
            format!("/api/v1/entries/{entry}/deliveries?batch=demo-1&kind=incremental&name=one.csv"),
            delivery,
            row.into(),
            202,
        ),
    ]
}

fn refused(keys: &Keys, outcome: &Outcome, people: u64) -> Vec<Value> {
    let identity = &calls::identities(people)[0];
    let (pension, suspended) = (&outcome.grants["pension"], &outcome.grants["suspended"]);
    let ask = |purpose: &str| json!({ "purpose": purpose, "matter": "办件-0009", "where": { "id_card": identity } });
    let path = format!("/api/v1/grants/{pension}/query");
    let by_mobile =
        json!({ "purpose": "basis", "matter": "办件-0010", "where": { "mobile": "13800138000" } });
    vec![
        call(
            "wrong-purpose",
            "用途与授权不符",
            "POST",
            path.clone(),
            bearer(&keys.pension),
            ask("reference"),
            403,
        ),
        call(
            "not-a-condition",
            "已掩码的信息项不可作查询条件",
            "POST",
            path.clone(),
            bearer(&keys.pension),
            by_mobile,
            400,
        ),
        call(
            "another-agency",
            "使用其他部门的授权，与授权不存在同样答复",
            "POST",
            path.clone(),
            bearer(&keys.insurance),
            ask("basis"),
            404,
        ),
        call(
            "suspended",
            "授权已被提供部门暂停",
            "POST",
            format!("/api/v1/grants/{suspended}/query"),
            bearer(&keys.farming),
            ask("basis"),
            403,
        ),
        call(
            "revoked-key",
            "密钥已吊销",
            "POST",
            path.clone(),
            bearer(&keys.revoked),
            ask("basis"),
            401,
        ),
        call(
            "bad-key",
            "密钥不存在",
            "POST",
            path,
            bearer("yk_unknown"),
            ask("basis"),
            401,
        ),
    ]
}

fn public() -> Vec<Value> {
    let get =
        |name: &str, note: &str, path: String| call(name, note, "GET", path, json!({}), Value::Null, 200);
    vec![
        get("checkpoint", "存证日志的签名检查点", "/api/v1/checkpoint".into()),
        get("openapi", "接口描述", "/openapi.json".into()),
        get("docs", "接口文档", "/api/docs".into()),
        get("errors", "错误代码表", "/api/errors".into()),
        get("livez", "进程存活", "/livez".into()),
        get("readyz", "可以服务", "/readyz".into()),
        get("metrics", "运行指标", "/metrics".into()),
    ]
}
