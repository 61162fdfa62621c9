//! What goes on between the city and the public: applicants, agreements, products, objections.

use app::{
    agreements,
    applicants::{self, Details, Me, NewApplicant},
    cases::{self, Answers, Filter},
    objections::{self, Objection},
    open_requests::{self, Application},
    products::{self, Maker, NewProduct},
    testing::PASSWORD,
};
use rules::{
    applicant::{Field, Kind as Who},
    calendar,
    ids::{CaseId, EntryId},
    procedure::objection::ObjectionKind,
    product::State,
};

use super::{
    city::{Entries, Town},
    oracle::Circle::{self, *},
    things::Kind,
};

/// The mail address by which an applicant signs in.
pub fn email(who: &str) -> String {
    format!("qzx{who}@example.org")
}

/// What stands in the application, and again in the agreement.
const AGREED: Circle = Any(&[Application("person", "civil"), Agreement("person", "civil")]);

impl Town {
    async fn registered(&mut self, who: &'static str, kind: Who, digits: &str) -> Me {
        let own = Applicant(who);
        let check = match kind {
            Who::Person => synthetic::identity_check(digits),
            Who::Organisation => synthetic::credit_check(digits),
        };
        let details = Details {
            name: self.word("an applicant's name", own),
            identity: self
                .canaries
                .add(format!("{digits}{check}"), "an applicant's identity", own),
            contact: match kind {
                Who::Person => String::new(),
                Who::Organisation => self.word("whom to ask at an organisation", own),
            },
            phone: self.canaries.add(
                format!("1399746{:04}", 1000 + who.len()),
                "an applicant's telephone",
                own,
            ),
            email: self.canaries.add(email(who), "an applicant's mail address", own),
            address: self.word("an applicant's address", own),
        };
        let new = NewApplicant {
            kind,
            details,
            password: PASSWORD.to_owned(),
            consents: true,
        };
        let now = self.later();
        let city = &self.city.city;
        applicants::register(city, new, now).await.unwrap();
        let session = applicants::sign_in(city, &email(who), PASSWORD, now)
            .await
            .unwrap();
        applicants::session(city, &session.token, now)
            .await
            .unwrap()
            .unwrap()
    }

    async fn applied_openly(&mut self, me: &Me, entry: &EntryId, circles: [Circle; 2]) -> CaseId {
        let [asked, case_only] = circles;
        let application = Application {
            field: Field::Service,
            purpose: self.word("the purpose of an application", asked),
            safeguards: self.word("the safeguards of an application", asked),
            frequency: self.word("the frequency of an application", case_only),
            items: vec!["code".to_owned(), "note".to_owned()],
            calls_per_day: 1000,
            months: 6,
        };
        let now = self.later();
        let case = open_requests::apply(&self.city.city, me, entry.as_str(), application, now)
            .await
            .unwrap();
        self.thing(
            Kind::Case,
            case.0.clone(),
            "an application of the public",
            case_only,
        );
        self.thing(
            Kind::Request,
            case.0.clone(),
            "an application of the public",
            case_only,
        );
        let words = self.word("the handler's opinion", Provider("civil"));
        self.step("civil.cataloguer", &case, "opine", &[("words", &words)])
            .await;
        case
    }

    /// One applicant has an agreement, the other was refused; a product is shown and another sent back; an objection.
    pub async fn asked_for(&mut self, entries: &Entries) {
        let person = self.registered("person", Who::Person, "43110219800101001").await;
        let company = self
            .registered("company", Who::Organisation, "91431100MA4L16JC9")
            .await;
        let own = Application("company", "civil");
        let case = self
            .applied_openly(&company, &entries.conditional, [own, own])
            .await;
        let why = self.word("why an application was refused", own);
        self.step("civil.head", &case, "refuse", &[("reason", &why)])
            .await;
        self.agreed(&person, entries).await;
        self.products(&person, &company, entries).await;
        self.objected(entries).await;
    }

    async fn agreed(&mut self, me: &Me, entries: &Entries) {
        let circles = [AGREED, Application("person", "civil")];
        let case = self.applied_openly(me, &entries.conditional, circles).await;
        let conditions = self.word("the conditions of an agreement", AGREED);
        let words = self.word("the words with an agreement", AGREED);
        let head = self.ctx("civil.head");
        let view = cases::show(&self.city.city, &head, &case).await.unwrap();
        let answers = Answers {
            terms: view.terms,
            ..Answers::default()
        };
        let answers = answers
            .with("conditions", &conditions)
            .with("follow_months", "3")
            .with("words", &words);
        self.step_with("civil.head", &case, "agree", answers).await;
        let now = self.later();
        let city = &self.city.city;
        let mine = open_requests::show_mine(city, me, &case, now).await.unwrap();
        let id = mine.agreement.unwrap();
        let revision = agreements::show_mine(city, me, &id, now).await.unwrap().revision;
        let key = agreements::accept(city, me, &id, revision, now).await.unwrap();
        self.thing(
            Kind::Agreement,
            id.0,
            "an agreement",
            Agreement("person", "civil"),
        );
        self.keys.push(("person", key.secret));
    }

    async fn products(&mut self, person: &Me, company: &Me, entries: &Entries) {
        for (me, circle) in [(person, Everybody), (company, Product("company"))] {
            let now = self.later();
            let today = calendar::today(now);
            let new = NewProduct {
                name: self.word("the name of a product", circle),
                summary: self.word("the summary of a product", circle),
                link: "https://product.example.org/".to_owned(),
                byline: self.word("who made a product", circle),
                sources: [&entries.open, &entries.withdrawn]
                    .map(|it| (it.0.clone(), today))
                    .to_vec(),
            };
            let id = products::register(&self.city.city, Maker::Applicant(me, now), new)
                .await
                .unwrap();
            self.thing(Kind::Product, id.0.clone(), "a product", circle);
            let (to, why) = match circle {
                Everybody => (State::Published, String::new()),
                _ => (State::Returned, self.word("why a product was sent back", circle)),
            };
            let reviewer = self.ctx("authority.reviewer");
            let city = &self.city.city;
            let revision = products::find(city, &reviewer, &id).await.unwrap().revision;
            products::decide(city, &reviewer, &id, revision, to, &why)
                .await
                .unwrap();
        }
    }

    /// An objection that was marked and passed on.
    async fn objected(&mut self, entries: &Entries) {
        let circle = Objection("civil");
        let objection = Objection {
            dataset: entries.open.0.clone(),
            kind: ObjectionKind::Privacy,
            words: self.word("the words of an objection", circle),
            contact: Some(self.word("how to reach an objector", Objector)),
        };
        let now = self.later();
        let filed = objections::file(&self.city.city, objection, now).await.unwrap();
        let filter = Filter {
            text: Some(filed.number),
            ..Filter::default()
        };
        let reviewer = self.ctx("authority.reviewer");
        let found = cases::list(&self.city.city, &reviewer, &filter).await.unwrap();
        let case = found.lines[0].id.clone();
        self.thing(Kind::Case, case.0.clone(), "an objection", circle);
        self.step("authority.reviewer", &case, "mark", &[]).await;
        self.step("authority.reviewer", &case, "transfer", &[]).await;
    }
}
