//! Following every link of the city's pages over plain HTTP, as a search engine or a patient reader would.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{City, Result};

/// Answers that are no pages (files, feeds) that are asked for at one address of the table; the others are like them.
const FILES_MAX: usize = 8;
/// Pages of one address with the same kind of question (`?sort=…`, `?q=…&page=…`) that are asked for.
const QUESTIONS_MAX: usize = 4;

/// Attributes by which a page leads elsewhere or fetches something.
const LEADS: &[&str] = &["href", "src", "data-suggest"];

/// One answer.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its path, with what it asks.
    pub path: String,
    /// The page that led to it.
    pub from: String,
    /// The address of the table that it belongs to; empty for what another table serves.
    pub route: &'static str,
    /// How it was answered.
    pub status: u16,
    /// What it is, such as `text/html`.
    pub kind: String,
    /// The rule of what it may fetch.
    pub policy: String,
    /// Its text; empty for files.
    pub text: String,
}

/// A way through the city's pages.
pub struct Crawl<'a> {
    city: &'a City,
    routes: Vec<&'static str>,
    cookie: String,
    most: usize,
}

impl<'a> Crawl<'a> {
    /// Through the addresses of this table, as somebody who is not signed in.
    pub fn new(city: &'a City, routes: Vec<&'static str>) -> Crawl<'a> {
        Crawl {
            city,
            routes,
            cookie: String::new(),
            most: usize::MAX,
        }
    }

    /// As whoever has this cookie.
    pub fn as_somebody(mut self, cookie: &str) -> Crawl<'a> {
        cookie.clone_into(&mut self.cookie);
        self
    }

    /// Stops at so many pages of each address.
    pub fn at_most(mut self, pages: usize) -> Crawl<'a> {
        self.most = pages;
        self
    }

    /// Everything that can be reached from `start`, each once, in the order found.
    pub fn follow(&self, start: &str) -> Result<Vec<Seen>> {
        let mut waiting = VecDeque::from([(start.to_owned(), String::new())]);
        let mut known = BTreeSet::from([start.to_owned()]);
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let mut files: BTreeMap<&str, usize> = BTreeMap::new();
        let mut seen = Vec::new();
        while let Some((path, from)) = waiting.pop_front() {
            let route = self.route(&path);
            let count = counted.entry(shape(route, &path)).or_default();
            *count += 1;
            let most = if path.contains('?') {
                QUESTIONS_MAX
            } else {
                self.most
            };
            if most < *count || files.get(route).is_some_and(|it| FILES_MAX <= *it) {
                continue;
            }
            let (found, to) = self.look(path, from, route)?;
            if !found.kind.starts_with("text/html") && found.status == 200 {
                *files.entry(route).or_default() += 1;
            }
            for link in found.links().into_iter().chain(to) {
                if known.insert(link.clone()) {
                    waiting.push_back((link, found.path.clone()));
                }
            }
            seen.push(found);
        }
        Ok(seen)
    }

    /// One answer, and where it sends on to.
    fn look(&self, path: String, from: String, route: &'static str) -> Result<(Seen, Option<String>)> {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        let request = agent.get(format!("{}{path}", self.city.address()));
        let mut answer = request.header("cookie", &self.cookie).call()?;
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|it| it.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (kind, policy, to) = (
            header("content-type"),
            header("content-security-policy"),
            header("location"),
        );
        let status = answer.status().as_u16();
        let text = match kind.starts_with("text/html") || kind.starts_with("text/css") {
            true => answer.body_mut().read_to_string()?,
            false => String::new(),
        };
        let seen = Seen {
            path,
            from,
            route,
            status,
            kind,
            policy,
            text,
        };
        Ok((seen, local(&to)))
    }

    /// The address of the table that a path belongs to: the one with the most words in common.
    fn route(&self, path: &str) -> &'static str {
        let path = path.split('?').next().unwrap_or_default();
        let fitting = self
            .routes
            .iter()
            .filter_map(|it| Some((words_in_common(it, path)?, *it)));
        fitting.max_by_key(|it| it.0).map_or("", |it| it.1)
    }
}

impl Seen {
    /// Whether it is a page, and not a file.
    pub fn is_page(&self) -> bool {
        self.status == 200 && self.kind.starts_with("text/html")
    }

