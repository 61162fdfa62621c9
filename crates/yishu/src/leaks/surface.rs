//! Every request there is to make, from the route tables: one template for each route and each way to fill it.

use axum::http::Method;
use rules::{catalogue::OpenKind, procedure::Procedure, release::FileFormat};

use super::{oracle::Reader, things::Kind};

/// Whose pages or interfaces a route belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Gateway,
    Portal,
    Pages,
}

/// What a template still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// Nothing.
    Nothing,
    /// Something of this kind, at `{thing}`.
    Thing(Kind),
    /// A word to look for, at `{word}`.
    Word,
}

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Template {
    /// Where it leads.
    pub door: Door,
    /// GET or POST.
    pub method: Method,
    /// The address, with `{thing}` or `{word}` where something is lacking.
    pub path: String,
    /// What.
    pub lacks: Lacks,
}

impl Template {
    /// The address with `it` in the place of what is lacking.
    pub fn with(&self, it: &str) -> String {
        self.path
            .replace("{thing}", it)
            .replace("{word}", &web::words::encoded(it))
    }

    /// Whether it only reads, so that it may be asked of what one may see.
    pub fn reads(&self) -> bool {
        let asks = ["/query", "/verify"].iter().any(|it| self.path.ends_with(it));
        self.method == Method::GET || asks || self.path.contains("/action/")
    }

    /// Whether `reader` comes this way at all.
    pub fn is_for(&self, reader: Reader) -> bool {
        match (reader, self.door) {
            (Reader::Public, _) => true,
            (Reader::Applicant(_), door) => door == Door::Portal,
            (Reader::System(_), door) => door == Door::Gateway,
            (Reader::Person(..), door) => door == Door::Pages,
        }
    }
}

/// Which kind of thing an address names, by how it begins.
#[rustfmt::skip] // A table: one address a line.
const THINGS: &[(&str, Kind)] = &[
    ("/api/v1/grants/{grant}", Kind::Grant),
    ("/api/v1/entries/{entry}", Kind::Entry),
    ("/api/v1/deliveries/{delivery}", Kind::Delivery),
    ("/api/v1/receipts/{index}", Kind::Receipt),
    ("/entries/{id}", Kind::Entry),
    ("/opening/{entry}", Kind::Entry),
    ("/deliveries/{id}", Kind::Delivery),
    ("/cases/{id}", Kind::Case),
    ("/grants/{id}", Kind::Grant),
    ("/agreements/{id}", Kind::Agreement),
    ("/products/{id}", Kind::Product),
    ("/systems/{id}", Kind::System),
    ("/keys/{id}", Kind::Key),
    ("/notices/{id}", Kind::Notice),
    ("/evidence/{index}", Kind::Receipt),
    ("/admin/people/{id}", Kind::Person),
    ("/admin/orgs/{id}", Kind::Org),
    ("/dataset/{name}", Kind::Set),
    ("/api/open/v1/datasets/{name}", Kind::Set),
    ("/datastore/dump/{id}", Kind::Set),
    ("/open/account/apply/{name}", Kind::Set),
    ("/open/lists/{org}/{kind}/{number}", Kind::Edition),
    ("/organization/{name}", Kind::Place),
    ("/group/{name}", Kind::Theme),
    ("/open/account/requests/{id}", Kind::Request),
    ("/open/account/agreements/{id}", Kind::Agreement),
    ("/open/account/products/{id}", Kind::Product),
    ("/api/open/v1/agreements/{id}", Kind::Agreement),
];

/// Addresses that show nothing of the city, with the reason. This list may only shrink.
const NOTHING_OF_THE_CITY: &[(&str, &str)] = &[
    ("GET /assets/{hash}/{*name}", "files of the binary"),
    ("GET /open/assets/{hash}/{*name}", "files of the binary"),
    (
        "GET /open/account/link/{id}/{secret}",
        "what a letter's secret opens, and nothing without it",
    ),
    (
        "POST /open/account/link/{id}/{secret}",
        "what a letter's secret opens, and nothing without it",
    ),
];

