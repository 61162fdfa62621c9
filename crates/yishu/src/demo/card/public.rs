//! The public side on the card: applicants, query codes, and calls that need no account.

use serde_json::{Value, json};

use super::{bearer, call};
use crate::demo::{
    cast::PASSWORD,
    open::{COMPANY, PERSON, Public},
};

/// Adds what the public side has to try.
pub fn add_public(card: &mut Value, it: &Public) {
    card["applicants"] = json!([
        {
            "email": PERSON, "password": PASSWORD, "kind": "个人", "name": "何晓舟",
            "try": "查看已逾期未答复、办理中和不予开放的申请；修改被退回的数据产品；导出本人信息、注销账号",
        },
        {
            "email": COMPANY, "password": PASSWORD, "kind": "法人或其他组织", "name": "永州潇水数据科技有限公司",
            "try": "确认待签的开放利用协议并领取密钥；用生效协议的密钥调用接口；登记数据产品",
        },
    ]);
    let objected = &it.objected;
    card["objections"] = json!([
        {
            "number": objected.open.number, "code": objected.open.code,
            "note": "匿名提出的异议，已作异议标注，尚在处理：在 /open/track 凭编号和查询码查看",
        },
        { "number": objected.told.number, "code": objected.told.code, "note": "已答复的异议" },
    ]);
    if let Some(calls) = card["calls"].as_array_mut() {
        calls.extend(agreed(it));
        calls.extend(read(it));
    }
}

/// Prints where the public side begins.
pub fn print(card: &Value) {
    let say = crate::demo::say;
    let word = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    say(&format!(
        "\n开放平台无需登录：{}/open。申请人账号（密码相同）：",
        word(card, "address")
    ));
    for it in card["applicants"].as_array().into_iter().flatten() {
        say(&format!(
            "  {:<26} {}（{}）",
            word(it, "email"),
            word(it, "name"),
            word(it, "kind")
        ));
    }
    if let Some(it) = card["objections"].get(0) {
        let (number, code) = (word(it, "number"), word(it, "code"));
        say(&format!("  匿名异议 {number}，查询码 {code}（/open/track）"));
    }
}

/// Calls under the company's agreement.
fn agreed(it: &Public) -> Vec<Value> {
    let path = format!("/api/open/v1/agreements/{}/query", it.opened.agreement);
    let ask = json!({ "where": { "code": "431124" }, "limit": 20 });
    let query = |name: &str, note: &str, key: &str, expect| {
        call(name, note, "POST", path.clone(), bearer(key), ask.clone(), expect)
    };
    vec![
        query(
            "agreement-query",
            "有条件开放：凭开放利用协议的密钥查询",
            &it.opened.key,
            200,
        ),
        query("agreement-bad-key", "协议密钥不存在", "ya_unknown", 401),
    ]
}

/// What anybody may read.
fn read(it: &Public) -> Vec<Value> {
    let (name, entry) = (&it.name, it.entry.to_lowercase());
    let get =
        |name: &str, note: &str, path: String| call(name, note, "GET", path, json!({}), Value::Null, 200);
    vec![
        get("open-home", "开放平台首页", "/open".into()),
        get("open-dataset", "一个开放数据集的页面", format!("/dataset/{name}")),
        get(
            "ckan-search",
            "CKAN 接口：检索开放数据集",
            "/api/3/action/package_search?q=%E7%83%AD%E7%BA%BF&rows=5".into(),
        ),
        get(
            "ckan-show",
            "CKAN 接口：一个数据集",
            format!("/api/3/action/package_show?id={name}"),
        ),
        get(
            "ckan-rows",
            "CKAN 接口：数据行",
            format!("/api/3/action/datastore_search?resource_id={entry}-csv&limit=5"),
        ),
        get(
            "open-sets",
            "查询接口：开放数据集清单",
            "/api/open/v1/datasets?limit=5".into(),
        ),
        get(
            "open-rows",
            "查询接口：筛选、排序、翻页",
            format!("/api/open/v1/datasets/{name}/rows?filter=code:eq:431124&limit=5"),
        ),
        get(
            "open-download",
            "下载最新一期快照（CSV）",
            format!("/dataset/{name}/resource/{entry}-csv/download/{name}.csv"),
        ),
        get(
            "open-release",
            "第一期快照的固定链接（JSON Lines）",
            format!("/dataset/{name}/releases/1/{name}.jsonl"),
        ),
        get(
            "datapackage",
            "Frictionless Data Package",
            format!("/dataset/{name}/datapackage.json"),
        ),
        get("dcat", "DCAT 目录", "/catalog.ttl".into()),
        get(
            "dcat-one",
            "一个数据集的 DCAT 描述",
            format!("/dataset/{name}.ttl"),
        ),
        get("open-feed", "动态订阅", "/open/news.atom".into()),
        get(
            "open-openapi",
            "查询接口的描述",
            "/api/open/v1/openapi.json".into(),
        ),
    ]
}
