//! Says seldom what anybody can make happen often.

use governor::DefaultDirectRateLimiter;
use governor::Quota;
use governor::RateLimiter;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Something that the log hears of once a minute at most.
pub(super) struct Seldom {
    limiter: DefaultDirectRateLimiter,
    unsaid: AtomicU64,
}

impl Seldom {
    pub(super) fn new() -> Self {
        Self {
            limiter: RateLimiter::direct(Quota::per_minute(NonZeroU32::MIN)),
            unsaid: AtomicU64::new(0),
        }
    }

    /// Says it, with how often it was not said since the last time, or counts it.
    pub(super) fn say(&self, say: impl FnOnce(u64)) {
        if self.limiter.check().is_ok() {
            say(self.unsaid.swap(0, Ordering::Relaxed));
        } else {
            self.unsaid.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_said_once_and_counted() {
        let seldom = Seldom::new();
        let mut said = Vec::new();
        for _ in 0..1000 {
            seldom.say(|unsaid| said.push(unsaid));
        }
        assert_eq!(said, [0]);
        assert_eq!(seldom.unsaid.load(Ordering::Relaxed), 999);
    }
}