/// Addresses that end the session of whoever asks, so that nothing could be asked after them. This list may only shrink.
const ENDS_THE_SESSION: &[(&str, &str)] = &[
    ("POST /sign-out", "the session of an account"),
    ("POST /open/account/sign-out", "the session of an applicant"),
];

/// What stands in the other places of an address.
fn words(place: &str) -> Option<Vec<String>> {
    let list = |them: &[&str]| Some(them.iter().map(|it| (*it).to_owned()).collect());
    let of_formats = |text: &dyn Fn(&str) -> String| {
        let formats = FileFormat::ALL.iter().map(|it| text(it.extension()));
        Some(formats.collect())
    };
    match place {
        "/edit/{section}" => {
            // One handler takes them all.
            let sections = web::pages::entries::edit::SECTIONS.iter().take(2);
            Some(sections.map(|it| format!("/edit/{}", it.name)).collect())
        }
        "/{step}" => {
            // One handler takes them all, so one step of each procedure will do.
            let last = Procedure::WIRED.iter().filter_map(|it| it.moves.last());
            Some(last.map(|it| format!("/{}", it.step.name)).collect())
        }
        "/keys/{key}" => list(&["/keys/01JD0000000000000000000001"]),
        "/{*rest}" => list(&["/nowhere"]),
        "/versions/{version}" => list(&["/versions/1", "/versions/2"]),
        "/opening/lists/{kind}" => {
            let kinds = OpenKind::ALL
                .iter()
                .map(|it| format!("/opening/lists/{}", it.name()));
            Some(kinds.collect())
        }
        "/sitemaps/{part}" => list(&["/sitemaps/1.xml", "/sitemaps/2.xml"]),
        "/util/{kind}/autocomplete" => list(&[
            "/util/dataset/autocomplete",
            "/util/organization/autocomplete",
            "/util/group/autocomplete",
            "/util/tag/autocomplete",
        ]),
        "/action/{name}" => {
            let actions = portal::machines::actions().map(|it| format!("/action/{it}"));
            Some(actions.collect())
        }
        "/resource/{rid}/download/{file}" => {
            of_formats(&|it| format!("/resource/{{thing}}-{it}/download/x.{it}"))
        }
        "/releases/{number}/{file}" => of_formats(&|it| format!("/releases/1/x.{it}")),
        "/resource/{rid}" => of_formats(&|it| format!("/resource/{{thing}}-{it}")),
        "/releases/{number}" => list(&["/releases/1", "/releases/2"]),
        _ => None,
    }
}

/// The places of [`words`], the longer before what they begin with.
const PLACES: &[&str] = &[
    "/edit/{section}",
    "/{step}",
    "/keys/{key}",
    "/{*rest}",
    "/versions/{version}",
    "/opening/lists/{kind}",
    "/sitemaps/{part}",
    "/util/{kind}/autocomplete",
    "/action/{name}",
    "/resource/{rid}/download/{file}",
    "/releases/{number}/{file}",
    "/resource/{rid}",
    "/releases/{number}",
];

