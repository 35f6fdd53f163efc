//! The figures as tables, for people.

use super::Figures;
use super::messages::Labels;
use super::messages::One;
use super::messages::Verdicts;
use super::names::Found;
use super::statistics::Bin;
use super::statistics::Figure;
use super::statistics::Rate;
use std::collections::BTreeMap;
use std::io;
use std::io::Write;

/// Prints all.
pub fn print(figures: &Figures, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "restante {}; intervals are of 95 %", figures.version)?;
    for found in &figures.intended {
        intended(found, out)?;
    }
    if let Some(rate) = &figures.intended_with_message {
        heading(out, "Intended domain, with the message's evidence")?;
        line(out, "top-1", rate)?;
    }
    for set in &figures.verdicts {
        verdicts(set, out)?;
    }
    for language in &figures.labels {
        labels(language, out)?;
    }
    if let Some(rate) = &figures.attachments {
        heading(out, "Labels of attachments by their names")?;
        line(out, "exactly right", rate)?;
    }
    if let Some(speed) = &figures.speed {
        heading(out, "Speed")?;
        let (time, messages) = (speed.microseconds, speed.messages);
        writeln!(
            out,
            "  parsing and classifying a message of 5 to 20 KiB: median {time:.0} µs (n = {messages})"
        )?;
    }
    Ok(())
}

fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{text}")
}

fn line(out: &mut impl Write, name: &str, rate: &Rate) -> io::Result<()> {
    writeln!(out, "  {name:<36} {}", shown(rate))
}

fn shown(rate: &Rate) -> String {
    let Rate {
        count,
        of,
        share,
        low,
        high,
    } = rate;
    format!("{share:.3}  {low:.3}–{high:.3}  {count}/{of}")
}

fn figure(out: &mut impl Write, name: &str, figure: &Figure) -> io::Result<()> {
    let Figure { value, low, high } = figure;
    writeln!(out, "  {name:<36} {value:.3}  {low:.3}–{high:.3}")
}

fn intended(found: &Found, out: &mut impl Write) -> io::Result<()> {
    heading(
        out,
        &format!("Intended domain, by the name alone: {}", found.with),
    )?;
    line(out, "top-1", &found.top_1)?;
    line(
        out,
        "of these, slips in the top level",
        &found.top_level_slips,
    )?;
    line(out, "false names on negatives", &found.false_names)?;
    line(out, "wrong, of names given", &found.wrong_of_named)?;
    writeln!(
        out,
        "  {:<36} {:.1} µs",
        "median look-up", found.microseconds
    )?;
    reliability(&found.reliability, found.calibration_error, out)?;
    writeln!(out, "  by kind")?;
    for (kind, rate) in &found.by_kind {
        line(out, &format!("  {kind}"), rate)?;
    }
    Ok(())
}

fn verdicts(set: &Verdicts, out: &mut impl Write) -> io::Result<()> {
    heading(out, &format!("Verdict: {} (n = {})", set.set, set.messages))?;
    figure(out, "macro-F1", &set.macro_f1)?;
    line(out, "person recall", &set.person_recall)?;
    line(out, "noise taken for a person", &set.noise_as_person)?;
    each(&set.by_verdict, out)?;
    reliability(&set.reliability, set.calibration_error, out)?;
    for (by, parts) in [("source", &set.by_source), ("language", &set.by_language)] {
        if !parts.is_empty() {
            writeln!(out, "  judged rightly, by {by}")?;
        }
        for (part, verdicts) in parts {
            for (verdict, rate) in verdicts {
                line(out, &format!("  {part}, {verdict}"), rate)?;
            }
        }
    }
    Ok(())
}

fn labels(language: &Labels, out: &mut impl Write) -> io::Result<()> {
    let named = match &*language.language {
        "" => "unknown language",
        known => known,
    };
    let Labels { set, messages, .. } = language;
    heading(out, &format!("Labels: {set}, {named} (n = {messages})"))?;
    figure(out, "micro-F1", &language.micro_f1)?;
    line(out, "precision", &language.precision)?;
    line(out, "recall", &language.recall)?;
    line(out, "negatives clean", &language.negatives_clean)?;
    each(&language.by_label, out)
}

fn each(all: &BTreeMap<&'static str, One>, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "  {:<22} {:>6} {:>6} {:>6}  F1 interval",
        "", "prec.", "rec.", "F1"
    )?;
    for (name, one) in all {
        let (precision, recall, f1) = (one.precision.share, one.recall.share, one.f1);
        let Figure { value, low, high } = f1;
        writeln!(
            out,
            "    {name:<20} {precision:>6.3} {recall:>6.3} {value:>6.3}  {low:.3}–{high:.3}"
        )?;
    }
    Ok(())
}

fn reliability(bins: &[Bin], error: f64, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "  confidence: claimed, and what was right (calibration error {error:.3})"
    )?;
    for bin in bins {
        let Bin {
            from, to, claimed, ..
        } = bin;
        writeln!(
            out,
            "    {from:.1}–{to:.1}  {claimed:.3}  {}",
            shown(&bin.right)
        )?;
    }
    Ok(())
}
