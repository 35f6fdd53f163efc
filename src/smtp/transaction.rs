//! One transaction, from MAIL to the end of its data. It lives inside the session's state, so RSET, EHLO and STARTTLS
//! drop all of it.

use crate::message::Address;
use crate::message::Disposition;
use crate::message::Domain;
use crate::message::IrregularPath;
use crate::message::OperatorAddresses;
use crate::message::OperatorMailbox;
use crate::message::Policy;
use crate::message::Recipient;
use crate::message::ReversePath;
use crate::smtp::limits::Limits;
use crate::smtp::options::Options;
use crate::smtp::path;
use crate::smtp::path::Path;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use std::collections::HashSet;

/// Where a message goes. One DATA has one answer, so all recipients of a transaction go the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// It was meant for somebody else; this is done with it.
    Caught(Policy),
    /// It was meant for us. The first recipient's mailbox.
    Operator(OperatorMailbox),
}

impl Destination {
    /// Whether a message may go both ways at once.
    fn goes_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Operator(_), Self::Operator(_)) => true,
            _ => self == other,
        }
    }
}

/// What has been said since MAIL.
pub(super) struct Transaction {
    pub(super) reverse_path: ReversePath,
    /// SIZE, where it was declared and says something.
    pub(super) declared: Option<u64>,
    /// SMTPUTF8 was.
    pub(super) utf8: bool,
    /// Accepted ones, in order.
    pub(super) recipients: Vec<Recipient>,
    /// The first accepted recipient's.
    pub(super) destination: Option<Destination>,
    /// Registrable typed domains of the recipients.
    owners: HashSet<Domain>,
    /// RCPT was tried, whatever came of it.
    pub(super) tried: bool,
}

/// Why a recipient is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// For good: it would be relaying.
    Relay(Reply),
    /// For good: its domain is not below a zone of ours.
    Outside(Domain),
    /// For good: the policy of its name says so.
    ByPolicy {
        /// Its domain.
        typed: Domain,
        /// The watch entry that decided.
        watch: Option<Domain>,
    },
    /// For good, for another reason.
    Refused(Reply),
    /// In this transaction only.
    Later(Reply),
}

impl Transaction {
    pub(super) fn new(reverse_path: ReversePath, declared: Option<u64>, utf8: bool) -> Self {
        Self {
            reverse_path,
            declared: declared.filter(|size| *size > 0),
            utf8,
            recipients: Vec::new(),
            destination: None,
            owners: HashSet::new(),
            tried: false,
        }
    }

    /// Takes a recipient, or says why not.
    pub(super) fn add(
        &mut self,
        address: Address,
        disposition: Disposition,
        options: &Options,
    ) -> Result<(), Refusal> {
        let (policy, watch) = match disposition {
            Disposition::Outside => return Err(Refusal::Outside(address.domain().clone())),
            Disposition::Excluded => return Err(Refusal::Refused(reply::EXCLUDED)),
            Disposition::Listed {
                policy: Policy::Refuse,
                watch,
            } => {
                let typed = address.domain().clone();
                return Err(Refusal::ByPolicy { typed, watch });
            }
            Disposition::Listed { policy, watch } => (policy, watch),
        };
        let destination = Destination::Caught(policy);
        self.has_room_for(destination, options)?;
        let owner = address.domain().registrable();
        if !self.owners.contains(&owner) {
            if !self.has_room_for_an_owner(&options.limits) {
                return Err(Refusal::Later(reply::TOO_MANY_OWNERS));
            }
            self.owners.insert(owner);
        }
        self.destination = Some(destination);
        self.recipients.push(Recipient { address, watch });
        Ok(())
    }

    /// Takes a recipient that is one of our own.
    pub(super) fn add_for_operator(
        &mut self,
        address: Address,
        mailbox: OperatorMailbox,
        options: &Options,
    ) -> Result<(), Refusal> {
        let destination = Destination::Operator(mailbox);
        self.has_room_for(destination, options)?;
        self.destination.get_or_insert(destination);
        let watch = None;
        self.recipients.push(Recipient { address, watch });
        Ok(())
    }

