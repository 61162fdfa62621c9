//! The read side of CKAN's Action API, as its clients use it: `ckanapi`, harvesters, Frictionless.
//!
//! Only what `app::portal` gives is shown; a set that is not open and one that never was read the same. There is no
//! `datastore_search_sql`: it is answered as an unknown action, like by a stock CKAN that has it switched off.

use app::{City, portal::Dataset};
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State, rejection::BytesRejection},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use rules::catalogue::OpenKind;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use self::{asked::Asked, fault::Fault};
use super::{cells, links::Links, source};
use crate::{
    routes::{Route, get, post},
    visit::Visit,
};

mod asked;
mod complete;
mod datastore;
mod dump;
mod fault;
mod filter;
mod help;
mod lists;
mod search;
pub(crate) mod shape;

/// The CKAN whose answers these are shaped after; clients branch on it.
const VERSION: &str = "2.11.0";

/// What `status_show` calls the platform.
pub(crate) const SITE: &str = "永州市政务数据开放平台";

/// The addresses of this interface.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = vec![
        get("/api", || async { version(1) }),
        get("/api/", || async { version(1) }),
        get("/api/1", || async { version(1) }),
        get("/api/2", || async { version(2) }),
        get("/api/3", || async { version(3) }),
        get("/api/3/", || async { version(3) }),
        get("/api/3/action/{name}", act),
        post("/api/3/action/{name}", act),
        get("/api/action/{name}", act),
        post("/api/action/{name}", act),
        get("/datastore/dump/{id}", dump::dump),
    ];
    routes.extend(complete::routes());
    routes
}

/// The names of every action.
pub(crate) fn actions() -> impl Iterator<Item = &'static str> {
    help::ACTIONS.iter().map(|it| it.0)
}

fn version(number: u8) -> Response {
    json_text(StatusCode::OK, json!({ "version": number }).to_string())
}

/// One call: what was asked, when, of which city, by which host name.
pub(crate) struct Call {
    city: City,
    links: Links,
    now: Timestamp,
    asked: Asked,
}

impl Call {
    fn new(city: City, visit: &Visit, asked: Asked) -> Call {
        Call {
            city,
            links: Links::new(&visit.origin),
            now: visit.now,
            asked,
        }
    }
}

async fn act(
    State(city): State<City>,
    visit: Visit,
    Path(name): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = body.map_err(|it| Fault::bad_json(&it.body_text()));
    let asked = body.and_then(|it| Asked::read(&method, &query.unwrap_or_default(), &it));
    let asked = match asked {
        Ok(asked) => asked,
        Err(fault) => return answer(&visit, &name, Err(fault), None),
    };
    let callback = asked.text("callback").filter(|_| method == Method::GET);
    let call = Call::new(city, &visit, asked);
    let result = run(&call, &name).await;
    answer(&visit, &name, result, callback.as_deref())
}

async fn run(call: &Call, name: &str) -> Result<Box<RawValue>, Fault> {
    let value = match name {
        "package_list" => lists::package_list(call).await?,
        "current_package_list_with_resources" => lists::packages_whole(call).await?,
        "package_show" => lists::package_show(call).await?,
        "package_search" => search::packages(call).await?,
        "resource_show" => lists::resource_show(call).await?,
        "resource_search" => lists::resource_search(call).await?,
        "resource_view_list" => lists::resource_views(call).await?,
        "organization_list" => lists::group_list(call, true).await?,
        "organization_show" => lists::group_show(call, true).await?,
        "group_list" => lists::group_list(call, false).await?,
        "group_show" => lists::group_show(call, false).await?,
        "group_package_show" => lists::group_packages(call).await?,
        "tag_list" => lists::tag_list(call).await?,
        "tag_show" => lists::tag_show(call).await?,
        "license_list" => lists::license_list(call),
        "package_autocomplete"
        | "organization_autocomplete"
        | "group_autocomplete"
        | "tag_autocomplete"
        | "format_autocomplete" => complete::action(call, name).await?,
        "status_show" => status(call),
        "site_read" => Value::Bool(true),
        "help_show" => {
            let name = call.asked.needed("name")?;
            help::of(&name)
                .ok_or(Fault::NotFound("Not found".to_owned()))?
                .into()
        }
        "datastore_search" => return datastore::search(call).await,
        "datastore_info" => datastore::info(call).await?,
        _ => return Err(Fault::Bare(format!("Bad request: Action name not known: {name}"))),
    };
    Ok(cells::raw(&value))
}

