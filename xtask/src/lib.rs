//! The project's rules about itself: what `cargo xtask` runs, and what the tests of this crate check.

// In order: a module names only those above it.
pub mod source;

pub mod tree;

pub mod words;

pub mod law;

pub mod tidy;
