//! Why, in words: what the classifier's codes and weights say to somebody who does not know them.

use crate::language::Language;
use crate::language::Words;
use crate::web::pages::shown::term;
use serde_json::Value;

/// A reason, as a line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReasonLine {
    /// What was seen.
    pub text: String,
    /// What that makes of the answer, in words: `likelier`.
    pub effect: String,
    /// The weight, signed, with one decimal; empty for what decides alone.
    pub weight: String,
}

/// Reasons as stored with a message: `[{"code", "weight"}]`.
pub(super) fn stored(words: &Words, reasons: &Value) -> Vec<ReasonLine> {
    reasons
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(|reason| {
            Some((
                reason.get("code")?.as_str()?,
                reason.get("weight")?.as_f64()?,
            ))
        })
        .map(|(code, weight)| line(words, code, weight))
        .collect()
}

/// Reasons in words.
pub(super) fn lines(words: &Words, reasons: &[(&'static str, f64)]) -> Vec<ReasonLine> {
    reasons
        .iter()
        .map(|(code, weight)| line(words, code, *weight))
        .collect()
}

/// What was seen, in words.
pub(super) fn text(words: &Words, code: &str) -> String {
    term(words, "reason", code)
}

/// Codes that stand alone: they are the whole of the reason, and have no weight.
const DECIDE: [&str; 4] = ["staff_rule", "nothing_near", "ambiguous", "typed_is_known"];

fn line(words: &Words, code: &str, weight: f64) -> ReasonLine {
    let (effect, weight) = if DECIDE.contains(&code) {
        ("reasons-decides", String::new())
    } else {
        (effect(weight), signed(words, weight))
    };
    ReasonLine {
        text: text(words, code),
        effect: words.get(effect),
        weight,
    }
}

/// A weight of 3 makes the odds some twenty times as good, one of 1 some three times.
fn effect(weight: f64) -> &'static str {
    match weight {
        w if w >= 3.0 => "reasons-strongly-for",
        w if w >= 1.0 => "reasons-for",
        w if w >= 0.05 => "reasons-slightly-for",
        w if w <= -3.0 => "reasons-strongly-against",
        w if w <= -1.0 => "reasons-against",
        w if w <= -0.05 => "reasons-slightly-against",
        _ => "reasons-neither",
    }
}

/// `+2.3`, `−0.4`; a comma in French.
fn signed(words: &Words, weight: f64) -> String {
    let size = format!("{:.1}", weight.abs());
    let text = match (size.as_str(), weight > 0.0) {
        ("0.0", _) => size,
        (_, true) => format!("+{size}"),
        (_, false) => format!("\u{2212}{size}"),
    };
    match words.language() {
        Language::English => text,
        Language::French => text.replace('.', ","),
    }
}
