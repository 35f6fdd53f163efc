//! Measuring: the evidence by label, and the words that the model knows messages by.

use super::files;
use super::numbers;
use super::secrets;
use super::words;
use super::words::Found;
use crate::classify::Sensitivity;
use crate::classify::linear::stems;
use crate::classify::linear::word_scale;
use crate::classify::words::Folded;
use crate::message::Parsed;

/// How many labels there are; sums are in the order of [`Sensitivity::ALL`].
const LABELS: usize = Sensitivity::ALL.len();

/// Proof enough to need nothing beside it.
const PROOF: f32 = 2.0;

/// What clues alone may add: many weak words are found in any long text.
const CLUES_MAX: f32 = 2.5;

/// What one clue of a short text adds.
const CLUE_SCALE: f32 = 0.5;

/// The range of a sum of evidence: ten phrases are no surer than five.
const EVIDENCE: std::ops::RangeInclusive<f32> = -2.0..=4.0;

/// What a term adds for each of its strength, and what all of a field come to before that.
const TERM_SCALE: f32 = 0.5;
const TERMS_MAX: f32 = 4.0;

/// Stems of file names that count.
const NAMES_MAX: usize = 60;

/// Octets of file names after which no further one is looked at by its words.
const NAMES_OCTETS_MAX: usize = 16 << 10;

/// What is measured of one message.
pub(super) struct Measured {
    sums: [f32; LABELS],
    proofs: [f32; LABELS],
    /// The sums of terms; last those of harmless mail.
    terms: [f32; LABELS + 1],
    /// The folded names of what is attached.
    names: String,
}

impl Measured {
    pub(super) fn of(parsed: &Parsed, folded: &Folded) -> Self {
        let mut m = Self {
            sums: [0.0; LABELS],
            proofs: [0.0; LABELS],
            terms: [0.0; LABELS + 1],
            names: String::new(),
        };
        m.phrases(folded.whole());
        for text in [&parsed.subject, &parsed.text, &parsed.inner_text] {
            numbers::scan(text, |label, weight| m.prove(label, weight));
        }
        // No proof: shops give codes too.
        secrets::scan(&parsed.text, |weight| {
            m.add(Sensitivity::Credentials, weight);
        });
        for (attachment, detail) in parsed.attachments.iter().zip(&parsed.attachment_details) {
            files::judge(attachment, detail, |label, weight| m.add(label, weight));
            for name in std::iter::once(&detail.name).chain(&detail.inside) {
                if m.names.len() < NAMES_OCTETS_MAX {
                    m.names.push_str(&files::folded(files::base(name)));
                }
            }
        }
        m.count_terms_of_names();
        m
    }

    /// The names of the signals: evidence by label, terms by label, terms of harmless mail.
    pub(super) fn names_of_signals() -> Vec<String> {
        let labels = || Sensitivity::ALL.into_iter().map(Sensitivity::name);
        let terms = labels().chain(["harmless"]);
        labels()
            .map(str::to_owned)
            .chain(terms.map(|name| format!("{name}.terms")))
            .collect()
    }

    /// The signals by their places.
    pub(super) fn signals(&self) -> impl Iterator<Item = (usize, f32)> {
        let evidence = self.sums.iter();
        let evidence = evidence.map(|sum| sum.clamp(*EVIDENCE.start(), *EVIDENCE.end()));
        let terms = self.terms.iter().map(|sum| TERM_SCALE * sum.min(TERMS_MAX));
        evidence.chain(terms).enumerate()
    }

    /// The stems of file names and those of the message, which are given, and what each counts: where there are few of the
    /// former, as is usual, each says much.
    pub(super) fn words<'a>(&'a self, of_text: &[&'a str]) -> Vec<(&'a str, f32)> {
        let mut of_names = stems(&self.names);
        of_names.truncate(NAMES_MAX);
        let scale = word_scale(of_text.len());
        let others = of_text.iter().filter(|stem| !of_names.contains(stem));
        let others = others.map(|stem| (*stem, scale));
        let scale_of_names = word_scale(of_names.len());
        let of_names = of_names.iter().map(|stem| (*stem, scale_of_names));
        of_names.chain(others).collect()
    }

    /// Whether one number alone is enough for a label.
    pub(super) fn proves(&self, label: Sensitivity) -> bool {
        self.proofs[label as usize] >= PROOF
    }

    fn add(&mut self, label: Sensitivity, weight: f32) {
        self.sums[label as usize] += weight;
    }

    fn prove(&mut self, label: Sensitivity, weight: f32) {
        let proof = &mut self.proofs[label as usize];
        *proof = proof.max(weight);
        self.add(label, weight);
    }

    /// Each phrase counts once. Clues count in proportion to the text: twenty of them in ten pages prove nothing.
    fn phrases(&mut self, text: &str) {
        let mut clues = [0.0; LABELS];
        words::TEXT.scan(text, |found| match found {
            Found::Phrase((label, weight)) if weight.abs() >= 2.0 => self.add(label, weight),
            Found::Phrase((label, weight)) => clues[label as usize] += weight,
            Found::Term(label, weight) => self.terms[place(label)] += weight,
        });
        let length = length(text);
        self.terms = self.terms.map(|sum| sum / length);
        for (label, sum) in Sensitivity::ALL.into_iter().zip(clues) {
            self.add(label, (CLUE_SCALE * sum / length).min(CLUES_MAX));
        }
    }

    fn count_terms_of_names(&mut self) {
        let length = length(&self.names);
        words::TEXT.scan(&self.names, |found| {
            if let Found::Term(label, weight) = found {
                self.terms[place(label)] += weight / length;
            }
        });
    }
}

/// By how much more a long text has of everything.
fn length(text: &str) -> f32 {
    (text.len() as f32 / 600.0).max(1.0).sqrt()
}

/// The place of a field among the sums of terms.
fn place(label: Option<Sensitivity>) -> usize {
    label.map_or(LABELS, |label| label as usize)
}
