//! What one transaction will write, worked out without touching the database.

use crate::classify::OrganisationId;
use crate::message::Domain;
use crate::message::MessageId;
use crate::message::Timestamp;
use crate::store::incoming::Kept;
use crate::store::names::OTHER;
use crate::store::names::Refused;
use crate::store::prepared::Prepared;
use crate::store::prepared::integer;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseKind {
    /// One intended registrable domain.
    Intended,
    /// One typed registrable domain whose intended domain is unknown.
    Unassigned,
}

impl CaseKind {
    /// The word in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Unassigned => "unassigned",
        }
    }

    pub(in crate::store) fn from_name(name: &str) -> Self {
        if name == "intended" {
            Self::Intended
        } else {
            Self::Unassigned
        }
    }
}

/// What a case is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::store) struct CaseKey {
    pub kind: CaseKind,
    pub domain: Box<str>,
}

impl CaseKey {
    /// The case of a recipient.
    pub fn of(intended: Option<&Domain>, typed: &Domain) -> Self {
        let (kind, domain) = match intended {
            Some(domain) => (CaseKind::Intended, domain),
            None => (CaseKind::Unassigned, typed),
        };
        Self {
            kind,
            domain: domain.as_str().into(),
        }
    }

    /// The case that takes what goes past the bound.
    pub fn other(kind: CaseKind) -> Self {
        Self {
            kind,
            domain: OTHER.into(),
        }
    }

    /// Whether it is that case.
    pub fn is_other(&self) -> bool {
        &*self.domain == OTHER
    }
}

/// A batch after duplicates were taken out.
pub(in crate::store) struct Sorted<'b> {
    /// What is to be kept, with how often it came again in the same batch.
    pub fresh: Vec<(&'b Prepared, i64)>,
    /// How often messages that are stored already came again.
    pub repeats: BTreeMap<MessageId, i64>,
    /// One per message of the batch, in order.
    pub answers: Vec<Kept>,
}

impl<'b> Sorted<'b> {
    /// Takes out what is a repeat of a stored message (`stored`, by digest) or of one earlier in the batch.
    pub fn new(batch: &[&'b Prepared], stored: &HashMap<[u8; 32], MessageId>) -> Self {
        let mut sorted = Self {
            fresh: Vec::with_capacity(batch.len()),
            repeats: BTreeMap::new(),
            answers: Vec::with_capacity(batch.len()),
        };
        let mut here: HashMap<[u8; 32], usize> = HashMap::with_capacity(batch.len());
        for prepared in batch {
            let digest = &prepared.message.digest;
            let mut known = [Some(digest.current), digest.previous]
                .into_iter()
                .flatten();
            if let Some(original) = known.clone().find_map(|d| stored.get(&d)) {
                *sorted.repeats.entry(*original).or_default() += 1;
                sorted.answers.push(Kept::Duplicate(*original));
            } else if let Some(at) = known.find_map(|d| here.get(&d)) {
                let (original, repeats) = &mut sorted.fresh[*at];
                *repeats += 1;
                sorted.answers.push(Kept::Duplicate(original.message.id));
            } else {
                here.insert(digest.current, sorted.fresh.len());
                sorted.fresh.push((prepared, 0));
                sorted.answers.push(Kept::New);
            }
        }
        sorted
    }

    /// How many of the batch are duplicates.
    pub fn duplicates(&self) -> i64 {
        integer(self.answers.len() - self.fresh.len())
    }

    /// The names it brings.
    pub fn names(&self) -> Brought<'b> {
        let mut brought = Brought::default();
        for (prepared, _) in &self.fresh {
            let intended = prepared.message.classification.intended.iter();
            for ((recipient, derived), intended) in prepared.recipients().zip(intended) {
                let listed = brought
                    .keys
                    .entry((prepared.day, derived.key(recipient)))
                    .or_default();
                *listed |= recipient.watch.is_some();
                let case = brought
                    .cases
                    .entry(derived.case.clone())
                    .or_insert(BroughtCase {
                        day: prepared.day,
                        listed: false,
                    });
                case.listed |= derived.is_listed_case(recipient, intended);
            }
        }
        brought
    }
}

/// The names of one transaction. *Listed* ones are the operator's own choice: in the directory, or a watch entry.
#[derive(Default)]
pub(in crate::store) struct Brought<'b> {
    /// Roll-up keys by day, and whether each is listed.
    pub keys: BTreeMap<(i64, &'b str), bool>,
    /// Cases.
    pub cases: BTreeMap<CaseKey, BroughtCase>,
}

