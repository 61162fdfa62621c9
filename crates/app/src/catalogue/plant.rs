//! A catalogue that stands from the beginning: for cities that are made up.

use rules::{
    permission::{Action, Subject},
    procedure::compilation::State,
};
use serde_json::json;
use store::{
    EventKind, entries,
    versions::{self, Version},
};

use super::draft::{begun, check};
use crate::{City, Ctx, Refused};

/// Writes entries of the own organisation as published, all in one act. The entries of a real city are published one by
/// one, through their compilation (art. 11); no page leads here.
pub async fn plant(
    city: &City,
    ctx: &Ctx,
    contents: Vec<rules::catalogue::Content>,
) -> Result<usize, Refused> {
    ctx.may(Action::EditDraft, &Subject::entry(&ctx.actor.org, &[], false))?;
    let mut write = city.store.write().await?;
    let mut codes = Vec::new();
    for content in contents {
        check(&content)?;
        let mut entry = begun(&mut write, ctx, content).await?;
        entry.state = State::Published.name().to_owned();
        entries::insert(&mut write, &entry).await?;
        let version = Version {
            entry: entry.id.clone(),
            number: 1,
            content: entry.draft,
            published_at: ctx.now,
            published_by: ctx.actor.user.clone(),
        };
        versions::insert(&mut write, &version).await?;
        entries::set_published(&mut write, &entry.id, Some(1)).await?;
        codes.push(entry.code);
    }
    let planted = codes.len();
    let event = ctx.event(
        EventKind::EntryPublished,
        ctx.actor.org.id.as_str(),
        json!({ "codes": codes }),
    );
    city.seal(write, event).await?;
    Ok(planted)
}
