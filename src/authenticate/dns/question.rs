//! What may be asked, and what may come back.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Arc;

/// The kinds of record that the checks ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    Exchange,
    V4,
    V6,
}

/// A name and a kind of record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    name: Box<str>,
    kind: Kind,
}

impl Question {
    /// `None` where `name` has not the form of a domain name, or is an address: that is asked of nobody.
    pub fn new(name: &str, kind: Kind) -> Option<Self> {
        let bare = name.strip_suffix('.').unwrap_or(name);
        let labels_fit = bare.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
        let last = bare.rsplit('.').next().unwrap_or_default();
        let is_address = last.bytes().all(|b| b.is_ascii_digit());
        (labels_fit && bare.len() <= 253 && bare.contains('.') && !is_address).then(|| Self {
            name: format!("{}.", bare.to_ascii_lowercase()).into(),
            kind,
        })
    }

    /// Lower case, with the dot of the root at its end.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// What the resolver says.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Each text with its strings joined (RFC 7208 3.3, RFC 6376 3.6.2.2).
    Texts(Arc<[Vec<u8>]>),
    /// Preference and host.
    Exchanges(Arc<[(u16, Box<str>)]>),
    V4(Arc<[Ipv4Addr]>),
    V6(Arc<[Ipv6Addr]>),
    /// There is no such name, or no such record of it.
    Nothing,
    /// It could not be found out now.
    Unknown,
}

impl Answer {
    /// About how many octets it takes.
    pub fn size(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.iter().map(|text| text.len() + 24).sum(),
            Self::Exchanges(hosts) => hosts.iter().map(|(_, host)| host.len() + 24).sum(),
            Self::V4(addresses) => addresses.len() * 4,
            Self::V6(addresses) => addresses.len() * 16,
            Self::Nothing | Self::Unknown => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_domain_name_is_asked_of_nobody() {
        for name in [
            "",
            ".",
            "ml",
            "a b.ml",
            "a..ml",
            "jane.doe@army.ml",
            "192.0.2.1",
            "é.ml",
            "a+b.ml",
        ] {
            assert_eq!(Question::new(name, Kind::Text), None, "{name}");
        }
        let asked = Question::new("_DMARC.Army.ML", Kind::Text).unwrap();
        assert_eq!(asked.name(), "_dmarc.army.ml.");
    }
}
