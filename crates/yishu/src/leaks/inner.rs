//! What goes on between agencies: drafts, requests, grants, disputes, corrections, systems, notices.

use std::collections::BTreeMap;

use app::{
    calls::{self, Caller},
    cases::{Answers, FieldReason},
    catalogue, corrections, disputes, grants, notices, people,
    requests::{self, Application},
    systems,
};
use jiff::Span;
use rules::{
    calendar,
    catalogue::{CatalogueKind, ShareKind},
    grant::{Mask, Purpose, Terms},
    ids::{CaseId, EntryId, GrantId, OrgId},
    people::Role,
};
use serde_json::json;

use super::{
    city::{Entries, Town},
    oracle::Circle::{self, *},
    things::Kind,
};

/// What both sides of a request read, in its case and later in its grant.
const ASKED: Circle = Any(&[Between("civil", "medical"), Grant("civil", "medical")]);

impl Town {
    /// A draft of an organisation, perhaps compiled with another.
    async fn draft(&mut self, org: &'static str, with: Option<&'static str>, place: &'static str) -> EntryId {
        let circle = Draft(org, with);
        let mut content = self.content(circle, circle);
        if let Some(other) = with {
            content.kind = CatalogueKind::Theme;
            content.co_compilers = vec![OrgId(format!("org-{other}"))];
        }
        if org == "county" {
            content.share = ShareKind::Conditional;
        }
        let compiler = self.ctx(&format!("{org}.cataloguer"));
        let entry = catalogue::create(&self.city.city, &compiler, content)
            .await
            .unwrap();
        self.note_entry(org, &entry, place, circle, circle).await;
        entry
    }

    async fn submitted(
        &mut self,
        org: &'static str,
        with: Option<&'static str>,
        place: &'static str,
    ) -> CaseId {
        let entry = self.draft(org, with, place).await;
        let compiler = self.ctx(&format!("{org}.cataloguer"));
        let city = &self.city.city;
        let revision = catalogue::show(city, &compiler, &entry).await.unwrap().revision;
        let case = catalogue::submit(city, &compiler, &entry, revision)
            .await
            .unwrap();
        self.thing(Kind::Case, case.0.clone(), place, Compilation(org, with));
        case
    }

    /// Entries at every stage of compilation, and the next version of an open one.
    pub async fn compiled(&mut self, entries: &Entries) {
        self.draft("civil", None, "a draft").await;
        self.submitted("medical", None, "a draft that is reviewed").await;
        self.submitted("civil", Some("police"), "a draft that waits for signatures")
            .await;
        self.submitted("county", None, "a county's draft that waits for confirmation")
            .await;
        let case = self.submitted("civil", None, "a draft that was sent back").await;
        let why = self.word("why a draft was sent back", Compilation("civil", None));
        let answers = Answers {
            field_reasons: vec![FieldReason {
                field: "summary".to_owned(),
                label: "信息资源摘要".to_owned(),
                words: self.word("a reason at a field", Compilation("civil", None)),
            }],
            ..Answers::default()
        };
        self.step_with(
            "authority.reviewer",
            &case,
            "return",
            answers.with("remark", &why),
        )
        .await;
        for entry in [&entries.open, &entries.conditional] {
            self.revised(entry).await;
        }
    }

    /// The next version of a published entry of 市民政局, still a draft.
    async fn revised(&mut self, entry: &EntryId) {
        let circle = Draft("civil", None);
        let content = self.content(circle, circle);
        let compiler = self.ctx("civil.cataloguer");
        let city = &self.city.city;
        let revision = catalogue::show(city, &compiler, entry).await.unwrap().revision;
        let revision = catalogue::revise(city, &compiler, entry, revision).await.unwrap();
        catalogue::save(city, &compiler, entry, revision, content)
            .await
            .unwrap();
    }

    fn terms(&self, items: &[&str], words: String) -> Terms {
        let from = calendar::today(self.city.now());
        Terms {
            purpose: Purpose::Basis,
            purpose_text: words,
            items: items.iter().map(|it| (*it).to_owned()).collect(),
            filters: Vec::new(),
            masks: BTreeMap::from([("name".to_owned(), Mask::Name)]),
            calls_per_day_max: 100_000,
            from,
            until: from + Span::new().months(6),
        }
    }

