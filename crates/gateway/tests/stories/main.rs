//! The gateway as the systems of agencies call it, over a real city.

mod doubts;
mod http;
mod tables;
#[path = "../../../app/tests/stories/town.rs"]
mod town;
