//! The session: what each command does and what is answered. Pure: no socket, no clock, no log.
//!
//! Guarantees: a recipient is accepted only where the policy table says so; AUTH ends the session and its argument is
//! never looked at; nothing of a transaction outlives RSET, HELO, EHLO, STARTTLS or its own end. Every bound on what one
//! session may ask for is kept here.

mod content;

use crate::message::Domain;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::PolicyTable;
use crate::message::Protocol;
use crate::message::Timestamp;
use crate::message::TlsVersion;
use crate::smtp::Known;
use crate::smtp::Outcome;
use crate::smtp::Tally;
use crate::smtp::budget::Budget;
use crate::smtp::chunks::Chunk;
use crate::smtp::chunks::Chunks;
use crate::smtp::command;
use crate::smtp::command::Command;
use crate::smtp::command::Fault;
use crate::smtp::command::MailParameters;
use crate::smtp::opening::Accepted;
use crate::smtp::opening::Greeted;
use crate::smtp::options::Options;
use crate::smtp::path::Path;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use crate::smtp::reply::StartTls;
use crate::smtp::transaction::Refusal;
use crate::smtp::transaction::Transaction;
use crate::smtp::transaction::forward_path;
use crate::smtp::transaction::reverse_path;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// What a session must know of the world at one moment.
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// What is done with mail for which name.
    pub policies: &'a PolicyTable,
    /// Where the bytes of a message are set aside.
    pub budget: &'a Arc<Budget>,
    /// What is known of names, and of the disk.
    pub known: &'a dyn Known,
    /// Takes a place for one more message in the allowance of the peer's network; `false` where that is used up.
    pub may_begin: &'a dyn Fn() -> bool,
    /// Makes ids.
    pub fresh_id: fn(Timestamp) -> io::Result<MessageId>,
}

/// What is to be done after a command; its reply has been written.
pub(super) enum Action {
    /// Read the next command.
    Continue,
    /// Read data.
    Data(Box<Accepted>),
    /// Read the octets of a chunk.
    Chunk(Chunk),
    /// Begin TLS.
    StartTls,
    /// Close, at our wish.
    Close,
    /// Close, at the peer's.
    Bye,
}

/// One session's state.
pub(super) struct Session {
    options: Arc<Options>,
    address: IpAddr,
    start_tls: StartTls,
    tls: Option<TlsVersion>,
    greeted: Option<Box<Greeted>>,
    transaction: Option<Box<Transaction>>,
    /// What has come of the message, where it comes in chunks: the transaction is in there then.
    chunks: Option<Chunks>,
    tally: Tally,
    errors: u32,
    refusals: u32,
    put_off: u32,
    idle_commands: u32,
    /// Octets of chunks that were refused before they came.
    dropped: u64,
}

