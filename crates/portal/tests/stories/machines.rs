//! What machines read of a real city with open sets: each interface over HTTP, and that nothing else shows on any.

mod desk;
mod hostile;

use std::collections::BTreeSet;

use app::testing::on_both_engines;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use self::desk::{HIDDEN, Portal, names};

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_ckan_clients_find_every_open_set_and_its_files() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let mut both = vec![portal.name().to_owned(), portal.conditional.card.name.clone()];
        both.sort();
        assert_eq!(portal.action("package_list", json!({})).await, json!(both));
        let package = portal
            .action("package_show", json!({ "id": portal.name() }))
            .await;
        assert_eq!(package["id"], portal.open.card.id.as_str());
        assert_eq!(
            (&package["private"], &package["type"], &package["isopen"]),
            (&json!(false), &json!("dataset"), &json!(true))
        );
        assert!(package["extras"].is_array());
        assert_eq!(
            package["resources"].as_array().unwrap().len(),
            portal.open.releases[0].files.len()
        );
        for resource in package["resources"].as_array().unwrap() {
            assert!(resource["format"].is_string() && resource.get("resource_type").is_some());
            let path = resource["url"]
                .as_str()
                .unwrap()
                .strip_prefix("http://data.example")
                .unwrap();
            let file = portal.get(path).await;
            assert_eq!(file.status, StatusCode::OK, "{path}");
            assert_eq!(resource["size"], file.bytes.len());
            assert_eq!(
                resource["hash"],
                format!("sha256:{}", hex::encode(Sha256::digest(&file.bytes)))
            );
            let shown = portal
                .action("resource_show", json!({ "id": resource["id"] }))
                .await;
            assert_eq!(shown, *resource);
        }
        let found = portal
            .action(
                "package_search",
                json!({ "q": "用电", "facet.field": ["organization"] }),
            )
            .await;
        assert_eq!(
            (found["count"].as_u64(), names(&found["results"])),
            (Some(1), vec![portal.conditional.card.name.as_str()])
        );
        assert_eq!(found["search_facets"]["organization"]["items"][0]["count"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_ckan_clients_read_the_rows_of_a_set() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let rid = &portal.file("csv").rid;
        let rows = portal
            .action(
                "datastore_search",
                json!({ "resource_id": rid, "filters": { "areaCode": "431103" }, "sort": "code desc" }),
            )
            .await;
        assert_eq!(rows["total"], 2);
        assert_eq!(rows["records"][0]["name"], "菱角山街道");
        assert_eq!(rows["fields"][0], json!({ "id": "_id", "type": "int" }));
        let dump = portal
            .get(&format!("/datastore/dump/{rid}?bom=true"))
            .await
            .text();
        assert_eq!(
            dump.lines().next(),
            Some("\u{feff}_id,code,name,areaCode,cityCode")
        );
        assert_eq!(dump.lines().count(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ckan_refuses_in_the_types_and_statuses_that_its_clients_map() {
    let portal = Portal::fresh().await;
    let rid = portal.file("csv").rid.clone();
    let (status, error) = portal.refusal("package_show", json!({ "id": "no-such" })).await;
    assert_eq!((status, &error["__type"]), (404, &json!("Not Found Error")));
    let (status, error) = portal.refusal("package_search", json!({ "rows": -1 })).await;
    assert_eq!(
        (status, &error["rows"]),
        (409, &json!(["Must be a natural number"]))
    );
    for asked in [
        json!({ "nosuch": 1 }),
        json!({ "fq": "nosuch:x" }),
        json!({ "sort": "nosuch asc" }),
        json!({ "fq": "a OR b AND c" }),
    ] {
        let (status, error) = portal.refusal("package_search", asked).await;
        assert_eq!((status, &error["__type"]), (400, &json!("Search Query Error")));
    }
    for (asked, field) in [
        (json!({}), "resource_id"),
        (json!({ "resource_id": rid, "limit": "x" }), "limit"),
        (json!({ "resource_id": rid, "offset": -1 }), "offset"),
        (
            json!({ "resource_id": rid, "filters": { "nosuch": 1 } }),
            "filters",
        ),
        (json!({ "resource_id": rid, "fields": "nosuch" }), "fields"),
        (json!({ "resource_id": rid, "sort": "nosuch asc" }), "sort"),
        (json!({ "resource_id": rid, "foo": 1 }), "__extras"),
    ] {
        let (status, error) = portal.refusal("datastore_search", asked).await;
        assert_eq!(status, 409, "{field}");
        assert!(error[field].is_array(), "{field}: {error}");
    }
    for (path, body) in [
        ("no_such", "{}"),
        ("datastore_search_sql", "{\"sql\":\"select 1\"}"),
        ("package_list", "[1]"),
        ("package_list", "{"),
    ] {
        let answer = portal
            .with(Method::POST, &format!("/api/3/action/{path}"), &[], body)
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.json().is_string(), "a bare string: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ckan_answers_pages_of_every_site() {
    let portal = Portal::fresh().await;
    let jsonp = portal.get("/api/3/action/site_read?callback=f").await;
    assert!(jsonp.text().starts_with("f({") && jsonp.text().ends_with(");"));
    let other = [
        ("origin", "https://elsewhere.example"),
        ("content-type", "application/json"),
    ];
    let answer = portal
        .with(Method::POST, "/api/3/action/site_read", &other, "{}")
        .await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (StatusCode::OK, "*")
    );
    let asked = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "POST"),
    ];
    let preflight = portal
        .with(Method::OPTIONS, "/api/3/action/site_read", &asked, "")
        .await;
    assert_eq!(
        (preflight.status, preflight.header("access-control-allow-origin")),
        (StatusCode::OK, "*")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art26_a_set_opened_on_conditions_shows_itself_but_no_row_and_no_file() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let card = &portal.conditional.card;
        let package = portal.action("package_show", json!({ "id": card.id })).await;
        assert_eq!(
            (&package["isopen"], &package["private"]),
            (&json!(false), &json!(false))
        );
        let resource = &package["resources"][0];
        assert_eq!(
            (
                package["resources"].as_array().unwrap().len(),
                &resource["datastore_active"]
            ),
            (1, &json!(false))
        );
        assert!(!resource["url"].as_str().unwrap().contains("/download/"));
        for id in [resource["id"].as_str().unwrap(), &card.id, &card.name] {
            let (status, _) = portal
                .refusal("datastore_search", json!({ "resource_id": id }))
                .await;
            assert_eq!(status, 404, "{id}");
        }
        let rows = portal
            .get(&format!("/api/open/v1/datasets/{}/rows", card.name))
            .await;
        assert_eq!(
            (rows.status.as_u16(), &rows.json()["error"]["code"]),
            (403, &json!("needs-agreement"))
        );
        let described = portal
            .get(&format!("/dataset/{}/datapackage.json", card.name))
            .await
            .text();
        for secret in ["徐家井", "/download/", "/releases/"] {
            assert!(!described.contains(secret), "{secret}");
        }
        let turtle = portal.get(&format!("/dataset/{}.ttl", card.name)).await.text();
        assert!(
            turtle.contains("RESTRICTED") && !turtle.contains("downloadURL"),
            "{turtle}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art23_no_machine_interface_shows_what_is_not_open() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let name = portal.name();
        let paths = [
            "/api/3/action/package_search?rows=1000&facet.field=[\"tags\",\"organization\",\"groups\"]"
                .replace('"', "%22"),
            "/api/3/action/package_search?q=%E5%B0%9A%E6%9C%AA".to_owned(),
            "/api/3/action/package_list".to_owned(),
            "/api/3/action/current_package_list_with_resources".to_owned(),
            "/api/3/action/organization_list?all_fields=true".to_owned(),
            "/api/3/action/package_autocomplete?q=%E5%B0%9A%E6%9C%AA".to_owned(),
            "/api/util/dataset/autocomplete?incomplete=%E5%B0%9A%E6%9C%AA".to_owned(),
            "/api/open/v1/datasets?limit=1000".to_owned(),
            "/catalog.ttl".to_owned(),
            "/catalog.jsonld".to_owned(),
            "/data.json".to_owned(),
            "/sitemap.xml".to_owned(),
            "/open/news.atom".to_owned(),
            format!("/dataset/{name}.rdf"),
        ];
        for path in paths {
            let answer = portal.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let text = answer.text();
            assert!(
                !text.contains(&portal.hidden) && !text.contains(HIDDEN),
                "{path}: {text}"
            );
        }
        let count = portal.action("package_search", json!({ "rows": 0 })).await["count"].clone();
        assert_eq!(count, 2);
        for path in [
            "/api/3/action/package_show?id={}",
            "/api/3/action/datastore_search?resource_id={}",
            "/api/3/action/datastore_info?id={}",
            "/datastore/dump/{}",
            "/api/open/v1/datasets/{}",
            "/api/open/v1/datasets/{}/rows",
            "/dataset/{}.ttl",
            "/dataset/{}/datapackage.json",
        ] {
            let closed = portal.get(&path.replace("{}", &portal.hidden)).await;
            let never = portal.get(&path.replace("{}", "307021199999-999999")).await;
            assert_eq!(
                (closed.status, never.status),
                (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
                "{path}"
            );
            assert_eq!(
                closed.text().replace(&portal.hidden, ""),
                never.text().replace("307021199999-999999", ""),
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art25_a_file_is_sent_whole_or_in_part_and_says_what_it_is() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let csv = portal.file("csv");
        let path = format!(
            "/dataset/{0}/resource/{1}/download/{0}.csv",
            portal.name(),
            csv.rid
        );
        let marked = portal.get(&path).await;
        let plain = portal.get(&format!("{path}?bom=0")).await;
        assert_eq!(marked.bytes, [b"\xef\xbb\xbf".as_slice(), &plain.bytes].concat());
        assert_eq!(plain.header("etag"), format!("\"{}\"", csv.sha256));
        assert_ne!(plain.header("etag"), marked.header("etag"));
        for answer in [&plain, &marked] {
            use base64::{Engine, engine::general_purpose::STANDARD};
            let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&answer.bytes)));
            assert_eq!(answer.header("repr-digest"), digest);
            assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
            assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert!(
                answer
                    .header("content-disposition")
                    .contains("filename*=UTF-8''%E4%B9%A1")
            );
            assert!(answer.header("last-modified").ends_with("GMT"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art25_a_file_is_sent_in_part_and_not_twice() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let (name, rid) = (portal.name(), &portal.file("csv").rid);
        let path = format!("/dataset/{name}/resource/{rid}/download/{name}.csv");
        let marked = portal.get(&path).await;
        let plain = portal.get(&format!("{path}?bom=0")).await;
        let zipped = portal
            .with(Method::GET, &path, &[("accept-encoding", "gzip")], "")
            .await;
        assert_eq!(
            (zipped.header("content-encoding"), &zipped.bytes),
            ("", &marked.bytes)
        );
        let tag = marked.header("etag").to_owned();
        let part = portal
            .with(
                Method::GET,
                &path,
                &[("range", "bytes=1-9"), ("if-range", &tag)],
                "",
            )
            .await;
        assert_eq!(
            (part.status, &part.bytes[..]),
            (StatusCode::PARTIAL_CONTENT, &marked.bytes[1..10])
        );
        assert_eq!(
            part.header("content-range"),
            format!("bytes 1-9/{}", marked.bytes.len())
        );
        let none = portal
            .with(Method::GET, &path, &[("range", "bytes=99999-")], "")
            .await;
        assert_eq!(none.status, StatusCode::RANGE_NOT_SATISFIABLE);
        let same = portal
            .with(Method::GET, &path, &[("if-none-match", &tag)], "")
            .await;
        assert_eq!((same.status, same.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
        let head = portal.with(Method::HEAD, &path, &[], "").await;
        assert_eq!(
            (head.header("content-length"), head.bytes.len()),
            (marked.header("content-length"), 0)
        );
        let lasting = portal
            .get(&format!("/dataset/{name}/releases/1/{name}.csv?bom=0"))
            .await;
        assert_eq!(lasting.bytes, plain.bytes);
        for nowhere in [
            format!("/dataset/{name}/releases/2/{name}.csv"),
            format!("/dataset/{name}/releases/x/{name}.csv"),
            format!("/dataset/{name}/releases/1/{name}.exe"),
            format!("/dataset/{name}/resource/{rid}/download/{name}.json"),
        ] {
            assert_eq!(
                portal.get(&nowhere).await.status,
                StatusCode::NOT_FOUND,
                "{nowhere}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_filtered_ordered_and_paged_with_exact_totals() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let base = format!("/api/open/v1/datasets/{}/rows", portal.name());
        let mut next = Some(format!("{base}?limit=2&sort=-code"));
        let mut seen = Vec::new();
        while let Some(path) = next {
            let answer = portal.get(path.trim_start_matches("http://data.example")).await;
            let page = answer.json();
            assert_eq!(
                (answer.status, &page["total"]),
                (StatusCode::OK, &json!(3)),
                "{page}"
            );
            assert_eq!(
                answer.header("link").contains("rel=\"next\""),
                !page["next"].is_null()
            );
            seen.extend(
                page["rows"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it["code"].as_str().unwrap().to_owned()),
            );
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, ["431103002000", "431103001000", "431102001000"]);
        let some = portal
            .get(&format!(
                "{base}?filter=areaCode:eq:431103&filter=name:contains:%E6%A2%85&items=name"
            ))
            .await
            .json();
        assert_eq!(
            (&some["total"], &some["rows"]),
            (
                &json!(1),
                &json!([{ "_id": some["rows"][0]["_id"], "name": "梅湾街道" }])
            )
        );
        let either = portal
            .get(&format!(
                "{base}?filter=areaCode:in:431102,431103&limit=1&offset=2"
            ))
            .await
            .json();
        assert_eq!(
            (&either["total"], either["rows"].as_array().unwrap().len()),
            (&json!(3), 1)
        );
        let csv = portal
            .get(&format!("{base}?format=csv&items=code,name&q=%E5%BE%90"))
            .await;
        assert_eq!(
            csv.text().lines().collect::<Vec<_>>(),
            ["_id,code,name", "1,431102001000,徐家井街道"]
        );
        assert_eq!(csv.header("x-total-count"), "1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_of_rows_is_told_by_code_and_field() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let base = format!("/api/open/v1/datasets/{}/rows", portal.name());
        for (query, code, field) in [
            ("nosuch=1", "unknown-parameter", "nosuch"),
            ("filter=x:eq:1", "unknown-item", "filter"),
            ("filter=code", "bad-filter", "filter"),
            ("items=nosuch", "unknown-item", "items"),
            ("limit=0", "bad-parameter", "limit"),
            ("after=nonsense", "bad-cursor", "after"),
        ] {
            let refused = portal.get(&format!("{base}?{query}")).await;
            let error = &refused.json()["error"];
            assert_eq!(
                (refused.status.as_u16(), &error["code"], &error["field"]),
                (400, &json!(code), &json!(field)),
                "{query}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_announced_and_the_forms_of_the_catalogue_are_negotiated() {
    let portal = Portal::fresh().await;
    let answer = portal.get("/api/open/v1").await;
    let (limit, remaining) = (
        answer.header("ratelimit-limit"),
        answer.header("ratelimit-remaining"),
    );
    assert!(remaining.parse::<u32>().unwrap() < limit.parse::<u32>().unwrap());
    for (accept, wanted) in [
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
    ] {
        for path in ["/catalog".to_owned(), format!("/dataset/{}", portal.name())] {
            let answer = portal.with(Method::GET, &path, &[("accept", accept)], "").await;
            assert!(
                answer.header("content-type").starts_with(wanted),
                "{path}: {}",
                answer.header("content-type")
            );
            assert!(answer.header("vary").to_lowercase().contains("accept"), "{path}");
        }
    }
    let browser = portal
        .with(
            Method::GET,
            &format!("/dataset/{}", portal.name()),
            &[("accept", "text/html,*/*;q=0.8")],
            "",
        )
        .await;
    assert!(browser.header("content-type").starts_with("text/html"));
    assert!(browser.header("vary").to_lowercase().contains("accept"));
    let page = browser.text();
    let block = page
        .split("<script type=\"application/ld+json\">")
        .nth(1)
        .expect("schema.org stands in the page");
    let said: Value = serde_json::from_str(block.split("</script>").next().unwrap()).unwrap();
    assert_eq!(
        (&said["@type"], &said["name"]),
        (&json!("Dataset"), &json!("乡镇级行政区划"))
    );
    let page = portal.get("/catalog.ttl?page=2").await.text();
    assert!(
        !page.contains("a dcat:Dataset"),
        "a page behind the last is empty"
    );
    assert_eq!(
        portal.get("/catalog.ttl?page=0").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openapi_document_names_what_there_is_and_refers_to_nothing_else() {
    let portal = Portal::fresh().await;
    let document = portal.get("/api/open/v1/openapi.json").await.json();
    let routes: BTreeSet<(String, &str)> = portal::routes::routes()
        .iter()
        .map(|it| (it.method.as_str().to_lowercase(), it.path))
        .collect();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let (method, operation) = methods.as_object().unwrap().iter().next().unwrap();
        assert!(
            routes.contains(&(method.clone(), path.as_str())),
            "{method} {path}"
        );
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["in"] == "path")
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        let needed: BTreeSet<&str> = path
            .split('{')
            .skip(1)
            .map(|it| it.split('}').next().unwrap())
            .collect();
        assert_eq!(declared, needed, "{path}");
    }
    let text = document.to_string();
    for reference in text
        .split("\"$ref\":\"#")
        .skip(1)
        .map(|it| it.split('"').next().unwrap())
    {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
