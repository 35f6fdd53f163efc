//! The operator's own mailboxes: where people write to the registry, and where answers to notices come back.

/// A mailbox of the operator's. What arrives there is never classified, counted as misdirected or shown to staff: it is
/// sealed to the operator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OperatorMailbox {
    /// `postmaster` (RFC 5321 4.5.1), with or without a domain.
    Postmaster,
    /// `abuse` (RFC 2142 2).
    Abuse,
    /// The reverse-path of a notice of ours: bounces and answers.
    Returned,
}

impl OperatorMailbox {
    /// All, in the order in which pages list them.
    pub const ALL: [OperatorMailbox; 3] = [Self::Postmaster, Self::Abuse, Self::Returned];

    /// The word in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postmaster => "postmaster",
            Self::Abuse => "abuse",
            Self::Returned => "returned",
        }
    }

    /// The mailbox of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mailbox| mailbox.name() == name)
    }
}
