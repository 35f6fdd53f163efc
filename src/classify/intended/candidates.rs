//! Gathering candidates: each known or mentioned name that a reading leads to, with what it costs in all.

use super::channel;
use super::evidence::Evidence;
use super::index;
use super::index::Known;
use super::index::Source;
use super::reading;
use super::reading::Reading;
use crate::classify::ReasonCode;
use crate::message::Domain;

/// Candidates aligned at most for one typed name.
const CANDIDATES_MAX: usize = 400;

/// Steps dearer than this in all are no slip.
const CHANNEL_MAX: f32 = 11.0;

/// What another top level costs, where the stem is the same to the letter.
pub(super) const TOP_LEVEL_REPLACED: f32 = 5.0;

/// The dearest slip in a stem under another top level: one that people make, no foreign letter.
const STEM_EDIT_MAX: f32 = 4.0;

/// What a slip in the stem costs besides, where the top level is another too: two slips in one name are rare, and names
/// of a country may lie one letter off a provider's.
const REPLACED_AND_EDITED: f32 = 1.0;

/// The prior of a name that only the message mentions, before the mention itself is weighed.
const PRIOR_MENTIONED: f32 = 9.5;

/// What speaks for a known name that was typed to the letter: most names are typed right.
const TYPED_RIGHT: f32 = 3.0;

/// What another top level costs on top, where the typed one already stands for a crowded one.
const SLIP_EXPECTED: f32 = 4.0;

/// For each letter that a popular name's stem, or the typed one, is shorter than five, where it was edited besides a slip.
const SHORT_EDITED: f32 = 1.5;

/// Two different slips in one name, below and at the known part.
const CARRIED_AND_EDITED: f32 = 1.2;

/// How the typed name leads to a candidate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It is the candidate, or lies below it: typed right.
    Literal,
    /// By the reading of this number.
    Read(usize),
    /// By its stem, under another top level.
    Replaced,
}

/// A domain that may have been meant.
pub(super) struct Candidate {
    pub(super) domain: Domain,
    pub(super) owner: Option<u32>,
    pub(super) source: Source,
    pub(super) prior: f32,
    /// Prior, channel and evidence in nats; the least is the likeliest.
    pub(super) cost: f32,
    /// What is in the cost beside prior, steps and evidence.
    pub(super) surcharge: f32,
    pub(super) how: How,
    /// The known name, without what was carried over.
    pub(super) name: String,
    pub(super) evidence: Vec<(ReasonCode, f32)>,
    /// Known from this message alone.
    pub(super) mentioned: bool,
}

/// The candidates found so far.
pub(super) struct Found<'e> {
    typed: &'e Domain,
    /// Whether the typed top level stands for a crowded one: `x.cm` means `x.com`, known or not.
    is_slip_expected: bool,
    evidence: &'e Evidence,
    candidates: Vec<Candidate>,
    aligned: usize,
}