    /// Somebody of `org` applies for a conditional entry of 市民政局; texts are for both.
    async fn applied(&mut self, org: &'static str, entry: &EntryId, told: Circle) -> (CaseId, Terms) {
        let between = Between("civil", org);
        let purpose = self.word("the purpose of a request", told);
        let terms = self.terms(&["code", "name", "note"], purpose);
        let application = Application {
            terms: terms.clone(),
            duty: self.word("the duty behind a request", between),
            system: self.word("the system named in a request", between),
            frequency: self.word("the frequency named in a request", between),
        };
        let clerk = self.ctx(&format!("{org}.clerk"));
        let case = requests::apply(&self.city.city, &clerk, entry, application)
            .await
            .unwrap();
        self.thing(Kind::Case, case.0.clone(), "a request", between);
        let words = self.word("the provider's opinion on a request", between);
        self.step(
            "civil.head",
            &case,
            "opine",
            &[("opinion", "agree"), ("words", &words)],
        )
        .await;
        (case, terms)
    }

    /// Two grants of one entry, one in use and one suspended; a request refused and disputed; a doubt.
    pub async fn shared(&mut self, entries: &Entries, closed: &EntryId) {
        let grant = self.granted("medical", closed, ASKED).await;
        self.thing(Kind::Grant, grant.0.clone(), "a grant", Grant("civil", "medical"));
        self.refused(closed).await;
        let key = self.system("medical").await;
        let caller = calls::authenticate(&self.city.city, Some(&key), self.later())
            .await
            .unwrap();
        self.called(&caller, &grant).await;
        self.doubted(&grant).await;
        let clerk = self.ctx("medical.clerk");
        let words = self.word("the purpose of a claim", Grant("civil", "medical"));
        let city = &self.city.city;
        let claim = requests::claim(city, &clerk, &entries.open, Purpose::Basis, &words, "日常业务")
            .await
            .unwrap();
        self.thing(Kind::Grant, claim.0, "a claim", Grant("civil", "medical"));
    }

    async fn granted(&mut self, org: &'static str, entry: &EntryId, told: Circle) -> GrantId {
        let (case, terms) = self.applied(org, entry, told).await;
        let words = self.word("the words of a grant", Between("civil", org));
        let answers = Answers {
            terms: Some(terms),
            ..Answers::default()
        };
        self.step_with(
            "authority.reviewer",
            &case,
            "grant",
            answers.with("words", &words),
        )
        .await;
        let reviewer = self.ctx("authority.reviewer");
        let view = app::cases::show(&self.city.city, &reviewer, &case).await.unwrap();
        view.grant.unwrap()
    }

    /// A county's request is refused, and disputed: between two levels, the city settles it.
    async fn refused(&mut self, entry: &EntryId) {
        let between = Between("civil", "county");
        let (case, _) = self.applied("county", entry, between).await;
        let why = self.word("why a request was refused", between);
        self.step("authority.reviewer", &case, "refuse", &[("reason", &why)])
            .await;
        let text = self.word("the text of a dispute", between);
        let clerk = self.ctx("county.clerk");
        let about = disputes::About::Request(case);
        let dispute = disputes::raise(&self.city.city, &clerk, about, &text)
            .await
            .unwrap();
        self.thing(Kind::Case, dispute.0.clone(), "a dispute", between);
        let stated = self.word("the provider's word in a dispute", between);
        self.step("civil.head", &dispute, "state", &[("text", &stated)])
            .await;
    }

    /// A grant that was suspended, with the report to the authority that is filed in the same act.
    pub async fn suspended(&mut self, entry: &EntryId) {
        let told = Any(&[Between("civil", "medical"), Grant("civil", "medical")]);
        let grant = self.granted("medical", entry, told).await;
        self.thing(
            Kind::Grant,
            grant.0.clone(),
            "a suspended grant",
            Grant("civil", "medical"),
        );
        let why = self.word(
            "why a grant was suspended",
            Any(&[Grant("civil", "medical"), Provider("civil")]),
        );
        let head = self.ctx("civil.head");
        let city = &self.city.city;
        let revision = grants::show(city, &head, &grant).await.unwrap().revision;
        let report = grants::suspend(city, &head, &grant, revision, &why)
            .await
            .unwrap();
        self.thing(Kind::Case, report.0, "a report", Provider("civil"));
    }

