//! The batches of every entry one may see, in one list.

use jiff::Timestamp;
use rules::{
    delivery::BatchState,
    ids::DeliveryId,
    permission::{Action, Subject},
};
use store::{
    deliveries::{self, Recent},
    entries,
};

use super::{DeliveryRow, mean};
use crate::{City, Ctx, Refused, orgs::Book};

/// Batches on a page at most.
const PAGE: u32 = 50;

/// A page of batches.
#[derive(Clone, Debug, Default)]
pub struct Recents {
    /// The batches with their providers' names, the newest first.
    pub lines: Vec<(DeliveryRow, String)>,
    /// Where the page ends; none on the last.
    pub next: Option<String>,
}

/// The batches over all entries of which this person may see the deliveries, the newest first. `after` is the `next`
/// of the page before.
pub async fn recent(
    city: &City,
    ctx: &Ctx,
    state: Option<BatchState>,
    after: Option<&str>,
) -> Result<Recents, Refused> {
    let own = &ctx.actor.org;
    // Whoever sees only what the own organisation provides asks for that alone.
    let sees_others = {
        let other = rules::people::Org {
            id: "another".into(),
            ..own.clone()
        };
        ctx.may(Action::SeeDelivery, &Subject::entry(&other, &[], true))
            .is_ok()
    };
    let org = (!sees_others).then_some(&own.id);
    let book = Book::load(city.store.read()).await?;
    let mut place = after.and_then(read_place);
    let mut recents = Recents::default();
    loop {
        let found = deliveries::recent(city.store.read(), org, state, place.as_ref(), PAGE).await?;
        let is_last = found.len() < PAGE as usize;
        for Recent { delivery, org } in found {
            place = Some((delivery.at, delivery.id.clone()));
            let Some(provider) = book.get(&org) else { continue };
            let subject = Subject::entry(provider, &[], true);
            if ctx.may(Action::SeeDelivery, &subject).is_err() {
                continue;
            }
            let title = entries::line(city.store.read(), &delivery.entry)
                .await?
                .map(|it| it.title)
                .unwrap_or_default();
            let row = DeliveryRow {
                percent: mean(&delivery.scores),
                id: delivery.id,
                entry: delivery.entry,
                entry_title: title,
                batch: delivery.batch,
                kind: delivery.kind,
                state: delivery.state,
                file_name: delivery.file_name,
                received_at: delivery.at,
                rows: delivery.rows,
                refused: delivery.refused,
            };
            recents.lines.push((row, provider.name.clone()));
            if recents.lines.len() == PAGE as usize {
                break;
            }
        }
        let is_full = recents.lines.len() == PAGE as usize;
        if is_full || is_last {
            let last = place.filter(|_| is_full);
            recents.next = last.map(|(at, id)| format!("{}-{id}", at.as_millisecond()));
            return Ok(recents);
        }
    }
}

fn read_place(text: &str) -> Option<(Timestamp, DeliveryId)> {
    let (at, id) = text.split_once('-')?;
    let at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
    Some((at, DeliveryId::from(id)))
}
