//! What the city does: one function, one transaction, one event.
//!
//! A function asks first whether this person may, opens a transaction, loads, lets `rules` decide, saves, and
//! seals the whole with the event that tells of it. Pages and the gateway call these functions and no others.

// In order: a module names only those above it, but for `city`, which ties them together.
pub mod refused;

pub mod context;

pub mod city;

pub mod notices;

pub mod people;

pub mod orgs;

pub mod systems;

pub mod calendar;

mod vault;

mod envelope;

pub mod cases;

pub mod reminders;

pub mod catalogue;

pub mod search;

pub mod delivery;

pub mod requests;

pub mod disputes;

pub mod grants;

pub mod calls;

pub mod marks;

pub mod corrections;

pub mod objections;

pub mod portal;

pub mod opening;

pub mod applicants;

pub mod agreements;

pub mod open_requests;

pub mod products;

pub mod own_data;

pub mod letters;

pub mod evidence;

#[cfg(feature = "testing")]
pub mod testing;

pub use city::{City, Config, OpenError};
pub use context::Ctx;
pub use refused::{Refused, Stale, Status};