impl Session {
    pub(super) fn new(options: Arc<Options>, address: IpAddr, start_tls: StartTls) -> Self {
        Self {
            options,
            address: address.to_canonical(),
            start_tls,
            tls: None,
            greeted: None,
            transaction: None,
            chunks: None,
            tally: Tally::default(),
            errors: 0,
            refusals: 0,
            put_off: 0,
            idle_commands: 0,
            dropped: 0,
        }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Drops the transaction, and what has come of its message.
    pub(super) fn reset(&mut self) {
        self.transaction = None;
        self.chunks = None;
    }

    /// Takes one line with its line end.
    pub(super) fn line(&mut self, line: &[u8], moment: &Moment<'_>, out: &mut Vec<u8>) -> Action {
        match command::parse(line) {
            Ok(command) => self.command(command, moment, out),
            Err(Fault::Say(reply)) => self.error(reply, out),
            Err(Fault::OutOfStep(reply)) => say_and_close(reply, out),
            Err(Fault::LineEnd) => self.bad_line_end(out),
        }
    }

    /// A line with a CR or an LF that stands alone: peer and we may see different lines.
    pub(super) fn bad_line_end(&mut self, out: &mut Vec<u8>) -> Action {
        say_and_close(reply::BAD_LINE_END, out)
    }

    /// A line longer than any command, thrown away.
    pub(super) fn overlong_line(&mut self, out: &mut Vec<u8>) -> Action {
        self.error(reply::LINE_TOO_LONG, out)
    }

    /// AUTH, in whatever form.
    pub(super) fn auth(&mut self, out: &mut Vec<u8>) -> Action {
        self.tally.auth_attempts = self.tally.auth_attempts.saturating_add(1);
        say_and_close(reply::NO_AUTH, out)
    }

    /// RFC 3207 4.2: after the handshake the server knows nothing of what was said before it.
    pub(super) fn tls_started(&mut self, version: TlsVersion) {
        self.tls = Some(version);
        self.start_tls = StartTls::Not;
        self.greeted = None;
        self.reset();
    }

    /// The answer after the data. `meant` is what a counted message's sender may be told.
    pub(super) fn answer(
        &mut self,
        outcome: Outcome,
        id: MessageId,
        meant: Option<&Domain>,
        out: &mut Vec<u8>,
    ) {
        self.answered();
        reply::outcome(outcome, id, meant, out);
    }

    /// The data was refused before anybody was asked.
    pub(super) fn refuse_data(&mut self, reply: Reply, out: &mut Vec<u8>) {
        self.answered();
        reply.write(out);
    }

    fn answered(&mut self) {
        self.tally.transactions = self.tally.transactions.saturating_add(1);
        self.idle_commands = 0;
    }

    fn command(&mut self, command: Command<'_>, moment: &Moment<'_>, out: &mut Vec<u8>) -> Action {
        match command {
            Command::Mail(path, parameters) => return self.mail(path, parameters, moment, out),
            Command::Rcpt(path) => return self.rcpt(path, moment, out),
            Command::Data => return self.data(moment, out),
            Command::Bdat(head) => return self.bdat(head, moment, out),
            Command::Auth => return self.auth(out),
            Command::NotSmtp => return say_and_close(reply::NOT_SMTP, out),
            // RFC 5321 4.1.1.10
            Command::Quit => {
                reply::BYE.write(out);
                return Action::Bye;
            }
            _ => {}
        }
        if self.too_idle() {
            return say_and_close(reply::TOO_MANY_COMMANDS, out);
        }
        match command {
            Command::Helo(name) => self.hello(&name, Protocol::Smtp, out),
            Command::Ehlo(name) => self.hello(&name, Protocol::Esmtp, out),
            Command::StartTls => return self.start_tls(out),
            // RFC 5321 4.1.1.5
            Command::Rset => {
                self.reset();
                reply::OK.write(out);
            }
            Command::Noop => reply::OK.write(out),
            // RFC 5321 7.3: nobody learns here which addresses exist.
            Command::Vrfy => reply::CANNOT_VERIFY.write(out),
            Command::Help => reply::HELP.write(out),
            _ => return self.error(reply::NOT_IMPLEMENTED, out),
        }
        Action::Continue
    }

    /// RFC 5321 4.1.4: HELO and EHLO may come at any time and do what RSET does.
    fn hello(&mut self, name: &str, protocol: Protocol, out: &mut Vec<u8>) {
        self.reset();
        self.greeted = Some(Box::new(Greeted {
            helo: Helo::new(name),
            protocol,
        }));
        match protocol {
            Protocol::Smtp => reply::hello(&self.options, out),
            _ => reply::extended_hello(&self.options, self.start_tls, out),
        }
    }

    fn start_tls(&mut self, out: &mut Vec<u8>) -> Action {
        if self.tls.is_some() {
            return self.error(reply::ALREADY_TLS, out);
        }
        if self.start_tls == StartTls::Not {
            return self.error(reply::NOT_IMPLEMENTED, out);
        }
        if self.greeted.is_none() {
            return self.error(reply::HELLO_FIRST, out);
        }
        reply::READY_FOR_TLS.write(out);
        Action::StartTls
    }

    fn mail(
        &mut self,
        path: Path<'_>,
        given: MailParameters,
        moment: &Moment<'_>,
        out: &mut Vec<u8>,
    ) -> Action {
        // RFC 5321 4.1.4: the order of commands.
        if self.greeted.is_none() {
            return self.error(reply::HELLO_FIRST, out);
        }
        if self.transaction.is_some() || self.chunks.is_some() {
            return self.error(reply::NESTED_MAIL, out);
        }
        if self.tally.transactions >= self.options.limits.transactions {
            return say_and_close(reply::TOO_MANY_TRANSACTIONS, out);
        }
        if self.too_idle() {
            return say_and_close(reply::TOO_MANY_COMMANDS, out);
        }
        // RFC 1870 6.1: a declared size beyond ours is refused before it is sent.
        let max = u64::try_from(self.options.max_message_bytes).unwrap_or(u64::MAX);
        if given.size.is_some_and(|size| size > max) {
            reply::TOO_LARGE.write(out);
            return Action::Continue;
        }
        let Some(reverse_path) = reverse_path(path) else {
            return self.error(reply::BAD_SENDER, out);
        };
        // RFC 1870 6.1: before the data, so that nothing is sent twice for want of a disk.
        if !moment.known.can_keep() {
            reply::NO_STORAGE.write(out);
            return Action::Continue;
        }
        if !(moment.may_begin)() {
            reply::TOO_MANY_MESSAGES.write(out);
            return Action::Continue;
        }
        let transaction = Transaction::new(reverse_path, given.size, given.utf8);
        self.transaction = Some(Box::new(transaction));
        reply::SENDER_OK.write(out);
        Action::Continue
    }

    fn rcpt(&mut self, path: Path<'_>, moment: &Moment<'_>, out: &mut Vec<u8>) -> Action {
        if self.chunks.is_some() {
            return self.error(reply::CHUNKS_BEGUN, out);
        }
        let Some(transaction) = &mut self.transaction else {
            return self.error(reply::MAIL_FIRST, out);
        };
        transaction.tried = true;
        let operator = &self.options.operator;
        let taken = forward_path(path, operator).and_then(|address| {
            if let Some(mailbox) = operator.mailbox(&address) {
                return transaction.add_for_operator(address, mailbox, &self.options);
            }
            if operator.is_host(address.domain()) {
                return Err(Refusal::Refused(reply::NO_MAILBOX));
            }
            let disposition = moment.policies.decide(address.domain(), moment.now);
            transaction.add(address, disposition, &self.options)
        });
        let refusal = match taken {
            Ok(()) => {
                reply::RECIPIENT_OK.write(out);
                return Action::Continue;
            }
            // RFC 5321 4.5.3.1.10: the client is to send these again in another transaction. A 421 before DATA would take
            // from it what it was promised, at every retry.
            Err(Refusal::Later(reply)) => {
                self.put_off += 1;
                if self.put_off >= self.options.limits.put_off_recipients {
                    return say_and_close(reply::TOO_MANY_REFUSALS, out);
                }
                reply.write(out);
                return Action::Continue;
            }
            Err(refusal) => refusal,
        };
        self.refusals += 1;
        let too_many = self.refusals >= self.options.limits.refused_recipients;
        let mut meant = None;
        let reply = match refusal {
            Refusal::Relay(reply) => {
                self.tally.relay_attempts = self.tally.relay_attempts.saturating_add(1);
                reply
            }
            Refusal::Outside(domain) => {
                match moment.known.owned(&domain) {
                    Some(owned) => self.tally.misrouted_to(owned),
                    None => {
                        self.tally.relay_attempts = self.tally.relay_attempts.saturating_add(1);
                    }
                }
                reply::NOT_OURS
            }
            Refusal::ByPolicy { typed, watch } => {
                if !too_many {
                    meant = moment.known.hint(&typed);
                }
                self.tally
                    .refused(watch.unwrap_or_else(|| typed.registrable()));
                reply::NOT_CAUGHT
            }
            Refusal::Refused(reply) | Refusal::Later(reply) => {
                self.tally.refused_recipients = self.tally.refused_recipients.saturating_add(1);
                reply
            }
        };
        if too_many {
            return say_and_close(reply::TOO_MANY_REFUSALS, out);
        }
        match meant {
            Some(meant) => reply::not_caught(Some(&meant), out),
            None => reply.write(out),
        }
        Action::Continue
    }

    /// Counts a command that brings no message nearer; whether that was one too many.
    fn too_idle(&mut self) -> bool {
        self.idle_commands += 1;
        self.idle_commands >= self.options.limits.idle_commands
    }

    /// Answers a mistake; too many of them end the session.
    fn error(&mut self, reply: Reply, out: &mut Vec<u8>) -> Action {
        self.errors += 1;
        if self.errors >= self.options.limits.errors {
            // RFC 5321 3.8
            return say_and_close(reply::TOO_MANY_ERRORS, out);
        }
        reply.write(out);
        Action::Continue
    }
}

fn say_and_close(reply: Reply, out: &mut Vec<u8>) -> Action {
    reply.write(out);
    Action::Close
}
