//! The listener: turns a hostile byte stream into an envelope and bytes.

use crate::message::Content;
use crate::message::Envelope;
use std::future::Future;

/// Who takes what the listener has received. Implemented by intake, and by tests.
pub trait Deliver: Send + Sync + 'static {
    /// Takes one completed transaction; what comes back decides the reply. Never called without an accepted recipient.
    /// The reservation is the message's share of the bytes in flight: dropped when nothing of the message is in memory.
    fn deliver(
        &self,
        envelope: Envelope,
        content: Content,
        reservation: budget::Reservation,
    ) -> impl Future<Output = Outcome> + Send;

    /// Told once for every session that has ended, however it ended.
    fn session_ended(&self, tally: Tally);
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Committed and synced: 250 2.6.0 with the message's id.
    Kept,
    /// Counted under policy `count`, nothing held: 550 5.1.2.
    Counted,
    /// The store cannot take it now: 452 4.3.1.
    StorageTrouble,
    /// Memory or work at its bound: 452 4.3.1 (try again).
    Overloaded,
    /// Something failed on this message alone: 451 4.3.0.
    Failed,
    /// Too many different owners for a message of this size: 452 4.5.3.
    TooManyOwners,
}

/// What is counted of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// AUTH was tried.
    pub auth_attempts: u32,
    /// RCPT outside the zones (each recipient).
    pub relay_attempts: u32,
    /// Recipients that were refused for any other reason.
    pub refused_recipients: u32,
    /// Transactions that got an answer after their data.
    pub transactions: u32,
}

pub mod budget;