fn status(call: &Call) -> Value {
    json!({
        "ckan_version": VERSION,
        "site_title": SITE,
        "site_url": call.links.origin,
        "site_description": "依据《永州市政务大数据管理办法》开放的公共数据",
        "error_emails_to": null,
        "locale_default": "zh_Hans_CN",
        "extensions": ["datastore", "dcat"],
    })
}

/// The set that a file belongs to, by the file's id, or by the set's own id or name.
async fn set_of_resource(city: &City, id: &str) -> Result<Option<Dataset>, Fault> {
    if let Some((entry, _)) = id.rsplit_once('-') {
        let upper = entry.to_uppercase();
        for entry in [entry, &upper] {
            if let Some(set) = source::detail(city, entry).await? {
                let is_apply = format!("{}-apply", set.card.id.to_lowercase()) == id && !has_rows(&set);
                let is_file = set
                    .releases
                    .first()
                    .is_some_and(|it| it.files.iter().any(|it| it.rid == id));
                if is_apply || is_file {
                    return Ok(Some(set));
                }
            }
        }
    }
    Ok(source::detail(city, id).await?)
}

/// Whether rows of the set may be had without an application (art. 25, art. 26).
fn has_rows(set: &Dataset) -> bool {
    set.card.kind == OpenKind::Unconditional && !set.releases.is_empty()
}

#[derive(Serialize)]
struct Envelope<'a> {
    help: &'a str,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// Puts the envelope around a result, or a bare string where the call was none.
fn answer(
    visit: &Visit,
    name: &str,
    result: Result<Box<RawValue>, Fault>,
    callback: Option<&str>,
) -> Response {
    let help = Links::new(&visit.origin).at(&format!(
        "/api/3/action/help_show?name={}",
        super::links::segment(name)
    ));
    let (status, text) = match &result {
        Ok(result) => (StatusCode::OK, envelope(&help, Some(result), None)),
        Err(fault) => match fault.error() {
            Some(error) => (fault.status(), envelope(&help, None, Some(error))),
            None => {
                let Fault::Bare(words) = fault else {
                    unreachable!("only a bare fault has no envelope")
                };
                (fault.status(), json!(words).to_string())
            }
        },
    };
    match callback.filter(|it| is_callback(it)) {
        Some(callback) => {
            let kind = HeaderValue::from_static("application/javascript; charset=utf-8");
            (
                status,
                [(header::CONTENT_TYPE, kind)],
                format!("{callback}({text});"),
            )
                .into_response()
        }
        None => json_text(status, text),
    }
}

/// A name of a function and nothing else, so that the answer cannot become another script.
fn is_callback(name: &str) -> bool {
    name.len() <= 128
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "_$.".contains(it))
        && !name.is_empty()
}

fn envelope(help: &str, result: Option<&RawValue>, error: Option<Value>) -> String {
    let envelope = Envelope {
        help,
        success: error.is_none(),
        result,
        error,
    };
    cells::raw(&envelope).get().to_owned()
}

pub(crate) fn json_text(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("application/json;charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_name_and_nothing_else() {
        assert!(is_callback("jQuery.cb_1"));
        for bad in ["", "alert(1)//", "a b", "回调"] {
            assert!(!is_callback(bad), "{bad}");
        }
    }
}
