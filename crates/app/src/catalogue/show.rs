//! Reading entries: their page, their versions and what differs between them.

use jiff::civil::Date;
use rules::{
    calendar::today,
    catalogue::{Content, ShareKind},
    grant::GrantState,
    ids::EntryId,
    law::{Article, Regulation::Yongzhou},
    permission::Action,
    procedure::compilation::{PROCEDURE, State},
};
use store::{
    cases as case_rows, deliveries, grants,
    reviews::{self, Note},
    users,
    versions::{self, Version},
};

use super::{
    Deed, Difference, EntryView, Found, LastDelivery, Signature, VersionLine, VersionView,
    difference::between,
    draft, field_label, likeness,
    metadata::{self, Names},
};
use crate::{
    City, Ctx, Refused,
    cases::{self, FieldReason, Parties},
    orgs::Book,
};

/// Everything an entry's page prints: the draft to those who work on it or judge it, the published version to others.
pub async fn show(city: &City, ctx: &Ctx, id: &EntryId) -> Result<EntryView, Refused> {
    let found = Found::get(city.store.read(), id).await?;
    ctx.may(Action::SeeEntry, &found.subject(true))?;
    let book = Book::load(city.store.read()).await?;
    let versions = version_lines(city, &found, &book).await?;
    let published = versions::current(city.store.read(), id).await?;
    let sees_draft = found.sees_draft(ctx);
    let content = match &published {
        Some(version) if !sees_draft || found.state() == State::Published => version.content.clone(),
        _ => found.entry.draft.clone(),
    };
    let is_draft = sees_draft && found.state() != State::Published;
    let state = if is_draft { found.state() } else { State::Published };
    let names: Names<'_> = &|it| book.name(it);
    let work = if sees_draft {
        Some(work(city, ctx, &found, &book, is_draft).await?)
    } else {
        None
    };
    let work = work.unwrap_or_default();
    let filter = |consumer| grants::Filter {
        entry: Some(id.clone()),
        state: Some(GrantState::Active),
        consumer,
        ..grants::Filter::default()
    };
    let own = grants::list(
        city.store.read(),
        &filter(Some(ctx.actor.org.id.clone())),
        None,
        50,
    )
    .await?;
    Ok(EntryView {
        id: id.clone(),
        code: found.entry.code.clone(),
        state: state.word(),
        revision: found.entry.revision,
        metadata: metadata::lines(&content, names),
        deeds: deeds(&found, ctx, published.as_ref().map(|it| &it.content)),
        published: versions
            .iter()
            .find(|it| Some(it.version) == number(&published))
            .cloned(),
        authority_name: book.name(&found.provider.authority),
        rows: found.entry.data.as_ref().map(|it| it.rows),
        last_delivery: last_delivery(city, ctx, &found).await?,
        grants: grants::count(city.store.read(), &filter(None)).await?,
        own_grants: own.into_iter().map(|it| it.grant.id).collect(),
        changed_at: found.entry.updated_at,
        provider: found.provider,
        is_draft,
        content,
        versions,
        case: work.case,
        next: work.next,
        signatures: work.signatures,
        review_notes: work.notes,
        review_words: work.words,
        gaps: work.gaps,
        duplicates: work.duplicates,
        changed_by: work.changed_by,
    })
}

fn number(version: &Option<Version>) -> Option<i64> {
    version.as_ref().and_then(|it| i64::try_from(it.number).ok())
}

/// What only those see who work on the draft or judge it.
#[derive(Default)]
struct Work {
    case: Option<rules::ids::CaseId>,
    next: Vec<cases::Next>,
    signatures: Vec<Signature>,
    notes: Vec<FieldReason>,
    words: String,
    gaps: Vec<rules::catalogue::Gap>,
    duplicates: Vec<super::Duplicate>,
    changed_by: String,
}

async fn work(city: &City, ctx: &Ctx, found: &Found, book: &Book, is_draft: bool) -> Result<Work, Refused> {
    let entry = &found.entry;
    let case = case_rows::open_of_entry(city.store.read(), &entry.id, PROCEDURE.name).await?;
    let parties = Parties::of_entry(city.store.read(), entry, &found.provider).await?;
    let reviews = ctx.may(Action::ReviewEntry, &found.subject(true)).is_ok();
    let edits = ctx.may(Action::EditDraft, &found.subject(true)).is_ok();
    let duplicates = if is_draft && (reviews || edits) {
        likeness::find(city, &entry.id, &entry.draft, book).await?
    } else {
        Vec::new()
    };
    let notes = reviews::notes(city.store.read(), &entry.id).await?;
    Ok(Work {
        words: match &case {
            Some(case) => returned_words(city, case).await?,
            None => String::new(),
        },
        case: case.map(|it| it.id),
        next: if is_draft {
            cases::next(&PROCEDURE, &entry.state, &parties, ctx)
        } else {
            Vec::new()
        },
        signatures: signatures(city, found, book).await?,
        notes: notes.into_iter().map(|it| reason(&entry.draft, it)).collect(),
        gaps: if is_draft { entry.draft.gaps() } else { Vec::new() },
        duplicates,
        changed_by: draft::last_actor(city.store.read(), &entry.id).await?.name,
    })
}

