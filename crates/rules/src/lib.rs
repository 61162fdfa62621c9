//! What the regulations say. Pure: no system clock, no database, no network, no async.

// In order: a module names only those above it.
pub mod words;

pub mod law;

pub mod calendar;

pub mod ids;

pub mod password;

pub mod code;

pub mod theme;

pub mod people;

pub mod catalogue;

pub mod delivery;

pub mod grant;

pub mod release;

pub mod clock;

pub mod mark;

pub mod applicant;

pub mod agreement;

pub mod product;

pub mod procedure;

pub mod permission;
