//! The weights of the labels.

use super::Check;
use super::Part;
use super::Row;
use super::parts;
use crate::classify::Sensitivity;
use crate::classify::Verdict;
use crate::classify::sensitivity::Bars;
use crate::classify::sensitivity::Care;
use crate::classify::sensitivity::Example;
use crate::classify::sensitivity::train;
use crate::cli::evaluate::data::Mail;
use crate::message::Parsed;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;

/// A message whose labels are known.
pub(super) struct Known {
    example: Example,
    labels: BTreeSet<Sensitivity>,
    care: Care,
    language: String,
}

/// What is known of a message; `None` where no labels are. Mail that is known not to be a person's is left out: nobody
/// labelled it with care.
pub(super) fn known(mail: &Mail, parsed: &Parsed, source: &str) -> Option<Known> {
    if mail.verdict.is_some_and(|is| is != Verdict::Misdirected) {
        return None;
    }
    let stated = mail.labels.as_ref()?;
    let holds = |label: &Sensitivity| stated.contains(label.name());
    let labels: BTreeSet<Sensitivity> = Sensitivity::ALL.into_iter().filter(holds).collect();
    let care = match mail.verdict {
        Some(_) => Care::Passing,
        None => Care::Full,
    };
    Some(Known {
        example: Example::new(parsed, labels.clone(), source, care),
        labels,
        care,
        language: mail.language.clone(),
    })
}

/// The first line of the weights file.
const HEAD: &str =
    "# Trained by examples/train.rs --labels; docs/classification.md says on which rows and when.";

/// Trains on all rows that permit it: the weights file.
pub(super) fn weights(rows: &[Row<Known>]) -> String {
    let permitted = rows.iter().filter(|row| row.permitted);
    let examples: Vec<&Example> = permitted.map(|row| &row.known.example).collect();
    eprintln!("trained on {} of {} messages", examples.len(), rows.len());
    format!("{HEAD}\n{}", train(&examples, &[]).0)
}

#[derive(Default)]
struct Counts {
    messages: u32,
    right: u32,
    missed: u32,
    false_ones: u32,
    negatives: u32,
    clean: u32,
}

impl Counts {
    fn add(&mut self, is: &BTreeSet<Sensitivity>, said: &BTreeSet<Sensitivity>) {
        let count = |labels: usize| u32::try_from(labels).unwrap_or(u32::MAX);
        self.messages += 1;
        self.right += count(is.intersection(said).count());
        self.missed += count(is.difference(said).count());
        self.false_ones += count(said.difference(is).count());
        self.negatives += u32::from(is.is_empty());
        self.clean += u32::from(is.is_empty() && said.is_empty());
    }

    fn line(&self) -> String {
        let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
        format!(
            "n={}  precision {:.3}  recall {:.3}  micro-F1 {:.3}  negatives clean {:.3} ({}/{})",
            self.messages,
            share(self.right, self.right + self.false_ones),
            share(self.right, self.right + self.missed),
            share(
                2 * self.right,
                2 * self.right + self.missed + self.false_ones
            ),
            share(self.clean, self.negatives),
            self.clean,
            self.negatives,
        )
    }
}

/// Bars that are tried, in hundredths.
fn tried() -> impl Iterator<Item = (u8, u8)> {
    let labels = [20, 25, 30, 40].into_iter();
    labels.flat_map(|label| [0, 30, 40, 50, 60].map(|any| (label, any)))
}

/// Labels what is left out of the training: a line a pair of bars, then a line a source and language, then a line a label.
/// Bars, labels and sums are of what was labelled with care.
pub(super) fn check(rows: &[Row<Known>], how: Check, out: &mut impl Write) -> std::io::Result<()> {
    let mut by_language: BTreeMap<String, Counts> = BTreeMap::new();
    let mut by_label: BTreeMap<Sensitivity, Counts> = BTreeMap::new();
    let mut by_bars: BTreeMap<(u8, u8), Counts> = BTreeMap::new();
    for Part { trained, left } in parts(rows, how) {
        let examples: Vec<&Example> = trained.iter().map(|row| &row.known.example).collect();
        let held_out: Vec<&Example> = left.iter().map(|row| &row.known.example).collect();
        let (_, said) = train(&examples, &held_out);
        for (row, likely) in left.into_iter().zip(said) {
            let said = likely.labels(Bars::SHIPPED);
            let Known {
                labels,
                care,
                language,
                ..
            } = &row.known;
            let key = format!("{} {language}", row.source);
            by_language.entry(key).or_default().add(labels, &said);
            if *care != Care::Full {
                continue;
            }
            let key = format!("all {language}");
            by_language.entry(key).or_default().add(labels, &said);
            for bars in tried() {
                let said = likely.labels(Bars {
                    label: f32::from(bars.0) / 100.0,
                    any: f32::from(bars.1) / 100.0,
                });
                by_bars.entry(bars).or_default().add(labels, &said);
            }
            for label in Sensitivity::ALL {
                let only = |of: &BTreeSet<Sensitivity>| {
                    of.iter().copied().filter(|l| *l == label).collect()
                };
                by_label
                    .entry(label)
                    .or_default()
                    .add(&only(labels), &only(&said));
            }
        }
    }
    for ((label, any), counts) in by_bars {
        writeln!(out, "bars 0.{label:02} 0.{any:02} {}", counts.line())?;
    }
    for (key, counts) in by_language {
        writeln!(out, "{key} {}", counts.line())?;
    }
    for (label, counts) in by_label {
        writeln!(out, "  {} {}", label.name(), counts.line())?;
    }
    Ok(())
}
