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
//! typed domain + sending domain          -> rules        what staff have said, which goes before the machine's word
//! directory                              -> owners       whose it is, and in which case it goes
//! ```

pub mod intended;
mod language;
mod linear;
mod organisation;
mod owners;
mod phrases;
mod providers;
mod reason;
pub mod rules;
pub mod sensitivity;
pub mod verdict;
mod words;

pub use intended::Evidence;
pub use intended::Popular;
pub use intended::Ranked;
pub use organisation::CsvError;
pub use organisation::Organisation;
pub use organisation::OrganisationId;
pub use organisation::OrganisationRow;
pub use organisation::organisation_rows;
pub use organisation::organisations_from_csv;
pub use owners::Owners;
pub use providers::is_mass_provider;
pub use providers::is_public_provider;
pub use reason::Reason;
pub use reason::ReasonCode;

use crate::message::Circumstances;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Parsed;
use intended::Gathered;
use intended::Names;
use rules::Rule;
use rules::RuleEffect;
use rules::Rules;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Least confidence at which mail is counted in a notice: a wrong notice is a leak, so this is more than it takes to name
/// a domain to staff.
pub const NOTICE_BAR: f64 = 0.8;

/// The classifier of the product: lists, directory, the built-in rules and those of staff.
#[derive(Clone)]
pub struct Classifier {
    names: Names,
    rules: Arc<Rules>,
}

impl Classifier {
    /// Builds it; a fraction of a second for 100,000 names.
    ///
    /// `zones` are the operator's: a whole name with one of them typed after it is read as that name.
    #[must_use]
    pub fn new(zones: &[Domain], organisations: Vec<Organisation>, popular: &Popular) -> Self {
        Self {
            names: Names::new(zones, &organisations, popular),
            rules: Arc::default(),
        }
    }

    /// The same with another directory: milliseconds.
    #[must_use]
    pub fn with_organisations(&self, organisations: &[Organisation]) -> Self {
        Self {
            names: self.names.with_organisations(organisations),
            rules: Arc::clone(&self.rules),
        }
    }

    /// The same with other rules of staff.
    #[must_use]
    pub fn with_rules(&self, rules: Rules) -> Self {
        Self {
            names: self.names.clone(),
            rules: Arc::new(rules),
        }
    }

    /// The domain that was meant by `typed`, as the machine has it, whatever staff have said.
    #[must_use]
    pub fn intended(&self, typed: &Domain, evidence: &Evidence) -> Intended {
        self.names.intended(typed, evidence)
    }

    /// The domain that was meant by `typed` in mail from `sender` (a registrable domain): as staff have it where a rule
    /// fits, else as the machine has it.
    #[must_use]
    pub fn decide(&self, typed: &Domain, sender: Option<&Domain>, evidence: &Evidence) -> Intended {
        self.rule_for(typed, sender)
            .and_then(|rule| rule.decide(typed, self.names.owners()))
            .unwrap_or_else(|| self.intended(typed, evidence))
    }

    /// The rule of staff that decides which domain was meant by `typed`.
    #[must_use]
    pub fn rule_for(&self, typed: &Domain, sender: Option<&Domain>) -> Option<&Rule> {
        self.rules.intended(typed, sender)
    }

    /// The domains that may have been meant by `typed`, the likeliest first, at most `most`; also those below the bar.
    #[must_use]
    pub fn rank(&self, typed: &Domain, evidence: &Evidence, most: usize) -> Vec<Ranked> {
        self.names.rank(typed, evidence, most)
    }

    /// Who owns which domains of the directory.
    #[must_use]
    pub fn owners(&self) -> &Owners {
        self.names.owners()
    }

    /// The organisation of the directory with that number: whether it is `shared`, whether it has agreed to a `hint`.
    #[must_use]
    pub fn organisation(&self, id: OrganisationId) -> Option<&Organisation> {
        self.owners().organisation(id)
    }

    /// The index of known names.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }
}

impl Classify for Classifier {
    fn classify(
        &self,
        envelope: &Envelope,
        parsed: &Parsed,
        circumstances: &Circumstances,
    ) -> Classification {
        let gathered = Gathered::new(envelope, Some(parsed));
        let sender = circumstances.sender_domain(envelope, parsed);
        let intended = envelope
            .recipients
            .iter()
            .map(|r| {
                self.decide(
                    r.typed_domain(),
                    sender.as_ref(),
                    &gathered.about(&r.address),
                )
            })
            .collect();
        let language = language::of(parsed);
        let folded = words::Folded::of(parsed);
        let stems = linear::stems(folded.opening());
        let mut judged = verdict::judge(envelope, parsed, &folded, &stems, circumstances);
        let first = envelope.recipients.first();
        let ruled = first.and_then(|r| self.rules.verdict(r.typed_domain(), sender.as_ref()));
        if let Some(RuleEffect::Verdict(verdict)) = ruled.map(|rule| &rule.effect) {
            judged.verdict = *verdict;
            judged.confidence = 1.0;
            judged.reasons = vec![rules::why()];
        }
        Classification {
            verdict: judged.verdict,
            verdict_confidence: judged.confidence,
            verdict_reasons: judged.reasons,
            sensitivity: sensitivity::labels(parsed, &folded, &stems),
            language,
            intended,
        }
    }

    fn owned(&self, name: &Domain) -> Option<Domain> {
        let (listed, owner) = self.owners().listed_domain(name)?;
        let owner = self.organisation(owner)?;
        (!owner.shared).then_some(listed)
    }

    fn hint(&self, typed: &Domain) -> Option<Domain> {
        let decided = self.decide(typed, None, &Evidence::default());
        let meant = decided
            .domain
            .filter(|_| decided.confidence >= NOTICE_BAR)?;
        // Never with the subdomains of the typed name: they are the sender's words.
        let (listed, owner) = self.owners().listed_domain(&meant)?;
        let owner = self.organisation(owner)?;
        (owner.hint && !owner.shared).then_some(listed)
    }
}

/// Decides over one message. A trait, so that `serve` can be handed another (tests hand in one that panics).
pub trait Classify: Send + Sync {
    /// Classifies; never fails, never blocks. `Classification::intended` has one entry per recipient, in order.
    fn classify(
        &self,
        envelope: &Envelope,
        parsed: &Parsed,
        circumstances: &Circumstances,
    ) -> Classification;

    /// The domain of the directory that `name` is or lies below, where its owner is no provider with many unrelated users.
    fn owned(&self, _name: &Domain) -> Option<Domain> {
        None
    }

    /// The domain of the directory that was meant by `typed`, by the name alone, where that is as sure as for a notice and
    /// its owner has agreed that senders are told.
    fn hint(&self, _typed: &Domain) -> Option<Domain> {
        None
    }
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
    /// Its owner: that of the longest domain of the directory that it is or lies below.
    pub organisation: Option<OrganisationId>,
    /// Under which domain its mail is grouped: see [`Owners::case_domain`]. `None` where `domain` is.
    pub case_domain: Option<Domain>,
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

    /// The verdict of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// A machine-set label of what a message may harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sensitivity {
    /// Passwords, keys, tokens.
    Credentials,
    /// Buildings, maps, access.
    Facilities,
    /// Bank accounts, cards, tax.
    Financial,
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
    /// All, in alphabetical order of their names, which is that of the type.
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

#[cfg(test)]
mod tests;
