//! The ways to read a typed name: what was meant before the letters themselves are looked at.
//!
//! `www.a.b.army.ml` may be `a.b.army` under another top level, with a prefix to be dropped, with subdomains to be
//! carried over; `army.mil.ml` may be a whole name with the zone typed after it. Each reading is a name to be looked up
//! and the steps that led to it; the letters are the channel's business.

use super::slips;
use crate::classify::ReasonCode;
use crate::message::Domain;

/// One way to read the typed name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    /// What is looked up, ASCII.
    pub(super) name: String,
    /// The labels in front of it, with their trailing dot, or nothing.
    pub(super) carried: String,
    /// What led here.
    pub(super) steps: Vec<(ReasonCode, f32)>,
}

impl Reading {
    pub(super) fn cost(&self) -> f32 {
        self.steps.iter().map(|(_, cost)| cost).sum()
    }

    /// Whether it is the typed name as it stands, or the upper part of it.
    pub(super) fn is_literal(&self) -> bool {
        self.steps
            .iter()
            .all(|(code, _)| *code == ReasonCode::SubdomainCarried)
    }

    /// Whether it is the whole typed name, and nothing but its suffix was read as `suffix`.
    pub(super) fn is_slip_to(&self, suffix: &str) -> bool {
        let rest = self.name.strip_suffix(suffix);
        let [(ReasonCode::TopLevelSlip, _)] = self.steps[..] else {
            return false;
        };
        rest.is_some_and(|stem| stem.ends_with('.'))
    }

    fn and(&self, name: String, code: ReasonCode, cost: f32) -> Self {
        let mut steps = self.steps.clone();
        steps.push((code, cost));
        Self {
            name,
            carried: self.carried.clone(),
            steps,
        }
    }
}

/// Labels carried over at most.
const CARRIED_MAX: usize = 4;

/// All readings of `typed`, the literal one first.
pub(super) fn readings(typed: &Domain, zones: &[Domain]) -> Vec<Reading> {
    let mut forms = vec![as_ascii(typed)];
    if let Some(rest) = forms[0].name.strip_prefix("www") {
        let rest = rest.trim_start_matches(['.', '-']);
        if rest.contains('.') {
            let cost = if forms[0].name.starts_with("www.") {
                0.5
            } else {
                2.0
            };
            let form = forms[0].and(rest.to_owned(), ReasonCode::WwwPrefix, cost);
            forms.push(form);
        }
    }
    let plain = forms.last().and_then(plain_letters);
    forms.extend(plain);
    let mut suffixed = Vec::with_capacity(12);
    for form in forms {
        let Ok(name) = Domain::parse(&form.name) else {
            continue;
        };
        let (stem, suffix) = split(&name);
        for (meant, cost) in slips::meant_for(suffix) {
            if !stem.is_empty() {
                suffixed.push(form.and(format!("{stem}.{meant}"), ReasonCode::TopLevelSlip, *cost));
            }
        }
        if let Some((rest, last)) = form.name.rsplit_once('.')
            && last.len() == 2
        {
            // `x.com.gh` is most often a name of its own; under a zone that stands for another suffix it seldom is.
            let ours = zones.iter().any(|z| z.as_str() == last);
            let cost = if ours || !slips::meant_for(last).is_empty() {
                2.0
            } else {
                4.0
            };
            suffixed.push(form.and(rest.to_owned(), ReasonCode::SuffixAppended, cost));
        }
        suffixed.push(form);
    }
    let mut all = Vec::with_capacity(suffixed.len() * 2);
    for reading in suffixed {
        for (n, at) in reading
            .name
            .match_indices('.')
            .map(|(at, _)| at)
            .take(CARRIED_MAX)
            .enumerate()
        {
            let (head, tail) = reading.name.split_at(at + 1);
            // What is left must be more than a public suffix.
            if !tail.contains('.') || Domain::parse(tail).is_ok_and(|t| t.public_suffix() == tail) {
                break;
            }
            let mut carried = reading.and(
                tail.to_owned(),
                ReasonCode::SubdomainCarried,
                0.8 + 0.3 * n as f32,
            );
            carried.carried = head.to_owned();
            all.push(carried);
        }
        all.push(reading);
    }
    all.sort_by(|a, b| a.cost().total_cmp(&b.cost()));
    all
}

