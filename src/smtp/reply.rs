//! What we say. Every reply is a constant of ours: none repeats what a peer has sent, so none can carry content to a
//! third party (a bounce quotes replies) or fool a peer's log.

use crate::message::Domain;
use crate::message::MessageId;
use crate::smtp::Outcome;
use crate::smtp::options::Options;
use std::fmt;

/// One reply line: code, enhanced status code (RFC 3463), text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    status: &'static str,
    text: &'static str,
}

const fn reply(code: u16, status: &'static str, text: &'static str) -> Reply {
    Reply { code, status, text }
}

// RFC 2034 4: every 2xx, 4xx and 5xx reply but the greeting and the answer to HELO and EHLO has an enhanced code.
pub(super) const OK: Reply = reply(250, "2.0.0", "OK");
pub(super) const SENDER_OK: Reply = reply(250, "2.1.0", "Sender OK");
pub(super) const RECIPIENT_OK: Reply = reply(250, "2.1.5", "Recipient OK");
// RFC 5321 3.5.3: 252 says neither yes nor no.
// RFC 3030 2: 250 for each chunk; the last one's says what became of the message.
pub(super) const CHUNK_OK: Reply = reply(250, "2.0.0", "Chunk OK");
pub(super) const CANNOT_VERIFY: Reply = reply(252, "2.5.0", "Cannot verify; try to deliver");
pub(super) const HELP: Reply = reply(214, "2.0.0", "See RFC 5321");
pub(super) const BYE: Reply = reply(221, "2.0.0", "Bye");
pub(super) const READY_FOR_TLS: Reply = reply(220, "2.0.0", "Ready to start TLS");
pub(super) const SEND_DATA: Reply = reply(354, "", "End data with <CR><LF>.<CR><LF>");

pub(super) const SHUTTING_DOWN: Reply = reply(421, "4.3.2", "Shutting down; try again");
pub(super) const TOO_BUSY: Reply = reply(421, "4.3.2", "Too many connections; try again");
pub(super) const DISPLACED: Reply = reply(
    421,
    "4.3.2",
    "Your place is needed for somebody else; try again",
);
pub(super) const TOO_BUSY_NETWORK: Reply = reply(
    421,
    "4.7.0",
    "Too many connections from your network; try again",
);
pub(super) const TOO_SLOW: Reply = reply(421, "4.4.2", "Timeout; closing");
pub(super) const SESSION_TOO_LONG: Reply = reply(421, "4.4.2", "Session too long; closing");
pub(super) const TOO_MANY_ERRORS: Reply = reply(421, "4.7.0", "Too many errors; closing");
pub(super) const TOO_MANY_COMMANDS: Reply =
    reply(421, "4.7.0", "Too many commands without a message; closing");
pub(super) const TOO_MANY_REFUSALS: Reply =
    reply(421, "4.7.0", "Too many refused recipients; closing");
pub(super) const TOO_MANY_TRANSACTIONS: Reply =
    reply(421, "4.7.0", "Too many transactions; connect again");

pub(super) const FAILED: Reply = reply(451, "4.3.0", "Failed here; try again");
pub(super) const TOO_FAST: Reply = reply(
    421,
    "4.7.0",
    "Too many connections a minute from your network; try again later",
);
pub(super) const TOO_MANY_MESSAGES: Reply = reply(
    450,
    "4.7.1",
    "Too many messages a minute from your network; try again later",
);
pub(super) const TOO_MUCH_FOR_OPERATOR: Reply = reply(
    450,
    "4.7.1",
    "Too much for this mailbox in a day; try again later",
);
pub(super) const NO_STORAGE: Reply = reply(452, "4.3.1", "Cannot keep mail now; try again");
pub(super) const OVERLOADED: Reply = reply(452, "4.3.1", "Too much at once; try again");
pub(super) const TOO_MANY_RECIPIENTS: Reply =
    reply(452, "4.5.3", "Too many recipients; send the rest again");
pub(super) const OTHER_TRANSACTION: Reply = reply(
    452,
    "4.5.3",
    "Recipient needs a transaction of its own; send it again",
);
pub(super) const TOO_MANY_OWNERS: Reply = reply(
    452,
    "4.5.3",
    "Too many domains for a message of this size; send to fewer",
);

