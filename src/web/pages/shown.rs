//! Stored values as people read them. Nothing here is markup: what comes out is escaped by the templates.

use crate::language::Words;
use crate::message::Domain;
use crate::message::Timestamp;
use std::borrow::Borrow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A domain's name.
pub(super) struct Name {
    /// A-labels, as stored.
    pub ascii: String,
    /// As its owner would write it, where that differs.
    pub unicode: Option<String>,
    /// Whether it mixes scripts in one label, and so looks like what it is not.
    pub mixed: bool,
    /// Whether it stands for what went past a bound.
    pub is_other: bool,
}

/// A domain's name for showing. What is not a name is shown as it is.
pub(super) fn name(domain: impl AsRef<str>) -> Name {
    let ascii = domain.as_ref();
    // A name without `xn--` is its own Unicode form: nothing to decode.
    let domain = ascii
        .contains("xn--")
        .then(|| Domain::parse(ascii).ok())
        .flatten();
    let mixed = domain.as_ref().is_some_and(Domain::mixes_scripts);
    let unicode = domain
        .map(|domain| domain.to_unicode())
        .filter(|unicode| unicode != ascii);
    Name {
        ascii: ascii.to_owned(),
        unicode,
        mixed,
        is_other: ascii == "other",
    }
}

/// The word for a stored code: `verdict-spam`. A code without one is shown as it is.
pub(super) fn term(words: &Words, kind: impl AsRef<str>, code: impl AsRef<str>) -> String {
    let (kind, code) = (kind.as_ref(), code.as_ref());
    words
        .find(&format!("{kind}-{}", code.replace('_', "-")))
        .unwrap_or_else(|| code.to_owned())
}

/// RFC 3339 back into a time; the epoch where it is none.
pub(super) fn timestamp(text: &str) -> Timestamp {
    let seconds = OffsetDateTime::parse(text, &Rfc3339).map_or(0, |moment| moment.unix_timestamp());
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

/// A day since 1970-01-01 as `datetime` wants it: `2026-11-22`.
pub(super) fn iso_day(day: impl Borrow<i64>) -> String {
    let midnight = Timestamp::from_millis(0).plus_days(*day.borrow());
    midnight.to_string().chars().take(10).collect()
}

/// A share from 0 to 1 as a width of 0 to 100, in tenths; what is not nothing can be seen.
pub(super) fn width(share: impl Borrow<f64>) -> String {
    let share = *share.borrow();
    if share.is_nan() || share <= 0.0 {
        return "0".to_owned();
    }
    format!("{:.1}", (share * 100.0).clamp(1.0, 100.0))
}

/// `part` of `whole` as a share.
pub(super) fn share(part: impl Borrow<i64>, whole: impl Borrow<i64>) -> f64 {
    *part.borrow() as f64 / (*whole.borrow()).max(1) as f64
}
