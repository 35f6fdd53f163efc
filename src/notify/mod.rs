//! Sends what was approved: the queue, and how mail leaves.
//!
//! For: [`drain_once`], which a timer of the server calls. Guarantees: a notice goes out when two people stand behind it,
//! and the octets are the same on every try, Message-ID, Date and MIME boundary included; so whatever ends the process,
//! the receiving side can tell a second copy for what it is. It stays `approved` until the relay's 250, is tried again
//! with growing pauses for five days, and then given up; each try is in the audit trail. Refuses: to send over the open
//! network in the clear; to believe a relay's words to be harmless (they are cut, and shown as text). Must not know: what
//! a notice says, who approved it, pages.
//!
//! ```text
//! store: approved ── claim (try written down) ── mail ── transport ── 250 ──> sent, the case is `notified`
//!            ^                                      │
//!            └──── later: 1 min, 2, 4 … 4 h ────────┤ 4xx, no answer, no disk
//!                                                   └ 5xx, five days ──────> failed
//! ```

mod directory;
pub mod mail;
mod memory;
pub mod options;
mod relay;
pub mod transport;

pub use mail::Mail;
pub use memory::Memory;
pub use options::Options;
pub use options::RelayTls;
pub use options::Via;
pub use transport::Outcome;
pub use transport::Transport;

use crate::audit;
use crate::audit::Action;
use crate::audit::SYSTEM;
use crate::message::Clock;
use crate::message::OperatorAddresses;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::outbox::Attempted;
use crate::store::outbox::DueNotice;
use serde_json::json;

/// Notices that one pass sends at most: so that stopping, and everything else, gets its turn.
const AT_ONCE: usize = 20;

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// The longest pause between two tries: RFC 5321 4.5.4.1 wants some hours at most once a few tries have failed.
const LONGEST_PAUSE: i64 = 240 * MINUTE;

/// How long a notice is tried, in milliseconds. RFC 5321 4.5.4.1: at least four to five days.
const GIVE_UP: i64 = 5 * 1440 * MINUTE;

/// The try from which on some addresses have to do where others are put off each time.
const PARTS_FROM: i64 = 6;

/// What one pass has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Notices that were taken.
    pub sent: u64,
    /// Notices that will be tried again.
    pub delayed: u64,
    /// Notices that were given up.
    pub failed: u64,
    /// Whether more may be waiting.
    pub more: bool,
}

/// The pause after try number `attempt`, in milliseconds: 1 min, 2, 4 … 4 h.
fn pause(attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.clamp(1, 9) - 1).unwrap_or_default();
    (MINUTE << doublings).min(LONGEST_PAUSE)
}

/// The pauses before try number `attempt`, all of them. This and not the clock says how long a notice has been tried: the
/// clock may have jumped, and the server may have been off.
fn tried_for(attempt: i64) -> i64 {
    (1..attempt.min(1000)).map(pause).sum()
}

/// Sends the notices whose turn has come, one after the other.
///
/// # Errors
/// The store's. A notice that was sent while the store could not take that down waits for its next turn, and goes out
/// again with the same Message-ID.
pub async fn drain_once(
    store: &Store,
    transport: &Transport,
    clock: &Clock,
    operator: &OperatorAddresses,
) -> Result<Drained, StoreError> {
    let mut drained = Drained::default();
    for _ in 0..AT_ONCE {
        let Some(due) = store.claim_notice(clock.now(), pause).await? else {
            return Ok(drained);
        };
        let outcome = match Mail::of(&due, operator) {
            Ok(mail) => transport.send(&mail, due.attempt >= PARTS_FROM).await,
            Err(error) => Outcome::Never(error.to_string()),
        };
        let unreachable = matches!(outcome, Outcome::Unreachable(_));
        let attempted = judge(outcome, due.attempt);
        let count = match &attempted {
            Attempted::Sent(_) => &mut drained.sent,
            Attempted::Delayed(_) => &mut drained.delayed,
            Attempted::Failed(_) => &mut drained.failed,
        };
        *count += 1;
        write_down(store, clock.now(), &due, attempted).await?;
        if unreachable {
            // Each would wait for the same relay.
            return Ok(drained);
        }
    }
    drained.more = true;
    Ok(drained)
}

/// What an outcome comes to at this try.
fn judge(outcome: Outcome, attempt: i64) -> Attempted {
    let has_had_its_time = tried_for(attempt) >= GIVE_UP;
    match outcome {
        Outcome::Taken { refused } => Attempted::Sent(refused),
        Outcome::Never(why) => Attempted::Failed(why),
        Outcome::Later(why) | Outcome::Unreachable(why) if has_had_its_time => {
            Attempted::Failed(why)
        }
        Outcome::Later(why) | Outcome::Unreachable(why) => Attempted::Delayed(why),
    }
}

async fn write_down(
    store: &Store,
    now: Timestamp,
    due: &DueNotice,
    attempted: Attempted,
) -> Result<(), StoreError> {
    let (ticket, attempt) = (due.ticket.as_str(), due.attempt);
    let (action, why) = match &attempted {
        Attempted::Sent(refused) => (Action::NoticeSent, refused.as_deref()),
        Attempted::Delayed(why) => (Action::NoticeDelayed, Some(why.as_str())),
        Attempted::Failed(why) => (Action::NoticeFailed, Some(why.as_str())),
    };
    // The relay's code, not its words: those may repeat addresses, and stand with the notice.
    let code = why.and_then(transport::code_of);
    let detail = json!({
        "attempt": attempt,
        "addresses": due.to.len(),
        "message_id": mail::message_id(due),
        "reply": code,
    });
    let entry = audit::entry(now, SYSTEM, action, ticket, detail);
    match action {
        Action::NoticeSent => tracing::info!(ticket, attempt, "notice sent"),
        Action::NoticeDelayed => {
            tracing::warn!(ticket, attempt, code, "notice not sent; trying again");
        }
        _ => tracing::error!(ticket, attempt, code, "notice given up"),
    }
    let written = store.end_attempt(due.id, now, attempted, entry).await;
    if written.is_err() && action == Action::NoticeSent {
        tracing::error!(
            ticket,
            "a notice was sent and that could not be written down: it will go out again under its Message-ID"
        );
    }
    written.map(|_| ())
}

#[cfg(test)]
mod tests;
