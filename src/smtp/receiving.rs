//! A message while it arrives: reader, bytes, and their share of the budget.
//!
//! Guarantees: no more is kept than the size limit and the budget allow; what is set aside follows what has come, never
//! more than four times that and a first room (a declared size alone sets nothing aside); and the data is read to its end all the same:
//! a sender that is cut off in mid-data takes it for a network fault and tries again for days, one that gets 552 tells
//! its user. What was kept is wiped, whatever becomes of it.

use crate::message::Content;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::MessageId;
use crate::message::Policy;
use crate::message::Recipient;
use crate::smtp::budget::Reservation;
use crate::smtp::data::DataReader;
use crate::smtp::data::Progress;
use crate::smtp::opening::Accepted;
use crate::smtp::options::Options;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use crate::smtp::transaction::Destination;
use zeroize::Zeroizing;

/// One message's data.
pub(super) struct Receiving {
    reader: DataReader,
    kept: Kept,
    envelope: Envelope,
    destination: Destination,
}

/// A message that is complete and within bounds.
pub struct Completed {
    /// Its envelope.
    pub envelope: Envelope,
    /// Its bytes.
    pub content: Content,
    /// Their share of the budget.
    pub reservation: Reservation,
    /// Where it goes.
    pub destination: Destination,
}

/// The bytes so far.
struct Kept {
    bytes: Zeroizing<Vec<u8>>,
    reservation: Reservation,
    /// Octets that came, kept or not.
    received: u64,
    refusal: Option<Reply>,
    max: usize,
    /// What is said to more than `max`.
    too_large: Reply,
    /// SIZE; 0 where it was not declared.
    declared: usize,
    first_room: usize,
}

impl Receiving {
    pub(super) fn new(accepted: Accepted, options: &Options) -> Self {
        let (max, too_large) = accepted.largest;
        Self {
            reader: DataReader::new(),
            kept: Kept {
                bytes: Zeroizing::default(),
                reservation: accepted.reservation,
                received: 0,
                refusal: None,
                max,
                too_large,
                declared: accepted.declared,
                first_room: options.limits.first_room,
            },
            envelope: accepted.envelope,
            destination: accepted.destination,
        }
    }

    pub(super) fn take(&mut self, piece: &[u8]) -> Progress {
        let kept = &mut self.kept;
        self.reader.take(piece, |bytes| kept.push(bytes))
    }

    /// Takes octets of a chunk (RFC 3030 2): there is no end to look for in them, and no stuffing.
    pub(super) fn take_as_it_is(&mut self, piece: &[u8]) {
        self.kept.push(piece);
    }

    /// Gives the message up where so much more would not fit: what comes of it is not kept meanwhile.
    pub(super) fn expect(&mut self, octets: u64) {
        let held = u64::try_from(self.kept.bytes.len()).unwrap_or(u64::MAX);
        let max = u64::try_from(self.kept.max).unwrap_or(u64::MAX);
        if self.kept.refusal.is_none() && held.saturating_add(octets) > max {
            self.kept.refuse(self.kept.too_large);
        }
    }

    /// Why the message will not be taken, where that is known by now.
    pub(super) fn refusal(&self) -> Option<Reply> {
        self.kept.refusal
    }

    /// The typed domains, where the message is only counted: who is told that it is not delivered may be told what was meant.
    pub(super) fn counted_domains(&self) -> impl Iterator<Item = &Domain> {
        let counted = self.envelope.policy == Policy::Count;
        let recipients = self.envelope.recipients.iter();
        recipients
            .filter(move |_| counted)
            .map(Recipient::typed_domain)
    }

    pub(super) fn id(&self) -> MessageId {
        self.envelope.id
    }

    /// Octets that came, without stuffing dots and end mark.
    pub(super) fn received(&self) -> u64 {
        self.kept.received
    }

    /// The message, or why it is not taken.
    pub(super) fn finish(mut self) -> Result<Completed, Reply> {
        if let Some(reply) = self.kept.refusal {
            return Err(reply);
        }
        let (content, reservation) = self.kept.finish();
        Ok(Completed {
            envelope: self.envelope,
            content,
            reservation,
            destination: self.destination,
        })
    }
}

