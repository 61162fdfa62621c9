//! A browser without scripts: it keeps its cookie, follows redirects, and fills in the forms that pages show.
#![allow(dead_code, reason = "every story uses a part of it")]

use app::testing::{PASSWORD, TestCity};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use store::Engine;
use tower::ServiceExt;

/// A city with its pages.
pub struct Town {
    /// The city.
    pub city: TestCity,
    /// Its pages.
    pub pages: Router,
}

impl Town {
    /// The pages of this city.
    pub fn of(city: TestCity) -> Town {
        let pages = web::router(city.city.clone());
        Town { city, pages }
    }

    /// A fresh one on SQLite: for what pages do alike on either engine.
    pub async fn fresh() -> Town {
        Town::of(TestCity::on(Engine::Sqlite).await)
    }

    /// Somebody who is signed in, such as `civil.cataloguer`.
    pub async fn browser(&self, login: &str) -> Browser {
        let mut browser = self.stranger();
        browser.open("/sign-in").await;
        let page = browser.send(&[("login", login), ("password", PASSWORD)]).await;
        assert!(
            page.contains("<h1>待办</h1>"),
            "{login} cannot sign in: {}",
            browser.text()
        );
        browser
    }

    /// Somebody who is not.
    pub fn stranger(&self) -> Browser {
        Browser {
            pages: self.pages.clone(),
            cookie: String::new(),
            path: String::new(),
            html: String::new(),
            status: StatusCode::OK,
        }
    }
}

/// One person's browser.
pub struct Browser {
    pages: Router,
    cookie: String,
    /// Where it is.
    pub path: String,
    /// What it shows.
    pub html: String,
    /// How that was answered.
    pub status: StatusCode,
}

impl Browser {
    /// Opens an address and returns its page.
    pub async fn open(&mut self, path: &str) -> &str {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.follow(path, request).await
    }

    /// Sends the form of this page whose button or fields fit: every field as it stands, `changed` put over them.
    pub async fn send(&mut self, changed: &[(&str, &str)]) -> &str {
        self.send_form("", changed).await
    }

    /// The same with the form that is sent to `action`.
    pub async fn send_form(&mut self, action: &str, changed: &[(&str, &str)]) -> &str {
        let form = Form::find(&self.html, action, changed);
        let (action, fields) = form.filled(&self.path, changed);
        let body: Vec<String> = fields
            .iter()
            .map(|(k, v)| format!("{}={}", web::words::encoded(k), web::words::encoded(v)))
            .collect();
        self.post(&action, &body.join("&")).await
    }

    /// Posts a body as it stands.
    pub async fn post(&mut self, action: &str, body: &str) -> &str {
        let request = self
            .request(Method::POST, action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.follow(action, request).await
    }

    /// Sends the upload form of this page with a file.
    pub async fn upload(&mut self, changed: &[(&str, &str)], name: &str, bytes: &[u8]) -> &str {
        let form = Form::find(&self.html, "", &[("file", "")]);
        let (action, fields) = form.filled(&self.path, changed);
        let mut body = Vec::new();
        for (name, value) in fields.iter().filter(|it| it.0 != "file") {
            let part =
                format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--line--\r\n");
        let request = self
            .request(Method::POST, &action)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=line")
            .body(Body::from(body))
            .unwrap();
        self.follow(&action, request).await
    }

    /// What a raw request is answered.
    pub async fn raw(&self, request: Request<Body>) -> Response {
        self.pages.clone().oneshot(request).await.unwrap()
    }

    /// A request with this browser's cookie.
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "city.example");
        if self.cookie.is_empty() {
            request
        } else {
            request.header(header::COOKIE, &self.cookie)
        }
    }

    async fn follow(&mut self, path: &str, request: Request<Body>) -> &str {
        let mut response = self.raw(request).await;
        self.path = path.to_owned();
        for _ in 0..5 {
            if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
                self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            }
            let Some(to) = response.headers().get(header::LOCATION) else {
                break;
            };
            self.path = to.to_str().unwrap().to_owned();
            let path = self.path.split('#').next().unwrap().to_owned();
            response = self
                .raw(self.request(Method::GET, &path).body(Body::empty()).unwrap())
                .await;
        }
        self.status = response.status();
        let body = to_bytes(response.into_body(), 64 << 20).await.unwrap();
        self.html = String::from_utf8_lossy(&body).into_owned();
        &self.html
    }

    /// The page without its tags, for messages of failed assertions.
    pub fn text(&self) -> String {
        let main = self.html.split("<main").nth(1).unwrap_or(&self.html);
        let mut text = String::new();
        let mut is_tag = true;
        for letter in main.chars() {
            match letter {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ if !is_tag => text.push(letter),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The address of the link with these words.
    pub fn link(&self, words: &str) -> String {
        let mut links = self.html.split("<a ").skip(1);
        let found = links.find(|it| it.split("</a>").next().is_some_and(|it| it.contains(words)));
        let found = found.unwrap_or_else(|| panic!("no link {words} on {}: {}", self.path, self.text()));
        unescaped(attribute(found, "href").unwrap_or_default())
    }

    /// Whether the page has a link or button with these words.
    pub fn has(&self, words: &str) -> bool {
        self.html.contains(words)
    }
}

/// A form of a page.
struct Form<'a> {
    html: &'a str,
}

impl<'a> Form<'a> {
    /// The first posted form that is sent to `action` and has all the fields to be changed.
    fn find(html: &'a str, action: &str, changed: &[(&str, &str)]) -> Form<'a> {
        let main = html.find("<main").map_or(html, |at| &html[at..]);
        let mut forms = main
            .split("<form")
            .skip(1)
            .map(|it| it.split("</form>").next().unwrap_or_default());
        let fits = |form: &&str| {
            form.contains("method=\"post\"")
                && attribute(form, "action").is_some_and(|it| it.contains(action))
                && changed
                    .iter()
                    .all(|(name, _)| form.contains(&format!("name=\"{name}\"")))
        };
        let found = forms.find(fits);
        Form {
            html: found.unwrap_or_else(|| panic!("no form to {action} with {changed:?}")),
        }
    }

    /// Its address and every field, those in `changed` replaced; a value of `-` leaves a box unticked.
    fn filled(&self, path: &str, changed: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
        let action = attribute(self.html, "action").map_or(path.to_owned(), unescaped);
        let mut fields: Vec<(String, String)> = self.standing();
        let names: Vec<&str> = changed.iter().map(|it| it.0).collect();
        fields.retain(|(name, _)| !names.contains(&name.as_str()));
        let changed = changed.iter().filter(|it| it.1 != "-");
        fields.extend(changed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        (action, fields)
    }

    fn standing(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for tag in self.html.split('<').skip(1) {
            let name = || unescaped(attribute(tag, "name").unwrap_or_default());
            let value = || unescaped(attribute(tag, "value").unwrap_or_default());
            if tag.starts_with("input ") {
                let is_box = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
                if !is_box || tag.contains(" checked") {
                    fields.push((name(), value()));
                }
            } else if tag.starts_with("textarea ") {
                let text = tag.split_once('>').map_or("", |it| it.1);
                fields.push((name(), unescaped(text.strip_prefix('\n').unwrap_or(text))));
            } else if tag.starts_with("select ") {
                fields.push((name(), String::new()));
            } else if tag.starts_with("option ") {
                let is_first = fields.last().is_some_and(|it| it.1.is_empty());
                if let (true, Some(last)) = (tag.contains(" selected") || is_first, fields.last_mut()) {
                    last.1 = value();
                }
            }
        }
        fields
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()
}

fn unescaped(text: &str) -> String {
    let text = text
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}
