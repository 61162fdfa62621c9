//! Drafts: proposed from a sample, written by the cataloguer, saved as often as she likes.

use std::path::Path;

use rules::{
    catalogue::Content,
    code::next_code,
    ids::EntryId,
    permission::{Action, Subject},
    procedure::compilation::State,
};
use serde_json::json;
use store::{
    EventKind, Source, Write,
    entries::{self, Entry},
    events, users,
};

use super::{Found, LastActor, Proposal, refuse_secret};
use crate::{City, Ctx, Refused, cases::Reborrow};

/// Reads a sample file and proposes the items.
pub async fn propose(_city: &City, ctx: &Ctx, path: &Path, name: &str) -> Result<Proposal, Refused> {
    ctx.may(Action::EditDraft, &Subject::entry(&ctx.actor.org, &[], false))?;
    let (path, name) = (path.to_owned(), name.to_owned());
    let found = tokio::task::spawn_blocking(move || table::propose(&path, &name)).await;
    let found = found.map_err(Refused::internal)??;
    Ok(Proposal {
        title: found.title,
        items: found.items,
        cross_rules: found.cross_rules,
        rows_seen: found.rows_seen,
        rows_ragged: found.rows_ragged,
        kind: found.kind.label().to_owned(),
        encoding: found.encoding.map(|it| it.label().to_owned()),
    })
}

/// What even a draft must have: no secret, and a title to find it by.
pub(super) fn check(content: &Content) -> Result<(), Refused> {
    refuse_secret(content)?;
    if content.title.trim().is_empty() {
        return Err(Refused::field(
            "no-title",
            "title",
            "请填写信息资源名称，草稿也需要名称以便查找。",
        ));
    }
    if content.title.chars().count() > 100 {
        return Err(Refused::field(
            "long-title",
            "title",
            "信息资源名称不超过100个字。",
        ));
    }
    Ok(())
}

/// Saves a new draft of the own organisation; the platform makes its code.
///
/// A draft that says nothing of its class begins with the department's own place in the classification (art. 11).
pub async fn create(city: &City, ctx: &Ctx, mut content: Content) -> Result<EntryId, Refused> {
    ctx.may(Action::EditDraft, &Subject::entry(&ctx.actor.org, &[], false))?;
    check(&content)?;
    if content.class_path.iter().all(|it| it.trim().is_empty()) {
        content.class_path = vec![
            "部门政务信息资源".to_owned(),
            field_of(&ctx.actor.org.name).to_owned(),
        ];
    }
    let mut write = city.store.write().await?;
    let entry = begun(&mut write, ctx, content).await?;
    entries::insert(&mut write, &entry).await?;
    city.seal(
        write,
        ctx.event(
            EventKind::EntryCreated,
            entry.id.as_str(),
            json!({ "code": entry.code }),
        ),
    )
    .await?;
    Ok(entry.id)
}

/// A new entry of the own organisation with its code, not yet stored.
pub(super) async fn begun(write: &mut Write, ctx: &Ctx, content: Content) -> Result<Entry, Refused> {
    let front = &ctx.actor.org.front_code;
    let back = entries::next_back(write, front).await?;
    let back = u32::try_from(back - 1).map_err(Refused::internal)?;
    let code = next_code(front, Some(back))
        .map_err(Refused::internal)?
        .to_string();
    Ok(Entry {
        id: EntryId(store::fresh_id(ctx.now)),
        code,
        org: ctx.actor.org.id.clone(),
        level: ctx.actor.org.level,
        state: State::Draft.name().to_owned(),
        revision: 1,
        draft: content,
        published: None,
        data: None,
        created_at: ctx.now,
        updated_at: ctx.now,
    })
}

/// What a department is about, by its name: 民政 of 永州市民政局. Open sets are found under it as their theme.
fn field_of(name: &str) -> &str {
    let place = name.char_indices().take(8).find(|(_, c)| "市县区".contains(*c));
    let rest = place.map_or(name, |(at, c)| &name[at + c.len_utf8()..]);
    let field = rest.strip_suffix('局').unwrap_or(rest);
    if field.is_empty() { name } else { field }
}

/// Saves a draft again and returns its new revision. Signatures given to the old one lapse with it.
pub async fn save(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    revision: i64,
    content: Content,
) -> Result<i64, Refused> {
    check(&content)?;
    let mut write = city.store.write().await?;
    let found = Found::get(&mut write, id).await?;
    ctx.may(Action::EditDraft, &found.subject(true))?;
    found.expect(ctx, revision, last_actor(&mut write, id).await?)?;
    match found.state() {
        State::Draft | State::Returned => {}
        State::Published => {
            return Err(Refused::conflict(
                "not-editable",
                "该目录已发布。如需修改，请先点击“修订”，形成下一版草稿。",
            ));
        }
        State::Signing | State::Confirming | State::Reviewing | State::Discarded => {
            return Err(Refused::conflict(
                "not-editable",
                "该目录正在审核，暂不能修改。如需修改，请先撤回。",
            ));
        }
    }
    entries::save_draft(&mut write, id, revision, &content, ctx.now).await?;
    let body = json!({ "code": found.entry.code, "revision": revision + 1 });
    city.seal(write, ctx.event(EventKind::EntrySaved, id.as_str(), body))
        .await?;
    Ok(revision + 1)
}

/// Opens a draft of the next version; the published one stays in force. Returns the new revision.
pub async fn revise(city: &City, ctx: &Ctx, id: &EntryId, revision: i64) -> Result<i64, Refused> {
    let mut write = city.store.write().await?;
    let found = Found::get(&mut write, id).await?;
    ctx.may(Action::EditDraft, &found.subject(true))?;
    found.expect(ctx, revision, last_actor(&mut write, id).await?)?;
    if found.state() != State::Published {
        return Err(Refused::conflict(
            "not-published",
            "该目录已有正在编制的草稿，请在草稿上继续修改。",
        ));
    }
    entries::set_state(&mut write, id, revision, State::Draft.name(), ctx.now).await?;
    let body = json!({ "code": found.entry.code, "version": found.entry.published });
    city.seal(write, ctx.event(EventKind::EntryRevised, id.as_str(), body))
        .await?;
    Ok(revision + 1)
}

/// Whoever did the last act on an entry.
pub(super) async fn last_actor(mut db: impl Source + Reborrow, id: &EntryId) -> Result<LastActor, Refused> {
    let last = events::of_subject(db.again(), id.as_str(), 1).await?.pop();
    let Some(user) = last.and_then(|it| it.event.actor) else {
        return Ok(LastActor::default());
    };
    let found = users::find(db, &user).await?;
    Ok(LastActor {
        name: found.map(|it| it.name).unwrap_or_default(),
        user: Some(user),
    })
}

#[cfg(test)]
mod tests {
    use super::field_of;

    #[test]
    fn a_departments_field_is_read_from_its_name() {
        for (name, field) in [
            ("永州市民政局", "民政"),
            ("永州市市场监督管理局", "市场监督管理"),
            ("江华瑶族自治县教育局", "教育"),
            ("永州市人民政府办公室", "人民政府办公室"),
        ] {
            assert_eq!(field_of(name), field);
        }
    }
}
