//! What one network may take: sessions at once, sessions and messages a minute, bytes in flight.
//!
//! A network is one IPv4 address or one IPv6 /64. Networks that the operator trusts (its own monitoring, this machine) have
//! the bound on sessions at once and no other. Nobody is slowed down: who is past a bound is told at once, with a code that
//! lets an honest server come again.

use crate::message::policy::SEALED_MAX;
use crate::smtp::budget::Budget;
use crate::smtp::options::Options;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use governor::DefaultKeyedRateLimiter;
use governor::Quota;
use governor::RateLimiter;
use ipnet::IpNet;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Sessions, or messages, after which the rates of networks at rest are forgotten; each costs some hundred octets.
const REMEMBERED: usize = 4096;

/// Keeps the bounds.
pub(super) struct Admission {
    max: usize,
    max_per_network: usize,
    trusted: Vec<IpNet>,
    sessions: Option<Rate>,
    messages: Option<Rate>,
    budget: Arc<Budget>,
    /// Bytes in flight that one network may have.
    share: usize,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    by_network: HashMap<IpAddr, Here>,
}

/// What a network has now.
struct Here {
    sessions: usize,
    budget: Arc<Budget>,
}

/// The right to have a session, given back on drop.
pub(super) struct Place {
    admission: Arc<Admission>,
    network: IpAddr,
    budget: Arc<Budget>,
    trust: Trust,
}

/// Whether the bounds for strangers apply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    Trusted,
    Stranger,
}

/// A place among all sessions, before it is known whose it is: a proxy has connected, and is about to say for whom.
pub(super) struct Doorway {
    admission: Arc<Admission>,
    /// Given to the session, where one has come of it.
    passed_on: bool,
}

impl Admission {
    pub(super) fn new(options: &Options, budget: Arc<Budget>) -> Arc<Self> {
        // A single message of the largest size must always find room, as received and as sealed for all its owners.
        let sealed = SEALED_MAX.max(options.max_message_bytes);
        let largest = options.max_message_bytes.saturating_add(sealed);
        Arc::new(Self {
            max: options.max_connections,
            max_per_network: options.max_connections_per_ip,
            trusted: options.trusted_networks.clone(),
            sessions: Rate::a_minute(options.max_connections_per_minute),
            messages: Rate::a_minute(options.max_messages_per_minute),
            share: (options.max_bytes_in_flight / 4).max(largest),
            budget,
            counts: Mutex::default(),
        })
    }

    /// A place for a peer at `address`, or what to tell it.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Reply> {
        self.enter()?.admit(address)
    }

    /// A place for a proxy that is about to say whom it brings.
    pub(super) fn enter(self: &Arc<Self>) -> Result<Doorway, Reply> {
        let mut counts = self.counts();
        if counts.total >= self.max {
            return Err(reply::TOO_BUSY);
        }
        counts.total += 1;
        Ok(Doorway {
            admission: Arc::clone(self),
            passed_on: false,
        })
    }

    fn trust(&self, address: IpAddr) -> Trust {
        let address = address.to_canonical();
        if self
            .trusted
            .iter()
            .any(|network| network.contains(&address))
        {
            Trust::Trusted
        } else {
            Trust::Stranger
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doorway {
    /// A place for a peer at `address`, or what to tell it.
    pub(super) fn admit(mut self, address: IpAddr) -> Result<Place, Reply> {
        let admission = Arc::clone(&self.admission);
        let (network, trust) = (neighbourhood(address), admission.trust(address));
        let mut counts = admission.counts();
        let here = counts.by_network.get(&network);
        if here.is_some_and(|here| here.sessions >= admission.max_per_network) {
            drop(counts);
            return Err(reply::TOO_BUSY_NETWORK);
        }
        let rate = admission.sessions.as_ref();
        if trust == Trust::Stranger && rate.is_some_and(|rate| !rate.allows(network)) {
            drop(counts);
            return Err(reply::TOO_FAST);
        }
        let here = counts.by_network.entry(network).or_insert_with(|| Here {
            sessions: 0,
            budget: match trust {
                Trust::Trusted => Arc::clone(&admission.budget),
                Trust::Stranger => Budget::share_of(&admission.budget, admission.share),
            },
        });
        here.sessions += 1;
        let budget = Arc::clone(&here.budget);
        drop(counts);
        self.passed_on = true;
        Ok(Place {
            admission,
            network,
            budget,
            trust,
        })
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        if !self.passed_on {
            let mut counts = self.admission.counts();
            counts.total = counts.total.saturating_sub(1);
        }
    }
}

impl Place {
    /// Where the bytes of the peer's messages are set aside.
    pub(super) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Whether the peer's network may begin one more message now.
    pub(super) fn may_begin(&self) -> bool {
        let rate = self.admission.messages.as_ref();
        self.trust == Trust::Trusted || rate.is_none_or(|rate| rate.allows(self.network))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.total = counts.total.saturating_sub(1);
        if let Some(here) = counts.by_network.get_mut(&self.network) {
            here.sessions = here.sessions.saturating_sub(1);
            if here.sessions == 0 {
                counts.by_network.remove(&self.network);
            }
        }
    }
}

/// So many a minute, and as many at once.
struct Rate {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicUsize,
}

impl Rate {
    /// `None` where there is no bound.
    fn a_minute(most: u32) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(most)?);
        Some(Self {
            limiter: RateLimiter::keyed(quota),
            asked: AtomicUsize::new(0),
        })
    }

    fn allows(&self, network: IpAddr) -> bool {
        // Who is at rest is as good as never seen. Looked for seldom, since that goes over all of them.
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked.is_multiple_of(REMEMBERED) {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&network).is_ok()
    }
}