/// What is asked behind a question mark.
#[rustfmt::skip] // A table: one question a line.
const QUESTIONS: &[(&str, Lacks)] = &[
    ("/entries?q={word}", Lacks::Word),
    ("/entries?q={word}&sort=title", Lacks::Word),
    ("/entries/export?q={word}", Lacks::Word),
    ("/entries/suggest?q={word}", Lacks::Word),
    ("/cases?q={word}", Lacks::Word),
    ("/cases/export?q={word}", Lacks::Word),
    ("/admin/people?q={word}", Lacks::Word),
    ("/dataset?q={word}", Lacks::Word),
    ("/dataset?keyword={word}", Lacks::Word),
    ("/dataset?theme={word}", Lacks::Word),
    ("/dataset?org={thing}", Lacks::Thing(Kind::Place)),
    ("/dataset?sort=title&kind=conditional", Lacks::Nothing),
    ("/open/suggest?q={word}", Lacks::Word),
    ("/open/object?dataset={thing}", Lacks::Thing(Kind::Set)),
    ("/open/account/products/new?dataset={thing}", Lacks::Thing(Kind::Set)),
    ("/catalog.ttl?page=2", Lacks::Nothing),
    ("/catalog?q={word}", Lacks::Word),
    ("/catalog.ttl?q={word}", Lacks::Word),
    ("/catalog.jsonld?q={word}", Lacks::Word),
    ("/api/open/v1/datasets?q={word}", Lacks::Word),
    ("/api/util/dataset/autocomplete?incomplete={word}", Lacks::Word),
    ("/api/2/util/tag/autocomplete?incomplete={word}", Lacks::Word),
    ("/api/util/group/autocomplete?q={word}", Lacks::Word),
    ("/api/util/organization/autocomplete?q={thing}", Lacks::Thing(Kind::Place)),
    ("/api/3/action/package_show?id={thing}", Lacks::Thing(Kind::Set)),
    ("/api/3/action/package_autocomplete?q={word}", Lacks::Word),
    ("/api/3/action/package_autocomplete?q={thing}", Lacks::Thing(Kind::SetName)),
    ("/api/3/action/tag_autocomplete?q={word}", Lacks::Word),
    ("/api/3/action/tag_list?query={word}", Lacks::Word),
    ("/api/3/action/tag_list?all_fields=true", Lacks::Nothing),
    ("/api/3/action/tag_show?id={word}", Lacks::Word),
    ("/api/3/action/group_list?all_fields=true", Lacks::Nothing),
    ("/api/3/action/group_show?id={thing}", Lacks::Thing(Kind::Theme)),
    ("/api/3/action/group_package_show?id={thing}", Lacks::Thing(Kind::Theme)),
    ("/api/3/action/group_autocomplete?q={word}", Lacks::Word),
    ("/api/3/action/organization_list?all_fields=true", Lacks::Nothing),
    ("/api/3/action/organization_show?id={thing}&include_datasets=true", Lacks::Thing(Kind::Place)),
    ("/api/3/action/organization_autocomplete?q={thing}", Lacks::Thing(Kind::Place)),
    ("/api/3/action/package_search?q={word}", Lacks::Word),
    ("/api/3/action/package_search?q=title:{word}", Lacks::Word),
    ("/api/3/action/package_search?fq=tags:{word}", Lacks::Word),
    ("/api/3/action/package_search?fq=name:{thing}", Lacks::Thing(Kind::Set)),
    ("/api/3/action/package_search?fq=organization:{thing}", Lacks::Thing(Kind::Place)),
    ("/api/3/action/package_search?facet.field=[%22tags%22,%22organization%22,%22groups%22,%22res_format%22]", Lacks::Nothing),
    ("/api/3/action/package_search?sort=title_string+asc&rows=1000", Lacks::Nothing),
    ("/api/3/action/resource_show?id={thing}-csv", Lacks::Thing(Kind::Set)),
    ("/api/3/action/resource_view_list?id={thing}-csv", Lacks::Thing(Kind::Set)),
    ("/api/3/action/resource_search?query=name:{word}", Lacks::Word),
    ("/api/3/action/datastore_search?resource_id={thing}-csv", Lacks::Thing(Kind::Set)),
    ("/api/3/action/datastore_search?resource_id={thing}", Lacks::Thing(Kind::Set)),
    ("/api/3/action/datastore_info?id={thing}-csv", Lacks::Thing(Kind::Set)),
    ("/datastore/dump/{thing}-csv", Lacks::Thing(Kind::Set)),
];

/// Questions about the rows of the open set at `{open}`: by values that its release leaves out or veils.
#[rustfmt::skip] // A table: one question a line.
const OF_ROWS: &[&str] = &[
    "/dataset/{open}?q={word}",
    "/dataset/{open}?name={word}",
    "/api/open/v1/datasets/{open}/rows?q={word}",
    "/api/open/v1/datasets/{open}/rows?name={word}",
    "/api/open/v1/datasets/{open}/rows?name=like.{word}",
    "/api/open/v1/datasets/{open}/rows?phone={word}",
    "/api/3/action/datastore_search?resource_id={open}-csv&q={word}",
    "/api/3/action/datastore_search?resource_id={open}-csv&filters=%7B%22name%22:%22{word}%22%7D",
    "/api/3/action/datastore_search?resource_id={open}-csv&filters=%7B%22phone%22:%22{word}%22%7D",
    "/api/3/action/datastore_search?resource_id={open}-csv&sort=phone",
    "/datastore/dump/{open}-csv?q={word}",
];

