//! Conversations in the grammar of SMTP, pipelined and cut anywhere: an independent model says beforehand which code each
//! command gets and what is delivered to whom, byte for byte.
//!
//! The model knows the order of commands (RFC 5321 4.1.4, RFC 3030 2) and the policies of `smtp_support`; it reads no
//! bytes, and the server is asked nothing while the conversation is made. So this also shows what `smtp_step`, which learns
//! from the replies, cannot: that a command was taken where it had to be.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/properties/mod.rs"]
mod properties;
mod smtp_support;

use properties::cut::Cut;
use properties::data::stuff;
use properties::step;
use properties::went::MARK;
use properties::went::Went;
use proptest::prelude::*;
use restante::message::Envelope;
use restante::message::ReversePath;
use restante::smtp::Options;

const MAX: usize = 120;
const MAX_RECIPIENTS: usize = 4;

/// What a client does next.
#[derive(Clone, Debug)]
enum Act {
    Hello(&'static str),
    Mail(&'static str, Option<usize>),
    Rcpt(&'static str),
    Data(Vec<u8>),
    Chunk(Vec<u8>, bool),
    Other(&'static [u8], u16),
    Reset,
    /// With what is sent behind it in the clear.
    StartTls(Vec<u8>),
}

/// Who takes the mail of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taker {
    Held,
    Counted,
    Operator,
}

#[derive(Default)]
struct Transaction {
    sender: &'static str,
    taker: Option<Taker>,
    recipients: Vec<&'static str>,
    tried: bool,
}

#[derive(Default)]
enum Chunks {
    #[default]
    None,
    Open(Transaction, Vec<u8>),
    Failed,
}

/// A message that must arrive: from, to, bytes.
type Message = (String, Vec<String>, Vec<u8>);

#[derive(Default)]
struct Model {
    is_greeted: bool,
    has_tls: bool,
    transaction: Option<Transaction>,
    chunks: Chunks,
    talk: Vec<u8>,
    codes: Vec<u16>,
    messages: Vec<Message>,
}

impl Model {
    fn of(acts: &[Act]) -> Self {
        let mut model = Self {
            codes: vec![220],
            ..Self::default()
        };
        for act in acts {
            model.act(act);
        }
        model.say(b"QUIT\r\n", 221);
        model
    }

    fn say(&mut self, line: &[u8], code: u16) {
        self.talk.extend_from_slice(line);
        self.codes.push(code);
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Hello(line) => {
                self.say(line.as_bytes(), 250);
                self.reset();
                self.is_greeted = true;
            }
            Act::Reset => {
                self.say(b"rset \r\n", 250);
                self.reset();
            }
            Act::Mail(sender, size) => self.mail(sender, *size),
            Act::Rcpt(recipient) => self.rcpt(recipient),
            Act::Data(body) => self.data(body),
            Act::Chunk(octets, is_last) => self.chunk(octets, *is_last),
            Act::Other(line, code) => self.say(line, *code),
            Act::StartTls(behind) => self.start_tls(behind),
        }
    }

    fn reset(&mut self) {
        self.transaction = None;
        self.chunks = Chunks::None;
    }

    fn mail(&mut self, sender: &'static str, size: Option<usize>) {
        let size_word = size.map(|size| format!(" SIZE={size}")).unwrap_or_default();
        let line = format!("MAIL FROM:<{sender}>{size_word}\r\n");
        let in_order = self.is_greeted && self.transaction.is_none() && self.no_chunks();
        let fits = size.is_none_or(|size| size <= MAX);
        if in_order && fits {
            self.transaction = Some(Transaction {
                sender,
                ..Transaction::default()
            });
        }
        let code = match (in_order, fits) {
            (false, _) => 503,
            (true, false) => 552,
            (true, true) => 250,
        };
        self.say(line.as_bytes(), code);
    }

    fn rcpt(&mut self, recipient: &'static str) {
        let line = format!("Rcpt to: <{recipient}>\r\n");
        let chunks_begun = !self.no_chunks();
        let code = match &mut self.transaction {
            _ if chunks_begun => 503,
            None => 503,
            Some(transaction) => transaction.rcpt(recipient),
        };
        self.say(line.as_bytes(), code);
    }

    fn data(&mut self, body: &[u8]) {
        let before = self.transaction.take();
        let opened = match before {
            _ if !self.no_chunks() => Err((before, 503)),
            None => Err((None, 503)),
            Some(transaction) => transaction.open().map_err(|(t, code)| (Some(t), code)),
        };
        match opened {
            Err((transaction, code)) => {
                self.transaction = transaction;
                self.say(b"DATA\r\n", code);
            }
            Ok(transaction) => {
                self.say(b"DATA\r\n", 354);
                self.talk.extend(stuff(body));
                let mut content = body.to_vec();
                if !(content.is_empty() || content.ends_with(b"\r\n")) {
                    content.extend(b"\r\n");
                }
                self.message(transaction, content);
            }
        }
    }

    fn chunk(&mut self, octets: &[u8], is_last: bool) {
        let last = if is_last { " LAST" } else { "" };
        let line = format!("BDAT {}{last}\r\n", octets.len());
        self.talk.extend_from_slice(line.as_bytes());
        self.talk.extend_from_slice(octets);
        let opened = match std::mem::take(&mut self.chunks) {
            Chunks::Failed => Err(503),
            Chunks::Open(transaction, content) => Ok((transaction, content)),
            Chunks::None => match self.transaction.take().map(Transaction::open) {
                // There is nothing to fail.
                None => {
                    self.codes.push(503);
                    return;
                }
                Some(Ok(transaction)) => Ok((transaction, Vec::new())),
                Some(Err((transaction, code))) => {
                    self.transaction = is_last.then_some(transaction);
                    Err(code)
                }
            },
        };
        match opened {
            Err(code) => {
                self.codes.push(code);
                self.fail_unless(is_last);
            }
            Ok((transaction, content)) => {
                let content = [&content, octets].concat();
                if content.len() > MAX {
                    self.codes.push(552);
                    self.fail_unless(is_last);
                } else if is_last {
                    self.message(transaction, content);
                } else {
                    self.codes.push(250);
                    self.chunks = Chunks::Open(transaction, content);
                }
            }
        }
    }

    fn fail_unless(&mut self, is_last: bool) {
        if !is_last {
            self.chunks = Chunks::Failed;
        }
    }

    /// A message has been sent to its end.
    fn message(&mut self, transaction: Transaction, content: Vec<u8>) {
        if content.len() > MAX {
            self.codes.push(552);
            return;
        }
        let local_part = transaction.sender.split('@').next().unwrap();
        self.codes.push(match (local_part, transaction.taker) {
            ("failed", _) => 451,
            ("storage", _) => 452,
            (_, Some(Taker::Counted)) => 550,
            _ => 250,
        });
        let to = transaction.recipients.iter().map(ToString::to_string);
        self.messages
            .push((transaction.sender.to_owned(), to.collect(), content));
    }

    fn start_tls(&mut self, behind: &[u8]) {
        if !self.is_greeted || self.has_tls {
            // Not offered any more, and not before EHLO.
            self.say(b"STARTTLS\r\n", 503);
            return;
        }
        self.say(b"STARTTLS\r\n", 220);
        self.talk.extend_from_slice(behind);
        self.talk.extend_from_slice(MARK);
        self.reset();
        self.is_greeted = false;
        self.has_tls = true;
    }

    fn no_chunks(&self) -> bool {
        matches!(self.chunks, Chunks::None)
    }
}

impl Transaction {
    fn rcpt(&mut self, recipient: &'static str) -> u16 {
        self.tried = true;
        let taker = match recipient {
            "" => return 501,
            "jane@army.ml" | "john@us.navy.ml" => Taker::Held,
            "x@counted.ml" => Taker::Counted,
            "postmaster" | "abuse@mx.nic.ml" => Taker::Operator,
            _ => return 550,
        };
        if self.recipients.len() >= MAX_RECIPIENTS || self.taker.is_some_and(|t| t != taker) {
            return 452;
        }
        self.taker = Some(taker);
        self.recipients.push(match recipient {
            "postmaster" => "postmaster@mx.nic.ml",
            other => other,
        });
        250
    }

    fn open(self) -> Result<Self, (Self, u16)> {
        match (self.taker, self.tried) {
            (Some(_), _) => Ok(self),
            (None, true) => Err((self, 554)),
            (None, false) => Err((self, 503)),
        }
    }
}

/// Content in which everything looks like a command or an end.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        &b"\r\n"[..],
        b".",
        b"\r",
        b"\n",
        b"\0",
        b"\xff",
        b"Hi",
        b".\r\n",
        b"\r\n.\r\n",
        b"QUIT\r\n",
        b"RSET\r\n",
        b"MAIL FROM:<evil@client.example>\r\n",
        b"RCPT TO:<boss@army.ml>\r\n",
        b"DATA\r\n",
        b"BDAT 5 LAST\r\n",
        b"AUTH PLAIN x\r\n",
        b"STARTTLS\r\n",
    ]);
    prop::collection::vec(word, 0..8).prop_map(|words| words.concat())
}

