//! Who gives a place up when there are no more: the session that has been slow for longest.
//!
//! Without this a few thousand clients that say a byte now and then would keep everybody else out, however short the
//! time-outs. With it a newcomer always gets in while somebody dawdles, and who talks at an ordinary pace is never asked to go.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::Notify;

/// Not to be asked to go: its message is with us, and it waits for our answer.
const BUSY: u64 = u64::MAX;

/// One session's seat.
pub(super) struct Seat {
    began: Instant,
    /// Milliseconds from `began` to when it last moved on, or [`BUSY`].
    moved: AtomicU64,
    leave: Notify,
}

impl Seat {
    /// It has moved on at `at`, or is as good as one that has.
    pub(super) fn moved(&self, at: Instant) {
        let passed = at.saturating_duration_since(self.began).as_millis();
        let passed = u64::try_from(passed).unwrap_or(BUSY - 1);
        self.moved.store(passed, Ordering::Relaxed);
    }

    /// It waits for us.
    pub(super) fn busy(&self) {
        self.moved.store(BUSY, Ordering::Relaxed);
    }

    /// Comes back when it is to go.
    pub(super) async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }
}

/// All seats.
pub(super) struct Seats {
    began: Instant,
    taken: HashMap<u64, Arc<Seat>>,
    next: u64,
}

impl Seats {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            taken: HashMap::new(),
            next: 0,
        }
    }

    /// A seat, and the number to give it back by.
    pub(super) fn take(&mut self, now: Instant) -> (u64, Arc<Seat>) {
        let seat = Arc::new(Seat {
            began: self.began,
            moved: AtomicU64::new(0),
            leave: Notify::new(),
        });
        seat.moved(now);
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.taken.insert(number, Arc::clone(&seat));
        (number, seat)
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.taken.remove(&number);
    }

    /// Asks those to go that have not moved for at least `patience`, the slowest first: one, and a few more where there are
    /// many, so that not every newcomer has to go through all of them. Says how many.
    pub(super) fn make_room(&mut self, now: Instant, patience: Duration) -> usize {
        let passed = now.saturating_duration_since(self.began);
        let Some(bound) = passed.checked_sub(patience) else {
            return 0;
        };
        let bound = u64::try_from(bound.as_millis()).unwrap_or(BUSY - 1);
        let mut slow: Vec<(u64, u64)> = self
            .taken
            .iter()
            .map(|(number, seat)| (seat.moved.load(Ordering::Relaxed), *number))
            .filter(|(moved, _)| *moved <= bound)
            .collect();
        let most = 1 + self.taken.len() / 256;
        if slow.len() > most {
            slow.select_nth_unstable(most - 1);
            slow.truncate(most);
        }
        for (_, number) in &slow {
            if let Some(seat) = self.taken.remove(number) {
                seat.leave.notify_one();
            }
        }
        slow.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::Context;
    use std::task::Waker;

    fn is_asked(seat: &Seat) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        pin!(seat.asked_to_leave())
            .as_mut()
            .poll(&mut context)
            .is_ready()
    }

    #[test]
    fn the_slowest_goes_and_who_is_quick_or_waits_for_us_stays() {
        let mut seats = Seats::new();
        let at = |seconds| seats_began() + Duration::from_secs(seconds);
        seats.began = seats_began();
        let (_, slowest) = seats.take(at(0));
        let (_, slow) = seats.take(at(1));
        let (_, busy) = seats.take(at(0));
        let (_, quick) = seats.take(at(0));
        busy.busy();
        quick.moved(at(19));
        let patience = Duration::from_secs(10);
        assert_eq!(seats.make_room(at(9), patience), 0, "nobody is slow yet");
        assert_eq!(seats.make_room(at(20), patience), 1);
        assert!(is_asked(&slowest) && !is_asked(&slow));
        assert_eq!(seats.make_room(at(20), patience), 1);
        assert!(is_asked(&slow));
        assert_eq!(seats.make_room(at(20), patience), 0);
        assert!(!is_asked(&busy) && !is_asked(&quick));
    }

    fn seats_began() -> Instant {
        use std::sync::OnceLock;
        static BEGAN: OnceLock<Instant> = OnceLock::new();
        *BEGAN.get_or_init(Instant::now)
    }

    #[test]
    fn a_seat_that_was_given_back_is_not_asked() {
        let mut seats = Seats::new();
        let (number, seat) = seats.take(Instant::now());
        seats.give_back(number);
        let later = Instant::now() + Duration::from_secs(60);
        assert_eq!(seats.make_room(later, Duration::ZERO), 0);
        assert!(!is_asked(&seat));
    }

    #[test]
    fn of_many_a_few_go_at_once() {
        let mut seats = Seats::new();
        let held: Vec<_> = (0..1024).map(|_| seats.take(Instant::now())).collect();
        let later = Instant::now() + Duration::from_secs(60);
        assert_eq!(seats.make_room(later, Duration::from_secs(10)), 5);
        let asked = held.iter().filter(|(_, seat)| is_asked(seat)).count();
        assert_eq!(asked, 5);
    }
}
