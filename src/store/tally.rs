//! What a message adds to the roll-ups: one function for mail that arrives, that is moved and that goes.
//!
//! [`Counted`] is a message as far as sums go, made from what is about to be written or from rows read back. Inserting
//! adds it once; a correction takes away what was and adds what is; removal takes away what lives as long as the
//! metadata. Since all three go through [`Gains::add`], a sum can never drift from what its rows say. What a row was
//! counted under where there was no room is kept with it ([`Other`]), so that it can be found again.

use crate::classify::NOTICE_BAR;
use crate::classify::OrganisationId;
use crate::classify::Sensitivity;
use crate::classify::Verdict;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::store::names::OTHER;
use crate::store::plan::CaseKey;
use crate::store::prepared::integer;
use crate::store::stats::policy_counter;
use crate::store::stats::verdict_counter;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// Under which of its names a recipient was counted as [`OTHER`], as the row keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Other(pub i64);

impl Other {
    /// The roll-up key of the day.
    pub const KEY: i64 = 1;
    /// The typed name of the case.
    pub const NAME: i64 = 2;
    /// The sending domain of the case.
    pub const SENDER: i64 = 4;

    /// With this bit as `is` says.
    pub fn set(&mut self, bit: i64, is: bool) {
        self.0 = if is { self.0 | bit } else { self.0 & !bit };
    }

    /// `name`, or [`OTHER`] where the bit is set.
    fn name(self, bit: i64, name: &str) -> &str {
        if self.0 & bit == 0 { name } else { OTHER }
    }
}

/// A message, as far as sums go.
pub(in crate::store) struct Counted<'m> {
    pub at: Timestamp,
    pub policy: Policy,
    pub verdict: Verdict,
    pub labels: &'m BTreeSet<Sensitivity>,
    /// Registrable domain of the sender; empty for the null reverse-path.
    pub sender: &'m str,
    pub recipients: Vec<CountedRecipient<'m>>,
}

/// A recipient, as far as sums go.
pub(in crate::store) struct CountedRecipient<'m> {
    /// The watch entry, else the typed registrable domain.
    pub key: &'m str,
    /// The typed registrable domain.
    pub name: &'m str,
    /// The case that it counts to.
    pub case: Cow<'m, CaseKey>,
    pub organisation: Option<OrganisationId>,
    /// Whether a notice may count it.
    pub sure: bool,
    pub other: Other,
}

/// Whether mail of this kind was written to somebody: what notices are about.
pub(in crate::store) fn is_genuine(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Misdirected | Verdict::Reflection)
}

/// Whether the intended domain is known well enough for a notice.
pub(in crate::store) fn is_sure(intended: Option<&str>, confidence: f64) -> bool {
    intended.is_some() && confidence >= NOTICE_BAR
}

/// What one transaction adds to one case.
pub(in crate::store) struct CaseGain {
    pub key: CaseKey,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub recipients: i64,
    pub genuine: i64,
    pub organisation: Option<OrganisationId>,
}

