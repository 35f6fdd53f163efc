//! What staff see and do, without HTTP: cases, messages' metadata, corrections, organisations, notices.
//!
//! For: the pages. Guarantees: every function takes a proof of the role that it wants, so none can be reached without a
//! login; what is changed has its audit entry in the same transaction; what may not be seen is not in the answer (the
//! labels of single messages are for approvers). Refuses: to open a message (nothing here could), to let one person both
//! draft and approve. Must not know: HTTP, HTML, languages.
//!
//! ```text
//! web pages ──(proof, values)──> review ──> store (with audit entries)
//!                                  └──> classify, message::policy (the look-up page), notice (what a notice says)
//! ```

pub mod cases;
pub mod corrections;
mod known_senders;
pub mod lookup;
pub mod messages;
pub mod misrouted;
pub mod notices;
pub mod operator;
pub mod organisations;
pub mod overview;
#[cfg(test)]
mod plans;
pub mod policies;
pub mod trail;

use crate::classify::Classifier;
use crate::message::Clock;
use crate::message::Domain;
use crate::message::PolicyTable;
use crate::notice::Registry;
use crate::store::Store;
use crate::store::StoreError;
use std::sync::Arc;
use tokio::sync::watch;

/// What [`Review`] needs, as values.
pub struct Parts {
    /// Where everything is.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// What the listener classifies with now.
    pub classifier: watch::Receiver<Arc<Classifier>>,
    /// What the listener decides with now.
    pub policies: watch::Receiver<Arc<PolicyTable>>,
    /// The operator's top-level domains.
    pub zones: Vec<Domain>,
    /// Who signs notices.
    pub registry: Registry,
}

/// Everything that staff can see and do.
pub struct Review {
    pub(in crate::review) store: Store,
    pub(in crate::review) clock: Clock,
    pub(in crate::review) classifier: watch::Receiver<Arc<Classifier>>,
    pub(in crate::review) policies: watch::Receiver<Arc<PolicyTable>>,
    pub(in crate::review) zones: Vec<Domain>,
    pub(in crate::review) registry: Registry,
}

impl Review {
    /// Over these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            store,
            clock,
            classifier,
            policies,
            zones,
            registry,
        } = parts;
        Self {
            store,
            clock,
            classifier,
            policies,
            zones,
            registry,
        }
    }

    /// What time it is, for pages that say how long ago something was.
    #[must_use]
    pub fn now(&self) -> crate::message::Timestamp {
        self.clock.now()
    }
}

/// Why something was not shown or done.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no such case, message, organisation or notice.
    #[error("there is no such thing")]
    Missing,
    /// It may not be done; the page says why in the reader's language.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why something may not be done. Each has a text on the pages under [`Refusal::key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Who drafted a notice does not approve it.
    OwnDraft,
    /// Who set the contact does not approve what goes there.
    OwnContact,
    /// Only who drafted it withdraws it.
    NotYourDraft,
    /// The case's intended domain is unknown.
    Unassigned,
    /// No organisation is known for the case's domain.
    NoOrganisation,
    /// The organisation has no contact.
    NoContact,
    /// A contact is within our own zones: the notice would be caught as misdirected mail.
    ContactInZone,
    /// Nothing that may be told of has come since the last notice.
    NothingToTell,
    /// There is a notice of this case on its way already.
    AlreadyOpen,
    /// Somebody else has decided it meanwhile.
    Decided,
    /// Something about the case or the contacts has changed since it was drafted: draft it anew.
    Outdated,
    /// The case is closed.
    Closed,
    /// The directory or a rule has changed, and stored mail is being sorted by that: whose it is is not known yet.
    BeingSorted,
    /// The notice is being sent at this moment.
    BeingSent,
    /// A form's field: not a domain name.
    NotADomain,
    /// A form's field: a name outside our zones.
    OutsideZones,
    /// A form's field: a name inside our zones.
    InsideZones,
    /// A form's field: not an address.
    NotAnAddress,
    /// A form's field: nothing in it.
    Empty,
    /// A form's field: none of the choices.
    NoSuchChoice,
    /// A form's field: another organisation has this domain.
    DomainTaken,
    /// A form's field: another organisation has this name.
    NameTaken,
    /// A form's field: too long.
    TooLong,
    /// A form's field: a name that is excluded, or lies below one that is.
    ExcludedName,
    /// A form's field: `*` stands for nothing; names below are a choice of their own.
    Star,
    /// A form's field: not a day.
    NotADay,
    /// A form's field: a day that is over.
    DayIsOver,
    /// A form's field: an end for what has none.
    EndWithoutHold,
    /// As many names as there may be have a decision in force.
    TooManyDecisions,
    /// Others decided in the same moment, again and again.
    OthersDecided,
}

impl Refusal {
    /// The key of its text: `refusal-own-draft`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::OwnDraft => "refusal-own-draft",
            Self::OwnContact => "refusal-own-contact",
            Self::NotYourDraft => "refusal-not-your-draft",
            Self::Unassigned => "refusal-unassigned",
            Self::NoOrganisation => "refusal-no-organisation",
            Self::NoContact => "refusal-no-contact",
            Self::ContactInZone => "refusal-contact-in-zone",
            Self::NothingToTell => "refusal-nothing-to-tell",
            Self::AlreadyOpen => "refusal-already-open",
            Self::Decided => "refusal-decided",
            Self::Outdated => "refusal-outdated",
            Self::Closed => "refusal-closed",
            Self::BeingSorted => "refusal-being-sorted",
            Self::BeingSent => "refusal-being-sent",
            Self::NotADomain => "refusal-not-a-domain",
            Self::OutsideZones => "refusal-outside-zones",
            Self::InsideZones => "refusal-inside-zones",
            Self::NotAnAddress => "refusal-not-an-address",
            Self::Empty => "refusal-empty",
            Self::NoSuchChoice => "refusal-no-such-choice",
            Self::DomainTaken => "refusal-domain-taken",
            Self::NameTaken => "refusal-name-taken",
            Self::TooLong => "refusal-too-long",
            Self::ExcludedName => "refusal-excluded-name",
            Self::Star => "refusal-star",
            Self::NotADay => "refusal-not-a-day",
            Self::DayIsOver => "refusal-day-is-over",
            Self::EndWithoutHold => "refusal-end-without-hold",
            Self::TooManyDecisions => "refusal-too-many-decisions",
            Self::OthersDecided => "refusal-others-decided",
        }
    }
}
