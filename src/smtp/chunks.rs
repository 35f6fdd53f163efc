//! A message in chunks (RFC 3030): BDAT, its octets, BDAT, its octets, to the one that is the last.
//!
//! Guarantees: the octets of a chunk are never taken for commands, also where the BDAT is refused: they are read and
//! dropped, and one reply follows them. Once one chunk has been refused, the whole message is, up to its last chunk or RSET,
//! so that a message of which a part is missing is never taken.

use crate::smtp::command::ChunkHead;
use crate::smtp::command::ChunkPlace;
use crate::smtp::receiving::Receiving;
use crate::smtp::reply;
use crate::smtp::reply::Reply;

/// What the chunks of this transaction have come to.
pub(super) enum Chunks {
    /// So far so good.
    Open(Box<Receiving>),
    /// One of them was refused.
    Failed,
}

/// A chunk while its octets come.
pub(super) struct Chunk {
    left: u64,
    received: u64,
    place: ChunkPlace,
    /// Known before its octets have come; they are dropped then.
    refusal: Option<Reply>,
}

/// What is left of a chunk that has come.
pub(super) enum Ended {
    /// Say this; the message goes on, or not, as it is in [`Chunks`] now.
    Said(Reply),
    /// Say this: the message is refused.
    Refused(Reply),
    /// It was the last, and this is the whole.
    Whole(Box<Receiving>),
}

impl Chunk {
    pub(super) fn new(head: ChunkHead, refusal: Option<Reply>) -> Self {
        Self {
            left: head.size,
            received: 0,
            place: head.place,
            refusal,
        }
    }

    /// Octets of it that have come.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Its octets are dropped.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// Takes what belongs to it from the front of `rest`; says how much that was.
    pub(super) fn take(&mut self, rest: &[u8], chunks: &mut Option<Chunks>) -> usize {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let (piece, _) = rest.split_at(most.min(rest.len()));
        if self.refusal.is_none()
            && let Some(Chunks::Open(message)) = chunks
        {
            message.take_as_it_is(piece);
        }
        let count = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(count);
        self.received = self.received.saturating_add(count);
        piece.len()
    }

    /// What is to be said when it is complete.
    pub(super) fn end(self, chunks: &mut Option<Chunks>) -> Ended {
        let before = chunks.take();
        if let Some(reply) = self.refusal {
            // RFC 3030 2: the client is to say RSET. One that does not has ended the message with its last chunk all the same.
            *chunks = before.filter(|_| self.place == ChunkPlace::NotLast);
            return Ended::Said(reply);
        }
        let Some(Chunks::Open(message)) = before else {
            return Ended::Said(reply::CHUNKS_FAILED);
        };
        match (message.refusal(), self.place) {
            (None, ChunkPlace::Last) => Ended::Whole(message),
            (None, ChunkPlace::NotLast) => {
                *chunks = Some(Chunks::Open(message));
                Ended::Said(reply::CHUNK_OK)
            }
            (Some(reply), place) => {
                *chunks = Some(Chunks::Failed).filter(|_| place == ChunkPlace::NotLast);
                Ended::Refused(reply)
            }
        }
    }
}
