//! The demo city in a process of its own.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::made;

/// A running demo city with few people; stopped when dropped.
pub struct City {
    process: Child,
    /// Where its records are, when not in its directory.
    database: Option<String>,
    /// Its data directory.
    pub data: PathBuf,
    /// What `demo.json` says.
    pub card: Value,
    _scratch: TempDir,
}

/// The binary under test: it is built into the same target directory as the tests.
pub fn binary() -> PathBuf {
    let mut path = std::env::current_exe().expect("a test knows where it is");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.push("yishu");
    assert!(
        path.exists(),
        "{} is not built; run `cargo build --package yishu` or `./test`",
        path.display()
    );
    path
}

/// A port that nothing listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener
        .local_addr()
        .expect("a bound listener has an address")
        .port()
}

/// A city that tests share: started by the first that wants it, stopped by the last that leaves.
#[derive(Default)]
pub struct Shared(Mutex<Weak<City>>);

impl Shared {
    /// One that nobody has asked for yet.
    pub const fn new() -> Shared {
        Shared(Mutex::new(Weak::new()))
    }

    /// The city.
    pub fn city(&self) -> Arc<City> {
        let mut city = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        city.upgrade().unwrap_or_else(|| {
            let started = Arc::new(City::start());
            *city = Arc::downgrade(&started);
            started
        })
    }
}

/// What `demo.json` says, once it is written.
fn card(data: &Path) -> Option<Value> {
    let card = fs::read(data.join("demo.json")).ok()?;
    serde_json::from_slice(&card).ok()
}

fn serve(listen: &str, data: &Path, database: Option<&str>) -> Child {
    Command::new(binary())
        .args(["serve", "--listen", listen, "--data"])
        .arg(data)
        .args(database.iter().flat_map(|it| ["--database", it]))
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

impl City {
    /// Serves a demo city of one's own.
    pub fn start() -> City {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let data = scratch.path().join("city");
        made::copy(&made::city(), &data).expect("the disk has room");
        let mut card = card(&data).expect("a city that was made has its card");
        let listen = format!("127.0.0.1:{}", free_port());
        card["address"] = format!("http://{listen}").into();
        let mut city = City {
            process: serve(&listen, &data, None),
            database: None,
            data,
            card,
            _scratch: scratch,
        };
        city.comes_up();
        city
    }

    /// Founds a demo city as `yishu demo` does, with its records in a PostgreSQL database where one is given.
    pub fn found(database: Option<String>) -> City {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let data = scratch.path().join("city");
        let mut process = Command::new(binary())
            .args(["demo", "--listen", &format!("127.0.0.1:{}", free_port())])
            .args(["--people", &made::PEOPLE.to_string(), "--data"])
            .arg(&data)
            .args(database.iter().flat_map(|it| ["--database", it.as_str()]))
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let since = Instant::now();
        let card = loop {
            if let Some(card) = card(&data) {
                break card;
            }
            if let Some(status) = process.try_wait().expect("the child can be asked") {
                panic!("the demo city stopped: {status}");
            }
            assert!(
                since.elapsed() < Duration::from_secs(240),
                "the demo city was not ready in time"
            );
            std::thread::sleep(Duration::from_millis(100));
        };
        City {
            process,
            database,
            data,
            card,
            _scratch: scratch,
        }
    }

    /// `http://127.0.0.1:port`.
    pub fn address(&self) -> &str {
        self.card["address"].as_str().expect("demo.json has an address")
    }

    /// The password of an account.
    pub fn password(&self, user: &str) -> &str {
        let accounts = self.card["accounts"].as_array().expect("demo.json has accounts");
        let account = accounts.iter().find(|it| it["user"] == user);
        account
            .and_then(|it| it["password"].as_str())
            .unwrap_or_else(|| panic!("no account {user}"))
    }

    /// Kills the server at once, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().expect("a running child can be killed");
        self.process.wait().expect("a killed child can be awaited");
    }

    /// Asks the server to stop, as an operator does, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let pid = self.process.id().to_string();
        let asked = Command::new("kill").arg(pid).status().expect("kill is there");
        assert!(asked.success(), "the server can be asked to stop");
        self.process.wait().expect("a stopped child can be awaited");
    }

    /// Serves the same data directory again, after [`City::kill`].
    pub fn serve_again(&mut self) {
        let listen = self.address().trim_start_matches("http://").to_owned();
        self.process = serve(&listen, &self.data, self.database.as_deref());
        self.comes_up();
    }

    fn comes_up(&mut self) {
        let since = Instant::now();
        while self.get("/readyz", None).0 != 200 {
            if let Some(status) = self.process.try_wait().expect("the child can be asked") {
                panic!("the city stopped: {status}");
            }
            assert!(
                since.elapsed() < Duration::from_secs(60),
                "the city did not come up"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The example call of this name in `demo.json`.
    pub fn call(&self, name: &str) -> &Value {
        let calls = self.card["calls"].as_array().expect("demo.json has calls");
        calls
            .iter()
            .find(|it| it["name"] == name)
            .unwrap_or_else(|| panic!("no call {name}"))
    }

    /// The application key that an example call sends.
    pub fn key(&self, name: &str) -> &str {
        let header = self.call(name)["headers"]["authorization"].as_str();
        header
            .and_then(|it| it.strip_prefix("Bearer "))
            .unwrap_or_else(|| panic!("{name} sends no key"))
    }

    /// GETs a path: the status, or 0 where nobody answered, and the body.
    pub fn get(&self, path: &str, key: Option<&str>) -> (u16, String) {
        let mut headers = serde_json::Map::new();
        if let Some(key) = key {
            headers.insert("authorization".to_owned(), format!("Bearer {key}").into());
        }
        self.make(&json!({ "method": "GET", "path": path, "headers": headers }))
    }

    /// Makes a call as `demo.json` describes one: the status, or 0, and the body.
    pub fn make(&self, call: &Value) -> (u16, String) {
        let answer = self.client().make(call);
        (answer.status, answer.body)
    }

    /// Somebody who calls the city, also while it is being killed.
    pub fn client(&self) -> Client {
        Client {
            address: self.address().to_owned(),
        }
    }

    /// Runs `yishu` with these arguments; its exit code and what it printed.
    pub fn command(arguments: &[&str]) -> (bool, String) {
        let output = Command::new(binary())
            .args(arguments)
            .output()
            .expect("the binary starts");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// Somebody who calls a city.
#[derive(Clone)]
pub struct Client {
    address: String,
}

/// What a call came to.
#[derive(Debug, Default)]
pub struct Answer {
    /// The status, or 0 where nobody answered.
    pub status: u16,
    /// The index of its evidence.
    pub evidence: Option<u64>,
    /// The body.
    pub body: String,
}

impl Client {
    /// Makes a call as `demo.json` describes one.
    pub fn make(&self, call: &Value) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(call["method"].as_str().unwrap_or("GET"))
            .uri(format!(
                "{}{}",
                self.address,
                call["path"].as_str().unwrap_or("/")
            ));
        for (name, value) in call["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        let body = match &call["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let request = request.body(body).expect("the call is a request");
        let Ok(mut response) = agent().run(request) else {
            return Answer::default();
        };
        let evidence = response.headers().get("x-yishu-evidence");
        let evidence = evidence.and_then(|it| it.to_str().ok()?.parse().ok());
        let body = response.body_mut().with_config().limit(64 << 20).read_to_string();
        match body {
            Ok(body) => Answer {
                status: response.status().as_u16(),
                evidence,
                body,
            },
            // An answer of which the end is missing is none.
            Err(_) => Answer::default(),
        }
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
