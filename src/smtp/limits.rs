//! Every bound that the configuration does not set, each with its reason. The configurable ones are in
//! [`crate::smtp::Options`], each with its reason too.
//!
//! What a message may hold is bounded where it is looked at: octets examined, nesting, parts, lines in
//! [`crate::message::parse`]; memory and stack of parsing where intake has its threads (`intake/pool.rs`).

use crate::message::policy::SEALED_MAX;
use std::time::Duration;

/// The bounds of one session and of the listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Octets of a command line with its line end. RFC 5321 4.5.3.1.4 names 512, extensions add to it (RFC 1870,
    /// RFC 6531), and a UTF-8 mailbox may need three times its characters; Postfix takes 2,048 too.
    pub command_line: usize,
    /// Octets of one over-long line that are read and thrown away before the session ends: enough to answer a clumsy
    /// peer in step, too few to be a sink for the network.
    pub discarded_line: usize,
    /// Octets of one over-size message that are read and thrown away so that its sender gets the 552 (a peer cut off
    /// in mid-data takes it for a network fault and tries again for days); past it the session ends.
    pub discarded_message: u64,
    /// Commands answered with 500 to 503 in one session before 421: a program that speaks no SMTP is let go. Refused
    /// recipients do not count here, nor does the 554 to a DATA behind them, which is right of a pipelining client.
    pub errors: u32,
    /// Recipients refused for good in one session before 421: a real sender has few; one who tries names has many.
    /// Those put off with 452 do not count: their sender does what RFC 5321 4.5.3.1.10 asks.
    pub refused_recipients: u32,
    /// Recipients put off with 452 in one session before 421: twenty lists of the largest size, and no loop.
    pub put_off_recipients: u32,
    /// Commands since the last completed transaction that bring none nearer (NOOP, RSET, VRFY, HELO, MAIL, DATA without
    /// recipients …) before 421.
    pub idle_commands: u32,
    /// Transactions in one session. Generous, since a session that is kept open costs less than a new one; it is there
    /// so that no session is for ever.
    pub transactions: u32,
    /// Size × distinct registrable typed domains of one held message, in octets: each owner gets a sealed copy of its
    /// own, so this is what one transaction may cost the disk. Kept at RCPT where SIZE was declared (452 for the domain
    /// that is too many: nothing is lost), and in the data for what then comes (552: a 452 there would come again at
    /// every retry, and the user would never be told).
    pub sealed_bytes: u64,
    /// Distinct registrable typed domains of one transaction without SIZE; 452 for more. As many as the recipients that
    /// RFC 5321 4.5.3.1.8 wants taken, so that no ordinary client meets it, and few enough to leave each message more
    /// than a megabyte under [`Limits::sealed_bytes`].
    pub undeclared_domains: usize,
    /// Silence inside the data (RFC 5321 4.5.3.2.5 names three minutes); the command timeout, where that is shorter.
    pub data_block: Duration,
    /// Octets a second that make data as good as a session that talks, where places are short: slower ones are asked to go
    /// before it. Ten times slower than the slowest line that is in use.
    pub brisk_data: u64,
    /// How long a session must not have brought a message on to be asked to go when all places are taken: an honest server
    /// comes to the data within seconds. Nobody is asked while there are places.
    pub dawdling: Duration,
    /// Time from 354 during which the data may be as slow as it likes: slow start, lost packets, satellites.
    pub data_grace: Duration,
    /// Octets a second, on average from 354 after the grace, below which the data is given up: a byte a second must not
    /// hold a slot for ever.
    pub data_rate: u64,
    /// The whole session: 25 MiB at 5 kB/s take 90 minutes; nobody honest needs more in one connection.
    pub session: Duration,
    /// The TLS handshake.
    pub handshake: Duration,
    /// A write that the peer does not read. Replies wait for it, so unread ones are bounded by [`Limits::replies`].
    pub write: Duration,
    /// Octets of replies that are gathered before they must be written, however much input is waiting.
    pub replies: usize,
    /// After our last reply, how long the peer's remaining bytes are read and dropped: closing with unread bytes sends a
    /// reset, which may take the reply from the peer before it has read it.
    pub linger: Duration,
    /// Octets dropped so.
    pub linger_bytes: usize,
    /// Octets taken from the socket at once.
    pub read: usize,
    /// First room for a message, or its declared size where that is less. A larger size that is only declared sets
    /// nothing aside: room grows with what has come.
    pub first_room: usize,
    /// Connections that the kernel may hold for us while we are busy.
    pub backlog: i32,
    /// Octets a day from one network (an IPv4 address, an IPv6 /48) to the mailboxes of the operator that anybody can write to.
    /// A letter counts for a hundredth of it at least. One message of the largest size always fits.
    pub operator_bytes_a_day: usize,
    /// The same of all networks together: a sixth of what those mailboxes hold, so that a flood of many takes days.
    pub operator_bytes_a_day_in_all: usize,
    /// Pause of an accept loop when the system has no descriptor or memory left, so that it neither spins nor dies.
    pub accept_pause: Duration,
    /// How long data under way, and its answer, may take after the order to stop. Who has not finished by then gets 421,
    /// with [`Limits::linger`] to read it.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 2048,
            discarded_line: 128 * 1024,
            discarded_message: 1024 * 1024 * 1024,
            errors: 20,
            refused_recipients: 2000,
            put_off_recipients: 20_000,
            idle_commands: 1000,
            transactions: 100_000,
            sealed_bytes: u64::try_from(SEALED_MAX).unwrap_or(u64::MAX),
            undeclared_domains: 100,
            data_block: Duration::from_secs(3 * 60),
            brisk_data: 2_000,
            dawdling: Duration::from_secs(10),
            data_grace: Duration::from_secs(60),
            data_rate: 100,
            session: Duration::from_secs(2 * 60 * 60),
            handshake: Duration::from_secs(60),
            write: Duration::from_secs(2 * 60),
            replies: 16 * 1024,
            linger: Duration::from_secs(2),
            linger_bytes: 256 * 1024,
            read: 16 * 1024,
            first_room: 16 * 1024,
            backlog: 1024,
            operator_bytes_a_day: 32 * 1024 * 1024,
            operator_bytes_a_day_in_all: 128 * 1024 * 1024,
            accept_pause: Duration::from_millis(100),
            drain: Duration::from_secs(60),
        }
    }
}
