//! A message while it arrives: reader, bytes, and their share of the budget.
//!
//! Guarantees: no more is kept than the size limit and the budget allow, and the data is read to its end all the same:
//! a sender that is cut off in mid-data takes it for a network fault and tries again for days, one that gets 552 tells
//! its user. What was kept is wiped, whatever becomes of it.

use crate::message::Content;
use crate::message::Envelope;
use crate::message::MessageId;
use crate::smtp::budget::Reservation;
use crate::smtp::data::DataReader;
use crate::smtp::data::Progress;
use crate::smtp::options::Options;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use crate::smtp::session::Accepted;
use zeroize::Zeroizing;

/// First room for a message whose declared size is larger: a size that is only claimed costs no more memory.
const CLAIMED_ROOM: usize = 1024 * 1024;

/// One message's data.
pub(super) struct Receiving {
    reader: DataReader,
    kept: Kept,
    envelope: Envelope,
}

/// A message that is complete and within bounds.
pub struct Completed {
    /// Its envelope.
    pub envelope: Envelope,
    /// Its bytes.
    pub content: Content,
    /// Their share of the budget.
    pub reservation: Reservation,
}

/// The bytes so far.
struct Kept {
    bytes: Zeroizing<Vec<u8>>,
    reservation: Reservation,
    /// Octets that came, kept or not.
    received: u64,
    refusal: Option<Reply>,
    max: usize,
    first_room: usize,
}

impl Receiving {
    pub(super) fn new(accepted: Accepted, options: &Options) -> Self {
        Self {
            reader: DataReader::new(),
            kept: Kept {
                bytes: Zeroizing::default(),
                reservation: accepted.reservation,
                received: 0,
                refusal: None,
                max: options.max_message_bytes,
                first_room: match accepted.declared {
                    0 => options.limits.first_room,
                    declared => declared.min(CLAIMED_ROOM),
                },
            },
            envelope: accepted.envelope,
        }
    }

    pub(super) fn take(&mut self, piece: &[u8]) -> Progress {
        let kept = &mut self.kept;
        self.reader.take(piece, |bytes| kept.push(bytes))
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
            self.refuse(reply::TOO_LARGE);
        } else if needed > self.bytes.capacity() && !self.make_room(needed) {
            self.refuse(reply::OVERLOADED);
        } else {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// Grows the buffer by doubling, within the limit, the budget going ahead of the memory.
    fn make_room(&mut self, needed: usize) -> bool {
        let doubled = self.bytes.capacity().saturating_mul(2).max(self.first_room);
        let wanted = doubled.min(self.max).max(needed);
        let reserved = self.reservation.bytes();
        let room = if wanted <= reserved || self.reservation.try_grow(wanted - reserved) {
            wanted
        } else if needed <= reserved || self.reservation.try_grow(needed - reserved) {
            needed
        } else {
            return false;
        };
        let more = room - self.bytes.len();
        self.bytes.reserve_exact(more);
        true
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
