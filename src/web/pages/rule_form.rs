//! The form of a correction: on a case, on a message and among the rules.
//!
//! Fields: `typed`, `sender` (may be empty), `decision` (`intended`, `unknown` or `verdict`), `intended` (for the first),
//! `verdict` (for the last).

use crate::classify::Verdict;
use crate::message::Domain;
use crate::review::Refusal;
use crate::review::corrections::Correction;
use crate::review::corrections::Effect;
use crate::review::corrections::RuleRow;
use crate::web::pages::faults::Faults;
use serde::Deserialize;

/// What was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    /// The typed name.
    pub typed: String,
    /// The sending domain, or empty.
    pub sender: String,
    /// What is decided.
    pub decision: String,
    /// The domain that was meant.
    pub intended: String,
    /// What kind of mail it is.
    pub verdict: String,
}

impl RuleForm {
    /// The correction that it asks for.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub(super) fn correction(&self) -> Result<Correction, Faults> {
        let mut faults = Faults::default();
        let typed = domain(&self.typed, "typed", &mut faults);
        let sender = if self.sender.trim().is_empty() {
            None
        } else {
            domain(&self.sender, "sender", &mut faults)
        };
        let effect = self.effect(&mut faults);
        if matches!(effect, Some(Effect::Verdict(_))) && self.sender.trim().is_empty() {
            faults.add("sender", "", Refusal::Empty);
        }
        match (typed, effect) {
            (Some(typed), Some(effect)) if faults.is_empty() => Ok(Correction {
                typed,
                sender,
                effect,
            }),
            _ => Err(faults),
        }
    }

    fn effect(&self, faults: &mut Faults) -> Option<Effect> {
        match self.decision.as_str() {
            "intended" => {
                let intended = domain(&self.intended, "intended", faults)?;
                Some(Effect::Intended(Some(intended)))
            }
            "unknown" => Some(Effect::Intended(None)),
            "verdict" => {
                let known = Verdict::ALL
                    .into_iter()
                    .find(|verdict| verdict.name() == self.verdict);
                if known.is_none() {
                    faults.add("verdict", "", Refusal::NoSuchChoice);
                }
                known.map(Effect::Verdict)
            }
            _ => {
                faults.add("decision", "", Refusal::NoSuchChoice);
                None
            }
        }
    }
}

/// What `review` refuses, at the field that it is about.
pub(super) fn refused(refusal: Refusal) -> Faults {
    let field = match refusal {
        Refusal::OutsideZones => "typed",
        Refusal::InsideZones | Refusal::NotADomain => "intended",
        Refusal::Empty => "sender",
        Refusal::NoSuchChoice => "verdict",
        _ => "",
    };
    Faults::at(field, refusal)
}

fn domain(text: &str, field: &'static str, faults: &mut Faults) -> Option<Domain> {
    let text = text.trim();
    if text.is_empty() {
        faults.add(field, "", Refusal::Empty);
        return None;
    }
    let parsed = Domain::parse(text);
    if parsed.is_err() {
        faults.add(field, "", Refusal::NotADomain);
    }
    parsed.ok()
}

/// The verdicts, for a choice.
pub(super) fn verdicts() -> [&'static str; 5] {
    Verdict::ALL.map(Verdict::name)
}

/// What a rule decides, for showing: the domain meant, or the verdict.
pub(super) enum Decides {
    /// The domain that was meant.
    Intended(String),
    /// That nobody can say.
    Unknown,
    /// What kind of mail it is.
    Verdict(&'static str),
}

/// What a rule decides, for showing.
pub(super) fn decides(rule: &RuleRow) -> Decides {
    match &rule.effect {
        Effect::Intended(Some(domain)) => Decides::Intended(domain.to_string()),
        Effect::Intended(None) => Decides::Unknown,
        Effect::Verdict(verdict) => Decides::Verdict(verdict.name()),
    }
}
