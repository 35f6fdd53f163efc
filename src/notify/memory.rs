//! Mail that is kept in memory, for tests and the demonstration.

use crate::notify::mail::Mail;
use crate::notify::transport::Outcome;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// What was sent, and what the next tries are to come to. Clones share it.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    taken: Vec<Mail>,
    next: VecDeque<Outcome>,
}

impl Memory {
    /// Lets a try to come end like this; without, it is taken.
    pub fn expect(&self, outcome: Outcome) {
        self.held(|held| held.next.push_back(outcome));
    }

    /// All that was taken, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Mail> {
        self.held(|held| held.taken.clone())
    }

    pub(in crate::notify) fn take(&self, mail: &Mail) -> Outcome {
        self.held(|held| {
            let outcome = held
                .next
                .pop_front()
                .unwrap_or(Outcome::Taken { refused: None });
            if matches!(outcome, Outcome::Taken { .. }) {
                held.taken.push(mail.clone());
            }
            outcome
        })
    }

    fn held<T>(&self, with: impl FnOnce(&mut Held) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
