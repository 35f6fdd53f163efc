//! What a message may harm: the nine labels.
//!
//! For: `labels`. The idea: evidence adds up, and a model weighs it. Phrases (`words.rs`, English and French) are strong
//! ones or clues; terms (`lexicon.tsv`) are the words of many trades; numbers prove themselves by their check digits
//! (`numbers.rs`); file names, media types and magic numbers say what is attached (`files.rs`). Known harmless uses
//! count against it. `measure.rs` adds all that up by label. The sums say too little of a mail in its writer's own
//! words, and too much of an advert: so a linear model (`linear`, trained by `train.rs` on mail of our own writing) sees
//! them beside the stems of all words, and answers ten questions: whether each label holds, and whether any does. A
//! label is set where both are likely enough.
//!
//! What proves itself needs no model: a number with its check digits, an address with a password in it, a token of a
//! known form.
//!
//! Guarantees: only labels leave this module. Of archives only the names of what is in them are seen, of PDF nothing.
//!
//! Known failures: scans named `scan0001.pdf` with no words around them; irony and fiction; languages other than the
//! two, but for a few phrases; a word of the trade in an unknown trade.

mod files;
mod measure;
mod numbers;
mod secrets;
mod train;
mod words;

pub use train::Care;
pub use train::Example;
pub use train::train;

use crate::classify::Sensitivity;
use crate::classify::linear::Linear;
use crate::classify::linear::sigmoid;
use crate::classify::words::Folded;
use crate::message::Parsed;
use measure::Measured;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The questions: a label each, and whether any holds.
const N: usize = Sensitivity::ALL.len() + 1;

/// The place of the last question.
const ANY: usize = N - 1;

type Model = Linear<N>;

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("weights.tsv"), &Measured::names_of_signals()));

/// From where on a label is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// How likely it is to be.
    pub label: f32,
    /// How likely it is to be that there is a label at all.
    pub any: f32,
}

impl Bars {
    /// Chosen on mail by hands that the model did not know: `docs/classification.md`.
    pub const SHIPPED: Self = Self {
        label: 0.25,
        any: 0.4,
    };
}

/// What the model says of a message.
pub struct Likely {
    likely: [f32; N],
    proven: [bool; Sensitivity::ALL.len()],
}

impl Likely {
    fn of(model: &Model, measured: &Measured, stems: &[&str]) -> Self {
        let mut scores = model.of_signals(measured.signals());
        let words = model.of_words(measured.words(stems));
        for (score, words) in scores.iter_mut().zip(words) {
            *score += words;
        }
        Self {
            likely: scores.map(sigmoid),
            proven: Sensitivity::ALL.map(|label| measured.proves(label)),
        }
    }

    /// The labels that reach the bars, and those that are proven.
    #[must_use]
    pub fn labels(&self, bars: Bars) -> BTreeSet<Sensitivity> {
        let any = self.likely[ANY] >= bars.any;
        let is_set = |label: &Sensitivity| {
            let at = *label as usize;
            (any && self.likely[at] >= bars.label) || self.proven[at]
        };
        Sensitivity::ALL.into_iter().filter(is_set).collect()
    }
}

/// The answers of the model.
fn answers() -> [&'static str; N] {
    std::array::from_fn(|at| Sensitivity::ALL.get(at).map_or("any", |label| label.name()))
}

/// The labels of a message.
/// `stems` are those of its opening.
pub(super) fn labels(parsed: &Parsed, folded: &Folded, stems: &[&str]) -> BTreeSet<Sensitivity> {
    Likely::of(&MODEL, &Measured::of(parsed, folded), stems).labels(Bars::SHIPPED)
}

#[cfg(test)]
mod tests;
