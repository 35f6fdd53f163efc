//! In step: the stream is read a second time, plainly and whole, and every reply and message must fall to its place.
//!
//! This reader knows how SMTP is framed and nothing of what the server decides: whether a command was taken it learns
//! from the reply's code. Each line has one reply; after 354 comes data to CRLF.CRLF, with one reply and, unless it was
//! too large, one message of exactly these bytes; behind a BDAT come its octets, then one reply; after 220 all up to the
//! handshake is nothing. A server that took a command for data, data for a command, or lost a byte somewhere, has a reply
//! or a message too many, too few, or another one.

use super::data::read_plainly;
use super::said::Said;
use super::went::Went;
use super::went::outcome;
use super::went::stretches;
use restante::message::Disposition;
use restante::message::Envelope;
use restante::message::Policy;
use restante::message::Timestamp;
use restante::smtp::Options;
use restante::smtp::Outcome;

/// Panics where `went` is not what `talk` asks for.
pub fn check(talk: &[u8], went: &Went, options: &Options) {
    let mut bytes = Vec::new();
    let mut marks = Vec::new();
    for stretch in stretches(talk) {
        bytes.extend_from_slice(stretch);
        marks.push(bytes.len());
    }
    marks.pop();
    let mut reader = Reader {
        bytes: &bytes,
        marks: &marks,
        at: 0,
        replies: went.replies.iter(),
        messages: went.messages.iter(),
        answered: 0,
        auth: 0,
        chunks: Chunks::None,
        options,
    };
    assert_eq!(reader.reply("the greeting").code, 220);
    let closes = reader.read();
    assert_eq!(reader.replies.next(), None, "a reply too many");
    assert!(reader.messages.next().is_none(), "a message too many");
    assert_eq!(went.closed, closes, "closed");
    assert_eq!(went.tally.transactions, reader.answered, "transactions");
    assert_eq!(went.tally.auth_attempts, reader.auth, "AUTH");
    for (envelope, _) in &went.messages {
        recipients_are_ours(envelope);
    }
}

