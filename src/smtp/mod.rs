//! The listener: turns a hostile byte stream into an envelope and bytes.
//!
//! ```text
//! listener --socket--> conversation --bytes--> dialogue --lines--> session    what is said (pure)
//!  (accept,             (reads, writes,         (cuts the   --data--> receiving  what is kept (pure)
//!   admission,           hands on, times)        stream)                |
//!   draining)               |  connection (socket, TLS)               data      where it ends (pure)
//! ```
//!
//! For: taking mail from anybody on port 25, for names under the operator's zones and for nothing else. Guarantees: a
//! message is answered with 250 only when [`Deliver`] says that it is kept; only CRLF.CRLF ends data; AUTH is never
//! offered, and a client that tries is turned away with its argument unread; every bound stands in `limits.rs` or
//! [`Options`] with its reason; nothing that a peer said is in a reply or a log line; a failure in one session or one
//! message costs that session or message alone. Refuses: to relay, to follow source routes, to verify addresses, to
//! slow a peer down on purpose. Must not know: what becomes of a message, who is organisation, where things are stored.

use crate::message::Content;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::OperatorMailbox;
use std::future::Future;

pub mod budget;
mod chunks;
mod command;
mod connection;
mod conversation;
pub mod data;
pub mod dialogue;
mod handing;
pub mod limits;
pub mod listener;
mod network;
mod opening;
pub mod options;
mod path;
mod postbox;
mod proxied;
pub mod receiving;
pub mod reply;
mod seat;
mod seldom;
pub mod session;
pub mod tls;
mod transaction;

pub use budget::Budget;
pub use budget::Reservation;
pub use limits::Limits;
pub use listener::Listener;
pub use options::Options;
pub use options::TlsFiles;
pub use tls::Tls;
pub use tls::TlsError;
pub use transaction::Destination;

/// What a session may ask about names and the disk while it answers commands. Answers are quick and from memory.
pub trait Known {
    /// The domain of the directory that `name` is or lies below, where its owner is one organisation and not a provider
    /// with many unrelated users. A server that sends us such mail has taken us for its relay.
    fn owned(&self, name: &Domain) -> Option<Domain>;

    /// The domain of the directory that was meant by `typed`, where that is known well enough and its owner has agreed
    /// that senders are told.
    fn hint(&self, typed: &Domain) -> Option<Domain>;

    /// Whether there is room on the disk for more mail.
    fn can_keep(&self) -> bool;
}

/// Knows no name, and has room.
pub struct NothingKnown;

impl Known for NothingKnown {
    fn owned(&self, _: &Domain) -> Option<Domain> {
        None
    }

    fn hint(&self, _: &Domain) -> Option<Domain> {
        None
    }

    fn can_keep(&self) -> bool {
        true
    }
}

/// Who takes what the listener has received. Implemented by intake, and by tests.
pub trait Deliver: Known + Send + Sync + 'static {
    /// Takes one completed transaction; what comes back decides the reply. Never called without an accepted recipient.
    /// The reservation is the message's share of the bytes in flight: dropped when nothing of the message is in memory.
    fn deliver(
        &self,
        envelope: Envelope,
        content: Content,
        reservation: budget::Reservation,
    ) -> impl Future<Output = Outcome> + Send;

    /// The same for a message to the operator's own mailbox: sealed to the operator's key, and nothing else done with it.
    fn deliver_to_operator(
        &self,
        mailbox: OperatorMailbox,
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
    /// To the operator, and more than its sender's network, or all together, may send there in a day: 450 4.7.1.
    TooMuchForOperator,
    /// Something failed on this message alone: 451 4.3.0.
    Failed,
    /// Too many different owners for a message of this size: 452 4.5.3.
    TooManyOwners,
}

/// What is counted of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// AUTH was tried.
    pub auth_attempts: u32,
    /// RCPT outside the zones (each recipient), those of `misrouted` aside.
    pub relay_attempts: u32,
    /// RCPT at the real domain of an organisation: a server that takes us for its relay.
    pub misrouted: u32,
    /// Recipients that were refused for any other reason.
    pub refused_recipients: u32,
    /// Transactions that got an answer after their data.
    pub transactions: u32,
    /// Recipients refused by policy, by watch entry or typed registrable domain; see [`TALLIED_NAMES`].
    pub refused_names: Vec<(Domain, u32)>,
    /// Misrouted recipients, by domain of the directory; see [`TALLIED_NAMES`].
    pub misrouted_names: Vec<(Domain, u32)>,
}

/// Distinct names that one session's tally has of each kind: who goes through more is trying names, and the sum will do.
pub const TALLIED_NAMES: usize = 32;

impl Tally {
    fn refused(&mut self, name: Domain) {
        self.refused_recipients = self.refused_recipients.saturating_add(1);
        count(&mut self.refused_names, name);
    }

    fn misrouted_to(&mut self, name: Domain) {
        self.misrouted = self.misrouted.saturating_add(1);
        count(&mut self.misrouted_names, name);
    }
}

fn count(names: &mut Vec<(Domain, u32)>, name: Domain) {
    if let Some((_, recipients)) = names.iter_mut().find(|(known, _)| *known == name) {
        *recipients = recipients.saturating_add(1);
    } else if names.len() < TALLIED_NAMES {
        names.push((name, 1));
    }
}