fn act() -> impl Strategy<Value = Act> {
    let hello = prop::sample::select(vec!["EHLO client.example\r\n", "helo client.example\r\n"]);
    let sender = prop::sample::select(vec![
        "a@client.example",
        "",
        "failed@client.example",
        "storage@client.example",
    ]);
    let size = prop::option::of(prop::sample::select(vec![1, 50, MAX, MAX + 1]));
    let recipient = prop::sample::select(vec![
        "jane@army.ml",
        "jane@army.ml",
        "jane@army.ml",
        "john@us.navy.ml",
        "x@counted.ml",
        "postmaster",
        "abuse@mx.nic.ml",
        "x@refused.ml",
        "x@nic.ml",
        "x@outside.example",
        "x%outside.example@army.ml",
        "",
    ]);
    let other = prop::sample::select(vec![
        (&b"NOOP ignored\r\n"[..], 250),
        (b"VRFY jane@army.ml\r\n", 252),
        (b"HELP\r\n", 214),
        (b"FOO\r\n", 500),
        (b"\r\n", 500),
        (b"EXPN x\r\n", 502),
        (b"DATA now\r\n", 501),
        (b"MAIL FROM:<a@client.example> AUTH=<>\r\n", 555),
        (b"RCPT TO:<jane@army.ml> NOTIFY=NEVER\r\n", 555),
        (b"NOOP \0\r\n", 500),
    ]);
    prop_oneof![
        1 => hello.prop_map(Act::Hello),
        4 => (sender, size).prop_map(|(sender, size)| Act::Mail(sender, size)),
        6 => recipient.prop_map(Act::Rcpt),
        4 => content().prop_map(Act::Data),
        3 => content().prop_map(|octets| Act::Chunk(octets, false)),
        3 => content().prop_map(|octets| Act::Chunk(octets, true)),
        2 => other.prop_map(|(line, code)| Act::Other(line, code)),
        1 => Just(Act::Reset),
        1 => content().prop_map(Act::StartTls),
    ]
}

