//! Training of the weights: multinomial logistic regression, drawn towards the hand-set ones.
//!
//! Stochastic gradient steps (AdaGrad) over the examples in a fixed order, so that the same input gives the same file.
//! Each example counts so that every verdict weighs the same, and within a verdict every source as the square root of
//! its size: otherwise one large archive would decide what a person is. Weights of signals are pulled towards
//! `prior.tsv`, weights of words towards nought.
//!
//! A word enters the vocabulary only when it occurs in at least three sources and eight examples: names, places and
//! habits of one archive stay out, and so do its tells; names reserved for documentation (RFC 2606) never enter.

use super::judge_with;
use super::measure::Measured;
use super::model::Model;
use super::model::N;
use super::model::Row;
use super::model::distinct_words;
use super::model::softmax;
use super::model::word_scale;
use super::signals::Signal;
use crate::classify::Verdict;
use crate::classify::words::Folded;
use crate::message::Envelope;
use crate::message::Parsed;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A message whose verdict is known.
pub struct Example {
    verdict: usize,
    source: String,
    measured: Measured,
}

impl Example {
    /// Measures a message. `source` names the archive that it is from.
    #[must_use]
    pub fn new(envelope: &Envelope, parsed: &Parsed, verdict: Verdict, source: &str) -> Self {
        Self {
            verdict: Verdict::ALL.iter().position(|v| *v == verdict).unwrap_or(0),
            source: source.to_owned(),
            measured: Measured::of(envelope, parsed, &Folded::of(parsed)),
        }
    }
}

const EPOCHS: usize = 60;
const STEP: f32 = 0.25;

/// Pull towards the hand-set weights, per unit of total example weight.
const PULL_SIGNALS: f32 = 0.004;
const PULL_WORDS: f32 = 0.01;

const SOURCES_LEAST: usize = 3;
const EXAMPLES_LEAST: usize = 8;
const VOCABULARY_MAX: usize = 3000;

/// Trains on `examples`; gives the weights file and the verdicts on `held_out` with their confidence.
#[must_use]
pub fn train(examples: &[&Example], held_out: &[&Example]) -> (String, Vec<(Verdict, f64)>) {
    let prior = Model::parse(include_str!("prior.tsv"));
    let vocabulary = vocabulary(examples);
    let at_word: BTreeMap<&str, usize> = vocabulary
        .iter()
        .enumerate()
        .map(|(at, word)| (*word, Signal::ALL.len() + at))
        .collect();
    let rows: Vec<Vec<(usize, f32)>> = examples.iter().map(|e| features(e, &at_word)).collect();
    let weights = example_weights(examples);

    let width = Signal::ALL.len() + vocabulary.len();
    let mut start: Vec<Row> = prior.signals.clone();
    start.resize(width, [0.0; N]);
    let mut current = start.clone();
    let mut bias = prior.bias;
    let mut squares: Vec<Row> = vec![[1e-3; N]; width];
    let mut bias_squares = [1e-3; N];
    let order = scattered(examples.len());
    for _ in 0..EPOCHS {
        for at in &order {
            let row = &rows[*at];
            let mut scores = bias;
            for (feature, value) in row {
                for (score, weight) in scores.iter_mut().zip(&current[*feature]) {
                    *score += value * weight;
                }
            }
            let probability = softmax(scores);
            for k in 0..N {
                let wanted = f32::from(u8::from(k == examples[*at].verdict));
                let error = (probability[k] - wanted) * weights[*at];
                descend(&mut bias[k], &mut bias_squares[k], error);
                for (feature, value) in row {
                    let pull = if *feature < Signal::ALL.len() {
                        PULL_SIGNALS
                    } else {
                        PULL_WORDS
                    };
                    let gradient =
                        error * value + pull * (current[*feature][k] - start[*feature][k]);
                    descend(
                        &mut current[*feature][k],
                        &mut squares[*feature][k],
                        gradient,
                    );
                }
            }
        }
    }
    let words = vocabulary
        .iter()
        .zip(&current[Signal::ALL.len()..])
        .map(|(word, row)| ((*word).to_owned(), *row))
        .collect();
    current.truncate(Signal::ALL.len());
    let model = Model {
        bias,
        signals: current,
        words,
    };
    let verdicts = held_out
        .iter()
        .map(|e| judge_with(&model, &e.measured, &[]))
        .map(|j| (j.verdict, j.confidence))
        .collect();
    (model.write(), verdicts)
}

fn descend(weight: &mut f32, squares: &mut f32, gradient: f32) {
    *squares += gradient * gradient;
    *weight -= STEP * gradient / squares.sqrt();
}

fn features(example: &Example, at_word: &BTreeMap<&str, usize>) -> Vec<(usize, f32)> {
    let mut row: Vec<(usize, f32)> = example
        .measured
        .values()
        .iter()
        .map(|(signal, value)| (*signal as usize, *value))
        .collect();
    let words = distinct_words(&example.measured.folded);
    let scale = word_scale(words.len());
    let mut known: Vec<usize> = words
        .iter()
        .filter_map(|w| at_word.get(w))
        .copied()
        .collect();
    known.sort_unstable();
    row.extend(known.into_iter().map(|at| (at, scale)));
    row
}

fn vocabulary<'a>(examples: &[&'a Example]) -> Vec<&'a str> {
    let mut seen: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for example in examples {
        for word in distinct_words(&example.measured.folded)
            .into_iter()
            .filter(|w| !matches!(*w, "example" | "invalid"))
        {
            let entry = seen.entry(word).or_default();
            entry.0 += 1;
            entry.1.insert(&example.source);
        }
    }
    let mut words: Vec<(&str, usize)> = seen
        .into_iter()
        .filter(|(_, (count, sources))| *count >= EXAMPLES_LEAST && sources.len() >= SOURCES_LEAST)
        .map(|(word, (count, _))| (word, count))
        .collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    words.truncate(VOCABULARY_MAX);
    words.into_iter().map(|(word, _)| word).collect()
}

/// Every verdict the same in all; within it every source by the square root of its size.
fn example_weights(examples: &[&Example]) -> Vec<f32> {
    let mut sizes: BTreeMap<(usize, &str), f32> = BTreeMap::new();
    for e in examples {
        *sizes.entry((e.verdict, &e.source)).or_default() += 1.0;
    }
    let mut of_verdict = [0.0f32; N];
    for ((verdict, _), size) in &sizes {
        of_verdict[*verdict] += size.sqrt();
    }
    let even = examples.len() as f32 / N as f32;
    examples
        .iter()
        .map(|e| {
            let size = sizes
                .get(&(e.verdict, e.source.as_str()))
                .copied()
                .unwrap_or(1.0);
            (even / (of_verdict[e.verdict] * size.sqrt())).min(8.0)
        })
        .collect()
}

/// The numbers below `n` in an order that is fixed and mixes neighbours.
fn scattered(n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20);
    order
}