/// What counts as one peer: an IPv4 address, an IPv6 /64 (one subscriber has at least that: RFC 6177 2).
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(masked(address, 64)),
    }
}

/// A peer as the log may show it: its IPv4 /24 or IPv6 /48.
pub(super) struct Shown(pub(super) IpAddr);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(address) => write!(f, "{}/48", masked(address, 48)),
        }
    }
}

fn masked(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Domain;

    fn admission(max: usize, per_network: usize) -> Arc<Admission> {
        let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
        options.max_connections = max;
        options.max_connections_per_ip = per_network;
        admission_of(options)
    }

    fn admission_of(options: Options) -> Arc<Admission> {
        let budget = Budget::new(options.max_bytes_in_flight);
        Admission::new(&options, budget)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_peer() {
        let admission = admission(10, 1);
        let first = admission.admit(ip("2001:db8:1:2::1")).ok().unwrap();
        let refused = admission.admit(ip("2001:db8:1:2:ffff::9")).err();
        assert_eq!(refused, Some(reply::TOO_BUSY_NETWORK));
        assert!(admission.admit(ip("2001:db8:1:3::1")).is_ok());
        drop(first);
        assert!(admission.admit(ip("2001:db8:1:2:ffff::9")).is_ok());
    }

    #[test]
    fn an_ipv4_address_is_one_peer_mapped_or_not() {
        let admission = admission(10, 1);
        let _first = admission.admit(ip("192.0.2.1")).ok().unwrap();
        assert!(admission.admit(ip("::ffff:192.0.2.1")).is_err());
        assert!(admission.admit(ip("192.0.2.2")).is_ok());
    }

    #[test]
    fn places_come_back_and_leave_nothing() {
        let admission = admission(2, 2);
        let places: Vec<_> = (0..2).map(|_| admission.admit(ip("192.0.2.1"))).collect();
        assert_eq!(
            admission.admit(ip("198.51.100.1")).err(),
            Some(reply::TOO_BUSY)
        );
        drop(places);
        assert_eq!(admission.counts().total, 0);
        assert!(admission.counts().by_network.is_empty());
    }

    #[test]
    fn a_doorway_counts_until_it_is_left() {
        let admission = admission(1, 2);
        let doorway = admission.enter().ok().unwrap();
        assert_eq!(admission.enter().err(), Some(reply::TOO_BUSY));
        let place = doorway.admit(ip("192.0.2.1")).ok().unwrap();
        assert_eq!(admission.counts().total, 1);
        drop(place);
        drop(admission.enter());
        assert_eq!(admission.counts().total, 0);
    }

    #[test]
    fn a_network_in_a_hurry_is_told_and_others_are_not() {
        let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
        options.max_connections_per_minute = 3;
        options.max_messages_per_minute = 2;
        let admission = admission_of(options);
        let hurry = |address: &str| admission.admit(ip(address)).err();
        for _ in 0..3 {
            assert_eq!(hurry("2001:db8::1"), None);
        }
        assert_eq!(hurry("2001:db8::2"), Some(reply::TOO_FAST));
        assert_eq!(hurry("192.0.2.1"), None);
        for _ in 0..10 {
            assert_eq!(hurry("127.0.0.1"), None, "this machine is trusted");
        }
        let place = admission.admit(ip("192.0.2.1")).ok().unwrap();
        let begun: Vec<bool> = (0..3).map(|_| place.may_begin()).collect();
        assert_eq!(begun, [true, true, false]);
        assert_eq!(admission.counts().total, 1, "who was refused left no trace");
    }

    #[test]
    fn a_network_has_a_share_of_the_bytes() {
        let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
        options.max_bytes_in_flight = 1 << 30;
        let admission = admission_of(options);
        let stranger = admission.admit(ip("192.0.2.1")).ok().unwrap();
        let again = admission.admit(ip("192.0.2.1")).ok().unwrap();
        let held = stranger.budget().try_reserve(1 << 28).unwrap();
        assert!(again.budget().try_reserve(1).is_none(), "of one network");
        let trusted = admission.admit(ip("127.0.0.1")).ok().unwrap();
        assert!(trusted.budget().try_reserve(3 << 28).is_some());
        drop(held);
        assert_eq!(admission.budget.in_use(), 0);
    }

    #[test]
    fn the_log_shows_networks() {
        assert_eq!(Shown(ip("192.0.2.77")).to_string(), "192.0.2.0/24");
        assert_eq!(Shown(ip("::ffff:192.0.2.77")).to_string(), "192.0.2.0/24");
        assert_eq!(Shown(ip("2001:db8:1:2::1")).to_string(), "2001:db8:1::/48");
    }
}
