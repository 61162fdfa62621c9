//! Everything that is kept about an applicant: for him to see, to take with him, and to have erased (art. 33).

use jiff::Timestamp;
use rules::{
    applicant::Kind,
    grant::GrantState,
    ids::{ApplicantId, CaseId, OrgId},
    procedure::{Procedure, open_request},
};
use serde_json::{Value, json};
use store::{
    EventKind, Write, agreements, applicants, cases,
    events::{self, Recorded},
    products, steps,
};

use super::{Details, Me, event, is_password, open, signature};
use crate::{
    City, Refused,
    cases::{Doer, Stride, advance},
    orgs::Book,
    vault::vault,
};

/// Cases, agreements and products read at most; nobody has so many.
const ALL: u32 = 1_000;

/// Looks shown at most, the newest first.
const LOOKS: u32 = 500;

/// One look of a handler at what the applicant registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The organisation whose handler looked.
    pub org_name: String,
    /// The number of the case that was handled.
    pub case_number: String,
}

/// Everything that is kept, as the applicant's page shows it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The number that texts name the applicant by.
    pub number: String,
    /// A person or an organisation.
    pub kind: Kind,
    /// What was registered.
    pub details: Details,
    /// The edition of the terms that were consented to.
    pub consent: String,
    /// When.
    pub registered_at: Timestamp,
    /// For the forms.
    pub revision: i64,
    /// Who looked at it, the newest first.
    pub looks: Vec<Look>,
    /// Applications: number, title and state.
    pub cases: Vec<(String, String, String)>,
    /// Agreements: number and title.
    pub agreements: Vec<(String, String)>,
    /// Data products: number and name.
    pub products: Vec<(String, String)>,
}

/// A file to take along.
#[derive(Clone, Debug)]
pub struct Export {
    /// The file's name.
    pub name: String,
    /// JSON, indented for people to read.
    pub body: Vec<u8>,
}

/// What is kept about the signed-in applicant.
pub async fn kept(city: &City, me: &Me) -> Result<Kept, Refused> {
    let row = applicants::get(city.store.read(), &me.id).await?;
    let details = open(vault(city).await?, &row)?.ok_or_else(|| Refused::not_found("该账号"))?;
    let cases = own_cases(city, &me.id).await?;
    let state = |it: &cases::Line| {
        let procedure = Procedure::find(&it.procedure);
        procedure
            .and_then(|of| of.state(&it.state))
            .map_or("", |it| it.label)
    };
    Ok(Kept {
        number: row.number,
        kind: row.kind,
        details,
        consent: row.consent,
        registered_at: row.created_at,
        revision: row.revision,
        looks: looks(city, &me.id).await?,
        cases: cases
            .iter()
            .map(|it| (it.number.clone(), it.title.clone(), state(it).to_owned()))
            .collect(),
        agreements: own_agreements(city, &me.id)
            .await?
            .into_iter()
            .map(|it| (it.agreement.number, it.entry_title))
            .collect(),
        products: own_products(city, &me.id)
            .await?
            .into_iter()
            .map(|it| (it.number, it.name))
            .collect(),
    })
}

async fn own_cases(city: &City, id: &ApplicantId) -> Result<Vec<cases::Line>, Refused> {
    let filter = cases::Filter {
        applicant: Some(id.clone()),
        ..cases::Filter::default()
    };
    Ok(cases::list(city.store.read(), &filter, None, ALL).await?)
}

async fn own_agreements(city: &City, id: &ApplicantId) -> Result<Vec<agreements::Line>, Refused> {
    Ok(agreements::list(city.store.read(), &of(id), None, ALL).await?)
}

fn of(id: &ApplicantId) -> agreements::Filter {
    agreements::Filter {
        applicant: Some(id.clone()),
        ..agreements::Filter::default()
    }
}

async fn own_products(city: &City, id: &ApplicantId) -> Result<Vec<products::Product>, Refused> {
    let filter = products::Filter {
        applicant: Some(id.clone()),
        ..products::Filter::default()
    };
    Ok(products::list(city.store.read(), &filter, ALL).await?)
}

/// Who looked, from the events that every look leaves.
async fn looks(city: &City, id: &ApplicantId) -> Result<Vec<Look>, Refused> {
    let events = events::of_subject(city.store.read(), id.as_str(), LOOKS).await?;
    let book = Book::load(city.store.read()).await?;
    let mut looks = Vec::new();
    for Recorded { event, .. } in events {
        if event.kind != EventKind::ApplicantSeen {
            continue;
        }
        let case = event.body["case"].as_str().map(CaseId::from);
        let case = match case {
            Some(case) => cases::find(city.store.read(), &case).await?,
            None => None,
        };
        let org = event.org.unwrap_or_else(|| OrgId(String::new()));
        looks.push(Look {
            at: Timestamp::from_millisecond(event.at_ms).map_err(Refused::internal)?,
            org_name: book.name(&org),
            case_number: case.map_or_else(String::new, |it| it.number),
        });
    }
    Ok(looks)
}

