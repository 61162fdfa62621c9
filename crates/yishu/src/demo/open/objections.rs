//! Objections of the public to open sets, one at every stage (art. 34).

use app::{
    Refused,
    cases::{self, Answers, Filter},
    objections::{self, Filed, Objection},
};
use rules::{ids::CaseId, procedure::objection::ObjectionKind};

use crate::demo::story::{Outcome, Teller};

/// What of the objections goes into `demo.json`.
pub struct Objected {
    /// The anonymous one, which is still open.
    pub open: Filed,
    /// One that was answered.
    pub told: Filed,
}

impl Teller<'_> {
    /// Files them and takes them as far as each goes.
    pub async fn objections(&self, outcome: &Outcome) -> Result<Objected, Refused> {
        use ObjectionKind::{Error, Omission, Privacy, TradeSecret};
        let none = Answers::default;
        let words = "梅湾街道一处公厕已于上月拆除，数据中仍标为开放。";
        let open = self.objection(outcome, "toilets", Error, words, false, 1).await?;
        self.step("shenhe", 0, &open.0, "mark", none()).await?;

        // Nobody has looked at it yet: the mark is overdue.
        let words = "缺少回龙圩管理区的学校。";
        self.objection(outcome, "schools", Omission, words, true, 3)
            .await?;

        let words = "处罚已经复议撤销，不应继续公示，影响我公司投标。";
        let passed = self
            .objection(outcome, "penalties", TradeSecret, words, true, 4)
            .await?;
        self.step("shenhe", 3, &passed.0, "mark", none()).await?;
        self.step("shenhe", 3, &passed.0, "transfer", none()).await?;

        let words = "个别站点坐标偏到河对岸。";
        let decided = self.objection(outcome, "chargers", Error, words, true, 6).await?;
        self.step("shenhe", 5, &decided.0, "mark", none()).await?;
        self.step("shenhe", 5, &decided.0, "transfer", none()).await?;
        let why = "经现场核查，两处坐标确有偏差，将在下一期快照更正。";
        let answers = none().with("outcome", "correct").with("decision", why);
        self.step("zhujian", 2, &decided.0, "department-decide", answers)
            .await?;

        let words = "停车场收费标准与现场公示牌不一致。";
        let told = self.objection(outcome, "parking", Error, words, true, 12).await?;
        self.step("shenhe", 11, &told.0, "mark", none()).await?;
        let why = "经核对收费批复，平台数据正确，现场公示牌已要求更换。";
        let answers = none().with("outcome", "uphold").with("decision", why);
        self.step("shenhe", 9, &told.0, "decide", answers).await?;
        self.step("shenhe", 8, &told.0, "tell", none().with("text", why))
            .await?;

        let words = "公示名单可能推断出邻居的保障类别。";
        let settled = self
            .objection(outcome, "needy", Privacy, words, false, 15)
            .await?;
        self.step("shenhe", 14, &settled.0, "mark", none()).await?;
        self.step("shenhe", 14, &settled.0, "transfer", none()).await?;
        let why = "乡镇一级信息不再开放，年龄归并成段，同组人数均不少于五人。";
        let answers = none().with("outcome", "correct").with("decision", why);
        self.step("minzheng", 11, &settled.0, "department-decide", answers)
            .await?;
        self.step("shenhe", 10, &settled.0, "tell", none().with("text", why))
            .await?;
        Ok(Objected {
            open: open.1,
            told: told.1,
        })
    }

    async fn objection(
        &self,
        outcome: &Outcome,
        set: &str,
        kind: ObjectionKind,
        words: &str,
        has_contact: bool,
        n: u16,
    ) -> Result<(CaseId, Filed), Refused> {
        let objection = Objection {
            dataset: outcome.entries[set].0.clone(),
            kind,
            words: words.into(),
            contact: has_contact.then(|| "reader@example.org".into()),
        };
        let filed = objections::file(self.city, objection, self.working_days_ago(n)).await?;
        let filter = Filter {
            procedure: Some("objection".into()),
            text: Some(filed.number.clone()),
            ..Filter::default()
        };
        let found = cases::list(self.city, &self.ctx("shenhe", 0), &filter).await?;
        let line = found.lines.into_iter().find(|it| it.number == filed.number);
        let line = line.ok_or_else(|| Refused::not_found("异议"))?;
        Ok((line.id, filed))
    }
}
