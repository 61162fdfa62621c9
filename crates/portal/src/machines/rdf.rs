//! The catalogue for harvesters: DCAT-AP 3 as Turtle, RDF/XML, JSON-LD and N3, page by page, and set by set.

use app::{City, Refused};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;

use self::graph::{Form, Graph};
use super::{
    ckan::SITE,
    links::{Links, local},
    source, tag,
};
use crate::{
    routes::{Route, get},
    visit::Visit,
};

mod accept;
mod describe;
mod graph;

/// Sets on one page of the catalogue.
const PAGE: usize = 100;

/// The addresses of this interface. Those of single sets share the address of the page, see [`dataset_as`].
pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/catalog", negotiated),
        get("/catalog.ttl", |city, visit, asked| {
            whole(city, visit, asked, Form::Turtle)
        }),
        get("/catalog.n3", |city, visit, asked| {
            whole(city, visit, asked, Form::N3)
        }),
        get("/catalog.rdf", |city, visit, asked| {
            whole(city, visit, asked, Form::RdfXml)
        }),
        get("/catalog.xml", |city, visit, asked| {
            whole(city, visit, asked, Form::RdfXml)
        }),
        get("/catalog.jsonld", |city, visit, asked| {
            whole(city, visit, asked, Form::JsonLd)
        }),
    ]
}

/// Which part of the catalogue.
#[derive(Debug, Default)]
struct Part {
    page: Option<String>,
    modified_since: Option<String>,
}

impl Part {
    /// Reads a query; of a name that comes again the last counts.
    fn read(query: Option<String>) -> Part {
        let mut part = Part::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned() {
            let field = match name.as_str() {
                "page" => &mut part.page,
                "modified_since" => &mut part.modified_since,
                _ => continue,
            };
            *field = Some(value).filter(|it| !it.is_empty());
        }
        part
    }
}

/// `/catalog`: the form that is preferred; a browser goes to the list of sets.
async fn negotiated(state: State<City>, visit: Visit, asked: RawQuery, headers: HeaderMap) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .is_some_and(|it| it.to_str().is_ok_and(|it| it.contains("text/html")));
    let mut response = match accept::preferred(&headers) {
        Some(form) => whole(state, visit, asked, form).await,
        None if wants_page => Redirect::to("/dataset").into_response(),
        None => whole(state, visit, asked, Form::Turtle).await,
    };
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

async fn whole(State(city): State<City>, visit: Visit, RawQuery(query): RawQuery, form: Form) -> Response {
    let part = Part::read(query);
    match catalogue(&city, &Links::new(&visit.origin), &part, form).await {
        Ok(graph) => written(&graph, form),
        Err(said) => said.into_response(),
    }
}

/// What is answered instead of a graph.
enum Said {
    Refused(Refused),
    Bad(String),
}

impl From<Refused> for Said {
    fn from(refused: Refused) -> Said {
        Said::Refused(refused)
    }
}

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Said::Bad(words) => (StatusCode::BAD_REQUEST, words),
            Said::Refused(it) if it.status == app::Status::NotFound => {
                (StatusCode::NOT_FOUND, "没有这项开放数据。\n".to_owned())
            }
            // Never half a catalogue with a 200: a harvester deletes what it misses.
            Said::Refused(it) => (StatusCode::INTERNAL_SERVER_ERROR, it.words),
        };
        (
            status,
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            words,
        )
            .into_response()
    }
}

async fn catalogue(city: &City, links: &Links, part: &Part, form: Form) -> Result<Graph, Said> {
    let page: usize = match part.page.as_deref() {
        None => 1,
        Some(text) => text
            .parse()
            .ok()
            .filter(|it| *it > 0)
            .ok_or_else(|| Said::Bad("page 应为从 1 起的整数。\n".to_owned()))?,
    };
    let mut cards = source::all(city).await?;
    let modified = cards.iter().map(|it| it.modified_at).max();
    if let Some(text) = part.modified_since.as_deref() {
        let since = instant(text).ok_or_else(|| {
            Said::Bad("modified_since 应为 ISO 8601 时间，如 2026-01-01T00:00:00Z。\n".to_owned())
        })?;
        cards.retain(|it| it.modified_at >= since);
    }
    let pages = cards.len().div_ceil(PAGE).max(1);
    let total = cards.len() as u64;
    let shown: Vec<_> = cards
        .into_iter()
        .skip((page - 1).saturating_mul(PAGE))
        .take(PAGE)
        .collect();
    let sets = source::details(city, &shown).await?;
    let mut graph = Graph::default();
    let me = links.at("/catalog");
    let publisher = describe::publisher(&mut graph, links);
    let mut about = graph
        .of(&me)
        .a("dcat:Catalog")
        .zh("dct:title", &format!("{SITE}数据目录"))
        .zh(
            "dct:description",
            "永州市各级政务部门依据《永州市政务大数据管理办法》第二十四条发布的开放数据集。",
        )
        .link("dct:publisher", &publisher)
        .link("foaf:homepage", &links.at("/open"))
        .link("dcat:themeTaxonomy", &links.at("/group"))
        .link("dcat:service", &links.at("/api/open/v1#service"));
    if let Some(modified) = modified {
        about = about.typed("dct:modified", local(modified), "xsd:dateTime");
    }
    for set in &sets {
        about = about.link("dcat:dataset", &describe::iri(links, set));
    }
    let view = View {
        links,
        part,
        form,
        page,
        pages,
        total,
    };
    about.link("hydra:view", &view.address(page));
    view.describe(&mut graph);
    graph.of(&links.at("/open")).a("foaf:Document");
    graph
        .of(&links.at("/group"))
        .a("skos:ConceptScheme")
        .zh("dct:title", "主题");
    describe::service(&mut graph, links);
    for set in &sets {
        describe::dataset(&mut graph, links, set);
    }
    Ok(graph)
}

