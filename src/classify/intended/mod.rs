//! The domain that was meant: a noisy channel from known names to the typed one.
//!
//! For: [`Names::intended`]. `P(intended | typed) ∝ P(intended) · P(typed | intended) · P(message | intended)`:
//!
//! 1. **Prior**: organisations of the directory; then popular domains by rank; then the register of `.mil` names; then
//!    names that only this message mentions; then, under top levels that stand for .com or .net, anything of the right
//!    shape. In nats: see `prior` below and `slips::crowd`.
//! 2. **Channel**: the typed name is read in several ways (`reading.rs`: top-level slips, appended zone, `www`,
//!    subdomains carried over), each reading is looked up (`index.rs`) and aligned letter by letter (`channel.rs`).
//! 3. **Evidence** of the message (`evidence.rs`).
//! 4. **Unknown**: what people mean that is on no list. Its weight falls with the length of the typed name, because a
//!    short name is near some known name by chance. What is known as it was typed competes too, as *itself*.
//!
//! The confidence is the posterior. Below [`BAR`] the answer is unknown: a wrong name is a leak.
//!
//! Guarantees: pure; every answer has its reasons; work is bounded (candidates, mentions, name lengths). Refuses: to
//! name what is outside the lists and the message, but for those shapes. Must not know: policies, cases, the store.
//!
//! Known failures: two short acronyms one letter apart are told apart by evidence only; ordinary words that are also
//! names of organisations under another top level (`united.ml`) look meant; names of organisations that are on no list
//! are found only when the message mentions them, or where their top level is one that `slips::crowd` knows.

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
use crate::classify::Owners;
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
    owners: Arc<Owners>,
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

/// Whether a name on no list may be that of somebody under another top level: its last label has three letters or more
/// and is no country's and no second level (`presidence.gouv.ne` is Niger's, and nobody's at gouv.net).
fn is_registrable_elsewhere(stem: &str) -> bool {
    let label = stem.rsplit('.').next().unwrap_or_default();
    label.len() >= 3
        && !SECOND_LEVELS.contains(&label)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

const SECOND_LEVELS: [&str; 14] = [
    "com", "net", "org", "gov", "gouv", "gob", "edu", "mil", "int", "info", "biz", "asso",
    "presse", "univ",
];

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
            owners: Arc::default(),
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
            owners: Arc::new(Owners::of(organisations)),
            zones: Arc::clone(&self.zones),
        }
    }

    /// Octets that the indexes hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.popular.bytes() + self.organisations.bytes()
    }

    /// Who owns which domains of the directory.
    #[must_use]
    pub fn owners(&self) -> &Owners {
        &self.owners
    }

    /// The domain that was meant by `typed`.
    #[must_use]
    pub fn intended(&self, typed: &Domain, evidence: &Evidence) -> Intended {
        let weighed = self.weigh(typed, evidence);
        let named: Vec<&Candidate> = weighed.named().collect();
        let Some(best) = weighed.candidates.first() else {
            return nothing(ReasonCode::NothingNear, None);
        };
        let show = |c: &&Candidate| (c.domain.clone(), weighed.posterior(c));
        if best.how == How::Literal {
            let near = named.first().map(show).filter(|(_, p)| *p >= 0.05);
            return nothing(ReasonCode::TypedIsKnown, near);
        }
        let confidence = weighed.posterior(best);
        if confidence < BAR {
            let second = named.get(1).map_or(0.0, |c| weighed.posterior(c));
            let why = if second > 0.1 {
                ReasonCode::Ambiguous
            } else {
                ReasonCode::NothingNear
            };
            return nothing(why, named.first().map(show).filter(|(_, p)| *p >= 0.05));
        }
        Intended {
            organisation: self.owners.owner(&best.domain),
            case_domain: Some(self.owners.case_domain(&best.domain)),
            domain: Some(best.domain.clone()),
            confidence,
            runner_up: named.get(1).map(show).filter(|(_, p)| *p >= 0.01),
            reasons: weighed.reasons(best),
        }
    }

    /// The domains that may have been meant by `typed`, the likeliest first, at most `most`; also those below [`BAR`].
    #[must_use]
    pub fn rank(&self, typed: &Domain, evidence: &Evidence, most: usize) -> Vec<Ranked> {
        let weighed = self.weigh(typed, evidence);
        let named = weighed.named().take(most);
        named
            .map(|c| Ranked {
                domain: c.domain.clone(),
                organisation: self.owners.owner(&c.domain),
                confidence: weighed.posterior(c),
                reasons: weighed.reasons(c),
            })
            .collect()
    }

    fn weigh(&self, typed: &Domain, evidence: &Evidence) -> Weighed {
        let readings = reading::readings(typed, &self.zones);
        let stem = index::stem(typed);
        let letters = stem.bytes().filter(u8::is_ascii_alphanumeric).count();
        let unknown = unknown(letters);
        let mut found = self.found(typed, &readings, evidence);
        if let Some((meant, odds)) = slips::crowd(typed.public_suffix())
            && is_registrable_elsewhere(stem)
            && typed.is_hostname()
            && !evidence.is_local()
            && let Some((at, reading)) = (0..).zip(&readings).find(|(_, r)| r.is_slip_to(meant))
        {
            found.try_shape(unknown - odds - reading.cost(), at, reading);
        }
        let mut candidates = found.into_candidates();
        candidates.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let least = candidates.first().map_or(unknown, |c| c.cost.min(unknown));
        let mut weighed = Weighed {
            stem: stem.to_owned(),
            readings,
            candidates,
            unknown,
            least,
            total: 0.0,
        };
        let masses = weighed.candidates.iter().map(|c| weighed.mass(c.cost));
        weighed.total = weighed.mass(unknown) + masses.sum::<f64>();
        weighed
    }

    fn found<'e>(
        &self,
        typed: &'e Domain,
        readings: &[Reading],
        evidence: &'e Evidence,
    ) -> Found<'e> {
        let mut found = Found::new(typed, evidence);
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
                index.with_stem(stem, |id| ids.push(id));
                ids.sort_unstable();
                ids.dedup();
                for id in ids.drain(..) {
                    found.try_stem(index.known(id));
                }
            }
        }
        for mention in &evidence.mentions {
            for (at, reading) in readings.iter().enumerate() {
                found.try_mentioned(&mention.domain, at, reading);
                found.try_mentioned(&mention.domain.registrable(), at, reading);
            }
        }
        found
    }
}

