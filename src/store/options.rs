//! What a store may be told.

use crate::message::Clock;
use std::time::Duration;

/// The bounds of a store, and its clock.
#[derive(Clone, Debug)]
pub struct Options {
    /// What time it is: when a message is kept (retention counts from there) and when a digest has had its time.
    pub clock: Clock,
    /// How long to wait for another process that writes.
    pub busy_timeout: Duration,
    /// Distinct roll-up keys, and new cases, that senders may bring a day; what comes after them counts as `other`. What
    /// the operator has listed, in the directory or as watch entries, is not counted against it.
    pub names_a_day: i64,
    /// Typed names, and sending domains, that one case has sums of a day for; what comes after them counts as `other`.
    pub names_a_case: usize,
    /// Messages in one transaction.
    pub batch_messages: usize,
    /// Octets of sealed items after which a transaction takes no more messages.
    pub batch_bytes: usize,
    /// How long the counts of sessions may wait for a message to travel with.
    pub sessions_wait: Duration,
    /// Octets that the database file may grow to; beyond them a message is [`StoreError::Full`](crate::store::StoreError::Full). `None`: the disk's end.
    pub largest_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            // Senders wait ten minutes for the answer to their data (RFC 5321 4.5.3.2.6); imports commit in between.
            busy_timeout: Duration::from_secs(10),
            names_a_day: 10_000,
            names_a_case: 500,
            batch_messages: 256,
            batch_bytes: 64 * 1024 * 1024,
            sessions_wait: Duration::from_secs(1),
            largest_bytes: None,
        }
    }
}

/// How many names there may be.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Bounds {
    pub names_a_day: i64,
    pub names_a_case: usize,
}

impl Options {
    /// Those of names alone.
    pub(in crate::store) fn bounds(&self) -> Bounds {
        Bounds {
            names_a_day: self.names_a_day,
            names_a_case: self.names_a_case,
        }
    }
}
