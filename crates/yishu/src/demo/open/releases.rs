//! How the demo's sets reach the public: catalogue, data, plan, secrecy review, release, open list.

use std::time::Duration;

use app::{
    Refused,
    cases::{self, Answers},
    delivery, opening,
};
use jiff::ToSpan;
use rules::{
    calendar,
    catalogue::OpenKind,
    delivery::{BatchKind, BatchState},
    ids::{CaseId, DeliveryId, EntryId},
};
use synthetic::OpenSet;

use super::sets;
use crate::demo::story::{Outcome, Teller};

/// How often the demo looks whether background work is done: seldom, or the looking takes the time of the work.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Entries that were published for sharing and are open too, with their cataloguers.
const SHARED: [(&str, &str); 6] = [
    ("townships", "minzheng"),
    ("companies", "shichang"),
    ("clinics", "weijian"),
    ("air", "huanjing"),
    ("stops", "jiaotong"),
    ("holidays", "shenpi"),
];

/// Sets that have had three releases.
const RENEWED: [&str; 3] = ["hotline", "windows", "chargers"];

/// Everybody whose agency publishes an open list.
const HEADS: [&str; 20] = [
    "minzheng",
    "gongan",
    "yibao",
    "renshe",
    "shichang",
    "jiaoyu",
    "weijian",
    "huanjing",
    "jiaotong",
    "ziran",
    "zhujian",
    "nongye",
    "gongshui",
    "shenpi",
    "caizheng",
    "wenlv",
    "shuili",
    "chengguan",
    "yingji",
    "sifa",
];

/// A set on its way out.
struct Coming {
    entry: EntryId,
    cataloguer: &'static str,
    set: Option<OpenSet>,
}

impl Teller<'_> {
    /// Publishes, fills, reviews and releases every open set; says how many.
    pub async fn open_everything(&self, outcome: &mut Outcome) -> Result<usize, Box<dyn std::error::Error>> {
        let mut coming: Vec<Coming> = SHARED
            .map(|(key, cataloguer)| Coming {
                entry: outcome.entries[key].clone(),
                cataloguer,
                set: None,
            })
            .into();
        for set in synthetic::open_sets() {
            let entry = self.publish(&sets::seed(&set)).await?;
            outcome.entries.insert(set.key, entry.clone());
            coming.push(Coming {
                entry,
                cataloguer: set.provider,
                set: Some(set),
            });
        }
        self.fill(&coming, 1, 36).await?;
        for it in &coming {
            let age = 30 - (it.entry.as_str().len() as u16 + it.cataloguer.len() as u16) % 6;
            self.release(it, age, true).await?;
        }
        self.released(&coming).await?;
        let is_renewed = |it: &Coming| it.set.as_ref().is_some_and(|set| RENEWED.contains(&set.key));
        let renewed: Vec<Coming> = coming.into_iter().filter(is_renewed).collect();
        for (edition, age) in [(2, 14), (3, 1)] {
            self.fill(&renewed, edition, age).await?;
            for it in &renewed {
                self.release(it, age, false).await?;
            }
            self.released(&renewed).await?;
        }
        Ok(SHARED.len() + synthetic::open_sets().len())
    }

    /// Delivers the data of all, and waits until it is in.
    async fn fill(
        &self,
        coming: &[Coming],
        edition: u64,
        age: u16,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let mut waiting: Vec<(DeliveryId, &Coming)> = Vec::new();
        let months = 3 - edition as i64;
        let day = calendar::today(self.now).checked_sub(months.months())?;
        for it in coming {
            let Some(set) = &it.set else { continue };
            let path = self.scratch.join(format!("{}-{edition}.csv", set.key));
            std::fs::write(&path, set.csv(day, edition))?;
            let ctx = self.ctx(it.cataloguer, age);
            let (batch, name) = (format!("第{edition}批"), format!("{}.csv", set.title));
            let received =
                delivery::receive(self.city, &ctx, &it.entry, &batch, BatchKind::Full, &name, &path).await?;
            waiting.push((received.id, it));
        }
        for (id, it) in waiting {
            self.loaded(&id, it).await?;
        }
        Ok(())
    }

    async fn loaded(&self, id: &DeliveryId, it: &Coming) -> Result<(), Refused> {
        let ctx = self.ctx(it.cataloguer, 0);
        loop {
            let view = delivery::show(self.city, &ctx, id).await?;
            match view.state {
                BatchState::Checking => tokio::time::sleep(LOOK_EVERY).await,
                BatchState::Loaded => return Ok(()),
                BatchState::Refused => {
                    let key = it.set.as_ref().map_or("", |set| set.key);
                    return Err(Refused::invalid("demo", format!("{key}：{}", view.refusal_words)));
                }
            }
        }
    }

    /// Plans the set, hands it in, and lets it out by the head's review.
    async fn release(&self, it: &Coming, age: u16, is_first: bool) -> Result<(), Refused> {
        let ctx = self.ctx(it.cataloguer, age);
        if is_first {
            let view = opening::plan(self.city, &ctx, &it.entry).await?;
            let content = app::catalogue::show(self.city, &ctx, &it.entry).await?.content;
            opening::save_plan(self.city, &ctx, &it.entry, view.revision, sets::plan(&content)).await?;
        }
        let case = opening::submit(self.city, &ctx, &it.entry).await?;
        let words = "已核对信息项与脱敏前后样例，不涉密，同意开放。";
        let answers = Answers::default().with("words", words);
        let head = format!("{}.head", it.cataloguer);
        self.step(&head, age, &case, "release", answers).await
    }

    /// Waits until every release is made.
    async fn released(&self, coming: &[Coming]) -> Result<(), Refused> {
        for it in coming {
            let ctx = self.ctx(it.cataloguer, 0);
            loop {
                let view = opening::plan(self.city, &ctx, &it.entry).await?;
                match view.releases.first().map(|it| (it.state, it.message.clone())) {
                    Some((opening::ReleaseState::Making, _)) => tokio::time::sleep(LOOK_EVERY).await,
                    Some((opening::ReleaseState::Failed, why)) => return Err(Refused::invalid("demo", why)),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// Every agency publishes the lists it has something for.
    pub async fn publish_lists(&self) -> Result<(), Refused> {
        for login in HEADS.into_iter().chain(["daoxian.jy", "daoxian.mz"]) {
            let ctx = self.ctx(&format!("{login}.head"), 29);
            for kind in [OpenKind::Unconditional, OpenKind::Conditional] {
                match opening::publish_list(self.city, &ctx, kind).await {
                    Err(refused) if refused.code != "empty-list" => return Err(refused),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// One set is withdrawn again.
    pub async fn take_back(&self, entry: &EntryId) -> Result<(), Refused> {
        let reason = "部分乡镇借款人数过少，结合村务公开信息可能识别到个人，撤回后重新制定脱敏方案。";
        opening::withdraw(self.city, &self.ctx("renshe.head", 7), entry, reason).await
    }

    /// Takes a step of a case as `login`, `n` working days ago.
    pub async fn step(
        &self,
        login: &str,
        n: u16,
        case: &CaseId,
        step: &str,
        answers: Answers,
    ) -> Result<(), Refused> {
        let ctx = self.ctx(login, n);
        let view = cases::show(self.city, &ctx, case).await?;
        cases::act(self.city, &ctx, case, view.revision, step, answers).await
    }
}
