//! The engine of all procedures: begins a case and takes its steps, inside the caller's transaction.

use rules::{
    calendar::Calendar,
    clock::{Done, Standing},
    grant::Terms,
    ids::{CaseId, EntryId, GrantId, OrgId, UserId},
    people::Org,
    permission::{self, Action, Subject},
    procedure::{
        Move, NEW, Office, Procedure, Word, compilation, correction, dispute, objection, opening, report,
    },
};
use serde::{Deserialize, Serialize};
use store::{
    Source, Write,
    cases::{self, Turn},
    entries::{self, Entry},
    marks, orgs, reviews,
    steps::{self, NewStep, Step},
};

use super::{Doer, FieldReason};
use crate::{
    City, Ctx, Refused, Stale, notices,
    orgs::{Book, city_authority},
};

pub(crate) use store::cases::Case;

/// A case to begin; its first step is taken with it.
pub(crate) struct NewCase {
    /// The procedure.
    pub procedure: &'static Procedure,
    /// What it is about, such as the entry's title.
    pub title: String,
    /// The entry it is about.
    pub entry: Option<EntryId>,
    /// The grant it is about.
    pub grant: Option<GrantId>,
    /// The case it is about: the request under a dispute.
    pub about: Option<CaseId>,
    /// 使用部门, where the procedure has one.
    pub consumer: Option<OrgId>,
    /// 提供部门.
    pub provider: OrgId,
    /// 主管部门 of that level.
    pub authority: OrgId,
    /// What the procedure needs to know besides, as JSON.
    pub content: serde_json::Value,
}

/// A step to be taken, and what is said with it. `Stride { words, ..Stride::of(Step::Opine.word()) }`.
pub(crate) struct Stride {
    /// The step.
    pub step: Word,
    /// The state it leads to, where the table leaves a choice.
    pub to: Option<Word>,
    /// What was said; shown in the history.
    pub words: String,
    /// Working days granted, where the step extends a clock.
    pub extra_days: u16,
    /// Reasons per field, where an entry is sent back.
    pub field_reasons: Vec<FieldReason>,
    /// Terms applied for, proposed or granted.
    pub terms: Option<Terms>,
}

impl Stride {
    /// The step with nothing said.
    pub(crate) fn of(step: Word) -> Stride {
        Stride {
            step,
            to: None,
            words: String::new(),
            extra_days: 0,
            field_reasons: Vec::new(),
            terms: None,
        }
    }
}

/// What the history keeps of a step's answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    /// What was said.
    pub words: String,
    /// Reasons per field.
    pub field_reasons: Vec<FieldReason>,
    /// Terms applied for, proposed or granted.
    pub terms: Option<Terms>,
    /// The number of the event that sealed the step.
    pub event: i64,
    /// Who took it, where it was somebody without an account: 公众, or an applicant's masked name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// Who takes part in a case: the only place where an actor's offices in it are read from.
#[derive(Clone, Debug)]
pub(crate) struct Parties {
    provider: Option<Org>,
    consumer: Option<Org>,
    authority: OrgId,
    is_published: bool,
    /// Whether it is the city authority's whoever provides the data (art. 34).
    is_citys: bool,
    co_compilers: Vec<OrgId>,
    /// Organisations that are no party and were told of the outcome (art. 21).
    told: Vec<OrgId>,
    /// Whether the data carries the case's mark, or did (art. 34).
    is_marked: bool,
    /// Those of `co_compilers` that have not signed the draft as it stands.
    unsigned: Vec<OrgId>,
    /// Those who prepared a release: none of them reviews it (art. 31).
    preparers: Vec<UserId>,
}

