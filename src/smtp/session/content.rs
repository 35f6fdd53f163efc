//! From the last recipient to the end of the message: DATA, and BDAT with its chunks.

use crate::smtp::chunks::Chunk;
use crate::smtp::chunks::Chunks;
use crate::smtp::chunks::Ended;
use crate::smtp::command::ChunkHead;
use crate::smtp::command::ChunkPlace;
use crate::smtp::opening;
use crate::smtp::opening::Accepted;
use crate::smtp::opening::Speaker;
use crate::smtp::receiving::Receiving;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use crate::smtp::session::Action;
use crate::smtp::session::Moment;
use crate::smtp::session::Session;
use crate::smtp::session::say_and_close;

impl Session {
    pub(super) fn data(&mut self, moment: &Moment<'_>, out: &mut Vec<u8>) -> Action {
        if self.chunks.is_some() {
            // RFC 3030 2: DATA and BDAT do not go together.
            return self.error(reply::CHUNKS_BEGUN, out);
        }
        match self.open(moment) {
            Ok(accepted) => {
                reply::SEND_DATA.write(out);
                Action::Data(Box::new(accepted))
            }
            Err(not) => self.not_opened(not, out),
        }
    }

    /// RFC 3030 2: the octets follow whatever the answer is, so they are read first.
    pub(super) fn bdat(
        &mut self,
        head: ChunkHead,
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> Action {
        if head.size > self.options.limits.discarded_message {
            return say_and_close(reply::TOO_LARGE, out);
        }
        if head.size == 0 && head.place == ChunkPlace::NotLast && self.too_idle() {
            return say_and_close(reply::TOO_MANY_COMMANDS, out);
        }
        let refusal = match &mut self.chunks {
            Some(Chunks::Open(message)) => {
                message.expect(head.size);
                None
            }
            Some(Chunks::Failed) => Some(reply::CHUNKS_FAILED),
            None => match self.open(moment) {
                Ok(mut accepted) => {
                    let size = usize::try_from(head.size).unwrap_or(usize::MAX);
                    accepted.declared = accepted.declared.max(size);
                    let mut message = Receiving::new(accepted, &self.options);
                    message.expect(head.size);
                    self.chunks = Some(Chunks::Open(Box::new(message)));
                    None
                }
                Err(not) => {
                    // Whatever made it fail may be gone when the next chunk comes, and the beginning would be missing.
                    if head.place == ChunkPlace::NotLast && self.transaction.take().is_some() {
                        self.chunks = Some(Chunks::Failed);
                    }
                    let mut said = Vec::new();
                    if matches!(self.not_opened(not, &mut said), Action::Close) {
                        out.append(&mut said);
                        return Action::Close;
                    }
                    Some(not)
                }
            },
        };
        if refusal.is_some() {
            // A pipelining client has sent some before it heard of the refusal; one that goes on and on has not.
            if self.too_idle() {
                return say_and_close(reply::TOO_MANY_COMMANDS, out);
            }
            self.dropped = self.dropped.saturating_add(head.size);
            if self.dropped > self.options.limits.discarded_message {
                return say_and_close(reply::TOO_LARGE, out);
            }
        }
        Action::Chunk(Chunk::new(head, refusal))
    }

    /// Takes octets that follow a BDAT; says how many of them belong to it.
    pub(in crate::smtp) fn chunk_octets(&mut self, chunk: &mut Chunk, rest: &[u8]) -> usize {
        chunk.take(rest, &mut self.chunks)
    }

    /// A chunk is complete. Gives the message, where it was its last.
    pub(in crate::smtp) fn chunk_ended(
        &mut self,
        chunk: Chunk,
        out: &mut Vec<u8>,
    ) -> Option<Box<Receiving>> {
        match chunk.end(&mut self.chunks) {
            Ended::Said(reply) => reply.write(out),
            Ended::Refused(reply) => self.refuse_data(reply, out),
            Ended::Whole(message) => return Some(message),
        }
        None
    }

    /// Takes the transaction out and lets its message come.
    fn open(&mut self, moment: &Moment<'_>) -> Result<Accepted, Reply> {
        let (Some(greeted), Some(transaction)) = (&self.greeted, self.transaction.take()) else {
            return Err(reply::MAIL_FIRST);
        };
        let Some(destination) = transaction.destination else {
            let tried = transaction.tried;
            self.transaction = Some(transaction);
            return Err(if tried {
                reply::NO_RECIPIENTS
            } else {
                reply::RCPT_FIRST
            });
        };
        let speaker = Speaker {
            address: self.address,
            tls: self.tls,
            greeted,
        };
        opening::open(transaction, destination, &speaker, &self.options, moment).map_err(
            |(transaction, reply)| {
                self.transaction = Some(transaction);
                reply
            },
        )
    }

    /// Answers DATA that leads nowhere. Only the wrong order is a mistake.
    fn not_opened(&mut self, reply: Reply, out: &mut Vec<u8>) -> Action {
        if reply == reply::MAIL_FIRST || reply == reply::RCPT_FIRST {
            return self.error(reply, out);
        }
        // RFC 5321 3.3; RFC 2920 3.1: a pipelining client learns here that nobody is left. It made no mistake.
        if reply == reply::NO_RECIPIENTS && self.too_idle() {
            return say_and_close(reply::TOO_MANY_COMMANDS, out);
        }
        reply.write(out);
        Action::Continue
    }
}
