//! Corrections of staff, as rules over metadata: they decide instead of the machine.
//!
//! For: [`Rules::intended`] and [`Rules::verdict`]. A rule is about a typed name and all below it, and may be about one
//! sending domain alone. Of the rules that fit, the one with the longest typed name decides; of two for the same name
//! the one that names the sender. Guarantees: pure; the same answer for mail that arrives and for mail that is stored.
//! Must not know: who made a rule, or when.

use crate::classify::Intended;
use crate::classify::Owners;
use crate::classify::Reason;
use crate::classify::ReasonCode;
use crate::classify::Verdict;
use crate::message::Domain;
use std::collections::HashMap;

/// What a rule decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleEffect {
    /// The domain that was meant by the typed name of the rule; `None`: unknown. What stands below the typed name in
    /// the recipient's domain is carried over.
    Intended(Option<Domain>),
    /// What kind of mail it is.
    Verdict(Verdict),
}

/// A correction that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The store's number.
    pub id: i64,
    /// Mail typed to this name or below it.
    pub typed: Domain,
    /// From this registrable domain alone, where it is set.
    pub sender: Option<Domain>,
    /// What it decides.
    pub effect: RuleEffect,
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    by_typed: HashMap<Domain, Vec<Rule>>,
}

impl Rules {
    /// Of these.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut by_typed: HashMap<Domain, Vec<Rule>> = HashMap::new();
        for rule in rules {
            by_typed.entry(rule.typed.clone()).or_default().push(rule);
        }
        for rules in by_typed.values_mut() {
            rules.sort_by_key(|rule| rule.sender.is_none());
        }
        Self { by_typed }
    }

    /// The rule that decides which domain was meant by `typed`, for mail from `sender` (a registrable domain; `None`: the
    /// null reverse-path).
    #[must_use]
    pub fn intended(&self, typed: &Domain, sender: Option<&Domain>) -> Option<&Rule> {
        self.find(typed, sender, |effect| {
            matches!(effect, RuleEffect::Intended(_))
        })
    }

    /// The rule that decides what kind of mail a message from `sender` is whose first recipient is at `typed`.
    #[must_use]
    pub fn verdict(&self, typed: &Domain, sender: Option<&Domain>) -> Option<&Rule> {
        self.find(typed, sender, |effect| {
            matches!(effect, RuleEffect::Verdict(_))
        })
    }

    fn find(
        &self,
        typed: &Domain,
        sender: Option<&Domain>,
        wanted: impl Fn(&RuleEffect) -> bool,
    ) -> Option<&Rule> {
        if self.by_typed.is_empty() {
            return None;
        }
        let fits = |rule: &&Rule| {
            wanted(&rule.effect) && rule.sender.as_ref().is_none_or(|of| Some(of) == sender)
        };
        typed
            .ancestors()
            .filter_map(|above| self.by_typed.get(above))
            .find_map(|rules| rules.iter().find(fits))
    }
}

impl Rule {
    /// What it says was meant by `typed`; `None` where it says nothing of that.
    #[must_use]
    pub fn decide(&self, typed: &Domain, owners: &Owners) -> Option<Intended> {
        let RuleEffect::Intended(value) = &self.effect else {
            return None;
        };
        let domain = value.as_ref().map(|value| self.carried(typed, value));
        Some(Intended {
            organisation: domain.as_ref().and_then(|name| owners.owner(name)),
            case_domain: domain.as_ref().map(|name| owners.case_domain(name)),
            confidence: if domain.is_some() { 1.0 } else { 0.0 },
            domain,
            runner_up: None,
            reasons: vec![why()],
        })
    }

    /// `value` with what stands in front of the rule's name in `typed`; `value` alone where that is too long to be a name.
    fn carried(&self, typed: &Domain, value: &Domain) -> Domain {
        let head = typed
            .as_str()
            .strip_suffix(self.typed.as_str())
            .unwrap_or_default();
        Domain::parse(&format!("{head}{value}")).unwrap_or_else(|_| value.clone())
    }
}

