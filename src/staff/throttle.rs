//! How fast somebody may guess, without shutting out whom they guess at.
//!
//! A browser that has logged in to an account before is known by its device token and has a bucket of its own for that
//! account (OWASP, *Slow Down Online Guessing Attacks with Device Cookies*). All others share three: one a network, one a
//! name, and one for everybody. So whoever guesses from many networks uses up the name's bucket for unknown devices, and
//! the person whose name it is goes on logging in from the browser that they always use. What remains: while such an
//! attack lasts, a new browser has to be lucky or to wait.
//!
//! An attempt takes one from each of its buckets before the password is looked at, and a right password gives it back, so
//! that attempts side by side count and people who log in often are not slowed. Names that are no account have buckets
//! like those that are: being slowed tells nothing.
//!
//! Buckets are GCRA (ITU-T I.371): one number each, when it will be full again. Not the crate `governor`, which has the
//! same algorithm: it can neither give back nor look without taking, and its keyed tables have no bound.

use crate::message::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// How much a bucket holds, and how often one comes back, in milliseconds.
#[derive(Clone, Copy)]
struct Rate {
    burst: i64,
    every: i64,
}

/// An office behind one address may mistype together; 5,760 a day are no way through passwords of twelve characters.
const NETWORK: Rate = Rate {
    burst: 20,
    every: 15_000,
};

/// All unknown devices together, for one name: 2,880 a day from the whole world.
const NAME: Rate = Rate {
    burst: 10,
    every: 30_000,
};

/// One browser that has logged in to the account before.
const DEVICE: Rate = Rate {
    burst: 10,
    every: 30_000,
};

/// All unknown devices together, whatever the name: two hashes a second are less than a tenth of a processor, and
/// the listener has the rest.
const EVERYBODY: Rate = Rate {
    burst: 100,
    every: 500,
};

/// Buckets in a table that are not full; past that, the one that is nearest to full is forgotten. Whoever makes up names
/// or networks to fill a table makes it forget those, and keeps the one that was guessed at most.
const MOST: usize = 10_000;

/// Who tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A browser that has logged in to this account before, by the hash of its token.
    Known([u8; 32]),
    /// Anybody else.
    Unknown {
        /// From where; `None` for loopback, which stands for everyone behind a tunnel or a proxy on this machine.
        network: Option<Network>,
        /// The name given; `None` for all texts that cannot be a name.
        name: Option<String>,
    },
}

/// An IPv4 address or an IPv6 /64: what one customer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The network of an address; `None` for loopback.
    #[must_use]
    pub fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Some(Self(IpAddr::from([a, b, c, d, 0, 0, 0, 0])))
            }
            ip => Some(Self(ip)),
        }
    }
}

/// The buckets.
pub struct Throttle {
    tables: Mutex<Tables>,
}

struct Tables {
    networks: Table<Network>,
    names: Table<Option<String>>,
    devices: Table<[u8; 32]>,
    everybody: Table<()>,
}

impl Throttle {
    /// All full.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tables: Mutex::new(Tables {
                networks: Table::new(NETWORK),
                names: Table::new(NAME),
                devices: Table::new(DEVICE),
                everybody: Table::new(EVERYBODY),
            }),
        }
    }

    /// Takes one from each bucket of `who`.
    ///
    /// # Errors
    /// Where one of them is empty: the seconds, at least 1, until none is. Nothing has been taken then.
    pub fn take(&self, who: &Who, now: Timestamp) -> Result<(), u64> {
        let mut tables = self.tables();
        let wait = tables.wait(who, now.millis());
        if wait > 0 {
            return Err(u64::try_from(wait).unwrap_or_default().div_ceil(1000));
        }
        tables.change(who, now.millis(), 1);
        Ok(())
    }

    /// Gives back what [`Throttle::take`] took.
    pub fn give_back(&self, who: &Who, now: Timestamp) {
        self.tables().change(who, now.millis(), -1);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn wait(&mut self, who: &Who, now: i64) -> i64 {
        match who {
            Who::Known(device) => self.devices.wait(device, now),
            Who::Unknown { network, name } => {
                let network = network.map_or(0, |network| self.networks.wait(&network, now));
                let shared = self.everybody.wait(&(), now);
                self.names.wait(name, now).max(network).max(shared)
            }
        }
    }

    fn change(&mut self, who: &Who, now: i64, by: i64) {
        match who {
            Who::Known(device) => self.devices.change(device, now, by),
            Who::Unknown { network, name } => {
                if let Some(network) = network {
                    self.networks.change(network, now, by);
                }
                self.names.change(name, now, by);
                self.everybody.change(&(), now, by);
            }
        }
    }
}

/// Buckets of one kind; one that is full is not in it.
struct Table<K> {
    rate: Rate,
    full_at: HashMap<K, i64>,
}

