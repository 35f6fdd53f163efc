//! What is kept of a message besides its sealed items: the list of design section 8, and nothing else.

use crate::classify::Classification;
use crate::classify::OrganisationId;
use crate::intake::repeat_window_end;
use crate::message::Address;
use crate::message::Circumstances;
use crate::message::Content;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Parsed;
use crate::message::Protocol;
use crate::pseudonyms::Keys;
use crate::seal::Trace;
use crate::store::Digest;
use crate::store::NewItem;
use crate::store::NewMessage;
use crate::store::NewRecipient;
use crate::store::Pseudonym;
use std::net::IpAddr;
use std::net::Ipv6Addr;

/// Whose copy an item is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An organisation of the directory.
    Organisation(OrganisationId),
    /// The owner of an intended domain that is in no directory yet.
    Intended(Domain),
    /// Unknown: kept by typed registrable domain.
    Typed(Domain),
}

/// The owners of a transaction's recipients, and for each recipient the index of its owner. A transaction is sealed once
/// per owner: releasing one owner's mail must tell it nothing of another's.
pub fn group_by_owner(
    envelope: &Envelope,
    classification: &Classification,
) -> (Vec<Owner>, Vec<usize>) {
    let mut owners: Vec<Owner> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let owner_of = envelope
        .recipients
        .iter()
        .zip(&classification.intended)
        .map(|(recipient, intended)| {
            let owner = match (&intended.organisation, &intended.case_domain) {
                (Some(id), _) => Owner::Organisation(*id),
                (None, Some(domain)) => Owner::Intended(domain.clone()),
                (None, None) => Owner::Typed(recipient.typed_domain().registrable()),
            };
            *places.entry(owner.clone()).or_insert_with(|| {
                owners.push(owner);
                owners.len() - 1
            })
        });
    let owner_of = owner_of.collect();
    (owners, owner_of)
}

/// The trace headers of one owner's item: only its own recipients are named.
pub fn trace<'a>(
    envelope: &'a Envelope,
    hostname: &'a str,
    owner_of: &[usize],
    owner: usize,
) -> Trace<'a> {
    let own = envelope
        .recipients
        .iter()
        .zip(owner_of)
        .filter(|(_, of)| **of == owner);
    Trace {
        return_path: envelope.reverse_path.expose(),
        delivered_to: own
            .map(|(recipient, _)| recipient.address.expose())
            .collect(),
        helo: envelope.client.helo.expose(),
        client: envelope.client.address,
        by: hostname,
        with: envelope.client.protocol.name(),
        id: envelope.id.to_string(),
        date: rfc5322_date(envelope),
    }
}

// RFC 5322 3.3
fn rfc5322_date(envelope: &Envelope) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] +0000"
    );
    envelope
        .received_at
        .utc()
        .format(format)
        .unwrap_or_default()
}

/// What [`describe`] needs.
pub struct Described<'a> {
    pub envelope: &'a Envelope,
    pub bytes: usize,
    pub parsed: &'a Parsed,
    pub circumstances: &'a Circumstances,
    pub digest: Digest,
    pub keys: &'a Keys,
}

/// The row of a message.
pub fn describe(
    what: Described<'_>,
    classification: Classification,
    items: Vec<NewItem>,
    item_of: &[Option<usize>],
) -> NewMessage {
    let Described {
        envelope,
        bytes,
        parsed,
        circumstances,
        digest,
        keys,
    } = what;
    let octets = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let sender = envelope.reverse_path.address();
    let recipients = envelope
        .recipients
        .iter()
        .zip(item_of)
        .map(|(recipient, item)| NewRecipient {
            typed_domain: recipient.typed_domain().clone(),
            watch: recipient.watch.clone(),
            pseudonym: pseudonym(keys, envelope, &recipient.address),
            item: *item,
        });
    NewMessage {
        authentication: circumstances.authentication,
        id: envelope.id,
        received_at: envelope.received_at,
        policy: envelope.policy,
        bytes: octets(bytes),
        examined: octets(parsed.examined),
        digest,
        sender_domain: circumstances.sender_domain(envelope, parsed),
        sender_pseudonym: sender.map(|address| pseudonym(keys, envelope, address)),
        helo_domain: envelope.client.helo.domain().map(|name| name.registrable()),
        client_network: network(envelope.client.address),
        tls: envelope.client.tls,
        attachments: parsed.attachments.clone(),
        recipients: recipients.collect(),
        classification,
        items,
    }
}

/// What stands for an address: of the present month, or for an import of the month in which it was received.
fn pseudonym(keys: &Keys, envelope: &Envelope, address: &Address) -> Pseudonym {
    Pseudonym(if envelope.client.protocol == Protocol::Import {
        keys.pseudonym_at(address, envelope.received_at)
    } else {
        keys.pseudonym(address)
    })
}

/// The digest under which a repeat within five days is found.
pub fn digest(keys: &Keys, envelope: &Envelope, content: &Content) -> Digest {
    let (current, previous) = keys.digests(envelope, content.expose());
    Digest {
        current,
        previous,
        expires: Some(repeat_window_end(envelope.received_at)),
    }
}

/// The digest under which a second run of `import` finds what the first one brought.
pub fn import_digest(keys: &Keys, envelope: &Envelope, content: &Content) -> Digest {
    Digest {
        current: keys.import_digest(envelope, content.expose()),
        previous: None,
        expires: None,
    }
}

/// The client's network: /24 or /48; `None` for the unspecified address of an import.
fn network(address: IpAddr) -> Option<String> {
    match address.to_canonical() {
        ip if ip.is_unspecified() => None,
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_not_addresses() {
        assert_eq!(
            network([192, 0, 2, 77].into()).as_deref(),
            Some("192.0.2.0/24")
        );
        let six: IpAddr = "2001:db8:1:2::3".parse().unwrap();
        assert_eq!(network(six).as_deref(), Some("2001:db8:1::/48"));
        let mapped: IpAddr = "::ffff:192.0.2.77".parse().unwrap();
        assert_eq!(network(mapped).as_deref(), Some("192.0.2.0/24"));
    }
}
