//! The only SQL.

use crate::classify::Classification;
use crate::message::Domain;
use crate::message::MessageId;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::message::TlsVersion;
use crate::message::parse::Attachment;

/// A keyed hash of an address, 16 hex digits, stable within a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pseudonym(pub String);

/// One message to be kept or counted: metadata of design section 8 and sealed items, nothing else.
#[derive(Debug)]
pub struct NewMessage {
    /// Its name.
    pub id: MessageId,
    /// When.
    pub received_at: Timestamp,
    /// `Hold` or `Count`.
    pub policy: Policy,
    /// Size in octets as received.
    pub bytes: u64,
    /// How many of them were examined.
    pub examined: u64,
    /// Under which it is known should it come again.
    pub digest: Digest,
    /// Registrable domain of the envelope sender; `None` for the null reverse-path.
    pub sender_domain: Option<Domain>,
    /// Pseudonym of the envelope sender.
    pub sender_pseudonym: Option<Pseudonym>,
    /// Registrable domain of HELO.
    pub helo_domain: Option<Domain>,
    /// `192.0.2.0/24` or `2001:db8::/48`.
    pub client_network: Option<String>,
    /// TLS version.
    pub tls: Option<TlsVersion>,
    /// Sizes and media types.
    pub attachments: Vec<Attachment>,
    /// What was decided; its `intended` goes with `recipients`, one to one.
    pub classification: Classification,
    /// The recipients, in the envelope's order; at least one.
    pub recipients: Vec<NewRecipient>,
    /// The sealed items; empty under `Count`.
    pub items: Vec<NewItem>,
}

/// One recipient.
#[derive(Debug)]
pub struct NewRecipient {
    /// As the sender wrote it.
    pub typed_domain: Domain,
    /// The watch entry that decided its policy.
    pub watch: Option<Domain>,
    /// Pseudonym of the recipient's address.
    pub pseudonym: Pseudonym,
    /// Index into `NewMessage::items`.
    pub item: Option<usize>,
}

/// One sealed item.
#[derive(Debug)]
pub struct NewItem {
    /// An age file.
    pub sealed: Vec<u8>,
    /// Fingerprints of the keys that open it.
    pub fingerprints: std::sync::Arc<[String]>,
}

/// A keyed digest of envelope and bytes.
#[derive(Clone, Debug)]
pub struct Digest {
    /// Under today's key.
    pub current: [u8; 32],
    /// Under the key of last month, while that is still kept.
    pub previous: Option<[u8; 32]>,
    /// When it is forgotten; `None`: with the message (imports).
    pub expires: Option<Timestamp>,
}
