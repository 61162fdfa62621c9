//! What a browser can say of a page that WebDriver does not ask: what it fetched, what went wrong, how it looks whole.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{Browser, Result};

/// A window that pages are looked at in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A desk: 1280 by 900 points.
    Desk,
    /// A telephone: 390 by 844 points.
    Phone,
}

impl Screen {
    /// Both, the desk first.
    pub const BOTH: [Screen; 2] = [Screen::Desk, Screen::Phone];

    /// How wide it is, in points.
    pub fn width(self) -> u32 {
        match self {
            Screen::Desk => 1280,
            Screen::Phone => 390,
        }
    }

    fn height(self) -> u32 {
        match self {
            Screen::Desk => 900,
            Screen::Phone => 844,
        }
    }
}

/// One thing that a page fetched.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// Its whole address.
    pub url: String,
    /// How it was answered; 0 where nothing answered.
    pub status: u16,
    /// The rule of what the page may fetch, as the answer gave it.
    pub policy: String,
    /// Bytes on the wire, headers included.
    pub bytes: u64,
}

impl Browser {
    /// Sends a command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        self.drive("goog/cdp/execute", &body)
    }

    /// What an expression of JavaScript gives, promises awaited; also where the page's own scripts do not run.
    pub async fn evaluate(&self, expression: &str) -> Result<Value> {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.devtools("Runtime.evaluate", asked).await?;
        match answer.get("exceptionDetails") {
            Some(fault) => Err(format!("a script in the page failed: {fault}").into()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Looks at the page in this window from now on.
    pub async fn turn_to(&self, screen: Screen) -> Result {
        let size = json!({
            "width": screen.width(), "height": screen.height(), "deviceScaleFactor": 1,
            "mobile": screen == Screen::Phone,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        Ok(())
    }

    /// What the page says of itself to those who make it: faults of its scripts, files it did not get.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let log = self.drive("se/log", &json!({ "type": "browser" }))?;
        let entries = log.as_array().into_iter().flatten();
        Ok(entries
            .filter(|it| it["level"] == "SEVERE")
            .map(|it| it["message"].as_str().unwrap_or_default().to_owned())
            .collect())
    }

    /// Everything fetched since this was asked last, in order.
    pub async fn fetched(&self) -> Result<Vec<Fetched>> {
        let log = self.drive("se/log", &json!({ "type": "performance" }))?;
        let mut all: Vec<(String, Fetched)> = Vec::new();
        for entry in log.as_array().into_iter().flatten() {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default())?;
            note(&mut all, &message["message"]);
        }
        Ok(all.into_iter().map(|it| it.1).collect())
    }

    /// Forgets every file it has, as on a first visit.
    pub async fn forget_files(&self) -> Result {
        self.devtools("Network.clearBrowserCache", json!({})).await?;
        Ok(())
    }

    /// The whole page as a PNG, what lies below the window included.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        let how = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.devtools("Page.captureScreenshot", how).await?;
        Ok(STANDARD.decode(picture["data"].as_str().unwrap_or_default())?)
    }

    /// The page on paper, as a PDF.
    pub async fn paper(&self) -> Result<Vec<u8>> {
        let how = json!({ "preferCSSPageSize": true, "paperWidth": 8.27, "paperHeight": 11.69 });
        let paper = self.devtools("Page.printToPDF", how).await?;
        Ok(STANDARD.decode(paper["data"].as_str().unwrap_or_default())?)
    }

    fn drive(&self, what: &str, body: &Value) -> Result<Value> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build();
        let request = agent.new_agent().post(format!("{}/{what}", self.session()));
        let mut answer = tokio::task::block_in_place(|| request.send(body.to_string()))?;
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
        let mut answer: Value = serde_json::from_str(&text)?;
        match answer["value"]["error"].as_str() {
            Some(error) => Err(format!("{what}: {error}: {}", answer["value"]["message"]).into()),
            None => Ok(answer["value"].take()),
        }
    }
}

/// Adds what one message of the network tells to what it is about.
fn note(all: &mut Vec<(String, Fetched)>, message: &Value) {
    let told = &message["params"];
    let id = told["requestId"].as_str().unwrap_or_default();
    let found = all.iter().rposition(|it| it.0 == id);
    match (message["method"].as_str().unwrap_or_default(), found) {
        ("Network.requestWillBeSent", _) => {
            let url = told["request"]["url"].as_str().unwrap_or_default().to_owned();
            let fetched = Fetched {
                url,
                ..Fetched::default()
            };
            all.push((id.to_owned(), fetched));
        }
        ("Network.responseReceived", Some(at)) => {
            let response = &told["response"];
            all[at].1.status = response["status"].as_u64().unwrap_or_default() as u16;
            let policy = &response["headers"]["content-security-policy"];
            policy
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut all[at].1.policy);
        }
        ("Network.loadingFinished", Some(at)) => {
            all[at].1.bytes = told["encodedDataLength"].as_f64().unwrap_or_default() as u64;
        }
        _ => {}
    }
}
