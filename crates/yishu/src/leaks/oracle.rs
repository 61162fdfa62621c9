//! Who may know what, from the law's words alone: nothing here asks the code under test.

use rules::people::Role::{self, *};

/// Somebody who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Anybody, without an account.
    Public,
    /// A registered applicant, by his word in the story: `person`, `company`.
    Applicant(&'static str),
    /// Somebody's work at an organisation.
    Person(&'static str, Role),
    /// The software of an organisation, with its key.
    System(&'static str),
}

/// Those who may know a thing. Organisations are named as in the test city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circle {
    /// What is open (art. 24, 25).
    Everybody,
    /// What stands in the catalogue, one for the city and its counties (art. 10); administrators keep accounts only.
    Catalogue,
    /// What an organisation is still compiling, perhaps with another (art. 11, 17).
    Draft(&'static str, Option<&'static str>),
    /// The case of such a draft: the compiler's head answers for it as for every case.
    Compilation(&'static str, Option<&'static str>),
    /// A matter between provider and user (art. 18, 21).
    Between(&'static str, &'static str),
    /// A matter of the provider with its authority (art. 19).
    Provider(&'static str),
    /// How a batch fared (art. 14).
    Delivery(&'static str),
    /// The rows that were refused, with their values (art. 14).
    Refusals(&'static str),
    /// How an entry is opened (art. 22 to 24, 31).
    Opening(&'static str),
    /// The terms of a grant, and its use (art. 19).
    Grant(&'static str, &'static str),
    /// An application for what opens on conditions: applicant and provider (art. 26).
    Application(&'static str, &'static str),
    /// An agreement: applicant and provider (art. 26).
    Agreement(&'static str, &'static str),
    /// A product that is not shown yet (art. 26).
    Product(&'static str),
    /// An objection, whoever provides the data: the city authority's (art. 34).
    Objection(&'static str),
    /// How to reach the objector: for whoever has to tell him (art. 33, 34).
    Objector,
    /// What an applicant registered about himself (art. 33).
    Applicant(&'static str),
    /// An organisation's own systems and keys.
    Systems(&'static str),
    /// The receipt of an organisation's call about another's data (art. 19).
    Receipt(&'static str, &'static str),
    /// The receipt of an act: the evidence log is for the city's oversight (art. 6).
    Evidence,
    /// Accounts of an organisation.
    Account(&'static str),
    /// One person alone: notices.
    Own(&'static str, Role),
    /// A value that was doubted: the provider reads it as it is, and the user where its grant lets it (art. 21).
    Doubted(&'static str, Option<&'static str>),
    /// Clear values of an organisation's own data, as the preview of an opening shows them to its people (art. 22).
    Previewed(&'static str),
    /// Values that only calls under a grant of this organisation bring.
    Calls(&'static str),
    /// Values that leave under an agreement of this applicant.
    Agreed(&'static str),
    /// Clear values that nobody's terms let through.
    Nobody,
    /// What is told in several places.
    Any(&'static [Circle]),
}

/// The data authority of an organisation's level (art. 6).
fn authority(org: &str) -> &'static str {
    if org.starts_with("county") {
        "county-authority"
    } else {
        "authority"
    }
}

/// The department that confirms share kinds there (art. 17).
fn confirmer(org: &str) -> &'static str {
    if org.starts_with("county") {
        "county-authority"
    } else {
        "office"
    }
}

/// Whether `reader` may know what is for `circle`.
pub fn may_know(reader: Reader, circle: Circle) -> bool {
    if let Circle::Any(circles) = circle {
        return circles.iter().any(|it| may_know(reader, *it));
    }
    match reader {
        _ if circle == Circle::Everybody => true,
        Reader::Public => false,
        Reader::Applicant(who) => of_applicant(who, circle),
        Reader::System(org) => of_system(org, circle),
        Reader::Person(org, role) => of_person(org, role, circle),
    }
}

fn of_applicant(who: &str, circle: Circle) -> bool {
    match circle {
        Circle::Application(it, _) | Circle::Agreement(it, _) => it == who,
        Circle::Product(it) | Circle::Applicant(it) | Circle::Agreed(it) => it == who,
        _ => false,
    }
}

fn of_system(org: &str, circle: Circle) -> bool {
    match circle {
        Circle::Catalogue => true,
        Circle::Draft(by, _) | Circle::Delivery(by) | Circle::Refusals(by) => by == org,
        Circle::Grant(_, user) | Circle::Receipt(_, user) | Circle::Calls(user) => user == org,
        _ => false,
    }
}

fn of_person(org: &str, role: Role, circle: Circle) -> bool {
    let is = |at: &str, roles: &[Role]| at == org && roles.contains(&role);
    let judges = |of: &str| is(authority(of), &[Reviewer]);
    // A county's oversight reaches its county, the city's everything (art. 6).
    let oversees = |of: &str| role == Auditor && (org == "authority" || authority(of) == authority(org));
    // Between two levels the matter is the city's (art. 18).
    let settles = |a: &str, b: &str| {
        let judge = if authority(a) == authority(b) {
            authority(a)
        } else {
            "authority"
        };
        is(judge, &[Reviewer]) || oversees(a) || oversees(b)
    };
    match circle {
        Circle::Everybody => true,
        Circle::Catalogue => role != Administrator,
        Circle::Draft(by, with) | Circle::Compilation(by, with) => {
            let compiles = is(by, &[Cataloguer, Engineer, Head]);
            let signs = with.is_some_and(|it| is(it, &[Cataloguer, Head]));
            compiles || signs || is(confirmer(by), &[Confirmer]) || judges(by) || oversees(by)
        }
        Circle::Between(provider, user) => {
            let gives = is(provider, &[Cataloguer, Engineer, Head]);
            gives || is(user, &[Clerk, Head]) || settles(provider, user)
        }
        Circle::Grant(provider, user) => {
            let gives = is(provider, &[Cataloguer, Head]);
            gives || is(user, &[Clerk, Head, Engineer]) || settles(provider, user)
        }
        Circle::Receipt(provider, user) => {
            let uses = is(user, &[Clerk, Head, Engineer]);
            uses || is(provider, &[Head]) || oversees(provider) || oversees(user)
        }
        Circle::Provider(by) | Circle::Delivery(by) | Circle::Opening(by) => {
            is(by, &[Cataloguer, Engineer, Head]) || judges(by) || oversees(by)
        }
        Circle::Application(_, by) => is(by, &[Cataloguer, Engineer, Head]) || judges(by) || oversees(by),
        Circle::Agreement(_, by) => is(by, &[Cataloguer, Head]) || judges(by) || oversees(by),
        Circle::Objection(by) => {
            is(by, &[Cataloguer, Engineer, Head]) || is("authority", &[Reviewer]) || oversees(by)
        }
        Circle::Objector => is("authority", &[Reviewer]),
        Circle::Refusals(by) => is(by, &[Cataloguer, Engineer]),
        Circle::Product(_) => matches!(role, Cataloguer | Head | Reviewer | Auditor),
        Circle::Systems(by) => is(by, &[Engineer, Clerk, Head]),
        Circle::Evidence => org == "authority" && role == Auditor,
        Circle::Account(of) => {
            role == Administrator && (org == "authority" || authority(of) == authority(org))
        }
        Circle::Doubted(provider, user) => {
            let uses = user.is_some_and(|it| is(it, &[Clerk, Head]));
            uses || is(provider, &[Cataloguer, Engineer, Head])
        }
        Circle::Previewed(by) => is(by, &[Cataloguer, Head]),
        Circle::Own(at, as_) => is(at, &[as_]),
        Circle::Applicant(_) | Circle::Calls(_) | Circle::Agreed(_) | Circle::Nobody | Circle::Any(_) => {
            false
        }
    }
}
