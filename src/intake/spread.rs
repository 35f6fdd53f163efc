//! How many typed names one sender has written to of late.
//!
//! For: telling a person, who mistypes a name or two, from a program that goes through a zone. Guarantees: bounded memory
//! (some MiB at the most, whatever comes); nothing of an address is kept, only its hash under a key that is made at the start and never
//! leaves the process; constant work for a recipient. Must not know: what is made of the number.
//!
//! The window is of an hour in two halves: what came in the half before still counts, what came before that is forgotten. A
//! sender who is one of too many makes the halves shorter for all, so a flood can make us forget and never grow.

use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Timestamp;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Half of the window, in milliseconds.
const HALF: i64 = 30 * 60 * 1000;

/// Senders remembered in one half.
const SENDERS: usize = 16_384;

/// Names remembered of one sender in one half: more than it takes to be sure.
const NAMES: usize = 32;

/// The window.
pub(super) struct Spread {
    key: RandomState,
    halves: Mutex<Halves>,
}

#[derive(Default)]
struct Halves {
    /// When the present half began.
    since: i64,
    present: HashMap<u64, Vec<u64>>,
    before: HashMap<u64, Vec<u64>>,
}

impl Spread {
    pub(super) fn new() -> Self {
        Self {
            key: RandomState::new(),
            halves: Mutex::default(),
        }
    }

    /// Notes a message, and gives how many registrable names its sender has written to within the window, those of this message
    /// among them; 0 for the null reverse-path, which is everybody's.
    pub(super) fn note(&self, envelope: &Envelope) -> usize {
        let Some(sender) = envelope.reverse_path.address() else {
            return 0;
        };
        // The local part as it is: a sender who varies it is somebody else, which costs a little memory and nothing more.
        let sender = self
            .key
            .hash_one((sender.local_part(), sender.domain().as_str()));
        let names = envelope.recipients.iter().take(NAMES);
        let names = names.map(|recipient| self.hash(&recipient.typed_domain().registrable()));
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.turn(envelope.received_at);
        halves.note(sender, names)
    }

    fn hash(&self, name: &Domain) -> u64 {
        self.key.hash_one(name.as_str())
    }
}

impl Halves {
    /// Begins a new half where the present one is over, or full.
    fn turn(&mut self, now: Timestamp) {
        let now = now.millis();
        let age = now.saturating_sub(self.since);
        if (0..HALF).contains(&age) && self.present.len() < SENDERS {
            return;
        }
        // After two halves of silence, or a clock that went back, nothing of before is of this hour.
        let is_recent = (0..2 * HALF).contains(&age);
        let over = std::mem::take(&mut self.present);
        self.before = if is_recent { over } else { HashMap::new() };
        self.since = now;
    }

    fn note(&mut self, sender: u64, names: impl Iterator<Item = u64>) -> usize {
        let known = self.present.entry(sender).or_default();
        for name in names {
            if known.len() < NAMES && !known.contains(&name) {
                known.push(name);
            }
        }
        let before = self.before.get(&sender).map_or(&[][..], Vec::as_slice);
        known.len() + before.iter().filter(|name| !known.contains(name)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    /// Notes names from a sender at a minute.
    fn note(halves: &mut Halves, minute: i64, sender: u64, names: &[u64]) -> usize {
        halves.turn(Timestamp::from_millis(minute * MINUTE));
        halves.note(sender, names.iter().copied())
    }

    #[test]
    fn names_of_the_last_half_hour_and_more_count_once_each() {
        let mut halves = Halves::default();
        assert_eq!(note(&mut halves, 1000, 1, &[1, 2, 2]), 2);
        assert_eq!(note(&mut halves, 1010, 1, &[2, 3]), 3);
        assert_eq!(note(&mut halves, 1010, 2, &[9]), 1, "somebody else");
        assert_eq!(note(&mut halves, 1031, 1, &[3, 4]), 4, "the half before");
        assert_eq!(
            note(&mut halves, 1062, 1, &[5]),
            3,
            "and not the one before"
        );
        assert_eq!(note(&mut halves, 1200, 1, &[5]), 1);
        assert_eq!(note(&mut halves, 900, 1, &[5]), 1, "the clock went back");
    }

    #[test]
    fn memory_is_bounded() {
        let mut halves = Halves::default();
        for sender in 0..100_000 {
            note(&mut halves, 1000, sender, &[1]);
            assert!(halves.present.len() <= SENDERS && halves.before.len() <= SENDERS);
        }
        let many: Vec<u64> = (0..1000).collect();
        assert_eq!(note(&mut halves, 1000, 1, &many), NAMES);
        assert_eq!(halves.present[&1].len(), NAMES);
    }
}
