//! Who works on which delivery: those of one entry one after the other, and no more at once than there are cores.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use jiff::Timestamp;
use rules::ids::{DeliveryId, EntryId};
use store::{deliveries, events};
use tokio::sync::Semaphore;

use super::{Progress, Stage, load};
use crate::{City, Refused, city::WeakCity, refused::Pauses};

/// How often a file is read that the platform fails to read; then the batch is refused.
const READINGS: u32 = 3;

/// The deliveries this node works on.
pub struct Running {
    /// What waits behind the delivery being worked on, by entry; an entry nobody works on is not here.
    queues: Mutex<HashMap<EntryId, VecDeque<Job>>>,
    progress: Mutex<HashMap<DeliveryId, Progress>>,
    slots: Arc<Semaphore>,
}

/// A delivery to be worked on. The wall clock is read at the edge only, so a job carries the instant it was
/// given and measures from there.
struct Job {
    id: DeliveryId,
    given_at: Timestamp,
    given: Instant,
}

impl Job {
    fn now(&self) -> Timestamp {
        after(self.given_at, self.given)
    }
}

/// What time it is, when it was `at` at the instant `given`.
fn after(at: Timestamp, given: Instant) -> Timestamp {
    let elapsed = jiff::SignedDuration::try_from(given.elapsed()).unwrap_or_default();
    at.checked_add(elapsed).unwrap_or(at)
}

impl Default for Running {
    fn default() -> Running {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Running {
            queues: Mutex::default(),
            progress: Mutex::default(),
            slots: Arc::new(Semaphore::new(cores)),
        }
    }
}

impl Running {
    /// How far a delivery is.
    pub(super) fn progress(&self, id: &DeliveryId) -> Option<Progress> {
        held(&self.progress).get(id).copied()
    }

    /// Notes how far it is.
    pub(super) fn tell(&self, id: &DeliveryId, progress: Progress) {
        held(&self.progress).insert(id.clone(), progress);
    }

    fn forget(&self, id: &DeliveryId) {
        held(&self.progress).remove(id);
    }

    /// The next delivery of the entry; none ends the work on it.
    fn next(&self, entry: &EntryId) -> Option<Job> {
        let mut queues = held(&self.queues);
        let next = queues.get_mut(entry).and_then(VecDeque::pop_front);
        if next.is_none() {
            queues.remove(entry);
        }
        next
    }

    /// Puts a delivery behind the others of its entry; whether somebody must begin to work on that entry.
    fn push(&self, entry: &EntryId, job: Job) -> bool {
        let mut queues = held(&self.queues);
        let is_idle = !queues.contains_key(entry);
        queues.entry(entry.clone()).or_default().push_back(job);
        is_idle
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while holding the queues")
}

/// Puts a received delivery to work.
pub(super) fn enqueue(city: &City, entry: EntryId, id: DeliveryId, now: Timestamp) {
    city.deliveries.tell(&id, Progress::at(Stage::Waiting));
    let job = Job {
        id,
        given_at: now,
        given: Instant::now(),
    };
    if city.deliveries.push(&entry, job) {
        tokio::spawn(work(city.downgrade(), entry));
    }
}

/// Works on the deliveries of an entry, one after the other.
async fn work(here: WeakCity, entry: EntryId) {
    let next = || here.upgrade().and_then(|city| city.deliveries.next(&entry));
    while let Some(job) = next() {
        finish(&here, &job).await;
    }
}

/// Tries a delivery again until it ends: who sent it has been told that it is received, and those behind it may build
/// on it. A city that is closed while it pauses takes it up again at its next start.
async fn finish(here: &WeakCity, job: &Job) {
    let (mut pauses, mut unread) = (Pauses::default(), 0);
    while let Some(city) = here.upgrade() {
        let Err(refused) = attempt(&city, job).await else {
            return;
        };
        tracing::error!(delivery = %job.id, %refused, "a delivery is tried again");
        unread += u32::from(refused.code == load::UNREAD);
        if READINGS <= unread && load::give_up(&city, &job.id, job.now()).await.is_ok() {
            return;
        }
        city.deliveries.tell(&job.id, Progress::at(Stage::Paused));
        drop(city);
        pauses.pass().await;
    }
}

/// One try, which a panic does not outlive.
async fn attempt(city: &City, job: &Job) -> Result<(), Refused> {
    let slot = city.deliveries.slots.clone().acquire_owned().await;
    let _slot = slot.expect("the slots are never closed");
    let (work, id, now) = (city.clone(), job.id.clone(), job.now());
    let given = Instant::now();
    let now = move || after(now, given);
    tokio::spawn(async move { load::run(&work, &id, now).await })
        .await
        .map_err(Refused::internal)?
}

/// Takes up again what a crash left in checking; how many. Called once at start-up.
pub async fn resume(city: &City) -> Result<usize, Refused> {
    let left = deliveries::unfinished(city.store.read()).await?;
    let count = left.len();
    let last = events::before(city.store.read(), i64::MAX, 1).await?;
    let last = last
        .first()
        .and_then(|it| Timestamp::from_millisecond(it.event.at_ms).ok());
    for it in left {
        let now = last.map_or(it.at, |last| last.max(it.at));
        enqueue(city, it.entry, it.id, now);
    }
    Ok(count)
}

/// Removes the progress of a delivery whose end is recorded.
pub(super) fn finished(city: &City, id: &DeliveryId) {
    city.deliveries.forget(id);
}
