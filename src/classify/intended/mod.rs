//! The domain that was meant: a noisy channel from known names to the typed one.
//!
//! For: [`Names::intended`]. `P(intended | typed) ∝ P(intended) · P(typed | intended) · P(message | intended)`:
//!
//! 1. **Prior**: organisations of the directory; then popular domains by rank; then the register of `.mil` names; then
//!    names that only this message mentions. In nats: see `prior` below.
//! 2. **Channel**: the typed name is read in several ways (`reading.rs`: top-level slips, appended zone, `www`,
//!    subdomains carried over), each reading is looked up (`index.rs`) and aligned letter by letter (`channel.rs`).
//! 3. **Evidence** of the message (`evidence.rs`).
//! 4. **Unknown**: what people mean that is on no list. Its weight falls with the length of the typed name, because a
//!    short name is near some known name by chance. What is known as it was typed competes too, as *itself*.
//!
//! The confidence is the posterior. Below [`BAR`] the answer is unknown: a wrong name is a leak.
//!
//! Guarantees: pure; every answer has its reasons; work is bounded (candidates, mentions, name lengths). Refuses: to
//! name what is outside the lists and the message. Must not know: policies, cases, the store.
//!
//! Known failures: two short acronyms one letter apart are told apart by evidence only; ordinary words that are also
//! names of organisations under another top level (`united.ml`) look meant; names of organisations that are on no list
//! are found only when the message mentions them.

mod candidates;
mod channel;
mod evidence;
mod index;
mod popular;
mod reading;
mod slips;

pub use evidence::Evidence;
pub use evidence::Gathered;
pub use index::Source;
pub use popular::Popular;

use crate::classify::Intended;
use crate::classify::Organisation;
use crate::classify::OrganisationId;
use crate::classify::Reason;
use crate::classify::ReasonCode;
use crate::message::Domain;
use candidates::Candidate;
use candidates::Found;
use candidates::How;
use candidates::TOP_LEVEL_REPLACED;
use index::Builder;
use index::Index;
use reading::Reading;
use std::sync::Arc;

/// Least confidence at which a domain is named.
pub const BAR: f64 = 0.5;

/// All known names. Cheap to clone but for the directory; [`Names::with_organisations`] rebuilds the directory alone.
#[derive(Clone)]
pub struct Names {
    popular: Arc<Index>,
    organisations: Arc<Index>,
    owners: Arc<[OrganisationId]>,
    zones: Arc<[Domain]>,
}

/// A popular domain's prior: about Zipf's law, flattened. Rank 1 costs 3.5, rank 100 some 7, rank 100,000 some 12.
fn prior(rank: usize) -> f32 {
    3.5 + 0.8 * (1.0 + rank as f32 / 2.0).ln()
}

/// A mail provider's prior: the first of the list carry most of the world's private mail.
fn mail_prior(rank: usize) -> f32 {
    (4.0 + 0.4 * rank as f32).min(5.8)
}

const PRIOR_ORGANISATION: f32 = 5.0;
const PRIOR_REGISTER: f32 = 6.5;

/// The cost of "something that is on no list", by the letters of the typed stem.
fn unknown(letters: usize) -> f32 {
    UNKNOWN_BASE + UNKNOWN_PER_LETTER * letters.min(10) as f32
}

const UNKNOWN_BASE: f32 = 12.0;
const UNKNOWN_PER_LETTER: f32 = 0.5;

impl Names {
    /// Builds the index over the lists and the directory, for an operator of `zones`.
    #[must_use]
    pub fn new(zones: &[Domain], organisations: &[Organisation], popular: &Popular) -> Self {
        let mut builder = Builder::default();
        for (rank, name) in popular.ranked.iter().enumerate() {
            builder.add(name, Source::Popular, prior(rank), None);
        }
        for (rank, name) in popular.mail.iter().enumerate() {
            builder.add(name, Source::Popular, mail_prior(rank), None);
        }
        for name in &popular.register {
            builder.add(name, Source::Register, PRIOR_REGISTER, None);
        }
        Self {
            popular: Arc::new(builder.build()),
            organisations: Arc::default(),
            owners: Arc::from([]),
            zones: zones.into(),
        }
        .with_organisations(organisations)
    }

    /// The same lists with another directory: milliseconds, so that an organisation added at run time is found at once.
    #[must_use]
    pub fn with_organisations(&self, organisations: &[Organisation]) -> Self {
        let mut builder = Builder::default();
        for (at, organisation) in (0u32..).zip(organisations) {
            for name in &organisation.domains {
                // Popularity beats the flat prior of the directory.
                let popular = self
                    .popular
                    .exact(name.as_str())
                    .map_or(f32::MAX, |k| k.prior);
                let prior = PRIOR_ORGANISATION.min(popular);
                builder.add(name, Source::Organisation, prior, Some(at));
            }
        }
        Self {
            popular: Arc::clone(&self.popular),
            organisations: Arc::new(builder.build()),
            owners: organisations.iter().map(|o| o.id).collect(),
            zones: Arc::clone(&self.zones),
        }
    }