    /// Two systems of an organisation; the key of the one that calls.
    async fn system(&mut self, org: &'static str) -> String {
        let engineer = self.ctx(&format!("{org}.engineer"));
        let own = Systems(org);
        let quiet = [
            self.word("the name of a system", own),
            self.word("the note of a system", own),
            self.word("the label of a key", own),
        ];
        let name = self.word(
            "the name of a system that calls",
            Any(&[Systems("medical"), Grant("civil", "medical")]),
        );
        let city = &self.city.city;
        let system = systems::create(city, &engineer, &quiet[0], &quiet[1])
            .await
            .unwrap();
        let key = systems::new_key(city, &engineer, &system, &quiet[2], 90)
            .await
            .unwrap();
        let calling = systems::create(city, &engineer, &name, "").await.unwrap();
        let secret = systems::new_key(city, &engineer, &calling, "", 90)
            .await
            .unwrap()
            .secret;
        self.thing(Kind::System, system.0, "a system", own);
        self.thing(Kind::Key, key.id.0, "a key", own);
        self.keys.push((org, secret.clone()));
        secret
    }

    async fn called(&mut self, caller: &Caller, grant: &GrantId) {
        let matter = self.word(
            "the matter of a call",
            Any(&[Grant("civil", "medical"), Receipt("civil", "medical")]),
        );
        let ask = json!({ "purpose": "basis", "matter": matter, "where": { "code": "001" } }).to_string();
        let now = self.later();
        let answer = calls::query(&self.city.city, caller, grant, ask.as_bytes(), now)
            .await
            .unwrap();
        let index = answer.evidence.to_string();
        self.thing(
            Kind::Receipt,
            index,
            "the receipt of a call",
            Receipt("civil", "medical"),
        );
        self.thing(Kind::Receipt, "0", "the receipt of an act", Evidence);
    }

    /// One doubt is open, another was put right.
    async fn doubted(&mut self, grant: &GrantId) {
        for (item, is_open) in [("note", true), ("name", false)] {
            let between = Between("civil", "medical");
            let doubt = corrections::Doubt {
                key: BTreeMap::from([("code".to_owned(), "001".to_owned())]),
                item: item.to_owned(),
                words: self.word("the words of a doubt", between),
            };
            let clerk = self.ctx("medical.clerk");
            let case = corrections::doubt(&self.city.city, &clerk, grant, doubt)
                .await
                .unwrap()
                .case;
            self.thing(Kind::Case, case.0.clone(), "a doubt", between);
            if is_open {
                continue;
            }
            let text = self.word("the words of a correction", between);
            let value = self.word("the value put right", Doubted("civil", None));
            self.step(
                "civil.cataloguer",
                &case,
                "correct",
                &[("text", &text), ("value", &value)],
            )
            .await;
        }
    }

    /// Accounts, and what people are told. Nobody has anything unread, so that no page changes by being read.
    pub async fn people(&mut self) {
        let email = self.canaries.add(
            "qzxjk@civil.example".to_owned(),
            "somebody's mail address",
            Any(&[Account("civil"), Own("civil", Role::Clerk)]),
        );
        let admin = self.ctx("authority.admin");
        let clerk = self.city.ctx("civil.clerk").actor.user;
        people::set_email(&self.city.city, &admin, &clerk, &email)
            .await
            .unwrap();
        let mut told_to: BTreeMap<String, Vec<Circle>> = BTreeMap::new();
        for (login, org, role) in self.everybody() {
            let ctx = self.ctx(&login);
            let told = notices::list(&self.city.city, &ctx, None, false).await.unwrap();
            for line in &told.lines {
                told_to.entry(line.id.clone()).or_default().push(Own(org, role));
            }
            if let Some(newest) = told.lines.first() {
                notices::read_all(&self.city.city, &ctx, &newest.id)
                    .await
                    .unwrap();
            }
            let user = ctx.actor.user.0;
            self.thing(Kind::Person, user, "an account", Account(org));
        }
        for (id, circles) in told_to {
            self.thing(Kind::Notice, id, "a notice", Any(circles.leak()));
        }
        for org in app::testing::organisations() {
            self.thing(Kind::Org, format!("org-{org}"), "an organisation", Account(org));
        }
    }
}
