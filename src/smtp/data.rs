//! The strict data reader: where a message ends, and nothing else.
//!
//! For: telling the bytes of a message from its end, whatever the split into segments. Guarantees: only CRLF.CRLF ends
//! data; everything else is data, byte for byte: bare CR, bare LF, NUL, lines of any length. That closes SMTP smuggling
//! from our side: `\n.\n`, `\r\n.\r\r\n` and their relatives can never end a message here and start a second one. Why
//! they are kept rather than refused: nothing of a message is ever sent on by SMTP, so there is no next server to be
//! fooled, and a sealed copy is to be what the sender's server sent. Must not know: limits, policies, sockets.

use memchr::memmem;

/// What stands before the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing, or CRLF.
    LineStart,
    /// CRLF and a dot, which has not been given out.
    Dot,
    /// CRLF, a dot and CR, neither of the last two given out.
    DotCr,
    /// CR, given out.
    Cr,
    /// Anything else.
    Text,
}

/// Reads the data of one message, in pieces.
#[derive(Debug)]
pub struct DataReader {
    before: Before,
}

/// How far a piece was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All of it; the message goes on.
    More,
    /// The message ended with this many octets of the piece.
    Ended(usize),
}

impl DataReader {
    /// Ready for the first byte after 354.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self {
            before: Before::LineStart,
        }
    }

    /// Takes a piece and gives the message's bytes in it to `keep`, in order, without the stuffing dots. After
    /// [`Progress::Ended`] the reader is spent.
    pub fn take(&mut self, piece: &[u8], mut keep: impl FnMut(&[u8])) -> Progress {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            match (self.before, byte) {
                (Before::LineStart, b'.') => {
                    self.before = Before::Dot;
                    at += 1;
                }
                (Before::Dot, b'\r') => {
                    self.before = Before::DotCr;
                    at += 1;
                }
                // RFC 5321 4.1.1.4
                (Before::DotCr, b'\n') => return Progress::Ended(at + 1),
                (Before::DotCr, _) => {
                    // The dot was stuffing after all; the CR is data, and may be the first half of a CRLF.
                    keep(b"\r");
                    self.before = Before::Cr;
                }
                (Before::Cr, b'\n') => {
                    keep(b"\n");
                    self.before = Before::LineStart;
                    at += 1;
                }
                // RFC 5321 4.5.2: a leading dot with anything behind it goes.
                (Before::Dot | Before::LineStart | Before::Cr | Before::Text, _) => {
                    at += self.text(piece.get(at..).unwrap_or_default(), &mut keep);
                }
            }
        }
        Progress::More
    }

    /// Gives out `rest` up to the next line that starts with a dot; its first byte stands neither at the start of such a
    /// line nor behind a lone CR as LF.
    fn text(&mut self, rest: &[u8], keep: &mut impl FnMut(&[u8])) -> usize {
        if let Some(found) = memmem::find(rest, b"\r\n.") {
            let (text, _) = rest.split_at(found + 2);
            keep(text);
            self.before = Before::LineStart;
            return text.len();
        }
        keep(rest);
        self.before = if rest.ends_with(b"\r\n") {
            Before::LineStart
        } else if rest.ends_with(b"\r") {
            Before::Cr
        } else {
            Before::Text
        };
        rest.len()
    }
}
