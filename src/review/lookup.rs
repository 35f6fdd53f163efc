//! The page where one types a domain: what it would be taken for, and what would happen to mail for it.

use crate::message::Domain;
use crate::message::policy::Disposition;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Viewer;

/// A domain that may have been meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// A-labels.
    pub domain: Domain,
    /// Its owner's name.
    pub organisation: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
    /// Codes and weights, in natural-log odds.
    pub reasons: Vec<(&'static str, f64)>,
}

/// What would become of mail for a typed domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The name, checked; A-labels.
    pub typed: Domain,
    /// What the listener would do.
    pub disposition: Disposition,
    /// Whether it would be named, or *unknown*; the codes of why.
    pub intended: Option<Domain>,
    /// Why, where it is unknown.
    pub why_unknown: Vec<&'static str>,
    /// The likeliest first, at most ten.
    pub candidates: Vec<Candidate>,
    /// The number of the rule of staff that decides it.
    pub rule: Option<i64>,
    /// The case that mail for it would count to, where there is one.
    pub case: Option<i64>,
}

impl Review {
    /// What would become of mail for `typed`, judged by the name alone.
    ///
    /// # Errors
    /// [`crate::review::Refusal::NotADomain`]; the store's.
    pub async fn lookup(&self, _viewer: &Viewer, _typed: &str) -> Result<Lookup, ReviewError> {
        Err(ReviewError::Missing)
    }
}
