//! What pages and the API show of cases.

use jiff::{Timestamp, civil::Date};
use rules::{
    catalogue::{Content, Item},
    clock::{Colour, Standing},
    grant::Terms,
    ids::{CaseId, EntryId, GrantId},
    law::Article,
    procedure::{Ask, Word},
};
use serde::{Deserialize, Serialize};

/// Something that waits for the person who looks.
#[derive(Clone, Debug)]
pub struct Todo {
    /// The case.
    pub case: CaseLine,
    /// Its revision.
    pub revision: i64,
    /// The steps this person may take now.
    pub steps: Vec<Word>,
    /// The duty whose last day comes first, and its article.
    pub duty: Option<(String, Article)>,
}

/// A case in a list.
#[derive(Clone, Debug)]
pub struct CaseLine {
    /// Its id.
    pub id: CaseId,
    /// The number people cite, such as 申〔2026〕000012.
    pub number: String,
    /// The procedure.
    pub procedure: Word,
    /// What it is about, such as the entry's title.
    pub title: String,
    /// Where it stands.
    pub state: Word,
    /// Whether no step leads on.
    pub is_closed: bool,
    /// The entry it is about.
    pub entry: Option<EntryId>,
    /// The provider's name.
    pub provider_name: String,
    /// The user agency's name, where the procedure has one.
    pub consumer_name: Option<String>,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The earliest last day of its running clocks.
    pub due: Option<Date>,
    /// Whether that day lies beyond the last known holiday notice (暂定).
    pub is_provisional: bool,
    /// The colour of that clock today; none where no clock runs.
    pub colour: Option<Colour>,
}

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this procedure, by name.
    pub procedure: Option<String>,
    /// Only open or only closed ones.
    pub is_open: Option<bool>,
    /// Only those in this state, by name.
    pub state: Option<String>,
    /// Only those about this entry.
    pub entry: Option<EntryId>,
    /// Only those about this grant.
    pub grant: Option<GrantId>,
    /// Only those with these words in title or number.
    pub text: Option<String>,
    /// Only open ones whose tightest clock has this colour today.
    pub colour: Option<Colour>,
    /// Where the page before ended: its `Cases::next`.
    pub after: Option<String>,
}

/// A page of cases.
#[derive(Clone, Debug)]
pub struct Cases {
    /// How many there are in all.
    pub total: u64,
    /// The page, the newest first.
    pub lines: Vec<CaseLine>,
    /// Where it ends; none on the last page.
    pub next: Option<String>,
}

/// One step done.
#[derive(Clone, Debug)]
pub struct Past {
    /// What was done.
    pub step: Word,
    /// The state it led to.
    pub to: Word,
    /// By whom; “公众” or an applicant's masked name where it was somebody without an account.
    pub by: String,
    /// The organisation's name; empty where it was done for none.
    pub org_name: String,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub words: String,
    /// Reasons at fields of an entry, where it was sent back.
    pub field_reasons: Vec<FieldReason>,
    /// Terms proposed or granted with the step.
    pub terms: Option<Terms>,
    /// The index of its entry in the evidence log, once it is there.
    pub evidence_index: Option<u64>,
}

/// A reason at one field of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldReason {
    /// The form's field, such as `share_basis` or `items.3.length`.
    pub field: String,
    /// The field as people read it.
    pub label: String,
    /// What is wrong with it.
    pub words: String,
}

/// A step out of the case's state, for the person who looks.
#[derive(Clone, Debug)]
pub struct Next {
    /// The step.
    pub step: Word,
    /// Where it leads.
    pub to: Word,
    /// The office it belongs to, in words.
    pub office: &'static str,
    /// Whether this person may take it.
    pub is_allowed: bool,
    /// Why he may not; none where he may.
    pub why_not: Option<String>,
    /// The article that permits or demands it.
    pub cites: Article,
    /// What the step's form asks for.
    pub asks: &'static [Ask],
}

/// What a case is about, to be printed above its history.
#[derive(Clone, Debug)]
pub enum About {
    /// A compilation: the entry as it was submitted, or as the draft stands.
    Entry(Box<Content>),
    /// A request, a dispute, a report: labelled lines in order.
    Lines(Vec<(String, String)>),
}

/// Everything a case page prints.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// The case as in a list.
    pub line: CaseLine,
    /// The revision that acts of this page carry.
    pub revision: i64,
    /// The grant it is about, or led to.
    pub grant: Option<GrantId>,
    /// Its parties: the office and the organisation's name.
    pub parties: Vec<(&'static str, String)>,
    /// Its clocks.
    pub clocks: Vec<Standing>,
    /// What was done, the oldest first.
    pub history: Vec<Past>,
    /// Every step out of the state, also those of others, with the reason.
    pub next: Vec<Next>,
    /// The offices that owe the next step, in words.
    pub awaited: Vec<&'static str>,
    /// What it is about.
    pub about: About,
    /// The item whose value is in doubt (art. 21); none in other procedures.
    pub doubted: Option<Item>,
    /// The terms applied for or last proposed, to begin a form with.
    pub terms: Option<Terms>,
    /// Other cases that belong to it: the dispute over a request, the request under a dispute, others of its grant.
    pub related: Vec<CaseLine>,
}
