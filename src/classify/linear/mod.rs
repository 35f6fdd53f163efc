//! Linear models over signals and words: one weight per answer, read from a text file that people can read too.
//!
//! For: [`Linear`]. Score of an answer = its bias + the sum over signals of value times weight + the sum over known words of
//! weight, scaled down for long texts. What scores mean is the reader's: shares of one ([`softmax`]), or each answer by
//! itself ([`sigmoid`]).
//!
//! Guarantees: a file that was written reads as the same model, but for weights rounded to hundredths and words that weigh next
//! to nothing; a line without a finite weight per answer is left out.

mod train;

pub(super) use train::Example;
pub(super) use train::Fit;
pub(super) use train::Link;
pub(super) use train::Vocabulary;
pub(super) use train::fit;

use super::words::QuickBuild;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;

/// Different stems of one message that count.
const WORDS_MAX: usize = 400;

/// A model with `N` answers.
#[derive(Clone)]
pub(super) struct Linear<const N: usize> {
    pub(super) bias: [f32; N],
    pub(super) signals: Vec<[f32; N]>,
    pub(super) words: HashMap<String, [f32; N], QuickBuild>,
}

impl<const N: usize> Linear<N> {
    /// Reads `bias`, `signal:Name` and `word:text` lines, each with one tab-parted weight per answer. `signals` names the
    /// signals in their order; lines that say something else are left out.
    pub(super) fn parse(text: &str, signals: &[impl AsRef<str>]) -> Self {
        let mut model = Self {
            bias: [0.0; N],
            signals: vec![[0.0; N]; signals.len()],
            words: HashMap::default(),
        };
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let mut fields = line.split('\t');
            let key = fields.next().unwrap_or_default();
            let weights = fields.filter_map(|field| field.trim().parse().ok());
            let weights: Vec<f32> = weights.filter(|weight: &f32| weight.is_finite()).collect();
            let Ok(row) = <[f32; N]>::try_from(weights) else {
                continue;
            };
            if key == "bias" {
                model.bias = row;
            } else if let Some(name) = key.strip_prefix("signal:") {
                if let Some(at) = signals.iter().position(|s| s.as_ref() == name) {
                    model.signals[at] = row;
                }
            } else if let Some(word) = key.strip_prefix("word:") {
                model.words.insert(word.to_owned(), row);
            }
        }
        model
    }

    /// The file that [`Linear::parse`] reads, with the names of the answers at its head.
    pub(super) fn write(&self, answers: [&str; N], signals: &[impl AsRef<str>]) -> String {
        let mut out = format!("#\t{}\n", answers.join("\t"));
        let mut line = |key: &str, row: &[f32; N]| {
            out.push_str(key);
            for weight in row {
                let _ = write!(out, "\t{weight:.2}");
            }
            out.push('\n');
        };
        line("bias", &self.bias);
        for (signal, row) in signals.iter().zip(&self.signals) {
            line(&format!("signal:{}", signal.as_ref()), row);
        }
        let mut words: Vec<_> = self.words.iter().collect();
        words.sort_by_key(|(word, _)| word.as_str());
        for (word, row) in words {
            if row.iter().any(|w| w.abs() >= 0.05) {
                line(&format!("word:{word}"), row);
            }
        }
        out
    }

    /// Bias and signals, each signal by its place in the list that the model was read with.
    pub(super) fn of_signals(&self, values: impl IntoIterator<Item = (usize, f32)>) -> [f32; N] {
        let mut scores = self.bias;
        for (signal, value) in values {
            if let Some(row) = self.signals.get(signal) {
                add(&mut scores, row, value);
            }
        }
        scores
    }

    /// What the words of a message add, each by what it counts.
    pub(super) fn of_words<'a>(&self, words: impl IntoIterator<Item = (&'a str, f32)>) -> [f32; N] {
        let mut scores = [0.0; N];
        for (word, value) in words {
            if let Some(row) = self.words.get(word) {
                add(&mut scores, row, value);
            }
        }
        scores
    }
}

fn add<const N: usize>(scores: &mut [f32; N], row: &[f32; N], times: f32) {
    for (score, weight) in scores.iter_mut().zip(row) {
        *score += times * weight;
    }
}

/// The longest word.
const WORD_MAX: usize = 20;

/// Octets of a word that models tell words by: inflections of one word are one.
const STEM: usize = 6;

/// The stems of the different words of a folded text, the first [`WORDS_MAX`]: of words of 2 to [`WORD_MAX`] letters.
pub(super) fn stems(folded: &str) -> Vec<&str> {
    let mut seen = HashSet::with_capacity_and_hasher(512, QuickBuild::default());
    folded
        .as_bytes()
        .split(|b| !b.is_ascii_lowercase())
        .filter(|w| (2..=WORD_MAX).contains(&w.len()))
        .map(|w| w.get(..STEM).unwrap_or(w))
        .filter(|w| seen.insert(*w))
        .take(WORDS_MAX)
        .filter_map(|w| std::str::from_utf8(w).ok())
        .collect()
}

