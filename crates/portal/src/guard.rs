//! What keeps anonymous forms honest: a signed token, a trap, and a limit for each address (art. 33, 34).
//!
//! None of it is stored, and none of it asks who somebody is. A token is signed with the city's own key: it outlives a
//! restart, and every node knows it. Which tokens were used is remembered by each process for itself.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{Mutex, OnceLock},
};

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use web::form::Fields;

use crate::{problem::Problem, visit::Visit};

/// The hidden field that carries the token.
pub const TOKEN: &str = "form";
/// The field that no person sees; whoever fills it in is a program.
pub const TRAP: &str = "website";
/// How long a form may lie open.
const OPEN: SignedDuration = SignedDuration::from_hours(8);
/// The span over which posts are counted.
const SPAN: SignedDuration = SignedDuration::from_hours(1);
/// Addresses that are remembered at once; when there are more, the oldest spans are forgotten.
const ADDRESSES_MAX: usize = 50_000;

/// What is wrong with a form beside what was typed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It lay open too long, or was made elsewhere.
    Old,
    /// It was sent already.
    Used,
    /// It was filled in by a program.
    Trapped,
}

impl Fault {
    /// What to tell whoever sent it.
    pub fn words(self) -> &'static str {
        match self {
            Fault::Old => "页面打开的时间太长，这次没有提交。您填写的内容还在，请核对后再提交一次。",
            Fault::Used => "这份表单已经提交过，没有重复登记。如需再次提交，请核对内容后再点一次提交。",
            Fault::Trapped => "请不要填写页面上隐藏的输入框。您填写的内容还在，请再提交一次。",
        }
    }
}

/// The key of a city's forms.
pub type Key = [u8; 32];

fn signature(key: &Key, form: &str, at: &str, nonce: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(format!("{form}\n{at}\n{nonce}").as_bytes());
    mac
}

/// A fresh token for the form called `form`.
pub fn token(key: &Key, form: &str, now: Timestamp) -> String {
    let at = format!("{:x}", now.as_second());
    let nonce = format!("{:016x}", rand::random::<u64>());
    let signature = hex::encode(signature(key, form, &at, &nonce).finalize().into_bytes());
    format!("{at}.{nonce}.{signature}")
}

/// Looks at the token and the trap of a posted form; a good token is good once.
pub fn check(key: &Key, form: &str, fields: &Fields, now: Timestamp) -> Result<(), Fault> {
    if !fields.get(TRAP).is_empty() {
        return Err(Fault::Trapped);
    }
    let mut parts = fields.get(TOKEN).split('.');
    let (Some(at), Some(nonce), Some(signed), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::Old);
    };
    let signed = hex::decode(signed).map_err(|_| Fault::Old)?;
    signature(key, form, at, nonce)
        .verify_slice(&signed)
        .map_err(|_| Fault::Old)?;
    let made = i64::from_str_radix(at, 16)
        .ok()
        .and_then(|it| Timestamp::from_second(it).ok());
    let made = made.ok_or(Fault::Old)?;
    if now.duration_since(made) > OPEN {
        return Err(Fault::Old);
    }
    if spend(nonce, made, now) {
        Ok(())
    } else {
        Err(Fault::Used)
    }
}

/// Notes that a token was used; false where it was before.
fn spend(nonce: &str, made: Timestamp, now: Timestamp) -> bool {
    static SPENT: Mutex<Option<HashSet<(i64, String)>>> = Mutex::new(None);
    let mut spent = SPENT.lock().expect("nothing panics while holding the tokens");
    let spent = spent.get_or_insert_default();
    let oldest = now.saturating_sub(OPEN).map_or(i64::MIN, Timestamp::as_second);
    if spent.len() > ADDRESSES_MAX {
        spent.retain(|it| it.0 >= oldest);
    }
    spent.insert((made.as_second(), nonce.to_owned()))
}

/// Counts posts by address. What is kept of an address is a hash that no other process can make.
#[derive(Debug)]
pub struct Limit {
    most: u32,
    counted: Mutex<Option<HashMap<u64, (Timestamp, u32)>>>,
}

impl Limit {
    /// At most so many from one address within an hour.
    pub const fn an_hour(most: u32) -> Limit {
        Limit {
            most,
            counted: Mutex::new(None),
        }
    }

    /// One more post of `visit` is let through if its address made fewer than the most within the hour. Where the
    /// address is not known, nothing is counted: the connection then comes from a test or a socket of our own.
    pub fn pass(&self, visit: &Visit) -> Result<(), Problem> {
        static SEED: OnceLock<RandomState> = OnceLock::new();
        let Some(address) = visit.address else {
            return Ok(());
        };
        let hash = SEED.get_or_init(RandomState::new).hash_one(address);
        let mut counted = self
            .counted
            .lock()
            .expect("nothing panics while holding the counts");
        let counted = counted.get_or_insert_default();
        if counted.len() > ADDRESSES_MAX {
            counted.retain(|_, (since, _)| visit.now.duration_since(*since) < SPAN);
        }
        let (since, count) = counted.entry(hash).or_insert((visit.now, 0));
        if visit.now.duration_since(*since) >= SPAN {
            (*since, *count) = (visit.now, 0);
        }
        if *count >= self.most {
            let left = SPAN - visit.now.duration_since(*since);
            return Err(Problem::TooMany(left.as_secs().max(1).unsigned_abs()));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const CITY: Key = [7; 32];

    fn sent(token: &str) -> Fields {
        Fields::new().with(TOKEN, token)
    }

    #[test]
    fn a_token_is_good_once_for_its_own_form_and_not_for_ever() {
        let now = at("2026-11-23T08:00:00Z");
        let made = token(&CITY, "object", now);
        assert_eq!(check(&CITY, "track", &sent(&made), now), Err(Fault::Old));
        assert_eq!(
            check(&CITY, "object", &sent(&made), at("2026-11-23T17:00:00Z")),
            Err(Fault::Old)
        );
        assert_eq!(check(&[8; 32], "object", &sent(&made), now), Err(Fault::Old));
        assert_eq!(check(&CITY, "object", &sent(&made), now), Ok(()));
        assert_eq!(check(&CITY, "object", &sent(&made), now), Err(Fault::Used));
        assert_eq!(check(&CITY, "object", &sent("a.b.c"), now), Err(Fault::Old));
        assert_eq!(check(&CITY, "object", &sent(""), now), Err(Fault::Old));
    }

    #[test]
    fn a_program_that_fills_in_everything_is_caught() {
        let now = at("2026-11-23T08:00:00Z");
        let fields = sent(&token(&CITY, "object", now)).with(TRAP, "http://example.org");
        assert_eq!(check(&CITY, "object", &fields, now), Err(Fault::Trapped));
    }

    #[test]
    fn an_address_that_posts_too_often_waits_until_the_hour_is_over() {
        let limit = Limit::an_hour(2);
        let visit = |now: &str, address: &str| Visit {
            now: at(now),
            path: "/".into(),
            origin: "http://localhost".into(),
            address: address.parse().ok(),
            reference: String::new(),
        };
        for _ in 0..2 {
            assert!(limit.pass(&visit("2026-11-23T08:00:00Z", "192.0.2.1")).is_ok());
        }
        assert!(limit.pass(&visit("2026-11-23T08:59:59Z", "192.0.2.1")).is_err());
        assert!(limit.pass(&visit("2026-11-23T08:59:59Z", "192.0.2.2")).is_ok());
        assert!(limit.pass(&visit("2026-11-23T09:00:00Z", "192.0.2.1")).is_ok());
    }
}
