//! The name of a message.

use crate::message::time::Timestamp;
use std::fmt;

/// A UUID of version 7 (RFC 9562 5.7): sorts by time of arrival, says nothing of the message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(uuid::Uuid);

impl MessageId {
    /// A fresh id for a message received at `at`; the other 74 bits are random.
    ///
    /// # Errors
    /// The operating system's, where it has no randomness to give.
    pub fn fresh(at: Timestamp) -> std::io::Result<Self> {
        let mut random = [0u8; 10];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let millis = u64::try_from(at.millis()).unwrap_or(0);
        Ok(Self(
            uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid(),
        ))
    }

    /// The id that `Display` writes; nothing else is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(uuid::Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }

    /// The 16 octets that the store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id from its 16 octets.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
