//! The envelope of a message that did not come over SMTP, from its header fields.

use crate::message::Address;
use crate::message::Client;
use crate::message::Content;
use crate::message::Disposition;
use crate::message::Envelope;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::Parsed;
use crate::message::Policy;
use crate::message::PolicyTable;
use crate::message::Protocol;
use crate::message::Recipient;
use crate::message::ReversePath;
use crate::message::Timestamp;
use crate::message::parse;

/// The fields that delivery programs leave, the surest first.
const DELIVERY_FIELDS: [&str; 3] = ["delivered-to", "x-original-to", "envelope-to"];

/// Header fields end here at the latest: what is looked at for the envelope.
const HEADER_MAX: usize = 256 << 10;

/// The envelope; `None` where no recipient is inside the zones.
pub fn of(
    content: &Content,
    policies: &PolicyTable,
    recipient: Option<&Address>,
    now: Timestamp,
) -> anyhow::Result<Option<Envelope>> {
    let parsed = Parsed::from_bytes(header_of(content.expose()));
    let received_at = received_at(&parsed).filter(|at| *at <= now).unwrap_or(now);
    let recipients = match recipient {
        Some(address) => ours(std::iter::once(address.clone()), policies, now),
        None => recipients(&parsed, policies, now),
    };
    if recipients.is_empty() {
        return Ok(None);
    }
    Ok(Some(Envelope {
        id: MessageId::fresh(received_at)?,
        received_at,
        client: Client {
            address: std::net::Ipv4Addr::UNSPECIFIED.into(),
            helo: Helo::default(),
            protocol: Protocol::Import,
            tls: None,
        },
        reverse_path: reverse_path(&parsed),
        recipients,
        policy: Policy::Hold,
    }))
}

/// The header section, without what follows: nothing in it can nest.
fn header_of(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.get(..HEADER_MAX).unwrap_or(bytes);
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        start += line.len();
    }
    bytes.get(..start).unwrap_or(bytes)
}

fn recipients(parsed: &Parsed, policies: &PolicyTable, now: Timestamp) -> Vec<Recipient> {
    for field in DELIVERY_FIELDS {
        let addresses = parsed.headers(field).filter_map(bare_address);
        let found = ours(addresses, policies, now);
        if !found.is_empty() {
            return found;
        }
    }
    ours(parsed.to.iter().chain(&parsed.cc).cloned(), policies, now)
}

fn ours(
    addresses: impl Iterator<Item = Address>,
    policies: &PolicyTable,
    now: Timestamp,
) -> Vec<Recipient> {
    let mut found: Vec<Recipient> = Vec::new();
    for address in addresses {
        let Disposition::Listed { watch, .. } = policies.decide(address.domain(), now) else {
            continue;
        };
        if !found.iter().any(|r| r.address == address) {
            found.push(Recipient { address, watch });
        }
    }
    found
}

/// Return-Path where there is one, else the first From: without it every import would look like a bounce.
fn reverse_path(parsed: &Parsed) -> ReversePath {
    match parsed.header("return-path") {
        Some(value) => bare_address(value).map_or(ReversePath::Null, ReversePath::Address),
        None => parsed.from.first().map_or(ReversePath::Null, |address| {
            ReversePath::Address(address.clone())
        }),
    }
}

fn bare_address(value: &str) -> Option<Address> {
    let value = value.trim();
    let inner = value
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    Address::parse(inner.map_or(value, |(address, _)| address).trim()).ok()
}

// RFC 5321 4.4: the date stands after the last semicolon.
fn received_at(parsed: &Parsed) -> Option<Timestamp> {
    let received = parsed
        .header("received")
        .and_then(|value| value.rsplit_once(';'));
    received
        .and_then(|(_, date)| parse::date(date))
        .or_else(|| parsed.header("date").and_then(parse::date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Domain;

    /// 2024-01-01T00:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_704_067_200_000);

    fn envelope(text: &str) -> Option<Envelope> {
        let zone = Domain::parse("ml").unwrap();
        let excluded = Domain::parse("nic.ml").unwrap();
        let policies = PolicyTable::new([zone], [excluded], [], Policy::Refuse, None);
        of(
            &Content::new(text.as_bytes().to_vec()),
            &policies,
            None,
            NOW,
        )
        .unwrap()
    }

    fn recipients_of(text: &str) -> Vec<String> {
        let found = envelope(text).map(|e| e.recipients).unwrap_or_default();
        found
            .iter()
            .map(|r| r.address.expose().to_string())
            .collect()
    }

    #[test]
    fn the_surest_field_inside_the_zones_names_the_recipients() {
        let all = "Delivered-To: box@host.example\r\nX-Original-To: jane@army.ml\r\nTo: x@navy.ml\r\n\r\nhi";
        assert_eq!(recipients_of(all), ["jane@army.ml"]);
        assert_eq!(
            recipients_of("To: A <a@navy.ml>, b@navy.mil\nCc: c@nic.ml, a@navy.ml\n\nhi"),
            ["a@navy.ml"]
        );
        assert_eq!(recipients_of("To: b@navy.mil\n\nTo: a@navy.ml\n"), [""; 0]);
    }

    #[test]
    fn the_time_is_that_of_the_topmost_received_line() {
        let text = "Received: from a by b; Mon, 17 Jul 2023 10:00:00 +0200\r\n\
                    Received: from c by d; Sun, 16 Jul 2023 10:00:00 +0000\r\nTo: a@navy.ml\r\n\r\n";
        assert_eq!(
            envelope(text).unwrap().received_at.to_string(),
            "2023-07-17T08:00:00Z"
        );
    }

    #[test]
    fn a_time_to_come_is_not_believed() {
        let text = "Received: by b; Mon, 17 Jul 2090 10:00:00 +0200\r\nTo: a@navy.ml\r\n\r\n";
        assert_eq!(envelope(text).unwrap().received_at, NOW);
    }

    #[test]
    fn the_policy_is_hold_whatever_the_file_says() {
        assert_eq!(
            envelope("To: a@navy.ml\r\n\r\n").unwrap().policy,
            Policy::Hold
        );
    }
}
