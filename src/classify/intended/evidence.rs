//! What the message itself says about the domain that was meant.
//!
//! Somebody who writes `army.ml` often has `army.mil` elsewhere in the same message: another recipient, the thread that
//! is answered, the signature below the text, the sender's own address. Each mention of a candidate multiplies its
//! odds. A mention of a provider that everybody mentions says little, so its weight is halved.
//!
//! | mention | nats |
//! | --- | --- |
//! | the same mailbox name at the candidate | 3.0 on top |
//! | another recipient of the envelope | 3.0 |
//! | another address of To or Cc | 3.0 |
//! | the sender's own domain (envelope, From, Sender) | 2.5 |
//! | host of In-Reply-To or References | 2.5 |
//! | Reply-To | 2.0 |
//! | an address in the text | 2.0 |

use crate::classify::ReasonCode;
use crate::message::Address;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Parsed;

/// Domains mentioned by a message, and how. Content-free apart from domains; local parts are compared and dropped.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(super) mentions: Vec<Mention>,
    local: bool,
}

/// One mention.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) kind: ReasonCode,
    pub(super) domain: Domain,
    pub(super) same_mailbox: bool,
}

/// Mentions kept: an attacker's message must not make a look-up slow.
const MENTIONS_MAX: usize = 48;

/// The most that all mentions together may add.
pub(super) const WEIGHT_MAX: f32 = 8.0;

impl Evidence {
    /// None: a name without a message.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// What the envelope (and the message, where there is one) says about the recipient `to`.
    #[must_use]
    pub fn gather(envelope: &Envelope, parsed: Option<&Parsed>, to: &Address) -> Self {
        Gathered::new(envelope, parsed).about(to)
    }

    /// Adds the domain of another recipient, for callers without an envelope.
    pub fn co_recipient(&mut self, other: &Address, to: &Address) {
        self.mention(
            ReasonCode::CoRecipient,
            other.domain(),
            same(other, to),
            to.domain(),
        );
    }

    /// Adds the sender's domain, for callers without an envelope.
    pub fn sender(&mut self, sender: &Address, to: &Address) {
        self.mention(
            ReasonCode::SenderDomain,
            sender.domain(),
            same(sender, to),
            to.domain(),
        );
    }

    fn mention(&mut self, kind: ReasonCode, domain: &Domain, same_mailbox: bool, typed: &Domain) {
        let from_there = matches!(
            kind,
            ReasonCode::SenderDomain | ReasonCode::ReplyAddress | ReasonCode::Referenced
        );
        self.local |= from_there && domain.top_level() == typed.top_level();
        if domain == typed || domain.registrable() == typed.registrable() {
            return;
        }
        if let Some(known) = self
            .mentions
            .iter_mut()
            .find(|m| m.kind == kind && m.domain == *domain)
        {
            known.same_mailbox |= same_mailbox;
        } else if self.mentions.len() < MENTIONS_MAX {
            self.mentions.push(Mention {
                kind,
                domain: domain.clone(),
                same_mailbox,
            });
        }
    }

    /// Whether the message comes from the top level of the typed name, wants its answer there, or answers one from there,
    /// be it from the typed name itself: a name of that country may well be meant. Other recipients do not count, since
    /// whoever slips once slips twice.
    pub(super) fn is_local(&self) -> bool {
        self.local
    }

    /// The evidence for `candidate`, each kind once.
    pub(super) fn in_favour(&self, candidate: &Domain, everybodys: bool) -> Vec<(ReasonCode, f32)> {
        let mut reasons: Vec<(ReasonCode, f32)> = Vec::new();
        if self.mentions.is_empty() {
            return reasons;
        }
        let registrable = candidate.registrable();
        let scale = if everybodys { 0.5 } else { 1.0 };
        let mut room = WEIGHT_MAX;
        let mut add = |code: ReasonCode, weight: f32, reasons: &mut Vec<(ReasonCode, f32)>| {
            if !reasons.iter().any(|(c, _)| *c == code) {
                let weight = weight.min(room);
                room -= weight;
                if weight > 0.0 {
                    reasons.push((code, weight));
                }
            }
        };
        for mention in &self.mentions {
            if !mention.domain.is_within(&registrable) {
                continue;
            }
            if mention.same_mailbox {
                add(ReasonCode::SameMailbox, 3.0, &mut reasons);
            }
            add(mention.kind, weight(mention.kind) * scale, &mut reasons);
        }
        reasons
    }
}

fn weight(kind: ReasonCode) -> f32 {
    match kind {
        ReasonCode::CoRecipient | ReasonCode::HeaderRecipient => 3.0,
        ReasonCode::SenderDomain | ReasonCode::Referenced => 2.5,
        _ => 2.0,
    }
}

