//! The operator's own mailboxes: where people write to the registry, and where answers to notices come back.

use crate::message::address::Address;
use crate::message::domain::Domain;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;
use std::fmt;
use std::fmt::Write;
use zeroize::Zeroizing;

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

    /// Whether anybody can write there. The reverse-paths of notices only those know who got one.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Postmaster | Self::Abuse => true,
            Self::Returned => false,
        }
    }

    /// The mailbox of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mailbox| mailbox.name() == name)
    }
}

/// Which addresses are the operator's own.
#[derive(Clone, Debug)]
pub struct OperatorAddresses {
    hostname: Domain,
    return_domain: Option<Domain>,
    key: Option<ReturnKey>,
}

impl OperatorAddresses {
    /// Those at `hostname` and, where there is one, `return_domain`; without a key no reverse-path of a notice is known.
    #[must_use]
    pub fn new(hostname: Domain, return_domain: Option<Domain>, key: Option<ReturnKey>) -> Self {
        Self {
            hostname,
            return_domain,
            key,
        }
    }

    /// What `<postmaster>` without a domain stands for.
    #[must_use]
    pub fn postmaster(&self) -> Option<Address> {
        Address::from_parts("postmaster", self.hostname.clone()).ok()
    }

    /// Whether `domain` is one of ours: nobody else's mail is caught there.
    #[must_use]
    pub fn is_host(&self, domain: &Domain) -> bool {
        *domain == self.hostname || self.return_domain.as_ref() == Some(domain)
    }

    /// Whether there is a name that is there for answers alone.
    #[must_use]
    pub fn has_return_domain(&self) -> bool {
        self.return_domain.is_some()
    }

    /// The mailbox of `address`, where it is the operator's.
    #[must_use]
    pub fn mailbox(&self, address: &Address) -> Option<OperatorMailbox> {
        if !self.is_host(address.domain()) {
            return None;
        }
        let local_part = address.local_part();
        for mailbox in [OperatorMailbox::Postmaster, OperatorMailbox::Abuse] {
            // RFC 5321 4.5.1: in any case.
            if local_part.eq_ignore_ascii_case(mailbox.name()) {
                return Some(mailbox);
            }
        }
        let key = self.key.as_ref()?;
        key.is_of_ours(local_part)
            .then_some(OperatorMailbox::Returned)
    }

    /// Where bounces of, and answers to, the notice with this ticket are to go.
    #[must_use]
    pub fn return_address(&self, ticket: &str) -> Option<Address> {
        let local_part = self.key.as_ref()?.local_part(ticket);
        let domain = self.return_domain.as_ref().unwrap_or(&self.hostname);
        Address::from_parts(&local_part, domain.clone()).ok()
    }
}

/// Makes and knows the local parts that notices come back to (variable envelope return paths): `notice-`, the ticket, and a
/// code that only this key makes. So mail there answers a notice that was sent, and a stranger cannot fill the mailbox with
/// addresses that he makes up.
#[derive(Clone)]
pub struct ReturnKey(Zeroizing<[u8; 32]>);

/// Octets of the code: with 80 bits nobody guesses one, and the local part stays below 64 octets (RFC 5321 4.5.3.1.1).
const CODE: usize = 10;

const PREFIX: &str = "notice-";

impl fmt::Debug for ReturnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnKey")
    }
}

impl ReturnKey {
    /// The key of these octets.
    #[must_use]
    pub fn new(octets: Zeroizing<[u8; 32]>) -> Self {
        Self(octets)
    }