impl Parties {
    /// The parties of `case`. A report concerns the provider's level alone.
    pub(crate) async fn of(mut db: impl Source + Reborrow, case: &Case) -> Result<Parties, Refused> {
        let mut parties = Parties {
            provider: org(db.again(), case.provider.as_ref()).await?,
            consumer: org(db.again(), case.consumer.as_ref()).await?,
            authority: case.authority.clone(),
            is_published: case.procedure != compilation::PROCEDURE.name,
            is_citys: case.procedure == objection::PROCEDURE.name,
            co_compilers: Vec::new(),
            told: Vec::new(),
            is_marked: false,
            unsigned: Vec::new(),
            preparers: preparers(case),
        };
        if case.procedure == correction::PROCEDURE.name {
            let told = marks::told(db.again(), &case.id).await?;
            parties.told = told.into_iter().map(|it| it.org).collect();
        }
        if case.procedure == objection::PROCEDURE.name {
            parties.is_marked = marks::of_case(db.again(), &case.id).await?.is_some();
        }
        if case.procedure == report::PROCEDURE.name {
            parties.consumer = None;
        }
        if case.procedure == compilation::PROCEDURE.name
            && let Some(entry) = &case.entry
        {
            let entry = entries::get(db.again(), entry).await?;
            parties.unsigned = unsigned(db, &entry).await?;
            parties.co_compilers = entry.draft.co_compilers;
        }
        Ok(parties)
    }

    /// The parties of an entry's compilation, whether or not a case is open.
    pub(crate) async fn of_entry(db: impl Source, entry: &Entry, provider: &Org) -> Result<Parties, Refused> {
        Ok(Parties {
            provider: Some(provider.clone()),
            consumer: None,
            authority: provider.authority.clone(),
            is_published: false,
            is_citys: false,
            unsigned: unsigned(db, entry).await?,
            preparers: Vec::new(),
            co_compilers: entry.draft.co_compilers.clone(),
            told: Vec::new(),
            is_marked: false,
        })
    }

    /// The case as the rules of permission see it.
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            org: None,
            provider: self.provider.as_ref(),
            consumer: self.consumer.as_ref(),
            co_compilers: &self.co_compilers,
            is_published: self.is_published,
            is_citys: self.is_citys,
        }
    }

    /// The offices this person holds here.
    pub(crate) fn offices(&self, ctx: &Ctx) -> Vec<Office> {
        permission::offices(&ctx.actor, &self.subject())
    }

    /// Whether `org` is the user agency of this case.
    pub(crate) fn is_consumer(&self, org: &OrgId) -> bool {
        self.consumer.as_ref().is_some_and(|it| it.id == *org)
    }

    /// Whether `org` was told of the outcome without being a party.
    pub(crate) fn was_told(&self, org: &OrgId) -> bool {
        self.told.contains(org)
    }

    /// The organisations that hold `office`.
    pub(crate) fn holders(&self, office: Office) -> Vec<OrgId> {
        let id = |it: &Option<Org>| it.iter().map(|it| it.id.clone()).collect();
        match office {
            Office::Authority => vec![self.authority.clone()],
            Office::Compiler | Office::Provider | Office::ProviderHead => id(&self.provider),
            Office::CoCompiler => self.co_compilers.clone(),
            Office::Confirmer => self.provider.iter().map(|it| it.confirmer.clone()).collect(),
            Office::Consumer => id(&self.consumer),
            // Those outside hold theirs for no organisation.
            _ => Vec::new(),
        }
    }

    /// The steps that are expected of this person now.
    pub(crate) fn expected(&self, procedure: &'static Procedure, case: &Case, ctx: &Ctx) -> Vec<Word> {
        let offices = self.offices(ctx);
        let next = procedure.next(&case.state, &offices).into_iter();
        next.filter(|(made, permitted)| {
            permitted.is_ok() && !is_free(made) && self.why_not(made, procedure, ctx).is_none()
        })
        .map(|(made, _)| made.step)
        .collect()
    }

    /// Why this person may not take a step that the procedure permits: beyond the table.
    pub(crate) fn why_not(&self, made: &Move, procedure: &Procedure, ctx: &Ctx) -> Option<String> {
        if made.by == Office::CoCompiler && !self.unsigned.contains(&ctx.actor.org.id) {
            return Some("贵单位已会签本次提交的内容。".to_owned());
        }
        if made.by == Office::ProviderHead && self.preparers.contains(&ctx.actor.user) {
            return Some(opening::SECOND_PERSON.to_owned());
        }
        if procedure.name == objection::PROCEDURE.name
            && let Some(words) = self.mark_comes_first(made)
        {
            return Some(words.to_owned());
        }
        let action = Action::of(procedure, made)?;
        ctx.may(action, &self.subject()).err().map(|it| it.words)
    }

    /// Art. 34: data is marked once, and before anything else is done with the objection.
    fn mark_comes_first(&self, made: &Move) -> Option<&'static str> {
        let is_mark = made.step == objection::Step::Mark.word();
        let needs_mark = [objection::Step::Decide, objection::Step::Transfer]
            .iter()
            .any(|it| made.step == it.word());
        let is_own = self.provider.as_ref().is_some_and(|it| it.id == self.authority);
        match self.is_marked {
            true if is_mark => Some("数据已作异议标注。"),
            false if needs_mark => Some("请先作出异议标注，再作处理。"),
            _ if is_own && made.step == objection::Step::Transfer.word() => {
                Some("该数据由本部门提供，请直接作出是否更正的决定。")
            }
            _ => None,
        }
    }

    /// The offices that matter in `procedure`, with the name of each organisation that holds one.
    pub(crate) fn named(&self, procedure: &Procedure, book: &Book) -> Vec<(&'static str, String)> {
        let acts = |office: &Office| procedure.moves.iter().any(|it| it.by == *office);
        let office = |office: Office| {
            if office == Office::ProviderHead {
                Office::Provider
            } else {
                office
            }
        };
        let mut named: Vec<(&'static str, String)> = Vec::new();
        for it in Office::ALL.iter().copied().filter(acts).map(office) {
            for org in self.holders(it) {
                let party = (it.label(), book.name(&org));
                if !named.contains(&party) {
                    named.push(party);
                }
            }
        }
        named
    }
}

