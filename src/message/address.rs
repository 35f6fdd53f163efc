//! A mailbox address. Its local part is content: it can be compared and keyed, never printed.

use crate::message::domain::Domain;
use std::fmt;
use zeroize::Zeroizing;

/// `local-part@domain` (RFC 5321 4.1.2).
///
/// `Debug` shows the domain alone; there is no `Display`. Whoever needs the local part calls
/// [`Address::local_part`] and answers for where it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    local_part: Zeroizing<String>,
    domain: Domain,
}

/// Why a text is not an [`Address`]. Carries nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mailbox address of the form local-part@domain")]
pub struct AddressError;

impl Address {
    /// Splits at the last `@`; a quoted local part keeps its quotes.
    ///
    /// # Errors
    /// [`AddressError`] where there is no `@`, the local part is empty, longer than 256 octets or has a control
    /// character, or the domain is none.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local_part, domain) = text.rsplit_once('@').ok_or(AddressError)?;
        Self::from_parts(local_part, Domain::parse(domain).map_err(|_| AddressError)?)
    }

    /// An address from its two halves.
    ///
    /// # Errors
    /// [`AddressError`] where the local part is empty, longer than 256 octets or has a control character.
    pub fn from_parts(local_part: &str, domain: Domain) -> Result<Self, AddressError> {
        // RFC 5321 4.5.3.1.1 names 64 octets as the least to be taken; real VERP addresses are longer.
        if local_part.is_empty()
            || local_part.len() > 256
            || local_part.chars().any(char::is_control)
        {
            return Err(AddressError);
        }
        Ok(Self {
            local_part: Zeroizing::new(local_part.to_owned()),
            domain,
        })
    }

    /// The local part: content. It may be keyed or sealed, never stored, logged or shown.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// `local-part@domain` in one wiped string: content, like the local part.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}@{}", self.local_part(), self.domain))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(…@{})", self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_local_part_may_hold_an_at_sign() {
        let address = Address::parse("\"a@b\"@Army.ML").unwrap();
        assert_eq!(address.local_part(), "\"a@b\"");
        assert_eq!(address.domain().as_str(), "army.ml");
    }

    #[test]
    fn debug_says_nothing_of_the_local_part() {
        let address = Address::parse("jane.roe@army.ml").unwrap();
        assert!(!format!("{address:?}").contains("jane"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "a", "@army.ml", "a@", "a\r\nb@army.ml", "a@b c.ml"] {
            assert_eq!(Address::parse(text), Err(AddressError), "{text:?}");
        }
    }
}
