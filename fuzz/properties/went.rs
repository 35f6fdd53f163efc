//! A conversation, and how it went.
//!
//! A conversation is the octets that a client sends, with [`MARK`] where it begins TLS if the server waits for that;
//! elsewhere the mark is nothing. What stands between a STARTTLS that was taken and the next mark was sent in the clear
//! too late: in whatever segments it comes, it must have no effect.

use super::cut::Cut;
use super::said::Said;
use super::said::replies;
use crate::smtp_support::Memory;
use crate::smtp_support::dialog::Talk;
use crate::smtp_support::pure::Pure;
use crate::smtp_support::shown;
use restante::message::Envelope;
use restante::message::Policy;
use restante::message::ReversePath;
use restante::smtp::Options;
use restante::smtp::Outcome;
use restante::smtp::Tally;

/// Where TLS begins.
pub const MARK: &[u8] = b"=TLS=";

/// What the server said, handed on and counted.
pub struct Went {
    pub replies: Vec<Said>,
    pub messages: Vec<(Envelope, Vec<u8>)>,
    pub tally: Tally,
    pub closed: bool,
}

/// Replies, messages, tally, and whether the server has closed.
type Record<'a> = (&'a [Said], Vec<(String, &'a [u8])>, &'a Tally, bool);

/// The stretches between the marks.
pub fn stretches(talk: &[u8]) -> Vec<&[u8]> {
    let mut stretches = Vec::new();
    let mut rest = talk;
    while let Some(at) = memchr::memmem::find(rest, MARK) {
        stretches.push(&rest[..at]);
        rest = &rest[at + MARK.len()..];
    }
    stretches.push(rest);
    stretches
}

impl Went {
    /// Has the conversation, cut so.
    pub fn of(talk: &[u8], options: &Options, cut: Cut) -> Self {
        let memory = Memory::new(|envelope| Box::pin(std::future::ready(outcome(envelope))));
        let mut pure = Pure::with(options.clone(), memory, usize::MAX);
        for (number, stretch) in stretches(talk).into_iter().enumerate() {
            if number > 0 && pure.is_shaking_hands() {
                pure.start_tls();
            }
            for piece in cut.pieces(stretch) {
                pure.send(piece);
            }
        }
        let (lines, _, tally, closed) = pure.record();
        pure.hang_up();
        let messages = std::mem::take(&mut *pure.memory().messages.lock().unwrap());
        Self {
            replies: replies(&lines),
            messages,
            tally,
            closed,
        }
    }

    /// All of it in a form that can be compared.
    pub fn record(&self) -> Record<'_> {
        let messages = self.messages.iter();
        let messages = messages.map(|(envelope, bytes)| (shown(envelope), bytes.as_slice()));
        (&self.replies, messages.collect(), &self.tally, self.closed)
    }
}

/// What becomes of a message: the local part of its sender says it; otherwise what the policy says.
pub fn outcome(envelope: &Envelope) -> Outcome {
    let name = match &envelope.reverse_path {
        ReversePath::Address(address) => address.local_part(),
        _ => "",
    };
    match (name, envelope.policy) {
        ("storage", _) => Outcome::StorageTrouble,
        ("overloaded", _) => Outcome::Overloaded,
        ("failed", _) => Outcome::Failed,
        ("owners", _) => Outcome::TooManyOwners,
        (_, Policy::Hold) => Outcome::Kept,
        _ => Outcome::Counted,
    }
}
