//! Bytes in flight: one bound for all connections together.
//!
//! For: keeping the memory that messages take, while they arrive and while they are parsed, below one number whatever
//! the number of peers. Guarantees: the sum of all reservations never passes the limit; what is reserved is given back
//! when the [`Reservation`] is dropped, by a panic too. Must not know: what the bytes are.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// How many bytes may be in memory at once, and how many are.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    in_use: AtomicUsize,
    /// What this one is a share of: what is taken here is taken there too.
    whole: Option<Arc<Budget>>,
}

impl Budget {
    /// A budget of `limit` bytes, all free.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            in_use: AtomicUsize::new(0),
            whole: None,
        })
    }

    /// A part of `whole` that never takes more than `limit` of it, for one of many who want some.
    #[must_use]
    pub fn share_of(whole: &Arc<Budget>, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            in_use: AtomicUsize::new(0),
            whole: Some(Arc::clone(whole)),
        })
    }

    /// Sets `bytes` aside; `None` where they are not to be had now. 0 bytes always are.
    #[must_use]
    pub fn try_reserve(self: &Arc<Self>, bytes: usize) -> Option<Reservation> {
        self.take(bytes).then(|| Reservation {
            budget: Arc::clone(self),
            bytes,
        })
    }

    /// Whether `bytes` are free at this moment; they are not set aside.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.in_use()
            .checked_add(bytes)
            .is_some_and(|sum| sum <= self.limit)
            && self
                .whole
                .as_ref()
                .is_none_or(|whole| whole.has_room(bytes))
    }

    /// Bytes reserved at this moment.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    /// The bound.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = self
            .in_use
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= self.limit)
            })
            .is_ok();
        if taken && self.whole.as_ref().is_some_and(|whole| !whole.take(bytes)) {
            self.in_use.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        taken
    }

    fn give_back(&self, bytes: usize) {
        self.in_use.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.give_back(bytes);
        }
    }
}

/// A share of a [`Budget`], given back on drop.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Reservation {
    /// Sets `bytes` more aside. `false`, and nothing changed, where they are not to be had now.
    #[must_use]
    pub fn try_grow(&mut self, bytes: usize) -> bool {
        let taken = self.budget.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Gives `bytes` back, at most all.
    pub fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.budget.give_back(bytes);
    }

    /// Moves all of it into a reservation of its own and leaves none.
    #[must_use]
    pub fn take(&mut self) -> Reservation {
        Reservation {
            budget: Arc::clone(&self.budget),
            bytes: std::mem::take(&mut self.bytes),
        }
    }

    /// How many bytes it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_all_never_passes_the_limit() {
        let budget = Budget::new(100);
        let mut first = budget.try_reserve(60).unwrap();
        assert!(budget.try_reserve(41).is_none());
        let second = budget.try_reserve(40).unwrap();
        assert!(!first.try_grow(1));
        drop(second);
        assert!(first.try_grow(40));
        assert_eq!(budget.in_use(), 100);
        assert!(budget.try_reserve(usize::MAX).is_none());
    }

    #[test]
    fn a_share_is_bounded_by_itself_and_by_the_whole() {
        let whole = Budget::new(100);
        let (one, other) = (Budget::share_of(&whole, 60), Budget::share_of(&whole, 60));
        assert!(one.try_reserve(61).is_none());
        assert_eq!((one.in_use(), whole.in_use()), (0, 0));
        let mut held = one.try_reserve(60).unwrap();
        assert!(other.try_reserve(41).is_none(), "the whole has 40 left");
        assert_eq!((other.in_use(), whole.in_use()), (0, 60));
        assert!(!other.has_room(41) && other.has_room(40));
        held.shrink(30);
        let rest = other.try_reserve(60).unwrap();
        assert_eq!((one.in_use(), other.in_use(), whole.in_use()), (30, 60, 90));
        drop((held, rest));
        assert_eq!((one.in_use(), other.in_use(), whole.in_use()), (0, 0, 0));
    }

    #[test]
    fn asking_for_room_takes_none() {
        let budget = Budget::new(100);
        let _held = budget.try_reserve(60).unwrap();
        assert!(budget.has_room(40));
        assert!(!budget.has_room(41));
        assert!(!budget.has_room(usize::MAX));
        assert_eq!(budget.in_use(), 60);
    }

    #[test]
    fn what_was_reserved_comes_back() {
        let budget = Budget::new(100);
        let mut reservation = budget.try_reserve(80).unwrap();
        reservation.shrink(30);
        assert_eq!((reservation.bytes(), budget.in_use()), (50, 50));
        reservation.shrink(1000);
        assert_eq!(budget.in_use(), 0);
        drop(reservation);
        assert_eq!(budget.in_use(), 0);
    }

    #[test]
    fn many_threads_leave_nothing_behind() {
        let budget = Budget::new(1000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for size in 0..2000 {
                        if let Some(mut share) = budget.try_reserve(size % 700) {
                            let _ = share.try_grow(100);
                            assert!(budget.in_use() <= 1000);
                        }
                    }
                });
            }
        });
        assert_eq!(budget.in_use(), 0);
    }
}
