//! The weights of the verdict.

use super::Check;
use super::Part;
use super::Row;
use super::parts;
use crate::classify::Verdict;
use crate::classify::verdict::Example;
use crate::classify::verdict::train;
use crate::cli::evaluate::data::Mail;
use crate::cli::evaluate::data::Set;
use crate::cli::evaluate::statistics::calibration_error;
use crate::cli::evaluate::statistics::reliability;
use crate::message::Parsed;
use std::collections::BTreeMap;
use std::io::Write;

/// A message whose verdict is known.
pub(super) struct Known {
    example: Example,
    verdict: Verdict,
    also: Option<Verdict>,
    set: Set,
}

/// What is known of a message; `None` where no verdict is.
pub(super) fn known(mail: &Mail, parsed: &Parsed, source: &str) -> Option<Known> {
    let verdict = mail.verdict?;
    Some(Known {
        example: Example::new(&mail.envelope(parsed), parsed, verdict, source),
        verdict,
        also: mail.also,
        set: mail.set,
    })
}

/// The first line of the weights file.
const HEAD: &str = "# Trained by examples/train.rs from prior.tsv; docs/classification.md says on which rows and when.";

/// Trains on all rows that permit it: the weights file.
pub(super) fn weights(rows: &[Row<Known>]) -> String {
    let permitted = rows.iter().filter(|row| row.permitted);
    let examples: Vec<&Example> = permitted.map(|row| &row.known.example).collect();
    eprintln!("trained on {} of {} messages", examples.len(), rows.len());
    format!("{HEAD}\n{}", train(&examples, &[]).0)
}

/// Judges what is left out of the training.
pub(super) fn check(rows: &[Row<Known>], how: Check, out: &mut impl Write) -> std::io::Result<()> {
    let mut judged = Vec::new();
    for Part { trained, left } in parts(rows, how) {
        let examples: Vec<&Example> = trained.iter().map(|row| &row.known.example).collect();
        let held_out: Vec<&Example> = left.iter().map(|row| &row.known.example).collect();
        let (_, verdicts) = train(&examples, &held_out);
        judged.extend(
            left.into_iter()
                .zip(verdicts)
                .map(|(row, (said, confidence))| {
                    let is_right_too = row.known.also == Some(said);
                    let said = if is_right_too {
                        row.known.verdict
                    } else {
                        said
                    };
                    Judgement {
                        row,
                        said,
                        confidence,
                    }
                }),
        );
    }
    print(&judged, out)
}

struct Judgement<'a> {
    row: &'a Row<Known>,
    said: Verdict,
    confidence: f64,
}

/// How far confidences can be believed, one line a set with F1 of all verdicts, then a line a source and verdict.
fn print(judged: &[Judgement<'_>], out: &mut impl Write) -> std::io::Result<()> {
    let mut sets: BTreeMap<(Set, &str), Vec<&Judgement<'_>>> = BTreeMap::new();
    let mut sources: BTreeMap<(&str, Verdict), (u32, u32)> = BTreeMap::new();
    let mut believed = Vec::new();
    for one in judged {
        believed.push((one.confidence, one.said == one.row.known.verdict));
        let of_own = if one.row.known.set == Set::Modern {
            &*one.row.source
        } else {
            ""
        };
        sets.entry((one.row.known.set, of_own))
            .or_default()
            .push(one);
        let (right, of) = sources
            .entry((&one.row.source, one.row.known.verdict))
            .or_default();
        *right += u32::from(one.said == one.row.known.verdict);
        *of += 1;
    }
    let reliability = reliability(&believed);
    writeln!(
        out,
        "calibration error {:.3}",
        calibration_error(&reliability)
    )?;
    for bin in reliability {
        writeln!(out, "  {}", serde_json::to_string(&bin)?)?;
    }
    for ((set, folder), cases) in sets {
        let share = |wanted: &dyn Fn(&Judgement<'_>) -> bool,
                     of: &dyn Fn(&Judgement<'_>) -> bool| {
            let of: Vec<_> = cases.iter().filter(|one| of(one)).collect();
            let count = of.iter().filter(|one| wanted(one)).count();
            count as f64 / of.len().max(1) as f64
        };
        let mut sum = 0.0;
        write!(out, "{} {folder} n={}", set.name(), cases.len())?;
        for verdict in Verdict::ALL {
            let precision = share(&|one| one.row.known.verdict == verdict, &|one| {
                one.said == verdict
            });
            let recall = share(&|one| one.said == verdict, &|one| {
                one.row.known.verdict == verdict
            });
            let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
            sum += f1;
            write!(out, "  {} {f1:.3}", verdict.name())?;
        }
        let person = Verdict::Misdirected;
        writeln!(
            out,
            "  macro-F1 {:.3}  person recall {:.3}  noise as person {:.3}",
            sum / Verdict::ALL.len() as f64,
            share(&|one| one.said == person, &|one| one.row.known.verdict
                == person),
            share(&|one| one.said == person, &|one| one.row.known.verdict
                != person),
        )?;
    }
    for ((source, verdict), (right, of)) in sources {
        let share = f64::from(right) / f64::from(of);
        writeln!(
            out,
            "  {source}, {}: {share:.2} ({right}/{of})",
            verdict.name()
        )?;
    }
    Ok(())
}