    /// Every place of this city that it leads to or fetches.
    pub fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for tag in tags(&self.text) {
            links.extend(LEADS.iter().filter_map(|it| local(&attribute(tag, it)?)));
        }
        links
    }

    /// Everything that it makes a browser fetch from another host, or send there. Links that a reader may follow do not
    /// count.
    pub fn strangers(&self) -> Vec<String> {
        let mut found = Vec::new();
        for tag in tags(&self.text).filter(|it| !it.starts_with("a ")) {
            let names = tag.starts_with("link ") && (tag.contains("canonical") || tag.contains("alternate"));
            let fetched = ["href", "src", "srcset", "action", "data", "poster"];
            let values = fetched.iter().filter_map(|it| attribute(tag, it));
            found.extend(values.filter(|it| !names && (it.contains("//") || it.starts_with("javascript:"))));
        }
        for (start, end) in [("url(", ")"), ("@import", ";")] {
            let values = self
                .text
                .split(start)
                .skip(1)
                .filter_map(|it| it.split(end).next());
            found.extend(values.filter(|it| it.contains("//")).map(str::to_owned));
        }
        found
    }
}

/// What kind of question a path asks, of which address.
fn shape(route: &str, path: &str) -> String {
    let asked = path.split_once('?').map_or("", |it| it.1);
    let mut names: Vec<&str> = asked.split('&').filter_map(|it| it.split('=').next()).collect();
    names.sort_unstable();
    format!("{route}?{}", names.join("&"))
}

/// How many words of an address stand in a path that it fits; none where it does not fit.
fn words_in_common(route: &str, path: &str) -> Option<usize> {
    let mut common = 0;
    let mut parts = path.split('/');
    for word in route.split('/') {
        let part = parts.next()?;
        match word {
            _ if word.starts_with("{*") => return Some(common),
            _ if word.starts_with('{') && !part.is_empty() => {}
            _ if word == part => common += 1,
            _ => return None,
        }
    }
    parts.next().is_none().then_some(common)
}

fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').filter_map(|it| it.split_once('>')).map(|it| it.0)
}

/// The value of an attribute within a tag, as a browser reads it.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
    Some(
        value
            .replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#39;", "'"),
    )
}

/// A link's place in this city, without the part of the page it points at; none where it leads out or stays.
fn local(link: &str) -> Option<String> {
    let link = link.split('#').next().unwrap_or_default();
    (link.starts_with('/') && !link.starts_with("//")).then(|| link.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Seen {
        Seen {
            path: "/open".into(),
            from: String::new(),
            route: "/open",
            status: 200,
            kind: "text/html".into(),
            policy: String::new(),
            text: text.into(),
        }
    }

    #[test]
    fn links_are_read_as_a_browser_reads_them() {
        let it = page(
            r##"<a href="/dataset?q=a&#38;page=2#found">x</a><a href="#main"><a href="https://else.example/"><input data-suggest="/open/suggest">"##,
        );
        assert_eq!(it.links(), ["/dataset?q=a&page=2", "/open/suggest"]);
    }

    #[test]
    fn whatever_a_page_would_fetch_elsewhere_is_found() {
        let it = page(
            r#"<a href="https://else.example/"></a><link rel="canonical" href="http://here/open"><img src="//else.example/x.png"><form action="https://else.example/"><style>@import "https://else.example/x.css"; p { background: url(https://else.example/y.png) }</style>"#,
        );
        assert_eq!(it.strangers().len(), 4, "{:?}", it.strangers());
    }

    #[test]
    fn a_path_belongs_to_the_address_that_says_most_of_it() {
        assert_eq!(words_in_common("/open/lists", "/open/lists"), Some(3));
        assert_eq!(words_in_common("/open/{name}", "/open/lists"), Some(2));
        assert_eq!(
            words_in_common("/open/assets/{hash}/{*name}", "/open/assets/1/js/x.js"),
            Some(3)
        );
        assert_eq!(words_in_common("/open", "/open/lists"), None);
        assert_eq!(
            words_in_common("/dataset/{name}/releases/{number}", "/dataset/x"),
            None
        );
    }
}
