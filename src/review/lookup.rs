//! The page where one types a domain: what it would be taken for, and what would happen to mail for it.

use crate::classify::Evidence;
use crate::classify::OrganisationId;
use crate::classify::Ranked;
use crate::message::Domain;
use crate::message::policy::Disposition;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::cases::CaseKind;
use crate::staff::Viewer;
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// Candidates that the page shows.
const MOST: usize = 10;

impl Review {
    /// What would become of mail for `typed`, judged by the name alone.
    ///
    /// # Errors
    /// [`crate::review::Refusal::NotADomain`]; the store's.
    pub async fn lookup(&self, _viewer: &Viewer, typed: &str) -> Result<Lookup, ReviewError> {
        let typed = Domain::parse(typed.trim())
            .ok()
            .filter(|name| name.label_count() > 1)
            .ok_or(ReviewError::Refused(Refusal::NotADomain))?;
        let disposition = self.policies.borrow().decide(&typed, self.clock.now());
        // Not held while the store is asked: whoever publishes another would wait for it.
        let classifier = Arc::clone(&self.classifier.borrow());
        let nothing_more = Evidence::none();
        let decided = classifier.decide(&typed, None, &nothing_more);
        let ranked = classifier.rank(&typed, &nothing_more, MOST);
        let kind = match decided.domain {
            Some(_) => CaseKind::Intended,
            None => CaseKind::Unassigned,
        };
        let registrable = typed.registrable();
        let of = decided.case_domain.as_ref().unwrap_or(&registrable);
        let case = self.store.case_of(kind, of).await?;
        let why_unknown = match decided.domain {
            Some(_) => Vec::new(),
            None => decided.reasons.iter().map(|r| r.code.name()).collect(),
        };
        Ok(Lookup {
            disposition,
            why_unknown,
            candidates: self.candidates(ranked).await?,
            rule: classifier.rule_for(&typed, None).map(|rule| rule.id),
            case: case.map(|case| case.id),
            intended: decided.domain,
            typed,
        })
    }

    async fn candidates(&self, ranked: Vec<Ranked>) -> Result<Vec<Candidate>, ReviewError> {
        let owners: BTreeSet<OrganisationId> =
            ranked.iter().filter_map(|one| one.organisation).collect();
        let owners: Vec<OrganisationId> = owners.into_iter().collect();
        let names = self.store.organisation_names(&owners).await?;
        let candidate = |one: Ranked| Candidate {
            organisation: one.organisation.and_then(|id| names.get(&id).cloned()),
            reasons: one
                .reasons
                .iter()
                .map(|reason| (reason.code.name(), reason.weight))
                .collect(),
            domain: one.domain,
            confidence: one.confidence,
        };
        Ok(ranked.into_iter().map(candidate).collect())
    }
}
