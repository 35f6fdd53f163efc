//! What a message claims: its header, and the hashes of its body that signatures are checked against.
//!
//! Taken where messages are parsed, since a large body takes long to hash; what is made of it afterwards is small.
//! Only header fields are read, one after the other: nesting costs nothing here.

use mail_auth::AuthenticatedMessage;
use mail_auth::common::crypto::HashAlgorithm;
use mail_auth::dkim::Canonicalization;
use std::panic::AssertUnwindSafe;
use zeroize::Zeroizing;

/// Octets of header that are read: many times what a letter has, with all that filters and lists add.
const HEADER_MAX: usize = 128 << 10;

/// A hash of the body: how it was made, and of which part.
type BodyHash = (Canonicalization, HashAlgorithm, u64, Vec<u8>);

/// What a message claims. All of it is content.
#[derive(Default)]
pub struct Claims {
    pub(super) header: Zeroizing<Vec<u8>>,
    pub(super) body_hashes: Vec<BodyHash>,
}

impl Claims {
    /// Reads them out of the bytes of a message. `None` where the header is longer than is read, or the library cannot take it.
    #[must_use]
    pub fn of(raw: &[u8]) -> Option<Self> {
        std::panic::catch_unwind(AssertUnwindSafe(|| Self::read(raw))).ok()?
    }

    fn read(raw: &[u8]) -> Option<Self> {
        // A header that goes on past the bound is found out before what it costs.
        let head = raw.get(..HEADER_MAX).unwrap_or(raw);
        let Some(mut message) = AuthenticatedMessage::parse(head) else {
            return Some(Self::default());
        };
        let end = message.body_offset();
        if head.len() < raw.len() {
            if end >= head.len() {
                return None;
            }
            if !message.body_hashes.is_empty() {
                message = AuthenticatedMessage::parse(raw)?;
            }
        }
        Some(Self {
            header: Zeroizing::new(raw.get(..end)?.to_vec()),
            body_hashes: message.body_hashes,
        })
    }
}