/// Those who prepared what a secrecy review is about; of other cases nobody.
fn preparers(case: &Case) -> Vec<UserId> {
    let is_review = case.procedure == opening::PROCEDURE.name;
    let named = is_review.then(|| case.content["preparers"].clone());
    named
        .and_then(|it| serde_json::from_value(it).ok())
        .unwrap_or_default()
}

async fn org(db: impl Source, id: Option<&OrgId>) -> Result<Option<Org>, Refused> {
    match id {
        None => Ok(None),
        Some(id) => Ok(Some(orgs::get(db, id).await?.org)),
    }
}

/// The authority in charge of a matter between two organisations, as `permission` has it: that of both; where there is
/// none, the city's (art. 6, art. 18).
pub(crate) async fn authority_in_charge(
    db: impl Source,
    provider: &Org,
    consumer: &Org,
) -> Result<OrgId, Refused> {
    if let Some(authority) = permission::authority_between(provider, consumer) {
        return Ok(authority.clone());
    }
    city_authority(db).await
}

/// Departments that have not signed the entry's draft as it stands (art. 11).
pub(crate) async fn unsigned(db: impl Source, entry: &Entry) -> Result<Vec<OrgId>, Refused> {
    let signatures = reviews::signatures(db, &entry.id).await?;
    let has_signed = |org: &OrgId| {
        signatures
            .iter()
            .any(|it| it.revision == entry.revision && it.org == *org)
    };
    Ok(entry
        .draft
        .co_compilers
        .iter()
        .filter(|it| !has_signed(it))
        .cloned()
        .collect())
}

/// The procedure of a stored case.
pub(crate) fn procedure(case: &str) -> Result<&'static Procedure, Refused> {
    Procedure::find(case).ok_or_else(|| Refused::internal(format!("no procedure {case}")))
}