fn options() -> Options {
    let mut options = smtp_support::options();
    options.max_message_bytes = MAX;
    options.max_recipients = MAX_RECIPIENTS;
    options.limits.errors = 1000;
    options.limits.first_room = 32;
    options
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn go_as_the_model_says(mut acts in prop::collection::vec(act(), 0..40), greet in any::<bool>(), chance in any::<u64>()) {
        if greet {
            acts.insert(0, Act::Hello("EHLO client.example\r\n"));
        }
        let model = Model::of(&acts);
        let options = options();
        for cut in [Cut::Whole, Cut::Every(1), Cut::Chance(chance)] {
            let went = Went::of(&model.talk, &options, cut);
            let codes: Vec<_> = went.replies.iter().map(|reply| reply.code).collect();
            prop_assert_eq!(&codes, &model.codes, "{:?}", cut);
            prop_assert_eq!(&messages(&went), &model.messages, "{:?}", cut);
            prop_assert!(went.closed);
            step::check(&model.talk, &went, &options);
        }
    }
}

/// What was delivered, in the model's words.
fn messages(went: &Went) -> Vec<Message> {
    let one = |(envelope, bytes): &(Envelope, Vec<u8>)| {
        let from = match &envelope.reverse_path {
            ReversePath::Address(address) => address.expose().to_string(),
            _ => String::new(),
        };
        let to = envelope.recipients.iter();
        let to = to.map(|recipient| recipient.address.expose().to_string());
        (from, to.collect(), bytes.clone())
    };
    went.messages.iter().map(one).collect()
}
