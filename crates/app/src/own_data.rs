//! Everything that is kept about an applicant: for him to see, to take with him, and to have erased (art. 33).
//!
//! It lies with several nouns: his registration, his applications, agreements and products, what he was told. Each noun
//! says what of it is his own words; here it comes together.
//!
//! Home of 《永州市政务大数据管理办法》 art. 33, as far as it is about what is known of one applicant.

use jiff::Timestamp;
use rules::{
    applicant::Kind,
    ids::{ApplicantId, CaseId, OrgId},
    procedure::Procedure,
};
use store::{
    EventKind, agreements, applicants, cases,
    events::{self, Recorded},
    products,
};

use crate::{
    City, Refused,
    applicants::{Details, Me, open},
    orgs::Book,
    vault::vault,
};

mod erase;
mod export;

pub use erase::erase;
pub use export::{Export, export};

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
