//! The whole product from outside: the binary as its users start it, with browsers, clients and power cuts.

mod calls;
mod clients;
mod cuts;
mod portal;
mod public;
mod story;
