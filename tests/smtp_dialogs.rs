//! Every conversation of `tests/dialogs`, over TCP against the real listener, and through the pure dialogue cut into
//! pieces of several sizes: what is answered and delivered must not depend on the cut.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod smtp_support;

use restante::message::MessageId;
use restante::message::PolicyTable;
use restante::message::Timestamp;
use restante::message::TlsVersion;
use restante::smtp::Budget;
use restante::smtp::Deliver;
use restante::smtp::Tally;
use restante::smtp::dialogue::Dialogue;
use restante::smtp::dialogue::Step;
use restante::smtp::reply::StartTls;
use restante::smtp::session::Moment;
use smtp_support::Memory;
use smtp_support::NOW;
use smtp_support::Server;
use smtp_support::dialog;
use smtp_support::dialog::Dialog;
use smtp_support::dialog::Talk;
use smtp_support::tcp::Peer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

#[test]
fn over_tcp() {
    play_all(|dialog| {
        let memory = Memory::with_outcome(dialog.outcome);
        let server = Server::start(dialog.options.clone(), memory);
        let peer = Peer::connect(server.address);
        dialog.play(&mut OverTcp { server, peer })
    });
}

#[test]
fn through_the_pure_dialogue_whole() {
    play_all(|dialog| dialog.play(&mut Pure::new(dialog, usize::MAX)));
}

#[test]
fn through_the_pure_dialogue_byte_by_byte() {
    play_all(|dialog| dialog.play(&mut Pure::new(dialog, 1)));
}

#[test]
fn through_the_pure_dialogue_in_small_pieces() {
    for piece in [2, 3, 5, 7, 64] {
        play_all(|dialog| dialog.play(&mut Pure::new(dialog, piece)));
    }
}

/// Plays every dialog, several at once; names all that fail.
fn play_all(play: impl Fn(&Dialog) -> Result<(), String> + Sync) {
    let dialogs = dialog::all();
    assert!(dialogs.len() >= 45, "{} dialogs", dialogs.len());
    let queue = Mutex::new(dialogs.iter().collect::<VecDeque<_>>());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(dialog) = queue.lock().unwrap().pop_front() else {
                        return;
                    };
                    let played =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(dialog)))
                            .unwrap_or_else(|_| Err("panicked".to_owned()));
                    if let Err(what) = played {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{}: {what}", dialog.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

struct OverTcp {
    server: Server,
    peer: Peer,
}

impl Talk for OverTcp {
    fn send(&mut self, bytes: &[u8]) {
        self.peer.send(bytes);
    }

    fn line(&mut self) -> Option<String> {
        self.peer.line()
    }

    fn start_tls(&mut self) {
        self.peer.start_tls().expect("handshake");
    }

    fn tally(&mut self) -> Tally {
        self.peer.hang_up();
        let tally = self.server.memory.tally();
        assert_eq!(self.server.budget.in_use(), 0, "bytes left in the budget");
        tally
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.server.memory)
    }
}

/// The dialogue without a socket, fed in pieces.
struct Pure {
    dialogue: Dialogue,
    piece: usize,
    policies: PolicyTable,
    budget: Arc<Budget>,
    memory: Arc<Memory>,
    input: Vec<u8>,
    out: Vec<u8>,
    lines: VecDeque<String>,
    closed: bool,
    shaking_hands: bool,
}

impl Pure {
    fn new(dialog: &Dialog, piece: usize) -> Self {
        let address = "192.0.2.1".parse().unwrap();
        let options = Arc::new(dialog.options.clone());
        let dialogue = Dialogue::new(options, address, StartTls::Offered);
        let mut out = Vec::new();
        dialogue.greet(&mut out);
        Self {
            dialogue,
            piece,
            policies: smtp_support::policies(),
            budget: Budget::new(dialog.options.max_bytes_in_flight),
            memory: Memory::with_outcome(dialog.outcome),
            input: Vec::new(),
            out,
            lines: VecDeque::new(),
            closed: false,
            shaking_hands: false,
        }
    }

    fn take_input(&mut self) {
        loop {
            let moment = Moment {
                now: Timestamp::from_millis(NOW),
                policies: &self.policies,
                budget: &self.budget,
                fresh_id: MessageId::fresh,
            };
            let (taken, step) = self.dialogue.advance(&self.input, &moment, &mut self.out);
            self.input.drain(..taken);
            match step {
                Step::NeedInput => return,
                Step::Flush => self.flush(),
                Step::Deliver(message) => {
                    let message = *message;
                    let outcome = self.memory.take(message.envelope, &message.content);
                    self.dialogue.answer(outcome, &mut self.out);
                }
                Step::StartTls => {
                    assert!(self.input.is_empty(), "input outlives STARTTLS");
                    self.shaking_hands = true;
                    return;
                }
                Step::Close | Step::Bye => {
                    self.closed = true;
                    return;
                }
            }
        }
    }

    fn flush(&mut self) {
        let text = String::from_utf8(std::mem::take(&mut self.out)).unwrap();
        assert!(text.is_empty() || text.ends_with("\r\n"));
        let lines = text.split_terminator("\r\n").map(str::to_owned);
        self.lines.extend(lines);
    }
}

impl Talk for Pure {
    fn send(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece) {
            // What follows STARTTLS in the clear goes to the handshake, or nowhere.
            if !(self.closed || self.shaking_hands) {
                self.input.extend_from_slice(piece);
                self.take_input();
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        self.flush();
        let line = self.lines.pop_front();
        assert!(line.is_some() || self.closed, "the server says nothing");
        line
    }

    fn start_tls(&mut self) {
        assert!(std::mem::take(&mut self.shaking_hands));
        self.dialogue.tls_started(TlsVersion::Tls13);
    }

    fn tally(&mut self) -> Tally {
        assert_eq!(self.budget.in_use(), 0, "bytes left in the budget");
        self.memory.session_ended(self.dialogue.tally());
        self.memory.tally()
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.memory)
    }
}