fn reason(draft: &Content, note: Note) -> FieldReason {
    FieldReason {
        label: field_label(draft, &note.field),
        field: note.field,
        words: note.words,
    }
}

/// What was said with the last return, besides the reasons per field.
async fn returned_words(city: &City, case: &cases::Case) -> Result<String, Refused> {
    if case.state != State::Returned.name() {
        return Ok(String::new());
    }
    let last = store::steps::of_case(city.store.read(), &case.id).await?.pop();
    let said = last.and_then(|it| serde_json::from_value::<cases::Said>(it.answers).ok());
    Ok(said.unwrap_or_default().words)
}

async fn signatures(city: &City, found: &Found, book: &Book) -> Result<Vec<Signature>, Refused> {
    let given = reviews::signatures(city.store.read(), &found.entry.id).await?;
    let last = given.iter().map(|it| it.revision).max().unwrap_or(0);
    // A signature counts for the text it was given to; while others still sign, that is the entry's revision,
    // and afterwards the last one signed, until the draft is submitted anew.
    let counts = match found.state() {
        State::Signing => found.entry.revision,
        State::Confirming | State::Reviewing | State::Published => last,
        State::Draft | State::Returned | State::Discarded => 0,
    };
    let mut signatures = Vec::new();
    for org in &found.entry.draft.co_compilers {
        let signed = given.iter().find(|it| it.revision == counts && it.org == *org);
        let signed = match signed {
            Some(it) => {
                let name = users::find(city.store.read(), &it.by)
                    .await?
                    .map(|it| it.name)
                    .unwrap_or_default();
                Some((name, it.at))
            }
            None => None,
        };
        signatures.push(Signature {
            org: org.clone(),
            org_name: book.name(org),
            signed,
        });
    }
    Ok(signatures)
}

async fn last_delivery(city: &City, ctx: &Ctx, found: &Found) -> Result<Option<LastDelivery>, Refused> {
    if ctx.may(Action::SeeDelivery, &found.subject(true)).is_err() {
        return Ok(None);
    }
    let all = deliveries::of_entry(city.store.read(), &found.entry.id, 200).await?;
    let last = all.into_iter().find(|it| it.kind.is_measured());
    Ok(last.map(|it| LastDelivery {
        id: it.id,
        at: it.at,
        state: it.state,
        rows: it.rows,
        refused: it.refused,
    }))
}

/// One of the deeds: whether this person may, and if not for what reason; `beyond` is a reason that is no permission.
fn deed(
    found: &Found,
    ctx: &Ctx,
    (name, label, action): (&'static str, &'static str, Action),
    beyond: Option<(String, Option<Article>)>,
) -> Deed {
    let denied = ctx
        .may(action, &found.subject(true))
        .err()
        .map(|it| (it.words, it.cites));
    let refused = denied.or(beyond);
    Deed {
        name,
        label,
        is_allowed: refused.is_none(),
        cites: refused.as_ref().and_then(|it| it.1),
        why_not: refused.map(|it| it.0),
    }
}

/// What this person can do with the entry besides the steps of its compilation, and why not.
fn deeds(found: &Found, ctx: &Ctx, published: Option<&Content>) -> Vec<Deed> {
    let deed = |name, label, action, beyond| deed(found, ctx, (name, label, action), beyond);
    let because = |is: bool, words: &str, cites| is.then(|| (words.to_owned(), cites));
    let state = found.state();
    let is_editable = matches!(state, State::Draft | State::Returned);
    let editing = match state {
        State::Published => "该目录已发布。如需修改，请先修订，形成下一版草稿。",
        _ => "该目录正在审核，暂不能修改。如需修改，请先撤回。",
    };
    let share = published.map(|it| it.share);
    let unpublished = "该目录尚未发布。";
    let art_18 = Some(Yongzhou.art(18));
    let claim = match share {
        None => because(true, unpublished, None),
        Some(ShareKind::Unconditional) => None,
        Some(ShareKind::Conditional) => because(true, "该目录为有条件共享，请提交申请。", art_18),
        Some(ShareKind::NotShared) => because(true, NOT_SHARED, art_18),
    };
    let apply = match share {
        None => because(true, unpublished, None),
        Some(ShareKind::Conditional) => None,
        Some(ShareKind::Unconditional) => because(
            true,
            "该目录为无条件共享，说明用途后即可直接使用，无需申请。",
            art_18,
        ),
        Some(ShareKind::NotShared) => because(true, NOT_SHARED, art_18),
    };
    let mut deeds = vec![
        deed(
            "edit",
            "编辑",
            Action::EditDraft,
            because(!is_editable, editing, None),
        ),
        deed(
            "revise",
            "修订",
            Action::EditDraft,
            because(state != State::Published, "已有正在编制的草稿。", None),
        ),
        deed(
            "deliver",
            "归集数据",
            Action::Deliver,
            because(
                published.is_none(),
                "目录发布后才能归集数据。",
                Some(Yongzhou.art(14)),
            ),
        ),
        deed("claim", "申领使用", Action::Claim, claim),
        deed("apply", "申请使用", Action::Apply, apply),
    ];
    if published.is_some() {
        let narrows = "无条件共享的目录下架属于缩小共享范围，请先修订为“不予共享”，经审核确认后再下架。";
        let retire = because(state != State::Published, "正在修订，请先完成修订。", None);
        let narrowing = because(
            share == Some(ShareKind::Unconditional),
            narrows,
            Some(Yongzhou.art(17)),
        );
        deeds.push(deed("retire", "下架", Action::RetireEntry, retire.or(narrowing)));
    } else if is_editable && found.entry.published.is_none() {
        deeds.push(deed("discard", "删除草稿", Action::EditDraft, None));
    }
    deeds
}