    /// A fresh key.
    ///
    /// # Errors
    /// The operating system's, where it has no randomness to give.
    pub fn fresh() -> std::io::Result<Self> {
        let mut octets = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *octets).map_err(std::io::Error::other)?;
        Ok(Self(octets))
    }

    /// The octets, for the file that keeps them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The local part of the notice with this ticket.
    #[must_use]
    pub fn local_part(&self, ticket: &str) -> String {
        let ticket = ticket.to_ascii_lowercase();
        let code = self.mac(&ticket).finalize().into_bytes();
        let mut text = format!("{PREFIX}{ticket}-");
        for octet in code.iter().take(CODE) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{octet:02x}");
        }
        text
    }

    /// Whether a local part is one that this key has made. Any case: servers on the way may have changed it.
    #[must_use]
    pub fn is_of_ours(&self, local_part: &str) -> bool {
        let text = local_part.to_ascii_lowercase();
        let parts = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.rsplit_once('-'));
        let Some((ticket, code)) = parts else {
            return false;
        };
        let Some(code) = octets(code) else {
            return false;
        };
        self.mac(ticket).verify_truncated_left(&code).is_ok()
    }

    fn mac(&self, ticket: &str) -> Hmac<Sha256> {
        // RFC 2104 2: a key shorter than a block is filled up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        let (front, _) = block.split_at_mut(self.0.len());
        front.copy_from_slice(&*self.0);
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
        mac.update(b"restante return path\0");
        mac.update(ticket.as_bytes());
        mac
    }
}

fn octets(hex: &str) -> Option<[u8; CODE]> {
    let mut octets = [0; CODE];
    if hex.len() != 2 * CODE || !hex.is_ascii() {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *octet = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> OperatorAddresses {
        OperatorAddresses::new(
            Domain::parse("mx.nic.ml").unwrap(),
            Some(Domain::parse("notices.nic.ml").unwrap()),
            Some(ReturnKey::new(Zeroizing::new([7; 32]))),
        )
    }

    fn mailbox(text: &str) -> Option<OperatorMailbox> {
        addresses().mailbox(&Address::parse(text).unwrap())
    }

    #[test]
    fn postmaster_and_abuse_are_ours_at_our_names_alone() {
        for (text, expected) in [
            ("PostMaster@mx.nic.ml", Some(OperatorMailbox::Postmaster)),
            (
                "postmaster@notices.nic.ml",
                Some(OperatorMailbox::Postmaster),
            ),
            ("abuse@MX.nic.ml", Some(OperatorMailbox::Abuse)),
            ("jane@mx.nic.ml", None),
            ("postmaster@nic.ml", None),
            ("postmaster@army.ml", None),
            ("postmaster@x.mx.nic.ml", None),
        ] {
            assert_eq!(mailbox(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_the_key_made_comes_back() {
        let made = addresses().return_address("PR-2026-00A1").unwrap();
        assert_eq!(made.domain().as_str(), "notices.nic.ml");
        let text = made.local_part().to_owned();
        assert!(text.len() <= 64, "{text}");
        let at = |local: &str, host: &str| mailbox(&format!("{local}@{host}"));
        let returned = Some(OperatorMailbox::Returned);
        assert_eq!(at(&text, "notices.nic.ml"), returned);
        assert_eq!(at(&text.to_uppercase(), "mx.nic.ml"), returned);
        assert_eq!(at(&text, "army.ml"), None);
        let (head, last) = text.split_at(text.len() - 1);
        let other = if last == "0" { "1" } else { "0" };
        for wrong in [
            format!("{head}{other}"),
            head.to_owned(),
            format!("{text}0"),
            text.replace("00a1", "00a2"),
            text.replace("notice-", "notice+"),
            "notice-".to_owned(),
            "notice--".to_owned(),
            format!("notice-x-{}", "é".repeat(10)),
        ] {
            assert_eq!(at(&wrong, "notices.nic.ml"), None, "{wrong}");
        }
    }

    #[test]
    fn another_key_makes_other_names() {
        let (one, other) = (ReturnKey::fresh().unwrap(), ReturnKey::fresh().unwrap());
        assert!(one.is_of_ours(&one.local_part("T-1")));
        assert!(!other.is_of_ours(&one.local_part("T-1")));
    }
}
