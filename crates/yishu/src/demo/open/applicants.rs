//! Two applicants, what they ask for, the agreements that come of it, and what they make of the data.

use app::{
    Refused, agreements,
    applicants::{self, Details, Me, NewApplicant},
    calls::{self, CallError},
    cases::{self, Answers},
    open_requests::{self, Application},
    products::{self, Maker, NewProduct},
};
use jiff::SignedDuration;
use rules::{
    applicant::{Field, Kind},
    calendar,
    ids::{AgreementId, CaseId, GrantId},
    product::State,
};
use serde_json::json;

use crate::demo::{
    cast::PASSWORD,
    story::{Outcome, Teller},
};

/// The person who applies. The name is invented.
pub const PERSON: &str = "hexiaozhou@example.org";

/// The company that applies. The name is invented.
pub const COMPANY: &str = "data@xiaoshui.example";

/// What of the applicants goes into `demo.json`.
pub struct Opened {
    /// The agreement that is in use.
    pub agreement: AgreementId,
    /// Its key.
    pub key: String,
}

/// One application: the set, how many working days ago, what for.
struct Asked<'a> {
    set: &'a str,
    age: u16,
    field: Field,
    purpose: &'a str,
    items: &'a [&'a str],
}

impl Teller<'_> {
    /// Registers both, and tells their stories.
    pub async fn applicants(&self, outcome: &Outcome) -> Result<Opened, Box<dyn std::error::Error>> {
        let person = self.registered(person()).await?;
        let company = self.registered(company()).await?;
        self.of_person(&person, outcome).await?;
        let opened = self.of_company(&company, outcome).await?;
        self.products(&person, &company, outcome).await?;
        Ok(opened)
    }

    async fn registered(&self, new: NewApplicant) -> Result<Me, Refused> {
        let email = new.details.email.clone();
        applicants::register(self.city, new, self.working_days_ago(27)).await?;
        let session = applicants::sign_in(self.city, &email, PASSWORD, self.now).await?;
        let me = applicants::session(self.city, &session.token, self.now).await?;
        applicants::sign_out(self.city, &session.token, self.now).await?;
        me.ok_or_else(|| Refused::not_found("申请人"))
    }

    async fn apply(&self, me: &Me, outcome: &Outcome, asked: Asked<'_>) -> Result<CaseId, Refused> {
        let application = Application {
            field: asked.field,
            purpose: asked.purpose.into(),
            safeguards: "数据存放在内网加密磁盘，专人保管，用毕删除并留存删除记录。".into(),
            frequency: "每月更新后获取一次，分析期间按需查询。".into(),
            items: asked.items.iter().map(|it| (*it).into()).collect(),
            calls_per_day: 500,
            months: 12,
        };
        let name = self.name_of(&outcome.entries[asked.set]).await?;
        open_requests::apply(
            self.city,
            me,
            &name,
            application,
            self.working_days_ago(asked.age),
        )
        .await
    }

    /// Overdue at the water company, green at the housing bureau, refused at the employment bureau.
    async fn of_person(&self, me: &Me, outcome: &Outcome) -> Result<(), Refused> {
        let mut asked = Asked {
            set: "water-use",
            age: 18,
            field: Field::Other,
            purpose: "撰写《中小城市居民用水结构》硕士论文。",
            items: &["month", "trade", "users", "volume"],
        };
        self.apply(me, outcome, asked).await?;
        asked = Asked {
            set: "deals",
            age: 2,
            field: Field::Other,
            purpose: "住房价格与人口流动关系的课程研究。",
            items: &["month", "code", "homes", "price"],
        };
        self.apply(me, outcome, asked).await?;
        asked = Asked {
            set: "employers",
            age: 20,
            field: Field::Innovation,
            purpose: "制作可以查询各单位缴费基数的小程序。",
            items: &["month", "code", "trade", "base"],
        };
        let refused = self.apply(me, outcome, asked).await?;
        let words =
            "用途与开放条件不符：不得面向公众提供可以推断单个单位情况的查询。可以缩小用途后重新申请。";
        let answers = Answers::default().with("reason", words);
        self.step("renshe.head", 12, &refused, "refuse", answers).await
    }

    /// In use at the housing bureau, amber at the employment bureau, to be accepted at the water company.
    async fn of_company(&self, me: &Me, outcome: &Outcome) -> Result<Opened, Box<dyn std::error::Error>> {
        let asked = Asked {
            set: "deals",
            age: 24,
            field: Field::Service,
            purpose: "为县域银行提供住房按揭风险评估模型。",
            items: &["month", "code", "layout", "homes", "area", "price"],
        };
        let case = self.apply(me, outcome, asked).await?;
        let words = "用途明确、保障措施可行，建议按月度汇总口径开放。";
        self.step(
            "zhujian",
            21,
            &case,
            "opine",
            Answers::default().with("words", words),
        )
        .await?;
        self.agree("zhujian.head", 19, &case).await?;
        let opened = self.accepted(me, &case).await?;
        let asked = Asked {
            set: "employers",
            age: 11,
            field: Field::Service,
            purpose: "普惠金融授信中的行业景气度参考。",
            items: &["month", "code", "trade", "units", "insured"],
        };
        let amber = self.apply(me, outcome, asked).await?;
        let words = "建议同意，缴费基数一项不在申请范围内。";
        self.step(
            "renshe",
            6,
            &amber,
            "opine",
            Answers::default().with("words", words),
        )
        .await?;
        let asked = Asked {
            set: "water-use",
            age: 9,
            field: Field::Governance,
            purpose: "园区节水改造方案的基线测算。",
            items: &["month", "trade", "band", "volume"],
        };
        let offered = self.apply(me, outcome, asked).await?;
        self.agree("gongshui.head", 1, &offered).await?;
        Ok(opened)
    }

    async fn agree(&self, head: &str, n: u16, case: &CaseId) -> Result<(), Refused> {
        let view = cases::show(self.city, &self.ctx(head, n), case).await?;
        let answers = Answers {
            terms: view.terms,
            ..Answers::default()
        };
        let answers = answers
            .with(
                "conditions",
                "成果发布前送我单位核对口径；不得与其他数据关联识别个人。",
            )
            .with("follow_months", "6")
            .with("words", "同意按申请的用途和范围开放。");
        self.step(head, n, case, "agree", answers).await
    }

    /// Accepts the agreement, takes its key and makes some calls.
    async fn accepted(&self, me: &Me, case: &CaseId) -> Result<Opened, Box<dyn std::error::Error>> {
        let at = self.working_days_ago(18);
        let view = open_requests::show_mine(self.city, me, case, at).await?;
        let id = view.agreement.ok_or("a case that was agreed has its agreement")?;
        let it = agreements::show_mine(self.city, me, &id, at).await?;
        let key = agreements::accept(self.city, me, &id, it.revision, at)
            .await?
            .secret;
        for day in 0..8_u16 {
            let at = self.working_days_ago(day) - SignedDuration::from_mins(40);
            let ask = json!({ "where": { "code": "431124" }, "limit": 20 }).to_string();
            self.call(&key, &id, &ask, at).await?;
        }
        Ok(Opened { agreement: id, key })
    }

    async fn call(
        &self,
        key: &str,
        id: &AgreementId,
        ask: &str,
        at: jiff::Timestamp,
    ) -> Result<(), CallError> {
        let caller = calls::authenticate_agreement(self.city, Some(key), at).await?;
        let grant = GrantId(id.0.clone());
        calls::query_agreement(self.city, &caller, &grant, ask.as_bytes(), at)
            .await
            .map(|_| ())
    }

    /// Published, sent back, and waiting for a look.
    async fn products(&self, person: &Me, company: &Me, outcome: &Outcome) -> Result<(), Refused> {
        let shown = [
            (
                company,
                "潇水房价指数",
                "按月发布的县域住房价格指数，供银行和购房者参考。",
                "https://index.xiaoshui.example/",
                "deals",
            ),
            (
                company,
                "去哪充电",
                "汇集全市公共充电桩的地图小程序。",
                "https://charge.xiaoshui.example/",
                "chargers",
            ),
            (
                person,
                "永州公园地图",
                "公园、广场与公共厕所一张图，标注无障碍设施。",
                "https://parks.example.org/",
                "parks",
            ),
        ];
        for (n, (me, name, summary, link, set)) in (8..).zip(shown) {
            let id = self.product(me, n, outcome, (name, summary, link, set)).await?;
            self.look(n - 2, &id, State::Published, "").await?;
        }
        let back = ("热线诉求周报", "12345热线诉求分类趋势的自动周报。", "", "hotline");
        let id = self.product(person, 5, outcome, back).await?;
        let why = "请补充产品的访问方式，并说明是否含广告。";
        self.look(3, &id, State::Returned, why).await?;
        let new = (
            "学区与公交换乘",
            "按学校查找公交线路和步行距离。",
            "https://school.xiaoshui.example/",
            "schools",
        );
        self.product(company, 1, outcome, new).await?;
        Ok(())
    }

    async fn product(
        &self,
        me: &Me,
        n: u16,
        outcome: &Outcome,
        (name, summary, link, set): (&str, &str, &str, &str),
    ) -> Result<rules::ids::ProductId, Refused> {
        let at = self.working_days_ago(n);
        let byline = match me.kind {
            Kind::Person => "何晓舟",
            Kind::Organisation => "永州潇水数据科技有限公司",
        };
        let source = self.name_of(&outcome.entries[set]).await?;
        let new = NewProduct {
            name: name.into(),
            summary: summary.into(),
            link: link.into(),
            byline: byline.into(),
            sources: vec![(source, calendar::today(at))],
        };
        products::register(self.city, Maker::Applicant(me, at), new).await
    }

    async fn look(&self, n: u16, id: &rules::ids::ProductId, to: State, why: &str) -> Result<(), Refused> {
        let ctx = self.ctx("shenhe", n);
        let revision = products::find(self.city, &ctx, id).await?.revision;
        products::decide(self.city, &ctx, id, revision, to, why).await
    }
}

fn person() -> NewApplicant {
    let digits = "43110219950612002";
    let details = Details {
        name: "何晓舟".into(),
        identity: format!("{digits}{}", synthetic::identity_check(digits)),
        contact: String::new(),
        phone: "13907460021".into(),
        email: PERSON.into(),
        address: "永州市零陵区朝阳街道".into(),
    };
    registration(Kind::Person, details)
}

fn company() -> NewApplicant {
    let code = "91431103520000177";
    let details = Details {
        name: "永州潇水数据科技有限公司".into(),
        identity: format!("{code}{}", synthetic::credit_check(code)),
        contact: "李工".into(),
        phone: "0746-8360021".into(),
        email: COMPANY.into(),
        address: "永州市冷水滩区凤凰街道".into(),
    };
    registration(Kind::Organisation, details)
}

fn registration(kind: Kind, details: Details) -> NewApplicant {
    NewApplicant {
        kind,
        details,
        password: PASSWORD.into(),
        consents: true,
    }
}
