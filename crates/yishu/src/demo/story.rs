//! What has happened in the demo city before its visitor arrives: entries published, data delivered, requests at
//! every stage, grants in use. Each act goes through the same functions as the pages, at a day in the past.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use app::requests::{Application, Opinion};
use app::{City, Ctx, Refused, cases, catalogue, delivery, disputes, grants, requests};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::calendar::{self, Calendar};
use rules::delivery::{BatchKind, BatchState};
use rules::grant::{Mask, Purpose, RowFilter, Terms};
use rules::ids::{CaseId, EntryId, GrantId};
use synthetic::Population;

use super::cast::Cast;
use super::{data, entries};

/// Everybody and everything a story needs.
pub struct Teller<'a> {
    /// The city.
    pub city: &'a City,
    /// Its people.
    pub cast: &'a Cast,
    /// The moment the visitor arrives.
    pub now: Timestamp,
    /// Its working days.
    pub calendar: Calendar,
    /// Where files are written before they are delivered.
    pub scratch: &'a Path,
}

/// The entries by key, and the grants by name, that came of it.
#[derive(Default)]
pub struct Outcome {
    /// Entry by key.
    pub entries: BTreeMap<&'static str, EntryId>,
    /// Grant by name.
    pub grants: BTreeMap<&'static str, GrantId>,
}

