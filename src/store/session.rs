//! Sessions that ended, summed up in memory until the writer takes the sums along.

use crate::message::Domain;
use crate::message::Timestamp;
use crate::store::session_names::NameSums;
use crate::store::tally::Gains;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Days that are summed up apart, at most; beyond them sums go to the newest. Only a clock gone wild gets there.
const DAYS: usize = 64;

/// What is counted of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Recipients refused at RCPT by policy, under the name that they are counted by: the watch entry, or the typed
    /// registrable domain. Those of one session, so few.
    pub refused: Vec<(Domain, u32)>,
    /// The recipients of `misrouted`, under the domain of the directory that they were for. Those of one session too.
    pub misrouted_to: Vec<(Domain, u32)>,
}

/// The counters of [`SessionGains`], in the order of its sums.
pub(in crate::store) const COUNTERS: [&str; 5] = [
    "sessions",
    "auth_attempts",
    "relay_attempts",
    "misrouted",
    "refused_recipients",
];

/// Sums by day, and by day and name.
#[derive(Clone, Default)]
pub(in crate::store) struct SessionGains {
    days: BTreeMap<i64, [i64; COUNTERS.len()]>,
    /// Refused by policy.
    pub refused: NameSums,
    /// Misrouted.
    pub misrouted: NameSums,
}

impl SessionGains {
    /// The sums of each day.
    pub fn days(&self) -> impl Iterator<Item = (i64, &[i64; COUNTERS.len()])> {
        self.days.iter().map(|(day, sums)| (*day, sums))
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Adds the sums to the counters of a transaction.
    pub fn count(&self, gains: &mut Gains<'_>) {
        for sums in self.days.values() {
            for (name, by) in COUNTERS.into_iter().zip(sums) {
                gains.count(name, *by);
            }
        }
    }

    /// The day that a session of `day` is summed up under.
    fn place(&self, day: i64) -> i64 {
        match self.days.last_key_value() {
            Some((newest, _)) if self.days.len() >= DAYS && !self.days.contains_key(&day) => {
                *newest
            }
            _ => day,
        }
    }

    fn add(&mut self, day: i64, sums: &[i64; COUNTERS.len()]) {
        let held = self.days.entry(self.place(day)).or_default();
        for (held, by) in held.iter_mut().zip(sums) {
            *held = held.saturating_add(*by);
        }
    }
}

/// Where sessions wait to be written: a bounded number of sums, however many sessions.
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
        let day = held.place(session.at.day());
        held.add(day, &sums);
        held.refused.add_all(day, &session.refused);
        held.misrouted.add_all(day, &session.misrouted_to);
        first
    }

    /// Takes the sums out.
    pub fn take(&self) -> SessionGains {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts sums back whose transaction failed.
    pub fn put_back(&self, sums: &SessionGains) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (day, of_day) in sums.days() {
            held.add(day, of_day);
        }
        // Their days are among those of the sums: whoever has a name has a session.
        held.refused.merge(&sums.refused);
        held.misrouted.merge(&sums.misrouted);
    }
}
