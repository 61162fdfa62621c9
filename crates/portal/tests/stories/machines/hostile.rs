//! What careless, picky and hostile clients send, and that it is answered with what is true or a clear no.

use std::time::Duration;

use app::{portal as open, testing::on_both_engines};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::Portal;

/// That so many downloads of all sets were counted so far; what is being written down just now is waited for.
async fn downloads_are(portal: &Portal, wanted: u64, words: &str) {
    let mut counted = 0;
    for _ in 0..100 {
        let statistics = open::statistics(&portal.city.city).await.unwrap();
        counted = statistics.downloads_by_day.iter().map(|it| it.1).sum();
        if counted >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(counted, wanted, "{words}");
}

fn file_path(portal: &Portal) -> String {
    let rid = &portal.file("csv").rid;
    format!("/dataset/{0}/resource/{rid}/download/{0}.csv", portal.name())
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art25_a_download_in_parts_is_counted_once() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let path = file_path(&portal);
        let tag = portal.get(&path).await.header("etag").to_owned();
        downloads_are(&portal, 1, "a whole file").await;
        for range in ["bytes=0-9", "bytes=10-19", "bytes=20-", "bytes=-5"] {
            let part = portal.with(Method::GET, &path, &[("range", range)], "").await;
            assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{range}");
        }
        downloads_are(&portal, 2, "one more, in four parts").await;
        portal
            .with(Method::GET, &path, &[("range", "bytes=99999-")], "")
            .await;
        portal
            .with(Method::GET, &path, &[("if-none-match", &tag)], "")
            .await;
        portal
            .with(Method::GET, &path, &[("if-match", "\"other\"")], "")
            .await;
        portal.with(Method::HEAD, &path, &[], "").await;
        // One more, so that what was counted wrongly is written down before it.
        portal.get(&path).await;
        downloads_are(&portal, 3, "nothing was sent before").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art25_a_client_that_goes_on_with_another_file_is_told() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let path = file_path(&portal);
        let whole = portal.get(&path).await;
        let tag = whole.header("etag").to_owned();
        let part = |name: &'static str, value: String| {
            let portal = &portal;
            let path = &path;
            async move {
                let headers = [("range", "bytes=4-7"), (name, value.as_str())];
                portal.with(Method::GET, path, &headers, "").await
            }
        };
        let same = part("if-match", tag.clone()).await;
        assert_eq!(
            (same.status, &same.bytes[..]),
            (StatusCode::PARTIAL_CONTENT, &whole.bytes[4..8])
        );
        let other = part("if-match", "\"other\"".to_owned()).await;
        assert_eq!(
            (other.status, other.header("etag"), other.bytes.len()),
            (StatusCode::PRECONDITION_FAILED, tag.as_str(), 0)
        );
        let since = "Thu, 01 Jan 2015 00:00:00 GMT".to_owned();
        let old = part("if-unmodified-since", since.clone()).await;
        assert_eq!(old.status, StatusCode::PRECONDITION_FAILED);
        let restarted = part("if-range", since).await;
        assert_eq!(
            (restarted.status, &restarted.bytes),
            (StatusCode::OK, &whole.bytes)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art24_documents_are_not_sent_twice() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let name = portal.name();
        for path in [
            "/catalog.ttl".to_owned(),
            "/catalog.rdf".to_owned(),
            "/catalog.jsonld".to_owned(),
            "/catalog.n3".to_owned(),
            "/data.json".to_owned(),
            "/sitemap.xml".to_owned(),
            "/robots.txt".to_owned(),
            "/open/news.atom".to_owned(),
            "/api/3/action/package_search".to_owned(),
            "/api/open/v1/datasets".to_owned(),
            "/api/open/v1/openapi.json".to_owned(),
            format!("/dataset/{name}.ttl"),
            format!("/dataset/{name}/datapackage.json"),
        ] {
            let first = portal.get(&path).await;
            let tag = first.header("etag").to_owned();
            assert!(tag.starts_with("W/\""), "{path}: {tag}");
            let have = [("if-none-match", tag.as_str())];
            let again = portal.with(Method::GET, &path, &have, "").await;
            assert_eq!(
                (again.status, again.bytes.len(), again.header("etag")),
                (StatusCode::NOT_MODIFIED, 0, tag.as_str()),
                "{path}"
            );
            assert_eq!(again.header("access-control-allow-origin"), "*", "{path}");
            let other = portal
                .with(Method::GET, &path, &[("if-none-match", "W/\"other\"")], "")
                .await;
            assert_eq!(
                (other.status, &other.bytes),
                (StatusCode::OK, &first.bytes),
                "{path}"
            );
        }
        let missing = portal.get("/api/3/action/package_show?id=no-such").await;
        assert_eq!(missing.header("etag"), "", "a refusal is asked for again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_answered_like_a_get_without_its_body() {
    let portal = Portal::fresh().await;
    let (name, rid) = (portal.name(), &portal.file("csv").rid);
    for path in [
        "/api/3".to_owned(),
        "/api/3/action/package_list".to_owned(),
        "/api/3/action/no_such".to_owned(),
        "/catalog".to_owned(),
        "/catalog.rdf".to_owned(),
        "/data.json".to_owned(),
        "/sitemap.xml".to_owned(),
        "/sitemaps/1.xml".to_owned(),
        "/sitemaps/9.xml".to_owned(),
        "/open/news.atom".to_owned(),
        "/api/open/v1".to_owned(),
        "/api/open/v1/datasets?nosuch=1".to_owned(),
        format!("/api/open/v1/datasets/{name}/rows"),
        format!("/datastore/dump/{rid}"),
        format!("/dataset/{name}.jsonld"),
        format!("/dataset/{name}/datapackage.json"),
        file_path(&portal),
    ] {
        let get = portal.get(&path).await;
        let head = portal.with(Method::HEAD, &path, &[], "").await;
        assert_eq!(
            (head.status, head.header("content-type"), head.bytes.len()),
            (get.status, get.header("content-type"), 0),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_on_rows_mean_what_they_say_or_are_refused() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let rid = portal.file("csv").rid.clone();
        let asked = |more: Value| {
            let mut asked = json!({ "resource_id": rid });
            asked
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            asked
        };
        for (more, wanted) in [
            (json!({ "filters": {} }), 3),
            (json!({ "filters": { "name": null } }), 0),
            (json!({ "filters": { "name": [] } }), 0),
            (json!({ "filters": { "name": ["徐家井街道", null] } }), 1),
            (json!({ "filters": { "areaCode": 431_103 } }), 2),
            (json!({ "filters": { "_id": { "gt": 1 } } }), 2),
            (json!({ "filters": { "name": "' OR 1=1 --" } }), 0),
            (json!({ "q": "' OR 1=1 --" }), 0),
            (json!({ "limit": 1_000_000_000 }), 3),
            (json!({ "offset": i64::MAX }), 3),
        ] {
            let found = portal.action("datastore_search", asked(more.clone())).await;
            assert_eq!(found["total"], wanted, "{more}");
        }
        let found = portal
            .action("datastore_search", asked(json!({ "limit": 1_000_000_000 })))
            .await;
        assert_eq!(found["limit"], 32_000, "the limit that was used is told");
        let uncounted = portal
            .action(
                "datastore_search",
                asked(json!({ "include_total": false, "q": "街道" })),
            )
            .await;
        assert!(uncounted.get("total").is_none(), "{uncounted}");
        assert_eq!(uncounted["records"].as_array().unwrap().len(), 3);
        let twice = portal
            .action(
                "datastore_search",
                asked(json!({ "fields": "code,code", "limit": 1 })),
            )
            .await;
        assert_eq!(twice["fields"].as_array().unwrap().len(), 1, "{twice}");
        let rows = format!(
            "/api/open/v1/datasets/{}/rows?items=code,code&limit=1",
            portal.name()
        );
        assert_eq!(portal.get(&rows).await.text().matches("\"code\":").count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_on_rows_that_make_no_sense_are_refused_at_their_field() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let rid = portal.file("csv").rid.clone();
        for (more, field) in [
            (json!({ "filters": { "name": {} } }), "filters"),
            (json!({ "filters": { "name": { "like": "x" } } }), "filters"),
            (json!({ "filters": { "name": "a\u{0}b" } }), "filters"),
            (json!({ "filters": { "name": { "gt": null } } }), "filters"),
            (json!({ "filters": "nonsense" }), "filters"),
            (json!({ "filters": ["name"] }), "filters"),
            (
                json!({ "filters": { "$or": [{ "name": 1 }, { "name": 2 }] } }),
                "filters",
            ),
            (json!({ "filters": { "name": vec!["x"; 5000] } }), "filters"),
            (json!({ "limit": "18446744073709551616" }), "limit"),
            (json!({ "limit": -1 }), "limit"),
            (json!({ "offset": "9223372036854775808" }), "offset"),
            (json!({ "sort": "name sideways" }), "sort"),
            (json!({ "records_format": "xls" }), "records_format"),
            (json!({ "distinct": true }), "distinct"),
        ] {
            let mut asked = more.clone();
            asked["resource_id"] = rid.clone().into();
            let (status, error) = portal.refusal("datastore_search", asked).await;
            assert_eq!(status, 409, "{field}: {error}");
            assert!(error[field].is_array(), "{field}: {error}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_thousands_of_words_is_refused_before_it_is_made() {
    let portal = Portal::fresh().await;
    let many: Vec<String> = (0..1000).map(|it| format!("词{it}")).collect();
    for asked in [
        json!({ "fq": many.join(" OR ") }),
        json!({ "fq": format!("title:x OR {}", "a OR ".repeat(3000)) }),
    ] {
        let (status, error) = portal.refusal("package_search", asked).await;
        assert_eq!((status, &error["__type"]), (400, &json!("Search Query Error")));
    }
    let orgs: Vec<String> = (0..1000).map(|it| format!("organization:o{it}")).collect();
    let found = portal
        .action("package_search", json!({ "fq": orgs.join(" OR ") }))
        .await;
    assert_eq!(found["count"], 0, "a harvester's long list is looked through");
    let long = "公".repeat(10_000);
    let found = portal.action("package_search", json!({ "q": long })).await;
    assert_eq!(found["count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_comes_again_is_no_fault() {
    let portal = Portal::fresh().await;
    let plain = portal.get(&format!("{}?bom=0", file_path(&portal))).await;
    let again = portal
        .get(&format!("{}?bom=1&bom=0&x=%FF", file_path(&portal)))
        .await;
    assert_eq!((again.status, &again.bytes), (StatusCode::OK, &plain.bytes));
    for path in ["/catalog.ttl?page=2&page=1&page=", "/api/open/v1/datasets?q=x&q="] {
        assert_eq!(portal.get(path).await.status, StatusCode::OK, "{path}");
    }
}

/// Addresses with room for something nasty.
fn places(name: &str, rid: &str) -> Vec<String> {
    vec![
        "/api/3/action/{}".to_owned(),
        "/api/3/action/package_show?id={}".to_owned(),
        "/api/3/action/package_list?limit={}&offset={}".to_owned(),
        "/api/3/action/package_search?q={}".to_owned(),
        "/api/3/action/package_search?fq={}".to_owned(),
        "/api/3/action/package_search?sort={}".to_owned(),
        "/api/3/action/package_search?start={}&rows={}".to_owned(),
        "/api/3/action/package_search?facet.field={}&facet.limit={}".to_owned(),
        "/api/3/action/package_search?fl={}&callback={}".to_owned(),
        "/api/3/action/resource_search?query=name:{}&order_by={}".to_owned(),
        "/api/3/action/organization_list?sort={}".to_owned(),
        "/api/3/action/organization_show?id={}".to_owned(),
        "/api/3/action/tag_show?id={}".to_owned(),
        "/api/3/action/help_show?name={}".to_owned(),
        "/api/3/action/datastore_info?id={}".to_owned(),
        format!("/api/3/action/datastore_search?resource_id={rid}&q={{}}"),
        format!("/api/3/action/datastore_search?resource_id={rid}&filters={{}}"),
        format!("/api/3/action/datastore_search?resource_id={rid}&fields={{}}&sort={{}}"),
        format!("/api/3/action/datastore_search?resource_id={rid}&limit={{}}"),
        format!("/api/3/action/datastore_search?resource_id={rid}&offset={{}}"),
        format!("/datastore/dump/{rid}?limit={{}}&format=json"),
        format!("/datastore/dump/{rid}?offset={{}}&bom={{}}"),
        "/datastore/dump/{}".to_owned(),
        "/api/util/dataset/autocomplete?incomplete={}&limit={}".to_owned(),
        "/api/util/{}/autocomplete?incomplete=x".to_owned(),
        "/catalog.ttl?page={}".to_owned(),
        "/catalog.ttl?modified_since={}".to_owned(),
        "/sitemaps/{}.xml".to_owned(),
        "/dataset/{}.ttl".to_owned(),
        "/dataset/{}/datapackage.json".to_owned(),
        format!("/dataset/{name}/releases/{{}}/x.csv"),
        format!("/dataset/{name}/resource/{{}}/download/{{}}"),
        format!("/dataset/{name}/resource/{rid}/download/x.csv?bom={{}}"),
        "/api/open/v1/datasets?q={}&sort={}".to_owned(),
        "/api/open/v1/datasets?offset={}".to_owned(),
        "/api/open/v1/datasets?theme={}&org={}&kind={}".to_owned(),
        "/api/open/v1/datasets/{}".to_owned(),
        format!("/api/open/v1/datasets/{name}/rows?offset={{}}"),
        format!("/api/open/v1/datasets/{name}/rows?after={{}}"),
        format!("/api/open/v1/datasets/{name}/rows?q={{}}"),
        format!("/api/open/v1/datasets/{name}/rows?filter=_id:lt:{{}}"),
        format!("/api/open/v1/datasets/{name}/rows?filter=name:in:{{}}"),
        format!("/api/open/v1/datasets/{name}/rows?sort={{}}&items={{}}"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_asked_makes_the_platform_fail() {
    on_both_engines(async |city| {
        let portal = Portal::on(city).await;
        let (name, rid) = (portal.name(), &portal.file("csv").rid);
        let long = "a".repeat(20_000);
        let nasty = [
            "%00",
            "%FF%FE",
            "..%2F..%2Fetc%2Fpasswd",
            "%27%3B--",
            "-1",
            "99999999999999999999",
            "18446744073709551615",
            "1e9",
            "NaN",
            "%E5%85%AC",
            "%7B%7D",
            "%5B%5D",
            "null",
            "%22",
            "*",
            long.as_str(),
        ];
        let places = places(name, rid);
        for place in &places {
            for it in nasty {
                let path = place.replace("{}", it);
                let answer = portal.get(&path).await;
                let shown: String = path.chars().take(120).collect();
                assert!(
                    !answer.status.is_server_error(),
                    "{shown}: {} {}",
                    answer.status,
                    answer.text()
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_is_none_or_too_much_never_gives_wrong_bytes() {
    let portal = Portal::fresh().await;
    let path = file_path(&portal);
    let whole = portal.get(&path).await.bytes;
    for range in [
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=-0",
        "bytes=0-18446744073709551615",
        "bytes=18446744073709551615-",
        "bytes=99999999999999999999-",
        "bytes=0-0,2-2",
        "bytes=0-,0-,0-,0-",
        "bytes= 0-1",
        "Bytes=0-1",
        "pages=1-2",
        "",
    ] {
        let answer = portal.with(Method::GET, &path, &[("range", range)], "").await;
        match answer.status {
            StatusCode::OK => assert_eq!(answer.bytes, whole, "{range}"),
            StatusCode::PARTIAL_CONTENT => {
                let said = answer.header("content-range").to_owned();
                let said = said.strip_prefix("bytes ").and_then(|it| it.split_once('/'));
                let (span, length) = said.unwrap();
                let (from, to) = span.split_once('-').unwrap();
                let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
                assert_eq!(length, whole.len().to_string());
                assert_eq!(answer.bytes, whole[from..=to], "{range}");
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                assert_eq!(
                    answer.header("content-range"),
                    format!("bytes */{}", whole.len()),
                    "{range}"
                );
                assert!(answer.bytes.is_empty(), "{range}");
            }
            other => panic!("{range}: {other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_in_the_clients_own_form() {
    let portal = Portal::fresh().await;
    let body = json!({ "q": "x".repeat(100_000) }).to_string();
    let answer = portal
        .with(Method::POST, "/api/3/action/package_search", &[], &body)
        .await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(answer.json().is_string(), "{}", answer.text());
}
