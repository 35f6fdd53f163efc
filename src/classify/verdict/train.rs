//! Training of the weights: multinomial logistic regression, drawn towards the hand-set ones.
//!
//! Each example counts so that every verdict weighs the same (but see [`WEIGHT_MAX`]), and within a verdict every source as a
//! power of its size: otherwise one large archive would decide what a person is. Weights of signals are pulled towards
//! `prior.tsv`, weights of words towards nought. How it is done: [`crate::classify::linear`].

use super::Model;
use super::N;
use super::judge_with;
use super::measure::Measured;
use super::signals::Signal;
use crate::classify::Verdict;
use crate::classify::linear;
use crate::classify::linear::Fit;
use crate::classify::linear::Link;
use crate::classify::linear::Vocabulary;
use crate::classify::linear::stems;
use crate::classify::linear::word_scale;
use crate::classify::words::Folded;
use crate::message::Envelope;
use crate::message::Parsed;
use std::collections::BTreeMap;

/// A message whose verdict is known.
pub struct Example {
    verdict: usize,
    source: String,
    values: Vec<(Signal, f32)>,
    text: String,
}

impl Example {
    /// Measures a message. `source` names the archive that it is from.
    #[must_use]
    pub fn new(envelope: &Envelope, parsed: &Parsed, verdict: Verdict, source: &str) -> Self {
        let folded = Folded::of(parsed);
        Self {
            verdict: Verdict::ALL.iter().position(|v| *v == verdict).unwrap_or(0),
            source: source.to_owned(),
            values: Measured::of(envelope, parsed, &folded).values().to_vec(),
            text: folded.opening().to_owned(),
        }
    }

    fn words(&self) -> Vec<&str> {
        stems(&self.text)
    }

    fn features(&self, vocabulary: &Vocabulary, weight: f32) -> linear::Example<N> {
        let signals = self.values.iter();
        let words = self.words();
        let scale = word_scale(words.len());
        linear::Example {
            features: vocabulary.features(
                signals.map(|(signal, value)| (*signal as usize, *value)),
                words.into_iter().map(|word| (word, scale)),
            ),
            holds: std::array::from_fn(|verdict| verdict == self.verdict),
            weight,
        }
    }
}

const FIT: Fit = Fit {
    link: Link::Softmax,
    signals: 1.0,
    words: 1.0,
    missing: 0.3,
};

/// Sources and examples that a stem is to have, and how many stems there may be.
const VOCABULARY: (usize, usize, usize) = (3, 4, 6000);

/// How the examples of one source count for its verdict: their number to this power.
const SOURCE_POWER: f32 = 0.75;

/// The most that one example counts: a verdict with few examples is not to outshout the others.
const WEIGHT_MAX: f32 = 1.5;

/// Trains on `examples`; gives the weights file and the verdicts on `held_out` with their confidence.
#[must_use]
pub fn train(examples: &[&Example], held_out: &[&Example]) -> (String, Vec<(Verdict, f64)>) {
    let prior = Model::parse(include_str!("prior.tsv"), &Signal::names());
    let texts = examples.iter().map(|e| (&*e.source, e.words()));
    let vocabulary = Vocabulary::of(Signal::ALL.len(), texts, VOCABULARY);
    let examples: Vec<linear::Example<N>> = examples
        .iter()
        .zip(example_weights(examples))
        .map(|(example, weight)| example.features(&vocabulary, weight))
        .collect();
    let model = linear::fit(&examples, &vocabulary, &prior, FIT);
    let weights = model.write(Verdict::ALL.map(Verdict::name), &Signal::names());
    // What ships is judged: rounded.
    let model = Model::parse(&weights, &Signal::names());
    let verdicts = held_out
        .iter()
        .map(|e| judge_with(&model, &e.values, &e.words(), &[]))
        .map(|j| (j.verdict, j.confidence))
        .collect();
    (weights, verdicts)
}

/// Every verdict the same in all, as far as it has examples; within it every source by a power of its size.
fn example_weights(examples: &[&Example]) -> Vec<f32> {
    let mut sizes: BTreeMap<(usize, &str), f32> = BTreeMap::new();
    for e in examples {
        *sizes.entry((e.verdict, &e.source)).or_default() += 1.0;
    }
    let mut of_verdict = [0.0f32; N];
    for ((verdict, _), size) in &sizes {
        of_verdict[*verdict] += size.powf(SOURCE_POWER);
    }
    let even = examples.len() as f32 / N as f32;
    examples
        .iter()
        .map(|e| {
            let size = sizes
                .get(&(e.verdict, e.source.as_str()))
                .copied()
                .unwrap_or(1.0);
            (even / (of_verdict[e.verdict] * size.powf(1.0 - SOURCE_POWER))).min(WEIGHT_MAX)
        })
        .collect()
}
