//! Training of linear models: logistic regression by stochastic gradient steps, drawn towards where it started.
//!
//! AdaGrad (Duchi, Hazan, Singer 2011) over the examples in a fixed order, so that the same input gives the same file.
//!
//! In three epochs of four, each word of an example may be missing: so that no word alone carries an answer, and one that
//! another hand does not use leaves the others with enough weight (Globerson, Roweis 2006; van der Maaten et al. 2013). Which
//! are missing follows from their numbers, not from chance.
//!
//! A word enters the vocabulary only when several sources and several examples have it: names, places and habits of one
//! archive stay out, and so do its tells; names reserved for documentation (RFC 2606) never enter.

use super::Linear;
use super::sigmoid;
use super::softmax;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const EPOCHS: usize = 60;
const STEP: f32 = 0.25;

/// In one epoch of so many no word is missing.
const WHOLE_EACH: usize = 4;

/// The stems of names that are reserved (RFC 2606, RFC 6761); `test` is a word like others.
const RESERVED: [&str; 3] = ["exampl", "invali", "localh"];

/// What scores mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::classify) enum Link {
    /// One answer holds.
    Softmax,
    /// Each answer holds or not.
    Sigmoid,
}

/// How to train.
#[derive(Clone, Copy)]
pub(in crate::classify) struct Fit {
    pub(in crate::classify) link: Link,
    /// How strongly weights of signals are drawn back to where they started, over all examples together: so rare ones are
    /// drawn the more.
    pub(in crate::classify) signals: f32,
    /// How strongly weights of words are drawn to nought, likewise.
    pub(in crate::classify) words: f32,
    /// The share of the words that are missing, 0 to 1, in all epochs but one of [`WHOLE_EACH`].
    pub(in crate::classify) missing: f32,
}

/// An example for [`fit`]: see [`Vocabulary::features`].
pub(in crate::classify) struct Example<const N: usize> {
    pub(in crate::classify) features: Vec<(usize, f32)>,
    /// Which answers hold.
    pub(in crate::classify) holds: [bool; N],
    /// How much it counts.
    pub(in crate::classify) weight: f32,
}

/// The words that a model knows, each with its place behind the signals.
pub(in crate::classify) struct Vocabulary {
    signals: usize,
    words: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// Words that at least `sources` sources and `examples` examples have: of those the `most` most frequent.
    pub(in crate::classify) fn of<'a>(
        signals: usize,
        texts: impl Iterator<Item = (&'a str, Vec<&'a str>)>,
        (sources, examples, most): (usize, usize, usize),
    ) -> Self {
        let mut seen: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for (source, words) in texts {
            for word in words {
                let entry = seen.entry(word).or_default();
                entry.0 += 1;
                entry.1.insert(source);
            }
        }
        let mut words: Vec<(&str, usize)> = seen
            .into_iter()
            .filter(|(word, _)| !RESERVED.contains(word))
            .filter(|(_, (count, by))| *count >= examples && by.len() >= sources)
            .map(|(word, (count, _))| (word, count))
            .collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words.truncate(most);
        Self {
            signals,
            words: words
                .into_iter()
                .enumerate()
                .map(|(at, (word, _))| (word.to_owned(), signals + at))
                .collect(),
        }
    }

    /// The features of a message: its signals by their places, and its known words by what each counts.
    pub(in crate::classify) fn features<'a>(
        &self,
        signals: impl Iterator<Item = (usize, f32)>,
        words: impl Iterator<Item = (&'a str, f32)>,
    ) -> Vec<(usize, f32)> {
        let mut known: Vec<(usize, f32)> = words
            .filter_map(|(word, value)| Some((*self.words.get(word)?, value)))
            .collect();
        known.sort_unstable_by_key(|(at, _)| *at);
        signals.chain(known).collect()
    }
}

/// Trains a model on `examples`, from `start` on.
pub(in crate::classify) fn fit<const N: usize>(
    examples: &[Example<N>],
    vocabulary: &Vocabulary,
    start: &Linear<N>,
    how: Fit,
) -> Linear<N> {
    let width = vocabulary.signals + vocabulary.words.len();
    let mut origin = start.signals.clone();
    origin.resize(width, [0.0; N]);
    let mut current = origin.clone();
    let mut bias = start.bias;
    let mut squares = vec![[1e-3; N]; width];
    let mut bias_squares = [1e-3; N];
    let mut counts = vec![0u32; width];
    for (feature, _) in examples.iter().flat_map(|e| &e.features) {
        counts[*feature] += 1;
    }
    let pulls: Vec<f32> = counts
        .iter()
        .enumerate()
        .map(|(feature, count)| {
            let is_signal = feature < vocabulary.signals;
            let pull = if is_signal { how.signals } else { how.words };
            pull / (*count).max(1) as f32
        })
        .collect();
    let order = scattered(examples.len());
    let mut seen: Vec<(usize, f32)> = Vec::new();
    for epoch in 0..EPOCHS {
        let is_whole = epoch % WHOLE_EACH == 0;
        for at in &order {
            let example = &examples[*at];
            seen.clear();
            seen.extend(example.features.iter().filter(|(feature, _)| {
                is_whole
                    || *feature < vocabulary.signals
                    || scattered_share([epoch, *at, *feature]) >= how.missing
            }));
            let mut scores = bias;
            for (feature, value) in &seen {
                for (score, weight) in scores.iter_mut().zip(&current[*feature]) {
                    *score += value * weight;
                }
            }
            let probability = match how.link {
                Link::Softmax => softmax(scores),
                Link::Sigmoid => scores.map(sigmoid),
            };
            for k in 0..N {
                let wanted = f32::from(u8::from(example.holds[k]));
                let error = (probability[k] - wanted) * example.weight;
                descend(&mut bias[k], &mut bias_squares[k], error);
                for (feature, value) in &seen {
                    let back = current[*feature][k] - origin[*feature][k];
                    let gradient = error * value + pulls[*feature] * back;
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
        .words
        .iter()
        .map(|(word, at)| (word.clone(), current[*at]))
        .collect();
    current.truncate(vocabulary.signals);
    Linear {
        bias,
        signals: current,
        words,
    }
}

fn descend(weight: &mut f32, squares: &mut f32, gradient: f32) {
    *squares += gradient * gradient;
    *weight -= STEP * gradient / squares.sqrt();
}

/// A number from 0 to 1 that follows from `numbers` and looks like chance: SplitMix64's mixing (Steele, Lea, Flood 2014).
fn scattered_share(numbers: [usize; 3]) -> f32 {
    let mixed = numbers.iter().fold(0u64, |state, number| {
        let state = (state ^ *number as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
        let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^ (state >> 31)
    });
    (mixed >> 40) as f32 / (1u64 << 24) as f32
}

/// The numbers below `n` in an order that is fixed and mixes neighbours.
fn scattered(n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20);
    order
}
