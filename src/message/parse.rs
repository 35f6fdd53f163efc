//! What a message says of itself, taken out of its bytes once.

/// (contract stub)
pub struct Parsed {
    /// Octets of the message that were looked at.
    pub examined: usize,
    /// The attachments.
    pub attachments: Vec<Attachment>,
}

/// One attachment: size and media type, nothing that the sender named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// From a closed list, else `other`.
    pub media_type: &'static str,
    /// Decoded octets.
    pub bytes: u64,
}
