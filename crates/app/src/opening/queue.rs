//! Who makes which release: one at a time, since each reads and writes a whole set several times.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};
use rules::ids::EntryId;
use store::{events, releases};
use tokio::sync::Semaphore;

use super::make;
use crate::{City, Refused, Status, refused::Pauses};

/// The releases this node makes.
pub struct Running {
    turn: Arc<Semaphore>,
    is_held: AtomicBool,
}

impl Default for Running {
    fn default() -> Running {
        Running {
            turn: Arc::new(Semaphore::new(1)),
            is_held: AtomicBool::new(false),
        }
    }
}

impl Running {
    /// From now on releases are built and not switched to, as if the process died in between.
    #[cfg(feature = "testing")]
    pub(crate) fn hold(&self) {
        self.is_held.store(true, Ordering::Release);
    }

    /// Whether work ends before the switch.
    pub(super) fn is_held(&self) -> bool {
        self.is_held.load(Ordering::Acquire)
    }
}

/// Puts a reviewed release to work. The wall clock is read at the edge only, so the work carries the instant it was
/// given and measures from there.
pub(super) fn enqueue(city: &City, entry: EntryId, number: i64, given_at: Timestamp) {
    let (here, given) = (city.downgrade(), Instant::now());
    let now = move || {
        let elapsed = SignedDuration::try_from(given.elapsed()).unwrap_or_default();
        given_at.checked_add(elapsed).unwrap_or(given_at)
    };
    tokio::spawn(async move {
        let mut pauses = Pauses::default();
        // Nobody is held up by what waits: a city that is closed meanwhile takes it up again at its next start.
        while let Some(city) = here.upgrade() {
            let turn = city.releases.turn.clone().acquire_owned().await;
            let turn = turn.expect("the turn is never closed");
            let Err(refused) = make::run(&city, &entry, number, now).await else {
                return;
            };
            drop((turn, city));
            tracing::error!(%refused, %entry, number, "a release could not be finished");
            if refused.status != Status::Unavailable {
                // It stays in making, and is taken up again at the next start.
                return;
            }
            pauses.pass().await;
        }
    });
}

/// Takes up again what a crash left in making; how many. Called once at start-up.
pub async fn resume(city: &City) -> Result<usize, Refused> {
    let left = releases::making(city.store.read()).await?;
    let last = events::before(city.store.read(), i64::MAX, 1).await?;
    let last = last
        .first()
        .and_then(|it| Timestamp::from_millisecond(it.event.at_ms).ok());
    for it in &left {
        let now = last.map_or(it.asked_at, |last| last.max(it.asked_at));
        enqueue(city, it.entry.clone(), it.number, now);
    }
    Ok(left.len())
}
