//! What intake hands over to be kept.

use crate::classify::Classification;
use crate::classify::Intended;
use crate::message::Authentication;
use crate::message::Domain;
use crate::message::MessageId;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::message::TlsVersion;
use crate::message::parse::Attachment;
use crate::store::error::StoreError;
use std::fmt;
use std::sync::Arc;

/// A keyed hash of an address, 16 hex digits, stable within a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pseudonym(pub String);

/// One message to be kept or counted: metadata of design section 8 and sealed items, nothing else.
#[derive(Clone, Debug)]
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
    /// What SPF, DKIM and DMARC say.
    pub authentication: Authentication,
    /// What was decided; its `intended` goes with `recipients`, one to one.
    pub classification: Classification,
    /// The recipients, in the envelope's order; at least one.
    pub recipients: Vec<NewRecipient>,
    /// The sealed items; empty under `Count`.
    pub items: Vec<NewItem>,
}

/// One recipient.
#[derive(Clone, Debug)]
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
#[derive(Clone)]
pub struct NewItem {
    /// An age file.
    pub sealed: Vec<u8>,
    /// Fingerprints of the keys that open it.
    pub fingerprints: Arc<[String]>,
}

impl fmt::Debug for NewItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewItem({} octets)", self.sealed.len())
    }
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

/// What became of a message: said only after the transaction was committed and synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is in the store.
    New,
    /// The same envelope and bytes are in the store already, as this message; nothing new was counted or kept.
    Duplicate(MessageId),
}

/// Whether a domain that was meant is grouped by itself or one above it.
fn is_grouped(intended: &Intended) -> bool {
    match (&intended.domain, &intended.case_domain) {
        (Some(domain), Some(case)) => domain.is_within(case),
        (domain, case) => domain.is_none() && case.is_none(),
    }
}

impl NewMessage {
    /// Whether the parts fit each other. What does not could break a whole batch, so it is turned away at the door.
    pub(in crate::store) fn check(&self) -> Result<(), StoreError> {
        let count = self.recipients.len();
        let sound = count > 0
            && self.classification.intended.len() == count
            && self.policy != Policy::Refuse
            && (self.policy == Policy::Hold || self.items.is_empty())
            && (0..self.items.len()).all(|at| self.recipients.iter().any(|r| r.item == Some(at)))
            && self
                .recipients
                .iter()
                .all(|r| r.item.is_none_or(|at| at < self.items.len()))
            && self.classification.intended.iter().all(is_grouped);
        if sound {
            Ok(())
        } else {
            Err(StoreError::Malformed)
        }
    }

    /// How many octets of sealed items it brings.
    pub(in crate::store) fn sealed_bytes(&self) -> usize {
        self.items.iter().map(|item| item.sealed.len()).sum()
    }
}
