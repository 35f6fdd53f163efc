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
use crate::message::Envelope;
use std::future::Future;

pub mod budget;
mod command;
mod connection;
mod conversation;
pub mod data;
pub mod dialogue;
pub mod limits;
pub mod listener;
mod network;
pub mod options;
mod path;
pub mod receiving;
pub mod reply;
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
