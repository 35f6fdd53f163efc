//! How often messages are judged rightly.

use super::data::Mail;
use super::data::Name;
use super::data::Set;
use super::names::median;
use super::statistics::Bin;
use super::statistics::Figure;
use super::statistics::Hits;
use super::statistics::Rate;
use super::statistics::calibration_error;
use super::statistics::grouped;
use super::statistics::reliability;
use super::statistics::rounded;
use crate::classify::Classification;
use crate::classify::Classifier;
use crate::classify::Classify;
use crate::classify::Sensitivity;
use crate::classify::Verdict;
use crate::cli::classify::lines::read_head;
use crate::message::Circumstances;
use crate::message::Domain;
use crate::message::Parsed;
use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Instant;

/// An ordinary message, in octets: what the speed is measured on.
const ORDINARY: std::ops::Range<usize> = 5 << 10..20 << 10;

/// A message and what was said of it.
pub struct Judged<'a> {
    mail: &'a Mail,
    said: Classification,
    bytes: usize,
    microseconds: f64,
}

/// Judges one message.
///
/// # Errors
/// Its file cannot be read.
pub fn judge<'a>(classifier: &Classifier, mail: &'a Mail) -> anyhow::Result<Judged<'a>> {
    let raw = read_head(&mail.path).with_context(|| mail.path.display().to_string())?;
    let begun = Instant::now();
    let parsed = Parsed::from_bytes(&raw);
    let said = classifier.classify(&mail.envelope(&parsed), &parsed, &Circumstances::UNKNOWN);
    Ok(Judged {
        mail,
        said,
        bytes: raw.len(),
        microseconds: begun.elapsed().as_secs_f64() * 1e6,
    })
}

/// The verdicts on one set.
#[derive(Serialize)]
pub struct Verdicts {
    /// The list it is of.
    pub set: &'static str,
    /// Messages.
    pub messages: u64,
    /// The mean of the F1 of all verdicts that occur.
    pub macro_f1: Figure,
    /// Of mail from person to person, what is called so.
    pub person_recall: Rate,
    /// Of all other mail, what is called so.
    pub noise_as_person: Rate,
    /// By verdict.
    pub by_verdict: BTreeMap<&'static str, One>,
    /// Share judged rightly, by source and verdict.
    pub by_source: BTreeMap<String, BTreeMap<&'static str, Rate>>,
    /// The same by language, where the list states it.
    pub by_language: BTreeMap<String, BTreeMap<&'static str, Rate>>,
    /// How far the confidence can be believed.
    pub reliability: Vec<Bin>,
    /// See [`calibration_error`].
    pub calibration_error: f64,
}

/// One verdict, or one label.
#[derive(Serialize)]
pub struct One {
    /// Of what was called so.
    pub precision: Rate,
    /// Of what is so.
    pub recall: Rate,
    /// Of both.
    pub f1: Figure,
}

