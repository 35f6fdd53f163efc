//! How many sessions there may be, in all and from one network.

use crate::smtp::options::Options;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Counts the sessions.
pub(super) struct Admission {
    max: usize,
    max_per_network: usize,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// The right to have a session, given back on drop.
pub(super) struct Place {
    admission: Arc<Admission>,
    network: IpAddr,
}

impl Admission {
    pub(super) fn new(options: &Options) -> Arc<Self> {
        Arc::new(Self {
            max: options.max_connections,
            max_per_network: options.max_connections_per_ip,
            counts: Mutex::default(),
        })
    }

    /// A place for a peer at `address`, or what to tell it.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Reply> {
        let network = neighbourhood(address);
        let mut counts = self.counts();
        if counts.total >= self.max {
            return Err(reply::TOO_BUSY);
        }
        let here = counts.by_network.entry(network).or_default();
        if *here >= self.max_per_network {
            return Err(reply::TOO_BUSY_NETWORK);
        }
        *here += 1;
        counts.total += 1;
        Ok(Place {
            admission: Arc::clone(self),
            network,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.total = counts.total.saturating_sub(1);
        let here = counts.by_network.entry(self.network).or_default();
        *here = here.saturating_sub(1);
        if *here == 0 {
            counts.by_network.remove(&self.network);
        }
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
        Admission::new(&options)
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
    fn the_log_shows_networks() {
        assert_eq!(Shown(ip("192.0.2.77")).to_string(), "192.0.2.0/24");
        assert_eq!(Shown(ip("::ffff:192.0.2.77")).to_string(), "192.0.2.0/24");
        assert_eq!(Shown(ip("2001:db8:1:2::1")).to_string(), "2001:db8:1::/48");
    }
}