impl Teller<'_> {
    /// Ten in the morning, `n` working days ago.
    pub fn working_days_ago(&self, n: u16) -> Timestamp {
        let mut day = calendar::today(self.now);
        let mut left = n;
        while left > 0 {
            day = day.checked_sub(1.day()).unwrap_or(day);
            left -= u16::from(self.calendar.works_on(day));
        }
        self.now
            - jiff::SignedDuration::from_hours(
                24 * i64::from(day.until(self.today()).map_or(0, |it| it.get_days())),
            )
    }

    fn today(&self) -> Date {
        calendar::today(self.now)
    }

    /// `login`, acting `n` working days ago.
    pub(super) fn ctx(&self, login: &str, n: u16) -> Ctx {
        self.cast.at(login, self.working_days_ago(n))
    }

    /// Publishes an entry, by all the steps it needs.
    pub async fn publish(&self, seed: &entries::Seed) -> Result<EntryId, Refused> {
        let id = catalogue::create(self.city, &self.ctx(seed.cataloguer, 40), seed.content.clone()).await?;
        self.hand_in(&id, seed.cataloguer, 40).await?;
        let is_county = seed.cataloguer.starts_with("daoxian");
        if self.state(&id, seed.cataloguer, 39).await? == "confirming" {
            let confirmer = if is_county { "daoxian.fb" } else { "fuban" };
            let ctx = self.ctx(confirmer, 39);
            let revision = self.revision(&id, confirmer, 39).await?;
            catalogue::confirm(self.city, &ctx, &id, revision, "理由充分，依据明确，予以确认。").await?;
        }
        let reviewer = if is_county { "daoxian" } else { "shenhe" };
        let revision = self.revision(&id, reviewer, 38).await?;
        catalogue::publish(
            self.city,
            &self.ctx(reviewer, 38),
            &id,
            revision,
            "符合目录编制要求，予以发布。",
        )
        .await?;
        Ok(id)
    }

    async fn revision(&self, id: &EntryId, login: &str, n: u16) -> Result<i64, Refused> {
        Ok(catalogue::show(self.city, &self.ctx(login, n), id)
            .await?
            .revision)
    }

    async fn state(&self, id: &EntryId, login: &str, n: u16) -> Result<&'static str, Refused> {
        let view = catalogue::show(self.city, &self.ctx(login, n), id).await?;
        Ok(view.state.name)
    }

    async fn hand_in(&self, id: &EntryId, login: &str, n: u16) -> Result<CaseId, Refused> {
        let revision = self.revision(id, login, n).await?;
        catalogue::submit(self.city, &self.ctx(login, n), id, revision).await
    }

    /// Drafts at every other stage of compilation.
    pub async fn drafts(&self) -> Result<(), Refused> {
        for mut seed in entries::drafts() {
            if seed.key == "signing" {
                let others = ["shenpi", "shuiwu"];
                seed.content.co_compilers = others.map(|it| self.cast.org(it).id.clone()).to_vec();
            }
            let id = catalogue::create(self.city, &self.ctx(seed.cataloguer, 6), seed.content).await?;
            match seed.key {
                "reviewing" | "confirming" => drop(self.hand_in(&id, seed.cataloguer, 3).await?),
                "returned" => self.send_back(&id, seed.cataloguer).await?,
                _ => {}
            }
        }
        Ok(())
    }

    async fn send_back(&self, id: &EntryId, cataloguer: &str) -> Result<(), Refused> {
        self.hand_in(id, cataloguer, 5).await?;
        let reason = |field: &str, label: &str, words: &str| cases::FieldReason {
            field: field.into(),
            label: label.into(),
            words: words.into(),
        };
        let reasons = vec![
            reason(
                "items",
                "信息项",
                "信息项过少，请补充建设单位、施工单位、发证日期等。",
            ),
            reason(
                "summary",
                "信息资源摘要",
                "请说明数据来源于哪个业务系统、覆盖哪些年份。",
            ),
        ];
        let revision = self.revision(id, "shenhe", 2).await?;
        catalogue::send_back(
            self.city,
            &self.ctx("shenhe", 2),
            id,
            revision,
            "请补充后重新提交。",
            reasons,
        )
        .await
    }

    /// Delivers `file` in full and waits until it is loaded.
    pub async fn deliver(&self, id: &EntryId, login: &str, batch: &str, file: &Path) -> Result<(), Refused> {
        let ctx = self.ctx(login, 1);
        let name = file
            .file_name()
            .map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let delivery = delivery::receive(self.city, &ctx, id, batch, BatchKind::Full, &name, file).await?;
        loop {
            let view = delivery::show(self.city, &ctx, &delivery.id).await?;
            match view.state {
                BatchState::Checking => tokio::time::sleep(Duration::from_millis(20)).await,
                BatchState::Loaded => return Ok(()),
                BatchState::Refused => return Err(Refused::invalid("demo", view.refusal_words)),
            }
        }
    }

    /// Writes the population as a file.
    pub fn population_file(&self, people: u64) -> std::io::Result<PathBuf> {
        let path = self.scratch.join("常住人口户籍信息.csv");
        let mut to = BufWriter::new(File::create(&path)?);
        Population::new(people, 5, data::POPULATION_SEED).write_csv(&mut to, |_, _| {})?;
        to.flush()?;
        Ok(path)
    }

    /// Writes the data of a smaller entry as a file; none for entries that get no data.
    pub fn small_file(&self, key: &str, title: &str) -> std::io::Result<Option<PathBuf>> {
        let bytes = match key {
            "townships" => Some(data::TOWNSHIPS.to_vec()),
            _ => data::csv(key, self.today()).map(String::into_bytes),
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let path = self.scratch.join(format!("{title}.csv"));
        std::fs::write(&path, bytes)?;
        Ok(Some(path))
    }

    /// Access to unconditional entries, stated and had at once.
    pub async fn claims(&self, entries: &BTreeMap<&'static str, EntryId>) -> Result<(), Refused> {
        let claims = [
            ("yibao", "townships", "规范参保人地址中的区划填报"),
            ("jiaoyu", "townships", "学区划分与学籍地址核对"),
            ("renshe", "companies", "核验参保单位登记状态"),
            ("weijian", "air", "呼吸系统疾病与空气质量关联分析"),
            ("daoxian.jy", "townships", "县域学校服务范围核对"),
            ("minzheng", "clinics", "医养结合机构选址参考"),
        ];
        for (n, (login, entry, words)) in (6..).zip(claims) {
            let ctx = self.ctx(login, n);
            requests::claim(
                self.city,
                &ctx,
                &entries[entry],
                Purpose::Reference,
                words,
                "内部工作",
            )
            .await?;
        }
        Ok(())
    }

    /// Requests at every stage, with clocks in every colour; the grants that came of them.
    pub async fn requests(&self, outcome: &mut Outcome) -> Result<(), Refused> {
        let population = outcome.entries["population"].clone();
        let granted = self
            .request("renshe", &population, 30, self.pension_terms())
            .await?;
        let pension = self
            .grant(&granted, "gongan.head", 27, 25, self.pension_terms())
            .await?;
        outcome.grants.insert("pension", pension);
        let asked = self
            .request("yibao", &population, 24, self.insurance_terms())
            .await?;
        let insured = self
            .grant(&asked, "gongan.head", 22, 20, self.insurance_terms())
            .await?;
        outcome.grants.insert("insurance", insured);

        // One was answered late: its clock stays on record as met after its last day.
        let allowance = outcome.entries["allowance"].clone();
        let late = self
            .request(
                "nongye",
                &allowance,
                28,
                self.simple_terms(&["id_card", "name", "class"]),
            )
            .await?;
        let suspended = self
            .grant(
                &late,
                "minzheng.head",
                18,
                14,
                self.simple_terms(&["id_card", "name", "class"]),
            )
            .await?;
        outcome.grants.insert("suspended", suspended.clone());
        let ctx = self.ctx("minzheng.head", 2);
        let revision = grants::show(self.city, &ctx, &suspended).await?.revision;
        let reason = "连续三日在非工作时间批量查询，与申请用途不符，暂停提供并请说明。";
        grants::suspend(self.city, &ctx, &suspended, revision, reason).await?;

        self.open_requests(outcome).await?;
        self.disputed(&population).await
    }

    async fn open_requests(&self, outcome: &Outcome) -> Result<(), Refused> {
        let entry = |key: &str| &outcome.entries[key];
        let (ids, key) = (["id_card", "name", "status"], ["unit", "owner_id"]);
        // Green, amber, red: two, eight and thirteen of ten working days have gone.
        self.request("minzheng", entry("property"), 2, self.simple_terms(&key))
            .await?;
        let amber = self
            .request("shichang", entry("insurance"), 8, self.simple_terms(&ids))
            .await?;
        self.opine(&amber, "renshe.head", 4, true, "同意提供，建议仅作核验使用。")
            .await?;
        self.request(
            "jiaoyu",
            entry("population"),
            13,
            self.simple_terms(&["id_card", "name"]),
        )
        .await?;
        self.request(
            "zhujian",
            entry("water"),
            1,
            self.simple_terms(&["account", "kind"]),
        )
        .await?;
        let taken_back = self
            .request("huanjing", entry("water"), 12, self.simple_terms(&["account"]))
            .await?;
        let ctx = self.ctx("huanjing", 11);
        let revision = self.case_revision(&ctx, &taken_back).await?;
        requests::withdraw(self.city, &ctx, &taken_back, revision).await
    }

    async fn disputed(&self, population: &EntryId) -> Result<(), Refused> {
        let terms = self.simple_terms(&["id_card", "name", "mobile", "address"]);
        let refused = self.request("weijian", population, 16, terms).await?;
        self.opine(
            &refused,
            "gongan.head",
            14,
            false,
            "批量提供手机号、住址超出履职所必需的范围。",
        )
        .await?;
        let ctx = self.ctx("shenhe", 10);
        let revision = self.case_revision(&ctx, &refused).await?;
        let reasons = "提供部门认为超出最小必要范围，请缩减信息项后重新申请，或改用核验方式。";
        requests::refuse(self.city, &ctx, &refused, revision, reasons).await?;
        let text = "传染病流行病学调查确需联系方式，有《传染病防治法》依据，请协调。";
        let about = disputes::About::Request(refused);
        disputes::raise(self.city, &self.ctx("weijian", 4), about, text).await?;
        Ok(())
    }

    async fn request(&self, login: &str, entry: &EntryId, n: u16, terms: Terms) -> Result<CaseId, Refused> {
        let application = Application {
            terms,
            duty: "《社会保险法》等法律法规规定的核验职责".into(),
            system: "业务办理系统（等保三级）".into(),
            frequency: "办理业务时逐件调用".into(),
        };
        requests::apply(self.city, &self.ctx(login, n), entry, application).await
    }

    async fn opine(
        &self,
        case: &CaseId,
        login: &str,
        n: u16,
        agrees: bool,
        words: &str,
    ) -> Result<(), Refused> {
        let ctx = self.ctx(login, n);
        let revision = self.case_revision(&ctx, case).await?;
        let opinion = Opinion {
            agrees,
            words: words.into(),
            proposed: None,
        };
        requests::opine(self.city, &ctx, case, revision, opinion).await
    }

    async fn grant(
        &self,
        case: &CaseId,
        head: &str,
        opined: u16,
        granted: u16,
        terms: Terms,
    ) -> Result<GrantId, Refused> {
        self.opine(case, head, opined, true, "同意按所列条件提供。")
            .await?;
        let ctx = self.ctx("shenhe", granted);
        let revision = self.case_revision(&ctx, case).await?;
        requests::grant(
            self.city,
            &ctx,
            case,
            revision,
            terms,
            "用途明确、符合共享条件，同意授权。",
        )
        .await
    }

    async fn case_revision(&self, ctx: &Ctx, case: &CaseId) -> Result<i64, Refused> {
        Ok(cases::show(self.city, ctx, case).await?.revision)
    }

    fn terms(&self, text: &str, items: &[&str], calls_per_day_max: u32) -> Terms {
        let from = calendar::today(self.working_days_ago(25));
        Terms {
            purpose: Purpose::Basis,
            purpose_text: text.into(),
            items: items.iter().map(|it| (*it).into()).collect(),
            filters: Vec::new(),
            masks: BTreeMap::new(),
            calls_per_day_max,
            from,
            until: from.checked_add(1.year()).unwrap_or(from),
        }
    }

    fn simple_terms(&self, items: &[&str]) -> Terms {
        self.terms("办理业务时核验申请人信息", items, 2_000)
    }

    /// The bureau of social security checks who is alive and where: no row filter, a large quota.
    fn pension_terms(&self) -> Terms {
        let items = [
            "id_card",
            "name",
            "gender",
            "birth_date",
            "region_code",
            "address",
            "mobile",
        ];
        let mut terms = self.terms("养老待遇资格认证", &items, 50_000_000);
        terms.masks = BTreeMap::from([("mobile".into(), Mask::Mobile), ("address".into(), Mask::Address)]);
        terms
    }

    /// Five of twelve items, one county, 20,000 calls a day.
    fn insurance_terms(&self) -> Terms {
        let items = ["id_card", "name", "birth_date", "region_code", "address"];
        let mut terms = self.terms("城乡居民医保参保登记核验", &items, 20_000);
        terms.filters = vec![RowFilter {
            item: "region_code".into(),
            values: vec!["431124".into()],
        }];
        terms.masks = BTreeMap::from([("name".into(), Mask::Name), ("address".into(), Mask::Address)]);
        terms
    }
}
