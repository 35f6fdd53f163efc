//! What the listener does with mail for a name.

use crate::message::domain::Domain;
use crate::message::time::Timestamp;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// Sealed copies of one transaction together stay under this many octets: a message is sealed once per owner, and what
/// is sealed is held in memory until it is committed.
pub const SEALED_MAX: usize = 128 << 20;

/// What is done with mail for a typed domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Policy {
    /// 250, and a sealed copy is kept.
    Hold,
    /// Classified in memory, metadata kept, 550 after the data: the sender's own server tells the sender.
    Count,
    /// 550 at RCPT.
    Refuse,
}

impl Policy {
    /// Every policy, in the order in which pages list them.
    pub const ALL: [Policy; 3] = [Self::Hold, Self::Count, Self::Refuse];

    /// The word of the configuration and of the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Count => "count",
            Self::Refuse => "refuse",
        }
    }

    /// The policy of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// What a typed domain is to this operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Not below any of the operator's zones: taking it would make us a relay.
    Outside,
    /// Below a zone, but never caught: 550 5.7.1.
    Excluded,
    /// Caught, or refused by policy.
    Listed {
        /// What is done.
        policy: Policy,
        /// The watch entry that says so; `None` where the zone's default does.
        watch: Option<Domain>,
    },
}

/// One `[[watch]]` entry.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The name.
    pub name: Domain,
    /// Whether the names below it are meant too.
    pub subdomains: Subdomains,
    /// What is done.
    pub policy: Policy,
    /// The first instant at which `hold` has become `count`; `None`: it has no end.
    pub until: Option<Timestamp>,
}

impl Watch {
    /// What is done at `now`.
    fn at(&self, now: Timestamp) -> Policy {
        ended(self.policy, self.until, now)
    }
}

/// A policy of `hold` has become `count` at its end; the others have none.
fn ended(policy: Policy, until: Option<Timestamp>, now: Timestamp) -> Policy {
    match until {
        Some(end) if now >= end && policy == Policy::Hold => Policy::Count,
        _ => policy,
    }
}

/// What staff have decided in the dashboard. It goes before the file, name by name, until they take it back.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// For names without an entry, in place of the file's default: the policy, and the end of a `hold`.
    pub default: Option<(Policy, Option<Timestamp>)>,
    /// Entries; one of the file with the same name is not looked at.
    pub entries: Vec<Watch>,
}

/// Whether a watch entry covers the names below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subdomains {
    /// The name and all below it.
    Included,
    /// The name alone.
    No,
}

/// The operator's zones, exclusions, watch entries and default. A look-up costs one hash per label. Exclusions may be all
/// delegated names of a country: tables made of one another share them.
#[derive(Clone, Debug)]
pub struct PolicyTable {
    zones: Arc<HashSet<Domain>>,
    excluded: Arc<HashSet<Domain>>,
    watches: HashMap<Domain, Watch>,
    default_policy: Policy,
    default_until: Option<Timestamp>,
    /// The table of the file, where this one has what staff have decided too.
    file: Option<Arc<PolicyTable>>,
}

impl PolicyTable {
    /// A table. `default_until` is the first instant at which a default of `hold` has become `count`.
    #[must_use]
    pub fn new(
        zones: impl IntoIterator<Item = Domain>,
        excluded: impl IntoIterator<Item = Domain>,
        watches: impl IntoIterator<Item = Watch>,
        default_policy: Policy,
        default_until: Option<Timestamp>,
    ) -> Self {
        Self {
            zones: Arc::new(zones.into_iter().collect()),
            excluded: Arc::new(excluded.into_iter().collect()),
            watches: watches.into_iter().map(|w| (w.name.clone(), w)).collect(),
            default_policy,
            default_until,
            file: None,
        }
    }

    /// What the file says, without what staff have decided.
    #[must_use]
    pub fn file(&self) -> &Self {
        self.file.as_deref().unwrap_or(self)
    }

    /// The file's table with what staff have decided, and nothing that was decided before. Entries outside the zones are passed
    /// over: a zone may have left the file.
    #[must_use]
    pub fn with(&self, decided: &Decided) -> Self {
        let file = self.file();
        let mut table = Self {
            file: Some(Arc::new(file.clone())),
            ..file.clone()
        };
        if let Some((policy, until)) = decided.default {
            (table.default_policy, table.default_until) = (policy, until);
        }
        for entry in &decided.entries {
            if self.is_below_a_zone(&entry.name) {
                table.watches.insert(entry.name.clone(), entry.clone());
            }
        }
        table
    }

    /// The default and its end, and every entry, in the order of their names.
    #[must_use]
    pub fn listed(&self) -> (Policy, Option<Timestamp>, Vec<&Watch>) {
        let mut entries: Vec<&Watch> = self.watches.values().collect();
        entries.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        (self.default_policy, self.default_until, entries)
    }

    /// The entry of exactly this name.
    #[must_use]
    pub fn entry(&self, name: &Domain) -> Option<&Watch> {
        self.watches.get(name)
    }

    /// Whether a name, or what lies above it, is never caught.
    #[must_use]
    pub fn is_excluded(&self, name: &Domain) -> bool {
        name.ancestors().any(|above| self.excluded.contains(above))
    }