/// Art. 18 (三): not shared.
const NOT_SHARED: &str = "该目录为不予共享。确需使用的，请与提供部门协商；提供部门同意的，报主管部门备案。";

/// Every published version, the newest first.
pub async fn versions(city: &City, ctx: &Ctx, id: &EntryId) -> Result<Vec<VersionLine>, Refused> {
    let found = Found::get(city.store.read(), id).await?;
    ctx.may(Action::SeeEntry, &found.subject(true))?;
    version_lines(city, &found, &Book::load(city.store.read()).await?).await
}

async fn version_lines(city: &City, found: &Found, book: &Book) -> Result<Vec<VersionLine>, Refused> {
    let names: Names<'_> = &|it| book.name(it);
    let mut lines = Vec::new();
    let mut before: Option<Content> = None;
    for it in versions::list(city.store.read(), &found.entry.id)
        .await?
        .into_iter()
        .rev()
    {
        let version = get(city, &found.entry.id, it.number).await?;
        lines.push(VersionLine {
            version: i64::try_from(it.number).unwrap_or(i64::MAX),
            published_on: on(it.published_at),
            published_by: it.published_by,
            title: it.title,
            changes: before
                .as_ref()
                .map_or(0, |before| between(before, &version.content, names).len()),
        });
        before = Some(version.content);
    }
    lines.reverse();
    Ok(lines)
}

fn on(at: jiff::Timestamp) -> Date {
    today(at)
}

async fn get(city: &City, id: &EntryId, number: u64) -> Result<Version, Refused> {
    versions::find(city.store.read(), id, number)
        .await?
        .ok_or_else(|| Refused::not_found("该版本"))
}

/// One published version.
pub async fn version(city: &City, ctx: &Ctx, id: &EntryId, version: i64) -> Result<VersionView, Refused> {
    let found = Found::get(city.store.read(), id).await?;
    ctx.may(Action::SeeEntry, &found.subject(true))?;
    let book = Book::load(city.store.read()).await?;
    let names: Names<'_> = &|it| book.name(it);
    let content = get(city, id, u64::try_from(version).unwrap_or(0)).await?.content;
    Ok(VersionView {
        entry: id.clone(),
        code: found.entry.code.clone(),
        line: line_of(city, &found, &book, version).await?,
        metadata: metadata::lines(&content, names),
        content,
    })
}

async fn line_of(city: &City, found: &Found, book: &Book, version: i64) -> Result<VersionLine, Refused> {
    let lines = version_lines(city, found, book).await?;
    lines
        .into_iter()
        .find(|it| it.version == version)
        .ok_or_else(|| Refused::not_found("该版本"))
}

/// What differs between two published versions.
pub async fn difference(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    from: i64,
    to: i64,
) -> Result<Difference, Refused> {
    let (older, newer) = (
        version(city, ctx, id, from.min(to)).await?,
        version(city, ctx, id, from.max(to)).await?,
    );
    let book = Book::load(city.store.read()).await?;
    let names: Names<'_> = &|it| book.name(it);
    Ok(Difference {
        entry: id.clone(),
        code: newer.code,
        changes: between(&older.content, &newer.content, names),
        from: older.line,
        to: newer.line,
    })
}

/// What the draft would change of the version in force: for the one who reviews it.
pub async fn draft_difference(city: &City, ctx: &Ctx, id: &EntryId) -> Result<Vec<super::Change>, Refused> {
    let found = Found::get(city.store.read(), id).await?;
    ctx.may(Action::SeeEntry, &found.subject(false))?;
    let Some(published) = versions::current(city.store.read(), id).await? else {
        return Ok(Vec::new());
    };
    let book = Book::load(city.store.read()).await?;
    Ok(between(&published.content, &found.entry.draft, &|it| {
        book.name(it)
    }))
}
