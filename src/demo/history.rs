//! The past: a listener whose clock is moved from message to message, thirty days in seconds.

use crate::config::Config;
use crate::demo::Stop;
use crate::demo::plan::Event;
use crate::demo::post;
use crate::message::Clock;
use crate::message::Timestamp;
use crate::serve;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;

/// A clock that is moved by hand, and only forward.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// Begins at `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(at.millis())))
    }

    /// The clock that shows it.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let hand = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst)))
    }

    /// It is `at` now, unless it is later already.
    pub fn forward(&self, at: Timestamp) {
        self.0.fetch_max(at.millis(), Ordering::SeqCst);
    }
}

/// Sends `events`, each at its time. A server of its own for each calendar month: keys for pseudonyms are those of the
/// month, and are looked at when a server starts. Ends early where `stop` says so.
///
/// # Errors
/// A server that does not start or stop, or does not take a letter.
pub async fn live_through(
    config: &Path,
    hand: &Hand,
    events: &[Event],
    stop: &Stop,
    mut done: impl FnMut(&Event),
) -> anyhow::Result<()> {
    let month = |event: &Event| {
        let date = event.at().utc();
        (date.year(), date.month())
    };
    for events in events.chunk_by(|one, next| month(one) == month(next)) {
        let Some(first) = events.first() else {
            continue;
        };
        hand.forward(first.at());
        let parts = serve::Parts {
            clock: hand.clock(),
            ..serve::Parts::default()
        };
        let server = serve::start(Config::load(config)?, parts).await?;
        let sent = send(&server, hand, events, stop, &mut done).await;
        let stopped = server.stop().await;
        sent?;
        stopped?;
        if stop.is_set() {
            return Ok(());
        }
    }
    Ok(())
}

async fn send(
    server: &serve::Server,
    hand: &Hand,
    events: &[Event],
    stop: &Stop,
    done: &mut impl FnMut(&Event),
) -> anyhow::Result<()> {
    let Some(listener) = server.smtp_addresses().first() else {
        anyhow::bail!("nothing listens");
    };
    for event in events {
        hand.forward(event.at());
        tokio::select! {
            sent = post::deliver(*listener, event) => sent?,
            () = stop.wait() => return Ok(()),
        }
        done(event);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hand_goes_forward_only() {
        let hand = Hand::new(Timestamp::from_millis(5));
        hand.forward(Timestamp::from_millis(9));
        hand.forward(Timestamp::from_millis(7));
        assert_eq!(hand.clock().now().millis(), 9);
    }
}
