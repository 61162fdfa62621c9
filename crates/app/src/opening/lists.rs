//! Open lists: what an agency opens without conditions and on conditions, in numbered editions (art. 24).

use rules::{
    catalogue::OpenKind,
    law::Regulation::Yongzhou,
    permission::{Action, Subject},
};
use serde_json::json;
use store::{
    EventKind, entries,
    open_lists::{self, Edition, Line},
    open_sets::{self, OpenSet},
    users, versions,
};

use super::{EditionLine, ListDraft, ListEntry, Lists, published};
use crate::{City, Ctx, Refused, portal::name_of};

/// The kinds that have a list.
const KINDS: [OpenKind; 2] = [OpenKind::Unconditional, OpenKind::Conditional];

/// The own agency's lists: what the next editions would say, and what was published.
pub async fn lists(city: &City, ctx: &Ctx) -> Result<Lists, Refused> {
    let own = &ctx.actor.org;
    ctx.may(Action::SeeOpening, &Subject::entry(own, &[], true))?;
    let lines = published(city, &own.id).await?;
    let sets = open_sets::of_org(city.store.read(), &own.id).await?;
    let mut drafts = Vec::new();
    for kind in KINDS {
        let entries: Vec<ListEntry> = lines
            .iter()
            .filter(|it| it.open == kind)
            .map(|it| list_entry(it, find(&sets, it)))
            .collect();
        drafts.push(ListDraft {
            kind,
            number: open_lists::next(city.store.read(), &own.id, kind).await?,
            leaving: leaving(city, ctx, kind, &entries).await?,
            entries,
        });
    }
    Ok(Lists {
        org_name: own.name.clone(),
        org_slug: own.id.as_str().to_lowercase(),
        drafts,
        editions: editions(city, ctx).await?,
        may_publish: ctx.may(Action::PublishOpenList, &Subject::org(own)).is_ok(),
    })
}

fn find<'a>(sets: &'a [OpenSet], line: &entries::Line) -> Option<&'a OpenSet> {
    sets.iter().find(|it| it.entry == line.id)
}

fn list_entry(line: &entries::Line, set: Option<&OpenSet>) -> ListEntry {
    ListEntry {
        entry: line.id.clone(),
        code: line.code.clone(),
        title: line.title.clone(),
        is_listed: set.is_some_and(|it| it.listed == Some(line.open)),
        why_not: why_not(line.open, set),
    }
}

/// Why an entry does not go into the next edition; none where it does.
fn why_not(kind: OpenKind, set: Option<&OpenSet>) -> Option<String> {
    if set.is_some_and(|it| it.withdrawn_at.is_some()) {
        return Some("已撤回，须再次通过保密审查。".to_owned());
    }
    let is_released = set.is_some_and(|it| it.current.is_some());
    let needs_release = kind == OpenKind::Unconditional && !is_released;
    needs_release.then(|| "尚无通过保密审查的开放快照。".to_owned())
}

/// Titles that the newest edition has and the next will not.
async fn leaving(
    city: &City,
    ctx: &Ctx,
    kind: OpenKind,
    entries: &[ListEntry],
) -> Result<Vec<String>, Refused> {
    let editions = open_lists::of_org(city.store.read(), &ctx.actor.org.id).await?;
    let newest = editions
        .into_iter()
        .filter(|it| it.kind == kind)
        .max_by_key(|it| it.number);
    let stays = |line: &Line| {
        entries
            .iter()
            .any(|it| it.entry == line.entry && it.why_not.is_none())
    };
    let lines = newest.map(|it| it.lines).unwrap_or_default();
    Ok(lines
        .into_iter()
        .filter(|it| !stays(it))
        .map(|it| it.title)
        .collect())
}

async fn editions(city: &City, ctx: &Ctx) -> Result<Vec<EditionLine>, Refused> {
    let mut lines = Vec::new();
    for it in open_lists::of_org(city.store.read(), &ctx.actor.org.id).await? {
        let by = users::find(city.store.read(), &it.by).await?;
        lines.push(EditionLine {
            kind: it.kind,
            number: it.number,
            at: it.at,
            sets: it.lines.len() as u64,
            by: by.map_or_else(String::new, |it| it.name),
        });
    }
    Ok(lines)
}

/// Publishes the next edition of the own agency's list of `kind`, and says its number. What is not on it is not open
/// from this write on.
pub async fn publish_list(city: &City, ctx: &Ctx, kind: OpenKind) -> Result<i64, Refused> {
    let own = &ctx.actor.org;
    ctx.may(Action::PublishOpenList, &Subject::org(own))?;
    if kind == OpenKind::NotOpen {
        let words = "不予开放的数据没有开放清单。";
        return Err(Refused::invalid("no-such-list", words).citing(Yongzhou.art(24)));
    }
    let mut write = city.store.write().await?;
    let filter = entries::Filter {
        org: Some(own.id.clone()),
        ..entries::Filter::default()
    };
    let found = entries::list_published(&mut write, &filter, None, super::ENTRIES_MAX).await?;
    let sets = open_sets::of_org(&mut write, &own.id).await?;
    let mut lines = Vec::new();
    for it in found.iter().filter(|it| it.open == kind) {
        if why_not(kind, find(&sets, it)).is_some() {
            continue;
        }
        let version = versions::current(&mut write, &it.id).await?;
        let content = version.map(|it| it.content).unwrap_or_default();
        open_sets::insert(&mut write, &it.id, &name_of(&it.code), &own.id).await?;
        lines.push(Line {
            entry: it.id.clone(),
            code: it.code.clone(),
            title: content.title,
            cycle: content.cycle,
            conditions: content.open_conditions,
        });
    }
    let number = open_lists::next(&mut write, &own.id, kind).await?;
    if lines.is_empty() && number == 1 {
        let words = format!("目前没有可以列入{}清单的目录。", kind.label());
        return Err(Refused::conflict("empty-list", words).citing(Yongzhou.art(24)));
    }
    lines.sort_by(|a, b| a.code.cmp(&b.code));
    let ids: Vec<_> = lines.iter().map(|it| it.entry.clone()).collect();
    let codes: Vec<_> = lines.iter().map(|it| it.code.clone()).collect();
    let edition = Edition {
        org: own.id.clone(),
        kind,
        number,
        at: ctx.now,
        by: ctx.actor.user.clone(),
        lines,
    };
    open_lists::insert(&mut write, &edition).await?;
    open_sets::relist(&mut write, &own.id, kind, &ids, ctx.now).await?;
    let body = json!({ "kind": kind, "number": number, "codes": codes });
    city.seal(
        write,
        ctx.event(EventKind::OpenListPublished, own.id.0.clone(), body),
    )
    .await?;
    crate::portal::follow(city).await?;
    Ok(number)
}