/// All sums of one transaction. Cases stand in them by their place in `cases`.
#[derive(Default)]
pub(in crate::store) struct Gains<'m> {
    pub cases: Vec<CaseGain>,
    places: HashMap<CaseKey, usize>,
    pub counters: BTreeMap<&'static str, i64>,
    /// day, policy, verdict: messages, recipients.
    pub days: BTreeMap<(i64, &'static str, &'static str), (i64, i64)>,
    /// day, key, policy, verdict: recipients.
    pub keys: BTreeMap<(i64, &'m str, &'static str, &'static str), i64>,
    /// case, day, verdict: recipients.
    pub case_days: BTreeMap<(usize, i64, &'static str), i64>,
    /// case, day, label: recipients.
    pub case_labels: BTreeMap<(usize, i64, &'static str), i64>,
    /// case, day, typed name, verdict, sure: recipients.
    pub case_names: BTreeMap<(usize, i64, &'m str, &'static str, bool), i64>,
    /// case, day, sender, sure: messages, recipients.
    pub case_senders: BTreeMap<(usize, i64, &'m str, bool), (i64, i64)>,
}

impl<'m> Gains<'m> {
    /// Adds to a counter; nothing is written for nothing.
    pub fn count(&mut self, name: &'static str, by: i64) {
        if by != 0 {
            *self.counters.entry(name).or_default() += by;
        }
    }

    /// Adds a message `times` times: once, or once less.
    pub fn add(&mut self, message: &Counted<'m>, times: i64) {
        let (policy, verdict) = (message.policy.name(), message.verdict.name());
        let recipients = times * integer(message.recipients.len());
        self.count("messages", times);
        self.count("recipients", recipients);
        self.count(verdict_counter(message.verdict), times);
        self.count(policy_counter(message.policy), times);
        let day = message.at.day();
        let total = self.days.entry((day, policy, verdict)).or_default();
        total.0 += times;
        total.1 += recipients;
        let mut senders = BTreeSet::new();
        for recipient in &message.recipients {
            let other = recipient.other;
            let key = other.name(Other::KEY, recipient.key);
            *self.keys.entry((day, key, policy, verdict)).or_default() += times;
            let case = self.case(recipient, message, times);
            *self.case_days.entry((case, day, verdict)).or_default() += times;
            for label in message.labels {
                let label = (case, day, label.name());
                *self.case_labels.entry(label).or_default() += times;
            }
            let name = other.name(Other::NAME, recipient.name);
            let name = (case, day, name, verdict, recipient.sure);
            *self.case_names.entry(name).or_default() += times;
            if is_genuine(message.verdict) {
                let sender = other.name(Other::SENDER, message.sender);
                let sender = (case, day, sender, recipient.sure);
                let sum = self.case_senders.entry(sender).or_default();
                sum.1 += times;
                // A message counts once, however many of its recipients are in the case.
                if senders.insert(sender) {
                    sum.0 += times;
                }
            }
        }
    }

    /// Adds a recipient to its case; gives the place of that.
    fn case(
        &mut self,
        recipient: &CountedRecipient<'m>,
        message: &Counted<'m>,
        times: i64,
    ) -> usize {
        let place = self.place(&recipient.case);
        let gain = &mut self.cases[place];
        gain.recipients += times;
        if is_genuine(message.verdict) {
            gain.genuine += times;
        }
        if times > 0 {
            gain.first_seen = gain.first_seen.min(message.at);
            gain.last_seen = gain.last_seen.max(message.at);
            // Many owners' mail is in `other`: it belongs to none of them.
            let organisation = recipient.organisation.filter(|_| !gain.key.is_other());
            gain.organisation = gain.organisation.or(organisation);
        }
        place
    }

    /// The place of a case in `cases`, where it is put if it is not there.
    fn place(&mut self, key: &CaseKey) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.cases.len();
        self.places.insert(key.clone(), place);
        // Neither bound moves what is stored, until something is added.
        self.cases.push(CaseGain {
            key: key.clone(),
            first_seen: Timestamp::from_millis(i64::MAX),
            last_seen: Timestamp::from_millis(i64::MIN),
            recipients: 0,
            genuine: 0,
            organisation: None,
        });
        place
    }

    /// The place of a case in `cases`.
    pub fn place_of(&self, key: &CaseKey) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// Forgets sums in which what was taken away has come back.
    pub fn settle(&mut self) {
        self.counters.retain(|_, by| *by != 0);
        self.days.retain(|_, by| *by != (0, 0));
        self.keys.retain(|_, by| *by != 0);
        self.case_days.retain(|_, by| *by != 0);
        self.case_labels.retain(|_, by| *by != 0);
        self.case_names.retain(|_, by| *by != 0);
        self.case_senders.retain(|_, by| *by != (0, 0));
    }
}