impl<K: Eq + Hash + Clone> Table<K> {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            full_at: HashMap::new(),
        }
    }

    /// When the bucket is full. Never further away than if it were empty now: a clock that was ahead, and has been put
    /// right, would have it empty until it gets there again.
    fn full_at(&mut self, key: &K, now: i64) -> i64 {
        let latest = now.saturating_add(self.rate.burst * self.rate.every);
        match self.full_at.get_mut(key) {
            Some(at) => {
                *at = latest.min(*at);
                now.max(*at)
            }
            None => now,
        }
    }

    /// Milliseconds until one can be taken.
    fn wait(&mut self, key: &K, now: i64) -> i64 {
        let missing = self.full_at(key, now) - now;
        (missing - (self.rate.burst - 1) * self.rate.every).max(0)
    }

    /// Takes `by`; negative gives back.
    fn change(&mut self, key: &K, now: i64, by: i64) {
        let full_at = self.full_at(key, now) + by * self.rate.every;
        if full_at <= now {
            self.full_at.remove(key);
            return;
        }
        self.full_at.insert(key.clone(), full_at);
        if self.full_at.len() > MOST {
            self.forget(now);
        }
    }

    /// Forgets the buckets that are full by now, or else the one that will be first.
    fn forget(&mut self, now: i64) {
        self.full_at.retain(|_, at| *at > now);
        if self.full_at.len() > MOST {
            let first = self.full_at.iter().min_by_key(|(_, at)| **at);
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                self.full_at.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn at(seconds: i64) -> Timestamp {
        START.plus_millis(seconds * 1000)
    }

    fn unknown(address: &str, name: &str) -> Who {
        Who::Unknown {
            network: Network::of(address.parse().unwrap()),
            name: Some(name.to_owned()),
        }
    }

    fn taken(throttle: &Throttle, who: &Who, now: Timestamp) -> usize {
        (0..1000)
            .take_while(|_| throttle.take(who, now).is_ok())
            .count()
    }

    #[test]
    fn a_bucket_empties_and_fills_again_with_time() {
        let throttle = Throttle::new();
        let who = unknown("192.0.2.1", "awa");
        assert_eq!(taken(&throttle, &who, at(0)), 10);
        assert_eq!(throttle.take(&who, at(0)), Err(30));
        assert_eq!(throttle.take(&who, at(29)), Err(1));
        assert_eq!(throttle.take(&who, at(30)), Ok(()));
        assert_eq!(taken(&throttle, &who, at(90)), 2);
        assert_eq!(taken(&throttle, &who, at(10_000)), 10, "never more");
    }

    #[test]
    fn a_network_is_slowed_whatever_names_it_tries_and_its_neighbours_are_not() {
        let throttle = Throttle::new();
        let from = |address: &str| {
            let who = |n: i32| unknown(address, &format!("name{n}"));
            (0..100)
                .filter(|n| throttle.take(&who(*n), at(0)).is_ok())
                .count()
        };
        assert_eq!(from("192.0.2.1"), 20);
        assert_eq!(from("::ffff:192.0.2.1"), 0, "the same, mapped");
        assert_eq!(from("192.0.2.2"), 20);
        assert_eq!(from("2001:db8:0:1::1"), 20);
        assert_eq!(from("2001:db8:0:1:ffff::2"), 0, "the same /64");
        assert_eq!(from("2001:db8:0:2::1"), 20);
    }

    #[test]
    fn loopback_is_nobody_in_particular() {
        for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(Network::of(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn everybody_unknown_together_is_bounded_and_known_devices_are_not_among_them() {
        let throttle = Throttle::new();
        let who = |n: u32| Who::Unknown {
            network: Network::of(IpAddr::from(n.to_be_bytes())),
            name: Some(format!("name{n}")),
        };
        let first = u32::from_be_bytes([10, 0, 0, 0]);
        let through = |n: &u32| throttle.take(&who(first + n), at(0)).is_ok();
        assert_eq!((0..1000).filter(through).count(), 100);
        assert_eq!(throttle.take(&Who::Known([1; 32]), at(0)), Ok(()));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let throttle = Throttle::new();
        let who = unknown("192.0.2.1", "awa");
        for _ in 0..200 {
            assert_eq!(throttle.take(&who, at(0)), Ok(()));
            throttle.give_back(&who, at(0));
        }
        // And never more than was taken.
        throttle.give_back(&who, at(0));
        assert_eq!(taken(&throttle, &who, at(0)), 10);
    }

    #[test]
    fn a_clock_that_was_far_ahead_shuts_nobody_out() {
        let throttle = Throttle::new();
        let who = unknown("192.0.2.1", "awa");
        assert_eq!(taken(&throttle, &who, at(1_000_000_000)), 10);
        assert_eq!(throttle.take(&who, at(0)), Err(30));
        assert_eq!(throttle.take(&who, at(30)), Ok(()));
    }

    #[test]
    fn a_table_is_bounded_and_remembers_whom_it_was_about() {
        let mut table = Table::new(NAME);
        let now = START.millis();
        for _ in 0..10 {
            table.change(&"awa".to_owned(), now, 1);
        }
        for made_up in 0..MOST + 500 {
            table.change(&made_up.to_string(), now, 1);
        }
        assert_eq!(table.full_at.len(), MOST);
        assert!(table.wait(&"awa".to_owned(), now) > 0);
        table.change(&"later".to_owned(), now + 1_000_000, 1);
        assert_eq!(table.full_at.len(), 1, "what is full again is forgotten");
    }
}