/// A case that one transaction brings.
#[derive(Clone, Copy)]
pub(in crate::store) struct BroughtCase {
    /// The day of its first recipient.
    pub day: i64,
    /// Whether it is listed.
    pub listed: bool,
}

/// What one transaction adds to one case.
pub(in crate::store) struct CaseGain {
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub recipients: i64,
    pub organisation: Option<OrganisationId>,
}

/// All sums of one transaction.
#[derive(Default)]
pub(in crate::store) struct Gains<'b> {
    pub cases: BTreeMap<CaseKey, CaseGain>,
    pub counters: BTreeMap<&'static str, i64>,
    /// day, policy, verdict: messages, recipients.
    pub days: BTreeMap<(i64, &'static str, &'static str), (i64, i64)>,
    /// day, key, policy, verdict: recipients.
    pub keys: BTreeMap<(i64, &'b str, &'static str, &'static str), i64>,
    /// case, day, verdict: recipients.
    pub case_days: BTreeMap<(CaseKey, i64, &'static str), i64>,
    /// case, day, label: recipients.
    pub case_labels: BTreeMap<(CaseKey, i64, &'static str), i64>,
}

impl<'b> Gains<'b> {
    /// Sums up what is to be kept; what does not fit the day's names is summed up as [`OTHER`].
    pub fn new(sorted: &Sorted<'b>, refused: &Refused) -> Self {
        let mut gains = Self::default();
        for (prepared, _) in &sorted.fresh {
            gains.add_message(prepared);
            gains.add_recipients(prepared, refused);
        }
        gains.count("duplicates", sorted.duplicates());
        gains
    }

    /// Adds to a counter; nothing is written for nothing.
    pub fn count(&mut self, name: &'static str, by: i64) {
        if by != 0 {
            *self.counters.entry(name).or_default() += by;
        }
    }

    fn add_message(&mut self, prepared: &Prepared) {
        let message = &prepared.message;
        let (policy, verdict) = (message.policy, message.classification.verdict);
        let recipients = integer(message.recipients.len());
        self.count("messages", 1);
        self.count("recipients", recipients);
        self.count(crate::store::stats::verdict_counter(verdict), 1);
        self.count(crate::store::stats::policy_counter(policy), 1);
        self.count("sealed_items", integer(message.items.len()));
        self.count("sealed_bytes", integer(message.sealed_bytes()));
        let day = self
            .days
            .entry((prepared.day, policy.name(), verdict.name()))
            .or_default();
        day.0 += 1;
        day.1 += recipients;
    }

    fn add_recipients(&mut self, prepared: &'b Prepared, refused: &Refused) {
        let message = &prepared.message;
        let (day, class) = (prepared.day, &message.classification);
        let intended = class.intended.iter();
        for ((recipient, derived), intended) in prepared.recipients().zip(intended) {
            let key = derived.key(recipient);
            let key = if !refused.keys.is_empty() && refused.keys.contains(&(day, key.into())) {
                OTHER
            } else {
                key
            };
            *self
                .keys
                .entry((day, key, message.policy.name(), class.verdict.name()))
                .or_default() += 1;
            let case = case_of(&derived.case, refused);
            *self
                .case_days
                .entry((case.clone(), day, class.verdict.name()))
                .or_default() += 1;
            for label in &class.sensitivity {
                *self
                    .case_labels
                    .entry((case.clone(), day, label.name()))
                    .or_default() += 1;
            }
            let at = message.received_at;
            // Many owners' mail is in `other`: it belongs to none of them.
            let organisation = intended.organisation.filter(|_| !case.is_other());
            let gain = self.cases.entry(case).or_insert(CaseGain {
                first_seen: at,
                last_seen: at,
                recipients: 0,
                organisation: None,
            });
            gain.first_seen = gain.first_seen.min(at);
            gain.last_seen = gain.last_seen.max(at);
            gain.recipients += 1;
            gain.organisation = gain.organisation.or(organisation);
        }
    }
}

/// The case that a recipient counts to, given what does not fit.
pub(in crate::store) fn case_of(case: &CaseKey, refused: &Refused) -> CaseKey {
    if refused.cases.contains(case) {
        CaseKey::other(case.kind)
    } else {
        case.clone()
    }
}