impl Kept {
    fn push(&mut self, piece: &[u8]) {
        self.received = self
            .received
            .saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.refusal.is_some() {
            return;
        }
        let needed = self.bytes.len().saturating_add(piece.len());
        if needed > self.max {
            self.refuse(self.too_large);
        } else if needed > self.bytes.capacity() && !self.make_room(needed) {
            self.refuse(reply::OVERLOADED);
        } else {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// Grows the buffer within the limit, the budget going ahead of the memory.
    fn make_room(&mut self, needed: usize) -> bool {
        let wanted = self.wanted(needed);
        // With the budget near its bound a smaller step may do.
        for room in [wanted, needed + (wanted - needed) / 8, needed] {
            let charge = room.saturating_sub(self.reservation.bytes());
            if self.reservation.try_grow(charge) {
                let more = room - self.bytes.len();
                self.bytes.reserve_exact(more);
                return true;
            }
        }
        false
    }

    /// Room for `needed` and for some of what is still to come: by doubling, so that growth costs little, and once a
    /// quarter of the declared size has come, all of that, since it has proved no empty word.
    fn wanted(&self, needed: usize) -> usize {
        let doubled = self.bytes.capacity().saturating_mul(2);
        let doubled = doubled.max(self.first_room);
        let wanted = match self.declared {
            declared if needed > declared => doubled,
            declared if needed >= declared / 4 => declared,
            declared => doubled.min(declared),
        };
        wanted.min(self.max).max(needed)
    }

    fn refuse(&mut self, reply: Reply) {
        self.refusal = Some(reply);
        self.bytes = Zeroizing::default();
        self.reservation.shrink(usize::MAX);
    }

    fn finish(&mut self) -> (Content, Reservation) {
        let mut bytes = std::mem::take(&mut *self.bytes);
        // A size that was only claimed is given back.
        if bytes.capacity() / 2 > bytes.len() {
            bytes.shrink_to_fit();
        }
        let spare = self.reservation.bytes().saturating_sub(bytes.capacity());
        self.reservation.shrink(spare);
        (Content::new(bytes), self.reservation.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Budget;
    use std::sync::Arc;

    const MEBIBYTE: usize = 1024 * 1024;

    fn kept(declared: usize, budget: &Arc<Budget>) -> Kept {
        Kept {
            bytes: Zeroizing::default(),
            reservation: budget.try_reserve(0).unwrap(),
            received: 0,
            refusal: None,
            max: 25 * MEBIBYTE,
            too_large: reply::TOO_LARGE,
            declared,
            first_room: 16 * 1024,
        }
    }

    #[test]
    fn what_is_set_aside_follows_what_has_come() {
        for declared in [0, 10, 100_000, 3 * MEBIBYTE, 25 * MEBIBYTE] {
            let budget = Budget::new(100 * MEBIBYTE);
            let mut kept = kept(declared, &budget);
            let (mut steps, mut before) = (0, 0);
            while kept.bytes.len() < 24 * MEBIBYTE {
                kept.push(&[b'x'; 20_000]);
                let (length, held) = (kept.bytes.len(), budget.in_use());
                assert_eq!(held, kept.bytes.capacity(), "what is held is charged");
                assert!(held <= 4 * length, "{held} for {length} of {declared}");
                steps += u32::from(held != before);
                before = held;
            }
            assert!(steps < 20, "{steps} steps");
            let (content, reservation) = kept.finish();
            assert!(reservation.bytes() >= content.len());
        }
    }

    #[test]
    fn the_last_bytes_of_the_budget_are_used() {
        let budget = Budget::new(100_000);
        let mut kept = kept(0, &budget);
        for _ in 0..100 {
            kept.push(&[b'x'; 1000]);
        }
        assert_eq!(kept.refusal, None);
        kept.push(b"x");
        assert_eq!(kept.refusal, Some(reply::OVERLOADED));
        assert_eq!(budget.in_use(), 0);
    }
}
