//! What administrators keep: people, organisations, the calendar. They see no data.

pub mod calendar;
pub mod orgs;
pub mod people;
