//! Threads with a stack made for hostile nesting, and a bound on the memory that parsing may take.
//!
//! mail-parser 0.11.9 recurses over nested `message/rfc822` parts when a parsed message is dropped: 1 MiB of such mail
//! overflows a stack of 2 MiB and aborts the process; 25 MiB of it was survived with 128 MiB of stack, not with 64. The
//! stack is virtual memory: only the pages that are touched are taken. Such mail also takes about 46 times its size in
//! memory while it is parsed, so each message takes that much of a common allowance before it is parsed, and the
//! threads wait for one another where two would pass it.
//!
//! A small message, which is nearly every one, is worked on where its session runs: that takes a fraction of a millisecond,
//! and handing it to another thread and back would cost a third of that again in waking threads up. Its stack is bounded by
//! its size, and is added where the thread has less left.
//!
//! For the others there are two queues. An ordinary message takes well under a millisecond; one of a thousand recipients, or of many
//! MiB, up to a second, and whoever wants to can send many of those. Heavy work has a thread of its own, so that all the
//! heavy work in the world costs the ordinary mail of others no more than that thread's share of the processors.

use crate::message::parse::EXAMINED_MAX;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Stack of a parsing thread, in octets (virtual).
const STACK: usize = 192 << 20;

/// Memory that parsing may take per octet examined: measured for nested `message/rfc822`, the worst that is left once
/// `message::parse` has bounded lines.
const MEMORY_PER_OCTET: usize = 46;

/// Memory that all messages together may take while they are parsed: the worst one there is, and a third more.
const PARSING_MAX: usize = EXAMINED_MAX * MEMORY_PER_OCTET / 3 * 4;

/// The largest message that is worked on where its session runs, in octets.
const LIGHT: usize = 64 << 10;

/// Stack of threads on which sessions run, in octets (virtual): twice what a small message must find left.
pub const LIGHT_STACK: usize = 4 << 20;

/// Stack that a thread must have left for such a message; where it has less, more is added for the while. The worst there is,
/// nested `message/rfc822`, overflowed 256 KiB and survived on 512 KiB in a build without optimisation, which takes the most.
const LIGHT_STACK_LEFT: usize = 2 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// How much work a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Like nearly all mail: small, for one or a few.
    Light,
    /// With attachments of ordinary size.
    Ordinary,
    /// Large, or for many.
    Heavy,
}

impl Weight {
    /// By what is known before any work is done.
    pub fn of(bytes: usize, recipients: usize) -> Self {
        if bytes <= LIGHT && recipients <= 4 {
            Self::Light
        } else if bytes <= 256 << 10 && recipients <= 16 {
            Self::Ordinary
        } else {
            Self::Heavy
        }
    }
}

/// The threads. They end when the pool is dropped.
pub struct Pool {
    ordinary: mpsc::Sender<Job>,
    heavy: mpsc::Sender<Job>,
    allowance: Arc<Allowance>,
}

impl Pool {
    /// Starts as many threads as there are processors, and one for heavy work.
    ///
    /// # Errors
    /// The operating system's, where it has no thread to give.
    pub fn start() -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            ordinary: queue("intake", threads)?,
            heavy: queue("intake-heavy", 1)?,
            allowance: Arc::new(Allowance::new(PARSING_MAX)),
        })
    }

    /// Runs `work` over a message of `bytes` octets, here or on one of the threads; `None` where it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        weight: Weight,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let queue = match weight {
            Weight::Light => {
                let guarded = || std::panic::catch_unwind(AssertUnwindSafe(work)).ok();
                return stacker::maybe_grow(LIGHT_STACK_LEFT, LIGHT_STACK, guarded);
            }
            Weight::Ordinary => &self.ordinary,
            Weight::Heavy => &self.heavy,
        };
        let (answer, waiting) = oneshot::channel();
        let allowance = Arc::clone(&self.allowance);
        let job: Job = Box::new(move || {
            let share = bytes.min(EXAMINED_MAX) * MEMORY_PER_OCTET;
            let done = {
                let _taken = allowance.take(share);
                std::panic::catch_unwind(AssertUnwindSafe(work))
            };
            // Nobody waits any more where the connection's task has been dropped: the work is done all the same.
            if let Ok(value) = done {
                let _ = answer.send(value);
            }
        });
        queue.send(job).ok()?;
        waiting.await.ok()
    }
}

