//! Driving the real binary with a real browser: what a person at a desk would do, and what he would see.
//!
//! Elements are found as a person finds them, by the words of a label, a link or a button. Nothing may need JavaScript,
//! so stories are told with scripts off, and those of the public twice.

mod browser;
mod city;
mod crawl;
mod devtools;
mod look;
mod made;

pub use browser::{Browser, Result};
pub use city::{Answer, City, Client, Shared};
pub use crawl::{Crawl, Seen};
pub use devtools::{Fetched, Screen};
pub use made::copy;
