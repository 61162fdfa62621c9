//! Looking at a page as somebody does who depends on it being well made: nothing cut off, nothing that axe finds,
//! nothing that jumps, nothing asked of strangers.

use std::{path::PathBuf, sync::OnceLock};

use crate::{
    Browser, Result,
    devtools::{Fetched, Screen},
};

/// How much a page may move while it loads, as browsers measure it; above, a reader notices.
const SHIFT_MAX: f64 = 0.02;

/// Elements that reach beyond the page's right edge, the innermost of them; those that scroll in a frame of their own
/// do not count.
const BEYOND: &str = r#"(() => {
  const width = document.scrollingElement.clientWidth;
  const scrolls = it => { for (let up = it.parentElement; up; up = up.parentElement) { const x = getComputedStyle(up).overflowX; if (x !== "visible" && up !== document.body && up !== document.documentElement) return true; } return false; };
  const beyond = [...document.body.querySelectorAll("*")].filter(it => it.getBoundingClientRect().right > width + 1 && !scrolls(it));
  const inner = beyond.filter(it => !beyond.some(other => other !== it && it.contains(other)));
  return { wide: document.scrollingElement.scrollWidth, which: inner.slice(0, 5).map(it => it.outerHTML.slice(0, 160)) };
})()"#;

/// What axe finds, one line each.
const FINDINGS: &str = r#"axe.run(document, { resultTypes: ["violations"], preload: false }).then(found => found.violations.flatMap(it => it.nodes.map(node => it.id + " (" + it.help + "): " + node.target.join(" ") + ": " + node.html.slice(0, 200) + ": " + node.failureSummary.replace(/\s+/g, " "))))"#;

/// Where scripts are off no timer ever rings, and axe waits for some: they ring at once.
const AT_ONCE: &str = "window.setTimeout = (ring, _, ...with_) => { Promise.resolve().then(() => ring(...with_)); return 0; }; 0";

/// How much the page moved by itself since it began.
const SHIFT: &str = r#"new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const it of list.getEntries()) if (!it.hadRecentInput) sum += it.value; }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum))));
})"#;

/// The source of axe-core, which `./test` puts in place.
fn axe() -> Result<&'static str> {
    static AXE: OnceLock<String> = OnceLock::new();
    if let Some(axe) = AXE.get() {
        return Ok(axe);
    }
    let path = std::env::var_os("YISHU_AXE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/testing/axe.min.js"),
        PathBuf::from,
    );
    let source = std::fs::read_to_string(&path).map_err(|fault| {
        format!(
            "axe-core is not at {} ({fault}): run ./test, or name a copy of axe.min.js in YISHU_AXE",
            path.display()
        )
    })?;
    Ok(AXE.get_or_init(|| source))
}

impl Browser {
    /// The page has a title and one first heading, is wider than neither window, and axe finds nothing in it; keeps a
    /// picture. Of a story that is told twice, axe and the picture see the desk where scripts run, and the telephone
    /// where they do not.
    pub async fn looks_well(&mut self, name: &str) -> Result {
        let closer = match self.runs_scripts() {
            true => Screen::Desk,
            false => Screen::Phone,
        };
        let mut wrong = Vec::new();
        for screen in Screen::BOTH {
            self.turn_to(screen).await?;
            let mut found = self.misfits(screen).await?;
            if screen == closer {
                found.extend(self.barriers().await?);
                self.shot(&format!("{name}-{}", screen.width())).await?;
            }
            wrong.extend(
                found
                    .into_iter()
                    .map(|it| format!("at {} points: {it}", screen.width())),
            );
        }
        self.turn_to(Screen::Desk).await?;
        self.nothing(wrong).await
    }

    /// What is wrong with the headings of the page and its width in this window.
    pub async fn misfits(&self, screen: Screen) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let heads = self
            .evaluate("[document.title.trim().length, document.querySelectorAll('h1').length]")
            .await?;
        if heads[0] == 0 || heads[1] != 1 {
            wrong.push(format!("title and first headings: {heads}"));
        }
        let beyond = self.evaluate(BEYOND).await?;
        if beyond["wide"].as_u64() > Some(u64::from(screen.width())) {
            wrong.push(format!("wider than the window: {beyond}"));
        }
        Ok(wrong)
    }

    /// What axe finds in the page as it stands.
    pub async fn barriers(&self) -> Result<Vec<String>> {
        if self.evaluate("typeof axe").await? == "undefined" {
            if !self.runs_scripts() {
                self.evaluate(AT_ONCE).await?;
            }
            self.evaluate(&format!("{};0", axe()?)).await?;
        }
        let found = self.evaluate(FINDINGS).await?;
        let found = found.as_array().ok_or("axe gave no answer")?;
        Ok(found
            .iter()
            .filter_map(|it| it.as_str())
            .map(str::to_owned)
            .collect())
    }

    /// The page did not move while it loaded. Needs scripts.
    pub async fn stands_still(&self) -> Result {
        let shift = self.evaluate(SHIFT).await?;
        match shift.as_f64() {
            Some(shift) if shift < SHIFT_MAX => Ok(()),
            _ => self.nothing(vec![format!("moved while loading: {shift}")]).await,
        }
    }

    /// Everything that was fetched since this was asked last came from the city, under a rule that allows nothing else,
    /// and no script complained. Gives what was fetched.
    pub async fn asked_no_stranger(&self) -> Result<Vec<Fetched>> {
        let home = format!("{}/", self.address());
        let fetched = self.fetched().await?;
        let mut wrong = Vec::new();
        for it in &fetched {
            // What begins otherwise is within the page or the browser itself.
            if it.url.starts_with("http") && !it.url.starts_with(&home) {
                wrong.push(format!("asked {}", it.url));
            }
        }
        wrong.extend(self.complaints().await?);
        self.nothing(wrong).await?;
        Ok(fetched)
    }

    async fn nothing(&self, wrong: Vec<String>) -> Result {
        if wrong.is_empty() {
            return Ok(());
        }
        let page = self.client().current_url().await?;
        Err(format!("{page}, scripts {}:\n{}", self.runs_scripts(), wrong.join("\n")).into())
    }
}