/// Threads that work off one queue, first come, first served.
fn queue(name: &str, threads: usize) -> std::io::Result<mpsc::Sender<Job>> {
    let (jobs, waiting) = mpsc::channel::<Job>();
    let waiting = Arc::new(Mutex::new(waiting));
    for number in 0..threads {
        let waiting = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name(format!("{name}-{number}"))
            .stack_size(STACK)
            .spawn(move || {
                loop {
                    let job = waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .recv();
                    let Ok(job) = job else { return };
                    job();
                }
            })?;
    }
    Ok(jobs)
}

/// A counting allowance for threads.
struct Allowance {
    left: Mutex<usize>,
    returned: Condvar,
}

/// What was taken; given back on drop.
struct Taken<'a> {
    from: &'a Allowance,
    amount: usize,
}

impl Allowance {
    fn new(whole: usize) -> Self {
        Self {
            left: Mutex::new(whole),
            returned: Condvar::new(),
        }
    }

    fn take(&self, amount: usize) -> Taken<'_> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        while *left < amount {
            left = self
                .returned
                .wait(left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *left -= amount;
        Taken { from: self, amount }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self
            .from
            .left
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += self.amount;
        self.from.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::task::Poll;

    #[tokio::test]
    async fn a_panic_costs_its_own_message_alone() {
        let pool = Pool::start().unwrap();
        for weight in [Weight::Light, Weight::Ordinary, Weight::Heavy] {
            for _ in 0..20 {
                assert_eq!(
                    pool.run(weight, 10, || panic!("one message")).await,
                    None::<()>
                );
            }
            assert_eq!(pool.run(weight, 10, || 7).await, Some(7));
        }
    }

    #[tokio::test]
    async fn the_largest_message_fits_the_allowance() {
        let pool = Pool::start().unwrap();
        assert_eq!(pool.run(Weight::Heavy, usize::MAX, || 7).await, Some(7));
    }

    #[tokio::test]
    async fn heavy_work_does_not_hold_up_ordinary_mail() {
        let pool = Pool::start().unwrap();
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let mut heavy: Vec<_> = (0..10)
            .map(|_| {
                let held = Arc::clone(&held);
                let work = move || held.lock().unwrap().recv().is_ok();
                Box::pin(pool.run(Weight::of(10, 1000), 10, work))
            })
            .collect();
        // Polled once, each is in the queue; the first of them does not end before it is told to.
        for work in &mut heavy {
            let ready = std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_ready()));
            assert!(!ready.await);
        }
        assert_eq!(pool.run(Weight::of(LIGHT + 1, 1), 10, || 7).await, Some(7));
        drop(release);
        for work in heavy {
            assert!(work.await.is_some());
        }
    }

    #[test]
    fn light_work_fits_a_quarter_of_the_stack_that_is_seen_to() {
        let layer = b"Content-Type: message/rfc822\r\n\r\n";
        let bomb: Vec<u8> = layer.iter().copied().cycle().take(LIGHT).collect();
        let thread = std::thread::Builder::new().stack_size(LIGHT_STACK_LEFT / 4);
        let parse = move || drop(crate::message::Parsed::from_bytes(&bomb));
        thread.spawn(parse).unwrap().join().unwrap();
    }

    #[test]
    fn two_that_would_pass_the_allowance_wait_for_one_another() {
        let allowance = Allowance::new(10);
        let first = allowance.take(6);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| drop(allowance.take(6)));
            assert!(!second.is_finished());
            drop(first);
        });
        assert_eq!(*allowance.left.lock().unwrap(), 10);
    }
}
