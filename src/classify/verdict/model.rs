//! A linear model over signals and words: one weight per verdict, read from a text file that people can read too.
//!
//! Score of a verdict = its bias + the sum over signals of value times weight + the sum over known words of weight,
//! scaled down for long texts. Softmax makes scores into confidences.

use super::measure::Measured;
use super::signals::Signal;
use crate::classify::Verdict;
use crate::classify::words::QuickBuild;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;

/// How many verdicts there are.
pub(super) const N: usize = Verdict::ALL.len();

/// One weight per verdict, in the order of [`Verdict::ALL`].
pub(super) type Row = [f32; N];

/// Different words of one message that count.
const WORDS_MAX: usize = 400;

/// The weights.
#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) bias: Row,
    pub(super) signals: Vec<Row>,
    pub(super) words: HashMap<String, Row, QuickBuild>,
}

impl Model {
    /// Reads `bias`, `signal:Name` and `word:text` lines, each with one tab-parted weight per verdict. Lines that say
    /// something else are left out; `every_signal_has_weights` holds the shipped file to the list.
    pub(super) fn parse(text: &str) -> Self {
        let mut model = Self {
            signals: vec![[0.0; N]; Signal::ALL.len()],
            ..Self::default()
        };
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let mut fields = line.split('\t');
            let key = fields.next().unwrap_or_default();
            let mut row = [0.0; N];
            for weight in &mut row {
                *weight = fields
                    .next()
                    .and_then(|f| f.trim().parse().ok())
                    .unwrap_or(0.0);
            }
            if key == "bias" {
                model.bias = row;
            } else if let Some(name) = key.strip_prefix("signal:") {
                if let Some(at) = Signal::ALL.iter().position(|s| s.name() == name) {
                    model.signals[at] = row;
                }
            } else if let Some(word) = key.strip_prefix("word:") {
                model.words.insert(word.to_owned(), row);
            }
        }
        model
    }

    /// The file that [`Model::parse`] reads.
    pub(super) fn write(&self) -> String {
        let mut out = String::from("#");
        for verdict in Verdict::ALL {
            let _ = write!(out, "\t{}", verdict.name());
        }
        out.push('\n');
        let mut line = |key: &str, row: &Row| {
            out.push_str(key);
            for weight in row {
                let _ = write!(out, "\t{weight:.2}");
            }
            out.push('\n');
        };
        line("bias", &self.bias);
        for (signal, row) in Signal::ALL.iter().zip(&self.signals) {
            line(&format!("signal:{}", signal.name()), row);
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

    /// The scores of a message: signals and words apart.
    pub(super) fn scores(&self, measured: &Measured) -> (Row, Row) {
        let mut scores = self.bias;
        for (signal, value) in measured.values() {
            if let Some(row) = self.signals.get(*signal as usize) {
                for (score, weight) in scores.iter_mut().zip(row) {
                    *score += value * weight;
                }
            }
        }
        let mut of_words = [0.0; N];
        if !self.words.is_empty() {
            let words = distinct_words(&measured.folded);
            let scale = word_scale(words.len());
            for row in words.iter().filter_map(|w| self.words.get(*w)) {
                for (score, weight) in of_words.iter_mut().zip(row) {
                    *score += scale * weight;
                }
            }
        }
        (scores, of_words)
    }
}

/// The different words of a folded text, the first [`WORDS_MAX`]: letters only, 2 to 20 of them.
pub(super) fn distinct_words(folded: &str) -> Vec<&str> {
    let mut seen = HashSet::with_capacity_and_hasher(512, QuickBuild::default());
    folded
        .as_bytes()
        .split(|b| !b.is_ascii_lowercase())
        .filter(|w| (2..=20).contains(&w.len()))
        .filter(|w| seen.insert(*w))
        .take(WORDS_MAX)
        .filter_map(|w| std::str::from_utf8(w).ok())
        .collect()
}

/// Many words say more than few, but not in proportion.
pub(super) fn word_scale(words: usize) -> f32 {
    4.0 / (words.max(16) as f32).sqrt()
}

/// Scores as probabilities.
pub(super) fn softmax(scores: Row) -> Row {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let exp = scores.map(|s| (s - most).exp());
    let sum: f32 = exp.iter().sum();
    exp.map(|e| e / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_reads_what_it_wrote() {
        let mut model = Model::parse("bias\t1\t0\t0\t0\t-1\nsignal:NullPath\t-2.5\t0\t0\t3\t0\n");
        model
            .words
            .insert("hello".to_owned(), [0.5, 0.0, -0.5, 0.0, 0.0]);
        let again = Model::parse(&model.write());
        assert_eq!(again.bias, model.bias);
        assert_eq!(again.signals, model.signals);
        assert_eq!(again.words, model.words);
    }

    #[test]
    fn probabilities_add_up() {
        let p = softmax([1.0, 2.0, 300.0, -5.0, 0.0]);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(p[2] > 0.99);
    }
}
