//! Training of the weights of the labels: ten logistic regressions side by side, over evidence and stems.
//!
//! How it is done: [`crate::classify::linear`].

use super::ANY;
use super::Likely;
use super::Model;
use super::N;
use super::answers;
use super::measure::Measured;
use crate::classify::Sensitivity;
use crate::classify::linear;
use crate::classify::linear::Fit;
use crate::classify::linear::Link;
use crate::classify::linear::Vocabulary;
use crate::classify::linear::stems;
use crate::classify::words::Folded;
use crate::message::Parsed;
use std::collections::BTreeSet;

const FIT: Fit = Fit {
    link: Link::Sigmoid,
    signals: 0.5,
    words: 0.5,
    // With some missing it finds more on most hands, and fewer harmless letters stay clean.
    missing: 0.0,
};

/// Sources and examples that a stem is to have, and how many stems there may be.
const VOCABULARY: (usize, usize, usize) = (2, 3, 12_000);

/// A message whose labels are known.
pub struct Example {
    labels: BTreeSet<Sensitivity>,
    source: String,
    care: Care,
    measured: Measured,
    text: String,
}

/// With how much care a message was labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// For its labels: it counts in full.
    Full,
    /// In passing, beside its verdict: its words tell what such mail is like, its labels are not to be trusted alone.
    Passing,
}

impl Care {
    /// How much an example counts. A tenth was the best of a tenth, a quarter, a half and one: from a quarter on, fewer
    /// harmless letters stay clean (docs/classification.md).
    fn weight(self) -> f32 {
        match self {
            Self::Full => 1.0,
            Self::Passing => 0.1,
        }
    }
}

impl Example {
    /// Measures a message. `source` names the hand that it is by.
    #[must_use]
    pub fn new(parsed: &Parsed, labels: BTreeSet<Sensitivity>, source: &str, care: Care) -> Self {
        let folded = Folded::of(parsed);
        Self {
            labels,
            source: source.to_owned(),
            care,
            measured: Measured::of(parsed, &folded),
            text: folded.opening().to_owned(),
        }
    }

    fn words(&self) -> Vec<(&str, f32)> {
        self.measured.words(&stems(&self.text))
    }

    fn features(&self, vocabulary: &Vocabulary) -> linear::Example<N> {
        let words = self.words().into_iter();
        linear::Example {
            features: vocabulary.features(self.measured.signals(), words),
            holds: std::array::from_fn(|at| {
                if at == ANY {
                    !self.labels.is_empty()
                } else {
                    self.labels.contains(&Sensitivity::ALL[at])
                }
            }),
            weight: self.care.weight(),
        }
    }
}

/// Trains on `examples`; gives the weights file and what is likely of `held_out`.
#[must_use]
pub fn train(examples: &[&Example], held_out: &[&Example]) -> (String, Vec<Likely>) {
    let texts = examples.iter().map(|e| {
        let words = e.words().into_iter();
        (&*e.source, words.map(|(word, _)| word).collect())
    });
    let signals = Measured::names_of_signals();
    let vocabulary = Vocabulary::of(signals.len(), texts, VOCABULARY);
    let examples: Vec<linear::Example<N>> =
        examples.iter().map(|e| e.features(&vocabulary)).collect();
    let start = Model::parse("", &signals);
    let model = linear::fit(&examples, &vocabulary, &start, FIT);
    let weights = model.write(answers(), &signals);
    // What ships is judged: rounded.
    let model = Model::parse(&weights, &signals);
    let likely = held_out
        .iter()
        .map(|e| Likely::of(&model, &e.measured, &stems(&e.text)))
        .collect();
    (weights, likely)
}
