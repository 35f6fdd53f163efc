//! Bytes in, replies and steps out: the whole of SMTP without a socket.
//!
//! For: cutting the byte stream into command lines and data, so that the session and the data reader each see only what
//! is theirs. Guarantees: the result does not depend on how the stream is cut into pieces; a piece may hold many
//! commands and their replies come out together (RFC 2920); no line is kept that is longer than a command may be.
//! Must not know: sockets, TLS, time, who takes the messages.

use crate::message::Domain;
use crate::message::MessageId;
use crate::message::TlsVersion;
use crate::smtp::Outcome;
use crate::smtp::Tally;
use crate::smtp::chunks::Chunk;
use crate::smtp::command;
use crate::smtp::data::Progress;
use crate::smtp::options::Options;
use crate::smtp::receiving::Completed;
use crate::smtp::receiving::Receiving;
use crate::smtp::reply;
use crate::smtp::reply::StartTls;
use crate::smtp::session::Action;
use crate::smtp::session::Moment;
use crate::smtp::session::Session;
use std::net::IpAddr;
use std::sync::Arc;

/// Typed domains of one message beyond which its sender gets no hint.
const MOST_HINTED: usize = 8;

/// What the caller must do before it goes on.
pub enum Step {
    /// Write the replies, then bring more input.
    NeedInput,
    /// Write the replies; there is more to do with the input at hand.
    Flush,
    /// Write the replies, drop the input, shake hands, and call [`Dialogue::tls_started`].
    StartTls,
    /// Hand the message on, and call [`Dialogue::answer`] with what became of it.
    Deliver(Box<Completed>),
    /// Write the replies and close; the peer may still be talking.
    Close,
    /// The peer said QUIT: write the replies and close.
    Bye,
}

/// Why the caller ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// We are stopping.
    ShuttingDown,
    /// Too little came in too long a time.
    TooSlow,
    /// The session is as old as one may be.
    TooLong,
    /// All places are taken, and this session was the slowest.
    Displaced,
}

/// What an answer is made of, beside the outcome.
struct HandedOn {
    id: MessageId,
    /// The domain that its sender may be told of, where the message is only counted.
    meant: Option<Domain>,
}

/// What is known of a line that is thrown away.
#[derive(Clone, Copy, Default)]
struct Overlong {
    octets: usize,
    last: Option<u8>,
    /// It has a CR or an LF that stands alone.
    bare: bool,
}

impl Overlong {
    fn with(mut self, piece: &[u8]) -> Self {
        for octet in piece {
            // RFC 5321 2.3.8: together or not at all, in a line of whatever length.
            self.bare |= (self.last == Some(b'\r')) != (*octet == b'\n');
            self.last = Some(*octet);
        }
        self.octets = self.octets.saturating_add(piece.len());
        self
    }
}

/// One peer's conversation.
pub struct Dialogue {
    options: Arc<Options>,
    session: Session,
    receiving: Option<Box<Receiving>>,
    chunk: Option<Chunk>,
    /// A line that is too long and thrown away, while it lasts.
    overlong: Option<Overlong>,
    /// The message that the caller has, unanswered.
    handed_on: Option<HandedOn>,
    /// How many pieces of data have begun: messages after DATA, and chunks.
    data_begun: u64,
    /// Octets of messages that have come, in all.
    octets: u64,
}

impl Dialogue {
    /// A conversation with the peer at `address`.
    #[must_use]
    pub fn new(options: Arc<Options>, address: IpAddr, start_tls: StartTls) -> Self {
        Self {
            session: Session::new(Arc::clone(&options), address, start_tls),
            options,
            receiving: None,
            chunk: None,
            overlong: None,
            handed_on: None,
            data_begun: 0,
            octets: 0,
        }
    }

    /// Our first line.
    pub fn greet(&self, out: &mut Vec<u8>) {
        reply::greeting(&self.options, out);
    }