/// The name in ASCII: letters that merely look or are accented become the letter they stand for.
fn as_ascii(typed: &Domain) -> Reading {
    let literal = Reading {
        name: typed.as_str().to_owned(),
        carried: String::new(),
        steps: Vec::new(),
    };
    if !typed.as_str().contains("xn--") {
        return literal;
    }
    let (mut name, mut changed) = (String::new(), 0u8);
    for c in typed.to_unicode().chars() {
        if c.is_ascii() {
            name.push(c);
            continue;
        }
        changed = changed.saturating_add(1);
        let mut one = [0; 4];
        let skeleton: String =
            unicode_security::confusable_detection::skeleton(c.encode_utf8(&mut one))
                .filter(char::is_ascii)
                .collect();
        name.push_str(&match skeleton.to_ascii_lowercase().as_str() {
            "rn" => "m".to_owned(),
            other => other.chars().filter(char::is_ascii_alphanumeric).collect(),
        });
    }
    // One accent is a habit; each further foreign letter adds little, they come together.
    let cost = 2.2 + 0.3 * f32::from(changed.min(8));
    literal.and(name, ReasonCode::Lookalike, cost)
}

/// The name with digits and pairs that look like letters read as those letters: `arrny` as `army`, `g00gle` as `google`.
fn plain_letters(form: &Reading) -> Option<Reading> {
    let (stem, last) = form.name.rsplit_once('.')?;
    let mut name = stem.to_owned();
    let mut changes = 0usize;
    for (seen, meant) in [
        ("rn", "m"),
        ("vv", "w"),
        ("cl", "d"),
        ("0", "o"),
        ("1", "l"),
        ("3", "e"),
        ("5", "s"),
    ] {
        let count = name.matches(seen).count();
        if count > 0 {
            changes += count;
            name = name.replace(seen, meant);
        }
    }
    if changes == 0 {
        return None;
    }
    let cost = 2.6 + 0.8 * changes.min(8) as f32;
    Some(form.and(format!("{name}.{last}"), ReasonCode::Lookalike, cost))
}

/// Whether the typed suffix is one that is typed for a crowded one.
pub(super) fn stands_for_a_crowd(typed: &Domain) -> bool {
    slips::meant_for(typed.public_suffix())
        .iter()
        .any(|(meant, _)| matches!(*meant, "com" | "net"))
}

/// Stem and public suffix.
pub(super) fn split(name: &Domain) -> (&str, &str) {
    let suffix = name.public_suffix();
    let stem = name
        .as_str()
        .strip_suffix(suffix)
        .map_or("", |s| s.trim_end_matches('.'));
    (stem, suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str) -> Vec<String> {
        readings(&Domain::parse(typed).unwrap(), &[])
            .into_iter()
            .map(|r| format!("{}[{}]", r.carried, r.name))
            .collect()
    }

    #[test]
    fn top_level_and_subdomains_are_read_together() {
        let names = names("a.b.army.ml");
        for wanted in [
            "[a.b.army.ml]",
            "[a.b.army.mil]",
            "a.b.[army.mil]",
            "a.[b.army.mil]",
            "[a.b.army]",
        ] {
            assert!(names.iter().any(|n| n == wanted), "{wanted} in {names:?}");
        }
    }

    #[test]
    fn appended_zone_prefix_and_lookalikes() {
        assert!(names("gmail.com.ml").contains(&"[gmail.com]".to_owned()));
        assert!(names("wwwarmy.ml").contains(&"[army.mil]".to_owned()));
        assert!(names("défense.ml").contains(&"[defense.mil]".to_owned()));
    }
}