/// Every recipient is under a zone, and caught there.
fn recipients_are_ours(envelope: &Envelope) {
    assert!(!envelope.recipients.is_empty(), "nobody to deliver to");
    let policies = crate::smtp_support::policies();
    let now = Timestamp::from_millis(crate::smtp_support::NOW);
    let operator = crate::smtp_support::operator();
    for recipient in &envelope.recipients {
        let domain = recipient.address.domain();
        if operator.mailbox(&recipient.address).is_some() {
            assert_eq!(envelope.policy, Policy::Hold);
            continue;
        }
        assert_eq!(domain.top_level(), "ml", "relayed");
        let Disposition::Listed { policy, .. } = policies.decide(domain, now) else {
            panic!("not listed, and taken");
        };
        assert_eq!(policy, envelope.policy);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Where a handshake would begin.
    marks: &'a [usize],
    at: usize,
    replies: std::slice::Iter<'a, Said>,
    messages: std::slice::Iter<'a, (Envelope, Vec<u8>)>,
    answered: u32,
    auth: u32,
    chunks: Chunks,
    options: &'a Options,
}

/// What the chunks so far have come to (RFC 3030).
enum Chunks {
    None,
    /// Each had 250, and these were their octets.
    Open(Vec<u8>),
    /// One had 552: every other is to have 503, to the last one.
    Failed,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    fn reply(&mut self, to: &str) -> &'a Said {
        self.replies
            .next()
            .unwrap_or_else(|| panic!("no reply to {to}, at {}", self.at))
    }

    /// Reads to the end; whether the server had to close.
    fn read(&mut self) -> bool {
        while let Some(line) = self.line() {
            if let Some(chunk) = self.chunk_head(line) {
                match self.chunk(chunk) {
                    Data::Ended => continue,
                    Data::Unfinished => return false,
                    Data::Endless => return true,
                }
            }
            let reply = self.reply("a line");
            let verb = verb(line);
            if self.ends(line, reply) {
                return true;
            }
            let begins_anew: [&[u8]; 4] = [b"RSET", b"HELO", b"EHLO", b"STARTTLS"];
            let begins_anew = begins_anew
                .iter()
                .any(|anew| verb.eq_ignore_ascii_case(anew));
            if begins_anew && matches!(reply.code, 220 | 250) {
                self.chunks = Chunks::None;
            }
            match reply.code {
                220 => {
                    assert!(verb.eq_ignore_ascii_case(b"STARTTLS"));
                    let at = self.at;
                    let Some(mark) = self.marks.iter().find(|mark| **mark >= at) else {
                        return false;
                    };
                    self.at = *mark;
                }
                354 => {
                    assert!(verb.eq_ignore_ascii_case(b"DATA"));
                    match self.data() {
                        Data::Ended => {}
                        Data::Unfinished => return false,
                        Data::Endless => return true,
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// The next line that must have a reply.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest();
        let limits = &self.options.limits;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(rest.len(), |at| at + 1);
        let line = &rest[..length];
        let endless = length > limits.discarded_line;
        let long = length > limits.command_line;
        // A line that has not ended is answered only where it is too long to wait for the end of.
        let never_waited_for = is_auth(line) || is_bdat(line);
        if end.is_none() && !endless && !(long && never_waited_for) {
            return None;
        }
        self.at += length;
        Some(line)
    }

    /// Whether the session must end with this line, by what it is; and the reply must be fit for that.
    fn ends(&mut self, line: &[u8], reply: &Said) -> bool {
        let limits = &self.options.limits;
        let bare = |byte: u8| line[..line.len().saturating_sub(2)].contains(&byte);
        if is_auth(line) {
            self.auth += 1;
            assert_eq!(reply.code, 502, "AUTH");
            return true;
        }
        if line.len() > limits.command_line {
            assert!(matches!(reply.code, 500 | 421), "a line too long");
            // How many octets follow an over-long BDAT, nobody can say.
            let body = line.strip_suffix(b"\r\n");
            let bare = body.is_none_or(|body| body.iter().any(|byte| b"\r\n".contains(byte)));
            return reply.code == 421
                || bare
                || is_bdat(line)
                || line.len() > limits.discarded_line;
        }
        if !line.ends_with(b"\r\n") || bare(b'\r') {
            assert_eq!(reply.code, 500, "a bad line end");
            return true;
        }
        let methods = "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PRI";
        let verb = verb(line);
        let method = methods
            .split(' ')
            .any(|m| m.as_bytes().eq_ignore_ascii_case(verb));
        // What a command is stays the parser's: an unknown one that names a version of HTTP is a request.
        let version = reply.lines.iter().any(|said| said.contains("This is SMTP"));
        if (method && !line.contains(&0)) || version {
            assert_eq!(reply.code, 500, "HTTP");
            let named = line.windows(5).any(|five| five == b"HTTP/");
            assert!(method || named, "taken for HTTP");
            return true;
        }
        if is_bdat(line) {
            assert!(matches!(reply.code, 501 | 552), "a wrong BDAT");
            return true;
        }
        let quit = line.trim_ascii_end().eq_ignore_ascii_case(b"QUIT");
        assert_eq!(reply.code == 221, quit, "QUIT");
        quit || reply.code == 421
    }

    /// A BDAT behind which octets come: their number, and whether they are the last.
    fn chunk_head(&self, line: &[u8]) -> Option<(usize, bool)> {
        let limits = &self.options.limits;
        let line = std::str::from_utf8(line).ok()?;
        let text = line.strip_suffix("\r\n")?;
        if line.len() > limits.command_line || text.contains(['\r', '\0']) {
            return None;
        }
        let words: Vec<_> = text.split(|c: char| c.is_ascii_whitespace()).collect();
        let (verb, words) = words.split_first()?;
        let words: Vec<_> = words.iter().filter(|word| !word.is_empty()).collect();
        let (size, is_last) = match words.as_slice() {
            [size] => (size, false),
            [size, last] if last.eq_ignore_ascii_case("LAST") => (size, true),
            _ => return None,
        };
        if !verb.eq_ignore_ascii_case("BDAT") || !size.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let size: u64 = size.parse().ok()?;
        let size = usize::try_from(size).ok()?;
        (size as u64 <= limits.discarded_message).then_some((size, is_last))
    }

    fn chunk(&mut self, (size, is_last): (usize, bool)) -> Data {
        if let Some(reply) = self.replies.as_slice().first()
            && reply.code == 421
        {
            self.replies.next();
            return Data::Endless;
        }
        let Some(octets) = self.rest().get(..size) else {
            return Data::Unfinished;
        };
        self.at += size;
        let reply = self.reply("a chunk");
        let max = self.options.max_message_bytes;
        let mut whole = match std::mem::replace(&mut self.chunks, Chunks::None) {
            Chunks::Failed => {
                assert_eq!(reply.code, 503, "a chunk behind a refused one");
                if !is_last {
                    self.chunks = Chunks::Failed;
                }
                return Data::Ended;
            }
            // Out of order, or for nobody.
            Chunks::None if matches!(reply.code, 503 | 554) => return Data::Ended,
            Chunks::None => Vec::new(),
            Chunks::Open(whole) => whole,
        };
        whole.extend_from_slice(octets);
        if whole.len() > max {
            assert_eq!(reply.code, 552, "a message too large");
            self.answered += 1;
            if !is_last {
                self.chunks = Chunks::Failed;
            }
        } else if is_last {
            self.message(&whole, reply);
        } else {
            assert_eq!(reply.code, 250, "a chunk");
            self.chunks = Chunks::Open(whole);
        }
        Data::Ended
    }

    fn data(&mut self) -> Data {
        let (content, taken) = read_plainly(self.rest());
        if self.options.limits.discarded_message < content.len() as u64 {
            assert_eq!(self.reply("endless data").code, 552);
            self.answered += 1;
            return Data::Endless;
        }
        let Some(taken) = taken else {
            return Data::Unfinished;
        };
        self.at += taken;
        if content.len() > self.options.max_message_bytes {
            assert_eq!(self.reply("data").code, 552, "a message too large");
            self.answered += 1;
        } else {
            let reply = self.reply("data");
            self.message(&content, reply);
        }
        Data::Ended
    }

    /// One message has come: it is the next one handed on, and answered by what became of it.
    fn message(&mut self, content: &[u8], reply: &Said) {
        self.answered += 1;
        let (envelope, came) = self.messages.next().expect("a message is missing");
        assert_eq!(
            came.escape_ascii().to_string(),
            content.escape_ascii().to_string()
        );
        let code = match outcome(envelope) {
            Outcome::Kept => 250,
            Outcome::Counted => 550,
            Outcome::Failed => 451,
            _ => 452,
        };
        assert_eq!(reply.code, code, "the answer to a message");
    }
}

enum Data {
    Ended,
    Unfinished,
    Endless,
}

fn verb(line: &[u8]) -> &[u8] {
    let mut words = line.split(u8::is_ascii_whitespace);
    words.next().unwrap_or_default()
}

fn is_auth(line: &[u8]) -> bool {
    verb(line).eq_ignore_ascii_case(b"AUTH")
}

fn is_bdat(line: &[u8]) -> bool {
    verb(line).eq_ignore_ascii_case(b"BDAT")
}
