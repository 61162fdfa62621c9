//! 编目审核: an entry on its way into the catalogue (art. 11, art. 17).

use std::collections::HashSet;

use rules::{
    catalogue::{Content, Gap},
    ids::{CaseId, EntryId},
    law::Regulation::Yongzhou,
    people::Role,
    permission::Action,
    procedure::{
        Refusal, Word,
        compilation::{PROCEDURE, Route, State, Step},
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{
    EventKind, Write, cases as case_rows,
    entries::{self, Entry},
    orgs,
    reviews::{self, Note, Signature},
    versions::{self, Version},
};

use super::{Found, draft::last_actor, field_label, refuse_secret};
use crate::{
    City, Ctx, Refused,
    cases::{Answers, Case, FieldReason, NewCase, Stride, advance, begin, load, unsigned},
    notices::{NoticeKind, To, tell_why},
};

/// The page an act comes from, by the revision it showed.
#[derive(Clone, Copy)]
enum Seen {
    /// The entry's.
    Entry(i64),
    /// The case's.
    Case(i64),
}

/// One step of the compilation, begun: everything loaded inside the write.
struct Act {
    write: Write,
    found: Found,
    case: Option<Case>,
}

impl Act {
    /// Loads entry and case, and refuses an old page.
    async fn begin(city: &City, ctx: &Ctx, id: &EntryId, action: Action, seen: Seen) -> Result<Act, Refused> {
        let mut write = city.store.write().await?;
        let found = Found::get(&mut write, id).await?;
        ctx.may(action, &found.subject(true))?;
        let open = case_rows::open_of_entry(&mut write, id, PROCEDURE.name).await?;
        let case = match (seen, open) {
            (Seen::Entry(revision), open) => {
                found.expect(ctx, revision, last_actor(&mut write, id).await?)?;
                open
            }
            (Seen::Case(revision), Some(open)) => Some(load(&mut write, ctx, &open.id, revision).await?),
            (Seen::Case(_), None) => return Err(closed(found.state()).into()),
        };
        Ok(Act { write, found, case })
    }

    fn id(&self) -> &EntryId {
        &self.found.entry.id
    }

    /// Takes the step in the case, moves the entry to the same state, and seals both.
    async fn finish(
        mut self,
        city: &City,
        ctx: &Ctx,
        stride: Stride,
        kind: EventKind,
    ) -> Result<CaseId, Refused> {
        let entry = &self.found.entry;
        let to = stride.to.unwrap_or_else(|| self.found.state().word());
        if to.name != entry.state {
            entries::set_state(&mut self.write, &entry.id, entry.revision, to.name, ctx.now).await?;
        }
        let (step, words) = (stride.step, stride.words.clone());
        let (case, state) = match self.case {
            Some(mut case) => {
                case.title.clone_from(&entry.draft.title);
                advance(&mut self.write, city, ctx, &mut case, stride).await?;
                (case.id, case.state)
            }
            None if step == Step::Submit.word() => {
                let case = begin(&mut self.write, city, ctx, new_case(&self.found), stride).await?;
                (case.id, case.state)
            }
            None => return Err(closed(self.found.state()).into()),
        };
        tell_compiler(&mut self.write, ctx, entry, &case, kind, &words).await?;
        let body = json!({
            "code": entry.code,
            "case": case,
            "step": step.name,
            "state": state,
            "content": digest(&entry.draft),
        });
        city.seal(self.write, ctx.event(kind, entry.id.as_str(), body))
            .await?;
        Ok(case)
    }
}

/// Tells those who compile the entry that it came back, or is in the catalogue.
async fn tell_compiler(
    write: &mut Write,
    ctx: &Ctx,
    entry: &Entry,
    case: &CaseId,
    kind: EventKind,
    why: &str,
) -> Result<(), Refused> {
    let (kind, did, href) = match kind {
        EventKind::EntryReturned | EventKind::EntryDeclined => (
            NoticeKind::EntryReturned,
            "已退回，请按意见修改后再提交",
            format!("/cases/{case}"),
        ),
        EventKind::EntryPublished => (
            NoticeKind::EntryPublished,
            "已发布",
            format!("/entries/{}", entry.id),
        ),
        _ => return Ok(()),
    };
    let words = format!("目录“{}”（{}）{did}。", entry.draft.title, entry.code);
    let to = To::roles(&entry.org, &[Role::Cataloguer, Role::Head]).but(Some(ctx.actor.user.clone()));
    tell_why(write, ctx.now, to, kind, &words, why, &href).await
}

/// The refusal of a step where no case is open.
fn closed(state: State) -> Refusal {
    Refusal::NotFromHere {
        step: Step::Publish.word(),
        state: state.label().to_owned(),
    }
}

fn new_case(found: &Found) -> NewCase {
    NewCase {
        procedure: &PROCEDURE,
        title: found.entry.draft.title.clone(),
        entry: Some(found.entry.id.clone()),
        grant: None,
        about: None,
        consumer: None,
        provider: found.provider.id.clone(),
        authority: found.provider.authority.clone(),
        content: json!({}),
    }
}

/// What was decided about, without saying it: the log proves which text was signed, confirmed and published.
fn digest(content: &Content) -> String {
    let text = serde_json::to_vec(content).expect("an entry is plain JSON");
    hex::encode(Sha256::digest(text))
}

/// Hands the draft in for signatures, confirmation or review.
pub async fn submit(city: &City, ctx: &Ctx, id: &EntryId, revision: i64) -> Result<CaseId, Refused> {
    submit_seen(city, ctx, id, Seen::Entry(revision)).await
}

async fn submit_seen(city: &City, ctx: &Ctx, id: &EntryId, seen: Seen) -> Result<CaseId, Refused> {
    let mut act = Act::begin(city, ctx, id, Action::SubmitEntry, seen).await?;
    let draft = &act.found.entry.draft;
    refuse_secret(draft)?;
    let mut gaps = draft.gaps();
    gaps.extend(co_compiler_gaps(&mut act.write, &act.found).await?);
    if !gaps.is_empty() {
        return Err(Refused::gaps(
            "incomplete-entry",
            "目录内容尚不完整，请按提示补充后再提交。",
            gaps,
        ));
    }
    let route = route(&mut act.write, &act.found).await?;
    // The submission makes a new revision of the entry, so that everybody is asked to sign this very text.
    let to = route.after(act.found.entry.draft.co_compilers.len());
    reviews::set_notes(&mut act.write, id, &[]).await?;
    let stride = Stride {
        to: Some(to.word()),
        ..Stride::of(Step::Submit.word())
    };
    act.finish(city, ctx, stride, EventKind::EntrySubmitted).await
}

/// Which offices the draft passes, given what is in the catalogue now.
async fn route(write: &mut Write, found: &Found) -> Result<Route, Refused> {
    let published = versions::current(&mut *write, &found.entry.id).await?;
    Ok(Route::of(
        &found.entry.draft,
        published.as_ref().map(|it| &it.content),
    ))
}

/// Art. 11: a co-compiler is another department, named once, that exists.
async fn co_compiler_gaps(write: &mut Write, found: &Found) -> Result<Vec<Gap>, Refused> {
    let mut gaps = Vec::new();
    let mut seen = HashSet::new();
    for org in &found.entry.draft.co_compilers {
        let exists = orgs::find(&mut *write, org).await?.is_some();
        if !exists || *org == found.provider.id || !seen.insert(org) {
            gaps.push(Gap {
                field: "co_compilers".to_owned(),
                words: "共同编制部门应为其他部门，且不得重复。请重新选择。".to_owned(),
                cites: Some(Yongzhou.art(11)),
            });
        }
    }
    Ok(gaps)
}

/// A co-compiling department signs the submitted text (art. 11).
pub async fn sign(city: &City, ctx: &Ctx, id: &EntryId, revision: i64, words: &str) -> Result<(), Refused> {
    sign_seen(city, ctx, id, Seen::Entry(revision), words).await
}

async fn sign_seen(city: &City, ctx: &Ctx, id: &EntryId, seen: Seen, words: &str) -> Result<(), Refused> {
    let mut act = Act::begin(city, ctx, id, Action::SignEntry, seen).await?;
    let org = &ctx.actor.org.id;
    if act.found.state() == State::Signing && !unsigned(&mut act.write, &act.found.entry).await?.contains(org)
    {
        return Err(Refused::conflict(
            "signed-already",
            "贵单位已会签本次提交的内容，无需重复会签。",
        ));
    }
    let signature = Signature {
        revision: act.found.entry.revision,
        org: org.clone(),
        by: ctx.actor.user.clone(),
        at: ctx.now,
    };
    reviews::sign(&mut act.write, id, &signature).await?;
    let left = unsigned(&mut act.write, &act.found.entry).await?.len();
    let to = route(&mut act.write, &act.found).await?.after(left);
    let stride = Stride {
        to: Some(to.word()),
        words: words.to_owned(),
        ..Stride::of(Step::Sign.word())
    };
    act.finish(city, ctx, stride, EventKind::EntrySigned)
        .await
        .map(|_| ())
}

/// The designated department confirms the share kind (art. 17).
pub async fn confirm(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    revision: i64,
    words: &str,
) -> Result<(), Refused> {
    confirm_seen(city, ctx, id, Seen::Entry(revision), words).await
}

async fn confirm_seen(city: &City, ctx: &Ctx, id: &EntryId, seen: Seen, words: &str) -> Result<(), Refused> {
    let act = Act::begin(city, ctx, id, Action::ConfirmShare, seen).await?;
    let stride = said(Step::Confirm.word(), State::Reviewing, words);
    act.finish(city, ctx, stride, EventKind::EntryConfirmed)
        .await
        .map(|_| ())
}

fn said(step: Word, to: State, words: &str) -> Stride {
    Stride {
        to: Some(to.word()),
        words: words.trim().to_owned(),
        ..Stride::of(step)
    }
}

/// A co-compiling or the designated department does not agree, and says why (art. 11, art. 17).
pub async fn decline(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    revision: i64,
    words: &str,
) -> Result<(), Refused> {
    decline_seen(city, ctx, id, Seen::Entry(revision), words).await
}

async fn decline_seen(city: &City, ctx: &Ctx, id: &EntryId, seen: Seen, words: &str) -> Result<(), Refused> {
    if words.trim().is_empty() {
        return Err(Refused::field("no-reason", "reason", "请写明不同意的理由。"));
    }
    let is_signing = {
        let found = Found::get(city.store.read(), id).await?;
        found.state() == State::Signing
    };
    let (action, field) = if is_signing {
        (Action::SignEntry, "co_compilers")
    } else {
        (Action::ConfirmShare, "share")
    };
    let mut act = Act::begin(city, ctx, id, action, seen).await?;
    let note = note(ctx, field, words);
    reviews::set_notes(&mut act.write, id, &[note]).await?;
    let stride = said(Step::Decline.word(), State::Returned, words);
    act.finish(city, ctx, stride, EventKind::EntryDeclined)
        .await
        .map(|_| ())
}

fn note(ctx: &Ctx, field: &str, words: &str) -> Note {
    Note {
        field: field.to_owned(),
        words: words.trim().to_owned(),
        by: ctx.actor.user.clone(),
        at: ctx.now,
    }
}

/// The reviewer sends the draft back, with reasons per field (art. 11).
pub async fn send_back(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    revision: i64,
    words: &str,
    reasons: Vec<FieldReason>,
) -> Result<(), Refused> {
    send_back_seen(city, ctx, id, Seen::Entry(revision), words, reasons).await
}

async fn send_back_seen(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    seen: Seen,
    words: &str,
    mut reasons: Vec<FieldReason>,
) -> Result<(), Refused> {
    reasons.retain(|it| !it.words.trim().is_empty());
    if reasons.is_empty() {
        let words = "请至少对一个项目写明退回理由，便于编制部门修改。";
        return Err(Refused::field("no-reason", "field_reasons", words).citing(Yongzhou.art(11)));
    }
    let mut act = Act::begin(city, ctx, id, Action::ReviewEntry, seen).await?;
    for it in &mut reasons {
        it.label = field_label(&act.found.entry.draft, &it.field);
    }
    let notes: Vec<Note> = reasons.iter().map(|it| note(ctx, &it.field, &it.words)).collect();
    reviews::set_notes(&mut act.write, id, &notes).await?;
    let stride = Stride {
        field_reasons: reasons,
        ..said(Step::Return.word(), State::Returned, words)
    };
    act.finish(city, ctx, stride, EventKind::EntryReturned)
        .await
        .map(|_| ())
}

/// The reviewer publishes the draft as the next version (art. 11). Returns its number.
pub async fn publish(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    revision: i64,
    words: &str,
) -> Result<i64, Refused> {
    publish_seen(city, ctx, id, Seen::Entry(revision), words).await
}

async fn publish_seen(city: &City, ctx: &Ctx, id: &EntryId, seen: Seen, words: &str) -> Result<i64, Refused> {
    let mut act = Act::begin(city, ctx, id, Action::ReviewEntry, seen).await?;
    refuse_secret(&act.found.entry.draft)?;
    let number = versions::last(&mut act.write, id).await? + 1;
    let version = Version {
        entry: act.id().clone(),
        number,
        content: act.found.entry.draft.clone(),
        published_at: ctx.now,
        published_by: ctx.actor.user.clone(),
    };
    versions::insert(&mut act.write, &version).await?;
    entries::set_published(&mut act.write, id, Some(number)).await?;
    if let Some(case) = &mut act.case {
        case.content = json!({ "version": number });
    }
    let stride = said(Step::Publish.word(), State::Published, words);
    act.finish(city, ctx, stride, EventKind::EntryPublished).await?;
    crate::search::follow(city).await?;
    Ok(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The compiler takes a submitted draft back, to work on it again.
pub async fn withdraw(city: &City, ctx: &Ctx, id: &EntryId, revision: i64) -> Result<(), Refused> {
    withdraw_seen(city, ctx, id, Seen::Entry(revision)).await
}

async fn withdraw_seen(city: &City, ctx: &Ctx, id: &EntryId, seen: Seen) -> Result<(), Refused> {
    let act = Act::begin(city, ctx, id, Action::WithdrawEntry, seen).await?;
    let stride = said(Step::Withdraw.word(), State::Draft, "");
    act.finish(city, ctx, stride, EventKind::EntryWithdrawn)
        .await
        .map(|_| ())
}

/// A step taken on the case's page.
pub(crate) async fn act(
    city: &City,
    ctx: &Ctx,
    case: &Case,
    revision: i64,
    step: &str,
    answers: Answers,
) -> Result<(), Refused> {
    let id = case.entry.as_ref().ok_or_else(|| Refused::not_found("该目录"))?;
    let seen = Seen::Case(revision);
    match Step::parse(step).ok_or(Refusal::NoSuchStep)? {
        Step::Submit => submit_seen(city, ctx, id, seen).await.map(|_| ()),
        Step::Sign => sign_seen(city, ctx, id, seen, answers.get("remark")).await,
        Step::Confirm => confirm_seen(city, ctx, id, seen, answers.get("remark")).await,
        Step::Decline => decline_seen(city, ctx, id, seen, answers.get("reason")).await,
        Step::Return => {
            let words = answers.get("remark").to_owned();
            send_back_seen(city, ctx, id, seen, &words, answers.field_reasons).await
        }
        Step::Publish => publish_seen(city, ctx, id, seen, answers.get("remark"))
            .await
            .map(|_| ()),
        Step::Withdraw => withdraw_seen(city, ctx, id, seen).await,
        // It is asked for on the entry's page, which says what goes with it.
        Step::Discard => Err(Refusal::NoSuchStep.into()),
    }
}
