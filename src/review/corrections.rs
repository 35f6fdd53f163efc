//! Corrections, kept as rules over metadata: what a typed name means, what kind of mail a sender writes.

use crate::audit;
use crate::audit::Action;
use crate::classify::Verdict;
use crate::classify::rules::RuleEffect;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Reviewer;
use crate::staff::Viewer;
use crate::store::rules;
use crate::store::rules::NewRule;

/// What a rule decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The domain that was meant; `None`: unknown. Subdomains of the typed name are carried over.
    Intended(Option<Domain>),
    /// What kind of mail it is.
    Verdict(Verdict),
}

/// A correction that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Mail typed to this name or below it; within our zones.
    pub typed: Domain,
    /// From this registrable domain alone, where it is set. A verdict wants one: a name alone does not tell the kind.
    pub sender: Option<Domain>,
    /// What it decides.
    pub effect: Effect,
}

/// A rule, as pages list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// Its number.
    pub id: i64,
    /// The typed name.
    pub typed: String,
    /// The sending domain.
    pub sender: Option<String>,
    /// What it decides.
    pub effect: Effect,
    /// Who made it, and when.
    pub made: (String, Timestamp),
    /// Who revoked it, and when.
    pub revoked: Option<(String, Timestamp)>,
    /// How many stored recipients it has changed.
    pub applied: i64,
    /// Whether it has gone through all that was stored.
    pub done: bool,
}

/// Rows of stored mail that one step looks at, and steps that a new rule takes before its maker goes on: so the page
/// that follows shows it where there is little mail. The rest is done in the background.
const STEP_ROWS: u32 = 500;
const FIRST_STEPS: usize = 4;

impl Review {
    /// Makes a rule, in place of one for the same name, sender and effect. It decides over new mail within two seconds; over stored mail
    /// step by step, the first steps before this returns.
    ///
    /// # Errors
    /// [`crate::review::Refusal::OutsideZones`] for a typed name that is not ours, `InsideZones` for an intended one that
    /// is, `NotADomain` for one of a single label, `Empty` for a verdict without a sender; the store's.
    pub async fn correct(
        &self,
        reviewer: &Reviewer,
        correction: Correction,
    ) -> Result<i64, ReviewError> {
        self.check(&correction).map_err(ReviewError::Refused)?;
        // Senders are known by their registrable domain alone.
        let sender = correction.sender.map(|sender| sender.registrable());
        let (effect, value) = match &correction.effect {
            Effect::Intended(domain) => (
                "intended",
                domain.as_ref().map_or("unknown", Domain::as_str),
            ),
            Effect::Verdict(verdict) => ("verdict", verdict.name()),
        };
        let mut detail = serde_json::Map::new();
        detail.insert(effect.to_owned(), value.into());
        if let Some(sender) = &sender {
            detail.insert("sender".to_owned(), sender.as_str().into());
        }
        let now = self.clock.now();
        let entry = audit::entry(
            now,
            reviewer.name(),
            Action::RuleMade,
            correction.typed.as_str(),
            detail.into(),
        );
        let rule = NewRule {
            typed: correction.typed,
            sender,
            effect: correction.effect.into(),
        };
        let id = self.store.add_rule(rule, entry).await?;
        for _ in 0..FIRST_STEPS {
            if !self.store.apply_rules_step(now, STEP_ROWS).await?.more {
                break;
            }
        }
        Ok(id)
    }

    fn check(&self, correction: &Correction) -> Result<(), Refusal> {
        let ours = |name: &Domain| self.zones.iter().any(|zone| name.is_within(zone));
        if !self
            .zones
            .iter()
            .any(|zone| correction.typed.is_below(zone))
        {
            return Err(Refusal::OutsideZones);
        }
        match &correction.effect {
            Effect::Intended(Some(domain)) if ours(domain) => Err(Refusal::InsideZones),
            Effect::Intended(Some(domain)) if domain.label_count() < 2 => Err(Refusal::NotADomain),
            Effect::Verdict(_) if correction.sender.is_none() => Err(Refusal::Empty),
            _ => Ok(()),
        }
    }

    /// Takes a rule back: new mail is decided without it. What it has changed stays.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn revoke(&self, reviewer: &Reviewer, rule: i64) -> Result<(), ReviewError> {
        let rows = self.store.rules_in_force().await?;
        let known = rows.into_iter().find(|row| row.id == rule);
        let typed = known.ok_or(ReviewError::Missing)?.typed;
        let entry = audit::entry(
            self.clock.now(),
            reviewer.name(),
            Action::RuleRevoked,
            typed.as_str(),
            serde_json::json!({ "rule": rule }),
        );
        if self.store.revoke_rule(rule, reviewer.name(), entry).await? {
            Ok(())
        } else {
            Err(ReviewError::Missing)
        }
    }

    /// All rules, those in force first, then the newest first; at most 500.
    ///
    /// # Errors
    /// The store's.
    pub async fn rules(&self, _viewer: &Viewer) -> Result<Vec<RuleRow>, ReviewError> {
        let rows = self.store.rules().await?;
        Ok(rows.into_iter().map(RuleRow::from).collect())
    }
}

impl From<Effect> for RuleEffect {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Intended(domain) => Self::Intended(domain),
            Effect::Verdict(verdict) => Self::Verdict(verdict),
        }
    }
}

impl From<RuleEffect> for Effect {
    fn from(effect: RuleEffect) -> Self {
        match effect {
            RuleEffect::Intended(domain) => Self::Intended(domain),
            RuleEffect::Verdict(verdict) => Self::Verdict(verdict),
        }
    }
}

impl From<rules::RuleRow> for RuleRow {
    fn from(row: rules::RuleRow) -> Self {
        Self {
            id: row.id,
            typed: row.typed,
            sender: row.sender,
            effect: row.effect.into(),
            made: (row.made_by, row.made_at),
            revoked: row.revoked_by.zip(row.revoked_at),
            applied: row.applied,
            done: row.done_at.is_some(),
        }
    }
}
