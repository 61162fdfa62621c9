//! The pages as people at their desks see them, over a real city.

mod admin;
mod browser;
mod doubts;
mod edge;
mod notices;
mod routes;
mod story;
