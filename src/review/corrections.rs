//! Corrections, kept as rules over metadata: what a typed name means, what kind of mail a sender writes.

use crate::classify::Verdict;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Reviewer;
use crate::staff::Viewer;

/// What a rule decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The domain that was meant; `None`: unknown. Subdomains of the typed name are carried over.
    Intended(Option<Domain>),
    /// What kind of mail it is.
    Verdict(Verdict),
}

/// A correction that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Mail typed to this name or below it; within our zones.
    pub typed: Domain,
    /// From this registrable domain alone, where it is set. A verdict wants one: a name alone does not tell the kind.
    pub sender: Option<Domain>,
    /// What it decides.
    pub effect: Effect,
}

/// A rule, as pages list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// Its number.
    pub id: i64,
    /// The typed name.
    pub typed: String,
    /// The sending domain.
    pub sender: Option<String>,
    /// What it decides.
    pub effect: Effect,
    /// Who made it, and when.
    pub made: (String, Timestamp),
    /// Who revoked it, and when.
    pub revoked: Option<(String, Timestamp)>,
    /// How many stored recipients it has changed.
    pub applied: i64,
    /// Whether it has gone through all that was stored.
    pub done: bool,
}

impl Review {
    /// Makes a rule, in place of one for the same name, sender and effect. It decides over new mail within two seconds; over stored mail
    /// step by step, the first steps before this returns.
    ///
    /// # Errors
    /// [`crate::review::Refusal::OutsideZones`] for a typed name that is not ours, `InsideZones` for an intended one that
    /// is, `Empty` for a verdict without a sender; the store's.
    pub async fn correct(
        &self,
        _reviewer: &Reviewer,
        _correction: Correction,
    ) -> Result<i64, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Takes a rule back: new mail is decided without it. What it has changed stays.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn revoke(&self, _reviewer: &Reviewer, _rule: i64) -> Result<(), ReviewError> {
        Err(ReviewError::Missing)
    }

    /// All rules, those in force first, then the newest first; at most 500.
    ///
    /// # Errors
    /// The store's.
    pub async fn rules(&self, _viewer: &Viewer) -> Result<Vec<RuleRow>, ReviewError> {
        Err(ReviewError::Missing)
    }
}