    /// Whether one more recipient may go that way.
    fn has_room_for(&self, destination: Destination, options: &Options) -> Result<(), Refusal> {
        // RFC 5321 4.5.3.1.10: 452, and the sender sends the rest again.
        if self.recipients.len() >= options.max_recipients {
            return Err(Refusal::Later(reply::TOO_MANY_RECIPIENTS));
        }
        if self
            .destination
            .is_some_and(|first| !first.goes_with(destination))
        {
            return Err(Refusal::Later(reply::OTHER_TRANSACTION));
        }
        Ok(())
    }

    /// Whether the message may have one more owner. The first one always may be: a message is within
    /// `max_message_bytes` or is not taken at all.
    fn has_room_for_an_owner(&self, limits: &Limits) -> bool {
        let owners = self.owners.len();
        match self.declared {
            _ if owners == 0 => true,
            None => owners < limits.undeclared_domains,
            Some(size) => {
                let copies = u64::try_from(owners).unwrap_or(u64::MAX).saturating_add(1);
                size.saturating_mul(copies) <= limits.sealed_bytes
            }
        }
    }

    /// The most octets that the data may have, and what is said to more. Nothing is sealed of what is only counted.
    pub(super) fn largest(&self, options: &Options) -> (usize, Reply) {
        let max = options.max_message_bytes;
        let owners = u64::try_from(self.owners.len()).unwrap_or(u64::MAX);
        if owners > 1 && self.destination == Some(Destination::Caught(Policy::Hold)) {
            let share = options.limits.sealed_bytes / owners;
            if let Ok(share) = usize::try_from(share)
                && share < max
            {
                return (share, reply::TOO_LARGE_FOR_OWNERS);
            }
        }
        (max, reply::TOO_LARGE)
    }
}

/// The sender of MAIL; `None` where it is neither empty nor an address nor at least a bearable text.
pub(super) fn reverse_path(path: Path<'_>) -> Option<ReversePath> {
    match path {
        // RFC 5321 4.5.5
        Path::Null => Some(ReversePath::Null),
        Path::Bare(text) => Some(ReversePath::Irregular(IrregularPath::new(text))),
        Path::Mailbox {
            whole,
            local_part,
            domain,
        } => match Domain::parse(domain) {
            Ok(domain) => Address::from_parts(local_part, domain)
                .ok()
                .map(ReversePath::Address),
            // RFC 5321 4.1.3 address literals, and hosts that are no names: real mail has them.
            Err(_) => Some(ReversePath::Irregular(IrregularPath::new(whole))),
        },
    }
}

/// The mailbox of RCPT, or why there is none that we may take.
pub(super) fn forward_path(
    path: Path<'_>,
    operator: &OperatorAddresses,
) -> Result<Address, Refusal> {
    match path {
        Path::Null => Err(Refusal::Refused(reply::BAD_RECIPIENT)),
        // RFC 5321 4.5.1: <postmaster> alone is always taken.
        Path::Bare(text) if text.eq_ignore_ascii_case("postmaster") => operator
            .postmaster()
            .ok_or(Refusal::Refused(reply::NO_MAILBOX)),
        Path::Bare(_) => Err(Refusal::Refused(reply::BAD_RECIPIENT)),
        // RFC 5321 4.1.3: an address literal is a host, never a name under a zone of ours.
        Path::Mailbox { domain, .. } if domain.starts_with('[') => {
            Err(Refusal::Relay(reply::NOT_OURS))
        }
        Path::Mailbox { local_part, .. } if path::is_route(local_part) => {
            Err(Refusal::Relay(reply::NOT_OURS))
        }
        Path::Mailbox {
            local_part, domain, ..
        } => Domain::parse(domain)
            .ok()
            .and_then(|domain| Address::from_parts(local_part, domain).ok())
            .ok_or(Refusal::Refused(reply::BAD_RECIPIENT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_size_bounds_the_copies_that_will_be_sealed() {
        let options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
        let mut transaction = Transaction::new(ReversePath::Null, Some(25 * 1024 * 1024), false);
        let mut add = |text: &str| {
            let listed = Disposition::Listed {
                policy: Policy::Hold,
                watch: None,
            };
            transaction.add(Address::parse(text).unwrap(), listed, &options)
        };
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(add(&format!("x@{name}.ml")), Ok(()));
        }
        assert_eq!(add("x@f.ml"), Err(Refusal::Later(reply::TOO_MANY_OWNERS)));
        assert_eq!(add("y@mail.a.ml"), Ok(()), "an owner it has already");
    }
}
