//! What one network may take: sessions at once, sessions and messages a minute, bytes in flight.
//!
//! A network is one IPv4 address or one IPv6 /64. Networks that the operator trusts (its own monitoring, this machine) have
//! the bound on sessions at once and no other. Nobody is slowed down: who is past a bound is told at once, with a code that
//! lets an honest server come again.

use crate::message::policy::SEALED_MAX;
use crate::smtp::budget::Budget;
use crate::smtp::options::Options;
use crate::smtp::postbox::Postbox;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use crate::smtp::seat::Seat;
use crate::smtp::seat::Seats;
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
use std::time::Duration;
use std::time::Instant;

/// Sessions, or messages, after which the rates of networks at rest are forgotten; each costs some hundred octets.
const REMEMBERED: usize = 4096;

/// Keeps the bounds.
pub(super) struct Admission {
    max: usize,
    max_per_network: usize,
    /// Of one IPv6 /48: a site has one at most (RFC 6177 2), and 65,536 networks in it.
    max_per_site: usize,
    trusted: Vec<IpNet>,
    sessions: Option<Rate>,
    messages: Option<Rate>,
    postbox: Postbox,
    budget: Arc<Budget>,
    /// Bytes in flight that one network may have.
    share: usize,
    /// How long who is asked to go must have been slow.
    dawdling: Duration,
    counts: Mutex<Counts>,
}

/// Sessions beyond the bound, at most, while those that were asked to go say their last word.
const LEAVING: usize = 64;

struct Counts {
    total: usize,
    seats: Seats,
    by_network: HashMap<IpAddr, Here>,
    /// By IPv6 /48; its networks have its share of the bytes together.
    by_site: HashMap<Ipv6Addr, Here>,
}

impl Counts {
    /// Whether one more session of a network is too many of it, or of its site.
    fn is_full(&self, network: IpAddr, admission: &Admission) -> bool {
        let here = self.by_network.get(&network);
        let there = site(network).and_then(|site| self.by_site.get(&site));
        here.is_some_and(|here| here.sessions >= admission.max_per_network)
            || there.is_some_and(|there| there.sessions >= admission.max_per_site)
    }
}

