//! Driving the real binary with a real browser: what a person at a desk would do, and what he would see.
//!
//! Elements are found as a person finds them, by the words of a label, a link or a button. JavaScript is off
//! in the story, because nothing in it may need it.

mod browser;
mod city;

pub use browser::{Browser, Result};
pub use city::City;
