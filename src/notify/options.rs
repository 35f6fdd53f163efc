//! How notices are sent, as the configuration says it.

use crate::notice::Registry;
use lettre::message::Mailbox;
use std::net::IpAddr;
use std::path::PathBuf;

/// `[notify]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where notices go.
    pub transport: Via,
    /// The From header: `Registry <misdirected@nic.ml>`.
    pub from: String,
    /// Where a reader can check that a notice is real: a telephone number or a page; may be empty.
    pub verify_at: String,
}

/// Where notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A mail relay.
    Relay {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is protected.
        tls: RelayTls,
        /// Whom to log in as, where it wants that.
        user: Option<String>,
        /// The file of the password: its first line.
        password_file: Option<PathBuf>,
    },
    /// A folder: a file for each notice.
    Directory(PathBuf),
}

/// How the connection to a relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayTls {
    /// From the first octet (`smtps://`). RFC 8314 3.3
    Implicit,
    /// STARTTLS, and nothing without it (`smtp://`). RFC 3207: who offers none is not spoken to, lest somebody in between
    /// has taken the offer away.
    Required,
    /// None: `smtp://` to this machine itself.
    None,
}

impl RelayTls {
    /// What `smtp://` means for a host.
    #[must_use]
    pub fn of_smtp(host: &str) -> Self {
        let is_here = host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<IpAddr>()
                .is_ok_and(|ip| ip.to_canonical().is_loopback());
        if is_here { Self::None } else { Self::Required }
    }
}

/// Whether a text is one mailbox that can stand in a From header.
#[must_use]
pub fn is_mailbox(text: &str) -> bool {
    mailbox(text).is_some()
}

/// `Name <address>` or an address, on one line.
pub(in crate::notify) fn mailbox(text: &str) -> Option<Mailbox> {
    if text.chars().any(char::is_control) {
        return None;
    }
    text.trim().parse().ok()
}

impl Options {
    /// Who signs notices; `hostname` is that of the listener.
    #[must_use]
    pub fn registry(&self, hostname: &str) -> Registry {
        let name = mailbox(&self.from)
            .map(|mailbox| mailbox.name.unwrap_or_else(|| mailbox.email.to_string()));
        Registry {
            name: name.unwrap_or_else(|| self.from.clone()),
            from: self.from.clone(),
            verify_at: self.verify_at.clone(),
            hostname: hostname.to_owned(),
        }
    }
}
