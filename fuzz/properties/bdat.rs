//! Messages in chunks: they arrive byte for byte, and no chunk is ever obeyed.
//!
//! An input is messages, with `~~` between them, each of chunks with `~` between them. A message that begins with `!`
//! has no recipient, so its chunks are refused: their octets must be dropped, and the session must stay in step.

use super::cut::Cut;
use super::cut::seed;
use super::step;
use super::went::MARK;
use super::went::Went;

/// Enough for any input, and for none to meet a limit on commands.
const CHUNKS_MAX: usize = 200;

pub fn holds(input: &[u8]) {
    // A handshake would take its place in a chunk.
    if memchr::memmem::find(input, MARK).is_some() {
        return;
    }
    let options = crate::smtp_support::options();
    let script = Script::read(input);
    let seed = seed(input);
    for cut in [Cut::Whole, Cut::Every(1), Cut::Chance(seed)] {
        let went = Went::of(&script.talk, &options, cut);
        step::check(&script.talk, &went, &options);
        let codes: Vec<_> = went.replies.iter().map(|reply| reply.code).collect();
        assert_eq!(codes, script.codes, "{cut:?}");
        let messages = went.messages.iter().map(|(_, bytes)| bytes.clone());
        assert_eq!(messages.collect::<Vec<_>>(), script.messages, "{cut:?}");
    }
}

/// What is sent, and what must come of it.
struct Script {
    talk: Vec<u8>,
    codes: Vec<u16>,
    messages: Vec<Vec<u8>>,
}

impl Script {
    fn read(input: &[u8]) -> Self {
        let mut script = Self {
            talk: b"EHLO client.example\r\n".to_vec(),
            codes: vec![220, 250],
            messages: Vec::new(),
        };
        let mut chunks_left = CHUNKS_MAX;
        for message in split(input, b"~~") {
            let mut chunks = split(message, b"~");
            if chunks.len() > chunks_left {
                break;
            }
            chunks_left -= chunks.len();
            let refused = message.starts_with(b"!");
            script.begin(refused);
            let last = chunks.pop().unwrap_or_default();
            // The first refused chunk is told that there is nobody, the others that it is too late.
            let mut refusals = refused
                .then_some(554)
                .into_iter()
                .chain([503].repeat(CHUNKS_MAX));
            let mut code = || {
                if refused {
                    refusals.next().unwrap()
                } else {
                    250
                }
            };
            for chunk in &chunks {
                script.chunk(chunk, "", code());
            }
            script.chunk(last, " LAST", code());
            if refused {
                script.say("RSET\r\n", 250);
            } else {
                script
                    .messages
                    .push([chunks.concat(), last.to_vec()].concat());
            }
        }
        script.say("NOOP\r\n", 250);
        script.say("QUIT\r\n", 221);
        script
    }

    fn say(&mut self, line: &str, code: u16) {
        self.talk.extend_from_slice(line.as_bytes());
        self.codes.push(code);
    }

    fn begin(&mut self, refused: bool) {
        self.say("MAIL FROM:<a@client.example>\r\n", 250);
        match refused {
            true => self.say("RCPT TO:<jane@outside.example>\r\n", 550),
            false => self.say("RCPT TO:<jane@army.ml>\r\n", 250),
        }
    }

    fn chunk(&mut self, chunk: &[u8], last: &str, code: u16) {
        self.say(&format!("BDAT {}{last}\r\n", chunk.len()), code);
        self.talk.extend_from_slice(chunk);
    }
}

/// The parts between `mark`s.
fn split<'a>(mut rest: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = memchr::memmem::find(rest, mark) {
        parts.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    parts.push(rest);
    parts
}
