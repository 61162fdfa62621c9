//! Asking as somebody, and what of an answer counts.

use std::io::{Cursor, Read};

use app::{applicants, people, testing::PASSWORD};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, header},
};

use super::{
    city::Town,
    oracle::Reader,
    outer::email,
    surface::{Door, Template},
};
use crate::clock;

/// Headers whose values are another with every answer.
const VOLATILE: &[&str] = &["x-request-id", "x-yishu-evidence", "x-yishu-salt"];

/// Somebody with a session or a key.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who.
    pub reader: Reader,
    headers: Vec<(header::HeaderName, String)>,
    csrf: String,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Every header, in order, one a line; volatile values blanked.
    pub head: String,
    /// The body as text; of a spreadsheet its sheets.
    pub body: String,
}

impl Answer {
    /// Head and body.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}", self.status, self.head, self.body)
    }

    /// The same without the headers that say of the body what it says itself: how long it is, and its tag.
    pub fn without_measures(&self) -> String {
        let is_measure = |it: &&str| it.starts_with("content-length: ") || it.starts_with("etag: ");
        let head: Vec<&str> = self.head.lines().filter(|it| !is_measure(it)).collect();
        format!("{}\n{}\n{}", self.status, head.join("\n"), self.body)
    }

    /// The same with `‹it›` in the place of every form in which `it` may stand in an answer.
    pub fn naming(&self, it: &str) -> String {
        let mut text = self.without_measures();
        if it.len() < 8 && it.bytes().all(|it| it.is_ascii_digit()) {
            // A number names something only within an address.
            return text
                .replace(&format!("/{it}"), "/‹it›")
                .replace(&format!("%2F{it}"), "/‹it›");
        }
        let once = web::words::encoded(it);
        let twice = web::words::encoded(&once);
        for form in [it, &once, &twice, &it.to_lowercase(), &it.to_uppercase()] {
            text = text.replace(form, "‹it›");
        }
        text
    }
}

impl Town {
    /// Everybody who looks, signed in.
    pub async fn visitors(&self) -> Vec<Visitor> {
        let stranger = |reader, headers, csrf| Visitor {
            reader,
            headers,
            csrf,
        };
        let mut visitors = vec![stranger(Reader::Public, Vec::new(), String::new())];
        let city = &self.city.city;
        for who in ["person", "company"] {
            let it = applicants::sign_in(city, &email(who), PASSWORD, clock::now())
                .await
                .unwrap();
            let cookie = (header::COOKIE, format!("yishu-applicant={}", it.token));
            visitors.push(stranger(Reader::Applicant(who), vec![cookie], it.csrf));
        }
        for (who, key) in &self.keys {
            let bearer = (header::AUTHORIZATION, format!("Bearer {key}"));
            match visitors.iter_mut().find(|it| it.reader == Reader::Applicant(who)) {
                Some(applicant) => applicant.headers.push(bearer),
                None => visitors.push(stranger(Reader::System(who), vec![bearer], String::new())),
            }
        }
        for (login, org, role) in self.everybody() {
            let it = people::sign_in(city, &login, PASSWORD, clock::now())
                .await
                .unwrap();
            let cookie = (header::COOKIE, format!("yishu={}", it.token));
            visitors.push(stranger(Reader::Person(org, role), vec![cookie], it.csrf));
        }
        visitors
    }

    /// What `visitor` is answered at `path`, by way of `template`.
    pub async fn ask(&self, visitor: &Visitor, template: &Template, path: &str) -> Answer {
        let response = self.answer(request(visitor, template, path)).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let mut body = text_of(&bytes);
        if !visitor.csrf.is_empty() {
            body = body.replace(&visitor.csrf, "‹token›");
        }
        let mut head = String::new();
        for (name, value) in &parts.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if name == "x-request-id" {
                body = body.replace(&value, "‹request›");
            }
            let value = if VOLATILE.contains(&name.as_str()) {
                "‹another›"
            } else {
                value.as_str()
            };
            head.push_str(&format!("{name}: {value}\n"));
        }
        Answer {
            status: parts.status.as_u16(),
            head,
            body: without_numbers(&without_tokens(body)),
        }
    }
}

/// The request that `template` stands for.
pub fn request(visitor: &Visitor, template: &Template, path: &str) -> Request<Body> {
    let path = path.split('#').next().unwrap_or_default();
    let mut request = Request::builder()
        .method(template.method.clone())
        .uri(path)
        .header(header::HOST, "data.example");
    for (name, value) in &visitor.headers {
        request = request.header(name, value);
    }
    if template.method != Method::POST {
        return request.body(Body::empty()).unwrap();
    }
    let (kind, body) = posted(visitor, template);
    let request = request
        .header(header::CONTENT_TYPE, kind)
        .header(header::ORIGIN, "http://data.example");
    request.body(Body::from(body)).unwrap()
}

/// What is posted: a question where the address only asks, an empty form otherwise.
fn posted(visitor: &Visitor, template: &Template) -> (&'static str, String) {
    const JSON: &str = "application/json";
    let path = template.path.as_str();
    if path.ends_with("/verify") {
        let ask = r#"{"purpose":"basis","matter":"1","where":{"code":"001"},"expect":{"note":"1"}}"#;
        return (JSON, ask.to_owned());
    }
    if path.starts_with("/api/open/v1/agreements/") {
        return (JSON, r#"{"where":{"code":"001"}}"#.to_owned());
    }
    if path.ends_with("/query") {
        let ask = r#"{"purpose":"basis","matter":"1","where":{"code":"001"}}"#;
        return (JSON, ask.to_owned());
    }
    if path.ends_with("/doubts") {
        let ask = r#"{"where":{"code":"001"},"item":"note","words":"1"}"#;
        return (JSON, ask.to_owned());
    }
    if template.door == Door::Gateway || path.contains("/action/") {
        return (JSON, "{}".to_owned());
    }
    let form = format!("csrf={}", web::words::encoded(&visitor.csrf));
    ("application/x-www-form-urlencoded", form)
}

/// A body as text. A spreadsheet is a compressed folder: its parts, one after the other.
fn text_of(bytes: &[u8]) -> String {
    if !bytes.starts_with(b"PK") {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut folder = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for n in 0..folder.len() {
        let mut part = Vec::new();
        folder.by_index(n).unwrap().read_to_end(&mut part).unwrap();
        text.push_str(&String::from_utf8_lossy(&part));
    }
    text
}

/// The text without the tokens of public forms, which are others each time.
fn without_tokens(text: String) -> String {
    const BEFORE: &str = "name=\"form\" value=\"";
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let rest = part.split_once('"').map_or("", |it| it.1);
        format!("{all}{BEFORE}\"{rest}")
    })
}

/// The text without the numbers of evidence, which are others each time.
fn without_numbers(text: &str) -> String {
    const BEFORE: &str = "\"evidence\":";
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let rest = part.trim_start_matches(|it: char| it.is_ascii_digit());
        format!("{all}{BEFORE}{rest}")
    })
}
