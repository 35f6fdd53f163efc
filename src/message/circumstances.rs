//! What is known of a message beside its envelope and its words.

use crate::message::Authentication;

/// The circumstances of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// What SPF, DKIM and DMARC say.
    pub authentication: Authentication,
    /// To how many registrable typed names its sender has written within the last hour, those of this message among them; 0
    /// where nobody counts (an import, a null reverse-path).
    pub spread: usize,
}

impl Circumstances {
    /// Nothing was looked at.
    pub const UNKNOWN: Self = Self {
        authentication: Authentication::NOT_CHECKED,
        spread: 0,
    };
}
