//! What one transaction will write, worked out without touching the database.

use crate::message::Domain;
use crate::message::MessageId;
use crate::store::incoming::Kept;
use crate::store::names::OTHER;
use crate::store::names::Refused;
use crate::store::prepared::Prepared;
use crate::store::prepared::confidence;
use crate::store::prepared::integer;
use crate::store::tally::Counted;
use crate::store::tally::CountedRecipient;
use crate::store::tally::Other;
use crate::store::tally::is_sure;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseKind {
    /// One intended registrable domain, or a part of it that has an owner of its own.
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
    /// The case of a recipient: by the domain that what was meant is grouped by, or the registrable one that was typed.
    pub fn of(intended: Option<&Domain>, typed: &str) -> Self {
        let (kind, domain) = match intended {
            Some(domain) => (CaseKind::Intended, domain.as_str()),
            None => (CaseKind::Unassigned, typed),
        };
        Self {
            kind,
            domain: domain.into(),
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

impl<'b> Sorted<'b> {
    /// What is to be kept, as far as sums go; a name or case that does not fit is [`OTHER`].
    pub fn counted(&self, refused: &Refused) -> Vec<Counted<'b>> {
        let fresh = self.fresh.iter();
        fresh
            .map(|(prepared, _)| counted(prepared, refused))
            .collect()
    }
}

fn counted<'b>(prepared: &'b Prepared, refused: &Refused) -> Counted<'b> {
    let message = &prepared.message;
    let class = &message.classification;
    let recipients = prepared
        .recipients()
        .zip(&class.intended)
        .map(|((recipient, derived), intended)| {
            let key = derived.key(recipient);
            let full =
                !refused.keys.is_empty() && refused.keys.contains(&(prepared.day, key.into()));
            let mut other = Other::default();
            other.set(Other::KEY, full);
            CountedRecipient {
                key,
                name: derived.typed_registrable.as_str(),
                case: case_of(&derived.case, refused),
                organisation: intended.organisation,
                sure: is_sure(
                    intended.domain.as_ref().map(Domain::as_str),
                    confidence(intended.confidence),
                ),
                other,
            }
        })
        .collect();
    Counted {
        at: message.received_at,
        policy: message.policy,
        verdict: class.verdict,
        labels: &class.sensitivity,
        sender: message.sender_domain.as_ref().map_or("", Domain::as_str),
        recipients,
    }
}

/// The case that a recipient counts to, given what does not fit.
pub(in crate::store) fn case_of<'k>(case: &'k CaseKey, refused: &Refused) -> Cow<'k, CaseKey> {
    if refused.cases.contains(case) {
        Cow::Owned(CaseKey::other(case.kind))
    } else {
        Cow::Borrowed(case)
    }
}
