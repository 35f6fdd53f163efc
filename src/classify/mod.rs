//! What was meant, what kind of mail it is, how sensitive: pure, and with reasons.
//!
//! For: [`Classifier`], which takes an envelope and a parsed message and gives a [`Classification`]. Guarantees: no
//! socket, clock, log or file; the same values in give the same values out; bounded work for any message; a [`Reason`]
//! is a code and a number and never carries matched text. Refuses: to guess: *unknown* is an answer. Must not know:
//! policies, the store, who reads the result.
//!
//! ```text
//! typed domain + evidence of the message -> intended/    which domain was meant
//! envelope, headers, structure, words    -> verdict/     what kind of mail it is
//! words, file names, numbers             -> sensitivity/ what it may harm
//! words                                  -> language     in which language
//! ```

pub mod intended;
mod language;
mod organisation;
mod phrases;
mod reason;
mod sensitivity;
pub mod verdict;
mod words;

pub use intended::Evidence;
pub use intended::Popular;
pub use organisation::CsvError;
pub use organisation::Organisation;
pub use organisation::OrganisationId;
pub use organisation::OrganisationRow;
pub use organisation::is_mass_provider;
pub use organisation::organisation_rows;
pub use organisation::organisations_from_csv;
pub use reason::Reason;
pub use reason::ReasonCode;

use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Parsed;
use intended::Gathered;
use intended::Names;
use std::collections::BTreeSet;

/// The classifier of the product: lists, directory and the built-in rules.
#[derive(Clone)]
pub struct Classifier {
    names: Names,
}

impl Classifier {
    /// Builds it; a fraction of a second for 100,000 names.
    ///
    /// `zones` are the operator's: a whole name with one of them typed after it is read as that name.
    #[must_use]
    pub fn new(zones: &[Domain], organisations: Vec<Organisation>, popular: &Popular) -> Self {
        Self {
            names: Names::new(zones, &organisations, popular),
        }
    }

    /// The same with another directory: milliseconds.
    #[must_use]
    pub fn with_organisations(&self, organisations: &[Organisation]) -> Self {
        Self {
            names: self.names.with_organisations(organisations),
        }
    }

    /// The domain that was meant by `typed`.
    #[must_use]
    pub fn intended(&self, typed: &Domain, evidence: &Evidence) -> Intended {
        self.names.intended(typed, evidence)
    }

    /// The index of known names.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }
}

impl Classify for Classifier {
    fn classify(&self, envelope: &Envelope, parsed: &Parsed) -> Classification {
        let gathered = Gathered::new(envelope, Some(parsed));
        let intended = envelope
            .recipients
            .iter()
            .map(|r| {
                self.names
                    .intended(r.typed_domain(), &gathered.about(&r.address))
            })
            .collect();
        let language = language::of(parsed);
        let folded = words::Folded::of(parsed);
        let judged = verdict::judge(envelope, parsed, &folded);
        Classification {
            verdict: judged.verdict,
            verdict_confidence: judged.confidence,
            verdict_reasons: judged.reasons,
            sensitivity: sensitivity::labels(parsed, &folded),
            language,
            intended,
        }
    }
}

/// Decides over one message. A trait, so that `serve` can be handed another (tests hand in one that panics).
pub trait Classify: Send + Sync {
    /// Classifies; never fails, never blocks. `Classification::intended` has one entry per recipient, in order.
    fn classify(&self, envelope: &Envelope, parsed: &Parsed) -> Classification;
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