fn instant(text: &str) -> Option<Timestamp> {
    // The plus of an offset that was not encoded arrives as a blank.
    let texts = [text.to_owned(), text.replace(' ', "+")];
    let mut written = texts
        .iter()
        .flat_map(|text| ["", "Z", "T00:00:00Z"].map(|it| format!("{text}{it}")));
    written.find_map(|it| it.parse().ok())
}

/// One page of the catalogue, in the words of every paging that harvesters know.
struct View<'a> {
    links: &'a Links,
    part: &'a Part,
    form: Form,
    page: usize,
    pages: usize,
    total: u64,
}

impl View<'_> {
    fn query(&self, page: usize) -> String {
        let since = self.part.modified_since.as_deref();
        let since = since.map_or_else(String::new, |it| {
            format!("&modified_since={}", super::links::segment(it))
        });
        format!("?page={page}{since}")
    }

    /// A page's name, the same in every form.
    fn address(&self, page: usize) -> String {
        self.links.at(&format!("/catalog{}", self.query(page)))
    }

    /// A page in this form: harvesters read the next page as they read the first, without negotiating again.
    fn in_form(&self, page: usize) -> String {
        let extension = match self.form {
            Form::Turtle => "ttl",
            Form::N3 => "n3",
            Form::RdfXml => "rdf",
            Form::JsonLd => "jsonld",
        };
        self.links
            .at(&format!("/catalog.{extension}{}", self.query(page)))
    }

    fn describe(&self, graph: &mut Graph) {
        let mut turns = vec![("first", self.address(1)), ("last", self.address(self.pages))];
        if self.page > 1 {
            turns.push(("previous", self.in_form(self.page - 1)));
        }
        if self.page < self.pages {
            turns.push(("next", self.in_form(self.page + 1)));
        }
        let mut about = graph
            .of(&self.address(self.page))
            .a("hydra:PartialCollectionView")
            .a("hydra:PagedCollection")
            .number("hydra:totalItems", self.total)
            .number("hydra:itemsPerPage", PAGE as u64);
        for (way, address) in turns {
            about = about
                .link(&format!("hydra:{way}"), &address)
                .link(&format!("hydra:{way}Page"), &address);
        }
    }
}

/// A set in the form of RDF that the address's ending or the `Accept` header asks for; none where the page is wanted.
/// The answer, and the page too, vary with `Accept`.
pub async fn dataset_as(city: &City, visit: &Visit, name: &str, headers: &HeaderMap) -> Option<Response> {
    let by_ending = name
        .rsplit_once('.')
        .and_then(|(name, end)| Some((name, Form::of_extension(end)?)));
    let (name, form) = match by_ending {
        Some(asked) => asked,
        None => (name, accept::preferred(headers)?),
    };
    let links = Links::new(&visit.origin);
    let response = match app::portal::dataset(city, name).await {
        Ok(set) => {
            let mut graph = Graph::default();
            describe::dataset(&mut graph, &links, &set);
            describe::service(&mut graph, &links);
            written(&graph, form)
        }
        Err(refused) => Said::Refused(refused).into_response(),
    };
    let known = tag::asked(headers);
    let mut response = tag::tagged(response, known).await;
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Some(response)
}

fn written(graph: &Graph, form: Form) -> Response {
    match graph.write(form) {
        Ok(bytes) => ([(header::CONTENT_TYPE, form.mime())], bytes).into_response(),
        Err(error) => Said::Refused(Refused::internal(error)).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_however_harvesters_write_it() {
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T08:00:00+08:00",
            "2026-01-01T08:00:00 08:00",
            "2025-12-31T19:00:00-05:00",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00",
            "2026-01-01",
        ] {
            assert_eq!(instant(text), "2026-01-01T00:00:00Z".parse().ok(), "{text}");
        }
        for text in ["soon", "公公公公", "2026-13-01", "99999999999999999999"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn of_a_parameter_that_comes_again_the_last_counts() {
        let part = Part::read(Some("page=3&page=2&modified_since=&x=1".to_owned()));
        assert_eq!((part.page.as_deref(), part.modified_since), (Some("2"), None));
    }
}
