//! The public side as citizens, applicants and machines see it, over a real city.

mod account;
mod letters;
mod machines;
mod pages;
#[path = "../../../app/tests/stories/post_office.rs"]
mod post_office;