    /// What `typed` is to this operator at `now`. The longest name that says something wins; an exclusion wins over
    /// a watch entry of the same name.
    #[must_use]
    pub fn decide(&self, typed: &Domain, now: Timestamp) -> Disposition {
        if !self.is_below_a_zone(typed) {
            return Disposition::Outside;
        }
        for (depth, name) in typed.ancestors().enumerate() {
            if self.excluded.contains(name) {
                return Disposition::Excluded;
            }
            let Some(watch) = self.watches.get(name) else {
                continue;
            };
            if depth == 0 || watch.subdomains == Subdomains::Included {
                return Disposition::Listed {
                    policy: watch.at(now),
                    watch: Some(watch.name.clone()),
                };
            }
        }
        Disposition::Listed {
            policy: self.default_at(now),
            watch: None,
        }
    }

    /// The default and how many names have an entry of their own, by policy: for the audit trail.
    #[must_use]
    pub fn summary(&self) -> BTreeMap<&'static str, String> {
        let mut summary = BTreeMap::from([("default", self.default_policy.name().to_owned())]);
        if let Some(end) = self.default_until {
            summary.insert("default_until", end.to_string());
        }
        for policy in Policy::ALL {
            let names = self
                .watches
                .values()
                .filter(|watch| watch.policy == policy)
                .count();
            summary.insert(policy.name(), names.to_string());
        }
        summary.insert("excluded", self.excluded.len().to_string());
        summary
    }

    /// The zones.
    pub fn zones(&self) -> impl Iterator<Item = &Domain> {
        self.zones.iter()
    }

    /// Whether `name` lies strictly below one of the zones.
    #[must_use]
    pub fn is_below_a_zone(&self, name: &Domain) -> bool {
        name.ancestors()
            .skip(1)
            .any(|above| self.zones.contains(above))
    }

    fn default_at(&self, now: Timestamp) -> Policy {
        ended(self.default_policy, self.default_until, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    fn listed(policy: Policy, watch: Option<&str>) -> Disposition {
        Disposition::Listed {
            policy,
            watch: watch.map(d),
        }
    }

    fn table() -> PolicyTable {
        let watch = |name: &str, subdomains, policy| Watch {
            name: d(name),
            subdomains,
            policy,
            until: None,
        };
        PolicyTable::new(
            [d("ml")],
            [d("nic.ml"), d("out.army.ml")],
            [
                watch("army.ml", Subdomains::Included, Policy::Count),
                watch("navy.ml", Subdomains::No, Policy::Refuse),
            ],
            Policy::Hold,
            Some(Timestamp::from_millis(1000)),
        )
    }

    #[test]
    fn the_longest_name_that_says_something_wins() {
        let (t, now) = (table(), Timestamp::from_millis(0));
        assert_eq!(
            t.decide(&d("us.army.ml"), now),
            listed(Policy::Count, Some("army.ml"))
        );
        assert_eq!(t.decide(&d("a.out.army.ml"), now), Disposition::Excluded);
        assert_eq!(
            t.decide(&d("navy.ml"), now),
            listed(Policy::Refuse, Some("navy.ml"))
        );
        assert_eq!(t.decide(&d("x.navy.ml"), now), listed(Policy::Hold, None));
        assert_eq!(t.decide(&d("www.nic.ml"), now), Disposition::Excluded);
    }

    #[test]
    fn only_names_below_a_zone_are_ours() {
        let (t, now) = (table(), Timestamp::from_millis(0));
        for outside in ["army.mil", "ml", "xml", "ml.example", "a.xml"] {
            assert_eq!(
                t.decide(&d(outside), now),
                Disposition::Outside,
                "{outside}"
            );
        }
    }

    #[test]
    fn a_default_of_hold_ends_on_its_day() {
        let t = table();
        assert_eq!(
            t.decide(&d("x.ml"), Timestamp::from_millis(999)),
            listed(Policy::Hold, None)
        );
        assert_eq!(
            t.decide(&d("x.ml"), Timestamp::from_millis(1000)),
            listed(Policy::Count, None)
        );
    }

    #[test]
    fn a_hold_of_one_name_ends_on_its_day() {
        let entry = Watch {
            name: d("army.ml"),
            subdomains: Subdomains::Included,
            policy: Policy::Hold,
            until: Some(Timestamp::from_millis(500)),
        };
        let decided = Decided {
            default: None,
            entries: vec![entry],
        };
        let t = table().with(&decided);
        for (at, policy) in [(499, Policy::Hold), (500, Policy::Count)] {
            assert_eq!(
                t.decide(&d("us.army.ml"), Timestamp::from_millis(at)),
                listed(policy, Some("army.ml"))
            );
        }
    }

    #[test]
    fn what_staff_decide_goes_before_the_file_but_for_exclusions_and_zones() {
        let entry = |name: &str| Watch {
            name: d(name),
            subdomains: Subdomains::Included,
            policy: Policy::Refuse,
            until: None,
        };
        let decided = Decided {
            default: Some((Policy::Count, None)),
            entries: vec![entry("army.ml"), entry("nic.ml"), entry("army.mil")],
        };
        let (t, now) = (table().with(&decided), Timestamp::from_millis(0));
        let army = listed(Policy::Refuse, Some("army.ml"));
        assert_eq!(t.decide(&d("us.army.ml"), now), army);
        assert_eq!(t.decide(&d("nic.ml"), now), Disposition::Excluded);
        assert_eq!(t.decide(&d("army.mil"), now), Disposition::Outside);
        assert_eq!(t.decide(&d("x.ml"), now), listed(Policy::Count, None));
        // What is decided next takes the place of all that, and the file is as it was.
        let t = t.with(&Decided::default());
        for table in [&t, t.file()] {
            let army = listed(Policy::Count, Some("army.ml"));
            assert_eq!(table.decide(&d("us.army.ml"), now), army);
            assert_eq!(table.decide(&d("x.ml"), now), listed(Policy::Hold, None));
        }
    }
}
