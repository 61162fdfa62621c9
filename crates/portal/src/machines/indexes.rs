//! What tells machines where everything is: `data.json`, the site map, `robots.txt`, and the feed of news.

use app::{City, Refused, portal};
use atom_syndication::{Category, Entry, FeedBuilder, FixedDateTime, LinkBuilder, Person, Text};
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use rules::catalogue::OpenKind;
use serde_json::{Value, json};

use super::{
    cells::printable,
    ckan::{SITE, shape},
    links::{Links, local},
    problem::Failure,
    source,
};
use crate::{
    routes::{Route, get},
    visit::Visit,
};

/// Addresses in one file of the site map; the protocol allows no more.
const MAP_MAX: usize = 50_000;

/// Lines of news in the feed.
const NEWS_MAX: usize = 100;

/// The pages that do not depend on data.
const PAGES: &[&str] = &[
    "/open",
    "/dataset",
    "/organization",
    "/group",
    "/open/lists",
    "/open/statistics",
    "/open/news",
    "/open/products",
    "/open/help",
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/data.json", data_json),
        get("/sitemap.xml", sitemap),
        get("/sitemaps/{part}", sitemap_part),
        get("/robots.txt", robots),
        get("/open/news.atom", feed),
    ]
}

fn text(kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, kind)], body.into()).into_response()
}

/// The catalogue in the shape of Project Open Data.
async fn data_json(State(city): State<City>, visit: Visit) -> Response {
    match all_as_data_json(&city, &Links::new(&visit.origin)).await {
        Ok(value) => text("application/json; charset=utf-8", value.to_string()),
        Err(refused) => Failure::from(refused).into_response(),
    }
}

async fn all_as_data_json(city: &City, links: &Links) -> Result<Value, Refused> {
    let cards = source::all(city).await?;
    let sets = source::details(city, &cards).await?;
    let one = |set: &portal::Dataset| {
        let card = &set.card;
        let is_open = card.kind == OpenKind::Unconditional;
        let file = |it: &Value| {
            json!({
                "@type": "dcat:Distribution",
                "title": it["name"],
                (if is_open { "downloadURL" } else { "accessURL" }): it["url"],
                "mediaType": it["mimetype"],
                "format": it["format"],
            })
        };
        let telephone = if set.phone.is_empty() {
            String::new()
        } else {
            format!("tel:{}", set.phone)
        };
        json!({
            "@type": "dcat:Dataset",
            "identifier": links.dataset(&card.id),
            "title": card.title,
            "description": if card.summary.is_empty() { &card.title } else { &card.summary },
            "keyword": card.keywords,
            "theme": [card.theme],
            "issued": local(card.issued_at),
            "modified": local(card.modified_at),
            "publisher": { "@type": "org:Organization", "name": card.org.title },
            "contactPoint": { "@type": "vcard:Contact", "fn": set.person_org, "hasTelephone": telephone },
            "accessLevel": if is_open { "public" } else { "restricted public" },
            "rights": shape::licence(card.kind).title,
            "license": links.terms(),
            "landingPage": links.dataset(&card.name),
            "distribution": shape::resources(links, set).iter().map(file).collect::<Vec<_>>(),
        })
    };
    Ok(json!({
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@id": links.at("/data.json"),
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "dataset": sets.iter().map(one).collect::<Vec<_>>(),
    }))
}

/// Every public page with the day it last changed, where that is known.
async fn addresses(city: &City, links: &Links) -> Result<Vec<(String, Option<Timestamp>)>, Refused> {
    let mut all: Vec<(String, Option<Timestamp>)> = PAGES.iter().map(|it| (links.at(it), None)).collect();
    all.extend(
        portal::orgs(city)
            .await?
            .iter()
            .map(|it| (links.org(&it.org), None)),
    );
    all.extend(
        portal::themes(city)
            .await?
            .iter()
            .map(|it| (links.theme(&it.name), None)),
    );
    let cards = source::all(city).await?;
    all.extend(
        cards
            .iter()
            .map(|it| (links.dataset(&it.name), Some(it.modified_at))),
    );
    Ok(all)
}

async fn sitemap(State(city): State<City>, visit: Visit) -> Response {
    let links = Links::new(&visit.origin);
    match addresses(&city, &links).await {
        Ok(all) if all.len() <= MAP_MAX => map(&all),
        Ok(all) => {
            let parts =
                (1..=all.len().div_ceil(MAP_MAX)).map(|it| (links.at(&format!("/sitemaps/{it}.xml")), None));
            document("sitemapindex", "sitemap", &parts.collect::<Vec<_>>())
        }
        Err(refused) => Failure::from(refused).into_response(),
    }
}

