//! What was meant, what kind of mail it is, how sensitive: pure, and with reasons.

use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Parsed;
use std::collections::BTreeSet;

/// Decides over one message. A trait, so that `serve` can be handed another (tests hand in one that panics).
pub trait Classify: Send + Sync {
    /// Classifies; never fails, never blocks. `Classification::intended` has one entry per recipient, in order.
    fn classify(&self, envelope: &Envelope, parsed: &Parsed) -> Classification;
}

/// The store's number of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganisationId(pub i64);

/// An organisation of the directory, as far as classification needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// The store's number.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// The domains that are its own; each may have known subdomains among the others.
    pub domains: Vec<Domain>,
    /// Whether it has many unrelated users (gmail.com, orange.fr): counts only.
    pub shared: bool,
}

/// All that is decided over one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// What kind of mail it is.
    pub verdict: Verdict,
    /// 0 to 1.
    pub verdict_confidence: f64,
    /// Why.
    pub verdict_reasons: Vec<Reason>,
    /// The labels.
    pub sensitivity: BTreeSet<Sensitivity>,
    /// ISO 639-1 code, where the text is long enough to tell.
    pub language: Option<&'static str>,
    /// One per recipient, in the envelope's order.
    pub intended: Vec<Intended>,
}

/// The domain that the sender meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Intended {
    /// A-labels, with the subdomains of the typed name; `None` is *unknown*.
    pub domain: Option<Domain>,
    /// Its owner, where the directory has one.
    pub organisation: Option<OrganisationId>,
    /// 0 to 1: how sure of `domain` (0 where unknown).
    pub confidence: f64,
    /// The next best, with its confidence.
    pub runner_up: Option<(Domain, f64)>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// One piece of evidence: a code from a closed list and its weight. Never carries matched text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// From a closed list, `snake_case`.
    pub code: ReasonCode,
    /// Natural-log odds it adds (negative: takes away).
    pub weight: f64,
}

/// The closed list of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReasonCode {
    /// (replace this placeholder with the real list)
    NotCompared,
}

impl ReasonCode {
    /// The code in the store and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotCompared => "not_compared",
        }
    }
}

/// What kind of mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// One person to another.
    Misdirected,
    /// A service writing to an address that its user mistyped.
    Reflection,
    /// Unsolicited bulk or fraud.
    Spam,
    /// A delivery status notification or an automatic answer.
    Bounce,
    /// A test of us.
    Probe,
}

impl Verdict {
    /// All, in the order in which pages list them.
    pub const ALL: [Verdict; 5] = [
        Self::Misdirected,
        Self::Reflection,
        Self::Spam,
        Self::Bounce,
        Self::Probe,
    ];

    /// The word in the store and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Misdirected => "misdirected",
            Self::Reflection => "reflection",
            Self::Spam => "spam",
            Self::Bounce => "bounce",
            Self::Probe => "probe",
        }
    }
}

/// A machine-set label of what a message may harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sensitivity {
    /// Passwords, keys, tokens.
    Credentials,
    /// Bank accounts, cards, tax.
    Financial,
    /// Buildings, maps, access.
    Facilities,
    /// Passports, identity numbers.
    Identity,
    /// Contracts, complaints, proceedings.
    Legal,
    /// Health.
    Medical,
    /// Armed forces.
    Military,
    /// Staff matters.
    Personnel,
    /// Itineraries, bookings.
    Travel,
}

impl Sensitivity {
    /// All, in alphabetical order of their names.
    pub const ALL: [Sensitivity; 9] = [
        Self::Credentials,
        Self::Facilities,
        Self::Financial,
        Self::Identity,
        Self::Legal,
        Self::Medical,
        Self::Military,
        Self::Personnel,
        Self::Travel,
    ];

    /// The word in the store and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Facilities => "facilities",
            Self::Financial => "financial",
            Self::Identity => "identity",
            Self::Legal => "legal",
            Self::Medical => "medical",
            Self::Military => "military",
            Self::Personnel => "personnel",
            Self::Travel => "travel",
        }
    }
}