/// Everything that is kept, as a file. Taking it is recorded; what is in it is not.
pub async fn export(city: &City, me: &Me, now: Timestamp) -> Result<Export, Refused> {
    let kept = kept(city, me).await?;
    let mut applications = Vec::new();
    for line in own_cases(city, &me.id).await? {
        applications.push(whole_case(city, line).await?);
    }
    let agreements: Vec<Value> = own_agreements(city, &me.id)
        .await?
        .into_iter()
        .map(|it| {
            let a = it.agreement;
            json!({ "编号": a.number, "数据集": it.entry_title, "条款": a.text, "状态": a.state.label(),
                "确认时间": a.accepted_at.map(|it| it.to_string()) })
        })
        .collect();
    let looks: Vec<Value> = kept
        .looks
        .iter()
        .map(|it| json!({ "时间": it.at.to_string(), "部门": it.org_name, "办件": it.case_number }))
        .collect();
    let products: Vec<Value> = own_products(city, &me.id)
        .await?
        .into_iter()
        .map(|it| json!({ "编号": it.number, "名称": it.name, "说明": it.summary, "链接": it.link }))
        .collect();
    let all = json!({
        "申请人编号": kept.number,
        "类型": kept.kind.label(),
        "登记信息": kept.details,
        "同意的告知版本": kept.consent,
        "注册时间": kept.registered_at.to_string(),
        "查看记录": looks,
        "申请": applications,
        "协议": agreements,
        "数据产品": products,
        "导出时间": now.to_string(),
    });
    let body = serde_json::to_vec_pretty(&all).map_err(Refused::internal)?;
    let write = city.store.write().await?;
    city.seal(write, event(EventKind::ApplicantExported, &me.id, json!({}), now))
        .await?;
    Ok(Export {
        name: "my-data.json".to_owned(),
        body,
    })
}

async fn whole_case(city: &City, line: cases::Line) -> Result<Value, Refused> {
    let case = cases::get(city.store.read(), &line.id).await?;
    let procedure = Procedure::find(&case.procedure);
    let steps: Vec<Value> = steps::of_case(city.store.read(), &case.id)
        .await?
        .into_iter()
        .map(|it| {
            let label = procedure
                .and_then(|of| of.step(&it.step))
                .map_or("", |it| it.label);
            json!({ "时间": it.at.to_string(), "步骤": label })
        })
        .collect();
    Ok(json!({ "编号": case.number, "标题": case.title, "内容": case.content, "办理过程": steps }))
}

/// Erases everything personal for good, after the password was typed again. Agreements end and open applications are
/// withdrawn; cases and agreements stay as those of a number that nobody stands behind any more.
pub async fn erase(city: &City, me: &Me, password: &str, now: Timestamp) -> Result<(), Refused> {
    let row = applicants::get(city.store.read(), &me.id).await?;
    if !is_password(
        password,
        Some(row.password_hash.clone()).filter(|it| !it.is_empty()),
    )
    .await?
    {
        let words = "密码不正确，账号没有注销。请重新输入。";
        return Err(Refused::field("wrong-password", "password", words));
    }
    let mut write = city.store.write().await?;
    for line in agreements::list(&mut write, &of(&me.id), None, ALL).await? {
        let it = line.agreement;
        agreements::revoke_keys(&mut write, &it.id, now).await?;
        if it.state != GrantState::Terminated {
            agreements::set_state(&mut write, &it, GrantState::Terminated, "申请人注销账号", now).await?;
        }
    }
    withdraw_all(&mut write, city, me, now).await?;
    products::erase_bylines(&mut write, &me.id).await?;
    applicants::erase(&mut write, &me.id, now).await?;
    city.seal(write, event(EventKind::ApplicantErased, &me.id, json!({}), now))
        .await?;
    city.gate.refresh().await?;
    Ok(())
}

async fn withdraw_all(write: &mut Write, city: &City, me: &Me, now: Timestamp) -> Result<(), Refused> {
    let filter = cases::Filter {
        applicant: Some(me.id.clone()),
        procedure: Some(open_request::PROCEDURE.name.to_owned()),
        is_open: Some(true),
        ..cases::Filter::default()
    };
    let masked = signature(&me.number);
    for line in cases::list(&mut *write, &filter, None, ALL).await? {
        let mut case = cases::get(&mut *write, &line.id).await?;
        let doer = Doer::Applicant {
            id: &me.id,
            masked: &masked,
            now,
        };
        let stride = Stride::of(open_request::Step::Withdraw.word());
        advance(write, city, doer, &mut case, stride).await?;
    }
    Ok(())
}