/// Every route: door, method, address.
fn routes() -> Vec<(Door, Method, &'static str)> {
    let gateway = gateway::ROUTES.iter().map(|it| {
        let method = if it.method == "POST" {
            Method::POST
        } else {
            Method::GET
        };
        (Door::Gateway, method, it.path)
    });
    let portal = portal::routes::routes()
        .into_iter()
        .map(|it| (Door::Portal, it.method, it.path));
    let pages = web::routes::routes()
        .into_iter()
        .map(|it| (Door::Pages, it.method, it.path));
    gateway.chain(portal).chain(pages).collect()
}

/// The templates of one route; none where something of its address is not known to this test.
fn fill(door: Door, method: &Method, route: &str) -> Option<Vec<Template>> {
    let known = |it: &&(&str, Kind)| {
        route
            .strip_prefix(it.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (mut paths, lacks) = match THINGS.iter().find(known) {
        Some((begin, kind)) => {
            let (place, _) = begin.split_once('{')?;
            (
                vec![format!("{place}{{thing}}{}", &route[begin.len()..])],
                Lacks::Thing(*kind),
            )
        }
        None => (vec![route.to_owned()], Lacks::Nothing),
    };
    for place in PLACES {
        let filled = |path: String| match path.split_once(place) {
            Some((before, after)) => {
                let words = words(place).unwrap_or_default();
                words
                    .into_iter()
                    .map(|it| format!("{before}{it}{after}"))
                    .collect()
            }
            None => vec![path],
        };
        paths = paths.into_iter().flat_map(filled).collect();
    }
    let template = |path: String| {
        (!path.replace("{thing}", "").contains('{')).then(|| Template {
            door,
            method: method.clone(),
            path,
            lacks,
        })
    };
    paths.into_iter().map(template).collect()
}

/// Every template; fails with the routes that this test does not know how to fill.
pub fn templates(open: &[String]) -> Vec<Template> {
    let (mut templates, mut unknown) = (Vec::new(), Vec::new());
    for (door, method, route) in routes() {
        let name = format!("{method} {route}");
        if NOTHING_OF_THE_CITY
            .iter()
            .chain(ENDS_THE_SESSION)
            .any(|it| it.0 == name)
        {
            continue;
        }
        match fill(door, &method, route) {
            Some(filled) => templates.extend(filled),
            None => unknown.push(name),
        }
    }
    assert!(
        unknown.is_empty(),
        "the leak test knows nothing to put into {unknown:?}"
    );
    let door = |path: &str| {
        let is_inner = ["/entries", "/cases", "/admin"]
            .iter()
            .any(|it| path.starts_with(it));
        if is_inner { Door::Pages } else { Door::Portal }
    };
    let question = |path: &str, lacks| Template {
        door: door(path),
        method: Method::GET,
        path: path.to_owned(),
        lacks,
    };
    templates.extend(QUESTIONS.iter().map(|(path, lacks)| question(path, *lacks)));
    for open in open {
        templates.extend(
            OF_ROWS
                .iter()
                .map(|path| question(&path.replace("{open}", open), Lacks::Word)),
        );
    }
    templates
}

#[test]
fn the_test_of_leaks_knows_how_to_ask_at_every_address() {
    assert!(routes().len() < templates(&[]).len());
}

#[test]
fn every_exception_is_a_route() {
    let names: Vec<String> = routes()
        .iter()
        .map(|(_, method, route)| format!("{method} {route}"))
        .collect();
    for (name, why) in NOTHING_OF_THE_CITY.iter().chain(ENDS_THE_SESSION) {
        assert!(
            names.iter().any(|it| it == name),
            "{name} ({why}) is no route any more"
        );
    }
}