/// What a network or a site has now.
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
    seat: (u64, Arc<Seat>),
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
    seat: (u64, Arc<Seat>),
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
            // A quarter of all: whoever has a prefix cannot take every place with it.
            max_per_site: (options.max_connections / 4).max(options.max_connections_per_ip),
            trusted: options.trusted_networks.clone(),
            sessions: Rate::a_minute(options.max_connections_per_minute),
            messages: Rate::a_minute(options.max_messages_per_minute),
            postbox: Postbox::new(&options.limits, options.max_message_bytes),
            share: (options.max_bytes_in_flight / 4).max(largest),
            budget,
            dawdling: options.limits.dawdling,
            counts: Mutex::new(Counts {
                total: 0,
                seats: Seats::new(),
                by_network: HashMap::new(),
                by_site: HashMap::new(),
            }),
        })
    }

    /// A place for a peer at `address`, or what to tell it.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Reply> {
        // Who may not come anyway takes nobody's place.
        self.may_come(address)?;
        self.enter()?.admitted(address)
    }

    /// A place for a proxy that is about to say whom it brings.
    pub(super) fn enter(self: &Arc<Self>) -> Result<Doorway, Reply> {
        let now = Instant::now();
        let mut counts = self.counts();
        if counts.total >= self.max {
            let has_room = counts.total < self.max.saturating_add(LEAVING);
            if !has_room || counts.seats.make_room(now, self.dawdling) == 0 {
                return Err(reply::TOO_BUSY);
            }
        }
        counts.total += 1;
        Ok(Doorway {
            admission: Arc::clone(self),
            seat: counts.seats.take(now),
            passed_on: false,
        })
    }

    /// Whether the bounds of its network let a peer in.
    fn may_come(&self, address: IpAddr) -> Result<(), Reply> {
        let network = neighbourhood(address);
        if self.counts().is_full(network, self) {
            return Err(reply::TOO_BUSY_NETWORK);
        }
        let rate = self.sessions.as_ref();
        let is_stranger = self.trust(address) == Trust::Stranger;
        if is_stranger && rate.is_some_and(|rate| !rate.allows(network)) {
            return Err(reply::TOO_FAST);
        }
        Ok(())
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
    /// Its seat: who dawdles here is asked to go like any other.
    pub(super) fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.seat.1)
    }

    /// A place for a peer at `address`, or what to tell it.
    pub(super) fn admit(self, address: IpAddr) -> Result<Place, Reply> {
        self.admission.may_come(address)?;
        self.admitted(address)
    }

    fn admitted(mut self, address: IpAddr) -> Result<Place, Reply> {
        let admission = Arc::clone(&self.admission);
        let (network, trust) = (neighbourhood(address), admission.trust(address));
        let mut counts = admission.counts();
        // Between the question and now others of its network may have come.
        if counts.is_full(network, &admission) {
            drop(counts);
            return Err(reply::TOO_BUSY_NETWORK);
        }
        let share = || Here {
            sessions: 0,
            budget: match trust {
                Trust::Trusted => Arc::clone(&admission.budget),
                Trust::Stranger => Budget::share_of(&admission.budget, admission.share),
            },
        };
        let there = site(network).map(|site| {
            let there = counts.by_site.entry(site).or_insert_with(share);
            there.sessions += 1;
            Arc::clone(&there.budget)
        });
        let here = match there.filter(|_| trust == Trust::Stranger) {
            Some(budget) => counts.by_network.entry(network).or_insert(Here {
                sessions: 0,
                budget,
            }),
            None => counts.by_network.entry(network).or_insert_with(share),
        };
        here.sessions += 1;
        let budget = Arc::clone(&here.budget);
        drop(counts);
        self.passed_on = true;
        Ok(Place {
            admission,
            network,
            budget,
            trust,
            seat: (self.seat.0, Arc::clone(&self.seat.1)),
        })
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        if !self.passed_on {
            let mut counts = self.admission.counts();
            counts.seats.give_back(self.seat.0);
            counts.total = counts.total.saturating_sub(1);
        }
    }
}

impl Place {
    /// Its seat, to say when it moves on.
    pub(super) fn seat(&self) -> &Arc<Seat> {
        &self.seat.1
    }

    /// Where the bytes of the peer's messages are set aside.
    pub(super) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Whether the peer's network may begin one more message now.
    pub(super) fn may_begin(&self) -> bool {
        let rate = self.admission.messages.as_ref();
        self.trust == Trust::Trusted || rate.is_none_or(|rate| rate.allows(self.network))
    }

    /// Whether the peer's network may put a letter of so many octets into a mailbox of the operator's that is open to all.
    pub(super) fn may_write_to_operator(&self, octets: usize) -> bool {
        let network = site(self.network).map_or(self.network, IpAddr::V6);
        self.trust == Trust::Trusted || self.admission.postbox.takes(network, octets)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.seats.give_back(self.seat.0);
        counts.total = counts.total.saturating_sub(1);
        if let Some(here) = counts.by_network.get_mut(&self.network) {
            here.sessions = here.sessions.saturating_sub(1);
            if here.sessions == 0 {
                counts.by_network.remove(&self.network);
            }
        }
        if let Some(site) = site(self.network)
            && let Some(there) = counts.by_site.get_mut(&site)
        {
            there.sessions = there.sessions.saturating_sub(1);
            if there.sessions == 0 {
                counts.by_site.remove(&site);
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

/// The IPv6 /48 that a network lies in; IPv4 addresses are not handed out by the thousand.
fn site(network: IpAddr) -> Option<Ipv6Addr> {
    match network {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(masked(address, 48)),
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
mod tests;