    /// Octets that the indexes hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.popular.bytes() + self.organisations.bytes()
    }

    /// The domain that was meant by `typed`.
    #[must_use]
    pub fn intended(&self, typed: &Domain, evidence: &Evidence) -> Intended {
        let readings = reading::readings(typed, &self.zones);
        let mut candidates = self.candidates(typed, &readings, evidence);
        candidates.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let letters = index::stem(typed)
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .count();
        let unknown = unknown(letters);
        let least = candidates.first().map_or(unknown, |c| c.cost.min(unknown));
        let mass = |cost: f32| f64::from(least - cost).exp();
        let total: f64 = mass(unknown) + candidates.iter().map(|c| mass(c.cost)).sum::<f64>();
        let posterior = |c: &Candidate| mass(c.cost) / total;

        let named: Vec<&Candidate> = candidates
            .iter()
            .filter(|c| c.how != How::Literal)
            .collect();
        let Some(best) = candidates.first() else {
            return nothing(ReasonCode::NothingNear, None);
        };
        let show = |c: &&Candidate| (c.domain.clone(), posterior(c));
        if best.how == How::Literal {
            let near = named.first().map(show).filter(|(_, p)| *p >= 0.05);
            return nothing(ReasonCode::TypedIsKnown, near);
        }
        let confidence = posterior(best);
        if confidence < BAR {
            let second = named.get(1).map_or(0.0, |c| posterior(c));
            let why = if second > 0.1 {
                ReasonCode::Ambiguous
            } else {
                ReasonCode::NothingNear
            };
            return nothing(why, named.first().map(show).filter(|(_, p)| *p >= 0.05));
        }
        Intended {
            domain: Some(best.domain.clone()),
            organisation: best
                .owner
                .and_then(|at| self.owners.get(at as usize))
                .copied(),
            confidence,
            runner_up: named.get(1).map(show).filter(|(_, p)| *p >= 0.01),
            reasons: reasons(best, &readings, unknown),
        }
    }

    fn candidates(
        &self,
        typed: &Domain,
        readings: &[Reading],
        evidence: &Evidence,
    ) -> Vec<Candidate> {
        let mut found = Found::new(evidence);
        let mut ids: Vec<u32> = Vec::new();
        for index in [&*self.organisations, &*self.popular] {
            let try_all = |ids: &mut Vec<u32>, at: usize, found: &mut Found<'_>| {
                // The same name is met under many of its deletions.
                ids.sort_unstable();
                ids.dedup();
                for id in ids.drain(..) {
                    found.try_known(index.known(id), at, &readings[at]);
                }
            };
            for (at, reading) in readings.iter().enumerate() {
                index.within_one(&reading.name, |id| ids.push(id));
                try_all(&mut ids, at, &mut found);
            }
            // A second edit is sought only where one did not do, and only in the likeliest readings.
            if found.is_empty() {
                for (at, reading) in readings.iter().enumerate().take(4) {
                    index.within_two(&reading.name, |id| ids.push(id));
                    try_all(&mut ids, at, &mut found);
                }
            }
            let stem = index::stem(typed);
            if !stem.is_empty() {
                index.with_stem(stem, |id| found.try_stem(index.known(id), typed));
            }
        }
        for mention in &evidence.mentions {
            for (at, reading) in readings.iter().enumerate() {
                found.try_mentioned(&mention.domain, at, reading);
                found.try_mentioned(&mention.domain.registrable(), at, reading);
            }
        }
        found.into_candidates()
    }
}

fn nothing(why: ReasonCode, runner_up: Option<(Domain, f64)>) -> Intended {
    Intended {
        domain: None,
        organisation: None,
        confidence: 0.0,
        runner_up,
        reasons: vec![Reason::new(why, 0.0)],
    }
}

/// The steps to the best candidate; their sum is its log-odds against "unknown".
fn reasons(best: &Candidate, readings: &[Reading], unknown: f32) -> Vec<Reason> {
    let source = match best.source {
        Source::Organisation => ReasonCode::KnownOrganisation,
        Source::Popular if best.mentioned => ReasonCode::NamedInMessage,
        Source::Popular => ReasonCode::PopularDomain,
        Source::Register => ReasonCode::RegisteredName,
    };
    let mut steps = vec![(source, unknown - best.prior)];
    match best.how {
        How::Literal => {}
        How::Replaced => steps.push((ReasonCode::TopLevelReplaced, -TOP_LEVEL_REPLACED)),
        How::Read(at) => {
            let reading = readings.get(at);
            let read = reading.map(|r| r.steps.clone()).unwrap_or_default();
            let aligned = reading
                .and_then(|r| channel::explain(best.name.as_bytes(), r.name.as_bytes()))
                .unwrap_or_default();
            steps.extend(
                read.into_iter()
                    .chain(aligned)
                    .map(|(code, cost)| (code, -cost)),
            );
        }
    }
    steps.extend(&best.evidence);
    steps
        .into_iter()
        .map(|(code, weight)| Reason::new(code, (f64::from(weight) * 1000.0).round() / 1000.0))
        .collect()
}

#[cfg(test)]
mod tests;
