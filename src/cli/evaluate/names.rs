//! How often the domain that was meant is found, from the typed name alone.

use super::data::Pair;
use super::statistics::Bin;
use super::statistics::Rate;
use super::statistics::calibration_error;
use super::statistics::reliability;
use super::statistics::rounded;
use crate::classify::Classifier;
use crate::classify::Evidence;
use crate::message::Domain;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Instant;

/// What was found with one directory and list.
#[derive(Serialize)]
pub struct Found {
    /// Which.
    pub with: String,
    /// Names that were meant for another: the first answer is right.
    pub top_1: Rate,
    /// Of these, those with a slip in the top level.
    pub top_level_slips: Rate,
    /// Names that mean nothing else, for which one was named all the same.
    pub false_names: Rate,
    /// Of the names that were given, those that are wrong.
    pub wrong_of_named: Rate,
    /// By kind of slip; negatives: no name was given.
    pub by_kind: BTreeMap<String, Rate>,
    /// How far the confidence of named domains can be believed.
    pub reliability: Vec<Bin>,
    /// See [`calibration_error`].
    pub calibration_error: f64,
    /// Median time of one look-up, in microseconds.
    pub microseconds: f64,
}

/// Asks for every pair; wrong answers go to `misses`.
pub fn find(with: &str, classifier: &Classifier, pairs: &[Pair], misses: &mut Vec<Value>) -> Found {
    let evidence = Evidence::none();
    let (mut times, mut cases) = (Vec::with_capacity(pairs.len()), Vec::new());
    for pair in pairs {
        let begun = Instant::now();
        let answer = classifier.intended(&pair.typed, &evidence);
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        let is_right = match &answer.domain {
            Some(name) => pair.right.contains(name),
            None => pair.right.is_empty(),
        };
        if !is_right {
            misses.push(json!({
                "question": "intended", "with": with, "typed": pair.typed.as_str(), "kind": pair.kind,
                "right": pair.right.first().map(Domain::as_str),
                "answer": answer.domain.as_ref().map(Domain::as_str),
                "confidence": rounded(answer.confidence),
            }));
        }
        cases.push((pair, answer, is_right));
    }
    let of = |wanted: &dyn Fn(&Pair) -> bool| {
        let chosen = cases.iter().filter(|(pair, ..)| wanted(pair));
        Rate::of(chosen.map(|(.., is_right)| *is_right))
    };
    let negatives = cases.iter().filter(|(pair, ..)| pair.right.is_empty());
    let named = || {
        cases
            .iter()
            .filter(|(_, answer, _)| answer.domain.is_some())
    };
    let mut kinds: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (pair, _, is_right) in &cases {
        kinds.entry(pair.kind.clone()).or_default().push(*is_right);
    }
    let believed: Vec<(f64, bool)> = named()
        .map(|(_, answer, is_right)| (answer.confidence, *is_right))
        .collect();
    let reliability = reliability(&believed);
    Found {
        with: with.to_owned(),
        top_1: of(&|pair| !pair.right.is_empty()),
        top_level_slips: of(&|pair| slips_in_the_top_level(pair)),
        false_names: Rate::of(negatives.map(|(_, answer, _)| answer.domain.is_some())),
        wrong_of_named: Rate::of(named().map(|(.., is_right)| !is_right)),
        by_kind: kinds
            .into_iter()
            .map(|(kind, cases)| (kind, Rate::of(cases)))
            .collect(),
        calibration_error: calibration_error(&reliability),
        reliability,
        microseconds: median(times),
    }
}

/// Whether what was typed ends in another top level than what was meant.
fn slips_in_the_top_level(pair: &Pair) -> bool {
    let typed = pair.typed.top_level();
    !pair.right.is_empty() && pair.right.iter().all(|name| name.top_level() != typed)
}

/// The median; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    rounded(values.get(values.len() / 2).copied().unwrap_or(0.0))
}