/// The reason of everything that a rule has decided: not a matter of odds, so it has no weight.
#[must_use]
pub fn why() -> Reason {
    Reason::new(ReasonCode::StaffRule, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    fn rule(id: i64, typed: &str, sender: Option<&str>, effect: RuleEffect) -> Rule {
        Rule {
            id,
            typed: d(typed),
            sender: sender.map(d),
            effect,
        }
    }

    fn meant(name: &str) -> RuleEffect {
        RuleEffect::Intended(Some(d(name)))
    }

    fn decided(rules: &Rules, typed: &str, sender: Option<&str>) -> Option<i64> {
        let sender = sender.map(d);
        rules.intended(&d(typed), sender.as_ref()).map(|r| r.id)
    }

    #[test]
    fn the_longest_name_wins_and_then_the_sender() {
        let rules = Rules::new(vec![
            rule(1, "army.ml", None, meant("army.mil")),
            rule(2, "army.ml", Some("travel.example"), meant("army.example")),
            rule(3, "us.army.ml", None, meant("us.army.mil")),
            rule(
                4,
                "x.us.army.ml",
                None,
                RuleEffect::Verdict(Verdict::Reflection),
            ),
        ]);
        for (typed, sender, expected) in [
            ("army.ml", None, Some(1)),
            ("army.ml", Some("other.example"), Some(1)),
            ("de.army.ml", Some("travel.example"), Some(2)),
            ("us.army.ml", Some("travel.example"), Some(3)),
            ("x.us.army.ml", None, Some(3)),
            ("xarmy.ml", None, None),
            ("ml", None, None),
        ] {
            assert_eq!(
                decided(&rules, typed, sender),
                expected,
                "{typed} {sender:?}"
            );
        }
        let verdict = |typed| rules.verdict(&d(typed), None).map(|r| r.id);
        assert_eq!(
            (verdict("y.x.us.army.ml"), verdict("army.ml")),
            (Some(4), None)
        );
    }

    #[test]
    fn the_null_reverse_path_is_no_sender() {
        let only = rule(1, "army.ml", Some("travel.example"), meant("army.mil"));
        let rules = Rules::new(vec![only]);
        assert_eq!(decided(&rules, "army.ml", None), None);
        assert_eq!(decided(&rules, "army.ml", Some("travel.example")), Some(1));
    }

    #[test]
    fn what_stands_below_the_typed_name_is_carried_over() {
        let owners: Owners = [(d("us.army.mil"), crate::classify::OrganisationId(7))]
            .into_iter()
            .collect();
        let rule = rule(1, "army.ml", None, meant("army.mil"));
        let answer = rule.decide(&d("x.us.army.ml"), &owners).unwrap();
        assert_eq!(answer.domain, Some(d("x.us.army.mil")));
        assert_eq!(answer.organisation.map(|id| id.0), Some(7));
        assert_eq!(answer.case_domain, Some(d("us.army.mil")));
        assert!((answer.confidence - 1.0).abs() < f64::EPSILON);
        assert_eq!(answer.reasons, [why()]);
        let plain = rule.decide(&d("army.ml"), &owners).unwrap();
        assert_eq!(plain.domain, Some(d("army.mil")));
        // 253 octets are a name and more are none.
        let label = "a".repeat(60);
        let long = format!("{label}.{label}.{label}.{label}.army.ml");
        let rule = self::rule(1, "army.ml", None, meant("army.example"));
        let answer = rule.decide(&d(&long), &owners).unwrap();
        assert_eq!(answer.domain, Some(d("army.example")));
    }

    #[test]
    fn unknown_can_be_said_too() {
        let rule = rule(1, "army.ml", None, RuleEffect::Intended(None));
        let answer = rule.decide(&d("us.army.ml"), &Owners::default()).unwrap();
        assert_eq!((answer.domain, answer.case_domain), (None, None));
        assert!(answer.confidence.abs() < f64::EPSILON);
    }
}