/// What each of so many words counts: many say more than few, but not in proportion.
pub(super) fn word_scale(words: usize) -> f32 {
    4.0 / (words.max(16) as f32).sqrt()
}

/// Scores as shares of one.
pub(super) fn softmax<const N: usize>(scores: [f32; N]) -> [f32; N] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let exp = scores.map(|s| (s - most).exp());
    let sum: f32 = exp.iter().sum();
    exp.map(|e| e / sum)
}

/// A score as the probability that its answer holds.
pub(super) fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_reads_what_it_wrote() {
        let names = ["NullPath", "Bulk"];
        let text = "bias\t1\t0\t-1\nsignal:NullPath\t-2.5\t0\t3\nword:hello\t0.5\t0\t-0.5\n";
        let model = Linear::<3>::parse(text, &names);
        let written = model.write(["a", "b", "c"], &names);
        let again = Linear::<3>::parse(&written, &names);
        assert_eq!(again.bias, model.bias);
        assert_eq!(again.signals, [[-2.5, 0.0, 3.0], [0.0; 3]]);
        assert_eq!(again.words["hello"], [0.5, 0.0, -0.5]);
        let garbled = "bias\t1\t2\nsignal:Bulk\t1\tNaN\t2\nword:x\t1\tinf\t0\nword:y\t\t1\t2\t3x\n";
        let none = Linear::<3>::parse(garbled, &names);
        assert_eq!((none.bias, none.signals[1]), ([0.0; 3], [0.0; 3]));
        assert!(none.words.is_empty());
        let rounded = Linear::<1>::parse("bias\t0.123\nword:next\t0.04\n", &names);
        let again = Linear::<1>::parse(&rounded.write(["a"], &names), &names);
        assert_eq!((again.bias, again.words.len()), ([0.12], 0));
    }

    #[test]
    fn probabilities_add_up() {
        let p = softmax([1.0, 2.0, 300.0, -5.0, 0.0]);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(p[2] > 0.99);
        assert!((sigmoid(2.0) + sigmoid(-2.0) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_tells_answers_apart_is_learned() {
        let vocabulary = Vocabulary::of(
            1,
            [
                ("a", vec!["rain", "the", "exampl"]),
                ("b", vec!["rain", "the", "exampl"]),
                ("b", vec!["once"]),
            ]
            .into_iter(),
            (2, 2, 10),
        );
        let example = |signal: f32, words: &[&str], holds| Example {
            features: vocabulary.features(
                [(0, signal)].into_iter(),
                words.iter().map(|word| (*word, 1.0)),
            ),
            holds,
            weight: 1.0,
        };
        let examples = [
            example(1.0, &["rain", "the"], [true, true]),
            example(1.0, &["the", "once"], [true, false]),
            example(0.0, &["rain", "the"], [false, true]),
            example(0.0, &["the"], [false, false]),
        ];
        let how = Fit {
            link: Link::Sigmoid,
            signals: 0.01,
            words: 0.01,
            missing: 0.3,
        };
        let model = fit(&examples, &vocabulary, &Linear::parse("", &["Wet"]), how);
        assert!(!model.words.contains_key("once"), "one source is a tell");
        for reserved in ["example", "invalid", "localhost"] {
            assert!(!model.words.contains_key(stems(reserved)[0]), "{reserved}");
        }
        let says = |signal, words: &[&str]| {
            let mut scores = model.of_signals([(0, signal)]);
            let of_words = model.of_words(words.iter().map(|word| (*word, 1.0)));
            add(&mut scores, &of_words, 1.0);
            scores.map(|score| score > 0.0)
        };
        assert_eq!(says(1.0, &["the"]), [true, false]);
        assert_eq!(says(0.0, &["rain"]), [false, true]);
    }

    #[test]
    fn a_word_beside_one_that_tells_all_counts_more_where_words_may_be_missing() {
        let texts = [("a", vec!["always", "often"]), ("b", vec!["never"])];
        let vocabulary = Vocabulary::of(0, texts.into_iter(), (1, 1, 10));
        let example = |words: &[&str], holds| Example {
            features: vocabulary.features(std::iter::empty(), words.iter().map(|w| (*w, 1.0))),
            holds: [holds],
            weight: 1.0,
        };
        let examples: Vec<Example<1>> = (0..30)
            .map(|at| match at % 6 {
                0..3 => example(&["never"], false),
                3 => example(&["always"], true),
                _ => example(&["always", "often"], true),
            })
            .collect();
        let often = |missing| {
            let how = Fit {
                link: Link::Sigmoid,
                signals: 0.5,
                words: 0.5,
                missing,
            };
            let start = Linear::parse("", &[""; 0]);
            fit(&examples, &vocabulary, &start, how).words["often"][0]
        };
        let (whole, with_gaps) = (often(0.0), often(0.5));
        assert!(with_gaps > 1.2 * whole, "{whole} {with_gaps}");
        assert_eq!(with_gaps, often(0.5), "it is not by chance");
    }
}