/// A domain that may have been meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// A-labels, with the subdomains of the typed name.
    pub domain: Domain,
    /// Its owner, where the directory has one.
    pub organisation: Option<OrganisationId>,
    /// 0 to 1.
    pub confidence: f64,
    /// Why, in natural-log odds.
    pub reasons: Vec<Reason>,
}

fn nothing(why: ReasonCode, runner_up: Option<(Domain, f64)>) -> Intended {
    Intended {
        domain: None,
        organisation: None,
        case_domain: None,
        confidence: 0.0,
        runner_up,
        reasons: vec![Reason::new(why, 0.0)],
    }
}

/// All candidates of one typed name, the likeliest first.
struct Weighed {
    /// Of the typed name.
    stem: String,
    readings: Vec<Reading>,
    candidates: Vec<Candidate>,
    unknown: f32,
    least: f32,
    total: f64,
}

impl Weighed {
    fn mass(&self, cost: f32) -> f64 {
        f64::from(self.least - cost).exp()
    }

    fn posterior(&self, candidate: &Candidate) -> f64 {
        self.mass(candidate.cost) / self.total
    }

    /// Without those that were typed right.
    fn named(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(|c| c.how != How::Literal)
    }

    /// The steps to a candidate; their sum is its log-odds against "unknown".
    fn reasons(&self, of: &Candidate) -> Vec<Reason> {
        let source = match of.source {
            Source::Organisation => ReasonCode::KnownOrganisation,
            Source::Popular if of.mentioned => ReasonCode::NamedInMessage,
            Source::Popular => ReasonCode::PopularDomain,
            Source::Register => ReasonCode::RegisteredName,
            Source::Shape => ReasonCode::RightShape,
        };
        let mut steps = vec![(source, self.unknown - of.prior)];
        match of.how {
            How::Literal => {}
            How::Replaced => {
                steps.push((
                    ReasonCode::TopLevelReplaced,
                    -TOP_LEVEL_REPLACED - of.surcharge,
                ));
                let meant = index::stem(&of.domain).as_bytes();
                let aligned = channel::explain(meant, self.stem.as_bytes()).unwrap_or_default();
                steps.extend(aligned.into_iter().map(|(code, cost)| (code, -cost)));
            }
            How::Read(at) => {
                let reading = self.readings.get(at);
                let read = reading.map(|r| r.steps.clone()).unwrap_or_default();
                let aligned = reading
                    .and_then(|r| channel::explain(of.name.as_bytes(), r.name.as_bytes()))
                    .unwrap_or_default();
                steps.extend(
                    read.into_iter()
                        .chain(aligned)
                        .map(|(code, cost)| (code, -cost)),
                );
                if let Some((_, last)) = steps.last_mut() {
                    *last -= of.surcharge;
                }
            }
        }
        steps.extend(&of.evidence);
        steps
            .into_iter()
            .map(|(code, weight)| Reason::new(code, (f64::from(weight) * 1000.0).round() / 1000.0))
            .collect()
    }
}

#[cfg(test)]
mod tests;