async fn sitemap_part(State(city): State<City>, visit: Visit, Path(part): Path<String>) -> Response {
    let number: Option<usize> = part
        .strip_suffix(".xml")
        .and_then(|it| it.parse().ok())
        .filter(|it| *it > 0);
    match addresses(&city, &Links::new(&visit.origin)).await {
        Ok(all) => match number.and_then(|it| all.chunks(MAP_MAX).nth(it - 1)) {
            Some(part) => map(part),
            None => Failure::from(Refused::not_found("该网站地图")).into_response(),
        },
        Err(refused) => Failure::from(refused).into_response(),
    }
}

fn map(addresses: &[(String, Option<Timestamp>)]) -> Response {
    document("urlset", "url", addresses)
}

fn document(root: &str, element: &str, lines: &[(String, Option<Timestamp>)]) -> Response {
    let mut writer = Writer::new(Vec::new());
    let written = writer
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
        .and_then(|()| {
            let root = writer
                .create_element(root)
                .with_attribute(("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"));
            root.write_inner_content(|writer| {
                for (address, changed) in lines {
                    writer.create_element(element).write_inner_content(|writer| {
                        writer
                            .create_element("loc")
                            .write_text_content(BytesText::new(address))?;
                        if let Some(changed) = changed {
                            writer
                                .create_element("lastmod")
                                .write_text_content(BytesText::new(&local(*changed)))?;
                        }
                        Ok(())
                    })?;
                }
                Ok(())
            })
            .map(|_| ())
        });
    match written {
        Ok(()) => text("application/xml; charset=utf-8", writer.into_inner()),
        Err(error) => Failure::from(Refused::internal(error)).into_response(),
    }
}

/// What crawlers may read: the public side, and none of the doors for agencies.
async fn robots(visit: Visit) -> Response {
    let map = Links::new(&visit.origin).at("/sitemap.xml");
    let body = format!(
        "User-agent: *\n\
         Allow: /\n\
         Disallow: /sign-in\n\
         Disallow: /api/v1/\n\
         Disallow: /open/account/\n\
         Disallow: /open/track\n\
         Disallow: /datastore/dump/\n\
         \n\
         Sitemap: {map}\n"
    );
    text("text/plain; charset=utf-8", body)
}

/// The news as an Atom feed.
async fn feed(State(city): State<City>, visit: Visit) -> Response {
    match portal::news(&city, NEWS_MAX).await {
        Ok(news) => text(
            "application/atom+xml; charset=utf-8",
            news_feed(&Links::new(&visit.origin), &news, visit.now),
        ),
        Err(refused) => Failure::from(refused).into_response(),
    }
}

fn instant(at: Timestamp) -> FixedDateTime {
    local(at).parse().unwrap_or_default()
}

fn news_feed(links: &Links, news: &[portal::NewsLine], now: Timestamp) -> String {
    let link = |rel: &str, kind: &str, href: String| {
        LinkBuilder::default()
            .rel(rel)
            .mime_type(Some(kind.to_owned()))
            .href(href)
            .build()
    };
    let entry = |line: &portal::NewsLine| Entry {
        id: format!(
            "{}#{}-{}",
            links.at(&line.href),
            line.kind.name(),
            line.at.as_millisecond()
        ),
        // Titles are pasted from anywhere; one character that XML forbids would make the whole feed unreadable.
        title: Text::plain(printable(&line.words)),
        updated: instant(line.at),
        published: Some(instant(line.at)),
        links: vec![link("alternate", "text/html", links.at(&line.href))],
        categories: vec![Category {
            term: line.kind.name().to_owned(),
            scheme: None,
            label: Some(line.kind.label().to_owned()),
        }],
        summary: Some(Text::plain(printable(&line.words))),
        ..Entry::default()
    };
    FeedBuilder::default()
        .id(links.at("/open/news"))
        .title(Text::plain(format!("{SITE} · 动态")))
        .updated(instant(news.first().map_or(now, |it| it.at)))
        .lang(Some("zh-Hans".to_owned()))
        .authors(vec![Person {
            name: SITE.to_owned(),
            ..Person::default()
        }])
        .links(vec![
            link("self", "application/atom+xml", links.at("/open/news.atom")),
            link("alternate", "text/html", links.at("/open/news")),
        ])
        .entries(news.iter().map(entry).collect::<Vec<_>>())
        .build()
        .to_string()
}
