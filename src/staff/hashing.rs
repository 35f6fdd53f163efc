//! Password hashing on threads of its own, a little at a time.
//!
//! One hash wants 19 MiB and a processor for some 40 ms, and whoever can reach the login can ask for one. So at most two
//! run at once, one in each lane, and few wait: known browsers have a lane for themselves, which those who guess from
//! elsewhere cannot fill.

use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::sync::TryAcquireError;

/// Those who may wait in a lane, besides the one whose turn it is: at 40 ms each, less than a second.
const WAITING: usize = 16;

/// Who waits for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Browsers that have logged in before, and the command line.
    Known,
    /// All others.
    Unknown,
}

/// The lanes.
pub struct Hashing {
    known: Places,
    unknown: Places,
}

/// Why a hash was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// Too many wait already.
    Busy,
    /// The thread ended before its time.
    Failed,
}

struct Places {
    all: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Places {
    fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(1 + WAITING)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Hashing {
    /// With nobody in it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            known: Places::new(),
            unknown: Places::new(),
        }
    }

    /// Does `work` on a thread made for waiting, when its turn has come.
    ///
    /// # Errors
    /// [`NotDone`].
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let places = match lane {
            Lane::Known => &self.known,
            Lane::Unknown => &self.unknown,
        };
        let place = match Arc::clone(&places.all).try_acquire_owned() {
            Ok(place) => place,
            Err(TryAcquireError::NoPermits) => return Err(NotDone::Busy),
            Err(TryAcquireError::Closed) => return Err(NotDone::Failed),
        };
        let turn = Arc::clone(&places.turn)
            .acquire_owned()
            .await
            .map_err(|_| NotDone::Failed)?;
        // Place and turn go with the work: a browser that hangs up does not make room while its hash is still running.
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        })
        .await
        .map_err(|_| NotDone::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;

    #[tokio::test]
    async fn one_at_a_time_a_few_wait_and_the_rest_is_told_so() {
        let hashing = Arc::new(Hashing::new());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (go_on, held) = mpsc::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let hashing = Arc::clone(&hashing);
            async move {
                let work = move || {
                    let _ = begun.send(());
                    let _ = held.recv();
                };
                hashing.run(Lane::Unknown, work).await
            }
        });
        has_begun.await.unwrap();
        let others: Vec<_> = (0..100)
            .map(|_| {
                let (hashing, running, most) = (
                    Arc::clone(&hashing),
                    Arc::clone(&running),
                    Arc::clone(&most),
                );
                tokio::spawn(async move {
                    let work = move || {
                        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(now, Ordering::SeqCst);
                        std::thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                    };
                    hashing.run(Lane::Unknown, work).await
                })
            })
            .collect();
        // The other lane is free while this one is full.
        assert_eq!(hashing.run(Lane::Known, || 7).await, Ok(7));
        let done = || others.iter().filter(|other| other.is_finished()).count();
        while done() < 100 - WAITING {
            tokio::task::yield_now().await;
        }
        go_on.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        let mut done = 0;
        for other in others {
            match other.await.unwrap() {
                Ok(()) => done += 1,
                Err(refused) => assert_eq!(refused, NotDone::Busy),
            }
        }
        assert_eq!(done, WAITING);
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn whoever_hangs_up_makes_no_room_before_the_work_is_done() {
        let hashing = Arc::new(Hashing::new());
        let (go_on, held) = mpsc::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let hashing = Arc::clone(&hashing);
            async move {
                let work = move || {
                    let _ = begun.send(());
                    let _ = held.recv();
                };
                hashing.run(Lane::Unknown, work).await
            }
        });
        has_begun.await.unwrap();
        first.abort();
        let _ = first.await;
        assert_eq!(hashing.unknown.turn.available_permits(), 0);
        go_on.send(()).unwrap();
        assert_eq!(hashing.run(Lane::Unknown, || 7).await, Ok(7));
    }
}
