//! One SMTP transaction: who said what to whom, and the bytes that followed.

use crate::message::address::Address;
use crate::message::domain::Domain;
use crate::message::id::MessageId;
use crate::message::policy::Policy;
use crate::message::time::Timestamp;
use std::fmt;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// A completed transaction's envelope. All recipients have the same policy (one DATA has one answer).
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Names the message from here on, in logs and in the store.
    pub id: MessageId,
    /// When DATA was answered with 354, or the topmost Received line of an imported message.
    pub received_at: Timestamp,
    /// The peer.
    pub client: Client,
    /// MAIL FROM.
    pub reverse_path: ReversePath,
    /// RCPT TO, accepted ones only, in order; at least one.
    pub recipients: Vec<Recipient>,
    /// What is done with it: `Hold` or `Count`, never `Refuse`.
    pub policy: Policy,
}

/// What is known of the peer.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its address; an IPv4-mapped IPv6 address is given as IPv4.
    pub address: IpAddr,
    /// Its HELO or EHLO argument.
    pub helo: Helo,
    /// The protocol for the `with` clause of a Received line (RFC 3848).
    pub protocol: Protocol,
    /// The TLS version after STARTTLS.
    pub tls: Option<TlsVersion>,
}

/// The HELO or EHLO argument: hostile text, never shown; only its registrable domain is kept.
#[derive(Clone, Default)]
pub struct Helo(Zeroizing<String>);

impl Helo {
    /// Takes the argument as it was sent.
    #[must_use]
    pub fn new(argument: &str) -> Self {
        Self(Zeroizing::new(argument.to_owned()))
    }

    /// The argument: content.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The argument as a domain, where it is one of at least two labels.
    #[must_use]
    pub fn domain(&self) -> Option<Domain> {
        Domain::parse(&self.0).ok().filter(|d| d.label_count() > 1)
    }
}

impl fmt::Debug for Helo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Helo({} octets)", self.0.len())
    }
}

/// How the message came, by the names of RFC 3848 (and RFC 6531 4.3 for the UTF8 ones).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HELO.
    Smtp,
    /// EHLO.
    Esmtp,
    /// EHLO after STARTTLS.
    Esmtps,
    /// EHLO and SMTPUTF8.
    Utf8Smtp,
    /// EHLO, STARTTLS and SMTPUTF8.
    Utf8Smtps,
    /// Not over SMTP: brought in by `restante import`.
    Import,
}

impl Protocol {
    /// The word of a Received line's `with` clause.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "SMTP",
            Self::Esmtp => "ESMTP",
            Self::Esmtps => "ESMTPS",
            Self::Utf8Smtp => "UTF8SMTP",
            Self::Utf8Smtps => "UTF8SMTPS",
            Self::Import => "import",
        }
    }
}

/// A TLS version that this listener takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl TlsVersion {
    /// The name kept in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }
}

/// MAIL FROM (RFC 5321 4.1.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReversePath {
    /// `<>`: a bounce or an automatic answer.
    Null,
    /// A mailbox.
    Address(Address),
    /// What stood between the brackets where that is no mailbox at a domain name: an address literal, a bare
    /// `MAILER-DAEMON`, a host that is no name. Real mail has them; content, like a local part.
    Irregular(IrregularPath),
}

/// The text of a reverse-path that is no mailbox at a domain name. Wiped on drop, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct IrregularPath(Zeroizing<String>);

impl IrregularPath {
    /// Takes the text as it was sent, without the brackets.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text: content.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IrregularPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IrregularPath({} octets)", self.0.len())
    }
}

impl ReversePath {
    /// The mailbox, where there is one.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null | Self::Irregular(_) => None,
            Self::Address(address) => Some(address),
        }
    }

    /// What stood between the brackets, empty for the null reverse-path: content.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        match self {
            Self::Null => Zeroizing::default(),
            Self::Irregular(path) => Zeroizing::new(path.expose().to_owned()),
            Self::Address(address) => address.expose(),
        }
    }
}

/// An accepted RCPT TO.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The forward-path; its domain is the *typed domain*.
    pub address: Address,
    /// The `[[watch]]` entry that decided its policy, where one did.
    pub watch: Option<Domain>,
}

impl Recipient {
    /// The domain as the sender wrote it.
    #[must_use]
    pub fn typed_domain(&self) -> &Domain {
        self.address.domain()
    }
}

/// The bytes of a message, dot-unstuffed, as received: the one thing nobody here may read. Wiped on drop.
#[derive(Clone, Default)]
pub struct Content(Zeroizing<Vec<u8>>);

impl Content {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many octets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} octets)", self.0.len())
    }
}
