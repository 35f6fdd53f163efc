//! What is known of a message beside its envelope and its words.

use crate::message::Address;
use crate::message::Authentication;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Parsed;

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

    /// The registrable domain of the sender: that of From where DMARC shows that it stands for the message, else the envelope's,
    /// which for mail of a service is the service's.
    #[must_use]
    pub fn sender_domain(&self, envelope: &Envelope, parsed: &Parsed) -> Option<Domain> {
        let shown = parsed
            .from
            .first()
            .filter(|_| self.authentication.is_owned());
        let address = shown.or_else(|| envelope.reverse_path.address());
        address.map(Address::domain).map(Domain::registrable)
    }
}
