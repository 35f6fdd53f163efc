//! The dialogue without a socket, fed in pieces.

use crate::smtp_support;
use crate::smtp_support::Memory;
use crate::smtp_support::NOW;
use crate::smtp_support::dialog::Dialog;
use crate::smtp_support::dialog::Talk;
use restante::message::MessageId;
use restante::message::PolicyTable;
use restante::message::Timestamp;
use restante::message::TlsVersion;
use restante::smtp::Budget;
use restante::smtp::Deliver;
use restante::smtp::Limits;
use restante::smtp::Options;
use restante::smtp::Outcome;
use restante::smtp::Tally;
use restante::smtp::dialogue::Dialogue;
use restante::smtp::dialogue::Step;
use restante::smtp::reply::StartTls;
use restante::smtp::session::Moment;
use std::collections::VecDeque;
use std::sync::Arc;

pub struct Pure {
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
    limits: Limits,
    /// Octets that came since the session last held none of a message.
    since_nothing_was_held: usize,
}

impl Pure {
    pub fn of(dialog: &Dialog, piece: usize) -> Self {
        Self::with(dialog.options.clone(), dialog.memory(), piece)
    }

    pub fn new(options: Options, outcome: Option<Outcome>, piece: usize) -> Self {
        Self::with(options, Memory::with_outcome(outcome), piece)
    }

    pub fn with(options: Options, memory: Arc<Memory>, piece: usize) -> Self {
        let limits = options.limits.clone();
        let address = "192.0.2.1".parse().unwrap();
        let budget = Budget::new(options.max_bytes_in_flight);
        let dialogue = Dialogue::new(Arc::new(options), address, StartTls::Offered);
        let mut out = Vec::new();
        dialogue.greet(&mut out);
        Self {
            dialogue,
            piece,
            policies: smtp_support::policies(),
            budget,
            memory,
            input: Vec::new(),
            out,
            lines: VecDeque::new(),
            closed: false,
            shaking_hands: false,
            limits,
            since_nothing_was_held: 0,
        }
    }

    /// Whether the server waits for a handshake.
    pub fn is_shaking_hands(&self) -> bool {
        self.shaking_hands
    }

    /// The connection is gone: nothing may be left of what it held.
    pub fn hang_up(&mut self) {
        self.dialogue.abandon();
        assert_eq!(self.budget.in_use(), 0, "bytes left in the budget");
    }

    /// What has been said and delivered so far.
    pub fn record(&mut self) -> (Vec<String>, Vec<String>, Tally, bool) {
        self.flush();
        let messages = self.memory.messages.lock().unwrap();
        let messages = messages.iter().map(|(envelope, content)| {
            let envelope = smtp_support::shown(envelope);
            format!("{envelope} {}", content.escape_ascii())
        });
        (
            self.lines.iter().cloned().collect(),
            messages.collect(),
            self.dialogue.tally().clone(),
            self.closed,
        )
    }

    fn take_input(&mut self) {
        loop {
            let moment = Moment {
                now: Timestamp::from_millis(NOW),
                policies: &self.policies,
                budget: &self.budget,
                known: &*self.memory,
                may_begin: &|| true,
                fresh_id: |_| Ok(MessageId::from_bytes([0x77; 16])),
            };
            let (taken, step) = self.dialogue.advance(&self.input, &moment, &mut self.out);
            self.input.drain(..taken);
            self.check_bounds(taken, &step);
            match step {
                Step::NeedInput => return,
                Step::Flush => self.flush(),
                Step::Deliver(message) => {
                    let message = *message;
                    let outcome =
                        self.memory
                            .take(message.envelope, &message.content, message.destination);
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

    /// What is held of a peer at any moment.
    fn check_bounds(&mut self, taken: usize, step: &Step) {
        if matches!(step, Step::NeedInput) {
            let (kept, most) = (self.input.len(), self.limits.command_line);
            assert!(kept <= most, "{kept} octets of a line kept");
        }
        let held = self.budget.in_use();
        assert!(held <= self.budget.limit(), "{held} octets of data held");
        self.since_nothing_was_held += taken;
        let came = self.since_nothing_was_held;
        let most = 4 * came + self.limits.first_room;
        assert!(held <= most, "{held} octets held for {came}");
        if held == 0 {
            self.since_nothing_was_held = 0;
        }
        let most = self.limits.replies + 1024;
        assert!(self.out.len() < most, "{} octets unsent", self.out.len());
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
        self.memory.session_ended(self.dialogue.tally().clone());
        self.memory.tally()
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.memory)
    }
}
