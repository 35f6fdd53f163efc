//! Sessions that ended, summed up in memory until the writer takes the sums along.

use crate::message::Timestamp;
use crate::store::tally::Gains;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Days that are summed up apart, at most; beyond them sums go to the newest. Only a clock gone wild gets there.
const DAYS: usize = 64;

/// What is counted of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCount {
    /// When it ended.
    pub at: Timestamp,
    /// AUTH was tried.
    pub auth_attempts: u32,
    /// Recipients outside the zones.
    pub relay_attempts: u32,
    /// Recipients at an organisation's real domain: a server that takes us for its relay.
    pub misrouted: u32,
    /// Recipients refused for any other reason.
    pub refused_recipients: u32,
}

/// The counters of [`SessionGains`], in the order of its sums.
pub(in crate::store) const COUNTERS: [&str; 5] = [
    "sessions",
    "auth_attempts",
    "relay_attempts",
    "misrouted",
    "refused_recipients",
];

/// Sums by day.
#[derive(Clone, Default)]
pub(in crate::store) struct SessionGains(BTreeMap<i64, [i64; COUNTERS.len()]>);

impl SessionGains {
    /// The sums of each day.
    pub fn days(&self) -> impl Iterator<Item = (i64, &[i64; COUNTERS.len()])> {
        self.0.iter().map(|(day, sums)| (*day, sums))
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the sums to the counters of a transaction.
    pub fn count(&self, gains: &mut Gains<'_>) {
        for sums in self.0.values() {
            for (name, by) in COUNTERS.into_iter().zip(sums) {
                gains.count(name, *by);
            }
        }
    }

    fn add(&mut self, day: i64, sums: &[i64; COUNTERS.len()]) {
        let day = match self.0.last_key_value() {
            Some((newest, _)) if self.0.len() >= DAYS && !self.0.contains_key(&day) => *newest,
            _ => day,
        };
        let held = self.0.entry(day).or_default();
        for (held, by) in held.iter_mut().zip(sums) {
            *held = held.saturating_add(*by);
        }
    }
}

/// Where sessions wait to be written: a fixed number of sums, however many sessions.
#[derive(Default)]
pub(in crate::store) struct Pending(Mutex<SessionGains>);

impl Pending {
    /// Adds one session; says whether it is the first since the sums were taken.
    pub fn add(&self, session: &SessionCount) -> bool {
        let sums = [
            1,
            i64::from(session.auth_attempts),
            i64::from(session.relay_attempts),
            i64::from(session.misrouted),
            i64::from(session.refused_recipients),
        ];
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = held.is_empty();
        held.add(session.at.day(), &sums);
        first
    }

    /// Takes the sums out.
    pub fn take(&self) -> SessionGains {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts sums back whose transaction failed.
    pub fn put_back(&self, sums: &SessionGains) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (day, sums) in sums.days() {
            held.add(day, sums);
        }
    }
}
