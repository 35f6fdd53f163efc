//! A notice as the octets that are sent: a pure function of what was approved, so that every try sends the same.

use crate::message::Domain;
use crate::message::OperatorAddresses;
use crate::notify::options;
use crate::store::outbox::DueNotice;
use lettre::Address;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::MultiPart;
use lettre::message::SinglePart;
use lettre::message::header::HeaderName;
use lettre::message::header::HeaderValue;
use std::time::Duration;
use std::time::UNIX_EPOCH;

/// A notice, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its ticket.
    pub ticket: String,
    /// The reverse-path: an address of the notice's own at the operator's return domain, so that a bounce says by itself
    /// what it is about; without one, the From address.
    pub from: Address,
    /// The forward-paths.
    pub to: Vec<Address>,
    /// Header and body (RFC 5322), ASCII, lines ended by CRLF.
    pub octets: Vec<u8>,
}

/// Why a notice cannot be made into mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The From header.
    #[error("the From header is not one mailbox")]
    From,
    /// One of the addresses, or none.
    #[error("an address cannot stand in a To header")]
    To,
    /// The whole.
    #[error("the notice cannot be written as a message")]
    Message,
}

impl Mail {
    /// Writes it.
    ///
    /// # Errors
    /// What stands in the store cannot stand in a header; a later try would not help.
    pub fn of(due: &DueNotice, operator: &OperatorAddresses) -> Result<Self, MailError> {
        let from = options::mailbox(&due.from).ok_or(MailError::From)?;
        let ours = is_ours(&from.email, operator);
        let returned = (ours || operator.has_return_domain())
            .then(|| operator.return_address(&due.ticket)?.expose().parse().ok())
            .flatten();
        let to: Vec<Address> = due
            .to
            .iter()
            .map(|address| address.parse().map_err(|_| MailError::To))
            .collect::<Result<_, _>>()?;
        if to.is_empty() {
            return Err(MailError::To);
        }
        let millis = u64::try_from(due.approved_at.millis()).unwrap_or_default();
        let mut message = Message::builder();
        if let Some(returned) = returned.clone().filter(|_| ours) {
            // Nobody has a mailbox at our own listener: whoever answers, answers to the notice.
            message = message.reply_to(Mailbox::new(None, returned));
        }
        message = message
            .date(UNIX_EPOCH + Duration::from_millis(millis))
            .from(from.clone())
            .subject(due.subject.as_str())
            .message_id(Some(message_id(due)))
            // RFC 3834 5: no vacation notice answers it. No Precedence: that is for lists, and filters take it for bulk.
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            // RFC 3282 2
            .raw_header(raw("Content-Language", &due.language));
        for address in &to {
            message = message.to(Mailbox::new(None, address.clone()));
        }
        // RFC 2045 6.7: `=_` cannot be in a quoted-printable part.
        let boundary = format!("=_{}_{millis}", due.ticket);
        let parts = MultiPart::alternative()
            .boundary(boundary)
            .singlepart(SinglePart::plain(crlf(&due.text)))
            .singlepart(SinglePart::html(crlf(&due.html)));
        let message = message.multipart(parts).map_err(|_| MailError::Message)?;
        Ok(Self {
            ticket: due.ticket.clone(),
            from: returned.unwrap_or(from.email),
            to,
            octets: message.formatted(),
        })
    }

    /// Whether an address needs RFC 6531.
    #[must_use]
    pub fn needs_utf8(&self) -> bool {
        let mut all = self.to.iter().chain([&self.from]);
        all.any(|address| !<Address as AsRef<str>>::as_ref(address).is_ascii())
    }
}

/// Whether an address is at a name of our own listener.
fn is_ours(address: &Address, operator: &OperatorAddresses) -> bool {
    Domain::parse(address.domain()).is_ok_and(|domain| operator.is_host(&domain))
}

/// The Message-ID: of the ticket and the moment of approval, so that another database with the same tickets has others.
#[must_use]
pub fn message_id(due: &DueNotice) -> String {
    let domain = options::mailbox(&due.from).map(|from| from.email.domain().to_owned());
    format!(
        "<{}.{}@{}>",
        due.ticket.to_ascii_lowercase(),
        due.approved_at.millis(),
        domain.as_deref().unwrap_or("localhost"),
    )
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// RFC 5322 2.3: CR and LF only together.
fn crlf(text: &str) -> String {
    text.lines().map(|line| format!("{line}\r\n")).collect()
}
