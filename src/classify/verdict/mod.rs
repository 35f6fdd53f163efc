//! What kind of mail it is.
//!
//! For: `judge`. The idea: an envelope and headers say which *software* wrote a message, and so whether a person, a
//! service or a mass mailer did; the words say what it wants. Neither is enough: people write through mailing services,
//! fraud comes from people's mail programs, services have dropped the headers that would give them away. So every
//! signal (`signals.rs`, measured in `measure.rs`, `headers.rs`, `people.rs`, `text.rs`) and every known stem adds its
//! weight to each verdict, and the greatest sum wins (`linear`).
//!
//! Order of evidence, strongest first: report types (a DSN is one whatever it says), auto-reply headers, the sender's
//! role, mailing services and lists against thread and personal mail program, groups of phrases, single words.
//!
//! The weights begin as hand-set ones (`prior.tsv`) and are moved from there by training (`train.rs`) on rows whose
//! licence permits it; `weights.tsv` is the result. `docs/classification.md` says on which rows and has the figures.
//!
//! Known failures: posts to discussion lists (a person's words in a list's envelope) are taken for reflections; cold
//! offers written like a person's mail look like one; fraud that quotes a real thread does too.

mod beside;
mod headers;
mod measure;
mod people;
mod signals;
mod text;
mod train;
mod words;

pub use train::Example;
pub use train::train;

use crate::classify::Reason;
use crate::classify::ReasonCode;
use crate::classify::Verdict;
use crate::classify::linear::Linear;
use crate::classify::linear::softmax;
use crate::classify::linear::word_scale;
use crate::classify::words::Folded;
use crate::message::Circumstances;
use crate::message::Envelope;
use crate::message::Parsed;
use measure::Measured;
use signals::Signal;
use std::sync::LazyLock;

/// How many verdicts there are.
const N: usize = Verdict::ALL.len();

/// One weight per verdict, in the order of [`Verdict::ALL`].
type Row = [f32; N];

/// The weights.
type Model = Linear<N>;

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("weights.tsv"), &Signal::names()));

/// By how much scores are flattened before they become confidences: on mail of a new kind the model is less sure than it
/// would say. Fitted on sources left out of the training: `docs/classification.md`.
const TEMPERATURE: f32 = 1.4;

/// Reasons shown at most.
const REASONS_MAX: usize = 8;

/// A verdict with its reasons.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) confidence: f64,
    pub(super) reasons: Vec<Reason>,
}

/// Decides what kind of mail a message is. `stems` are those of its opening.
pub(super) fn judge(
    envelope: &Envelope,
    parsed: &Parsed,
    folded: &Folded,
    stems: &[&str],
    circumstances: &Circumstances,
) -> Judged {
    let beside = beside::evidence(circumstances);
    let measured = Measured::of(envelope, parsed, folded);
    judge_with(&MODEL, measured.values(), stems, &beside)
}

fn judge_with(
    model: &Model,
    values: &[(Signal, f32)],
    stems: &[&str],
    beside: &[(ReasonCode, Row)],
) -> Judged {
    let mut scores = model.of_signals(values.iter().map(|(s, v)| (*s as usize, *v)));
    let scale = word_scale(stems.len());
    let words = model.of_words(stems.iter().map(|stem| (*stem, scale)));
    for (_, weights) in beside {
        for (score, weight) in scores.iter_mut().zip(weights) {
            *score += *weight;
        }
    }
    for (score, word) in scores.iter_mut().zip(words) {
        *score += word;
    }
    let best = (0..N)
        .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
        .unwrap_or(0);
    Judged {
        verdict: Verdict::ALL[best],
        confidence: f64::from(softmax(scores.map(|score| score / TEMPERATURE))[best]),
        reasons: reasons(model, values, best, words, beside),
    }
}

/// What spoke for (or against) the verdict, measured against the mean of the others; the same code once.
fn reasons(
    model: &Model,
    values: &[(Signal, f32)],
    best: usize,
    words: Row,
    beside: &[(ReasonCode, Row)],
) -> Vec<Reason> {
    let margin = |row: &Row| {
        let others: f32 = row.iter().sum::<f32>() - row[best];
        row[best] - others / (N - 1) as f32
    };
    let mut reasons: Vec<Reason> = Vec::new();
    let mut add = |code: ReasonCode, weight: f32| match reasons.iter_mut().find(|r| r.code == code)
    {
        Some(known) => known.weight += f64::from(weight),
        None => reasons.push(Reason::new(code, weight)),
    };
    for (signal, value) in values {
        if let Some(row) = model.signals.get(*signal as usize) {
            add(signal.reason(), value * margin(row));
        }
    }
    add(ReasonCode::WordModel, margin(&words));
    for (code, row) in beside {
        add(*code, farthest(row, best));
    }
    reasons.retain(|r| r.weight.abs() >= 0.1);
    reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    reasons.truncate(REASONS_MAX);
    reasons
}

/// What a row says for (or against) the verdict as held against the one where it makes the greatest difference: what speaks
/// against a person alone would else be nought wherever a person is not the verdict.
fn farthest(row: &Row, best: usize) -> f32 {
    let differences = row.iter().map(|other| row[best] - other);
    differences.fold(
        0.0,
        |most, one| if one.abs() > most.abs() { one } else { most },
    )
}

#[cfg(test)]
mod tests;
