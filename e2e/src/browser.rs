//! A headless Chromium, told what to do in a person's words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::city::{City, free_port};

/// What a step of a story gives, or what went wrong in words.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// One browser with one person in front of it.
pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
    address: String,
    shots: PathBuf,
    shot: u32,
    runs_scripts: bool,
    profile: TempDir,
}

impl Browser {
    /// Opens a browser of 1280 by 900 points, with or without JavaScript. Screenshots go to
    /// `e2e/screenshots/<story>/`.
    pub async fn open(city: &City, story: &str, javascript: bool) -> Result<Browser> {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "chromedriver is missing: apt-get install chromium chromium-driver")?;
        let profile = tempfile::tempdir()?;
        std::fs::create_dir(downloads(profile.path()))?;
        let webdriver = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(profile.path(), javascript));
        let mut tries = 0;
        let client = loop {
            match builder.connect(&webdriver).await {
                Ok(client) => break client,
                Err(fault) if tries == 50 => return Err(fault.into()),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let session = client.session_id().await?.ok_or("the browser has no session")?;
        let shots = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("screenshots")
            .join(story);
        std::fs::create_dir_all(&shots)?;
        Ok(Browser {
            driver,
            client,
            session: format!("{webdriver}/session/{session}"),
            address: city.address().to_owned(),
            shots,
            shot: 0,
            runs_scripts: javascript,
            profile,
        })
    }

    /// Whether the scripts of pages run.
    pub fn runs_scripts(&self) -> bool {
        self.runs_scripts
    }

    /// Where the session is driven, for what WebDriver alone does not know.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// The city's address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Opens a page of the city.
    pub async fn visit(&self, path: &str) -> Result {
        Ok(self.client.goto(&format!("{}{path}", self.address)).await?)
    }

    /// Signs in as `user`, signing out whoever was there.
    pub async fn sign_in(&self, city: &City, user: &str) -> Result {
        self.client.delete_all_cookies().await?;
        self.visit("/sign-in").await?;
        self.fill("账号", user).await?;
        self.fill("密码", city.password(user)).await?;
        self.press("登录").await?;
        self.sees("退出").await
    }

    /// Signs in as the applicant with this address, signing out whoever was there.
    pub async fn sign_in_applicant(&self, city: &City, email: &str) -> Result {
        let applicants = city.card["applicants"].as_array().into_iter().flatten();
        let password = applicants
            .filter(|it| it["email"] == email)
            .find_map(|it| it["password"].as_str());
        let password = password.ok_or_else(|| format!("no applicant {email}"))?;
        self.enter(email, password).await
    }

    /// Signs in with an applicant's address and password, signing out whoever was there.
    pub async fn enter(&self, email: &str, password: &str) -> Result {
        self.client.delete_all_cookies().await?;
        self.visit("/open/account/sign-in").await?;
        self.fill("电子邮箱", email).await?;
        self.fill("密码", password).await?;
        self.press("登录").await?;
        self.sees("退出登录").await
    }

    /// Everything the browser says of itself to the city: the session of whoever signed in.
    pub async fn cookie(&self) -> Result<String> {
        let cookies = self.client.get_all_cookies().await?;
        let pairs: Vec<String> = cookies
            .iter()
            .map(|it| format!("{}={}", it.name(), it.value()))
            .collect();
        Ok(pairs.join("; "))
    }

    /// Types into the field with this label, in place of what is there.
    pub async fn fill(&self, label: &str, text: &str) -> Result {
        let field = self.labelled(label).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Types into the field of this name, in place of what is there: for forms whose labels repeat row by row.
    pub async fn set(&self, name: &str, text: &str) -> Result {
        let field = self.named(&format!("[name=\"{name}\"]")).await?;
        if field.tag_name().await? == "select" {
            return Ok(field.select_by_value(text).await?);
        }
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses a file for the field of this name.
    pub async fn attach(&self, name: &str, file: &Path) -> Result {
        let field = self.named(&format!("input[type=file][name=\"{name}\"]")).await?;
        Ok(field.send_keys(&file.display().to_string()).await?)
    }

    /// Ticks the box, or the radio button with this value, of this name, where it is not ticked yet.
    pub async fn tick(&self, name: &str, value: &str) -> Result {
        let field = self
            .named(&format!("input[name=\"{name}\"][value=\"{value}\"]"))
            .await?;
        if !field.is_selected().await? {
            field.click().await?;
        }
        Ok(())
    }

    /// Presses the button with these words.
    pub async fn press(&self, words: &str) -> Result {
        let path = format!(
            "//main//button[normalize-space()={0}] | //button[normalize-space()={0}]",
            quoted(words)
        );
        self.click(&path, words).await
    }

    /// Follows the link with these words: in the page if it is there, else in the frame around it.
    pub async fn follow(&self, words: &str) -> Result {
        let path = format!(
            "//main//a[normalize-space()={0}] | //a[normalize-space()={0}]",
            quoted(words)
        );
        self.click(&path, words).await
    }

    /// Follows the first link whose words contain these.
    pub async fn follow_like(&self, words: &str) -> Result {
        self.click(
            &format!("//main//a[contains(normalize-space(), {})]", quoted(words)),
            words,
        )
        .await
    }

    /// The page says this somewhere.
    pub async fn sees(&self, words: &str) -> Result {
        let text = self.text().await?;
        if text.contains(words) {
            Ok(())
        } else {
            Err(self.lost(&format!("does not say “{words}”"), &text).await)
        }
    }

    /// The page does not say this.
    pub async fn sees_no(&self, words: &str) -> Result {
        let text = self.text().await?;
        if text.contains(words) {
            Err(self.lost(&format!("says “{words}”"), &text).await)
        } else {
            Ok(())
        }
    }

    /// Reloads until the page says this; a minute at most.
    pub async fn waits_for(&self, words: &str) -> Result {
        for _ in 0..120 {
            if self.text().await?.contains(words) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.client.refresh().await?;
        }
        self.sees(words).await
    }

    /// Clicks what gives a file, and reads it once it is there whole.
    pub async fn download(&self, xpath: &str) -> Result<Vec<u8>> {
        let before = self.downloads()?;
        self.client.find(Locator::XPath(xpath)).await?.click().await?;
        for _ in 0..200 {
            let now = self.downloads()?;
            if let Some(file) = now.difference(&before).find(|it| is_whole(it)) {
                return Ok(std::fs::read(file)?);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(self
            .lost(&format!("gives no file for {xpath}"), &self.text().await?)
            .await)
    }

    fn downloads(&self) -> Result<BTreeSet<PathBuf>> {
        let files = std::fs::read_dir(downloads(self.profile.path()))?;
        Ok(files.filter_map(|it| Some(it.ok()?.path())).collect())
    }

    /// Every word of the page.
    pub async fn text(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// The path of the page, such as `/entries/01J…`.
    pub async fn path(&self) -> Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Keeps a picture of the page, whole, under the next number.
    pub async fn shot(&mut self, name: &str) -> Result {
        self.shot += 1;
        self.keep(&format!("{:02}-{name}", self.shot)).await
    }

    /// Keeps a picture of the page, whole, under this name.
    pub async fn keep(&self, name: &str) -> Result {
        let picture = self.picture().await?;
        Ok(std::fs::write(self.shots.join(format!("{name}.png")), picture)?)
    }

    /// Makes the window this large.
    pub async fn size(&self, width: u32, height: u32) -> Result {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// The browser behind it, for what has no words here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn labelled(&self, label: &str) -> Result<Element> {
        let by_label = format!(
            "//label[normalize-space()={0} or span[normalize-space()={0}]]",
            quoted(label)
        );
        let Ok(found) = self.client.find(Locator::XPath(&by_label)).await else {
            return Err(self
                .lost(&format!("has no field “{label}”"), &self.text().await?)
                .await);
        };
        match found.attr("for").await? {
            Some(id) => Ok(self.client.find(Locator::Id(&id)).await?),
            None => Ok(found.find(Locator::Css("input, select, textarea")).await?),
        }
    }

    async fn named(&self, css: &str) -> Result<Element> {
        match self.client.find(Locator::Css(css)).await {
            Ok(found) => Ok(found),
            Err(_) => Err(self
                .lost(&format!("has no field {css}"), &self.text().await?)
                .await),
        }
    }

    async fn click(&self, path: &str, words: &str) -> Result {
        match self.client.find(Locator::XPath(path)).await {
            Ok(found) => self.leave_by(found).await,
            Err(_) => Err(self
                .lost(&format!("has no “{words}” to press"), &self.text().await?)
                .await),
        }
    }

    /// Clicks what leads to another page, and waits until this one is gone.
    pub async fn leave_by(&self, link: Element) -> Result {
        let page = self.client.find(Locator::Css("html")).await?;
        link.click().await?;
        for _ in 0..200 {
            if page.tag_name().await.is_err() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(())
    }

    async fn lost(&self, what: &str, text: &str) -> Box<dyn std::error::Error> {
        let path = self.path().await.unwrap_or_default();
        if let Ok(picture) = self.client.screenshot().await {
            let _ = std::fs::write(self.shots.join("lost.png"), picture);
        }
        format!("the page {path} {what}. It says:\n{text}").into()
    }
}

/// Whether a file has come whole: until then the browser keeps it under a name of its own.
fn is_whole(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && !name.ends_with(".crdownload")
}

/// Where the browser puts files.
fn downloads(profile: &Path) -> PathBuf {
    profile.join("downloads")
}

/// What the browser is asked to be.
fn capabilities(profile: &Path, javascript: bool) -> serde_json::Map<String, Value> {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
        "--lang=zh-CN",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let scripts = if javascript { 1 } else { 2 };
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                "profile.managed_default_content_settings.javascript": scripts,
                "download.default_directory": downloads(profile),
                "download.prompt_for_download": false,
            },
        },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    });
    capabilities.as_object().cloned().unwrap_or_default()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser goes with its session; without this word it would outlive its driver.
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A string literal of XPath, which has no escapes.
fn quoted(words: &str) -> String {
    if words.contains('\'') {
        format!("\"{words}\"")
    } else {
        format!("'{words}'")
    }
}
