//! The stories of the city, act by act, through the functions that pages and gateway call, on both engines.

mod applicants;
mod calendar;
mod calls;
mod cases;
mod catalogue;
mod corrections;
mod delivery;
mod evidence;
mod leaving;
mod links;
mod mail;
mod notices;
mod objections;
mod opening;
mod people;
mod post_office;
mod sharing;
mod town;