fn same(a: &Address, b: &Address) -> bool {
    a.local_part().eq_ignore_ascii_case(b.local_part())
}

/// All addresses of a message, found once and judged for each recipient.
pub struct Gathered<'m> {
    addresses: Vec<(ReasonCode, std::borrow::Cow<'m, Address>)>,
    hosts: &'m [Domain],
}

/// Addresses read from the text at most.
const QUOTED_MAX: usize = 100;

/// Addresses considered in all.
const ADDRESSES_MAX: usize = 400;

impl<'m> Gathered<'m> {
    /// Finds them.
    #[must_use]
    pub fn new(envelope: &'m Envelope, parsed: Option<&'m Parsed>) -> Self {
        use std::borrow::Cow::Borrowed;
        use std::borrow::Cow::Owned;
        let mut addresses = Vec::new();
        if let Some(sender) = envelope.reverse_path.address() {
            addresses.push((ReasonCode::SenderDomain, Borrowed(sender)));
        }
        for recipient in envelope.recipients.iter().take(ADDRESSES_MAX / 4) {
            addresses.push((ReasonCode::CoRecipient, Borrowed(&recipient.address)));
        }
        if let Some(parsed) = parsed {
            let lists = [
                (ReasonCode::SenderDomain, &parsed.from),
                (ReasonCode::SenderDomain, &parsed.sender),
                (ReasonCode::ReplyAddress, &parsed.reply_to),
                (ReasonCode::HeaderRecipient, &parsed.to),
                (ReasonCode::HeaderRecipient, &parsed.cc),
            ];
            for (kind, list) in lists {
                addresses.extend(
                    list.iter()
                        .take(ADDRESSES_MAX / 8)
                        .map(|a| (kind, Borrowed(a))),
                );
            }
            for text in [&parsed.text, &parsed.inner_text] {
                addresses.extend(
                    quoted(text)
                        .take(QUOTED_MAX / 2)
                        .map(|a| (ReasonCode::QuotedAddress, Owned(a))),
                );
            }
        }
        Self {
            addresses,
            hosts: parsed.map_or(&[], |p| p.reference_hosts.as_slice()),
        }
    }

    /// The evidence for one recipient.
    #[must_use]
    pub fn about(&self, to: &Address) -> Evidence {
        let mut evidence = Evidence::default();
        for (kind, address) in &self.addresses {
            evidence.mention(*kind, address.domain(), same(address, to), to.domain());
        }
        for host in self.hosts {
            evidence.mention(ReasonCode::Referenced, host, false, to.domain());
        }
        evidence
    }
}

/// Addresses that stand in a text.
fn quoted(text: &str) -> impl Iterator<Item = Address> {
    text.match_indices('@').filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let after = text.get(at + 1..)?;
        let start = before
            .char_indices()
            .rev()
            .take(64)
            .take_while(|(_, c)| c.is_ascii_alphanumeric() || "._%+-'=".contains(*c))
            .last()?
            .0;
        let end = after
            .char_indices()
            .take(254)
            .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .map_or(after.len().min(254), |(end, _)| end);
        let domain = after.get(..end)?.trim_end_matches(['.', '-']);
        let domain = Domain::parse(domain).ok().filter(|d| d.label_count() > 1)?;
        Address::from_parts(before.get(start..)?, domain).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_text() {
        let text = "write to <jane.roe@us.army.mil>, or x@y, or é@Défense.gouv.fr. @ a@b.c@";
        let found: Vec<_> = quoted(text)
            .map(|a| a.domain().as_str().to_owned())
            .collect();
        assert_eq!(found, ["us.army.mil", "b.c"]);
    }

    #[test]
    fn mentions_are_bounded_and_never_of_the_typed_name() {
        let to = Address::parse("jane@army.ml").unwrap();
        let mut evidence = Evidence::none();
        evidence.co_recipient(&Address::parse("x@us.army.ml").unwrap(), &to);
        assert!(evidence.mentions.is_empty());
        for n in 0..1000 {
            evidence.co_recipient(&Address::parse(&format!("x@d{n}.example")).unwrap(), &to);
        }
        assert_eq!(evidence.mentions.len(), MENTIONS_MAX);
    }

    #[test]
    fn the_same_mailbox_elsewhere_weighs_most() {
        let to = Address::parse("jane@army.ml").unwrap();
        let mut evidence = Evidence::none();
        evidence.co_recipient(&Address::parse("Jane@mail.army.mil").unwrap(), &to);
        let candidate = Domain::parse("army.mil").unwrap();
        let reasons = evidence.in_favour(&candidate, false);
        assert!(reasons.contains(&(ReasonCode::SameMailbox, 3.0)));
        assert!(
            evidence
                .in_favour(&Domain::parse("navy.mil").unwrap(), false)
                .is_empty()
        );
    }
}