/// Begins a case with its first step. Where the doer is an applicant, the case is theirs.
pub(crate) async fn begin<'a>(
    write: &mut Write,
    city: &City,
    doer: impl Into<Doer<'a>>,
    new: NewCase,
    stride: Stride,
) -> Result<Case, Refused> {
    let doer = doer.into();
    let number = cases::next_number(write, series(new.procedure.name), doer.today().year()).await?;
    let mut case = Case {
        id: CaseId(store::fresh_id(doer.now())),
        number,
        procedure: new.procedure.name.to_owned(),
        state: NEW.name.to_owned(),
        revision: 1,
        title: new.title,
        entry: new.entry,
        grant: new.grant,
        about: new.about,
        consumer: new.consumer,
        provider: Some(new.provider),
        authority: new.authority,
        content: new.content,
        applicant: doer.applicant(),
        opened_by: doer.user(),
        opened_at: doer.now(),
        closed_at: None,
        due_on: None,
        amber_on: None,
        owed_by: None,
    };
    let parties = Parties::of(&mut *write, &case).await?;
    let first = permitted(new.procedure, NEW.name, &stride, doer, &parties)?;
    case.state = first.to.name.to_owned();
    let step = new_step(write, doer, first, stride);
    let history = [Done {
        step: step.step.clone(),
        on: step.on,
        extra_days: step.extra_days,
    }];
    settle(&mut case, new.procedure, &history, &city.calendar(), doer);
    let acted: Vec<OrgId> = doer.org().into_iter().collect();
    let turns = turns(&parties, new.procedure, &case, &acted);
    cases::insert(write, &case, &turns).await?;
    steps::add(write, &case.id, &step).await?;
    notices::tell_turns(write, doer.now(), &case, &[], &turns, doer.user()).await?;
    Ok(case)
}

/// Loads a case inside a write. One that this person may not see reads as if there were none; one that has moved
/// on since `revision` was shown is refused.
pub(crate) async fn load(write: &mut Write, ctx: &Ctx, id: &CaseId, revision: i64) -> Result<Case, Refused> {
    let case = cases::find(&mut *write, id)
        .await?
        .ok_or_else(|| Refused::not_found("该办件"))?;
    super::visible(&mut *write, ctx, &case).await?;
    if case.revision != revision {
        return Err(stale(&mut *write, &case).await?);
    }
    Ok(case)
}

/// The refusal of an act on a page that showed the case as it no longer is.
pub(crate) async fn stale(db: impl Source, case: &Case) -> Result<Refused, Refused> {
    let last = steps::of_case(db, &case.id).await?.pop();
    Ok(Refused::stale(Stale {
        revision: case.revision,
        is_own: false,
        changed_by: last
            .as_ref()
            .map(|it| format!("{}{}", it.org_name, signed(it)))
            .unwrap_or_default(),
        changed_at: last.map(|it| it.at),
        content: None,
    }))
}

/// Takes a step: asks the procedure whether this person may, appends it to the history, moves the state, and
/// recomputes the cached last day and whose turn it is. Title, grant and content are saved as `case` has them.
pub(crate) async fn advance<'a>(
    write: &mut Write,
    city: &City,
    doer: impl Into<Doer<'a>>,
    case: &mut Case,
    stride: Stride,
) -> Result<&'static Move, Refused> {
    let doer = doer.into();
    let procedure = procedure(&case.procedure)?;
    let parties = Parties::of(&mut *write, case).await?;
    let made = permitted(procedure, &case.state, &stride, doer, &parties)?;
    case.state = made.to.name.to_owned();
    let step = new_step(write, doer, made, stride);
    steps::add(write, &case.id, &step).await?;
    let history = steps::of_case(&mut *write, &case.id).await?;
    settle(case, procedure, &done(&history), &city.calendar(), doer);
    let acted: Vec<OrgId> = history.iter().filter_map(|it| it.org.clone()).collect();
    let before = cases::turns(&mut *write, &case.id).await?;
    let turns = turns(&parties, procedure, case, &acted);
    cases::update(write, case.revision, case, &turns).await?;
    notices::tell_turns(write, doer.now(), case, &before, &turns, doer.user()).await?;
    case.revision += 1;
    Ok(made)
}

/// The move a stride makes, if this person may make it.
fn permitted(
    procedure: &'static Procedure,
    state: &str,
    stride: &Stride,
    doer: Doer<'_>,
    parties: &Parties,
) -> Result<&'static Move, Refused> {
    let offices = doer.offices(parties);
    let mut made = procedure.permit(state, stride.step.name, &offices)?;
    if let Some(to) = stride.to {
        let leads = |it: &&Move| {
            let leaves = it.from.iter().any(|from| from.name == state);
            it.step == stride.step && it.to == to && offices.contains(&it.by) && leaves
        };
        made = procedure.moves.iter().find(leads).ok_or_else(|| {
            Refused::internal(format!(
                "no move {} from {state} to {}",
                stride.step.name, to.name
            ))
        })?;
    }
    doer.may(procedure, made, parties)?;
    Ok(made)
}

