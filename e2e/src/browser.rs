//! A headless Chromium, told what to do in a person's words.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::city::{City, free_port};

/// What a step of a story gives, or what went wrong in words.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// One browser with one person in front of it.
pub struct Browser {
    driver: Child,
    client: Client,
    address: String,
    shots: PathBuf,
    shot: u32,
    _profile: TempDir,
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
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let scripts = if javascript { 1 } else { 2 };
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": { "profile.managed_default_content_settings.javascript": scripts },
            },
        });
        let capabilities = capabilities.as_object().cloned().unwrap_or_default();
        let webdriver = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let mut tries = 0;
        let client = loop {
            match builder.connect(&webdriver).await {
                Ok(client) => break client,
                Err(fault) if tries == 50 => return Err(fault.into()),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let shots = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("screenshots")
            .join(story);
        std::fs::create_dir_all(&shots)?;
        let address = city.address().to_owned();
        Ok(Browser {
            driver,
            client,
            address,
            shots,
            shot: 0,
            _profile: profile,
        })
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
        let picture = self.client.screenshot().await?;
        std::fs::write(self.shots.join(format!("{:02}-{name}.png", self.shot)), picture)?;
        Ok(())
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

impl Drop for Browser {
    fn drop(&mut self) {
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