/// Verdicts on the messages of `set` that have one; `None` where there are none.
pub fn verdicts(set: Set, judged: &[Judged<'_>], misses: &mut Vec<Value>) -> Option<Verdicts> {
    let mut cases = Vec::new();
    let mut sources: BTreeMap<String, BTreeMap<&'static str, Vec<bool>>> = BTreeMap::new();
    let mut languages: BTreeMap<String, BTreeMap<&'static str, Vec<bool>>> = BTreeMap::new();
    let mut believed = Vec::new();
    for Judged { mail, said, .. } in judged.iter().filter(|one| one.mail.set == set) {
        let Some(mut is) = mail.verdict else { continue };
        // Where two are right, the one that was said is.
        if mail.also == Some(said.verdict) {
            is = said.verdict;
        }
        let is_right = is == said.verdict;
        if !is_right {
            misses.push(json!({
                "question": "verdict", "file": mail.path.display().to_string(), "source": mail.source,
                "right": is.name(), "answer": said.verdict.name(), "confidence": rounded(said.verdict_confidence),
            }));
        }
        believed.push((said.verdict_confidence, is_right));
        let of_source = sources.entry(mail.source.clone()).or_default();
        of_source.entry(is.name()).or_default().push(is_right);
        if !mail.language.is_empty() {
            let of_language = languages.entry(mail.language.clone()).or_default();
            of_language.entry(is.name()).or_default().push(is_right);
        }
        cases.push((mail.group.clone(), (is, said.verdict)));
    }
    if cases.is_empty() {
        return None;
    }
    let groups = grouped(cases);
    let all = || groups.iter().flatten();
    let person = Verdict::Misdirected;
    let persons = all().filter(|(is, _)| *is == person);
    let noise = all().filter(|(is, _)| *is != person);
    let reliability = reliability(&believed);
    let occurs = |verdict: &Verdict| all().any(|(is, _)| is == verdict);
    let by_verdict = Verdict::ALL.into_iter().filter(occurs).map(|verdict| {
        let hits = hits(&mut all(), verdict);
        let one = One {
            precision: hits.precision(),
            recall: hits.recall(),
            f1: Figure::of(&groups, |cases| self::hits(cases, verdict).f1()),
        };
        (verdict.name(), one)
    });
    let share = |(name, cases): (&'static str, Vec<bool>)| (name, Rate::of(cases));
    let shares = |by: BTreeMap<String, BTreeMap<&'static str, Vec<bool>>>| {
        by.into_iter()
            .map(|(part, of)| (part, of.into_iter().map(share).collect()))
            .collect()
    };
    Some(Verdicts {
        set: set.name(),
        messages: all().count() as u64,
        macro_f1: Figure::of(&groups, macro_f1),
        person_recall: Rate::of(persons.map(|(_, said)| *said == person)),
        noise_as_person: Rate::of(noise.map(|(_, said)| *said == person)),
        by_verdict: by_verdict.collect(),
        by_source: shares(sources),
        by_language: shares(languages),
        calibration_error: calibration_error(&reliability),
        reliability,
    })
}

type Case = (Verdict, Verdict);

fn hits(cases: &mut dyn Iterator<Item = &Case>, verdict: Verdict) -> Hits {
    let mut hits = Hits::default();
    for (is, said) in cases {
        hits.add(*said == verdict, *is == verdict);
    }
    hits
}

fn macro_f1(cases: &mut dyn Iterator<Item = &Case>) -> f64 {
    let mut all = BTreeMap::<Verdict, Hits>::new();
    let mut there = BTreeSet::new();
    for (is, said) in cases {
        there.insert(*is);
        for verdict in Verdict::ALL {
            all.entry(verdict)
                .or_default()
                .add(*said == verdict, *is == verdict);
        }
    }
    let sum: f64 = there.iter().map(|verdict| all[verdict].f1()).sum();
    sum / there.len().max(1) as f64
}

/// The labels in one language of one set.
#[derive(Serialize)]
pub struct Labels {
    /// The list it is of.
    pub set: &'static str,
    /// ISO 639-1.
    pub language: String,
    /// Messages.
    pub messages: u64,
    /// Of all labels given.
    pub precision: Rate,
    /// Of all labels that hold.
    pub recall: Rate,
    /// Of both, over all labels together.
    pub micro_f1: Figure,
    /// Of messages without a label, those that got none.
    pub negatives_clean: Rate,
    /// By label.
    pub by_label: BTreeMap<&'static str, One>,
}

/// Labels of the messages of `set` whose labels are known, by language.
pub fn labels(set: Set, judged: &[Judged<'_>], misses: &mut Vec<Value>) -> Vec<Labels> {
    let mut languages: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for Judged { mail, said, .. } in judged.iter().filter(|one| one.mail.set == set) {
        let Some(is) = &mail.labels else { continue };
        let said: BTreeSet<&str> = said.sensitivity.iter().map(|label| label.name()).collect();
        if !is.iter().map(String::as_str).eq(said.iter().copied()) {
            misses.push(json!({
                "question": "labels", "file": mail.path.display().to_string(), "right": is, "answer": said,
            }));
        }
        let cases = languages.entry(mail.language.clone()).or_default();
        cases.push((mail.group.clone(), (is, said)));
    }
    languages
        .into_iter()
        .map(|(language, cases)| {
            let groups = grouped(cases);
            let all = || groups.iter().flatten();
            let hits = micro(&mut all(), &Sensitivity::ALL);
            let by_label = Sensitivity::ALL.into_iter().map(|label| {
                let hits = micro(&mut all(), &[label]);
                let one = One {
                    precision: hits.precision(),
                    recall: hits.recall(),
                    f1: Figure::of(&groups, |cases| micro(cases, &[label]).f1()),
                };
                (label.name(), one)
            });
            let negatives = all().filter(|(is, _)| is.is_empty());
            Labels {
                set: set.name(),
                language,
                messages: all().count() as u64,
                precision: hits.precision(),
                recall: hits.recall(),
                micro_f1: Figure::of(&groups, |cases| micro(cases, &Sensitivity::ALL).f1()),
                negatives_clean: Rate::of(negatives.map(|(_, said)| said.is_empty())),
                by_label: by_label.collect(),
            }
        })
        .collect()
}

type Labelled<'a> = (&'a BTreeSet<String>, BTreeSet<&'static str>);

fn micro(cases: &mut dyn Iterator<Item = &Labelled<'_>>, labels: &[Sensitivity]) -> Hits {
    let mut hits = Hits::default();
    for (is, said) in cases {
        for label in labels {
            hits.add(said.contains(label.name()), is.contains(label.name()));
        }
    }
    hits
}

/// The share of names of attachments whose labels are exactly right.
pub fn attachments(
    classifier: &Classifier,
    names: &[Name],
    misses: &mut Vec<Value>,
) -> Option<Rate> {
    let right: Vec<bool> = names
        .iter()
        .map(|name| {
            let said = labels_of_name(classifier, name);
            let is_right = name.labels.iter().map(String::as_str).eq(said.iter().copied());
            if !is_right {
                misses.push(json!({
                    "question": "attachment", "name": name.name, "right": name.labels, "answer": said,
                }));
            }
            is_right
        })
        .collect();
    (!right.is_empty()).then(|| Rate::of(right))
}

/// The labels of a message that has nothing but an attachment of that name.
fn labels_of_name(classifier: &Classifier, name: &Name) -> BTreeSet<&'static str> {
    let encoded: String = name
        .name
        .bytes()
        .map(|octet| match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(octet).to_string()
            }
            _ => format!("%{octet:02X}"),
        })
        .collect();
    let media_type = match &*name.media_type {
        "" | "-" => "application/octet-stream",
        stated => stated,
    };
    let raw = format!(
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: {media_type}\r\n\
         Content-Disposition: attachment; filename*=UTF-8''{encoded}\r\n\r\nx\r\n--b--\r\n"
    );
    let parsed = Parsed::from_bytes(raw.as_bytes());
    let mail = Mail::unknown();
    let said = classifier.classify(&mail.envelope(&parsed), &parsed, &Circumstances::UNKNOWN);
    said.sensitivity.iter().map(|label| label.name()).collect()
}