fn new_step(write: &Write, doer: Doer<'_>, made: &Move, stride: Stride) -> NewStep {
    let said = Said {
        words: stride.words,
        field_reasons: stride.field_reasons,
        terms: stride.terms,
        event: write.seq(),
        by: doer.signature(),
    };
    NewStep {
        step: made.step.name.to_owned(),
        state: made.to.name.to_owned(),
        actor: doer.user(),
        org: doer.org(),
        at: doer.now(),
        on: doer.today(),
        extra_days: stride.extra_days,
        answers: serde_json::to_value(said).expect("answers are plain JSON"),
    }
}

/// The name a step is signed with: of the account, or as [`Doer::signature`] has it.
pub(crate) fn signed(it: &Step) -> String {
    if it.actor.is_some() {
        return it.actor_name.clone();
    }
    it.answers["by"].as_str().unwrap_or_default().to_owned()
}

/// A history as the clocks read it.
pub(crate) fn done(history: &[Step]) -> Vec<Done> {
    let done = |it: &Step| Done {
        step: it.step.clone(),
        on: it.on,
        extra_days: it.extra_days,
    };
    history.iter().map(done).collect()
}

/// Sets what follows from state and history: closed or open, and the copy of the tightest clock's days.
fn settle(case: &mut Case, procedure: &Procedure, history: &[Done], calendar: &Calendar, doer: Doer<'_>) {
    case.closed_at = procedure.is_closed(&case.state).then_some(doer.now());
    let tightest = tightest(&procedure.standings(history, calendar, doer.today()));
    case.due_on = tightest.map(|it| it.due);
    case.amber_on = tightest.map(|it| it.amber_from);
    case.owed_by = tightest.map(|it| it.owed_by.name().to_owned());
}

/// The running clock that ends first.
pub(crate) fn tightest(standings: &[Standing]) -> Option<Standing> {
    standings
        .iter()
        .filter(|it| it.is_open())
        .min_by_key(|it| it.due)
        .copied()
}

/// Whether a step is free to its owner and expected of nobody: to take a thing back, or throw it away.
pub(crate) fn is_free(made: &Move) -> bool {
    [
        compilation::Step::Withdraw.name(),
        compilation::Step::Discard.name(),
    ]
    .contains(&made.step.name)
}

/// Who is expected to take the next step. Taking a thing back is free to its owner and expected of nobody; a
/// side of a dispute that has spoken may speak again and need not.
fn turns(parties: &Parties, procedure: &Procedure, case: &Case, acted: &[OrgId]) -> Vec<Turn> {
    if procedure.is_closed(&case.state) {
        return Vec::new();
    }
    let mut turns: Vec<Turn> = Vec::new();
    let leaving = procedure
        .moves
        .iter()
        .filter(|it| it.from.iter().any(|from| from.name == case.state));
    for it in leaving.filter(|it| !is_free(it)) {
        let is_view = it.step == dispute::Step::State.word() && procedure.name == dispute::PROCEDURE.name;
        let mut holders = if it.by == Office::CoCompiler {
            parties.unsigned.clone()
        } else {
            parties.holders(it.by)
        };
        holders.retain(|org| !(is_view && acted.contains(org)));
        turns.extend(holders.into_iter().map(|org| Turn {
            office: it.by.name().to_owned(),
            org,
        }));
    }
    turns.sort_by(|a, b| (&a.office, &a.org).cmp(&(&b.office, &b.org)));
    turns.dedup();
    turns
}

/// The first character of a procedure's case numbers.
fn series(procedure: &str) -> &'static str {
    match procedure {
        "compilation" => "编",
        "request" => "申",
        "dispute" => "争",
        "report" => "报",
        "correction" => "校",
        "opening" => "放",
        "open_request" => "开",
        "objection" => "异",
        _ => "办",
    }
}

/// Reading several times from the same source: the pool is copied, a write is borrowed again.
pub(crate) trait Reborrow {
    /// The source for one more reading.
    fn again(&mut self) -> impl Source;
}

impl Reborrow for store::Reads<'_> {
    fn again(&mut self) -> impl Source {
        *self
    }
}

impl Reborrow for &mut Write {
    fn again(&mut self) -> impl Source {
        &mut **self
    }
}
