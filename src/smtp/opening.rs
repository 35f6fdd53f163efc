//! What happens between the last recipient and the first octet of a message: the same for DATA and BDAT.

use crate::message::Client;
use crate::message::Envelope;
use crate::message::Helo;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::TlsVersion;
use crate::smtp::budget::Reservation;
use crate::smtp::options::Options;
use crate::smtp::reply;
use crate::smtp::reply::Reply;
use crate::smtp::session::Moment;
use crate::smtp::transaction::Destination;
use crate::smtp::transaction::Transaction;
use std::net::IpAddr;

/// A transaction whose message may come.
pub(super) struct Accepted {
    pub(super) envelope: Envelope,
    pub(super) destination: Destination,
    pub(super) declared: usize,
    /// The most octets that it may have, and what is said to more.
    pub(super) largest: (usize, Reply),
    /// Nothing yet: it grows with the bytes that come.
    pub(super) reservation: Reservation,
}

/// HELO or EHLO, as it was given.
pub(super) struct Greeted {
    pub(super) helo: Helo,
    pub(super) protocol: Protocol,
}

/// Who speaks, and how.
pub(super) struct Speaker<'a> {
    pub(super) address: IpAddr,
    pub(super) tls: Option<TlsVersion>,
    pub(super) greeted: &'a Greeted,
}

/// Lets the message of a transaction with recipients come, or gives the transaction back with the reason.
pub(super) fn open(
    transaction: Box<Transaction>,
    destination: Destination,
    speaker: &Speaker<'_>,
    options: &Options,
    moment: &Moment<'_>,
) -> Result<Accepted, (Box<Transaction>, Reply)> {
    if !moment.known.can_keep() {
        return Err((transaction, reply::NO_STORAGE));
    }
    let declared = transaction.declared.unwrap_or(0);
    let declared = usize::try_from(declared).unwrap_or(usize::MAX);
    // RFC 1870 6.1: what cannot be held now is not asked for. Nothing is set aside on a peer's word: a size costs it
    // nothing to declare, and a slow session may last.
    let room = moment.budget.has_room(declared);
    let Some(reservation) = moment.budget.try_reserve(0).filter(|_| room) else {
        return Err((transaction, reply::OVERLOADED));
    };
    let Ok(id) = (moment.fresh_id)(moment.now) else {
        return Err((transaction, reply::FAILED));
    };
    let largest = transaction.largest(options);
    let envelope = Envelope {
        id,
        received_at: moment.now,
        client: Client {
            address: speaker.address,
            helo: speaker.greeted.helo.clone(),
            protocol: protocol(speaker.greeted.protocol, speaker.tls, transaction.utf8),
            tls: speaker.tls,
        },
        reverse_path: transaction.reverse_path,
        recipients: transaction.recipients,
        policy: match destination {
            Destination::Caught(policy) => policy,
            Destination::Operator(_) => Policy::Hold,
        },
    };
    Ok(Accepted {
        envelope,
        destination,
        declared,
        largest,
        reservation,
    })
}

// RFC 3848 1, RFC 6531 4.3
fn protocol(hello: Protocol, tls: Option<TlsVersion>, utf8: bool) -> Protocol {
    match (hello, tls, utf8) {
        (Protocol::Smtp, _, _) => Protocol::Smtp,
        (_, None, false) => Protocol::Esmtp,
        (_, Some(_), false) => Protocol::Esmtps,
        (_, None, true) => Protocol::Utf8Smtp,
        (_, Some(_), true) => Protocol::Utf8Smtps,
    }
}