/// The domain that was meant, with the message's evidence, where the set says what was meant.
pub fn intended(judged: &[Judged<'_>], misses: &mut Vec<Value>) -> Option<Rate> {
    let mut right = Vec::new();
    for Judged { mail, said, .. } in judged {
        let Some(meant) = &mail.intended else {
            continue;
        };
        let answer = said.intended.first().and_then(|one| one.domain.as_ref());
        let is_right = answer == Some(meant);
        if !is_right {
            misses.push(json!({
                "question": "intended", "file": mail.path.display().to_string(), "right": meant.as_str(),
                "answer": answer.map(Domain::as_str),
            }));
        }
        right.push(is_right);
    }
    (!right.is_empty()).then(|| Rate::of(right))
}

/// How long an ordinary message takes.
#[derive(Serialize)]
pub struct Speed {
    /// Messages of 5 to 20 KiB.
    pub messages: u64,
    /// Median of parsing and classifying one, on this machine, in microseconds.
    pub microseconds: f64,
}

/// The median over ordinary messages; `None` where there are none.
pub fn speed(judged: &[Judged<'_>]) -> Option<Speed> {
    let times: Vec<f64> = judged
        .iter()
        .filter(|one| ORDINARY.contains(&one.bytes))
        .map(|one| one.microseconds)
        .collect();
    (!times.is_empty()).then(|| Speed {
        messages: times.len() as u64,
        microseconds: median(times),
    })
}
