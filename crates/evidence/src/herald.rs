//! Tells callers that their entries are on disk. The answers of one write cross from the writing thread to each
//! runtime of the callers as one message and are given out there: waking each caller from outside would cost more
//! than the write.

use std::sync::{PoisonError, RwLock};

use tokio::{
    runtime::{self, Handle},
    sync::{
        mpsc::{UnboundedSender, unbounded_channel},
        oneshot,
    },
};

use crate::error::AppendError;

/// Who waits for an entry.
pub(crate) type Answer = oneshot::Sender<Result<u64, AppendError>>;

/// An answer and whom it is for.
pub(crate) type Told = (Answer, Result<u64, AppendError>);

/// The place of a runtime among those that callers wait on.
pub(crate) type Seat = usize;

/// Carries answers to the runtimes of the callers, and gives them out directly where a runtime is gone.
#[derive(Debug, Default)]
pub(crate) struct Herald {
    /// One for each runtime that ever called; a process has few.
    seats: RwLock<Vec<(runtime::Id, UnboundedSender<Vec<Told>>)>>,
}

impl Herald {
    /// The seat of the present runtime, taken by its first caller; none outside a runtime.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let runtime = Handle::try_current().ok()?;
        let id = runtime.id();
        let find = |seats: &[(runtime::Id, _)]| seats.iter().position(|it| it.0 == id);
        if let Some(seat) = find(&self.seats.read().unwrap_or_else(PoisonError::into_inner)) {
            return Some(seat);
        }
        let mut seats = self.seats.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(seat) = find(&seats) {
            return Some(seat);
        }
        let (sender, mut messages) = unbounded_channel();
        runtime.spawn(async move {
            while let Some(told) = messages.recv().await {
                tell(told);
            }
        });
        seats.push((id, sender));
        Some(seats.len() - 1)
    }

    /// Tells everybody, each on his own runtime.
    pub(crate) fn announce(&self, told: Vec<(Option<Seat>, Told)>) {
        let seats = self.seats.read().unwrap_or_else(PoisonError::into_inner);
        let mut by_seat: Vec<Vec<Told>> = seats.iter().map(|_| Vec::new()).collect();
        let mut at_once = Vec::new();
        for (seat, it) in told {
            seat.and_then(|seat| by_seat.get_mut(seat))
                .unwrap_or(&mut at_once)
                .push(it);
        }
        for ((_, sender), told) in seats.iter().zip(by_seat) {
            match told.len() {
                0 => {}
                1 => tell(told),
                _ => {
                    if let Err(back) = sender.send(told) {
                        tell(back.0);
                    }
                }
            }
        }
        tell(at_once);
    }
}

fn tell(told: Vec<Told>) {
    for (answer, written) in told {
        // Whoever asked may have gone; the entry stands all the same.
        let _ = answer.send(written);
    }
}
