//! Stories of applicants (art. 26, art. 33): they register, apply, agree, call, make products, and are erased. Both
//! engines.

mod art26;
mod art33;

use app::{
    Refused, agreements,
    applicants::{self, Details, Me, NewApplicant},
    calls::{self, Answer, CallError},
    cases::{self, Answers},
    open_requests::{self, Application},
    opening,
};
use rules::{
    applicant::{Field, Kind},
    catalogue::{Content, ItemClass, OpenKind, ShareKind},
    delivery::BatchKind,
    ids::{AgreementId, CaseId, EntryId, GrantId},
};
use serde_json::Value;

use crate::town::{PEOPLE_CSV, Town, now, on_both, people_content};

const PASSWORD: &str = "Lingling-2026";
const NAME: &str = "唐小芳";
const IDENTITY: &str = "431102198001010012";
const PHONE: &str = "13907460001";
const EMAIL: &str = "tang.xf@example.org";
const ADDRESS: &str = "永州市冷水滩区梧桐路三百零二号";

fn person() -> NewApplicant {
    NewApplicant {
        kind: Kind::Person,
        details: Details {
            name: NAME.to_owned(),
            identity: IDENTITY.to_owned(),
            contact: String::new(),
            phone: PHONE.to_owned(),
            email: EMAIL.to_owned(),
            address: ADDRESS.to_owned(),
        },
        password: PASSWORD.to_owned(),
        consents: true,
    }
}

async fn signed_in(town: &Town, email: &str) -> (Me, String) {
    let session = applicants::sign_in(&town.city, email, PASSWORD, now())
        .await
        .unwrap();
    let me = applicants::session(&town.city, &session.token, now())
        .await
        .unwrap()
        .unwrap();
    (me, session.token)
}

/// A person who has registered and signed in.
async fn tang(town: &Town) -> Me {
    applicants::register(&town.city, person(), now()).await.unwrap();
    signed_in(town, EMAIL).await.0
}

/// A second applicant, an organisation.
async fn other(town: &Town) -> Me {
    let mut new = person();
    new.kind = Kind::Organisation;
    new.details.name = "永州某科技有限公司".to_owned();
    new.details.identity = "91431100MA4L16JC9D".to_owned();
    new.details.contact = "李工".to_owned();
    new.details.email = "info@example.net".to_owned();
    applicants::register(&town.city, new, now()).await.unwrap();
    signed_in(town, "info@example.net").await.0
}

fn ages() -> Content {
    let mut content = people_content(ShareKind::Unconditional);
    content.title = "居民年龄分布".to_owned();
    content.open = OpenKind::Conditional;
    content.open_conditions = "仅限研究使用。".to_owned();
    content.items[1].class = ItemClass::Identifier;
    content.items[2].class = ItemClass::Quasi;
    content.items[3].class = ItemClass::Quasi;
    content
}

/// A conditional set on its list: the entry and its name in addresses.
async fn listed(town: &Town) -> (EntryId, String) {
    let entry = town.publish(ages()).await;
    town.deliver(&entry, "b1", BatchKind::Full, PEOPLE_CSV).await;
    opening::publish_list(&town.city, &town.ctx("head"), OpenKind::Conditional)
        .await
        .unwrap();
    let set = app::portal::dataset(&town.city, entry.as_str()).await.unwrap();
    (entry, set.card.name)
}

/// The same, with a release made for those who have an agreement.
async fn released(town: &Town) -> (EntryId, String) {
    let (entry, name) = listed(town).await;
    let plan = opening::plan(&town.city, &town.ctx("cataloguer"), &entry)
        .await
        .unwrap();
    let mut saved = rules::release::Plan::proposed(&ages());
    saved.risk_words = "合成数据。".to_owned();
    opening::save_plan(&town.city, &town.ctx("cataloguer"), &entry, plan.revision, saved)
        .await
        .unwrap();
    let case = opening::submit(&town.city, &town.ctx("cataloguer"), &entry)
        .await
        .unwrap();
    step(
        town,
        "head",
        &case,
        "release",
        Answers::default().with("words", "可以开放。"),
    )
    .await
    .unwrap();
    for _ in 0..200 {
        let plan = opening::plan(&town.city, &town.ctx("cataloguer"), &entry)
            .await
            .unwrap();
        if plan
            .releases
            .first()
            .is_some_and(|it| it.state.name() == "current")
        {
            return (entry, name);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the release was not made");
}

fn asked() -> Application {
    Application {
        field: Field::Service,
        purpose: "研究社区养老服务设施布局。".to_owned(),
        safeguards: "存放在单位内网，两人共管，用完删除。".to_owned(),
        frequency: "每周一次".to_owned(),
        items: vec!["region".to_owned(), "born".to_owned()],
        calls_per_day: 3,
        months: 12,
    }
}

async fn apply(town: &Town, me: &Me, name: &str) -> CaseId {
    open_requests::apply(&town.city, me, name, asked(), now())
        .await
        .unwrap()
}

async fn step(town: &Town, who: &str, case: &CaseId, step: &str, answers: Answers) -> Result<(), Refused> {
    let ctx = town.ctx(who);
    let view = cases::show(&town.city, &ctx, case).await?;
    cases::act(&town.city, &ctx, case, view.revision, step, answers).await
}

/// The head's answer that agrees, on the terms applied for.
async fn agreeing(town: &Town, case: &CaseId) -> Answers {
    let view = cases::show(&town.city, &town.ctx("head"), case).await.unwrap();
    let answers = Answers {
        terms: view.terms,
        ..Answers::default()
    };
    answers
        .with("conditions", "结果发表前送我局核对。")
        .with("follow_months", "3")
        .with("words", "同意。")
}

async fn agreed(town: &Town, me: &Me, name: &str) -> (CaseId, AgreementId) {
    let case = apply(town, me, name).await;
    step(town, "head", &case, "agree", agreeing(town, &case).await)
        .await
        .unwrap();
    let view = open_requests::show_mine(&town.city, me, &case, now())
        .await
        .unwrap();
    (case, view.agreement.unwrap())
}

/// The agreement in force, with its key.
async fn in_force(town: &Town, me: &Me, name: &str) -> (AgreementId, String) {
    let (_, id) = agreed(town, me, name).await;
    let it = agreements::show_mine(&town.city, me, &id, now()).await.unwrap();
    let key = agreements::accept(&town.city, me, &id, it.revision, now())
        .await
        .unwrap();
    (id, key.secret)
}

/// How many entries the evidence log has: the second line of its checkpoint.
fn size(town: &Town) -> u64 {
    let checkpoint = app::evidence::checkpoint(&town.city).unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

async fn call(town: &Town, key: &str, id: &AgreementId, ask: Value) -> Result<Answer, CallError> {
    let caller = calls::authenticate_agreement(&town.city, Some(key), now()).await?;
    let grant = GrantId(id.0.clone());
    calls::query_agreement(&town.city, &caller, &grant, ask.to_string().as_bytes(), now()).await
}

fn code(result: Result<Answer, CallError>) -> &'static str {
    result.unwrap_err().code
}