    /// What is counted of the session so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        self.session.tally()
    }

    /// Octets of messages that have come in the whole session, refused chunks aside.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Tells one piece of data from the next.
    #[must_use]
    pub fn data_number(&self) -> u64 {
        self.data_begun
    }

    /// Octets of data that have come since 354, or of the chunk since its BDAT; `None` outside the data.
    #[must_use]
    pub fn data_received(&self) -> Option<u64> {
        let chunk = || self.chunk.as_ref().map(Chunk::received);
        let message = self.receiving.as_ref();
        message.map(|message| message.received()).or_else(chunk)
    }

    /// Takes what it can of `input`: gives how many octets that was, and what must be done next. What is left must be
    /// offered again, with more behind it after [`Step::NeedInput`].
    pub fn advance(
        &mut self,
        input: &[u8],
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> (usize, Step) {
        let mut at = 0;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return (at, Step::NeedInput);
            }
            if out.len() >= self.options.limits.replies {
                return (at, Step::Flush);
            }
            let (taken, step) = if self.receiving.is_some() {
                self.data(rest, moment, out)
            } else if self.chunk.is_some() {
                self.chunk(rest, moment, out)
            } else {
                self.line(rest, moment, out)
            };
            at += taken;
            match step {
                Some(Step::StartTls) => return (input.len(), Step::StartTls),
                Some(step) => return (at, step),
                None => {}
            }
        }
    }

    /// What became of the message handed on.
    pub fn answer(&mut self, outcome: Outcome, out: &mut Vec<u8>) {
        if let Some(HandedOn { id, meant }) = self.handed_on.take() {
            self.session.answer(outcome, id, meant.as_ref(), out);
        }
    }

    /// The handshake is done; nothing said before it counts (RFC 3207 4.2).
    pub fn tls_started(&mut self, version: TlsVersion) {
        self.session.tls_started(version);
        self.overlong = None;
    }

    /// Our last line, where it is we who end the session.
    pub fn end(&self, ending: Ending, out: &mut Vec<u8>) {
        match ending {
            Ending::ShuttingDown => reply::SHUTTING_DOWN.write(out),
            Ending::TooSlow => reply::TOO_SLOW.write(out),
            Ending::TooLong => reply::SESSION_TOO_LONG.write(out),
            Ending::Displaced => reply::DISPLACED.write(out),
        }
    }

    /// Drops what is under way and what it holds.
    pub fn abandon(&mut self) {
        self.receiving = None;
        self.chunk = None;
        self.session.reset();
        self.handed_on = None;
    }

    fn data(
        &mut self,
        rest: &[u8],
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> (usize, Option<Step>) {
        let Some(receiving) = &mut self.receiving else {
            return (0, None);
        };
        let before = receiving.received();
        let progress = receiving.take(rest);
        let fresh = receiving.received().saturating_sub(before);
        self.octets = self.octets.saturating_add(fresh);
        // Whether its end is in this piece or the next: the cut decides nothing.
        if receiving.received() > self.options.limits.discarded_message {
            self.receiving = None;
            self.session.refuse_data(reply::TOO_LARGE, out);
            return (rest.len(), Some(Step::Close));
        }
        let taken = match progress {
            Progress::Ended(taken) => taken,
            Progress::More => return (rest.len(), Some(Step::NeedInput)),
        };
        let Some(receiving) = self.receiving.take() else {
            return (taken, None);
        };
        (taken, self.complete(*receiving, moment, out))
    }

    /// RFC 3030 2: nothing in a chunk is looked at, its length alone says where it ends.
    fn chunk(
        &mut self,
        rest: &[u8],
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> (usize, Option<Step>) {
        let Some(chunk) = &mut self.chunk else {
            return (0, None);
        };
        let taken = self.session.chunk_octets(chunk, rest);
        if !chunk.is_refused() {
            let count = u64::try_from(taken).unwrap_or(u64::MAX);
            self.octets = self.octets.saturating_add(count);
        }
        if !chunk.is_complete() {
            return (taken, Some(Step::NeedInput));
        }
        (taken, self.chunk_ended(moment, out))
    }

    fn chunk_ended(&mut self, moment: &Moment<'_>, out: &mut Vec<u8>) -> Option<Step> {
        let chunk = self.chunk.take()?;
        let whole = self.session.chunk_ended(chunk, out)?;
        self.complete(*whole, moment, out)
    }

    /// A message has come to its end.
    fn complete(
        &mut self,
        message: Receiving,
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        let id = message.id();
        let meant = what_was_meant(&message, moment);
        match message.finish() {
            Ok(completed) => {
                self.handed_on = Some(HandedOn { id, meant });
                Some(Step::Deliver(Box::new(completed)))
            }
            Err(reply) => {
                self.session.refuse_data(reply, out);
                None
            }
        }
    }

    fn line(
        &mut self,
        rest: &[u8],
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> (usize, Option<Step>) {
        let end = memchr::memchr(b'\n', rest).map(|at| at + 1);
        let length = end.unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        if self.overlong.is_some() || length > self.options.limits.command_line {
            return self.overlong(line, out);
        }
        if end.is_none() {
            // The rest of the line is to come; until then the caller keeps this.
            return (0, Some(Step::NeedInput));
        }
        let step = match self.session.line(line, moment, out) {
            Action::Continue => None,
            Action::StartTls => Some(Step::StartTls),
            Action::Close => {
                self.abandon();
                Some(Step::Close)
            }
            Action::Bye => {
                self.abandon();
                Some(Step::Bye)
            }
            Action::Data(accepted) => {
                self.data_begun = self.data_begun.wrapping_add(1);
                self.receiving = Some(Box::new(Receiving::new(*accepted, &self.options)));
                None
            }
            Action::Chunk(chunk) => {
                self.data_begun = self.data_begun.wrapping_add(1);
                let is_complete = chunk.is_complete();
                self.chunk = Some(chunk);
                is_complete.then(|| self.chunk_ended(moment, out)).flatten()
            }
        };
        (length, step)
    }

    /// A line that is too long is thrown away as it comes, answered once at its end.
    fn overlong(&mut self, line: &[u8], out: &mut Vec<u8>) -> (usize, Option<Step>) {
        if self.overlong.is_none() && command::is_auth(line) {
            self.session.auth(out);
            return (line.len(), Some(Step::Close));
        }
        if self.overlong.is_none() && command::is_bdat(line) {
            // How many octets follow would be in the part that is not looked at.
            self.session.overlong_line(out);
            return (line.len(), Some(Step::Close));
        }
        let all = self.overlong.unwrap_or_default().with(line);
        self.overlong = Some(all);
        let too_much = all.octets > self.options.limits.discarded_line;
        if !too_much && !line.ends_with(b"\n") {
            return (line.len(), None);
        }
        self.overlong = None;
        if all.bare && !too_much {
            self.session.bad_line_end(out);
            return (line.len(), Some(Step::Close));
        }
        match self.session.overlong_line(out) {
            Action::Continue if !too_much => (line.len(), None),
            _ => (line.len(), Some(Step::Close)),
        }
    }
}

/// What the sender of a counted message may be told of, where all its typed domains lead to the same.
fn what_was_meant(message: &Receiving, moment: &Moment<'_>) -> Option<Domain> {
    let mut typed: Vec<&Domain> = message.counted_domains().collect();
    typed.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
    typed.dedup();
    // Each look-up is some work, and a message to so many has no one answer.
    if typed.len() > MOST_HINTED {
        return None;
    }
    let mut meant = typed.into_iter().map(|typed| moment.known.hint(typed));
    let first = meant.next()??;
    meant
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}