pub(super) const UNKNOWN_COMMAND: Reply = reply(500, "5.5.1", "Command unknown");
pub(super) const BAD_BYTES: Reply = reply(500, "5.5.2", "Command with impossible bytes");
pub(super) const BAD_LINE_END: Reply = reply(
    500,
    "5.5.2",
    "Lines end in <CR><LF> and have neither inside",
);
pub(super) const LINE_TOO_LONG: Reply = reply(500, "5.5.2", "Line too long");
pub(super) const BAD_SYNTAX: Reply = reply(501, "5.5.2", "Syntax error");
pub(super) const BAD_ARGUMENT: Reply = reply(501, "5.5.4", "Argument missing, wrong or not wanted");
pub(super) const BAD_CHUNK: Reply = reply(
    501,
    "5.5.4",
    "BDAT wants a number of octets, then LAST or nothing; closing",
);
pub(super) const BAD_SENDER: Reply = reply(501, "5.1.7", "Not an address");
pub(super) const BAD_RECIPIENT: Reply = reply(501, "5.1.3", "Not an address");
pub(super) const NOT_IMPLEMENTED: Reply = reply(502, "5.5.1", "Command not implemented");
pub(super) const NO_AUTH: Reply = reply(
    502,
    "5.7.0",
    "This is no server of yours: check the server name in your mail program; closing",
);
pub(super) const NOT_SMTP: Reply = reply(500, "5.5.1", "This is SMTP; closing");
pub(super) const HELLO_FIRST: Reply = reply(503, "5.5.1", "EHLO first");
pub(super) const MAIL_FIRST: Reply = reply(503, "5.5.1", "MAIL first");
pub(super) const RCPT_FIRST: Reply = reply(503, "5.5.1", "RCPT first");
pub(super) const CHUNKS_BEGUN: Reply = reply(503, "5.5.1", "The message has begun; BDAT or RSET");
pub(super) const CHUNKS_FAILED: Reply = reply(503, "5.5.1", "An earlier BDAT failed; RSET");
pub(super) const NESTED_MAIL: Reply = reply(503, "5.5.1", "Transaction already begun");
pub(super) const ALREADY_TLS: Reply = reply(503, "5.5.1", "TLS already in use");
pub(super) const NO_RECIPIENTS: Reply = reply(554, "5.5.1", "No valid recipients");
pub(super) const NOT_CAUGHT: Reply = reply(
    550,
    "5.1.2",
    "No mail is taken for this domain; please check the address",
);
pub(super) const NOT_OURS: Reply = reply(550, "5.7.1", "Domain not served here; no relaying");
pub(super) const EXCLUDED: Reply = reply(550, "5.7.1", "Domain not served here");
pub(super) const NO_MAILBOX: Reply = reply(550, "5.1.1", "No such mailbox");
pub(super) const TOO_LARGE: Reply = reply(552, "5.3.4", "Message too large");
pub(super) const TOO_LARGE_FOR_OWNERS: Reply = reply(
    552,
    "5.3.4",
    "Message too large for so many domains; send to fewer at once",
);
pub(super) const UNKNOWN_PARAMETER: Reply = reply(555, "5.5.4", "Parameter unknown");

impl Reply {
    /// Appends the line.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let code = self.code;
        line(out, format_args!("{code} {self}"));
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.status.is_empty() {
            write!(f, "{} ", self.status)?;
        }
        f.write_str(self.text)
    }
}

/// The greeting (RFC 5321 4.3.1).
pub(super) fn greeting(options: &Options, out: &mut Vec<u8>) {
    line(out, format_args!("220 {} ESMTP", options.hostname));
}

/// The answer to HELO.
pub(super) fn hello(options: &Options, out: &mut Vec<u8>) {
    line(out, format_args!("250 {}", options.hostname));
}

/// Whether STARTTLS is among the extensions now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartTls {
    /// Offered.
    Offered,
    /// Not to be had, or already in use.
    Not,
}

/// The answer to EHLO (RFC 5321 4.1.1.1). AUTH is not in it and never will be: nobody has an account here.
pub(super) fn extended_hello(options: &Options, start_tls: StartTls, out: &mut Vec<u8>) {
    line(out, format_args!("250-{}", options.hostname));
    // RFC 2920 3
    line(out, format_args!("250-PIPELINING"));
    // RFC 1870 4
    line(out, format_args!("250-SIZE {}", options.max_message_bytes));
    // RFC 3207 4: not offered again under TLS.
    if start_tls == StartTls::Offered {
        line(out, format_args!("250-STARTTLS"));
    }
    // RFC 6152 2
    line(out, format_args!("250-8BITMIME"));
    // RFC 6531 3.1
    line(out, format_args!("250-SMTPUTF8"));
    // RFC 3030 2
    line(out, format_args!("250-CHUNKING"));
    // RFC 2034 3
    line(out, format_args!("250 ENHANCEDSTATUSCODES"));
}

/// To who wrote to a name whose mail is not taken. `meant` is a domain of the directory whose owner has agreed to be named;
/// nothing of it comes from the message.
pub(super) fn not_caught(meant: Option<&Domain>, out: &mut Vec<u8>) {
    match meant {
        None => NOT_CAUGHT.write(out),
        Some(meant) => line(
            out,
            format_args!(
                "550 5.1.2 No mail is taken for this domain; did you mean {meant}? Nothing was delivered"
            ),
        ),
    }
}

/// The answer after the data.
pub(super) fn outcome(outcome: Outcome, id: MessageId, meant: Option<&Domain>, out: &mut Vec<u8>) {
    match outcome {
        Outcome::Kept => line(out, format_args!("250 2.6.0 Kept as {id}")),
        Outcome::Counted => not_caught(meant, out),
        Outcome::StorageTrouble => NO_STORAGE.write(out),
        Outcome::Overloaded => OVERLOADED.write(out),
        Outcome::TooMuchForOperator => TOO_MUCH_FOR_OPERATOR.write(out),
        Outcome::Failed => FAILED.write(out),
        Outcome::TooManyOwners => TOO_MANY_OWNERS.write(out),
    }
}

fn line(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = write!(out, "{text}\r\n");
}