impl<'e> Found<'e> {
    pub(super) fn new(typed: &'e Domain, evidence: &'e Evidence) -> Self {
        Self {
            typed,
            is_slip_expected: reading::stands_for_a_crowd(typed),
            evidence,
            candidates: Vec::new(),
            aligned: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    pub(super) fn into_candidates(self) -> Vec<Candidate> {
        self.candidates
    }

    /// A known name that the index met under this reading.
    pub(super) fn try_known(&mut self, known: Option<Known<'_>>, at: usize, reading: &Reading) {
        if let Some(known) = known {
            self.try_name(known, at, reading, false);
        }
    }

    /// A name under another top level: no reading leads there, so the letters of the stem must all be right; in a
    /// household name that begins with the same letter, all but one slip.
    pub(super) fn try_stem(&mut self, known: Option<Known<'_>>) {
        let Some(known) = known else { return };
        let Ok(domain) = Domain::parse(known.name) else {
            return;
        };
        let (meant, seen) = (
            index::stem(&domain).as_bytes(),
            index::stem(self.typed).as_bytes(),
        );
        if domain == *self.typed || meant.first() != seen.first() {
            return;
        }
        let (mut channel, mut surcharge) = (TOP_LEVEL_REPLACED, 0.0);
        if meant != seen {
            let may_slip = index::is_household(&known)
                && meant.len().min(seen.len()) >= index::STEM_EDITED_FROM
                && !seen.contains(&b'.');
            let edit = may_slip.then(|| channel::cost(meant, seen, STEM_EDIT_MAX));
            let Some(edit) = edit.flatten() else { return };
            channel += edit;
            surcharge += REPLACED_AND_EDITED;
        }
        if self.is_slip_expected {
            // Nearly every short name exists under .com and .net.
            surcharge += SLIP_EXPECTED;
        }
        self.keep(domain, known, channel, surcharge, How::Replaced, false);
    }

    /// A name that the message mentions.
    pub(super) fn try_mentioned(&mut self, name: &Domain, at: usize, reading: &Reading) {
        let known = Known {
            name: name.as_str(),
            source: Source::Popular,
            prior: PRIOR_MENTIONED,
            owner: None,
        };
        self.try_name(known, at, reading, true);
    }

    /// A name of the right shape, on no list: the reading itself.
    pub(super) fn try_shape(&mut self, prior: f32, at: usize, reading: &Reading) {
        let known = Known {
            name: &reading.name,
            source: Source::Shape,
            prior,
            owner: None,
        };
        self.try_name(known, at, reading, false);
    }

    fn try_name(&mut self, known: Known<'_>, at: usize, reading: &Reading, mentioned: bool) {
        let limit = CHANNEL_MAX - reading.cost();
        let exact = known.name == reading.name;
        let channel = if exact {
            0.0
        } else if self.aligned >= CANDIDATES_MAX {
            return;
        } else {
            self.aligned += 1;
            match channel::cost(known.name.as_bytes(), reading.name.as_bytes(), limit) {
                Some(cost) => cost,
                None => return,
            }
        };
        let literal = exact && reading.is_literal();
        if literal && mentioned {
            return;
        }
        let Ok(domain) = Domain::parse(&format!("{}{}", reading.carried, known.name)) else {
            return;
        };
        let edited = channel > 0.0;
        let slipped = !reading.steps.is_empty();
        let mut surcharge = 0.0;
        if edited && slipped && known.owner.is_none() && known.source == Source::Popular {
            // Every string of three letters is somebody's domain: an edit on top of a slip proves little.
            let read = reading.name.rsplit_once('.');
            let read = read.map_or(reading.name.len(), |(stem, _)| stem.len());
            let letters = index::stem(&domain).len().min(read);
            surcharge += SHORT_EDITED * 5usize.saturating_sub(letters) as f32;
        }
        if self.is_slip_expected
            && top_level(&reading.name) == top_level(self.typed.as_str())
            && top_level(known.name) != top_level(&reading.name)
        {
            // A letter of the top level is no nearer than the whole of it.
            surcharge += SLIP_EXPECTED;
        }
        if literal {
            surcharge -= TYPED_RIGHT;
        } else if !reading.carried.is_empty() && edited {
            surcharge += CARRIED_AND_EDITED;
        }
        let how = if literal { How::Literal } else { How::Read(at) };
        let channel = reading.cost() + channel;
        self.keep(domain, known, channel, surcharge, how, mentioned);
    }

    fn keep(
        &mut self,
        domain: Domain,
        known: Known<'_>,
        channel: f32,
        surcharge: f32,
        how: How,
        mentioned: bool,
    ) {
        let cost = known.prior + channel + surcharge;
        let everybodys = known.prior < 5.0 && known.owner.is_none();
        let evidence = self.evidence.in_favour(&domain, everybodys);
        let candidate = Candidate {
            owner: known.owner,
            source: known.source,
            prior: known.prior,
            cost: cost - evidence.iter().map(|(_, w)| w).sum::<f32>(),
            surcharge,
            how,
            name: known.name.to_owned(),
            evidence,
            domain,
            mentioned,
        };
        match self
            .candidates
            .iter_mut()
            .find(|c| c.domain == candidate.domain)
        {
            Some(kept) => {
                let owner = kept.owner.or(candidate.owner);
                // It is on a list, however far down.
                let source = match candidate.source {
                    Source::Shape => kept.source,
                    source => source,
                };
                if candidate.cost < kept.cost {
                    *kept = Candidate {
                        source,
                        ..candidate
                    };
                }
                kept.owner = owner;
            }
            None => self.candidates.push(candidate),
        }
    }
}

fn top_level(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}
