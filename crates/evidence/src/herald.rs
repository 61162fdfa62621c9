//! Tells callers that their entries are on disk. The answers of one write cross from the writing thread to the
//! callers' runtime as one message and are given out there: waking each caller from outside would cost more than
//! the write.

use std::sync::OnceLock;

use tokio::{runtime::Handle, sync::mpsc::UnboundedSender, sync::oneshot};

use crate::error::AppendError;

/// Who waits for an entry.
pub(crate) type Answer = oneshot::Sender<Result<u64, AppendError>>;

/// An answer and whom it is for.
pub(crate) type Told = (Answer, Result<u64, AppendError>);

/// Carries answers to the runtime of the first caller, and gives them out directly where there is none any more.
#[derive(Debug, Default)]
pub(crate) struct Herald(OnceLock<UnboundedSender<Vec<Told>>>);

impl Herald {
    /// Takes a place in the present runtime, once.
    pub(crate) fn settle(&self) {
        if self.0.get().is_some() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        self.0.get_or_init(|| {
            let (sender, mut messages) = tokio::sync::mpsc::unbounded_channel();
            runtime.spawn(async move {
                while let Some(told) = messages.recv().await {
                    tell(told);
                }
            });
            sender
        });
    }

    /// Tells everybody.
    pub(crate) fn announce(&self, told: Vec<Told>) {
        match self.0.get() {
            Some(sender) if told.len() > 1 => {
                if let Err(back) = sender.send(told) {
                    tell(back.0);
                }
            }
            _ => tell(told),
        }
    }
}

fn tell(told: Vec<Told>) {
    for (answer, written) in told {
        // Whoever asked may have gone; the entry stands all the same.
        let _ = answer.send(written);
    }
}
