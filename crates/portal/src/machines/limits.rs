//! How much one address may ask of the machine interfaces: announced in every answer, enforced, and told when to
//! come again.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use super::problem;
use crate::visit::Visit;

/// Requests that one address may make in a minute.
pub(crate) const PER_MINUTE: NonZeroU32 = NonZeroU32::new(3000).expect("more than nothing");

/// After so many requests, addresses that have been quiet are forgotten.
const SWEEP_EVERY: u32 = 4096;

type Limiter = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

/// What every address has left. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Limits(Arc<Parts>);

struct Parts {
    limiter: Limiter,
    per_minute: NonZeroU32,
    turns: AtomicU32,
}

/// What an address has left after a request.
struct Left {
    remaining: u32,
    /// Seconds until everything is there again.
    reset: u64,
    /// Seconds to wait, where the request was too much.
    wait: Option<u64>,
}

impl Limits {
    pub fn new(per_minute: NonZeroU32) -> Limits {
        let limiter = RateLimiter::dashmap(Quota::per_minute(per_minute)).with_middleware();
        Limits(Arc::new(Parts {
            limiter,
            per_minute,
            turns: AtomicU32::new(0),
        }))
    }

    fn take(&self, address: IpAddr) -> Left {
        let Parts {
            limiter,
            per_minute,
            turns,
        } = &*self.0;
        if turns.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
        }
        let window = |remaining: u32| {
            let missing = f64::from(per_minute.get() - remaining.min(per_minute.get()));
            (missing * 60.0 / f64::from(per_minute.get())).ceil() as u64
        };
        match limiter.check_key(&network(address)) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Left {
                    remaining,
                    reset: window(remaining),
                    wait: None,
                }
            }
            Err(refused) => {
                let wait: Duration = refused.wait_time_from(DefaultClock::default().now());
                Left {
                    remaining: 0,
                    reset: window(0),
                    wait: Some(wait.as_secs() + 1),
                }
            }
        }
    }
}

/// Whoever has one IPv6 address has a whole network of them: they count as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(it) => match it.to_ipv4_mapped() {
            Some(it) => it.into(),
            None => {
                let [a, b, c, d, ..] = it.segments();
                std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        },
        IpAddr::V4(_) => address,
    }
}

/// Lets a request through, or sends it away until later.
pub(crate) async fn enforce(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let address = request.extensions().get::<Visit>().and_then(|it| it.address);
    // Requests whose origin is not known share one allowance.
    let left = limits.take(address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()));
    let mut response = match left.wait {
        None => next.run(request).await,
        Some(wait) => too_many(wait),
    };
    announce(response.headers_mut(), &limits, &left);
    response
}

fn too_many(wait: u64) -> Response {
    let words = format!("请求过于频繁，请在 {wait} 秒后重试；批量获取请下载文件，不必逐页查询。");
    let mut response =
        problem::Failure::new("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "", words).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, wait.into());
    response
}

fn announce(headers: &mut HeaderMap, limits: &Limits, left: &Left) {
    let limit = limits.0.per_minute;
    headers.insert("ratelimit-limit", limit.get().into());
    headers.insert("ratelimit-remaining", left.remaining.into());
    headers.insert("ratelimit-reset", left.reset.into());
    if let Ok(policy) = HeaderValue::from_str(&format!("{limit};w=60")) {
        headers.insert("ratelimit-policy", policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_allowance_and_no_more_and_others_are_not_touched() {
        let limits = Limits::new(NonZeroU32::new(3).unwrap());
        let one: IpAddr = "198.51.100.1".parse().unwrap();
        assert_eq!(limits.take(one).remaining, 2);
        assert_eq!(limits.take(one).remaining, 1);
        assert!(limits.take(one).wait.is_none());
        let refused = limits.take(one);
        assert!(refused.wait.is_some_and(|it| (1..=21).contains(&it)));
        assert!(limits.take("198.51.100.2".parse().unwrap()).wait.is_none());
    }

    #[test]
    fn a_whole_network_of_addresses_counts_as_one() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
